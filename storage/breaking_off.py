"""Ending a long reading from another thread, so that a program can close while one is under way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from storage.sqlite import Connection


class BrokenOff(Exception):
    """The reading was ended before it had found anything."""


class BreakOff:
    """Watches one connection at a time; what it watches when `end` is called, and after that, raises BrokenOff."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._watched: Connection | None = None
        self._ended = False

    @contextmanager
    def watch(self, connection: Connection) -> Iterator[None]:
        """Let the block's statements on a connection be interrupted; raises BrokenOff if they were."""
        with self._door:
            self._watched = None if self._ended else connection
        self.check()
        try:
            yield
        except connection.driver.OperationalError as error:
            if self._ended:
                raise BrokenOff from error
            raise
        finally:
            with self._door:
                self._watched = None

    def check(self) -> None:
        """Raise BrokenOff once it has been ended."""
        if self._ended:
            raise BrokenOff

    def end(self) -> None:
        """Break off what is under way, and all that would begin from now on."""
        with self._door:
            self._ended = True
            if self._watched is not None:
                self._watched.raw.interrupt()
