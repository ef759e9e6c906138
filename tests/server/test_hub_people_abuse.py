"""What a stolen token, a hostile shop or a broken vault can do with the hub's people: little, and never to money."""

from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from domain.errors import ErrorCode
from domain.ids import Instant, UserId
from domain.people import FREE_TRIES
from domain.person_bodies import PIN, PersonFact
from domain.policy import Action, Actor
from domain.rails import Method
from server import sign_ins
from server.hub import Hub
from server.limits import SIGN_INS
from server.routes.owner import Acting
from storage.hub_people import HubPeople
from storage.hub_tills import KnownTill
from storage.scope import Scope
from storage.session import Session, Sql
from sync.wire import PROTOCOL, WireMessage
from tests.builders import MERCHANT, NOON, TILL, an_id
from tests.server.hub_stage import TOKEN, Clock, Served, ShopTill, ask, bearer
from tests.server.owner_stage import acting
from tests.server.people_stage import (
    HOA,
    KEY,
    OTHER_KEY,
    RIGHT,
    enter,
    heard,
    kept,
    light_hash,
    second_till,
    share,
    tell,
    told_of,
)


def succeed(server: Served, token: str, letter: str = "B") -> None:
    """Take a till's place as whoever holds its token may."""
    body = {"protocol": PROTOCOL, "device_id": an_id(f"heir {letter}"), "incarnation": letter}
    answer = server.http.post("/api/v1/succession", json=body, headers=bearer(token))
    assert answer.json()["accepted"], answer.text


def test_who_stole_a_token_is_not_told_the_key_by_taking_the_tills_place(shop: Served) -> None:
    succeed(shop, TOKEN)
    stolen = share(shop, OTHER_KEY)
    assert (stolen.status_code, stolen.json().get("code")) == (403, ErrorCode.NOT_PERMITTED)


def test_a_till_that_was_restored_from_before_is_told_the_key_and_everybody_again(shop: Served) -> None:
    token = second_till(shop)
    assert share(shop, OTHER_KEY, token).json()["people_key"] == KEY.hex()
    before = shop.changes().json()["head_seq"]
    succeed(shop, token)
    assert share(shop, bytes(32), token).status_code == 403
    assert share(shop, OTHER_KEY, token).json()["people_key"] == KEY.hex()
    assert shop.changes().json()["head_seq"] == before + 2, "both people are told of to the restored till"


def test_who_overheard_a_fact_cannot_tell_it_again_when_the_person_has_changed(shop: Served) -> None:
    """A till's token reads the feed: what was true of Lan once must not come back by it, under whatever id."""
    before = kept(shop)
    assert tell(shop, before, PIN)["outcome"] == "created"
    assert tell(shop, replace(before, pin_hash="the next"), PIN, at=NOON + 1)["outcome"] == "created"
    old = WireMessage.model_validate(heard(shop, protocol=2)[0])
    thief = second_till(shop)
    for again, token in (
        (old, TOKEN),
        (old.model_copy(update={"id": an_id("again")}), TOKEN),
        (old.model_copy(update={"id": an_id("again"), "device_id": an_id("second")}), thief),
        (old.model_copy(update={"device_id": an_id("second")}), thief),
    ):
        assert shop.push([again], token).json()["results"][0]["outcome"] != "created"
        assert kept(shop).pin_hash == "the next"


def test_who_stole_a_tills_token_locks_nobody_out_at_another_till(shop: Served, clock: Clock) -> None:
    thief = second_till(shop)
    answers = [enter(shop, HOA, "000000", thief) for _ in range(FREE_TRIES + 1)]
    assert answers[-1].json()["code"] == ErrorCode.PIN_LOCKED
    assert enter(shop, HOA, token=thief).json()["code"] == ErrorCode.PIN_LOCKED
    assert enter(shop, HOA).status_code == 200
    assert enter(shop, HOA, token=thief).json()["code"] == ErrorCode.PIN_LOCKED, "a right one elsewhere opens nothing"
    anew = light_hash.__wrapped__(RIGHT)  # of another salt than the one that is kept
    assert tell(shop, replace(kept(shop, HOA), pin_hash=anew), PIN)["outcome"] == "created"
    assert enter(shop, HOA, token=thief).status_code == 200, "another PIN does"


def spoil_key(server: Served) -> None:
    """Make the sealed key one that does not open."""
    sql = Sql("UPDATE people_keys SET sealed = :sealed WHERE merchant_id = :merchant_id")

    def op(session: Session) -> None:
        session.run(sql, {"sealed": "AAAA" * 20, "merchant_id": MERCHANT})

    server.hub.units.read_of(MERCHANT, op)


def test_a_key_that_does_not_open_holds_up_no_money(shop: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    fact = told_of(PersonFact(kept(shop), frozenset(), (PIN,), HOA, NOON))
    spoil_key(shop)
    answer = shop.push([WireMessage.of(fact), *till.waiting()])
    assert answer.status_code == 200, answer.text
    told, *money = answer.json()["results"]
    assert (told["outcome"], told["code"]) == ("rejected", ErrorCode.PERSON_UNPROVEN)
    assert money
    assert "rejected" not in {each["outcome"] for each in money}


def test_a_key_that_does_not_open_is_refused_in_a_word_that_a_till_goes_on_after(shop: Served) -> None:
    spoil_key(shop)
    answers = [share(shop, OTHER_KEY), enter(shop)]
    assert [answer.status_code for answer in answers] == [409, 409]


def test_a_till_may_not_try_pins_of_one_invented_person_after_another(
    shop: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_ins, "_nobodys_hash", partial(light_hash, "nobody"))
    answers = [enter(shop, UserId(an_id(f"nobody {number}")), "000000") for number in range(SIGN_INS.burst + 1)]
    assert [answer.status_code for answer in answers] == [403] * SIGN_INS.burst + [429]
    assert ask(shop.hub.units, "SELECT 1 FROM person_sessions") == []


CHANGES: Final = (
    (
        "PUT",
        "/api/v1/providers/sepay",
        {"values": {"account_number": "0123456789", "webhook_secret": "a secret", "api_token": "a token"}},
    ),
    ("DELETE", "/api/v1/providers/sepay", None),
    ("POST", "/api/v1/tills/invitations", None),
    ("DELETE", f"/api/v1/tills/{TILL}", None),
    ("POST", "/api/v1/api-keys", {"name": "Kho"}),
    ("DELETE", "/api/v1/api-keys/none", None),
    ("PUT", "/api/v1/api-keys/none/webhook", {"url": "https://shop.example/news"}),
    ("DELETE", "/api/v1/api-keys/none/webhook", None),
)
"""What an owner changes at the hub."""


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_an_owner_who_is_disabled_after_being_admitted_changes_nothing(
    shop: Served, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: object
) -> None:
    headers = acting(enter(shop, HOA).json()["token"])
    admitted = Acting.admitted

    def then_disabled(self: Acting, hub: Hub, action: Action, at: Instant) -> tuple[KnownTill, Actor]:
        found = admitted(self, hub, action, at)
        gone = replace(kept(shop, HOA), disabled_at=NOON)
        hub.units.read_of(MERCHANT, lambda session: HubPeople(Scope(session, MERCHANT)).save(gone))
        return found

    monkeypatch.setattr(Acting, "admitted", then_disabled)
    before = ask(shop.hub.units, "SELECT count(*) FROM audit")
    answer = shop.http.request(method, path, headers=headers, json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, ErrorCode.PERSON_SESSION_ENDED)
    assert ask(shop.hub.units, "SELECT count(*) FROM audit") == before
