"""PayPal: the page on which a customer approves an order, its completion, holds, refunds, and notifications.

An order that the customer approved holds no money yet: PayPal completes it when the shop captures (or authorizes) it,
and that is what `check` does, once, with a request id made of the payment's reference.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import httpx

from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder
from server.rails import paypal_webhook
from server.rails.base import Answer, CallFailed, Credentials, Notice, Outcome, Statement
from server.rails.calls import address, tried
from server.rails.decimals import decimal_text
from server.rails.paypal_calls import (
    AUTHORIZATIONS_PATH,
    CAPTURES_PATH,
    FIELDS,
    ORDERS_PATH,
    REFUNDS_PATH,
    PaypalRefused,
    Session,
    open_session,
    unreadable,
)
from server.rails.paypal_certificates import Certificates, KeptCertificates
from server.rails.paypal_codes import NOTHING_HELD, PAYER_ACTS, PAYER_IS_AWAITED
from server.rails.paypal_objects import (
    WITHDRAWN,
    authorization_of,
    capture_result,
    captures_of,
    captures_result,
    is_withdrawn,
    order_result,
    refund_result,
    unit_of,
)
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of

CURRENCIES: Final = frozenset({"AUD", "EUR", "JPY", "SGD", "USD"})
"""Of the currencies of the books those that PayPal takes; the dong is not among them, nor are SAR and AED."""

_MAX_DESCRIPTION: Final = 127
_MAX_NOTE: Final = 255


class PaypalAdapter:
    """Client of PayPal's Orders v2 and Payments v2; amounts travel as decimal texts of the currency's places."""

    provider = Provider.PAYPAL
    credential_fields = FIELDS
    account_fields = (("client_id",),)
    currencies = CURRENCIES
    lists_movements = False

    def __init__(self, certificates: Certificates | None = None) -> None:
        self._certificates = certificates or KeptCertificates()

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Create an order; `link` is the page on which the customer approves it.

        Asked again within six hours PayPal gives the same order again.
        """
        try:
            _refuse_unfit(context)
            session = open_session(http, credentials)
            return _told(session, _create(session, context), context)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask what became of an order, and complete it if the customer has approved it.

        Without the order's id (the answer to its creation was lost) the same creation is asked again, which gives
        that order. Money held is PENDING with `authorized_minor`.
        """
        try:
            _refuse_unfit(context)
            session = open_session(http, credentials)
            order = _known(session, context)
            paid = bool(captures_of(order)) or authorization_of(order) is not None
            if not paid and is_withdrawn(order):
                failure = FailureCode.PAYER_CANCELLED
                return RailResult(RailStatus.FAILED, provider_ref=text_of(order, "id"), failure=failure)
            if not paid and text_of(order, "status") == "APPROVED":
                order = _complete(session, order, context)
            return _told(session, order, context)
        except CallFailed as problem:
            return _checked_failure(problem, context)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify PayPal's RSA signature and return what is told; raises NotificationRefused.

        The first notification under a certificate fetches it from PayPal (`paypal_certificates`).
        """
        return paypal_webhook.read(self._certificates, credentials, headers, body, received_at)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 503 for what must come again (PayPal repeats for three days)."""
        return Answer(503, b"{}") if outcome == "unavailable" else Answer(200, b"{}")

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """PayPal's transactions appear hours late in its list, so payments are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def capture(
        self, http: httpx.Client, credentials: Credentials, context: PaymentContext, amount_minor: int
    ) -> RailResult:
        """Take `amount_minor` of what is held as the only capture, so that PayPal lets the rest go.

        What was captured before is told again and nothing more is taken.
        """
        return tried(lambda: _capture(open_session(http, credentials), context, amount_minor), context.provider_ref)

    def void(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Let go of what is held; SUCCESS too for a hold that ran out or was voided before."""
        return tried(lambda: _void(open_session(http, credentials), context), context.provider_ref)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Mark an order so that it is never completed (PayPal cancels none); FAILED when it is paid or held.

        Without the order's id nobody was ever given its page.
        """
        if not context.provider_ref:
            return RailResult(RailStatus.SUCCESS)
        return tried(lambda: _withdraw(open_session(http, credentials), context), context.provider_ref)

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back, once for each reference: it is the request id (kept 45 days) and the refund's invoice id."""
        return tried(lambda: _refund(open_session(http, credentials), order), "")

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Ask for a refund by its id, else look for its reference among the refunds of the payment's order.

        One that is not there is UNKNOWN with a transient failure: asking for it again is safe.
        """
        try:
            session = open_session(http, credentials)
            if order.provider_ref:
                return refund_result(session.get(REFUNDS_PATH, order.provider_ref), order)
            capture = session.get(CAPTURES_PATH, order.payment_provider_ref)
            related = part_of(part_of(capture, "supplementary_data"), "related_ids")
            paid = session.get(ORDERS_PATH, text_of(related, "order_id"))
            for refund in parts_of(part_of(unit_of(paid), "payments"), "refunds"):
                if text_of(refund, "custom_id") == order.reference:
                    return refund_result(refund, order)
        except CallFailed as problem:
            return RailResult(RailStatus.UNKNOWN, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency not in CURRENCIES:
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if context.amount_minor <= 0 or not context.reference:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


def _create(session: Session, context: PaymentContext) -> dict[str, object]:
    brand = session.settings["brand_name"]
    unit = {
        "reference_id": context.reference,
        "custom_id": context.reference,
        "invoice_id": context.reference,  # PayPal takes no second payment with the same one
        "description": context.description[:_MAX_DESCRIPTION],
        "amount": {"currency_code": context.currency, "value": decimal_text(context.amount_minor, context.currency)},
    }
    page = {
        "shipping_preference": "NO_SHIPPING",
        "user_action": "PAY_NOW",
        "return_url": session.settings["return_url"],
        "cancel_url": session.settings["return_url"],
        **({"brand_name": brand[:_MAX_DESCRIPTION]} if brand else {}),
    }
    body = {
        "intent": "CAPTURE" if context.capture else "AUTHORIZE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": page}},
    }
    return session.post(ORDERS_PATH, body, f"{context.reference}-order")


def _known(session: Session, context: PaymentContext) -> dict[str, object]:
    if context.provider_ref:
        return session.get(ORDERS_PATH, context.provider_ref)
    created = _create(session, context)
    return session.get(ORDERS_PATH, text_of(created, "id"))


def _complete(session: Session, order: Mapping[str, object], context: PaymentContext) -> dict[str, object]:
    act = "capture" if text_of(order, "intent") == "CAPTURE" else "authorize"
    path = f"{ORDERS_PATH}/{quote(text_of(order, 'id'), safe='')}/{act}"
    return session.post(path, {}, f"{context.reference}-{act}")


def _checked_failure(problem: CallFailed, context: PaymentContext) -> RailResult:
    """Return PENDING while the payer is awaited, FAILED for a decline in PayPal's own words, else UNKNOWN."""
    if isinstance(problem, PaypalRefused) and problem.issue in PAYER_IS_AWAITED:
        return RailResult(RailStatus.PENDING, provider_ref=context.provider_ref, response=problem.response)
    declined = problem.failure.category is FailureCategory.PERMANENT
    status = RailStatus.FAILED if declined else RailStatus.UNKNOWN
    return RailResult(status, provider_ref=context.provider_ref, failure=problem.failure, response=problem.response)


def _capture(session: Session, context: PaymentContext, amount_minor: int) -> RailResult:
    order = session.get(ORDERS_PATH, context.provider_ref)
    if captures := captures_of(order):
        return captures_result(captures, context.provider_ref)
    held, authorization = order_result(order, context.reference), authorization_of(order)
    if authorization is None or held.failure is not None:
        raise CallFailed(held.failure or FailureCode.INVALID_TRANSITION, maybe_done=False, response=held.response)
    if not 0 < amount_minor <= held.authorized_minor:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    body: dict[str, object] = {
        "amount": {"currency_code": context.currency, "value": decimal_text(amount_minor, context.currency)},
        "invoice_id": context.reference,
        "final_capture": True,
    }
    path = f"{AUTHORIZATIONS_PATH}/{quote(text_of(authorization, 'id'), safe='')}/capture"
    return capture_result(session.post(path, body, f"{context.reference}-capture"), context.provider_ref)


def _void(session: Session, context: PaymentContext) -> RailResult:
    order = session.get(ORDERS_PATH, context.provider_ref)
    if captures_of(order):
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    if (authorization := authorization_of(order)) is None:
        return _mark_withdrawn(session, context)
    try:
        path = f"{AUTHORIZATIONS_PATH}/{quote(text_of(authorization, 'id'), safe='')}/void"
        session.post(path, {}, f"{context.reference}-void")
    except PaypalRefused as problem:
        if problem.issue not in NOTHING_HELD:
            raise
    return RailResult(RailStatus.SUCCESS, provider_ref=context.provider_ref)


def _withdraw(session: Session, context: PaymentContext) -> RailResult:
    order = session.get(ORDERS_PATH, context.provider_ref)
    if captures_of(order) or authorization_of(order) is not None:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    return _mark_withdrawn(session, context)


def _mark_withdrawn(session: Session, context: PaymentContext) -> RailResult:
    place = f"/purchase_units/@reference_id=='{context.reference}'/custom_id"
    change = {"op": "replace", "path": place, "value": WITHDRAWN + context.reference}
    session.patch(f"{ORDERS_PATH}/{quote(context.provider_ref, safe='')}", [change])
    return RailResult(RailStatus.SUCCESS, provider_ref=context.provider_ref)


def _refund(session: Session, order: RefundOrder) -> RailResult:
    body: dict[str, object] = {
        "amount": {"currency_code": order.currency, "value": decimal_text(order.amount_minor, order.currency)},
        "custom_id": order.reference,
        "invoice_id": order.reference,  # PayPal refunds no invoice twice, even after the request id is forgotten
        **({"note_to_payer": order.reason[:_MAX_NOTE]} if order.reason else {}),
    }
    path = f"{CAPTURES_PATH}/{quote(order.payment_provider_ref, safe='')}/refund"
    return refund_result(session.post(path, body, order.reference), order)


def _told(session: Session, order: Mapping[str, object], context: PaymentContext) -> RailResult:
    """Return what an order tells; raises CallFailed where its payer is sent to a page that is not PayPal's.

    The simulator's page counts only where `base_url` names that simulator on this machine.
    """
    result = order_result(order, context.reference)
    page, api = urlsplit(result.link), urlsplit(address(session.settings["base_url"], ""))
    paypals = page.scheme == "https" and f".{page.hostname}".endswith(".paypal.com")
    simulated = api.scheme == "http" and (page.scheme, page.netloc) == (api.scheme, api.netloc)
    if text_of(order, "status") in PAYER_ACTS and not (paypals or simulated):
        raise unreadable()
    return result


ADAPTER: Final = PaypalAdapter()
