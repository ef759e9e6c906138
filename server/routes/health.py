"""Whether the process lives, and whether it can do its work."""

import ipaddress
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from domain.errors import ErrorCode
from server.auth import bearer_token
from server.hub import Hub
from server.limits import LOOK
from server.metrics import CONTENT_TYPE
from server.problems import Refusal, problem
from server.queues import gauges
from server.routes.asking import Stranger, problems, routes_on
from server.vault import Secret
from storage.hub_ready import is_ready

_FORWARDED: Final = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})
_NUMBERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Numbers for Prometheus.", "content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}
}


def health_routes(hub: Hub) -> APIRouter:
    """Return the routes that a supervisor asks."""
    router = routes_on("health")

    @router.get("/healthz")
    async def lives() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    @router.get("/readyz", response_model=None, responses=problems(429))
    def ready(address: Stranger) -> dict[str, str] | Response:
        """Say whether the database answers and has the schema and the epoch that this program works with."""
        if not hub.rates.allow(LOOK, address, hub.now()):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
        if not hub.units.read(is_ready):
            return problem(ErrorCode.STORAGE_UNAVAILABLE, 503)
        return {"status": "ok"}

    @router.get("/metrics", response_class=Response, responses={**_NUMBERS, **problems(401, 404, 429)})
    def numbers(request: Request, address: Stranger) -> Response:
        """Tell what Prometheus reads: calls to providers, payments that ended, what waits, and for how long."""
        if not hub.rates.allow(LOOK, address, hub.now()):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
        _let_in(hub.settings.metrics_token, request, address)
        return Response(hub.metrics.text(gauges(hub.units, hub.now())), media_type=CONTENT_TYPE)

    return router


def _let_in(token: Secret | None, request: Request, address: str) -> None:
    """Let a monitor with the token in, or without one who asks on this machine, and not through a proxy on it."""
    if token is not None:
        shown = bearer_token(request.headers.get("authorization", ""))
        if shown is None or Secret(shown) != token:
            raise Refusal(ErrorCode.HUB_REFUSED, 401)
    elif not _is_here(address) or not _FORWARDED.isdisjoint(request.headers):
        raise Refusal(ErrorCode.HUB_REFUSED, 404)


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
