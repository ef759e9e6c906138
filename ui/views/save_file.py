"""Asking where a file shall go, in the language of the screen and without a nested event loop."""

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
    for part, key in (
        (QFileDialog.DialogLabel.Accept, "common.save"),
        (QFileDialog.DialogLabel.Reject, "common.cancel"),
        (QFileDialog.DialogLabel.FileName, "file.name"),
        (QFileDialog.DialogLabel.FileType, "file.type"),
        (QFileDialog.DialogLabel.LookIn, "file.folder"),
    ):
        dialog.setLabelText(part, texts.t(key))
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
