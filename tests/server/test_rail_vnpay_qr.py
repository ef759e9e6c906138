"""VNPAY QR MMS: making a code and asking what became of it."""

import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from rails_samples import CONTEXT, VNPAY, VNPAY_VECTORS, Heard, answering, at_reference, changed, loopback, moment

from domain import emv
from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus
from server.rails.vnpay_qr import CHECK_OUTCOMES, CHECK_PATH, CREATE_FAILURES, CREATE_PATH, VnpayQrAdapter, ascii_words

ADAPTER = VnpayQrAdapter()
CREATE_ORDER = re.split(
    r"\|",
    "appId|merchantName|serviceCode|countryCode|masterMerCode|merchantType|merchantCode|terminalId|payType|productId|"
    "txnId|amount|tipAndFee|ccy|expDate",
)
CHECK_ORDER = re.split(
    r"\|", "masterMerchantCode|merchantCode|terminalID|txnId|payDate|bankCode|qrTrace|debitAmount|realAmount"
)
PAID_AT = moment("2026-11-21T10:03:07+07:00")


def md5(*parts: str) -> str:
    return hashlib.md5("|".join(parts).encode()).hexdigest().upper()


def qr_text(amount: str = "20000", reference: str = CONTEXT.reference) -> str:
    account = emv.write("00", "A000000775") + emv.write("01", "0106921949")
    objects = [("00", "01"), ("01", "12"), ("26", account), ("52", "5812"), ("53", "704"), ("54", amount)]
    objects += [("58", "VN"), ("59", "QUAN BA NA"), ("60", "HANOI"), ("62", emv.write("01", reference))]
    body = "".join(emv.write(tag, value) for tag, value in objects) + "6304"
    return body + emv.crc(body)


def created(data: str | None = None, code: str = "00", secret: str = "vnpay@MERCHANT", **more: Any) -> dict[str, Any]:
    text = qr_text() if data is None else data
    answer = {"code": code, "message": "Success", "data": text, "url": None, "isDelete": True, "idQrcode": 77}
    return {**answer, "checksum": md5(code, "Success", text, "null", secret), **more}


def paid(secret: str = "vnpay@123@langhaHangLa", **more: str) -> dict[str, str]:
    answer = {
        "code": "00",
        "message": "Giao dich thanh cong, SDT 0333521805",
        "masterMerchantCode": "A000000775",
        "merchantCode": "0106921949",
        "terminalID": "NEWWAY05",
        "txnId": CONTEXT.reference,
        "payDate": "21/11/2026 10:03:07",
        "bankCode": "VNPAYEWALLET",
        "qrTrace": "244244631",
        "debitAmount": "20000",
        "realAmount": "15000",
        **more,
    }
    return {**answer, "checkSum": md5(*(answer[name] for name in CHECK_ORDER), secret)}


def present(answer: Any, context: PaymentContext = CONTEXT, **credentials: str) -> RailResult:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    http = answering(lambda _: httpx.Response(200, content=body))
    return ADAPTER.present(http, changed(VNPAY, **credentials), context)


def check(answer: Any, context: PaymentContext = CONTEXT) -> RailResult:
    return ADAPTER.check(answering(lambda _: httpx.Response(200, json=answer)), VNPAY, context)


def sent(context: PaymentContext = CONTEXT, **credentials: str) -> dict[str, Any]:
    """Return the fields of the create call."""
    bodies: list[bytes] = []

    def reply(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, json=created())

    ADAPTER.present(answering(reply), changed(VNPAY, **credentials), context)
    fields: dict[str, Any] = json.loads(bodies[0])
    return fields


def test_a_code_is_asked_for_over_a_real_socket_as_vnpay_wants_it() -> None:
    with loopback(lambda _: (200, json.dumps(created()).encode())) as (url, heard), httpx.Client() as http:
        result = ADAPTER.present(http, changed(VNPAY, base_url=url), CONTEXT)
    assert (result.status, result.qr_text) == (RailStatus.PENDING, qr_text())
    assert (heard.method, heard.path) == ("POST", CREATE_PATH)
    assert heard.headers is not None
    assert heard.headers["content-type"] == "text/plain"
    fields = json.loads(heard.body)
    assert fields["checksum"] == md5(*(fields[name] for name in CREATE_ORDER), "vnpay@MERCHANT")


def test_the_create_call_carries_whole_dong_the_reference_and_the_vietnamese_expiry() -> None:
    fields = sent()
    assert {name: fields[name] for name in ("amount", "ccy", "txnId", "billNumber", "expDate", "desc", "payType")} == {
        "amount": "20000",
        "ccy": "704",
        "txnId": "BANA01A0001247",
        "billNumber": "BANA01A0001247",
        "expDate": "2611211016",
        "desc": "Ca phe sua da banh",
        "payType": "03",
    }
    assert (fields["merchantName"], fields["serviceCode"], fields["masterMerCode"]) == (
        "Quan Ba Na",
        "03",
        "A000000775",
    )


def test_an_expiry_after_midnight_in_vietnam_is_written_in_vietnam_time() -> None:
    late = replace(CONTEXT, expires_at=moment("2026-12-31T17:05:59.999+00:00"))
    assert sent(late)["expDate"] == "2701010006"


def test_the_published_create_sample_is_what_the_adapter_signs() -> None:
    vector = VNPAY_VECTORS["create-doc"]
    fields = sent(
        replace(CONTEXT, reference="VNP_TEST888", amount_minor=100_000),
        merchant_name="VNPAY TEST",
        merchant_type="9999",
        merchant_code="88888888",
        terminal_id="PSSTEST",
    )
    fields["expDate"] = ""  # the sample has none
    assert {name: fields[name] for name in CREATE_ORDER} == vector["fields"]


def test_the_published_answer_sample_gives_its_code() -> None:
    vector = VNPAY_VECTORS["create-response-doc"]
    answer = {**vector["fields"], "checksum": vector["checksum"]}
    result = present(answer, replace(CONTEXT, reference="VNP_TEST888", amount_minor=100_000))
    assert (result.status, result.qr_text) == (RailStatus.PENDING, vector["fields"]["data"])


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_an_answers_checksum_counts_in_either_case(case: Any) -> None:
    answer = created()
    assert present({**answer, "checksum": case(answer["checksum"])}).status is RailStatus.PENDING


@pytest.mark.parametrize(
    "change",
    [
        {"checksum": "0" * 32},
        {"checksum": None},
        {"message": "Succes"},
        {"data": qr_text(amount="2000")},
        {"url": "https://evil.example"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_answer_that_is_not_signed_is_not_shown(change: dict[str, Any]) -> None:
    result = present({**created(), **change})
    assert (result.status, result.failure, result.qr_text) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR, "")


@pytest.mark.parametrize(
    "data", [qr_text(amount="2000"), qr_text(reference="BANA01A0001255"), qr_text()[:-4] + "0000", "", "null"]
)
def test_a_signed_code_for_another_bill_is_not_shown(data: str) -> None:
    result = present(created(data))
    assert (result.status, result.failure, result.qr_text) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR, "")


@pytest.mark.parametrize(("code", "failure"), CREATE_FAILURES.items())
def test_a_refused_create_call_becomes_a_failure_code(code: str, failure: FailureCode) -> None:
    result = present(created(code=code, data="", message="Khong hop le"))
    assert (result.status, result.failure, result.qr_text) == (RailStatus.FAILED, failure, "")
    assert json.loads(result.response) == {"code": code, "message": "Khong hop le", "idQrcode": "77"}


@pytest.mark.parametrize(
    ("codes", "category"),
    [
        (("04", "96", "99"), FailureCategory.TRANSIENT),
        (("05", "06", "07", "09", "10", "11", "12", "21", "24"), FailureCategory.CONFIGURATION),
        (("01", "15", "16"), FailureCategory.INTERNAL),
    ],
)
def test_only_vnpays_own_trouble_is_retried(codes: tuple[str, ...], category: FailureCategory) -> None:
    assert {CREATE_FAILURES[code].category for code in codes} == {category}


def test_an_unknown_code_is_an_unexpected_failure() -> None:
    assert present(created(code="77")).failure is FailureCode.UNEXPECTED_ERROR


def test_a_repeated_key_in_the_answer_makes_it_unreadable() -> None:
    body = json.dumps(created()).encode().replace(b'"code": "00"', b'"code": "99", "code": "00"')
    assert present(body).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"currency": "AUD"}, FailureCode.OPERATION_UNSUPPORTED),
        ({"reference": "BANA01A000124789"}, FailureCode.UNEXPECTED_ERROR),
        ({"reference": ""}, FailureCode.UNEXPECTED_ERROR),
        ({"reference": "a|b"}, FailureCode.UNEXPECTED_ERROR),
        ({"amount_minor": 0}, FailureCode.UNEXPECTED_ERROR),
        ({"amount_minor": 10_000_000_000_000}, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_what_vnpay_cannot_carry_is_not_sent(change: dict[str, Any], failure: FailureCode) -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    result = ADAPTER.present(answering(reply), VNPAY, replace(CONTEXT, **change))
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


@pytest.mark.parametrize(
    "name", ["app_id", "merchant_name", "merchant_code", "terminal_id", "create_secret", "check_secret"]
)
def test_without_a_credential_nothing_is_sent(name: str) -> None:
    result = present(created(), CONTEXT, **{name: ""})
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.CREDENTIALS_MISSING)


def test_the_refund_secret_is_not_needed_to_sell() -> None:
    assert present(created(), refund_secret="").status is RailStatus.PENDING


def test_a_provider_that_is_not_there_means_that_nothing_was_sent() -> None:
    with loopback(lambda _: (200, b"")) as (url, _), httpx.Client() as http:
        pass
    with httpx.Client() as http:
        result = ADAPTER.present(http, changed(VNPAY, base_url=url), CONTEXT)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.NETWORK_ERROR)


@pytest.mark.parametrize(("status", "expected"), [(500, RailStatus.UNKNOWN), (403, RailStatus.FAILED)])
def test_an_http_error_while_creating_is_unknown_unless_it_is_a_refusal(status: int, expected: RailStatus) -> None:
    http = answering(lambda _: httpx.Response(status))
    assert ADAPTER.present(http, VNPAY, CONTEXT).status is expected


def test_no_secret_stands_in_a_result() -> None:
    for result in (present(created(secretKey="vnpay@MERCHANT")), check(paid(secretKey="vnpay@123@langhaHangLa"))):
        assert "vnpay@" not in repr(result)


def test_a_paid_query_over_a_real_socket_gives_the_receipt_of_the_notification() -> None:
    def answer(heard: Heard) -> tuple[int, bytes]:
        return 200, json.dumps(paid()).encode()

    with loopback(answer) as (url, heard), httpx.Client() as http:
        result = ADAPTER.check(http, changed(VNPAY, base_url=url), CONTEXT)
    assert heard.path == CHECK_PATH
    assert json.loads(heard.body) == {
        "txnId": CONTEXT.reference,
        "merchantCode": "0106921949",
        "terminalID": "NEWWAY05",
        "payDate": "21/11/2026",
        "checkSum": md5("21/11/2026", CONTEXT.reference, "0106921949", "NEWWAY05", "vnpay@123@langhaHangLa"),
    }
    assert (result.status, result.received_minor, result.paid_at) == (RailStatus.SUCCESS, 20_000, PAID_AT)
    assert result.receipt is not None
    assert result.receipt.provider is Provider.VNPAY_QR_MMS
    assert result.receipt.dedupe_key == "vnpay_qr_mms:0106921949:244244631"
    assert (result.receipt.text, result.receipt.amount_minor) == (CONTEXT.reference, 20_000)
    assert (result.receipt.provider_ref, result.provider_ref) == ("244244631", "244244631")
    assert json.loads(result.response)["message"] == "Giao dich thanh cong, SDT •••805"


def test_the_published_query_samples_are_understood() -> None:
    vector = VNPAY_VECTORS["checktrans-response"]
    answer = dict(zip(CHECK_ORDER, vector["signed_string"].split("|"), strict=False))
    seen: list[dict[str, str]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={**answer, "code": "00", "checkSum": vector["checksum"]})

    day = moment("2024-03-27T13:50:00+07:00")
    context = replace(at_reference("SCSREWITSP"), created_at=day, expires_at=Instant(day + 900_000))
    credentials = changed(VNPAY, merchant_code="88888888", terminal_id="PSSTEST")
    result = ADAPTER.check(answering(reply), credentials, context)
    assert (result.status, result.received_minor) == (RailStatus.SUCCESS, 100_000)
    request = VNPAY_VECTORS["checktrans-request"]
    assert seen == [{**request["fields"], "checkSum": request["checksum"].upper()}]


@pytest.mark.parametrize(("code", "outcome"), CHECK_OUTCOMES.items())
def test_every_query_code_has_its_outcome(code: str, outcome: tuple[RailStatus, FailureCode | None]) -> None:
    result = check({"code": code, "message": "x"})
    assert (result.status, result.failure, result.receipt) == (*outcome, None)


def test_only_vnpays_word_that_it_failed_makes_a_payment_fail() -> None:
    assert [code for code, (status, _) in CHECK_OUTCOMES.items() if status is RailStatus.FAILED] == ["04"]
    assert [code for code, (status, _) in CHECK_OUTCOMES.items() if status is RailStatus.PENDING] == ["01", "05", "08"]


@pytest.mark.parametrize("code", ["77", "", None, ["00"]])
def test_an_unknown_query_code_leaves_it_open(code: object) -> None:
    assert check({"code": code}).status is RailStatus.UNKNOWN


@pytest.mark.parametrize("name", [name for name in paid() if name not in ("code", "message")])
def test_a_paid_answer_with_one_changed_field_is_not_believed(name: str) -> None:
    answer = paid()
    result = check({**answer, name: answer[name] + "0"})
    assert (result.status, result.failure, result.receipt) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR, None)


@pytest.mark.parametrize(
    "change",
    [
        {"txnId": "BANA01A0001255"},
        {"merchantCode": "88888888"},
        {"terminalID": "PSSTEST"},
        {"qrTrace": ""},
        {"payDate": "2026-11-21"},
        {"debitAmount": "20000.5"},
        {"debitAmount": "-1"},
        {"debitAmount": ""},
    ],
    ids=str,
)
def test_a_signed_answer_about_something_else_is_not_believed(change: dict[str, str]) -> None:
    assert check(paid(**change)).status is RailStatus.UNKNOWN


def test_a_query_signed_with_the_create_secret_is_not_believed() -> None:
    assert check(paid(secret="vnpay@MERCHANT")).status is RailStatus.UNKNOWN


def test_another_amount_is_reported_as_it_was_received() -> None:
    assert check(paid(debitAmount="15000")).received_minor == 15_000


@pytest.mark.parametrize("paid_day", ["21/11/2026", "22/11/2026"])
def test_a_payment_around_midnight_is_found_on_either_day(paid_day: str) -> None:
    asked: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["payDate"])
        found = asked[-1] == paid_day
        return httpx.Response(200, json=paid(payDate=f"{paid_day} 00:01:00") if found else {"code": "01"})

    night = replace(
        CONTEXT, created_at=moment("2026-11-21T23:55:00+07:00"), expires_at=moment("2026-11-22T00:10:00+07:00")
    )
    assert ADAPTER.check(answering(reply), VNPAY, night).status is RailStatus.SUCCESS
    assert asked == ["21/11/2026", "22/11/2026"][: 1 + (paid_day == "22/11/2026")]


@pytest.mark.parametrize("problem", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")])
def test_a_query_that_cannot_be_asked_never_fails_the_payment(problem: Exception) -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        raise problem

    result = ADAPTER.check(answering(reply), VNPAY, CONTEXT)
    assert result.status is RailStatus.UNKNOWN
    assert result.failure is not None
    assert result.failure.category is FailureCategory.TRANSIENT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_an_http_error_to_a_query_never_fails_the_payment(status: int) -> None:
    assert ADAPTER.check(answering(lambda _: httpx.Response(status)), VNPAY, CONTEXT).status is RailStatus.UNKNOWN


def test_without_credentials_a_query_leaves_it_open() -> None:
    result = ADAPTER.check(answering(lambda _: httpx.Response(200, json=paid())), {}, CONTEXT)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_MISSING)


def test_vnpay_has_no_statement() -> None:
    page = ADAPTER.statement(answering(lambda _: httpx.Response(500)), VNPAY, "7", Instant(0))
    assert (page.receipts, page.cursor, page.failure) == ((), "7", FailureCode.OPERATION_UNSUPPORTED)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Cà phê sữa đá & bánh mì", "Ca phe sua da banh"),
        ("ĐẶC BIỆT", "DAC BIET"),
        ("a|b<c>é", "a b c e"),
        ("Bàn-7 café", "Ban-7 cafe"),
        ("茶 🍵", ""),
        ("x" * 30, "x" * 19),
    ],
)
def test_a_description_is_folded_into_what_vnpay_takes(text: str, folded: str) -> None:
    assert ascii_words(text, 19) == folded
