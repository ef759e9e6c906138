"""Plays a scene on the till's own window: by keys, with patience, a little at a time, and keeps pictures of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from domain.money import Language
from domain.ports import Queries
from wiring.scene_texts import say

if TYPE_CHECKING:
    # Qt is loaded once the platform has been chosen.
    from PySide6.QtWidgets import QWidget

    from ui.presenters.screens import Screens
    from wiring.shop import Shop
    from wiring.window import Program

T = TypeVar("T")

PATIENCE_S: Final = 30.0
STEP_MS: Final = 15

Steps = Generator[Callable[[], bool], None, None]
"""A scene yields what it waits for; it goes on when that is true."""


class SceneFailed(AssertionError):
    """The scene did not go as it must."""


class Player:
    """Takes the steps of `acts` on the GUI thread; `leave` hears the exit code."""

    def __init__(
        self,
        program: Program,
        shots: Path,
        language: Language,
        acts: Callable[[Player], Steps],
        leave: Callable[[int], None],
    ) -> None:
        from PySide6.QtCore import QTimer

        self.language = language
        self.window = program.window
        self._program, self._shots, self._acts, self._leave = program, shots, acts, leave
        self._steps: Iterator[Callable[[], bool]] = iter(())
        self._wanted: Callable[[], bool] = lambda: True
        self._since = 0.0
        self._pictures = 0
        self._timer = QTimer()
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._go_on)

    def begin(self) -> None:
        """Start playing."""
        self._steps = self._acts(self)
        self._since = time.monotonic()
        self._timer.start()

    @property
    def screens(self) -> Screens:
        """The presenters of the open till."""
        screens = self.window.screens
        assert screens is not None, "the shop is open"
        return screens

    @property
    def shop(self) -> Shop:
        """The open shop with its children."""
        shop = self._program.shop
        assert shop is not None, "the scene plays in an open shop"
        return shop

    # What a person's hands do

    def sign_in(self, name: str, pin: str) -> Steps:
        """Choose a person and type the PIN."""
        yield lambda: any(user.name == name for user in self.screens.sign_in.state.users)
        user = next(user for user in self.screens.sign_in.state.users if user.name == name)
        self.screens.sign_in.choose(user)
        yield self.for_ms(50)
        self.type(f"{pin}\r")
        yield lambda: not self.screens.shell.state.locked
        self.tell("signed_in", name=name)
        yield self.for_ms(200)

    def type(self, text: str) -> None:
        """Type letters; a carriage return presses Enter."""
        from PySide6.QtTest import QTest

        for letter in text:
            if letter == "\r":
                self.key("Return")
            else:
                QTest.keyClicks(self._focused(), letter)

    def key(self, keys: str) -> None:
        """Press a key with what is held beside it, written as in `Ctrl+1`."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        pressed = QKeySequence.fromString(keys)[0]  # type: ignore[index]  # the binding's stubs leave indexing out
        QTest.keyClick(self._focused(), pressed.key(), pressed.keyboardModifiers())

    # What is seen

    def read(self, op: Callable[[Queries], T]) -> Generator[Callable[[], bool], None, T]:
        """Ask what the screens ask."""
        found: list[T] = []
        self.screens.desk.work.query(op, found.append)
        yield lambda: bool(found)
        return found[0]

    def for_ms(self, ms: int) -> Callable[[], bool]:
        """Wait, so that what is drawn can be seen."""
        until = time.monotonic() + ms / 1000
        return lambda: time.monotonic() >= until

    def picture(self, name: str) -> None:
        """Keep a picture of the window, or of the sheet over it."""
        from PySide6.QtWidgets import QApplication

        self._pictures += 1
        shown = QApplication.activeModalWidget() or self.window
        shown.grab().save(str(self._shots / f"{self._pictures:02d}-{name}.png"))

    def check(self, holds: bool, what: str) -> None:
        """Raise SceneFailed unless `holds`."""
        if not holds:
            raise SceneFailed(what)

    def tell(self, key: str, **facts: object) -> None:
        """Print what happened."""
        write(f"  ✓ {say(self.language, key, **facts)}")

    def _focused(self) -> QWidget:
        """Return who gets the keys; offscreen no window is ever the active one."""
        return self.window.focusWidget() or self.window

    def _go_on(self) -> None:
        try:
            if not self._wanted():
                self.check(time.monotonic() - self._since < PATIENCE_S, "what is waited for comes in time")
                return
            self._wanted = next(self._steps)
            self._since = time.monotonic()
        except StopIteration:
            self._end(0)
        except Exception:
            self.picture("failed")
            self._end(1)
            raise

    def _end(self, code: int) -> None:
        self._timer.stop()
        self._leave(code)


def write(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
