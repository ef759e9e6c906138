"""Taking requests in: the whole body within a size and a time, before anything else looks at the request."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import ErrorCode
from server.problems import problem
from server.rails.base import MAX_NOTIFICATION_BYTES
from server.settings import Limits
from sync.wire import BODY_LIMIT_BYTES

PUSH_PATH: Final = "/api/v1/push"
WEBHOOK_PATH: Final = "/api/v1/billing/webhook/"
EVENTS_PATH: Final = "/api/v1/events"
BATCH_PATH: Final = "/api/v1/events/batch"
CHECKOUTS_PATH: Final = "/api/v1/checkout-requests"
PROVIDERS_PATH: Final = "/api/v1/providers"
TILLS_PATH: Final = "/api/v1/tills"
API_KEYS_PATH: Final = "/api/v1/api-keys"
STATEMENTS_PATH: Final = "/api/v1/statements"
BATCH_BYTES: Final = 1024 * 1024
OTHER_BYTES: Final = 64 * 1024

_WITH_TOKEN: Final = {
    PUSH_PATH: ErrorCode.TILL_UNKNOWN,
    EVENTS_PATH: ErrorCode.API_KEY_UNKNOWN,
    BATCH_PATH: ErrorCode.API_KEY_UNKNOWN,
}
"""Where the body of a caller who shows no token is not even read, and what he is told."""

_OF_OWNERS: Final = (PROVIDERS_PATH, TILLS_PATH, API_KEYS_PATH, STATEMENTS_PATH)
"""How the paths begin under which only a till's token gets anywhere."""

_LINGER_BYTES: Final = 16 * 1024 * 1024


class _TooLarge(Exception):
    """The body is longer than its route takes."""


class _Gone(Exception):
    """The sender hung up."""


@dataclass(slots=True)
class _Buffered:
    """How many bytes of bodies this process holds."""

    size: int = 0


class Intake:
    """Reads a request's body before the application sees it.

    A body that is too long is answered 413 once the limit is passed, whatever Content-Length said or did not say; one
    that does not arrive in time is answered 408, and its connection closed. Answers that nobody takes are given up.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._buffered = _Buffered()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        patient = self._patient(send)
        refusal = _turned_away(scope, self._limits)
        held = 0
        try:
            if refusal is None:
                body = await self._read(receive, _limit_of(scope["path"]))
                held = len(body)
                self._buffered.size += held
        except _TooLarge:
            refusal = problem(ErrorCode.HUB_REFUSED, 413)
        except TimeoutError:
            refusal = problem(ErrorCode.NET_TIMEOUT, 408)
        except _Gone:
            return
        try:
            if refusal is not None:
                await self._refuse(refusal, receive, patient)
            elif self._buffered.size > self._limits.buffered_bytes:
                await problem(ErrorCode.HUB_REFUSED, 503)(scope, receive, patient)
            else:
                await self._app(scope, _Replay(body, receive), patient)
        finally:
            self._buffered.size -= held

    async def _read(self, receive: Receive, limit: int) -> bytes:
        body = bytearray()
        async with asyncio.timeout(self._limits.body_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Gone
                body += message.get("body", b"")
                if len(body) > limit:
                    raise _TooLarge
                if not message.get("more_body", False):
                    return bytes(body)

    async def _refuse(self, refusal: Response, receive: Receive, send: Send) -> None:
        """Answer, then read on for a moment before the connection closes.

        A socket closed with unread bytes resets the connection, and the sender would never see the answer.
        """
        refusal.headers["connection"] = "close"
        await send({"type": "http.response.start", "status": refusal.status_code, "headers": refusal.raw_headers})
        await send({"type": "http.response.body", "body": bytes(refusal.body), "more_body": True})
        await _drain(receive, self._limits.linger_s)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _patient(self, send: Send) -> Send:
        async def patient(message: Message) -> None:
            async with asyncio.timeout(self._limits.send_s):
                await send(message)

        return patient


class _Replay:
    """Gives the body that was read, then whatever comes."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _limit_of(path: str) -> int:
    if path in (PUSH_PATH, STATEMENTS_PATH):
        return BODY_LIMIT_BYTES
    if path == BATCH_PATH:
        return BATCH_BYTES
    return MAX_NOTIFICATION_BYTES if path.startswith(WEBHOOK_PATH) else OTHER_BYTES


def _turned_away(scope: Scope, limits: Limits) -> Response | None:
    """Refuse by the head alone what could be read in two ways or would only fill memory."""
    headers = dict(scope["headers"])
    if len(scope["headers"]) > limits.head_lines or _size(scope) > limits.head_bytes:
        return problem(ErrorCode.HUB_REFUSED, 431)
    if b"content-length" in headers and b"transfer-encoding" in headers:  # a proxy before us might take the other one
        return problem(ErrorCode.HUB_REFUSED, 400)
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:  # no name here has it, and no database keeps it
        return problem(ErrorCode.HUB_REFUSED, 404 if "\x00" in scope["path"] else 400)
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or len(declared) > 18 or int(declared) > _limit_of(scope["path"]):
        return problem(ErrorCode.HUB_REFUSED, 413)
    unknown = _code_without_token(scope["path"])
    if unknown is not None and scope["method"] in {"POST", "PUT"} and b"authorization" not in headers:
        return problem(unknown, 401)
    return None


def _code_without_token(path: str) -> ErrorCode | None:
    if path.startswith(CHECKOUTS_PATH):
        return ErrorCode.API_KEY_UNKNOWN
    return ErrorCode.TILL_UNKNOWN if path.startswith(_OF_OWNERS) else _WITH_TOKEN.get(path)


def _size(scope: Scope) -> int:
    return len(scope["query_string"]) + sum(len(name) + len(value) for name, value in scope["headers"])


async def _drain(receive: Receive, linger_s: float) -> None:
    read = 0
    try:
        async with asyncio.timeout(linger_s):
            while read <= _LINGER_BYTES:
                message = await receive()
                read += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
