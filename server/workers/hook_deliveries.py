"""Handing what other systems are to be told to a crew, so that a slow receiver holds up nobody but itself."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from domain.ids import Instant, MerchantId
from server.workers.crew import Crew
from server.workers.hook_sender import HookSender, HookTask
from server.workers.loop import Worker

CALLS: Final = 12
SHARE: Final = 4
EACH: Final = 2
"""So many receivers are told at once: all, those of one merchant, the one of a key."""

PAUSE_S: Final = 1.0
LONGEST_REST_S: Final = 60.0

Key = tuple[MerchantId, str]


class HookDeliveries:
    """Claims what is due as long as somebody is free to send it.

    A receiver that failed rests a while, longer each time, whatever else is due for it: however much waits for dead
    receivers, living ones are told. How long it rests is known to this process alone, and lost at a restart.
    """

    def __init__(
        self, sender: HookSender, now: Callable[[], Instant], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sender = sender
        self._now = now
        self._clock = clock
        self._worker = Worker("hooks", self.step, PAUSE_S)
        self._crew = Crew("hooks", CALLS, SHARE, self._worker.wake, each=EACH)
        self._lock = threading.Lock()
        self._resting: dict[Key, tuple[int, float]] = {}
        self._served: dict[Key, float] = {}

    def start(self) -> None:
        """Deliver until `stop`."""
        self._worker.start()

    def stop(self) -> None:
        """Stop delivering; answers that are on their way are waited for a while."""
        self._worker.stop()
        self._crew.stop()

    def step(self) -> bool:
        """Hand out what is due, first for whom nothing was the longest; a finished call wakes for what is left."""
        due = [key for key in self._sender.due(self._now()) if not self._rests(key)]
        for key in sorted(due, key=lambda each: self._served.get(each, 0.0)):
            for _ in range(EACH):  # and then the next one's turn, however fast this one answers
                if self._rests(key) or not self._hand_out(key):
                    break
                self._served[key] = self._clock()
        return False

    def _hand_out(self, key: Key) -> bool:
        place = self._crew.reserve(*key)
        if place is None:
            return False
        task = None
        try:
            task = self._sender.take(*key)
        finally:
            if task is None:
                self._crew.release(place)
        if task is None:
            return False
        self._crew.run(place, partial(self._tell, key, task))
        return True

    def _tell(self, key: Key, task: HookTask) -> None:
        taken = False
        try:
            taken = self._sender.tell(task).taken
        finally:
            with self._lock:
                if taken:
                    self._resting.pop(key, None)
                else:
                    failures = self._resting.get(key, (0, 0.0))[0] + 1
                    rest = min(2.0 ** min(failures, 10), LONGEST_REST_S)
                    self._resting[key] = (failures, self._clock() + rest)

    def _rests(self, key: Key) -> bool:
        with self._lock:
            return self._clock() < self._resting.get(key, (0, 0.0))[1]
