"""Statements written once and run on a plain driver cursor: the same SQL on SQLite and on PostgreSQL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from storage.columns import COLUMNS

Dialect = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]

_PARAMETER: Final = re.compile(r"(?<!:):([a-z_]+)")


class Cursor(Protocol):
    """The part of a DBAPI cursor (PEP 249) that is used."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: str, parameters: Any = ...) -> Any: ...
    def executemany(self, sql: str, parameters: Any) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


@dataclass(frozen=True)
class Sql:
    """A statement with `:name` parameters, translated once for each driver."""

    text: str
    names: tuple[str, ...] = field(init=False)
    positional: str = field(init=False)
    named: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(_PARAMETER.findall(self.text)))
        object.__setattr__(self, "positional", _PARAMETER.sub("?", self.text))
        object.__setattr__(self, "named", _PARAMETER.sub(r"%(\1)s", self.text.replace("%", "%%")))


def insert_into(table: str, *, on_conflict: str = "", only: Sequence[str] = ()) -> Sql:
    """Return the INSERT of a table's columns (or of `only` some), parameters named like them."""
    names = only or COLUMNS[table]
    values = ", ".join(f":{name}" for name in names)
    return Sql(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}) {on_conflict}".strip())


class Session:
    """One open transaction on one connection."""

    def __init__(self, cursor: Cursor, dialect: Dialect) -> None:
        self.cursor = cursor
        self.dialect = dialect

    def run(self, sql: Sql, values: Mapping[str, Any]) -> int:
        """Run a statement; return how many rows it changed."""
        self._execute(sql, values)
        return self.cursor.rowcount

    def one(self, sql: Sql, values: Mapping[str, Any]) -> Row | None:
        """Run a statement; return its first row."""
        self._execute(sql, values)
        row: Row | None = self.cursor.fetchone()
        return row

    def all(self, sql: Sql, values: Mapping[str, Any]) -> list[Row]:
        """Run a statement; return its rows."""
        self._execute(sql, values)
        rows: list[Row] = self.cursor.fetchall()
        return rows

    def many(self, sql: Sql, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of `rows`."""
        if self.dialect == "sqlite":
            names = sql.names
            self.cursor.executemany(sql.positional, [[row[name] for name in names] for row in rows])
        else:
            self.cursor.executemany(sql.named, rows)

    def _execute(self, sql: Sql, values: Mapping[str, Any]) -> None:
        if self.dialect == "sqlite":
            self.cursor.execute(sql.positional, [values[name] for name in sql.names])
        else:
            self.cursor.execute(sql.named, values)
