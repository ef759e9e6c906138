"""Square: payments with test cards, payment links, a terminal, refunds, disputes and signed notifications.

Secrets: `access_token`, `signature_key`; facts: `location_id`, `device_id`. The registered address of notifications is
the one they are sent to. Sources: square_wire.py.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from fastapi import Response

from server.simulator.facts import Notice
from server.simulator.square_desk import Desk
from server.simulator.square_ledger import OUTCOMES, PENDING, Ledger
from server.simulator.square_wire import DECLINES, error, moment, signature
from server.simulator.stall import Call, CannotDo, Doc, GivenBack, Offer, Stall, Taken, Wish

OFFERED: Final = ("link", "checkout", "payment")

Stands = Callable[[Doc, list[Doc]], tuple[str, list[str]]]
"""How an offer stands for its customer with the attempts to pay it, and what can be done with it now."""


class Square(Stall):
    """One location of a Square seller in the sandbox."""

    name = "square"
    brand = "Square"
    outcomes = OUTCOMES
    deeds: ClassVar = {
        "begin": ("Máy hiện giao dịch", "The terminal shows it"),
        "device_cancels": ("Máy hủy giao dịch", "The terminal cancels it"),
        "settles": ("Tiền về", "The money settles"),
        "bounces": ("Tiền không về", "The money bounces"),
        "release": ("Hết hạn giữ tiền", "Hold runs out"),
        "desk_refund": ("Hoàn tiền trên trang Square", "Refund at Square's own desk"),
        "refund_succeeds": ("Hoàn tiền xong", "Refund succeeds"),
        "refund_fails": ("Hoàn tiền hỏng", "Refund fails"),
        "refund_rejected": ("Từ chối hoàn tiền", "Refund rejected"),
        "dispute": ("Ngân hàng đòi lại tiền", "Charge-back"),
        "dispute_won": ("Thắng khiếu nại", "Charge-back won"),
        "dispute_lost": ("Thua khiếu nại", "Charge-back lost"),
    }
    waits_s = (60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 7200.0, 14400.0, 28800.0, 28800.0)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._ledger = Ledger(self.shelf, self.settings.facts["location_id"])
        self._desk = Desk(self.shelf, self.settings, self._ledger, self.page_of)

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that are simulated."""
        return self._desk.calls()

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as Square says it."""
        return error(status)

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return every link, every checkout on the terminal, and the payments that belong to neither."""
        names = [doc["id"] for kind in OFFERED for doc in self.shelf.docs(kind)]
        return [offer for name in names if (offer := self.offer(name)) is not None]

    def offer(self, name: str) -> Offer | None:
        """Return one link, checkout or payment that stands alone."""
        if (link := self.shelf.doc("link", name)) is not None:
            return self._offer(link, self._ledger.payments_of(link), self._link_stands)
        if (checkout := self.shelf.doc("checkout", name)) is not None:
            payments = self._ledger.payments_of(checkout)
            return self._offer(self._desk.in_time(checkout), payments, self._checkout_stands)
        payment = self.shelf.doc("payment", name)
        if payment is None or payment["_offer"] != name:
            return None
        return self._offer(payment, [payment], self._payment_stands)

    def pay(self, name: str, wish: Wish) -> None:
        """Let somebody pay on a link's page or at the terminal, try to, or cancel there."""
        if (link := self.shelf.doc("link", name)) is not None:
            self._ledger.pay_link(link, wish.amount, wish.outcome)
        elif (checkout := self.shelf.doc("checkout", name)) is not None:
            self._ledger.pay_checkout(checkout, wish.amount, wish.outcome)
        else:
            raise CannotDo("not_now", f"{name} was paid when it was made")

    def expire(self, name: str) -> None:
        """Let a terminal wait no longer, or take a link off the air."""
        if (checkout := self.shelf.doc("checkout", name)) is not None:
            self._ledger.end_checkout(checkout, "TIMED_OUT")
        elif (link := self.shelf.doc("link", name)) is not None:
            self._ledger.drop_link(link)
        else:
            raise CannotDo("not_now", f"{name} was paid when it was made")

    def do(self, name: str, deed: str) -> None:
        """Carry out what the terminal, the customer's bank, Square or the shop at Square's own desk does."""
        ledger = self._ledger
        if deed in {"begin", "device_cancels"}:
            checkout = ledger.doc("checkout", name)
            if deed == "begin":
                ledger.move_checkout(checkout, "IN_PROGRESS")
            else:
                ledger.end_checkout(checkout, "SELLER_CANCELED")
            return
        offer = self.shelf.doc("link", name) or self.shelf.doc("checkout", name)
        payment = ledger.doc("payment", name) if offer is None else ledger.payments_of(offer)[-1]
        ends = {"settles": "COMPLETED", "bounces": "FAILED", "release": "CANCELED"}
        refund_ends = {"refund_succeeds": "COMPLETED", "refund_fails": "FAILED", "refund_rejected": "REJECTED"}
        dispute_ends = {"dispute_won": "WON", "dispute_lost": "LOST"}
        if deed in ends:
            ledger.settle(payment, ends[deed])
        elif deed in refund_ends:
            waiting = [refund for refund in ledger.refunds_of(payment) if refund["status"] == "PENDING"]
            ledger.settle_refund(waiting[0], refund_ends[deed])
        elif deed in dispute_ends:
            ledger.resolve(payment, dispute_ends[deed])
        elif deed == "dispute":
            ledger.dispute(payment)
        else:
            left = payment["total_money"]["amount"] - ledger.given_back(payment)
            ledger.give_back(payment, left, "Returned Goods")

    def refunds(self) -> list[GivenBack]:
        """Return all refunds."""
        return [
            GivenBack(
                doc["id"],
                doc["payment_id"],
                doc["amount_money"]["amount"],
                doc["amount_money"]["currency"],
                doc["status"],
                doc["_at_ms"],
            )
            for doc in self.shelf.docs("refund")
        ]

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return an event signed for the address it is sent to."""
        body = notice.body.encode()
        key = "somebody else's key" if forged else self.settings.secrets["signature_key"]
        return body, {
            "Content-Type": "application/json",
            "x-square-hmacsha256-signature": signature(key, self.url, body),
            "square-initial-delivery-timestamp": moment(notice.at_ms),
        }

    def _offer(self, doc: Doc, payments: list[Doc], stands: Stands) -> Offer:
        status, deeds = stands(doc, payments)
        amount = doc.get("amount_money") or {"amount": doc["_amount"], "currency": doc["_currency"]}
        title = doc.get("note") or doc.get("payment_note") or doc.get("reference_id") or doc["id"]
        return Offer(
            name=doc["id"],
            title=str(title),
            amount=amount["amount"],
            currency=amount["currency"],
            status=status,
            created_ms=doc["_at_ms"],
            expires_ms=doc.get("_until_ms"),
            text=doc.get("url", ""),
            attempts=tuple(
                Taken(
                    payment["id"],
                    payment["total_money"]["amount"],
                    payment["_at_ms"],
                    took_money=payment["status"] == "COMPLETED",
                    code="" if payment["status"] == "COMPLETED" else payment["_outcome"] or payment["status"],
                )
                for payment in payments
            ),
            deeds=tuple(deeds),
        )

    def _link_stands(self, link: Doc, payments: list[Doc]) -> tuple[str, list[str]]:
        order = self._ledger.doc("order", link["order_id"])
        if order["tenders"]:
            return self._payment_stands(link, payments)
        if order["state"] == "CANCELED":
            return "expired", []
        return ("declined" if link["_outcome"] in DECLINES else "open"), []

    def _checkout_stands(self, checkout: Doc, payments: list[Doc]) -> tuple[str, list[str]]:
        if checkout["status"] == "COMPLETED":
            return self._payment_stands(checkout, payments)
        if checkout["status"] == "CANCELED":
            return "expired", []
        deeds = {"PENDING": ["begin"], "IN_PROGRESS": ["device_cancels"], "CANCEL_REQUESTED": ["device_cancels"]}
        status = "declined" if checkout["_outcome"] in DECLINES else "open"
        return status, deeds[checkout["status"]]

    def _payment_stands(self, _: Doc, payments: list[Doc]) -> tuple[str, list[str]]:
        payment = payments[-1]
        waiting = {
            PENDING: ("held", ["settles", "bounces"]),
            "APPROVED": ("held", ["release"]),
            "CANCELED": ("expired", []),
            "FAILED": ("expired", []),
        }
        return waiting.get(payment["status"]) or ("paid", self._deeds_of_money(payment))

    def _deeds_of_money(self, payment: Doc) -> list[str]:
        dispute = self.shelf.doc("dispute", payment["id"])
        if any(refund["status"] == "PENDING" for refund in self._ledger.refunds_of(payment)):
            return ["refund_succeeds", "refund_fails", "refund_rejected"]
        if dispute is not None:
            return ["dispute_won", "dispute_lost"] if dispute["state"] == "EVIDENCE_REQUIRED" else []
        left = payment["total_money"]["amount"] > self._ledger.given_back(payment)
        return ["dispute", *(["desk_refund"] if left else [])]
