"""Opening an encrypted SQLite file: the library's version gate, the key, the settings asserted on every connection."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sqlcipher3 import dbapi2 as sqlcipher

from domain.errors import ErrorCode, StorageUnavailable
from storage.folding import fold

FIXED_BRANCHES: Final = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
"""Where the WAL-reset bug (3.7.0 to 3.51.2; sqlite.org/wal.html#walresetbug) is fixed: branch and first good patch."""

FIXED_SINCE: Final = (3, 52, 0)

SETTINGS: Final = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "temp_store": 2,
    "secure_delete": 1,
    "wal_autocheckpoint": 4000,
}
"""What every connection must say of itself; `synchronous` 2 is FULL, without which a power cut loses sales.

Without `recursive_triggers` an INSERT OR REPLACE deletes the row it replaces behind the back of the guards.
"""

JOURNAL_BYTES: Final = 32 * 1024 * 1024
"""The log keeps this much, so that it is overwritten in place instead of growing anew."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection with its driver."""

    raw: Any
    driver: ModuleType

    def cursor(self) -> Any:
        """Return a new cursor."""
        return self.raw.cursor()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self.raw.in_transaction)

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.raw.close()


def check_library(version: tuple[int, int, int]) -> None:
    """Refuse a SQLite library that can lose committed transactions; raises StorageUnavailable(STORAGE_UNSAFE)."""
    fixed = version >= FIXED_SINCE or version[2] >= FIXED_BRANCHES.get(version[:2], version[2] + 1)
    if not fixed:
        raise StorageUnavailable(ErrorCode.STORAGE_UNSAFE, version=".".join(map(str, version)))


def open_encrypted(path: Path, key: bytes, *, read_only: bool = False) -> Connection:
    """Open (or create) an encrypted file with a raw 32-byte key and the settings above; SQL may call `folded(text)`.

    Raises StorageUnavailable: STORAGE_UNSAFE for an old library or a setting that does not hold, KEY_MISSING if the
    key does not open the file, STORAGE_TAMPERED if its schema is damaged, STORAGE_UNAVAILABLE if it cannot be opened.
    """
    check_library(sqlcipher.sqlite_version_info)
    assert len(key) == 32, "the key is 32 bytes"
    try:
        raw = sqlcipher.connect(
            f"file:{_quoted(path)}?mode={'ro' if read_only else 'rwc'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
    except sqlcipher.Error as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
    try:
        raw.execute("PRAGMA cipher_log_level = NONE")
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        raw.execute("SELECT count(*) FROM sqlite_master")
    except sqlcipher.DatabaseError as error:
        raw.close()
        raise _refused(error) from error
    _configure(raw, read_only)
    raw.create_function("folded", 1, fold, deterministic=True)
    return Connection(raw, sqlcipher)


def is_disk_full(error: Exception) -> bool:
    """Whether a driver's error says that there is no room left."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or "disk is full" in str(error)


def _refused(error: Exception) -> StorageUnavailable:
    """Say why a file did not open: a wrong key (or a first page that is none) differs from damage behind it."""
    match getattr(error, "sqlite_errorcode", None):
        case sqlite3.SQLITE_NOTADB:
            return StorageUnavailable(ErrorCode.KEY_MISSING)
        case sqlite3.SQLITE_CORRUPT:
            return StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages")
        case _:
            return StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)


def _configure(raw: Any, read_only: bool) -> None:
    try:
        for name, value in SETTINGS.items():
            if not (read_only and name == "journal_mode"):
                raw.execute(f"PRAGMA {name} = {value}")
        raw.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        if read_only:
            raw.execute("PRAGMA query_only = ON")
        held = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS}
    except sqlcipher.Error as error:
        raw.close()
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
    if held != SETTINGS:
        raw.close()
        raise StorageUnavailable(ErrorCode.STORAGE_UNSAFE, version=sqlcipher.sqlite_version)


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
