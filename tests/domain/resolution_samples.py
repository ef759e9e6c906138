"""A decision about money without a payment, and what a provider did that the books cannot say."""

from typing import Any

from domain.ids import ResolutionId
from domain.rails import Provider
from domain.resolutions import Act, Resolution, ResolutionStatus
from tests.builders import CASHIER, MANAGER, MERCHANT, NOON, TILL, an_id


def a_resolution(**facts: Any) -> Resolution:
    """Return a decision that a cashier asks for with a manager's word."""
    told: dict[str, Any] = {
        "id": ResolutionId(an_id("decision")),
        "merchant_id": MERCHANT,
        "device_id": TILL,
        "subject_id": an_id("money"),
        "act": Act.WRITE_OFF,
        "payment_id": None,
        "wallet_id": None,
        "amount_minor": 45_000,
        "currency": "VND",
        "reason": "Không ai nhận",
        "requested_by": CASHIER.user_id,
        "approved_by": MANAGER.user_id,
        "requested_at": NOON,
    }
    return Resolution(**{**told, **facts})


def a_notice(notice_id: ResolutionId, **facts: Any) -> Resolution:
    """Return the hub's word that money of another currency came by Stripe."""
    told: dict[str, Any] = {
        "id": notice_id,
        "subject_id": an_id("foreign money"),
        "act": Act.FOREIGN,
        "amount_minor": 1_250,
        "currency": "USD",
        "reason": "pi_3Nabc order 17",
        "requested_by": None,
        "approved_by": None,
        "status": ResolutionStatus.DONE,
        "settled_at": NOON,
        "provider": Provider.STRIPE,
    }
    return a_resolution(**{**told, **facts})
