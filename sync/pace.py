"""When to try: the engine's timing as plain arithmetic on a monotonic clock, so that it can be tested without one."""

from dataclasses import dataclass
from typing import Final

from sync.backoff import FIRST_MS, LONGEST_MS, Backoff

ON_SCREEN_MS: Final = 2_000
IDLE_MS: Final = 30_000
RING_GAP_MS: Final = 250
"""The shortest time between two pulls that a doorbell can cause: a storm of forged rings costs four pulls a second."""


@dataclass(slots=True)
class Pace:
    """The moments of the next push and the next pull, in milliseconds of a clock that only goes forward.

    After a failure nothing is tried for a second, whatever wakes the engine.
    """

    backoff: Backoff
    push_at: int = 0
    pull_at: int = 0
    _held_until: int = 0
    _failed_at: int = -FIRST_MS
    _pull_floor: int = 0
    _push_asked_until: int = 0
    _on_screen: bool = False
    _pulled: bool = False
    _pull_failures: int = 0
    _own_failures: int = 0
    _stuck: int = 0

    def next_at(self) -> int:
        """Return the moment of the next try."""
        return max(self._held_until, min(self.push_at, self.pull_at))

    def push_due(self, ms: int) -> bool:
        """Whether to push now."""
        return ms >= max(self._held_until, self.push_at)

    def pull_due(self, ms: int) -> bool:
        """Whether to pull now."""
        return ms >= max(self._held_until, self.pull_at)

    def wake(self, ms: int) -> None:
        """Something was queued: push now; what was put off stays put off."""
        self.push_at = min(self.push_at, ms)

    def ring(self, ms: int) -> None:
        """There may be something to fetch: pull as soon as is decent."""
        self.pull_at = min(self.pull_at, max(ms, self._pull_floor))

    def asked(self, ms: int) -> None:
        """A person asks: try both now, however long the wait was to be, but never twice in a second."""
        self._held_until = min(self._held_until, self._failed_at + FIRST_MS)
        self._pull_floor = self.pull_at = self.push_at = ms

    def watch(self, ms: int, on_screen: bool) -> None:
        """Poll every 2 s while a payment is on screen, every 30 s otherwise."""
        self._on_screen = on_screen
        if on_screen:
            self.pull_at = min(self.pull_at, max(ms + ON_SCREEN_MS, self._pull_floor))

    def longest_push_wait_ms(self) -> int:
        """Return how long a silent push may be put off: while the hub answers pulls, no longer than between two polls.

        So the queue is empty within a minute after the last fault; 5 min are for a hub that is silent altogether.
        """
        return IDLE_MS if self._pulled and not self._pull_failures else LONGEST_MS

    def push_begins(self, ms: int) -> None:
        """A push begins; what wakes the engine from now on wants another one."""
        self.push_at = ms + IDLE_MS

    def pushed(self, ms: int, more: bool) -> None:
        """A batch was answered, or nothing was due; what waits after it is said by `queue_due`."""
        self._own_failures = 0
        if more:
            self.wake(ms)

    def queue_due(self, ms: int, in_ms: int) -> None:
        """The oldest waiting message is due in `in_ms`; what was just found not due is not asked for in a loop."""
        self.push_at = min(self.push_at, ms + max(FIRST_MS, in_ms))

    def pull_begins(self, ms: int) -> None:
        """A pull begins; what rings from now on wants another one."""
        self.pull_at = ms + IDLE_MS

    def pulled(self, ms: int, more: bool) -> bool:
        """A page was applied; return whether the hub had been silent before."""
        back = self._pull_failures > 0
        self._pulled = True
        self._pull_failures = self._own_failures = self._stuck = 0
        self._pull_floor = ms + RING_GAP_MS
        self.pull_at = ms if more else max(self._pull_floor, min(self.pull_at, ms + self._interval()))
        return back

    def push_failed(self, ms: int, asked_ms: int | None) -> None:
        """A push got no answer; the queue says when the next one is due. `asked_ms` is as in `pull_failed`."""
        self._failed(ms)
        self._push_asked_until = ms + (asked_ms or 0)

    def plausible(self, ms: int, in_ms: int) -> bool:
        """Whether the oldest message can rightly be due in `in_ms` only.

        If not, the wall clock was set back since, or it was put off by a silence that is over.
        """
        return in_ms <= max(self.longest_push_wait_ms(), self._push_asked_until - ms)

    def pull_failed(self, ms: int, asked_ms: int | None) -> None:
        """A pull got no answer; `asked_ms` is how long the hub asked to be left alone."""
        self._failed(ms)
        self._pull_failures += 1
        self._pull_floor = ms + max(FIRST_MS, asked_ms or 0)
        self.pull_at = max(self._pull_floor, ms + self.backoff.delay_ms(self._pull_failures, self._interval()))

    def pull_stuck(self, ms: int) -> None:
        """A fact of the feed cannot be applied: pull less and less often; pushes go on."""
        self._failed(ms)
        self._stuck += 1
        self._pull_floor = self.pull_at = ms + self.backoff.delay_ms(self._stuck, IDLE_MS)

    def own_failure(self, ms: int) -> None:
        """This till's database could not: wait longer each time, up to a poll."""
        self._failed(ms)
        self._own_failures += 1
        self._hold_all(ms + self.backoff.delay_ms(self._own_failures, IDLE_MS))

    def blocked(self, ms: int) -> None:
        """A person has to act; look again after 5 min, in case it was done at the hub."""
        self._failed(ms)
        self._hold_all(ms + LONGEST_MS)

    def _hold_all(self, until: int) -> None:
        self._held_until = self.push_at = self.pull_at = until

    def _failed(self, ms: int) -> None:
        self._failed_at = ms
        self._held_until = max(self._held_until, ms + FIRST_MS)

    def _interval(self) -> int:
        return ON_SCREEN_MS if self._on_screen else IDLE_MS
