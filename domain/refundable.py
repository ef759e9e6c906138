"""What of a payment may be given back, and what was, by all payments and all refunds of its bill."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from domain.bills import Bill, due_by, position
from domain.bills import Brought as Paying
from domain.ids import PaymentId
from domain.payments import PaymentIntent
from domain.rails import Method, Provider, route_of
from domain.refunds import Refund, RefundOf, RefundOrigin, RefundStatus, RefundWay


@dataclass(frozen=True, slots=True)
class Refundable:
    """What of a payment may still be given back, minor units: by what it is, and at most in all."""

    sale_minor: int
    excess_minor: int
    held_minor: int
    most_minor: int

    def of(self, what: RefundOf) -> int:
        """Return what may be given back of one kind."""
        amounts = {
            RefundOf.SALE: self.sale_minor,
            RefundOf.EXCESS: self.excess_minor,
            RefundOf.HELD: self.held_minor,
        }
        return amounts[what]

    def bears(self, what: RefundOf, amount_minor: int) -> bool:
        """Whether an amount that is gone already could be given back.

        What waited when it was given may have become the sale's since: then the sale lacks it.
        """
        return amount_minor <= (self.most_minor if what is RefundOf.HELD else self.of(what))

    def split(self, amount_minor: int, *, is_sale: bool) -> tuple[tuple[RefundOf, int, bool], ...]:
        """Return what an amount is that nobody divided: what is too much first, then what waits, then the sale's.

        Each part says whether it could be given back; what is more than all of it is the sale's if there `is_sale`.
        """
        excess = min(amount_minor, self.excess_minor)
        held = min(amount_minor - excess, self.held_minor, self.most_minor - excess)
        sale = min(amount_minor - excess - held, self.sale_minor, self.most_minor - excess - held)
        rest = RefundOf.SALE if is_sale else RefundOf.HELD
        parts = (
            (RefundOf.EXCESS, excess, True),
            (RefundOf.HELD, held, True),
            (RefundOf.SALE, sale, True),
            (rest, amount_minor - excess - held - sale, False),
        )
        return tuple(part for part in parts if part[1])


NOTHING: Final = Refundable(0, 0, 0, 0)


def counted(payments: Iterable[PaymentIntent], refunds: Iterable[Refund]) -> int:
    """Return what a bill's payments have brought, minor units, without what was given back that was not the sale's.

    What was given back of the sale itself still counts: it was sold, and came back.
    """
    came = sum(payment.received_minor for payment in payments)
    return came - sum(refund.amount_minor for refund in refunds if refund.uncounts)


def proven_left(payment: PaymentIntent, refunds: Iterable[Refund]) -> int:
    """Return what of a payment's proven money is left when all that counts is given back, minor units."""
    taken = sum(refund.amount_minor for refund in refunds if refund.payment_id == payment.id and refund.takes)
    return payment.received_minor - payment.confirmed_minor - taken


class Brought(Paying, Protocol):
    """A payment as far as it says what it brought, minor units: itself, or a row that a screen reads."""

    @property
    def id(self) -> PaymentId:
        """Which payment it is."""

    @property
    def confirmed_minor(self) -> int:
        """What of it only a person has seen."""


def refundable(bill: Bill, payments: Iterable[Brought], refunds: Iterable[Refund], payment_id: PaymentId) -> Refundable:
    """Return what may be given back of one of a bill's payments, by all payments and all refunds of that bill.

    Refunds that are under way, and those that went beyond, count as given. Money that only a person confirmed is not
    given back.
    """
    paying, given = list(payments), [refund for refund in refunds if refund.stands]
    payment = next(each for each in paying if each.id == payment_id)
    gone = sum(refund.amount_minor for refund in given if refund.payment_id == payment_id)
    left = payment.received_minor - payment.confirmed_minor - gone
    apart = {what: sum(refund.amount_minor for refund in given if refund.what is what) for what in RefundOf}
    counted = sum(each.received_minor for each in paying) - apart[RefundOf.EXCESS] - apart[RefundOf.HELD]
    if left <= 0 or counted <= 0:
        return NOTHING
    stands = position(due_by(paying, bill.due_minor), counted)
    return Refundable(
        sale_minor=min(left, max(stands.sales_minor - apart[RefundOf.SALE], 0)),
        excess_minor=min(left, stands.overpayment_minor),
        held_minor=min(left, stands.suspense_minor),
        most_minor=left,
    )


def goes_back(method: Method, provider: Provider, amount_minor: int, received_minor: int) -> bool:
    """Whether a payment's provider can give an amount back to where it came from, minor units.

    Some give back only all that they took.
    """
    route = route_of(method, provider)
    if route is None or not route.capabilities.refund:
        return False
    return route.capabilities.partial_refund or amount_minor == received_minor


class GivenBack(StrEnum):
    """What of a payment's money was given back (requirement PAY-2)."""

    NOTHING = "nothing"
    PART = "partially_refunded"
    ALL = "refunded"
    CHARGED_BACK = "charged_back"


def given_back(payment: PaymentIntent, refunds: Iterable[Refund]) -> GivenBack:
    """Return what of a payment was given back; what is under way was not, nor what was written off."""
    done = [
        each
        for each in refunds
        if (each.payment_id, each.status) == (payment.id, RefundStatus.DONE) and each.way is not RefundWay.WRITE_OFF
    ]
    charged_back = any(each.origin is RefundOrigin.CHARGE_BACK for each in done)
    return back_of(payment.received_minor, sum(each.amount_minor for each in done), charged_back=charged_back)


def back_of(received_minor: int, given_minor: int, *, charged_back: bool) -> GivenBack:
    """Return what of the money that came was given back, by what is done of it; minor units."""
    if charged_back:
        return GivenBack.CHARGED_BACK
    if given_minor == 0:
        return GivenBack.NOTHING
    return GivenBack.ALL if given_minor >= received_minor else GivenBack.PART
