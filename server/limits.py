"""How often someone may ask: a bucket of tokens for each caller, forgotten when it is full again."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from domain.ids import Instant

KEPT: Final = 10_000
"""So many callers are remembered; beyond, those that were silent longest are forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls may come at once, and how many milliseconds bring one more."""

    burst: int
    refill_ms: int


TILL: Final = Rate(burst=200, refill_ms=20)
"""A till's own calls: fifty a second, more than its engine ever makes."""
API: Final = Rate(burst=200, refill_ms=20)
"""Calls of another system under one key: fifty a second, each with up to a whole batch of events."""
CHECKOUT: Final = Rate(burst=60, refill_ms=500)
"""Orders that another system has paid, gives up or has taken under one key: each may call a provider."""
KEY_REFUSED: Final = Rate(burst=1, refill_ms=24 * 3_600_000)
"""Entries in the trail about one key that asks for what it does not open."""
CHECK: Final = Rate(burst=10, refill_ms=2_000)
"""Questions to a provider that a person at a till asks for."""
HEARD: Final = Rate(burst=1, refill_ms=60_000)
"""How often it is kept when a till was heard: to a minute, so that polls do not wear out the disk."""
OWNER: Final = Rate(burst=60, refill_ms=1_000)
"""What an owner does at the hub; a screen that lists everything asks three times."""
SIGN_IN: Final = Rate(burst=10, refill_ms=6_000)
"""PINs of one person that one till lets the hub check."""
SIGN_INS: Final = Rate(burst=30, refill_ms=2_000)
"""PINs of all people, and of nobody, that one till lets the hub check: each costs it 64 MiB and a tenth of a second."""
PEOPLE_KEY: Final = Rate(burst=5, refill_ms=12_000)
"""Askings of one till for the key of the shop's people."""
STRANGER: Final = Rate(burst=50, refill_ms=200)
"""Calls from one address with a token that is none."""
ENROL: Final = Rate(burst=10, refill_ms=12_000)
"""Tries of enrolment codes from one address: five a minute against fifty bits."""
RESTORE: Final = Rate(burst=10, refill_ms=60_000)
"""Successions that one till asks for: it knocks once in five minutes where it is refused."""
RESTORE_REFUSED: Final = Rate(burst=1, refill_ms=24 * 3_600_000)
"""Entries in the trail about one till's refused successions."""
LOOK: Final = Rate(burst=50, refill_ms=100)
"""Looks at the hub's readiness from one address: each asks the database."""
PAY_PAGE: Final = Rate(burst=30, refill_ms=1_000)
"""Openings of customers' pages from one address: a shop's customers may share the shop's own network."""
PAY_ASKED: Final = Rate(burst=2, refill_ms=30_000)
"""Questions about one payment that its customer's page asks for; HyperPay answers two a minute."""
FALSE_NEWS: Final = Rate(burst=100, refill_ms=500)
"""Notifications from one address that nobody signed, before the others from there are not even looked at."""
SECURITY_LOG: Final = Rate(burst=20, refill_ms=3_000)
"""Lines about one sender's false notifications."""


class RateLimits:
    """Buckets by rate and caller; safe for threads, forgets on restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[Rate, str], tuple[float, Instant]] = OrderedDict()

    def spent(self, rate: Rate, caller: str, at: Instant) -> bool:
        """Whether the caller's bucket is empty; takes nothing."""
        with self._lock:
            return self._tokens(self._buckets.get((rate, caller)), rate, at) < 1

    def allow(self, rate: Rate, caller: str, at: Instant) -> bool:
        """Take a token of the caller's bucket; False if it is empty."""
        key = (rate, caller)
        with self._lock:
            tokens = self._tokens(self._buckets.pop(key, None), rate, at)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, at)
            if len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        return allowed

    @staticmethod
    def _tokens(kept: tuple[float, Instant] | None, rate: Rate, at: Instant) -> float:
        tokens, since = kept or (float(rate.burst), at)
        # A clock that was set back brings nothing and takes nothing.
        return min(float(rate.burst), tokens + max(at - since, 0) / rate.refill_ms)
