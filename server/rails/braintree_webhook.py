"""Braintree's notifications: `bt_signature` over `bt_payload`, the proof of an address, and what each kind tells.

Source: the official SDK (4.48, `webhook_notification_gateway.py`). The signature holds no time: what comes twice is
known by its key. Of card sales Braintree tells nothing until they are settled; `check` finds them.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from domain.ids import Instant
from domain.rails import Provider, RailStatus
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
from server.rails.braintree_calls import PRIVATE_KEY, PUBLIC_KEY, safe_root
from server.rails.braintree_codes import STATUSES
from server.rails.braintree_objects import (
    CREDIT,
    CURRENCIES,
    SALE,
    charge_back_of,
    not_settled,
    receipt_of,
    refund_notice,
    transaction_of,
)
from server.rails.braintree_xml import read_xml
from server.rails.internet_time import internet_instant
from server.rails.strict_json import Unreadable, part_of, text_of

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "malformed": 400}
"""HTTP statuses; Braintree repeats for about three days on anything outside 2xx."""

_CHALLENGE: Final = re.compile(r"[a-f0-9]{20,32}")
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9+=/\n]+")
_MAX_PAIRS: Final = 20


def read(credentials: Credentials, body: bytes) -> Notice:
    """Verify a notification and return what it tells; raises NotificationRefused."""
    signatures, payload = _form(body)
    public, private = value_of(PUBLIC_KEY, credentials), value_of(PRIVATE_KEY, credentials)
    if not verified(public, private, signatures, payload):
        raise _refusal("signature")
    try:
        text = base64.b64decode(payload)
        event = safe_root(read_xml(text, MAX_NOTIFICATION_BYTES), "notification")
        return _told(event, hashlib.sha256(text).hexdigest())
    except (Unreadable, binascii.Error) as problem:
        raise _refusal("malformed") from problem


def challenge(credentials: Credentials, query: Mapping[str, str]) -> Answer | None:
    """Return the proof that Braintree asks for with `bt_challenge`, None where it asks for none or in another form."""
    asked = query.get("bt_challenge", "")
    public, private = value_of(PUBLIC_KEY, credentials), value_of(PRIVATE_KEY, credentials)
    if not (_CHALLENGE.fullmatch(asked) and public and private):
        return None
    return Answer(200, f"{public}|{signature(private, asked)}".encode(), "text/plain")


def signature(private_key: str, text: str) -> str:
    """Return the HMAC-SHA1 of a text, keyed with the SHA-1 of the private key, in hexadecimal."""
    key = hashlib.sha1(private_key.encode()).digest()  # noqa: S324 - the provider's protocol knows no other digest
    return hmac.digest(key, text.encode(), "sha1").hex()


def verified(public_key: str, private_key: str, signatures: str, payload: str) -> bool:
    """Tell in constant time whether a signature of our key is right, over the payload as sent or with a line's end."""
    if not (public_key and private_key and _PAYLOAD.fullmatch(payload)):
        return False
    pairs = [pair.partition("|") for pair in signatures.split("&")[:_MAX_PAIRS]]
    given = [value for key, _, value in pairs if key == public_key]
    expected = [signature(private_key, text).encode() for text in (payload, payload + "\n")]
    # All are compared, so that the time taken does not tell which one was right.
    right = [
        hmac.compare_digest(wanted, value.encode("utf-8", "surrogatepass")) for wanted in expected for value in given
    ]
    return any(right)


def _form(body: bytes) -> tuple[str, str]:
    """Return the signatures and the payload of a form; empty where it is none or says them twice."""
    if len(body) > MAX_NOTIFICATION_BYTES:
        return "", ""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except ValueError:
        return "", ""
    signatures, payloads = fields.get("bt_signature", []), fields.get("bt_payload", [])
    return (signatures[0], payloads[0]) if len(signatures) == len(payloads) == 1 else ("", "")


def _told(event: Mapping[str, object], digest: str) -> Notice:
    kind, at = text_of(event, "kind"), internet_instant(text_of(event, "timestamp"))
    subject = event.get("subject")
    about = subject if isinstance(subject, dict) else {}
    notice = _of_money(kind, about, at)
    if notice is not None:
        return notice
    text = text_of(part_of(about, "transaction"), "order_id")
    return Ignored(Provider.BRAINTREE, f"braintree:event:{digest}", text)


def _of_money(kind: str, about: Mapping[str, object], at: Instant) -> Notice | None:
    """Return what an event tells of money, None if it tells of none; raises Unreadable."""
    if kind.startswith("dispute_"):
        return charge_back_of(part_of(about, "dispute"), at)
    thing = part_of(about, "transaction")
    if text_of(thing, "currency_iso_code") not in CURRENCIES or text_of(thing, "status") not in STATUSES:
        return None  # the money of a disbursement is that of its sales, told before
    made = transaction_of(thing, at)
    if made.kind == CREDIT or kind == "refund_failed":
        return refund_notice(made, at)
    if kind == "transaction_settlement_declined" and made.kind == SALE:
        return not_settled(made, at)
    return receipt_of(made) if made.kind == SALE and made.status is RailStatus.SUCCESS else None


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b"", "text/plain"))
