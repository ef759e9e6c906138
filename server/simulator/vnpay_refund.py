"""VNPAY's refund call (`/mms/refund`): full or partial, once per refund number."""

import json
from typing import Any, Final

from server.simulator import vnpay_signing as signing
from server.simulator.book import PAID_CODE, Book
from server.simulator.facts import Refunded, VnpayPayment
from server.simulator.settings import VnpaySettings
from server.simulator.vntime import SECONDS_FORMAT, written

FULL: Final = "1"
PARTIAL: Final = "2"
MESSAGES: Final = {
    "00": "Refund success",
    "01": "Wrong checksum",
    "02": "Amount is invalid (partial refund)",
    "03": "Amount is invalid (full refund)",
    "04": "Full refund is not allowed after a partial refund",
    "11": "Data is not in format",
    "12": "Transaction not found",
}


class VnpayRefunds:
    """Gives money back; the answer's checksum order is a guess, VNPAY has not published it."""

    def __init__(self, settings: VnpaySettings, book: Book) -> None:
        self._settings = settings
        self._book = book

    def refund(self, raw: bytes) -> dict[str, Any]:
        """Answer one refund request; the same refundTxnId gets the same answer and moves money once."""
        try:
            fields = json.loads(raw)
        except ValueError:
            fields = None
        if not isinstance(fields, dict) or not _well_formed(fields):
            return self._answer("11", None)
        if not signing.same(fields.get("checkSum"), signing.refund_checksum(fields, self._settings.refund_secret)):
            return self._answer("01", None)
        known = self._book.refunds.get(fields["refundTxnId"])
        if known is not None:
            return self._answer(*self._repeated(known, fields))
        paid = self._payment(fields)
        if paid is None:
            return self._answer("12", None)
        amount = int(fields["amount"])
        code = self._objection(paid, fields["typeRefund"], amount)
        if code != "00":
            return self._answer(code, None)
        done = Refunded(
            refund_txn_id=fields["refundTxnId"],
            qr_trace=paid.qr_trace,
            kind=fields["typeRefund"],
            amount=amount,
            refund_trace=str(self._book.next_number()),
            at_ms=self._book.now(),
        )
        self._book.write(done)
        return self._answer("00", done)

    def _repeated(self, known: Refunded, fields: dict[str, Any]) -> tuple[str, Refunded | None]:
        asked = (fields["qrTrace"], fields["typeRefund"], int(fields["amount"]))
        if asked == (known.qr_trace, known.kind, known.amount):
            return "00", known
        return "11", None

    def _payment(self, fields: dict[str, Any]) -> VnpayPayment | None:
        paid = self._book.payments.get(fields["qrTrace"])
        if paid is None or paid.code != PAID_CODE or fields["merchantCode"] != self._settings.merchant_code:
            return None
        same = paid.txn_id == fields["payTxnId"] and written(paid.at_ms, SECONDS_FORMAT) == fields["payDate"]
        return paid if same else None

    def _objection(self, paid: VnpayPayment, kind: str, amount: int) -> str:
        returned = sum(refund.amount for refund in self._book.refunds_of(paid.qr_trace))
        if kind == FULL:
            if returned:
                return "04"
            return "00" if amount == paid.amount else "03"
        return "00" if returned + amount <= paid.amount else "02"

    def _answer(self, code: str, done: Refunded | None) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "code": code,
            "message": MESSAGES[code],
            "qrTraceRefund": "" if done is None else done.refund_trace,
            "refundDate": "" if done is None else written(done.at_ms, SECONDS_FORMAT),
        }
        secret = self._settings.refund_secret
        return {**answer, "checkSum": signing.request_checksum(answer, signing.REFUND_ANSWER_FIELDS, secret)}


def _well_formed(fields: dict[str, Any]) -> bool:
    texts = all(isinstance(fields.get(name), str) and fields[name] for name in signing.REFUND_FIELDS)
    return (
        texts
        and fields["typeRefund"] in {FULL, PARTIAL}
        and fields["refundTxnId"].isdecimal()
        and fields["amount"].isdecimal()
        and int(fields["amount"]) > 0
    )
