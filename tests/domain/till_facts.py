"""Looking straight into a till: its rows, all of it, and whether a refusal left anything behind."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import DomainError, ErrorCode
from domain.ports import UnitOfWork
from storage.session import Sql
from storage.till import TillUnits


def ask(units: TillUnits, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a question."""
    return units.read(lambda session: session.all(Sql(sql), values))


def dump(units: TillUnits) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that the till holds: counters, chains, outbox, trail."""
    names = ask(units, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name: sorted(ask(units, f"SELECT * FROM {name}"), key=repr) for (name,) in names}


def code_of(units: TillUnits, op: Callable[[UnitOfWork], object]) -> ErrorCode:
    """Return why a use case refuses, having looked that nothing of it stayed."""
    before = dump(units)
    with pytest.raises(DomainError) as refused:
        units.run(op)
    assert dump(units) == before
    return refused.value.code
