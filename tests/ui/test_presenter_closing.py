"""Closing the window: at once while nothing waits, else told what does, sent first or left for the next start."""

from dataclasses import dataclass, field

import pytest

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, StorageUnavailable
from domain.rows import UnsentRow
from tests.fakes.attached_window import FakeControl
from tests.fakes.counter import Counter
from tests.fakes.recording_view import FixedSync
from ui.presenters.closing import ClosingPresenter, ClosingStage

SENT = Changes({Topic.OUTBOX: frozenset({"m-1"})})
TWO_KINDS = (UnsentRow("payment", 2, 0), UnsentRow("voucher", 3, 1))


@dataclass
class Closing:
    """A till that somebody wants to close; `left` counts how often it did."""

    counter: Counter = field(default_factory=Counter)
    control: FakeControl = field(default_factory=FakeControl)
    left: int = 0

    def __post_init__(self) -> None:
        self.presenter = ClosingPresenter(self.counter.desk, self.control)

    def ask(self, *unsent: UnsentRow) -> "Closing":
        self.wait(*unsent)
        self.presenter.ask(self._leave)
        return self

    def wait(self, *unsent: UnsentRow) -> None:
        self.counter.work.queries.unsent_rows = unsent

    def _leave(self) -> None:
        self.left += 1

    @property
    def stage(self) -> ClosingStage:
        return self.presenter.state.stage


def test_nothing_unsent_closes_without_a_word() -> None:
    assert Closing().ask().left == 1


def test_what_only_a_person_can_settle_does_not_hold_the_window() -> None:
    assert Closing().ask(UnsentRow("voucher", 0, 2)).left == 1


def test_what_waits_is_told_by_kind() -> None:
    closing = Closing().ask(*TWO_KINDS)
    assert (closing.left, closing.stage) == (0, ClosingStage.ASKING)
    assert (closing.presenter.state.waiting, closing.presenter.state.refused) == (5, 1)


def test_closing_anyway_closes_and_staying_stays() -> None:
    closing = Closing().ask(*TWO_KINDS)
    closing.presenter.stay()
    assert (closing.left, closing.stage) == (0, ClosingStage.OPEN)
    closing.ask(*TWO_KINDS).presenter.close_anyway()
    assert (closing.left, closing.stage) == (1, ClosingStage.OPEN)
    closing.presenter.close_anyway()
    assert closing.left == 1


def test_sending_first_wakes_the_engine_and_closes_with_the_last_record() -> None:
    closing = Closing().ask(*TWO_KINDS)
    closing.presenter.send()
    assert (closing.control.woken, closing.presenter.state.first) == (1, 5)
    closing.wait(UnsentRow("voucher", 1, 1))
    closing.presenter.on_changes(SENT)
    assert (closing.left, closing.presenter.state.waiting) == (0, 1)
    closing.wait(UnsentRow("voucher", 0, 1))
    closing.presenter.on_changes(SENT)
    assert closing.left == 1


def test_what_is_sent_while_the_question_stands_takes_no_decision() -> None:
    closing = Closing().ask(*TWO_KINDS)
    closing.wait()
    closing.presenter.on_changes(SENT)
    assert (closing.left, closing.stage, closing.presenter.state.waiting) == (0, ClosingStage.ASKING, 0)
    closing.presenter.close_anyway()
    assert closing.left == 1


@pytest.mark.parametrize("state", ["offline", "blocked"])
def test_a_hub_out_of_reach_is_told_while_sending(state: str) -> None:
    closing = Closing().ask(*TWO_KINDS)
    closing.presenter.send()
    assert not closing.presenter.state.away
    closing.counter.desk.sync = FixedSync(state=state)
    closing.presenter.on_sync()
    assert closing.presenter.state.away
    closing.presenter.close_anyway()
    assert closing.left == 1


def test_pressed_again_while_it_is_looked_up_it_just_closes() -> None:
    closing = Closing()
    closing.counter.work.held = True
    closing.ask(*TWO_KINDS)
    assert closing.left == 0
    closing.ask(*TWO_KINDS)
    assert closing.left == 1


def test_books_that_cannot_be_read_keep_nobody() -> None:
    closing = Closing()
    closing.counter.work.broken = StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
    assert closing.ask(*TWO_KINDS).left == 1
