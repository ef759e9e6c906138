"""Lean Technologies: payments from bank to bank in the Emirates and Saudi Arabia, by a link to Lean's own page.

A payment is a payment link that can be used once; `provider_ref` is its id. On its page the customer chooses a bank and
approves there, which makes Lean's payment intent and payment, found by the attempts ("usages") of the link. The account
that is paid is a payment destination set up with Lean.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder
from server.rails import lean_refunds, lean_webhook
from server.rails.base import Answer, CallFailed, Credentials, Notice, Outcome, Statement
from server.rails.calls import tried
from server.rails.lean_calls import FIELDS, LINKS, Session, kept, open_session
from server.rails.lean_objects import CURRENCIES, amount_number, identity, link_result, moment_text, require_ours
from server.rails.strict_json import Unreadable, part_of, text_of

_MAX_REFERENCE: Final = 32
_MAX_NAME: Final = 100
_MAX_PAGES: Final = 5
_METHOD_NOT_ALLOWED: Final = 405


class LeanAdapter:
    """Client of Lean's payment links, payments, reconciliation and refunds; amounts are fils and halalas."""

    provider = Provider.LEAN
    credential_fields = FIELDS
    account_fields = (("client_id",),)
    currencies = CURRENCIES
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Make a link that takes this amount once until `context.expires_at`: PENDING with `link`.

        Asked again after a lost answer it may make a second link; the first one was shown to nobody.
        """
        try:
            _refuse_unfit(context)
            session = open_session(http, credentials)
            made = session.send("POST", LINKS, _link_fields(session, context), key=context.reference)
            return _shown(made, session, context)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask what became of a payment; a link that is not found is PENDING, since nobody was shown it."""
        try:
            session = open_session(http, credentials)
            link = _link(session, context)
            return RailResult(RailStatus.PENDING) if link is None else link_result(session, link, context)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=failure, response=response)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the lean-signature of an event; raises NotificationRefused."""
        return lean_webhook.read(credentials, headers, body)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 503 for what must come again."""
        return Answer(503, b'{"received":false}') if outcome == "unavailable" else Answer(200, b'{"received":true}')

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Payments are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Shut the link; SUCCESS too if there is none, FAILED when it is paid or a bank is at it."""
        return tried(lambda: _shut(open_session(http, credentials), context), context.provider_ref)

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back, once for each reference: a refund that bears it already is told again."""
        return tried(lambda: lean_refunds.give_back(open_session(http, credentials), order), order.provider_ref)

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Look for a refund by its reference; one that is not there is UNKNOWN with a transient failure."""
        try:
            return lean_refunds.ask(open_session(http, credentials), order)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=order.provider_ref, failure=failure, response=response)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency not in CURRENCIES or not context.capture:
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if context.amount_minor <= 0 or not 0 < len(context.reference) <= _MAX_REFERENCE:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


def _link_fields(session: Session, context: PaymentContext) -> dict[str, object]:
    settings = session.settings
    details: dict[str, object] = {
        "reference": context.reference,
        "currency": context.currency,
        "amount": amount_number(context.amount_minor, context.currency),
    }
    if settings["destination_id"]:
        details["destination_id"] = settings["destination_id"]
    fields: dict[str, object] = {
        "name": (context.description or context.reference)[:_MAX_NAME],
        "max_usages": 1,
        "expires_at": moment_text(Instant(context.expires_at + 999)),  # cut to a second, never too early
        "payment_details": details,
        "identifiers": [],
    }
    if settings["return_url"]:
        fields["redirect_url"] = settings["return_url"]
    return fields


def _shown(made: Mapping[str, object], session: Session, context: PaymentContext) -> RailResult:
    """Return the page of a link that bears this payment, on a line as safe as the one to Lean; raises Unreadable."""
    require_ours(made, context)
    page = text_of(made, "link")
    here, there = urlsplit(session.settings["base_url"]), urlsplit(page)
    if not there.hostname or there.scheme != here.scheme:
        raise Unreadable("link")
    return RailResult(RailStatus.PENDING, link=page, provider_ref=identity(made), response=kept(made))


def _link(session: Session, context: PaymentContext) -> dict[str, object] | None:
    """Return the payment's link, None if there is none; raises CallFailed and Unreadable."""
    if context.provider_ref:
        return session.get(LINKS, context.provider_ref)
    for number in range(_MAX_PAGES):
        rows, more = session.page(LINKS, number)
        for row in rows:
            if text_of(part_of(row, "payment_details"), "reference") == context.reference:
                return row
        if not more:
            break
    return None


def _shut(session: Session, context: PaymentContext) -> RailResult:
    """Shut the link, then look whether somebody was quicker; raises CallFailed and Unreadable."""
    link = _link(session, context)
    if link is None:
        return RailResult(RailStatus.SUCCESS)
    require_ours(link, context)
    name = identity(link)
    if text_of(link, "status") == "ACTIVE":
        _disable(session, name)
    found = link_result(session, session.get(LINKS, name), context)
    if found.status is RailStatus.FAILED:
        return RailResult(RailStatus.SUCCESS, provider_ref=name, response=found.response)
    raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=found.response)


def _disable(session: Session, name: str) -> None:
    """Disable a link: its reference describes PUT, its guide PATCH."""
    wanted = {"status": "DISABLED"}
    try:
        session.send("PUT", LINKS, wanted, name)
    except CallFailed as problem:
        if problem.status != _METHOD_NOT_ALLOWED:
            raise
        session.send("PATCH", LINKS, wanted, name)


ADAPTER: Final = LeanAdapter()
