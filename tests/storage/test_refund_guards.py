"""Both databases refuse by themselves to give back more than came, and to rewrite what was given back."""

from functools import partial
from typing import Any

import pytest

from domain.ids import PaymentId
from domain.payments import Cause, PaymentEvent, PaymentException, PaymentStatus
from domain.ports import UnitOfWork
from domain.refunds import BEGINS, OVER, REFUND_TRANSITIONS, Refund, RefundEvent, RefundStatus
from storage import tables
from storage.hub_units import HubUnits
from storage.session import Session
from tests.builders import MERCHANT, NOON, TILL, a_payment, an_id
from tests.domain.test_refunds import a_refund
from tests.storage.misuse import changes_of, inserted, refusal

MAY_CHANGE = {
    *("status", "beyond", "payment_ref", "provider_ref", "failure"),
    *("sent_at", "settled_at", "told_at", "updated_at", "revision"),
}


def keep(uow: UnitOfWork, **facts: Any) -> Refund:
    """Keep a payment that brought 45,000, and a refund of 20,000 of it."""
    payment = a_payment(status=PaymentStatus.PAID, received_minor=45_000)
    if uow.payments.get(payment.id) is None:
        paid = PaymentEvent(
            payment.id, 1, PaymentStatus.CREATED, payment.status, PaymentException.NONE, Cause.HUB, None, TILL, NOON, 0
        )
        uow.payments.add(payment, paid)
    refund = a_refund(**{"amount_minor": 20_000, **facts})
    event = RefundEvent(refund.id, 1, refund.status, refund.status, Cause.HUB, None, TILL, NOON, beyond=refund.beyond)
    uow.refunds.add(refund, event)
    return refund


def row(name: str, amount: int, **changes: Any) -> str:
    """Return an INSERT of one more refund of that payment."""
    values = {
        "merchant_id": MERCHANT,
        "id": an_id(name),
        "device_id": TILL,
        "payment_id": PaymentId(an_id("payment")),
        "origin": "person",
        "what": "sale",
        "way": "original",
        "provider": "sepay",
        "reference": name,
        "amount_minor": amount,
        "fee_minor": 0,
        "currency": "VND",
        "reason": "",
        "requested_at": NOON,
        "status": "requested",
        "beyond": 0,
        "payment_ref": "",
        "provider_ref": "",
        "revision": 1,
        **changes,
    }
    return inserted("refunds", **values)


def tried(units: HubUnits, statement: str, **facts: Any) -> str:
    """Try a statement beside a refund; return what the database says against it."""
    units.run(MERCHANT, lambda uow: keep(uow, **facts))
    return units.read(lambda session: refusal(session, statement))


def test_what_is_left_may_be_given_back(hub_units: HubUnits) -> None:
    assert tried(hub_units, row("rest", 25_000)) == ""


@pytest.mark.parametrize("status", sorted(BEGINS - OVER))
def test_more_than_came_is_never_given_back(hub_units: HubUnits, status: RefundStatus) -> None:
    assert "guard: more than came" in tried(hub_units, row("rest", 25_001, status=status.value))


def test_what_went_beyond_is_kept_when_it_says_so(hub_units: HubUnits) -> None:
    assert tried(hub_units, row("rest", 25_001, beyond=1)) == ""


def test_what_failed_does_not_count_until_it_is_done_after_all(hub_units: HubUnits) -> None:
    def op(session: Session) -> tuple[str, str]:
        session.cursor.execute("SAVEPOINT twice")
        failed = "UPDATE refunds SET status = 'failed', revision = 2"
        session.cursor.execute(failed)
        session.cursor.execute(row("other", 45_000))
        done = "UPDATE refunds SET status = 'done', revision = 3 WHERE amount_minor = 20000"
        told = refusal(session, done), refusal(session, done.replace("revision", "beyond = 1, revision"))
        session.cursor.execute("ROLLBACK TO SAVEPOINT twice")
        session.cursor.execute("RELEASE SAVEPOINT twice")
        return told

    hub_units.run(MERCHANT, keep)
    bound, marked = hub_units.read(op)
    assert "guard: more than came" in bound
    assert marked == ""


@pytest.mark.parametrize("old", sorted(BEGINS))
def test_the_database_allows_the_domains_moves_and_no_other(hub_units: HubUnits, old: RefundStatus) -> None:
    refund = hub_units.run(MERCHANT, lambda uow: keep(uow, status=old))
    assert moves_of(hub_units, refund) == {old, *REFUND_TRANSITIONS[old]}


@pytest.mark.parametrize("old", [RefundStatus.UNRESOLVED, RefundStatus.FAILED, RefundStatus.CANCELLED])
def test_the_database_allows_the_moves_of_what_went_on_as_well(hub_units: HubUnits, old: RefundStatus) -> None:
    refund = hub_units.run(MERCHANT, keep)
    hub_units.run(
        MERCHANT,
        lambda uow: uow.session.cursor.execute(f"UPDATE refunds SET status = '{old}', revision = 2"),
    )
    assert moves_of(hub_units, refund) == {old, *REFUND_TRANSITIONS[old]}


def moves_of(units: HubUnits, refund: Refund) -> set[RefundStatus]:
    """Return where the database lets a refund go."""

    def moves(session: Session) -> set[RefundStatus]:
        change = "UPDATE refunds SET status = '{}', revision = revision + 1 WHERE id = '{}'"
        return {new for new in RefundStatus if refusal(session, change.format(new.value, refund.id)) == ""}

    return units.read(moves)


@pytest.mark.parametrize("status", [RefundStatus.UNRESOLVED, RefundStatus.FAILED, RefundStatus.CANCELLED])
def test_a_refund_begins_at_its_beginning(hub_units: HubUnits, status: RefundStatus) -> None:
    assert "guard: a refund begins" in tried(hub_units, row("other", 1, status=status.value))
    assert "guard: a refund begins" in hub_units.read(lambda session: refusal(session, row("late", 1, revision=2)))


def test_no_fact_of_a_refund_can_be_changed_nor_can_it_be_skipped_a_revision(hub_units: HubUnits) -> None:
    hub_units.run(MERCHANT, keep)
    changes = changes_of(tables.refunds)
    facts = {name: sql.replace(" WHERE", ", revision = revision + 1 WHERE") for name, sql in changes.items()}
    told = {name: hub_units.read(partial(refusal, statement=sql)) for name, sql in facts.items()}
    assert {name for name, text in told.items() if "guard: " not in text} <= MAY_CHANGE
    silent = hub_units.read(lambda session: refusal(session, "UPDATE refunds SET provider_ref = 'x'"))
    assert "guard: a refund's facts" in silent


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM refunds", "DELETE FROM refund_events", "UPDATE refund_events SET cause = 'hub', at = 1"],
)
def test_what_was_given_back_stays_written(hub_units: HubUnits, statement: str) -> None:
    assert "guard: " in tried(hub_units, statement)


def test_a_refund_has_a_payment(hub_units: HubUnits) -> None:
    assert tried(hub_units, row("orphan", 1, payment_id="nowhere", beyond=1)) != ""


@pytest.mark.parametrize(
    ("way", "holder", "kept"),
    [("credit", "somebody", True), ("credit", None, False), ("write_off", "somebody", False)],
)
@pytest.mark.parametrize("what", ["excess", "held"])
def test_credit_is_always_somebodys_and_nothing_else_is(
    hub_units: HubUnits, what: str, way: str, holder: str | None, kept: bool
) -> None:
    named = {} if holder is None else {"holder_id": holder}
    said = tried(hub_units, row("kept", 5_000, what=what, way=way, provider="none", status="done", **named))
    assert (said == "") is kept


def test_more_than_came_is_not_kept_as_credit(hub_units: HubUnits) -> None:
    facts = {"way": "credit", "provider": "none", "status": "done", "holder_id": "somebody"}
    assert "guard: more than came" in tried(hub_units, row("kept", 25_001, **facts))


@pytest.mark.parametrize(("what", "kept"), [("excess", True), ("held", True), ("sale", False)])
def test_what_is_written_off_is_kept_unless_it_was_sold(hub_units: HubUnits, what: str, kept: bool) -> None:
    said = tried(hub_units, row("off", 5_000, what=what, way="write_off", provider="none", status="done"))
    assert (said == "") is kept
