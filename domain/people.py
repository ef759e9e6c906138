"""People who sign in at a till, and the lock that wrong PINs close."""

from dataclasses import dataclass
from typing import Final

from domain.ids import Instant, MerchantId, UserId
from domain.policy import Role

FREE_TRIES: Final = 5
FIRST_LOCK_MS: Final = 60_000
LONGEST_LOCK_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class User:
    """A person of the shop; `pin_hash` is argon2id over the peppered PIN, `failures` counts wrong PINs in a row."""

    id: UserId
    merchant_id: MerchantId
    name: str
    role: Role
    pin_hash: str
    failures: int = 0
    locked_until: Instant | None = None


def lock_after(failures: int, at: Instant) -> Instant | None:
    """Return until when sign-in is locked: free for four wrong PINs, then a minute, doubling up to an hour."""
    if failures < FREE_TRIES:
        return None
    return Instant(at + min(FIRST_LOCK_MS * 2 ** (failures - FREE_TRIES), LONGEST_LOCK_MS))
