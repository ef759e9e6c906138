"""An engine in virtual time with everything around it in memory."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

from domain.ids import Instant
from sync.engine import Engine
from sync.link import SyncStatus
from tests.sync.memory_ledger import SHOP, START, MemoryHub, MemoryLedger, run_inline
from tests.sync.virtual_time import run_virtually


class Till:
    """An engine with a ledger and a hub in memory, and a wall clock that can be set."""

    def __init__(self, ledger: MemoryLedger | None = None, hub: MemoryHub | None = None, **more: Any) -> None:
        self.ledger = ledger or MemoryLedger()
        self.hub = hub or MemoryHub()
        self.clock_off_ms = 0
        self.statuses: list[SyncStatus] = []
        more.setdefault("chance", lambda: 0.5)
        self.engine = Engine(
            ledger=self.ledger, run_in_ledger=run_inline, hub=self.hub, merchant_id=SHOP, now=self.now, **more
        )
        self.engine.listen(self.statuses.append)

    def now(self) -> Instant:
        try:
            passed = asyncio.get_running_loop().time()
        except RuntimeError:
            passed = 0.0
        return Instant(START + self.clock_off_ms + int(passed * 1_000))

    def run(self, scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the engine while `scenario` plays, then stop it."""

        async def whole() -> None:
            living = asyncio.create_task(self.engine.live())
            await asyncio.sleep(0)
            await scenario()
            self.engine.stop()
            await living

        run_virtually(whole())

    def run_for(self, seconds: float) -> None:
        """Run the engine for a while."""
        self.run(lambda: asyncio.sleep(seconds))

    def gaps(self) -> list[float]:
        """The seconds between one try and the next."""
        times = [at for _, at in self.hub.tries]
        return [after - before for before, after in pairwise(times)]


class SilentBell:
    """A doorbell that a test rings."""

    def __init__(self) -> None:
        self.ring: Callable[[], None] = lambda: None
        self.reachable = asyncio.Event()

    async def run(self, ring: Callable[[], None], reachable: asyncio.Event) -> None:
        self.ring, self.reachable = ring, reachable
        await asyncio.Event().wait()
