"""A bank with SePay in front: transfers from VietQR texts, webhooks, mangled texts and the transaction list."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain import qr
from server.simulator import emv
from server.simulator.bank import sepay_signature
from server.simulator.bank_text import LONGEST, bank_text, style_for
from server.simulator.chaos import BANK_TEXT_STYLES
from tests.server.simulator.simulator_stage import (
    ACCOUNT,
    API_TOKEN,
    BANK_BIN,
    WEBHOOK_SECRET,
    Receiver,
    Stage,
    vietqr,
)

VECTORS = Path(__file__).resolve().parents[2] / "vectors"


def listed(stage: Stage, **query: object) -> Any:
    reply = stage.http.get(
        "/userapi/transactions/list",
        params={name: str(value) for name, value in query.items()},
        headers={"Authorization": f"Bearer {API_TOKEN}"},
    )
    assert reply.status_code == 200, reply.text
    return reply.json()


def reduced(text: str) -> str:
    """What a matcher compares: upper case, letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


# ---- webhook


def test_a_paid_vietqr_becomes_a_signed_webhook(stage: Stage, receiver: Receiver) -> None:
    paid = stage.control("pay", qr_text=vietqr("BT7K3M9Q", 45_000))
    [event] = paid["events"]
    assert (paid["status"], event["state"]) == ("paid", "accepted")
    [delivery] = receiver.got
    stamp = delivery.headers["X-SePay-Timestamp"]
    assert delivery.headers["X-SePay-Signature"] == sepay_signature(WEBHOOK_SECRET, stamp, delivery.body)
    body = delivery.json()
    assert "BT7K3M9Q" in reduced(body["content"])
    assert {name: body[name] for name in ("gateway", "accountNumber", "transferType", "code", "subAccount")} == {
        "gateway": "Vietcombank",
        "accountNumber": ACCOUNT,
        "transferType": "in",
        "code": None,
        "subAccount": None,
    }
    assert (body["transferAmount"], body["accumulated"]) == (45_000, 45_000)
    datetime.strptime(body["transactionDate"] + "+0700", "%Y-%m-%d %H:%M:%S%z")


def test_a_code_made_by_the_till_is_paid_and_one_made_here_is_read_by_the_till(stage: Stage) -> None:
    made = qr.encode_vietqr(qr.VietQr(bank_bin=BANK_BIN, account=ACCOUNT, amount_minor=45_000, purpose="BT7K3M9Q"))
    assert stage.control("pay", qr_text=made)["status"] == "paid"
    assert qr.decode(stage.create("HD1", 45_000)["data"]).amount_minor == 45_000


@pytest.mark.parametrize("answer", [(200, '{"success": false}'), (200, "ok"), (204, ""), (202, '{"success": true}')])
def test_a_webhook_answered_wrongly_with_2xx_is_refused_and_not_repeated(
    stage: Stage, receiver: Receiver, answer: tuple[int, str]
) -> None:
    receiver.answers = lambda delivery, number: answer
    [event] = stage.control("pay", qr_text=vietqr("BT1", 1000))["events"]
    stage.idle()
    assert (event["state"], len(receiver.got)) == ("refused", 1)


def test_status_201_with_success_is_enough(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (201, '{"success": true}')
    assert stage.control("pay", qr_text=vietqr("BT1", 1000))["events"][0]["state"] == "accepted"


def test_a_failing_webhook_is_repeated_seven_times_and_then_given_up(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (500, "")
    [event] = stage.control("pay", qr_text=vietqr("BT1", 1000))["events"]
    stage.idle()
    assert (stage.event(event["event_id"])["state"], len(receiver.got)) == ("failed", 8)
    assert len({delivery.body for delivery in receiver.got}) == 1


def test_a_redirect_is_not_followed(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (302, "") if number == 1 else (200, '{"success": true}')
    stage.control("pay", qr_text=vietqr("BT1", 1000))
    stage.idle()
    assert [delivery.path for delivery in receiver.got] == ["/sepay", "/sepay"]


# ---- what a customer's app refuses


def test_an_unreadable_a_foreign_and_an_unknown_code_are_refused(stage: Stage, receiver: Receiver) -> None:
    good = vietqr("BT1", 1000)
    assert stage.refused("pay", qr_text=good[:-1] + ("0" if good[-1] != "0" else "1")) == (422, "unreadable")
    assert stage.refused("pay", qr_text="hello") == (422, "unreadable")
    assert stage.refused("pay", qr_text=vietqr("BT1", 1000, account="999")) == (409, "foreign_account")
    assert stage.refused("pay", qr_text=vietqr("BT1", 1000, bank_bin="970422")) == (409, "foreign_account")
    vnpay = emv.vnpay_text(
        merchant_code="88888888",
        merchant_name="X",
        merchant_type="9999",
        city="HANOI",
        terminal_id="PSSTEST",
        txn_id="NEVERMADE",
        amount=1000,
    )
    assert stage.refused("pay", qr_text=vnpay) == (404, "unknown")
    assert stage.refused("pay", txn_id="NEVERMADE") == (404, "unknown")
    assert stage.refused("pay") == (422, "nothing")
    assert receiver.got == []


def test_a_transfer_of_half_a_billion_is_too_large_for_the_quick_network(stage: Stage) -> None:
    assert stage.refused("pay", account_number=ACCOUNT, amount=500_000_000) == (422, "too_large")
    assert stage.control("pay", account_number=ACCOUNT, amount=499_999_999)["status"] == "paid"


def test_a_code_without_an_amount_waits_for_the_customer_to_type_one(stage: Stage, receiver: Receiver) -> None:
    text = vietqr("BT1", None)
    assert stage.refused("pay", qr_text=text) == (422, "amount_missing")
    assert stage.refused("pay", qr_text=text, delay_s=1) == (422, "amount_missing")
    stage.control("pay", qr_text=text, amount=12_000)
    assert [delivery.json()["transferAmount"] for delivery in receiver.got] == [12_000]


def test_the_same_text_shown_twice_is_one_code(stage: Stage) -> None:
    first = stage.control("offer", qr_text=vietqr("BT1", 1000))
    assert stage.control("offer", qr_text=vietqr("BT1", 1000) + "\n") == first
    assert [offer["offer"] for offer in stage.state()["offers"]] == [first["offer"]]


def test_money_can_arrive_without_any_code(stage: Stage, receiver: Receiver) -> None:
    paid = stage.control("pay", account_number=ACCOUNT, amount=7_000, content="tra no", text_style="exact")
    assert (paid["events"][0]["offer"], receiver.got[0].json()["content"]) == (None, "tra no")


# ---- mangled texts


@pytest.mark.parametrize("style", BANK_TEXT_STYLES)
@pytest.mark.parametrize("typed", ["BT7K3M9Q", "BT-7K3M-9Q thanh toán", "Đơn BT7K3M9Q"])
def test_every_style_keeps_the_code_for_a_reader_that_ignores_blanks_and_case(style: str, typed: str) -> None:
    assert "BT7K3M9Q" in reduced(bank_text(typed, style, 42, ACCOUNT, None))


def test_the_usual_styles_all_change_the_text_and_take_turns() -> None:
    turns = [style_for(number) for number in range(10)]
    assert set(turns) == set(BANK_TEXT_STYLES) - {"exact"}
    texts = {bank_text("BT7K3M9Q", style, 42, ACCOUNT, None) for style in turns}
    assert len(texts) == len(set(turns))
    assert "BT7K3M9Q" not in texts


def test_a_blank_can_fall_into_the_middle_of_the_code() -> None:
    assert bank_text("BT7K3M9Q", "spaced", 42, ACCOUNT, None).startswith("BT7K 3M9Q ")


def test_a_bank_cuts_the_text_where_it_is_told(stage: Stage, receiver: Receiver) -> None:
    assert len(bank_text("BT7K3M9Q " * 30, "relayed", 42, ACCOUNT, None)) == LONGEST
    stage.control("chaos", cut_text_at=20, text_style="tailed")
    stage.control("pay", qr_text=vietqr("BT7K3M9Q", 1000))
    assert receiver.got[0].json()["content"] == "BT7K3M9Q-NGUYEN VAN "


def test_a_customer_who_types_nothing_leaves_only_his_name() -> None:
    assert bank_text("", "squeezed", 42, ACCOUNT, None) == "IBFT.NGUYENVANACHUYENTIEN"


# ---- list


def test_the_list_shows_the_newest_line_first_as_sepay_serves_it(stage: Stage, receiver: Receiver) -> None:
    stage.control("pay", qr_text=vietqr("BT1", 1000))
    stage.control("pay", qr_text=vietqr("BT2", 2000))
    answer = listed(stage)
    assert (answer["status"], answer["error"], answer["messages"]) == (200, None, {"success": True})
    newest, oldest = answer["transactions"]
    posted = [json.loads(delivery.body) for delivery in receiver.got]
    assert [newest["id"], oldest["id"]] == [str(posted[1]["id"]), str(posted[0]["id"])]
    assert newest == {
        "id": str(posted[1]["id"]),
        "bank_brand_name": "Vietcombank",
        "account_number": ACCOUNT,
        "transaction_date": posted[1]["transactionDate"],
        "amount_out": "0.00",
        "amount_in": "2000.00",
        "accumulated": "3000.00",
        "transaction_content": posted[1]["content"],
        "reference_number": posted[1]["referenceCode"],
        "code": None,
        "sub_account": None,
        "bank_account_id": "1",
    }


def test_the_list_is_narrowed_by_its_parameters(stage: Stage) -> None:
    stage.control("chaos", list_limit_per_s=0)
    for amount in (1000, 2000, 3000):
        stage.control("pay", qr_text=vietqr(f"BT{amount}", amount))
    third, second, first = listed(stage)["transactions"]
    assert listed(stage, limit=1)["transactions"] == [third]
    assert listed(stage, since_id=second["id"])["transactions"] == [third, second]
    assert listed(stage, account_number="999")["transactions"] == []
    assert listed(stage, account_number=ACCOUNT, amount_in=1000)["transactions"] == [first]
    assert listed(stage, reference_number=second["reference_number"])["transactions"] == [second]
    day = first["transaction_date"][:10]
    assert (
        len(listed(stage, transaction_date_min=day, transaction_date_max=third["transaction_date"])["transactions"])
        == 3
    )
    assert listed(stage, transaction_date_max="2001-01-01")["transactions"] == []
    assert listed(stage, amount_out=1000)["transactions"] == []


def test_the_list_wants_the_token_and_numbers(stage: Stage) -> None:
    path = "/userapi/transactions/list"
    assert stage.http.get(path).status_code == 401
    assert stage.http.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    stage.control("chaos", list_limit_per_s=0)
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    assert stage.http.get(path, params={"since_id": "x"}, headers=headers).status_code == 400


def test_a_notification_that_got_lost_is_still_in_the_list(stage: Stage, receiver: Receiver) -> None:
    stage.control("chaos", drop=True)
    [event] = stage.control("pay", qr_text=vietqr("BT1", 1000))["events"]
    assert (event["state"], receiver.got) == ("lost", [])
    assert [row["amount_in"] for row in listed(stage)["transactions"]] == ["1000.00"]


# ---- the payer's reader


SAMPLES = json.loads((VECTORS / "emv_qr_samples.json").read_text(encoding="utf-8"))["samples"]
VIETQR_SAMPLES = [sample for sample in SAMPLES if "0010A000000727" in (sample["payload"] or "")]


@pytest.mark.parametrize("sample", VIETQR_SAMPLES, ids=lambda sample: str(sample["id"]))
def test_the_payers_reader_judges_a_vietqr_sample_as_it_should(sample: dict[str, Any]) -> None:
    if sample["expect"].startswith("accept"):
        assert isinstance(emv.read(sample["payload"]), emv.VietQr)
    else:
        with pytest.raises(emv.UnreadableQr):
            emv.read(sample["payload"])


def test_the_sample_of_vnpay_is_read_as_its_bill() -> None:
    [sample] = [sample for sample in SAMPLES if sample["id"] == "vnpay-mms-neway"]
    assert emv.read(sample["payload"]) == emv.VnpayQr("0106921949", "NEWWAY05", "902", 20_000)
