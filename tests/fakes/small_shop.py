"""A shop in memory: just enough unit of work and queries for presenters to run the real services against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.accounts import Account, AccountType
from domain.changes import Changes, Topic
from domain.contract_terms import ContractTerms
from domain.errors import Conflict, ErrorCode
from domain.holders import Holder
from domain.ids import (
    AccountId,
    BillId,
    DeviceId,
    HolderId,
    Instant,
    MerchantId,
    MessageId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.messages import Message
from domain.payment_rows import PaymentDetail, PaymentEventRow, PaymentRow, SaleRow, TenderRow
from domain.payments import Cause, PaymentEvent, PaymentException, PaymentIntent, PaymentStatus
from domain.people import User
from domain.policy import Actor, Limits, Role
from domain.ports import Device, Shop
from domain.rails import Method, Provider
from domain.routing import PaymentRules
from domain.rows import ShopRow, VoucherRow
from domain.shop_settings import BookRules
from domain.vouchers import SourceEvent, Voucher, issue

MERCHANT = MerchantId("shop-1")
DEVICE = DeviceId("till-1")
NOON = Instant(1_795_237_200_000)  # 2026-11-21 12:00 in Ho Chi Minh City

OWNER = Actor(UserId("u-owner"), "Chị Mai", Role.OWNER, DEVICE)
CASHIER = Actor(UserId("u-lan"), "Lan", Role.CASHIER, DEVICE)
ACCOUNTANT = Actor(UserId("u-ha"), "Hà", Role.ACCOUNTANT, DEVICE)

SHOP_ROW = ShopRow(MERCHANT, DEVICE, "01", "Tạp hoá Hoa Mai", "VND", "Asia/Ho_Chi_Minh", is_demo=True)


def a_wallet(kind: AccountType, name: str, **facts: Any) -> Account:
    """Return a wallet."""
    codes = {AccountType.CASH: "1111", AccountType.BANK: "1121", AccountType.QR: "1131"}
    return Account(AccountId(f"w-{kind.value}"), MERCHANT, kind, codes[kind], name, "VND", NOON, **facts)


@dataclass
class SmallShop:
    """Everything the shop holds; the tests and the fakes look into it."""

    payments: dict[PaymentId, PaymentIntent] = field(default_factory=dict)
    events: dict[PaymentId, list[PaymentEvent]] = field(default_factory=dict)
    vouchers: dict[VoucherId, Voucher] = field(default_factory=dict)
    unsent: set[str] = field(default_factory=set)
    users: dict[UserId, User] = field(default_factory=dict)
    holders: dict[HolderId, Holder] = field(default_factory=dict)
    wallets: list[Account] = field(
        default_factory=lambda: [
            a_wallet(AccountType.CASH, "Két quầy", is_default=True),
            a_wallet(AccountType.BANK, "Vietcombank", bank_bin="970436", bank_account="0011001234567"),
            a_wallet(AccountType.QR, "VNPAY"),
        ]
    )
    touched: dict[Topic, set[str]] = field(default_factory=dict)
    audited: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    numbers: int = 0
    limits: Limits = field(default_factory=Limits)
    connected: frozenset[Provider] = frozenset({Provider.SEPAY, Provider.VNPAY_QR_MMS})
    by_hand: frozenset[Method] = frozenset()
    troubled: Mapping[Provider, Instant] = field(default_factory=dict)
    contracts: tuple[ContractTerms, ...] = ()
    taken: Mapping[Provider, int] = field(default_factory=dict)

    @property
    def rules(self) -> PaymentRules:
        """What its settings say of how its money is taken."""
        return PaymentRules(self.connected, contracts=self.contracts, by_hand=self.by_hand, troubled=self.troubled)

    def take_changes(self) -> Changes:
        """Return what was touched since the last time."""
        changes = Changes({topic: frozenset(ids) for topic, ids in self.touched.items()})
        self.touched = {}
        return changes

    def hear(self, payment_id: PaymentId, **news: Any) -> Changes:
        """Change a payment as if the hub had told of it; return what presenters are told."""
        before = self.payments[payment_id]
        after = replace(before, **news, revision=before.revision + 1)
        self.payments[payment_id] = after
        self.events[payment_id].append(
            PaymentEvent(
                payment_id,
                after.revision,
                before.status,
                after.status,
                after.exception,
                Cause.HUB,
                None,
                DEVICE,
                after.paid_at or NOON,
                after.received_minor,
            )
        )
        self.unsent.discard(payment_id)
        return Changes({Topic.PAYMENTS: frozenset({payment_id})})

    def hear_paid(self, payment_id: PaymentId, received: int | None = None, at: Instant = NOON) -> Changes:
        """The provider proved money: all that was asked for, or as much as is said."""
        due = self.payments[payment_id].amount_minor
        got = due if received is None else received
        if got < due:
            return self.hear(payment_id, received_minor=got, exception=PaymentException.PAID_SHORT)
        exception = PaymentException.PAID_OVER if got > due else PaymentException.NONE
        return self.hear(payment_id, status=PaymentStatus.PAID, received_minor=got, exception=exception, paid_at=at)

    def row(self, intent: PaymentIntent) -> PaymentRow:
        """Return a payment as lists show it."""
        return PaymentRow(
            id=intent.id,
            reference=intent.reference,
            method=intent.method,
            status=intent.status,
            exception=intent.exception,
            amount_minor=intent.amount_minor,
            received_minor=intent.received_minor,
            currency=intent.currency,
            created_at=intent.created_at,
            expires_at=intent.expires_at,
            paid_at=intent.paid_at,
            customer_name=intent.customer_name,
            customer_phone=intent.customer_phone,
            failure=intent.failure,
            unsent=intent.id in self.unsent,
            refused=False,
            bill_id=intent.bill.id,
            due_minor=intent.bill.due_minor,
            confirmed_minor=intent.confirmed_minor,
            held_minor=intent.held_minor,
            held_until=intent.held_until,
            capture_minor=intent.capture_minor,
            origin=intent.origin,
        )

    def of_bill(self, bill_id: BillId) -> list[PaymentIntent]:
        """Return a sale's payments, the first first."""
        found = (each for each in self.payments.values() if each.bill.id == bill_id)
        return sorted(found, key=lambda intent: (intent.created_at, intent.id))

    def sale(self, bill_id: BillId) -> SaleRow | None:
        """Return a sale with its payments."""
        rows = tuple(self.row(intent) for intent in self.of_bill(bill_id))
        return SaleRow(bill_id, rows[0].due_minor, rows) if rows else None

    def tender(self, intent: PaymentIntent) -> TenderRow:
        """Return one of a sale's payments."""
        events = tuple(
            PaymentEventRow(e.from_status, e.to_status, e.exception, e.cause, e.at, e.received_minor)
            for e in self.events[intent.id]
        )
        vouchers = tuple(
            VoucherRow(v.id, v.number, v.business_date, v.created_at, v.source.kind, v.memo, v.total_minor, "VND", None)
            for v in self.vouchers.values()
            if v.payment_id == intent.id
        )
        return TenderRow(self.row(intent), intent.tendered_minor, intent.change_minor, events, vouchers)

    def detail(self, intent: PaymentIntent) -> PaymentDetail:
        """Return a payment as its page shows it."""
        own = self.tender(intent)
        return PaymentDetail(
            row=self.row(intent),
            qr_text=intent.qr_text,
            tendered_minor=intent.tendered_minor,
            change_minor=intent.change_minor,
            note=intent.note,
            order_ref=intent.order_ref,
            events=own.events,
            vouchers=own.vouchers,
            is_own=True,
            tenders=tuple(self.tender(each) for each in self.of_bill(intent.bill.id)),
            provider=intent.provider,
            capture=intent.capture,
            option=intent.option,
        )


class SmallUnitOfWork:
    """The ports of a unit of work, all of them one object over the shop; nothing is undone on a refusal."""

    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop
        self.shop = Shop(
            MERCHANT,
            SHOP_ROW.name,
            "VND",
            SHOP_ROW.zone,
            BookRules(codes=shop.limits, payments=shop.rules),
        )
        self.device = Device(DEVICE, "01", "A")
        self.payments = _Payments(shop)
        self.accounts = _Accounts(shop)
        self.vouchers = _Vouchers(shop)
        self.outbox = _Outbox(shop)
        self.people = _People(shop)
        self.audit = _Audit(shop)
        self.contact = _NeverAway()
        self.refunds = _NoRefunds()
        self.holders = shop.holders
        self.receipts = None
        self.categories = None

    def touch(self, topic: Topic, subject_id: str) -> None:
        self._shop.touched.setdefault(topic, set()).add(subject_id)


class _NoRefunds:
    """Nothing was given back."""

    def of_bill(self, bill_id: BillId) -> list[Any]:
        return []

    def of_payment(self, payment_id: PaymentId) -> list[Any]:
        return []


class _NeverAway:
    """A hub that was heard just now."""

    def away_ms(self, at: Instant) -> int:
        return 0


class _Payments:
    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop

    def get(self, payment_id: PaymentId) -> PaymentIntent | None:
        return self._shop.payments.get(payment_id)

    def add(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        assert intent.id not in self._shop.payments
        self._shop.payments[intent.id] = intent
        self._shop.events[intent.id] = [event]

    def save(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        self._shop.payments[intent.id] = intent
        self._shop.events[intent.id].append(event)

    def of_bill(self, bill_id: BillId) -> list[PaymentIntent]:
        return self._shop.of_bill(bill_id)

    def next_reference_number(self) -> int:
        self._shop.numbers += 1
        return self._shop.numbers

    def exposure(self, day_start: Instant) -> tuple[int, int]:
        return (0, 0)

    def taken_since(self, since: Instant) -> Mapping[Provider, int]:
        return self._shop.taken

    def add_transaction(self, transaction: object) -> None:
        """Attempts are not looked at by screens."""


class _Accounts:
    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop

    def wallet_for(self, method: Method, provider: Provider = Provider.NONE) -> Account | None:
        kind = {Method.CASH: AccountType.CASH, Method.VIETQR: AccountType.BANK}.get(method, AccountType.QR)
        return next((wallet for wallet in self._shop.wallets if wallet.type is kind), None)

    def get(self, account_id: AccountId) -> Account | None:
        return next((wallet for wallet in self._shop.wallets if wallet.id == account_id), None)

    def add(self, account: Account) -> None:
        if any(wallet.name == account.name for wallet in self._shop.wallets):
            raise Conflict(ErrorCode.ACCOUNT_NAME_TAKEN, name=account.name)
        self._shop.wallets.append(account)

    def has_default(self) -> bool:
        return any(wallet.is_default for wallet in self._shop.wallets)


class _Vouchers:
    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop

    def get(self, voucher_id: VoucherId) -> Voucher | None:
        return self._shop.vouchers.get(voucher_id)

    def of_source(self, source: SourceEvent) -> Voucher | None:
        return next((held for held in self._shop.vouchers.values() if held.source == source), None)

    def issue(self, voucher: Voucher) -> Voucher:
        seq = len(self._shop.vouchers) + 1
        issued = issue(voucher, f"PT01A-26-{seq:06d}", seq, "")
        self._shop.vouchers[issued.id] = issued
        return issued


class _Outbox:
    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop

    def add(self, message: Message, at: Instant) -> None:
        self._shop.unsent.add(message.subject_id)

    def unsent(self, subject_id: str) -> bool:
        return subject_id in self._shop.unsent

    def known_hash(self, message_id: MessageId) -> str | None:
        return None


class _People:
    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop

    def get(self, user_id: UserId) -> User | None:
        return self._shop.users.get(user_id)

    def add(self, user: User) -> None:
        self._shop.users[user.id] = user

    def save(self, user: User) -> None:
        self._shop.users[user.id] = user

    def save_tries(self, user_id: UserId, failures: int, locked_ms: int) -> None:
        self._shop.users[user_id] = replace(self._shop.users[user_id], failures=failures, locked_ms=locked_ms)

    def owners(self) -> int:
        return sum(user.role is Role.OWNER and user.disabled_at is None for user in self._shop.users.values())


class _Audit:
    def __init__(self, shop: SmallShop) -> None:
        self._shop = shop

    def add(
        self, action: str, subject_id: str, actor_id: UserId | None, at: Instant, facts: Mapping[str, object]
    ) -> None:
        self._shop.audited.append((action, subject_id, dict(facts)))


def by_time(payments: Sequence[PaymentIntent]) -> list[PaymentIntent]:
    """Return payments newest first, as lists show them."""
    return sorted(payments, key=lambda intent: (intent.created_at, intent.id), reverse=True)
