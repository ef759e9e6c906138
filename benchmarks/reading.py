"""What screens read of a till with many vouchers, against raw SQL, against the same at an empty till, and page to page.

Raw SQL runs on the same open file with one cursor and returns tuples: no values, no rights, no names.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from benchmarks.grown_till import DAY_MS, DAYS, grown_till
from benchmarks.posting import ACTOR, AT, SETUP
from benchmarks.rounds import ratio, take_turns
from domain.accounts import Control, control_id
from domain.book_rows import VoucherFilter
from domain.calendar import business_date
from domain.ids import Instant, VoucherId
from storage.gate import TillFiles
from storage.queries import TillQueries
from storage.session import Session

PAGE: Final = 50
CALLS: Final = 200
ENOUGH_S: Final = 0.3
"""A read is called so often in each round, unless it takes longer than this together."""
SALES: Final = control_id(SETUP.merchant_id, Control.SALES)

RAW_STATEMENT: Final = (
    "SELECT l.entry_no, v.id, v.number, v.business_date, v.created_at, v.source_kind, v.memo, l.side, l.amount_minor, "
    "l.balance_after FROM postings l JOIN vouchers v ON v.merchant_id = l.merchant_id AND v.id = l.voucher_id "
    "WHERE l.merchant_id = 'm' AND l.account_id = ? AND l.entry_no < ? ORDER BY l.entry_no DESC LIMIT 50"
)
RAW_DAYS: Final = (
    "SELECT account_id, SUM(debit_minor - credit_minor) FROM day_totals WHERE merchant_id = 'm' AND day <= ? "
    "GROUP BY account_id"
)
RAW_LINES: Final = (
    "SELECT l.account_id, SUM(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END) FROM postings l "
    "JOIN vouchers v ON v.merchant_id = l.merchant_id AND v.id = l.voucher_id "
    "WHERE l.merchant_id = 'm' AND v.business_date <= ? GROUP BY l.account_id"
)
OLDEST: Final = (
    "SELECT business_date, created_at, id FROM vouchers WHERE merchant_id = 'm' "
    "ORDER BY business_date, created_at, id LIMIT 1 OFFSET 50"
)


class Reading:
    """An open till, read as its screens read it."""

    def __init__(self, files: TillFiles) -> None:
        self.connection = files.connect_reader()
        self.cursor: Any = self.connection.cursor()
        self.queries = TillQueries(Session(self.connection.cursor(), "sqlite"))

    def raw(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement as a programmer would who cares for nothing but speed."""
        rows: list[Any] = self.cursor.execute(sql, values).fetchall()
        return rows


def main(vouchers: int = 200_000, folder: Path | None = None, rounds: int = 7) -> None:
    """Print milliseconds and ratios; the grown till is kept in `folder` if one is given."""
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        grown, empty = Reading(grown_till(place, vouchers)), Reading(grown_till(place, 0))
        stack.callback(grown.connection.close)
        stack.callback(empty.connection.close)
        figures = take_turns(_contestants(grown, empty), rounds)
        summed = _timed(lambda: grown.raw(RAW_LINES, _day(0)))()
    print(f"Reading {vouchers:,} vouchers, {rounds} rounds in turn, milliseconds (median, least–greatest)")
    for figure in figures.values():
        print(f"  {figure.name:34} {figure.text(3)}")
    print(f"  {'as of, summing every line, once':34} {summed:,.3f}")
    for goal, over, under, wanted in GOALS:
        print(f"  {goal:4} {over} / {under}: {ratio(figures[over], figures[under]).text(2)}  {wanted}".rstrip())
    print(
        f"       as of, summing every line / as of the last day: {summed / figures['as of the last day'].median:,.0f}"
    )


GOALS: Final = (
    ("R1", "balances", "balances at 0", "(must ≤ 1.30)"),
    ("R1", "chart", "chart at 0", "(must ≤ 1.30)"),
    ("R1", "queue", "queue at 0", "(must ≤ 1.30)"),
    ("R2", "statement, end", "statement, raw", "(must ≤ 4.00)"),
    ("R4", "statement, deepest", "statement, end", "(must ≤ 1.50)"),
    ("R4", "vouchers, deepest", "vouchers, first", "(must ≤ 1.50)"),
    ("", "as of the last day", "as of, raw day totals", ""),
    ("", "as of the middle", "as of the last day", ""),
)


def _contestants(grown: Reading, empty: Reading) -> dict[str, Callable[[], float]]:
    middle, last = _day(DAYS // 2), _day(0)
    books, day = grown.queries.books, grown.raw(OLDEST)[0]
    oldest = (day[0], Instant(day[1]), VoucherId(day[2]))
    assert len(books.vouchers(ACTOR, VoucherFilter(), PAGE, oldest)) == PAGE
    end = 2**62
    return {
        "balances": _timed(lambda: grown.queries.wallets(ACTOR, True)),
        "balances at 0": _timed(lambda: empty.queries.wallets(ACTOR, True)),
        "chart": _timed(lambda: books.accounts(ACTOR)),
        "chart at 0": _timed(lambda: empty.queries.books.accounts(ACTOR)),
        "queue": _timed(grown.queries.queue),
        "queue at 0": _timed(empty.queries.queue),
        "statement, end": _timed(lambda: grown.queries.statement(ACTOR, SALES, PAGE, None)),
        "statement, raw": _timed(lambda: grown.raw(RAW_STATEMENT, SALES, end)),
        "statement, deepest": _timed(lambda: grown.queries.statement(ACTOR, SALES, PAGE, PAGE + 1)),
        "vouchers, first": _timed(lambda: books.vouchers(ACTOR, VoucherFilter(), PAGE, None)),
        "vouchers, deepest": _timed(lambda: books.vouchers(ACTOR, VoucherFilter(), PAGE, oldest)),
        "as of the last day": _timed(lambda: books.accounts(ACTOR, last)),
        "as of the middle": _timed(lambda: books.accounts(ACTOR, middle)),
        "as of, raw day totals": _timed(lambda: grown.raw(RAW_DAYS, last)),
    }


def _day(ago: int) -> str:
    return business_date(Instant(AT - ago * DAY_MS), SETUP.zone)


def _timed(read: Callable[[], object]) -> Callable[[], float]:
    """Return what measures a read warm: the median of its calls, in milliseconds."""

    def once() -> float:
        taken: list[float] = []
        while len(taken) < CALLS and sum(taken) < ENOUGH_S * 1000:
            started = time.perf_counter()
            read()
            taken.append((time.perf_counter() - started) * 1000)
        return statistics.median(taken)

    return once


if __name__ == "__main__":
    main()
