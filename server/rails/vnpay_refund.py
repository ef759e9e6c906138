"""VNPAY QR MMS: giving money back, once for each refund number, and what its answers mean (facts: section 2.5)."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.matching import REFUND_PREFIX
from domain.rails import RailResult, RailStatus, RefundOrder
from server.rails.base import CallFailed, Credentials, settings_of
from server.rails.calls import Request, address, ask_object, redacted
from server.rails.strict_json import Unreadable, text_of
from server.rails.vietnam_time import vietnam_text
from server.rails.vnpay_checksums import REFUND, checksum
from server.rails.vnpay_settings import FIELDS

REFUND_PATH: Final = "/mms/refund"
FULL: Final = "1"
PARTIAL: Final = "2"

REFUND_FAILURES: Final = {
    "01": FailureCode.CREDENTIALS_REJECTED,  # wrong checksum
    "02": FailureCode.AMOUNT_MISMATCH,  # amount of a partial refund
    "03": FailureCode.AMOUNT_MISMATCH,  # amount of a full refund
    "04": FailureCode.INVALID_TRANSITION,  # no full refund after a partial one
    "11": FailureCode.UNEXPECTED_ERROR,  # data not in format
    "12": FailureCode.ROUTE_NOT_FOUND,  # payment not found
    "14": FailureCode.CREDENTIALS_REJECTED,  # address not allowed
    "96": FailureCode.PROVIDER_UNAVAILABLE,  # maintenance
}
"""Codes other than 00 by which nothing is given back; 99, an internal error, says nothing of what was done."""

_SURE: Final = frozenset({"12", "96"})
"""What proves, said to a refund number a second time, that the first time did nothing either."""

_REFERENCE: Final = re.compile(rf"{REFUND_PREFIX}(\d\d)([A-Z])(\d{{6}})[0-9A-Z]")
_KEPT: Final = ("code", "message", "qrTraceRefund", "refundDate")


def refund_number(reference: str) -> str:
    """Return a refund's number for VNPAY, which takes digits alone: till, letter and number of our reference.

    Raises CallFailed for a reference that is not of that form.
    """
    form = _REFERENCE.fullmatch(reference)
    if form is None:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
    return f"1{form[1]}{ord(form[2]) - ord('A') + 1:02d}{form[3]}"


def refund(http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
    """Ask for money to be given back; the same number again moves nothing twice.

    The order of the answer's checksum is not published, so it is not verified: the answer comes over TLS from the host
    that was asked. No query tells of refunds.
    """
    try:
        settings = _settings(credentials)
        fields = _fields(settings, order)
        url = address(settings["base_url"], REFUND_PATH)
        content = json.dumps(fields, separators=(",", ":")).encode()
        answer = ask_object(http, Request("POST", url, {"content-type": "application/json"}, content))
        return _answered(answer, order)
    except CallFailed as problem:
        maybe_done = problem.maybe_done or order.repeated
        status = RailStatus.UNKNOWN if maybe_done else RailStatus.FAILED
        return RailResult(status, failure=problem.failure, response=problem.response)


def check_refund(http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
    """Ask what became of a refund: by its number once more, for no query tells of refunds."""
    return refund(http, credentials, replace(order, repeated=True))


def _settings(credentials: Credentials) -> dict[str, str]:
    """Return the settings; a shop that gives nothing back through VNPAY needs no secret for it."""
    settings = settings_of(FIELDS, credentials)
    if not settings["refund_secret"]:
        raise CallFailed(FailureCode.CREDENTIALS_MISSING, maybe_done=False)
    return settings


def _fields(settings: Mapping[str, str], order: RefundOrder) -> dict[str, str]:
    whole = order.before_minor == 0 and order.amount_minor == order.payment_minor
    signed = {
        "merchantCode": settings["merchant_code"],
        "qrTrace": order.payment_provider_ref,
        "payTxnId": order.payment_reference,
        "refundTxnId": refund_number(order.reference),
        "typeRefund": FULL if whole else PARTIAL,
        "amount": str(order.amount_minor),
        "payDate": vietnam_text(order.paid_at, "%Y%m%d%H%M%S"),
    }
    return {**signed, "refundContent": order.reference, "checkSum": checksum(REFUND, signed, settings["refund_secret"])}


def _answered(answer: Mapping[str, object], order: RefundOrder) -> RailResult:
    response = redacted(answer, _KEPT)
    try:
        code, trace = text_of(answer, "code"), text_of(answer, "qrTraceRefund")
    except Unreadable:
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR, response=response)
    if code == "00":
        return RailResult(RailStatus.SUCCESS, provider_ref=trace, received_minor=order.amount_minor, response=response)
    failure = REFUND_FAILURES.get(code)
    if failure is None:
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.PROVIDER_UNAVAILABLE, response=response)
    in_doubt = order.repeated and code not in _SURE
    return RailResult(RailStatus.UNKNOWN if in_doubt else RailStatus.FAILED, failure=failure, response=response)
