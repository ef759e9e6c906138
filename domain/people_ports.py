"""What the use cases need about people: who they are, what they may see, when the hub was heard, and checking PINs."""

from collections.abc import Sequence
from typing import Protocol

from domain.ids import AccountId, Instant, UserId
from domain.people import User


class People(Protocol):
    """The shop's users."""

    def add(self, user: User) -> None:
        """Keep a new user."""

    def get(self, user_id: UserId) -> User | None:
        """Return a user."""

    def save(self, user: User) -> None:
        """Keep a person's name, role, PIN and whether they are disabled; their tries stay."""

    def save_tries(self, user_id: UserId, failures: int, locked_ms: int) -> None:
        """Keep how many wrong PINs in a row there were, and lock sign-in for so long of the program's running."""

    def owners(self) -> int:
        """Return how many owners may sign in."""

    def everybody(self) -> Sequence[User]:
        """Return all people the shop ever had."""

    def untold(self) -> Sequence[User]:
        """Return the people of whom this till has neither told the hub nor heard from it; at the hub nobody."""

    def note_told(self, user_id: UserId) -> None:
        """Note that till and hub both know of a person."""


class Grants(Protocol):
    """Which people may see which accounts (requirement WAL-5)."""

    def grant(self, user_id: UserId, account_id: AccountId) -> None:
        """Let a person see an account."""

    def revoke(self, user_id: UserId, account_id: AccountId) -> None:
        """Let a person no longer see an account."""

    def sees(self, user_id: UserId, account_id: AccountId) -> bool:
        """Whether a person was let see an account."""

    def sees_all(self, user_id: UserId) -> bool:
        """Whether a person was let see every wallet there is."""

    def of(self, user_id: UserId) -> frozenset[AccountId]:
        """Return the accounts that a person was let see."""


class HubContact(Protocol):
    """How long this till has not heard its hub."""

    def away_ms(self, at: Instant) -> int:
        """Return for how long, in milliseconds; a clock that was set back makes it no shorter."""


class PinCheck(Protocol):
    """Hashes and checks PINs (argon2id over the PIN and a pepper)."""

    def hash(self, pin: str) -> str:
        """Return the hash to keep."""

    def matches(self, pin_hash: str, pin: str) -> bool:
        """Whether a PIN fits a hash."""
