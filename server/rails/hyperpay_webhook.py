"""HyperPay's notifications: AES-256-GCM over the whole text, and what each tells.

Source: hyperpay.docs.oppwa.com/tutorials/webhooks. Order is not guaranteed and several final states may come: money
that was told stays told, whatever comes later.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

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
from server.rails.hyperpay_calls import BASE_URL, BRAND_ENTITIES, ENTITY_ID, WEBHOOK_KEY, is_live
from server.rails.hyperpay_codes import TEST_SUCCESS, Meaning
from server.rails.hyperpay_objects import (
    CAPTURE,
    CHARGE_BACK,
    CHARGE_BACK_UNDONE,
    CURRENCIES,
    DEBIT,
    HOLD,
    REFUND,
    REVERSAL,
    Payment,
    authorization_of,
    charge_back_of,
    payment_of,
    receipt_of,
    refund_of,
)
from server.rails.strict_json import Unreadable, part_of, read_object, text_of

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "malformed": 200, "foreign": 200}
"""HTTP statuses: what is genuine but can never be taken would otherwise be repeated for 30 days."""

_IV: Final = "x-initialization-vector"
_TAG: Final = "x-authentication-tag"
_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_IV_HEX: Final = re.compile(r"[0-9A-Fa-f]{24,64}")
_TAG_HEX: Final = re.compile(r"[0-9A-Fa-f]{32}")
_PAYMENT: Final = "PAYMENT"


def read(credentials: Credentials, headers: Mapping[str, str], body: bytes) -> Notice:
    """Decrypt a notification, which proves it, and return what it tells; raises NotificationRefused."""
    text = opened(value_of(WEBHOOK_KEY, credentials), _header(headers, _IV), _header(headers, _TAG), body)
    if text is None:
        raise _refusal("signature")
    try:
        event = read_object(text, MAX_NOTIFICATION_BYTES, decimals_as_text=True)
        payload = part_of(event, "payload")
        if _is_foreign(payload, credentials):
            raise _refusal("foreign")
        if text_of(event, "type") != _PAYMENT or not payload:
            return Ignored(Provider.HYPERPAY, f"hyperpay:event:{hashlib.sha256(text).hexdigest()}")
        return _told(payment_of(payload, live=is_live(value_of(BASE_URL, credentials))))
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def opened(key: str, iv: str, tag: str, body: bytes) -> bytes | None:
    """Return the text of an encrypted body (hexadecimal, bare or as `encryptedBody`), None if it is not genuine."""
    cipher = _cipher(body)
    if cipher is None or not (_KEY.fullmatch(key) and _IV_HEX.fullmatch(iv) and _TAG_HEX.fullmatch(tag)):
        return None
    if len(iv) % 2:
        return None
    try:
        return AESGCM(bytes.fromhex(key)).decrypt(bytes.fromhex(iv), cipher + bytes.fromhex(tag), None)
    except InvalidTag:
        return None


def _cipher(body: bytes) -> bytes | None:
    if len(body) > MAX_NOTIFICATION_BYTES:
        return None
    try:
        text = body.decode("ascii").strip()
        if text.startswith("{"):
            text = text_of(read_object(body, MAX_NOTIFICATION_BYTES), "encryptedBody")
    except (UnicodeDecodeError, Unreadable):
        return None
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _is_foreign(payload: Mapping[str, object], credentials: Credentials) -> bool:
    """Tell whether a payment belongs to a channel that is none of ours, or to test mode while ours is live."""
    entity = text_of(part_of(payload, "authentication"), "entityId")
    ours = {value_of(field, credentials) for field in (ENTITY_ID, *BRAND_ENTITIES)}
    in_test = text_of(part_of(payload, "result"), "code") in TEST_SUCCESS
    return (bool(entity) and entity not in ours) or (in_test and is_live(value_of(BASE_URL, credentials)))


def _told(payment: Payment) -> Notice:
    notice = _of_money(payment) if payment.currency in CURRENCIES else None
    if notice is not None:
        return notice
    return Ignored(Provider.HYPERPAY, f"hyperpay:{payment.id}:{payment.code}", payment.reference)


def _of_money(payment: Payment) -> Notice | None:
    """Return what a transaction tells of money, None while it tells of none."""
    rejected = payment.meaning is Meaning.REJECTED
    if payment.kind == REFUND:
        return None if payment.meaning is Meaning.DOUBT else refund_of(payment)
    if payment.kind in (CHARGE_BACK, CHARGE_BACK_UNDONE):
        return None if rejected else charge_back_of(payment)
    if rejected and payment.kind in (DEBIT, HOLD):
        return receipt_of(payment, declined=True)
    tell = _SUCCEEDED.get(payment.kind) if payment.paid else None
    return None if tell is None else tell(payment)


def _reversed(payment: Payment) -> Notice:
    """Return a reversal: of money held if we asked for it, else of a debit, by HyperPay's own desk."""
    return authorization_of(payment, voided=True) if payment.reference else refund_of(payment)


_SUCCEEDED: Final[Mapping[str, Callable[[Payment], Notice]]] = {
    DEBIT: receipt_of,
    CAPTURE: receipt_of,
    HOLD: lambda payment: authorization_of(payment, voided=False),
    REVERSAL: _reversed,
}
"""What a success of each kind tells."""


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b'{"received":false}'))


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return one header in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == name]
    return values[0].strip() if len(values) == 1 else ""
