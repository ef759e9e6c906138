"""Webhooks: a verified notification is stored before it is answered, applied once, and nothing else is believed."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant, MerchantId
from domain.payments import PaymentIntent
from domain.rails import Method
from server.credentials import OVERLAP_MS, connect_provider, disconnect_provider
from server.inbox import PARK_GRACE_MS
from server.rails.registry import ADAPTERS
from server.vault import Secret
from storage.hub_units import HubUnits
from storage.setup import TillSetup, create_merchant
from tests.builders import BANK, BANK_ACCOUNT, MERCHANT, MINUTE, NOON, SETUP, an_id
from tests.server import fake_vnpay
from tests.server.fake_vnpay import notice
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, ask

PATH = f"/api/v1/billing/webhook/vnpay_qr_mms/{MERCHANT}"
SEPAY_PATH = f"/api/v1/billing/webhook/sepay/{MERCHANT}"
DAY = 24 * 60 * MINUTE
VNPAY = next(adapter for adapter in ADAPTERS.values() if adapter.provider == "vnpay_qr_mms")
SEPAY = next(adapter for adapter in ADAPTERS.values() if adapter.provider == "sepay")
SEPAY_SECRET = "webhook-secret-of-the-test"


def connect(server: Served, merchant_id: MerchantId = MERCHANT) -> None:
    values = fake_vnpay.credentials("http://127.0.0.1:1")
    connect_provider(server.hub.units, VAULT, merchant_id, VNPAY, values, NOON)


def connect_sepay(server: Served, secret: str = SEPAY_SECRET, at: Instant = NOON) -> None:
    values = {"account_number": BANK_ACCOUNT, "webhook_secret": secret, "api_token": "a-token"}
    connect_provider(server.hub.units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in values.items()}, at)


def tell(server: Served, body: bytes, path: str = PATH, **headers: str) -> httpx.Response:
    return server.http.post(path, content=body, headers={"content-type": "application/json", **headers})


def transfer(payment: PaymentIntent, amount: int, number: int = 92_704, **more: Any) -> bytes:
    fields = {
        "id": number,
        "gateway": "Vietcombank",
        "transactionDate": "2026-11-21 12:01:00",
        "accountNumber": BANK_ACCOUNT,
        "subAccount": None,
        "code": None,
        "content": f"MBVCB.123.{payment.reference}.CT tu 0911",
        "transferType": "in",
        "description": "",
        "transferAmount": amount,
        "accumulated": 0,
        "referenceCode": "FT26325",
        **more,
    }
    return json.dumps(fields).encode()


def pay_by_bank(server: Served, body: bytes, at: Instant = NOON, secret: str = SEPAY_SECRET) -> httpx.Response:
    stamp = str(at // 1000)
    signature = hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256").hex()
    signed = {"x-sepay-timestamp": stamp, "x-sepay-signature": f"sha256={signature}"}
    return tell(server, body, SEPAY_PATH, **signed)


def apply(server: Served) -> None:
    """Do what the inbox worker does."""
    server.hub.inbox.apply_due(server.hub.now())


def status(units: HubUnits, payment: PaymentIntent) -> tuple[str, str, int]:
    [row] = ask(units, "SELECT status, exception, received_minor FROM payments WHERE id = :id", id=payment.id)
    return row[0], row[1], row[2]


def vouchers(units: HubUnits) -> list[tuple[str, int]]:
    return [(r[0], r[1]) for r in ask(units, "SELECT source_kind, total_minor FROM vouchers ORDER BY chain_seq")]


def vnpay_payment(server: Served, till: ShopTill, amount: int = 45_000) -> PaymentIntent:
    """Return a payment whose code VNPAY made."""
    payment = till.start(Method.VNPAY_QR, amount)
    till.tell(server)
    return payment


def test_a_good_notification_pays_the_payment_and_books_it(server: Served, till: ShopTill) -> None:
    connect(server)
    payment = vnpay_payment(server, till)
    answer = tell(server, notice(payment.reference, 45_000))
    assert (answer.status_code, answer.json()["code"]) == (200, "00")
    assert status(server.hub.units, payment)[0] == "created", "the answer does not wait for the books"
    apply(server)
    assert status(server.hub.units, payment) == ("paid", "none", 45_000)
    assert vouchers(server.hub.units) == [("prov:vnpay_qr_mms", 45_000)]
    assert server.watched(payment.id).checked_at == NOON
    assert server.watched(payment.id).status == "paid"


def test_money_that_comes_before_its_payment_waits_for_it(server: Served, till: ShopTill, clock: Clock) -> None:
    connect(server)
    payment = till.start(Method.VNPAY_QR)
    assert tell(server, notice(payment.reference, 45_000)).json()["code"] == "00"
    apply(server)
    assert ask(server.hub.units, "SELECT state FROM inbox") == [("parked",)]
    assert vouchers(server.hub.units) == []
    till.tell(server)
    apply(server)
    assert status(server.hub.units, payment) == ("paid", "none", 45_000)
    assert vouchers(server.hub.units) == [("prov:vnpay_qr_mms", 45_000)]


def test_money_whose_payment_stays_away_goes_to_suspense_and_is_applied_when_it_comes(
    server: Served, till: ShopTill, clock: Clock
) -> None:
    connect(server)
    payment = till.start(Method.VNPAY_QR)
    tell(server, notice(payment.reference, 45_000))
    for _ in range(12):
        apply(server)
        clock.forward(PARK_GRACE_MS // 12)
    assert vouchers(server.hub.units) == []
    apply(server)
    assert vouchers(server.hub.units) == [("prov:vnpay_qr_mms", 45_000)]
    till.tell(server)
    assert status(server.hub.units, payment)[0] == "paid"
    assert vouchers(server.hub.units) == [("prov:vnpay_qr_mms", 45_000), ("applied", 45_000)]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([44_999], ("pending", "paid_short", 44_999)),
        ([45_001], ("paid", "paid_over", 45_001)),
        ([45_000, 45_000], ("paid", "paid_twice", 90_000)),
        ([20_000, 25_000], ("paid", "none", 45_000)),
    ],
)
def test_an_amount_that_differs_is_booked_and_shown(
    server: Served, till: ShopTill, amounts: list[int], expected: tuple[str, str, int]
) -> None:
    connect_sepay(server)
    payment = till.start(Method.VIETQR)
    till.tell(server)
    for number, amount in enumerate(amounts):
        assert pay_by_bank(server, transfer(payment, amount, 92_704 + number)).json() == {"success": True}
    apply(server)
    assert status(server.hub.units, payment) == expected
    balances = ask(server.hub.units, "SELECT balance_minor FROM accounts WHERE id = :id", id=BANK)
    assert balances == [(sum(amounts),)]


def test_money_after_the_codes_time_is_shown_as_late(server: Served, till: ShopTill, clock: Clock) -> None:
    connect_sepay(server)
    payment = till.start(Method.VIETQR)
    till.tell(server)
    at = clock.forward(30 * MINUTE)
    pay_by_bank(server, transfer(payment, 45_000, transactionDate="2026-11-21 12:30:00"), at)
    apply(server)
    assert status(server.hub.units, payment) == ("paid", "paid_late", 45_000)


def test_a_false_signature_stores_nothing_and_is_refused_in_the_providers_words(server: Served, till: ShopTill) -> None:
    connect(server)
    connect_sepay(server)
    payment = till.start(Method.VIETQR)
    till.tell(server)
    good = notice(payment.reference, 45_000)
    changed = json.dumps(json.loads(good) | {"amount": "1"}).encode()
    for body in (notice(payment.reference, 45_000, secret="another"), changed, b"{}", b"", b"\xff", b"[" * 10_000):
        assert tell(server, body).json()["code"] in {"04", "06"}
    body = transfer(payment, 45_000)
    assert tell(server, body, SEPAY_PATH).status_code == 401
    assert pay_by_bank(server, body, secret="another").status_code == 401
    assert pay_by_bank(server, body, Instant(NOON - 6 * MINUTE)).status_code == 401
    stranger = transfer(payment, 45_000, accountNumber="999")
    assert pay_by_bank(server, stranger).status_code == 403
    assert ask(server.hub.units, "SELECT COUNT(*) FROM provider_events") == [(0,)]


def test_an_unknown_provider_merchant_or_connection_are_the_same_404(server: Served) -> None:
    create_merchant(server.hub.units, _another_shop(), NOON)
    body = notice("BANA01A0000017", 45_000)
    unknown = [
        f"/api/v1/billing/webhook/stripe/{MERCHANT}",
        f"/api/v1/billing/webhook/none/{MERCHANT}",
        f"/api/v1/billing/webhook/vnpay_qr_mms/{an_id('nobody')}",
        PATH,
        f"/api/v1/billing/webhook/vnpay_qr_mms/{_another_shop().merchant_id}",
    ]
    answers = [tell(server, body, path) for path in unknown]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.text for answer in answers} == {'{"code":"HUB_REFUSED"}'}
    assert {frozenset(answer.headers) for answer in answers} == {frozenset(answers[0].headers)}


def test_a_letter_that_no_database_keeps_names_nobody(server: Served) -> None:
    in_path, in_query = (f"/api/v1/billing/webhook/%00/{MERCHANT}", f"{PATH}%00"), f"{PATH}?x=%00"
    for path, status in ((in_path[0], 404), (in_path[1], 404), (in_query, 400)):
        answer = tell(server, b"{}", path)
        assert (answer.status_code, answer.text) == (status, '{"code":"HUB_REFUSED"}')


def test_one_merchants_secret_opens_no_door_of_another(server: Served, till: ShopTill) -> None:
    other = _another_shop()
    create_merchant(server.hub.units, other, NOON)
    connect(server)
    theirs = {"create_secret": Secret("the other shop's secret"), "terminal_id": Secret("the other shop's")}
    values = fake_vnpay.credentials("http://127.0.0.1:1") | theirs
    connect_provider(server.hub.units, VAULT, other.merchant_id, VNPAY, values, NOON)
    path = f"/api/v1/billing/webhook/vnpay_qr_mms/{other.merchant_id}"
    assert tell(server, notice("BANA01A0000017", 45_000), path).json()["code"] == "06"
    assert ask(server.hub.units, "SELECT COUNT(*) FROM provider_events") == [(0,)]


def test_after_disconnecting_there_is_nobody_to_notify(server: Served) -> None:
    connect(server)
    assert disconnect_provider(server.hub.units, MERCHANT, VNPAY.provider, NOON)
    assert tell(server, notice("BANA01A0000017", 45_000)).status_code == 404


def test_a_replaced_secret_still_counts_for_three_days(server: Served, till: ShopTill, clock: Clock) -> None:
    connect_sepay(server)
    payment = till.start(Method.VIETQR)
    till.tell(server)
    connect_sepay(server, "a newer secret", NOON)
    assert pay_by_bank(server, transfer(payment, 1_000, 1)).status_code == 200
    assert pay_by_bank(server, transfer(payment, 1_000, 2), secret="a newer secret").status_code == 200
    at = clock.forward(OVERLAP_MS)
    assert pay_by_bank(server, transfer(payment, 1_000, 3), at).status_code == 401
    assert pay_by_bank(server, transfer(payment, 1_000, 4), at, "a newer secret").status_code == 200


def test_what_cannot_be_stored_is_not_acknowledged(
    server: Served, till: ShopTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(server)
    connect_sepay(server)
    payment = vnpay_payment(server, till)

    def full(self: HubUnits, merchant_id: MerchantId, op: Callable[[Any], Any]) -> None:
        raise StorageUnavailable(ErrorCode.DISK_FULL)

    with monkeypatch.context() as broken:
        broken.setattr(HubUnits, "run", full)
        assert tell(server, notice(payment.reference, 45_000)).json()["code"] == "08"
        assert pay_by_bank(server, transfer(payment, 45_000)).status_code == 503
    assert tell(server, notice(payment.reference, 45_000)).json()["code"] == "00"


def test_a_notification_of_no_money_is_kept_and_accepted(server: Served, till: ShopTill) -> None:
    connect_sepay(server)
    payment = till.start(Method.VIETQR)
    till.tell(server)
    for _ in range(2):
        assert pay_by_bank(server, transfer(payment, 45_000, transferType="out")).json() == {"success": True}
    apply(server)
    assert ask(server.hub.units, "SELECT state, duplicates, outcome FROM inbox") == [("applied", 1, "ignored")]
    assert vouchers(server.hub.units) == []


def test_what_is_kept_of_a_notification_holds_no_secret_and_no_telephone_number(server: Served, till: ShopTill) -> None:
    connect(server)
    payment = vnpay_payment(server, till)
    tell(server, notice(payment.reference, 45_000))
    [(raw,)] = ask(server.hub.units, "SELECT raw FROM provider_events")
    kept = json.loads(raw)
    assert (kept["secretKey"], kept["mobile"], kept["amount"]) == ("***", "•••678", "45000")
    assert "a-secret-that" not in raw
    assert "0912345678" not in raw
    assert "checksum" in kept


def test_a_declined_payment_fails_and_can_still_be_paid(server: Served, till: ShopTill) -> None:
    connect(server)
    payment = vnpay_payment(server, till)
    tell(server, notice(payment.reference, 45_000, code="24"))
    apply(server)
    assert status(server.hub.units, payment) == ("failed", "none", 0)
    tell(server, notice(payment.reference, 45_000))
    apply(server)
    assert status(server.hub.units, payment) == ("paid", "paid_late", 45_000)


def test_a_notification_with_a_repeated_header_is_not_believed(server: Served, till: ShopTill) -> None:
    connect_sepay(server)
    payment = till.start(Method.VIETQR)
    body = transfer(payment, 45_000)
    stamp = str(NOON // 1000)
    good = "sha256=" + hmac.new(SEPAY_SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = [("x-sepay-timestamp", stamp), ("x-sepay-signature", good), ("x-sepay-signature", "sha256=00")]
    assert server.http.post(SEPAY_PATH, content=body, headers=headers).status_code == 401


def _another_shop() -> TillSetup:
    return replace(SETUP, merchant_id=MerchantId(an_id("another shop")))
