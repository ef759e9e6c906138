"""The chaos switches: what the receiver sees when the providers misbehave."""

import threading

import httpx
import pytest

from server.simulator import vnpay_signing as signing
from server.simulator.bank import SepayList, sepay_signature
from server.simulator.book import Book
from server.simulator.journal import Journal
from tests.server.simulator.simulator_stage import (
    ACCOUNT,
    CREATE_SECRET,
    WEBHOOK_SECRET,
    Answer,
    Delivery,
    Receiver,
    Stage,
    check_request,
    create_request,
    good_answer,
    settings_for,
)
from tests.server.simulator.test_simulator_vnpay import check


def txn_ids(receiver: Receiver) -> list[str]:
    return [delivery.json()["txnId"] for delivery in receiver.got]


def test_a_dropped_notification_is_never_sent_but_can_be_by_hand(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1")
    stage.control("chaos", drop=True)
    [event] = stage.control("pay", txn_id="HD1")["events"]
    assert (event["state"], event["chaos"], receiver.got) == ("lost", ["drop"], [])
    assert check(stage, "HD1")["code"] == "00"
    assert stage.control("redeliver", event_id=event["event_id"])["state"] == "accepted"


def test_a_delayed_notification_leaves_later(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1")
    stage.control("chaos", delay_s=0.2)
    paid = stage.control("pay", txn_id="HD1", wait_s=0)
    assert (paid["status"], paid["events"][0]["state"]) == ("paid", "waiting")
    stage.idle()
    [attempt] = stage.event(paid["events"][0]["event_id"])["attempts"]
    assert attempt["at_ms"] - paid["events"][0]["at_ms"] >= 200


def test_a_duplicated_notification_arrives_as_often_as_asked_and_counts_as_one(
    stage: Stage, receiver: Receiver
) -> None:
    stage.create("HD1")
    stage.control("chaos", duplicate=3)
    [event] = stage.control("pay", txn_id="HD1")["events"]
    assert (event["state"], len(event["attempts"])) == ("accepted", 4)
    assert len(receiver.got) == 4
    assert len({delivery.body for delivery in receiver.got}) == 1


def test_two_notifications_swap_their_order(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1")
    stage.create("HD2")
    stage.control("chaos", reorder=True)
    assert stage.control("pay", txn_id="HD1")["events"][0]["state"] == "waiting"
    stage.control("pay", txn_id="HD2")
    stage.idle()
    assert txn_ids(receiver) == ["HD2", "HD1"]


def test_a_wrongly_signed_notification_is_one_the_receiver_must_refuse(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1")
    stage.control("chaos", bad_signature=True)
    [event] = stage.control("pay", txn_id="HD1")["events"]
    stage.control("pay", account_number=ACCOUNT, amount=1000)
    ipn, webhook = receiver.got
    fields = ipn.json()
    assert not signing.same(
        fields["checksum"], signing.request_checksum(fields, signing.NOTIFICATION_FIELDS, CREATE_SECRET)
    )
    right = sepay_signature(WEBHOOK_SECRET, webhook.headers["X-SePay-Timestamp"], webhook.body)
    assert webhook.headers["X-SePay-Signature"] != right
    stage.control("redeliver", event_id=event["event_id"])
    fields = receiver.got[2].json()
    assert fields["checksum"] == signing.request_checksum(fields, signing.NOTIFICATION_FIELDS, CREATE_SECRET)


def test_a_notification_can_arrive_before_the_create_call_is_answered(stage: Stage, receiver: Receiver) -> None:
    answered = threading.Event()
    early: list[bool] = []

    def answer(delivery: Delivery, number: int) -> Answer:
        early.append(not answered.is_set())
        return good_answer(delivery)

    receiver.answers = answer
    stage.control("chaos", notify_before_create=True)
    assert stage.create("HD1")["code"] == "00"
    answered.set()
    assert (early, txn_ids(receiver)) == ([True], ["HD1"])
    stage.create("HD1")
    assert len(receiver.got) == 1


@pytest.mark.parametrize("code", ["05", "08"])
def test_the_first_queries_are_in_doubt_for_each_bill(stage: Stage, code: str) -> None:
    stage.control("chaos", doubt_first=2, doubt_code=code)
    for txn_id in ("HD1", "HD2"):
        stage.create(txn_id)
        stage.control("pay", txn_id=txn_id)
        assert [check(stage, txn_id)["code"] for _ in range(3)] == [code, code, "00"]


def test_create_calls_fail_as_often_as_asked_and_then_work(stage: Stage) -> None:
    stage.control("chaos", create_fails=2, create_fail_code="99")
    assert [stage.create("HD1")["code"] for _ in range(3)] == ["99", "99", "00"]


def test_a_lost_create_answer_leaves_a_code_that_the_same_call_finds_again(stage: Stage) -> None:
    stage.control("chaos", lose_create_answers=1)
    path = "/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode"
    reply = stage.http.post(path, json=None, content=_signed("HD1"), headers={"Content-Type": "text/plain"})
    assert reply.status_code == 504
    [offer] = stage.state()["offers"]
    assert stage.create("HD1")["data"] == offer["qr_text"]


def _signed(txn_id: str) -> bytes:
    return httpx.Request("POST", "http://127.0.0.1", json=create_request(txn_id, 45_000)).content


def test_a_late_create_answer_outlasts_an_impatient_caller(stage: Stage) -> None:
    stage.control("chaos", create_delay_s=0.5)
    headers = {"Content-Type": "text/plain"}
    path = "/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode"
    with pytest.raises(httpx.ReadTimeout):
        stage.http.post(path, content=_signed("HD1"), headers=headers, timeout=0.1)
    assert [offer["title"] for offer in stage.state()["offers"]] == ["HD1"]


def test_the_list_refuses_calls_above_its_rate() -> None:
    moment = [1_000_000]
    book = Book(Journal(None), lambda: moment[0])
    sepay = SepayList(settings_for(lambda path: "http://127.0.0.1" + path, None).bank, book, time_scale=1.0)
    assert [sepay.too_fast(3) for _ in range(5)] == [False, False, False, True, True]
    moment[0] += 999
    assert sepay.too_fast(3)
    moment[0] += 1
    assert not sepay.too_fast(3)
    assert not any(sepay.too_fast(0) for _ in range(10))


def test_a_refused_list_call_says_when_to_come_back(stage: Stage) -> None:
    stage.control("configure", time_scale=1)
    replies = [stage.http.get("/userapi/transactions/list") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [401, 401, 401, 429]
    assert replies[-1].headers["x-sepay-userapi-retry-after"] == "1"


def test_an_unknown_or_impossible_switch_is_refused_and_changes_nothing(stage: Stage) -> None:
    before = stage.state()["chaos"]
    for wrong in ({"explode": True}, {"duplicate": 99}, {"doubt_code": "00"}, {"text_style": "pretty"}):
        assert stage.http.post("/control/chaos", json=wrong).status_code == 422
    assert stage.state()["chaos"] == before


def test_all_switches_go_off_together(stage: Stage) -> None:
    before = stage.state()["chaos"]
    stage.control("chaos", drop=True, duplicate=2, cut_text_at=10)
    assert stage.control("chaos", reset=True) == before


def test_a_query_knows_no_doubt_about_a_bill_nobody_created(stage: Stage) -> None:
    stage.control("chaos", doubt_first=5)
    answer = stage.http.post("/CheckTransaction/rest/api/CheckTrans", json=check_request("NOBODYS", "21/11/2026"))
    assert answer.json()["code"] == "01"
