"""How Square writes: errors, money, times, test cards, and the signature of its notifications.

Sources: the official SDK (squareup 46) and developer.squareup.com (sandbox test values, error codes, webhooks).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from fastapi.responses import JSONResponse

from server.simulator.stall import Doc, Refused

CURRENCIES: Final = frozenset({"AUD", "CAD", "EUR", "GBP", "JPY", "USD"})
MAX_KEY: Final = 45
MAX_NOTE: Final = 500
MAX_REFERENCE: Final = 40

DECLINES: Final = (
    "GENERIC_DECLINE",
    "CARD_DECLINED",
    "CARD_DECLINED_CALL_ISSUER",
    "CARD_DECLINED_VERIFICATION_REQUIRED",
    "CARD_EXPIRED",
    "CARD_NOT_SUPPORTED",
    "CVV_FAILURE",
    "ADDRESS_VERIFICATION_FAILURE",
    "INSUFFICIENT_FUNDS",
    "INVALID_ACCOUNT",
    "INVALID_CARD",
    "INVALID_EXPIRATION",
    "INVALID_PIN",
    "PAN_FAILURE",
    "TRANSACTION_LIMIT",
    "VOICE_FAILURE",
    "ALLOWABLE_PIN_TRIES_EXCEEDED",
)

SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cnon:card-nonce-ok": "",
        "ccof:customer-card-id-ok": "",
        "cnon:card-nonce-declined": "GENERIC_DECLINE",
        "cnon:card-nonce-rejected-cvv": "CVV_FAILURE",
        "cnon:card-nonce-rejected-postalcode": "ADDRESS_VERIFICATION_FAILURE",
        "cnon:card-nonce-rejected-expiration": "INVALID_EXPIRATION",
        **{f"cnon:simulated-{code}": code for code in DECLINES},
    }
)
"""Tokens of Square's sandbox and what comes of them; `cnon:simulated-…` reach the declines that it has no token for."""

_CATEGORIES: Final = {
    401: "AUTHENTICATION_ERROR",
    402: "PAYMENT_METHOD_ERROR",
    429: "RATE_LIMIT_ERROR",
}
_CODES: Final = {
    409: "CONFLICT",
    429: "RATE_LIMITED",
    500: "INTERNAL_SERVER_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}


def error(status: int, code: str = "", field: str = "", **more: Doc) -> JSONResponse:
    """Return Square's answer to a call that it does not carry out; `more` stands beside the errors."""
    category = _CATEGORIES.get(status, "API_ERROR" if status >= 500 else "INVALID_REQUEST_ERROR")
    problem = {"category": category, "code": code or _CODES.get(status, "BAD_REQUEST"), "detail": "Simulated."}
    if field:
        problem["field"] = field
    return JSONResponse({"errors": [problem], **more}, status_code=status)


def invalid(code: str, field: str = "", status: int = 400) -> Refused:
    """Return the refusal of a request that breaks a rule."""
    return Refused(error(status, code, field))


def missing() -> Refused:
    """Return the refusal of an id that names nothing."""
    return Refused(error(404, "NOT_FOUND"))


def money(amount: int, currency: str) -> Doc:
    """Return a money object, minor units."""
    return {"amount": amount, "currency": currency}


def read_money(fields: Doc, name: str) -> tuple[int, str]:
    """Return minor units and currency of a money object; raises Refused as Square refuses it."""
    given: Any = fields.get(name)
    if not isinstance(given, dict):
        raise invalid("MISSING_REQUIRED_PARAMETER", name)
    amount, currency = given.get("amount"), given.get("currency")
    if type(amount) is not int:
        raise invalid("EXPECTED_INTEGER", f"{name}.amount")
    if amount <= 0:
        raise invalid("VALUE_TOO_LOW", f"{name}.amount")
    if currency not in CURRENCIES:
        raise invalid("UNSUPPORTED_CURRENCY", f"{name}.currency")
    return amount, str(currency)


def text(fields: Doc, name: str, longest: int) -> str | None:
    """Return an optional text of a request; raises Refused for one that is too long."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid("EXPECTED_STRING", name)
    if len(value) > longest:
        raise invalid("VALUE_TOO_LONG", name)
    return value


def moment(at_ms: int) -> str:
    """Return a time as Square writes it, to the millisecond."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{at}.{at_ms % 1000:03d}Z"


def read_moment(value: str) -> int:
    """Return the UTC milliseconds of an RFC 3339 time; raises Refused for anything else."""
    try:
        return int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError as problem:
        raise invalid("INVALID_TIME") from problem


def name_of(number: int, kind: str) -> str:
    """Return an id of 22 letters and digits that looks like nothing but repeats for the same number."""
    digest = hashlib.sha256(f"{kind}:{number}".encode()).digest()
    return base64.b32encode(digest).decode().rstrip("=")[:22]


def public(doc: Doc) -> Doc:
    """Return a document without what only the simulator knows."""
    return {name: value for name, value in doc.items() if not name.startswith("_") and value is not None}


def signature(key: str, url: str, body: bytes) -> str:
    """Return the signature of a body for the address it is sent to."""
    return base64.b64encode(hmac.digest(key.encode(), url.encode() + body, "sha256")).decode()
