"""What a hub is told at its start: its database, its vault, where it listens, its limits, its clock and its dice."""

import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import httpx

from domain.ids import Instant, MerchantId, new_id
from domain.rails import Provider
from server.rails.base import RailAdapter
from server.rails.registry import ADAPTERS
from server.vault import Secret, Vault
from storage.hub_units import Database

TOKEN_BYTES: Final = 32


class Listening(Protocol):
    """An ear on other processes' commits."""

    def rings(self, timeout_s: float) -> list[tuple[MerchantId, int]]:
        """Wait for rings: merchants and the newest numbers of their feeds; empty after `timeout_s` of silence."""


class Bell(Protocol):
    """How one process of a hub hears that another one has fed a feed."""

    def listening(self) -> AbstractContextManager[Listening]:
        """Listen until the block ends; raises StorageUnavailable."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the hub lets anyone take of it; times in seconds, sizes in bytes."""

    head_s: float = 15.0
    body_s: float = 15.0
    send_s: float = 30.0
    linger_s: float = 2.0
    buffered_bytes: int = 64 * 1024 * 1024
    connections: int = 2_000
    keep_alive_s: int = 75
    head_bytes: int = 16 * 1024
    head_lines: int = 100
    stop_s: int = 2
    ring_s: float = 10.0
    recheck_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificate and key (PEM) of a hub that is spoken to without a proxy in front of it."""

    certificate: Path
    private_key: Path


def system_now() -> Instant:
    """Return this moment by the computer's clock."""
    return Instant(time.time_ns() // 1_000_000)


def random_token() -> str:
    """Return a fresh token: 32 random bytes."""
    return secrets.token_urlsafe(TOKEN_BYTES)


@cache
def public_trust() -> ssl.SSLContext:
    """Return who may vouch for a provider's address; reading all of them takes a while, so it is done once."""
    return httpx.create_ssl_context()


def provider_client() -> httpx.Client:
    """Return the client on which providers are called; every call brings its own time limits."""
    return httpx.Client(
        verify=public_trust(), follow_redirects=False, limits=httpx.Limits(max_connections=50, keepalive_expiry=30.0)
    )


@dataclass(frozen=True, slots=True)
class HubSettings:
    """Everything a hub needs.

    `database` is open and at this program's schema, and the hub has its epoch (`storage.setup.create_hub`); the hub
    closes it when it stops. `bell` is for several processes on one PostgreSQL. `port` 0 lets the system choose.
    `trusted_proxies` are the addresses whose `X-Forwarded-For` is believed, none by default.
    `public_url` is where customers' telephones reach the hub, for the pages on which they pay; empty, it is the address
    that the hub listens on, which only this machine may know.
    `near_hooks` lets other systems hear at this machine's own addresses and without TLS, as a developer needs it.
    `with_workers` False leaves out everything that happens without being asked for. `with_pages` shows the pages on
    which a developer tries the interface (`/docs`, `/redoc`); they load scripts from elsewhere, so never in production.
    """

    database: Database
    vault: Vault = field(repr=False)
    bell: Bell | None = None
    host: str = "127.0.0.1"
    port: int = 0
    tls: Tls | None = None
    trusted_proxies: tuple[str, ...] = ()
    public_url: str = ""
    near_hooks: bool = False
    with_workers: bool = True
    with_pages: bool = False
    metrics_token: Secret | None = None
    limits: Limits = Limits()
    now: Callable[[], Instant] = system_now
    new_id: Callable[[], str] = new_id
    new_token: Callable[[], str] = random_token
    new_http: Callable[[], httpx.Client] = provider_client
    adapters: Mapping[Provider, RailAdapter] = field(default_factory=lambda: ADAPTERS)
