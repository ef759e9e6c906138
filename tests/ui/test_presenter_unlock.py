"""Opening the keys before the till opens: tries without end but slower, and the way by the recovery code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.errors import DomainError, ErrorCode, RuleBroken, StorageUnavailable
from tests.fakes.counter import FakeClock
from ui.presenters.unlock import FREE_TRIES, MOST_WAIT_S, UnlockPresenter, UnlockWay

RIGHT, CODE = "four black cats on a roof", "ABCD-1234"


@dataclass
class FixedGate:
    """Keys that one passphrase and one code open; `needs_new` refuses to keep them without a passphrase."""

    has_passphrase: bool = True
    has_code: bool = True
    needs_new: bool = True
    tried: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def open(self, passphrase: str) -> None:
        self.tried.append(passphrase)
        if passphrase != RIGHT:
            raise StorageUnavailable(ErrorCode.PASSPHRASE_WRONG)

    def recover(self, code: str, passphrase: str) -> None:
        self.tried.append(code)
        if code == "typo":
            raise RuleBroken(ErrorCode.RECOVERY_CODE_MISTYPED)
        if code != CODE:
            raise StorageUnavailable(ErrorCode.RECOVERY_CODE_WRONG)
        if self.needs_new and not passphrase:
            raise StorageUnavailable(ErrorCode.PASSPHRASE_NEEDED)
        if passphrase and len(passphrase) < 12:
            raise RuleBroken(ErrorCode.PASSPHRASE_SHORT, least=12)
        self.kept.append(passphrase)


@dataclass
class Start:
    """A start that waits for the keys; `opened` says how they were opened."""

    gate: FixedGate = field(default_factory=FixedGate)
    clock: FakeClock = field(default_factory=FakeClock)
    opened: list[bool] = field(default_factory=list)
    held: list[Callable[[], None]] = field(default_factory=list)
    slow: bool = False

    def __post_init__(self) -> None:
        self.unlock = UnlockPresenter(self.gate, self._compute, self.clock, self.opened.append)

    def _compute(
        self, op: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[DomainError], None]
    ) -> None:
        def run() -> None:
            try:
                answer = op()
            except DomainError as error:
                failed(error)
            else:
                done(answer)

        if self.slow:
            self.held.append(run)
        else:
            run()

    @property
    def code(self) -> ErrorCode | None:
        problem = self.unlock.state.problem
        return None if problem is None else problem.code


def test_the_right_passphrase_opens() -> None:
    start = Start()
    start.unlock.open(RIGHT)
    assert start.opened == [False]


def test_wrong_ones_are_tried_without_end_but_ever_slower() -> None:
    start, waits = Start(), []
    for attempt in range(1, 14):
        start.unlock.open("wrong")
        assert (start.code, start.unlock.state.attempt) == (ErrorCode.PASSPHRASE_WRONG, attempt)
        waits.append(start.unlock.state.wait_s)
        if start.unlock.state.wait_s:
            start.unlock.open(RIGHT)
        start.clock.pass_ms(start.unlock.state.wait_s * 1000)
        start.unlock.tick()
    assert waits[: FREE_TRIES + 3] == [0] * (FREE_TRIES - 1) + [1, 2, 4, 8]
    assert waits[-1] == MOST_WAIT_S
    assert (start.opened, set(start.gate.tried)) == ([], {"wrong"})
    start.unlock.open(RIGHT)
    assert start.opened == [False]


def test_the_wait_counts_down() -> None:
    start = Start()
    for _ in range(FREE_TRIES + 2):
        start.unlock.open("wrong")
        start.clock.pass_ms(start.unlock.state.wait_s * 1000)
        start.unlock.tick()
    start.unlock.open("wrong")
    start.clock.pass_ms(1_500)
    start.unlock.tick()
    assert start.unlock.state.wait_s == 7


def test_nothing_is_tried_twice_at_once_and_nothing_typed_is_kept() -> None:
    start = Start(slow=True)
    start.unlock.open(RIGHT)
    start.unlock.open(RIGHT)
    start.unlock.turn(UnlockWay.CODE)
    assert (len(start.held), start.unlock.state.way) == (1, UnlockWay.PASSPHRASE)
    assert RIGHT not in repr(start.unlock.state)


def test_the_code_takes_a_new_passphrase_typed_alike_twice() -> None:
    start = Start()
    start.unlock.turn(UnlockWay.CODE)
    start.unlock.recover(CODE, "a new long sentence", "a new long sentense")
    assert start.unlock.state.differs
    assert start.gate.tried == []
    start.unlock.recover(CODE, "short", "short")
    assert start.code is ErrorCode.PASSPHRASE_SHORT
    start.unlock.recover(CODE, "a new long sentence", "a new long sentence")
    assert (start.opened, start.gate.kept) == ([True], ["a new long sentence"])


def test_a_mistyped_code_costs_no_time_and_a_wrong_one_does() -> None:
    start = Start()
    for _ in range(2 * FREE_TRIES):
        start.unlock.recover("typo", RIGHT, RIGHT)
        assert start.unlock.state.can_try
    for _ in range(FREE_TRIES):
        start.unlock.recover("WRONG", RIGHT, RIGHT)
    assert not start.unlock.state.can_try


@pytest.mark.parametrize("needs_new", [True, False])
def test_keys_that_the_computer_lost_come_back_by_code_with_a_passphrase_only_where_there_must_be_one(
    needs_new: bool,
) -> None:
    start = Start(gate=FixedGate(has_passphrase=False, needs_new=needs_new))
    assert (start.unlock.state.way, start.unlock.state.wants_new) == (UnlockWay.CODE, False)
    start.unlock.recover(CODE)
    if needs_new:
        assert (start.opened, start.unlock.state.wants_new) == ([], True)
        start.unlock.recover(CODE, RIGHT, RIGHT)
    assert start.opened == [True]
    assert start.gate.kept == ([RIGHT] if needs_new else [""])
