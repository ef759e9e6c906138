"""Checksums of VNPAY QR MMS: which fields each message signs, in which order, kept as data."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SignedFields:
    """The order of a message's checksum; the secret stands last unless `secret_first`, after the same separator."""

    names: tuple[str, ...]
    separator: str = "|"
    secret_first: bool = False


def _order(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


CREATE: Final = SignedFields(
    _order(
        "appId|merchantName|serviceCode|countryCode|masterMerCode|merchantType|merchantCode|terminalId|payType|"
        "productId|txnId|amount|tipAndFee|ccy|expDate"
    )
)
"""Request of createQrcode (integration guide, "Create QR"): create secret."""

CREATE_ANSWER: Final = SignedFields(_order("code|message|data|url"))
"""Answer of createQrcode: create secret; a null field enters as the four letters `null`."""

NOTIFICATION: Final = SignedFields(
    _order("code|msgType|txnId|qrTrace|bankCode|mobile|accountNo|amount|payDate|merchantCode")
)
"""Payment notification: create secret. masterMerCode, terminalId, ccy and addData are not signed."""

CHECK: Final = SignedFields(_order("payDate|txnId|merchantCode|terminalID"))
"""Request of CheckTrans: check secret."""

CHECK_ANSWER: Final = SignedFields(
    _order("masterMerchantCode|merchantCode|terminalID|txnId|payDate|bankCode|qrTrace|debitAmount|realAmount")
)
"""Answer of CheckTrans: check secret. The bank code stands before the trace; code and message are not signed."""

REFUND: Final = SignedFields(
    _order("merchantCode|qrTrace|payTxnId|refundTxnId|typeRefund|amount|payDate"), separator="", secret_first=True
)
"""Request of refund: refund secret."""


def checksum(signed: SignedFields, fields: Mapping[str, str], secret: str) -> str:
    """Return the MD5 checksum in upper-case hexadecimal; fields that are missing count as empty."""
    values = [fields.get(name, "") for name in signed.names]
    parts = [secret, *values] if signed.secret_first else [*values, secret]
    text = signed.separator.join(parts).encode()
    return hashlib.md5(text).hexdigest().upper()  # noqa: S324 - the provider's protocol knows no other digest


def verified(signed: SignedFields, fields: Mapping[str, str], secret: str, given: str) -> bool:
    """Tell in constant time whether `given` is the checksum in either case; never so with an empty secret.

    A field that contains the separator is refused: its text could also be read as two fields.
    """
    ambiguous = signed.separator and any(signed.separator in fields.get(name, "") for name in signed.names)
    if not secret or ambiguous:
        return False
    return hmac.compare_digest(checksum(signed, fields, secret).encode(), given.upper().encode())
