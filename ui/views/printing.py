"""Printing from a screen: the printer is chosen in its dialog, then pages go out a step at a time."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QTimer
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

Steps = Iterator[object]


def print_in_steps(
    window: QWidget, steps: Callable[[QPrinter], Steps], ended: Callable[[OSError | None], None]
) -> None:
    """Ask for a printer, then take `steps` one by one between the window's own work.

    `ended` hears None once everything was printed, or the error; nothing if no printer was chosen.
    """
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, window.window())

    def go() -> None:
        todo = steps(printer)

        def step() -> None:
            try:
                next(todo)
            except StopIteration:
                ended(None)
            except OSError as error:
                ended(error)
            else:
                QTimer.singleShot(0, step)

        step()

    dialog.accepted.connect(go)
    dialog.finished.connect(dialog.deleteLater)
    QDialog.open(dialog)
