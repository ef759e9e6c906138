"""Lean's notifications: the lean-signature over the raw body, and what an event tells.

Source: docs.leantech.me (webhooks). Whether the HMAC-SHA512 is written in hex or base64 is not published: both count.
"""

import base64
import hmac
from collections.abc import Mapping
from typing import Final

from domain.matching import find_reference
from domain.rails import Provider
from server.rails.base import (
    MAX_NOTIFICATION_BYTES,
    Answer,
    Credentials,
    Ignored,
    Notice,
    NotificationRefused,
    RefusalReason,
    value_of,
)
from server.rails.lean_calls import PAID_WHEN, WEBHOOK_SECRET
from server.rails.lean_codes import ACCEPTED
from server.rails.lean_objects import payment_receipt
from server.rails.strict_json import Unreadable, part_of, read_object, text_of
from server.vault import Secret

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}

_HEADER: Final = "lean-signature"
_PAYMENTS: Final = ("payment.created", "payment.updated")
_MAX_TEXT: Final = 300


def read(credentials: Credentials, headers: Mapping[str, str], body: bytes) -> Notice:
    """Verify a notification and return what it tells; raises NotificationRefused.

    Lean's events name the payment and its intent but not the reference of the link, and nothing in them can be matched
    with a bill: they are Ignored, and the query finds the money. One that does carry our reference in `description`
    is a receipt where the shop takes the payer's bank at its word.
    """
    if len(body) > MAX_NOTIFICATION_BYTES:
        raise _refusal("malformed")
    if not _is_signed(Secret(value_of(WEBHOOK_SECRET, credentials)), _header(headers), body):
        raise _refusal("signature")
    try:
        return _told(read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True), credentials)
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def signatures(secret: Secret, body: bytes) -> tuple[str, str]:
    """Return the HMAC-SHA512 of a raw body in hex and in base64."""
    digest = hmac.digest(secret.reveal().encode(), body, "sha512")
    return digest.hex(), base64.b64encode(digest).decode()


def _told(event: Mapping[str, object], credentials: Credentials) -> Notice:
    payment, name, text = part_of(event, "payload"), text_of(event, "event_id"), ""
    if not name:
        raise Unreadable("event_id")
    if text_of(event, "type") in _PAYMENTS:
        text = text_of(payment, "description")[:_MAX_TEXT]
        believed = value_of(PAID_WHEN, credentials) == "accepted" and text_of(payment, "status") in ACCEPTED
        if believed and find_reference(text):
            at = text_of(payment, "initiation_timestamp") or text_of(event, "timestamp")
            return payment_receipt({**payment, "initiation_timestamp": at}, text)
    return Ignored(Provider.LEAN, f"lean:event:{name}"[:_MAX_TEXT], text)


def _is_signed(secret: Secret, given: str, body: bytes) -> bool:
    if not secret:
        return False
    as_hex, as_base64 = signatures(secret, body)
    return _same(as_hex, given.lower()) | _same(as_base64, given)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b'{"received":false}'))


def _header(headers: Mapping[str, str]) -> str:
    """Return the one signature header in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == _HEADER]
    return values[0].strip() if len(values) == 1 else ""
