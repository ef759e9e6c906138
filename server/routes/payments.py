"""Asking a provider about a payment now, because a person at a till wants to know."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from domain.errors import ErrorCode, NotFound
from domain.ids import PaymentId
from server.auth import admit
from server.hub import Hub
from server.limits import CHECK
from server.problems import Refusal
from server.routes.asking import Known, problems, routes_on
from storage.hub_feed import Freshness, freshness
from storage.hub_tills import KnownTill
from sync.wire import Watched

FRESH_MS: Final = 2_000

WAIT_S: Final = 18.0
"""A till waits twenty seconds for an answer; what comes later it hears by its feed."""


def payment_routes(hub: Hub) -> APIRouter:
    """Return the routes of payments."""
    router = routes_on("payments")

    @router.post(
        "/api/v1/payments/{payment_id}/check",
        response_model=Watched,
        responses=problems(401, 404, 429),
    )
    def check(calling: Known, payment_id: Annotated[str, Path(max_length=64)]) -> Watched:
        """Ask the provider about a payment now and return what is known then; its money is booked by the way."""
        at = hub.now()
        till = admit(hub.units, hub.rates, calling, at)
        known = _known(hub, till, payment_id)
        if known.checked_at is None or at - known.checked_at >= FRESH_MS:
            if not hub.rates.allow(CHECK, f"{till.merchant_id}/{till.device_id}", at):
                raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=2)
            hub.dispatcher.ask_now(till.merchant_id, known.payment_id, WAIT_S)
            known = _known(hub, till, payment_id)
        return Watched(payment_id=known.payment_id, status=known.status, checked_at=known.checked_at)

    return router


def _known(hub: Hub, till: KnownTill, payment_id: str) -> Freshness:
    """Return what the hub knows of a payment of the till's merchant; one of another merchant is as unknown as none."""
    merchant_id, asked = till.merchant_id, [PaymentId(payment_id)]
    found = hub.units.read_of(merchant_id, lambda session: freshness(session, merchant_id, asked))
    if not found:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    return found[0]
