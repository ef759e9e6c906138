"""People who sign in at a till, what a new PIN must be, and the lock that wrong PINs close."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant, MerchantId, UserId
from domain.policy import Role

FREE_TRIES: Final = 5
FIRST_LOCK_MS: Final = 60_000
LONGEST_LOCK_MS: Final = 3_600_000

LEAST_DIGITS: Final[Mapping[Role, int]] = {
    Role.OWNER: 6,
    Role.MANAGER: 6,
    Role.CASHIER: 4,
    Role.ACCOUNTANT: 6,
    Role.AUDITOR: 6,
}
MOST_DIGITS: Final = 12
_YEARS: Final = range(1900, 2100)


@dataclass(frozen=True, slots=True)
class User:
    """A person of the shop; `pin_hash` is argon2id over the peppered PIN, `failures` counts wrong PINs in a row.

    `locked_ms` is how much of the lock the program has yet to run through, as it was when this was read: no clock that
    a person can set shortens or lengthens it. Who is disabled stays in the books and neither signs in nor approves.
    """

    id: UserId
    merchant_id: MerchantId
    name: str
    role: Role
    pin_hash: str
    failures: int = 0
    locked_ms: int = 0
    disabled_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PersonProof:
    """Proves that a fact was told by a till or hub of the shop: HMAC-SHA256 under a key they share.

    A till's token alone opens the door to the hub; without this key nobody can be added, let in or given another PIN,
    and no wallet or setting is changed.
    """

    key: bytes = field(repr=False)

    def of(self, text: str) -> str:
        """Return the proof of a text, in hex."""
        assert self.key, "a key that does not open proves nothing"
        return hmac.digest(self.key, text.encode(), "sha256").hex()

    def holds(self, text: str, proof: str) -> bool:
        """Whether a proof is that of a text, in time that does not depend on how much of it is right."""
        return bool(self.key) and hmac.compare_digest(self.of(text).encode(), proof.encode())


UNREADABLE: Final = PersonProof(b"")
"""What proves facts where the shop's key does not open: no proof holds, and none is made."""


@dataclass(frozen=True, slots=True)
class NewPin:
    """A PIN that keeps the rules, as it may enter a transaction: its hash, and how many digits it had."""

    hash: str
    digits: int


def lock_ms(failures: int) -> int:
    """Return how long wrong PINs lock sign-in: free for four of them, then a minute, doubling up to an hour."""
    if failures < FREE_TRIES:
        return 0
    return min(FIRST_LOCK_MS << min(failures - FREE_TRIES, 16), LONGEST_LOCK_MS)


def check_new_pin(pin: str, role: Role) -> None:
    """Raise unless a PIN is good enough for a role (OWASP ASVS 6.2.1, 6.2.4).

    Raises RuleBroken: PIN_LENGTH for too few, too many or other signs than digits, PIN_EASY for one that is tried
    first: one digit over and over, a pattern repeated, digits in a row up or down, a year or a day with its year.
    """
    least = LEAST_DIGITS[role]
    if not (pin.isascii() and pin.isdigit() and least <= len(pin) <= MOST_DIGITS):
        raise RuleBroken(ErrorCode.PIN_LENGTH, least=least, most=MOST_DIGITS)
    if _is_easy(pin):
        raise RuleBroken(ErrorCode.PIN_EASY)


def _is_easy(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return True
    if any(len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size) for size in (1, 2, 3)):
        return True
    return _is_year(pin) if len(pin) == 4 else len(pin) == 8 and _is_day(pin)


def _is_year(digits: str) -> bool:
    return int(digits) in _YEARS


def _is_day(pin: str) -> bool:
    """Whether eight digits are a date: a day and a month, either first, before or after its year."""
    for day, year in ((pin[:4], pin[4:]), (pin[4:], pin[:4])):
        first, second = int(day[:2]), int(day[2:])
        if _is_year(year) and 1 <= min(first, second) <= 12 and max(first, second) <= 31:
            return True
    return False
