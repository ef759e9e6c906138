"""What the list of payments is asked for, and how it is read page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Final

from domain.calendar import business_date, day_start
from domain.display import TrackingGroup, tracking_group
from domain.ids import Instant, PaymentId
from domain.payment_rows import PaymentFilter, PaymentRow
from domain.payments import PaymentStatus
from domain.ports import Queries
from domain.rails import Method

PAGE: Final = 60
_DAY_MS: Final = 24 * 3600 * 1000


class Period(StrEnum):
    """The days that the list shows."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: a text, a status group or one status, a method and a period; None means any."""

    text: str = ""
    group: TrackingGroup | None = None
    status: PaymentStatus | None = None
    method: Method | None = None
    period: Period = Period.TODAY

    @property
    def narrowed(self) -> bool:
        """Whether anything but the plain list of today is asked for."""
        return self != PLAIN


PLAIN: Final = Wanted()
"""The plain list of today."""

CHEQUES: Final = Wanted(group=TrackingGroup.IN_PROGRESS, method=Method.CHEQUE, period=Period.ALL)
"""The cheques that wait to be cleared."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Rows that were found for what was wanted, behind `after`; `complete` when there are no more."""

    wanted: Wanted
    rows: tuple[PaymentRow, ...]
    complete: bool
    after: tuple[Instant, PaymentId] | None


def days_of(period: Period, now: Instant, zone: str) -> tuple[Instant | None, Instant | None]:
    """Return where a period begins and where it ends, by the days of the shop's zone; None where it does not."""
    today = day_start(business_date(now, zone), zone)
    return {
        Period.TODAY: (today, None),
        Period.YESTERDAY: (Instant(today - _DAY_MS), today),
        Period.WEEK: (Instant(today - 6 * _DAY_MS), None),
        Period.ALL: (None, None),
    }[period]


def read_page(
    queries: Queries,
    wanted: Wanted,
    span: tuple[Instant | None, Instant | None],
    count: int,
    after: tuple[Instant, PaymentId] | None,
) -> FoundPage:
    """Read `count` rows behind `after`, page by page; the statuses of a group are read each by its index and merged."""
    base = PaymentFilter(text=wanted.text, method=wanted.method, since=span[0], until=span[1])
    filters = [replace(base, status=status, voided=voided) for status, voided in _statuses(wanted)]
    rows: list[PaymentRow] = []
    place, complete = after, False
    while len(rows) < count and not complete:
        pages: list[Sequence[PaymentRow]] = [queries.payments(each, PAGE, place) for each in filters]
        found = list(islice(merge(*pages, key=_newest_first), PAGE))
        complete = len(found) < PAGE
        rows.extend(found)
        if found:
            place = (found[-1].created_at, found[-1].id)
    return FoundPage(wanted, tuple(rows), complete, after)


def _statuses(wanted: Wanted) -> list[tuple[PaymentStatus | None, bool | None]]:
    """Return which statuses are read one by one, and whether with or without sales that were taken back."""
    if wanted.group is None:
        return [(wanted.status, None)]
    kinds: list[tuple[PaymentStatus, bool | None]] = [
        *((status, None) for status in PaymentStatus if status is not PaymentStatus.PAID),
        (PaymentStatus.PAID, False),
        (PaymentStatus.PAID, True),
    ]
    return [(status, voided) for status, voided in kinds if tracking_group(status, bool(voided)) is wanted.group]


def _newest_first(row: PaymentRow) -> tuple[int, tuple[int, ...]]:
    return (-row.created_at, tuple(-ord(letter) for letter in row.id))
