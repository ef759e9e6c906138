"""The hub as one web application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from domain.errors import DomainError, ErrorCode
from server.headers import SafeHeaders
from server.hub import Hub
from server.intake import Intake
from server.logs import AccessLog
from server.methods import KnownMethods
from server.problems import Refusal, problem, refused
from server.routes.api_keys import api_key_routes
from server.routes.checkouts import checkout_routes
from server.routes.enrol import enrol_routes
from server.routes.events import event_routes
from server.routes.health import health_routes
from server.routes.key_hooks import key_hook_routes
from server.routes.live import live_routes
from server.routes.pay import pay_routes
from server.routes.payments import payment_routes
from server.routes.people import people_routes
from server.routes.providers import provider_routes
from server.routes.statements import statement_routes
from server.routes.succession import succession_routes
from server.routes.sync import sync_routes
from server.routes.tills import till_routes
from server.routes.webhooks import webhook_routes
from server.settings import HubSettings

OPENAPI_PATH: Final = "/api/v1/openapi.json"
PAGES: Final = ("/docs", "/redoc")

ROUTES: Final = (
    sync_routes,
    live_routes,
    enrol_routes,
    succession_routes,
    payment_routes,
    event_routes,
    webhook_routes,
    health_routes,
    provider_routes,
    till_routes,
    api_key_routes,
    key_hook_routes,
    people_routes,
    checkout_routes,
    pay_routes,
    statement_routes,
)


def create_app(settings: HubSettings) -> FastAPI:
    """Return the hub's application; its workers run from its start to its stop, which closes the database."""
    hub = Hub(settings)

    @asynccontextmanager
    async def run_hub(_: FastAPI) -> AsyncIterator[None]:
        hub.start(asyncio.get_running_loop())
        try:
            yield
        finally:
            hub.live.close()
            await run_sync(hub.stop)

    app = FastAPI(
        title="BANA Till hub",
        summary="Between tills and payment providers.",
        version="1",
        lifespan=run_hub,
        openapi_url=OPENAPI_PATH,
        docs_url=PAGES[0] if settings.with_pages else None,
        redoc_url=PAGES[1] if settings.with_pages else None,
        redirect_slashes=False,
        routes=[route for routes in ROUTES for route in routes(hub).routes],
    )
    app.state.hub = hub
    _say_problems(app)
    app.add_middleware(Intake, limits=settings.limits)
    app.add_middleware(AccessLog, new_id=settings.new_id)
    app.add_middleware(SafeHeaders, pages=PAGES if settings.with_pages else ())
    return app


def _say_problems(app: FastAPI) -> None:
    """Answer every refusal with a problem, also those of the framework."""
    known = KnownMethods(app)

    @app.exception_handler(Refusal)
    @app.exception_handler(DomainError)
    async def ours(_: Request, error: Exception) -> Response:
        return refused(error)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> Response:
        return problem(ErrorCode.MESSAGE_MALFORMED, 422)

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        answer = problem(ErrorCode.HUB_REFUSED, error.status_code)
        answer.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := known.of(request.url.path)):
            answer.headers["allow"] = ", ".join(sorted(methods))  # the framework tells those of one route alone
        return answer
