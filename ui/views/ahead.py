"""Work that may be done ahead, a part at a time, while nobody waits for the till."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer

_EVERY_MS: Final = 120


class WorkAhead(QObject):
    """Does its parts in their order, one in each quiet moment, and then rests for good."""

    def __init__(self, parts: Sequence[Callable[[], object]], quiet: Callable[[], bool], parent: QObject) -> None:
        """`quiet` says whether a person would notice no pause now."""
        super().__init__(parent)
        self._parts, self._quiet = list(parts), quiet
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return not self._parts

    def _go_on(self) -> None:
        if not self._quiet():
            return
        self._parts.pop(0)()
        if self.done:
            self._timer.stop()
