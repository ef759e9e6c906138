"""What happens to payments, links, terminal checkouts and refunds at Square, and which events tell of it."""

import json
from typing import Any, Final

from server.simulator.square_wire import DECLINES, moment, money, name_of, public
from server.simulator.stall import CannotDo, Doc, Shelf

PRESENT_MS: Final = 36 * 3600 * 1000
NOT_PRESENT_MS: Final = 7 * 24 * 3600 * 1000
"""How long a payment stays approved: with the card at a terminal, and without."""

BUYER_CANCELED: Final = "BUYER_CANCELED"
PENDING: Final = "PENDING"
REFUND_PENDING: Final = "refund_pending"
OUTCOMES: Final = (*DECLINES, PENDING, REFUND_PENDING, BUYER_CANCELED)

CARD: Final = {"card_brand": "VISA", "last_4": "1111", "exp_month": 12, "exp_year": 2034, "card_type": "CREDIT"}


class Ledger:
    """The documents of one location; every change tells the events that Square would send."""

    def __init__(self, shelf: Shelf, location_id: str) -> None:
        self._shelf = shelf
        self._location_id = location_id

    # ---- payments

    def charge(self, offer: str, amount: int, currency: str, outcome: str, facts: Doc) -> Doc:
        """Return a new payment; `facts` are its autocomplete, note, reference_id, order_id, terminal_checkout_id."""
        now_ms, name = self._shelf.now(), self._name("payment")
        waits_ms = PRESENT_MS if facts.get("terminal_checkout_id") else NOT_PRESENT_MS
        complete = facts.get("autocomplete") is not False
        status = "COMPLETED" if complete else "APPROVED"
        status = "FAILED" if outcome in DECLINES else "PENDING" if outcome == PENDING else status
        payment = {
            "id": name,
            "created_at": moment(now_ms),
            "updated_at": moment(now_ms),
            "amount_money": money(amount, currency),
            "total_money": money(amount, currency),
            "approved_money": money(amount, currency),
            "status": status,
            "delay_action": "CANCEL",
            "delayed_until": moment(now_ms + waits_ms),
            "source_type": "CARD",
            "card_details": _card_details(status, outcome),
            "location_id": self._location_id,
            "order_id": facts.get("order_id"),
            "reference_id": facts.get("reference_id"),
            "note": facts.get("note"),
            "terminal_checkout_id": facts.get("terminal_checkout_id"),
            "refund_ids": None,
            "version_token": name_of(now_ms, name),
            "_offer": offer or name,
            "_outcome": outcome,
            "_at_ms": now_ms,
            "_delayed_ms": now_ms + waits_ms,
        }
        self._shelf.keep("payment", name, payment)
        self._tell_payment("payment.created", payment)
        return payment

    def change(self, payment: Doc, amount: int) -> Doc:
        """Change what is approved; returns the payment."""
        currency = payment["amount_money"]["currency"]
        payment |= {"amount_money": money(amount, currency), "total_money": money(amount, currency)}
        return self._kept(payment)

    def settle(self, payment: Doc, status: str) -> Doc:
        """Let a payment become COMPLETED, CANCELED or FAILED; returns it."""
        outcome = DECLINES[0] if status == "FAILED" else ""
        return self._kept(payment | {"status": status, "card_details": _card_details(status, outcome)})

    # ---- links and terminals

    def link(self, order: Doc, amount: int, currency: str, facts: Doc) -> Doc:
        """Return a new payment link with its order; `facts` are payment_note and origin."""
        now = moment(self._shelf.now())
        order_id, link_id = self._name("order"), self._name("link")
        order = {
            **order,
            "id": order_id,
            "location_id": self._location_id,
            "state": "OPEN",
            "total_money": money(amount, currency),
            "tenders": [],
            "created_at": now,
        }
        link = {
            "id": link_id,
            "version": 1,
            "order_id": order_id,
            "url": facts["origin"] + facts["page"](link_id),
            "payment_note": facts.get("payment_note"),
            "created_at": now,
            "_amount": amount,
            "_currency": currency,
            "_at_ms": self._shelf.now(),
            "_outcome": "",
            "_payments": [],
        }
        self._shelf.keep("order", order_id, order)
        self._shelf.keep("link", link_id, link)
        return link

    def pay_link(self, link: Doc, amount: int, outcome: str) -> None:
        """Let somebody pay on the page, or try to."""
        order = self.doc("order", link["order_id"])
        if order["state"] != "OPEN":
            raise CannotDo("expired", f"{link['id']} is gone")
        if outcome == BUYER_CANCELED:
            raise CannotDo("outcome", "nobody can cancel a link; they just go away")
        facts = {"order_id": order["id"], "note": link["payment_note"]}
        payment = self.charge(link["id"], amount, link["_currency"], outcome, facts)
        link |= {"_outcome": outcome, "_payments": [*link["_payments"], payment["id"]]}
        self._shelf.keep("link", link["id"], link)
        if payment["status"] != "FAILED":
            order["tenders"] = [{"id": payment["id"], "payment_id": payment["id"], "type": "CARD"}]
            order["state"] = "COMPLETED" if payment["status"] == "COMPLETED" else "OPEN"
            self._shelf.keep("order", order["id"], order)

    def drop_link(self, link: Doc) -> Doc:
        """Delete a link; an order that nobody has paid is cancelled. Returns the order."""
        order = self.doc("order", link["order_id"])
        if not order["tenders"]:
            order["state"] = "CANCELED"
            self._shelf.keep("order", order["id"], order)
        self._shelf.keep("link", link["id"], link | {"_deleted": True})
        return order

    def checkout(self, fields: Doc, amount: int, currency: str, deadline_ms: int) -> Doc:
        """Return a new checkout on a terminal."""
        now_ms, checkout_id = self._shelf.now(), self._name("checkout")
        names = ("reference_id", "note", "payment_options", "device_options")
        checkout: Doc = {name: fields[name] for name in names if name in fields}
        checkout |= {
            "id": checkout_id,
            "amount_money": money(amount, currency),
            "status": "PENDING",
            "deadline_duration": f"PT{deadline_ms // 1000}S",
            "location_id": self._location_id,
            "payment_type": "CARD_PRESENT",
            "created_at": moment(now_ms),
            "updated_at": moment(now_ms),
            "_at_ms": now_ms,
            "_until_ms": now_ms + deadline_ms,
            "_outcome": "",
            "_payments": [],
        }
        self._shelf.keep("checkout", checkout_id, checkout)
        self._tell_checkout("terminal.checkout.created", checkout)
        return checkout

    def pay_checkout(self, checkout: Doc, amount: int, outcome: str) -> None:
        """Let somebody pay at the terminal, try to, or cancel there."""
        if outcome == BUYER_CANCELED:
            self.end_checkout(checkout, BUYER_CANCELED)
            return
        facts = {
            "terminal_checkout_id": checkout["id"],
            "reference_id": checkout.get("reference_id"),
            "note": checkout.get("note"),
            "autocomplete": checkout.get("payment_options", {}).get("autocomplete"),
        }
        payment = self.charge(checkout["id"], amount, checkout["amount_money"]["currency"], outcome, facts)
        paid = payment["status"] != "FAILED"
        changes: Doc = {"status": "COMPLETED", "payment_ids": [payment["id"]]} if paid else {"status": "IN_PROGRESS"}
        attempts = [*checkout["_payments"], payment["id"]]
        self._keep_checkout(checkout | changes | {"_outcome": outcome, "_payments": attempts})

    def end_checkout(self, checkout: Doc, reason: str) -> Doc:
        """Cancel a checkout for good; returns it."""
        return self._keep_checkout(checkout | {"status": "CANCELED", "cancel_reason": reason})

    def move_checkout(self, checkout: Doc, status: str) -> Doc:
        """Let the terminal show a checkout, or be asked to cancel it; returns it."""
        return self._keep_checkout(checkout | {"status": status})

    # ---- refunds and disputes

    def give_back(self, payment: Doc, amount: int, reason: str | None) -> Doc:
        """Refund of a payment; returns the refund."""
        now_ms, name = self._shelf.now(), f"{payment['id']}_{self._name('refund')}"
        refund = {
            "id": name,
            "status": "PENDING" if payment["_outcome"] == REFUND_PENDING else "COMPLETED",
            "location_id": self._location_id,
            "amount_money": money(amount, payment["amount_money"]["currency"]),
            "payment_id": payment["id"],
            "order_id": payment.get("order_id"),
            "reason": reason,
            "created_at": moment(now_ms),
            "updated_at": moment(now_ms),
            "_at_ms": now_ms,
        }
        self._shelf.keep("refund", name, refund)
        payment["refund_ids"] = [*(payment["refund_ids"] or []), name]
        payment["refunded_money"] = money(self.given_back(payment), refund["amount_money"]["currency"])
        self._kept(payment)
        self._tell_refund("refund.created", payment, refund)
        return refund

    def settle_refund(self, refund: Doc, status: str) -> None:
        """Let a pending refund end."""
        refund |= {"status": status, "updated_at": moment(self._shelf.now())}
        self._shelf.keep("refund", refund["id"], refund)
        self._tell_refund("refund.updated", self.doc("payment", refund["payment_id"]), refund)

    def dispute(self, payment: Doc) -> None:
        """Let the customer's bank take the money of a payment back."""
        now = moment(self._shelf.now())
        dispute = {
            "id": self._name("dispute"),
            "amount_money": payment["total_money"],
            "state": "EVIDENCE_REQUIRED",
            "reason": "NO_KNOWLEDGE",
            "disputed_payment": {"payment_id": payment["id"]},
            "location_id": self._location_id,
            "created_at": now,
            "updated_at": now,
        }
        self._shelf.keep("dispute", payment["id"], dispute)
        self._tell("dispute.created", "dispute", dispute, payment["_offer"], payment["total_money"])

    def resolve(self, payment: Doc, state: str) -> None:
        """Let a dispute end."""
        dispute = self.doc("dispute", payment["id"])
        dispute |= {"state": state, "updated_at": moment(self._shelf.now())}
        self._shelf.keep("dispute", payment["id"], dispute)
        self._tell("dispute.state.updated", "dispute", dispute, payment["_offer"], payment["total_money"])

    # ---- reading

    def doc(self, kind: str, name: str) -> Doc:
        """Return a document that is known to exist."""
        found = self._shelf.doc(kind, name)
        if found is None:
            raise LookupError(f"{kind} {name}")
        return found

    def payments_of(self, offer: Doc) -> list[Doc]:
        """Return the attempts to pay a link or a checkout, oldest first."""
        return [self.doc("payment", name) for name in offer["_payments"]]

    def refunds_of(self, payment: Doc) -> list[Doc]:
        """Return the refunds of a payment, oldest first."""
        return [self.doc("refund", name) for name in payment["refund_ids"] or ()]

    def given_back(self, payment: Doc) -> int:
        """Return how much of a payment was given back or is on its way."""
        refunds = [refund for refund in self.refunds_of(payment) if refund["status"] in {"COMPLETED", "PENDING"}]
        return sum(refund["amount_money"]["amount"] for refund in refunds)

    # ---- writing

    def _kept(self, payment: Doc) -> Doc:
        payment["updated_at"] = moment(self._shelf.now())
        self._shelf.keep("payment", payment["id"], payment)
        self._tell_payment("payment.updated", payment)
        return payment

    def _keep_checkout(self, checkout: Doc) -> Doc:
        checkout["updated_at"] = moment(self._shelf.now())
        self._shelf.keep("checkout", checkout["id"], checkout)
        self._tell_checkout("terminal.checkout.updated", checkout)
        return checkout

    def _name(self, kind: str) -> str:
        return name_of(self._shelf.number(), kind)

    def _tell_payment(self, kind: str, payment: Doc) -> None:
        self._tell(kind, "payment", payment, payment["_offer"], payment["total_money"])

    def _tell_refund(self, kind: str, payment: Doc, refund: Doc) -> None:
        self._tell(kind, "refund", refund, payment["_offer"], refund["amount_money"])

    def _tell_checkout(self, kind: str, checkout: Doc) -> None:
        self._tell(kind, "checkout", checkout, checkout["id"], checkout["amount_money"])

    def _tell(self, kind: str, name: str, thing: Doc, offer: str, amount: Doc) -> None:
        event: dict[str, Any] = {
            "merchant_id": "SIMULATED",
            "location_id": self._location_id,
            "type": kind,
            "event_id": name_of(self._shelf.number(), "event"),
            "created_at": moment(self._shelf.now()),
            "data": {"type": name, "id": thing["id"], "object": {name: public(thing)}},
        }
        body = json.dumps(event, separators=(",", ":"))
        self._shelf.tell(offer, amount["amount"], amount["currency"], body)


def _card_details(status: str, outcome: str) -> Doc:
    states = {"COMPLETED": "CAPTURED", "APPROVED": "AUTHORIZED", "CANCELED": "VOIDED", "FAILED": "FAILED"}
    details: Doc = {"status": states.get(status, "AUTHORIZED"), "card": CARD, "entry_method": "EMV"}
    if status == "FAILED":
        details["errors"] = [{"category": "PAYMENT_METHOD_ERROR", "code": outcome, "detail": "Simulated."}]
    return details
