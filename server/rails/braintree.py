"""Braintree: sales of what the card page (Drop-in) hands over, holds and their settlement, voids and refunds.

Braintree has no page of its own: the hub's page of a payment shows its Drop-in, which turns a card into a nonce, a word
that can be charged once and that the page hands to the hub. Sales are looked for by their order id before they are
made, and refunds likewise: request keys (`api_request_key` of the SDK) are not granted to every merchant.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder
from server.rails import braintree_webhook
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
from server.rails.braintree_calls import FIELDS, Session, open_session, safe_root
from server.rails.braintree_codes import HELD, VOIDED
from server.rails.braintree_objects import (
    CREDIT,
    CURRENCIES,
    SALE,
    Transaction,
    outcome_of,
    refund_result,
    sale_result,
    transaction_of,
)
from server.rails.braintree_xml import Written
from server.rails.calls import address, origin_of, script_address, tried
from server.rails.decimals import decimal_text
from server.rails.strict_json import Unreadable, text_of

TRANSACTIONS: Final = "transactions"

_REFERENCE: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MOST_FOUND: Final = 50

_OWNER: Final = "braintreegateway.com"
_ASSETS: Final = ("https://assets.braintreegateway.com",)
_ASKED: Final = ("https://*.braintreegateway.com", "https://*.braintree-api.com")
"""What Drop-in loads and asks (developer.paypal.com/braintree/docs/guides/client-sdk/setup)."""

_FORM: Final = (
    '<form id="card-form" method="post"><div id="card"></div>'
    '<input type="hidden" name="nonce"><button id="card-pay" data-checking="{checking}" disabled>{pay}</button></form>'
)
_START: Final = """
var form = document.getElementById("card-form"), button = document.getElementById("card-pay");
if (window.braintree) braintree.dropin.create({authorization: %s, container: "#card"}, function (problem, dropin) {
  if (problem) { return cardFormAway(); }
  button.disabled = false;
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    button.disabled = true;
    dropin.requestPaymentMethod(function (problem, method) {
      if (problem) { button.disabled = false; return; }
      button.textContent = button.dataset.checking;
      form.nonce.value = method.nonce;
      form.submit();
    });
  });
});
"""


class BraintreeAdapter:
    """Client of Braintree's transactions; amounts are decimal texts."""

    provider = Provider.BRAINTREE
    credential_fields = FIELDS
    account_fields = (("merchant_id", "merchant_account_id"),)
    currencies = CURRENCIES
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Return the `link` of the hub's page for Drop-in; nothing is asked of Braintree, and it takes no money."""
        try:
            script_address(open_session(http, credentials).settings["dropin_url"], _OWNER)
            _refuse_unfit(context)
            if context.page_url:
                return RailResult(RailStatus.PENDING, link=context.page_url)
            return RailResult(RailStatus.FAILED, failure=FailureCode.ROUTE_NOT_FOUND)
        except CallFailed as problem:
            return RailResult(RailStatus.FAILED, failure=problem.failure, response=problem.response)

    def widget(self, credentials: Credentials, context: PaymentContext) -> Widget:
        """Return Drop-in, which puts a nonce into the field `nonce` of the form around it.

        Source: developer.paypal.com/braintree/docs/guides/drop-in.
        """
        settings = settings_of(FIELDS, credentials)
        script, host = script_address(settings["dropin_url"], _OWNER), origin_of(address(settings["base_url"], ""))
        start = _START % json.dumps(settings["tokenization_key"]).replace("<", "\\u003c")
        return Widget(
            script, (origin_of(script), *_ASSETS), (origin_of(script), host, *_ASSETS, *_ASKED), _FORM, after=start
        )

    def charge(self, http: httpx.Client, credentials: Credentials, context: PaymentContext, nonce: str) -> RailResult:
        """Charge a nonce, or hold its money.

        It is charged only if the merchant account has the payment's currency and no sale bears its reference that is
        paid, held or in doubt.
        """
        try:
            session = open_session(http, credentials)
            _refuse_unfit(context)
            if not _NONCE.fullmatch(nonce):  # no word of Braintree's: nothing has become of the payment
                return RailResult(RailStatus.PENDING, failure=FailureCode.INVALID_INSTRUMENT)
            return _standing(session, context) or _charged(session, context, nonce)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask for the sales that bear the reference; none is PENDING, money held is PENDING with `authorized_minor`."""
        try:
            session = open_session(http, credentials)
            return outcome_of(_named(session, context)) or RailResult(RailStatus.PENDING)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=failure, response=response)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the signature of a notification; raises NotificationRefused."""
        return braintree_webhook.read(credentials, body)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 503 for what must come again."""
        return Answer(503 if outcome == "unavailable" else 200, b"", "text/plain")

    def challenge(self, credentials: Credentials, query: Mapping[str, str]) -> Answer | None:
        """Return the proof that Braintree asks for when the address of its notifications is set up."""
        return braintree_webhook.challenge(credentials, query)

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Payments are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def capture(
        self, http: httpx.Client, credentials: Credentials, context: PaymentContext, amount_minor: int
    ) -> RailResult:
        """Submit `amount_minor` of what is held for settlement; SUCCESS too if exactly that was submitted before."""
        return tried(lambda: _capture(open_session(http, credentials), context, amount_minor), context.provider_ref)

    def void(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Let go of what is held; SUCCESS too if nothing is held."""
        return tried(lambda: _ended(open_session(http, credentials), context, held_too=True), context.provider_ref)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Make sure that nothing was charged: a nonce alone takes no money; FAILED when it is paid or held."""
        return tried(lambda: _ended(open_session(http, credentials), context, held_too=False), context.provider_ref)

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Give money back once for each reference: before settlement the whole sale is voided, after it refunded.

        A part cannot be given back before settlement, within a day or so: that is UNKNOWN with a transient failure.
        """
        return tried(lambda: _refund(open_session(http, credentials), order))

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Look for a refund's reference, else whether its sale is void; neither is UNKNOWN with a transient failure."""
        try:
            session = open_session(http, credentials)
            made = _refunded(session, order)
            if made is None and (sale := _sale_of(session, order)).word == VOIDED:
                made = _voided(sale, order)
            return made or RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR)
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=order.provider_ref, failure=failure, response=response)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency not in CURRENCIES:
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if context.amount_minor <= 0 or not _REFERENCE.fullmatch(context.reference):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


# ---- paying


def _standing(session: Session, context: PaymentContext) -> RailResult | None:
    """Return the sale that was made for the reference before, None where there is none but failed ones."""
    try:
        found = outcome_of(_named(session, context))
    except CallFailed as problem:
        # Only asking failed: nothing was charged by it.
        raise CallFailed(problem.failure, maybe_done=False, response=problem.response) from problem
    return None if found is None or found.status is RailStatus.FAILED else found


def _charged(session: Session, context: PaymentContext, nonce: str) -> RailResult:
    account = session.settings["merchant_account_id"]
    try:
        known = safe_root(session.get("merchant_accounts", account), "merchant_account")
    except CallFailed as problem:
        raise CallFailed(problem.failure, maybe_done=False, response=problem.response) from problem
    if text_of(known, "currency_iso_code") != context.currency:
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    fields: dict[str, Written] = {
        "type": SALE,
        "amount": decimal_text(context.amount_minor, context.currency),
        "order_id": context.reference,
        "payment_method_nonce": nonce,
        "merchant_account_id": account,
        "options": {"submit_for_settlement": context.capture},
    }
    made = transaction_of(safe_root(session.post(TRANSACTIONS, root="transaction", fields=fields), "transaction"))
    return sale_result(_ours(made, context))


def _named(session: Session, context: PaymentContext) -> list[Transaction]:
    """Return the sales that bear the payment's reference, newest first; raises CallFailed and Unreadable."""
    return [_ours(made, context) for made in _searched(session, context.reference) if made.kind == SALE]


def _searched(session: Session, reference: str) -> list[Transaction]:
    """Return all transactions with an order id, newest first; raises CallFailed and Unreadable.

    Braintree is asked twice, as its own client does: for the ids, then for what they are.
    """
    by_order: dict[str, Written] = {"order_id": {"is": reference}}
    listed = session.post(TRANSACTIONS, "advanced_search_ids", root="search", fields=by_order)
    ids = safe_root(listed, "search_results").get("ids")
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids) or len(ids) > _MOST_FOUND:
        raise Unreadable("ids")
    if not ids:
        return []
    fields: dict[str, Written] = {**by_order, "ids": ids}
    answer = session.post(TRANSACTIONS, "advanced_search", root="search", fields=fields)
    found = safe_root(answer, "credit_card_transactions").get("transaction", [])
    rows = found if isinstance(found, list) else [found]
    made = [transaction_of(row) for row in rows if isinstance(row, dict)]
    if len(made) != len(ids) or any(one.reference != reference for one in made):
        raise Unreadable("another search")
    return sorted(made, key=lambda one: ids.index(one.id) if one.id in ids else len(ids))


def _ours(made: Transaction, context: PaymentContext) -> Transaction:
    """Return a sale of this payment; raises Unreadable for one of another."""
    if is_of_before(made.at, context):
        raise Unreadable("a payment of before")
    if made.reference != context.reference or made.currency != context.currency or made.kind != SALE:
        raise Unreadable("another payment")
    return made


# ---- what is held


def _capture(session: Session, context: PaymentContext, amount_minor: int) -> RailResult:
    sales = _named(session, context)
    for sale in sales:
        if sale.status is RailStatus.SUCCESS:
            if sale.amount_minor == amount_minor:
                return sale_result(sale)
            raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=sale.response)
    held = next((sale for sale in sales if sale.word == HELD), None)
    if held is None:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    if amount_minor <= 0:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    fields = {"amount": decimal_text(amount_minor, context.currency)}
    taken = session.put(TRANSACTIONS, held.id, "submit_for_settlement", root="transaction", fields=fields)
    return sale_result(_ours(transaction_of(safe_root(taken, "transaction")), context))


def _ended(session: Session, context: PaymentContext, *, held_too: bool) -> RailResult:
    """Make sure that nothing is paid and, if it is meant, nothing is held."""
    found = outcome_of(_named(session, context))
    if found is None or found.status is RailStatus.FAILED:
        return RailResult(RailStatus.SUCCESS, provider_ref=context.provider_ref)
    if not (found.authorized_minor and held_too):
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=found.response)
    undone = _undone(session, found.provider_ref)
    return RailResult(RailStatus.SUCCESS, provider_ref=undone.id, response=undone.response)


def _undone(session: Session, name: str) -> Transaction:
    """Void a transaction; raises CallFailed and Unreadable."""
    undone = transaction_of(safe_root(session.put(TRANSACTIONS, name, "void"), "transaction"))
    if undone.word != VOIDED or undone.id != name:
        raise Unreadable("status")
    return undone


# ---- money back


def _refund(session: Session, order: RefundOrder) -> RailResult:
    if order.currency not in CURRENCIES or order.amount_minor <= 0:
        raise CallFailed(FailureCode.AMOUNT_MISMATCH, maybe_done=False)
    try:
        made, sale = _refunded(session, order), _sale_of(session, order)
    except CallFailed as problem:
        # An earlier request may have made it: that nothing was asked for now proves nothing.
        raise CallFailed(problem.failure, maybe_done=True, response=problem.response) from problem
    if made is not None:
        return made
    if sale.word == VOIDED:
        return _voided(sale, order)
    if sale.voidable and order.amount_minor == sale.amount_minor:
        return _voided(_undone(session, sale.id), order)
    return doubted(tried(lambda: _given_back(session, sale, order)), order)


def _given_back(session: Session, sale: Transaction, order: RefundOrder) -> RailResult:
    fields = {"amount": decimal_text(order.amount_minor, order.currency), "order_id": order.reference}
    answer = session.post(TRANSACTIONS, sale.id, "refund", root="transaction", fields=fields)
    refund = transaction_of(safe_root(answer, "transaction"))
    if refund.reference != order.reference or refund.kind != CREDIT:
        raise Unreadable("another refund")
    return refund_result(refund, order)


def _refunded(session: Session, order: RefundOrder) -> RailResult | None:
    """Return the refund that bears the order's reference, None if there is none; raises CallFailed and Unreadable."""
    found = [made for made in _searched(session, order.reference) if made.kind == CREDIT]
    return best_of(refund_result(made, order) for made in found)


def _sale_of(session: Session, order: RefundOrder) -> Transaction:
    sale = transaction_of(safe_root(session.get(TRANSACTIONS, order.payment_provider_ref), "transaction"))
    if sale.kind != SALE or sale.reference != order.payment_reference or sale.currency != order.currency:
        raise Unreadable("another payment")
    return sale


def _voided(sale: Transaction, order: RefundOrder) -> RailResult:
    """Return what a void sale means for an order: all of it was given back, and no part of it can be."""
    if order.amount_minor != sale.amount_minor or order.before_minor:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=sale.response)
    return RailResult(
        RailStatus.SUCCESS, provider_ref=sale.id, received_minor=sale.amount_minor, response=sale.response
    )


ADAPTER: Final = BraintreeAdapter()
