"""How long a till has not heard its hub: counted so that setting the clock back gains nothing (SEC-A-03)."""

import sys
import time
from dataclasses import dataclass

import pytest

from domain.approvals import Asked, Guarded
from domain.errors import ErrorCode, NotPermitted
from domain.ids import ApprovalId, Instant
from domain.people import User
from domain.policy import OFFLINE_GRANT_MS, Actor, Role
from domain.services.approvals import grant_approval
from domain.services.people import add_user, record_sign_in
from storage import running
from storage.replica import Replica
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER, an_id
from tests.domain.approval_samples import add_people

DAY = 24 * 3_600_000


@dataclass
class Run:
    """The program's runs and their own time, in the test's hand."""

    name: int = 0
    elapsed: int = 0

    def start(self) -> None:
        """Start the program anew."""
        self.name += 1
        self.elapsed = 0


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run()
    monkeypatch.setattr(running, "elapsed_ms", lambda: run.elapsed)
    monkeypatch.setattr("storage.contact.running.RUN", "first")
    return run


def restart(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.start()
    monkeypatch.setattr("storage.contact.running.RUN", f"run {run.name}")


def away(units: TillUnits, at: int) -> int:
    return units.run(lambda uow: uow.contact.away_ms(Instant(at)))


def test_a_till_that_never_heard_a_hub_counts_from_the_first_time_it_is_asked(till_units: TillUnits, run: Run) -> None:
    assert away(till_units, NOON) == 0
    run.elapsed = DAY
    assert away(till_units, NOON + DAY) == DAY


def test_while_the_program_runs_its_own_time_counts_whatever_the_clock_says(till_units: TillUnits, run: Run) -> None:
    away(till_units, NOON)
    run.elapsed = DAY
    assert away(till_units, NOON - 400 * DAY) == DAY
    run.elapsed = 2 * DAY
    assert away(till_units, NOON + 400 * DAY) == 2 * DAY


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the running time counts sleep by itself")
def test_the_time_in_which_the_computer_sleeps_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    awake, read = running.elapsed_ms(), time.clock_gettime_ns
    slept = {time.CLOCK_BOOTTIME: DAY * 1_000_000}
    monkeypatch.setattr(time, "clock_gettime_ns", lambda clock: read(clock) + slept.get(clock, 0))
    assert running.elapsed_ms() >= awake + DAY


def test_between_two_runs_the_clock_counts_and_one_set_back_counts_a_day(
    till_units: TillUnits, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(till_units, NOON)
    restart(run, monkeypatch)
    run.elapsed = DAY
    assert away(till_units, NOON + 10 * DAY) == 10 * DAY
    restart(run, monkeypatch)
    assert away(till_units, NOON) == 11 * DAY


def test_a_clock_set_back_before_every_start_ends_the_grant_all_the_same(
    till_units: TillUnits, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(till_units, NOON)
    for days in range(60):
        restart(run, monkeypatch)
        away(till_units, NOON - days - 1)
    assert away(till_units, NOON) >= OFFLINE_GRANT_MS


def test_hearing_the_hub_begins_anew(till_units: TillUnits, run: Run) -> None:
    away(till_units, NOON)
    run.elapsed = 59 * DAY
    Replica(till_units).apply_page([], "epoch", Instant(NOON + 59 * DAY))
    assert away(till_units, NOON + 59 * DAY) == 0


def sign_in(units: TillUnits, user: User, at: int) -> object:
    return units.run(lambda uow: record_sign_in(uow, user.id, True, Instant(at)))


def test_after_sixty_days_without_the_hub_owners_alone_sign_in(till_units: TillUnits, run: Run) -> None:
    lan = till_units.run(lambda uow: add_user(uow, CASHIER.user_id, "Lan", Role.CASHIER, "hash", NOON))
    hoa = till_units.run(lambda uow: add_user(uow, OWNER.user_id, "Hoa", Role.OWNER, "hash", NOON))
    assert sign_in(till_units, lan, NOON) is not None
    run.elapsed = OFFLINE_GRANT_MS - 1
    assert sign_in(till_units, lan, NOON) is not None
    run.elapsed = OFFLINE_GRANT_MS
    with pytest.raises(NotPermitted) as refused:
        sign_in(till_units, lan, NOON)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.OFFLINE_TOO_LONG, {"days": 60})
    assert sign_in(till_units, hoa, NOON) is not None
    Replica(till_units).apply_page([], "epoch", NOON)
    assert sign_in(till_units, lan, NOON) is not None


def test_after_sixty_days_without_the_hub_owners_alone_approve(till_units: TillUnits, run: Run) -> None:
    add_people(till_units)
    away(till_units, NOON)

    def approve(who: Actor) -> object:
        asked = Asked(Guarded.VOID, "a voucher", 1)
        approval_id = ApprovalId(an_id(f"{who.user_id}/{run.elapsed}"))
        return till_units.run(
            lambda uow: grant_approval(uow, CASHIER, who.user_id, True, asked, approval_id, NOON, reason="sai giá")
        )

    assert approve(MANAGER) is not None
    run.elapsed = OFFLINE_GRANT_MS
    with pytest.raises(NotPermitted) as refused:
        approve(MANAGER)
    assert refused.value.code is ErrorCode.OFFLINE_TOO_LONG
    assert approve(OWNER) is not None
