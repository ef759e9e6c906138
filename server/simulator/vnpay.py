"""VNPAY QR MMS as the till's hub meets it: create a QR, ask about it, give money back.

Sources of the fields and codes: docs/simulator.md. Every answer is HTTP 200 with a `code` of VNPAY's tables.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from server.simulator import vnpay_signing as signing
from server.simulator.book import Book
from server.simulator.chaos import Chaos
from server.simulator.emv import VNPAY_GUID, vnpay_text
from server.simulator.facts import VNPAY, QrCreated, VnpayPayment
from server.simulator.settings import VnpaySettings
from server.simulator.vntime import EXPIRY_FORMAT, SLASH_DAY_FORMAT, SLASH_SECONDS_FORMAT, read, written

Fields = Mapping[str, Any]

SERVICE_CODES: Final = frozenset({"03", "06"})
PAY_TYPES: Final = frozenset({"01", "03", "04"})
LONGEST: Final = {
    "appId": 100,
    "merchantName": 25,
    "serviceCode": 20,
    "countryCode": 2,
    "masterMerCode": 100,
    "merchantType": 9,
    "merchantCode": 20,
    "payloadFormat": 2,
    "terminalId": 8,
    "payType": 4,
    "productId": 20,
    "txnId": 15,
    "billNumber": 20,
    "amount": 13,
    "tipAndFee": 20,
    "ccy": 3,
    "expDate": 14,
    "desc": 19,
    "consumerID": 20,
    "purpose": 19,
    "checksum": 32,
}
"""The longest each field of a create call may be (VNPAY QR MMS guide)."""

MESSAGES: Final = {
    "00": "Success",
    "01": "Data is not in format",
    "06": "Wrong checksum",
    "07": "Merchant does not exist",
    "09": "Service code is invalid",
    "10": "AppId is invalid",
    "12": "Master merchant code is empty",
    "15": "ConsumerID is empty",
    "16": "Purpose is empty",
    "21": "Terminal is invalid",
    "96": "System is under maintenance",
    "99": "Internal error",
}


class Refusal(Exception):
    """VNPAY says no; carries the code and the text of its answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class VnpayMms:
    """The three calls of one merchant. Methods take the raw body and return the JSON object to answer with."""

    def __init__(self, settings: VnpaySettings, book: Book, chaos: Chaos) -> None:
        self._settings = settings
        self._book = book
        self._chaos = chaos
        self._doubts: dict[str, int] = {}

    # ---- create

    def create_qr(self, raw: bytes) -> dict[str, Any]:
        """Answer `createQrcode`; the same txnId with the same amount gets the same QR again."""
        try:
            self._fail_on_order()
            qr = self._qr_for(_create_fields(raw))
        except Refusal as refusal:
            return self._signed_create({"code": refusal.code, "message": refusal.message, "data": None}, None)
        return self._signed_create({"code": "00", "message": MESSAGES["00"], "data": qr.qr_text}, qr.id_qrcode)

    def _fail_on_order(self) -> None:
        failure = self._chaos.take_create_failure(VNPAY)
        if failure is not None:
            raise Refusal(failure, MESSAGES.get(failure, "Failed"))

    def _qr_for(self, fields: Fields) -> QrCreated:
        self._check_contract(fields)
        amount = _whole_amount(fields["amount"])
        known = self._book.qrs.get(fields["txnId"])
        if known is not None:
            if known.amount != amount:
                raise Refusal("01", "TxnId was used with another amount")
            return known
        try:
            qr = QrCreated(
                txn_id=fields["txnId"],
                id_qrcode=self._book.next_number(),
                amount=amount,
                qr_text=self._qr_text(fields, amount),
                expires_ms=self._expiry(fields.get("expDate")),
                merchant_type=fields["merchantType"],
                service_code=fields["serviceCode"],
                description=fields.get("desc") or "",
                at_ms=self._book.now(),
            )
        except ValueError as problem:
            raise Refusal("01", f"Data is not in format: {problem}") from problem
        self._book.write(qr)
        return qr

    def _check_contract(self, fields: Fields) -> None:
        ours = self._settings
        if fields["appId"] != ours.app_id:
            raise Refusal("10", MESSAGES["10"])
        right = signing.request_checksum(fields, signing.CREATE_FIELDS, ours.create_secret)
        if not signing.same(fields.get("checksum"), right):
            raise Refusal("06", MESSAGES["06"])
        if fields["merchantCode"] != ours.merchant_code:
            raise Refusal("07", MESSAGES["07"])
        if fields["terminalId"] != ours.terminal_id:
            raise Refusal("21", MESSAGES["21"])
        if fields["serviceCode"] not in SERVICE_CODES:
            raise Refusal("09", MESSAGES["09"])
        if fields["masterMerCode"] != VNPAY_GUID:
            raise Refusal("12", MESSAGES["12"])

    def _qr_text(self, fields: Fields, amount: int) -> str:
        return vnpay_text(
            merchant_code=fields["merchantCode"],
            merchant_name=fields["merchantName"],
            merchant_type=fields["merchantType"],
            city=fields.get("merchantCity") or "HANOI",
            terminal_id=fields["terminalId"],
            txn_id=fields["txnId"],
            amount=amount,
        )

    def _expiry(self, exp_date: str | None) -> int | None:
        if not exp_date:
            return None
        expires_ms = read(exp_date, EXPIRY_FORMAT)
        if expires_ms <= self._book.now():
            raise ValueError("expDate has passed")
        return expires_ms

    def _signed_create(self, answer: dict[str, Any], id_qrcode: int | None) -> dict[str, Any]:
        answer["url"] = None
        checksum = signing.answer_checksum(answer, signing.CREATE_ANSWER_FIELDS, self._settings.create_secret)
        extra = {"isDelete": True, "idQrcode": id_qrcode, "visa": None, "master": None, "unionPay": None}
        return {**answer, "checksum": checksum, **extra}

    # ---- query

    def check_transaction(self, raw: bytes) -> dict[str, Any]:
        """Answer `CheckTrans`: 00 paid on that day, 04 failed, 01 nothing found, 05 or 08 in doubt."""
        fields: Fields = {}
        try:
            fields = _query_fields(raw)
            paid = self._found(fields)
        except Refusal as refusal:
            return self._signed_check(refusal.code, refusal.message, str(fields.get("txnId") or ""), None)
        return self._signed_check(
            paid.code if paid.code == "00" else "04",
            "Giao dich thanh cong" if paid.code == "00" else "Giao dich that bai",
            paid.txn_id,
            paid,
        )

    def _found(self, fields: Fields) -> VnpayPayment:
        right = signing.request_checksum(fields, signing.CHECK_FIELDS, self._settings.check_secret)
        if not signing.same(fields.get("checkSum"), right):
            raise Refusal("11", "Wrong checksum")
        if not fields["txnId"]:
            raise Refusal("03", "TxnId is empty")
        try:
            day_ms = read(fields["payDate"], SLASH_DAY_FORMAT)
        except ValueError as problem:
            raise Refusal("02", "PayDate is not in format dd/MM/yyyy") from problem
        ours = (self._settings.merchant_code, self._settings.terminal_id)
        txn_id = fields["txnId"]
        if (fields["merchantCode"], fields["terminalID"]) != ours:
            raise Refusal("01", "Transaction not found")
        self._doubt(txn_id)
        paid = self._book.money_for(txn_id) or next(reversed(self._book.payments_of(txn_id)), None)
        day = written(day_ms, SLASH_DAY_FORMAT)
        if paid is None or written(paid.at_ms, SLASH_DAY_FORMAT) != day:
            raise Refusal("01", "Transaction not found")
        return paid

    def _doubt(self, txn_id: str) -> None:
        switches = self._chaos.switches
        told = self._doubts.get(txn_id, 0)
        if self._chaos.means(VNPAY) and txn_id in self._book.qrs and told < switches.doubt_first:
            self._doubts[txn_id] = told + 1
            raise Refusal(switches.doubt_code, "Giao dich nghi van")

    def _signed_check(self, code: str, message: str, txn_id: str, paid: VnpayPayment | None) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "code": code,
            "message": message,
            "masterMerchantCode": VNPAY_GUID,
            "merchantCode": self._settings.merchant_code,
            "terminalID": self._settings.terminal_id,
            "billNumber": txn_id,
            "txnId": txn_id,
            "payDate": "" if paid is None else written(paid.at_ms, SLASH_SECONDS_FORMAT),
            "qrTrace": "" if paid is None else paid.qr_trace,
            "bankCode": "" if paid is None else paid.bank_code,
            "debitAmount": "" if paid is None else str(paid.amount),
            "realAmount": "" if paid is None else str(paid.real_amount),
        }
        secret = self._settings.check_secret
        return {**answer, "checkSum": signing.request_checksum(answer, signing.CHECK_ANSWER_FIELDS, secret)}


def _object(raw: bytes, code: str) -> dict[str, Any]:
    try:
        fields = json.loads(raw)
    except ValueError as problem:
        raise Refusal(code, "Body is not JSON") from problem
    if not isinstance(fields, dict):
        raise Refusal(code, "Body is not a JSON object")
    return fields


def _create_fields(raw: bytes) -> Fields:
    fields = _object(raw, "01")
    for name, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise Refusal("01", f"Data is not in format: {name} is not text")
        if value is not None and len(value) > LONGEST.get(name, 100):
            raise Refusal("01", f"Data is not in format: {name} is too long")
    if not fields.get("masterMerCode"):
        raise Refusal("12", MESSAGES["12"])
    for name in ("appId", "merchantName", "serviceCode", "merchantType", "merchantCode", "terminalId", "txnId"):
        if not fields.get(name):
            raise Refusal("01", f"Data is not in format: {name} is empty")
    _check_create_words(fields)
    return fields


def _check_create_words(fields: Fields) -> None:
    if fields.get("countryCode") != "VN" or fields.get("ccy") != "704":
        raise Refusal("01", "Data is not in format: countryCode or ccy")
    pay_type = fields.get("payType") or "03"
    if pay_type not in PAY_TYPES:
        raise Refusal("01", "Data is not in format: payType")
    if pay_type == "03" and not fields.get("billNumber"):
        raise Refusal("01", "Data is not in format: billNumber is empty")
    if pay_type == "04" and not fields.get("consumerID"):
        raise Refusal("15", MESSAGES["15"])
    if pay_type == "04" and not fields.get("purpose"):
        raise Refusal("16", MESSAGES["16"])
    if not re.fullmatch(r"[A-Za-z0-9 -]*", fields.get("desc") or "", re.ASCII):
        raise Refusal("01", "Data is not in format: desc")
    _whole_amount(fields.get("amount"))


def _whole_amount(text: object) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"[1-9]\d{0,12}", text, re.ASCII):
        raise Refusal("01", "Data is not in format: amount")
    return int(text)


def _query_fields(raw: bytes) -> Fields:
    fields = _object(raw, "11")
    for name in signing.CHECK_FIELDS:
        if not isinstance(fields.get(name), str):
            raise Refusal("11", f"Data is not in format: {name}")
    return fields
