"""The providers' state as plain JSON, for the control API and the page."""

from itertools import islice
from typing import Any, Final, TypeVar

from server.simulator.book import Book, bill_key, order_key
from server.simulator.customer import PLAIN_TRANSFER
from server.simulator.facts import BANK, VNPAY, Attempt, BankLine, Notice, VnpayPayment
from server.simulator.market import Market

MOST_SHOWN: Final = 200

Kept = TypeVar("Kept")


def offers(book: Book, market: Market) -> list[dict[str, Any]]:
    """Return everything that can or could be paid, newest first, with its state and the money it brought."""
    rows: list[dict[str, Any]] = [
        {
            "offer": bill_key(qr.txn_id),
            "provider": VNPAY,
            "title": qr.txn_id,
            "amount": qr.amount,
            "qr_text": qr.qr_text,
            "expires_ms": qr.expires_ms,
            "created_ms": qr.at_ms,
            "status": book.status_of(bill_key(qr.txn_id)),
            "payments": [_attempted(payment) for payment in book.payments_of(qr.txn_id)],
        }
        for qr in _newest(book.qrs)
    ]
    rows += [
        {
            "offer": order_key(order),
            "provider": BANK,
            "title": order.content,
            "amount": order.amount,
            "qr_text": order.qr_text,
            "expires_ms": None,
            "created_ms": order.at_ms,
            "status": book.status_of(order_key(order)),
            "payments": [transferred(line) for line in book.lines_of(order.order_id)],
        }
        for order in _newest(book.orders)
    ]
    rows += market.state()
    return sorted(rows, key=lambda row: row["created_ms"], reverse=True)[:MOST_SHOWN]


def event(book: Book, market: Market, notice: Notice) -> dict[str, Any]:
    """Return one notification with what was done to it and every answer it got."""
    return {
        "event_id": notice.event_id,
        "provider": notice.provider,
        "brand": market.brand_of(notice.provider),
        "offer": None if notice.offer == PLAIN_TRANSFER else notice.offer,
        "amount": notice.amount,
        "currency": notice.currency,
        "at_ms": notice.at_ms,
        "state": event_state(book, notice),
        "chaos": _mischief(notice),
        "body": notice.body,
        "attempts": [attempt(made) for made in book.attempts.get(notice.event_id, [])],
    }


def events(book: Book, market: Market) -> list[dict[str, Any]]:
    """Return the latest notifications, newest first."""
    return [event(book, market, notice) for notice in _newest(book.notices)]


def event_state(book: Book, notice: Notice) -> str:
    """Return `accepted`, `refused`, `failed`, `lost`, or `waiting` before and `retrying` after the first attempt."""
    ended = book.ended.get(notice.event_id)
    if ended is not None:
        return ended
    return "retrying" if book.attempts.get(notice.event_id) else "waiting"


def attempt(made: Attempt) -> dict[str, Any]:
    """Return one attempt with the receiver's answer."""
    return {
        "at_ms": made.at_ms,
        "took_ms": made.took_ms,
        "status": made.status,
        "answer": made.answer,
        "verdict": made.verdict,
        "code": made.code,
        "by_hand": made.by_hand,
    }


def plans(book: Book) -> list[dict[str, Any]]:
    """Return what customers are still going to do."""
    return [{"plan_id": plan.plan_id, "offer": plan.offer, "due_ms": plan.due_ms} for plan in book.open_plans()]


def transferred(line: BankLine) -> dict[str, Any]:
    """Return one line of the bank account."""
    return {
        "id": str(line.sepay_id),
        "amount": line.amount,
        "at_ms": line.at_ms,
        "took_money": True,
        "content": line.content,
        "reference": line.reference,
    }


def bank_lines(book: Book) -> list[dict[str, Any]]:
    """Return the latest lines of the bank account, newest first."""
    return [transferred(line) for line in _newest(book.lines)]


def refunds(book: Book) -> list[dict[str, Any]]:
    """Return the refunds VNPAY carried out, newest first."""
    return [
        {"refund_txn_id": done.refund_txn_id, "qr_trace": done.qr_trace, "amount": done.amount, "at_ms": done.at_ms}
        for done in _newest(book.refunds)
    ]


def _newest(kept: dict[Any, Kept]) -> list[Kept]:
    # A dict keeps the order in which the book learned the facts.
    return list(islice(reversed(kept.values()), MOST_SHOWN))


def _attempted(payment: VnpayPayment) -> dict[str, Any]:
    return {
        "id": payment.qr_trace,
        "amount": payment.amount,
        "real_amount": payment.real_amount,
        "at_ms": payment.at_ms,
        "took_money": payment.code == "00",
        "code": payment.code,
    }


def _mischief(notice: Notice) -> list[str]:
    done = {
        "drop": notice.lost,
        "delay": notice.not_before_ms > notice.at_ms,
        "duplicate": notice.copies > 1,
        "reorder": notice.held,
        "bad_signature": notice.forged,
    }
    return [name for name, used in done.items() if used]
