"""A PIN's hash needs the PIN and the pepper."""

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from domain.errors import ErrorCode, StorageUnavailable
from domain.people_ports import PinCheck
from storage.pins import Argon2Pins, ShopPins

PEPPER = bytes(range(32))


def test_a_pin_fits_its_own_hash_alone() -> None:
    pins: PinCheck = Argon2Pins(PEPPER)
    kept = pins.hash("2468")
    assert pins.matches(kept, "2468")
    assert not pins.matches(kept, "2469")


def test_a_stolen_hash_is_worthless_without_the_pepper() -> None:
    assert not Argon2Pins(bytes(32)).matches(Argon2Pins(PEPPER).hash("2468"), "2468")


def test_the_hash_is_argon2id_with_the_default_cost_and_its_own_salt() -> None:
    pins = Argon2Pins(PEPPER)
    first, second = pins.hash("2468"), pins.hash("2468")
    parameters = extract_parameters(first)
    assert (parameters.type, parameters.memory_cost, parameters.time_cost) == (Type.ID, 65536, 3)
    assert first != second


def test_a_hash_that_is_none_is_tampering() -> None:
    with pytest.raises(StorageUnavailable) as refused:
        Argon2Pins(PEPPER).matches("2468", "2468")
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED


@pytest.mark.parametrize("cost", ["m=2097152,t=3,p=4", "m=65536,t=4000000,p=4", "m=65536,t=3,p=255"])
def test_a_hash_that_asks_for_far_more_work_than_ours_is_not_worked_at(cost: str) -> None:
    kept = Argon2Pins(PEPPER).hash("2468").replace("m=65536,t=3,p=4", cost)
    assert cost in kept
    with pytest.raises(StorageUnavailable) as refused:
        Argon2Pins(PEPPER).matches(kept, "2468")
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED


def test_the_pepper_does_not_show_itself() -> None:
    assert repr(Argon2Pins(PEPPER)) == "Argon2Pins()"


def test_a_tills_people_are_known_under_the_shops_key_and_under_its_own_of_before() -> None:
    pins = ShopPins(PEPPER, PEPPER)
    before = pins.hash("2468")
    pins.use(bytes(32))
    assert pins.matches(before, "2468")
    assert not pins.matches(before, "2469")
    after: str = pins.hash("2468")
    assert Argon2Pins(bytes(32)).matches(after, "2468")
    assert not Argon2Pins(PEPPER).matches(after, "2468")
