"""The till's start gate: all that must hold before a single sale is taken, each refusal with its own code."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.changes import Changes
from domain.errors import ErrorCode, StorageUnavailable
from storage.migrate import TILL, migrate_till, schema_version
from storage.page_checks import pages_are_whole
from storage.sqlite import Connection, open_encrypted
from storage.till import TillUnits
from storage.verification.start import broken_at_start
from storage.witness import Heads, Witness

FREE_BYTES: Final = 50 * 1024 * 1024
"""A till that cannot keep tonight's sales says so before it takes money."""


class OneProgram:
    """A lock that one program holds on a data folder, however it ends: the operating system lets go of it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise StorageUnavailable(ErrorCode.STORAGE_LOCKED) from error

    def release(self) -> None:
        """Let the next program in."""
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class TillFiles:
    """Where a till's files are, and the keys of its pages and of its witness."""

    database: Path
    witness: Path
    backups: Path
    key: bytes
    witness_key: bytes

    def connect(self) -> Connection:
        """Open the writer's connection."""
        return open_encrypted(self.database, self.key)

    @property
    def log(self) -> Path:
        """SQLite's write-ahead log; the last connection to close takes it away: one that is left tells of a crash."""
        return self.database.with_name(f"{self.database.name}-wal")

    def connect_reader(self) -> Connection:
        """Open a connection that cannot write."""
        return open_encrypted(self.database, self.key, read_only=True)


def open_till(
    files: TillFiles, publish: Callable[[Changes], None], *, free_bytes: int, pages_checked: bool = False
) -> TillUnits:
    """Open a till that exists: library, key, settings, room, schema, pages, witness, the books' ends, identity.

    Every page is read, which takes seconds in a big shop, unless they were lately (`pages_checked`), the program ended
    well and the schema stands (docs/adr/0011). Raises StorageUnavailable: STORAGE_UNSAFE, KEY_MISSING, DISK_FULL
    (`free_bytes` below FREE_BYTES), STORAGE_NEWER, STORAGE_TAMPERED (damaged pages, a database that lacks what the
    witness saw, broken ends of the books); NotFound(TILL_UNKNOWN).
    """
    crashed = files.log.exists() and files.log.stat().st_size > 0
    connection = files.connect()
    try:
        if free_bytes < FREE_BYTES:
            raise StorageUnavailable(ErrorCode.DISK_FULL)
        behind = schema_version(connection) != TILL.version
        if (behind or crashed or not pages_checked) and not pages_are_whole(connection):
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages")
    except connection.driver.DatabaseError as error:
        raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages") from error
    finally:
        connection.close()
    if behind:
        migrate_till(files.database, files.key, files.backups)
    try:
        return _open_whole(files, publish)
    except connection.driver.DatabaseError as error:
        raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages") from error


def _open_whole(files: TillFiles, publish: Callable[[Changes], None]) -> TillUnits:
    """Open the till on books that go as far as the witness saw and whose ends are sound."""
    witness = Witness(files.witness, files.witness_key)
    try:
        units = TillUnits(files.connect, witness, publish)
    except BaseException:
        witness.close()
        raise
    try:
        _compare(witness.of(units.device.id), units)
        if (part := broken_at_start(files.database, files.key)) is not None:
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part=part)  # noqa: TRY301 - the units are closed below
    except BaseException:
        units.close()
        raise
    return units


def _compare(seen: Heads | None, units: TillUnits) -> None:
    """Refuse a database whose chains end before, or otherwise than, the witness saw them end."""
    if seen is None:
        if units.heads.voucher_seq or units.heads.audit_seq:
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="witness")
        return
    if not units.holds(seen):
        raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="tail")


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
