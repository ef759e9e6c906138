"""The general journal (sổ nhật ký chung): every line of every voucher, in the order of days."""

from typing import Final

from domain.books import Column, Kind, Report, Row
from domain.reports.reading import ACCOUNT, CODE, DAY, MOST_VOUCHERS, NUMBER, TEXT, Reading
from domain.vouchers import Side

TITLE: Final = "report.journal"

_COLUMNS: Final = (
    DAY,
    NUMBER,
    TEXT,
    CODE,
    ACCOUNT,
    Column("report.column.debit", Kind.MONEY),
    Column("report.column.credit", Kind.MONEY),
)


def journal(reading: Reading, since: str, until: str, limit: int = MOST_VOUCHERS) -> Report:
    """Return the journal from a first to a last day; each voucher's lines stand together, its text at the first.

    The last row holds both sums, which are equal. Raises NotPermitted: without the right to see the books, or
    ACCOUNT_NOT_GRANTED if a wallet is hidden from the person; RuleBroken(REPORT_TOO_LONG) for more than `limit`
    vouchers.
    """
    reading.require_all()
    entries = reading.entries(since, until, None, limit)
    chart = reading.chart()
    names = {account.id: reading.account_name(account) for account in chart.values()}
    debit_sum = credit_sum = 0
    rows = []
    for entry in entries:
        text: str | None = reading.entry_text(entry)
        for line in entry.lines:
            debit = line.amount_minor if line.side is Side.DEBIT else 0
            credit = line.amount_minor - debit
            debit_sum, credit_sum = debit_sum + debit, credit_sum + credit
            place = (chart[line.account_id].code, names[line.account_id])
            cells = (entry.booked_on, entry.number, text, *place, debit or None, credit or None)
            rows.append(Row(cells, voucher_id=entry.id))
            text = None
    rows.append(Row((None, None, reading.say("report.row.total"), None, None, debit_sum, credit_sum), strong=True))
    return reading.report(TITLE, since, until, _COLUMNS, rows)
