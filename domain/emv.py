"""The grammar of EMVCo merchant-presented codes: checksum, data objects, templates, and what values may look like."""

import re
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.errors import ErrorCode, RuleBroken

NAME_LIMIT: Final = 25
CITY_LIMIT: Final = 15
LABEL_LIMIT: Final = 25
"""Characters in the merchant's name (59), the city (60) and each label of the additional data (62/01 to 62/08)."""

VIETQR_GUID: Final = "A000000727"
ADDITIONAL: Final = {
    "01": "bill_number",
    "02": "mobile",
    "03": "store",
    "04": "loyalty",
    "05": "reference",
    "06": "customer",
    "07": "terminal",
    "08": "purpose",
    "09": "consumer_data",
}
"""The objects of the additional data template (62), NAPAS table 2."""

AMOUNT: Final = re.compile(r"(?=.{1,13}\Z)(?=.*[1-9])[0-9]+(\.[0-9]*)?")
"""An amount above zero: digits, at most one point even without decimals, at most 13 characters (NAPAS 5.2.6)."""

PRINTABLE: Final = re.compile(r"[ -~]+")

_QR_CAPACITY: Final = 4296  # characters in the largest QR symbol that can hold letters (version 40-L)
_READABLE: Final = 512  # EMVCo: longer payloads cannot be scanned reliably
_TEMPLATES: Final = frozenset(f"{tag:02d}" for tag in (*range(26, 52), 62, 64))


def _up_to(limit: int) -> tuple[re.Pattern[str], str]:
    return re.compile(rf"[ -~]{{1,{limit}}}"), f"at most {limit} printable ASCII characters"


_CONTENT: Final = {
    "52": (re.compile(r"[0-9]{4}"), "four digits"),
    "55": (re.compile(r"0[123]"), "01, 02 or 03"),
    "56": (AMOUNT, "an amount above zero of at most 13 characters"),
    "57": (re.compile(r"(?=.*[1-9])[0-9]{1,2}(\.[0-9]{0,2})?"), "a percentage from 00.01 to 99.99"),
    "58": (re.compile(r"[A-Z]{2}"), "two capital letters (ISO 3166-1)"),
    "59": _up_to(NAME_LIMIT),
    "60": _up_to(CITY_LIMIT),
    "61": _up_to(10),
    **{f"62/{tag}": _up_to(LABEL_LIMIT) for tag in ADDITIONAL},
    "62/09": (re.compile(r"(?!.*(.).*\1)[AME]{1,3}"), "A, M and E, each at most once"),
    "64/00": (re.compile(r"[A-Za-z]{2}"), "a two-letter language (ISO 639)"),
    "64/01": (re.compile(r".{1,25}"), "at most 25 characters"),
    "64/02": (re.compile(r".{1,15}"), "at most 15 characters"),
}


class QrReason(StrEnum):
    """Why a code is refused: its checksum, its outer objects, a template inside, or what the objects mean together."""

    CRC = "crc"
    TLV = "tlv"
    NESTED = "nested"
    VIETQR = "vietqr"


class QrRefused(RuleBroken):
    """The text is no payment code that a strict reader may accept.

    The facts are `reason`, `path` (`38/01` is object 01 inside object 38), `offset` (characters from the start of the
    text) and `detail` (English, what was expected there).
    """

    def __init__(self, reason: QrReason, path: str, offset: int, detail: str) -> None:
        super().__init__(ErrorCode.QR_INVALID, reason=reason.value, path=path, offset=offset, detail=detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class QrWarning:
    """A length or content rule that a readable code breaks, and the object that breaks it."""

    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class DataObject:
    """One data object: where it stands, its value, and the objects inside where it is a template."""

    path: str
    value: str
    offset: int
    children: "tuple[DataObject, ...]" = ()

    @property
    def tag(self) -> str:
        """The two digits that name it among its neighbours."""
        return self.path[-2:]

    def find(self, *tags: str) -> "DataObject | None":
        """Return the object that `tags` lead to from here, or None."""
        found: DataObject | None = self
        for tag in tags:
            found = next((child for child in found.children if child.tag == tag), None) if found else None
        return found

    def text(self, *tags: str) -> str | None:
        """Return the value that `tags` lead to from here, or None."""
        found = self.find(*tags)
        return found.value if found else None

    def need(self, *tags: str) -> "DataObject":
        """Return the object that `tags` lead to; raises `QrRefused(vietqr)` where one is missing."""
        found = self
        for tag in tags:
            inner = found.find(tag)
            if inner is None:
                path = f"{found.path}/{tag}" if found.path else tag
                raise QrRefused(QrReason.VIETQR, path, found.offset, f"object {path} is missing, it is mandatory here")
            found = inner
        return found

    def refused(self, expected: str) -> QrRefused:
        """Return the refusal of this object's value, which parses and means nothing valid."""
        return QrRefused(QrReason.VIETQR, self.path, self.offset, f"object {self.path} is {self.value!a}, {expected}")


def write(tag: str, value: str) -> str:
    """Return one data object, or nothing where the value is empty: EMVCo knows no empty objects."""
    return f"{tag}{len(value):02d}{value}" if value else ""


def crc(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE of the UTF-8 bytes as four capital hexadecimal digits (ISO/IEC 13239)."""
    return f"{crc_hqx(text.encode('utf-8', 'surrogatepass'), 0xFFFF):04X}"


def read(text: str) -> DataObject:
    """Return the payload's objects under one root; raises `QrRefused` for crc, tlv, nested or a repeated object."""
    _check_crc(text)
    root = DataObject("", text, 0, _objects(text, 0, ""))
    _refuse_repeated(root)
    return root


def broken_rules(root: DataObject) -> Iterator[QrWarning]:
    """Yield the length and content rules of EMVCo and NAPAS (section 5.2) that an otherwise valid code breaks."""
    if len(root.value) > _READABLE:
        yield QrWarning("", f"the payload has {len(root.value)} characters, EMVCo advises at most {_READABLE}")
    for item in _leaves(root):
        rule = _CONTENT.get(item.path)
        if rule is None and item.path.startswith("64/"):
            continue  # the language template may hold any letters
        pattern, expected = rule or (PRINTABLE, "printable ASCII characters")
        if not pattern.fullmatch(item.value):
            yield QrWarning(item.path, f"object {item.path} is {item.value!a}, expected: {expected}")
    for path, wanted in (("56", "02"), ("57", "03")):
        if (root.text("55") == wanted) != (root.find(path) is not None):
            yield QrWarning(path, f"object {path} must be present exactly when object 55 is {wanted}")
    for tag in ("00", "01"):
        if root.find("64") and not root.find("64", tag):
            yield QrWarning(f"64/{tag}", f"object 64/{tag} is missing")


def _check_crc(text: str) -> None:
    at = max(len(text) - 8, 0)
    if len(text) > _QR_CAPACITY:
        raise QrRefused(QrReason.TLV, "", _QR_CAPACITY, f"no QR symbol holds more than {_QR_CAPACITY} characters")
    if not re.fullmatch(r"6304[0-9A-Fa-f]{4}", text[at:]):
        raise QrRefused(QrReason.CRC, "63", at, "the text must end in 6304 and four hexadecimal digits")
    computed = crc(text[:-4])
    if computed != text[-4:].upper():
        raise QrRefused(QrReason.CRC, "63", at + 4, f"the checksum is {text[-4:]}, the text before it gives {computed}")


def _objects(text: str, start: int, path: str) -> tuple[DataObject, ...]:
    """Split a value into its objects, templates included; `start` is its place in the whole text (NAPAS 5.1)."""
    reason = QrReason.NESTED if path else QrReason.TLV
    place = f"template {path}" if path else "the payload"
    if not text:
        raise QrRefused(reason, path, start, f"{place} is empty, at least one object is expected")
    flat: list[DataObject] = []
    at = 0
    while at < len(text):
        tag, digits = text[at : at + 2], text[at + 2 : at + 4]
        if not re.fullmatch(r"[0-9]{2}", tag):
            raise QrRefused(reason, path, start + at, f"in {place} a two-digit tag is expected, found {tag!a}")
        own = f"{path}/{tag}" if path else tag
        if not re.fullmatch(r"[0-9]{2}", digits):
            detail = f"object {own} should have a two-digit length, found {digits!a}"
            raise QrRefused(reason, own, start + at + 2, detail)
        value = text[at + 4 : at + 4 + int(digits)]
        if len(value) < int(digits):
            detail = f"object {own} should hold {digits} characters, {len(value)} are left"
            raise QrRefused(reason, own, start + at + 4, detail)
        if not value and own not in _TEMPLATES:
            raise QrRefused(reason, own, start + at + 2, f"object {own} is empty, lengths run from 01 to 99")
        flat.append(DataObject(own, value, start + at))
        at += 4 + len(value)
    return tuple(
        replace(item, children=_objects(item.value, item.offset + 4, item.path)) if _is_template(item, flat) else item
        for item in flat
    )


def _is_template(item: DataObject, neighbours: list[DataObject]) -> bool:
    if item.path == "38/01":
        return any(other.path == "38/00" and other.value == VIETQR_GUID for other in neighbours)
    return item.path in _TEMPLATES


def _refuse_repeated(parent: DataObject) -> None:
    seen: set[str] = set()
    for child in parent.children:
        if child.path in seen:
            raise QrRefused(QrReason.VIETQR, child.path, child.offset, f"object {child.path} is given twice")
        seen.add(child.path)
        _refuse_repeated(child)


def _leaves(parent: DataObject) -> Iterator[DataObject]:
    for child in parent.children:
        if child.children:
            yield from _leaves(child)
        else:
            yield child
