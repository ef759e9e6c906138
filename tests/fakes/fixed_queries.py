"""Queries that answer from a shop in memory and from rows a test puts in."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from domain.holder_ports import HolderRow
from domain.ids import AccountId, BillId, HolderId, Instant, PaymentId, UserId
from domain.payment_rows import DayTotal, MatterRow, PaymentDetail, PaymentFilter, PaymentRow, SaleRow
from domain.payments import PaymentException, PaymentStatus
from domain.people import User
from domain.policy import Action, Actor, require
from domain.rails import Method, Provider
from domain.routing import Trouble, holding, offered, troubles
from domain.rows import QueueState, RefusedRow, ShopRow, StatementRow, UnsentRow, UserRow, WalletRow
from domain.trail import AuditFilter, AuditPage, Place
from tests.fakes.audit_trail import FixedTrail
from tests.fakes.fixed_books import FixedBooks
from tests.fakes.small_shop import SHOP_ROW, SmallShop, by_time


@dataclass
class FixedHolders:
    """Stored value of the customers of a shop: `rows` as the test says, others have nothing."""

    of: SmallShop
    rows: dict[HolderId, HolderRow] = field(default_factory=dict)

    def get(self, actor: Actor, holder: HolderId) -> HolderRow | None:
        require(actor, Action.SEE_PAYMENTS)
        known = self.of.holders.get(holder)
        return None if known is None else self.rows.get(holder, HolderRow(holder, known.name, known.phone, 0))


@dataclass
class FixedQueries:
    """Reads `shop`; wallets, statements, the queue and refusals are what the test says."""

    of: SmallShop = field(default_factory=SmallShop)
    wallet_rows: tuple[WalletRow, ...] = ()
    statement_rows: dict[AccountId, list[StatementRow]] = field(default_factory=dict)
    queue_state: QueueState = field(default_factory=lambda: QueueState(0, 0, None, None, None))
    refused_rows: tuple[RefusedRow, ...] = ()
    unsent_rows: tuple[UnsentRow, ...] = ()
    matter_rows: tuple[MatterRow, ...] = ()
    decision_rows: tuple[MatterRow, ...] = ()
    asked: list[PaymentFilter] = field(default_factory=list)
    books: Any = None
    trail: FixedTrail = field(default_factory=FixedTrail)

    holders: Any = None

    def __post_init__(self) -> None:
        self.holders = self.holders or FixedHolders(self.of)
        self.books = self.books or FixedBooks(self)

    def moment(self) -> AbstractContextManager[None]:
        return nullcontext()

    def shop(self) -> ShopRow:
        return SHOP_ROW

    def methods(self) -> Sequence[Method]:
        return offered(self.of.rules, SHOP_ROW.currency, has_bank_account=True, has_holders=bool(self.of.holders))

    def holding(self) -> Sequence[Method]:
        return holding(self.of.rules, SHOP_ROW.currency)

    def troubles(self) -> Mapping[Method, Trouble]:
        return troubles(self.of.rules, SHOP_ROW.currency)

    def taken_since(self, since: Instant) -> Mapping[Provider, int]:
        return self.of.taken

    def users(self) -> Sequence[UserRow]:
        return [user for user in self.everybody() if not user.disabled]

    def everybody(self) -> Sequence[UserRow]:
        return [UserRow(user.id, user.name, user.role, user.disabled_at is not None) for user in self.of.users.values()]

    def user(self, user_id: UserId) -> User | None:
        return self.of.users.get(user_id)

    def payments(
        self, wanted: PaymentFilter, limit: int, before: tuple[Instant, PaymentId] | None
    ) -> Sequence[PaymentRow]:
        self.asked.append(wanted)
        found = [
            intent
            for intent in by_time(list(self.of.payments.values()))
            if (before is None or (intent.created_at, intent.id) < before)
            and (wanted.status is None or intent.status is wanted.status)
            and (wanted.method is None or intent.method is wanted.method)
            and (wanted.since is None or intent.created_at >= wanted.since)
            and (wanted.until is None or intent.created_at < wanted.until)
            and wanted.text in f"{intent.reference} {intent.amount_minor} {intent.customer_phone}"
        ]
        return [self.of.row(intent) for intent in found[:limit]]

    def payment(self, payment_id: PaymentId) -> PaymentDetail | None:
        intent = self.of.payments.get(payment_id)
        return None if intent is None else self.of.detail(intent)

    def sale(self, bill_id: BillId) -> SaleRow | None:
        return self.of.sale(bill_id)

    def unfinished(self, since: Instant) -> Sequence[SaleRow]:
        since_then = (each for each in by_time(list(self.of.payments.values())) if each.created_at >= since)
        sales = (self.of.sale(bill_id) for bill_id in dict.fromkeys(each.bill.id for each in since_then))
        return [sale for sale in sales if sale is not None and sale.unfinished]

    def matters(
        self, actor: Actor, limit: int, *, settled: bool = False, at: Instant | None = None
    ) -> Sequence[MatterRow]:
        require(actor, Action.SEE_PAYMENTS)
        return self.decision_rows if settled else self.matter_rows

    def day_total(self, actor: Actor, since: Instant) -> DayTotal:
        require(actor, Action.SEE_PAYMENTS)
        paid = [each for each in self.of.payments.values() if each.status is PaymentStatus.PAID]
        review = [each for each in self.of.payments.values() if each.exception is not PaymentException.NONE]
        return DayTotal(sum(each.amount_minor for each in paid), len(paid), len(review))

    def wallets(self, actor: Actor, with_controls: bool) -> Sequence[WalletRow]:
        return [row for row in self.wallet_rows if with_controls or row.control is None]

    def statement(self, actor: Actor, account_id: AccountId, limit: int, before: int | None) -> Sequence[StatementRow]:
        rows = self.statement_rows.get(account_id, [])
        return [row for row in rows if before is None or row.entry_no < before][:limit]

    def audit(self, actor: Actor, wanted: AuditFilter, limit: int, before: Place | None) -> AuditPage:
        return self.trail.audit(actor, wanted, limit, before)

    def queue(self) -> QueueState:
        return self.queue_state

    def unsent(self) -> Sequence[UnsentRow]:
        return self.unsent_rows

    def refused(self) -> Sequence[RefusedRow]:
        return self.refused_rows
