"""HyperPay (OPPWA): checkouts that are paid by card in a widget, captures, reversals and refunds.

`provider_ref` is the checkout's id while nobody has paid, and the transaction's from then on. HyperPay knows no
idempotency and no way to close a checkout, which lives about 30 minutes; whatever moves money is looked for by its
reference before it is asked for.
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final
from urllib.parse import urlencode

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder
from server.rails import hyperpay_webhook
from server.rails.base import (
    Answer,
    CallFailed,
    Credentials,
    Notice,
    Outcome,
    Statement,
    Widget,
    best_of,
    doubted,
    is_of_before,
    settings_of,
)
from server.rails.calls import address, done_or_not, origin_of, script_address
from server.rails.decimals import decimal_text
from server.rails.hyperpay_calls import (
    BRAND_ENTITIES,
    BRANDS,
    FIELDS,
    IDENTITY,
    RESOURCE_PATH,
    HyperpayRefused,
    Session,
    kept,
    open_session,
    safe,
)
from server.rails.hyperpay_codes import NO_SESSION, NOT_FOUND, Meaning
from server.rails.hyperpay_objects import (
    CAPTURE,
    CURRENCIES,
    DEBIT,
    HOLD,
    REFUND,
    REVERSAL,
    Payment,
    outcome_of,
    payment_of,
    refund_result,
)
from server.rails.strict_json import Unreadable, parts_of, text_of

CHECKOUTS: Final = "/v1/checkouts"
PAYMENTS: Final = "/v1/payments"
QUERY: Final = "/v1/query"
WIDGET: Final = "/v1/paymentWidgets.js"

_OWNER: Final = "oppwa.com"
"""All of HyperPay's own hosts, which its widget comes from, lie under this domain."""

_PAYMENT_ID: Final = re.compile(r"[0-9a-f]{32}")
_OPTIONS: Final = 'var wpwlOptions = {style: "plain", paymentTarget: "_top"};'
"""The bank of the card asks its questions on the whole page, which no frame keeps small."""

_REFERENCE: Final = re.compile(r"[A-Za-z0-9._-]{8,255}")


class HyperpayAdapter:
    """Client of HyperPay; amounts are written with two decimals."""

    provider = Provider.HYPERPAY
    credential_fields = FIELDS
    account_fields = (("entity_id",),)
    currencies = CURRENCIES
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Open a checkout: PENDING with the `link` of the hub's page for its widget; `option` is a brand of cards.

        A second checkout for the same reference takes no money twice: only the one whose link was shown can be paid.
        """
        try:
            session = open_session(http, credentials)
            _refuse_unfit(context)
            made = session.post(CHECKOUTS, session.entity_of(context.option), _checkout_fields(session, context))
            name = safe(text_of(made, "id"))
            return RailResult(RailStatus.PENDING, link=context.page_url, provider_ref=name, response=kept(made))
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def widget(self, credentials: Credentials, context: PaymentContext) -> Widget:
        """Return the form of the checkout in `context.provider_ref` with the brands that its channel takes.

        Source: hyperpay.docs.oppwa.com/integrations/widget.
        """
        settings = settings_of(FIELDS, credentials)
        if not IDENTITY.fullmatch(context.provider_ref) or _PAYMENT_ID.fullmatch(context.provider_ref):
            raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
        host = origin_of(script_address(settings["base_url"], _OWNER))
        script = address(settings["base_url"], f"{WIDGET}?{urlencode({'checkoutId': context.provider_ref})}")
        form = f'<form action="{escape(context.page_url)}" class="paymentWidgets" data-brands="{{}}"></form>'
        return Widget(script, (host,), (host,), form.format(_brands(settings, context.option)), before=_OPTIONS)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask for the checkout, else for the reference among all transactions, which are kept for good.

        A checkout that is over without a transaction is EXPIRED; money held is PENDING with `authorized_minor`.
        HyperPay answers two such questions a minute: more are RATE_LIMITED.
        """
        try:
            return _checked(open_session(http, credentials), context)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=failure, response=response)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Decrypt a notification and compare its channel with ours; raises NotificationRefused."""
        return hyperpay_webhook.read(credentials, headers, body)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 503 for what must come again."""
        return Answer(503, b'{"received":false}') if outcome == "unavailable" else Answer(200, b'{"received":true}')

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Payments are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def capture(
        self, http: httpx.Client, credentials: Credentials, context: PaymentContext, amount_minor: int
    ) -> RailResult:
        """Take `amount_minor` of what is held, once: SUCCESS too if exactly that was taken before."""
        return _tried(lambda: _capture(open_session(http, credentials), context, amount_minor), context)

    def void(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Reverse what is held; SUCCESS too if nothing is held."""
        return _tried(lambda: _void(open_session(http, credentials), context), context)

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back, once for each reference: a refund that bears it already is told again."""
        return doubted(_tried(lambda: _refund(open_session(http, credentials), order)), order)

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Look for a refund's reference; one that is not there is UNKNOWN with a transient failure."""
        try:
            made = _refund_named(open_session(http, credentials), order)
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR) if made is None else made
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=order.provider_ref, failure=failure, response=response)


def _tried(act: Callable[[], RailResult], context: PaymentContext | None = None) -> RailResult:
    """Return what an act brought, or what its failure means."""
    try:
        return act()
    except CallFailed as problem:
        return done_or_not(problem, "" if context is None else context.provider_ref)
    except Unreadable:
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency not in CURRENCIES or context.option not in ("", *BRANDS):
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if context.amount_minor <= 0 or not _REFERENCE.fullmatch(context.reference):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
    if not context.page_url:
        raise CallFailed(FailureCode.ROUTE_NOT_FOUND, maybe_done=False)


# ---- the checkout


def _checkout_fields(session: Session, context: PaymentContext) -> list[tuple[str, str]]:
    fields = [
        ("amount", decimal_text(context.amount_minor, context.currency)),
        ("currency", context.currency),
        ("paymentType", DEBIT if context.capture else HOLD),
        ("merchantTransactionId", context.reference),
    ]
    return fields if session.live else [*fields, ("testMode", "EXTERNAL")]


def _brands(settings: Mapping[str, str], option: str) -> str:
    """Return the brands of a checkout; one with a channel of its own cannot be paid in the common one."""
    own = {field.name for field in BRAND_ENTITIES if settings[field.name]}
    common = [brand for brand in BRANDS if f"entity_id_{brand.lower()}" not in own]
    return option or " ".join(common or BRANDS)


def _checked(session: Session, context: PaymentContext) -> RailResult:
    entity, over = session.entity_of(context.option), False
    result: RailResult | None = None
    if context.provider_ref and not _PAYMENT_ID.fullmatch(context.provider_ref):
        try:
            answer = session.get(_resource_path(context.provider_ref), entity)
        except HyperpayRefused as refusal:
            if refusal.code != NO_SESSION:
                raise
            over = True
        else:
            if not text_of(answer, "paymentType"):
                return RailResult(RailStatus.PENDING, provider_ref=context.provider_ref, response=kept(answer))
            result = outcome_of([_ours(payment_of(answer, live=session.live), context)])
            if result is not None and not result.authorized_minor:
                return result
    # What is held may have been captured or let go since, which the checkout does not tell.
    result = outcome_of(_attempts(session, entity, context)) or result
    if result is not None:
        return result
    if over:
        return RailResult(RailStatus.FAILED, provider_ref=context.provider_ref, failure=FailureCode.EXPIRED)
    return RailResult(RailStatus.PENDING, provider_ref=context.provider_ref)


def _resource_path(checkout: str) -> str:
    path = f"{CHECKOUTS}/{checkout}/payment"
    if not RESOURCE_PATH.fullmatch(path) or ".." in path:
        raise Unreadable("resourcePath")
    return path


# ---- transactions


def _named(session: Session, entity: str, reference: str) -> list[Payment]:
    """Return the transactions of a channel that bear a reference; raises CallFailed and Unreadable."""
    try:
        answer = session.get(QUERY, entity, [("merchantTransactionId", reference)])
    except HyperpayRefused as refusal:
        if refusal.code != NOT_FOUND:
            raise
        return []
    found = [payment_of(row, live=session.live) for row in parts_of(answer, "payments")]
    if any(payment.reference != reference for payment in found):
        raise Unreadable("another payment")
    return found


def _attempts(session: Session, entity: str, context: PaymentContext) -> list[Payment]:
    return [_ours(payment, context) for payment in _named(session, entity, context.reference)]


def _ours(payment: Payment, context: PaymentContext) -> Payment:
    """Return a transaction of this payment; raises Unreadable for one of another."""
    if is_of_before(payment.at, context):
        raise Unreadable("a payment of before")
    unsaid = payment.meaning is Meaning.REJECTED and not payment.currency
    if payment.reference != context.reference or not (unsaid or payment.currency == context.currency):
        raise Unreadable("another payment")
    return payment


def _changed(session: Session, entity: str, name: str, kind: str, reference: str, amount: tuple[int, str]) -> Payment:
    """Capture, reverse or refund a transaction; raises CallFailed and Unreadable."""
    fields = [
        ("paymentType", kind),
        ("amount", decimal_text(*amount)),
        ("currency", amount[1]),
        ("merchantTransactionId", reference),
    ]
    made = payment_of(session.post(f"{PAYMENTS}/{safe(name)}", entity, fields), live=session.live)
    if made.kind != kind:
        raise Unreadable("paymentType")
    return made


def _held(made: list[Payment]) -> Payment | None:
    released = {payment.referenced for payment in made if payment.kind == REVERSAL and payment.paid}
    return next((one for one in made if one.kind == HOLD and one.paid and one.id not in released), None)


def _capture(session: Session, context: PaymentContext, amount_minor: int) -> RailResult:
    entity = session.entity_of(context.option)
    made = _attempts(session, entity, context)
    captures = [payment for payment in made if payment.kind == CAPTURE and payment.meaning is not Meaning.REJECTED]
    if captures:
        return _captured(captures[0], context, amount_minor)
    held = _held(made)
    if held is None:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    if not 0 < amount_minor <= held.amount_minor:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    taken = _changed(session, entity, held.id, CAPTURE, context.reference, (amount_minor, context.currency))
    return _captured(taken, context, amount_minor)


def _captured(capture: Payment, context: PaymentContext, amount_minor: int) -> RailResult:
    if capture.paid and capture.amount_minor == amount_minor:
        return outcome_of([capture]) or _refused(capture, context)
    if capture.paid:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=capture.response)
    return _refused(capture, context)


def _void(session: Session, context: PaymentContext) -> RailResult:
    entity = session.entity_of(context.option)
    made = _attempts(session, entity, context)
    if any(payment.kind in (DEBIT, CAPTURE) and payment.paid for payment in made):
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    held = _held(made)
    if held is None:
        return RailResult(RailStatus.SUCCESS, provider_ref=context.provider_ref)
    amount = (held.amount_minor, context.currency)
    undone = _changed(session, entity, held.id, REVERSAL, context.reference, amount)
    if undone.paid:
        return RailResult(RailStatus.SUCCESS, provider_ref=context.provider_ref, response=undone.response)
    return _refused(undone, context)


def _refused(payment: Payment, context: PaymentContext) -> RailResult:
    """Return an act that did not succeed: only a rejection is sure."""
    status = RailStatus.FAILED if payment.meaning is Meaning.REJECTED else RailStatus.UNKNOWN
    return RailResult(status, provider_ref=context.provider_ref, failure=payment.failure, response=payment.response)


# ---- refunds


def _refund(session: Session, order: RefundOrder) -> RailResult:
    if order.currency not in CURRENCIES or order.amount_minor <= 0:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    try:
        made = _refund_named(session, order)
        entity = "" if made is not None else _entity_of(session, order.payment_provider_ref)
    except CallFailed as problem:
        # An earlier request may have made it: that nothing was asked for now proves nothing.
        raise CallFailed(problem.failure, maybe_done=True, response=problem.response) from problem
    if made is not None:
        return made
    amount = (order.amount_minor, order.currency)
    return refund_result(_changed(session, entity, order.payment_provider_ref, REFUND, order.reference, amount), order)


def _refund_named(session: Session, order: RefundOrder) -> RailResult | None:
    """Return the refund that bears the order's reference in any channel, None if there is none."""
    named = [payment for entity in session.entities for payment in _named(session, entity, order.reference)]
    return best_of(refund_result(payment, order) for payment in named if payment.kind == REFUND)


def _entity_of(session: Session, name: str) -> str:
    """Return the channel in which a transaction was made; raises CallFailed when none knows it."""
    if len(session.entities) == 1:
        return session.entities[0]
    for entity in session.entities:
        try:
            session.get(f"{QUERY}/{safe(name)}", entity)
        except HyperpayRefused as refusal:
            if refusal.code != NOT_FOUND:
                raise
            continue
        return entity
    raise HyperpayRefused(NOT_FOUND, "{}", 404)


ADAPTER: Final = HyperpayAdapter()
