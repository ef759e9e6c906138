"""The inbox: events are applied once, in any order, and one that fails holds up nobody and stays visible."""

from itertools import permutations
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.ids import Instant
from domain.payments import PaymentIntent
from domain.rails import Method, Provider, Receipt
from domain.services.receipts import record_receipt
from server import inbox as inbox_module
from server.hub import Hub
from server.inbox import FIRST_RETRY_MS, LONGEST_RETRY_MS, OLD_MS, OLD_RETRY_MS
from server.workers.expiry import sweep
from server.workers.schedule import SWEEP_GRACE_MS
from storage.hub_inbox import EventKey
from storage.hub_units import SqliteHub
from storage.sqlite import open_encrypted
from sync.wire import WireMessage
from tests.builders import BANK, KEY, MERCHANT, MINUTE, SALES
from tests.server.hub_stage import Clock, ShopTill, ask, settings_for
from tests.server.hub_steps import keep, money, take, take_in


def rows(hub: Hub) -> list[tuple[str, str, str, int]]:
    found = ask(hub.units, "SELECT dedupe_key, state, outcome, attempts FROM inbox ORDER BY dedupe_key")
    return [(row[0], row[1], row[2], row[3]) for row in found]


def test_an_event_that_cannot_be_booked_backs_off_and_lets_the_others_pass(
    hub: Hub, till: ShopTill, clock: Clock
) -> None:
    payment = till.start(Method.VIETQR)
    take_in(hub, till)
    keep(hub, money(payment, 0, 1), money(payment, 45_000, 2))
    with capture_logs() as lines:
        hub.inbox.apply_due(clock.at)
    assert rows(hub) == [("sepay:1", "received", "AMOUNT_INVALID", 1), ("sepay:2", "applied", "booked", 1)]
    assert [line["code"] for line in lines if line["event"] == "event_failed"] == ["AMOUNT_INVALID"]
    waits = []
    for _ in range(12):
        [(until,)] = ask(hub.units, "SELECT next_attempt_at FROM inbox WHERE state = 'received'")
        waits.append(until - clock.at)
        clock.at = Instant(until)
        hub.inbox.apply_due(clock.at)
    assert waits[:3] == [FIRST_RETRY_MS, FIRST_RETRY_MS * 2, FIRST_RETRY_MS * 4]
    assert waits[-1] == LONGEST_RETRY_MS
    clock.forward(OLD_MS)
    hub.inbox.apply_due(clock.at)
    [(until,)] = ask(hub.units, "SELECT next_attempt_at FROM inbox WHERE state = 'received'")
    assert until - clock.at == OLD_RETRY_MS


def test_money_of_another_currency_is_noted_once_and_never_tried_again(hub: Hub, till: ShopTill, clock: Clock) -> None:
    payment = till.start(Method.VIETQR)
    take_in(hub, till)
    keep(hub, money(payment, 1_000, 1, currency="AUD"))
    with capture_logs() as lines:
        for _ in range(3):
            hub.inbox.apply_due(clock.at)
            clock.forward(OLD_MS)
    assert rows(hub) == [("sepay:1", "failed", "CURRENCY_MISMATCH", 1)]
    (said,) = [line for line in lines if line["event"] == "event_not_booked"]
    assert (said["amount_minor"], said["currency"]) == (1_000, "AUD")
    ((facts,),) = ask(hub.units, "SELECT facts FROM audit WHERE action = 'event.not_booked'")
    assert '"amount":1000' in facts
    assert '"currency":"AUD"' in facts
    assert ask(hub.units, "SELECT COUNT(*) FROM vouchers WHERE source_kind LIKE 'prov:%'") == [(0,)]
    assert ask(hub.units, "SELECT act, amount_minor, currency, provider, reason FROM resolutions") == [
        ("foreign", 1_000, "AUD", "sepay", money(payment, 1, 1).text)
    ]
    assert ask(hub.units, "SELECT COUNT(*) FROM feed WHERE kind = 'resolution'") == [(1,)]


def test_an_event_that_breaks_our_code_holds_up_nobody_and_undoes_what_it_did(
    hub: Hub, till: ShopTill, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = till.start(Method.VIETQR)
    take_in(hub, till)
    keep(hub, money(payment, 1_000, 1), money(payment, 45_000, 2))
    right = record_receipt

    def breaking(uow: object, receipt: Receipt, at: Instant, *, may_park: bool) -> object:
        outcome = right(uow, receipt, at, may_park=may_park)  # type: ignore[arg-type]  # handed through
        if receipt.dedupe_key == "sepay:1":
            raise KeyError("a value that must not be logged")
        return outcome

    with monkeypatch.context() as patched, capture_logs() as lines:
        patched.setattr(inbox_module, "record_receipt", breaking)
        hub.inbox.apply_due(clock.at)
    assert rows(hub) == [("sepay:1", "received", "UNEXPECTED", 1), ("sepay:2", "applied", "booked", 1)]
    assert "a value that must not be logged" not in str(lines)
    clock.forward(FIRST_RETRY_MS)
    hub.inbox.apply_due(clock.at)
    assert rows(hub)[0] == ("sepay:1", "applied", "booked", 2)
    assert ask(hub.units, "SELECT received_minor, exception FROM payments") == [(46_000, "paid_twice")]


def test_a_voucher_the_database_refuses_is_put_off_and_not_half_booked(
    hub: Hub, till: ShopTill, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = till.start(Method.VIETQR)
    take_in(hub, till)
    keep(hub, money(payment, 45_000))
    right = record_receipt

    def and_again(uow: object, receipt: Receipt, at: Instant, *, may_park: bool) -> object:
        outcome = right(uow, receipt, at, may_park=may_park)  # type: ignore[arg-type]  # handed through
        uow.receipts.add(receipt, None, None, at)  # type: ignore[attr-defined]  # a second row of one key
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(inbox_module, "record_receipt", and_again)
        hub.inbox.apply_due(clock.at)
    assert rows(hub) == [("sepay:1", "received", "MESSAGE_MALFORMED", 1)]
    assert ask(hub.units, "SELECT COUNT(*) FROM vouchers") == [(0,)]


def test_money_without_any_reference_goes_to_suspense_at_once(hub: Hub, till: ShopTill, clock: Clock) -> None:
    payment = till.start(Method.VIETQR)
    keep(hub, money(payment, 12_000, text="chuyen tien"))
    hub.inbox.apply_due(clock.at)
    assert rows(hub) == [("sepay:1", "applied", "suspense", 1)]
    assert ask(hub.units, "SELECT balance_minor FROM accounts WHERE id = :id", id=BANK) == [(12_000,)]


def test_two_processes_that_apply_one_event_book_it_once(hub: Hub, till: ShopTill, clock: Clock) -> None:
    payment = till.start(Method.VIETQR)
    take_in(hub, till)
    keep(hub, money(payment, 45_000))
    key = EventKey(MERCHANT, Provider.SEPAY, "sepay:1")
    assert hub.inbox.apply(key, clock.at) == "booked"
    assert hub.inbox.apply(key, clock.at) is None
    assert ask(hub.units, "SELECT COUNT(*) FROM vouchers") == [(1,)]


EVENTS = ("told", "ended", "declined", "money", "rest")


def test_the_same_events_in_any_order_leave_the_same_balances(hub_file: Path, till: ShopTill, clock: Clock) -> None:
    """Paid in two parts, declined once and ended at the till: all 120 orders, each on a payment of its own."""
    hub = Hub(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock))
    finals = set()
    for number, order in enumerate(permutations(EVENTS)):
        payment = till.start(Method.VIETQR)
        told = till.waiting()
        till.mark_sent([message.id for message in told])
        before = ask(hub.units, "SELECT balance_minor FROM accounts WHERE id IN (:a, :b) ORDER BY id", a=BANK, b=SALES)
        for event in order:
            _happens(hub, event, payment, told, number, clock)
            hub.inbox.apply_due(clock.at)
        clock.forward(2 * 60 * MINUTE)
        hub.inbox.apply_due(clock.at)
        after = ask(hub.units, "SELECT balance_minor FROM accounts WHERE id IN (:a, :b) ORDER BY id", a=BANK, b=SALES)
        moved = tuple(b[0] - a[0] for a, b in zip(before, after, strict=True))
        [(status, received)] = ask(
            hub.units, "SELECT status, received_minor FROM payments WHERE id = :id", id=payment.id
        )
        finals.add((status, received, tuple(sorted(moved))))
    hub.stop()
    assert finals == {("paid", 45_000, (-45_000, 45_000))}


def _happens(hub: Hub, event: str, payment: PaymentIntent, told: list[WireMessage], number: int, clock: Clock) -> None:
    if event == "told":
        take(hub, told)
    elif event == "ended":
        sweep(hub.units, Instant(clock.at + 5 * MINUTE + SWEEP_GRACE_MS))
    elif event == "declined":
        keep(hub, money(payment, 45_000, 10 * number + 1, declined=True))
    elif event == "money":
        keep(hub, money(payment, 20_000, 10 * number + 2))
    else:
        keep(hub, money(payment, 25_000, 10 * number + 3))
