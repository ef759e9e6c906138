"""PayPal's notifications: the RSA signature over the CRC-32 of the body, and what each event tells."""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from domain.ids import Instant
from domain.notices import ChargeBack, DisputeStage
from domain.rails import Provider
from server.rails.base import (
    MAX_NOTIFICATION_BYTES,
    Answer,
    CallFailed,
    Credentials,
    Ignored,
    Notice,
    NotificationRefused,
    RefusalReason,
    value_of,
)
from server.rails.internet_time import internet_instant
from server.rails.paypal_calls import BASE_URL, WEBHOOK_ID
from server.rails.paypal_certificates import Certificates, is_paypals
from server.rails.paypal_codes import DISPUTE_OUTCOMES, TALKING
from server.rails.paypal_objects import (
    amount_of,
    authorization_notice,
    capture_receipt,
    payment_of,
    receipt_key,
    refund_notice,
    unit_of,
)
from server.rails.strict_json import Unreadable, part_of, parts_of, read_object, text_of

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}
"""HTTP statuses; PayPal repeats up to 25 times in three days on anything outside 2xx."""

REPEATED_FOR_MS: Final = 4 * 86_400_000
"""PayPal repeats for three days; whether the signed time of a repetition is new is not documented."""

AHEAD_MS: Final = 300_000

_ALGORITHM: Final = "SHA256withRSA"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNAVAILABLE: Final = 503
_MAX_TEXT: Final = 300


def read(
    certificates: Certificates, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
) -> Notice:
    """Verify a notification and return what it tells; raises NotificationRefused.

    Where the certificate cannot be fetched the answer is 503, so that PayPal repeats the notification.
    """
    if len(body) > MAX_NOTIFICATION_BYTES:
        raise _refusal("malformed")
    _verify(certificates, credentials, headers, body, received_at)
    try:
        event = read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True)
        return _told(event)
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def signed_text(transmission_id: str, transmission_time: str, webhook_id: str, body: bytes) -> str:
    """Return what PayPal signs (developer.paypal.com, "Verify the webhook message manually")."""
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}"


def _verify(
    certificates: Certificates, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
) -> None:
    webhook_id, url = value_of(WEBHOOK_ID, credentials), _header(headers, "paypal-cert-url")
    sent_at = _header(headers, "paypal-transmission-time")
    text = signed_text(_header(headers, "paypal-transmission-id"), sent_at, webhook_id, body)
    try:
        signature = base64.b64decode(_header(headers, "paypal-transmission-sig"), validate=True)
        age = received_at - internet_instant(sent_at)
    except (binascii.Error, Unreadable) as problem:
        raise _refusal("signature") from problem
    if not webhook_id or _header(headers, "paypal-auth-algo") != _ALGORITHM:
        raise _refusal("signature")
    try:
        if not is_paypals(url, value_of(BASE_URL, credentials)):
            raise _refusal("signature")
        certificate = certificates.at(url)
    except CallFailed as problem:
        raise NotificationRefused("signature", Answer(_UNAVAILABLE, b"{}")) from problem
    except ValueError as problem:
        raise _refusal("signature") from problem
    if not _is_signed(certificate, signature, text.encode(), received_at):
        raise _refusal("signature")
    if not -AHEAD_MS <= age <= REPEATED_FOR_MS:
        raise _refusal("stale")


def _is_signed(certificate: x509.Certificate, signature: bytes, text: bytes, received_at: Instant) -> bool:
    """Tell whether a certificate is valid now and its key signed `text` (PKCS#1 v1.5, SHA-256)."""
    key, now = certificate.public_key(), _EPOCH + timedelta(milliseconds=received_at)
    valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    if not valid or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _told(event: Mapping[str, object]) -> Notice:
    event_id, told_at = text_of(event, "id"), text_of(event, "create_time")
    if not event_id:
        raise Unreadable("id")
    reader = _READERS.get(text_of(event, "event_type"))
    notice = reader(part_of(event, "resource"), told_at) if reader is not None else None
    if isinstance(notice, str) or notice is None:
        return Ignored(Provider.PAYPAL, f"paypal:event:{event_id}"[:_MAX_TEXT], (notice or "")[:_MAX_TEXT])
    return notice


def _approved(order: Mapping[str, object], told_at: str) -> str:
    """Return the reference of an order that waits for `check` to complete it; no money has moved."""
    return text_of(unit_of(order), "custom_id")


def _declined(capture: Mapping[str, object], told_at: str) -> Notice:
    return capture_receipt(capture, told_at, declined=True)


def _held(authorization: Mapping[str, object], told_at: str) -> Notice:
    return authorization_notice(authorization, told_at, voided=False)


def _let_go(authorization: Mapping[str, object], told_at: str) -> Notice:
    return authorization_notice(authorization, told_at, voided=True)


def _reversed(reversal: Mapping[str, object], told_at: str) -> Notice:
    """A reversal is the money of a dispute leaving: the same charge-back as the dispute's, whichever comes first.

    Both go by the capture's id: what the dispute comes to in the end is told under its own, which a reversal lacks.
    """
    amount_minor, currency = amount_of(reversal, "amount")
    capture_id = payment_of(reversal) or text_of(reversal, "id")
    return ChargeBack(
        provider=Provider.PAYPAL,
        dedupe_key=_opened_key(capture_id),
        text=(text_of(reversal, "custom_id") or text_of(reversal, "invoice_id"))[:_MAX_TEXT],
        amount_minor=amount_minor,
        currency=currency,
        at=internet_instant(text_of(reversal, "create_time") or told_at),
        provider_ref=capture_id,
        payment_provider_ref=capture_id,
        stage=DisputeStage.OPENED,
    )


def _disputed(dispute: Mapping[str, object], told_at: str) -> Notice | str:
    """Return the charge-back that a dispute has become, or its id while no money is taken."""
    dispute_id, stage = text_of(dispute, "dispute_id"), DisputeStage.OPENED
    if text_of(dispute, "dispute_life_cycle_stage") == TALKING:
        return dispute_id
    if text_of(dispute, "status") == "RESOLVED":
        outcome = DISPUTE_OUTCOMES.get(text_of(part_of(dispute, "dispute_outcome"), "outcome_code"))
        if outcome is None:
            return dispute_id
        stage = outcome
    transactions = parts_of(dispute, "disputed_transactions")
    if not dispute_id or len(transactions) != 1:
        raise Unreadable("dispute")
    capture_id = text_of(transactions[0], "seller_transaction_id")
    amount_minor, currency = amount_of(dispute, "dispute_amount")
    opened = stage is DisputeStage.OPENED
    return ChargeBack(
        provider=Provider.PAYPAL,
        dedupe_key=_opened_key(capture_id) if opened else f"paypal:{dispute_id}:{stage.value}",
        text=(text_of(transactions[0], "custom") or text_of(transactions[0], "invoice_number"))[:_MAX_TEXT],
        amount_minor=amount_minor,
        currency=currency,
        at=internet_instant(text_of(dispute, "update_time") or told_at),
        provider_ref=capture_id or dispute_id,
        payment_provider_ref=capture_id,
        stage=stage,
    )


def _opened_key(capture_id: str) -> str:
    return f"{receipt_key(capture_id)}:reversed"


_Reader = Callable[[Mapping[str, object], str], Notice | str]
_READERS: Final[dict[str, _Reader]] = {
    "CHECKOUT.ORDER.APPROVED": _approved,
    "PAYMENT.CAPTURE.COMPLETED": capture_receipt,
    "PAYMENT.CAPTURE.DENIED": _declined,
    "PAYMENT.CAPTURE.DECLINED": _declined,
    "PAYMENT.AUTHORIZATION.CREATED": _held,
    "PAYMENT.AUTHORIZATION.VOIDED": _let_go,
    "PAYMENT.CAPTURE.REFUNDED": refund_notice,
    "PAYMENT.REFUND.PENDING": refund_notice,
    "PAYMENT.REFUND.FAILED": refund_notice,
    "PAYMENT.CAPTURE.REVERSED": _reversed,
    "CUSTOMER.DISPUTE.CREATED": _disputed,
    "CUSTOMER.DISPUTE.UPDATED": _disputed,
    "CUSTOMER.DISPUTE.RESOLVED": _disputed,
}
"""What each event tells; one that is not here moves no money (developer.paypal.com, "Webhook event names")."""


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b"{}"))


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return the one header of that name in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == name]
    return values[0].strip() if len(values) == 1 else ""
