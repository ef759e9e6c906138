"""The reads of the books: wallets and lines as a test puts them in, and nothing booked beyond them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain.accounts import Regime
from domain.books import ChartAccount
from domain.ids import AccountId
from domain.policy import Action, Actor, require
from domain.rails import Method
from domain.rows import StatementRow, WalletRow
from domain.shop_settings import BookRules


class Rows(Protocol):
    """What stands in the shop now."""

    of: Any
    wallet_rows: tuple[WalletRow, ...]
    statement_rows: dict[AccountId, list[StatementRow]]


@dataclass
class FixedBooks:
    """Answers from `of`; `archived` are wallets out of use, `balances` those at the end of earlier days."""

    of: Rows
    archived: tuple[ChartAccount, ...] = ()
    balances: dict[str, Mapping[AccountId, int]] = field(default_factory=dict)
    regime: Regime = Regime.TT133
    hides: bool = False
    asked_until: list[tuple[str, int]] = field(default_factory=list)

    def sees_all(self, actor: Actor) -> bool:
        return not self.hides

    def accounts(self, actor: Actor, as_of: str = "") -> Sequence[ChartAccount]:
        require(actor, Action.SEE_BOOKS)
        then = self.balances.get(as_of, {})
        return (
            *(_charted(row, then.get(row.id, 0) if as_of else row.balance_minor) for row in self.of.wallet_rows),
            *self.archived,
        )

    def statement_until(self, actor: Actor, account_id: AccountId, until: str, limit: int) -> Sequence[StatementRow]:
        self.asked_until.append((until, limit))
        rows = [row for row in self.of.statement_rows.get(account_id, []) if row.business_date <= until]
        return rows[:limit]

    def rules(self) -> BookRules:
        return BookRules(regime=self.regime, payments=self.of.of.rules)

    def method_wallets(self) -> Mapping[Method, AccountId]:
        return {}

    def voucher(self, *_wanted: object) -> None:
        """There is none."""

    account = own_voucher = voucher

    def nothing(self, *_wanted: object) -> tuple[Any, ...]:
        """Return an empty page."""
        return ()

    vouchers = drafts = categories = turnovers = category_turnovers = entries = nothing


def _charted(row: WalletRow, balance_minor: int) -> ChartAccount:
    return ChartAccount(
        id=row.id,
        type=row.type,
        control=row.control,
        code=row.code,
        name=row.name,
        currency=row.currency,
        opened_on="2026-01-01",
        archived=False,
        balance_minor=balance_minor,
    )
