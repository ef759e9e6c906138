"""Whether the process lives, and whether it can do its work."""

from fastapi import APIRouter, Response

from domain.errors import ErrorCode
from server.hub import Hub
from server.limits import LOOK
from server.problems import Refusal, problem
from server.routes.asking import Stranger, problems
from storage.hub_ready import is_ready


def health_routes(hub: Hub) -> APIRouter:
    """Return the routes that a supervisor asks."""
    router = APIRouter(tags=["health"])

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

    return router
