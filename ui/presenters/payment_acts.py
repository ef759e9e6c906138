"""What the person at the till may do with an open payment; the services decide, this only foresees them."""

from domain.approvals import Guarded, may_ask
from domain.calendar import business_date
from domain.payment_rows import Matter, PaymentDetail, PaymentRow
from domain.payments import OPEN, PaymentException, PaymentStatus
from domain.policy import Action
from domain.rails import Method
from ui.presenters.desk import Desk


def may_cancel(desk: Desk, row: PaymentRow) -> bool:
    """Whether a payment may be cancelled: it is open, and none of its held money was ordered to be taken."""
    ordered = row.status is PaymentStatus.AUTHORIZED and row.capture_minor > 0
    return row.status in OPEN and not ordered and desk.may(Action.CANCEL_PAYMENT)


def may_say_seen(desk: Desk, detail: PaymentDetail) -> bool:
    """Whether a payment is on the list for being late alone, and the person may say that they saw it."""
    late = detail.sale.matter is Matter.LATE and detail.row.exception is PaymentException.PAID_LATE
    return late and not detail.row.seen and desk.may(Action.CANCEL_PAYMENT)


def may_void(desk: Desk, detail: PaymentDetail) -> bool:
    """Whether the service would take the sale back: cash alone, of today and this till, nothing given back."""
    row, zone, actor = detail.row, desk.shop.zone, desk.actor
    of_today = business_date(row.created_at, zone) == business_date(desk.now(), zone)
    cash = row.method is Method.CASH and row.status is PaymentStatus.PAID and not row.voided
    alone = row.amount_minor == row.due_minor == detail.sale.received_minor
    asked = actor is not None and may_ask(actor.role, Guarded.VOID)
    kept = not any(each.refund.stands for each in detail.refunds)
    return cash and of_today and detail.is_own and alone and kept and asked
