"""Whether money that somebody tells of is what another has told before: a webhook, a pulled list, a bank's statement.

Facts: section 11.7 of the bank-notification protocols; the reasons stand in docs/adr/0018.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.ids import Instant
from domain.rails import Provider, Receipt

SAME_MONEY_MS: Final = 10 * 24 * 3_600_000
"""How far two tellings of one movement may lie apart: a bank that is closed for a feast books later what came then."""

_LEAST_REF: Final = 6
_SIGNS: Final = re.compile(r"[^0-9A-Z]")
_DIGIT: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class ToldMoney:
    """A movement that was told before, of the same amount; `is_booked` unless it was known to be another's already."""

    provider: Provider
    reference: str
    bank_ref: str
    paid_at: Instant
    is_booked: bool
    account_number: str = ""


def bank_number(text: str) -> str:
    """Return a bank's own number of a movement without signs, empty for what identifies nothing (`NONREF`, `12`)."""
    number = _SIGNS.sub("", text.upper())
    return number if len(number) >= _LEAST_REF and _DIGIT.search(number) else ""


def is_told_before(receipt: Receipt, reference: str, told: Sequence[ToldMoney]) -> bool:
    """Whether a movement has been told before, so that it is not booked again.

    The bank's own number decides where both tell it. Where one does not, or numbers another way, tellings of one
    payment and one amount are counted: who tells it for the n-th time tells nothing new while n are booked.
    `reference` is the payment's that the receipt names, empty for none.
    """
    fitting = [each for each in told if _fits(receipt, each)]
    near = [each for each in fitting if abs(each.paid_at - receipt.paid_at) <= SAME_MONEY_MS]
    number = bank_number(receipt.provider_ref)
    if number and any(
        bank_number(each.bank_ref) == number
        and (each.provider is not receipt.provider or receipt.provider is Provider.STATEMENT)
        and (each.reference == reference != "" or (each in near and "" in (reference, each.reference)))
        for each in fitting
    ):
        return True
    if not reference:
        return False
    alike = [each for each in near if each.reference == reference]
    own = [each for each in alike if each.provider is receipt.provider]
    if receipt.provider is Provider.STATEMENT:  # its lines may be told again in another file, but for the bank's number
        own = [each for each in own if _differs(number, bank_number(each.bank_ref))]
    booked = [
        each for each in alike if each.is_booked and (each in own or not _differs(number, bank_number(each.bank_ref)))
    ]
    return max(receipt.nth, len(own) + 1) <= len(booked)


def _fits(receipt: Receipt, told: ToldMoney) -> bool:
    """Whether the two may be on one account, by readers of which one reads statements: readers never share one."""
    if receipt.provider is not told.provider and Provider.STATEMENT not in (receipt.provider, told.provider):
        return False
    here, there = _SIGNS.sub("", receipt.account_number.upper()), _SIGNS.sub("", told.account_number.upper())
    return not here or not there or here == there


def _differs(number: str, other: str) -> bool:
    """Whether two numbers are of one kind and are not the same; another kind of number says nothing."""
    return number != other and _DIGIT.sub("0", number) == _DIGIT.sub("0", other) and bool(number)
