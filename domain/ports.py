"""What the use cases need from a database: one unit of work, on the till and on the hub alike."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.accounts import Account
from domain.book_ports import Approvals, Categories, Drafts, Settings
from domain.book_rows import CategoryTurnover, Turnover, VoucherDetail, VoucherFilter, VoucherItem
from domain.books import ChartAccount, ChartCategory, Entry
from domain.changes import Topic
from domain.drafts import Draft
from domain.holder_ports import HolderReads, Holders
from domain.ids import (
    AccountId,
    BillId,
    DeviceId,
    Instant,
    MerchantId,
    MessageId,
    PaymentId,
    TransactionId,
    UserId,
    VoucherId,
)
from domain.messages import Message
from domain.payment_rows import DayTotal, MatterRow, PaymentDetail, PaymentFilter, PaymentRow, SaleRow
from domain.payments import Confirmation, PaymentEvent, PaymentIntent, PaymentTransaction
from domain.people import PersonProof, User
from domain.people_ports import Grants, HubContact, People
from domain.policy import Actor
from domain.rails import Method, Provider
from domain.receipt_ports import Receipts
from domain.refund_ports import ProvenMoney, Refunds
from domain.resolution_ports import Resolutions
from domain.routing import Trouble
from domain.rows import QueueState, RefusedRow, ShopRow, StatementRow, UnsentRow, UserRow, WalletRow
from domain.shop_settings import FIRST_RULES, BookRules
from domain.trail import Audit, AuditReads
from domain.vouchers import SourceEvent, Voucher


@dataclass(frozen=True, slots=True)
class Shop:
    """The merchant of a unit of work: its currency (ISO 4217), its zone (IANA), and its rules with all its limits."""

    merchant_id: MerchantId
    name: str
    currency: str
    zone: str
    rules: BookRules = FIRST_RULES


@dataclass(frozen=True, slots=True)
class Device:
    """A till, or the hub (code `00`), that issues vouchers in its own series; the incarnation changes on restore."""

    id: DeviceId
    code: str
    incarnation: str


class Accounts(Protocol):
    """Wallets and control accounts."""

    def add(self, account: Account) -> None:
        """Keep a new account with a balance of zero; raises Conflict(ACCOUNT_NAME_TAKEN)."""

    def get(self, account_id: AccountId) -> Account | None:
        """Return an account."""

    def save(self, account: Account) -> None:
        """Keep an account's new name, bank and archiving; raises Conflict(ACCOUNT_NAME_TAKEN)."""

    def named(self, name: str) -> Account | None:
        """Return the account of a name."""

    def balance(self, account_id: AccountId) -> int:
        """Return an account's balance in minor units, debit positive."""

    def make_default(self, account_id: AccountId) -> None:
        """Make an account the only default one."""

    def wallet_for(self, method: Method, provider: Provider = Provider.NONE) -> Account | None:
        """Return the wallet that a method's money goes to.

        That is the one chosen for the provider, else for the method, else one of the method's type, else the default.
        """

    def wallet_with_bank_account(self, bank_account: str) -> Account | None:
        """Return the wallet that stands for a bank account number."""

    def default(self) -> Account | None:
        """Return the default wallet, or None before the first wallet was opened."""

    def has_default(self) -> bool:
        """Whether a default account exists."""


class Vouchers(Protocol):
    """Issued vouchers, their lines, series and chains."""

    def get(self, voucher_id: VoucherId) -> Voucher | None:
        """Return a voucher with its lines."""

    def of_source(self, source: SourceEvent) -> Voucher | None:
        """Return the voucher that stands for an event on this machine."""

    def reversal_of(self, voucher_id: VoucherId) -> VoucherId | None:
        """Return the voucher that reverses another, if one does."""

    def issue(self, voucher: Voucher) -> Voucher:
        """Number a new voucher in this device's series, chain it, keep it and move the balances; return it issued."""

    def keep(self, voucher: Voucher) -> bool:
        """Keep a voucher that another device issued and move the balances; return False for a second document.

        A second document is one of an event that another voucher stands for here, or reverses what is reversed here.
        Raises Conflict (TILL_FORKED, SERIES_BROKEN, ID_REUSED) or NotFound(ACCOUNT_UNKNOWN).
        """


class Payments(Protocol):
    """Payment intents, their events and the attempts at providers."""

    def add(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        """Keep a new payment."""

    def save(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        """Keep a payment's next revision; the database refuses a move that is not in the table."""

    def get(self, payment_id: PaymentId) -> PaymentIntent | None:
        """Return a payment."""

    def by_reference(self, reference: str) -> PaymentIntent | None:
        """Return the payment that carries a reference."""

    def of_bill(self, bill_id: BillId) -> Sequence[PaymentIntent]:
        """Return the payments of a bill, the first first; none for a bill not heard of."""

    def due(self, at: Instant, limit: int) -> Sequence[PaymentIntent]:
        """Return open payments whose time is over and for which nothing came, oldest first.

        A till's own alone; the hub's are those of every till, and held money that nobody has ordered to be taken.
        """

    def next_reference_number(self) -> int:
        """Draw the next number of this device's payment references."""

    def exposure(self, day_start: Instant) -> tuple[int, int]:
        """Return what this till's unconfirmed codes amount to in minor units: since `day_start`, and in all.

        A code counts while it is open, and after it ran out until the hub has heard so: until then nobody can know
        whether it was paid.
        """

    def taken_since(self, since: Instant) -> Mapping[Provider, int]:
        """Return what each provider was to take since a moment, in minor units, without what ended unpaid."""

    def confirmation_of(self, payment_id: PaymentId) -> Confirmation | None:
        """Return how a payment was first confirmed by hand as the hub heard it, None if the hub has heard of none."""

    def add_transaction(self, transaction: PaymentTransaction) -> None:
        """Keep an attempt."""

    def save_transaction(self, transaction: PaymentTransaction) -> None:
        """Keep an attempt's answer; a final attempt never changes."""

    def transactions_of(self, payment_id: PaymentId) -> Sequence[PaymentTransaction]:
        """Return a payment's attempts, the first first."""

    def transaction(self, transaction_id: TransactionId) -> PaymentTransaction | None:
        """Return an attempt."""


class Outbox(Protocol):
    """Where facts leave: the till's queue to the hub, or the hub's feed to its tills."""

    def add(self, message: Message, at: Instant) -> None:
        """Queue a message in the same commit as the fact it tells."""

    def unsent(self, subject_id: str) -> bool:
        """Whether a fact about the subject has not reached the other side yet."""

    def known_hash(self, message_id: MessageId) -> str | None:
        """Return the body hash of a message met before, or None."""

    def waiting(self, subject_id: str) -> Sequence[tuple[MessageId, str]]:
        """Return the ids and bodies of what waits to be sent about the subject; a hub's feed waits for nobody."""


class UnitOfWork(Protocol):
    """Everything one commit may read and change."""

    @property
    def shop(self) -> Shop:
        """The merchant everything belongs to."""

    @property
    def device(self) -> Device:
        """The device that acts."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def categories(self) -> Categories: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def vouchers(self) -> Vouchers: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def refunds(self) -> Refunds: ...
    @property
    def proven(self) -> ProvenMoney: ...
    @property
    def resolutions(self) -> Resolutions: ...
    @property
    def holders(self) -> Holders: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def people(self) -> People: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def contact(self) -> HubContact: ...

    @property
    def proofs(self) -> PersonProof | None:
        """What proves facts about people, wallets and settings; None where the shop has no key for them yet."""

    def touch(self, topic: Topic, subject_id: str) -> None:
        """Note that something changed, for whoever watches the topic after the commit."""


class BookReads(Protocol):
    """What screens and reports read of the books; each read raises NotPermitted unless the actor may SEE_BOOKS.

    An owner sees every account. Another person sees the control accounts and the wallets that were granted, and no
    voucher that touches any other wallet (requirement WAL-5). Days are `YYYY-MM-DD`, amounts minor units.
    """

    def sees_all(self, actor: Actor) -> bool:
        """Whether no wallet is hidden from a person, so that reports of the whole books can be made for them."""

    def vouchers(
        self, actor: Actor, wanted: VoucherFilter, limit: int, before: tuple[str, Instant, VoucherId] | None
    ) -> Sequence[VoucherItem]:
        """Return a page of issued vouchers, newest first, older than `before` (business_date, created_at, id)."""

    def voucher(self, actor: Actor, voucher_id: VoucherId) -> VoucherDetail | None:
        """Return one voucher; None if there is none that the person may see."""

    def own_voucher(self, actor: Actor, voucher_id: VoucherId) -> VoucherDetail | None:
        """Return one voucher that the person made themselves, to be printed; None for every other.

        Raises NotPermitted unless the actor may PRINT_OWN, which the people at a counter may, who see no books.
        """

    def drafts(self, actor: Actor) -> Sequence[Draft]:
        """Return the drafts of this till, the last changed first."""

    def accounts(self, actor: Actor, as_of: str = "") -> Sequence[ChartAccount]:
        """Return the accounts by code, archived ones last, with balances now or at the end of a day."""

    def account(self, actor: Actor, account_id: AccountId) -> Account | None:
        """Return one account whole; None if there is none that the person may see."""

    def statement_until(self, actor: Actor, account_id: AccountId, until: str, limit: int) -> Sequence[StatementRow]:
        """Return the last lines of an account that count up to a day, newest first, with balances by those days.

        A line of a voucher that the person does not see bears neither its number nor its memo. Raises
        NotPermitted(ACCOUNT_NOT_GRANTED) for an account that is hidden from the person.
        """

    def categories(self, actor: Actor) -> Sequence[ChartCategory]:
        """Return every category with its path, incomes first, each parent before what hangs below it."""

    def turnovers(self, actor: Actor, since: str, until: str) -> Sequence[Turnover]:
        """Return what moved on each account from a first to a last day; accounts that never moved are left out."""

    def category_turnovers(self, actor: Actor, since: str, until: str) -> Sequence[CategoryTurnover]:
        """Return what moved on each account under each category from a first to a last day."""

    def entries(
        self, actor: Actor, since: str, until: str, account_id: AccountId | None, limit: int
    ) -> Sequence[Entry]:
        """Return the first vouchers that count from a first to a last day, oldest first, of one account if named."""

    def rules(self) -> BookRules:
        """Return the shop's settings of its books; open to everybody."""

    def method_wallets(self) -> Mapping[Method, AccountId]:
        """Return the wallets that were chosen for single methods; open to everybody."""

    def provider_wallets(self) -> Mapping[Provider, AccountId]:
        """Return the wallets that were chosen for single providers' money, which come before those of methods."""

    def grants(self, actor: Actor) -> Mapping[UserId, frozenset[AccountId]]:
        """Return which wallets were granted to whom; for those who may GRANT_ACCOUNT."""


class Queries(AuditReads, Protocol):
    """What screens read; every answer is a page or a small list, and none takes the writer's place."""

    def moment(self) -> AbstractContextManager[None]:
        """Hold the books still: everything that is read inside stands in one and the same commit."""

    @property
    def books(self) -> BookReads:
        """The books."""

    @property
    def holders(self) -> HolderReads: ...

    def shop(self) -> ShopRow:
        """Return the shop and this till."""

    def methods(self) -> Sequence[Method]:
        """Return the methods that the counter offers, as `domain.routing.offered` says."""

    def holding(self) -> Sequence[Method]:
        """Return those of them whose money can be held first and taken later."""

    def troubles(self) -> Mapping[Method, Trouble]:
        """Return the methods whose provider is slow or does not answer, as the hub told last."""

    def taken_since(self, since: Instant) -> Mapping[Provider, int]:
        """Return what each provider took or is to take since a moment, in minor units, as far as this till knows."""

    def users(self) -> Sequence[UserRow]:
        """Return the people who may sign in, by name."""

    def everybody(self) -> Sequence[UserRow]:
        """Return all people the shop ever had, by name."""

    def user(self, user_id: UserId) -> User | None:
        """Return a user with the PIN's hash, for signing in."""

    def payments(
        self, wanted: PaymentFilter, limit: int, before: tuple[Instant, PaymentId] | None
    ) -> Sequence[PaymentRow]:
        """Return a page of payments, newest first, older than `before` (the last row's created_at and id)."""

    def payment(self, payment_id: PaymentId) -> PaymentDetail | None:
        """Return one payment with its steps and vouchers, and the other payments of its sale."""

    def sale(self, bill_id: BillId) -> SaleRow | None:
        """Return a sale with its payments; None for one not heard of."""

    def unfinished(self, since: Instant) -> Sequence[SaleRow]:
        """Return the sales begun at this till since a moment that money came for, too little; the newest first."""

    def matters(
        self, actor: Actor, limit: int, *, settled: bool = False, at: Instant | None = None
    ) -> Sequence[MatterRow]:
        """Return what about money needs a person's eye, the newest first, found in the last `limit` of such payments.

        Of the whole shop, with money that names no payment, for who sees balances; of this till alone for others.
        With `settled` what people decided about such money instead, told to who sees balances alone. What is settled
        by hand is overdue by the moment `at`, and held money will soon be let go; without it nothing is.
        Raises NotPermitted unless the actor may SEE_PAYMENTS.
        """

    def day_total(self, actor: Actor, since: Instant) -> DayTotal:
        """Return what was paid since a moment: in the whole shop, at this till alone for who sees no balances.

        Raises NotPermitted unless the actor may SEE_PAYMENTS.
        """

    def wallets(self, actor: Actor, with_controls: bool) -> Sequence[WalletRow]:
        """Return the wallets that a person may see with balances, and the control accounts if wanted."""

    def statement(self, actor: Actor, account_id: AccountId, limit: int, before: int | None) -> Sequence[StatementRow]:
        """Return a page of the lines of an account that a person may see, newest first, entry numbers below `before`.

        A line of a voucher that they do not see bears neither its number nor its memo. Raises
        NotPermitted(ACCOUNT_NOT_GRANTED) for an account that is hidden from them.
        """

    def queue(self) -> QueueState:
        """Return what waits and how fresh this till is."""

    def unsent(self) -> Sequence[UnsentRow]:
        """Return what the hub does not have, counted by its kind; nothing where it has everything."""

    def refused(self) -> Sequence[RefusedRow]:
        """Return the messages the hub refused."""
