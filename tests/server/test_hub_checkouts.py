"""Checkout requests of ordering systems: an order is paid once, by a payment of the hub that every till sees."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.checkouts import Checkout, read_checkout
from domain.contract_terms import CONTRACTS, ContractTerms, contracts_value
from domain.errors import DomainError, ErrorCode
from domain.ids import DeviceId, MerchantId, PaymentId, RefundId, UserId
from domain.matching import payment_reference
from domain.messages import Incoming
from domain.other_systems import EVERY_SCOPE, Scope
from domain.payments import PaymentIntent, PaymentStatus
from domain.policy import Actor, Role
from domain.qr import decode
from domain.rails import Provider
from domain.refunds import RefundOf, RefundWay
from domain.routing import CONNECTED
from domain.services import checkouts
from domain.services.checkouts import cancel_checkout, capture_checkout, open_checkout
from domain.services.receipts import record_receipt
from domain.services.refunds import ask_refund
from server.api_keys import create_api_key, revoke_api_key
from server.credentials import connect_provider
from server.intake import CHECKOUTS_PATH, EVENTS_PATH
from server.limits import CHECKOUT
from server.rails.registry import ADAPTERS
from server.workers.expiry import sweep
from server.workers.schedule import SWEEP_GRACE_MS
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import ANSWER_KEPT_MS
from storage.replica import Replica
from storage.setup import create_merchant
from sync.wire import ChangesPage
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON, OWNER, SETUP, an_id
from tests.server import fake_vnpay
from tests.server.dollar_shop import DollarShop, open_shop
from tests.server.fake_vnpay import FakeVnpay, code_text
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, ask, bearer
from tests.server.hub_steps import money, work

OTHER = replace(SETUP, merchant_id=MerchantId(an_id("another shop")), device_id=DeviceId(an_id("another till")))
ORDER: dict[str, Any] = {
    "order_ref": "WEB-1001",
    "order_type": "web",
    "subtotal_minor": 200_000,
    "tax_percent": 0,
    "tax_minor": 0,
    "total_minor": 200_000,
    "currency": "VND",
    "capture_mode": "automatic",
    "origin": "api",
    "method": "vietqr",
    "customer": {"name": "Trần Lan", "phone": "0901234567"},
    "due_on": "2026-11-30",
}
RENEWAL = ORDER | {"order_ref": "SUB-7/11", "origin": "subscription", "subscription_id": "SUB-7", "period": "2026-11"}


class Shop:
    """An ordering system with its key."""

    def __init__(
        self, server: Served, merchant_id: MerchantId = MERCHANT, scopes: tuple[Scope, ...] = EVERY_SCOPE
    ) -> None:
        self.server = server
        self.key, secret = create_api_key(server.hub.units, VAULT, merchant_id, "web shop", NOON, scopes=scopes)
        self.head = bearer(secret.reveal())
        self.asked = 0

    def order(self, told: object, key: str = "") -> httpx.Response:
        """Ask for an order to be paid, under a fresh idempotency key unless one is given."""
        self.asked += 1
        name = {"idempotency-key": key or f"request {self.asked}".replace(" ", "-")}
        return self.server.http.post(CHECKOUTS_PATH, json=told, headers=self.head | name)

    def see(self, checkout_id: str) -> httpx.Response:
        return self.server.http.get(f"{CHECKOUTS_PATH}/{checkout_id}", headers=self.head)

    def act(self, checkout_id: str, act: str, body: object = None) -> httpx.Response:
        path = f"{CHECKOUTS_PATH}/{checkout_id}/{act}"
        return self.server.http.post(path, json=body, headers=self.head)


@pytest.fixture
def web(server: Served) -> Shop:
    return Shop(server)


def payments(server: Served) -> list[tuple[Any, ...]]:
    sql = "SELECT status, amount_minor, origin, order_ref FROM payments ORDER BY reference"
    return ask(server.hub.units, sql)


def intent_of(server: Served, checkout: dict[str, Any]) -> PaymentIntent:
    payment_id = PaymentId(checkout["payment"]["id"])
    found = server.hub.units.run(MERCHANT, lambda uow: uow.payments.get(payment_id))
    assert found is not None
    return found


def pay(server: Served, checkout: dict[str, Any], amount: int, number: int = 1) -> None:
    """Let the bank tell of money for the order's payment."""
    told = money(intent_of(server, checkout), amount, number)
    server.hub.units.run(MERCHANT, lambda uow: record_receipt(uow, told, server.hub.now(), may_park=True))


# -- asked once


def test_an_order_is_paid_by_a_payment_of_the_hub_with_a_code_for_the_shops_account(server: Served, web: Shop) -> None:
    answer = web.order(ORDER)
    assert answer.status_code == 201
    told = answer.json()
    assert told["status"] == "pending"
    assert {name: told[name] for name in ("order_ref", "subtotal_minor", "total_minor", "due_on")} == {
        "order_ref": "WEB-1001",
        "subtotal_minor": 200_000,
        "total_minor": 200_000,
        "due_on": "2026-11-30",
    }
    payment = told["payment"]
    code = decode(payment["qr_text"])
    assert (code.amount_minor, BANK_ACCOUNT in payment["qr_text"]) == (200_000, True)
    assert payment["reference"] in payment["qr_text"]
    assert payment["reference"] == payment_reference("00", "A", 1)
    assert payments(server) == [("pending", 200_000, "api", "WEB-1001")]


def test_the_same_request_told_again_is_answered_alike_and_charges_nothing(server: Served, web: Shop) -> None:
    first, again = web.order(ORDER, key="k1"), web.order(ORDER, key="k1")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert web.order(ORDER | {"total_minor": 1}, key="k1").json() == {"code": "ID_REUSED"}
    assert len(payments(server)) == 1


def test_an_order_told_under_another_key_and_long_after_stands_as_it_is(
    server: Served, web: Shop, clock: Clock
) -> None:
    first = web.order(ORDER, key="k1").json()
    assert web.order(ORDER, key="k2").status_code == 200
    pay(server, first, 200_000)
    clock.forward(ANSWER_KEPT_MS + 1)
    late = web.order(ORDER, key="k1")
    assert (late.status_code, late.json()["status"], late.json()["id"]) == (200, "paid", first["id"])
    assert len(payments(server)) == 1


def test_an_order_told_by_many_at_once_is_charged_once(server: Served, web: Shop) -> None:
    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda number: web.order(ORDER, key=f"k{number}"), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len(payments(server)) == 1


def test_without_an_idempotency_key_nothing_is_charged(server: Served, web: Shop) -> None:
    answer = server.http.post(CHECKOUTS_PATH, json=ORDER, headers=web.head)
    assert (answer.status_code, answer.json()) == (400, {"code": "MESSAGE_MALFORMED"})
    assert payments(server) == []


@pytest.mark.parametrize(
    ("changes", "status", "problem"),
    [
        ({"total_minor": 200_001}, 422, {"code": "ORDER_SUM"}),
        ({"tax_minor": 1, "total_minor": 200_001}, 422, {"code": "ORDER_TAX", "tax_minor": 0}),
        ({"currency": "USD"}, 422, {"code": "CURRENCY_MISMATCH"}),
        ({"method": "cash"}, 422, {"code": "METHOD_UNAVAILABLE"}),
        ({"method": "card_terminal"}, 422, {"code": "METHOD_UNAVAILABLE"}),
        ({"capture_mode": "manual"}, 422, {"code": "METHOD_UNAVAILABLE"}),
        ({"option": "gold"}, 422, {"code": "METHOD_UNAVAILABLE"}),
        (
            {"total_minor": 2.5},
            422,
            {"code": "CHECKOUT_INVALID", "field": "total_minor", "problem": "invalid"},
        ),
        ({"period": "x"}, 422, {"code": "CHECKOUT_INVALID", "field": "period", "problem": "unknown"}),
        ({"customer": {"age": 3}}, 422, {"code": "CHECKOUT_INVALID", "field": "customer.age", "problem": "unknown"}),
        ({"merchant_id": "x"}, 422, {"code": "CHECKOUT_INVALID", "field": "merchant_id", "problem": "unknown"}),
    ],
)
def test_a_request_that_does_not_fit_is_refused_with_its_reason_and_leaves_nothing(
    server: Served, web: Shop, changes: dict[str, Any], status: int, problem: dict[str, Any]
) -> None:
    answer = web.order(ORDER | changes)
    assert (answer.status_code, answer.json()) == (status, problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert payments(server) == []
    assert ask(server.hub.units, "SELECT * FROM checkout_requests") == []


def test_an_order_asked_for_with_another_amount_is_refused(server: Served, web: Shop) -> None:
    web.order(ORDER)
    answer = web.order(ORDER | {"subtotal_minor": 5, "total_minor": 5})
    assert (answer.status_code, answer.json()) == (409, {"code": "ORDER_CHANGED"})
    assert web.order(ORDER | {"order_type": "booking"}).status_code == 201
    assert len(payments(server)) == 2


def test_a_period_of_a_subscription_is_charged_by_one_order(server: Served, web: Shop) -> None:
    first = web.order(RENEWAL)
    assert (first.status_code, first.json()["origin"], first.json()["period"]) == (201, "subscription", "2026-11")
    answer = web.order(RENEWAL | {"order_ref": "SUB-7/again"})
    assert (answer.status_code, answer.json()) == (409, {"code": "PERIOD_CHARGED", "order_ref": "SUB-7/11"})
    assert web.order(RENEWAL | {"order_ref": "SUB-7/12", "period": "2026-12"}).status_code == 201
    assert [row[2] for row in payments(server)] == ["subscription"] * 2


def test_the_database_itself_refuses_a_second_charge_of_a_period_and_a_changed_order(server: Served, web: Shop) -> None:
    web.order(RENEWAL)
    columns = "merchant_id, order_type, subtotal_minor, tax_percent, tax_minor, total_minor, currency, capture, origin"
    more = "due_on, subscription_id, period, key_id, created_at"
    copy = (
        f"INSERT INTO checkout_requests (id, order_ref, {columns}, {more}) "
        f"SELECT 'other', 'other', {columns}, {more} FROM checkout_requests"
    )
    for statement in (copy, "UPDATE checkout_requests SET total_minor = 1", "DELETE FROM checkout_requests"):
        with pytest.raises(DomainError):
            server.hub.units.run(MERCHANT, lambda uow, told=statement: _raw(uow, told))


def _raw(uow: HubUnitOfWork, statement: str) -> None:
    with uow.savepoint():
        uow.session.cursor.execute(statement)


# -- whose


def test_an_order_of_another_merchant_is_as_unknown_as_none(server: Served, web: Shop) -> None:
    create_merchant(server.hub.units, OTHER, NOON)
    stranger = Shop(server, OTHER.merchant_id)
    mine = web.order(ORDER).json()["id"]
    for wanted in (mine, an_id("none")):
        for answer in (stranger.see(wanted), stranger.act(wanted, "cancel"), stranger.act(wanted, "capture", {})):
            assert (answer.status_code, answer.json()) == (404, {"code": "CHECKOUT_UNKNOWN"})
    assert web.see(mine).json()["status"] == "pending"
    assert web.see(an_id("none")).status_code == 404


def test_without_a_good_key_there_is_nothing_to_see(server: Served, web: Shop, clock: Clock) -> None:
    mine = web.order(ORDER).json()["id"]
    revoke_api_key(server.hub.units, MERCHANT, web.key.id, clock.at)
    for answer in (web.see(mine), web.order(ORDER), web.act(mine, "cancel"), web.act(mine, "capture", {})):
        assert (answer.status_code, answer.json()) == (401, {"code": "API_KEY_UNKNOWN"})


# -- paid, ended, and asked for again


# -- no more than its key opens, and no more at once than providers bear


def test_a_key_does_what_its_scopes_say_and_a_refusal_stands_in_the_trail_once_a_day(
    server: Served, web: Shop, clock: Clock
) -> None:
    checkout_id = web.order(ORDER).json()["id"]
    reader, writer = Shop(server, scopes=(Scope.CHECKOUTS_READ,)), Shop(server, scopes=(Scope.CHECKOUTS_WRITE,))
    assert reader.see(checkout_id).status_code == 200
    assert writer.order(ORDER).status_code == 200
    refused = [
        writer.see(checkout_id),
        reader.order(ORDER | {"order_ref": "WEB-2"}),
        reader.act(checkout_id, "cancel"),
        reader.act(checkout_id, "capture", {}),
        server.http.post(EVENTS_PATH, json={}, headers=reader.head),
    ]
    assert [(answer.status_code, answer.json()) for answer in refused] == [(403, {"code": "API_KEY_SCOPE"})] * 5
    noted = "SELECT subject_id, facts FROM audit WHERE action = 'api_key.refused' ORDER BY seq"
    rows = ask(server.hub.units, noted)
    assert [(row[0] == writer.key.id, "checkouts:read" in row[1]) for row in rows] == [
        (True, True),
        (False, False),
        (False, False),
    ]
    clock.forward(24 * 3_600_000)
    writer.see(checkout_id)
    assert len(ask(server.hub.units, noted)) == 4


def test_a_key_that_has_orders_paid_too_fast_waits_and_may_still_ask_how_they_stand(server: Served, web: Shop) -> None:
    told = web.order(ORDER).json()
    while server.hub.rates.allow(CHECKOUT, f"{MERCHANT}/{web.key.id}", NOON):
        pass
    refused = web.order(ORDER | {"order_ref": "WEB-2"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert web.see(told["id"]).status_code == 200
    assert Shop(server).order(ORDER).status_code == 200, "another key has a pace of its own"


def test_an_order_is_begun_so_often_a_day_and_a_key_has_so_many_payments_open(
    server: Served, web: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkouts, "MAX_TRIES", 2)
    monkeypatch.setattr(checkouts, "MAX_OPEN", 1)
    told = web.order(ORDER).json()
    many = web.order(ORDER | {"order_ref": "WEB-2"})
    assert (many.status_code, many.json()["code"], many.headers["retry-after"]) == (429, "CHECKOUTS_OPEN", "60")
    assert web.order(ORDER).status_code == 200, "what is open stands"
    clock.forward(60_000)
    web.act(told["id"], "cancel")
    assert web.order(ORDER).status_code == 201
    web.act(told["id"], "cancel")
    tried = web.order(ORDER)
    assert (tried.status_code, tried.json()["code"]) == (429, "ORDER_TRIED")
    assert tried.headers["retry-after"] == str(24 * 3_600 - 60)
    clock.forward(24 * 3_600_000 - 60_000)
    assert web.order(ORDER).status_code == 201


def test_who_asks_how_an_order_stands_waits_for_nobody(server: Served, web: Shop) -> None:
    checkout_id = web.order(ORDER).json()["id"]
    if server.hub.units.read(lambda session: session.dialect) != "postgresql":
        pytest.skip("a file has one transaction at a time")
    locked = server.hub.units.run(MERCHANT, lambda uow: web.see(checkout_id))
    assert (locked.status_code, locked.json()["status"]) == (200, "pending")


def test_the_banks_word_books_the_sale_and_every_till_hears_of_both(server: Served, web: Shop, till: ShopTill) -> None:
    told = web.order(ORDER).json()
    pay(server, told, 200_000)
    seen = web.see(told["id"]).json()
    assert (seen["status"], seen["entity_status"], seen["received_minor"]) == ("paid", "completed", 200_000)
    assert "qr_text" not in seen["payment"]
    [(control, balance)] = ask(server.hub.units, "SELECT control, -balance_minor FROM accounts WHERE control = 'sales'")
    assert (control, balance) == ("sales", 200_000)
    page = ChangesPage.model_validate(server.changes().json())
    facts = [Incoming(each.seq, each.message.message(MERCHANT), each.book_no, each.booked_on) for each in page.changes]
    Replica(till.units).apply_page(facts, page.hub_epoch, NOON)
    at_till = till.units.run(lambda uow: uow.payments.get(PaymentId(told["payment"]["id"])))
    assert at_till is not None
    assert (at_till.status, at_till.origin, at_till.order_ref) == (PaymentStatus.PAID, "api", "WEB-1001")


def test_an_expired_order_is_asked_for_again_and_only_what_is_missing_is_charged(
    server: Served, web: Shop, clock: Clock
) -> None:
    first = web.order(ORDER).json()
    clock.forward(SETUP.limits.qr_lifetime_ms + SWEEP_GRACE_MS + 1)
    sweep(server.hub.units, clock.at)
    assert web.see(first["id"]).json()["status"] == "expired"
    second = web.order(ORDER)
    assert (second.status_code, second.json()["attempts"], second.json()["status"]) == (201, 2, "pending")
    pay(server, first, 50_000)  # a part, late, under the first code
    cancelled = web.act(first["id"], "cancel").json()
    assert (cancelled["status"], cancelled["received_minor"]) == ("cancelled", 50_000)
    third = web.order(ORDER).json()
    assert third["payment"]["amount_minor"] == 150_000
    pay(server, third, 150_000, number=2)
    paid = web.see(first["id"]).json()
    assert (paid["status"], paid["received_minor"], paid["attempts"]) == ("paid", 200_000, 3)
    [(balance,)] = ask(server.hub.units, "SELECT -balance_minor FROM accounts WHERE control = 'sales'")
    assert balance == 200_000


def test_a_cancelled_order_stays_cancelled_and_a_paid_one_cannot_be(server: Served, web: Shop) -> None:
    told = web.order(ORDER).json()
    assert [web.act(told["id"], "cancel").json()["status"] for _ in range(2)] == ["cancelled"] * 2
    paid = web.order(ORDER | {"order_ref": "WEB-1002"}).json()
    pay(server, paid, 200_000)
    answer = web.act(paid["id"], "cancel")
    assert (answer.status_code, answer.json()) == (409, {"code": "INVALID_TRANSITION"})


def test_what_is_written_off_of_an_order_was_not_given_back(server: Served, web: Shop) -> None:
    told = web.order(ORDER).json()
    pay(server, told, 250_000)
    payment = intent_of(server, told)
    refund, at = RefundId(an_id("write off")), server.hub.now()
    too_much, nowhere = RefundOf.EXCESS, RefundWay.WRITE_OFF
    server.hub.units.run(
        MERCHANT,
        lambda uow: ask_refund(uow, OWNER, refund, payment.id, too_much, nowhere, 50_000, at, reason="Không nhận lại"),
    )
    seen = web.see(told["id"]).json()
    assert (seen["entity_status"], seen["received_minor"]) == ("completed", 250_000)
    assert (seen["refunded_minor"], seen["refunds"]) == (0, [])


def test_nothing_is_taken_that_is_not_held(web: Shop) -> None:
    told = web.order(ORDER).json()
    answer = web.act(told["id"], "capture", {})
    assert (answer.status_code, answer.json()) == (409, {"code": "INVALID_TRANSITION"})
    for body in ({"amount_minor": 0}, {"amount_minor": "1"}, {"more": 1}, []):
        assert web.act(told["id"], "capture", body).json() == {"code": "MESSAGE_MALFORMED"}


def test_a_providers_code_follows_and_another_way_gives_the_first_up(
    server: Served, web: Shop, provider: FakeVnpay
) -> None:
    adapter = ADAPTERS[Provider.VNPAY_QR_MMS]
    connect_provider(server.hub.units, VAULT, MERCHANT, adapter, fake_vnpay.credentials(provider.url), NOON)
    told = web.order(ORDER | {"method": "vnpay_qr"}).json()
    assert (told["status"], "qr_text" in told["payment"]) == ("pending", False)
    work(server.hub)
    seen = web.see(told["id"]).json()
    assert seen["payment"]["qr_text"] == code_text(seen["payment"]["reference"], "200000")
    other = web.order(ORDER)
    assert (other.status_code, other.json()["payment"]["method"]) == (201, "vietqr")
    assert [row[0] for row in payments(server)] == ["cancelled", "pending"]


def test_a_provider_that_refuses_is_told_by_its_failure_code(server: Served, web: Shop, provider: FakeVnpay) -> None:
    adapter = ADAPTERS[Provider.VNPAY_QR_MMS]
    connect_provider(server.hub.units, VAULT, MERCHANT, adapter, fake_vnpay.credentials(provider.url), NOON)
    provider.create_code = "11"
    told = web.order(ORDER | {"method": "vnpay_qr"}).json()
    work(server.hub)
    seen = web.see(told["id"]).json()
    assert (seen["status"], seen["payment"]["failure"]) == ("failed", "credentials_rejected")


# -- held, taken and given back, by a card provider


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[DollarShop]:
    with open_shop(tmp_path, Provider.STRIPE) as shop:
        yield shop


CARD = ORDER | {
    "currency": "USD",
    "subtotal_minor": 10_000,
    "total_minor": 10_000,
    "method": "card",
    "capture_mode": "manual",
}


def held(shop: DollarShop) -> Checkout:
    """Return an order whose money a card provider holds."""
    at = shop.clock.at
    checkout, _ = shop.hub.units.run(
        MERCHANT, lambda uow: open_checkout(uow, uow.checkouts, system(uow), read_checkout(CARD), at, key_id="k")
    )
    shop.sold.append(checkout.payment_id(0))
    shop.works()
    shop.page = shop.ref()
    assert shop.at_till(checkout.payment_id(0)).qr_text.startswith(shop.play.url)
    shop.customer()
    shop.hears()
    return checkout


def system(uow: HubUnitOfWork) -> Actor:
    return Actor(UserId("api-key:k"), "web shop", Role.CASHIER, uow.device.id)


def test_money_that_is_held_for_an_order_is_taken_once(stripe: DollarShop) -> None:
    checkout = held(stripe)
    assert stripe.at_hub(checkout.payment_id(0)).status is PaymentStatus.AUTHORIZED
    for _ in range(2):
        stripe.hub.units.run(
            MERCHANT,
            lambda uow: capture_checkout(uow, uow.checkouts, system(uow), checkout.id, stripe.clock.at),
        )
    stripe.works()
    stripe.later()
    assert stripe.at_till(checkout.payment_id(0)).status is PaymentStatus.PAID
    assert stripe.balances() == {"sales": 10_000}


def test_an_order_that_names_no_method_passes_over_one_whose_contract_took_enough_today(stripe: DollarShop) -> None:
    limited = contracts_value([ContractTerms(Provider.STRIPE, "2020-01-01", limit_day_minor=15_000)])
    wanted = {name: value for name, value in CARD.items() if name not in ("method", "capture_mode")}

    def begun(order: str, *connected: Provider) -> Provider | ErrorCode:
        def op(uow: HubUnitOfWork) -> Provider:
            uow.settings.put(CONTRACTS, limited)
            uow.settings.put(CONNECTED, sorted(connected))
            request = read_checkout(wanted | {"order_ref": order, "capture_mode": "automatic"})
            checkout, _ = open_checkout(uow, uow.checkouts, system(uow), request, stripe.clock.at, key_id="k")
            [payment] = uow.payments.of_bill(checkout.bill.id)
            return payment.provider

        try:
            return stripe.hub.units.run(MERCHANT, op)
        except DomainError as refused:
            return refused.code

    both = (Provider.STRIPE, Provider.PAYPAL)
    assert [begun(order, *both) for order in ("WEB-1", "WEB-2")] == [Provider.STRIPE, Provider.PAYPAL]
    assert begun("WEB-3", Provider.STRIPE) is ErrorCode.CONTRACT_LIMIT
    assert begun("WEB-4") is ErrorCode.METHOD_UNAVAILABLE


def test_held_money_of_an_order_that_is_given_up_is_let_go(stripe: DollarShop) -> None:
    checkout = held(stripe)
    stripe.hub.units.run(
        MERCHANT, lambda uow: cancel_checkout(uow, uow.checkouts, system(uow), checkout.id, stripe.clock.at)
    )
    stripe.works()
    assert stripe.attempts(stripe.at_hub(checkout.payment_id(0)))[-1] == ("void", "succeeded")
    assert stripe.balances() == {}
