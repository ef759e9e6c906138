"""Fifty identical notifications at once have one effect: of a bank transfer, of a bank's code and of a card page."""

import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from domain.ids import Instant
from domain.payments import PaymentIntent
from domain.rails import Method, Provider
from server.credentials import connect_provider
from server.rails.registry import ADAPTERS
from server.vault import Secret
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON, connect
from tests.server import fake_vnpay
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, ask

FIFTY = 50
DUE = 45_000
DAY = 24 * 3_600_000
SECRET = "secret-of-the-test"

Signed = tuple[bytes, dict[str, str]]


def by_sepay(payment: PaymentIntent, at: Instant) -> Signed:
    """Tell of a bank transfer as SePay does."""
    fields = {
        "id": 92_704,
        "gateway": "Vietcombank",
        "transactionDate": "2026-11-21 12:01:00",
        "accountNumber": BANK_ACCOUNT,
        "subAccount": None,
        "code": None,
        "content": f"MBVCB.123.{payment.reference}.CT tu 0911",
        "transferType": "in",
        "description": "",
        "transferAmount": DUE,
        "accumulated": 0,
        "referenceCode": "FT26325",
    }
    body, stamp = json.dumps(fields).encode(), str(at // 1000)
    signature = hmac.digest(SECRET.encode(), stamp.encode() + b"." + body, "sha256").hex()
    return body, {"x-sepay-timestamp": stamp, "x-sepay-signature": f"sha256={signature}"}


def by_vnpay(payment: PaymentIntent, at: Instant) -> Signed:
    """Tell of a code that was paid as VNPAY does; its checksum has no time."""
    del at
    return fake_vnpay.notice(payment.reference, DUE), {}


def by_stripe(payment: PaymentIntent, at: Instant) -> Signed:
    """Tell of a card page that was paid as Stripe does."""
    intent = {
        "id": "pi_3Q",
        "object": "payment_intent",
        "amount": DUE,
        "amount_received": DUE,
        "amount_capturable": 0,
        "capture_method": "automatic",
        "currency": "vnd",
        "latest_charge": "ch_3Q",
        "last_payment_error": None,
        "metadata": {"reference": payment.reference},
        "status": "succeeded",
    }
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "created": NOON // 1000, "data": {"object": intent}}
    body, seconds = json.dumps(event).encode(), str(at // 1000)
    signature = hmac.digest(SECRET.encode(), f"{seconds}.".encode() + body, "sha256").hex()
    return body, {"stripe-signature": f"t={seconds},v1={signature}"}


@dataclass(frozen=True)
class Way:
    """How money is told of: by whom, of which payments, with which credentials."""

    provider: Provider
    method: Method
    credentials: dict[str, str]
    signed: Callable[[PaymentIntent, Instant], Signed]


WAYS = (
    Way(
        Provider.SEPAY,
        Method.VIETQR,
        {"account_number": BANK_ACCOUNT, "webhook_secret": SECRET, "api_token": "a-token"},
        by_sepay,
    ),
    Way(
        Provider.VNPAY_QR_MMS,
        Method.VNPAY_QR,
        {name: value.reveal() for name, value in fake_vnpay.credentials("http://127.0.0.1:1").items()},
        by_vnpay,
    ),
    Way(
        Provider.STRIPE,
        Method.CARD,
        {"api_key": "sk_test_x", "webhook_secret": SECRET, "return_url": "https://shop.example/thanks"},
        by_stripe,
    ),
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.provider)
def test_fifty_identical_notifications_at_once_and_one_a_day_later_have_one_effect(
    server: Served, till: ShopTill, clock: Clock, way: Way
) -> None:
    values = {name: Secret(value) for name, value in way.credentials.items()}
    connect_provider(server.hub.units, VAULT, MERCHANT, ADAPTERS[way.provider], values, NOON)
    till.units.run(lambda uow: connect(uow, way.provider))
    payment = till.start(way.method, DUE)
    till.tell(server)
    assert payment.provider is way.provider
    together = threading.Barrier(FIFTY)
    answers: list[int] = []

    def send() -> None:
        body, headers = way.signed(payment, clock())
        together.wait()
        path = f"/api/v1/billing/webhook/{way.provider}/{MERCHANT}"
        answers.append(server.http.post(path, content=body, headers=headers).status_code)

    threads = [threading.Thread(target=send) for _ in range(FIFTY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.hub.inbox.apply_due(clock())
    clock.forward(DAY)
    together = threading.Barrier(1)
    send()
    server.hub.inbox.apply_due(clock())
    assert answers == [200] * (FIFTY + 1)
    assert ask(server.hub.units, "SELECT state, duplicates, outcome FROM inbox") == [("applied", FIFTY, "booked")]
    booked = ask(server.hub.units, "SELECT source_kind, total_minor FROM vouchers")
    assert booked == [(f"prov:{way.provider}", DUE)]
    paid = ask(server.hub.units, "SELECT status, exception, received_minor FROM payments WHERE id = :id", id=payment.id)
    assert paid == [("paid", "none", DUE)]
