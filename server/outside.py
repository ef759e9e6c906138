"""Whom a hub that shops share may call: providers out in the world, and nothing in the network it stands in itself.

Where a provider is, its owner fills in; without this, an owner could have the hub knock at its own neighbours' doors.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Final

import httpx

from server.settings import provider_client

Resolve = Callable[[str, int], Sequence[str]]

_HTTPS: Final = 443
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out of IPv6 (RFC 4291 section 2.4); beside it lie nothing but special and old forms."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 as a network without it sees it (RFC 6052): its last 32 bits."""


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host; none if it has none here, which whoever connects will find out, too."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError:
        return []


def is_outside(address: str) -> bool:
    """Whether an address is one of the public network: not private, local, reserved, or such a one in disguise."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        carried = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF) if parsed in _NAT64 else parsed.ipv4_mapped
        if carried is None and (parsed not in _UNICAST or parsed.sixtofour is not None):
            return False
        parsed = carried or parsed
    return parsed.is_global and not parsed.is_multicast


def outside_client(resolve: Resolve = addresses_of) -> httpx.Client:
    """Return the client on which a shared hub calls providers; a call to an address inside raises ConnectError.

    Every address of a host has to be outside. A name that changes its address in between leads to a handshake at most:
    the certificate is not that of the name.
    """

    def refuse_inside(request: httpx.Request) -> None:
        found = resolve(request.url.host, request.url.port or _HTTPS)
        if not all(is_outside(address) for address in found):
            raise httpx.ConnectError("an address inside", request=request)

    client = provider_client()
    client.event_hooks = {"request": [refuse_inside]}
    return client
