"""What happens to PayPal's orders, holds, captures and refunds, and which events tell of it, in minor units."""

import json
from typing import Any, Final

from server.simulator.paypal_wire import link, moment, name_of, public, unprocessable, written
from server.simulator.stall import CannotDo, Doc, Shelf

HELD_MS: Final = 29 * 24 * 3600 * 1000
"""How long an authorization is valid; PayPal honours it for the first three days."""

PAYMENTS: Final = ("authorization", "capture", "refund")
APPROVAL_MS: Final = 6 * 3600 * 1000
"""How long a payer may take to approve, and the shop to complete."""

REFUSED: Final = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED"})
"""Outcomes that only the shop's attempt to complete meets; the payer may then approve again."""

PENDING: Final = "PENDING"
DECLINED: Final = "DECLINED"
NO_FUNDS: Final = "INSUFFICIENT_FUNDS"
REFUND_PENDING: Final = "refund_pending"
OUTCOMES: Final = (
    "INSTRUMENT_DECLINED",
    "PAYER_CANNOT_PAY",
    "TRANSACTION_REFUSED",
    DECLINED,
    NO_FUNDS,
    PENDING,
    REFUND_PENDING,
)
_PROCESSOR: Final = {NO_FUNDS: "5120", DECLINED: "0500"}


class Ledger:
    """The documents of one account; every change tells the events that PayPal would send."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def order_doc(self, unit: Doc, minor: int, currency: str, facts: Doc) -> Doc:
        """Return a new order for one purchase unit; `facts` are intent, status, origin and the page's path."""
        now_ms, name = self._shelf.now(), self._name("order")
        order = {
            "id": name,
            "intent": facts["intent"],
            "status": facts["status"],
            "purchase_units": [{**unit, "amount": written(minor, currency)}],
            "create_time": moment(now_ms),
            "payment_source": facts["payment_source"],
            "_minor": minor,
            "_currency": currency,
            "_origin": facts["origin"],
            "_created_ms": now_ms,
            "_expires_ms": now_ms + APPROVAL_MS,
            "_outcome": "",
            "_paid_minor": minor,
            **{f"_{kind}s": [] for kind in PAYMENTS},
        }
        self._shelf.keep("order", name, order)
        return order

    def approve(self, order: Doc, minor: int, outcome: str) -> None:
        """Let the payer approve an order; what comes of it is seen when the shop completes it."""
        if order["status"] == "COMPLETED":
            raise CannotDo("not_now", f"{order['id']} is completed")
        order |= {"status": "APPROVED", "_outcome": outcome, "_paid_minor": minor}
        order["_expires_ms"] = self._shelf.now() + APPROVAL_MS
        self._shelf.keep("order", order["id"], order)
        self._tell("CHECKOUT.ORDER.APPROVED", "checkout-order", order, self.whole(order), minor)

    def refused(self, order: Doc) -> str:
        """Return the issue with which completing the order is refused, empty if it is not; the payer must act again."""
        if order["_outcome"] not in REFUSED:
            return ""
        order |= {"status": "PAYER_ACTION_REQUIRED"}
        self._shelf.keep("order", order["id"], order)
        return str(order["_outcome"])

    def complete(self, order: Doc) -> Doc:
        """Take the money of an approved order; returns the order."""
        order |= {"status": "COMPLETED"}
        self._shelf.keep("order", order["id"], order)
        self._capture(order, order["_paid_minor"], "", final=True)
        return order

    def authorize(self, order: Doc) -> Doc:
        """Hold the money of an approved order; returns the order."""
        order |= {"status": "COMPLETED"}
        self._shelf.keep("order", order["id"], order)
        now_ms = self._shelf.now()
        denied = order["_outcome"] in _PROCESSOR
        hold = self._thing("authorization", order, order["_paid_minor"]) | {
            "status": "DENIED" if denied else "CREATED",
            "expiration_time": moment(now_ms + HELD_MS),
            "_expires_ms": now_ms + HELD_MS,
        }
        self._made("authorization", order, hold)
        kind = "DENIED" if denied else "CREATED"
        self._tell(f"PAYMENT.AUTHORIZATION.{kind}", "authorization", order, hold, hold["_minor"])
        return order

    def take(self, hold: Doc, minor: int, *, final: bool, invoice_id: str | None) -> Doc:
        """Capture of a hold; returns the capture."""
        order = self._order(hold)
        taken = minor + sum(capture["_minor"] for capture in self.captures(hold))
        hold |= {"status": "CAPTURED" if taken >= hold["_minor"] else "PARTIALLY_CAPTURED", "_final": final}
        self._keep("authorization", hold)
        return self._capture(order, minor, hold["id"], final=final, invoice_id=invoice_id)

    def void(self, hold: Doc) -> Doc:
        """Let go of a hold; returns it."""
        hold |= {"status": "VOIDED"}
        self._keep("authorization", hold)
        self._tell("PAYMENT.AUTHORIZATION.VOIDED", "authorization", self._order(hold), hold, hold["_minor"])
        return hold

    def give_back(self, capture: Doc, minor: int, facts: Doc) -> Doc:
        """Refund of a capture; `facts` are custom_id, invoice_id and note_to_payer. Returns the refund."""
        order = self._order(capture)
        waits = order["_outcome"] == REFUND_PENDING
        refund = self._thing("refund", order, minor) | {
            "status": "PENDING" if waits else "COMPLETED",
            "custom_id": facts.get("custom_id") or capture.get("custom_id"),
            "invoice_id": facts.get("invoice_id") or capture.get("invoice_id"),
            "note_to_payer": facts.get("note_to_payer"),
            "_capture": capture["id"],
        }
        refund["links"].append(link(f"{order['_origin']}/v2/payments/captures/{capture['id']}", "up"))
        self._made("refund", order, refund)
        if waits:
            self._tell("PAYMENT.REFUND.PENDING", "refund", order, refund, minor)
        else:
            self._returned(order, capture, refund)
        return refund

    def settle_refund(self, refund: Doc, *, paid: bool) -> None:
        """Let a pending refund end."""
        order = self._order(refund)
        refund |= {"status": "COMPLETED" if paid else "FAILED"}
        self._keep("refund", refund)
        if paid:
            self._returned(order, self.doc("capture", refund["_capture"]), refund)
        else:
            self._tell("PAYMENT.REFUND.FAILED", "refund", order, refund, refund["_minor"])

    def settle_capture(self, capture: Doc, *, paid: bool) -> None:
        """Let the review of a pending capture end."""
        capture |= {"status": "COMPLETED" if paid else "DECLINED", "status_details": None}
        self._keep("capture", capture)
        kind = "COMPLETED" if paid else "DENIED"
        self._tell(f"PAYMENT.CAPTURE.{kind}", "capture", self._order(capture), capture, capture["_minor"])

    def dispute(self, capture: Doc) -> None:
        """Let the payer's bank take the money of a capture back."""
        order = self._order(capture)
        reversal = self._thing("refund", order, capture["_minor"]) | {"status": "COMPLETED", "_capture": capture["id"]}
        reversal["links"].append(link(f"{order['_origin']}/v2/payments/captures/{capture['id']}", "up"))
        self._tell("PAYMENT.CAPTURE.REVERSED", "refund", order, reversal, capture["_minor"])
        dispute = {
            "dispute_id": f"PP-D-{self._shelf.number()}",
            "create_time": moment(self._shelf.now()),
            "update_time": moment(self._shelf.now()),
            "disputed_transactions": [
                {"seller_transaction_id": capture["id"], "custom": capture.get("custom_id"), "items": []}
            ],
            "reason": "UNAUTHORISED",
            "status": "OPEN",
            "dispute_life_cycle_stage": "CHARGEBACK",
            "dispute_amount": capture["amount"],
            "_order": order["id"],
            "_capture": capture["id"],
        }
        self._shelf.keep("dispute", capture["id"], dispute)
        self._tell("CUSTOMER.DISPUTE.CREATED", "dispute", order, dispute, capture["_minor"])

    def resolve(self, capture: Doc, outcome: str) -> None:
        """Let a dispute end with `outcome`, PayPal's code."""
        dispute = self.doc("dispute", capture["id"])
        dispute |= {"status": "RESOLVED", "update_time": moment(self._shelf.now())}
        dispute["dispute_outcome"] = {"outcome_code": outcome, "amount_refunded": capture["amount"]}
        self._shelf.keep("dispute", capture["id"], dispute)
        self._tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", self._order(capture), dispute, capture["_minor"])

    # ---- reading

    def doc(self, kind: str, name: str) -> Doc:
        """Return a document that is known to exist."""
        found = self._shelf.doc(kind, name)
        if found is None:
            raise LookupError(f"{kind} {name}")
        return found

    def of_order(self, kind: str, order: Doc) -> list[Doc]:
        """Return an order's captures, authorizations or refunds, oldest first."""
        return [self.doc(kind, name) for name in order[f"_{kind}s"]]

    def captures(self, hold: Doc) -> list[Doc]:
        """Return the captures of a hold."""
        captures = self.of_order("capture", self._order(hold))
        return [capture for capture in captures if capture["_authorization"] == hold["id"]]

    def given_back(self, capture: Doc) -> int:
        """Return how much of a capture was given back or is on its way."""
        refunds = self.of_order("refund", self._order(capture))
        return sum(doc["_minor"] for doc in refunds if doc["status"] in {"COMPLETED", "PENDING"})

    def has_invoice(self, kind: str, invoice_id: str | None) -> bool:
        """Tell whether a capture or a refund bears this invoice id already."""
        return bool(invoice_id) and self._shelf.doc("invoice", f"{kind}:{invoice_id}") is not None

    def whole(self, order: Doc) -> Doc:
        """Return an order with its payments, as PayPal represents it."""
        payments = {f"{kind}s": [public(doc) for doc in self.of_order(kind, order)] for kind in PAYMENTS}
        (unit,) = order["purchase_units"]
        present = {name: docs for name, docs in payments.items() if docs}
        return {**order, "purchase_units": [{**unit, **({"payments": present} if present else {})}]}

    # ---- writing

    def _capture(self, order: Doc, minor: int, hold_id: str, *, final: bool, invoice_id: str | None = None) -> Doc:
        outcome = order["_outcome"]
        status = "PENDING" if outcome == PENDING else "DECLINED" if outcome in _PROCESSOR else "COMPLETED"
        capture = self._thing("capture", order, minor) | {
            "status": status,
            "final_capture": final,
            "status_details": {"reason": "PENDING_REVIEW"} if status == "PENDING" else None,
            "processor_response": {"response_code": _PROCESSOR[outcome]} if status == "DECLINED" else None,
            "_authorization": hold_id,
        }
        capture["invoice_id"] = invoice_id or capture["invoice_id"]
        self._made("capture", order, capture)
        self._tell(f"PAYMENT.CAPTURE.{status}", "capture", order, capture, minor)
        return capture

    def _thing(self, kind: str, order: Doc, minor: int) -> Doc:
        (unit,) = order["purchase_units"]
        name, now = self._name(kind), moment(self._shelf.now())
        return {
            "id": name,
            "amount": written(minor, order["_currency"]),
            "custom_id": unit.get("custom_id"),
            "invoice_id": unit.get("invoice_id"),
            "create_time": now,
            "update_time": now,
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
            "links": [link(f"{order['_origin']}/v2/payments/{kind}s/{name}", "self")],
            "_order": order["id"],
            "_minor": minor,
            "_at_ms": self._shelf.now(),
        }

    def _returned(self, order: Doc, capture: Doc, refund: Doc) -> None:
        back = self.given_back(capture)
        capture |= {"status": "REFUNDED" if back >= capture["_minor"] else "PARTIALLY_REFUNDED"}
        self._keep("capture", capture)
        self._tell("PAYMENT.CAPTURE.REFUNDED", "refund", order, refund, refund["_minor"])

    def _order(self, thing: Doc) -> Doc:
        return self.doc("order", thing["_order"])

    def _made(self, kind: str, order: Doc, thing: Doc) -> None:
        """Keep a new payment of an order, in which its id is noted."""
        self._keep(kind, thing)
        order[f"_{kind}s"] = [*order[f"_{kind}s"], thing["id"]]
        self._shelf.keep("order", order["id"], order)
        if thing["invoice_id"]:
            self._shelf.keep("invoice", f"{kind}:{thing['invoice_id']}", {"id": thing["id"]})

    def _keep(self, kind: str, thing: Doc) -> None:
        thing["update_time"] = moment(self._shelf.now())
        self._shelf.keep(kind, thing["id"], thing)

    def _name(self, kind: str) -> str:
        return name_of(self._shelf.number(), kind)

    def _tell(self, kind: str, resource_type: str, order: Doc, thing: Doc, minor: int) -> None:
        event_id = f"WH-{name_of(self._shelf.number(), 'event')}"
        event: dict[str, Any] = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": moment(self._shelf.now()),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": kind,
            "summary": kind.replace(".", " ").capitalize(),
            "resource": public(thing),
            "links": [link(f"{order['_origin']}/v1/notifications/webhooks-events/{event_id}", "self")],
        }
        body = json.dumps(event, separators=(",", ":"))
        facts = {"body": body, "offer": order["id"], "minor": minor, "currency": order["_currency"]}
        self._shelf.keep("event", event_id, facts)
        self._shelf.tell(order["id"], minor, order["_currency"], body)


def require_whole(capture: Doc, minor: int, back: int) -> None:
    """Raise Refused unless so much of a capture can be given back."""
    if capture["status"] == "PENDING":
        raise unprocessable("PENDING_CAPTURE")
    if capture["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED"} or back >= capture["_minor"]:
        raise unprocessable("CAPTURE_FULLY_REFUNDED")
    if minor + back > capture["_minor"]:
        raise unprocessable("REFUND_AMOUNT_EXCEEDED")
