"""Backups: an encrypted copy through SQLite's backup API, checked before it gets its name; a file is never copied."""

import os
from pathlib import Path
from typing import Any, Final

from domain.calendar import iso_utc
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from storage.sqlite import Connection, is_disk_full, open_encrypted

KEPT: Final = 30
"""So many dated backups of a file are kept; those made before a migration stay until the next one to that version."""


def back_up(path: Path, key: bytes, folder: Path, at: Instant) -> Path:
    """Copy a database into `folder` under its name and the moment `at`, and drop the oldest beyond KEPT.

    The copy has the same key. It is read in one transaction, so the writer goes on meanwhile and the copy is one
    moment's state. Raises StorageUnavailable: DISK_FULL, STORAGE_TAMPERED if the copy does not check, and what
    opening raises.
    """
    moment = iso_utc(at).replace("-", "").replace(":", "").replace(".", "").replace("+0000", "Z")
    target = folder / f"{path.stem}-{moment}.backup"
    source = open_encrypted(path, key, read_only=True)
    try:
        back_up_to(target, source, key)
    finally:
        source.close()
    for old in backups_of(path, folder)[:-KEPT]:
        old.unlink()
    return target


def backups_of(path: Path, folder: Path) -> list[Path]:
    """Return the dated backups of a database, oldest first."""
    return sorted(folder.glob(f"{path.stem}-????????T?????????Z.backup"))


def back_up_to(target: Path, source: Connection, key: bytes) -> None:
    """Copy what an open connection sees into `target`, which appears whole and checked or not at all.

    Raises StorageUnavailable (DISK_FULL, STORAGE_TAMPERED, STORAGE_UNAVAILABLE).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    _remove(unfinished)
    cursor = source.cursor()
    try:
        cursor.execute("BEGIN")
        wanted = _shape(source)
        _copy(source, unfinished, key)
        cursor.execute("ROLLBACK")
        _check(unfinished, key, wanted)
        _settle(unfinished, target)
    except source.driver.Error as error:
        full = is_disk_full(error)
        raise StorageUnavailable(ErrorCode.DISK_FULL if full else ErrorCode.STORAGE_UNAVAILABLE) from error
    finally:
        if source.in_transaction:
            cursor.execute("ROLLBACK")
        _remove(unfinished)


def _copy(source: Connection, target: Path, key: bytes) -> None:
    """Copy every page in one step; both ends hold the key, so pages are encrypted anew with the copy's own salt."""
    copy = open_encrypted(target, key)
    try:
        source.raw.backup(copy.raw)
    finally:
        copy.close()


def _check(path: Path, key: bytes, wanted: dict[str, int]) -> None:
    """Open the copy again, so that it is read from the disk, and refuse it if anything differs or is damaged."""
    copy = open_encrypted(path, key)
    try:
        faults = [*_rows(copy, "PRAGMA cipher_integrity_check"), *_rows(copy, "PRAGMA integrity_check")]
        if faults != [("ok",)] or _shape(copy) != wanted:
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED)
    finally:
        copy.close()


def _shape(connection: Connection) -> dict[str, int]:
    """Return the schema's version and how many rows each table has."""
    names = [row[0] for row in _rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    counts = {name: int(_rows(connection, f'SELECT count(*) FROM "{name}"')[0][0]) for name in names}
    return {"PRAGMA user_version": _rows(connection, "PRAGMA user_version")[0][0], **counts}


def _rows(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.cursor().execute(sql).fetchall()
    return rows


def _settle(unfinished: Path, target: Path) -> None:
    """Give the synced copy its name, and sync the name."""
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
