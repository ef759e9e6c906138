"""Asking for a place on the disk, in the language of the screen and without a nested event loop."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.texts import Texts


def ask_where(window: QWidget, texts: Texts, name: str, chosen: Callable[[Path], None]) -> QFileDialog:
    """Offer to keep a file under `name` among the person's documents; `chosen` hears where, and nothing if nowhere.

    A file that stands there already is replaced only after the dialog asked.
    """
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    folder = documents if documents.is_dir() else Path.home()
    dialog = QFileDialog(window.window(), texts.t("file.save_title"), str(folder / name))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    _open(dialog, texts, "common.save", chosen)
    return dialog


def ask_file(window: QWidget, texts: Texts, title: str, kinds: str, chosen: Callable[[Path], None]) -> QFileDialog:
    """Ask for a file that is there; `kinds` filters the list (`Words (*.csv *.xml)`), lines apart by `;;`."""
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    dialog = QFileDialog(window.window(), title, str(documents if documents.is_dir() else Path.home()), kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _open(dialog, texts, "file.choose", chosen)
    return dialog


def ask_folder(window: QWidget, texts: Texts, title: str, standing: str, chosen: Callable[[Path], None]) -> QFileDialog:
    """Ask for a folder that is there, beginning with the `standing` one; `chosen` hears which, and nothing if none."""
    begin = standing if standing and Path(standing).is_dir() else str(Path.home())
    dialog = QFileDialog(window.window(), title, begin)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, texts, "file.choose", chosen)
    return dialog


def _open(dialog: QFileDialog, texts: Texts, accept: str, chosen: Callable[[Path], None]) -> None:
    for part, key in (
        (QFileDialog.DialogLabel.Accept, accept),
        (QFileDialog.DialogLabel.Reject, "common.cancel"),
        (QFileDialog.DialogLabel.FileName, "file.name"),
        (QFileDialog.DialogLabel.FileType, "file.type"),
        (QFileDialog.DialogLabel.LookIn, "file.folder"),
    ):
        dialog.setLabelText(part, texts.t(key))
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
