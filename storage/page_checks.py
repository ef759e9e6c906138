"""Reading every page of a till's file: beside its work once a day, and remembered until the next start."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from domain.ids import Instant
from storage.sqlite import Connection, open_encrypted

DAY_MS: Final = 24 * 60 * 60 * 1000
TRUSTED_MS: Final = 7 * DAY_MS
"""So long a start trusts the last reading; a till that is never on long enough for a daily one reads at its start."""


class PageChecks:
    """When the pages were last read and found whole, kept in the file `mark`; one reading at a time."""

    def __init__(self, database: Path, key: bytes, mark: Path) -> None:
        self._database = database
        self._key = key
        self._mark = mark
        self._reading: Connection | None = None
        self._ended = False
        self._door = threading.Lock()

    def trusted(self, at: Instant) -> bool:
        """Whether a start may do without reading them."""
        return self._is_younger(TRUSTED_MS, at)

    def passed(self, at: Instant) -> None:
        """Remember that they were read and are whole."""
        self._mark.write_text(str(at), "ascii")

    def doubt(self) -> None:
        """Let the next start read them, whatever was remembered."""
        self._mark.unlink(missing_ok=True)

    def look(self, at: Instant) -> bool:
        """Read them if that was not done for a day; False if they are damaged, which the next start then says.

        Takes seconds in a big shop, on a connection of its own: for a thread that nobody waits for.
        """
        if self._is_younger(DAY_MS, at):
            return True
        connection = open_encrypted(self._database, self._key, read_only=True)
        with self._door:
            self._reading = connection
            ended = self._ended
        try:
            whole = not ended and pages_are_whole(connection)
        except connection.driver.OperationalError:
            if self._ended:
                return True  # it was interrupted and has found nothing
            raise
        except connection.driver.DatabaseError:
            whole = False
        finally:
            with self._door:
                self._reading = None
            connection.close()
        if whole:
            self.passed(at)
        elif not ended:
            self.doubt()
        return whole or ended

    def end(self) -> None:
        """Break off a reading that is under way, so that the till can close."""
        with self._door:
            self._ended = True
            if self._reading is not None:
                self._reading.raw.interrupt()

    def _is_younger(self, limit_ms: int, at: Instant) -> bool:
        """Whether the last reading is no older than the limit; one of tomorrow tells of a clock that was put back."""
        with suppress(OSError, ValueError):
            return 0 <= at - int(self._mark.read_text("ascii")) <= limit_ms
        return False


def pages_are_whole(connection: Connection) -> bool:
    """Read every page of an open file; a page whose seal is broken raises the driver's DatabaseError."""
    return bool(connection.cursor().execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
