"""The till says the truth about its connection: in one chip, and in full on its own screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant, MessageId
from domain.policy import Action, Actor, require
from domain.rows import QueueState, RefusedRow
from tests.fakes.attached_window import PlainPins
from tests.fakes.counter import Counter
from tests.fakes.recording_view import FixedSync
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.presenters.desk import NoRestore
from ui.presenters.presenter import Mood
from ui.presenters.restore import RestorePresenter, RestoreStage
from ui.presenters.sync import BACKUP_OLD_MS, SyncPresenter, backup_due, chip_of
from ui.work import FoundBackup, Link, OutlookView


@dataclass
class FakeControl:
    woken: int = 0
    retried: int = 0

    def wake(self) -> None:
        self.woken += 1

    def retry_refused(self, actor: Actor) -> None:
        require(actor, Action.RETRY_REFUSED)
        self.retried += 1


@pytest.mark.parametrize(
    ("sync", "mood", "key"),
    [
        (FixedSync("online"), Mood.NEUTRAL, "chip.online"),
        (FixedSync("online", waiting=2), Mood.NEUTRAL, "chip.sending"),
        (FixedSync("connecting"), Mood.NEUTRAL, "link.connecting"),
        (FixedSync("offline", waiting=3, last_pulled_at=NOON), Mood.WARN, "chip.offline"),
        (FixedSync("offline", waiting=3), Mood.WARN, "chip.offline_never"),
        (FixedSync("offline", waiting=3, refused=1), Mood.ERR, "chip.review"),
        (FixedSync("blocked", refused=1), Mood.ERR, "chip.blocked"),
    ],
)
def test_the_chip_says_what_matters_most(sync: FixedSync, mood: Mood, key: str) -> None:
    chip = chip_of(sync)
    assert (chip.mood, chip.words.key) == (mood, key)


@pytest.mark.parametrize(
    ("sync", "key"),
    [
        (FixedSync("online"), "chip.backup_old"),
        (FixedSync("online", waiting=2), "chip.backup_old"),
        (FixedSync("offline", waiting=3), "chip.offline_never"),
        (FixedSync("blocked"), "chip.blocked"),
    ],
)
def test_a_backup_that_is_due_is_told_where_nothing_is_worse(sync: FixedSync, key: str) -> None:
    assert chip_of(sync, unsaved=True).words.key == key


@dataclass
class FakeBackups:
    """Backups whose time the test sets; asked for one, they make or refuse it."""

    newest_at: Instant | None = None
    problem: DomainError | None = None
    second: str = ""
    second_problem: DomainError | None = None
    refuses: DomainError | None = None

    @property
    def status(self) -> "FakeBackups":
        return self

    def back_up_now(self, actor: Actor, at: Instant) -> None:
        require(actor, Action.BACK_UP)
        if self.refuses is not None:
            raise self.refuses
        self.newest_at = at

    def choose_second(self, actor: Actor, folder: str, at: Instant) -> None:
        require(actor, Action.CHANGE_SETTINGS)
        self.second = folder
        if folder:
            self.back_up_now(actor, at)

    def found(self, actor: Actor) -> Sequence[FoundBackup]:
        return ()

    def look_into(self, actor: Actor, backup: Path) -> OutlookView:
        raise StorageUnavailable(ErrorCode.BACKUP_FOREIGN)


@pytest.mark.parametrize(
    ("backups", "due"),
    [
        (FakeBackups(), False),
        (FakeBackups(problem=DomainError(ErrorCode.DISK_FULL)), True),
        (FakeBackups(newest_at=Instant(NOON - BACKUP_OLD_MS)), False),
        (FakeBackups(newest_at=Instant(NOON - BACKUP_OLD_MS - 1)), True),
    ],
)
def test_a_backup_is_due_after_three_days_or_when_none_succeeded(backups: FakeBackups, due: bool) -> None:
    assert backup_due(backups, NOON) is due


def test_a_person_makes_a_backup_and_is_told_how_it_went(counter: Counter, sync: SyncPresenter) -> None:
    backups = FakeBackups(newest_at=Instant(NOON - 2 * BACKUP_OLD_MS))
    counter.desk.backups = backups
    sync.opened()
    assert sync.state.backup.due
    sync.back_up()
    assert not sync.state.backup.due
    assert not sync.state.backup.running
    assert counter.notices.toast_keys == ["backup.done"]
    backups.refuses = DomainError(ErrorCode.DISK_FULL)
    sync.back_up()
    assert counter.notices.problems == [ErrorCode.DISK_FULL]
    assert not sync.state.backup.running
    backups.newest_at = Instant(NOON - 2 * BACKUP_OLD_MS)
    sync.tick()
    assert sync.state.backup.due


def test_an_owner_chooses_where_second_copies_go_and_ends_them(counter: Counter, sync: SyncPresenter) -> None:
    backups = FakeBackups()
    counter.desk.backups = backups
    sync.opened()
    assert sync.state.backup.can_choose_second
    sync.choose_second("/media/usb")
    assert (sync.state.backup.second, sync.state.backup.newest_at) == ("/media/usb", counter.clock())
    backups.second_problem = DomainError(ErrorCode.FILE_NOT_WRITTEN)
    sync.choose_second("/media/other")
    assert sync.state.backup.second_problem == backups.second_problem
    sync.choose_second("")
    assert sync.state.backup.second == ""
    assert counter.notices.toast_keys == ["backup.second", "backup.second_ended"]


def test_a_cashier_backs_up_and_neither_restores_nor_chooses_a_folder(counter: Counter, sync: SyncPresenter) -> None:
    backups = FakeBackups()
    counter.desk.backups, counter.desk.actor = backups, CASHIER
    sync.opened()
    state = sync.state.backup
    assert (state.can_back_up, state.can_choose_second, state.can_restore) == (True, False, False)
    sync.choose_second("/media/usb")
    sync.restore.begin()
    assert (backups.second, sync.restore.state.stage) == ("", RestoreStage.CLOSED)
    sync.back_up()
    assert backups.newest_at == counter.clock()


@pytest.fixture
def counter() -> Counter:
    made = Counter(actor=OWNER)
    made.work.queries.queue_state = QueueState(3, 1, Instant(NOON - 60_000), None, None)
    made.work.queries.refused_rows = (
        RefusedRow(MessageId("m1"), "p1", "payment", ErrorCode.MESSAGE_MALFORMED, 2, NOON),
    )
    return made


@pytest.fixture
def control() -> FakeControl:
    return FakeControl()


@pytest.fixture
def sync(counter: Counter, control: FakeControl) -> SyncPresenter:
    return SyncPresenter(counter.desk, control, RestorePresenter(counter.desk, PlainPins(), NoRestore()))


def test_the_screen_tells_how_many_wait_and_what_was_refused(counter: Counter, sync: SyncPresenter) -> None:
    counter.desk.sync = FixedSync("offline", since=NOON, problem=ErrorCode.NET_UNREACHABLE)
    sync.opened()
    assert sync.state.link is Link.OFFLINE
    assert sync.state.waiting == 3
    assert sync.state.oldest_waiting_at == NOON - 60_000
    assert sync.state.problem is ErrorCode.NET_UNREACHABLE
    assert [row.code for row in sync.state.refused] == [ErrorCode.MESSAGE_MALFORMED]


def test_a_person_may_sync_now(sync: SyncPresenter, control: FakeControl) -> None:
    sync.opened()
    sync.sync_now()
    assert control.woken == 1
    assert sync.state.asked
    sync.on_sync()
    assert not sync.state.asked


def test_refused_messages_are_offered_again_or_left(sync: SyncPresenter, control: FakeControl) -> None:
    sync.opened()
    sync.keep(MessageId("m1"))
    assert sync.state.kept == {"m1"}
    assert len(sync.state.refused) == 1
    sync.retry()
    assert control.retried == 1
    assert sync.state.kept == frozenset()


def test_a_cashier_may_not_resend_what_was_refused(counter: Counter, sync: SyncPresenter, control: FakeControl) -> None:
    counter.desk.actor = CASHIER
    sync.opened()
    assert not sync.state.can_retry
    sync.retry()
    assert control.retried == 0
