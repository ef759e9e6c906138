"""SePay's webhook: believed only when signed in time for this account, and answered as SePay documents."""

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from rails_samples import CONTEXT, SEPAY, SEPAY_VECTORS, answering, changed, moment

from domain.errors import FailureCode
from domain.ids import Instant
from domain.money import MAX_MINOR
from domain.rails import OF_THE_SHOP, ROUTES, Presents, Provider, RailStatus, Receipt
from server.rails.base import Captures, Ignored, NotificationRefused, Refunds, Withdraws
from server.rails.registry import ADAPTERS
from server.rails.sepay import TOLERANCE_MS, SepayAdapter

ADAPTER = SepayAdapter()
VECTOR = SEPAY_VECTORS["sepay-hmac"]
BODY: bytes = VECTOR["body"].encode()
HEADERS: dict[str, str] = VECTOR["headers"]
SIGNED_AT = Instant(1_795_230_000_000)
MOVEMENT: dict[str, Any] = json.loads(BODY)


def read(
    body: bytes = BODY, headers: dict[str, str] = HEADERS, at: int = SIGNED_AT, **credentials: str
) -> Receipt | Ignored:
    return ADAPTER.read_notification(changed(SEPAY, **credentials), headers, body, Instant(at))


def signed(body: bytes, timestamp: str = "1795230000", secret: str = "made-up-sepay-secret") -> dict[str, str]:
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-sepay-timestamp": timestamp, "x-sepay-signature": f"sha256={digest}"}


def read_signed(body: bytes | None = None, **values: Any) -> Receipt | Ignored:
    raw = json.dumps({**MOVEMENT, **values}).encode() if body is None else body
    return read(raw, signed(raw))


def receipt_of(**values: Any) -> Receipt:
    receipt = read_signed(**values)
    assert isinstance(receipt, Receipt)
    return receipt


def refusal(*args: Any, **named: Any) -> tuple[str, int]:
    """Return the reason of a refusal and its HTTP status."""
    with pytest.raises(NotificationRefused) as refused:
        read(*args, **named)
    assert json.loads(refused.value.answer.body) == {"success": False}
    return refused.value.reason, refused.value.answer.status


def refusal_of_signed(body: bytes) -> tuple[str, int]:
    return refusal(body, signed(body))


def test_the_sample_webhook_becomes_a_receipt() -> None:
    assert read() == Receipt(
        provider=Provider.SEPAY,
        dedupe_key="sepay:0123499999:92704",
        text="chuyen tien mua iphone",
        amount_minor=2_277_000,
        currency="VND",
        paid_at=moment("2023-03-25T14:02:37+07:00"),
        provider_ref="MBVCB.3278907687",
        account_number="0123499999",
    )


def test_the_order_code_that_sepay_found_is_added_to_the_text() -> None:
    assert receipt_of(content="CT tu 0123", code="BANA01A0001247").text == "CT tu 0123 BANA01A0001247"
    assert receipt_of(content=None, code="BANA01A0001247").text == "BANA01A0001247"


def test_a_missing_bank_reference_is_an_empty_one() -> None:
    assert receipt_of(referenceCode=None).provider_ref == ""


def test_a_text_without_end_is_cut() -> None:
    assert len(receipt_of(content="x" * 5_000).text) == 1_000


@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_headers_count_in_any_case(case: Any) -> None:
    assert read(headers={case(name): value for name, value in HEADERS.items()}) == read()


@pytest.mark.parametrize("ahead", [-TOLERANCE_MS, TOLERANCE_MS])
def test_a_webhook_within_five_minutes_is_taken(ahead: int) -> None:
    assert read(at=SIGNED_AT + ahead) == read()


@pytest.mark.parametrize("ahead", [-TOLERANCE_MS - 1, TOLERANCE_MS + 1, 10**12])
def test_an_older_or_future_webhook_is_stale(ahead: int) -> None:
    assert refusal(at=SIGNED_AT + ahead) == ("stale", 401)


def test_a_timestamp_moved_to_now_breaks_the_signature() -> None:
    later = {**HEADERS, "X-SePay-Timestamp": "1795239999"}
    assert refusal(headers=later, at=1_795_239_999_000) == ("signature", 401)


@pytest.mark.parametrize(
    "change",
    [
        {"X-SePay-Signature": ""},
        {"X-SePay-Signature": HEADERS["X-SePay-Signature"].removeprefix("sha256=")},
        {"X-SePay-Signature": HEADERS["X-SePay-Signature"][:-1] + "8"},
        {"X-SePay-Signature": "sha256=é\udcff\ud800"},
        {"X-SePay-Timestamp": ""},
        {"X-SePay-Timestamp": "1795230000.0"},
        {"X-SePay-Timestamp": "-1795230000"},
        {"X-SePay-Timestamp": "١٧٩٥٢٣٠٠٠٠"},
        {"X-SePay-Timestamp": "9" * 5_000},
        {"x-sepay-signature": HEADERS["X-SePay-Signature"]},
    ],
    ids=ascii,
)
def test_a_missing_wrong_or_doubled_header_is_refused(change: dict[str, str]) -> None:
    assert refusal(headers={**HEADERS, **change}) == ("signature", 401)


@pytest.mark.parametrize("name", MOVEMENT)
def test_one_changed_value_breaks_the_signature(name: str) -> None:
    body = json.dumps({**MOVEMENT, name: 1}, separators=(",", ":")).encode()
    assert refusal(body) == ("signature", 401)


def test_the_signature_is_over_the_raw_bytes() -> None:
    assert refusal(json.dumps(MOVEMENT).encode()) == ("signature", 401)


@pytest.mark.parametrize("secret", ["", "another"])
def test_the_signature_of_another_or_no_secret_is_refused(secret: str) -> None:
    assert refusal(BODY, signed(BODY, secret=secret), webhook_secret="" if not secret else "made-up") == (
        "signature",
        401,
    )


def test_an_unsigned_body_is_not_even_parsed() -> None:
    assert refusal(b"not json") == ("signature", 401)


def test_a_genuine_webhook_for_another_account_is_foreign() -> None:
    body = json.dumps({**MOVEMENT, "accountNumber": "0123499998"}).encode()
    assert refusal_of_signed(body) == ("foreign", 403)


def test_without_an_account_of_our_own_everything_is_foreign() -> None:
    body = json.dumps({**MOVEMENT, "accountNumber": ""}).encode()
    assert refusal(body, signed(body), account_number="") == ("foreign", 403)


@pytest.mark.parametrize(
    "change",
    [
        {"transferAmount": 0},
        {"transferAmount": -5},
        {"transferAmount": True},
        {"transferAmount": "2277000"},
        {"transferAmount": None},
        {"transferAmount": MAX_MINOR + 1},
        {"transferAmount": 2277000.0},
        {"id": 0},
        {"id": -1},
        {"id": "92704"},
        {"id": None},
        {"transferType": "IN"},
        {"transferType": None},
        {"transactionDate": "25/03/2023 14:02:37"},
        {"transactionDate": "2023-03-25T14:02:37"},
        {"transactionDate": None},
        {"content": ["x"]},
        {"content": "a\x00b"},
        {"accountNumber": ["0123499999"]},
    ],
    ids=str,
)
def test_a_signed_webhook_that_makes_no_sense_is_malformed(change: dict[str, Any]) -> None:
    assert refusal_of_signed(json.dumps({**MOVEMENT, **change}).encode()) == ("malformed", 400)


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b'"transferAmount":2277000', b'"transferAmount":1,"transferAmount":2277000'),
        BODY.replace(b"2277000", b"NaN"),
        BODY.replace(b"2277000", b"2.277e6"),
        BODY.replace(b"2277000", b"9" * 4_400),
        BODY.replace(b"19077000", b"1.5"),
        b"[" + BODY + b"]",
        b"",
    ],
    ids=["repeated key", "NaN", "exponent", "endless number", "float", "list", "empty"],
)
def test_a_signed_webhook_of_loose_json_is_malformed(body: bytes) -> None:
    assert refusal_of_signed(body) == ("malformed", 400)


def test_the_largest_amount_of_the_books_is_read_exactly() -> None:
    assert receipt_of(transferAmount=MAX_MINOR).amount_minor == MAX_MINOR


def test_money_that_goes_out_is_ignored_and_accepted() -> None:
    ignored = read_signed(transferType="out")
    assert ignored == Ignored(Provider.SEPAY, "sepay:0123499999:92704")
    assert ADAPTER.answer("accepted", ignored).status == 200


def test_an_api_key_is_the_documented_alternative() -> None:
    headers = {"Authorization": "Apikey made-up-sepay-secret"}
    assert read(headers=headers, auth="apikey") == read()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "made-up-sepay-secret"},
        {"Authorization": "Apikey "},
        {"Authorization": "Apikey made-up-sepay-secre"},
        {"Authorization": "Bearer made-up-sepay-secret"},
        {"Authorization": "Apikey khóa"},
        HEADERS,
    ],
    ids=str,
)
def test_a_wrong_or_missing_api_key_is_refused(headers: dict[str, str]) -> None:
    assert refusal(headers=headers, auth="apikey") == ("signature", 401)


def test_an_api_key_does_not_open_an_account_that_wants_signatures() -> None:
    assert refusal(headers={"Authorization": "Apikey made-up-sepay-secret"}) == ("signature", 401)


@pytest.mark.parametrize("auth", ["none", "oauth2", "HMAC"])
def test_an_unknown_way_of_authentication_refuses_everything(auth: str) -> None:
    assert refusal(auth=auth) == ("signature", 401)


@pytest.mark.parametrize(
    ("outcome", "status", "success"), [("accepted", 200, True), ("duplicate", 200, True), ("unavailable", 503, False)]
)
def test_sepay_is_told_what_became_of_its_webhook(outcome: Any, status: int, success: bool) -> None:
    answer = ADAPTER.answer(outcome, read())
    assert (answer.status, answer.content_type, json.loads(answer.body)) == (
        status,
        "application/json",
        {"success": success},
    )


def test_sepay_makes_no_codes_and_knows_no_payments() -> None:
    http = answering(lambda _: httpx.Response(500))
    made, asked = ADAPTER.present(http, SEPAY, CONTEXT), ADAPTER.check(http, SEPAY, CONTEXT)
    assert (made.status, made.failure) == (RailStatus.FAILED, FailureCode.OPERATION_UNSUPPORTED)
    assert (asked.status, asked.failure) == (RailStatus.UNKNOWN, FailureCode.OPERATION_UNSUPPORTED)


def test_every_provider_that_confirms_money_has_its_adapter_and_a_form_in_both_languages() -> None:
    assert set(ADAPTERS) == {route.provider for route in ROUTES} - OF_THE_SHOP - {Provider.STORED_VALUE}
    for provider, adapter in ADAPTERS.items():
        assert adapter.provider is provider
        names = [field.name for field in adapter.credential_fields]
        assert len(names) == len(set(names))
        for field in adapter.credential_fields:
            assert all(field.label)
            assert field.label[0] != field.label[1]
            assert not (field.secret and field.default)
            assert field.default in field.choices or not field.choices


def test_a_route_says_of_its_provider_what_the_adapter_can_do() -> None:
    for route in ROUTES:
        if route.provider in {*OF_THE_SHOP, Provider.STORED_VALUE}:
            continue
        adapter = ADAPTERS[route.provider]
        can = route.capabilities
        assert route.currencies == adapter.currencies, route.provider
        assert can.refund is isinstance(adapter, Refunds), route.provider
        assert can.withdraw is isinstance(adapter, Withdraws), route.provider
        assert not can.capture or isinstance(adapter, Captures), route.provider
        assert adapter.lists_movements is (can.presents is Presents.OWN_CODE), route.provider
