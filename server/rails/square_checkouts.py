"""Square's three ways to a payment - terminal, link and token - and how each payment is found again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from domain.errors import FailureCode
from domain.rails import PaymentContext, RailResult, RailStatus
from server.rails.base import CallFailed, of_all
from server.rails.calls import address
from server.rails.square_calls import (
    CHECKOUTS_PATH,
    LINKS_PATH,
    ORDERS_PATH,
    PAYMENTS_PATH,
    Session,
    SquareRefused,
    kept,
    key_of,
)
from server.rails.square_codes import CANCEL_REASONS, CHECKOUTS
from server.rails.square_objects import payment_result, reference_text
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of

CURRENCIES: Final = frozenset({"AUD", "EUR", "JPY", "USD"})
"""Of the currencies of the books those of the countries in which Square works; Viet Nam is not among them."""

TERMINAL: Final = "terminal"
LINK: Final = "link"
TOKENS: Final = ("cnon:", "ccof:", "wnon:", "bnon:")
"""How tokens of Square's payment form and cards on file begin."""

DEADLINE_S: Final = 300
"""A terminal waits at most five minutes."""

_PAGES: Final = ("square.link", "squareup.com", "squareupsandbox.com", "square.site")
_NOT_FOUND: Final = "NOT_FOUND"
_TOOK_MONEY: Final = "COMPLETED"
_CLOCKS_MS: Final = 300_000
_PAGE: Final = 100
_MAX_PAGES: Final = 5
_MAX_NOTE: Final = 500
_MAX_NAME: Final = 255
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def refuse_unfit(context: PaymentContext) -> None:
    """Raise CallFailed for what Square cannot carry, and for a hold behind a link, which Square has not."""
    link = context.option in ("", LINK)
    known = link or context.option == TERMINAL or context.option.startswith(TOKENS)
    if context.currency not in CURRENCIES or not known or (link and not context.capture):
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if context.amount_minor <= 0 or not context.reference:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


def present(session: Session, context: PaymentContext) -> RailResult:
    """Make what the customer pays with; raises CallFailed and Unreadable."""
    if context.option == TERMINAL:
        return _on_terminal(session, context)
    if context.option.startswith(TOKENS):
        return _with_token(session, context)
    return _behind_link(session, context)


def check(session: Session, context: PaymentContext) -> RailResult:
    """Return what became of a payment; raises CallFailed and Unreadable."""
    if not context.provider_ref:
        return _result_of(_searched(session, context)) or RailResult(RailStatus.PENDING)
    if context.option == TERMINAL:
        return _terminal_state(session, context)
    if "/" in context.provider_ref:
        return _link_state(session, context)
    return payment_result(part_of(session.get(PAYMENTS_PATH, context.provider_ref), "payment"))


def payment_of(session: Session, context: PaymentContext) -> dict[str, object] | None:
    """Return the payment that was made for a reference, None if there is none; raises CallFailed and Unreadable."""
    if not context.provider_ref:
        return _best(_searched(session, context))
    if "/" in context.provider_ref:
        return _best(_payments_of_order(session, _order(session, context.provider_ref)))
    if context.option == TERMINAL and (checkout := _checkout(session, context.provider_ref)) is not None:
        return _best(_payments_of_checkout(session, checkout))
    return part_of(session.get(PAYMENTS_PATH, context.provider_ref), "payment")


def withdraw(session: Session, context: PaymentContext) -> RailResult:
    """Make sure that nobody can pay any more; raises CallFailed and Unreadable.

    Without an id nobody saw a link, and a charge of a token is cancelled by its key; a terminal may show the payment
    for five minutes still, which is UNKNOWN.
    """
    if payment_of(session, context) is not None:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False)
    if not context.provider_ref and context.option == TERMINAL:
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.NETWORK_ERROR)
    if context.option.startswith(TOKENS):
        session.post(f"{PAYMENTS_PATH}/cancel", {"idempotency_key": key_of(context.reference, "payment")})
    if not context.provider_ref or context.option.startswith(TOKENS):
        return RailResult(RailStatus.SUCCESS, provider_ref=context.provider_ref)
    if context.option == TERMINAL:
        return _off_terminal(session, context.provider_ref)
    return _off_air(session, context.provider_ref)


def _on_terminal(session: Session, context: PaymentContext) -> RailResult:
    device_id = session.settings["device_id"]
    if not device_id:
        raise CallFailed(FailureCode.CREDENTIALS_MISSING, maybe_done=False)
    seconds = min(max((context.expires_at - context.created_at) // 1000, 10), DEADLINE_S)
    checkout = {
        "amount_money": _money(context),
        "reference_id": context.reference,
        "note": context.description[:_MAX_NOTE],
        "payment_options": {"autocomplete": context.capture},
        "device_options": {"device_id": device_id, "tip_settings": {"allow_tipping": False}},
        "deadline_duration": f"PT{seconds}S",
    }
    body = {"idempotency_key": key_of(context.reference, TERMINAL), "checkout": checkout}
    made = part_of(session.post(CHECKOUTS_PATH, body), "checkout")
    if not text_of(made, "id") or text_of(made, "reference_id") != context.reference:
        raise Unreadable("checkout")
    return RailResult(RailStatus.PENDING, provider_ref=text_of(made, "id"), response=kept(made))


def _behind_link(session: Session, context: PaymentContext) -> RailResult:
    item = {"name": context.description[:_MAX_NAME] or context.reference, "quantity": "1"}
    order = {
        "location_id": session.settings["location_id"],
        "reference_id": context.reference,
        "line_items": [{**item, "base_price_money": _money(context)}],
    }
    body = {
        "idempotency_key": key_of(context.reference, LINK),
        "order": order,
        "payment_note": context.reference,
        "checkout_options": {"allow_tipping": False, "ask_for_shipping_address": False},
    }
    link = part_of(session.post(LINKS_PATH, body), "payment_link")
    link_id, order_id, url = text_of(link, "id"), text_of(link, "order_id"), text_of(link, "url")
    if not link_id or not order_id or not _is_squares_page(url, session.settings["base_url"]):
        raise Unreadable("payment_link")
    return RailResult(RailStatus.PENDING, link=url, provider_ref=f"{link_id}/{order_id}", response=kept(link))


def _with_token(session: Session, context: PaymentContext) -> RailResult:
    body = {
        "idempotency_key": key_of(context.reference, "payment"),
        "source_id": context.option,
        "amount_money": _money(context),
        "autocomplete": context.capture,
        "reference_id": context.reference,
        "note": context.description[:_MAX_NOTE],
        "location_id": session.settings["location_id"],
    }
    return payment_result(part_of(session.post(PAYMENTS_PATH, body), "payment"))


def _terminal_state(session: Session, context: PaymentContext) -> RailResult:
    checkout = _checkout(session, context.provider_ref)
    if checkout is None:
        return payment_result(part_of(session.get(PAYMENTS_PATH, context.provider_ref), "payment"))
    if (found := _result_of(_payments_of_checkout(session, checkout))) is not None:
        return found
    status = CHECKOUTS.get(text_of(checkout, "status"), RailStatus.UNKNOWN)
    failure = None
    if status is RailStatus.FAILED:
        failure = CANCEL_REASONS.get(text_of(checkout, "cancel_reason"), FailureCode.PAYER_CANCELLED)
    elif status is RailStatus.UNKNOWN:
        failure = FailureCode.UNEXPECTED_ERROR
    return RailResult(status, provider_ref=context.provider_ref, failure=failure, response=kept(checkout))


def _link_state(session: Session, context: PaymentContext) -> RailResult:
    order = _order(session, context.provider_ref)
    if (found := _result_of(_payments_of_order(session, order))) is not None:
        return found
    gone = text_of(order, "state") == "CANCELED"
    failure = FailureCode.EXPIRED if gone else None
    status = RailStatus.FAILED if gone else RailStatus.PENDING
    return RailResult(status, provider_ref=context.provider_ref, failure=failure, response=kept(order))


def _off_terminal(session: Session, checkout_id: str) -> RailResult:
    checkout = _checkout(session, checkout_id) or {}
    if text_of(checkout, "status") != "CANCELED":
        checkout = part_of(session.post(CHECKOUTS_PATH, {}, checkout_id, "cancel"), "checkout")
    if text_of(checkout, "status") == "CANCELED":
        return RailResult(RailStatus.SUCCESS, provider_ref=checkout_id, response=kept(checkout))
    return RailResult(RailStatus.PENDING, provider_ref=checkout_id, response=kept(checkout))


def _off_air(session: Session, provider_ref: str) -> RailResult:
    """Delete a link, which cancels its order; somebody may have paid it just before."""
    try:
        session.delete(LINKS_PATH, provider_ref.partition("/")[0])
    except SquareRefused as problem:
        if problem.code != _NOT_FOUND:
            raise
    order = _order(session, provider_ref)
    if text_of(order, "state") == "CANCELED":
        return RailResult(RailStatus.SUCCESS, provider_ref=provider_ref, response=kept(order))
    raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=True, response=kept(order))


def _checkout(session: Session, checkout_id: str) -> dict[str, object] | None:
    """Return a terminal checkout, None where the id is none's: then it is the id of a payment."""
    try:
        return part_of(session.get(CHECKOUTS_PATH, checkout_id), "checkout")
    except SquareRefused as problem:
        if problem.code == _NOT_FOUND:
            return None
        raise


def _payments_of_checkout(session: Session, checkout: Mapping[str, object]) -> list[dict[str, object]]:
    listed = checkout.get("payment_ids") or []
    if not isinstance(listed, list):
        raise Unreadable("payment_ids")
    return [part_of(session.get(PAYMENTS_PATH, str(name)), "payment") for name in listed[:_MAX_PAGES]]


def _order(session: Session, provider_ref: str) -> dict[str, object]:
    return part_of(session.get(ORDERS_PATH, provider_ref.partition("/")[2]), "order")


def _payments_of_order(session: Session, order: Mapping[str, object]) -> list[dict[str, object]]:
    names = [text_of(tender, "payment_id") or text_of(tender, "id") for tender in parts_of(order, "tenders")]
    return [part_of(session.get(PAYMENTS_PATH, name), "payment") for name in names[:_MAX_PAGES]]


def _searched(session: Session, context: PaymentContext) -> list[dict[str, object]]:
    """Return payments of the location that bear the reference; raises CallFailed and Unreadable."""
    query = {
        "location_id": session.settings["location_id"],
        "begin_time": _text(context.created_at - _CLOCKS_MS),
        "end_time": _text(context.expires_at + 86_400_000),
        "sort_order": "ASC",
        "limit": str(_PAGE),
    }
    for _ in range(_MAX_PAGES):
        page = session.get(PAYMENTS_PATH, query=query)
        found = [payment for payment in parts_of(page, "payments") if context.reference in reference_text(payment)]
        if found:
            return found
        cursor = text_of(page, "cursor")
        if not cursor:
            return []
        query = {**query, "cursor": cursor}
    raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)


def _result_of(payments: Sequence[dict[str, object]]) -> RailResult | None:
    """Return what came of payments: all that took money, else one that may, else any; None of none."""
    if paid := [payment_result(payment) for payment in payments if text_of(payment, "status") == _TOOK_MONEY]:
        return of_all(paid)
    best = _best(payments)
    return None if best is None else payment_result(best)


def _best(payments: Sequence[dict[str, object]]) -> dict[str, object] | None:
    """Return the payment that took money, else one that may, else any."""
    for word in (_TOOK_MONEY, "APPROVED", "PENDING"):
        for payment in payments:
            if text_of(payment, "status") == word:
                return payment
    return payments[0] if payments else None


def _money(context: PaymentContext) -> dict[str, object]:
    return {"amount": context.amount_minor, "currency": context.currency}


def _text(at: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_squares_page(link: str, base_url: str) -> bool:
    """Tell whether a link leads to Square, or to the simulator that `base_url` names on this machine."""
    page, api = urlsplit(link), urlsplit(address(base_url, ""))
    if api.scheme == "http":
        return (page.scheme, page.netloc) == (api.scheme, api.netloc)
    return page.scheme == "https" and any(f".{page.hostname}".endswith(f".{host}") for host in _PAGES)
