"""Stripe's objects as they are when they begin; amounts are minor units, instants whole seconds."""

from typing import Any, Final

from server.simulator.stall import Doc
from server.simulator.stripe_wire import DECLINES

API_VERSION: Final = "2026-10-28.endive"
HELD_S: Final = 7 * 24 * 3600
"""How long an uncaptured card payment is held when the customer is online (docs.stripe.com, manual capture)."""

CARD: Final = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "funding": "credit"}
METHOD: Final = "pm_card_visa"


def new_intent(name: str, created: int, amount: int, currency: str, facts: Doc) -> Doc:
    """Return a PaymentIntent that waits for a payment method; `facts` are capture_method, description, metadata."""
    return {
        "id": name,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": facts.get("capture_method", "automatic_async"),
        "client_secret": f"{name}_secret_simulated",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "description": facts.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": facts.get("metadata", {}),
        "payment_method": None,
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def new_charge(name: str, created: int, intent: Doc, amount: int, outcome: str) -> Doc:
    """Return the charge of one attempt; `outcome` is a decline code or empty."""
    manual = intent["capture_method"] == "manual"
    card: Doc = {**CARD, **({"capture_before": created + HELD_S} if manual and not outcome else {})}
    return {
        "id": name,
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if manual or outcome else amount,
        "amount_refunded": 0,
        "captured": not manual and not outcome,
        "created": created,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": DECLINES[outcome] if outcome else None,
        "failure_message": "Your card was declined." if outcome else None,
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": {
            "network_status": "declined_by_network" if outcome else "approved_by_network",
            "reason": outcome or None,
            "type": "issuer_declined" if outcome else "authorized",
        },
        "paid": not outcome,
        "payment_intent": intent["id"],
        "payment_method": METHOD,
        "payment_method_details": {"type": "card", "card": card},
        "refunded": False,
        "status": "failed" if outcome else "succeeded",
    }


def card_error(charge: Doc, outcome: str) -> Doc:
    """Return what a PaymentIntent says of a declined attempt."""
    return {
        "type": "card_error",
        "code": charge["failure_code"],
        "decline_code": outcome,
        "message": charge["failure_message"],
        "charge": charge["id"],
        "payment_method": {"id": METHOD, "object": "payment_method", "type": "card", "card": CARD},
    }


def new_session(name: str, created: int, expires_at: int, total: int, currency: str, url: str, facts: Doc) -> Doc:
    """Return an open Checkout Session; `facts` are what the shop said of it, kept as it said it."""
    return {
        "id": name,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": facts.get("cancel_url"),
        "client_reference_id": facts.get("client_reference_id"),
        "created": created,
        "currency": currency,
        "expires_at": expires_at,
        "livemode": False,
        "metadata": facts.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "status": "open",
        "success_url": facts.get("success_url"),
        "url": url,
    }


def new_refund(name: str, created: int, charge: Doc, amount: int, status: str, form: Doc) -> Doc:
    """Return a refund of a charge."""
    return {
        "id": name,
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "metadata": form.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": form.get("reason"),
        "status": status,
    }


def new_dispute(name: str, created: int, charge: Doc) -> Doc:
    """Return the dispute of a charge by the customer's bank."""
    return {
        "id": name,
        "object": "dispute",
        "amount": charge["amount_captured"],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def event(name: str, created: int, kind: str, about: Doc) -> Doc:
    """Return the webhook event that tells of an object as it stands."""
    return {
        "id": name,
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {"object": public(about)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def public(value: Any) -> Any:
    """Return an object without what the simulator alone knows of it (names that begin with an underscore)."""
    if isinstance(value, dict):
        return {name: public(part) for name, part in value.items() if not name.startswith("_")}
    if isinstance(value, list):
        return [public(part) for part in value]
    return value
