"""payOS's payment links and transfers as the one form in which webhook and query report them, and order numbers."""

import re
from collections.abc import Mapping
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant
from domain.matching import LAST_NUMBER, PREFIX, find_reference, payment_reference
from domain.money import MAX_MINOR
from domain.rails import Provider, RailResult, RailStatus, Receipt
from server.rails.base import of_all
from server.rails.internet_time import internet_instant
from server.rails.payos_calls import kept
from server.rails.strict_json import Unreadable, parts_of, text_of
from server.rails.vietnam_time import vietnam_instant

FIRST_ORDER: Final = 77_000_000_000
"""payOS's order numbers are whole numbers that one channel never repeats. Ours are this plus the number that a
reference is without its check character: eleven digits, where a shop's other programs, which count from 1 or use the
time in seconds (ten digits) or milliseconds (thirteen), do not come."""

NOBODYS_ORDER: Final = FIRST_ORDER - 1
"""A number that is no reference's: asked about when somebody only wants to know whether payOS believes us."""

STATUSES: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "PENDING": (RailStatus.PENDING, None),
    "PROCESSING": (RailStatus.PENDING, None),
    "CANCELLED": (RailStatus.FAILED, FailureCode.PAYER_CANCELLED),
    "EXPIRED": (RailStatus.FAILED, FailureCode.EXPIRED),
    "FAILED": (RailStatus.FAILED, FailureCode.DECLINED),
}
"""Statuses of a link to which no money has come; PAID and UNDERPAID are told by their transfers."""

_LETTERS: Final = 26
_PER_LETTER: Final = LAST_NUMBER + 1
_REFERENCE: Final = re.compile(rf"{PREFIX}([0-9]{{2}})([A-Z])([0-9]{{6}})[0-9A-Z]")
_BANK_TIME: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_MAX_TEXT: Final = 1_000
_MAX_REFERENCE: Final = 100


def order_code(reference: str) -> int | None:
    """Return the order number of a payment reference, None for a text that is none."""
    match = _REFERENCE.fullmatch(reference)
    if match is None or find_reference(reference) != reference:
        return None
    series = int(match[1]) * _LETTERS + ord(match[2]) - ord("A")
    return FIRST_ORDER + series * _PER_LETTER + int(match[3])


def reference_of(code: int) -> str:
    """Return the payment reference of an order number, empty for a number that another program chose."""
    series, number = divmod(code - FIRST_ORDER, _PER_LETTER)
    till, letter = divmod(series, _LETTERS)
    return payment_reference(f"{till:02d}", chr(ord("A") + letter), number) if 0 <= till < 100 else ""


def short_text(reference: str, length: str) -> str:
    """Return what customers' banks show: the reference, or of nine letters its till, series and number."""
    return reference if length == "25" else reference.removeprefix(PREFIX)[:-1]


def link_result(link: Mapping[str, object], context_minor: int) -> RailResult:
    """Return what became of a link of this amount, with all of its transfers; raises Unreadable."""
    name, code = text_of(link, "id"), whole(link, "orderCode")
    if not name or whole(link, "amount") != context_minor:
        raise Unreadable("another payment")
    receipts = [receipt(transfer, code, name) for transfer in parts_of(link, "transactions")]
    response = kept(link)
    if receipts:
        found = RailResult(RailStatus.SUCCESS, provider_ref=name, response=response, receipts=tuple(receipts))
        return of_all([found])
    standing = STATUSES.get(text_of(link, "status"))
    if standing is None:
        raise Unreadable("status")
    return RailResult(standing[0], provider_ref=name, failure=standing[1], response=response)


def receipt(transfer: Mapping[str, object], code: int, link: str) -> Receipt:
    """Return a transfer to the link of an order as money; raises Unreadable."""
    bank_reference, amount = text_of(transfer, "reference"), whole(transfer, "amount")
    if not bank_reference or not link or not 0 < amount <= MAX_MINOR:
        raise Unreadable("transfer")
    return Receipt(
        provider=Provider.PAYOS,
        dedupe_key=f"payos:{link}:{bank_reference}"[:_MAX_TEXT],
        # The number is what payOS made the link for; the bank's text is all there is of another program's order.
        text=reference_of(code) or text_of(transfer, "description")[:_MAX_TEXT],
        amount_minor=amount,
        currency="VND",
        paid_at=_moment(text_of(transfer, "transactionDateTime")),
        provider_ref=bank_reference[:_MAX_REFERENCE],
        account_number=text_of(transfer, "accountNumber")[:_MAX_REFERENCE],
    )


def whole(fields: Mapping[str, object], name: str) -> int:
    """Return a field that must be a whole number; raises Unreadable."""
    value = fields.get(name)
    if type(value) is not int:
        raise Unreadable(name)
    return value


def _moment(text: str) -> Instant:
    """Return the moment of a transfer: Vietnamese wall-clock time as banks write it, or RFC 3339."""
    for pattern in _BANK_TIME:
        try:
            return vietnam_instant(text, pattern)
        except ValueError:
            continue
    return internet_instant(text)
