"""Square's objects and a scripted Square for the tests of its client."""

from dataclasses import replace
from typing import Any

import httpx

from domain.ids import MerchantId
from domain.rails import PaymentContext, RefundOrder
from tests.server.rails_samples import CONTEXT, moment, sealed_by_nobody
from tests.server.scripted_provider import Reply, Script

REFERENCE = CONTEXT.reference
SQUARE = sealed_by_nobody(
    base_url="https://connect.square.example",
    access_token="made-up-square-token",
    location_id="L1",
    device_id="DEVICE1",
    signature_key="made-up-key",
    notification_url="https://hub.example/hooks/square",
)
LINKED: PaymentContext = replace(CONTEXT, amount_minor=1050, currency="USD", option="link", provider_ref="LINK1/ORDER1")
ON_TERMINAL = replace(LINKED, option="terminal", provider_ref="CHECK1")
BY_TOKEN = replace(LINKED, option="cnon:card-nonce-ok", provider_ref="PAY1")
GIVE_BACK = RefundOrder(
    merchant_id=MerchantId("m-1"),
    reference="BANAR0000001",
    amount_minor=500,
    currency="USD",
    reason="Returned",
    requested_at=moment("2026-11-21T11:00:00+07:00"),
    payment_reference=REFERENCE,
    payment_provider_ref="PAY1",
    payment_minor=1050,
    paid_at=moment("2026-11-21T10:03:07+07:00"),
)


def money(amount: int = 1050, currency: str = "USD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def payment(status: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    return {
        "id": "PAY1",
        "status": status,
        "amount_money": money(),
        "total_money": money(),
        "reference_id": REFERENCE,
        "location_id": "L1",
        "created_at": "2026-11-21T03:03:07.123Z",
        "updated_at": "2026-11-21T03:03:09.000Z",
        "delayed_until": "2026-11-22T15:03:07.123Z",
        "card_details": {"card": {"card_brand": "VISA", "last_4": "1111"}, "status": "CAPTURED"},
        **more,
    }


def checkout(status: str = "PENDING", **more: Any) -> dict[str, Any]:
    return {"id": "CHECK1", "status": status, "amount_money": money(), "reference_id": REFERENCE, **more}


def link(**more: Any) -> dict[str, Any]:
    return {"id": "LINK1", "order_id": "ORDER1", "url": "https://square.link/u/abc", "version": 1, **more}


def order(state: str = "OPEN", *payment_ids: str) -> dict[str, Any]:
    tenders = [{"id": f"T-{name}", "payment_id": name} for name in payment_ids]
    return {"order": {"id": "ORDER1", "state": state, "reference_id": REFERENCE, "tenders": tenders}}


def refund(status: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    return {
        "id": "REF1",
        "status": status,
        "amount_money": money(500),
        "payment_id": "PAY1",
        "location_id": "L1",
        "reason": f"{GIVE_BACK.reference}: Returned",
        "created_at": "2026-11-21T04:00:00Z",
        "updated_at": "2026-11-21T04:00:01Z",
        **more,
    }


def refusal(code: str, status: int = 400, category: str = "INVALID_REQUEST_ERROR") -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"category": category, "code": code, "detail": "made up"}]})


def scripted(**replies: Reply | list[Reply]) -> Script:
    """Return a Square whose replies are named like `get_order`, `complete`."""
    paths = {
        "link": "POST /v2/online-checkout/payment-links",
        "delete_link": "DELETE /v2/online-checkout/payment-links/LINK1",
        "get_order": "GET /v2/orders/ORDER1",
        "list": "GET /v2/payments",
        "charge": "POST /v2/payments",
        "cancel_key": "POST /v2/payments/cancel",
        "get_payment": "GET /v2/payments/PAY1",
        "get_other": "GET /v2/payments/PAY0",
        "change": "PUT /v2/payments/PAY1",
        "complete": "POST /v2/payments/PAY1/complete",
        "cancel": "POST /v2/payments/PAY1/cancel",
        "checkout": "POST /v2/terminals/checkouts",
        "get_checkout": "GET /v2/terminals/checkouts/CHECK1",
        "get_no_checkout": "GET /v2/terminals/checkouts/PAY1",
        "cancel_checkout": "POST /v2/terminals/checkouts/CHECK1/cancel",
        "refund": "POST /v2/refunds",
        "get_refund": "GET /v2/refunds/REF1",
        "get_other_refund": "GET /v2/refunds/REF0",
    }
    return Script({paths[name]: reply if isinstance(reply, list) else [reply] for name, reply in replies.items()})
