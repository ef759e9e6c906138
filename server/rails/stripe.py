"""Stripe: hosted Checkout pages behind a link, captures and refunds.

`provider_ref` is the Checkout Session's id (`cs_…`) while nobody has paid, and the PaymentIntent's (`pi_…`) from then
on; every act takes either. Without any, the session is looked for by its reference. The events that a shop must
subscribe to are those of `stripe_webhook`.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder
from server.rails import stripe_refunds, stripe_webhook
from server.rails.base import Answer, CallFailed, Credentials, Notice, Outcome, Statement
from server.rails.calls import tried
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of
from server.rails.stripe_calls import (
    FIELDS,
    INTENTS,
    SESSIONS,
    Session,
    StripeRefused,
    kept,
    key_of,
    open_session,
)
from server.rails.stripe_objects import CURRENCIES, REFERENCE, currency_of, identity, intent_result, session_result

PAGE_LEAST_MS: Final = 30 * 60_000
PAGE_MOST_MS: Final = 24 * 3_600_000
"""A page closes between 30 minutes and 24 hours after it was made (docs.stripe.com, `expires_at`)."""

SLACK_MS: Final = 5 * 60_000
"""What a request may take to reach Stripe, and how far the clocks may differ."""

_UNEXPECTED_STATE: Final = "payment_intent_unexpected_state"
_METHOD: Final = re.compile(r"[a-z_]{1,40}")
_INTENT: Final = "pi_"
_MAX_NAME: Final = 250
_MAX_DESCRIPTION: Final = 500
_PAGE: Final = 50
_MAX_PAGES: Final = 5


class StripeAdapter:
    """Client of Stripe's Checkout, PaymentIntents and Refunds; amounts are the currency's smallest unit."""

    provider = Provider.STRIPE
    credential_fields = FIELDS
    account_fields = (("api_key",),)
    currencies = CURRENCIES
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Open a page for this payment: PENDING with its `link`; `option` is a payment method such as `card`.

        Asked again with the same reference it is the same page (Idempotency-Key). It outlives the payment at
        the till, since Stripe's pages live for half an hour at least: `withdraw` closes it.
        """
        try:
            _refuse_unfit(context)
            session = open_session(http, credentials)
            made = session.post(SESSIONS, _page_fields(session, context), key=key_of(context.reference, "page"))
            return _opened(made, session, context)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask what became of a payment; nothing is started by asking, and a page that is not found is PENDING.

        Money held is PENDING with `authorized_minor`; a declined card is PENDING with the decline as `failure`.
        """
        try:
            session = open_session(http, credentials)
            if context.provider_ref.startswith(_INTENT):
                return intent_result(_intent(session, context.provider_ref, context))
            page = _page(session, context)
            return RailResult(RailStatus.PENDING) if page is None else session_result(page)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=failure, response=response)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the Stripe-Signature, its time and the mode of an event; raises NotificationRefused."""
        return stripe_webhook.read(credentials, headers, body, received_at)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 503 for what must come again."""
        return Answer(503, b'{"received":false}') if outcome == "unavailable" else Answer(200, b'{"received":true}')

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Payments are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def capture(
        self, http: httpx.Client, credentials: Credentials, context: PaymentContext, amount_minor: int
    ) -> RailResult:
        """Take `amount_minor` of what is held; SUCCESS too if exactly that was taken before."""
        return tried(lambda: _capture(open_session(http, credentials), context, amount_minor), context.provider_ref)

    def void(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Let go of what is held; SUCCESS too if it was let go before or nothing was held yet."""
        return tried(lambda: _end(open_session(http, credentials), context, held_too=True), context.provider_ref)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Close the page; SUCCESS too if there is none, FAILED when it is paid or money is held."""
        return tried(lambda: _end(open_session(http, credentials), context, held_too=False), context.provider_ref)

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back, once for each reference: a refund that bears it already is told again."""
        return tried(lambda: stripe_refunds.give_back(open_session(http, credentials), order), order.provider_ref)

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Ask for a refund by its id, else look for its reference among the refunds of its payment.

        One that is not there is UNKNOWN with a transient failure: asking for it again is safe.
        """
        try:
            return stripe_refunds.ask(open_session(http, credentials), order)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=order.provider_ref, failure=failure, response=response)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency not in CURRENCIES or (context.option and not _METHOD.fullmatch(context.option)):
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if context.amount_minor <= 0:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


# ---- the page


def _page_fields(session: Session, context: PaymentContext) -> list[tuple[str, str]]:
    """Return the page's fields; all follow from the payment alone, so that a repetition is word for word the same."""
    fields = [
        ("mode", "payment"),
        ("client_reference_id", context.reference),
        (f"metadata[{REFERENCE}]", context.reference),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", context.currency.lower()),
        ("line_items[0][price_data][unit_amount]", str(context.amount_minor)),
        ("line_items[0][price_data][product_data][name]", (context.description or context.reference)[:_MAX_NAME]),
        (f"payment_intent_data[metadata][{REFERENCE}]", context.reference),
        ("payment_intent_data[description]", f"{context.reference} {context.description}"[:_MAX_DESCRIPTION].strip()),
        ("success_url", session.settings["return_url"]),
        ("expires_at", str(_closes_at(context) // 1000)),
    ]
    if not context.capture:
        fields.append(("payment_intent_data[capture_method]", "manual"))
    if context.option:
        fields.append(("payment_method_types[0]", context.option))
    return fields


def _closes_at(context: PaymentContext) -> int:
    """Return when the page closes: late enough for a till that asks for it in the last moment of its payment."""
    return min(context.expires_at + PAGE_LEAST_MS + SLACK_MS, context.created_at + PAGE_MOST_MS)


def _opened(made: Mapping[str, object], session: Session, context: PaymentContext) -> RailResult:
    """Return the link of a page that names this payment, on a line as safe as the one to Stripe; raises Unreadable."""
    name = _ours(made, context)
    link = text_of(made, "url")
    here, there = urlsplit(session.settings["base_url"]), urlsplit(link)
    if not there.hostname or there.scheme != here.scheme:
        raise Unreadable("url")
    return RailResult(RailStatus.PENDING, link=link, provider_ref=name, response=kept(made))


def _ours(page: Mapping[str, object], context: PaymentContext) -> str:
    same = text_of(page, "client_reference_id") == context.reference and currency_of(page) == context.currency
    if not same or page.get("amount_total") != context.amount_minor:
        raise Unreadable("another payment")
    return identity(page)


def _page(session: Session, context: PaymentContext) -> dict[str, object] | None:
    """Return the session of a payment with its intent, None if there is none; raises CallFailed and Unreadable."""
    name = context.provider_ref or _searched(session, context)
    if not name:
        return None
    page = session.get(SESSIONS, name, [("expand[0]", "payment_intent.latest_charge")])
    _ours(page, context)
    return page


def _searched(session: Session, context: PaymentContext) -> str:
    """Return the id of the session that bears the reference, empty if there is none.

    The list is exact at once, which Stripe's search is not. Raises CallFailed when there are too many to look through.
    """
    query = [
        ("limit", str(_PAGE)),
        ("created[gte]", str((context.created_at - SLACK_MS) // 1000)),
        ("created[lte]", str(_closes_at(context) // 1000)),
    ]
    after: list[tuple[str, str]] = []
    for _ in range(_MAX_PAGES):
        listed = session.get(SESSIONS, query=[*query, *after])
        rows = parts_of(listed, "data")
        for row in rows:
            if text_of(row, "client_reference_id") == context.reference:
                return identity(row)
        if listed.get("has_more") is not True or not rows:
            return ""
        after = [("starting_after", identity(rows[-1]))]
    raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)


# ---- what is paid or held


def _intent(session: Session, name: str, context: PaymentContext) -> dict[str, object]:
    intent = session.get(INTENTS, name, [("expand[0]", "latest_charge")])
    _require_same(intent, context)
    return intent


def _require_same(intent: Mapping[str, object], context: PaymentContext) -> None:
    if text_of(part_of(intent, "metadata"), REFERENCE) != context.reference or currency_of(intent) != context.currency:
        raise Unreadable("another payment")


def _intent_name(session: Session, context: PaymentContext) -> str:
    """Return the id of the payment's intent, empty while nobody has tried to pay; raises CallFailed and Unreadable."""
    if context.provider_ref.startswith(_INTENT):
        return context.provider_ref
    page = _page(session, context)
    intent = {} if page is None else part_of(page, "payment_intent")
    return identity(intent) if intent else ""


def _capture(session: Session, context: PaymentContext, amount_minor: int) -> RailResult:
    name = _intent_name(session, context)
    if not name:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    if amount_minor <= 0:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    fields = [("amount_to_capture", str(amount_minor)), ("expand[0]", "latest_charge")]
    key = key_of(context.reference, f"capture-{amount_minor}")
    try:
        taken = session.post(INTENTS, fields, name, "capture", key)
    except StripeRefused as refusal:
        if refusal.code != _UNEXPECTED_STATE:
            raise
        found = intent_result(_intent(session, name, context))
        if found.status is RailStatus.SUCCESS and found.received_minor == amount_minor:
            return found
        raise
    return intent_result(taken)


def _end(session: Session, context: PaymentContext, *, held_too: bool) -> RailResult:
    """Make sure that nobody can pay any more and, if it is meant, that nothing is held."""
    if context.provider_ref.startswith(_INTENT):
        found, page = intent_result(_intent(session, context.provider_ref, context)), ""
    elif (there := _page(session, context)) is not None:
        found, page = session_result(there), identity(there) if text_of(there, "status") == "open" else ""
    else:
        return RailResult(RailStatus.SUCCESS)
    if found.status is RailStatus.SUCCESS or (found.authorized_minor and not held_too):
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=found.response)
    if page:
        return _closed(session, context, page)
    if found.status is RailStatus.FAILED:
        return RailResult(RailStatus.SUCCESS, provider_ref=found.provider_ref, response=found.response)
    if not found.provider_ref.startswith(_INTENT):
        # A page that is over, with money still under way in a slow method of payment.
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=found.response)
    return _cancelled(session, context, found.provider_ref)


def _closed(session: Session, context: PaymentContext, page: str) -> RailResult:
    """Close an open page; whoever was quicker is found by asking again."""
    try:
        closed = session.post(SESSIONS, [], page, "expire")
    except StripeRefused:
        found = session_result(_page(session, context) or {})
        if found.failure is not FailureCode.EXPIRED:
            raise
        return RailResult(RailStatus.SUCCESS, provider_ref=page, response=found.response)
    gone = text_of(closed, "status") == "expired"
    failure = None if gone else FailureCode.UNEXPECTED_ERROR
    status = RailStatus.SUCCESS if gone else RailStatus.UNKNOWN
    return RailResult(status, provider_ref=page, failure=failure, response=kept(closed))


def _cancelled(session: Session, context: PaymentContext, name: str) -> RailResult:
    try:
        ended = intent_result(session.post(INTENTS, [], name, "cancel"))
    except StripeRefused as refusal:
        if refusal.code != _UNEXPECTED_STATE:
            raise
        ended = intent_result(_intent(session, name, context))
        if ended.status is not RailStatus.FAILED:
            raise
    gone = ended.status is RailStatus.FAILED
    failure = None if gone else FailureCode.UNEXPECTED_ERROR
    status = RailStatus.SUCCESS if gone else RailStatus.UNKNOWN
    return RailResult(status, provider_ref=name, failure=failure, response=ended.response)


ADAPTER: Final = StripeAdapter()
