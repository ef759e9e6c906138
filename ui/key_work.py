"""What the window may ask of the keys of a shop, and of the end of a till; the wiring does it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.policy import Actor


class KeyPlace(StrEnum):
    """Where a shop's keys lie: in the computer's key store, in a file under a passphrase, beside a demo's data."""

    COMPUTER = "computer"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a place, not a secret
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class KeysLook:
    """How the keys stand; `code_made_at` is when the recovery code was made, None if there is none."""

    place: KeyPlace
    code_made_at: Instant | None = None


class KeyGate(Protocol):
    """Opens keys before a till is open. Not on the GUI thread: both stretch what was typed."""

    @property
    def has_passphrase(self) -> bool:
        """Whether a passphrase keeps the keys."""

    @property
    def has_code(self) -> bool:
        """Whether there is a file that a recovery code opens."""

    def open(self, passphrase: str) -> None:
        """Open the keys for this run of the program. Raises StorageUnavailable: PASSPHRASE_WRONG, KEY_FILE_DAMAGED."""

    def recover(self, code: str, passphrase: str) -> None:
        """Open the keys with the recovery code and keep them again, under a new passphrase where there must be one.

        Raises RuleBroken (RECOVERY_CODE_MISTYPED, PASSPHRASE_SHORT) and StorageUnavailable: RECOVERY_CODE_WRONG,
        KEY_FILE_DAMAGED, PASSPHRASE_NEEDED if a passphrase must keep them and none was given.
        """


class KeyControl(Protocol):
    """An owner's hand on the keys of an open till; raises NotPermitted to others. Not on the GUI thread."""

    @property
    def least(self) -> int:
        """How many characters a passphrase has at least."""

    def look(self, actor: Actor) -> KeysLook:
        """Return how the keys stand."""

    def check_passphrase(self, passphrase: str) -> None:
        """Raise RuleBroken(PASSPHRASE_SHORT) unless it is long enough; quick."""

    def set_passphrase(self, actor: Actor, before: str, passphrase: str) -> bool:
        """Keep the keys under a passphrase, or change the one that does; return whether there was one `before`.

        Raises RuleBroken(PASSPHRASE_SHORT) and StorageUnavailable: PASSPHRASE_WRONG for `before`, KEY_STORE_UNUSABLE.
        """

    def new_code(self) -> str:
        """Return a new recovery code that opens nothing yet: groups of letters with a dash between."""

    def keep_code(self, actor: Actor, code: str) -> None:
        """Have a recovery code open the keys from now on, in the place of the one before. Raises StorageUnavailable."""


class LeavingControl(Protocol):
    """The end of a till on this machine."""

    @property
    def hub_here(self) -> bool:
        """Whether the hub lies on this very machine, so that what was sent is nowhere else."""

    def leave(self, actor: Actor, copy: str, failed: Callable[[DomainError], None]) -> None:
        """Close the till, copy its books and the recovery file into a folder (empty for none), and remove all of it.

        Returns at once; the program starts anew in an empty folder. If it fails, `failed` is told on the GUI thread:
        the till is closed then, and nothing was removed. Raises NotPermitted.
        """

    def start_anew(self) -> None:
        """Start the program anew, and leave this one."""


class NoKeys:
    """The keys of a window behind which nothing is kept."""

    least = 12

    def look(self, actor: Actor) -> KeysLook:
        """Say what a demo shop says."""
        return KeysLook(KeyPlace.DEMO)

    def check_passphrase(self, passphrase: str) -> None:
        """Any is as good as another."""

    def set_passphrase(self, actor: Actor, before: str, passphrase: str) -> bool:
        """There are no keys to keep."""
        raise StorageUnavailable(ErrorCode.KEY_MISSING)

    def new_code(self) -> str:
        """There are no keys to open."""
        return ""

    def keep_code(self, actor: Actor, code: str) -> None:
        """There are no keys to open."""
        raise StorageUnavailable(ErrorCode.KEY_MISSING)


class NoLeaving:
    """The end of a till where no program can be closed and started."""

    hub_here = False

    def leave(self, actor: Actor, copy: str, failed: Callable[[DomainError], None]) -> None:
        """Nothing can be removed."""
        failed(StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE))

    def start_anew(self) -> None:
        """There is no program."""
