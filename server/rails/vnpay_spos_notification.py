"""VNPAY SmartPOS: the notification of a payment (IPN), read only after its checksum and its merchant are proven."""

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
    Outcome,
    RefusalReason,
    value_of,
)
from server.rails.strict_json import Unreadable, read_object, text_of
from server.rails.vnpay_spos_settings import (
    GENERATION,
    GENERATIONS,
    IPN,
    IPN_SECRET,
    MERCHANT_CODE,
    receipt_key,
    verified,
)

REPLIES: Final = {
    "200": "success",
    "410": "invalid checksum",
    "411": "invalid transaction code",
    "500": "try again",
}
"""Codes of replies that integrators use; which of them VNPAY repeats on is not published."""

REFUSALS: Final[dict[RefusalReason, str]] = {"signature": "410", "malformed": "411", "foreign": "411"}

_PAID: Final = "200"
_DONG: Final = re.compile(r"[0-9]{1,13}")
_MAX_CODE: Final = 100


def reply(code: str) -> Answer:
    """Return the reply with one of the codes; what must come again also fails at HTTP level."""
    body = {"code": code, "message": REPLIES[code], "traceId": ""}
    return Answer(503 if code == "500" else 200, json.dumps(body, separators=(",", ":")).encode())


def answer(outcome: Outcome) -> Answer:
    """Return the reply to a genuine notification."""
    return reply("500" if outcome == "unavailable" else "200")


def read(credentials: Credentials, body: bytes, received_at: Instant) -> Receipt | Ignored:
    """Return what a notification says; raises NotificationRefused with the answer for VNPAY.

    No list of its codes is published: all but that of money only say that something happened, and the query tells what.
    It does not say when the money was paid: that is when it is received here.
    """
    generation = GENERATIONS.get(value_of(GENERATION, credentials))
    try:
        notice = read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True)
        fields = {name: text_of(notice, name) for name in IPN}
        given, merchant = text_of(notice, "checksum"), text_of(notice, "merchantCode")
    except Unreadable as problem:
        raise _refusal("malformed") from problem
    if generation is None or not verified(generation, IPN, fields, value_of(IPN_SECRET, credentials), given):
        raise _refusal("signature")
    ours = value_of(MERCHANT_CODE, credentials)
    if merchant not in ("", ours):  # not signed, and left out by some
        raise _refusal("foreign")
    try:
        return _receipt(fields, ours, received_at)
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def dong(text: str) -> int:
    """Return a whole amount of dong above zero; raises Unreadable for any other text."""
    if not _DONG.fullmatch(text) or int(text) == 0:
        raise Unreadable("amount")
    return int(text)


def _receipt(fields: Mapping[str, str], merchant: str, received_at: Instant) -> Receipt | Ignored:
    order, transaction, code = fields["orderCode"], fields["transactionCode"], fields["responseCode"]
    if not order or not (transaction or code != _PAID) or max(map(len, (order, transaction, code))) > _MAX_CODE:
        raise Unreadable("orderCode, transactionCode or responseCode")
    if code != _PAID:
        key = receipt_key(merchant, f"{transaction or order}:{code}", declined=True)
        return Ignored(Provider.VNPAY_SPOS, key, order)
    return Receipt(
        provider=Provider.VNPAY_SPOS,
        dedupe_key=receipt_key(merchant, transaction),
        text=order,
        amount_minor=dong(fields["amount"]),
        currency="VND",
        paid_at=received_at,
        provider_ref=transaction,
    )


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, reply(REFUSALS[reason]))
