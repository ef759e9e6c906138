"""Who holds a table, and the kinds of column that tables are described with."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

ledger: Final = sa.MetaData()
"""What till and hub both hold."""
till: Final = sa.MetaData()
"""What only a till holds."""
hub: Final = sa.MetaData()
"""What only the hub holds."""


def text(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[Any]":
    """Return a column of text; a default is written as SQL."""
    return sa.Column(name, sa.Text, nullable=null, server_default=_sql(default))


def big(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[Any]":
    """Return a column of 64-bit whole numbers: money in minor units, instants in milliseconds, sequence numbers."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=null, server_default=_sql(default))


def small(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[Any]":
    """Return a column of 32-bit whole numbers."""
    return sa.Column(name, sa.Integer, nullable=null, server_default=_sql(default))


def one_of(column: str, values: Iterable[StrEnum]) -> str:
    """Return the condition that a column holds one of an enum's values, or of some of them."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return f"{column} IN ({listed})"


def _sql(default: str | None) -> "sa.TextClause | None":
    return None if default is None else sa.text(default)
