"""Succession: a till that was restored from a backup presents itself as a new device."""

from fastapi import APIRouter

from domain.errors import ErrorCode, RuleBroken
from server.auth import admit
from server.hub import Hub
from server.limits import RESTORE
from server.problems import Refusal
from server.routes.asking import SPOKEN, JsonBody, Known, described, problems, read_body, routes_on
from server.succession import note_refusal, succeed
from sync.wire import SuccessionAnswer, SuccessionRequest


def succession_routes(hub: Hub) -> APIRouter:
    """Return the route of succession."""
    router = routes_on("tills")

    @router.post(
        "/api/v1/succession",
        response_model=SuccessionAnswer,
        openapi_extra=described(SuccessionRequest),
        responses=problems(401, 409, 415, 426, 429),
    )
    def take_place(calling: Known, body: JsonBody) -> SuccessionAnswer:
        """Let a restored till go on under a new letter; the device it was before is shut out from then on."""
        at = hub.now()
        till = admit(hub.units, hub.rates, calling, at)
        request = read_body(body, SuccessionRequest)
        if request.protocol not in SPOKEN:
            raise Refusal(ErrorCode.HUB_VERSION)
        if not hub.rates.allow(RESTORE, f"{till.merchant_id}/{till.device_id}", at):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=RESTORE.refill_ms // 1_000)
        try:
            return succeed(hub.units, till, request, at)
        except RuleBroken as refusal:
            note_refusal(hub.units, hub.rates, till, request, at, refusal)
            raise

    return router
