"""PayPal: orders that a payer approves and the shop completes, holds, refunds, reversals and signed notifications.

Secrets: `client_secret`; facts: `client_id`, `webhook_id`. An order's customer approves it here; no money moves before
the shop captures or authorizes it. Reauthorization, several purchase units and cards without a page are not simulated.
Sources: paypal_wire.py.
"""

from typing import Any, ClassVar

from fastapi import Response

from server.simulator.facts import Notice
from server.simulator.paypal_desk import Desk
from server.simulator.paypal_ledger import OUTCOMES, REFUSED, Ledger
from server.simulator.paypal_wire import ALGORITHM, CERTIFICATES_PATH, Notary, error, moment, name_of, signed_text
from server.simulator.stall import Call, CannotDo, Doc, GivenBack, Offer, Stall, Taken, Wish


class Paypal(Stall):
    """One business account in PayPal's sandbox."""

    name = "paypal"
    brand = "PayPal"
    outcomes = OUTCOMES
    deeds: ClassVar = {
        "review_passes": ("PayPal duyệt xong", "Review passes"),
        "review_fails": ("PayPal từ chối", "Review fails"),
        "release": ("Hết hạn giữ tiền", "Hold runs out"),
        "desk_refund": ("Hoàn tiền trên trang PayPal", "Refund at PayPal's own desk"),
        "refund_succeeds": ("Hoàn tiền xong", "Refund succeeds"),
        "refund_fails": ("Hoàn tiền hỏng", "Refund fails"),
        "dispute": ("Khách đòi lại tiền", "Charge-back"),
        "dispute_won": ("Thắng khiếu nại", "Charge-back won"),
        "dispute_lost": ("Thua khiếu nại", "Charge-back lost"),
    }
    # PayPal says 25 tries in three days and not when; these double until they are three hours apart.
    waits_s = (60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0, *(14880.0,) * 16)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._ledger = Ledger(self.shelf)
        self._notary = Notary()
        self._desk = Desk(self.shelf, self.settings, self._ledger, self._notary, self.page_of)

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls of Orders v2, Payments v2 and Webhooks v1 that are simulated."""
        return self._desk.calls()

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as PayPal says it."""
        return error(status)

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return every order."""
        return [self._offer(order) for order in self.shelf.docs("order")]

    def offer(self, name: str) -> Offer | None:
        """Return one order."""
        order = self.shelf.doc("order", name)
        return None if order is None else self._offer(order)

    def pay(self, name: str, wish: Wish) -> None:
        """Let the payer approve; what becomes of it is seen when the shop completes the order."""
        self._ledger.approve(self._ledger.doc("order", name), wish.amount, wish.outcome)

    def expire(self, name: str) -> None:
        """Let the time to approve run out: PayPal then knows the order no more."""
        order = self._ledger.doc("order", name) | {"_expires_ms": self.shelf.now()}
        self.shelf.keep("order", name, order)

    def do(self, name: str, deed: str) -> None:
        """Carry out what PayPal, the payer's bank or the shop at PayPal's own desk does."""
        ledger, order = self._ledger, self._ledger.doc("order", name)
        if deed == "release":
            ledger.void(ledger.of_order("authorization", order)[-1])
            return
        capture, refunds = ledger.of_order("capture", order)[-1], ledger.of_order("refund", order)
        match deed:
            case "review_passes" | "review_fails":
                ledger.settle_capture(capture, paid=deed == "review_passes")
            case "desk_refund":
                ledger.give_back(capture, capture["_minor"] - ledger.given_back(capture), {})
            case "refund_succeeds" | "refund_fails":
                waiting = [refund for refund in refunds if refund["status"] == "PENDING"]
                ledger.settle_refund(waiting[0], paid=deed == "refund_succeeds")
            case "dispute":
                ledger.dispute(capture)
            case "dispute_won":
                ledger.resolve(capture, "RESOLVED_SELLER_FAVOUR")
            case "dispute_lost":
                ledger.resolve(capture, "RESOLVED_BUYER_FAVOUR")
            case _:
                raise CannotDo("unknown", f"PayPal has no {deed}")

    def refunds(self) -> list[GivenBack]:
        """Return all refunds."""
        return [
            GivenBack(
                doc["id"],
                doc["_capture"],
                doc["_minor"],
                doc["amount"]["currency_code"],
                doc["status"],
                doc["_at_ms"],
            )
            for doc in self.shelf.docs("refund")
        ]

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return an event signed now; a forger has a key of its own, whose certificate PayPal does not serve."""
        body, sent_at = notice.body.encode(), moment(at_ms)
        notary = Notary("a forger") if forged else self._notary
        transmission_id = name_of(notice.event_id, "transmission").lower()
        text = signed_text(transmission_id, sent_at, self.settings.facts["webhook_id"], body)
        origin = self._ledger.doc("order", notice.offer.partition(":")[2])["_origin"]
        return body, {
            "Content-Type": "application/json",
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": sent_at,
            "PAYPAL-TRANSMISSION-SIG": notary.sign(text),
            "PAYPAL-CERT-URL": f"{origin}{CERTIFICATES_PATH}/{self._notary.certificate_id}",
            "PAYPAL-AUTH-ALGO": ALGORITHM,
        }

    def _offer(self, order: Doc) -> Offer:
        captures = self._ledger.of_order("capture", order)
        status, deeds = self._standing(order, captures)
        (unit,) = order["purchase_units"]
        return Offer(
            name=order["id"],
            title=str(unit.get("description") or unit.get("custom_id") or order["id"]),
            amount=order["_minor"],
            currency=order["_currency"],
            status=status,
            created_ms=order["_created_ms"],
            expires_ms=order["_expires_ms"],
            text=order["_origin"] + self.page_of(order["id"]),
            attempts=tuple(
                Taken(
                    capture["id"],
                    capture["_minor"],
                    capture["_at_ms"],
                    took_money=capture["status"] not in {"PENDING", "DECLINED"},
                    code=capture["status"],
                )
                for capture in captures
            ),
            deeds=tuple(deeds),
        )

    def _standing(self, order: Doc, captures: list[Doc]) -> tuple[str, list[str]]:
        """Return how an offer stands for its customer, and what can be done with it now."""
        if captures:
            reviewed = {"PENDING": ("held", ["review_passes", "review_fails"]), "DECLINED": ("declined", [])}
            capture = captures[-1]
            return reviewed.get(capture["status"]) or ("paid", self._deeds_of_money(order, capture))
        if holds := self._ledger.of_order("authorization", order):
            held = holds[-1]["status"] == "CREATED"
            return ("held", ["release"]) if held else ("expired", [])
        if order["_expires_ms"] <= self.shelf.now():
            return "expired", []
        waiting = {"APPROVED": "held"}.get(order["status"], "open")
        return "declined" if waiting == "open" and order["_outcome"] in REFUSED else waiting, []

    def _deeds_of_money(self, order: Doc, capture: Doc) -> list[str]:
        refunds = self._ledger.of_order("refund", order)
        dispute = self.shelf.doc("dispute", capture["id"])
        if any(refund["status"] == "PENDING" for refund in refunds):
            return ["refund_succeeds", "refund_fails"]
        if dispute is not None:
            return [] if dispute["status"] == "RESOLVED" else ["dispute_won", "dispute_lost"]
        left = capture["_minor"] > self._ledger.given_back(capture)
        return ["dispute", *(["desk_refund"] if left else [])]
