"""VNPAY's payment notification: believed only when signed for this merchant, and answered as VNPAY understands."""

import json
from typing import Any

import pytest
from rails_samples import CONTEXT, NOTICE, RECEIVED, VNPAY, VNPAY_VECTORS, changed, moment, signed_notice

from domain.rails import Provider, Receipt
from server.rails.base import MAX_NOTIFICATION_BYTES, Ignored, NotificationRefused
from server.rails.vnpay_checksums import NOTIFICATION, checksum
from server.rails.vnpay_qr import VnpayQrAdapter

ADAPTER = VnpayQrAdapter()


def read(body: bytes | dict[str, Any], **credentials: str) -> Receipt | Ignored:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ADAPTER.read_notification(changed(VNPAY, **credentials), {}, raw, RECEIVED)


def refusal(body: bytes | dict[str, Any], **credentials: str) -> tuple[str, str]:
    """Return the reason of a refusal and the code that VNPAY is told."""
    with pytest.raises(NotificationRefused) as refused:
        read(body, **credentials)
    answer = refused.value.answer
    assert (answer.status, answer.content_type) == (200, "application/json")
    said = json.loads(answer.body)
    assert set(said) == {"code", "message", "data"}
    assert set(said["data"]) == {"txnId"}
    return refused.value.reason, said["code"]


def receipt_of(body: bytes | dict[str, Any], **credentials: str) -> Receipt:
    receipt = read(body, **credentials)
    assert isinstance(receipt, Receipt)
    return receipt


def test_the_captured_notification_becomes_a_receipt() -> None:
    assert read(dict(NOTICE)) == Receipt(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key="vnpay_qr_mms:0106921949:244244631",
        text="902",
        amount_minor=20_000,
        currency="VND",
        paid_at=moment("2022-05-24T11:02:34+07:00"),
        provider_ref="244244631",
    )


def test_a_captured_notification_with_a_longer_order_number_is_read() -> None:
    vector = VNPAY_VECTORS["ipn-sunshine"]
    body = dict(zip(NOTIFICATION.names, vector["signed_string"].split("|"), strict=False))
    body |= {"terminalId": "SUN0001", "checksum": vector["checksum"]}
    receipt = receipt_of(body, merchant_code="0107432651", terminal_id="SUN0001")
    assert (receipt.text, receipt.amount_minor) == ("eyJJZCI6NDksIlR5cGUiOjF9", 26_000)
    assert receipt.paid_at == moment("2020-02-21T17:11:01+07:00")


def test_a_checksum_counts_in_either_case() -> None:
    assert read({**NOTICE, "checksum": NOTICE["checksum"].lower()}) == read(dict(NOTICE))


@pytest.mark.parametrize("name", NOTIFICATION.names)
def test_a_changed_signed_field_is_refused_with_06(name: str) -> None:
    assert refusal({**NOTICE, name: f"{NOTICE[name]}0"}) == ("signature", "06")


@pytest.mark.parametrize("name", [name for name in NOTIFICATION.names if NOTICE[name]])
def test_a_missing_signed_field_is_refused_with_06(name: str) -> None:
    assert refusal({key: value for key, value in NOTICE.items() if key != name}) == ("signature", "06")


@pytest.mark.parametrize("given", ["", None, "0" * 32, "Đ" * 32])
def test_a_wrong_or_missing_checksum_is_refused_with_06(given: str | None) -> None:
    assert refusal({**NOTICE, "checksum": given}) == ("signature", "06")


@pytest.mark.parametrize("secret", ["vnpay@123@langhaHangLa", "", "vnpay@merchant"])
def test_the_checksum_of_another_secret_is_refused(secret: str) -> None:
    assert refusal(dict(NOTICE), create_secret=secret) == ("signature", "06")


def test_with_no_secret_kept_even_its_own_checksum_is_refused() -> None:
    forged = {**NOTICE, "checksum": checksum(NOTIFICATION, {name: NOTICE[name] for name in NOTIFICATION.names}, "")}
    assert refusal(forged, create_secret="") == ("signature", "06")


def test_a_secret_in_the_body_is_never_trusted() -> None:
    forged = {**NOTICE, "amount": "1", "secretKey": "attacker"}
    forged["checksum"] = checksum(NOTIFICATION, {name: forged[name] for name in NOTIFICATION.names}, "attacker")
    assert refusal(forged) == ("signature", "06")


@pytest.mark.parametrize(
    "change",
    [
        {"terminalId": "OTHER"},
        {"masterMerCode": "A000000776"},
        {"ccy": "840"},
        {"addData": [{"merchantCode": "0107432651"}]},
        {"addData": [{"terminalId": "OTHER"}]},
        {"addData": [{"ccy": "840"}]},
    ],
    ids=str,
)
def test_an_unsigned_field_of_someone_else_is_refused(change: dict[str, Any]) -> None:
    assert refusal({**NOTICE, **change}) == ("foreign", "04")


def test_a_signed_notification_for_another_merchant_code_is_refused() -> None:
    assert refusal(dict(NOTICE), merchant_code="0107432651") == ("foreign", "04")
    assert refusal(signed_notice(merchantCode="", addData=None)) == ("foreign", "04")
    assert refusal(signed_notice(merchantCode="", addData=None), merchant_code="") == ("foreign", "04")


@pytest.mark.parametrize("name", ["terminalId", "masterMerCode", "ccy", "addData"])
def test_an_unsigned_field_may_be_left_out(name: str) -> None:
    assert read({key: value for key, value in NOTICE.items() if key != name}) == read(dict(NOTICE))
    assert read({**NOTICE, name: None}) == read(dict(NOTICE))


@pytest.mark.parametrize("lines", [["x"], "x", {"merchantCode": "0106921949"}, [{"ccy": ["704"]}]])
def test_product_lines_of_another_form_are_refused(lines: object) -> None:
    assert refusal({**NOTICE, "addData": lines}) == ("malformed", "04")


def test_numbers_instead_of_texts_are_read_as_their_digits() -> None:
    assert receipt_of(signed_notice(amount=20000, qrTrace=244244631)) == read(dict(NOTICE))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        json.dumps(NOTICE).encode() + b",",
        json.dumps(NOTICE).encode().replace(b'"902"', b'"902", "txnId": "902"'),
        json.dumps({**NOTICE, "amount": 20000.0}).encode(),
        json.dumps({**NOTICE, "amount": True}).encode(),
        json.dumps({**NOTICE, "txnId": ["902"]}).encode(),
        json.dumps({**NOTICE, "message": "x" * MAX_NOTIFICATION_BYTES}).encode(),
    ],
    ids=lambda body: body[:12],
)
def test_an_unreadable_notification_is_refused_with_04(body: bytes) -> None:
    assert refusal(body) == ("malformed", "04")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0"},
        {"amount": ""},
        {"amount": "20000.00"},
        {"amount": "-20000"},
        {"amount": "２００００"},
        {"amount": "12345678901234"},
        {"payDate": ""},
        {"payDate": "2022-05-24"},
        {"payDate": "20220230110234"},
        {"qrTrace": ""},
        {"txnId": "9" * 65},
        {"bankCode": "A\x00B"},
    ],
    ids=str,
)
def test_a_signed_notification_that_makes_no_sense_is_refused_with_04(change: dict[str, str]) -> None:
    assert refusal(signed_notice(**change)) == ("malformed", "04")


@pytest.mark.parametrize("code", ["01", "24", "99", "", "0", "000"])
def test_any_other_code_means_that_no_money_was_taken(code: str) -> None:
    receipt = receipt_of(signed_notice(code=code))
    assert receipt.declined
    assert receipt.dedupe_key == "vnpay_qr_mms:0106921949:244244631:declined"


@pytest.mark.parametrize("code", ["05", "08"])
def test_a_payment_in_doubt_is_left_to_the_query(code: str) -> None:
    ignored = read(signed_notice(code=code))
    assert isinstance(ignored, Ignored)
    assert json.loads(ADAPTER.answer("accepted", ignored).body)["code"] == "00"


def test_a_refused_attempt_needs_neither_trace_nor_date() -> None:
    receipt = receipt_of(signed_notice(code="24", qrTrace="", payDate=""))
    assert (receipt.dedupe_key, receipt.paid_at) == ("vnpay_qr_mms:0106921949:902:declined", RECEIVED)


def test_a_notification_that_is_no_payment_is_ignored() -> None:
    ignored = read(signed_notice(msgType="2"))
    assert isinstance(ignored, Ignored)
    assert ignored.dedupe_key == "vnpay_qr_mms:0106921949:244244631:2"
    assert json.loads(ADAPTER.answer("accepted", ignored).body)["code"] == "00"


def test_the_notification_and_the_query_name_the_same_money_alike() -> None:
    receipt = receipt_of(signed_notice(txnId=CONTEXT.reference))
    assert (receipt.dedupe_key, receipt.text) == ("vnpay_qr_mms:0106921949:244244631", CONTEXT.reference)


@pytest.mark.parametrize(("outcome", "code"), [("accepted", "00"), ("duplicate", "00"), ("unavailable", "08")])
def test_vnpay_is_told_what_became_of_its_notification(outcome: Any, code: str) -> None:
    answer = ADAPTER.answer(outcome, read(dict(NOTICE)))
    assert (answer.status, answer.content_type) == (200, "application/json")
    said = json.loads(answer.body)
    assert (said["code"], said["data"]) == (code, {"txnId": "902"})


def test_a_refusal_names_the_order_only_when_the_notification_is_genuine() -> None:
    with pytest.raises(NotificationRefused) as forged:
        read({**NOTICE, "checksum": "0" * 32})
    assert json.loads(forged.value.answer.body)["data"] == {"txnId": ""}
    with pytest.raises(NotificationRefused) as foreign:
        read({**NOTICE, "terminalId": "OTHER"})
    assert json.loads(foreign.value.answer.body)["data"] == {"txnId": "902"}
