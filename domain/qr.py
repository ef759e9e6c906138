"""Payment codes without any network: writes VietQR (NAPAS 247) and reads EMVCo merchant-presented codes strictly."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain import emv
from domain.emv import DataObject, QrReason, QrRefused, QrWarning
from domain.errors import ErrorCode, RuleBroken

__all__ = [
    "MAX_TRANSFER_VND",
    "EmvQr",
    "QrReason",
    "QrRefused",
    "QrWarning",
    "Service",
    "VietQr",
    "decode",
    "describe",
    "describe_refusal",
    "encode_vietqr",
    "fold_ascii",
]

MAX_TRANSFER_VND: Final = 499_999_999
"""The largest single NAPAS 247 transfer: it must stay under 500 million VND."""

_VND: Final = "704"
_VNPAY: Final = {"A000000775": "vnpayqr", "908405": "vnpayqr-old"}
_ACCOUNTS: Final = frozenset(f"{tag:02d}" for tag in range(2, 52))
_INITIATIONS: Final = {"11": "static", "12": "dynamic"}
_FOLDS: Final = str.maketrans("đĐ₫–—‘’“”", "dDd--''\"\"")


class Service(StrEnum):
    """The NAPAS 247 service that carries the transfer."""

    ACCOUNT = "QRIBFTTA"
    CARD = "QRIBFTTC"


@dataclass(frozen=True, slots=True)
class VietQr:
    """A transfer to ask for: 6-digit bank BIN, account or card, and whole VND, None where the payer types them."""

    bank_bin: str
    account: str
    amount_minor: int | None
    purpose: str
    service: Service = Service.ACCOUNT
    merchant_name: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class EmvQr:
    """What an accepted code says; absent objects are None, `amount` is the text of object 54.

    `initiation` is static or dynamic, `scheme` vietqr, vnpayqr, vnpayqr-old or other. `amount_minor` is the amount in
    whole VND, None where it is absent or in another currency. `unknown` holds objects 65 to 99 as they stood, in order.
    """

    initiation: str | None
    scheme: str
    guid: str | None
    bin: str | None
    account_or_card: str | None
    service: str | None
    merchant_code: str | None
    mcc: str | None
    currency: str
    amount: str | None
    amount_minor: int | None
    country: str
    merchant_name: str | None
    city: str | None
    additional: Mapping[str, str] = field(hash=False)
    unknown: tuple[tuple[str, str], ...]
    warnings: tuple[QrWarning, ...]


def fold_ascii(text: str, limit: int | None = None) -> str:
    """Return `text` in printable ASCII: Vietnamese marks stripped, đ as d, blanks collapsed, cut to `limit` characters.

    What has no ASCII form (Chinese letters, pictures) is left out. NAPAS 5.1 counts characters where some readers count
    bytes; plain ASCII is read the same by both.
    """
    kept = "".join(letter for letter in _fold(text) if " " <= letter <= "~")
    return " ".join(kept.split())[:limit].rstrip()


def encode_vietqr(qr: VietQr) -> str:
    """Return the payload of a VietQR code, in ASCII with its checksum; dynamic when it has an amount, else static.

    Raises `RuleBroken(QR_INVALID)` whose `reason` names the field that NAPAS 247 would not accept: `bin`, `account`,
    `amount`, `purpose`, `merchant_name` or `city`. Source: NAPAS VietQR format v1.0, sections 5.2 and 6.
    """
    _require(re.fullmatch(r"[0-9]{6}", qr.bank_bin), "bin", "a bank is named by six digits")
    shape = r"[0-9]{1,19}" if qr.service is Service.CARD else r"[0-9A-Za-z]{1,19}"
    _require(re.fullmatch(shape, qr.account), "account", "1 to 19 letters and digits are expected, digits for a card")
    receiver = emv.write("00", qr.bank_bin) + emv.write("01", qr.account)
    transfer = emv.write("00", emv.VIETQR_GUID) + emv.write("01", receiver) + emv.write("02", qr.service.value)
    objects = (
        ("00", "01"),
        ("01", "11" if qr.amount_minor is None else "12"),
        ("38", transfer),
        ("53", _VND),
        ("54", _amount_text(qr.amount_minor)),
        ("58", "VN"),
        ("59", _text("merchant_name", qr.merchant_name, emv.NAME_LIMIT)),
        ("60", _text("city", qr.city, emv.CITY_LIMIT)),
        ("62", emv.write("08", _text("purpose", qr.purpose, emv.LABEL_LIMIT))),
    )
    body = "".join(emv.write(tag, value) for tag, value in objects) + "6304"
    return body + emv.crc(body)


def decode(text: str) -> EmvQr:
    """Read an EMVCo merchant-presented code as strictly as its rules allow.

    Raises `QrRefused` with the first of: `crc` (wrong or missing checksum), `tlv` (the outer objects do not parse),
    `nested` (a template does not), `vietqr` (it parses and is no valid VietQR or EMV merchant layout). A code that only
    breaks a length or content rule is returned with warnings. Source: EMVCo merchant-presented mode; NAPAS section 5.
    """
    root = emv.read(text)
    _check_layout(root)
    account, scheme = _payee(root)
    if scheme == "vietqr":
        _check_vietqr(root)
    vietqr, amount, currency = scheme == "vietqr", root.text("54"), root.need("53").value
    return EmvQr(
        initiation=_INITIATIONS.get(root.text("01") or ""),
        scheme=scheme,
        guid=account.text("00") if account else None,
        bin=root.text("38", "01", "00") if vietqr else None,
        account_or_card=root.text("38", "01", "01") if vietqr else None,
        service=root.text("38", "02") if vietqr else None,
        merchant_code=account.text("01") if account and not vietqr else None,
        mcc=root.text("52"),
        currency=currency,
        amount=amount,
        amount_minor=int(amount.rstrip(".")) if amount and currency == _VND else None,
        country=root.need("58").value,
        merchant_name=root.text("59"),
        city=root.text("60"),
        additional=_additional(root),
        unknown=tuple((item.tag, item.value) for item in root.children if item.tag >= "65"),
        warnings=(*emv.broken_rules(root), *_scheme_warnings(root, scheme)),
    )


def describe(qr: EmvQr) -> dict[str, object]:
    """Return the code as plain values for JSON, one key per field of `EmvQr` and `accepted: true`."""
    return {
        "accepted": True,
        "initiation": qr.initiation,
        "scheme": qr.scheme,
        "guid": qr.guid,
        "bin": qr.bin,
        "account_or_card": qr.account_or_card,
        "service": qr.service,
        "merchant_code": qr.merchant_code,
        "mcc": qr.mcc,
        "currency": qr.currency,
        "amount": qr.amount,
        "amount_minor": qr.amount_minor,
        "country": qr.country,
        "merchant_name": qr.merchant_name,
        "city": qr.city,
        "additional": dict(qr.additional),
        "unknown": [{"tag": tag, "value": value} for tag, value in qr.unknown],
        "warnings": [{"path": warning.path, "detail": warning.detail} for warning in qr.warnings],
    }


def describe_refusal(error: RuleBroken) -> dict[str, object]:
    """Return why a code was refused, by `decode` or by `encode_vietqr`, as plain values for JSON: `accepted: false`."""
    return {"accepted": False, "code": error.code.value, **error.facts}


def _check_layout(root: DataObject) -> None:
    """Refuse what no EMVCo reader may pay: mandatory objects, their place, currency, country and amount."""
    first, last = root.children[0], root.children[-1]
    if (first.tag, first.value) != ("00", "01"):
        raise first.refused("the first object must be 00 with the value 01")
    if last.tag != "63":
        raise last.refused("the last object must be 63")
    initiation = root.find("01")
    if initiation and initiation.value not in _INITIATIONS:
        raise initiation.refused("11 (static) or 12 (dynamic) is expected")
    accounts = [item for item in root.children if item.tag in _ACCOUNTS]
    if not accounts:
        raise QrRefused(QrReason.VIETQR, "", 0, "no merchant account: one of the objects 02 to 51 is mandatory")
    for template in accounts:
        if template.children:
            template.need("00")
    currency = root.need("53")
    if not re.fullmatch(r"[0-9]{3}", currency.value):
        raise currency.refused("a currency is three digits (ISO 4217)")
    root.need("58")
    amount = root.find("54")
    if amount and not emv.AMOUNT.fullmatch(amount.value):
        raise amount.refused("an amount above zero is expected: digits, at most one '.', at most 13 characters")
    if amount and currency.value == _VND and not re.fullmatch(r"[0-9]+\.?", amount.value):
        raise amount.refused("the dong has no decimals")


def _payee(root: DataObject) -> tuple[DataObject | None, str]:
    """Return the template that says who is paid, and the scheme by its globally unique identifier."""
    templates = [item for item in root.children if item.tag in _ACCOUNTS and item.children]
    for item in templates:
        guid = item.need("00")
        if guid.value.upper() == emv.VIETQR_GUID:
            if guid.path != "38/00" or guid.value != emv.VIETQR_GUID:
                raise guid.refused(f"VietQR stands in object 38 as {emv.VIETQR_GUID}")
            return item, "vietqr"
    for item in templates:
        scheme = _VNPAY.get(item.need("00").value)
        if item.tag == "26" and scheme:
            item.need("01")
            return item, scheme
    return (templates[0] if templates else None), "other"


def _check_vietqr(root: DataObject) -> None:
    """Refuse a VietQR that names no receiver, or not in the places where banks look (NAPAS 5.2)."""
    rules = (
        (("01",), "11|12", "11 (static) or 12 (dynamic) is expected"),
        (("38", "01", "00"), "[0-9]{6}", "a bank is named by six digits"),
        (("38", "01", "01"), "[0-9A-Za-z]{1,19}", "1 to 19 letters and digits are expected"),
        (("38", "02"), "QRIBFTTA|QRIBFTTC|QRPUSH", "QRIBFTTA, QRIBFTTC or QRPUSH is expected"),
        (("53",), _VND, "VietQR is in dong, 704"),
        (("58",), "VN", "VietQR is for Viet Nam, VN"),
    )
    for tags, pattern, expected in rules:
        item = root.need(*tags)
        if not re.fullmatch(pattern, item.value):
            raise item.refused(expected)


def _scheme_warnings(root: DataObject, scheme: str) -> Iterator[QrWarning]:
    """Yield the rules of the scheme itself that are broken; NAPAS and VNPAY leave out what EMVCo wants of others."""
    if scheme == "vietqr" and int((root.text("54") or "0").rstrip(".")) > MAX_TRANSFER_VND:
        yield QrWarning("54", f"NAPAS 247 carries at most {MAX_TRANSFER_VND} VND in one transfer")
    if scheme in _VNPAY.values() and (root.text("53"), root.text("58")) != (_VND, "VN"):
        yield QrWarning("53", "a VNPAY code is in dong (704) and for Viet Nam (VN)")
    for tag in ("52", "59", "60") if scheme == "other" else ():
        if not root.find(tag):
            yield QrWarning(tag, f"object {tag} is missing")


def _additional(root: DataObject) -> Mapping[str, str]:
    template = root.find("62")
    objects = template.children if template else ()
    return MappingProxyType({emv.ADDITIONAL.get(item.tag, item.tag): item.value for item in objects})


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDS))
    return " ".join("".join(letter for letter in plain if unicodedata.category(letter) not in {"Mn", "Cf"}).split())


def _text(name: str, text: str, limit: int) -> str:
    """Return a text field as it is encoded; letters that would be lost are refused: a reference must arrive whole."""
    folded = _fold(text)
    _require(not folded or emv.PRINTABLE.fullmatch(folded), name, "it has letters that cannot be written in ASCII")
    _require(len(folded) <= limit, name, f"{len(folded)} characters, at most {limit} are allowed")
    return folded


def _amount_text(amount_minor: int | None) -> str:
    if amount_minor is None:
        return ""
    allowed = type(amount_minor) is int and 0 < amount_minor <= MAX_TRANSFER_VND
    _require(allowed, "amount", f"whole dong from 1 to {MAX_TRANSFER_VND} are expected")
    return str(amount_minor)


def _require(holds: object, name: str, detail: str) -> None:
    if not holds:
        raise RuleBroken(ErrorCode.QR_INVALID, reason=name, detail=detail)
