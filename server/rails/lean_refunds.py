"""Lean's refunds: paid out of the shop's account once for each reference, and found again by it."""

from collections.abc import Mapping
from typing import Final

from domain.errors import FailureCode
from domain.rails import RailResult, RailStatus, RefundOrder
from server.rails.base import CallFailed, require_refund
from server.rails.decimals import minor_of
from server.rails.lean_calls import REFUNDS, Session, kept
from server.rails.lean_codes import REFUNDS as STATUSES
from server.rails.lean_objects import CURRENCIES, amount_number, decline_of
from server.rails.strict_json import Unreadable, text_of

_MAX_REASON: Final = 100
_MAX_PAGES: Final = 40


def give_back(session: Session, order: RefundOrder) -> RailResult:
    """Ask for a refund, unless one of this reference is there; raises CallFailed and Unreadable.

    It is approved with the request: who may give money back was decided before. Lean refuses more than was paid.
    """
    if order.currency not in CURRENCIES or order.amount_minor <= 0:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    try:
        made = _named(session, order)
    except CallFailed as problem:
        # An earlier request may have made it: that nothing was asked for now proves nothing.
        raise CallFailed(problem.failure, maybe_done=True, response=problem.response) from problem
    if made is not None:
        return _result(made, order)
    wanted = {
        "payment_id": order.payment_provider_ref,
        "amount": amount_number(order.amount_minor, order.currency),
        "currency": order.currency,
        "reason_code": "CUSTOMER_REQUEST",
        "description": f"{order.payment_reference} {order.reason}"[:_MAX_REASON].strip(),
        "external_reference": order.reference,
        "status": "APPROVED",
    }
    (answer,) = session.send_list(REFUNDS, [wanted], order.reference) or [{}]
    return _result(answer, order)


def ask(session: Session, order: RefundOrder) -> RailResult:
    """Return what became of a refund; one that is not there is UNKNOWN, and asking for it again is safe."""
    made = _named(session, order)
    return RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR) if made is None else _result(made, order)


def _named(session: Session, order: RefundOrder) -> Mapping[str, object] | None:
    """Return the refund that bears the order's reference, None if there is none.

    Lean's list knows no filter for it. Raises CallFailed when there are too many to look through.
    """
    for number in range(_MAX_PAGES):
        rows, more = session.page(REFUNDS, number)
        for row in rows:
            if text_of(row, "external_reference") == order.reference:
                return row
        if not more:
            return None
    raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)


def _result(refund: Mapping[str, object], order: RefundOrder) -> RailResult:
    status, name = STATUSES.get(text_of(refund, "status")), text_of(refund, "refund_id")
    if status is None or not name:
        raise Unreadable("refund")
    currency = text_of(refund, "currency")
    amount_minor = minor_of(text_of(refund, "amount"), currency)
    require_refund(order, text_of(refund, "payment_id"), amount_minor, currency)
    return RailResult(
        status,
        provider_ref=name,
        received_minor=amount_minor,
        failure=decline_of(refund) if status is RailStatus.FAILED else None,
        response=kept(refund),
    )
