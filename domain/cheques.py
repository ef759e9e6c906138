"""Money that comes by paper and by hand: what a cheque says, and how long the shop waits for what is settled later."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.calendar import business_date, day_after, day_start, days_between, is_date
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant

EXPECTED_DAYS: Final = 30
"""A cheque is presented within so many days of its date (Law on Negotiable Instruments 49/2005/QH11, article 69).

What is settled otherwise is given the same time from the day it was taken.
"""

LIVES_MONTHS: Final = 6
"""Presented later, a cheque may still be paid for so many months from its date (article 71); then nobody waits."""

AHEAD_DAYS: Final = 30
"""A cheque is paid from its date on (article 71); one that is dated further ahead was most likely misread."""

LONGEST: Final = 80
"""How long a cheque's number and names may be."""


@dataclass(frozen=True, slots=True)
class Cheque:
    """What is written on a cheque: its number, the bank that is to pay, who drew it, its date (YYYY-MM-DD).

    Raises RuleBroken: BY_HAND_INCOMPLETE without a number or a bank, CHEQUE_DATE for what is no day of the calendar.
    """

    number: str
    bank: str
    drawer: str
    date: str

    def __post_init__(self) -> None:
        wanting = [name for name in ("number", "bank") if not getattr(self, name)]
        if wanting or max(len(self.number), len(self.bank), len(self.drawer)) > LONGEST:
            raise RuleBroken(ErrorCode.BY_HAND_INCOMPLETE, fields=", ".join(wanting))
        if not is_date(self.date):
            raise RuleBroken(ErrorCode.CHEQUE_DATE, date=self.date)


def check_presentable(cheque: Cheque, today: str) -> None:
    """Raise RuleBroken(CHEQUE_DATE) for a cheque that a bank need not pay any more, or that is dated far ahead."""
    age = days_between(cheque.date, today)
    if not -AHEAD_DAYS <= age <= EXPECTED_DAYS:
        raise RuleBroken(ErrorCode.CHEQUE_DATE, date=cheque.date)


def last_day(cheque: Cheque | None, created_at: Instant, zone: str) -> str:
    """Return the last day (YYYY-MM-DD) on which a cheque is to be presented, or other money is to be settled."""
    first = date.fromisoformat(_first_day(cheque, created_at, zone))
    return (first + timedelta(days=EXPECTED_DAYS)).isoformat()


def lives_until(cheque: Cheque | None, created_at: Instant, zone: str) -> Instant:
    """Return when nobody waits any longer for a cheque, or for other money that is settled by hand."""
    first = date.fromisoformat(_first_day(cheque, created_at, zone))
    months = first.month - 1 + LIVES_MONTHS
    year, month = first.year + months // 12, months % 12 + 1
    last = date(year, month, min(first.day, monthrange(year, month)[1]))
    return day_start(day_after(last.isoformat()), zone)


def _first_day(cheque: Cheque | None, created_at: Instant, zone: str) -> str:
    return business_date(created_at, zone) if cheque is None else cheque.date
