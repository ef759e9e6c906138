"""Enrolment: a code lets one till in once, its token is shown once, and a till can be shut out."""

import json
import threading
from dataclasses import replace
from functools import partial

import httpx
import pytest

from domain.errors import Conflict, NotFound
from domain.ids import DeviceId, MerchantId
from domain.rails import Method
from server.enrolment import INVITATION_MS, connect_embedded_till, create_invitation, random_code, shut_out
from sync.wire import PROTOCOL, EnrolAnswer
from tests.builders import HUB, MERCHANT, NOON, SETUP, TILL, an_id
from tests.server.hub_stage import TOKEN, Clock, Served, ShopTill, ask


def knock(server: Served, code: str, name: str = "new till", **changes: object) -> httpx.Response:
    body = {"protocol": PROTOCOL, "code": code, "device_id": an_id(name), "name": name, **changes}
    return server.http.post("/api/v1/enrol", json=body)


def invite(server: Served) -> str:
    return create_invitation(server.hub.units, MERCHANT, server.hub.now())


def test_an_invitation_gives_a_till_its_place_and_a_token_that_opens_the_feed(server: Served) -> None:
    answer = EnrolAnswer.model_validate(knock(server, invite(server)).json())
    assert answer.model_copy(update={"token": ""}) == EnrolAnswer(
        merchant_id=MERCHANT,
        shop_name=SETUP.shop_name,
        currency="VND",
        zone="Asia/Ho_Chi_Minh",
        till_code="02",
        incarnation="A",
        token="",
        hub_device_id=HUB,
        hub_epoch=an_id("epoch"),
    )
    assert server.changes(token=answer.token).status_code == 200
    assert len(answer.token) >= 43, "32 random bytes"


def test_the_hub_keeps_neither_the_code_nor_the_token(server: Served) -> None:
    code = invite(server)
    token = knock(server, code).json()["token"]
    kept = str(ask(server.hub.units, "SELECT * FROM enrolment_codes")) + str(
        ask(server.hub.units, "SELECT * FROM tills")
    )
    for secret in (code, code.replace("-", ""), token):
        assert secret not in kept


def test_a_code_is_good_once_and_not_for_ever(server: Served, clock: Clock) -> None:
    code = invite(server)
    assert knock(server, code).status_code == 200
    for again in (knock(server, code), knock(server, code, "third till"), knock(server, random_code())):
        assert (again.status_code, again.json()) == (403, {"code": "ENROLMENT_INVALID"})
    late = invite(server)
    clock.forward(INVITATION_MS)
    assert knock(server, late, "late till").status_code == 403


def test_a_code_is_read_as_people_write_it(server: Served) -> None:
    code = invite(server)
    assert knock(server, f" {code.replace('-', ' ').lower()} ").status_code == 200


def test_of_tills_that_show_one_code_at_once_one_gets_in(server: Served) -> None:
    code, said, together = invite(server), [], threading.Barrier(6)

    def try_it(name: str) -> None:
        together.wait()
        said.append(knock(server, code, name).status_code)

    threads = [threading.Thread(target=partial(try_it, f"till {number}")) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [200] + [403] * 5


def test_till_codes_are_given_in_order_and_never_again(server: Served) -> None:
    codes = [knock(server, invite(server), f"till {number}").json()["till_code"] for number in range(3)]
    assert codes == ["02", "03", "04"]
    shut_out(server.hub.units, MERCHANT, DeviceId(an_id("till 2")), NOON)
    assert knock(server, invite(server), "another").json()["till_code"] == "05"


def test_a_till_whose_answer_was_lost_comes_again_with_a_new_code_and_keeps_its_place(server: Served) -> None:
    lost = knock(server, invite(server)).json()
    found = knock(server, invite(server)).json()
    assert (found["till_code"], found["incarnation"]) == (lost["till_code"], lost["incarnation"])
    assert server.changes(token=lost["token"]).status_code == 401
    assert server.changes(token=found["token"]).status_code == 200


def test_nobody_takes_the_place_of_a_till_that_works_or_of_the_hub(server: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    till.tell(server)
    for device_id in (TILL, HUB):
        assert knock(server, invite(server), device_id=device_id).status_code == 403
    assert server.changes().status_code == 200
    shut_out(server.hub.units, MERCHANT, TILL, NOON)
    assert knock(server, invite(server), device_id=TILL).json()["till_code"] == "01"


def test_a_till_that_is_shut_out_is_unknown_from_then_on(server: Served, till: ShopTill) -> None:
    assert shut_out(server.hub.units, MERCHANT, TILL, NOON)
    assert not shut_out(server.hub.units, MERCHANT, TILL, NOON)
    till.start(Method.CASH)
    answer = server.push(till.waiting())
    assert (answer.status_code, answer.json()) == (401, {"code": "TILL_UNKNOWN"})
    assert ask(server.hub.units, "SELECT action FROM audit WHERE subject_id = :id", id=TILL) == [("till.shut_out",)]


def test_every_till_that_is_let_in_or_shut_out_stands_in_the_trail_without_its_code_or_token(server: Served) -> None:
    code = invite(server)
    token = knock(server, code).json()["token"]
    device_id = DeviceId(an_id("new till"))
    shut_out(server.hub.units, MERCHANT, device_id, NOON)
    rows = ask(server.hub.units, "SELECT action, subject_id, facts FROM audit WHERE action LIKE 'till.%' ORDER BY seq")
    assert [row[:2] for row in rows] == [
        ("till.invited", MERCHANT),
        ("till.let_in", device_id),
        ("till.shut_out", device_id),
    ]
    assert json.loads(rows[1][2]) == {"till": "02A", "cause": "machine"}
    trail = str(ask(server.hub.units, "SELECT * FROM audit"))
    assert all(secret not in trail for secret in (code, code.replace("-", ""), token))


def test_guessing_codes_is_slowed_down(server: Served) -> None:
    statuses = [knock(server, random_code()).status_code for _ in range(12)]
    assert statuses == [403] * 10 + [429] * 2


def test_a_question_that_is_not_an_enrolment_is_refused(server: Served) -> None:
    assert knock(server, "123").status_code == 422
    assert knock(server, random_code(), protocol=99).json() == {"code": "HUB_VERSION"}
    assert server.http.post("/api/v1/enrol", content=b"{}").status_code == 415


def test_an_unknown_merchant_invites_nobody(server: Served) -> None:
    with pytest.raises(NotFound):
        create_invitation(server.hub.units, MerchantId(an_id("nobody")), NOON)


def test_the_embedded_hub_knows_its_till_at_every_start_by_a_new_token(server: Served) -> None:
    units, setup = server.hub.units, replace(SETUP, merchant_id=MerchantId(an_id("a new shop")))
    for token in ("the first start's token", "the second start's token"):
        assert connect_embedded_till(units, setup, token, "an epoch that comes too late", NOON) == an_id("epoch")
        assert server.changes(token=token).status_code == 200
    assert server.changes(token="the first start's token").status_code == 401
    assert server.changes(token=TOKEN).status_code == 200
    with pytest.raises(Conflict):
        connect_embedded_till(units, replace(setup, incarnation="B"), "x", "", NOON)
