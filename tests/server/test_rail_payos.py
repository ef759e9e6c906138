"""payOS's client: its signatures, its order numbers, its webhook, and what each of its answers means for the money."""

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.matching import LAST_NUMBER, payment_reference
from domain.rails import Provider, RailStatus, Receipt
from server.rails.base import Ignored, Notice, NotificationRefused, Refunds, Withdraws
from server.rails.exact_json import read_exact
from server.rails.payos import PayosAdapter
from server.rails.payos_calls import LINKS, signed, signed_text
from server.rails.payos_objects import FIRST_ORDER, NOBODYS_ORDER, order_code, reference_of, short_text
from server.vault import Secret
from tests.server.rails_samples import SEPAY_VECTORS, at_reference, changed, moment, sealed_by_nobody
from tests.server.scripted_provider import Script

ADAPTER = PayosAdapter()
VECTOR = SEPAY_VECTORS["payos"]
KEY = "made-up-checksum-key"
PAYOS = sealed_by_nobody(base_url="https://payos.example", client_id="C-1", api_key="A-1", checksum_key=KEY)
CONTEXT = at_reference("BANA01A0001248")
ORDER = 77_026_000_124
"""The order number of the sample payment: till 01 is 26 series of a million behind the first, number 124."""
CREATE, GET, CANCEL = f"POST {LINKS}", f"GET {LINKS}/{ORDER}", f"POST {LINKS}/{ORDER}/cancel"
TRANSFER: dict[str, Any] = {
    "reference": "FT26325123456",
    "amount": 20_000,
    "accountNumber": "0071000888888",
    "description": "CSQ1 01A000124",
    "transactionDateTime": "2026-11-21 10:05:00",
    "counterAccountName": None,
}
MADE: dict[str, Any] = {
    "bin": "970436",
    "accountNumber": "0071000888888",
    "amount": 20_000,
    "description": "CSQ1 01A000124",
    "orderCode": ORDER,
    "currency": "VND",
    "paymentLinkId": "link-1",
    "status": "PENDING",
    "checkoutUrl": "https://pay.payos.vn/web/link-1",
    "qrCode": "000201…",
}
RECEIPT = Receipt(
    provider=Provider.PAYOS,
    dedupe_key="payos:link-1:FT26325123456",
    text="BANA01A0001248",
    amount_minor=20_000,
    currency="VND",
    paid_at=moment("2026-11-21T10:05:00+07:00"),
    provider_ref="FT26325123456",
    account_number="0071000888888",
)


def sign(data: Any, key: str = KEY) -> str:
    """payOS's signature, written here by Python's own means."""

    def text(value: Any) -> str:
        if isinstance(value, list):
            return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "" if value is None else str(value)

    joined = "&".join(f"{name}={text(data[name])}" for name in sorted(data))
    return hmac.new(key.encode(), joined.encode(), hashlib.sha256).hexdigest()


def said(data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": "00", "desc": "success", "data": data, "signature": sign(data), **more}


def no(code: str) -> dict[str, Any]:
    return {"code": code, "desc": "no", "data": None, "signature": None}


def link(status: str, *transfers: dict[str, Any], **values: Any) -> dict[str, Any]:
    data = {"id": "link-1", "orderCode": ORDER, "amount": 20_000, "status": status, "transactions": list(transfers)}
    return said({**data, "amountPaid": sum(transfer["amount"] for transfer in transfers), **values})


def webhook(key: str = KEY, **values: Any) -> bytes:
    data = {**TRANSFER, "orderCode": ORDER, "currency": "VND", "paymentLinkId": "link-1", "code": "00", **values}
    return json.dumps({"code": "00", "success": True, "data": data, "signature": sign(data, key)}).encode()


def heard(body: bytes, **credentials: str) -> Notice:
    return ADAPTER.read_notification(changed(PAYOS, **credentials), {}, body, Instant(0))


def refusal(body: bytes, **credentials: str) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as refused:
        heard(body, **credentials)
    return refused.value.reason, refused.value.answer.status


# ---- signatures and order numbers


def test_the_published_signature_is_reproduced() -> None:
    data = read_exact(json.dumps(VECTOR["data"]).encode(), 10_000)
    assert signed_text(data) == VECTOR["signed_string"]
    assert signed(Secret(VECTOR["key"]), signed_text(data)) == VECTOR["signature"]


def test_lists_booleans_and_nothing_are_signed_as_the_official_client_does() -> None:
    data = {"b": [{"d": None, "c": "ế/"}], "a": True, "e": None, "f": "null", "g": 1.50}
    raw = json.dumps(data).replace("1.5", "1.50").encode()
    assert signed_text(read_exact(raw, 10_000)) == 'a=true&b=[{"c":"ế/","d":null}]&e=&f=&g=1.50'


@pytest.mark.parametrize(
    "reference", ["BANA01A0001248", payment_reference("00", "A", 0), payment_reference("99", "Z", LAST_NUMBER)]
)
def test_an_order_number_is_read_back_as_the_reference(reference: str) -> None:
    code = order_code(reference)
    assert code is not None
    assert reference_of(code) == reference
    assert FIRST_ORDER <= code < 10**11


def test_two_references_never_share_an_order_number() -> None:
    references = [
        payment_reference(till, letter, n) for till in ("00", "01") for letter in "AZ" for n in (0, LAST_NUMBER)
    ]
    assert len({order_code(reference) for reference in references}) == len(references)


@pytest.mark.parametrize("text", ["", "BANATEST", "BANA01A0001247", "xBANA01A0001248", "BANA01A00012487"])
def test_what_is_no_reference_has_no_order_number(text: str) -> None:
    assert order_code(text) is None


@pytest.mark.parametrize("code", [-1, 0, 123, NOBODYS_ORDER, FIRST_ORDER + 2_600 * 1_000_000, 1_795_230_000_000])
def test_an_order_of_another_program_names_no_payment(code: int) -> None:
    assert reference_of(code) == ""


def test_nine_letters_name_till_series_and_number() -> None:
    assert [short_text("BANA01A0001248", length) for length in ("9", "25")] == ["01A000124", "BANA01A0001248"]


# ---- the code


def test_a_code_is_made_signed_in_the_documented_order() -> None:
    script = Script({CREATE: [said(MADE)]})
    with script.client() as http:
        result = ADAPTER.present(http, PAYOS, CONTEXT)
    assert (result.status, result.qr_text, result.link, result.provider_ref) == (
        RailStatus.PENDING,
        "000201…",
        "https://pay.payos.vn/web/link-1",
        "link-1",
    )
    body, request = script.body(CREATE), script.sent(CREATE)[0]
    text = "amount=20000&cancelUrl=https://payos.vn/&description=01A000124" + (
        f"&orderCode={ORDER}&returnUrl=https://payos.vn/"
    )
    assert body["signature"] == hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert (request.headers["x-client-id"], request.headers["x-api-key"]) == ("C-1", "A-1")
    assert body["expiredAt"] * 1000 - CONTEXT.expires_at in range(1000)


def test_a_linked_account_shows_the_whole_reference() -> None:
    script = Script({CREATE: [said(MADE)]})
    with script.client() as http:
        ADAPTER.present(http, changed(PAYOS, description_length="25"), CONTEXT)
    assert script.body(CREATE)["description"] == "BANA01A0001248"


@pytest.mark.parametrize(
    "values",
    [
        {"orderCode": 1},
        {"amount": 1},
        {"amount": "20000"},
        {"qrCode": ""},
        {"paymentLinkId": None},
        {"currency": "USD"},
        {"checkoutUrl": "http://pay.payos.vn/web/link-1"},
        {"checkoutUrl": "javascript:alert(1)"},
    ],
    ids=ascii,
)
def test_an_answer_that_is_not_this_payment_shows_nothing(values: dict[str, Any]) -> None:
    with Script({CREATE: [said({**MADE, **values})]}).client() as http:
        result = ADAPTER.present(http, PAYOS, CONTEXT)
    assert (result.status, result.qr_text, result.link) == (RailStatus.UNKNOWN, "", "")


@pytest.mark.parametrize(
    "answer", [said(MADE, signature="0" * 64), said(MADE, signature=None), {**said(MADE), "data": []}]
)
def test_an_answer_that_payos_did_not_sign_shows_nothing(answer: dict[str, Any]) -> None:
    with Script({CREATE: [answer]}).client() as http:
        assert ADAPTER.present(http, PAYOS, CONTEXT).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [
        ("20", RailStatus.FAILED, FailureCode.UNEXPECTED_ERROR),
        ("201", RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        ("214", RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        ("401", RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        ("429", RailStatus.FAILED, FailureCode.RATE_LIMITED),
        ("998", RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_a_refusal_has_its_failure_and_an_unknown_one_is_doubt(
    code: str, status: RailStatus, failure: FailureCode
) -> None:
    with Script({CREATE: [no(code)]}).client() as http:
        result = ADAPTER.present(http, PAYOS, CONTEXT)
    assert (result.status, result.failure) == (status, failure)
    assert KEY not in result.response


def test_a_payment_that_was_made_before_is_shown_by_its_page() -> None:
    with Script({CREATE: [no("231")], GET: [link("PENDING")]}).client() as http:
        result = ADAPTER.present(http, PAYOS, CONTEXT)
    assert (result.status, result.link, result.qr_text) == (RailStatus.PENDING, "https://pay.payos.vn/web/link-1", "")


@pytest.mark.parametrize("there", [link("PAID", TRANSFER), link("EXPIRED"), link("PENDING", amount=1), no("101")])
def test_a_payment_that_was_made_before_and_is_another_or_over_is_doubt(there: dict[str, Any]) -> None:
    with Script({CREATE: [no("231")], GET: [there]}).client() as http:
        result = ADAPTER.present(http, PAYOS, CONTEXT)
    assert (result.status, result.link) != (RailStatus.PENDING, "https://pay.payos.vn/web/link-1")


@pytest.mark.parametrize(
    ("context", "failure"),
    [
        (replace(CONTEXT, reference="BANATEST"), FailureCode.UNEXPECTED_ERROR),
        (replace(CONTEXT, amount_minor=0), FailureCode.UNEXPECTED_ERROR),
        (replace(CONTEXT, currency="USD"), FailureCode.OPERATION_UNSUPPORTED),
        (replace(CONTEXT, capture=False), FailureCode.OPERATION_UNSUPPORTED),
    ],
)
def test_what_payos_cannot_take_is_not_even_asked(context: Any, failure: FailureCode) -> None:
    with Script({}).client() as http:
        result = ADAPTER.present(http, PAYOS, context)
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


# ---- the query


@pytest.mark.parametrize("status", ["PAID", "UNDERPAID", "PENDING", "EXPIRED", "CANCELLED"])
def test_money_counts_whatever_the_status(status: str) -> None:
    with Script({GET: [link(status, TRANSFER)]}).client() as http:
        result = ADAPTER.check(http, PAYOS, CONTEXT)
    assert (result.status, result.receipt, result.received_minor) == (RailStatus.SUCCESS, RECEIPT, 20_000)
    assert heard(webhook()) == RECEIPT


@pytest.mark.parametrize(
    ("status", "expected", "failure"),
    [
        ("PENDING", RailStatus.PENDING, None),
        ("PROCESSING", RailStatus.PENDING, None),
        ("CANCELLED", RailStatus.FAILED, FailureCode.PAYER_CANCELLED),
        ("EXPIRED", RailStatus.FAILED, FailureCode.EXPIRED),
        ("FAILED", RailStatus.FAILED, FailureCode.DECLINED),
        ("PAID", RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ("NEW", RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_a_link_without_money_stands_as_payos_says(
    status: str, expected: RailStatus, failure: FailureCode | None
) -> None:
    with Script({GET: [link(status)]}).client() as http:
        result = ADAPTER.check(http, PAYOS, CONTEXT)
    assert (result.status, result.failure) == (expected, failure)


def test_every_transfer_is_told_the_oldest_first() -> None:
    later = {**TRANSFER, "reference": "FT2", "amount": 5_000, "transactionDateTime": "2026-11-21T10:06:00+07:00"}
    with Script({GET: [link("UNDERPAID", later, TRANSFER)]}).client() as http:
        result = ADAPTER.check(http, PAYOS, CONTEXT)
    assert [(each.amount_minor, each.provider_ref) for each in result.receipts] == [
        (20_000, TRANSFER["reference"]),
        (5_000, "FT2"),
    ]
    assert (result.receipts[0], result.received_minor) == (RECEIPT, 25_000)
    assert result.paid_at == result.receipts[1].paid_at


@pytest.mark.parametrize(
    "answer",
    [
        link("PAID", TRANSFER, amount=1),
        link("PAID", {**TRANSFER, "reference": ""}),
        link("PAID", {**TRANSFER, "amount": 0}),
        link("PAID", {**TRANSFER, "transactionDateTime": "yesterday"}),
        {**link("PAID", TRANSFER), "signature": "0" * 64},
    ],
)
def test_money_that_cannot_be_read_for_certain_is_doubt(answer: dict[str, Any]) -> None:
    with Script({GET: [answer]}).client() as http:
        result = ADAPTER.check(http, PAYOS, CONTEXT)
    assert (result.status, result.receipt) == (RailStatus.UNKNOWN, None)


def test_good_credentials_pass_the_connection_test_and_bad_ones_do_not() -> None:
    probe = replace(CONTEXT, reference="BANATEST", amount_minor=1)
    ask = f"GET {LINKS}/{NOBODYS_ORDER}"
    with Script({ask: [no("101"), no("214"), no("401"), httpx.Response(401, json=no("401"))]}).client() as http:
        failures = [ADAPTER.check(http, PAYOS, probe).failure for _ in range(4)]
    assert failures == [None, *[FailureCode.CREDENTIALS_REJECTED] * 3]


@pytest.mark.parametrize(
    ("credentials", "failure"),
    [
        ({"checksum_key": ""}, FailureCode.CREDENTIALS_MISSING),
        ({"api_key": "a\nb"}, FailureCode.CREDENTIALS_REJECTED),
        ({"base_url": "http://payos.example"}, FailureCode.ROUTE_NOT_FOUND),
    ],
)
def test_credentials_that_cannot_be_used_are_told_without_a_call(
    credentials: dict[str, str], failure: FailureCode
) -> None:
    with Script({}).client() as http:
        assert ADAPTER.check(http, changed(PAYOS, **credentials), CONTEXT).failure is failure


# ---- withdrawing


@pytest.mark.parametrize(
    ("cancelled", "found", "status", "failure"),
    [
        (link("CANCELLED"), [], RailStatus.SUCCESS, None),
        (no("101"), [], RailStatus.SUCCESS, None),
        (no("998"), [link("CANCELLED")], RailStatus.SUCCESS, None),
        (no("998"), [link("EXPIRED")], RailStatus.SUCCESS, None),
        (no("998"), [link("PAID", TRANSFER)], RailStatus.FAILED, FailureCode.INVALID_TRANSITION),
        (link("CANCELLED", TRANSFER), [], RailStatus.FAILED, FailureCode.INVALID_TRANSITION),
        (no("998"), [link("PROCESSING")], RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
        (no("401"), [no("401")], RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        (httpx.ReadTimeout("lost"), [], RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (httpx.Response(503), [], RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_a_payment_is_withdrawn_unless_it_is_paid(
    cancelled: Any, found: list[Any], status: RailStatus, failure: FailureCode | None
) -> None:
    script = Script({CANCEL: [cancelled], GET: found})
    with script.client() as http:
        result = ADAPTER.withdraw(http, PAYOS, CONTEXT)
    assert (result.status, result.failure) == (status, failure)
    body = script.body(CANCEL)
    assert body["signature"] == sign({"cancellationReason": body["cancellationReason"]})


# ---- the webhook


def test_the_published_webhook_confirms_the_address_and_is_no_money() -> None:
    body = json.dumps({"code": "00", "data": VECTOR["data"], "signature": VECTOR["signature"]}).encode()
    notice = heard(body, checksum_key=VECTOR["key"])
    assert isinstance(notice, Ignored)
    assert refusal(body) == ("signature", 401)


def test_an_order_of_another_program_is_money_without_a_payment() -> None:
    notice = heard(webhook(orderCode=124))
    assert isinstance(notice, Receipt)
    assert notice.text == "CSQ1 01A000124"


def test_the_order_number_names_the_payment_whatever_the_customer_typed() -> None:
    assert heard(webhook(description="BANA01A0001255 nham")) == RECEIPT


@pytest.mark.parametrize("values", [{"code": "01"}, {"currency": "USD"}])
def test_what_moved_no_dong_is_kept_and_tells_of_no_money(values: dict[str, Any]) -> None:
    assert isinstance(heard(webhook(**values)), Ignored)


@pytest.mark.parametrize("name", [*TRANSFER, "orderCode", "paymentLinkId"])
def test_one_changed_value_breaks_the_signature(name: str) -> None:
    told = json.loads(webhook())
    told["data"][name] = 1
    assert refusal(json.dumps(told).encode()) == ("signature", 401)


@pytest.mark.parametrize("signature", [None, "", 5, "0" * 64, "é" * 64, ["x"]])
def test_a_missing_or_wrong_signature_is_refused(signature: Any) -> None:
    told = {**json.loads(webhook()), "signature": signature}
    assert refusal(json.dumps(told).encode()) == ("signature", 401)


@pytest.mark.parametrize("secret", ["", "another"])
def test_the_signature_of_another_or_no_key_is_refused(secret: str) -> None:
    assert refusal(webhook(key=secret or "x"), checksum_key="" if not secret else "made-up") == ("signature", 401)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b'{"data":{},"data":{}}', b'{"data":' * 50_000, b" " * 300_000], ids=range(6)
)
def test_what_cannot_be_read_in_one_way_is_malformed(body: bytes) -> None:
    assert refusal(body) == ("malformed", 400)


def test_data_that_is_nested_without_end_is_malformed() -> None:
    deep = b'{"a":' * 700 + b"1" + b"}" * 700
    assert refusal(b'{"signature":"' + b"0" * 64 + b'","data":' + deep + b"}") == ("malformed", 400)


@pytest.mark.parametrize(
    "values",
    [
        {"orderCode": "1"},
        {"amount": -1},
        {"amount": "20000"},
        {"reference": None},
        {"paymentLinkId": ""},
        {"transactionDateTime": "21/11/2026"},
        {"description": ["x"], "orderCode": 1},
    ],
    ids=ascii,
)
def test_a_signed_transfer_that_no_bank_could_mean_is_malformed(values: dict[str, Any]) -> None:
    assert refusal(webhook(**values)) == ("malformed", 400)


# ---- the rest of the adapter


@pytest.mark.parametrize(
    ("outcome", "status", "success"), [("accepted", 200, True), ("duplicate", 200, True), ("unavailable", 503, False)]
)
def test_the_answer_is_what_payos_waits_for(outcome: Any, status: int, success: bool) -> None:
    answer = ADAPTER.answer(outcome, RECEIPT)
    assert (answer.status, json.loads(answer.body)) == (status, {"success": success})


def test_payos_withdraws_gives_nothing_back_and_has_no_list() -> None:
    assert isinstance(ADAPTER, Withdraws)
    assert not isinstance(ADAPTER, Refunds)
    with Script({}).client() as http:
        assert ADAPTER.statement(http, PAYOS, "x", Instant(0)).failure is FailureCode.OPERATION_UNSUPPORTED


def test_the_form_hides_the_secrets() -> None:
    assert [field.name for field in ADAPTER.credential_fields if field.secret] == ["api_key", "checksum_key"]
