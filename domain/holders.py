"""Holders: customers who have money stored with the shop, each known by one phone number."""

import re
from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.ids import HolderId, Instant, MerchantId, UserId, id_for

MAX_HOLDER_NAME: Final = 80
_SHORTEST: Final = 8
_LONGEST: Final = 15  # ITU-T E.164: a number has at most fifteen digits
_NOT_A_DIGIT: Final = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer with stored value. `phone` is in the form of `normal_phone`, and one of its own in the shop."""

    id: HolderId
    merchant_id: MerchantId
    name: str
    phone: str
    created_by: UserId
    created_at: Instant

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= MAX_HOLDER_NAME:
            raise RuleBroken(ErrorCode.NAME_INVALID, limit=MAX_HOLDER_NAME)
        if self.phone != normal_phone(self.phone) or self.id != holder_id(self.merchant_id, self.phone):
            raise RuleBroken(ErrorCode.PHONE_INVALID)


def normal_phone(text: str) -> str:
    """Return a phone number as digits from 0: `+84 903 111 218` and `0903111218` are one number.

    Raises RuleBroken(PHONE_INVALID), which does not repeat what was typed, for what is no phone number.
    """
    digits = "".join(str(int(char)) for char in _NOT_A_DIGIT.sub("", text))
    if digits.startswith("84") and len(digits) > 9:
        digits = f"0{digits[2:]}"
    if not _SHORTEST <= len(digits) <= _LONGEST:
        raise RuleBroken(ErrorCode.PHONE_INVALID)
    return digits


def holder_id(merchant_id: MerchantId, phone: str) -> HolderId:
    """Return the id of the holder of a normalised phone number.

    It follows from the number, so that two tills that meet a customer apart make one holder of them.
    """
    return HolderId(id_for("holder", merchant_id, phone))
