"""The part of sqlcipher3 that is used: the standard sqlite3 interface with an encrypted file underneath."""

from sqlite3 import (
    Connection as Connection,
    DatabaseError as DatabaseError,
    Error as Error,
    IntegrityError as IntegrityError,
    OperationalError as OperationalError,
    connect as connect,
    sqlite_version as sqlite_version,
)

sqlite_version_info: tuple[int, int, int]
