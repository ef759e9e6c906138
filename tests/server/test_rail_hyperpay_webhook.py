"""HyperPay's notifications and result codes: the vectors, what is refused, and what each transaction tells."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import FailureCode
from domain.ids import Instant
from domain.matching import find_reference, payment_reference
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import RailStatus, Receipt
from server.rails.base import MAX_NOTIFICATION_BYTES, Ignored, Notice, NotificationRefused
from server.rails.hyperpay import HyperpayAdapter
from server.rails.hyperpay_codes import FAILURES, GROUPS, IN_PROGRESS, Meaning, failure_of, group_of, meaning_of
from server.rails.hyperpay_webhook import opened
from tests.server.hyperpay_stage import ENTITY, HYPERPAY, KEY, MADA
from tests.server.rails_samples import VECTORS, changed, moment

CODES: dict[str, Any] = json.loads((VECTORS / "oppwa_result_codes.json").read_text())
CIPHERS: list[dict[str, Any]] = json.loads((VECTORS / "oppwa_webhook.json").read_text())["vectors"]
REFERENCE = payment_reference("01", "A", 1)
ADAPTER = HyperpayAdapter()
NOW = Instant(1_792_190_400_000)
IV = "0102030405060708090a0b0c"
PAYLOAD: dict[str, Any] = {
    "id": "8ac7a4a1000000010000000200000003",
    "paymentType": "DB",
    "paymentBrand": "MADA",
    "amount": "92.00",
    "currency": "SAR",
    "merchantTransactionId": REFERENCE,
    "result": {"code": "000.100.112", "description": "x"},
    "card": {"last4Digits": "0007"},
    "ndc": "A1.node",
    "timestamp": "2026-04-17 08:45:03+0000",
}


def sealed(text: bytes, key: str = KEY) -> tuple[dict[str, str], bytes]:
    cipher = AESGCM(bytes.fromhex(key)).encrypt(bytes.fromhex(IV), text, None)
    return {"X-Initialization-Vector": IV, "X-Authentication-Tag": cipher[-16:].hex()}, cipher[:-16].hex().encode()


def told(
    kind: str = "DB", code: str = "000.100.112", credentials: Mapping[str, str] | None = None, **more: Any
) -> Notice:
    payload = {**PAYLOAD, "paymentType": kind, "result": {"code": code}, **more}
    headers, body = sealed(json.dumps({"type": "PAYMENT", "payload": payload}).encode())
    return ADAPTER.read_notification(changed(HYPERPAY, **(credentials or {})), headers, body, NOW)


def refused(headers: dict[str, str], body: bytes, **credentials: str) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as caught:
        ADAPTER.read_notification(changed(HYPERPAY, **credentials), headers, body, NOW)
    return caught.value.reason, caught.value.answer.status


# ---- result codes


def test_the_groups_are_those_of_the_vendor_in_their_order() -> None:
    assert [(group.name, "^" + group.pattern) for group in GROUPS] == [
        (group["name"], group["regex"]) for group in CODES["groups"]
    ]
    assert len(GROUPS) == 26


def test_every_code_of_the_table_is_in_the_vendors_group_and_means_the_same() -> None:
    assert len(CODES["codes"]) == 666
    for code, row in CODES["codes"].items():
        group = group_of(code)
        assert ([] if group is None else [group.name]) == row["groups"], code
        means = meaning_of(code)
        said = "rejected" if means is Meaning.DOUBT else means.value
        assert said == row["outcome"].replace("unmatched", "rejected"), code
        assert isinstance(failure_of(code), FailureCode)


@pytest.mark.parametrize("row", CODES["smoke_cases"], ids=lambda row: row["code"])
def test_the_first_pattern_counts(row: dict[str, str]) -> None:
    group = group_of(row["code"])
    assert group is not None
    assert group.name == row["first_group"]


@pytest.mark.parametrize("code", CODES["unmatched"])
def test_a_code_without_a_group_is_a_rejection(code: str) -> None:
    assert group_of(code) is None
    assert meaning_of(code) is Meaning.REJECTED
    assert failure_of(code) is FailureCode.UNEXPECTED_ERROR


@pytest.mark.parametrize("code", ["", "000", "000.000.0000", "x000.000.000", "000.000.000\n"])
def test_what_is_no_code_proves_nothing(code: str) -> None:
    assert meaning_of(code) is Meaning.DOUBT


def test_the_named_codes_exist() -> None:
    assert set(FAILURES) | IN_PROGRESS <= set(CODES["codes"])


# ---- the cipher


@pytest.mark.parametrize("vector", CIPHERS, ids=lambda vector: vector["id"])
def test_a_vector_is_opened_and_a_changed_one_is_not(vector: dict[str, Any]) -> None:
    iv, tag = vector["headers"]["X-Initialization-Vector"], vector["headers"]["X-Authentication-Tag"]
    body = vector["body_hex"].encode()
    text = vector["plaintext"].encode()
    assert opened(vector["key_hex"], iv, tag, body) == text
    assert opened(vector["key_hex"].upper(), iv.lower(), tag.lower(), body.lower()) == text
    if "body_json_wrapped" in vector:
        assert opened(vector["key_hex"], iv, tag, vector["body_json_wrapped"].encode()) == text
    first = b"F" if body[:1] != b"F" else b"E"
    assert opened(vector["key_hex"], iv, tag, first + body[1:]) is None
    assert opened("f" * 64, iv, tag, body) is None
    assert opened(vector["key_hex"], "f" * 24, tag, body) is None
    assert opened(vector["key_hex"], iv, "f" * 32, body) is None


def test_the_published_notifications_are_read() -> None:
    published, full = (
        ADAPTER.read_notification(HYPERPAY, vector["headers"], vector["body_hex"].encode(), NOW) for vector in CIPHERS
    )
    assert isinstance(published, Ignored)
    assert isinstance(full, Receipt)
    assert (full.amount_minor, full.currency, full.text) == (92_00, "SAR", "BT-0001")
    assert full.paid_at == moment("2026-04-17T08:45:03+00:00")


@pytest.mark.parametrize(
    "body", [b"", b"xyz", b"abc", b"{}", b'{"encryptedBody":1}', b"\xff", b"00" * (MAX_NOTIFICATION_BYTES // 2 + 1)]
)
def test_a_body_that_is_no_cipher_is_refused(body: bytes) -> None:
    assert refused(sealed(b"{}")[0], body) == ("signature", 401)


@pytest.mark.parametrize("name", ["X-Initialization-Vector", "X-Authentication-Tag"])
@pytest.mark.parametrize("value", [None, "", "zz", "00", "0" * 25])
def test_a_header_that_does_not_fit_is_refused(name: str, value: str | None) -> None:
    headers, body = sealed(json.dumps({"type": "PAYMENT"}).encode())
    others = {key: kept for key, kept in headers.items() if key != name}
    assert refused(others if value is None else {**others, name: value}, body) == ("signature", 401)


@pytest.mark.parametrize("key", ["", "00", "z" * 64])
def test_nothing_is_believed_without_a_whole_key(key: str) -> None:
    assert refused(*sealed(b"{}"), webhook_key=key) == ("signature", 401)


@pytest.mark.parametrize(
    "text",
    [
        b"not json",
        b"[]",
        b'{"type":"PAYMENT","payload":[]}',
        json.dumps({"type": "PAYMENT", "payload": {**PAYLOAD, "amount": "92.001"}}).encode(),
        json.dumps({"type": "PAYMENT", "payload": {**PAYLOAD, "timestamp": "yesterday"}}).encode(),
        json.dumps({"type": "PAYMENT", "payload": {**PAYLOAD, "timestamp": "2026-13-17 08:45:03+0000"}}).encode(),
        json.dumps({"type": "PAYMENT", "payload": {**PAYLOAD, "id": "../1"}}).encode(),
        json.dumps({"type": "PAYMENT", "payload": {**PAYLOAD, "amount": "0.00"}}).encode(),
    ],
)
def test_what_can_never_be_taken_is_not_sent_again(text: bytes) -> None:
    assert refused(*sealed(text)) == ("malformed", 200)


def test_a_payment_of_another_channel_or_of_test_mode_is_foreign() -> None:
    other = {**PAYLOAD, "authentication": {"entityId": "8ac7"}}
    assert refused(*sealed(json.dumps({"type": "PAYMENT", "payload": other}).encode())) == ("foreign", 200)
    ours = sealed(json.dumps({"type": "PAYMENT", "payload": PAYLOAD}).encode())
    assert refused(*ours, base_url="https://eu-prod.oppwa.com") == ("foreign", 200)
    for entity in (ENTITY, MADA):
        assert isinstance(told(authentication={"entityId": entity}), Receipt)
    assert isinstance(told(code="000.000.000", credentials={"base_url": "https://eu-prod.oppwa.com"}), Receipt)


# ---- what is told


def test_a_debit_or_a_capture_is_money() -> None:
    for kind in ("DB", "CP"):
        receipt = told(kind)
        assert isinstance(receipt, Receipt)
        assert (receipt.amount_minor, receipt.declined) == (92_00, False)
        assert (receipt.dedupe_key, receipt.provider_ref) == (f"hyperpay:{PAYLOAD['id']}", PAYLOAD["id"])
        assert find_reference(receipt.text) == REFERENCE


def test_a_success_to_be_reviewed_is_money_and_says_so() -> None:
    receipt = told(code="000.400.000")
    assert isinstance(receipt, Receipt)
    assert "review" in receipt.text
    assert find_reference(receipt.text) == REFERENCE


@pytest.mark.parametrize("code", ["000.200.000", "800.400.500", "900.100.300", "999.999.999", "800.120.402"])
def test_what_is_not_decided_tells_nothing_and_does_not_hide_what_comes(code: str) -> None:
    ignored = told(code=code)
    assert isinstance(ignored, Ignored)
    money = told()
    assert isinstance(money, Receipt)
    assert ignored.dedupe_key != money.dedupe_key


def test_a_rejection_never_hides_money_of_the_same_transaction() -> None:
    declined = told(code="800.100.155")
    money = told()
    assert isinstance(declined, Receipt)
    assert isinstance(money, Receipt)
    assert declined.declined
    assert declined.dedupe_key != money.dedupe_key


def test_a_rejection_without_an_amount_is_passed_over() -> None:
    assert isinstance(told(code="800.100.155", amount=None, currency=None), Ignored)


def test_money_held_and_let_go_is_told() -> None:
    held = told("PA")
    assert isinstance(held, Authorization)
    assert (held.amount_minor, held.voided) == (92_00, False)
    undone = told("RV", id="8ac7a4a1000000010000000200000004", referencedId=PAYLOAD["id"])
    assert isinstance(undone, Authorization)
    assert (undone.voided, undone.provider_ref) == (True, PAYLOAD["id"])
    assert held.dedupe_key != undone.dedupe_key


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("000.100.112", RailStatus.SUCCESS),
        ("800.400.502", RailStatus.PENDING),
        ("700.400.200", RailStatus.FAILED),
    ],
)
def test_a_refund_is_told_with_its_reference(code: str, status: RailStatus) -> None:
    refund = told("RF", code, merchantTransactionId="BANR0000001", referencedId="8ac7")
    assert isinstance(refund, RefundNotice)
    assert (refund.reference, refund.payment_provider_ref, refund.status) == ("BANR0000001", "8ac7", status)
    assert (refund.failure is None) == (status is not RailStatus.FAILED)
    assert isinstance(told("RF", "900.100.300"), Ignored)


def test_a_refund_at_the_desk_has_no_reference_of_ours() -> None:
    for reference in ("", REFERENCE):
        refund = told("RF", merchantTransactionId=reference, referencedId="8ac7")
        assert isinstance(refund, RefundNotice)
        assert refund.reference == ""
    reversal = told("RV", merchantTransactionId="", referencedId="8ac7")
    assert isinstance(reversal, RefundNotice)


def test_a_charge_back_and_its_end_are_told() -> None:
    opened_ = told("CB", "000.100.220", referencedId="8ac7")
    won = told("CR", "000.100.105", referencedId="8ac7")
    assert isinstance(opened_, ChargeBack)
    assert isinstance(won, ChargeBack)
    assert (opened_.stage, won.stage) == (DisputeStage.OPENED, DisputeStage.WON)
    assert opened_.payment_provider_ref == "8ac7"


@pytest.mark.parametrize(("kind", "currency"), [("RG", "SAR"), ("DB", "JOD"), ("DB", "VND")])
def test_what_moves_no_money_of_the_books_is_passed_over(kind: str, currency: str) -> None:
    assert isinstance(told(kind, currency=currency), Ignored)


@pytest.mark.parametrize("kind", ["REGISTRATION", "SCHEDULE", "RISK"])
def test_other_types_are_passed_over(kind: str) -> None:
    headers, body = sealed(json.dumps({"type": kind, "action": "CREATED", "payload": {"id": "8ac7"}}).encode())
    assert isinstance(ADAPTER.read_notification(HYPERPAY, headers, body, NOW), Ignored)


def test_what_could_not_be_stored_comes_again() -> None:
    receipt = told()
    assert ADAPTER.answer("accepted", receipt).status == 200
    assert ADAPTER.answer("duplicate", receipt).status == 200
    assert ADAPTER.answer("unavailable", receipt).status == 503
