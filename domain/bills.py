"""Bills: what one sale comes to, however many payments it takes, and where their money stands in the books."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from domain.errors import ErrorCode, RuleBroken
from domain.ids import BillId
from domain.money import positive, whole


@dataclass(frozen=True, slots=True)
class Bill:
    """What a customer owes for one sale, in minor units; a sale paid at once has a bill of its payment's own id."""

    id: BillId
    due_minor: int

    def __post_init__(self) -> None:
        positive(self.due_minor)


@dataclass(frozen=True, slots=True)
class Position:
    """Where the money of a bill's payments stands, as credits in minor units; their sum is all that was counted.

    Until the bill is covered its money waits in suspense; then it is the sale, and what is too much is owed back.
    """

    suspense_minor: int
    sales_minor: int
    overpayment_minor: int

    def __sub__(self, other: "Position") -> "Position":
        return Position(
            self.suspense_minor - other.suspense_minor,
            self.sales_minor - other.sales_minor,
            self.overpayment_minor - other.overpayment_minor,
        )


class Brought(Protocol):
    """A payment as far as it says what its bill comes to and what it brought, minor units."""

    @property
    def due_minor(self) -> int:
        """What its bill comes to, by what was known where it began."""

    @property
    def received_minor(self) -> int:
        """What came."""


def due_by(payments: Iterable[Brought], told_minor: int) -> int:
    """Return what a bill comes to, minor units: the greatest that its payments which brought money say.

    They differ where a part of held money was taken, which is the whole sale then, while another till that did not know
    took money for it. `told_minor` is what it comes to while nothing has come.
    """
    return max((payment.due_minor for payment in payments if payment.received_minor), default=told_minor)


STILL = Position(0, 0, 0)
"""Nothing moves."""


def position(due_minor: int, counted_minor: int) -> Position:
    """Return where `counted_minor`, all that has come for a bill of `due_minor`, stands.

    It depends on the sum alone, so the books end alike in whatever order the money came and by whom it was booked.
    Raises RuleBroken(AMOUNT_INVALID) below zero.
    """
    if whole(counted_minor) < 0:
        raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=counted_minor)
    if counted_minor < due_minor:
        return Position(counted_minor, 0, 0)
    return Position(0, due_minor, counted_minor - due_minor)


def arrival(due_minor: int, counted_minor: int, amount_minor: int) -> Position:
    """Return how the books move when `amount_minor`, perhaps nothing, comes for a bill after `counted_minor`."""
    return position(due_minor, counted_minor + amount_minor) - position(due_minor, counted_minor)


def correction(
    due_minor: int,
    counted_minor: int,
    known_minor: int,
    amount_minor: int,
    real_minor: int | None = None,
    told_minor: int | None = None,
) -> Position:
    """Return what is still to be moved for money that was booked elsewhere by somebody who knew less.

    A till that booked `amount_minor` without a network knew of `known_minor`; by what is known here, `counted_minor`
    had come for the bill, and `real_minor` of the amount is new money (all of it, unless it was only confirmed by
    hand). `told_minor` is what the bill came to by the till's knowledge, if that is not `due_minor`. STILL if both knew
    the same, or if it makes no difference.
    """
    new = amount_minor if real_minor is None else real_minor
    return arrival(due_minor, counted_minor, new) - arrival(
        due_minor if told_minor is None else told_minor, known_minor, amount_minor
    )
