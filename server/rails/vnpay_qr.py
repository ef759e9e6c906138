"""VNPAY QR MMS: the code shown to the customer, the notification of its payment, the query for a lost one, refunds."""

import json
import re
from collections.abc import Mapping
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.qr import QrRefused, decode, fold_ascii
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails import vnpay_notification, vnpay_refund
from server.rails.base import Answer, CallFailed, Credentials, Ignored, Notice, Outcome, Statement, settings_of
from server.rails.calls import Request, address, ask_object, redacted
from server.rails.strict_json import Unreadable, text_of
from server.rails.vietnam_time import vietnam_instant, vietnam_text
from server.rails.vnpay_checksums import CHECK, CHECK_ANSWER, CREATE, CREATE_ANSWER, checksum, verified
from server.rails.vnpay_settings import CURRENCY_CODE, FIELDS, dedupe_key

CREATE_PATH: Final = "/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode"
CHECK_PATH: Final = "/CheckTransaction/rest/api/CheckTrans"

CREATE_FAILURES: Final = {
    "01": FailureCode.UNEXPECTED_ERROR,  # data not in format
    "04": FailureCode.PROVIDER_UNAVAILABLE,  # the code could not be inserted
    "05": FailureCode.CREDENTIALS_REJECTED,  # address not allowed
    "06": FailureCode.CREDENTIALS_REJECTED,  # wrong checksum
    "07": FailureCode.CREDENTIALS_REJECTED,  # merchant does not exist
    "09": FailureCode.CREDENTIALS_REJECTED,  # service code
    "10": FailureCode.CREDENTIALS_REJECTED,  # appId
    "11": FailureCode.CREDENTIALS_REJECTED,  # merchant not active
    "12": FailureCode.CREDENTIALS_MISSING,  # master merchant code empty
    "15": FailureCode.UNEXPECTED_ERROR,  # consumerID empty
    "16": FailureCode.UNEXPECTED_ERROR,  # purpose empty
    "21": FailureCode.CREDENTIALS_REJECTED,  # terminal invalid
    "24": FailureCode.CREDENTIALS_REJECTED,  # terminal not active
    "96": FailureCode.PROVIDER_UNAVAILABLE,  # maintenance
    "99": FailureCode.PROVIDER_UNAVAILABLE,  # internal error
}
"""Codes of createQrcode other than 00 (integration guide, "Create QR")."""

CHECK_OUTCOMES: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "01": (RailStatus.PENDING, None),  # not found: nobody has paid yet
    "02": (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),  # payDate format
    "03": (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),  # txnId empty
    "04": (RailStatus.FAILED, FailureCode.DECLINED),
    "05": (RailStatus.PENDING, None),  # in doubt; sources differ on 05 and 08
    "08": (RailStatus.PENDING, None),
    "11": (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),  # bad format
    "14": (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_REJECTED),  # address locked
    "96": (RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
    "99": (RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
}
"""Codes of CheckTrans other than 00, paid (integration guide, "Query")."""

_NOT_FOUND: Final = "01"
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,15}")
_MAX_AMOUNT: Final = 9_999_999_999_999  # amount has at most 13 digits
_KEPT: Final = ("code", "message", "txnId", "qrTrace", "bankCode", "payDate", "debitAmount", "realAmount", "idQrcode")


class VnpayQrAdapter:
    """Client of VNPAY QR MMS; amounts are whole dong, written without decimals and never multiplied."""

    provider = Provider.VNPAY_QR_MMS
    credential_fields = FIELDS
    account_fields = (("merchant_code", "terminal_id"),)
    currencies = frozenset({"VND"})
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Create a code that can be paid once until `context.expires_at`, rounded up to VNPAY's whole minute.

        The answer's checksum is verified, and the code must carry this amount and this reference: the checksum covers
        neither, so an old answer could otherwise put another bill before the customer.
        """
        try:
            settings = settings_of(FIELDS, credentials)
            _refuse_unfit(context)
            request = _post(settings, CREATE_PATH, _create_fields(settings, context), "text/plain")
            answer = ask_object(http, request)
            qr_text = _created(answer, settings["create_secret"], context)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        return RailResult(RailStatus.PENDING, qr_text=qr_text, response=redacted(answer, _KEPT))

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask CheckTrans for each Vietnamese day on which the code could be paid, until one knows the payment."""
        days = dict.fromkeys(vietnam_text(at, "%d/%m/%Y") for at in (context.created_at, context.expires_at))
        result = RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)
        try:
            settings = settings_of(FIELDS, credentials)
            for day in days:
                answer = _check_on(http, settings, context.reference, day)
                result = _checked(answer, settings, context)
                if answer.get("code") != _NOT_FOUND:
                    break
        except CallFailed as problem:
            return RailResult(RailStatus.UNKNOWN, failure=problem.failure, response=problem.response)
        return result

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back, once for each refund number, which is made of our reference."""
        return vnpay_refund.refund(http, credentials, order)

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Ask what became of a refund; VNPAY has no query for that, so its number is told once more."""
        return vnpay_refund.check_refund(http, credentials, order)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the checksum and the merchant of a payment notification; raises NotificationRefused.

        The amount is not compared here: the receipt carries it, and matching compares it with the bill.
        """
        return vnpay_notification.read(credentials, body, received_at)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 00 for what is stored, for a repetition too; 08 (timeout) for what could not be stored."""
        bill = notification.text if isinstance(notification, Receipt | Ignored) else ""
        return vnpay_notification.reply("08" if outcome == "unavailable" else "00", bill)

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """VNPAY QR MMS has no list of movements."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency != "VND":
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if not (0 < context.amount_minor <= _MAX_AMOUNT and _REFERENCE.fullmatch(context.reference)):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


def _create_fields(settings: Mapping[str, str], context: PaymentContext) -> dict[str, str | None]:
    signed = {
        "appId": settings["app_id"],
        "merchantName": ascii_words(settings["merchant_name"], 25),
        "serviceCode": settings["service_code"],
        "countryCode": "VN",
        "masterMerCode": settings["master_mer_code"],
        "merchantType": settings["merchant_type"],
        "merchantCode": settings["merchant_code"],
        "terminalId": settings["terminal_id"],
        "payType": "03",  # payment of a bill
        "productId": "",
        "txnId": context.reference,
        "amount": str(context.amount_minor),
        "tipAndFee": "",
        "ccy": CURRENCY_CODE,
        "expDate": vietnam_text(_next_minute(context.expires_at), "%y%m%d%H%M"),
    }
    return {
        **signed,
        "payloadFormat": None,
        "productName": None,
        "imageName": None,
        "billNumber": context.reference,
        "consumerID": "",
        "purpose": "",
        "desc": ascii_words(context.description, 19),
        "checksum": checksum(CREATE, signed, settings["create_secret"]),
    }


def _created(answer: Mapping[str, object], secret: str, context: PaymentContext) -> str:
    response = redacted(answer, _KEPT)
    try:
        fields = {name: text_of(answer, name, absent="null") for name in CREATE_ANSWER.names}
        given = text_of(answer, "checksum")
    except Unreadable as problem:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, True, response) from problem
    if fields["code"] != "00":
        raise CallFailed(CREATE_FAILURES.get(fields["code"], FailureCode.UNEXPECTED_ERROR), False, response)
    if not (verified(CREATE_ANSWER, fields, secret, given) and _carries(fields["data"], context)):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, True, response)
    return fields["data"]


def _carries(qr_text: str, context: PaymentContext) -> bool:
    """Tell whether a code can be paid and names this amount and this bill."""
    try:
        code = decode(qr_text)
    except QrRefused:
        return False
    return code.amount_minor == context.amount_minor and code.additional.get("bill_number") == context.reference


def _check_on(http: httpx.Client, settings: Mapping[str, str], reference: str, day: str) -> dict[str, object]:
    fields: dict[str, str | None] = {
        "txnId": reference,
        "merchantCode": settings["merchant_code"],
        "terminalID": settings["terminal_id"],
        "payDate": day,
    }
    signed = {name: value or "" for name, value in fields.items()}
    fields["checkSum"] = checksum(CHECK, signed, settings["check_secret"])
    return ask_object(http, _post(settings, CHECK_PATH, fields, "application/json"))


def _checked(answer: Mapping[str, object], settings: Mapping[str, str], context: PaymentContext) -> RailResult:
    response = redacted(answer, _KEPT)
    try:
        code = text_of(answer, "code")
        if code != "00":
            status, failure = CHECK_OUTCOMES.get(code, (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR))
            return RailResult(status, failure=failure, response=response)
        receipt = _paid(answer, settings, context)
    except Unreadable:
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR, response=response)
    return RailResult(
        RailStatus.SUCCESS,
        provider_ref=receipt.provider_ref,
        received_minor=receipt.amount_minor,
        paid_at=receipt.paid_at,
        response=response,
        receipts=(receipt,),
    )


def _paid(answer: Mapping[str, object], settings: Mapping[str, str], context: PaymentContext) -> Receipt:
    """Return the money of a verified answer; raises Unreadable for one that is not proven or is another's.

    Vouchers of the bank make `realAmount` smaller; the bill is paid by `debitAmount`.
    """
    fields = {name: text_of(answer, name) for name in CHECK_ANSWER.names}
    ours = {
        "merchantCode": settings["merchant_code"],
        "terminalID": settings["terminal_id"],
        "txnId": context.reference,
    }
    if not verified(CHECK_ANSWER, fields, settings["check_secret"], text_of(answer, "checkSum")):
        raise Unreadable("checkSum")
    if any(fields[name] != value for name, value in ours.items()) or not fields["qrTrace"]:
        raise Unreadable("another payment")
    try:
        paid_at = vietnam_instant(fields["payDate"], "%d/%m/%Y %H:%M:%S")
    except ValueError as problem:
        raise Unreadable("payDate") from problem
    return Receipt(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key=dedupe_key(fields["merchantCode"], fields["qrTrace"]),
        text=fields["txnId"],
        amount_minor=vnpay_notification.dong(fields["debitAmount"]),
        currency="VND",
        paid_at=paid_at,
        provider_ref=fields["qrTrace"],
    )


def _post(settings: Mapping[str, str], path: str, fields: Mapping[str, str | None], content_type: str) -> Request:
    content = json.dumps(fields, separators=(",", ":")).encode()
    return Request("POST", address(settings["base_url"], path), {"content-type": content_type}, content)


def ascii_words(text: str, limit: int) -> str:
    """Return `text` in unaccented letters, digits, blanks and hyphens, at most `limit` of them."""
    return " ".join(re.sub(r"[^A-Za-z0-9-]", " ", fold_ascii(text)).split())[:limit].rstrip()


def _next_minute(at: Instant) -> Instant:
    """Return the whole minute at or after `at`: a code dies no earlier at VNPAY than on the till's screen."""
    return Instant(-(-at // 60_000) * 60_000)


ADAPTER: Final = VnpayQrAdapter()
