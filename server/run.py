"""The hub as one process: its socket, its limits, its start and its stop."""

import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import uvicorn

from server.app import create_app
from server.connection import hurried
from server.logs import configure_logging
from server.settings import HubSettings

BACKLOG: Final = 1024
RING_BYTES: Final = 1024
PING_S: Final = 20.0
SILENT_PEER_MS: Final = 60_000


class HubServer(uvicorn.Server):
    """A server that says its port once it really answers there, and stops when an event is set."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], stop: threading.Event) -> None:
        super().__init__(config)
        self._announce = announce
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, whether to stop."""
        return await super().on_tick(counter) or self._stop.is_set()


def run_hub(settings: HubSettings, ready: Callable[[int], None], stop: threading.Event | None = None) -> None:
    """Serve until `stop` is set or the process is told to end (SIGINT, SIGTERM); `ready` gets the real port.

    Requests under way are answered, workers end and the database is closed before this returns.
    Raises OSError when the address is taken.
    """
    configure_logging()
    stop = stop or threading.Event()
    with bound_socket(settings) as hub_socket, _ended_by_signals(stop):
        server_for(settings, hub_socket, ready, stop).run(sockets=[hub_socket])


def server_for(
    settings: HubSettings, hub_socket: socket.socket, ready: Callable[[int], None], stop: threading.Event
) -> HubServer:
    """Return a server for the bound socket that calls `ready` with the real port once it answers."""
    limits = settings.limits
    port: int = hub_socket.getsockname()[1]
    config = uvicorn.Config(
        create_app(replace(settings, public_url=settings.public_url or _own_address(settings, port))),
        loop="asyncio",
        http=hurried(limits.head_s),
        h11_max_incomplete_event_size=limits.head_bytes,
        ws="websockets-sansio",
        ws_max_size=RING_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=limits.connections,
        timeout_keep_alive=limits.keep_alive_s,
        timeout_graceful_shutdown=limits.stop_s,
        backlog=BACKLOG,
        ssl_context_factory=_modern_tls if settings.tls else None,
        ssl_certfile=settings.tls.certificate if settings.tls else None,
        ssl_keyfile=str(settings.tls.private_key) if settings.tls else None,
    )
    return HubServer(config, lambda: ready(port), stop)


def bound_socket(settings: HubSettings) -> socket.socket:
    """Return a socket bound to the wanted host and port; raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only for sockets that say they are TCP; with it every answer on a kept
    # connection waits some 40 ms for the other side's delayed acknowledgement.
    hub_socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # A restart must get its port back while old connections still die out; on Windows the same option would
        # let two programs share the port.
        hub_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":
        # Whoever takes no bytes for a minute is gone; accepted connections inherit this.
        hub_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_PEER_MS)
    try:
        hub_socket.bind((settings.host, settings.port))
    except OSError:
        hub_socket.close()
        raise
    return hub_socket


def _own_address(settings: HubSettings, port: int) -> str:
    """Return the address that the hub listens on; for one that listens everywhere, this machine's own."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - read, not bound
    return f"{'https' if settings.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _modern_tls(_: uvicorn.Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = make()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def _ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM mean a graceful stop, before uvicorn listens for them and when it raises them anew."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
