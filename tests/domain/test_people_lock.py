"""Wrong PINs close sign-in for longer and longer, and only a right one or time opens it again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, NotPermitted
from domain.ids import Instant, UserId
from domain.people import FIRST_LOCK_MS, FREE_TRIES, LONGEST_LOCK_MS, User, lock_after
from domain.policy import Role
from domain.services.people import check_pin, refuse_if_locked
from tests.builders import MERCHANT, NOON

LAN = User(UserId("lan"), MERCHANT, "Lan", Role.CASHIER, "hash of 4711")


class Pins:
    """Hashes by writing "hash of"; counts how often a PIN was tried."""

    def __init__(self) -> None:
        self.tried = 0

    def hash(self, pin: str) -> str:
        return f"hash of {pin}"

    def matches(self, pin_hash: str, pin: str) -> bool:
        self.tried += 1
        return pin_hash == self.hash(pin)


@pytest.mark.parametrize("failures", range(FREE_TRIES))
def test_the_first_four_wrong_pins_cost_nothing(failures: int) -> None:
    assert lock_after(failures, NOON) is None


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (12, 60), (100, 60), (10_000, 60)],
)
def test_the_lock_doubles_from_a_minute_up_to_an_hour(failures: int, minutes: int) -> None:
    assert lock_after(failures, NOON) == NOON + minutes * 60_000


@given(failures=st.integers(min_value=FREE_TRIES, max_value=10_000), at=st.integers(min_value=0, max_value=2**42))
def test_a_lock_is_never_shorter_than_the_one_before(failures: int, at: int) -> None:
    lock, after = lock_after(failures, Instant(at)), lock_after(failures + 1, Instant(at))
    assert lock is not None
    assert after is not None
    assert at + FIRST_LOCK_MS <= lock <= after <= at + LONGEST_LOCK_MS


def test_a_right_pin_is_right_and_a_wrong_one_is_wrong() -> None:
    assert check_pin(LAN, Pins(), "4711", NOON)
    assert not check_pin(LAN, Pins(), "4712", NOON)


def test_no_pin_is_tried_while_the_lock_is_closed() -> None:
    pins, locked = Pins(), replace(LAN, failures=5, locked_until=Instant(NOON + 60_000))
    with pytest.raises(NotPermitted) as refused:
        check_pin(locked, pins, "4711", Instant(NOON + 1))
    assert (refused.value.code, refused.value.facts) == (ErrorCode.PIN_LOCKED, {"seconds": 60})
    assert pins.tried == 0


def test_the_lock_opens_at_its_very_moment() -> None:
    locked = replace(LAN, failures=5, locked_until=Instant(NOON + 60_000))
    with pytest.raises(NotPermitted) as refused:
        refuse_if_locked(locked, Instant(NOON + 59_999))
    assert refused.value.facts == {"seconds": 1}
    refuse_if_locked(locked, Instant(NOON + 60_000))
