"""What a screen may ask for, in words of no thread, and what the sync engine says of itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, PaymentId
from domain.policy import Actor
from domain.ports import Queries, UnitOfWork

T = TypeVar("T")


class RemoteHub(Protocol):
    """What only the hub can do, and only while it is in reach; called off the GUI thread, may take seconds."""

    def check_payment(self, payment_id: PaymentId) -> object:
        """Have the provider asked about a payment now; what it says arrives as a change, like any other news.

        Raises SyncProblem when the hub is out of reach or refuses.
        """


class Work(Protocol):
    """Runs what a presenter asks for and calls back on the GUI thread.

    `failed` hears a DomainError; an error of our own is logged and arrives as DomainError(UNEXPECTED).
    """

    def command(
        self, op: Callable[[UnitOfWork], T], done: Callable[[T], None], failed: Callable[[DomainError], None]
    ) -> None:
        """Run `op` in one committed unit of work; it must be a function of its unit of work alone."""

    def query(
        self,
        op: Callable[[Queries], T],
        done: Callable[[T], None],
        failed: Callable[[DomainError], None] | None = None,
    ) -> None:
        """Read, beside the writer; without `failed` a problem goes to the window's notice bar."""

    def compute(self, op: Callable[[], T], done: Callable[[T], None], failed: Callable[[DomainError], None]) -> None:
        """Run slow pure work (a PIN check, a code's pattern) on a pool."""

    def remote(
        self, op: Callable[[RemoteHub], T], done: Callable[[T], None], failed: Callable[[DomainError], None]
    ) -> None:
        """Ask the hub over the network, with the hub client's own time limit."""


class Link(StrEnum):
    """How the till stands with its hub; BLOCKED needs a person (token or version)."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    BLOCKED = "blocked"


class FreshnessView(Protocol):
    """How fresh the knowledge of a payment is: when the provider was asked or heard, and when the hub was heard."""

    @property
    def checked_at(self) -> Instant | None: ...
    @property
    def heard_at(self) -> Instant | None: ...


class SyncView(Protocol):
    """The sync engine's own account of itself; `state` is one of Link's words, times are None before the first time."""

    @property
    def state(self) -> str: ...
    @property
    def since(self) -> Instant | None: ...
    @property
    def waiting(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def last_sent_at(self) -> Instant | None: ...
    @property
    def last_pulled_at(self) -> Instant | None: ...
    @property
    def problem(self) -> ErrorCode | None: ...
    def freshness(self, payment_id: PaymentId) -> FreshnessView | None:
        """Return how fresh the hub's word on a payment is, if it was asked about."""


class SyncControl(Protocol):
    """What is asked of the sync engine, by a person or by the till itself; both return at once."""

    def wake(self) -> None:
        """Send and fetch now."""

    def retry_refused(self, actor: Actor) -> None:
        """Offer the refused messages again, under the same ids; raises NotPermitted."""


class BackupView(Protocol):
    """How the backups stand; `second` is the folder elsewhere that gets a copy of each, empty for none."""

    @property
    def newest_at(self) -> Instant | None: ...
    @property
    def problem(self) -> DomainError | None: ...
    @property
    def second(self) -> str: ...
    @property
    def second_problem(self) -> DomainError | None: ...


@dataclass(frozen=True, slots=True)
class FoundBackup:
    """A backup of this till: its file and bytes, when it was made, and whether it is the second folder's copy."""

    path: Path
    made_at: Instant
    size: int
    elsewhere: bool = False


class ContentsView(Protocol):
    """What a till's file holds; `made_at` is None for what is no dated backup, `last_at` before the first payment."""

    @property
    def shop_name(self) -> str: ...
    @property
    def till_code(self) -> str: ...
    @property
    def incarnation(self) -> str: ...
    @property
    def made_at(self) -> Instant | None: ...
    @property
    def last_at(self) -> Instant | None: ...
    @property
    def payments(self) -> int: ...
    @property
    def vouchers(self) -> int: ...
    @property
    def unsent(self) -> int: ...
    @property
    def last_number(self) -> str: ...


class OutlookView(Protocol):
    """What a backup holds beside what is in place (None if unreadable), and how much unsent of it would be lost."""

    @property
    def backup(self) -> ContentsView: ...
    @property
    def in_place(self) -> ContentsView | None: ...
    @property
    def lost(self) -> int: ...


class BackupControl(Protocol):
    """The backups of this till as people use them; all but `status` takes seconds, so not on the GUI thread.

    All but `status` raise NotPermitted unless the role of the person allows it.
    """

    @property
    def status(self) -> BackupView:
        """How they stand now; known without looking at a disk."""

    def back_up_now(self, actor: Actor, at: Instant) -> None:
        """Make one. Raises StorageUnavailable."""

    def choose_second(self, actor: Actor, folder: str, at: Instant) -> None:
        """Put a second copy of each backup there from now on, and of one that is made at once; empty ends it.

        What goes wrong in the second folder is told by `status`. Raises StorageUnavailable.
        """

    def found(self, actor: Actor) -> Sequence[FoundBackup]:
        """Return the backups here and in the second folder, newest first."""

    def look_into(self, actor: Actor, backup: Path) -> OutlookView:
        """Return what a backup holds and would replace; nothing is changed.

        Raises StorageUnavailable: BACKUP_DAMAGED, BACKUP_FOREIGN, STORAGE_NEWER, DISK_FULL, KEY_MISSING.
        """


class RestoreControl(Protocol):
    """What ends the till that is open; both return at once and go on beside the window."""

    def restore(self, actor: Actor, backup: Path, failed: Callable[[DomainError], None]) -> None:
        """Close the till, put a backup in its place and start the program anew; raises NotPermitted.

        If that fails, `failed` is told on the GUI thread; the till is closed then, and its file as it was.
        """

    def start_anew(self) -> None:
        """Start the program anew, and leave this one."""
