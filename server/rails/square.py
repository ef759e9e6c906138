"""Square: payments on a terminal, on a page behind a link, or with a token of Square's payment form.

Which of the three is `PaymentContext.option`: `terminal`, `link` (also when empty), or the token itself (`cnon:…`).
A link's `provider_ref` is the link's id and its order's, joined by a slash; a terminal checkout's is its id; once there
is a payment it is the payment's.
"""

from collections.abc import Mapping
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder
from server.rails import square_checkouts, square_webhook
from server.rails.base import Answer, CallFailed, Credentials, Notice, Outcome, Statement
from server.rails.calls import tried
from server.rails.square_calls import (
    FIELDS,
    PAYMENTS_PATH,
    REFUNDS_PATH,
    Session,
    key_of,
    open_session,
)
from server.rails.square_checkouts import CURRENCIES
from server.rails.square_objects import payment_result, refund_reason, refund_reference, refund_result
from server.rails.strict_json import Unreadable, part_of, text_of

_MAX_REFUNDS: Final = 50


class SquareAdapter:
    """Client of Square's Payments, Checkout, Terminal and Refunds APIs; amounts are integers of minor units."""

    provider = Provider.SQUARE
    credential_fields = FIELDS
    account_fields = (("location_id",),)
    currencies = CURRENCIES
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask for the payment on the terminal, make a link to a page, or charge a token at once.

        Asked again with the same reference it is the same checkout, link or payment (idempotency keys).
        """
        try:
            square_checkouts.refuse_unfit(context)
            return square_checkouts.present(open_session(http, credentials), context)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask what became of a payment; without its id the location's payments are searched for the reference.

        Nothing is started by asking: a payment that is not found is PENDING, nobody has paid yet. Money held is
        PENDING with `authorized_minor`.
        """
        try:
            square_checkouts.refuse_unfit(context)
            return square_checkouts.check(open_session(http, credentials), context)
        except CallFailed as problem:
            return RailResult(
                RailStatus.UNKNOWN,
                provider_ref=context.provider_ref,
                failure=problem.failure,
                response=problem.response,
            )
        except Unreadable:
            return RailResult(
                RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=FailureCode.UNEXPECTED_ERROR
            )

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the HMAC over the registered address and the body; raises NotificationRefused."""
        return square_webhook.read(credentials, headers, body)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 503 for what must come again."""
        return Answer(503, b"{}") if outcome == "unavailable" else Answer(200, b"{}")

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Payments are asked for one by one; Square's list is only searched for lost ones."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def capture(
        self, http: httpx.Client, credentials: Credentials, context: PaymentContext, amount_minor: int
    ) -> RailResult:
        """Lower what is held to `amount_minor` and complete it; what was completed before is told again."""
        return tried(lambda: _capture(open_session(http, credentials), context, amount_minor), context.provider_ref)

    def void(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Let go of what is held; SUCCESS too for a payment that was cancelled before or ran out."""
        return tried(lambda: _void(open_session(http, credentials), context), context.provider_ref)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Take the payment off the terminal or the link off the air; FAILED when it is paid or held.

        A terminal that has begun must agree first: PENDING until `check` says what it did.
        """
        return tried(lambda: square_checkouts.withdraw(open_session(http, credentials), context), context.provider_ref)

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back, once for each reference: it is the idempotency key and stands first in the reason."""
        return tried(lambda: _refund(open_session(http, credentials), order), "")

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Ask for a refund by its id, else look for its reference among the refunds of its payment.

        One that is not there is UNKNOWN with a transient failure: asking for it again is safe.
        """
        try:
            return _asked_refund(open_session(http, credentials), order)
        except CallFailed as problem:
            return RailResult(RailStatus.UNKNOWN, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)


def _capture(session: Session, context: PaymentContext, amount_minor: int) -> RailResult:
    payment = _existing(session, context)
    payment_id, found = text_of(payment, "id"), payment_result(payment)
    if found.status is RailStatus.SUCCESS:
        return found
    if found.failure is not None or not found.authorized_minor:
        raise CallFailed(found.failure or FailureCode.INVALID_TRANSITION, maybe_done=False, response=found.response)
    if not 0 < amount_minor <= found.authorized_minor:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    if amount_minor < found.authorized_minor:
        body = {
            "idempotency_key": key_of(context.reference, "part"),
            "payment": {"amount_money": {"amount": amount_minor, "currency": context.currency}},
        }
        session.put(PAYMENTS_PATH, payment_id, body)
    completed = session.post(PAYMENTS_PATH, {}, payment_id, "complete")
    return payment_result(part_of(completed, "payment"))


def _void(session: Session, context: PaymentContext) -> RailResult:
    payment = square_checkouts.payment_of(session, context)
    if payment is None:
        return square_checkouts.withdraw(session, context)
    payment_id, status = text_of(payment, "id"), text_of(payment, "status")
    if status == "COMPLETED":
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    if status not in ("CANCELED", "FAILED"):
        cancelled = part_of(session.post(PAYMENTS_PATH, {}, payment_id, "cancel"), "payment")
        status = text_of(cancelled, "status")
    gone = status in ("CANCELED", "FAILED")
    failure = None if gone else FailureCode.UNEXPECTED_ERROR
    return RailResult(RailStatus.SUCCESS if gone else RailStatus.UNKNOWN, provider_ref=payment_id, failure=failure)


def _existing(session: Session, context: PaymentContext) -> Mapping[str, object]:
    payment = square_checkouts.payment_of(session, context)
    if payment is None:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    return payment


def _refund(session: Session, order: RefundOrder) -> RailResult:
    body = {
        "idempotency_key": key_of(order.reference),
        "amount_money": {"amount": order.amount_minor, "currency": order.currency},
        "payment_id": order.payment_provider_ref,
        "reason": refund_reason(order.reference, order.reason),
    }
    return refund_result(part_of(session.post(REFUNDS_PATH, body), "refund"), order)


def _asked_refund(session: Session, order: RefundOrder) -> RailResult:
    if order.provider_ref:
        return refund_result(part_of(session.get(REFUNDS_PATH, order.provider_ref), "refund"), order)
    payment = part_of(session.get(PAYMENTS_PATH, order.payment_provider_ref), "payment")
    listed = payment.get("refund_ids") or []
    if not isinstance(listed, list) or len(listed) > _MAX_REFUNDS:
        raise Unreadable("refund_ids")
    for refund_id in listed:
        refund = part_of(session.get(REFUNDS_PATH, str(refund_id)), "refund")
        if refund_reference(refund) == order.reference:
            return refund_result(refund, order)
    return RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR)


ADAPTER: Final = SquareAdapter()
