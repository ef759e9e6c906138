"""Wrong PINs close sign-in for longer and longer, and only a right one or time opens it again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, NotPermitted, RuleBroken
from domain.ids import UserId
from domain.people import FIRST_LOCK_MS, FREE_TRIES, LONGEST_LOCK_MS, User, check_new_pin, lock_ms
from domain.policy import Role
from domain.services.people import check_pin, refuse_if_shut_out
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
    assert lock_ms(failures) == 0


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (12, 60), (100, 60), (10_000, 60)],
)
def test_the_lock_doubles_from_a_minute_up_to_an_hour(failures: int, minutes: int) -> None:
    assert lock_ms(failures) == minutes * 60_000


@given(failures=st.integers(min_value=FREE_TRIES, max_value=10_000))
def test_a_lock_is_never_shorter_than_the_one_before(failures: int) -> None:
    assert FIRST_LOCK_MS <= lock_ms(failures) <= lock_ms(failures + 1) <= LONGEST_LOCK_MS


def test_a_right_pin_is_right_and_a_wrong_one_is_wrong() -> None:
    assert check_pin(LAN, Pins(), "4711")
    assert not check_pin(LAN, Pins(), "4712")


def test_no_pin_is_tried_while_the_lock_is_closed() -> None:
    pins, locked = Pins(), replace(LAN, failures=5, locked_ms=60_000)
    with pytest.raises(NotPermitted) as refused:
        check_pin(locked, pins, "4711")
    assert (refused.value.code, refused.value.facts) == (ErrorCode.PIN_LOCKED, {"seconds": 60})
    assert pins.tried == 0


def test_the_lock_opens_at_its_very_moment() -> None:
    with pytest.raises(NotPermitted) as refused:
        refuse_if_shut_out(replace(LAN, failures=5, locked_ms=1))
    assert refused.value.facts == {"seconds": 1}
    refuse_if_shut_out(replace(LAN, failures=5, locked_ms=0))


def test_no_pin_is_tried_of_somebody_who_is_disabled() -> None:
    pins = Pins()
    with pytest.raises(NotPermitted) as refused:
        check_pin(replace(LAN, disabled_at=NOON), pins, "4711")
    assert (refused.value.code, pins.tried) == (ErrorCode.PERSON_DISABLED, 0)


@pytest.mark.parametrize("pin", ["0000", "1234", "4321", "7890", "3210", "1212", "1987", "2026"])
def test_a_pin_that_is_tried_first_is_refused(pin: str) -> None:
    assert refusal(pin, Role.CASHIER) is ErrorCode.PIN_EASY


@pytest.mark.parametrize("pin", ["111111", "123456", "987654", "121212", "471471", "31121987", "19871231", "12311987"])
def test_a_long_pin_that_is_tried_first_is_refused(pin: str) -> None:
    assert refusal(pin, Role.OWNER) is ErrorCode.PIN_EASY


@pytest.mark.parametrize(
    ("pin", "role"),
    [
        ("471", Role.CASHIER),
        ("47119", Role.MANAGER),
        ("47119", Role.ACCOUNTANT),
        ("47119", Role.AUDITOR),
        ("47119", Role.OWNER),
        ("4711930582716", Role.OWNER),
        ("47a1", Role.CASHIER),
        ("4 71", Role.CASHIER),
        ("٤٧١٩", Role.CASHIER),
    ],
)
def test_a_pin_is_ascii_digits_as_many_as_the_role_needs(pin: str, role: Role) -> None:
    assert refusal(pin, role) is ErrorCode.PIN_LENGTH


@pytest.mark.parametrize(
    ("pin", "role"),
    [("4711", Role.CASHIER), ("1379", Role.CASHIER), ("471193", Role.OWNER), ("864209", Role.MANAGER)],
)
def test_a_pin_like_any_other_is_good(pin: str, role: Role) -> None:
    assert refusal(pin, role) is None


def refusal(pin: str, role: Role) -> ErrorCode | None:
    try:
        check_new_pin(pin, role)
    except RuleBroken as refused:
        return refused.code
    return None
