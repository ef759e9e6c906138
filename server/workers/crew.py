"""Threads that call providers, so that one that hangs keeps neither the database nor other merchants waiting."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from domain.ids import MerchantId
from server.logs import told

_log = structlog.get_logger("hub.worker")

OVERDUE_S: Final = 60.0
"""A call that takes longer hangs: a provider that drips its answer can do that for hours."""

STOP_S: Final = 1.0


@dataclass(eq=False, slots=True)
class Place:
    """A merchant's place, for whom of it (`sharer`), and since when it is taken."""

    merchant_id: MerchantId
    since: float
    sharer: str = ""
    thread: threading.Thread | None = None


class Crew:
    """Runs each task on a thread of its own: at most `size` at once, and at most `share` of them for one merchant.

    Of these at most `each` are for one sharer, where merchants have several.
    A task that hangs counts on against its merchant's share, but no longer against the others. There is no queue to
    wait in. The threads are daemons: a call that hangs does not keep the program from ending, its claim runs out.
    """

    def __init__(self, name: str, size: int, share: int, done: Callable[[], None], *, each: int | None = None) -> None:
        self._name = name
        self._size = size
        self._share = share
        self._each = share if each is None else each
        self._done = done
        self._lock = threading.Lock()
        self._places: list[Place] = []

    def reserve(self, merchant_id: MerchantId, sharer: str = "") -> Place | None:
        """Take a place for a merchant; None if its share, the sharer's or the crew is used up.

        `run` or `release` follows.
        """
        now = time.monotonic()
        with self._lock:
            own = [place for place in self._places if place.merchant_id == merchant_id]
            lively = sum(now - place.since < OVERDUE_S for place in self._places)
            of_sharer = sum(place.sharer == sharer for place in own)
            if len(own) >= self._share or of_sharer >= self._each or lively >= self._size:
                return None
            self._places.append(Place(merchant_id, now, sharer))
            return self._places[-1]

    def release(self, place: Place) -> None:
        """Give back a place that is not needed."""
        with self._lock:
            self._places.remove(place)

    def run(self, place: Place, task: Callable[[], object]) -> None:
        """Do a task in the place that was reserved; whatever it raises is logged."""
        with self._lock:
            place.thread = threading.Thread(
                target=self._work, args=(place, task), name=f"hub-{self._name}", daemon=True
            )
            place.thread.start()

    def stop(self) -> None:
        """Wait a while for the tasks that run."""
        with self._lock:
            threads = [place.thread for place in self._places if place.thread is not None]
        until = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))

    def _work(self, place: Place, task: Callable[[], object]) -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001 - the claim runs out and the question is asked again
            _log.error("task_failed", crew=self._name, merchant_id=place.merchant_id, **told(error))
        finally:
            self.release(place)
            self._done()
