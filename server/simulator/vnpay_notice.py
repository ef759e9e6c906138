"""VNPAY's payment notification (IPN): its body, its checksum and how the receiver's reply is understood."""

import json
from typing import Any, Final

from server.simulator import vnpay_signing as signing
from server.simulator.delivery import ACCEPTED, AGAIN, REFUSED, Verdict
from server.simulator.emv import VNPAY_GUID
from server.simulator.facts import Notice, QrCreated, VnpayPayment
from server.simulator.settings import VnpaySettings
from server.simulator.vntime import SECONDS_FORMAT, written

TAKEN_CODES: Final = frozenset({"00", "03"})
RETRY_WAITS_S: Final = (10.0, 30.0, 60.0, 120.0, 300.0)
"""VNPAY publishes no retry schedule; this one is the simulator's own: five more tries in under nine minutes."""

CUSTOMER_MOBILE: Final = "0900000000"
WORDS: Final = {"00": "Tru tien thanh cong, so trace {trace}", "24": "Khach hang huy giao dich"}


def notification_body(payment: VnpayPayment, qr: QrCreated | None, settings: VnpaySettings) -> str:
    """Return the JSON VNPAY posts for a finished attempt; `qr` None is a bill VNPAY never made a QR for."""
    item = {
        "merchantType": qr.merchant_type if qr else "9999",
        "serviceCode": qr.service_code if qr else "03",
        "masterMerCode": VNPAY_GUID,
        "merchantCode": settings.merchant_code,
        "terminalId": settings.terminal_id,
        "productId": "",
        "amount": str(payment.amount),
        "tipAndFee": "",
        "ccy": "704",
        "qty": "1",
        "note": qr.description if qr else "",
    }
    fields: dict[str, Any] = {
        "code": payment.code,
        "message": WORDS.get(payment.code, "Giao dich that bai").format(trace=payment.qr_trace),
        "msgType": "1",
        "txnId": payment.txn_id,
        "qrTrace": payment.qr_trace,
        "bankCode": payment.bank_code,
        "mobile": CUSTOMER_MOBILE,
        "accountNo": "",
        "amount": str(payment.amount),
        "payDate": written(payment.at_ms, SECONDS_FORMAT),
        "masterMerCode": VNPAY_GUID,
        "merchantCode": settings.merchant_code,
        "terminalId": settings.terminal_id,
        "addData": [item],
        "ccy": "704",
    }
    checksum = signing.request_checksum(fields, signing.NOTIFICATION_FIELDS, settings.create_secret)
    return json.dumps({**fields, "checksum": checksum}, ensure_ascii=False)


class VnpayChannel:
    """How notices of VNPAY travel to the URL registered with VNPAY."""

    waits_s: tuple[float, ...] = RETRY_WAITS_S
    give_up_after_s: float | None = None

    def __init__(self, url: str) -> None:
        self.url = url

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one attempt; a forged one is signed by somebody without the secret."""
        del at_ms  # nothing in VNPAY's signature depends on the moment of sending
        body = notice.body
        if forged:
            fields = json.loads(body)
            wrong = signing.request_checksum(fields, signing.NOTIFICATION_FIELDS, "somebody-else")
            body = json.dumps({**fields, "checksum": wrong}, ensure_ascii=False)
        return body.encode("utf-8"), {"Content-Type": "application/json"}

    def judge(self, status: int, answer: str) -> Verdict:
        """Read the reply `{code, message, data}`; anything else at HTTP level counts as no answer."""
        try:
            reply = json.loads(answer)
        except ValueError:
            reply = None
        code = reply.get("code") if isinstance(reply, dict) else None
        if status != 200 or not isinstance(code, str):
            return Verdict(AGAIN, "")
        return Verdict(ACCEPTED if code in TAKEN_CODES else REFUSED, code)
