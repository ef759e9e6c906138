"""What the till tells about its connection: in one chip on every screen, and in full on the Sync screen."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.changes import Topic
from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, MessageId
from domain.policy import Action
from domain.rows import QueueState, RefusedRow
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading
from ui.presenters.restore import RestorePresenter
from ui.work import BackupView, Link, SyncControl, SyncView

BACKUP_OLD_MS: Final = 3 * 24 * 60 * 60 * 1000


class ChipKind(StrEnum):
    """What the chip tells; the view has an icon for each."""

    ONLINE = "online"
    SENDING = "sending"
    CONNECTING = "connecting"
    OFFLINE = "offline"
    REVIEW = "review"
    BLOCKED = "blocked"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class ChipState:
    """The chip of the top bar: what matters most now, in words, and shorter where there is no room."""

    kind: ChipKind
    mood: Mood
    words: Words
    short: Words


def backup_due(backups: BackupView, now: Instant) -> bool:
    """Whether a person should see to the backups: the newest is too old, or none has ever succeeded."""
    if backups.newest_at is None:
        return backups.problem is not None
    return now - backups.newest_at > BACKUP_OLD_MS


def chip_of(sync: SyncView, *, unsaved: bool = False) -> ChipState:
    """Say the one thing that matters most: a closed door, a refusal, no network, a backup that is due, else quiet."""
    chip = _link_chip(sync)
    if unsaved and chip.mood is Mood.NEUTRAL:
        return _chip(ChipKind.BACKUP, Mood.WARN, Words.of("chip.backup_old"))
    return chip


def _link_chip(sync: SyncView) -> ChipState:
    if sync.state == Link.BLOCKED:
        return _chip(ChipKind.BLOCKED, Mood.ERR, Words.of("chip.blocked"))
    if sync.refused:
        return _chip(ChipKind.REVIEW, Mood.ERR, Words.of("chip.review", count=sync.refused))
    if sync.state == Link.OFFLINE:
        words = Words.of("chip.offline_never", count=sync.waiting)
        if sync.last_pulled_at is not None:
            words = Words.of("chip.offline", count=sync.waiting, at=sync.last_pulled_at)
        return ChipState(ChipKind.OFFLINE, Mood.WARN, words, Words.of("chip.offline_short", count=sync.waiting))
    if sync.state == Link.CONNECTING:
        return _chip(ChipKind.CONNECTING, Mood.NEUTRAL, Words.of("link.connecting"))
    if sync.waiting:
        return _chip(ChipKind.SENDING, Mood.NEUTRAL, Words.of("chip.sending", count=sync.waiting))
    return _chip(ChipKind.ONLINE, Mood.NEUTRAL, Words.of("chip.online"))


def _chip(kind: ChipKind, mood: Mood, words: Words) -> ChipState:
    return ChipState(kind, mood, words, words)


@dataclass(frozen=True, slots=True)
class BackupState:
    """How the backups stand, whether one is being made because a person asked, and what that person may do."""

    newest_at: Instant | None = None
    due: bool = False
    running: bool = False
    problem: DomainError | None = None
    second: str = ""
    second_problem: DomainError | None = None
    can_back_up: bool = False
    can_choose_second: bool = False
    can_restore: bool = False


@dataclass(frozen=True, slots=True)
class SyncState:
    """Everything the Sync screen tells; times are None before the first success."""

    link: Link = Link.CONNECTING
    since: Instant | None = None
    waiting: int = 0
    oldest_waiting_at: Instant | None = None
    last_sent_at: Instant | None = None
    last_pulled_at: Instant | None = None
    problem: ErrorCode | None = None
    refused: tuple[RefusedRow, ...] = ()
    kept: frozenset[MessageId] = frozenset()
    loaded: bool = False
    asked: bool = False
    can_sync: bool = False
    can_retry: bool = False
    read_problem: DomainError | None = None
    backup: BackupState = BackupState()


class SyncPresenter(Presenter[SyncState]):
    """Shows the engine's own account together with the queue as the database holds it; `restore` is its wizard."""

    watches = frozenset({Topic.OUTBOX})

    def __init__(self, desk: Desk, control: SyncControl, restore: RestorePresenter) -> None:
        super().__init__(SyncState())
        self.restore = restore
        self._desk = desk
        self._control = control
        self._reading = Reading[tuple[QueueState, tuple[RefusedRow, ...]]](
            desk.work, self._show_queue, self._show_problem
        )

    def opened(self) -> None:
        """What may be pressed depends on who is signed in now."""
        self._change(can_sync=self._desk.may(Action.SYNC_NOW), can_retry=self._desk.may(Action.RETRY_REFUSED))
        self.on_sync()
        self._show_backups()
        super().opened()

    def closed(self) -> None:
        """The screen went to the back, and the wizard with it."""
        self.restore.cancel()
        super().closed()

    def covered(self) -> None:
        """Nothing is restored from behind a lock."""
        self.restore.cancel()

    def detach(self) -> None:
        """Forget the views of the screen and of the wizard."""
        self.restore.detach()
        super().detach()

    def refresh(self) -> None:
        """Read the queue."""
        self._reading.ask(lambda queries: (queries.queue(), tuple(queries.refused())))

    def tick(self) -> None:
        """Look how the backups stand; the day's own one is made beside the screens."""
        self._show_backups()
        self.restore.tick()

    def back_up(self) -> None:
        """Make a backup now."""
        if not self._desk.may(Action.BACK_UP) or self.state.backup.running:
            return
        backups, actor, now = self._desk.backups, self._desk.signed_in, self._desk.now()
        self._show_backups(running=True)
        self._desk.work.compute(lambda: backups.back_up_now(actor, now), self._backed_up, self._not_backed_up)

    def choose_second(self, folder: str) -> None:
        """Have a second copy of each backup put into a folder, beginning with one made now; empty ends it."""
        if not self._desk.may(Action.CHANGE_SETTINGS) or self.state.backup.running:
            return
        backups, actor, now = self._desk.backups, self._desk.signed_in, self._desk.now()
        self._show_backups(running=True)
        self._desk.work.compute(
            lambda: backups.choose_second(actor, folder, now), self._second_chosen, self._not_backed_up
        )

    def on_sync(self) -> None:
        """Take the engine's newest account of itself."""
        sync = self._desk.sync
        self._change(
            link=Link(sync.state),
            since=sync.since,
            last_sent_at=sync.last_sent_at,
            last_pulled_at=sync.last_pulled_at,
            problem=sync.problem,
            asked=False,
        )

    def sync_now(self) -> None:
        """F5: send and fetch now."""
        if self._desk.may(Action.SYNC_NOW):
            self._change(asked=True)
            self._control.wake()

    def retry(self) -> None:
        """Offer the refused messages again."""
        if self._desk.may(Action.RETRY_REFUSED) and self.state.refused:
            self._change(kept=frozenset())
            self._control.retry_refused(self._desk.signed_in)
            self._desk.notices.toast(Mood.INFO, Words.of("sync.retried", count=len(self.state.refused)))

    def keep(self, message_id: MessageId) -> None:
        """Leave a refused message as it is: it stays on this till, in the books and in this list, out of the way."""
        self._change(kept=self.state.kept | {message_id})

    def _backed_up(self, _: None) -> None:
        self._show_backups(running=False)
        self._desk.notices.toast(Mood.OK, Words.of("backup.done"))

    def _second_chosen(self, _: None) -> None:
        self._show_backups(running=False)
        backup = self.state.backup
        if not backup.second:
            self._desk.notices.toast(Mood.INFO, Words.of("backup.second_ended"))
        elif backup.second_problem is None:
            self._desk.notices.toast(Mood.OK, Words.of("backup.second", path=backup.second))

    def _not_backed_up(self, error: DomainError) -> None:
        self._show_backups(running=False)
        self._desk.notices.problem(error)

    def _show_backups(self, *, running: bool | None = None) -> None:
        status = self._desk.backups.status
        backup = BackupState(
            newest_at=status.newest_at,
            due=backup_due(status, self._desk.now()),
            running=self.state.backup.running if running is None else running,
            problem=status.problem,
            second=status.second,
            second_problem=status.second_problem,
            can_back_up=self._desk.may(Action.BACK_UP),
            can_choose_second=self._desk.may(Action.CHANGE_SETTINGS),
            can_restore=self._desk.may(Action.RESTORE),
        )
        if backup != self.state.backup:
            self._change(backup=backup)

    def _show_queue(self, answer: tuple[QueueState, tuple[RefusedRow, ...]]) -> None:
        queue, refused = answer
        self._change(
            waiting=queue.waiting,
            oldest_waiting_at=queue.oldest_waiting_at,
            refused=refused,
            kept=self.state.kept & {row.message_id for row in refused},
            loaded=True,
            read_problem=None,
        )

    def _show_problem(self, error: DomainError) -> None:
        self._change(read_problem=error, loaded=True)
