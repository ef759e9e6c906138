"""What a customer does with a code: too little, too much, twice, late, not at all."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.server.simulator.simulator_stage import Receiver, Stage, vietqr

VIETNAM = timezone(timedelta(hours=7))


def amounts(receiver: Receiver) -> list[str]:
    return [delivery.json()["amount"] for delivery in receiver.got]


@pytest.mark.parametrize("amount", [40_000, 50_000])
def test_a_customer_can_pay_too_little_or_too_much(stage: Stage, receiver: Receiver, amount: int) -> None:
    stage.create("HD1", 45_000)
    assert stage.control("pay", txn_id="HD1", amount=amount)["status"] == "paid"
    assert amounts(receiver) == [str(amount)]


def test_paying_twice_is_two_payments_with_traces_of_their_own(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    assert len(stage.control("pay", txn_id="HD1", times=2)["events"]) == 2
    assert amounts(receiver) == ["45000", "45000"]
    assert len({delivery.json()["qrTrace"] for delivery in receiver.got}) == 2


def test_paying_twice_by_transfer_makes_two_lines_and_a_growing_balance(stage: Stage, receiver: Receiver) -> None:
    stage.control("pay", account_number="0123499999", amount=1000, times=2)
    lines = sorted((delivery.json()["id"], delivery.json()["accumulated"]) for delivery in receiver.got)
    assert [balance for _, balance in lines] == [1000, 2000]
    assert stage.state()["bank"]["balance"] == 2000


def test_a_late_payment_is_planned_and_then_made(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    planned = stage.control("pay", txn_id="HD1", delay_s=0.5)
    assert (planned["events"], planned["status"]) == ([], "open")
    assert planned["plan"]["plan_id"] == stage.state()["plans"][0]["plan_id"]
    stage.idle()
    assert amounts(receiver) == ["45000"]
    assert stage.state()["plans"] == []


def test_a_payment_planned_before_the_code_expired_still_takes_the_money(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    stage.control("pay", txn_id="HD1", delay_s=0.5)
    assert stage.control("expire", txn_id="HD1")["status"] == "expired"
    stage.idle()
    assert amounts(receiver) == ["45000"]
    assert stage.state()["offers"][0]["status"] == "paid"


def test_an_expired_code_is_paid_only_on_purpose(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    stage.control("expire", txn_id="HD1")
    assert stage.refused("pay", txn_id="HD1") == (409, "expired")
    assert receiver.got == []
    assert stage.control("pay", txn_id="HD1", late=True)["status"] == "paid"


def test_a_code_expires_by_the_date_of_its_create_call(stage: Stage) -> None:
    soon = (datetime.now(UTC).astimezone(VIETNAM) + timedelta(minutes=5)).strftime("%y%m%d%H%M")
    stage.create("HD1", changes={"expDate": soon})
    [offer] = stage.state()["offers"]
    assert offer["status"] == "open"
    assert datetime.fromtimestamp(offer["expires_ms"] / 1000, VIETNAM).strftime("%y%m%d%H%M") == soon


def test_a_declined_bill_can_still_be_paid(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    assert stage.control("decline", offer="vnpay:HD1")["status"] == "declined"
    assert stage.control("pay", offer="vnpay:HD1")["status"] == "paid"
    assert [delivery.json()["code"] for delivery in receiver.got] == ["24", "00"]


def test_a_declined_or_expired_transfer_code_tells_nobody(stage: Stage, receiver: Receiver) -> None:
    text = vietqr("BT1", 1000)
    assert stage.control("decline", qr_text=text)["status"] == "declined"
    assert stage.control("expire", qr_text=text)["status"] == "expired"
    assert stage.refused("pay", qr_text=text) == (409, "expired")
    assert (receiver.got, stage.state()["events"]) == ([], [])


def test_a_paid_code_can_neither_be_declined_nor_expire(stage: Stage) -> None:
    stage.create("HD1")
    stage.control("pay", txn_id="HD1")
    assert stage.refused("decline", txn_id="HD1") == (409, "paid")
    assert stage.refused("expire", txn_id="HD1") == (409, "paid")


@pytest.mark.parametrize("act", ["decline", "expire"])
def test_an_unknown_code_can_neither_be_declined_nor_expire(stage: Stage, act: str) -> None:
    assert stage.refused(act, txn_id="HD1") == (404, "unknown")
    assert stage.refused(act) == (422, "nothing")


def test_a_stray_payment_names_a_bill_nobody_created(stage: Stage, receiver: Receiver) -> None:
    stage.control("pay", txn_id="NOBODYS", amount=5_000, stray=True)
    assert (receiver.got[0].json()["txnId"], stage.state()["offers"]) == ("NOBODYS", [])
    assert stage.refused("pay", txn_id="NOBODYS2", stray=True) == (422, "amount_missing")


@pytest.mark.parametrize("body", [{"amount": 0}, {"times": 0}, {"times": 101}, {"delay_s": -1}, {"colour": "red"}])
def test_an_impossible_request_is_refused_before_anything_happens(
    stage: Stage, receiver: Receiver, body: dict[str, object]
) -> None:
    stage.create("HD1")
    assert stage.http.post("/control/pay", json={"txn_id": "HD1", **body}).status_code == 422
    assert receiver.got == []


# ---- redelivery


def test_a_notification_is_delivered_again_fifty_times_in_parallel(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    again = stage.control("redeliver", event_id=event["event_id"], times=50, parallel=True)
    assert [attempt["code"] for attempt in again["attempts"]] == ["00"] * 50
    assert len(receiver.got) == 51
    assert len({delivery.body for delivery in receiver.got}) == 1
    assert [attempt["by_hand"] for attempt in stage.event(event["event_id"])["attempts"]].count(True) == 50


def test_a_given_up_notification_is_accepted_after_all_by_hand(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (503, "")
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    stage.idle()
    receiver.answers = lambda delivery, number: (200, json.dumps({"code": "00"}))
    assert stage.control("redeliver", event_id=event["event_id"])["state"] == "accepted"
    assert stage.event(event["event_id"])["state"] == "accepted"


def test_a_retry_ends_when_the_same_notification_was_accepted_by_hand(stage: Stage, receiver: Receiver) -> None:
    stage.control("configure", time_scale=10)
    receiver.answers = lambda delivery, number: (503, "") if number == 1 else (200, '{"code":"00"}')
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    assert event["state"] == "retrying"
    assert stage.control("redeliver", event_id=event["event_id"])["state"] == "accepted"
    stage.idle()
    assert len(receiver.got) == 2


def test_an_unknown_notification_cannot_be_delivered_again(stage: Stage) -> None:
    assert stage.http.post("/control/redeliver", json={"event_id": 1}).status_code == 404
    assert stage.http.get("/control/events/1").status_code == 404
