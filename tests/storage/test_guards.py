"""The databases themselves refuse what must never happen, also to raw SQL."""

from collections.abc import Callable, Iterable

import pytest

from domain.ids import Instant, PaymentId, TransactionId, VoucherId
from domain.payments import (
    TRANSACTION_TRANSITIONS,
    TRANSITIONS,
    Cause,
    PaymentEvent,
    PaymentException,
    PaymentStatus,
    PaymentTransaction,
    TransactionStatus,
)
from domain.ports import UnitOfWork
from domain.rails import Method, Provider, Receipt
from domain.services.receipts import record_receipt
from storage import tables
from storage.hub import HubUnitOfWork
from storage.hub_units import HubUnits
from storage.session import Session, Sql
from storage.till import TillUnits
from tests.builders import BANK_ACCOUNT, CASH, HUB, MERCHANT, MINUTE, NOON, SALES, TILL, a_payment, an_id, sell
from tests.storage.misuse import changes_of, inserted, refusal

VOUCHER = an_id("raw voucher")


def _trade(uow: HubUnitOfWork) -> None:
    """Leave a row in every table that keeps history: a cash sale, and a bank transfer that was notified."""
    sell(uow, "cash")
    intent = sell(uow, "bank", method=Method.VIETQR)
    receipt = Receipt(
        provider=Provider.SEPAY,
        dedupe_key="sepay-1",
        text=intent.reference,
        amount_minor=intent.amount_minor,
        currency="VND",
        paid_at=Instant(NOON + MINUTE),
        provider_ref="FT1",
        account_number=BANK_ACCOUNT,
    )
    uow.inbox.store(receipt, "{}", "webhook", NOON)
    record_receipt(uow, receipt, Instant(NOON + MINUTE), may_park=False)


@pytest.fixture
def try_at_hub(hub_units: HubUnits) -> Callable[[str], str]:
    """Run a statement at a hub that has traded; return what the database said against it."""
    hub_units.run(MERCHANT, _trade)
    return lambda statement: hub_units.read(lambda session: refusal(session, statement))


@pytest.fixture
def try_at_till(till_units: TillUnits) -> Callable[[str], str]:
    """Run a statement at a till that has sold; return what the database said against it."""
    till_units.run(sell)
    cursor = inserted("inbox_cursor", feed="hub", hub_epoch="e", seq=5)
    till_units.run(lambda uow: uow.session.cursor.execute(cursor))
    return lambda statement: till_units.run(lambda uow: refusal(uow.session, statement))


HISTORY = [
    tables.vouchers,
    tables.postings,
    tables.payment_events,
    tables.audit,
    tables.book_numbers,
    tables.feed,
    tables.provider_events,
    tables.receipts,
]


def _let_through(attempt: Callable[[str], str], statements: Iterable[str]) -> list[str]:
    """Return the statements that no guard refused."""
    return [statement for statement in statements if "guard: " not in attempt(statement)]


def test_no_column_of_history_can_be_changed(try_at_hub: Callable[[str], str]) -> None:
    changes = [statement for table in HISTORY for statement in changes_of(table).values()]
    assert len(changes) > 80
    assert _let_through(try_at_hub, changes) == []


def test_no_row_of_history_nor_what_was_begun_nor_a_counter_can_be_deleted(try_at_hub: Callable[[str], str]) -> None:
    begun = [tables.payments, tables.payment_transactions, tables.accounts]
    counters = [tables.devices, tables.merchants, tables.series, tables.book_series]
    assert _let_through(try_at_hub, [f"DELETE FROM {table.name}" for table in (*HISTORY, *begun, *counters)]) == []


MISUSES = [
    "UPDATE payments SET amount_minor = 1, revision = revision + 1",
    "UPDATE payments SET currency = 'USD', revision = revision + 1",
    "UPDATE payments SET cheque = '[]', revision = revision + 1",
    "UPDATE payments SET reference = 'BANA99Z9999999', revision = revision + 1",
    "UPDATE payments SET received_minor = received_minor - 1, revision = revision + 1 WHERE received_minor > 0",
    "UPDATE payments SET note = 'unexplained'",
    "UPDATE payment_transactions SET response = 'x' WHERE status = 'succeeded'",
    "UPDATE accounts SET currency = 'USD'",
    "UPDATE accounts SET type = 'CASH' WHERE type = 'BANK'",
    "UPDATE accounts SET entries = entries - 1 WHERE entries > 0",
    "UPDATE categories SET kind = 'EXPENSE' WHERE system_key = 'sales'",
    "UPDATE categories SET system_key = '' WHERE system_key = 'sales'",
    "DELETE FROM categories WHERE system_key = 'sales'",
    "UPDATE series SET last_seq = last_seq + 2",
    "UPDATE series SET last_seq = last_seq - 1",
    "UPDATE book_series SET last_no = last_no + 2",
    "UPDATE devices SET voucher_seq = 0 WHERE voucher_seq > 0",
    "UPDATE devices SET reference_seq = 0 WHERE reference_seq > 0",
    inserted("series", merchant_id=MERCHANT, device_id=HUB, type="PC", incarnation="A", year="2026", last_seq=7),
    inserted("book_series", merchant_id=MERCHANT, type="PC", year="2026", last_no=7),
]


def test_facts_and_counters_keep_their_rules(try_at_hub: Callable[[str], str]) -> None:
    assert _let_through(try_at_hub, MISUSES) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox SET body = '{}'",
        "UPDATE outbox SET id = 'x'",
        "UPDATE outbox SET body_hash = 'x'",
        "DELETE FROM outbox",
        "UPDATE inbox_cursor SET seq = seq - 1",
        "INSERT OR REPLACE INTO vouchers SELECT * FROM vouchers",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit",
        "INSERT OR REPLACE INTO payment_events SELECT * FROM payment_events",
        "UPDATE OR REPLACE audit SET facts = '{}'",
        "UPDATE OR IGNORE vouchers SET memo = 'x'",
    ],
)
def test_a_tills_own_rows_keep_their_rules(statement: str, try_at_till: Callable[[str], str]) -> None:
    assert "guard: " in try_at_till(statement)


def _draft(session: Session, **changes: str | int | None) -> None:
    values: dict[str, str | int | None] = {
        "merchant_id": MERCHANT,
        "id": VOUCHER,
        "device_id": TILL,
        "type": "PT",
        "status": "DRAFT",
        "number": "PT01A-26-000001",
        "currency": "VND",
        "business_date": "2026-11-21",
        "created_at": NOON,
        "source_kind": "cash",
        "source_id": "raw",
        "total_minor": 45_000,
        "memo": "",
        "chain_seq": 1,
        "prev_hash": "p",
        "hash": "h",
    }
    session.cursor.execute(inserted("vouchers", **(values | changes)))


def _line(line_no: int, account: str, side: str, amount: int) -> str:
    return inserted(
        "postings",
        merchant_id=MERCHANT,
        voucher_id=VOUCHER,
        line_no=line_no,
        account_id=account,
        side=side,
        amount_minor=amount,
        entry_no=line_no,
        balance_after=0,
    )


ISSUE = f"UPDATE vouchers SET status = 'ISSUED' WHERE id = '{VOUCHER}'"
DEBIT = _line(1, CASH, "D", 45_000)
CREDIT = _line(2, SALES, "C", 45_000)


def _after_draft(hub: HubUnits, *statements: str, **changes: str | int | None) -> str:
    """Insert a draft, run all statements but the last, and return what is said against the last; nothing is kept."""

    def op(session: Session) -> str:
        session.cursor.execute("SAVEPOINT draft")
        _draft(session, **changes)
        for statement in statements[:-1]:
            session.cursor.execute(statement)
        told = refusal(session, statements[-1])
        session.cursor.execute("ROLLBACK TO SAVEPOINT draft")
        session.cursor.execute("RELEASE SAVEPOINT draft")
        return told

    return hub.read(op)


def test_a_balanced_draft_is_issued(hub_units: HubUnits) -> None:
    assert _after_draft(hub_units, DEBIT, CREDIT, ISSUE) == ""


@pytest.mark.parametrize(
    ("lines", "changes"),
    [
        ([], {}),
        ([DEBIT], {}),
        ([DEBIT, _line(2, SALES, "C", 44_999)], {}),
        ([DEBIT, _line(2, SALES, "D", 45_000)], {}),
        ([DEBIT, CREDIT], {"total_minor": 90_000}),
        ([DEBIT, CREDIT], {"number": None}),
        ([DEBIT, CREDIT], {"hash": None}),
        ([DEBIT, CREDIT], {"chain_seq": None}),
    ],
    ids=["no-line", "one-line", "unbalanced", "one-sided", "other-total", "no-number", "no-hash", "no-link"],
)
def test_an_unsound_draft_is_never_issued(
    lines: list[str], changes: dict[str, str | int | None], hub_units: HubUnits
) -> None:
    assert "guard: an unbalanced or unnumbered voucher" in _after_draft(hub_units, *lines, ISSUE, **changes)


@pytest.mark.parametrize(
    "line",
    [_line(2, SALES, "C", 0), _line(2, SALES, "C", -45_000), _line(2, SALES, "X", 45_000), _line(2, "?", "C", 45_000)],
    ids=["zero", "negative", "no-side", "no-account"],
)
def test_an_unsound_line_is_refused(line: str, hub_units: HubUnits) -> None:
    assert _after_draft(hub_units, DEBIT, line) != ""


def test_a_line_in_another_currency_than_its_account_is_refused(hub_units: HubUnits) -> None:
    assert "guard: a line is in its account's currency" in _after_draft(hub_units, DEBIT, currency="USD")


def test_a_drafts_currency_cannot_change_under_its_lines(hub_units: HubUnits) -> None:
    change = f"UPDATE vouchers SET currency = 'USD' WHERE id = '{VOUCHER}'"
    assert "guard: a voucher keeps its currency" in _after_draft(hub_units, DEBIT, CREDIT, change)


def test_a_voucher_is_never_born_issued(try_at_hub: Callable[[str], str]) -> None:
    born = "INSERT INTO vouchers SELECT * FROM vouchers WHERE status = 'ISSUED'"
    assert "guard: a voucher is issued by an update" in try_at_hub(born)


def test_an_issued_voucher_takes_no_more_lines(hub_units: HubUnits) -> None:
    told = _after_draft(hub_units, DEBIT, CREDIT, ISSUE, _line(3, CASH, "D", 1))
    assert "guard: an issued voucher takes no more lines" in told


def test_one_event_has_one_voucher(try_at_hub: Callable[[str], str]) -> None:
    columns = [column.name for column in tables.vouchers.columns]
    again = ", ".join({"id": "'x'", "status": "'DRAFT'", "number": "'x'", "chain_seq": "99"}.get(c, c) for c in columns)
    told = try_at_hub(f"INSERT INTO vouchers ({', '.join(columns)}) SELECT {again} FROM vouchers WHERE type = 'PT'")
    assert "source" in told.lower()


def _payment_in(status: PaymentStatus) -> Callable[[UnitOfWork], PaymentId]:
    def op(uow: UnitOfWork) -> PaymentId:
        paid = status is PaymentStatus.PAID
        payment = a_payment(
            id=PaymentId(an_id(status)),
            reference=f"BANA-{status}",
            status=status,
            received_minor=45_000 if paid else 0,
        )
        event = PaymentEvent(
            payment.id, 1, PaymentStatus.CREATED, status, PaymentException.NONE, Cause.MACHINE, None, TILL, NOON, 0
        )
        uow.payments.add(payment, event)
        return payment.id

    return op


@pytest.mark.parametrize("old", PaymentStatus)
def test_the_database_allows_the_domains_moves_and_no_other(old: PaymentStatus, hub_units: HubUnits) -> None:
    payment = hub_units.run(MERCHANT, _payment_in(old))

    def moves(session: Session) -> set[PaymentStatus]:
        change = "UPDATE payments SET status = '{}', revision = 2, received_minor = 45000 WHERE id = '{}'"
        return {new for new in PaymentStatus if refusal(session, change.format(new.value, payment)) == ""}

    assert hub_units.read(moves) == {old, *TRANSITIONS[old]}


@pytest.mark.parametrize("old", TransactionStatus)
def test_the_database_allows_an_attempts_moves_and_no_other(old: TransactionStatus, hub_units: HubUnits) -> None:
    attempt = TransactionId(an_id(old))

    def add(uow: UnitOfWork) -> None:
        payment = _payment_in(PaymentStatus.PENDING)(uow)
        uow.payments.add_transaction(
            PaymentTransaction(
                attempt, MERCHANT, payment, "sale", Provider.SEPAY, "BANA", old, 45_000, "VND", NOON, NOON
            )
        )

    hub_units.run(MERCHANT, add)

    def moves(session: Session) -> set[TransactionStatus]:
        change = "UPDATE payment_transactions SET status = '{}' WHERE id = '{}'"
        return {new for new in TransactionStatus if refusal(session, change.format(new.value, attempt)) == ""}

    final = not TRANSACTION_TRANSITIONS[old]
    assert hub_units.read(moves) == (set() if final else {old, *TRANSACTION_TRANSITIONS[old]})


def test_a_paid_payment_has_its_money(hub_units: HubUnits) -> None:
    payment = hub_units.run(MERCHANT, _payment_in(PaymentStatus.PENDING))
    change = f"UPDATE payments SET status = 'paid', revision = 2, received_minor = 44999 WHERE id = '{payment}'"
    assert "paid_means_received" in hub_units.read(lambda session: refusal(session, change))


def test_what_is_refused_leaves_the_books_as_they_were(hub_units: HubUnits) -> None:
    hub_units.run(MERCHANT, _trade)
    rows = Sql("SELECT * FROM vouchers WHERE merchant_id = :merchant ORDER BY id")
    before = hub_units.read(lambda session: session.all(rows, {"merchant": MERCHANT}))
    hub_units.read(lambda session: refusal(session, "DELETE FROM vouchers"))
    assert hub_units.read(lambda session: session.all(rows, {"merchant": MERCHANT})) == before
    assert VoucherId(VOUCHER) not in {row[1] for row in before}
