"""The trial balance: of every account what it was, what moved and what it is, each on its side."""

from typing import Final

from domain.book_rows import Turnover
from domain.books import Column, Kind, Report, Row
from domain.reports.reading import ACCOUNT, CODE, Reading

TITLE: Final = "report.trial_balance"

_FIGURES: Final = (
    Column("report.column.opening_debit", Kind.MONEY),
    Column("report.column.opening_credit", Kind.MONEY),
    Column("report.column.period_debit", Kind.MONEY),
    Column("report.column.period_credit", Kind.MONEY),
    Column("report.column.closing_debit", Kind.MONEY),
    Column("report.column.closing_credit", Kind.MONEY),
)


def trial_balance(reading: Reading, since: str, until: str) -> Report:
    """Return the trial balance from a first to a last day; an empty `since` means from the first day of the books.

    Accounts of which all figures are zero are left out; the last row sums each column. Raises NotPermitted: without the
    right to see the books, or ACCOUNT_NOT_GRANTED if a wallet is hidden from the person.
    """
    reading.require_all()
    turnovers = reading.turnovers(since, until)
    accounts = sorted(reading.chart().values(), key=lambda account: (account.code, account.control or "", account.name))
    rows = []
    sums = [0] * len(_FIGURES)
    for account in accounts:
        figures = _figures(turnovers.get(account.id))
        if any(figures):
            sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
            rows.append(Row((account.code, reading.account_name(account), *(figure or None for figure in figures))))
    rows.append(Row((None, reading.say("report.row.total"), *sums), strong=True))
    return reading.report(TITLE, since, until, (CODE, ACCOUNT, *_FIGURES), rows)


def is_balanced(report: Report) -> bool:
    """Whether debits equal credits in each of the three pairs of a trial balance's sums."""
    sums = report.rows[-1].cells[-len(_FIGURES) :]
    return all(debit == credit for debit, credit in zip(sums[::2], sums[1::2], strict=True))


def _figures(turnover: Turnover | None) -> tuple[int, ...]:
    if turnover is None:
        return (0,) * len(_FIGURES)
    opening = turnover.opening_minor
    closing = opening + turnover.debit_minor - turnover.credit_minor
    return (*_sides(opening), turnover.debit_minor, turnover.credit_minor, *_sides(closing))


def _sides(balance: int) -> tuple[int, int]:
    return max(balance, 0), max(-balance, 0)
