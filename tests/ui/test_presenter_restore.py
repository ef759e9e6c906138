"""A restore asks for a sound backup and the owner's PIN, and changes nothing before."""

from dataclasses import replace

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import UserId
from domain.people import FIRST_LOCK_MS, FREE_TRIES
from tests.fakes.attached_window import PIN, PlainPins, two_people
from tests.fakes.counter import Counter
from tests.fakes.found_backups import HERE, OLD, STICK, FixedOutlook, FoundBackups, NotedRestore
from tests.fakes.small_shop import CASHIER, OWNER
from ui.presenters.restore import RestorePresenter, RestoreStage, RestoreState


@pytest.fixture
def counter() -> Counter:
    return Counter(shop=two_people(), actor=replace(OWNER, user_id=UserId("u-mai")))


@pytest.fixture
def backups(counter: Counter) -> FoundBackups:
    counter.desk.backups = made = FoundBackups()
    return made


@pytest.fixture
def program() -> NotedRestore:
    return NotedRestore()


@pytest.fixture
def restore(counter: Counter, backups: FoundBackups, program: NotedRestore) -> RestorePresenter:
    return RestorePresenter(counter.desk, PlainPins(), program)


def now(restore: RestorePresenter) -> RestoreState:
    """Return the state afresh: a checker of types takes an attribute for what it was before."""
    return restore.state


def test_what_was_found_is_shown_and_the_chosen_one_is_looked_into(restore: RestorePresenter) -> None:
    restore.begin()
    assert (now(restore).stage, now(restore).found) == (RestoreStage.LIST, (HERE, STICK, OLD))
    restore.choose(OLD)
    assert (now(restore).stage, now(restore).outlook) == (RestoreStage.ASKING, FixedOutlook())
    restore.back()
    assert (now(restore).stage, now(restore).chosen, now(restore).outlook) == (RestoreStage.LIST, None, None)


def test_the_right_pin_restores_the_chosen_backup_and_there_is_no_way_back(
    restore: RestorePresenter, program: NotedRestore
) -> None:
    restore.begin()
    restore.choose(STICK)
    restore.submit(PIN)
    assert program.restored == [STICK.path]
    restore.cancel()
    restore.back()
    restore.submit(PIN)
    assert now(restore).stage is RestoreStage.RESTORING
    assert program.restored == [STICK.path]


def test_without_the_pin_nothing_happens(restore: RestorePresenter, program: NotedRestore) -> None:
    restore.submit(PIN)
    restore.begin()
    restore.submit(PIN)
    restore.choose(HERE)
    restore.cancel()
    assert now(restore) == RestoreState()
    assert program.restored == []


def test_wrong_pins_count_and_close_the_pad_as_at_the_lock(
    counter: Counter, restore: RestorePresenter, program: NotedRestore
) -> None:
    restore.begin()
    restore.choose(HERE)
    restore.submit("0000")
    assert (now(restore).stage, now(restore).tries_left) == (RestoreStage.ASKING, FREE_TRIES - 1)
    for _ in range(FREE_TRIES - 1):
        restore.submit("0000")
    assert (now(restore).stage, now(restore).closed_s) == (RestoreStage.LOCKED, FIRST_LOCK_MS // 1000)
    restore.submit(PIN)
    restore.cancel()
    restore.begin()
    restore.choose(HERE)
    assert now(restore).stage is RestoreStage.LOCKED
    assert program.restored == []
    counter.clock.pass_ms(FIRST_LOCK_MS)
    restore.tick()
    assert now(restore).stage is RestoreStage.ASKING


@pytest.mark.parametrize("code", [ErrorCode.BACKUP_DAMAGED, ErrorCode.BACKUP_FOREIGN])
def test_a_backup_that_is_not_sound_is_told_and_another_can_be_chosen(
    restore: RestorePresenter, backups: FoundBackups, code: ErrorCode
) -> None:
    backups.broken[HERE] = code
    restore.begin()
    restore.choose(HERE)
    assert now(restore).stage is RestoreStage.LIST
    problem = now(restore).problem
    assert problem is not None
    assert problem.code is code
    restore.choose(OLD)
    assert (now(restore).stage, now(restore).problem) == (RestoreStage.ASKING, None)


def test_a_restore_that_failed_says_so_and_starts_the_till_again(
    restore: RestorePresenter, program: NotedRestore
) -> None:
    program.refusal = StorageUnavailable(ErrorCode.DISK_FULL)
    restore.begin()
    restore.choose(HERE)
    restore.start_anew()
    restore.submit(PIN)
    assert (now(restore).stage, now(restore).problem) == (RestoreStage.FAILED, program.refusal)
    assert program.started == 0
    restore.start_anew()
    assert program.started == 1


def test_a_restore_that_fails_at_an_empty_seat_starts_the_till_again_by_itself(
    counter: Counter, restore: RestorePresenter, program: NotedRestore
) -> None:
    restore.begin()
    restore.choose(HERE)
    restore.submit(PIN)
    counter.desk.actor = None
    restore._not_restored(StorageUnavailable(ErrorCode.DISK_FULL))
    assert program.started == 1


def test_a_sheet_that_is_closed_while_the_pin_is_checked_restores_nothing(
    counter: Counter, restore: RestorePresenter, program: NotedRestore
) -> None:
    restore.begin()
    restore.choose(HERE)
    counter.work.held = True
    restore.submit(PIN)
    restore.cancel()
    counter.work.release()
    assert program.restored == []
    assert now(restore) == RestoreState()


def test_a_cashier_does_not_even_see_the_list(counter: Counter, restore: RestorePresenter) -> None:
    counter.desk.actor = CASHIER
    restore.begin()
    assert now(restore) == RestoreState()
