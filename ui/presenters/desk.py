"""What every screen of this till shares: who works at it, the clock, the ways to act, and what sync says of itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant, PaymentId
from domain.policy import Action, Actor
from domain.rows import ShopRow
from ui.presenters.presenter import Mood, Words
from ui.sound import Sounds
from ui.work import BackupControl, BackupView, FoundBackup, FreshnessView, Link, OutlookView, SyncView, Work


class Notices(Protocol):
    """Where a screen tells something beside its own state."""

    def toast(self, mood: Mood, words: Words) -> None:
        """Show and say a message for some seconds, without taking the focus."""

    def announce(self, words: Words) -> None:
        """Have a screen reader say a message at once."""

    def problem(self, error: DomainError) -> None:
        """Show a refusal that no screen shows in its own place."""


@dataclass(frozen=True, slots=True)
class NoSync:
    """The account of a sync engine that has not said anything yet."""

    state: str = Link.CONNECTING.value
    since: Instant | None = None
    waiting: int = 0
    refused: int = 0
    last_sent_at: Instant | None = None
    last_pulled_at: Instant | None = None
    problem: ErrorCode | None = None

    def freshness(self, payment_id: PaymentId) -> FreshnessView | None:
        """Nothing was heard of any payment."""
        return None


@dataclass(frozen=True, slots=True)
class NoBackups:
    """The account of backups where nothing is backed up."""

    newest_at: Instant | None = None
    problem: DomainError | None = None
    second: str = ""
    second_problem: DomainError | None = None

    @property
    def status(self) -> BackupView:
        """Nothing was ever tried."""
        return self

    def back_up_now(self, actor: Actor, at: Instant) -> None:
        """There is nothing to copy."""

    def choose_second(self, actor: Actor, folder: str, at: Instant) -> None:
        """There is nothing to copy."""

    def found(self, actor: Actor) -> Sequence[FoundBackup]:
        """Nothing was ever made."""
        return ()

    def look_into(self, actor: Actor, backup: Path) -> OutlookView:
        """No file is a backup of a till without any."""
        raise StorageUnavailable(ErrorCode.BACKUP_FOREIGN)


@dataclass(frozen=True, slots=True)
class NoRestore:
    """Restoring where no program can be closed and started."""

    def restore(self, actor: Actor, backup: Path, failed: Callable[[DomainError], None]) -> None:
        """Nothing can be put in place."""
        failed(StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE))

    def start_anew(self) -> None:
        """There is no program."""


@dataclass(slots=True)
class Desk:
    """The till as its screens see it. `actor` is None while it is locked; `sync` is renewed by the window.

    `printed` are the ids of what was printed since the till was started, whichever screen did it.
    `left` is who left the screens as they stand behind the lock: what was asked for before is answered in that name.
    """

    work: Work
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    shop: ShopRow
    notices: Notices
    sounds: Sounds
    actor: Actor | None = None
    sync: SyncView = field(default_factory=NoSync)
    backups: BackupControl = field(default_factory=NoBackups)
    printed: set[str] = field(default_factory=set)
    left: Actor | None = None

    @property
    def online(self) -> bool:
        """Whether the hub answers now."""
        return self.sync.state == Link.ONLINE

    @property
    def signed_in(self) -> Actor:
        """Who works at the till, or left what stands behind its lock; a locked till shows no screen that asks."""
        actor = self.actor or self.left
        assert actor is not None, "a screen acts only while somebody is signed in"
        return actor

    def may(self, action: Action) -> bool:
        """Whether who works at the till, or left it locked, may do something; services decide, screens foresee it."""
        actor = self.actor or self.left
        return actor is not None and actor.may(action)
