"""The doorbell over a real line: who may ring, what a ring means, and what happens without one."""

import asyncio
import queue
from collections.abc import Coroutine
from typing import Any

import pytest

from sync.backoff import Backoff
from sync.doorbell import RING_BYTES, Doorbell
from tests.fakes.flaky_hub import FlakyHub

_WAIT_S = 10.0


class Listener:
    """A doorbell on a loop of its own test, and the rings that came."""

    def __init__(self, hub: FlakyHub, token: str | None = None, ping_s: float = 20.0) -> None:
        self.rings: queue.Queue[float] = queue.Queue()
        self.reachable = asyncio.Event()
        self._hub = hub
        self._bell = Doorbell(hub.address, lambda: token or hub.token, Backoff(lambda: 0.0), ping_s=ping_s)

    async def heard(self, times: int = 1) -> None:
        """Wait for rings."""
        for _ in range(times):
            await asyncio.to_thread(self.rings.get, timeout=_WAIT_S)

    def while_listening(self, scenario: Coroutine[Any, Any, None]) -> None:
        """Listen while `scenario` plays."""

        async def whole() -> None:
            self.reachable.set()
            listening = asyncio.create_task(self._bell.run(lambda: self.rings.put(0), self.reachable))
            try:
                await scenario
            finally:
                listening.cancel()
                await asyncio.wait([listening])

        asyncio.run(whole())


def test_an_open_line_and_each_message_ring_and_the_token_is_in_the_header() -> None:
    with FlakyHub(token="s3cret") as hub:
        listener = Listener(hub)

        async def scenario() -> None:
            await listener.heard()
            for text in ('{"seq":7}', '{"seq":-1}', "<html>", "", "\x00", "x" * RING_BYTES):
                hub.ring(text)
                await listener.heard()

        listener.while_listening(scenario())

    assert (hub.seen[0].target, hub.seen[0].headers["authorization"]) == ("/api/v1/live", "Bearer s3cret")
    assert listener.rings.empty()


def test_a_message_that_is_too_long_breaks_the_line_and_another_is_opened() -> None:
    with FlakyHub() as hub:
        listener = Listener(hub)

        async def scenario() -> None:
            await listener.heard()
            hub.ring("x" * (RING_BYTES + 1))
            await listener.heard(2)

        listener.while_listening(scenario())

    assert hub.count("/api/v1/live") == 2


def test_a_line_that_breaks_rings_and_is_opened_again() -> None:
    with FlakyHub() as hub:
        listener = Listener(hub)

        async def scenario() -> None:
            await listener.heard()
            hub.hang_up()
            await listener.heard(2)
            assert hub.wait_for(lambda: hub.listeners == 1)
            hub.ring()
            await listener.heard()

        listener.while_listening(scenario())


def test_a_hub_that_does_not_answer_pings_is_given_up() -> None:
    """F16: half-open lines."""
    with FlakyHub() as hub:
        hub.live_deaf = True
        listener = Listener(hub, ping_s=0.05)

        async def scenario() -> None:
            await listener.heard(3)

        listener.while_listening(scenario())

    assert hub.count("/api/v1/live") >= 2


def test_a_refused_doorbell_is_tried_again_later_each_time() -> None:
    with FlakyHub() as hub:
        listener = Listener(hub, token="forged")

        async def scenario() -> None:
            await listener.heard(2)

        listener.while_listening(scenario())

    assert (hub.count("/api/v1/live"), hub.listeners) == (2, 0)


def test_nobody_listens_before_the_hub_was_heard() -> None:
    with FlakyHub() as hub:
        listener = Listener(hub)

        async def scenario() -> None:
            listener.reachable.clear()
            await asyncio.sleep(0)
            assert hub.connections == 0
            listener.reachable.set()
            await listener.heard()

        listener.while_listening(scenario())


@pytest.mark.parametrize("address", [None, "http://hub.example", "nonsense"])
def test_the_token_is_not_shown_over_an_open_line(address: str | None) -> None:
    rings: queue.Queue[int] = queue.Queue()

    def forbidden() -> str:
        raise AssertionError("the token must not be asked for")

    async def scenario() -> None:
        reachable = asyncio.Event()
        reachable.set()
        bell = Doorbell(lambda: address, forbidden, Backoff(lambda: 0.0))
        listening = asyncio.create_task(bell.run(lambda: rings.put(0), reachable))
        while rings.empty():
            await asyncio.sleep(0)
        listening.cancel()
        await asyncio.wait([listening])

    asyncio.run(scenario())
