"""The till says the truth about its connection: in one chip, and in full on its own screen."""

from dataclasses import dataclass

import pytest

from domain.errors import ErrorCode
from domain.ids import Instant, MessageId
from domain.rows import QueueState, RefusedRow
from tests.fakes.counter import Counter
from tests.fakes.recording_view import FixedSync
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.presenters.presenter import Mood
from ui.presenters.sync import SyncPresenter, chip_of
from ui.work import Link


@dataclass
class FakeControl:
    woken: int = 0
    retried: int = 0

    def wake(self) -> None:
        self.woken += 1

    def retry_refused(self) -> None:
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
    return SyncPresenter(counter.desk, control)


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
