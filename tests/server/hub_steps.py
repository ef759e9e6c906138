"""A hub's work in single steps, so that a test decides when each of them happens."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.ids import Instant
from domain.messages import Outcome
from domain.payments import PaymentIntent
from domain.rails import Method, Receipt
from server.hub import Hub
from server.routes.sync import take_message
from storage.hub_tills import KnownTill
from sync.wire import WireMessage
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON, TILL
from tests.server.hub_stage import ShopTill, ask


def take(hub: Hub, messages: Sequence[WireMessage]) -> list[Outcome]:
    """Let the hub take messages of the shop's till, without a socket."""
    known = KnownTill(MERCHANT, TILL)
    return hub.units.run(MERCHANT, lambda uow: [take_message(uow, known, message, hub.now()) for message in messages])


def take_in(hub: Hub, till: ShopTill) -> None:
    """Let the hub take what the till has to tell."""
    messages = till.waiting()
    take(hub, messages)
    till.mark_sent([message.id for message in messages])


def start(hub: Hub, till: ShopTill, method: Method = Method.VNPAY_QR, at: Instant = NOON) -> PaymentIntent:
    """Start a payment at the till and let the hub hear of it."""
    payment = till.start(method, at=at)
    take_in(hub, till)
    return payment


def work(hub: Hub) -> int:
    """Ask every question that is due, one after the other; return how many were asked."""
    asked = 0
    for due in hub.reconciler.due(hub.now()):
        question = hub.reconciler.take(due.merchant_id, due.payment_id)
        if question is not None:
            hub.reconciler.ask(question)
            asked += 1
    return asked


def standing(hub: Hub, payment: PaymentIntent) -> tuple[str, str | None]:
    """Return a payment's status and why it failed, as the hub has them."""
    [row] = ask(hub.units, "SELECT status, failure FROM payments WHERE id = :id", id=payment.id)
    return row[0], row[1]


def schedule(hub: Hub, payment: PaymentIntent) -> tuple[int | None, int, str]:
    """Return when a payment was last heard of, when it will be asked about, and why not yet."""
    sql = "SELECT checked_at, next_check_at, note FROM checks WHERE payment_id = :id"
    [row] = ask(hub.units, sql, id=payment.id)
    return row[0], row[1], row[2]


def money(payment: PaymentIntent, amount: int, number: int = 1, **changes: Any) -> Receipt:
    """Return money that names a payment, as its provider tells it."""
    receipt = Receipt(
        provider=payment.provider,
        dedupe_key=f"{payment.provider}:{number}",
        text=f"ck {payment.reference}",
        amount_minor=amount,
        currency="VND",
        paid_at=NOON,
        provider_ref="FT",
        account_number=BANK_ACCOUNT,
    )
    return replace(receipt, **changes)


def keep(hub: Hub, *receipts: Receipt) -> None:
    """Store events as webhooks do."""
    hub.units.run(MERCHANT, lambda uow: [uow.inbox.store(told, "{}", "webhook", hub.now()) for told in receipts])
