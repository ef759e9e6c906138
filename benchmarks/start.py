"""From the start of the process to a window that a person can use, against a bare QMainWindow, whole processes in turn.

The till is started on a demo shop that exists; it is usable when the sign-in pad of the open shop has been painted.
Both run offscreen, so that a display's own speed does not count.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.rounds import ratio, take_turns

BARE: Final = """
import sys
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow

class Painted(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QApplication.instance().quit()

app = QApplication(sys.argv)
window = Painted()
window.resize(1024, 600)
window.show()
app.exec()
"""

ROOT: Final = Path(__file__).resolve().parent.parent


def main(rounds: int = 7) -> None:
    """Print milliseconds and their ratio."""
    with tempfile.TemporaryDirectory() as data:
        _run([sys.executable, "main.py", "demo", "--data", data])
        figures = take_turns(
            {
                "bare window": lambda: _run([sys.executable, "-c", BARE]),
                "first paint": lambda: _run([sys.executable, "-m", "benchmarks.start_till", data, "paint"]),
                "usable till": lambda: _run([sys.executable, "-m", "benchmarks.start_till", data, "usable"]),
            },
            rounds,
        )
    print(f"Process start to window, {rounds} rounds in turn, milliseconds (median, least–greatest)")
    for figure in figures.values():
        print(f"  {figure.name:12} {figure.text()}")
    for name in ("first paint", "usable till"):
        print(f"  {name} / bare window: {ratio(figures[name], figures['bare window']).text(2)}")


def _run(command: list[str]) -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
