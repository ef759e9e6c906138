"""Payments replayed step by step, their messages, and their amounts against the books."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from domain.ids import DeviceId, PaymentId, id_for
from domain.payments import TRANSITIONS, Cause, PaymentException, PaymentStatus
from storage.session import Row, Sql
from storage.verification.books import Books

_CHUNK: Final = 400
_STEPS: Final = Sql(
    "SELECT p.id, p.reference, p.device_id, p.status, p.exception, p.received_minor, p.revision, e.revision, "
    "e.from_status, e.to_status, e.exception, e.cause, e.device_id, e.received_minor FROM payments p "
    "LEFT JOIN payment_events e ON e.merchant_id = p.merchant_id AND e.payment_id = p.id "
    "WHERE p.merchant_id = :merchant_id ORDER BY p.id, e.revision"
)
_KNOWN: Final = {
    "till": "SELECT id FROM outbox WHERE id IN ({ids})",
    "hub": "SELECT message_id FROM feed WHERE merchant_id = :merchant_id AND message_id IN ({ids})",
}
_RECEIVED: Final = Sql(
    "SELECT reference, status, exception, amount_minor, received_minor FROM payments "
    "WHERE merchant_id = :merchant_id AND received_minor > 0"
)
_CURRENCIES: Final = {
    table: Sql(
        f"SELECT id, currency FROM {table} WHERE merchant_id = :merchant_id AND currency <> :currency ORDER BY id"
    )
    for table in ("accounts", "vouchers", "payments", "payment_transactions", "refunds")
}
_ATTEMPTS: Final = Sql(
    "SELECT t.id, t.currency, t.amount_minor, p.currency, p.amount_minor FROM payment_transactions t "
    "JOIN payments p ON p.merchant_id = t.merchant_id AND p.id = t.payment_id WHERE t.merchant_id = :merchant_id "
    "AND t.kind = 'sale' AND (t.currency <> p.currency OR t.amount_minor < p.amount_minor "
    "OR t.amount_minor <> p.amount_minor AND p.capture = 1)"
)
"""Attempts that were not for what their payment is; of money that was held only a part may have been taken since."""


_TOLD_BY_HUB: Final = frozenset({Cause.PROVIDER.value, Cause.MACHINE.value, Cause.HUB.value})
_NEEDS_NO_WORD: Final = {
    PaymentStatus.PAID.value: frozenset({PaymentException.PAID_OVER.value, PaymentException.PAID_TWICE.value})
}


@dataclass(slots=True)
class Replay:
    """Where one payment stands after the steps read so far."""

    reference: str
    stands: tuple[str, str, int, int]
    revision: int | None = None
    status: str = PaymentStatus.CREATED.value
    exception: str = PaymentException.NONE.value
    received: int = 0


@dataclass(slots=True)
class Messages:
    """Messages that must exist, looked up in chunks."""

    books: Books
    wanted: dict[str, str] = field(default_factory=dict)

    def expect(self, message_id: str, subject: str) -> None:
        """Note that a message must be there."""
        self.wanted[message_id] = subject
        if len(self.wanted) >= _CHUNK:
            self.look_up()

    def look_up(self) -> None:
        """Look the noted messages up."""
        if not self.wanted:
            return
        ids = ", ".join(f"'{message_id}'" for message_id in self.wanted)  # made by id_for: hexadecimal and dashes
        rows = self.books.reader.session.all(Sql(_KNOWN[self.books.side].format(ids=ids)), self.books.key)
        for message_id in self.wanted.keys() - {row[0] for row in rows}:
            self.books.found.add("I7", "MESSAGE_MISSING", self.wanted[message_id], message=message_id)
        self.wanted.clear()


def check_steps(books: Books) -> None:
    """Replay every payment's steps through the table of transitions and compare with how it stands."""
    messages = Messages(books)
    for replay, steps in _payments(books):
        for row in steps:
            _step(books, replay, row)
            if message_id := _message_of(books, row):
                messages.expect(message_id, f"{replay.reference}/{row[7]}")
        if replay.revision is None:
            books.found.add("I4", "PAYMENT_SILENT", replay.reference)
            continue
        ended = (replay.status, replay.exception, replay.received, replay.revision)
        if ended != replay.stands:
            books.found.add("I4", "PAYMENT_STANDS", replay.reference, held=_told(replay.stands), wanted=_told(ended))
    messages.look_up()


def check_amounts(books: Books) -> None:
    """Compare currencies, and amounts of payments and attempts; a difference must carry its exception."""
    for table, sql in _CURRENCIES.items():
        for subject, held in books.reader.session.all(sql, {**books.key, "currency": books.currency}):
            books.found.add("I11", "CURRENCY_OTHER", subject, table=table, held=held, wanted=books.currency)
    for subject, currency, amount, wanted_currency, wanted in books.reader.session.all(_ATTEMPTS, books.key):
        facts = {"held": f"{amount} {currency}", "wanted": f"{wanted} {wanted_currency}"}
        books.found.add("I11", "ATTEMPT_OTHER", subject, **facts)
    for row in books.reader.stream(_RECEIVED, books.key):
        _check_received(books, row)


def _payments(books: Books) -> Iterator[tuple[Replay, list[Row]]]:
    current: Replay | None = None
    steps: list[Row] = []
    last = None
    for row in books.reader.stream(_STEPS, books.key):
        if row[0] != last:
            if current is not None:
                yield current, steps
            last, current, steps = row[0], Replay(row[1], tuple(row[3:7])), []
        if row[7] is not None:
            steps.append(row)
    if current is not None:
        yield current, steps


def _step(books: Books, replay: Replay, row: Row) -> None:
    revision, old, new, exception, cause, _, received = row[7:]
    add = books.found.add
    if replay.revision is not None and revision != replay.revision + 1:
        add("I4", "PAYMENT_REVISION", replay.reference, revision=revision, wanted=replay.revision + 1)
    if old != replay.status or not _legal(old, new, cause):
        add("I4", "PAYMENT_STEP", replay.reference, revision=revision, old=replay.status, new=new, cause=cause)
    if received < replay.received:
        facts = {"revision": revision, "before": replay.received, "after": received}
        add("I4", "PAYMENT_RECEIVED_LESS", replay.reference, **facts)
    replay.revision, replay.status, replay.exception, replay.received = revision, new, exception, received


def _legal(old: str, new: str, cause: str) -> bool:
    """Whether a step is in the table; a revision that leaves the status alone changes amounts or facts only."""
    try:
        return old == new or Cause(cause) in TRANSITIONS[PaymentStatus(old)].get(PaymentStatus(new), frozenset())
    except ValueError:
        return False


def _message_of(books: Books, row: Row) -> str | None:
    """Return the id of the message a step must have sent, or None if it was heard from the other side."""
    payment_id, payment_device, revision, cause, device = PaymentId(row[0]), row[2], row[7], row[11], row[12]
    own = payment_device in books.own and cause != Cause.HUB.value
    told = own if books.side == "till" else cause in _TOLD_BY_HUB
    return id_for("payment-message", payment_id, DeviceId(device), str(revision)) if told else None


def _told(state: tuple[str, str, int, int]) -> str:
    status, exception, received, revision = state
    return f"{status}/{exception}/{received}/{revision}"


def _check_received(books: Books, row: Row) -> None:
    reference, status, exception, due, received = row
    paid = status == PaymentStatus.PAID.value
    explained = _NEEDS_NO_WORD[status] if paid else frozenset({PaymentException.PAID_SHORT.value})
    if received != (due if paid else 0) and exception not in explained:
        facts = {"status": status, "due": due, "received": received}
        books.found.add("I11", "DIFFERENCE_SILENT", reference, **facts)
