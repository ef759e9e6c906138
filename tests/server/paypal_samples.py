"""PayPal's objects and a scripted PayPal for the tests of its client."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from domain.ids import MerchantId
from domain.rails import PaymentContext, RefundOrder
from tests.server.rails_samples import CONTEXT, moment, sealed_by_nobody
from tests.server.scripted_provider import Reply, Script

REFERENCE = CONTEXT.reference
PAYPAL = sealed_by_nobody(
    base_url="https://api-m.paypal.example", client_id="client-1", client_secret="made-up-paypal", webhook_id="1JE4291"
)
DOLLARS: PaymentContext = replace(CONTEXT, amount_minor=1050, currency="USD", provider_ref="ORDER1")
GIVE_BACK = RefundOrder(
    merchant_id=MerchantId("m-1"),
    reference="BANAR0000001",
    amount_minor=500,
    currency="USD",
    reason="Returned",
    requested_at=moment("2026-11-21T11:00:00+07:00"),
    payment_reference=REFERENCE,
    payment_provider_ref="CAP1",
    payment_minor=1050,
    paid_at=moment("2026-11-21T10:03:07+07:00"),
)
CERTIFICATE_URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"


def money(value: str = "10.50", currency: str = "USD") -> dict[str, str]:
    return {"currency_code": currency, "value": value}


def capture(status: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    return {
        "id": "CAP1",
        "status": status,
        "amount": money(),
        "custom_id": REFERENCE,
        "invoice_id": REFERENCE,
        "create_time": "2026-11-21T03:03:07Z",
        "supplementary_data": {"related_ids": {"order_id": "ORDER1"}},
        **more,
    }


def authorization(status: str = "CREATED", **more: Any) -> dict[str, Any]:
    return {**capture(status), "id": "AUTH1", "expiration_time": "2026-12-20T03:03:07Z", **more}


def refund(status: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    links = [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/CAP1", "method": "GET"}]
    return {
        **{"id": "REF1", "status": status, "amount": money("5.00"), "custom_id": GIVE_BACK.reference, "links": links},
        "create_time": "2026-11-21T04:00:00Z",
        **more,
    }


def order(status: str = "PAYER_ACTION_REQUIRED", **payments: list[dict[str, Any]]) -> dict[str, Any]:
    unit = {"reference_id": REFERENCE, "custom_id": REFERENCE, "amount": money(), "payments": payments}
    link = {"rel": "payer-action", "href": "https://www.paypal.com/checkoutnow?token=ORDER1", "method": "GET"}
    return {"id": "ORDER1", "intent": "CAPTURE", "status": status, "purchase_units": [unit], "links": [link]}


def refusal(issue: str, status: int = 422, name: str = "UNPROCESSABLE_ENTITY") -> httpx.Response:
    return httpx.Response(status, json={"name": name, "debug_id": "d-1", "details": [{"issue": issue}]})


def scripted(**replies: Reply | list[Reply]) -> Script:
    """Return a PayPal whose replies are named like `get_order`, `post_capture`."""
    paths = {
        "token": "POST /v1/oauth2/token",
        "create": "POST /v2/checkout/orders",
        "get_order": "GET /v2/checkout/orders/ORDER1",
        "patch_order": "PATCH /v2/checkout/orders/ORDER1",
        "complete": "POST /v2/checkout/orders/ORDER1/capture",
        "authorize": "POST /v2/checkout/orders/ORDER1/authorize",
        "capture": "POST /v2/payments/authorizations/AUTH1/capture",
        "void": "POST /v2/payments/authorizations/AUTH1/void",
        "get_capture": "GET /v2/payments/captures/CAP1",
        "refund": "POST /v2/payments/captures/CAP1/refund",
        "get_refund": "GET /v2/payments/refunds/REF1",
    }
    script = Script({paths[name]: reply if isinstance(reply, list) else [reply] for name, reply in replies.items()})
    script.replies.setdefault(paths["token"], [{"access_token": "made-up-token", "token_type": "Bearer"}])
    return script


def certificate_for(key: rsa.RSAPrivateKey, begin: datetime | None = None) -> x509.Certificate:
    """Return a self-signed certificate that is valid for a year from `begin`."""
    start = begin or datetime(2026, 1, 1, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=365))
    return built.sign(key, hashes.SHA256())


@dataclass
class GivenCertificates:
    """Certificates by their address, without any network."""

    known: dict[str, x509.Certificate]
    problem: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def at(self, url: str) -> x509.Certificate:
        self.asked.append(url)
        if self.problem is not None:
            raise self.problem
        return self.known[url]
