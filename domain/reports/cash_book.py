"""The cash book (sổ quỹ) of one wallet: what came in, what went out, and what was there after each voucher."""

from typing import Final

from domain.books import Column, Kind, Report, Row
from domain.errors import ErrorCode, NotFound, NotPermitted
from domain.ids import AccountId
from domain.reports.reading import DAY, MOST_VOUCHERS, NUMBER, TEXT, Reading
from domain.vouchers import Side

TITLE: Final = "report.cash_book"

_COLUMNS: Final = (
    DAY,
    NUMBER,
    TEXT,
    Column("report.column.in", Kind.MONEY),
    Column("report.column.out", Kind.MONEY),
    Column("report.column.balance", Kind.MONEY),
)


def cash_book(reading: Reading, wallet: AccountId, since: str, until: str, limit: int = MOST_VOUCHERS) -> Report:
    """Return the cash book of a wallet from a first to a last day, in the order of the days that vouchers count on.

    Raises NotPermitted: without the right to see the books, or ACCOUNT_NOT_GRANTED if a voucher of the wallet also
    touches one that is hidden from the person, for then its balances would not follow from its rows;
    NotFound(ACCOUNT_UNKNOWN) for a wallet that is not there or is hidden; RuleBroken(REPORT_TOO_LONG) for more than
    `limit` vouchers.
    """
    entries = reading.entries(since, until, wallet, limit)
    turnover = reading.turnovers(since, until).get(wallet)
    account = reading.chart().get(wallet)
    if account is None:
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    opening = balance = turnover.opening_minor if turnover else 0
    came = went = 0
    rows = [Row((None, None, reading.say("report.row.opening"), None, None, opening), strong=True)]
    for entry in entries:
        for line in entry.lines:
            if line.account_id != wallet:
                continue
            into = line.amount_minor if line.side is Side.DEBIT else 0
            out = line.amount_minor - into
            came, went, balance = came + into, went + out, balance + into - out
            text = reading.entry_text(entry)
            cells = (entry.booked_on, entry.number, text, into or None, out or None, balance)
            rows.append(Row(cells, voucher_id=entry.id))
    moved = (turnover.debit_minor, turnover.credit_minor) if turnover else (0, 0)
    if (came, went) != moved and not reading.books.sees_all(reading.actor):
        raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)
    rows.append(Row((None, None, reading.say("report.row.total"), came, went, None), strong=True))
    rows.append(Row((None, None, reading.say("report.row.closing"), None, None, balance), strong=True))
    name = reading.account_name(account)
    subtitle = f"{name} ({account.code})" if account.code and reading.shows_codes() else name
    return reading.report(TITLE, since, until, _COLUMNS, rows, subtitle)
