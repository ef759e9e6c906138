"""Opens the till on a data folder and leaves at its first paint, or as soon as its lock can be used."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from ui.window import Window
from wiring.folders import Folder
from wiring.window import Program


class FirstPaint(QObject):
    """Leaves when the window has been painted for the first time."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, Window):
            QTimer.singleShot(0, QApplication.exit)
        return False


def main() -> None:
    """Open the till's window; leave without waiting for what still runs."""
    data, until = sys.argv[1:]
    app = QApplication(sys.argv[:1])
    program = Program(Folder(Path(data)), alone=True)
    watch = FirstPaint()
    if until == "paint":
        program.window.installEventFilter(watch)
    else:
        program.opened.connect(lambda: QTimer.singleShot(0, app.quit))
    program.start()
    app.exec()
    if until != "paint":
        program.close()

    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
