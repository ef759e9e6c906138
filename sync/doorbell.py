"""The hub's doorbell: a WebSocket on which anything at all means "pull now", and nothing is ever believed."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Final

import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from sync.address import live_url, on_this_machine
from sync.backoff import Backoff
from sync.ports import HubProblem

_log = structlog.get_logger("sync.doorbell")

PING_S: Final = 20.0
DEAD_AFTER_S: Final = 2 * PING_S
LONGEST_MS: Final = 60_000
RING_BYTES: Final = 4096

_OPEN_S: Final = 10.0
_CLOSE_S: Final = 1.0

# The library's debug lines show the request's headers, and with them the token.
_QUIET: Final = logging.getLogger("sync.doorbell.websocket")
_QUIET.setLevel(logging.CRITICAL)


class _Connect(connect):
    """A connection that follows no redirect: the token goes to the hub and to nobody it names."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Doorbell:
    """Keeps a WebSocket to the hub open while the hub is heard; without it the till polls and misses nothing."""

    def __init__(
        self,
        address: Callable[[], str | None],
        token: Callable[[], str],
        backoff: Backoff,
        *,
        trust: ssl.SSLContext | None = None,
        ping_s: float = PING_S,
    ) -> None:
        self._address = address
        self._token = token
        self._backoff = backoff
        self._trust = trust
        self._ping_s = ping_s

    async def run(self, ring: Callable[[], None], reachable: asyncio.Event) -> None:
        """Listen for ever, from whenever `reachable` is set.

        `ring` is called for every message, when the line opens (something may have been missed) and when it breaks
        (a pull finds out whether the hub is gone).
        """
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            await reachable.wait()
            opened_at = loop.time()
            try:
                async with self._line() as line:
                    opened_at = loop.time()
                    ring()
                    async for _ in line:
                        ring()
                reason = f"closed_{line.close_code}"
            except HubProblem as problem:
                reason = problem.reason
            except (OSError, TimeoutError, EOFError, WebSocketException) as error:
                reason = type(error).__name__
            # A line that opens and breaks at once is as good as none.
            tries = 1 if loop.time() - opened_at > LONGEST_MS / 1_000 else tries + 1
            _log.info("doorbell_down", reason=reason, tries=tries)
            ring()
            await asyncio.sleep(self._backoff.delay_ms(tries, LONGEST_MS) / 1_000)

    def _line(self) -> "_Connect":
        url = live_url(self._address())
        secure = url.startswith("wss:")
        return _Connect(
            url,
            additional_headers={"Authorization": f"Bearer {self._token()}"},
            ssl=(self._trust or ssl.create_default_context()) if secure else None,
            proxy=None if on_this_machine(url) else True,
            ping_interval=self._ping_s,
            ping_timeout=2 * self._ping_s,
            open_timeout=_OPEN_S,
            close_timeout=_CLOSE_S,
            max_size=RING_BYTES,
            max_queue=4,
            compression=None,
            logger=_QUIET,
            user_agent_header=None,
        )
