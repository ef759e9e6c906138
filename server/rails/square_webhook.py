"""Square's notifications: the HMAC over the registered address and the raw body, and what each event tells."""

import base64
import hmac
from collections.abc import Mapping
from typing import Final

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
from server.rails.square_calls import LOCATION_ID, NOTIFICATION_URL, SIGNATURE_KEY
from server.rails.square_codes import HELD
from server.rails.square_objects import (
    authorization_notice,
    charge_back,
    payment_receipt,
    refund_notice,
)
from server.rails.strict_json import Unreadable, part_of, read_object, text_of
from server.vault import Secret

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}
"""HTTP statuses; Square repeats 11 times in 24 hours on anything outside 2xx."""

PAYMENT_EVENTS: Final = frozenset({"payment.created", "payment.updated"})
REFUND_EVENTS: Final = frozenset({"refund.created", "refund.updated"})
CHECKOUT_EVENTS: Final = frozenset({"terminal.checkout.created", "terminal.checkout.updated"})
DISPUTE_EVENTS: Final = frozenset({"dispute.created", "dispute.state.changed", "dispute.state.updated"})

_HEADER: Final = "x-square-hmacsha256-signature"
_MAX_TEXT: Final = 300


def read(credentials: Credentials, headers: Mapping[str, str], body: bytes) -> Notice:
    """Verify a notification and return what it tells; raises NotificationRefused.

    The signature covers no time, so nothing is ever stale: what comes again is known by its dedupe key.
    """
    if len(body) > MAX_NOTIFICATION_BYTES:
        raise _refusal("malformed")
    if not _is_signed(credentials, _header(headers), body):
        raise _refusal("signature")
    try:
        event = read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True)
        return _told(event, value_of(LOCATION_ID, credentials))
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def signature(key: Secret, notification_url: str, body: bytes) -> str:
    """Return the signature of a body for the address it is sent to (Square, "Validate a webhook notification")."""
    return base64.b64encode(hmac.digest(key.reveal().encode(), notification_url.encode() + body, "sha256")).decode()


def _is_signed(credentials: Credentials, given: str, body: bytes) -> bool:
    key, url = Secret(value_of(SIGNATURE_KEY, credentials)), value_of(NOTIFICATION_URL, credentials)
    if not key or not url:
        return False
    return hmac.compare_digest(signature(key, url, body).encode(), given.encode("utf-8", "surrogatepass"))


def _told(event: Mapping[str, object], location_id: str) -> Notice:
    event_id, kind = text_of(event, "event_id"), text_of(event, "type")
    if not event_id:
        raise Unreadable("event_id")
    thing = part_of(part_of(event, "data"), "object")
    notice: Notice | None = None
    text = ""
    if kind in PAYMENT_EVENTS:
        payment = part_of(thing, "payment")
        # A merchant has one webhook for all its locations, and another shop may stand behind each of them.
        notice = _of_payment(payment) if text_of(payment, "location_id") == location_id else None
    elif kind in REFUND_EVENTS:
        refund = part_of(thing, "refund")
        notice = refund_notice(refund) if text_of(refund, "location_id") in ("", location_id) else None
    elif kind in DISPUTE_EVENTS:
        dispute = part_of(thing, "dispute") or part_of(thing, "object")
        notice = charge_back(dispute) if text_of(dispute, "location_id") in ("", location_id) else None
    elif kind in CHECKOUT_EVENTS:
        text = text_of(part_of(thing, "checkout"), "reference_id")
    return notice or Ignored(Provider.SQUARE, f"square:event:{event_id}"[:_MAX_TEXT], text[:_MAX_TEXT])


def _of_payment(payment: Mapping[str, object]) -> Notice | None:
    match text_of(payment, "status"):
        case "COMPLETED":
            return payment_receipt(payment)
        case "FAILED":
            return payment_receipt(payment, declined=True)
        case status if status in (HELD, "CANCELED"):
            return authorization_notice(payment, voided=status == "CANCELED")
        case "PENDING":
            return None
    raise Unreadable("status")


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b"{}"))


def _header(headers: Mapping[str, str]) -> str:
    """Return the one signature header in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == _HEADER]
    return values[0].strip() if len(values) == 1 else ""
