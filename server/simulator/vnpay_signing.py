"""The checksums of VNPAY QR MMS: MD5 over joined fields and one of three secrets.

Source: VNPAY QR MMS integration guide and captured messages (docs/simulator.md); a missing request field is an
empty string, a null response field is the word `null`.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

CREATE_FIELDS: Final = (
    "appId",
    "merchantName",
    "serviceCode",
    "countryCode",
    "masterMerCode",
    "merchantType",
    "merchantCode",
    "terminalId",
    "payType",
    "productId",
    "txnId",
    "amount",
    "tipAndFee",
    "ccy",
    "expDate",
)
CREATE_ANSWER_FIELDS: Final = ("code", "message", "data", "url")
NOTIFICATION_FIELDS: Final = (
    "code",
    "msgType",
    "txnId",
    "qrTrace",
    "bankCode",
    "mobile",
    "accountNo",
    "amount",
    "payDate",
    "merchantCode",
)
CHECK_FIELDS: Final = ("payDate", "txnId", "merchantCode", "terminalID")
CHECK_ANSWER_FIELDS: Final = (
    "masterMerchantCode",
    "merchantCode",
    "terminalID",
    "txnId",
    "payDate",
    "bankCode",
    "qrTrace",
    "debitAmount",
    "realAmount",
)
REFUND_FIELDS: Final = ("merchantCode", "qrTrace", "payTxnId", "refundTxnId", "typeRefund", "amount", "payDate")
REFUND_ANSWER_FIELDS: Final = ("code", "message", "qrTraceRefund", "refundDate")


def md5_upper(text: str) -> str:
    """Return the MD5 of the UTF-8 text as upper-case hex, as VNPAY prints it."""
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest().upper()


def request_checksum(fields: Mapping[str, object], order: tuple[str, ...], secret: str) -> str:
    """Return the checksum of a message whose missing or null fields count as empty strings."""
    values = ["" if fields.get(name) is None else str(fields[name]) for name in order]
    return md5_upper("|".join([*values, secret]))


def answer_checksum(fields: Mapping[str, object], order: tuple[str, ...], secret: str) -> str:
    """Return the checksum of an answer of VNPAY, where a null field counts as the four letters `null`."""
    values = ["null" if fields.get(name) is None else str(fields[name]) for name in order]
    return md5_upper("|".join([*values, secret]))


def refund_checksum(fields: Mapping[str, object], secret: str) -> str:
    """Return the refund request's checksum: secret first and no separators."""
    values = ["" if fields.get(name) is None else str(fields[name]) for name in REFUND_FIELDS]
    return md5_upper(secret + "".join(values))


def same(given: object, expected: str) -> bool:
    """Compare a received checksum with the right one in constant time, either letter case."""
    return isinstance(given, str) and hmac.compare_digest(given.upper().encode(), expected.upper().encode())
