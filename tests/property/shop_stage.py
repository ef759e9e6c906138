"""A shop of two tills and a hub in one process, on SQLite in memory: every message and every answer by hand."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlcipher3 import dbapi2 as sqlcipher

from domain.ids import DeviceId, Instant, MessageId, PaymentId, UserId
from domain.matching import find_reference
from domain.messages import Incoming, Message, MessageKind, Outcome, OutcomeKind
from domain.payments import PaymentException, PaymentIntent, PaymentStatus
from domain.policy import Actor, Role
from domain.rails import Method, Provider, Receipt
from domain.services.payments import cancel_payment, expire_payments, start_payment
from domain.services.people_heard import tell_truth
from domain.services.receipts import ReceiptOutcome, record_receipt
from domain.services.replication import receive_at_hub
from storage.hub import HubUnitOfWork
from storage.hub_feed import changes_after
from storage.hub_tills import add_device
from storage.hub_units import HubUnits, SqliteHub
from storage.keys import person_proof
from storage.migrate import migrate_hub_sqlite
from storage.replica import Replica
from storage.session import Session, Sql
from storage.setup import TillSetup, create_hub, create_merchant, create_till
from storage.sqlite import SETTINGS, Connection, open_encrypted
from storage.till import TillUnits
from storage.witness import Heads, Witness
from tests.builders import BANK_ACCOUNT, KEY, MERCHANT, NOON, SETUP, WITNESS_KEY, an_id, connect, open_wallets

T = TypeVar("T")
State = tuple[PaymentStatus, PaymentException, int]

SECOND_TILL: Final = DeviceId("0199c0de-0000-7000-8000-0000000002a0")
SETUPS: Final = (SETUP, replace(SETUP, device_id=SECOND_TILL, till_code="02"))
PEOPLE_KEY: Final = bytes(range(96, 128))
EPOCH: Final = an_id("epoch")
PROVIDERS: Final = {Method.VIETQR: Provider.SEPAY, Method.VNPAY_QR: Provider.VNPAY_QR_MMS}
PAGE: Final = 100

_OBJECTS: Final = "SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


class NoWitness(Witness):
    """A witness of databases that end with the test."""

    def __init__(self) -> None:
        self.seen: Heads | None = None

    def write(self, heads: Heads) -> None:
        self.seen = heads

    def read(self) -> Heads | None:
        return self.seen

    def close(self) -> None:
        self.seen = None


def _in_memory() -> Any:
    raw = sqlcipher.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=256)
    for name in ("foreign_keys", "recursive_triggers"):
        raw.execute(f"PRAGMA {name} = {SETTINGS[name]}")
    return raw


def _unencrypted(path: Path) -> Any:
    """Return a copy in memory of an encrypted file: SQLite's backup does not cross from one to the other."""
    source, copy = open_encrypted(path, KEY).raw, _in_memory()
    objects = source.execute(_OBJECTS).fetchall()
    for kind in ("table", "index"):
        for sql in (sql for of_kind, sql in objects if of_kind == kind):
            copy.execute(sql)
    copy.execute("PRAGMA foreign_keys = 0")
    for (table,) in source.execute(_TABLES).fetchall():
        rows = source.execute(f"SELECT * FROM {table}").fetchall()
        if rows:
            copy.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    for sql in (sql for of_kind, sql in objects if of_kind == "trigger"):
        copy.execute(sql)
    source.close()
    return copy


@cache
def _till_template(setup: TillSetup) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "till.db"
        create_till(path, KEY, Witness(Path(folder) / "till.head", WITNESS_KEY), setup, NOON)
        return _unencrypted(path)


@cache
def _hub_template() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.db"
        migrate_hub_sqlite(path, KEY, path.parent)
        units = HubUnits(SqliteHub(lambda: open_encrypted(path, KEY)), ring=lambda merchant, seq: None)
        create_hub(units, EPOCH, NOON)
        create_merchant(units, SETUPS[0], NOON)
        for setup in SETUPS[1:]:
            units.read_of(MERCHANT, partial(enrol, setup=setup))
        units.close()
        return _unencrypted(path)


def enrol(session: Session, setup: TillSetup) -> None:
    """Let the hub know one more till."""
    add_device(session, MERCHANT, setup.device_id, setup.till_code, setup.incarnation)


def _copy_of(template: Any) -> Connection:
    raw = _in_memory()
    template.backup(raw)
    return Connection(raw, sqlcipher)


@dataclass
class Books:
    """What a database says, read straight from its tables."""

    read: Callable[[Callable[[Session], Any]], Any]

    def ask(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a question."""
        rows: list[tuple[Any, ...]] = self.read(lambda session: session.all(Sql(sql), values))
        return rows

    def states(self) -> dict[PaymentId, State]:
        """Return every payment's status, exception and what was received."""
        rows = self.ask("SELECT id, status, exception, received_minor FROM payments")
        return {PaymentId(row[0]): (PaymentStatus(row[1]), PaymentException(row[2]), row[3]) for row in rows}

    def balances(self) -> dict[str, int]:
        """Return every account's running balance that is not zero."""
        return dict(self.ask("SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0"))

    def recomputed(self) -> dict[str, int]:
        """Return the same balances computed from the lines of issued vouchers."""
        rows = self.ask(
            "SELECT p.account_id, SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END) "
            "FROM postings p JOIN vouchers v ON v.merchant_id = p.merchant_id AND v.id = p.voucher_id "
            "WHERE v.status = 'ISSUED' GROUP BY p.account_id"
        )
        return {account: balance for account, balance in rows if balance}

    def vouchers(self) -> dict[str, str]:
        """Return every voucher's hash."""
        return dict(self.ask("SELECT id, hash FROM vouchers"))

    def book_numbers(self) -> dict[str, int]:
        """Return every voucher's number in the register."""
        return dict(self.ask("SELECT voucher_id, book_no FROM book_numbers"))


@dataclass
class Till:
    """A till: its units, its end of the sync, and a page on its way to it."""

    setup: TillSetup
    units: TillUnits = field(init=False)
    replica: Replica = field(init=False)
    books: Books = field(init=False)
    page: list[Incoming] | None = None

    def __post_init__(self) -> None:
        self.units = TillUnits(lambda: _copy_of(_till_template(self.setup)), NoWitness(), lambda changes: None)
        self.units.prove_people(person_proof(PEOPLE_KEY))
        self.replica = Replica(self.units)
        self.books = Books(self.units.read)

    def actor(self, role: Role = Role.CASHIER) -> Actor:
        """Return a person at this till."""
        return Actor(UserId(f"{role}-{self.setup.till_code}"), "Lan", role, self.setup.device_id)

    def start(self, name: str, method: Method, amount: int, at: Instant, *, online: bool = True) -> PaymentIntent:
        """Start a payment; the same name is the same payment."""
        payment_id = PaymentId(an_id(name))
        return self.units.run(
            lambda uow: start_payment(uow, self.actor(), payment_id, method, amount, at, online=online)
        )

    def cancel(self, payment_id: PaymentId, at: Instant) -> PaymentIntent:
        """Cancel a payment."""
        return self.units.run(lambda uow: cancel_payment(uow, self.actor(), payment_id, at))

    def expire(self, at: Instant) -> int:
        """End what is overdue."""
        return self.replica.expire(at)

    def get(self, payment_id: PaymentId) -> PaymentIntent:
        """Return a payment as this till knows it."""
        found = self.units.run(lambda uow: uow.payments.get(payment_id))
        assert found is not None
        return found

    def waiting(self) -> list[Message]:
        """Return what waits to be sent."""
        return [queued.message for queued in self.replica.claim_due(Instant(2**60), PAGE)]

    def unsent_ends(self) -> dict[PaymentId, State]:
        """Return the payments that this till has ended and not yet told the hub."""
        ended = self.books.ask(
            "SELECT p.id FROM payments p JOIN outbox o ON o.subject_id = p.id WHERE o.state = 'queued' "
            "AND p.status IN ('expired', 'cancelled')"
        )
        states = self.books.states()
        return {PaymentId(row[0]): states[PaymentId(row[0])] for row in ended}

    def refused(self) -> list[tuple[str, str]]:
        """Return the kind and the reason of what the hub refused."""
        return [(row[0], row[1]) for row in self.books.ask("SELECT kind, code FROM outbox WHERE state = 'rejected'")]


class _Undo(Exception):
    """A message was rejected; what it did is undone."""


class Shop:
    """Two tills and a hub; the first till has opened the wallets and everybody knows of them.

    `hub` is another one than a hub in memory: it knows the merchant and its first till, and is the shop's to close.
    """

    def __init__(self, *, at: Instant = NOON, hub: HubUnits | None = None) -> None:
        self.at = at
        self.tills = [Till(setup) for setup in SETUPS]
        if hub is not None:
            hub.read_of(MERCHANT, partial(enrol, setup=SETUPS[1]))
        self.hub = hub or HubUnits(SqliteHub(lambda: _copy_of(_hub_template())), ring=lambda merchant, seq: None)
        self.hub_books = Books(self.hub.read)
        self.parked: list[Receipt] = []
        self.too_late: set[str] = set()
        self.tills[0].units.run(open_wallets)
        for till in self.tills[1:]:
            till.units.run(lambda uow: connect(uow, Provider.SEPAY, Provider.VNPAY_QR_MMS))
        self.settle_down()

    def close(self) -> None:
        """Forget the databases."""
        for till in self.tills:
            till.units.close()
        self.hub.close()

    def run(self, op: Callable[[HubUnitOfWork], T]) -> T:
        """Run a unit of work at the hub."""
        return self.hub.run(MERCHANT, op)

    def get(self, payment_id: PaymentId) -> PaymentIntent:
        """Return a payment as the hub knows it."""
        found = self.run(lambda uow: uow.payments.get(payment_id))
        assert found is not None
        return found

    def take(self, messages: Sequence[Message]) -> list[Outcome]:
        """Let the hub take messages, in one commit, as its route does: what is rejected leaves nothing behind."""
        return self.run(lambda uow: [self._take_one(uow, message) for message in messages])

    def _take_one(self, uow: HubUnitOfWork, message: Message) -> Outcome:
        outcomes: list[Outcome] = []
        uow.proofs = person_proof(PEOPLE_KEY)
        with suppress(_Undo), uow.savepoint():
            outcomes.append(receive_at_hub(uow, message, self.at))
            if outcomes[0].kind is OutcomeKind.REJECTED:
                raise _Undo
        if outcomes[0].kind is OutcomeKind.REJECTED and message.kind is MessageKind.PERSON:
            tell_truth(uow, message, self.at)
        return outcomes[0]

    def push(self, till: Till, limit: int = PAGE, *, answered: bool = True) -> list[Outcome]:
        """Send what waits at a till; without an answer it will be sent again."""
        messages = till.waiting()[:limit]
        outcomes = self.take(messages) if messages else []
        if answered:
            ids = [MessageId(message.id) for message in messages]
            till.replica.settle_push(list(zip(ids, outcomes, strict=True)), self.at, EPOCH)
        return outcomes

    def fetch(self, till: Till, limit: int = PAGE) -> None:
        """Let a page of the feed set out for a till."""
        rows = self.hub.read(lambda session: changes_after(session, MERCHANT, till.replica.cursor().seq, limit))
        till.page = [Incoming(row.seq, row.message, row.book_no, row.booked_on) for row in rows]

    def apply(self, till: Till, *, times: int = 1) -> None:
        """Let the page that is on its way arrive, perhaps more than once."""
        page, till.page = till.page, None
        for _ in range(times if page is not None else 0):
            till.replica.apply_page(page or [], EPOCH, self.at)

    def pull(self, till: Till) -> None:
        """Bring a till up to date."""
        while True:
            self.fetch(till)
            facts = len(till.page or [])
            self.apply(till)
            if facts < PAGE:
                return

    def sync(self, till: Till) -> None:
        """Push and pull as the engine does when all is well."""
        while till.waiting():
            self.push(till)
        self.pull(till)

    def settle_down(self) -> None:
        """Let everything arrive everywhere."""
        for _ in range(2):
            for till in self.tills:
                self.apply(till)
                self.sync(till)
            self.retry_parked(may_park=False)
        for till in self.tills:
            self.sync(till)

    def receive(self, receipt: Receipt, *, may_park: bool = True) -> ReceiptOutcome:
        """Let the hub book money that a provider proved; what it parks is kept for later.

        Money that goes to suspense although its payment is known came `too_late` to settle it.
        """
        known = self.run(lambda uow: uow.payments.by_reference(find_reference(receipt.text) or "")) is not None
        outcome = self.run(lambda uow: record_receipt(uow, receipt, self.at, may_park=may_park))
        if outcome is ReceiptOutcome.SUSPENSE and known:
            self.too_late.add(receipt.dedupe_key)
        if outcome is ReceiptOutcome.PARKED:
            self.parked.append(receipt)
        return outcome

    def retry_parked(self, *, may_park: bool = True) -> None:
        """Try again what was parked."""
        parked, self.parked = self.parked, []
        for receipt in parked:
            self.receive(receipt, may_park=may_park)

    def expire(self) -> int:
        """Let the hub end what is overdue by its own clock."""
        return self.run(lambda uow: expire_payments(uow, self.at))


def a_receipt(intent: PaymentIntent, amount: int, key: str, paid_at: Instant, **facts: Any) -> Receipt:
    """Return a provider's proof of `amount` for a payment; the same key is the same movement."""
    receipt = Receipt(
        provider=PROVIDERS[intent.method],
        dedupe_key=key,
        text=f"IBFT {intent.reference} chuyen tien",
        amount_minor=amount,
        currency="VND",
        paid_at=paid_at,
        provider_ref=f"ref-{key}",
        account_number=BANK_ACCOUNT if intent.method is Method.VIETQR else "",
    )
    return replace(receipt, **facts)
