"""What every report shares: whose reading of which books it is, how things are named, and how a table is closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.accounts import Regime
from domain.book_rows import Turnover
from domain.books import ChartAccount, ChartCategory, Column, Entry, Kind, Report, Row
from domain.display import account_name, voucher_text
from domain.errors import ErrorCode, NotPermitted, RuleBroken
from domain.ids import AccountId
from domain.money import Language
from domain.policy import Actor
from domain.ports import BookReads
from domain.rows import ShopRow

MOST_VOUCHERS: Final = 20_000
"""Vouchers that a cash book or a journal takes unless told otherwise: those of a busy month, held in memory at once."""

CODE: Final = Column("report.column.code", Kind.TEXT)
ACCOUNT: Final = Column("report.column.account", Kind.TEXT)
DAY: Final = Column("report.column.day", Kind.DATE)
NUMBER: Final = Column("report.column.number", Kind.TEXT)
TEXT: Final = Column("report.column.text", Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads the books of which shop, and in which words.

    `say` is the text catalogue, a key becomes a word; `language` chooses the names of categories and control accounts.
    """

    books: BookReads
    actor: Actor
    shop: ShopRow
    language: Language
    say: Callable[[str], str]

    def require_all(self) -> None:
        """Raise NotPermitted(ACCOUNT_NOT_GRANTED) if a wallet is hidden from the person."""
        if not self.books.sees_all(self.actor):
            raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)

    def account_name(self, account: ChartAccount) -> str:
        """Return a control account's name in the language, a wallet's own."""
        return account_name(account.control, account.name, self.language)

    def category_name(self, category: ChartCategory) -> str:
        """Return a category's name in the language."""
        return category.name(self.language)

    def entry_text(self, entry: Entry) -> str:
        """Return what a voucher was for: where it came from, its memo and its counterparty, as far as is known."""
        said = voucher_text(entry.source_kind, entry.memo, self.say)
        return f"{said} · {entry.counterparty}" if entry.counterparty else said

    def entries(self, since: str, until: str, account_id: AccountId | None, limit: int) -> Sequence[Entry]:
        """Return the vouchers of a period, of one account if named, in the order of the day they count on.

        Raises RuleBroken(REPORT_TOO_LONG) for more than `limit`.
        """
        found = self.books.entries(self.actor, since, until, account_id, limit + 1)
        if len(found) > limit:
            raise RuleBroken(ErrorCode.REPORT_TOO_LONG, limit=limit)
        return sorted(found, key=lambda entry: (entry.booked_on, entry.created_at, entry.id))

    def turnovers(self, since: str, until: str) -> Mapping[AccountId, Turnover]:
        """Return what moved on each account in a period."""
        return {row.account_id: row for row in self.books.turnovers(self.actor, since, until)}

    def chart(self) -> Mapping[AccountId, ChartAccount]:
        """Return the accounts in the order of the chart.

        To be read after what moved on them: an account is never taken away, but one may be opened in between.
        """
        return {account.id: account for account in self.books.accounts(self.actor)}

    def report(
        self,
        title: str,
        since: str,
        until: str,
        columns: tuple[Column, ...],
        rows: Sequence[Row],
        subtitle: str = "",
    ) -> Report:
        """Close a table; account codes are left out for a household business, whose books have none."""
        if CODE in columns and not self.shows_codes():
            at = columns.index(CODE)
            columns = columns[:at] + columns[at + 1 :]
            rows = [replace(row, cells=row.cells[:at] + row.cells[at + 1 :]) for row in rows]
        return Report(title, self.shop.name, self.shop.currency, since, until, columns, rows, subtitle)

    def shows_codes(self) -> bool:
        """Whether the shop's books know account codes (circulars 133/2016 and 99/2025; not 152/2025)."""
        return self.books.rules().regime is not Regime.TT152

    def coded_name(self, account: ChartAccount) -> str:
        """Return an account's name after its code, if the books know codes."""
        name = self.account_name(account)
        return f"{account.code} {name}" if account.code and self.shows_codes() else name
