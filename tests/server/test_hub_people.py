"""People at the hub: one key for all tills, signing in with a PIN, and what each role may do there."""

import asyncio
import re
from dataclasses import replace
from typing import Any, Final

import pytest

from domain.errors import ErrorCode
from domain.ids import UserId
from domain.people import FREE_TRIES, User
from domain.person_bodies import DISABLED, PIN, ROLE, WHOLE
from domain.policy import MATRIX, Action, Role
from domain.rails import Method
from domain.services.people import add_user
from domain.services.people_facts import person_subject
from server.credentials import rotate_data_key
from server.enrolment import create_invitation, shut_out
from server.people_keys import people_key_of
from server.person_sessions import SESSION_MS
from storage.keys import person_proof
from storage.pins import Argon2Pins
from storage.replica import Replica
from sync.client import HubClient
from sync.owner_wire import PERSON_HEADER
from sync.people_key import KeyExchange
from tests.builders import MERCHANT, NOON, TILL, an_id
from tests.server.hub_stage import TOKEN, VAULT, Clock, Served, ShopTill, ask, bearer, let_in
from tests.server.owner_stage import acting
from tests.server.people_stage import (
    HOA,
    KEY,
    LAN,
    OTHER_KEY,
    RIGHT,
    enter,
    heard,
    keep,
    kept,
    second_till,
    share,
    tell,
)
from tests.sync.memory_ledger import run_inline


def test_the_first_tills_key_is_the_shops_and_lies_sealed(shop: Served) -> None:
    [(sealed,)] = ask(shop.hub.units, "SELECT sealed FROM people_keys")
    assert KEY.hex() not in sealed
    opened = shop.hub.units.read_of(MERCHANT, lambda session: people_key_of(session, VAULT, MERCHANT))
    assert opened == KEY


def test_a_till_without_people_does_not_make_its_key_the_shops(server: Served) -> None:
    assert share(server, OTHER_KEY, offered=False).json() == {"known": False, "people_key": None}
    assert share(server, KEY).json() == {"known": True, "people_key": None}


def test_another_till_is_told_the_key_once_and_again_only_for_the_key_it_showed(shop: Served, clock: Clock) -> None:
    token = second_till(shop)
    assert share(shop, OTHER_KEY, token).json() == {"known": True, "people_key": KEY.hex()}
    assert share(shop, OTHER_KEY, token).json()["people_key"] == KEY.hex(), "the first answer may have been lost"
    stolen = share(shop, bytes(32), token)
    assert (stolen.status_code, stolen.json()["code"]) == (403, ErrorCode.NOT_PERMITTED)
    assert share(shop, KEY, token).json() == {"known": True, "people_key": None}


def test_who_is_let_in_later_is_told_the_key_and_not_again(shop: Served) -> None:
    code = create_invitation(shop.hub.units, MERCHANT, NOON)
    body = {"protocol": 2, "code": code, "device_id": an_id("third"), "name": "3"}
    answer = shop.http.post("/api/v1/enrol", json=body).json()
    assert answer["people_key"] == KEY.hex()
    assert share(shop, OTHER_KEY, answer["token"]).status_code == 403


def test_the_key_is_sealed_anew_with_the_data_key(shop: Served) -> None:
    before = ask(shop.hub.units, "SELECT key_version, sealed FROM people_keys")
    rotate_data_key(shop.hub.units, VAULT, MERCHANT, NOON)
    [(version, sealed)] = ask(shop.hub.units, "SELECT key_version, sealed FROM people_keys")
    assert (version, sealed) != before[0]
    assert shop.hub.units.read_of(MERCHANT, lambda session: people_key_of(session, VAULT, MERCHANT)) == KEY
    assert enter(shop).status_code == 200


def test_a_right_pin_signs_in_for_a_quarter_of_an_hour(shop: Served, clock: Clock) -> None:
    told = enter(shop, HOA).json()
    assert told["until"] == NOON + SESSION_MS
    headers = acting(told["token"])
    assert shop.http.get("/api/v1/tills", headers=headers).status_code == 200
    clock.forward(SESSION_MS)
    ended = shop.http.get("/api/v1/tills", headers=headers)
    assert (ended.status_code, ended.json()["code"]) == (401, ErrorCode.PERSON_SESSION_ENDED)


def test_a_token_is_good_at_its_own_till_alone_and_kept_as_a_hash(shop: Served) -> None:
    token = enter(shop, HOA).json()["token"]
    elsewhere = shop.http.get("/api/v1/tills", headers={**bearer(second_till(shop)), PERSON_HEADER: token})
    assert elsewhere.json()["code"] == ErrorCode.PERSON_SESSION_ENDED
    assert token not in repr(ask(shop.hub.units, "SELECT * FROM person_sessions"))
    assert RIGHT not in repr(
        ask(shop.hub.units, "SELECT * FROM people") + ask(shop.hub.units, "SELECT facts FROM audit")
    )


def test_signing_out_ends_it(shop: Served) -> None:
    headers = acting(enter(shop, HOA).json()["token"])
    assert shop.http.post("/api/v1/people/sign-out", headers=headers).json() == {"ended": True}
    assert shop.http.post("/api/v1/people/sign-out", headers=headers).json() == {"ended": False}
    assert shop.http.get("/api/v1/tills", headers=headers).status_code == 401


def test_a_till_that_is_shut_out_ends_its_sign_ins_for_good(shop: Served) -> None:
    headers = acting(enter(shop, HOA).json()["token"])
    assert shut_out(shop.hub.units, MERCHANT, TILL, NOON)
    let_in(shop.hub.units)
    assert shop.http.get("/api/v1/tills", headers=headers).json()["code"] == ErrorCode.PERSON_SESSION_ENDED


@pytest.mark.parametrize("part", [DISABLED, ROLE, PIN])
def test_who_is_disabled_demoted_or_given_another_pin_is_signed_out(shop: Served, part: str) -> None:
    second = UserId(an_id("second owner"))
    keep(shop, second, Role.OWNER)
    headers = acting(enter(shop, second).json()["token"])
    news: dict[str, dict[str, Any]] = {
        DISABLED: {"disabled_at": NOON},
        ROLE: {"role": Role.CASHIER},
        PIN: {"pin_hash": Argon2Pins(KEY).hash("135792")},
    }
    user = replace(kept(shop, second), **news[part])
    assert tell(shop, user, part)["outcome"] == "created"
    assert shop.http.get("/api/v1/tills", headers=headers).json()["code"] == ErrorCode.PERSON_SESSION_ENDED


def test_wrong_pins_lock_by_the_hubs_clock_and_are_told_in_the_trail(shop: Served, clock: Clock) -> None:
    for _ in range(FREE_TRIES):
        refused = enter(shop, pin="000000")
        assert (refused.status_code, refused.json()["code"]) == (403, ErrorCode.PIN_WRONG)
    locked = enter(shop)
    assert (locked.json()["code"], locked.headers["retry-after"]) == (ErrorCode.PIN_LOCKED, "60")
    clock.forward(60_000)
    assert enter(shop).status_code == 200
    acts = [
        row[0] for row in ask(shop.hub.units, "SELECT action FROM audit WHERE subject_id = :id ORDER BY seq", id=LAN)
    ]
    assert acts == [*["pin.wrong"] * FREE_TRIES, "pin.locked", "hub.signed_in"]


def test_somebody_unknown_or_disabled_is_answered_like_a_wrong_pin(shop: Served) -> None:
    user = kept(shop)
    tell(shop, User(LAN, MERCHANT, user.name, user.role, user.pin_hash, disabled_at=NOON), DISABLED)
    answers = [enter(shop, an_id("nobody")), enter(shop, LAN), enter(shop, HOA, "000000")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(403, answers[0].text)}


def test_a_till_may_not_try_a_persons_pins_without_end(shop: Served) -> None:
    answers = [enter(shop, an_id("nobody"), "000000").status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2


def test_before_a_till_has_told_its_key_nobody_signs_in(server: Served) -> None:
    assert (enter(server).status_code, enter(server).json()["code"]) == (409, ErrorCode.KEY_MISSING)


BY_PERSON: Final = {
    ("GET", "/api/v1/providers"): Action.MANAGE_PROVIDERS,
    ("PUT", "/api/v1/providers/sepay"): Action.MANAGE_PROVIDERS,
    ("DELETE", "/api/v1/providers/sepay"): Action.MANAGE_PROVIDERS,
    ("POST", "/api/v1/providers/sepay/test"): Action.MANAGE_PROVIDERS,
    ("GET", "/api/v1/tills"): Action.MANAGE_TILLS,
    ("POST", "/api/v1/tills/invitations"): Action.MANAGE_TILLS,
    ("DELETE", "/api/v1/tills/nobody"): Action.MANAGE_TILLS,
    ("GET", "/api/v1/api-keys"): Action.MANAGE_API_KEYS,
    ("POST", "/api/v1/api-keys"): Action.MANAGE_API_KEYS,
    ("DELETE", "/api/v1/api-keys/none"): Action.MANAGE_API_KEYS,
    ("PUT", "/api/v1/api-keys/none/webhook"): Action.MANAGE_API_KEYS,
    ("DELETE", "/api/v1/api-keys/none/webhook"): Action.MANAGE_API_KEYS,
    ("POST", "/api/v1/api-keys/none/webhook/test"): Action.MANAGE_API_KEYS,
    ("GET", "/api/v1/api-keys/none/webhook/deliveries"): Action.MANAGE_API_KEYS,
    ("POST", "/api/v1/api-keys/none/webhook/deliveries/none/resend"): Action.MANAGE_API_KEYS,
    ("POST", "/api/v1/statements"): Action.IMPORT_STATEMENT,
}
"""Each route of the hub that takes a person, and the right it takes."""


def test_every_route_that_takes_a_person_has_its_row(shop: Served) -> None:
    described = shop.http.get("/api/v1/openapi.json").json()["paths"]
    found = {
        (method.upper(), path)
        for path, methods in described.items()
        for method, route in methods.items()
        if {"Person": []} in [{name: []} for needed in route.get("security", []) for name in needed]
    }
    patterns = [(method, re.compile(re.sub(r"\{\w+\}", r"[^/]+", path) + "$")) for method, path in found]
    asked = {(method, path) for method, path in BY_PERSON}
    unasked = [
        (method, pattern.pattern)
        for method, pattern in patterns
        if not any(method == by and pattern.match(path) for by, path in asked)
    ]
    assert unasked == [("POST", "/api/v1/people/sign-out$")], "whoever is signed in may sign out"


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_at_the_hub_what_the_matrix_says_and_nothing_else(shop: Served, role: Role) -> None:
    who = UserId(an_id(f"a {role}"))
    keep(shop, who, role)
    headers = acting(enter(shop, who).json()["token"])
    for (method, path), action in BY_PERSON.items():
        answer = shop.http.request(method, path, headers=headers, json={} if method in {"PUT", "POST"} else None)
        refused = answer.status_code == 403 and answer.json()["code"] == ErrorCode.NOT_PERMITTED
        assert refused is (action not in MATRIX[role]), (role, method, path, answer.text)
        assert answer.status_code != 401


def test_a_stolen_token_alone_adds_nobody(shop: Served) -> None:
    thief = User(UserId(an_id("thief")), MERCHANT, "Kẻ gian", Role.OWNER, "hash")
    for by in (None, HOA):
        told = tell(shop, thief, *WHOLE, by=by, key=OTHER_KEY)
        assert (told["outcome"], told["code"]) == ("rejected", ErrorCode.PERSON_UNPROVEN)
    assert ask(shop.hub.units, "SELECT 1 FROM people WHERE id = :id", id=thief.id) == []
    assert heard(shop, protocol=2) == []


def test_the_last_owner_stays_and_the_till_hears_how_it_is(shop: Served) -> None:
    owner = kept(shop, HOA)
    told = tell(shop, User(HOA, MERCHANT, owner.name, owner.role, owner.pin_hash, disabled_at=NOON), DISABLED)
    assert (told["outcome"], told["code"]) == ("rejected", ErrorCode.LAST_OWNER)
    [told_back] = heard(shop, protocol=2)
    assert f'"answers":"{told["id"]}"' in told_back["body"]
    assert '"disabled_at":null' in told_back["body"]


def test_tills_of_the_first_protocol_hear_nothing_about_people(shop: Served) -> None:
    tell(shop, User(UserId(an_id("new")), MERCHANT, "Mới", Role.CASHIER, "hash"), *WHOLE)
    assert len(heard(shop, protocol=2)) == 1
    assert heard(shop) == heard(shop, protocol=1) == []
    assert shop.changes().json()["head_seq"] == shop.changes(protocol=2).json()["head_seq"]


def test_money_of_somebody_without_the_right_is_kept_and_noted(shop: Served, till: ShopTill) -> None:
    payment = till.start(Method.CASH)
    auditor = User(payment.actor_id, MERCHANT, "Lan", Role.AUDITOR, "hash")
    tell(shop, auditor, *WHOLE)
    assert "rejected" not in till.tell(shop)
    noted = ask(shop.hub.units, "SELECT actor_id, subject_id FROM audit WHERE action = 'acted_without_right'")
    assert {row[0] for row in noted} == {payment.actor_id}
    assert payment.id in {row[1] for row in noted}


def test_a_till_in_use_shares_its_key_and_introduces_its_people_over_the_wire(server: Served, till: ShopTill) -> None:
    units = till.units
    units.prove_people(person_proof(KEY))
    units.run(lambda uow: add_user(uow, LAN, "Lan", Role.CASHIER, Argon2Pins(KEY).hash(RIGHT), NOON))
    replica = Replica(units)

    async def settle() -> None:
        client = HubClient(lambda: server.url, lambda: TOKEN)
        await KeyExchange(replica, run_inline, client, lambda: NOON, lambda: KEY, lambda key: None).settle()
        await client.aclose()

    asyncio.run(settle())
    assert replica.people_key_shared()
    assert "rejected" not in till.tell(server)
    assert enter(server).status_code == 200
    assert [told["subject_id"] for told in heard(server, protocol=2)] == [person_subject(LAN)]
