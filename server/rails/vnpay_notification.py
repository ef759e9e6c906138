"""VNPAY QR MMS: the payment notification (IPN), read only after its checksum and its merchant are proven."""

import json
import re
from collections.abc import Mapping
from typing import Final

from domain.ids import Instant
from domain.rails import Provider, Receipt
from server.rails.base import (
    MAX_NOTIFICATION_BYTES,
    Answer,
    Credentials,
    Ignored,
    NotificationRefused,
    RefusalReason,
    value_of,
)
from server.rails.strict_json import Unreadable, read_object, text_of
from server.rails.vietnam_time import vietnam_instant
from server.rails.vnpay_checksums import NOTIFICATION, verified
from server.rails.vnpay_settings import (
    CREATE_SECRET,
    CURRENCY_CODE,
    MASTER_MER_CODE,
    MERCHANT_CODE,
    TERMINAL_ID,
    dedupe_key,
)

REPLIES: Final = {
    "00": "accepted",
    "04": "not accepted",
    "06": "wrong checksum",
    "08": "try again",
}
"""Replies to VNPAY (integration guide, "Payment notification"); HTTP 200 always, the code says the rest."""

REFUSALS: Final[dict[RefusalReason, str]] = {"signature": "06", "malformed": "04", "foreign": "04"}

_PAYMENT: Final = "1"
_PAID: Final = "00"
_IN_DOUBT: Final = frozenset({"05", "08"})  # as CheckTrans means them
_DONG: Final = re.compile(r"[0-9]{1,13}")
_MAX_TXN_ID: Final = 64  # the guide says 20, a captured notification has 28


def reply(code: str, txn_id: str) -> Answer:
    """Return VNPAY's form of an answer: HTTP 200 with code, message and data."""
    body = {"code": code, "message": REPLIES[code], "data": {"txnId": txn_id}}
    return Answer(200, json.dumps(body, separators=(",", ":")).encode())


def dong(text: str) -> int:
    """Return a whole amount of dong (1 to 13 digits); raises Unreadable for any other text."""
    if not _DONG.fullmatch(text):
        raise Unreadable("amount")
    return int(text)


def read(credentials: Credentials, body: bytes, received_at: Instant) -> Receipt | Ignored:
    """Return what a notification says; raises NotificationRefused with the answer for VNPAY.

    A secret that stands in the body, as in some public samples, is never looked at.
    """
    try:
        notice = read_object(body, MAX_NOTIFICATION_BYTES)
        fields = {name: text_of(notice, name) for name in NOTIFICATION.names}
        given = text_of(notice, "checksum")
    except Unreadable as problem:
        raise _refusal("malformed") from problem
    if not verified(NOTIFICATION, fields, value_of(CREATE_SECRET, credentials), given):
        raise _refusal("signature")
    try:
        if _is_foreign(notice, credentials):
            raise _refusal("foreign", fields["txnId"])
        return _receipt(fields, received_at)
    except Unreadable as problem:
        raise _refusal("malformed", fields["txnId"]) from problem


def _refusal(reason: RefusalReason, txn_id: str = "") -> NotificationRefused:
    return NotificationRefused(reason, reply(REFUSALS[reason], txn_id[:_MAX_TXN_ID]))


def _is_foreign(notice: Mapping[str, object], credentials: Credentials) -> bool:
    """Compare merchant, terminal and currency with ours; all but merchantCode are unsigned and may be left out."""
    ours = {
        "merchantCode": value_of(MERCHANT_CODE, credentials),
        "terminalId": value_of(TERMINAL_ID, credentials),
        "masterMerCode": value_of(MASTER_MER_CODE, credentials),
        "ccy": CURRENCY_CODE,
    }
    if not ours["merchantCode"] or text_of(notice, "merchantCode") != ours["merchantCode"]:
        return True
    lines = notice.get("addData") or []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Unreadable("addData")
    said = [(name, text_of(part, name)) for part in (notice, *lines) for name in ours]
    return any(value not in ("", ours[name]) for name, value in said)


def _receipt(fields: Mapping[str, str], received_at: Instant) -> Receipt | Ignored:
    txn_id, trace = fields["txnId"], fields["qrTrace"]
    declined = fields["code"] != _PAID
    key = dedupe_key(fields["merchantCode"], trace or txn_id, declined)
    if len(txn_id) > _MAX_TXN_ID or not (trace or declined):
        raise Unreadable("txnId or qrTrace")
    if fields["code"] in _IN_DOUBT:  # the query tells what becomes of it
        return Ignored(
            Provider.VNPAY_QR_MMS, dedupe_key(fields["merchantCode"], f"{trace or txn_id}:{fields['code']}"), txn_id
        )
    if fields["msgType"] != _PAYMENT:
        return Ignored(
            Provider.VNPAY_QR_MMS, dedupe_key(fields["merchantCode"], f"{trace}:{fields['msgType']}"), txn_id
        )
    amount = dong(fields["amount"])
    if amount == 0 and not declined:
        raise Unreadable("amount")
    return Receipt(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key=key,
        text=txn_id,
        amount_minor=amount,
        currency="VND",
        paid_at=_paid_at(fields["payDate"], declined, received_at),
        provider_ref=trace,
        declined=declined,
    )


def _paid_at(pay_date: str, declined: bool, received_at: Instant) -> Instant:
    if declined and not pay_date:
        return received_at
    try:
        return vietnam_instant(pay_date, "%Y%m%d%H%M%S")
    except ValueError as problem:
        raise Unreadable("payDate") from problem
