"""Stripe's notifications: the Stripe-Signature over time and raw body, and what each event tells.

Source: docs.stripe.com/webhooks (signature scheme v1, tolerance, events) and the SDK's `_webhook.py`.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Final

from domain.ids import Instant
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
from server.rails.strict_json import Unreadable, part_of, read_object, text_of
from server.rails.stripe_calls import API_KEY, WEBHOOK_SECRET
from server.rails.stripe_objects import (
    CURRENCIES,
    authorization_notice,
    charge_back,
    identity,
    instant_of,
    intent_receipt,
    reference_text,
    refund_notice,
)
from server.vault import Secret

TOLERANCE_MS: Final = 300_000
"""How far the signed time may lie from our clock (Stripe's own libraries allow 300 s)."""

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}
"""HTTP statuses; Stripe repeats for three days on anything outside 2xx."""

_HEADER: Final = "stripe-signature"
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_LIVE_KEY: Final = re.compile(r"[sr]k_(live|test)_")
_MAX_TEXT: Final = 300
_MAX_SIGNATURES: Final = 20


def read(credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant) -> Notice:
    """Verify a notification and return what it tells; raises NotificationRefused."""
    if len(body) > MAX_NOTIFICATION_BYTES:
        raise _refusal("malformed")
    signed_at = _signed_at(Secret(value_of(WEBHOOK_SECRET, credentials)), _header(headers), body)
    if signed_at is None:
        raise _refusal("signature")
    if abs(received_at - signed_at) > TOLERANCE_MS:
        raise _refusal("stale")
    try:
        event = read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True)
        if _of_other_mode(event, value_of(API_KEY, credentials)):
            raise _refusal("foreign")
        return _told(event)
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def signature(secret: Secret, seconds: str, body: bytes) -> str:
    """Return the v1 signature of a body at a time: HMAC-SHA256 of `<seconds>.<body>`, keyed with the whole secret."""
    return hmac.digest(secret.reveal().encode(), seconds.encode() + b"." + body, "sha256").hex()


def _signed_at(secret: Secret, header: str, body: bytes) -> Instant | None:
    """Return the signed time if any v1 signature is right, None otherwise; other schemes (v0) are not looked at."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if not secret or len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not 0 < len(given) <= _MAX_SIGNATURES:
        return None
    expected = signature(secret, times[0], body).encode()
    # All are compared, so that the time taken does not tell which one was right.
    right = [hmac.compare_digest(expected, value.encode("utf-8", "surrogatepass")) for value in given]
    return Instant(int(times[0]) * 1000) if any(right) else None


def _of_other_mode(event: Mapping[str, object], api_key: str) -> bool:
    """Tell whether an event of test mode meets a live key or the other way round: test money is no money."""
    mode = _LIVE_KEY.match(api_key)
    live = event.get("livemode")
    return mode is not None and isinstance(live, bool) and live != (mode[1] == "live")


def _told(event: Mapping[str, object]) -> Notice:
    event_id, kind = identity(event), text_of(event, "type")
    thing, at = part_of(part_of(event, "data"), "object"), instant_of(event, "created")
    notice = _of_object(kind, thing, at) if text_of(thing, "currency").upper() in CURRENCIES else None
    if notice is not None:
        return notice
    return Ignored(Provider.STRIPE, f"stripe:event:{event_id}"[:_MAX_TEXT], reference_text(thing)[:_MAX_TEXT])


def _of_object(kind: str, thing: Mapping[str, object], at: Instant) -> Notice | None:
    """Return what an event tells of money, None if it tells of none.

    `payment_intent.payment_failed` is none of the payment's ends: the page stays open for another card, and a till that
    took cash in its place could be paid twice. `checkout.session.…` and `charge.refunded` repeat other events.
    """
    match kind:
        case "payment_intent.succeeded":
            return intent_receipt(thing, at)
        case "payment_intent.amount_capturable_updated":
            return authorization_notice(thing, at, voided=False)
        case "payment_intent.canceled" if _was_held(thing):
            return authorization_notice(thing, at, voided=True)
        case "refund.created" | "refund.updated" | "refund.failed":
            return refund_notice(thing, at)
        case "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed":
            return charge_back(thing, at)
    return None


def _was_held(intent: Mapping[str, object]) -> bool:
    """Tell whether a cancelled intent may have held money: to be captured by hand, and the card was not declined."""
    held = text_of(intent, "capture_method") == "manual" and intent.get("latest_charge") is not None
    return held and not part_of(intent, "last_payment_error")


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b'{"received":false}'))


def _header(headers: Mapping[str, str]) -> str:
    """Return the one signature header in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == _HEADER]
    return values[0] if len(values) == 1 else ""
