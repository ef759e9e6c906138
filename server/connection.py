"""Connections whose requests must begin in time: uvicorn itself waits for ever for the end of a request's head."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from domain.errors import ErrorCode
from server.headers import SAFE
from sync.wire import Problem


class HurriedProtocol(H11Protocol):
    """Closes a connection that shows no complete request head within `head_s` of opening, or of a head's first byte."""

    head_s = 15.0
    _deadline: asyncio.TimerHandle | None = None
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrowed by uvicorn
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """Take bytes; between requests they are the head of the next one, and it is waited for."""
        super().data_received(data)
        busy = self.cycle is not None and not self.cycle.response_complete
        if busy or self._upgraded:
            self._relax()
        elif self._deadline is None and not self.transport.is_closing():
            self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._relax()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Remember that this connection is a WebSocket from now on, which has its own pings."""
        self._upgraded = True
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, and say no more of why."""
        body = Problem(code=ErrorCode.HUB_REFUSED).model_dump_json().encode()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *SAFE,
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _hurry(self) -> None:
        self._deadline = self.loop.call_later(self.head_s, self.transport.abort)

    def _relax(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def hurried(head_s: float) -> type[asyncio.Protocol]:
    """Return the protocol class with its time limit, as uvicorn takes it."""
    return type("HurriedProtocol", (HurriedProtocol,), {"head_s": head_s})
