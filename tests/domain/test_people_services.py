"""People: added, changed, disabled and given PINs by the owner; nobody is deleted, and an owner always remains."""

import pytest

from domain.approvals import Asked, Guarded
from domain.changes import Changes, Topic
from domain.errors import Conflict, ErrorCode, RuleBroken
from domain.ids import ApprovalId, UserId
from domain.people import NewPin, User
from domain.policy import Actor, Role
from domain.services.approvals import grant_approval, spend_approval
from domain.services.people import (
    add_person,
    change_own_pin,
    change_person,
    disable_person,
    make_pin,
    record_sign_in,
    reset_pin,
)
from storage.queries import TillQueries
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER, TILL, an_id
from tests.domain.approval_samples import OTHER_MANAGER, add_people
from tests.domain.test_trail import told
from tests.domain.till_facts import code_of, dump

NEW = UserId(an_id("new person"))
PIN = NewPin("hash of 471193", 6)
SHORT = NewPin("hash of 4711", 4)
VOID = Asked(Guarded.VOID, "a voucher", 1)
SECOND = Actor(NEW, "Anh Ba", Role.OWNER, TILL)


class Pins:
    """A PIN check without the slowness."""

    def hash(self, pin: str) -> str:
        return f"hash of {pin}"

    def matches(self, pin_hash: str, pin: str) -> bool:
        return pin_hash == self.hash(pin)


@pytest.fixture
def shop(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


def person(units: TillUnits, user_id: UserId) -> User:
    user = units.run(lambda uow: uow.people.get(user_id))
    assert user is not None
    return user


def add(units: TillUnits, name: str = "Anh Ba", role: Role = Role.OWNER, pin: NewPin = PIN) -> User:
    return units.run(lambda uow: add_person(uow, OWNER, NEW, name, role, pin, NOON))


def test_a_new_person_signs_in_and_is_told_with_who_added_them(shop: TillUnits, published: list[Changes]) -> None:
    assert add(shop, "  Bình ", Role.CASHIER, SHORT).name == "Bình"
    assert published[-1].touched == {Topic.PEOPLE: frozenset({NEW})}
    assert shop.run(lambda uow: record_sign_in(uow, NEW, True, NOON)) == Actor(NEW, "Bình", Role.CASHIER, TILL)
    assert told(shop, "user.added")[-1] == {"cause": "person", "name": "Bình", "role": "cashier"}


def test_adding_twice_is_one_person_and_another_one_under_the_same_id_is_refused(shop: TillUnits) -> None:
    add(shop)
    before = dump(shop)
    add(shop)
    assert dump(shop) == before
    with pytest.raises(Conflict):
        add(shop, "Chị Tư")


@pytest.mark.parametrize("name", ["", "   ", "n" * 61])
def test_a_person_needs_a_name(shop: TillUnits, name: str) -> None:
    code = code_of(shop, lambda uow: add_person(uow, OWNER, NEW, name, Role.CASHIER, SHORT, NOON))
    assert code is ErrorCode.NAME_INVALID


def test_a_pin_made_for_a_cashier_is_kept_for_no_other_role(shop: TillUnits) -> None:
    made = make_pin(Pins(), "4711", Role.CASHIER)
    assert made == SHORT
    for act in (
        lambda uow: add_person(uow, OWNER, NEW, "Bình", Role.MANAGER, made, NOON),
        lambda uow: reset_pin(uow, OWNER, MANAGER.user_id, made, NOON),
        lambda uow: change_own_pin(uow, MANAGER, True, made, NOON),
        lambda uow: change_person(uow, OWNER, CASHIER.user_id, NOON, name="Lan", role=Role.AUDITOR, pin=made),
    ):
        assert code_of(shop, act) is ErrorCode.PIN_LENGTH


def test_a_weak_pin_is_never_hashed() -> None:
    with pytest.raises(RuleBroken) as refused:
        make_pin(Pins(), "123456", Role.OWNER)
    assert refused.value.code is ErrorCode.PIN_EASY


def test_a_changed_person_is_told_before_and_after(shop: TillUnits) -> None:
    shop.run(lambda uow: change_person(uow, OWNER, CASHIER.user_id, NOON, name="Lan Anh", role=Role.MANAGER, pin=PIN))
    changed = person(shop, CASHIER.user_id)
    assert (changed.name, changed.role, changed.pin_hash) == ("Lan Anh", Role.MANAGER, PIN.hash)
    assert told(shop, "user.changed") == [
        {
            "cause": "person",
            "name": "Lan Anh",
            "name.before": "Lan",
            "role": "manager",
            "role.before": "cashier",
        }
    ]
    assert told(shop, "pin.reset") == [{"cause": "person", "name": "Lan Anh"}]


def test_who_is_raised_to_a_role_with_longer_pins_needs_a_new_one(shop: TillUnits) -> None:
    code = code_of(shop, lambda uow: change_person(uow, OWNER, CASHIER.user_id, NOON, name="Lan", role=Role.MANAGER))
    assert code is ErrorCode.PIN_NEEDED
    shop.run(lambda uow: change_person(uow, OWNER, MANAGER.user_id, NOON, name="Minh", role=Role.CASHIER))
    assert person(shop, MANAGER.user_id).role is Role.CASHIER


def test_nobody_changes_their_own_role_not_even_where_another_owner_stands(shop: TillUnits) -> None:
    add(shop)
    code = code_of(shop, lambda uow: change_person(uow, OWNER, OWNER.user_id, NOON, name=OWNER.name, role=Role.MANAGER))
    assert code is ErrorCode.OWN_ROLE
    shop.run(lambda uow: change_person(uow, OWNER, OWNER.user_id, NOON, name="Cô Hoa", role=Role.OWNER))
    assert person(shop, OWNER.user_id).name == "Cô Hoa"


def test_the_last_owner_can_be_neither_disabled_nor_demoted(shop: TillUnits) -> None:
    assert code_of(shop, lambda uow: disable_person(uow, OWNER, OWNER.user_id, NOON, disabled=True)) is (
        ErrorCode.LAST_OWNER
    )
    add(shop)
    shop.run(lambda uow: disable_person(uow, SECOND, OWNER.user_id, NOON, disabled=True))
    code = code_of(shop, lambda uow: change_person(uow, OWNER, NEW, NOON, name="Anh Ba", role=Role.CASHIER))
    assert code is ErrorCode.LAST_OWNER


def test_who_is_disabled_neither_signs_in_nor_approves_nor_changes_a_pin_until_let_in_again(shop: TillUnits) -> None:
    approval = shop.run(
        lambda uow: grant_approval(
            uow, CASHIER, MANAGER.user_id, True, VOID, ApprovalId(an_id("word")), NOON, reason="Nhầm"
        )
    )
    assert approval is not None
    shop.run(lambda uow: disable_person(uow, OWNER, MANAGER.user_id, NOON, disabled=True))
    for act in (
        lambda uow: record_sign_in(uow, MANAGER.user_id, True, NOON),
        lambda uow: record_sign_in(uow, MANAGER.user_id, False, NOON),
        lambda uow: change_own_pin(uow, MANAGER, True, PIN, NOON),
        lambda uow: spend_approval(uow, CASHIER, approval, VOID, NOON, used_by="a reversal"),
        lambda uow: grant_approval(
            uow, CASHIER, MANAGER.user_id, True, VOID, ApprovalId(an_id("another")), NOON, reason="Nhầm"
        ),
    ):
        assert code_of(shop, act) is ErrorCode.PERSON_DISABLED
    names = shop.read(lambda session: [user.name for user in TillQueries(session).users()])
    everybody = shop.read(lambda session: {user.name: user.disabled for user in TillQueries(session).everybody()})
    assert MANAGER.name not in names
    assert everybody[MANAGER.name]
    assert not everybody[OTHER_MANAGER.name]
    shop.run(lambda uow: disable_person(uow, OWNER, MANAGER.user_id, NOON, disabled=False))
    assert shop.run(lambda uow: record_sign_in(uow, MANAGER.user_id, True, NOON)) is not None
    facts = [{"cause": "person", "name": MANAGER.name, "role": "manager"}]
    assert (told(shop, "user.disabled"), told(shop, "user.enabled")) == (facts, facts)


def test_disabling_twice_tells_once(shop: TillUnits) -> None:
    for _ in range(2):
        shop.run(lambda uow: disable_person(uow, OWNER, CASHIER.user_id, NOON, disabled=True))
    assert len(told(shop, "user.disabled")) == 1


def test_ones_own_pin_is_changed_after_the_old_one_and_a_wrong_one_counts(shop: TillUnits) -> None:
    def change(right: bool) -> bool:
        return shop.run(lambda uow: change_own_pin(uow, CASHIER, right, SHORT, NOON))

    assert change(False) is False
    assert (person(shop, CASHIER.user_id).failures, person(shop, CASHIER.user_id).pin_hash) == (1, "hashed:1234")
    assert change(True) is True
    assert (person(shop, CASHIER.user_id).failures, person(shop, CASHIER.user_id).pin_hash) == (0, SHORT.hash)
    assert told(shop, "pin.changed") == [{"cause": "person", "name": "Lan"}]


def test_five_wrong_old_pins_close_the_lock_as_at_sign_in(shop: TillUnits) -> None:
    for _ in range(5):
        shop.run(lambda uow: change_own_pin(uow, CASHIER, False, SHORT, NOON))
    assert code_of(shop, lambda uow: change_own_pin(uow, CASHIER, True, SHORT, NOON)) is ErrorCode.PIN_LOCKED
    assert len(told(shop, "pin.locked")) == 1


def test_a_reset_gives_another_pin_and_opens_the_lock_and_is_never_for_oneself(shop: TillUnits) -> None:
    for _ in range(5):
        shop.run(lambda uow: record_sign_in(uow, CASHIER.user_id, False, NOON))
    shop.run(lambda uow: reset_pin(uow, OWNER, CASHIER.user_id, SHORT, NOON))
    assert shop.run(lambda uow: record_sign_in(uow, CASHIER.user_id, True, NOON)) is not None
    assert code_of(shop, lambda uow: reset_pin(uow, OWNER, OWNER.user_id, PIN, NOON)) is ErrorCode.OWN_ROLE


def test_somebody_unknown_is_neither_changed_nor_disabled_nor_given_a_pin(shop: TillUnits) -> None:
    for act in (
        lambda uow: change_person(uow, OWNER, NEW, NOON, name="Ai", role=Role.CASHIER),
        lambda uow: disable_person(uow, OWNER, NEW, NOON, disabled=True),
        lambda uow: reset_pin(uow, OWNER, NEW, PIN, NOON),
    ):
        assert code_of(shop, act) is ErrorCode.PERSON_UNKNOWN


def test_neither_a_pin_nor_its_hash_stands_in_the_trail(shop: TillUnits) -> None:
    add(shop)
    shop.run(lambda uow: reset_pin(uow, OWNER, CASHIER.user_id, SHORT, NOON))
    shop.run(lambda uow: change_own_pin(uow, MANAGER, True, PIN, NOON))
    trail = repr(dump(shop)["audit"])
    assert "user.added" in trail
    for secret in ("4711", "hash of", "hashed:"):
        assert secret not in trail
