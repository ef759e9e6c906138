"""What happens inside Stripe: attempts, captures, refunds and disputes, and the events that tell of them."""

import json
from collections.abc import Callable
from typing import Final

from server.simulator import stripe_objects as objects
from server.simulator.stall import CannotDo, Doc, Offer, Refused, Shelf, Taken
from server.simulator.stripe_wire import invalid

KINDS: Final = {"payment_intent": "intent", "latest_charge": "charge", "charge": "charge"}
PENDING_REFUND: Final = "pending_refund"
"""A card that pays, and whose refunds stay pending until somebody decides them."""


class Ledger:
    """Changes Stripe's objects on the stall's shelf, each together with its events."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def created(self) -> int:
        """Return the present whole second."""
        return self._shelf.now() // 1000

    def doc(self, kind: str, name: str | None) -> Doc | None:
        """Return an object, None where there is none."""
        return None if name is None else self._shelf.doc(kind, name)

    def refunds_of(self, charge: str | None) -> list[Doc]:
        """Return the refunds of a charge, oldest first."""
        made = self.doc("charge", charge)
        return [] if made is None else [self._required("refund", name) for name in made["_refunds"]]

    def charges_of(self, intent: Doc) -> list[Doc]:
        """Return the attempts to pay an intent, oldest first."""
        return [self._required("charge", name) for name in intent["_charges"]]

    def dispute_of(self, charge: str | None) -> Doc | None:
        """Return the dispute of a charge."""
        made = self.doc("charge", charge)
        return None if made is None else self.doc("dispute", made["_dispute"])

    # ---- intents

    def new_intent(self, amount: int, currency: str, facts: Doc, offer: str = "") -> Doc:
        """Keep a new intent; `offer` is the session it belongs to."""
        name = f"pi_{self._shelf.number()}"
        intent = objects.new_intent(name, self.created(), amount, currency, facts)
        return self._keep("intent", {**intent, "_offer": offer or name, "_charges": []})

    def attempt(self, intent: Doc, amount: int, outcome: str) -> Doc:
        """Try to pay an intent; a decline leaves it waiting for another card."""
        pays = outcome in {"", PENDING_REFUND}
        name = f"ch_{self._shelf.number()}"
        charge = objects.new_charge(name, self.created(), intent, amount, "" if pays else outcome)
        self._keep("charge", {**charge, "_pending": outcome == PENDING_REFUND, "_refunds": [], "_dispute": None})
        intent = {
            **intent,
            "latest_charge": name,
            "payment_method": objects.METHOD,
            "_charges": [*intent["_charges"], name],
        }
        if not pays:
            intent |= {"last_payment_error": objects.card_error(charge, outcome), "payment_method": None}
            return self._tell("payment_intent.payment_failed", "intent", intent)
        intent["last_payment_error"] = None
        if intent["capture_method"] == "manual":
            intent |= {"status": "requires_capture", "amount_capturable": amount}
            intent = self._tell("payment_intent.amount_capturable_updated", "intent", intent)
        else:
            intent |= {"status": "succeeded", "amount_received": amount}
            intent = self._tell("payment_intent.succeeded", "intent", intent)
        self._complete_session(intent)
        return intent

    def capture(self, intent: Doc, amount: int) -> Doc:
        """Take an amount of what is held and let the rest go."""
        charge = self._required("charge", intent["latest_charge"])
        self._keep("charge", {**charge, "captured": True, "amount_captured": amount})
        session = self.doc("session", intent["_offer"])
        if session is not None:
            self._keep("session", {**session, "payment_status": "paid"})
        taken = {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
        return self._tell("payment_intent.succeeded", "intent", {**intent, **taken})

    def cancel(self, intent: Doc, reason: str) -> Doc:
        """Cancel an intent; what was held is let go."""
        ended = {"status": "canceled", "canceled_at": self.created(), "cancellation_reason": reason}
        return self._tell("payment_intent.canceled", "intent", {**intent, **ended, "amount_capturable": 0})

    def unexpected(self, intent: Doc, act: str) -> Refused:
        """Return the refusal of an act that the intent's status does not allow."""
        message = f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}."
        return invalid(message, code="payment_intent_unexpected_state", payment_intent=objects.public(intent))

    # ---- sessions

    def new_session(
        self,
        origin: str,
        total: int,
        currency: str,
        expires_at: int,
        title: str,
        form: Doc,
        page_of: Callable[[str], str],
    ) -> Doc:
        """Keep a new open session with the link of its page."""
        name = f"cs_test_{self._shelf.number()}"
        session = objects.new_session(name, self.created(), expires_at, total, currency, origin + page_of(name), form)
        return self._keep("session", {**session, "_title": title, "_intent": form.get("payment_intent_data", {})})

    def in_time(self, session: Doc) -> Doc:
        """Return a session as it stands now: one whose time is over has expired."""
        over = session["status"] == "open" and session["expires_at"] <= self.created()
        return {**session, "status": "expired", "url": None} if over else session

    def intent_for(self, session: Doc) -> Doc:
        """Return the intent of a session; the first attempt to pay makes it."""
        if session["payment_intent"] is not None:
            return self._required("intent", session["payment_intent"])
        total, currency = session["amount_total"], session["currency"]
        intent = self.new_intent(total, currency, session["_intent"], offer=session["id"])
        self._keep("session", {**session, "payment_intent": intent["id"]})
        return intent

    def end_session(self, session: Doc) -> Doc:
        """Let an open session expire; nobody can pay it afterwards."""
        intent = self.doc("intent", session["payment_intent"])
        if intent is not None:
            self.cancel(intent, "automatic")
        return self._tell("checkout.session.expired", "session", {**session, "status": "expired", "url": None})

    def _complete_session(self, intent: Doc) -> None:
        session = self.doc("session", intent["_offer"])
        if session is None:
            return
        paid = "paid" if intent["status"] == "succeeded" else "unpaid"
        done = {"status": "complete", "payment_status": paid, "url": None}
        self._tell("checkout.session.completed", "session", {**session, **done})

    # ---- money back

    def give_back(self, charge: Doc, amount: int, form: Doc) -> Doc:
        """Make a refund; at some cards it stays pending."""
        status = "pending" if charge["_pending"] else "succeeded"
        name = f"re_{self._shelf.number()}"
        refund = objects.new_refund(name, self.created(), charge, amount, status, form)
        self._tell("refund.created", "refund", refund)
        returned = charge["amount_refunded"] + amount
        back = {"amount_refunded": returned, "refunded": returned == charge["amount_captured"]}
        self._tell("charge.refunded", "charge", {**charge, **back, "_refunds": [*charge["_refunds"], name]})
        return refund

    def do(self, intent: Doc, deed: str) -> None:
        """Carry out what banks and card networks do to a payment; the offer says which deeds are possible."""
        charge = self._required("charge", intent["latest_charge"])
        match deed:
            case "release":
                self.cancel(intent, "automatic")
            case "dispute":
                dispute = objects.new_dispute(f"dp_{self._shelf.number()}", self.created(), charge)
                self._keep("charge", {**charge, "disputed": True, "_dispute": dispute["id"]})
                self._tell("charge.dispute.created", "dispute", dispute)
            case "dispute_won" | "dispute_lost":
                ended = self._required("dispute", (self.dispute_of(charge["id"]) or {}).get("id"))
                self._tell("charge.dispute.closed", "dispute", {**ended, "status": deed.removeprefix("dispute_")})
            case "refund_succeeds":
                self._tell("refund.updated", "refund", {**self._last_refund(charge), "status": "succeeded"})
            case _:
                failed = {**self._last_refund(charge), "status": "failed"}
                self._keep("charge", {**charge, "amount_refunded": charge["amount_refunded"] - failed["amount"]})
                self._tell("refund.failed", "refund", {**failed, "failure_reason": "expired_or_canceled_card"})

    def _last_refund(self, charge: Doc) -> Doc:
        return self.refunds_of(charge["id"])[-1]

    # ---- keeping and telling

    def _required(self, kind: str, name: str | None) -> Doc:
        doc = self.doc(kind, name)
        if doc is None:
            raise CannotDo("unknown", f"Stripe has no {kind} {name}")
        return doc

    def _keep(self, kind: str, doc: Doc) -> Doc:
        self._shelf.keep(kind, doc["id"], doc)
        return doc

    def _tell(self, event: str, kind: str, doc: Doc) -> Doc:
        """Keep an object and owe the shop the event that tells of it as it stands."""
        self._keep(kind, doc)
        body = objects.event(f"evt_{self._shelf.number()}", self.created(), event, doc)
        amount = doc["amount_total"] if kind == "session" else doc["amount"]
        text = json.dumps(body, ensure_ascii=False)
        self._shelf.tell(self._offer(kind, doc), amount, doc["currency"].upper(), text)
        return doc

    def _offer(self, kind: str, doc: Doc) -> str:
        if kind == "session":
            return str(doc["id"])
        intent = doc if kind == "intent" else self._required("intent", doc["payment_intent"])
        return str(intent["_offer"])


def offer_of_session(session: Doc, ledger: Ledger, now_s: int) -> Offer:
    """Return a session as customers see it."""
    intent = ledger.doc("intent", session["payment_intent"])
    status = _status(intent)
    if session["status"] == "expired" or (session["status"] == "open" and session["expires_at"] <= now_s):
        status = "expired"
    return Offer(
        name=session["id"],
        title=session["_title"] or session["client_reference_id"] or "",
        amount=session["amount_total"],
        currency=session["currency"].upper(),
        status=status,
        created_ms=session["created"] * 1000,
        expires_ms=session["expires_at"] * 1000,
        text=session["url"] or "",
        attempts=_attempts(intent, ledger),
        deeds=_deeds(intent, ledger),
    )


def offer_of_intent(intent: Doc, ledger: Ledger) -> Offer:
    """Return an intent without a session as customers see it: something to pay by a card."""
    return Offer(
        name=intent["id"],
        title=intent["description"] or "",
        amount=intent["amount"],
        currency=intent["currency"].upper(),
        status=_status(intent),
        created_ms=intent["created"] * 1000,
        attempts=_attempts(intent, ledger),
        deeds=_deeds(intent, ledger),
    )


def _status(intent: Doc | None) -> str:
    if intent is None:
        return "open"
    if intent["status"] == "requires_payment_method":
        return "declined" if intent["last_payment_error"] else "open"
    return {"succeeded": "paid", "requires_capture": "held", "canceled": "expired"}[intent["status"]]


def _attempts(intent: Doc | None, ledger: Ledger) -> tuple[Taken, ...]:
    charges = [] if intent is None else ledger.charges_of(intent)
    return tuple(
        Taken(
            charge["id"], charge["amount"], charge["created"] * 1000, charge["paid"], charge["outcome"]["reason"] or ""
        )
        for charge in charges
    )


def _deeds(intent: Doc | None, ledger: Ledger) -> tuple[str, ...]:
    if intent is None or intent["status"] not in {"succeeded", "requires_capture"}:
        return ()
    if intent["status"] == "requires_capture":
        return ("release",)
    dispute = ledger.dispute_of(intent["latest_charge"])
    deeds = ["dispute"] if dispute is None else []
    if dispute is not None and dispute["status"] == "needs_response":
        deeds += ["dispute_won", "dispute_lost"]
    refunds = ledger.refunds_of(intent["latest_charge"])
    if refunds and refunds[-1]["status"] != "failed":
        deeds += ["refund_fails"] if refunds[-1]["status"] == "succeeded" else ["refund_succeeds", "refund_fails"]
    return tuple(deeds)
