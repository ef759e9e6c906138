"""What waits at the hub, over all merchants: how much, how much of it is due, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.ids import Instant
from storage.session import Session, Sql

_INBOX: Final = Sql("SELECT state, COUNT(*) FROM inbox WHERE state IN ('received', 'parked') GROUP BY state")
_DUE: Final = {
    "inbox": Sql(
        "SELECT COUNT(*), MIN(next_attempt_at) FROM inbox "
        "WHERE state IN ('received', 'parked') AND next_attempt_at <= :at"
    ),
    "checks": Sql("SELECT COUNT(*), MIN(NULLIF(next_check_at, 0)) FROM checks WHERE next_check_at <= :at"),
    "refunds": Sql("SELECT COUNT(*), MIN(next_at) FROM refund_work WHERE next_at <= :at"),
    "statements": Sql("SELECT COUNT(*), MIN(next_poll_at) FROM statements WHERE next_poll_at <= :at"),
}


@dataclass(frozen=True, slots=True)
class Queue:
    """Work that is due: how much, and the moment at which the oldest of it was."""

    due: int
    since: Instant | None


def inbox_depths(session: Session) -> Mapping[str, int]:
    """Return how many events wait in the inbox: `received` to be applied, `parked` for the payment that they name."""
    return {"received": 0, "parked": 0, **{row[0]: int(row[1]) for row in session.all(_INBOX, {})}}


def queues(session: Session, at: Instant) -> Mapping[str, Queue]:
    """Return the work of each worker that is due."""
    found = {}
    for name, sql in _DUE.items():
        row = session.one(sql, {"at": at})
        assert row is not None, "a count always answers"
        found[name] = Queue(int(row[0]), None if row[1] is None else Instant(row[1]))
    return found
