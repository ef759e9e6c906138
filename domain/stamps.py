"""How a move of money came about: by itself, by a person, or by a person against what the machine would have done."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.payments import Cause, PaymentException


class Stamp(StrEnum):
    """The three ways (requirement PAY-10)."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    FORCED = "forced"


_STAMPS: Final[Mapping[Cause, Stamp]] = {
    Cause.PERSON: Stamp.MANUAL,
    Cause.PROVIDER: Stamp.AUTOMATIC,
    Cause.CLOCK: Stamp.AUTOMATIC,
    Cause.MACHINE: Stamp.AUTOMATIC,
    Cause.HUB: Stamp.AUTOMATIC,
}

UNPROVEN: Final = frozenset({PaymentException.CONFIRMED_BY_HAND})
"""What stands on a person's word alone, whoever tells it on."""


def stamp_of(cause: Cause, *, approved: bool = False, exception: PaymentException = PaymentException.NONE) -> Stamp:
    """Return the stamp of a move by what caused it.

    It is forced where somebody else had to approve it, or where it stands on a person's word without a proof.
    """
    return Stamp.FORCED if approved or exception in UNPROVEN else _STAMPS[cause]
