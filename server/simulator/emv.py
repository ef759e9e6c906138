"""The payer's app's own reader and writer of EMVCo merchant QR texts (VietQR tag 38, VNPAY-QR tag 26).

It is written apart from the shop's encoder on purpose: two programs that read the same specification find each
other's mistakes. Source: EMVCo merchant-presented mode; NAPAS "định dạng mã VietQR" v1.0 (September 2021).
"""

import binascii
from dataclasses import dataclass
from typing import Final

NAPAS_GUID: Final = "A000000727"
VNPAY_GUID: Final = "A000000775"
TO_ACCOUNT: Final = "QRIBFTTA"
TO_CARD: Final = "QRIBFTTC"
VND_CODE: Final = "704"
CRC_HEAD: Final = "6304"


class UnreadableQr(ValueError):
    """The payer's app cannot read this text; the message says why."""


@dataclass(frozen=True, slots=True)
class VietQr:
    """A transfer order read from a VietQR text; `amount` in whole VND, None when the payer types it."""

    bank_bin: str
    account_number: str
    amount: int | None
    content: str
    single_use: bool


@dataclass(frozen=True, slots=True)
class VnpayQr:
    """A bill of VNPAY read from its QR text; `amount` in whole VND."""

    merchant_code: str
    terminal_id: str
    bill_number: str
    amount: int | None


def field(tag: str, value: str) -> str:
    """Return one TLV object; raises ValueError when the value is not 1 to 99 ASCII characters."""
    if not 1 <= len(value) <= 99 or not value.isascii():
        raise ValueError(f"tag {tag} cannot hold {value!r}")
    return f"{tag}{len(value):02d}{value}"


def crc(text: str) -> str:
    """Return the four upper-case digits of the EMVCo checksum (CRC-16, 0x1021, start 0xFFFF)."""
    return f"{binascii.crc_hqx(text.encode('utf-8'), 0xFFFF):04X}"


def sealed(body: str) -> str:
    """Return `body` with its checksum object appended."""
    return body + CRC_HEAD + crc(body + CRC_HEAD)


def vnpay_text(
    *,
    merchant_code: str,
    merchant_name: str,
    merchant_type: str,
    city: str,
    terminal_id: str,
    txn_id: str,
    amount: int,
) -> str:
    """Return the QR text VNPAY hands out for one bill (dynamic, amount in whole VND)."""
    extra = field("01", txn_id[:25]) + field("03", merchant_name[:25]) + field("07", terminal_id[:25])
    return sealed(
        field("00", "01")
        + field("01", "12")
        + field("26", field("00", VNPAY_GUID) + field("01", merchant_code))
        + field("52", merchant_type)
        + field("53", VND_CODE)
        + field("54", str(amount))
        + field("58", "VN")
        + field("59", merchant_name[:25])
        + field("60", city[:15])
        + field("62", extra)
    )


def read(text: str) -> VietQr | VnpayQr:
    """Read a QR text as a payer's app does; raises `UnreadableQr` when it would refuse it."""
    root = _opened(text.strip())
    if root.get("53") != VND_CODE:
        raise UnreadableQr("the currency is not VND")
    amount = _amount(root.get("54"))
    extra = _objects(root["62"]) if "62" in root else {}
    if "38" in root:
        return _vietqr(_objects(root["38"]), amount, extra, single_use=root.get("01") == "12")
    if "26" in root:
        return _vnpay(_objects(root["26"]), amount, extra)
    raise UnreadableQr("neither VietQR (tag 38) nor VNPAY-QR (tag 26)")


def _opened(text: str) -> dict[str, str]:
    if not text.startswith("000201"):
        raise UnreadableQr("not an EMV QR text")
    if text[-8:-4] != CRC_HEAD or text[-4:].upper() != crc(text[:-4]):
        raise UnreadableQr("the checksum is wrong")
    return _objects(text)


def _objects(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, size = text[at : at + 2], text[at + 2 : at + 4]
        if not (len(tag) == 2 and tag.isdecimal() and tag.isascii() and len(size) == 2 and size.isdecimal()):
            raise UnreadableQr(f"the object at position {at} has no tag and length")
        value = text[at + 4 : at + 4 + int(size)]
        if not value or len(value) != int(size):
            raise UnreadableQr(f"tag {tag} is shorter than it says")
        if tag in found:
            raise UnreadableQr(f"tag {tag} stands twice")
        found[tag] = value
        at += 4 + int(size)
    return found


def _amount(written: str | None) -> int | None:
    if written is None:
        return None
    whole, _, rest = written.partition(".")
    if not whole.isdecimal() or not whole.isascii() or rest.strip("0") or int(whole) == 0:
        raise UnreadableQr(f"{written!r} is not an amount in dong")
    return int(whole)


def _vietqr(account: dict[str, str], amount: int | None, extra: dict[str, str], *, single_use: bool) -> VietQr:
    if account.get("00") != NAPAS_GUID or "01" not in account:
        raise UnreadableQr("tag 38 is not a NAPAS account")
    if account.get("02") not in {TO_ACCOUNT, TO_CARD}:
        raise UnreadableQr("the NAPAS service is missing")
    beneficiary = _objects(account["01"])
    if not {"00", "01"} <= beneficiary.keys():
        raise UnreadableQr("the bank or the account is missing")
    return VietQr(
        bank_bin=beneficiary["00"],
        account_number=beneficiary["01"],
        amount=amount,
        content=extra.get("08", ""),
        single_use=single_use,
    )


def _vnpay(merchant: dict[str, str], amount: int | None, extra: dict[str, str]) -> VnpayQr:
    if merchant.get("00") != VNPAY_GUID or "01" not in merchant or "01" not in extra:
        raise UnreadableQr("not a bill of VNPAY")
    return VnpayQr(merchant["01"], extra.get("07", ""), extra["01"], amount)
