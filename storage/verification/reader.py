"""Reading a whole database for a check: one unchanging moment, rows in a stream."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from domain.errors import ErrorCode, StorageUnavailable
from storage.session import Row, Session, Sql
from storage.sqlite import open_encrypted

BATCH: Final = 1000
CACHE_KIB: Final = 64 * 1024
"""Walks jump between indexes and tables; with SQLite's usual 2 MiB every jump would decrypt its page again."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A read-only transaction: short answers through `session`, long ones in a stream.

    `fault` is what the driver raises for a damaged page or a lost connection.
    """

    session: Session
    new_cursor: Callable[[], Any]
    fault: type[Exception]

    def stream(self, sql: Sql, values: dict[str, Any]) -> Iterator[Row]:
        """Run a query and yield its rows, a batch of them in memory at a time."""
        cursor = self.new_cursor()
        try:
            if self.session.dialect == "sqlite":
                cursor.execute(sql.positional, [values[name] for name in sql.names])
            else:
                cursor.execute(sql.named, values)
            while rows := cursor.fetchmany(BATCH):
                yield from rows
        finally:
            cursor.close()

    def number(self, sql: Sql, values: dict[str, Any]) -> int:
        """Return the one number a query answers."""
        row = self.session.one(sql, values)
        return int(row[0]) if row else 0


@contextmanager
def reading_file(path: Path, key: bytes) -> Iterator[Reader]:
    """Read an encrypted file as it is now; raises what opening raises."""
    connection = open_encrypted(path, key, read_only=True)
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA cache_size = {-CACHE_KIB}")
        cursor.execute("BEGIN")
        yield Reader(Session(cursor, "sqlite"), connection.cursor, connection.driver.Error)
    finally:
        connection.close()


@contextmanager
def reading_postgres(url: str) -> Iterator[Reader]:
    """Read a PostgreSQL database as it is now; raises StorageUnavailable(STORAGE_UNAVAILABLE) without a connection."""
    import psycopg  # a till that checks itself at its start has no use for it

    try:
        connection = psycopg.connect(url)
    except psycopg.Error as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        names = (f"stream_{number}" for number in count())
        session = Session(connection.cursor(), "postgresql")
        yield Reader(session, lambda: connection.cursor(name=next(names)), psycopg.Error)
