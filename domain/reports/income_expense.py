"""Income and expense by the tree of categories, their result, and apart from it what was bought into stock."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.accounts import Control
from domain.books import ChartAccount, ChartCategory, Column, Kind, Report, Row
from domain.categories import Category, CategoryKind, contra_account, lineage
from domain.ids import AccountId, CategoryId
from domain.reports.reading import Reading

TITLE: Final = "report.income_expense"

INCOME_ACCOUNTS: Final = frozenset({Control.SALES, Control.OTHER_INCOME})
EXPENSE_ACCOUNTS: Final = frozenset(
    {Control.SALES_RETURNS, Control.COGS, Control.FEES, Control.EXPENSES, Control.OTHER_EXPENSE}
)
RESULT_ACCOUNTS: Final = INCOME_ACCOUNTS | EXPENSE_ACCOUNTS
"""The accounts whose movements make the result; returns stand with the expenses, as their category does."""

_COLUMNS: Final = (Column("report.column.category", Kind.TEXT), Column("report.column.amount", Kind.MONEY))


class _Section:
    """What one part of the report adds up: amounts of categories themselves, and of accounts without a category."""

    def __init__(self, heading: str) -> None:
        self.heading = heading
        self.own: dict[CategoryId, int] = defaultdict(int)
        self.loose: dict[AccountId, int] = defaultdict(int)

    @property
    def total(self) -> int:
        return sum(self.own.values()) + sum(self.loose.values())


def income_expense(reading: Reading, since: str, until: str) -> Report:
    """Return income, expense and their difference from a first to a last day, with what was bought into stock.

    A category's amount is what moved under it on the account it is booked against; the row of a category includes what
    hangs below it. What moved on accounts of the result otherwise, such as the fee of a deposit, stands without
    category by account, so that the result is what moved on all these accounts, credit positive. Categories that are
    booked against other accounts (stock) stand after the result and do not count in it. Raises NotPermitted: without
    the right to see the books, or ACCOUNT_NOT_GRANTED if a wallet is hidden from the person.
    """
    reading.require_all()
    moved = reading.books.category_turnovers(reading.actor, since, until)
    categories = reading.books.categories(reading.actor)
    chart = reading.chart()
    income, expense, stock = _Section("report.row.income"), _Section("report.row.expense"), _Section("report.row.stock")
    contras = _contras(reading, categories)
    kinds = {category.id: category.kind for category in categories}
    for row in moved:
        control = chart[row.account_id].control
        contra = contras[row.category_id] if row.category_id else None
        debit = row.debit_minor - row.credit_minor
        if row.category_id and control is contra:
            if contra not in RESULT_ACCOUNTS:
                stock.own[row.category_id] += debit
            elif kinds[row.category_id] is CategoryKind.INCOME:
                income.own[row.category_id] -= debit
            else:
                expense.own[row.category_id] += debit
        elif control in INCOME_ACCOUNTS:
            income.loose[row.account_id] -= debit
        elif control in EXPENSE_ACCOUNTS:
            expense.loose[row.account_id] += debit
    tree = _Tree(reading, categories, chart)
    rows = [*tree.rows(income), *tree.rows(expense)]
    rows.append(Row((reading.say("report.row.result"), income.total - expense.total), strong=True))
    if stock.own:
        rows += tree.rows(stock)
    return reading.report(TITLE, since, until, _COLUMNS, rows)


def _contras(reading: Reading, categories: Sequence[ChartCategory]) -> dict[CategoryId, Control]:
    """Return the account that each category is booked against."""
    known = {
        row.id: Category(
            row.id, reading.shop.merchant_id, row.kind, row.name_vi, row.name_en, row.system_key, row.parent_id
        )
        for row in categories
    }
    return {row.id: contra_account(lineage(row, known.get)) for row in known.values()}


class _Tree:
    """Writes sections as rows."""

    def __init__(
        self, reading: Reading, categories: Sequence[ChartCategory], chart: Mapping[AccountId, ChartAccount]
    ) -> None:
        self._reading = reading
        self._chart = chart
        self._below: dict[CategoryId | None, list[ChartCategory]] = defaultdict(list)
        for category in categories:
            self._below[category.parent_id].append(category)

    def rows(self, section: _Section) -> Iterator[Row]:
        """Yield a section's sum, its categories where anything stands under them, and its accounts without category."""
        yield Row((self._reading.say(section.heading), section.total), strong=True)
        for category in self._below[None]:
            yield from self._branch(category, section.own, 1)
        loose = {account_id: amount for account_id, amount in section.loose.items() if amount}
        if loose:
            yield Row((self._reading.say("report.row.uncategorised"), sum(loose.values())), level=1)
            for account in self._chart.values():
                if account.id in loose:
                    yield Row((self._reading.coded_name(account), loose[account.id]), level=2)

    def _branch(self, category: ChartCategory, own: Mapping[CategoryId, int], level: int) -> list[Row]:
        """Return the rows of a category and what hangs below it; nothing if there is no amount in all of it."""
        amount = own.get(category.id, 0)
        below = [row for child in self._below[category.id] for row in self._branch(child, own, level + 1)]
        if not amount and not below:
            return []
        total = amount + sum(_amount(row) for row in below if row.level == level + 1)
        if amount and below:
            below.insert(0, Row((self._reading.say("report.row.directly"), amount), level=level + 1))
        return [Row((self._reading.category_name(category), total), level=level), *below]


def _amount(row: Row) -> int:
    amount = row.cells[1]
    assert isinstance(amount, int), "the second cell of this report's rows is an amount"
    return amount
