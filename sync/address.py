"""Where the hub may live: behind https, or in the clear on this machine alone."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from domain.errors import ErrorCode
from sync.ports import HubProblem

STARTING: Final = "starting"
"""The reason of the problem that there is no address yet: this till's own hub has not said where it answers."""


def on_this_machine(address: str) -> bool:
    """Whether an address is loopback, so that no other machine hears what is said."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hub_url(address: str | None, path: str) -> str:
    """Return the URL of `path` at the hub; `address` is None while an embedded hub is starting.

    Raises HubProblem(NET_UNREACHABLE) for no address, and for one over which the till's token would travel openly.
    """
    if address is None:
        raise HubProblem(ErrorCode.NET_UNREACHABLE, STARTING)
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and on_this_machine(address))
        bare = not (parts.username or parts.password or parts.query or parts.fragment)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise HubProblem(ErrorCode.NET_UNREACHABLE, "address") from error
    if not (safe and bare and complete):
        raise HubProblem(ErrorCode.NET_UNREACHABLE, "address")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{path}"


def live_url(address: str | None) -> str:
    """Return the WebSocket URL of the hub's doorbell; raises what `hub_url` raises."""
    return "ws" + hub_url(address, "/api/v1/live").removeprefix("http")
