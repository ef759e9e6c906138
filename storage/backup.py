"""Backups: an encrypted copy through SQLite's backup API, checked before it gets its name; no live file is copied."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from domain.calendar import iso_utc
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from storage.breaking_off import BreakOff
from storage.sqlite import Connection, is_disk_full, open_encrypted
from storage.verification.report import Side
from storage.verification.start import broken_at_start

KEPT: Final = 30
"""So many dated backups of a file are kept; those made before a migration stay until the next one to that version."""

STEP_PAGES: Final = 1024
"""Copied between two looks at whether the program wants to close: 4 MiB."""

_HEADS: Final = "SELECT merchant_id, id, voucher_seq, audit_seq, voucher_hash, audit_hash FROM devices"
_LINKS: Final = (
    "SELECT (SELECT hash FROM vouchers WHERE merchant_id = ?1 AND device_id = ?2 AND chain_seq = ?3), "
    "(SELECT hash FROM audit WHERE merchant_id = ?1 AND device_id = ?2 AND seq = ?4)"
)


def back_up(
    path: Path, key: bytes, folder: Path, at: Instant, side: Side = "till", off: BreakOff | None = None
) -> Path:
    """Copy a database into `folder` under its name and the moment `at`, and drop the oldest beyond KEPT.

    The copy has the same key. It is read in one transaction, so the writer goes on meanwhile and the copy is one
    moment's state. Checked are its pages, what its tables hold, the ends of its books (chains, series, a balance of
    zero), and that its chains are beginnings of the living ones. Raises StorageUnavailable: DISK_FULL,
    FILE_NOT_WRITTEN, STORAGE_TAMPERED if the copy does not check, and what opening raises; BrokenOff.
    """
    target = folder / f"{path.stem}-{moment_text(at)}.backup"
    source = open_encrypted(path, key, read_only=True)
    try:
        back_up_to(target, source, key, side, off or BreakOff())
    finally:
        source.close()
    drop_oldest(path, folder)
    return target


def backups_of(path: Path, folder: Path) -> list[Path]:
    """Return the dated backups of a database, oldest first; none if the folder is out of reach."""
    with suppress(OSError):
        return sorted(folder.glob(f"{path.stem}-????????T?????????Z.backup"))
    return []


def drop_oldest(path: Path, folder: Path) -> None:
    """Keep KEPT dated backups of a database, the newest and the last of each day (UTC) before all.

    So nobody drives out the older days' by asking for many. One that cannot be removed now is met again next time.
    """
    dated = backups_of(path, folder)
    last_of_days = set({backup.name.partition("T")[0]: backup for backup in dated}.values())
    for old in sorted(dated, key=lambda backup: (backup in last_of_days, backup))[:-KEPT]:
        with suppress(OSError):  # held open by a scanner, say: the new backup is whole, and that is what is told
            old.unlink(missing_ok=True)


def moment_text(at: Instant) -> str:
    """Write a moment as names of files bear it, in UTC: `20261121T050000000Z`."""
    return iso_utc(at).replace("-", "").replace(":", "").replace(".", "").replace("+0000", "Z")


def moment_of(backup: Path) -> Instant | None:
    """Return when a dated backup was made, by its name, or None for another name."""
    with suppress(ValueError):
        told = datetime.strptime(backup.stem.rpartition("-")[2], "%Y%m%dT%H%M%S%f%z")
        return Instant(round(told.timestamp() * 1000))
    return None


def back_up_to(
    target: Path, source: Connection, key: bytes, side: Side | None = None, off: BreakOff | None = None
) -> None:
    """Copy what an open connection sees into `target`, which appears whole and checked or not at all.

    The books are checked too if their `side` is told; a file of an older schema has its rows and pages checked alone.
    Raises StorageUnavailable (DISK_FULL, FILE_NOT_WRITTEN, STORAGE_TAMPERED, STORAGE_UNAVAILABLE) and BrokenOff.
    """
    off = off or BreakOff()
    with _unfinished(target, source) as unfinished:
        cursor = source.cursor()
        with off.watch(source):
            cursor.execute("BEGIN")
            wanted = _shape(source)
            _copy(source, unfinished, key, off)
            cursor.execute("ROLLBACK")
        _check(unfinished, key, wanted, off)
        if side is not None:
            _check_books(unfinished, key, side, source)
        _settle(unfinished, target)


def copy_backup(backup: Path, target: Path) -> None:
    """Put a second copy of a finished backup elsewhere; it is read back before it gets its name.

    A finished backup is a closed file of its own, so its bytes are all of it. Raises StorageUnavailable: DISK_FULL,
    FILE_NOT_WRITTEN, STORAGE_TAMPERED if what was written does not read as it should.
    """
    with _unfinished(target, None) as unfinished:
        shutil.copyfile(backup, unfinished)
        if _digest(unfinished) != _digest(backup):
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages")
        _settle(unfinished, target)


@contextmanager
def _unfinished(target: Path, source: Connection | None) -> Iterator[Path]:
    """Give a name beside the target that is gone when the block ends, and say in our words what the disk says."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    faults = (OSError,) if source is None else (OSError, source.driver.Error)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_database(unfinished)
        yield unfinished
    except faults as error:
        raise StorageUnavailable(code_of(error)) from error
    finally:
        if source is not None and source.in_transaction:
            source.cursor().execute("ROLLBACK")
        with suppress(OSError):  # what broke the copy may have taken its disk away; the next try clears up
            remove_database(unfinished)


def code_of(error: Exception) -> ErrorCode:
    """Say in our words what the disk said."""
    if is_disk_full(error) or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return ErrorCode.DISK_FULL
    return ErrorCode.FILE_NOT_WRITTEN if isinstance(error, OSError) else ErrorCode.STORAGE_UNAVAILABLE


def _copy(source: Connection, target: Path, key: bytes, off: BreakOff) -> None:
    """Copy page by page; both ends hold the key, so pages are encrypted anew with the copy's own salt."""
    copy = open_encrypted(target, key)
    try:
        source.raw.backup(copy.raw, pages=STEP_PAGES, progress=lambda *_: off.check())
    finally:
        copy.close()


def _check(path: Path, key: bytes, wanted: dict[str, int], off: BreakOff) -> None:
    """Open the copy again, so that it is read from the disk, and refuse it if anything differs or is damaged."""
    copy = open_encrypted(path, key)
    try:
        with off.watch(copy):
            faults = [*_rows(copy, "PRAGMA cipher_integrity_check"), *_rows(copy, "PRAGMA integrity_check")]
            if faults != [("ok",)] or _shape(copy) != wanted:
                raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages")
    finally:
        copy.close()


def _check_books(path: Path, key: bytes, side: Side, living: Connection) -> None:
    """Refuse a copy whose books' ends are broken, or whose chains are not beginnings of the living ones."""
    if (part := broken_at_start(path, key, side)) is not None:
        raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part=part)
    copy = open_encrypted(path, key)
    try:
        heads = _rows(copy, _HEADS)
    finally:
        copy.close()
    for *place, voucher_hash, audit_hash in heads:
        if living.cursor().execute(_LINKS, place).fetchone() != (voucher_hash or None, audit_hash or None):
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="tail")


def _shape(connection: Connection) -> dict[str, int]:
    """Return the schema's version and how many rows each table has."""
    names = [row[0] for row in _rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    counts = {name: int(_rows(connection, f'SELECT count(*) FROM "{name}"')[0][0]) for name in names}
    return {"PRAGMA user_version": _rows(connection, "PRAGMA user_version")[0][0], **counts}


def _rows(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.cursor().execute(sql).fetchall()
    return rows


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _settle(unfinished: Path, target: Path) -> None:
    """Give the synced copy its name, and sync the name."""
    written(unfinished)
    unfinished.replace(target)
    sync_folder(target.parent)


def written(path: Path) -> None:
    """Return after the disk has a file's contents."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system lets a program do so."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def remove_database(path: Path) -> None:
    """Remove a database's file with all that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
