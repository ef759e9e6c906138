"""Signing in: wrong PINs are counted in the database, so neither a restart nor a second try gets around the lock."""

import pytest

from domain.errors import ErrorCode, NotFound, NotPermitted
from domain.ids import Instant, UserId
from domain.policy import Actor, Role
from domain.services.backups import confirm_restore
from domain.services.people import add_user, record_sign_in
from storage.gate import TillFiles
from storage.till import TillUnits
from storage.witness import Witness
from tests.builders import NOON, TILL

LAN = UserId("lan")
MINUTE = 60_000


@pytest.fixture
def shop(till_units: TillUnits) -> TillUnits:
    till_units.run(lambda uow: add_user(uow, LAN, "Lan", Role.CASHIER, "hash", NOON))
    return till_units


def enter(units: TillUnits, right: bool, at: int = NOON) -> Actor | None:
    return units.run(lambda uow: record_sign_in(uow, LAN, right, Instant(at)))


def failures(units: TillUnits) -> tuple[int, Instant | None]:
    user = units.run(lambda uow: uow.people.get(LAN))
    assert user is not None
    return user.failures, user.locked_until


def test_a_right_pin_gives_the_actor_of_this_till(shop: TillUnits) -> None:
    assert enter(shop, True) == Actor(LAN, "Lan", Role.CASHIER, TILL)


def test_a_wrong_pin_is_counted_although_nobody_signs_in(shop: TillUnits) -> None:
    assert enter(shop, False) is None
    assert failures(shop) == (1, None)


def test_the_fifth_wrong_pin_closes_the_lock_and_a_right_one_after_it_opens_everything(shop: TillUnits) -> None:
    for _ in range(5):
        enter(shop, False)
    assert failures(shop) == (5, NOON + MINUTE)
    with pytest.raises(NotPermitted) as refused:
        enter(shop, True, NOON + MINUTE - 1)
    assert refused.value.code is ErrorCode.PIN_LOCKED
    assert enter(shop, True, NOON + MINUTE) is not None
    assert failures(shop) == (0, None)


def test_the_lock_doubles_with_every_wrong_pin_after_it(shop: TillUnits) -> None:
    at = int(NOON)
    for minutes in (0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60):
        enter(shop, False, at)
        locked = failures(shop)[1]
        assert locked == (at + minutes * MINUTE if minutes else None)
        at = locked or at


def test_a_try_against_a_closed_lock_counts_nothing(shop: TillUnits) -> None:
    for _ in range(5):
        enter(shop, False)
    for _ in range(3):
        with pytest.raises(NotPermitted):
            enter(shop, False, NOON + 5)
    assert failures(shop) == (5, NOON + MINUTE)


def test_a_restart_does_not_open_the_lock(shop: TillUnits, till_file: TillFiles) -> None:
    for _ in range(5):
        enter(shop, False)
    again = TillUnits(till_file.connect, Witness(till_file.witness, till_file.witness_key), lambda changes: None)
    with pytest.raises(NotPermitted):
        enter(again, True, NOON + MINUTE - 1)
    again.close()


def test_somebody_unknown_cannot_sign_in(till_units: TillUnits) -> None:
    with pytest.raises(NotFound):
        enter(till_units, True)


def test_every_try_stands_in_the_trail(shop: TillUnits) -> None:
    enter(shop, False)
    enter(shop, True)
    rows = shop.read(lambda session: session.cursor.execute("SELECT action FROM audit ORDER BY seq").fetchall())
    assert [row[0] for row in rows][-3:] == ["user.added", "pin.wrong", "signed_in"]


def test_the_pin_that_agrees_to_a_restore_counts_as_at_the_lock(shop: TillUnits) -> None:
    mai = Actor(UserId("mai"), "Mai", Role.OWNER, TILL)
    shop.run(lambda uow: add_user(uow, mai.user_id, mai.name, mai.role, "hash", NOON))

    def agree(right: bool) -> bool:
        return shop.run(lambda uow: confirm_restore(uow, mai, right, NOON, NOON))

    assert agree(True)
    assert not any(agree(False) for _ in range(5))
    with pytest.raises(NotPermitted) as refused:
        agree(True)
    assert refused.value.code is ErrorCode.PIN_LOCKED
    rows = shop.read(lambda session: session.cursor.execute("SELECT action FROM audit ORDER BY seq").fetchall())
    assert [row[0] for row in rows][-7:] == ["restore.confirmed", *["pin.wrong"] * 5, "pin.locked"]
