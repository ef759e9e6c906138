"""Signing in: wrong PINs are counted in the database; neither a restart nor a changed clock gets around the lock."""

from dataclasses import dataclass

import pytest

from domain.errors import ErrorCode, NotFound, NotPermitted
from domain.ids import Instant, UserId
from domain.policy import Actor, Role
from domain.services.people import add_user, record_sign_in
from storage import running
from storage.gate import TillFiles
from storage.queries import TillQueries
from storage.till import TillUnits
from storage.witness import Witness
from tests.builders import NOON, TILL

LAN = UserId("lan")
MINUTE = 60_000
YEAR = 365 * 24 * 60 * MINUTE
MONTH = 30 * 24 * 60 * MINUTE


@dataclass
class Run:
    """The running time of a program that a test starts anew."""

    patch: pytest.MonkeyPatch
    elapsed: int = 7_000
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        self.elapsed = 0
        self.patch.setattr(running, "RUN", f"run {self.starts}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    program = Run(monkeypatch)
    monkeypatch.setattr(running, "elapsed_ms", lambda: program.elapsed)
    return program


@pytest.fixture
def shop(till_units: TillUnits, run: Run) -> TillUnits:
    till_units.run(lambda uow: add_user(uow, LAN, "Lan", Role.CASHIER, "hash", NOON))
    return till_units


def enter(units: TillUnits, right: bool, at: int = NOON) -> Actor | None:
    return units.run(lambda uow: record_sign_in(uow, LAN, right, Instant(at)))


def failures(units: TillUnits) -> tuple[int, int]:
    user = units.run(lambda uow: uow.people.get(LAN))
    assert user is not None
    assert units.read(lambda session: TillQueries(session).user(LAN)) == user
    return user.failures, user.locked_ms


def test_a_right_pin_gives_the_actor_of_this_till(shop: TillUnits) -> None:
    assert enter(shop, True) == Actor(LAN, "Lan", Role.CASHIER, TILL)


def test_a_wrong_pin_is_counted_although_nobody_signs_in(shop: TillUnits) -> None:
    assert enter(shop, False) is None
    assert failures(shop) == (1, 0)


def test_the_fifth_wrong_pin_closes_the_lock_and_a_right_one_after_it_opens_everything(
    shop: TillUnits, run: Run
) -> None:
    for _ in range(5):
        enter(shop, False)
    assert failures(shop) == (5, MINUTE)
    run.elapsed += MINUTE - 1
    with pytest.raises(NotPermitted) as refused:
        enter(shop, True)
    assert refused.value.code is ErrorCode.PIN_LOCKED
    run.elapsed += 1
    assert enter(shop, True) is not None
    assert failures(shop) == (0, 0)


def test_the_lock_doubles_with_every_wrong_pin_after_it(shop: TillUnits, run: Run) -> None:
    for minutes in (0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60):
        enter(shop, False)
        assert failures(shop)[1] == minutes * MINUTE
        run.elapsed += minutes * MINUTE


def test_a_try_against_a_closed_lock_counts_nothing(shop: TillUnits) -> None:
    for _ in range(5):
        enter(shop, False)
    for _ in range(3):
        with pytest.raises(NotPermitted):
            enter(shop, False, NOON + 5)
    assert failures(shop) == (5, MINUTE)


@pytest.mark.parametrize("jump", [MINUTE, YEAR, 30 * YEAR, -MINUTE, -YEAR])
def test_a_changed_clock_neither_shortens_nor_lengthens_the_lock(shop: TillUnits, run: Run, jump: int) -> None:
    for _ in range(5):
        enter(shop, False)
    run.elapsed += MINUTE - 1
    with pytest.raises(NotPermitted) as refused:
        enter(shop, True, NOON + jump)
    assert refused.value.facts == {"seconds": 1}
    run.elapsed += 1
    assert enter(shop, True, NOON + jump) is not None


def test_a_restart_begins_the_lock_anew_however_often_and_whatever_the_clock_says(
    shop: TillUnits, till_file: TillFiles, run: Run
) -> None:
    for _ in range(6):
        run.elapsed += MINUTE
        enter(shop, False)
    for _ in range(2):
        run.start()
        again = TillUnits(till_file.connect, Witness(till_file.witness, till_file.witness_key), lambda changes: None)
        assert failures(again) == (6, 2 * MINUTE)
        run.elapsed = 2 * MINUTE - 1
        with pytest.raises(NotPermitted):
            enter(again, True, NOON + MONTH)
        again.close()
    run.elapsed = 2 * MINUTE
    assert enter(shop, True, NOON + MONTH) is not None


def test_the_programs_running_time_goes_on_by_itself() -> None:
    first = running.elapsed_ms()
    assert 0 <= first <= running.elapsed_ms()
    assert len(running.RUN) == 32


def test_somebody_unknown_cannot_sign_in(till_units: TillUnits) -> None:
    with pytest.raises(NotFound):
        enter(till_units, True)


def test_every_try_stands_in_the_trail(shop: TillUnits) -> None:
    enter(shop, False)
    enter(shop, True)
    rows = shop.read(lambda session: session.cursor.execute("SELECT action FROM audit ORDER BY seq").fetchall())
    assert [row[0] for row in rows][-3:] == ["user.added", "pin.wrong", "signed_in"]
