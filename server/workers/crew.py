"""A few threads that call providers, so that one that hangs keeps neither the database nor other merchants waiting."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

import structlog

from domain.ids import MerchantId
from server.logs import told

_log = structlog.get_logger("hub.worker")

STOP_S: Final = 3.0


class Crew:
    """Runs tasks on at most `size` threads and at most `share` of them for one merchant; there is no queue to wait in.

    The threads are daemons: a call that hangs does not keep the program from ending, its claim simply runs out.
    """

    def __init__(self, name: str, size: int, share: int, done: Callable[[], None]) -> None:
        self._name = name
        self._size = size
        self._share = share
        self._done = done
        self._tasks: SimpleQueue[tuple[MerchantId, Callable[[], object]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._busy: Counter[MerchantId] = Counter()
        self._threads: list[threading.Thread] = []

    def reserve(self, merchant_id: MerchantId) -> bool:
        """Take a place for a merchant; False if its share or the crew is used up. `run` or `release` follows."""
        with self._lock:
            if self._busy.total() >= self._size or self._busy[merchant_id] >= self._share:
                return False
            self._busy[merchant_id] += 1
            return True

    def release(self, merchant_id: MerchantId) -> None:
        """Give a place back."""
        with self._lock:
            self._busy[merchant_id] -= 1
            self._busy += Counter()  # forget those that have none

    def run(self, merchant_id: MerchantId, task: Callable[[], object]) -> None:
        """Do a task in the place that was reserved; whatever it raises is logged."""
        with self._lock:
            wanted = self._busy.total()
            if len(self._threads) < min(wanted, self._size):
                thread = threading.Thread(target=self._work, name=f"hub-{self._name}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._tasks.put((merchant_id, task))

    def stop(self) -> None:
        """Let the tasks that run end, and wait for them a while."""
        for _ in self._threads:
            self._tasks.put(None)
        until = time.monotonic() + STOP_S
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))

    def _work(self) -> None:
        while (taken := self._tasks.get()) is not None:
            merchant_id, task = taken
            try:
                task()
            except Exception as error:  # noqa: BLE001 - the claim runs out and the question is asked again
                _log.error("task_failed", crew=self._name, merchant_id=merchant_id, **told(error))
            finally:
                self.release(merchant_id)
                self._done()
