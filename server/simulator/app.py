"""The simulator as one web application and as one process that listens on this computer only."""

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from server.simulator.control import control_routes, refusal
from server.simulator.hosted_page import hosted_routes
from server.simulator.house import House
from server.simulator.page import page_routes
from server.simulator.providers import provider_routes
from server.simulator.settings import SimulatorSettings
from server.simulator.stall import CannotDo
from server.simulator.vntime import system_now

SHUTDOWN_WAIT_S: Final = 1
"""How long a stop waits for calls that are still being answered (a switch may be holding them back)."""


def create_app(settings: SimulatorSettings, now: Callable[[], int] = system_now) -> FastAPI:
    """Return the application; what the journal holds is known at once, sending starts with the server."""
    house = House(settings, now)

    @asynccontextmanager
    async def open_house(_: FastAPI) -> AsyncIterator[None]:
        house.start()
        try:
            yield
        finally:
            await house.stop()

    # A router that an application includes is built twice; its routes are built once.
    routers = (
        provider_routes(house),
        house.market.routes(house.courier),
        control_routes(house),
        hosted_routes(house),
        page_routes(house),
    )
    # The interactive documentation pages load scripts from elsewhere; this program loads nothing from anywhere.
    app = FastAPI(
        title="BANA Till: providers' simulator",
        lifespan=open_house,
        docs_url=None,
        redoc_url=None,
        openapi_url="/control/openapi.json",
        routes=[route for router in routers for route in router.routes],
    )

    @app.exception_handler(CannotDo)
    async def refused(_: Request, problem: CannotDo) -> JSONResponse:
        return refusal(problem)

    return app


class _AnnouncedServer(uvicorn.Server):
    """A server that says its port once it really answers there."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def bound_socket(settings: SimulatorSettings) -> socket.socket:
    """Return a socket bound to the wanted host and port; raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only for sockets that say they are TCP; with it every answer on a kept
    # connection waits some 40 ms for the other side's delayed acknowledgement.
    server_socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # A restart must get its port back while old connections still die out; on Windows the same option would
        # let two programs share the port.
        server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server_socket.bind((settings.host, settings.port))
    except OSError:
        server_socket.close()
        raise
    return server_socket


def server_for(
    settings: SimulatorSettings, server_socket: socket.socket, ready: Callable[[int], None]
) -> uvicorn.Server:
    """Return a server for the bound socket that calls `ready` with the real port once it answers."""
    config = uvicorn.Config(
        create_app(settings),
        loop="asyncio",
        http="h11",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_WAIT_S,
    )
    port: int = server_socket.getsockname()[1]
    return _AnnouncedServer(config, lambda: ready(port))


def run(settings: SimulatorSettings, ready: Callable[[int], None]) -> None:
    """Serve until the process is told to stop; `ready` gets the real port (useful with port 0)."""
    with bound_socket(settings) as server_socket:
        server_for(settings, server_socket, ready).run(sockets=[server_socket])
