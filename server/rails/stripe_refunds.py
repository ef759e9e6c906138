"""Stripe's refunds: asked for once for each reference, and found again by it."""

from collections.abc import Mapping
from typing import Final

from domain.errors import FailureCode
from domain.rails import RailResult, RailStatus, RefundOrder
from server.rails.base import CallFailed
from server.rails.strict_json import parts_of
from server.rails.stripe_calls import REFUNDS, Session, key_of
from server.rails.stripe_objects import REFERENCE, identity, refund_reference, refund_result

_MAX_REASON: Final = 500
_PAGE: Final = 50
_MAX_PAGES: Final = 5


def give_back(session: Session, order: RefundOrder) -> RailResult:
    """Ask for a refund, unless one of this reference is there; raises CallFailed and Unreadable.

    Stripe keeps idempotency keys for a day, and an order may be asked for again after a longer outage.
    """
    key = key_of(order.reference, "refund")
    if order.amount_minor <= 0:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    try:
        made = _named(session, order)
    except CallFailed as problem:
        # An earlier request may have made it: that nothing was asked for now proves nothing.
        raise CallFailed(problem.failure, maybe_done=True, response=problem.response) from problem
    if made is not None:
        return refund_result(made, order)
    fields = [
        _payment(order),
        ("amount", str(order.amount_minor)),
        (f"metadata[{REFERENCE}]", order.reference),
        ("metadata[payment]", order.payment_reference),
        ("metadata[reason]", order.reason[:_MAX_REASON]),
    ]
    return refund_result(session.post(REFUNDS, fields, key=key), order)


def ask(session: Session, order: RefundOrder) -> RailResult:
    """Return what became of a refund; raises CallFailed and Unreadable."""
    if order.provider_ref:
        return refund_result(session.get(REFUNDS, order.provider_ref), order)
    made = _named(session, order)
    return (
        RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR)
        if made is None
        else refund_result(made, order)
    )


def _named(session: Session, order: RefundOrder) -> Mapping[str, object] | None:
    """Return the payment's refund that bears the order's reference, None if there is none."""
    after: list[tuple[str, str]] = []
    for _ in range(_MAX_PAGES):
        listed = session.get(REFUNDS, query=[_payment(order), ("limit", str(_PAGE)), *after])
        rows = parts_of(listed, "data")
        for row in rows:
            if refund_reference(row) == order.reference:
                return row
        if listed.get("has_more") is not True or not rows:
            return None
        after = [("starting_after", identity(rows[-1]))]
    raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)


def _payment(order: RefundOrder) -> tuple[str, str]:
    name = "charge" if order.payment_provider_ref.startswith("ch_") else "payment_intent"
    return name, order.payment_provider_ref
