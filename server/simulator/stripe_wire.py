"""Stripe's way of writing: nested form fields, errors, lists, searches, decline codes and the webhook signature.

Sources: PyPI stripe 16.1.0; docs.stripe.com (error handling, idempotent requests, declines/codes, search, webhooks).
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi.responses import JSONResponse

from server.simulator.stall import Doc, Refused

DECLINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "generic_decline": "card_declined",
        "authentication_required": "authentication_required",
        "insufficient_funds": "card_declined",
        "do_not_honor": "card_declined",
        "card_not_supported": "card_declined",
        "expired_card": "expired_card",
        "incorrect_cvc": "incorrect_cvc",
        "lost_card": "card_declined",
        "stolen_card": "card_declined",
        "fraudulent": "card_declined",
        "transaction_not_allowed": "card_declined",
        "currency_not_supported": "card_declined",
        "processing_error": "processing_error",
        "try_again_later": "card_declined",
    }
)
"""Decline codes and the error code each comes with; expired_card and the like stand in both places."""

CARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pm_card_visa": "",
        "pm_card_mastercard": "",
        "pm_card_visa_chargeDeclined": "generic_decline",
        "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
        "pm_card_visa_chargeDeclinedLostCard": "lost_card",
        "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
        "pm_card_chargeDeclinedExpiredCard": "expired_card",
        "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
        "pm_card_chargeDeclinedProcessingError": "processing_error",
        "pm_card_authenticationRequired": "authentication_required",
        "pm_card_pendingRefund": "pending_refund",
    }
)
"""Payment methods of Stripe's test mode and what comes of them (docs.stripe.com/testing)."""

MOST_LISTED: Final = 100
_CLAUSE: Final = re.compile(r"""(?:metadata\[(['"])(?P<key>[^'"]+)\1\]|(?P<field>\w+)):(['"])(?P<value>[^'"]*)\4""")


def nested(fields: Iterable[tuple[str, str]]) -> Doc:
    """Return `a[b][0]=c` as {"a": {"b": {"0": "c"}}}; `a[]` counts its items itself."""
    tree: Doc = {}
    for name, value in fields:
        head, *rest = name.replace("]", "").split("[")
        place: Doc = tree
        for part in rest:
            place = place.setdefault(head or str(len(place)), {})
            head = part
        place[head or str(len(place))] = value
    return tree


def items(value: object) -> list[Any]:
    """Return the values of what was written as a list."""
    return list(value.values()) if isinstance(value, dict) else []


def error(status: int, kind: str, message: str, *, retry: bool | None = None, **more: Any) -> JSONResponse:
    """Return an answer of Stripe that says no; `retry` becomes the header stripe-should-retry."""
    headers = {} if retry is None else {"stripe-should-retry": "true" if retry else "false"}
    body = {"error": {"type": kind, "message": message, **more}}
    return JSONResponse(body, status_code=status, headers=headers)


def invalid(message: str, *, status: int = 400, **more: Any) -> Refused:
    """Return the refusal of a request that cannot be carried out as it stands."""
    return Refused(error(status, "invalid_request_error", message, **more))


def missing(kind: str, name: str, param: str) -> Refused:
    """Return the refusal of an id that Stripe does not know."""
    return invalid(f"No such {kind}: '{name}'", status=404, code="resource_missing", param=param)


def failure(status: int) -> JSONResponse:
    """Return 409, 429 or 5xx as Stripe says them, with its advice whether to try again."""
    if status == 409:
        message = "There is currently another in-progress request using this Idempotent Key."
        return error(status, "idempotency_error", message, retry=True, code="idempotency_key_in_use")
    if status == 429:
        return error(status, "invalid_request_error", "Too many requests.", retry=True, code="rate_limit")
    return error(status, "api_error", "An unknown error occurred.", retry=status != 500)


def whole(form: Doc, name: str, *, least: int = 1) -> int:
    """Return an amount or a number of the form; raises Refused for anything else."""
    text = form.get(name)
    if text is None:
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if not isinstance(text, str) or not text.isdecimal() or len(text) > 12:
        raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    if int(text) < least:
        raise invalid(f"This value must be greater than or equal to {least}.", param=name)
    return int(text)


def page(url: str, docs: list[Doc], query: Doc, keep: Callable[[Doc], bool]) -> Doc:
    """Return a list answer, newest first: `limit`, `starting_after` and `created[gte|lte|gt|lt]` as Stripe has them."""
    limit = min(int(query.get("limit", 10)), MOST_LISTED)
    found = [doc for doc in reversed(docs) if keep(doc) and _created_between(doc, query.get("created"))]
    after = query.get("starting_after")
    if after is not None:
        ids = [doc["id"] for doc in found]
        if after not in ids:
            raise missing("object", str(after), "starting_after")
        found = found[ids.index(after) + 1 :]
    return {"object": "list", "url": url, "data": found[:limit], "has_more": len(found) > limit}


def search(url: str, docs: list[Doc], query: Doc) -> Doc:
    """Return a search answer for clauses `field:'value'` and `metadata['key']:'value'` joined by AND."""
    wanted = [_clause(text.strip()) for text in str(query.get("query", "")).split(" AND ")]
    found = [doc for doc in reversed(docs) if all(_says(doc, *clause) for clause in wanted)]
    limit = min(int(query.get("limit", 10)), MOST_LISTED)
    return {"object": "search_result", "url": url, "data": found[:limit], "has_more": len(found) > limit}


def signature(body: bytes, secret: str, at_ms: int) -> str:
    """Return the value of Stripe-Signature: HMAC-SHA256 over `<seconds>.<raw body>`, keyed with the whole secret."""
    seconds = str(at_ms // 1000)
    digest = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def _created_between(doc: Doc, limits: object) -> bool:
    at = int(doc["created"])
    if not isinstance(limits, dict):
        return limits is None or at == int(str(limits))
    bounds = {name: int(str(text)) for name, text in limits.items()}
    return bounds.get("gte", at) <= at <= bounds.get("lte", at) and bounds.get("gt", -1) < at < bounds.get("lt", at + 1)


def _clause(text: str) -> tuple[str, str, str]:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise invalid(f"We were unable to parse your search query: {text}", param="query")
    return match["key"] or "", match["field"] or "", match["value"]


def _says(doc: Doc, key: str, field: str, value: str) -> bool:
    return str(doc["metadata"].get(key) if key else doc.get(field)) == value
