"""People travel: what one till changes counts at the hub and at every till, in whatever order it arrives."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from domain.categories import CategoryKind
from domain.errors import ErrorCode
from domain.ids import CategoryId, Instant, MessageId, UserId
from domain.messages import Message, MessageKind, OutcomeKind
from domain.people import NewPin, PersonProof, User
from domain.person_bodies import WHOLE, PersonFact, person_body
from domain.policy import MATRIX, Action, Role
from domain.services.accounts import change_wallet, grant_account
from domain.services.categories import save_category
from domain.services.people import add_person, change_own_pin, change_person, disable_person, reset_pin
from domain.services.people_facts import person_subject, tell_everybody
from domain.services.settings import change_setting
from domain.shop_settings import DEFAULT_WALLET
from storage.keys import person_proof
from tests.builders import BANK, CASH, MERCHANT, MINUTE, NOON, QR, TILL, an_id
from tests.property.people_stage import BA, HOA, LAN, PIN, PeopleShop
from tests.property.shop_stage import PEOPLE_KEY, SECOND_TILL, Till

LATER = Instant(NOON + MINUTE)
Act = Callable[[PeopleShop, Till], Any]


@pytest.fixture
def shop() -> Iterator[PeopleShop]:
    shop = PeopleShop()
    yield shop
    shop.close()


def agree(shop: PeopleShop) -> dict[UserId, tuple[Any, ...]]:
    """Let everything arrive; return the people all three know alike."""
    shop.settle_down()
    hub, first, second = shop.known()
    assert hub == first == second
    return {UserId(row[0]): tuple(row[1:]) for row in hub["people"]}


def disable(who: UserId, by: UserId = HOA, at: Instant = LATER) -> Act:
    return lambda shop, till: till.units.run(
        lambda uow: disable_person(uow, shop.owner(till, by), who, at, disabled=True)
    )


def rename(who: UserId, name: str, role: Role) -> Act:
    return lambda shop, till: till.units.run(
        lambda uow: change_person(uow, shop.owner(till), who, LATER, name=name, role=role, pin=PIN)
    )


def new_pin(who: UserId, pin_hash: str) -> Act:
    return lambda shop, till: till.units.run(
        lambda uow: reset_pin(uow, shop.owner(till), who, NewPin(pin_hash, 6), LATER)
    )


def grant(account: Any, *, granted: bool = True) -> Act:
    return lambda shop, till: till.units.run(
        lambda uow: grant_account(uow, shop.owner(till), LAN, account, LATER, granted=granted)
    )


def test_people_of_before_are_introduced_once_and_known_everywhere(shop: PeopleShop) -> None:
    known = agree(shop)
    assert {row[0] for row in known.values()} == {"Hoa", "Ba", "Lan"}
    count = len(shop.hub_books.ask("SELECT 1 FROM feed WHERE kind = 'person'"))
    agree(shop)
    assert len(shop.hub_books.ask("SELECT 1 FROM feed WHERE kind = 'person'")) == count == 3


ACTS: list[tuple[Act, Act]] = [
    (disable(LAN), new_pin(LAN, "hash of 910274")),
    (rename(LAN, "Lan Anh", Role.MANAGER), new_pin(LAN, "hash of 910274")),
    (grant(CASH), grant(BANK)),
    (grant(QR), grant(QR, granted=False)),
    (rename(LAN, "Một", Role.MANAGER), rename(LAN, "Hai", Role.ACCOUNTANT)),
    (disable(LAN), disable(LAN)),
]


@pytest.mark.parametrize("acts", ACTS)
@pytest.mark.parametrize("order", list(permutations(("push 0", "push 1", "pull 0", "pull 1"))))
def test_two_tills_that_change_one_person_apart_agree_in_every_order(
    shop: PeopleShop, acts: tuple[Act, Act], order: tuple[str, ...]
) -> None:
    for till, act in zip(shop.tills, acts, strict=True):
        act(shop, till)
    for step in order:
        till = shop.tills[int(step[-1])]
        (shop.push if step.startswith("push") else shop.pull)(till)
    agree(shop)
    assert [till.refused() for till in shop.tills] == [[], []]


def test_somebody_disabled_here_stays_disabled_when_their_new_pin_arrives_from_elsewhere(shop: PeopleShop) -> None:
    first, second = shop.tills
    disable(LAN)(shop, first)
    shop.sync(first)
    lan = replace(shop.owner(second, LAN), name="Lan", role=Role.CASHIER)
    second.units.run(lambda uow: change_own_pin(uow, lan, True, NewPin("hash of 8264", 4), NOON))
    assert agree(shop)[LAN][2:] == ("hash of 8264", LATER)


def test_two_tills_that_grant_different_wallets_grant_both(shop: PeopleShop) -> None:
    grant(CASH)(shop, shop.tills[0])
    grant(BANK)(shop, shop.tills[1])
    agree(shop)
    assert shop.known()[0]["grants"] == sorted([(LAN, CASH), (LAN, BANK)])


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("acted", "code"), [(NOON, "LAST_OWNER"), (LATER + 1, "NOT_PERMITTED")])
def test_two_tills_cannot_take_both_owners_away(shop: PeopleShop, first: int, acted: int, code: str) -> None:
    """Each till saw another owner left; the hub refuses the second, and its till hears how it stands."""
    acts = [(HOA, BA), (BA, HOA)]
    disable(*acts[first])(shop, shop.tills[first])
    disable(*acts[1 - first], Instant(acted))(shop, shop.tills[1 - first])
    for till in (shop.tills[first], shop.tills[1 - first]):
        shop.push(till)
    known = agree(shop)
    assert sorted(known[who][3] is None for who in (HOA, BA)) == [False, True]
    assert [till.refused() for till in shop.tills][1 - first] == [("person", code)]
    assert [till.refused() for till in shop.tills][first] == []


def test_after_a_refused_change_later_ones_about_the_same_person_still_leave(shop: PeopleShop) -> None:
    disable(HOA, by=BA)(shop, shop.tills[0])
    disable(BA, by=HOA)(shop, shop.tills[1])
    agree(shop)
    shop.tills[1].units.run(
        lambda uow: change_person(uow, shop.owner(shop.tills[1], BA), BA, LATER, name="Ba Tư", role=Role.OWNER)
    )
    assert agree(shop)[BA][0] == "Ba Tư"


def test_somebody_added_by_one_who_lost_the_right_may_sign_in_nowhere(shop: PeopleShop) -> None:
    rename(BA, "Ba", Role.CASHIER)(shop, shop.tills[0])
    new = UserId(an_id("new"))
    ba = shop.owner(shop.tills[1], BA)
    shop.tills[1].units.run(lambda uow: add_person(uow, ba, new, "Người mới", Role.OWNER, PIN, LATER))
    known = agree(shop)
    assert known[new][3] is not None
    assert shop.tills[1].refused() == [("person", "NOT_PERMITTED")]


def a_fact(by: UserId | None = HOA, **facts: Any) -> PersonFact:
    user = User(LAN, MERCHANT, "Lan", Role.OWNER, "hash of 1")
    return replace(PersonFact(user, frozenset(), WHOLE, by, NOON), **facts)


TOLD = MessageId(an_id("told"))


def message(body: str, subject: str = person_subject(LAN)) -> Message:
    return Message(TOLD, subject, MessageKind.PERSON, body, MERCHANT, TILL)


def proven(fact: PersonFact, proof: PersonProof) -> str:
    return person_body(fact, proof, TOLD, TILL)


PROOF = person_proof(PEOPLE_KEY)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (message(proven(a_fact(), PersonProof(bytes(32)))), ErrorCode.PERSON_UNPROVEN),
        (message(proven(a_fact(), PersonProof(PEOPLE_KEY))), ErrorCode.PERSON_UNPROVEN),
        (message(proven(a_fact(), PROOF).replace('"cashier"', '"owner"').replace("Lan", "Len")), "proof"),
        (message(proven(a_fact(), PROOF), "person:another"), ErrorCode.MESSAGE_FOREIGN),
        (message(proven(a_fact(answers=MessageId("m")), PROOF)), ErrorCode.MESSAGE_FOREIGN),
        (message(proven(a_fact(by=LAN), PROOF)), ErrorCode.NOT_PERMITTED),
        (message(proven(a_fact(by=UserId("nobody")), PROOF)), ErrorCode.NOT_PERMITTED),
        (
            message(proven(a_fact(user=User(HOA, MERCHANT, "Hoa", Role.OWNER, "h")), PROOF), person_subject(HOA)),
            "own",
        ),
        (replace(message(proven(a_fact(), PROOF)), id=MessageId("another")), ErrorCode.PERSON_UNPROVEN),
        (replace(message(proven(a_fact(), PROOF)), device_id=SECOND_TILL), ErrorCode.PERSON_UNPROVEN),
        (message("{}"), ErrorCode.MESSAGE_MALFORMED),
        (message('{"proof": 5}'), ErrorCode.MESSAGE_MALFORMED),
    ],
)
def test_the_hub_believes_only_what_is_proven_and_allowed(shop: PeopleShop, told: Message, code: Any) -> None:
    before = shop.known()[0]
    expected = {"proof": ErrorCode.PERSON_UNPROVEN, "own": ErrorCode.OWN_ROLE}.get(code, code)
    [outcome] = shop.take([told])
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, expected)
    assert shop.known()[0] == before


def test_a_till_keeps_out_what_is_not_proven_and_reads_on(shop: PeopleShop) -> None:
    till = shop.tills[1]
    forged = message(proven(a_fact(), PersonProof(bytes(32))))
    shop.run(lambda uow: uow.outbox.add(forged, NOON))
    before = shop.known()[2]
    shop.pull(till)
    assert shop.known()[2] == before
    assert till.books.ask("SELECT subject_id FROM audit WHERE action = 'person.unproven'") == [(person_subject(LAN),)]
    disable(LAN)(shop, shop.tills[0])
    shop.sync(shop.tills[0])
    shop.pull(till)
    assert till.books.ask("SELECT disabled_at FROM users WHERE id = :id", id=LAN) == [(LATER,)]


def test_a_till_that_could_not_read_about_people_hears_everybody_anew(shop: PeopleShop) -> None:
    till = shop.tills[1]
    till.units.run(lambda uow: uow.session.cursor.execute("DELETE FROM users"))

    def tell_all(uow: Any) -> None:
        uow.proofs = PROOF
        tell_everybody(uow, LATER)

    shop.run(tell_all)
    assert set(agree(shop)) == {HOA, BA, LAN}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", ["account", "category", "setting", "person", "grant"])
def test_the_hub_takes_of_each_role_what_the_matrix_allows_and_nothing_else(
    shop: PeopleShop, role: Role, kind: str
) -> None:
    """Every role at every kind of fact: the till believes an owner, the hub knows who it is."""
    needed = {
        "account": Action.CHANGE_WALLET,
        "category": Action.CHANGE_CATEGORY,
        "setting": Action.CHANGE_SETTINGS,
        "person": Action.MANAGE_PEOPLE,
        "grant": Action.GRANT_ACCOUNT,
    }[kind]
    who, till = UserId(an_id(f"a {role}")), shop.tills[0]
    till.units.run(lambda uow: add_person(uow, shop.owner(till), who, "Ai đó", role, PIN, NOON))
    shop.settle_down()
    FACTS[kind](shop, till, who)
    [outcome] = shop.push(till)
    allowed = needed in MATRIX[role]
    assert outcome.code is (None if allowed else ErrorCode.NOT_PERMITTED)
    assert till.refused() == ([] if allowed else [("person" if kind == "grant" else kind, "NOT_PERMITTED")])


def _account(shop: PeopleShop, till: Till, who: UserId) -> None:
    owner = shop.owner(till, who)
    till.units.run(lambda uow: change_wallet(uow, owner, CASH, MessageId(an_id("m")), LATER, name="Két"))


def _category(shop: PeopleShop, till: Till, who: UserId) -> None:
    owner, made, told = shop.owner(till, who), CategoryId(an_id("c")), MessageId(an_id("m"))
    till.units.run(lambda uow: save_category(uow, owner, made, told, LATER, kind=CategoryKind.EXPENSE, name_vi="Điện"))


def _setting(shop: PeopleShop, till: Till, who: UserId) -> None:
    owner = shop.owner(till, who)
    till.units.run(lambda uow: change_setting(uow, owner, DEFAULT_WALLET, BANK, MessageId(an_id("m")), LATER))


def _person(shop: PeopleShop, till: Till, who: UserId) -> None:
    owner = shop.owner(till, who)
    till.units.run(lambda uow: disable_person(uow, owner, LAN, LATER, disabled=True))


def _grant(shop: PeopleShop, till: Till, who: UserId) -> None:
    owner = shop.owner(till, who)
    till.units.run(lambda uow: grant_account(uow, owner, LAN, CASH, LATER, granted=True))


FACTS: dict[str, Callable[[PeopleShop, Till, UserId], None]] = {
    "account": _account,
    "category": _category,
    "setting": _setting,
    "person": _person,
    "grant": _grant,
}
