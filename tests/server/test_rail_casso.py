"""Casso's webhooks: believed only when signed or shown the key, for this account, and answered as Casso documents."""

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.money import MAX_MINOR
from domain.rails import Provider, RailStatus, Receipt
from server.rails.base import Ignored, Notices, NotificationRefused
from server.rails.casso import CassoAdapter
from server.rails.casso_webhook import AHEAD_MS, BEHIND_MS, MAX_MOVEMENTS, signature
from server.rails.exact_json import read_exact, sorted_json
from server.vault import Secret
from tests.server.rails_samples import CONTEXT, SEPAY_VECTORS, changed, moment, sealed_by_nobody

ADAPTER = CassoAdapter()
VECTOR = SEPAY_VECTORS["casso-v2"]
ACCOUNT = "0071000888888"
AT = 1_795_230_000_000
CASSO = sealed_by_nobody(
    base_url="https://casso.example", account_number=ACCOUNT, webhook_secret="made-up-casso-key", api_key="AK_CS.1.a"
)
MOVEMENT: dict[str, Any] = {
    "id": 5790,
    "reference": "FT26325123456",
    "description": "BANA01A0001247 cà phê / bánh",
    "amount": 45_000,
    "runningBalance": 25_000_000,
    "transactionDateTime": "2026-11-21 12:01:00",
    "accountNumber": ACCOUNT,
    "counterAccountName": "NGUYỄN VĂN A",
    "virtualAccountNumber": "",
}
ROW: dict[str, Any] = {
    "id": 5790,
    "tid": "FT26325123456",
    "description": "BANA01A0001247 ca phe",
    "amount": 45_000,
    "cusum_balance": 25_000_000,
    "when": "2026-11-21 12:01:00",
    "bank_sub_acc_id": ACCOUNT,
    "subAccId": ACCOUNT,
    "virtual_account": "",
}
RECEIPT = Receipt(
    provider=Provider.CASSO,
    dedupe_key="casso:5790",
    text="BANA01A0001247 cà phê / bánh",
    amount_minor=45_000,
    currency="VND",
    paid_at=moment("2026-11-21T12:01:00+07:00"),
    provider_ref="FT26325123456",
    account_number=ACCOUNT,
)


def as_casso(value: Any, *, php: bool = False) -> str:
    """What Casso signs, written here by Python's own means."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=php)
    return text.replace("/", "\\/") if php else text


def signed(text: str, at: int = AT, key: str = "made-up-casso-key") -> dict[str, str]:
    digest = hmac.new(key.encode(), f"{at}.{text}".encode(), hashlib.sha512).hexdigest()
    return {"X-Casso-Signature": f"t={at},v1={digest}"}


def heard(body: bytes, headers: dict[str, str], at: int = AT, **credentials: str) -> Notices:
    return ADAPTER.read_notification(changed(CASSO, **credentials), headers, body, Instant(at))


def second(*, error: int = 0, at: int = AT, received: int = AT, **values: Any) -> Notices:
    """What a V2 webhook with other values in its movement tells."""
    told = {"error": error, "data": {**MOVEMENT, **values}}
    return heard(json.dumps(told).encode(), signed(as_casso(told), at), received)


def first(*rows: dict[str, Any], token: str = "made-up-casso-key") -> Notices:
    """What a V1 webhook of several movements tells."""
    body = json.dumps({"error": 0, "data": rows}).encode()
    return heard(body, {"Secure-Token": token}, webhook_version="v1")


def refusal(*args: Any, **named: Any) -> tuple[str, int]:
    call = named.pop("by", heard)
    with pytest.raises(NotificationRefused) as refused:
        call(*args, **named)
    assert json.loads(refused.value.answer.body) == {"success": False}
    return refused.value.reason, refused.value.answer.status


# ---- V2


def test_the_published_signature_is_reproduced_over_the_whole_body_sorted_at_every_level() -> None:
    text = sorted_json(read_exact(json.dumps(VECTOR["body"]).encode(), 10_000))
    assert f"1727948258788.{text}" == VECTOR["signed_string"]
    assert signature(Secret(VECTOR["key"]), "1727948258788", text) == VECTOR["signature"]


def test_the_published_call_is_a_test_and_tells_of_no_money() -> None:
    name, value = VECTOR["header"].split(": ")
    body = json.dumps(VECTOR["body"]).encode()
    notices = heard(body, {name: value}, 1_727_948_258_788, webhook_secret=VECTOR["key"])
    assert notices == (Ignored(Provider.CASSO, "casso:0"),)


def test_a_signed_movement_becomes_a_receipt() -> None:
    assert second() == (RECEIPT,)


@pytest.mark.parametrize("php", [False, True])
def test_letters_and_slashes_may_be_signed_as_they_are_or_escaped(php: bool) -> None:
    told = {"error": 0, "data": MOVEMENT}
    for body in (json.dumps(told), json.dumps(told, ensure_ascii=False, indent=1)):
        assert heard(body.encode(), signed(as_casso(told, php=php))) == (RECEIPT,)


@pytest.mark.parametrize("amount", ["45000.0", "45000.00"])
def test_a_number_is_signed_as_it_was_written(amount: str) -> None:
    text = as_casso({"data": {**MOVEMENT, "amount": 0}, "error": 0}).replace('"amount":0', f'"amount":{amount}')
    assert heard(text.encode(), signed(text)) == (RECEIPT,)


@pytest.mark.parametrize("name", MOVEMENT)
def test_one_changed_value_breaks_the_signature(name: str) -> None:
    told = {"error": 0, "data": MOVEMENT}
    other = {"error": 0, "data": {**MOVEMENT, name: 1}}
    assert refusal(json.dumps(other).encode(), signed(as_casso(told))) == ("signature", 401)


@pytest.mark.parametrize(
    "change",
    [
        {"X-Casso-Signature": ""},
        {"X-Casso-Signature": f"t={AT}"},
        {"X-Casso-Signature": f"t={AT},v1={'0' * 128}"},
        {"X-Casso-Signature": f"t={AT},v1={'é' * 128}"},
        {"X-Casso-Signature": f"t=١٢,v1={'0' * 128}"},
        {"x-casso-signature": "t=1,v1=0"},
        {"X-Casso-Signature": "", "Secure-Token": "made-up-casso-key"},
    ],
    ids=ascii,
)
def test_a_missing_wrong_or_doubled_signature_is_refused(change: dict[str, str]) -> None:
    told = {"error": 0, "data": MOVEMENT}
    assert refusal(json.dumps(told).encode(), {**signed(as_casso(told)), **change}) == ("signature", 401)


@pytest.mark.parametrize("secret", ["", "another"])
def test_the_signature_of_another_or_no_key_is_refused(secret: str) -> None:
    told = {"error": 0, "data": MOVEMENT}
    headers = signed(as_casso(told), key=secret or "")
    assert refusal(json.dumps(told).encode(), headers, webhook_secret="" if not secret else "made-up") == (
        "signature",
        401,
    )


@pytest.mark.parametrize("late", [-AHEAD_MS, 0, BEHIND_MS])
def test_a_repetition_within_a_day_is_taken(late: int) -> None:
    assert second(received=AT + late) == (RECEIPT,)


@pytest.mark.parametrize("late", [-AHEAD_MS - 1, BEHIND_MS + 1])
def test_an_older_or_future_call_is_stale(late: int) -> None:
    assert refusal(by=second, received=AT + late) == ("stale", 401)


def test_a_time_moved_to_now_breaks_the_signature() -> None:
    told = {"error": 0, "data": MOVEMENT}
    header = signed(as_casso(told))["X-Casso-Signature"].replace(str(AT), str(AT + BEHIND_MS))
    assert refusal(json.dumps(told).encode(), {"X-Casso-Signature": header}, AT + BEHIND_MS) == ("signature", 401)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"not json",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xff",
        b'{"a":' * 100_000,
        b'{"a":' * 700 + b"1" + b"}" * 700,
        b'{"a":"\\ud800"}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b" " * 300_000,
    ],
    ids=range(11),
)
def test_what_cannot_be_read_in_one_way_is_malformed(body: bytes) -> None:
    assert refusal(body, {"X-Casso-Signature": f"t={AT},v1={'0' * 128}"}) == ("malformed", 400)


@pytest.mark.parametrize(
    "values",
    [
        {"id": None},
        {"id": -1},
        {"id": "5790 "},
        {"amount": None},
        {"amount": "many"},
        {"amount": MAX_MINOR + 1},
        {"amount": [1]},
        {"transactionDateTime": "21/11/2026 12:01"},
        {"transactionDateTime": None},
        {"description": ["x"]},
        {"description": "\x00"},
    ],
    ids=ascii,
)
def test_a_signed_movement_that_no_bank_could_mean_is_malformed(values: dict[str, Any]) -> None:
    assert refusal(by=second, **values) == ("malformed", 400)


def test_money_that_went_out_is_kept_and_tells_of_no_money() -> None:
    assert second(amount=-45_000) == (Ignored(Provider.CASSO, "casso:5790"),)
    assert second(amount=0) == (Ignored(Provider.CASSO, "casso:5790"),)


def test_a_genuine_webhook_for_another_account_is_foreign() -> None:
    assert refusal(by=second, accountNumber="999") == ("foreign", 403)
    assert refusal(by=second, accountNumber=None) == ("foreign", 403)


# ---- V1


def test_every_movement_of_one_call_is_told_in_its_order() -> None:
    out, other = {**ROW, "id": 3, "amount": -1}, {**ROW, "id": 4, "bank_sub_acc_id": "999"}
    notices = first({**ROW, "id": 1}, out, {**ROW, "id": 2}, other, {**ROW, "id": 0})
    keys = [(type(notice), getattr(notice, "dedupe_key", "")) for notice in notices]
    assert keys == [
        (Receipt, "casso:1"),
        (Ignored, "casso:3"),
        (Receipt, "casso:2"),
        (Ignored, "casso:4:other"),
        (Ignored, "casso:0"),
    ]


def test_both_versions_tell_a_movement_under_the_same_key() -> None:
    (by_first,), (by_second,) = first(ROW), second()
    assert isinstance(by_first, Receipt)
    assert isinstance(by_second, Receipt)
    assert (by_first.dedupe_key, by_first.paid_at, by_first.provider_ref) == (
        by_second.dedupe_key,
        by_second.paid_at,
        by_second.provider_ref,
    )


def test_the_account_may_stand_under_either_name() -> None:
    assert first({**ROW, "bank_sub_acc_id": ""}) == first(ROW)


@pytest.mark.parametrize("token", ["", "another", "made-up-casso-ke"])
def test_a_call_without_the_right_token_is_refused(token: str) -> None:
    assert refusal(ROW, by=first, token=token) == ("signature", 401)


def test_a_signature_is_no_token_and_a_token_no_signature() -> None:
    told = {"error": 0, "data": MOVEMENT}
    assert refusal(json.dumps(told).encode(), signed(as_casso(told)), webhook_version="v1") == ("signature", 401)
    assert refusal(b"{}", {"Secure-Token": "made-up-casso-key"}) == ("signature", 401)
    assert refusal(b"{}", {"Secure-Token": "made-up-casso-key"}, webhook_version="v3") == ("signature", 401)


def test_a_test_call_is_accepted_though_its_account_is_made_up() -> None:
    assert first({**ROW, "id": 0, "bank_sub_acc_id": "88888888"}) == (Ignored(Provider.CASSO, "casso:0"),)


def test_movements_of_other_accounts_alone_are_foreign() -> None:
    other = {**ROW, "bank_sub_acc_id": "999", "subAccId": "999"}
    assert refusal(other, other, by=first) == ("foreign", 403)
    assert refusal({**other, "bank_sub_acc_id": "", "subAccId": ""}, by=first) == ("foreign", 403)


def test_one_unreadable_movement_refuses_all_so_that_none_is_lost_in_silence() -> None:
    assert refusal(ROW, {**ROW, "amount": "many"}, by=first) == ("malformed", 400)


def test_no_movement_and_too_many_are_refused() -> None:
    assert refusal(by=first) == ("malformed", 400)
    assert len(first(*[ROW] * MAX_MOVEMENTS)) == MAX_MOVEMENTS
    assert refusal(*[ROW] * (MAX_MOVEMENTS + 1), by=first) == ("malformed", 400)


# ---- the rest of the adapter


@pytest.mark.parametrize(
    ("outcome", "status", "success"), [("accepted", 200, True), ("duplicate", 200, True), ("unavailable", 503, False)]
)
def test_the_answer_is_what_casso_waits_for(outcome: Any, status: int, success: bool) -> None:
    answer = ADAPTER.answer(outcome, RECEIPT)
    assert (answer.status, json.loads(answer.body)) == (status, {"success": success})


def test_casso_makes_no_codes_and_knows_no_payments() -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda request: pytest.fail("asked"))) as http:
        made, asked = ADAPTER.present(http, CASSO, CONTEXT), ADAPTER.check(http, CASSO, CONTEXT)
    assert (made.status, made.failure) == (RailStatus.FAILED, FailureCode.OPERATION_UNSUPPORTED)
    assert (asked.status, asked.failure) == (RailStatus.UNKNOWN, FailureCode.OPERATION_UNSUPPORTED)


def test_the_form_has_every_field_in_both_languages_and_hides_the_secrets() -> None:
    assert all(all(field.label) for field in ADAPTER.credential_fields)
    assert [field.name for field in ADAPTER.credential_fields if field.secret] == ["webhook_secret", "api_key"]
