"""A sale that several payments pay, as the counter has it: what came and how, what is missing, who the customer is."""

from dataclasses import dataclass, replace

from domain.bills import Bill
from domain.display import CounterStatus, counter_status
from domain.ids import BillId, PaymentId
from domain.payment_rows import PaymentDetail, SaleRow
from domain.payments import OPEN, PaymentException, PaymentIntent, PaymentStatus
from domain.ports import Queries
from domain.rails import BY_HAND, Method

_PAID_SO_FAR = frozenset({CounterStatus.PAID, CounterStatus.BY_HAND, CounterStatus.LATE, CounterStatus.OVER})
_COVERED = {
    CounterStatus.PAID: CounterStatus.PAID,
    CounterStatus.OVER: CounterStatus.PAID,
    CounterStatus.BY_HAND: CounterStatus.BY_HAND,
}
"""The word of a covered sale by that of its payment; money that was too much may have been given back."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of a sale's payments: what it is to bring and what it brought, minor units, proven or only confirmed."""

    payment_id: PaymentId
    method: Method
    status: CounterStatus
    received_minor: int
    confirmed_minor: int = 0
    amount_minor: int = 0

    @property
    def awaited_minor(self) -> int:
        """What a cheque, or other money that is settled by hand, is still to bring."""
        return self.amount_minor if self.status is CounterStatus.NOTED else 0


@dataclass(frozen=True, slots=True)
class Sale:
    """What a sale comes to and what has come for it; amounts are minor units.

    `bill_id` is None until its first payment is started. `customer` is what was typed of who the customer is.
    """

    due_minor: int
    bill_id: BillId | None = None
    parts: tuple[Part, ...] = ()
    returned_minor: int = 0
    customer: str = ""

    @classmethod
    def of_row(cls, row: SaleRow) -> "Sale":
        """Return a sale as it was read."""
        first = row.payments[0]
        counted = tuple(each for each in row.payments if not each.voided)
        return cls(
            row.due_minor,
            row.id,
            tuple(
                Part(
                    each.id,
                    each.method,
                    counter_status(each.status, each.exception, method=each.method),
                    each.received_minor,
                    each.confirmed_minor,
                    each.amount_minor,
                )
                for each in counted
            ),
            sum(each.returned_minor for each in counted),
            f"{first.customer_name} {first.customer_phone}".strip(),
        )

    def with_payment(self, intent: PaymentIntent) -> "Sale":
        """Return the sale after one of its payments was started or changed here."""
        part = Part(
            intent.id,
            intent.method,
            counter_status(intent.status, intent.exception, method=intent.method),
            intent.received_minor,
            intent.confirmed_minor,
            intent.amount_minor,
        )
        others = tuple(each for each in self.parts if each.payment_id != part.payment_id)
        return replace(self, bill_id=intent.bill.id, parts=(*others, part))

    def bill_for(self, payment_id: PaymentId) -> Bill:
        """Return the bill of the sale's next payment, which names the sale if it is the first."""
        return Bill(self.bill_id or BillId(payment_id), self.due_minor)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its payments."""
        return frozenset(part.payment_id for part in self.parts)

    @property
    def with_money(self) -> tuple[Part, ...]:
        """The payments that brought something."""
        return tuple(part for part in self.parts if part.received_minor)

    @property
    def received_minor(self) -> int:
        """What all payments brought."""
        return sum(part.received_minor for part in self.parts) - self.returned_minor

    @property
    def confirmed_minor(self) -> int:
        """What of it only a person has seen so far."""
        return sum(part.confirmed_minor for part in self.parts)

    @property
    def missing_minor(self) -> int:
        """What is still to come."""
        return max(self.due_minor - self.received_minor, 0)

    @property
    def excess_minor(self) -> int:
        """What came beyond what is due."""
        return max(self.received_minor - self.due_minor, 0)

    @property
    def awaited(self) -> tuple[Part, ...]:
        """The payments that are noted and have not come yet: cheques, and other money that is settled by hand."""
        return tuple(part for part in self.parts if part.awaited_minor)

    @property
    def open_minor(self) -> int:
        """What is missing and nothing was given for yet, not even a cheque."""
        return max(self.missing_minor - sum(part.awaited_minor for part in self.awaited), 0)

    def word(self, payment: PaymentStatus, exception: PaymentException, method: Method | None = None) -> CounterStatus:
        """Return the counter's word for a payment of this sale: the sale's money decides it.

        A sale that was covered another way while a code waited or after it ended is late; a paid part of an uncovered
        sale stays what it is, for the counter goes on with the sale, as it does when a person ended a code. A sale
        that lacks nothing but what was noted for it waits for that.
        """
        status = counter_status(payment, exception, method=method)
        if self.missing_minor and not self.open_minor and status in _PAID_SO_FAR:
            return CounterStatus.NOTED
        if self.missing_minor:
            return CounterStatus.CANCELLED if payment is PaymentStatus.CANCELLED else status
        if self.excess_minor:
            return CounterStatus.OVER
        if self.confirmed_minor:
            return CounterStatus.BY_HAND
        return _COVERED.get(status, CounterStatus.LATE)

    def is_part(self, status: CounterStatus) -> bool:
        """Whether a payment at `status` has done its part and more is missing."""
        return (status in _PAID_SO_FAR or status is CounterStatus.NOTED) and self.open_minor > 0


def on_counter(queries: Queries, bill_id: BillId) -> PaymentDetail | SaleRow | None:
    """Return what the counter shows of a sale: its code that waits, how it ended, or the sale if more is missing."""
    sale = queries.sale(bill_id)
    if sale is None:
        return None
    waiting = [row for row in sale.payments if row.status in OPEN and row.method not in BY_HAND]
    if waiting:
        return queries.payment(waiting[-1].id)
    return sale if sale.open_minor else queries.payment(sale.payments[-1].id)
