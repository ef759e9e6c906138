"""The three kinds of column that revisions create."""

from typing import Any

import sqlalchemy as sa


def text(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[Any]":
    """Return a text column."""
    return sa.Column(name, sa.Text(), nullable=null, server_default=_literal(default))


def big(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[Any]":
    """Return a 64-bit whole number."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=null, server_default=_literal(default))


def small(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[Any]":
    """Return a 32-bit whole number."""
    return sa.Column(name, sa.Integer(), nullable=null, server_default=_literal(default))


def _literal(default: str | None) -> "sa.TextClause | None":
    return None if default is None else sa.text(default)
