"""Asking now: a person at a till lets the hub ask the provider, about the shop's own payments alone."""

import threading
from dataclasses import replace

from domain.ids import DeviceId, MerchantId
from domain.rails import Method, Provider
from server.credentials import connect_provider
from server.rails.registry import ADAPTERS
from server.rails.vnpay_qr import CHECK_PATH, CREATE_PATH
from storage.setup import create_merchant
from tests.builders import MERCHANT, NOON, SETUP, an_id
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, let_in

OTHER = replace(SETUP, merchant_id=MerchantId(an_id("another shop")), device_id=DeviceId(an_id("another till")))
VNPAY = ADAPTERS[Provider.VNPAY_QR_MMS]


def connect(server: Served, provider: FakeVnpay) -> None:
    connect_provider(server.hub.units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)


def test_asking_now_makes_the_code_and_then_finds_the_money(
    server: Served, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    connect(server, provider)
    payment = till.start(Method.VNPAY_QR)
    till.tell(server)
    assert server.check(payment.id).json() == {"payment_id": payment.id, "status": "pending", "checked_at": NOON}
    provider.paid[payment.reference] = 45_000
    at = clock.forward(3_000)
    assert server.check(payment.id).json() == {"payment_id": payment.id, "status": "paid", "checked_at": at}
    assert (provider.times(CREATE_PATH), provider.times(CHECK_PATH)) == (1, 1)


def test_fresh_knowledge_is_told_without_asking_again(
    server: Served, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    connect(server, provider)
    payment = till.start(Method.VNPAY_QR)
    till.tell(server)
    for _ in range(5):
        assert server.check(payment.id).status_code == 200
        clock.forward(100)
    assert provider.times(CREATE_PATH) == 1
    assert provider.times(CHECK_PATH) == 0


def test_a_provider_that_does_not_answer_leaves_the_old_knowledge(
    server: Served, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    connect(server, provider)
    payment = till.start(Method.VNPAY_QR)
    till.tell(server)
    server.check(payment.id)
    provider.drop_answers = 1
    clock.forward(5_000)
    assert server.check(payment.id).json() == {"payment_id": payment.id, "status": "pending", "checked_at": NOON}


def test_a_cash_payment_needs_no_provider(server: Served, till: ShopTill) -> None:
    payment = till.start(Method.CASH)
    till.tell(server)
    assert server.check(payment.id).json() == {"payment_id": payment.id, "status": "paid", "checked_at": None}


def test_another_shops_payment_is_as_unknown_as_none(server: Served, till: ShopTill) -> None:
    create_merchant(server.hub.units, OTHER, NOON)
    let_in(server.hub.units, "token-of-the-other-shop", OTHER)
    payment = till.start(Method.VIETQR)
    till.tell(server)
    answers = [
        server.check(payment_id, "token-of-the-other-shop")
        for payment_id in (payment.id, an_id("no payment"), "x", "%00")
    ]
    for answer in answers[:-1]:
        assert (answer.status_code, answer.text) == (404, '{"code":"PAYMENT_UNKNOWN"}')
    assert answers[-1].status_code == 404
    watched = server.changes(token="token-of-the-other-shop", watch=payment.id).json()
    assert (watched["watched"], watched["changes"]) == ([], [])


def test_asking_without_end_is_slowed_down(server: Served, till: ShopTill, provider: FakeVnpay) -> None:
    connect(server, provider)
    payments = [till.start(Method.VNPAY_QR) for _ in range(12)]
    till.tell(server)
    assert [server.check(payment.id).status_code for payment in payments] == [200] * 10 + [429] * 2


def test_many_people_who_ask_at_once_ask_the_provider_once(server: Served, till: ShopTill, provider: FakeVnpay) -> None:
    connect(server, provider)
    payment = till.start(Method.VNPAY_QR)
    till.tell(server)
    provider.hang_s = 0.2
    statuses: list[int] = []
    together = threading.Barrier(6)

    def press() -> None:
        together.wait()
        statuses.append(server.check(payment.id).status_code)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 6
    assert provider.times(CREATE_PATH) == 1
