"""Asking providers: a code is made once, a lost notification loses nothing, and every question ends some day."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import httpx
import pytest
from structlog.testing import capture_logs

from domain.errors import FailureCode
from domain.ids import Instant
from domain.payments import RECONCILE_WINDOW_MS, PaymentIntent
from domain.rails import Method, Provider, Receipt
from server.credentials import connect_provider, disconnect_provider
from server.hub import Hub
from server.rails.base import Statement
from server.rails.registry import ADAPTERS
from server.rails.sepay import SepayAdapter
from server.rails.vnpay_qr import CHECK_PATH, CREATE_PATH
from server.routes.sync import take_message
from server.routes.webhooks import keep_notification
from server.vault import Secret
from server.workers.expiry import sweep
from server.workers.schedule import ASK_MS, CODE_PATIENCE_MS, LEASE_MS, STATEMENT_IDLE_MS, SWEEP_GRACE_MS
from storage.hub_checks import NEVER
from storage.hub_tills import KnownTill
from storage.hub_units import Database
from sync.wire import WireMessage
from tests.builders import BANK_ACCOUNT, MERCHANT, MINUTE, NOON, TILL
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay, code_text
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, settings_for, told_as

VNPAY, SEPAY = ADAPTERS[Provider.VNPAY_QR_MMS], ADAPTERS[Provider.SEPAY]


def take_in(hub: Hub, till: ShopTill) -> None:
    """Let the hub take what the till has to tell, without a socket."""
    known = KnownTill(MERCHANT, TILL)
    messages = till.waiting()
    hub.units.run(MERCHANT, lambda uow: [take_message(uow, known, message, hub.now()) for message in messages])
    till.mark_sent([message.id for message in messages])


def work(hub: Hub) -> int:
    """Ask every question that is due, one after the other; return how many were asked."""
    asked = 0
    for due in hub.reconciler.due(hub.now()):
        question = hub.reconciler.take(due.merchant_id, due.payment_id)
        if question is not None:
            hub.reconciler.ask(question)
            asked += 1
    return asked


def standing(hub: Hub, payment: PaymentIntent) -> tuple[str, str | None]:
    [row] = ask(hub.units, "SELECT status, failure FROM payments WHERE id = :id", id=payment.id)
    return row[0], row[1]


def schedule(hub: Hub, payment: PaymentIntent) -> tuple[int | None, int, str]:
    """Return when a payment was last heard of, when it will be asked about, and why not yet."""
    sql = "SELECT checked_at, next_check_at, note FROM checks WHERE payment_id = :id"
    [row] = ask(hub.units, sql, id=payment.id)
    return row[0], row[1], row[2]


@pytest.fixture
def shop(hub: Hub, provider: FakeVnpay) -> Hub:
    """A hub whose shop is connected to the fake VNPAY."""
    connect_provider(hub.units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
    return hub


def start(hub: Hub, till: ShopTill, method: Method = Method.VNPAY_QR) -> PaymentIntent:
    payment = till.start(method)
    take_in(hub, till)
    return payment


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
        work(shop)
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
        payment = till.start(Method.VNPAY_QR, at=off)
        take_in(shop, till)
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
    shop.units.run(MERCHANT, lambda uow: uow.inbox.store(_money(short, 1_000), "{}", "webhook", clock.at))
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
    [result] = [line for line in lines if line["event"] == "billing.execution.result"]
    assert (result["outcome"], result["channel"], result["correlation_id"]) == ("booked", "query", payment.reference)
    assert all(line["duration_ms"] >= 0 for line in [*calls, result])
    said = str(lines)
    assert fake_vnpay.CREATE_SECRET not in said
    assert fake_vnpay.CHECK_SECRET not in said


# -- statements -------------------------------------------------------------------------------------------------------


@dataclass
class FakeBank:
    """SePay's adapter with a list of movements of the test's own."""

    pages: list[Statement] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)

    def adapter(self) -> SepayAdapter:
        bank = self

        class Adapter(SepayAdapter):
            def statement(self, http: httpx.Client, credentials: object, after: str, received_at: Instant) -> Statement:
                bank.cursors.append(after)
                return bank.pages.pop(0) if bank.pages else Statement((), after)

        return Adapter()


@pytest.fixture
def bank() -> FakeBank:
    return FakeBank()


@pytest.fixture
def banked(open_database: Callable[[], Database], clock: Clock, bank: FakeBank) -> Iterator[Hub]:
    """A hub whose shop is connected to SePay."""
    hub = Hub(settings_for(open_database(), clock, adapters={**ADAPTERS, Provider.SEPAY: bank.adapter()}))
    values = {"account_number": BANK_ACCOUNT, "webhook_secret": "w", "api_token": "t"}
    connect_provider(hub.units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in values.items()}, NOON)
    yield hub
    hub.stop()


def _money(payment: PaymentIntent, amount: int, key: str = "sepay:1", at: int = NOON) -> Receipt:
    return Receipt(
        provider=payment.provider,
        dedupe_key=key,
        text=f"ck {payment.reference}",
        amount_minor=amount,
        currency="VND",
        paid_at=Instant(at),
        provider_ref="FT1",
        account_number=BANK_ACCOUNT,
    )


def test_a_transfer_whose_webhook_was_lost_is_found_in_the_list(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    bank.pages = [Statement((_money(payment, 45_000),), "17")]
    work(banked)
    assert standing(banked, payment) == ("paid", None)
    assert ask(banked.units, "SELECT channel FROM provider_events") == [("statement",)]
    assert ask(banked.units, "SELECT cursor, polled_at FROM statements") == [("17", NOON)]
    assert schedule(banked, payment)[:2] == (NOON, NEVER)


def test_the_list_is_read_from_where_it_was_left_and_books_nothing_twice(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    money = _money(payment, 45_000)
    banked.units.run(MERCHANT, lambda uow: uow.inbox.store(money, "{}", "webhook", clock.at))
    banked.inbox.apply_due(clock.at)
    bank.pages = [Statement((money,), "17"), Statement((money,), "18")]
    assert banked.statements.read(MERCHANT, Provider.SEPAY) == NOON
    clock.forward(STATEMENT_IDLE_MS)
    assert banked.statements.due(clock.at) == [(MERCHANT, Provider.SEPAY)]
    banked.statements.read(MERCHANT, Provider.SEPAY)
    assert bank.cursors == ["", "17"]
    assert ask(banked.units, "SELECT COUNT(*) FROM vouchers") == [(1,)]


def test_one_reading_answers_for_every_payment_that_waits(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payments = [start(banked, till, Method.VIETQR) for _ in range(4)]
    assert work(banked) == 4
    assert bank.cursors == [""]
    assert {schedule(banked, payment)[0] for payment in payments} == {NOON}


def test_a_list_that_cannot_be_read_keeps_its_place_and_makes_nothing_fresh(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    bank.pages = [Statement((), "", failure=FailureCode.RATE_LIMITED)]
    work(banked)
    assert schedule(banked, payment)[0] is None
    assert ask(banked.units, "SELECT cursor, polled_at, note FROM statements") == [("", None, "rate_limited")]
    bank.pages = [Statement((_money(payment, 45_000),), "17")]
    clock.forward(60_000)
    work(banked)
    assert standing(banked, payment) == ("paid", None)


def test_a_long_list_is_read_page_by_page_before_it_counts_as_known(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    bank.pages = [Statement((), "|9|2026-11-21 11:00:00", more=True), Statement((_money(payment, 45_000),), "9")]
    work(banked)
    assert schedule(banked, payment)[0] is None
    clock.forward(1_000)
    assert banked.statements.due(clock.at) == [(MERCHANT, Provider.SEPAY)]
    assert banked.statements.read(MERCHANT, Provider.SEPAY) == clock.at
    assert standing(banked, payment) == ("paid", None)


def test_money_from_before_the_connection_is_left_out_unless_it_names_a_payment(
    banked: Hub, till: ShopTill, bank: FakeBank
) -> None:
    payment = start(banked, till, Method.VIETQR)
    old = NOON - 60 * MINUTE
    private = replace(_money(payment, 70_000, "sepay:2", old), text="tien nha thang 11")
    after = replace(_money(payment, 80_000, "sepay:3", NOON), text="khong ro")
    bank.pages = [Statement((_money(payment, 45_000, "sepay:1", old), private, after), "17")]
    banked.statements.read(MERCHANT, Provider.SEPAY)
    keys = ask(banked.units, "SELECT dedupe_key FROM receipts ORDER BY dedupe_key")
    assert keys == [("sepay:1",), ("sepay:3",)]


def test_after_disconnecting_the_list_is_left_alone_until_the_next_connection(
    banked: Hub, bank: FakeBank, clock: Clock
) -> None:
    disconnect_provider(banked.units, MERCHANT, Provider.SEPAY, clock.at)
    assert banked.statements.read(MERCHANT, Provider.SEPAY) is None
    assert bank.cursors == []
    clock.forward(STATEMENT_IDLE_MS)
    assert banked.statements.due(clock.at) == []
    values = {"account_number": BANK_ACCOUNT, "webhook_secret": "w", "api_token": "t"}
    connect_provider(banked.units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in values.items()}, clock.at)
    assert banked.statements.due(clock.at) == [(MERCHANT, Provider.SEPAY)]


# -- the dispatcher ---------------------------------------------------------------------------------------------------


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
    _take(shop, created)
    question = shop.reconciler.take(MERCHANT, payment.id)
    assert question is not None
    ended = told_as(created, status="cancelled", ended_at=NOON, revision=2, updated_at=NOON)
    _take(shop, replace_id(ended))
    shop.reconciler.ask(question)
    assert standing(shop, payment) == ("cancelled", None)


def _take(hub: Hub, message: WireMessage) -> None:
    outcome = hub.units.run(MERCHANT, lambda uow: take_message(uow, KnownTill(MERCHANT, TILL), message, hub.now()))
    assert outcome.kind == "created", outcome


def replace_id(message: WireMessage) -> WireMessage:
    return message.model_copy(update={"id": "another-message"})
