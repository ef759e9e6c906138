"""The doorbells of connected tills: who is to be rung when a merchant's feed has grown, from any thread or process."""

import asyncio
import threading
from collections.abc import Callable
from typing import Final

import structlog

from domain.errors import StorageUnavailable
from domain.ids import DeviceId, MerchantId
from server.settings import Bell

_log = structlog.get_logger("hub.live")

LISTEN_S: Final = 1.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0


class Doorbell:
    """One till's line: remembers only the newest number, so a till that reads slowly costs nothing."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._seq = 0
        self._told = -1
        self.closed = False

    def ring(self, seq: int) -> None:
        """Note that there is something up to `seq`."""
        self._seq = max(self._seq, seq)
        if self._seq > self._told:
            self._rung.set()

    def again(self) -> None:
        """Tell the newest number once more."""
        self._rung.set()

    def close(self) -> None:
        """End the line."""
        self.closed = True
        self._rung.set()

    async def next(self) -> int | None:
        """Wait until there is something newer than was told before, and return its number; None when closed."""
        await self._rung.wait()
        self._rung.clear()
        if self.closed:
            return None
        self._told = self._seq
        return self._seq


class Live:
    """The doorbells of one process, by merchant and till; they belong to the event loop."""

    def __init__(self) -> None:
        self._bells: dict[MerchantId, dict[DeviceId, Doorbell]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ring on this loop from now on."""
        self._loop = loop

    def ring(self, merchant_id: MerchantId, seq: int) -> None:
        """Ring a merchant's tills, from any thread; never waits and never fails."""
        self._on_loop(lambda: self._ring(merchant_id, seq))

    def ring_all(self) -> None:
        """Ring every till with the number it knows last: something may have been missed."""
        self._on_loop(self._ring_all)

    def enter(self, merchant_id: MerchantId, device_id: DeviceId) -> Doorbell:
        """Give a till a line; the one it had before ends."""
        bells = self._bells.setdefault(merchant_id, {})
        before = bells.get(device_id)
        if before is not None:
            before.close()
        bells[device_id] = Doorbell()
        return bells[device_id]

    def leave(self, merchant_id: MerchantId, device_id: DeviceId, bell: Doorbell) -> None:
        """Take a line away, unless the till has a newer one."""
        bells = self._bells.get(merchant_id, {})
        if bells.get(device_id) is bell:
            del bells[device_id]
        if not bells:
            self._bells.pop(merchant_id, None)

    def close(self) -> None:
        """End every line."""
        for bells in self._bells.values():
            for bell in bells.values():
                bell.close()

    def _on_loop(self, act: Callable[[], None]) -> None:
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(act)
        except RuntimeError:  # the loop has just closed: there is nobody left to ring
            self._loop = None

    def _ring(self, merchant_id: MerchantId, seq: int) -> None:
        for bell in self._bells.get(merchant_id, {}).values():
            bell.ring(seq)

    def _ring_all(self) -> None:
        for bells in self._bells.values():
            for bell in bells.values():
                bell.again()


class Listener:
    """A thread that hears other processes' commits and rings this process's tills."""

    def __init__(self, bell: Bell, live: Live) -> None:
        self._bell = bell
        self._live = live
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-bell", daemon=True)

    def start(self) -> None:
        """Listen until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._stop.set()
        self._thread.join(LISTEN_S * 3)

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                with self._bell.listening() as ear:
                    pause_s = FIRST_PAUSE_S
                    self._live.ring_all()  # what was fed while nobody listened
                    while not self._stop.is_set():
                        for merchant_id, seq in ear.rings(LISTEN_S):
                            self._live.ring(merchant_id, seq)
            except StorageUnavailable as error:
                _log.warning("bell_lost", code=error.code, again_in_s=pause_s)
                self._stop.wait(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
