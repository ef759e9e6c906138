"""Headers that every answer bears: nothing may be kept, nobody's page may use it, and no page loads a thing.

What an answer says itself stands: the page on which a customer pays names what it loads.
"""

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""What the OWASP REST Security Cheat Sheet asks of an API's answers."""

STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")
"""Only where the hub itself speaks TLS, or a proxy that is trusted does (RFC 6797 section 7.2)."""


class SafeHeaders:
    """Adds the headers to whatever is answered, refusals of WebSockets included; `pages` are left to their scripts."""

    def __init__(self, app: ASGIApp, *, pages: Collection[str] = ()) -> None:
        self._app = app
        self._pages = frozenset(pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        added = [] if scope["path"] in self._pages else [*SAFE]
        if scope["scheme"] in {"https", "wss"}:
            added.append(STRICT_TRANSPORT)

        async def safely(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                own = {name.lower() for name, _ in message.get("headers", ())}
                more = [header for header in added if header[0] not in own]
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        await self._app(scope, receive, safely)
