"""Raw SQL against the books, as a careless program or a person with the key would run it."""

from typing import Any

import psycopg
from sqlalchemy import Column, Integer, Table
from sqlcipher3 import dbapi2 as sqlcipher

from storage.session import Session


def refusal(session: Session, statement: str) -> str:
    """Try a statement, undo it, and return what the database said against it; empty if it did as it was told."""
    session.cursor.execute("SAVEPOINT misuse")
    try:
        session.cursor.execute(statement)
    except (sqlcipher.Error, psycopg.Error) as error:
        return str(error)
    else:
        return ""
    finally:
        session.cursor.execute("ROLLBACK TO SAVEPOINT misuse")
        session.cursor.execute("RELEASE SAVEPOINT misuse")


def other_value(column: "Column[Any]") -> str:
    """Return SQL for a value that a column of any row does not have."""
    return (
        f"COALESCE({column.name}, 0) + 1000"
        if isinstance(column.type, Integer)
        else f"COALESCE({column.name}, '') || 'x'"
    )


def changes_of(table: Table, where: str = "1 = 1") -> dict[str, str]:
    """Return a statement for each column of a table that changes it."""
    return {
        column.name: f"UPDATE {table.name} SET {column.name} = {other_value(column)} WHERE {where}"
        for column in table.columns
    }


def inserted(table: str, **values: str | int | None) -> str:
    """Return an INSERT statement of literal values."""
    told = ", ".join("NULL" if value is None else repr(value) for value in values.values())
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({told})"
