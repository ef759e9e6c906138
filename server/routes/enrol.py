"""Enrolment: a one-time code for a till's place and token."""

from fastapi import APIRouter

from domain.errors import ErrorCode
from server.enrolment import enrol
from server.hub import Hub
from server.limits import ENROL
from server.problems import Refusal
from server.routes.asking import SPOKEN, JsonBody, Stranger, described, problems, read_body, routes_on
from sync.wire import EnrolAnswer, EnrolRequest


def enrol_routes(hub: Hub) -> APIRouter:
    """Return the route of enrolment."""
    router = routes_on("tills")

    @router.post(
        "/api/v1/enrol",
        response_model=EnrolAnswer,
        openapi_extra=described(EnrolRequest),
        responses=problems(403, 415, 426, 429),
    )
    def let_in(address: Stranger, body: JsonBody) -> EnrolAnswer:
        """Give a till its place in the shop and its token, which is shown this once."""
        at = hub.now()
        if not hub.rates.allow(ENROL, address, at):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=60)
        request = read_body(body, EnrolRequest)
        if request.protocol not in SPOKEN:
            raise Refusal(ErrorCode.HUB_VERSION)
        return enrol(hub.units, request, hub.settings.new_token(), at, vault=hub.settings.vault)

    return router
