"""The owner's list of people and the form of each, over a real till that judges every act."""

import pytest

from domain.changes import Changes, Topic
from domain.errors import ErrorCode
from domain.ids import UserId
from domain.people import User
from domain.policy import Actor, Role
from domain.services.people import record_sign_in
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER
from tests.domain.approval_samples import ACCOUNTANT, add_people
from tests.fakes.plain_pins import PlainPins
from tests.fakes.till_work import till_desk
from ui.presenters.people import PeoplePresenter
from ui.presenters.person_form import FormKind, PersonFormPresenter


@pytest.fixture
def shop(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


@pytest.fixture
def closed() -> list[bool]:
    return []


def the_list(units: TillUnits, actor: Actor = OWNER) -> PeoplePresenter:
    presenter = PeoplePresenter(till_desk(units, actor), PlainPins())
    presenter.opened()
    return presenter


def form(
    people: PeoplePresenter, kind: FormKind, closed: list[bool], user_id: UserId | None = None
) -> PersonFormPresenter:
    people.choose(user_id)
    made = people.form(kind, lambda: closed.append(True))
    assert made is not None
    return made


def person(units: TillUnits, user_id: UserId) -> User:
    user = units.run(lambda uow: uow.people.get(user_id))
    assert user is not None
    return user


def test_everybody_is_listed_with_role_state_and_wallets(shop: TillUnits) -> None:
    rows = {row.user.id: (row.user.role, row.user.disabled, row.wallets) for row in the_list(shop).state.rows}
    assert rows[OWNER.user_id] == (Role.OWNER, False, None)
    assert rows[MANAGER.user_id] == (Role.MANAGER, False, 1)
    assert rows[CASHIER.user_id] == (Role.CASHIER, False, 0)
    assert len(rows) == 6


def test_nobody_but_an_owner_reads_the_list(shop: TillUnits) -> None:
    assert the_list(shop, MANAGER).state.rows == ()


def test_a_person_is_added_with_the_pin_they_typed(shop: TillUnits, closed: list[bool]) -> None:
    people = the_list(shop)
    adding = form(people, FormKind.ADD, closed)
    assert not adding.state.can_save
    adding.set_name("Bình")
    adding.save("4711", "4711")
    assert closed == [True]
    people.on_changes(Changes({Topic.PEOPLE: frozenset({"whoever"})}))
    added = next(row.user for row in people.state.rows if row.user.name == "Bình")
    assert added.role is Role.CASHIER
    assert person(shop, added.id).pin_hash == "hashed:4711"
    assert "4711" not in repr(adding.state)


@pytest.mark.parametrize(
    ("role", "pin", "code"),
    [
        (Role.CASHIER, "471", ErrorCode.PIN_LENGTH),
        (Role.MANAGER, "4711", ErrorCode.PIN_LENGTH),
        (Role.CASHIER, "1234", ErrorCode.PIN_EASY),
    ],
)
def test_a_weak_pin_is_refused_and_what_was_typed_beside_it_stands(
    shop: TillUnits, closed: list[bool], role: Role, pin: str, code: ErrorCode
) -> None:
    adding = form(the_list(shop), FormKind.ADD, closed)
    adding.set_name("Bình")
    adding.set_role(role)
    adding.save(pin, pin)
    state = adding.state
    assert state.problem is not None
    assert (state.problem.code, state.name, state.role, state.attempt, closed) == (code, "Bình", role, 1, [])
    assert state.can_save


def test_two_different_pins_are_not_saved(shop: TillUnits, closed: list[bool]) -> None:
    resetting = form(the_list(shop), FormKind.RESET, closed, CASHIER.user_id)
    resetting.save("4711", "4712")
    assert resetting.state.differs
    assert person(shop, CASHIER.user_id).pin_hash == "hashed:1234"
    resetting.save("4711", "4711")
    assert (closed, person(shop, CASHIER.user_id).pin_hash) == ([True], "hashed:4711")


def test_a_change_asks_for_a_pin_only_where_the_role_needs_a_longer_one(shop: TillUnits, closed: list[bool]) -> None:
    editing = form(the_list(shop), FormKind.EDIT, closed, CASHIER.user_id)
    assert not editing.state.wants_pin
    editing.set_role(Role.MANAGER)
    assert editing.state.wants_pin
    editing.save("471193", "471193")
    changed = person(shop, CASHIER.user_id)
    assert (closed, changed.role, changed.pin_hash) == ([True], Role.MANAGER, "hashed:471193")
    lowering = form(the_list(shop), FormKind.EDIT, closed, ACCOUNTANT.user_id)
    lowering.set_name("Chị Hà")
    lowering.set_role(Role.CASHIER)
    lowering.save()
    assert (person(shop, ACCOUNTANT.user_id).name, len(closed)) == ("Chị Hà", 2)


def test_an_owner_renames_themselves_and_keeps_the_role(shop: TillUnits, closed: list[bool]) -> None:
    editing = form(the_list(shop), FormKind.EDIT, closed, OWNER.user_id)
    editing.set_role(Role.CASHIER)
    editing.set_name("Cô Hoa")
    editing.save()
    assert (person(shop, OWNER.user_id).name, person(shop, OWNER.user_id).role) == ("Cô Hoa", Role.OWNER)


def test_a_person_is_disabled_and_let_in_again_but_not_the_last_owner(shop: TillUnits) -> None:
    people = the_list(shop)
    people.choose(CASHIER.user_id)
    for disabled in (True, False):
        people.set_disabled(disabled)
        assert (person(shop, CASHIER.user_id).disabled_at is not None) is disabled
    people.choose(OWNER.user_id)
    people.set_disabled(True)
    assert people.state.problem is not None
    assert people.state.problem.code is ErrorCode.LAST_OWNER
    people.choose(CASHIER.user_id)
    assert people.state.problem is None


def test_a_form_about_nobody_is_none(shop: TillUnits) -> None:
    assert the_list(shop).form(FormKind.EDIT, lambda: None) is None


def own(units: TillUnits, closed: list[bool]) -> PersonFormPresenter:
    return PeoplePresenter(till_desk(units, CASHIER), PlainPins()).own_pin_form(lambda: closed.append(True))


def test_a_cashier_changes_their_own_pin_after_the_old_one(shop: TillUnits, closed: list[bool]) -> None:
    form = own(shop, closed)
    form.save("4711", "4711", "0000")
    assert (form.state.tries_left, form.state.saving, closed) == (4, False, [])
    form.save("4711", "4711", "1234")
    assert (closed, person(shop, CASHIER.user_id).pin_hash) == ([True], "hashed:4711")


def test_wrong_old_pins_close_the_form_as_they_close_the_lock(shop: TillUnits, closed: list[bool]) -> None:
    form = own(shop, closed)
    for _ in range(5):
        form.save("4711", "4711", "0000")
    form.save("4711", "4711", "1234")
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.PIN_LOCKED
    form.cancel()
    assert closed == [True]
    assert person(shop, CASHIER.user_id).failures == 5


def test_a_weak_new_pin_costs_no_try(shop: TillUnits, closed: list[bool]) -> None:
    form = own(shop, closed)
    form.save("1111", "1111", "0000")
    assert form.state.problem is not None
    assert (form.state.problem.code, person(shop, CASHIER.user_id).failures) == (ErrorCode.PIN_EASY, 0)
    assert shop.run(lambda uow: record_sign_in(uow, CASHIER.user_id, True, NOON)) is not None
