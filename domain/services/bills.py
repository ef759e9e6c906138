"""The money of a bill that several payments pay: how much has come, and moving it to where it stands in the books."""

from dataclasses import replace
from typing import Final

from domain.accounts import Control, control_id
from domain.bills import STILL, Bill, Position, correction, due_by, position
from domain.calendar import business_date
from domain.errors import ErrorCode, RuleBroken
from domain.ids import BillId, Instant
from domain.payments import OPEN, Cause, PaymentException, PaymentIntent
from domain.ports import UnitOfWork
from domain.posting_rules import APPLIED, UNAPPLIED, Places
from domain.refundable import counted
from domain.services.orders import unwanted, withdraw_others
from domain.services.payment_changes import change_facts, save_change
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent, Voucher

APPLIED_SOURCE: Final = "applied"
"""The kind of source event by which the hub alone moves a bill's money."""

_SOLD: Final = (Control.SALES, Control.VAT_PAYABLE)


def counted_for(uow: UnitOfWork, bill: Bill) -> int:
    """Return what all payments of a bill have brought so far, in minor units, as `counted` says."""
    return counted(uow.payments.of_bill(bill.id), uow.refunds.of_bill(bill.id))


def due_for(uow: UnitOfWork, bill: Bill) -> int:
    """Return what a bill comes to by its payments that brought money, minor units, as `due_by` says."""
    return due_by(uow.payments.of_bill(bill.id), bill.due_minor)


def check_bill(uow: UnitOfWork, intent: PaymentIntent) -> None:
    """Raise RuleBroken(MESSAGE_MALFORMED) for a payment whose bill comes to something else by its other payments.

    Where a part of held money was taken, tills that did not know of it may still tell of the whole.
    """
    paying = uow.payments.of_bill(intent.bill.id)
    is_part = any(other.received_minor and not other.capture for other in paying)
    if not is_part and any(other.bill != intent.bill for other in paying):
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="bill")


def raise_due(uow: UnitOfWork, before: PaymentIntent, counted_minor: int, at: Instant) -> Bill:
    """Move the money of a bill, `counted_minor` in all, to where it stands now that another payment brings some.

    `before` is that payment without this money. If by its word the bill comes to more than the others knew, the sale is
    only sold once that has come. Returns the bill as it stands for the new money.
    """
    others = [each for each in uow.payments.of_bill(before.bill.id) if each.id != before.id]
    was = due_by([*others, before], before.due_minor)
    due = max(was, before.due_minor)
    moved = position(due, counted_minor) - position(was, counted_minor)
    move_for_bill(uow, before, moved, at, source=f"due:{before.id}")
    return Bill(before.bill.id, due)


def count_cash(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """Move what a till booked for its cash without knowing all that had come for the bill by the hub's knowledge.

    Cash for a bill that was covered already is shown as paid twice: the till cannot have known.
    """
    before = counted_for(uow, intent.bill) - intent.received_minor
    due = raise_due(uow, replace(intent, received_minor=0), before, at).due_minor
    moved = correction(due, before, intent.known_minor, intent.received_minor, told_minor=intent.due_minor)
    move_for_bill(uow, intent, moved, at)
    if moved.overpayment_minor > 0:
        twice = replace(intent, exception=PaymentException.PAID_TWICE, updated_at=at, revision=intent.revision + 1)
        save_change(uow, intent, twice, Cause.HUB, at)
        uow.audit.add("payment.paid_twice", intent.id, None, at, change_facts(intent, twice), cause=Cause.HUB)


def withdraw_if_covered(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> None:
    """Take a bill's other open payments off the air once it has all its money."""
    if is_covered(uow, intent.bill):
        withdraw_others(uow, intent, at)


def withdraw_with_new(uow: UnitOfWork, told: PaymentIntent, at: Instant) -> None:
    """Keep a sale's open payments from being paid if it has all its money: those that are known and the new one.

    The till that started it could not know; nobody has seen its page yet.
    """
    is_first = told.bill.id == BillId(told.id) and not told.received_minor
    if is_first or not is_covered(uow, told.bill):
        return
    if told.status in OPEN:
        unwanted(uow, told, at)
    withdraw_others(uow, told, at)


def is_covered(uow: UnitOfWork, bill: Bill) -> bool:
    """Whether a bill has all its money."""
    return counted_for(uow, bill) >= due_for(uow, bill)


def move_for_bill(
    uow: UnitOfWork, intent: PaymentIntent, moved: Position, at: Instant, *, source: str = "", confirmed: int = 0
) -> None:
    """Book that money of a payment's bill, which lies in the books already, stands elsewhere now (minor units).

    `confirmed` leaves what a person had confirmed by hand, below zero it comes to that. `source` tells a second
    such event of one payment.
    """
    if moved == STILL:
        return
    kind = UNAPPLIED if moved.sales_minor < 0 else APPLIED
    post_event(
        uow,
        SourceEvent(APPLIED_SOURCE, source or intent.id),
        kind,
        Places(),
        at,
        {
            "held": max(-moved.suspense_minor, 0),
            "parked": max(moved.suspense_minor, 0),
            "due": abs(moved.sales_minor),
            "excess": max(moved.overpayment_minor, 0),
            "unowed": max(-moved.overpayment_minor, 0),
            "confirmed": max(confirmed, 0),
            "vouched": max(-confirmed, 0),
        },
        memo=intent.reference,
        payment_id=intent.id,
        occurred_on=business_date(intent.paid_at, uow.shop.zone) if kind == UNAPPLIED and intent.paid_at else "",
    )


def booked_by(voucher: Voucher) -> Position:
    """Return how a voucher moved the money of a bill."""
    moved = {control_id(voucher.merchant_id, key): 0 for key in (*_SOLD, Control.SUSPENSE, Control.OVERPAYMENT)}
    for line in voucher.postings:
        if line.account_id in moved:
            moved[line.account_id] -= line.signed_minor
    place = {
        key: moved[control_id(voucher.merchant_id, key)] for key in (*_SOLD, Control.SUSPENSE, Control.OVERPAYMENT)
    }
    return Position(place[Control.SUSPENSE], sum(place[key] for key in _SOLD), place[Control.OVERPAYMENT])
