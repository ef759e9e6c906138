"""Asking providers: a code is made once, a lost notification loses nothing, and every question ends some day."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from domain.errors import FailureCode
from domain.ids import Instant
from domain.payments import RECONCILE_WINDOW_MS
from domain.rails import Method, Provider, RailResult, RailStatus
from domain.services.hand_confirm import confirm_by_hand
from server.credentials import connect_provider
from server.hub import Hub
from server.rails.registry import ADAPTERS
from server.rails.vnpay_qr import CHECK_PATH, CREATE_PATH
from server.routes.webhooks import keep_notification
from server.workers.expiry import sweep
from server.workers.schedule import ASK_MS, CODE_PATIENCE_MS, LEASE_MS, SWEEP_GRACE_MS
from storage.hub_checks import NEVER
from storage.hub_units import Database
from tests.builders import MERCHANT, MINUTE, NOON, OWNER
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay, code_text
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, settings_for, told_as
from tests.server.hub_steps import keep, money, schedule, standing, start, take, take_in, work

VNPAY, SEPAY = ADAPTERS[Provider.VNPAY_QR_MMS], ADAPTERS[Provider.SEPAY]


@pytest.fixture
def shop(hub: Hub, provider: FakeVnpay) -> Hub:
    """A hub whose shop is connected to the fake VNPAY."""
    connect_provider(hub.units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
    return hub


def test_a_code_is_asked_for_once_and_told_to_the_till(shop: Hub, till: ShopTill, provider: FakeVnpay) -> None:
    payment = start(shop, till)
    assert work(shop) == 1
    assert work(shop) == 0
    assert provider.references(CREATE_PATH) == [payment.reference]
    [row] = ask(shop.units, "SELECT status, qr_text FROM payments")
    assert row == ("pending", code_text(payment.reference, "45000"))
    [(body,)] = ask(shop.units, "SELECT body FROM feed ORDER BY seq DESC LIMIT 1")
    assert code_text(payment.reference, "45000") in body


def test_a_lost_notification_is_found_by_asking_and_books_the_same_voucher(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    work(shop)
    provider.paid[payment.reference] = 45_000
    clock.forward(5_000)
    work(shop)
    assert standing(shop, payment) == ("paid", None)
    assert ask(shop.units, "SELECT channel FROM provider_events") == [("query",)]
    assert schedule(shop, payment)[:2] == (clock.at, NEVER)
    # The notification arrives after all: the same movement, so the same event.
    told = VNPAY.read_notification(
        fake_vnpay.credentials(provider.url), {}, fake_vnpay.notice(payment.reference, 45_000), clock.at
    )
    assert shop.units.run(MERCHANT, lambda uow: keep_notification(uow, told, b"{}", clock.at)) is False
    assert ask(shop.units, "SELECT COUNT(*) FROM vouchers") == [(1,)]
    assert work(shop) == 0


def test_an_answer_that_never_came_leaves_the_payment_unresolved_until_the_same_reference_is_asked_again(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    provider.drop_answers = 1
    work(shop)
    assert standing(shop, payment) == ("unresolved", None)
    assert schedule(shop, payment) == (None, NOON + ASK_MS[0], FailureCode.NETWORK_ERROR)
    clock.forward(ASK_MS[0])
    work(shop)
    assert standing(shop, payment) == ("pending", None)
    assert provider.references(CREATE_PATH) == [payment.reference] * 2


def test_a_provider_that_refuses_ends_the_payment_with_the_reason(
    shop: Hub, till: ShopTill, provider: FakeVnpay
) -> None:
    provider.create_code = "11"
    payment = start(shop, till)
    work(shop)
    assert standing(shop, payment) == ("failed", FailureCode.CREDENTIALS_REJECTED)
    assert schedule(shop, payment)[1] == NEVER


def test_a_merchant_that_is_not_connected_is_told_so_at_once(hub: Hub, till: ShopTill) -> None:
    payment = start(hub, till)
    work(hub)
    assert standing(hub, payment) == ("failed", FailureCode.CREDENTIALS_MISSING)


def test_a_code_that_could_not_be_asked_for_is_tried_again_while_the_customer_waits(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    provider.create_code = "96"
    payment = start(shop, till)
    work(shop)
    assert standing(shop, payment) == ("created", None)
    while clock.at < NOON + CODE_PATIENCE_MS:
        _, again, note = schedule(shop, payment)
        assert note == FailureCode.PROVIDER_UNAVAILABLE
        clock.at = Instant(again)
        work(shop)
    assert standing(shop, payment) == ("failed", FailureCode.PROVIDER_UNAVAILABLE)
    assert 5 <= provider.times(CREATE_PATH) <= 8


def test_a_provider_that_is_back_in_time_still_makes_the_code(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    provider.create_code = "96"
    payment = start(shop, till)
    work(shop)
    provider.create_code = "00"
    clock.forward(1_000)
    work(shop)
    assert standing(shop, payment) == ("pending", None)


def test_questions_become_rarer_and_end_with_the_window(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    work(shop)
    gaps, ended_at = [], None
    while (again := schedule(shop, payment)[1]) != NEVER:
        gaps.append(again - clock.at)
        clock.at = Instant(again)
        if clock.at > NOON + 10 * MINUTE and ended_at is None:
            assert sweep(shop.units, clock.at) == 1
            ended_at = clock.at
        if ended_at is not None and len(gaps) == 12:  # days of the same, during which nobody asked
            clock.at = Instant(ended_at + RECONCILE_WINDOW_MS - 6 * 900_000)
        work(shop)
    assert 14 < len(gaps) < 24
    assert gaps[:8] == [5_000, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000]
    assert gaps[-2:] == [900_000, 900_000]
    assert max(gaps) == 900_000
    assert ended_at is not None
    assert abs(clock.at - (ended_at + RECONCILE_WINDOW_MS)) <= 900_000
    assert standing(shop, payment) == ("expired", None)


def test_money_found_after_the_code_expired_is_late_but_not_lost(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    work(shop)
    clock.forward(2 * 24 * 60 * MINUTE)
    sweep(shop.units, clock.at)
    assert standing(shop, payment)[0] == "expired"
    provider.paid[payment.reference] = 45_000
    work(shop)
    assert ask(shop.units, "SELECT status, exception FROM payments") == [("paid", "paid_late")]


def test_a_provider_that_says_failed_fails_the_payment_and_is_asked_on(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    work(shop)
    provider.check_code = "04"
    clock.forward(5_000)
    work(shop)
    assert standing(shop, payment) == ("failed", FailureCode.DECLINED)
    assert schedule(shop, payment)[1] < NEVER
    provider.paid[payment.reference] = 45_000
    clock.forward(15 * MINUTE)
    work(shop)
    assert ask(shop.units, "SELECT status, exception FROM payments") == [("paid", "paid_late")]


def test_money_that_a_person_confirmed_is_asked_about_until_its_provider_proves_it(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    work(shop)
    till.units.run(lambda uow: confirm_by_hand(uow, OWNER, payment.id, NOON, evidence="Màn hình của khách"))
    take_in(shop, till)
    clock.forward(5_000)
    assert work(shop) == 1
    assert schedule(shop, payment)[1] < NEVER, "its notification may be lost"
    provider.paid[payment.reference] = 45_000
    clock.forward(10_000)
    assert work(shop) == 1
    assert ask(shop.units, "SELECT status, exception, confirmed_minor FROM payments") == [("paid", "none", 0)]
    assert schedule(shop, payment)[1] == NEVER


def test_a_short_proof_of_what_a_person_confirmed_leaves_the_rest_to_be_asked_about(
    shop: Hub, till: ShopTill, clock: Clock
) -> None:
    payment = start(shop, till)
    work(shop)
    till.units.run(lambda uow: confirm_by_hand(uow, OWNER, payment.id, NOON, evidence="Màn hình của khách"))
    take_in(shop, till)
    keep(shop, money(payment, 20_000, account_number=""))
    shop.inbox.apply_due(clock.at)
    assert schedule(shop, payment)[1] < NEVER


def test_a_code_that_may_exist_is_asked_about_although_a_second_request_for_it_was_refused(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = start(shop, till)
    provider.drop_answers = 1
    work(shop)
    provider.create_code = "11"
    clock.forward(ASK_MS[0])
    work(shop)
    assert standing(shop, payment) == ("failed", FailureCode.CREDENTIALS_REJECTED)
    assert schedule(shop, payment)[1] < NEVER, "the first request may have made it"
    provider.paid[payment.reference] = 45_000
    clock.forward(15 * MINUTE)
    work(shop)
    assert standing(shop, payment)[0] == "paid"


def test_an_order_that_is_over_when_it_is_sent_again_is_asked_about_at_once(
    shop: Hub, till: ShopTill, provider: FakeVnpay, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    payment = start(shop, till)
    provider.drop_answers = 1
    work(shop)
    provider.paid[payment.reference] = 45_000
    over = RailResult(RailStatus.UNKNOWN, failure=FailureCode.INVALID_TRANSITION)
    monkeypatch.setattr(type(VNPAY), "present", lambda *_: over)
    clock.forward(ASK_MS[0])
    work(shop)
    assert standing(shop, payment)[0] == "paid"


def test_silence_does_not_make_knowledge_fresh(shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock) -> None:
    payment = start(shop, till)
    work(shop)
    clock.forward(5_000)
    work(shop)
    assert schedule(shop, payment)[0] == NOON + 5_000
    provider.check_code = "99"
    clock.forward(10_000)
    work(shop)
    assert schedule(shop, payment)[0] == NOON + 5_000
    assert schedule(shop, payment)[2] == FailureCode.PROVIDER_UNAVAILABLE


def test_a_claimed_question_is_not_asked_twice_until_its_lease_runs_out(
    shop: Hub, till: ShopTill, clock: Clock
) -> None:
    payment = start(shop, till)
    assert shop.reconciler.take(MERCHANT, payment.id) is not None
    assert shop.reconciler.take(MERCHANT, payment.id) is None
    assert shop.reconciler.due(clock.at) == []
    shop.reconciler.ask_about(MERCHANT, payment.id)
    assert standing(shop, payment) == ("created", None), "a person who asks does not double the question"
    clock.forward(LEASE_MS)
    assert shop.reconciler.take(MERCHANT, payment.id) is not None


def test_a_tills_wrong_clock_neither_kills_nor_prolongs_a_code(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    for years in (-5, 5):
        off = Instant(NOON + years * 365 * 24 * 60 * MINUTE)
        payment = start(shop, till, at=off)
        assert sweep(shop.units, Instant(clock.at + SWEEP_GRACE_MS)) == 0, "its time has not come by the hub's clock"
        work(shop)
        assert standing(shop, payment) == ("pending", None)
    expiries = {fields["expDate"] for path, fields in provider.asked if path == CREATE_PATH}
    assert expiries == {"2611211205"}


def test_the_sweep_ends_what_a_till_left_behind_and_nothing_that_got_money(
    shop: Hub, till: ShopTill, clock: Clock
) -> None:
    payment = start(shop, till)
    short = start(shop, till)
    keep(shop, money(short, 1_000))
    shop.inbox.apply_due(clock.at)
    assert sweep(shop.units, Instant(NOON + 5 * MINUTE)) == 0
    assert sweep(shop.units, Instant(NOON + 5 * MINUTE + SWEEP_GRACE_MS)) == 1
    assert standing(shop, payment)[0] == "expired"
    assert standing(shop, short)[0] == "created"


def test_each_call_is_logged_with_its_duration_and_without_secrets(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    with capture_logs() as lines:
        payment = start(shop, till)
        work(shop)
        provider.paid[payment.reference] = 45_000
        clock.forward(5_000)
        work(shop)
    calls = [line for line in lines if line["event"] == "billing.rail.execution"]
    assert [line["operation"] for line in calls] == ["present", "check"]
    assert {(line["rail"], line["provider"]) for line in calls} == {("bank_transfer", "vnpay_qr_mms")}
    assert {line["correlation_id"] for line in calls} == {payment.reference}
    [applied] = [line for line in lines if line["event"] == "billing.event.applied"]
    assert (applied["outcome"], applied["channel"], applied["correlation_id"]) == ("booked", "query", payment.reference)
    [result] = [line for line in lines if line["event"] == "billing.execution.result"]
    assert (result["outcome"], result["status"], result["correlation_id"]) == ("success", "paid", payment.reference)
    assert (result["rail"], result["duration_ms"]) == ("bank_transfer", 5_000)
    assert all(line["duration_ms"] >= 0 for line in [*calls, applied])
    said = str(lines)
    assert fake_vnpay.CREATE_SECRET not in said
    assert fake_vnpay.CHECK_SECRET not in said


def test_a_provider_that_hangs_keeps_nobody_from_getting_a_code(
    open_database: Callable[[], Database], clock: Clock, provider: FakeVnpay, till: ShopTill
) -> None:
    hub = Hub(settings_for(open_database(), clock, with_workers=True))
    connect_provider(hub.units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
    payments = [till.start(Method.VNPAY_QR) for _ in range(6)]
    provider.hang_s = 0.3
    take_in(hub, till)
    loop = asyncio.new_event_loop()
    try:
        hub.start(loop)
        for _ in payments:
            assert provider.calls.acquire(timeout=10)
        shown = threading.Event()
        for _ in range(200):
            if ask(hub.units, "SELECT COUNT(*) FROM payments WHERE status = 'pending'") == [(6,)]:
                shown.set()
                break
            shown.wait(0.02)
        assert shown.is_set()
    finally:
        hub.stop()
        loop.close()
    assert sorted(provider.references(CREATE_PATH)) == sorted(payment.reference for payment in payments)
    assert provider.times(CHECK_PATH) == 0


def test_the_tills_own_end_is_respected_by_a_late_code(
    shop: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    payment = till.start(Method.VNPAY_QR)
    [created] = [message for message in till.waiting() if message.kind == "payment"]
    take(shop, [created])
    question = shop.reconciler.take(MERCHANT, payment.id)
    assert question is not None
    ended = told_as(created, status="cancelled", ended_at=NOON, revision=2, updated_at=NOON)
    take(shop, [ended.model_copy(update={"id": "another-message"})])
    shop.reconciler.ask(question)
    assert standing(shop, payment) == ("cancelled", None)
