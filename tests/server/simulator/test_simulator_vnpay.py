"""VNPAY QR MMS as the hub meets it: create, query, notify, refund."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from server.simulator import emv
from server.simulator import vnpay_signing as signing
from server.simulator.book import Book
from server.simulator.chaos import Chaos, ChaosSwitches
from server.simulator.journal import Journal
from server.simulator.vnpay import VnpayMms
from tests.server.simulator.simulator_stage import (
    CHECK_SECRET,
    CREATE_SECRET,
    NOTHING,
    REFUND_SECRET,
    Receiver,
    Stage,
    check_request,
    create_request,
    settings_for,
)

VIETNAM = timezone(timedelta(hours=7))
NOW_MS = int(datetime(2026, 11, 21, 3, 0, tzinfo=UTC).timestamp() * 1000)  # 10:00 in Vietnam


def mms() -> VnpayMms:
    """VNPAY alone, without a server, at a fixed moment."""
    book = Book(Journal(None), lambda: NOW_MS)
    return VnpayMms(settings_for(lambda path: f"http://127.0.0.1{path}", None).vnpay, book, Chaos(ChaosSwitches()))


def created(changes: Mapping[str, object] = NOTHING) -> dict[str, Any]:
    return mms().create_qr(json.dumps(create_request("HD1", 45_000, changes)).encode())


def today() -> str:
    return datetime.now(VIETNAM).strftime("%d/%m/%Y")


def check(
    stage: Stage, txn_id: str, pay_date: str | None = None, changes: Mapping[str, object] = NOTHING
) -> dict[str, Any]:
    fields = check_request(txn_id, pay_date or today(), changes)
    answer: dict[str, Any] = stage.http.post("/CheckTransaction/rest/api/CheckTrans", json=fields).json()
    return answer


# ---- create


def test_a_created_code_is_a_vnpay_qr_that_carries_bill_terminal_and_amount() -> None:
    answer = created()
    assert (answer["code"], answer["url"]) == ("00", None)
    assert emv.read(answer["data"]) == emv.VnpayQr("88888888", "PSSTEST", "HD1", 45_000)


def test_the_answer_is_signed_with_the_create_secret_and_null_counts_as_a_word() -> None:
    answer = created()
    text = f"00|Success|{answer['data']}|null|{CREATE_SECRET}"
    assert answer["checksum"] == signing.md5_upper(text)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checksum": "0" * 32}, "06"),
        ({"appId": "SOMEBODY"}, "10"),
        ({"merchantCode": "99999999"}, "07"),
        ({"terminalId": "OTHER"}, "21"),
        ({"serviceCode": "99"}, "09"),
        ({"masterMerCode": ""}, "12"),
        ({"payType": "04", "purpose": "an trua"}, "15"),
        ({"payType": "04", "consumerID": "KH1"}, "16"),
        ({"payType": "77"}, "01"),
        ({"amount": "45000.0"}, "01"),
        ({"amount": "0"}, "01"),
        ({"amount": 45000}, "01"),
        ({"txnId": "A" * 16}, "01"),
        ({"txnId": ""}, "01"),
        ({"billNumber": ""}, "01"),
        ({"terminalId": "TOOLONG99"}, "01"),
        ({"ccy": "VND"}, "01"),
        ({"desc": "Cà phê"}, "01"),
        ({"merchantName": "Quán"}, "01"),
        ({"expDate": "2611211030x"}, "01"),
        ({"expDate": "2611210959"}, "01"),
    ],
)
def test_a_wrong_create_call_gets_the_code_of_the_table(changes: dict[str, object], code: str) -> None:
    answer = created(changes)
    assert (answer["code"], answer["data"]) == (code, None)
    assert signing.same(
        answer["checksum"], signing.answer_checksum(answer, signing.CREATE_ANSWER_FIELDS, CREATE_SECRET)
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"txnId=1"])
def test_a_create_call_that_is_not_a_json_object_is_refused(body: bytes) -> None:
    assert mms().create_qr(body)["code"] == "01"


def test_the_same_bill_and_amount_get_the_same_code_again() -> None:
    vnpay = mms()
    raw = json.dumps(create_request("HD1", 45_000)).encode()
    assert vnpay.create_qr(raw) == vnpay.create_qr(raw)


def test_the_same_bill_with_another_amount_is_refused() -> None:
    vnpay = mms()
    vnpay.create_qr(json.dumps(create_request("HD1", 45_000)).encode())
    assert vnpay.create_qr(json.dumps(create_request("HD1", 46_000)).encode())["code"] == "01"


def test_a_create_call_with_another_media_type_is_not_understood(stage: Stage) -> None:
    reply = stage.http.post("/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode", json=create_request("HD1", 1000))
    assert reply.status_code == 415


# ---- notification


def test_a_payment_is_notified_with_a_checksum_of_the_create_secret(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    paid = stage.control("pay", txn_id="HD1")
    [event] = paid["events"]
    assert (paid["status"], event["state"], event["attempts"][0]["code"]) == ("paid", "accepted", "00")
    [delivery] = receiver.got
    fields = delivery.json()
    assert (fields["code"], fields["txnId"], fields["amount"], fields["msgType"]) == ("00", "HD1", "45000", "1")
    assert fields["addData"][0]["terminalId"] == "PSSTEST"
    assert fields["checksum"] == signing.request_checksum(fields, signing.NOTIFICATION_FIELDS, CREATE_SECRET)
    assert abs(datetime.now(VIETNAM) - datetime.strptime(fields["payDate"] + "+0700", "%Y%m%d%H%M%S%z")).seconds < 60


@pytest.mark.parametrize(
    ("code", "state"), [("03", "accepted"), ("06", "refused"), ("07", "refused"), ("04", "refused")]
)
def test_the_receivers_code_is_shown_and_final(stage: Stage, receiver: Receiver, code: str, state: str) -> None:
    receiver.answers = lambda delivery, number: (200, json.dumps({"code": code, "message": "", "data": {}}))
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    stage.idle()
    assert (event["state"], event["attempts"][0]["code"], len(receiver.got)) == (state, code, 1)


@pytest.mark.parametrize("answer", [(500, "oops"), (200, "<html>"), (404, '{"code":"00"}'), (200, '{"code":0}')])
def test_a_notification_without_an_answer_is_repeated_until_one_comes(
    stage: Stage, receiver: Receiver, answer: tuple[int, str]
) -> None:
    receiver.answers = lambda delivery, number: answer if number < 3 else (200, '{"code":"00"}')
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    assert event["state"] == "retrying"
    stage.idle()
    assert stage.event(event["event_id"])["state"] == "accepted"
    assert len(receiver.got) == 3
    assert len({delivery.body for delivery in receiver.got}) == 1


def test_a_receiver_that_never_answers_is_given_up_after_six_attempts(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (503, "")
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    stage.idle()
    seen = stage.event(event["event_id"])
    assert (seen["state"], len(seen["attempts"])) == ("failed", 6)


def test_a_receiver_that_is_not_there_counts_as_no_answer(stage: Stage) -> None:
    stage.control("configure", vnpay_notify_url="http://127.0.0.1:1/ipn")
    stage.create("HD1")
    [event] = stage.control("pay", txn_id="HD1")["events"]
    assert (event["attempts"][0]["status"], event["attempts"][0]["answer"]) == (None, "ConnectError")


# ---- query


def test_a_paid_bill_is_found_with_a_checksum_of_the_other_secret(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1", 45_000)
    stage.control("pay", txn_id="HD1", voucher=5_000)
    answer = check(stage, "HD1")
    notified = receiver.got[0].json()
    assert answer["code"] == "00"
    assert (answer["debitAmount"], answer["realAmount"]) == ("45000", "40000")
    assert (answer["qrTrace"], answer["bankCode"]) == (notified["qrTrace"], notified["bankCode"])
    assert answer["checkSum"] == signing.request_checksum(answer, signing.CHECK_ANSWER_FIELDS, CHECK_SECRET)
    paid_at = datetime.strptime(answer["payDate"] + "+0700", "%d/%m/%Y %H:%M:%S%z")
    assert paid_at.strftime("%Y%m%d%H%M%S") == notified["payDate"]


def test_an_unpaid_an_unknown_and_a_foreign_bill_are_not_found(stage: Stage) -> None:
    stage.create("HD1")
    assert check(stage, "HD1")["code"] == "01"
    assert check(stage, "HD2")["code"] == "01"
    stage.control("pay", txn_id="HD1")
    assert check(stage, "HD1", changes={"terminalID": "OTHER"})["code"] == "01"


def test_a_payment_is_found_only_under_the_day_it_was_made(stage: Stage) -> None:
    stage.create("HD1")
    stage.control("pay", txn_id="HD1")
    yesterday = (datetime.now(VIETNAM) - timedelta(days=1)).strftime("%d/%m/%Y")
    assert check(stage, "HD1", yesterday)["code"] == "01"
    assert check(stage, "HD1")["code"] == "00"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payDate": "2026-11-21"}, "02"),
        ({"payDate": "1/2/2026"}, "02"),
        ({"txnId": ""}, "03"),
        ({"payDate": None}, "11"),
    ],
)
def test_a_wrong_query_gets_the_code_of_the_table(changes: dict[str, object], code: str) -> None:
    fields = check_request("HD1", "21/11/2026", changes)
    assert mms().check_transaction(json.dumps(fields).encode())["code"] == code


def test_a_query_signed_with_the_create_secret_is_refused() -> None:
    fields = check_request("HD1", "21/11/2026")
    wrong = signing.request_checksum(fields, signing.CHECK_FIELDS, CREATE_SECRET)
    assert mms().check_transaction(json.dumps({**fields, "checkSum": wrong}).encode())["code"] == "11"


def test_a_query_that_is_not_json_is_refused() -> None:
    assert mms().check_transaction(b"txnId=HD1")["code"] == "11"


def test_a_declined_bill_is_notified_and_found_as_failed(stage: Stage, receiver: Receiver) -> None:
    stage.create("HD1")
    declined = stage.control("decline", txn_id="HD1")
    assert (declined["status"], receiver.got[0].json()["code"]) == ("declined", "24")
    assert check(stage, "HD1")["code"] == "04"


# ---- refund


def refund_request(stage: Stage, receiver: Receiver, number: str, kind: str, amount: int) -> dict[str, Any]:
    notified = receiver.got[0].json()
    fields: dict[str, object] = {
        "merchantCode": "88888888",
        "qrTrace": notified["qrTrace"],
        "payTxnId": "HD1",
        "refundTxnId": number,
        "typeRefund": kind,
        "amount": str(amount),
        "refundContent": "Tra hang",
        "payDate": notified["payDate"],
    }
    fields["checkSum"] = signing.refund_checksum(fields, REFUND_SECRET)
    answer: dict[str, Any] = stage.http.post("/mms/refund", json=fields).json()
    return answer


@pytest.fixture
def paid_stage(stage: Stage) -> Stage:
    """A bill of 45,000 VND is paid."""
    stage.create("HD1", 45_000)
    stage.control("pay", txn_id="HD1")
    return stage


def test_a_payment_is_refunded_once_per_refund_number(paid_stage: Stage, receiver: Receiver) -> None:
    first = refund_request(paid_stage, receiver, "1", "1", 45_000)
    assert first["code"] == "00"
    assert refund_request(paid_stage, receiver, "1", "1", 45_000) == first
    assert [refund["amount"] for refund in paid_stage.state()["refunds"]] == [45_000]


def test_partial_refunds_stop_at_the_paid_amount_and_forbid_a_full_one(paid_stage: Stage, receiver: Receiver) -> None:
    assert refund_request(paid_stage, receiver, "1", "2", 30_000)["code"] == "00"
    assert refund_request(paid_stage, receiver, "2", "2", 15_001)["code"] == "02"
    assert refund_request(paid_stage, receiver, "3", "1", 45_000)["code"] == "04"
    assert refund_request(paid_stage, receiver, "4", "2", 15_000)["code"] == "00"


def test_a_full_refund_of_another_amount_is_refused(paid_stage: Stage, receiver: Receiver) -> None:
    assert refund_request(paid_stage, receiver, "1", "1", 44_000)["code"] == "03"


def test_a_refund_with_a_wrong_checksum_or_an_unknown_payment_is_refused(paid_stage: Stage, receiver: Receiver) -> None:
    assert paid_stage.http.post("/mms/refund", content=b"{").json()["code"] == "11"
    fields: dict[str, object] = {
        "merchantCode": "88888888",
        "qrTrace": "1",
        "payTxnId": "HD1",
        "refundTxnId": "9",
        "typeRefund": "1",
        "amount": "45000",
        "payDate": "20261121100000",
    }
    unsigned = {**fields, "checkSum": "0" * 32}
    assert paid_stage.http.post("/mms/refund", json=unsigned).json()["code"] == "01"
    signed = {**fields, "checkSum": signing.refund_checksum(fields, REFUND_SECRET)}
    assert paid_stage.http.post("/mms/refund", json=signed).json()["code"] == "12"
    assert paid_stage.state()["refunds"] == []
    assert len(receiver.got) == 1
