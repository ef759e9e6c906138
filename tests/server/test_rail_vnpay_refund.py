"""VNPAY QR MMS: giving money back, what every answer means, and that in doubt nothing is taken for undone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from rails_samples import VNPAY, VNPAY_VECTORS, answering, changed, loopback, moment

from domain.errors import FailureCode
from domain.ids import MerchantId
from domain.rails import RailResult, RailStatus, RefundOrder
from server.rails.base import CallFailed, Refunds
from server.rails.vnpay_checksums import REFUND, checksum
from server.rails.vnpay_qr import VnpayQrAdapter
from server.rails.vnpay_refund import REFUND_FAILURES, REFUND_PATH, refund_number

ADAPTER = VnpayQrAdapter()
SECRET = "vnpayRefund"
ORDER = RefundOrder(
    merchant_id=MerchantId("m-1"),
    reference="BANR01A0000213",
    amount_minor=20_000,
    currency="VND",
    reason="Khách trả hàng",
    requested_at=moment("2026-11-21T11:00:00+07:00"),
    payment_reference="BANA01A0001247",
    payment_provider_ref="244244631",
    payment_minor=20_000,
    paid_at=moment("2026-11-21T10:03:07+07:00"),
)


def given(code: str = "00", **more: Any) -> dict[str, Any]:
    answer = {"code": code, "message": "Refund", "qrTraceRefund": "521", "refundDate": "20261121110000"}
    return {**answer, "checkSum": "0" * 32, **more}


def refund(answer: Any, order: RefundOrder = ORDER, **credentials: str) -> RailResult:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    http = answering(lambda _: httpx.Response(200, content=body))
    return ADAPTER.refund(http, changed(VNPAY, **{"refund_secret": SECRET, **credentials}), order)


def sent(order: RefundOrder) -> Mapping[str, str]:
    """Return the fields of the refund call."""
    with loopback(lambda _: (200, json.dumps(given()).encode())) as (url, heard), httpx.Client() as http:
        result = ADAPTER.refund(http, changed(VNPAY, base_url=url, refund_secret=SECRET), order)
    assert (heard.method, heard.path) == ("POST", REFUND_PATH)
    assert result.status is RailStatus.SUCCESS
    fields: Mapping[str, str] = json.loads(heard.body)
    return fields


def test_the_adapter_gives_money_back() -> None:
    assert isinstance(ADAPTER, Refunds)


def test_the_request_of_the_guide_has_the_published_checksum() -> None:
    vector = VNPAY_VECTORS["refund-request"]
    assert checksum(REFUND, vector["fields"], SECRET) == vector["checksum"].upper()


def test_a_refund_is_asked_for_over_a_real_socket_as_vnpay_wants_it() -> None:
    fields = dict(sent(ORDER))
    assert fields == {
        "merchantCode": "0106921949",
        "qrTrace": "244244631",
        "payTxnId": "BANA01A0001247",
        "refundTxnId": "10101000021",
        "typeRefund": "1",
        "amount": "20000",
        "payDate": "20261121100307",
        "refundContent": "BANR01A0000213",
        "checkSum": checksum(REFUND, fields, SECRET),
    }


@pytest.mark.parametrize("part", [{"amount_minor": 5_000}, {"before_minor": 5_000, "payment_minor": 25_000}])
def test_a_part_of_a_payment_is_a_partial_refund(part: dict[str, int]) -> None:
    assert sent(replace(ORDER, **part))["typeRefund"] == "2"  # type: ignore[arg-type]  # amounts alone


def test_every_reference_has_a_number_of_its_own() -> None:
    references = [f"BANR{till}{letter}{number:06d}X" for till in ("01", "12") for letter in "AZ" for number in (1, 12)]
    numbers = [refund_number(reference) for reference in references]
    assert len(set(numbers)) == len(references)
    assert all(number.isdecimal() and not number.startswith("0") for number in numbers)


@pytest.mark.parametrize("reference", ["", "BANA01A0000213", "BANR1A0000213", "refund"])
def test_a_reference_of_another_form_is_never_sent(reference: str) -> None:
    with pytest.raises(CallFailed):
        refund_number(reference)
    assert refund(given(), replace(ORDER, reference=reference)).status is RailStatus.FAILED


def test_what_is_given_back_names_vnpays_trace() -> None:
    result = refund(given())
    assert (result.status, result.provider_ref, result.received_minor) == (RailStatus.SUCCESS, "521", 20_000)


@pytest.mark.parametrize("code", REFUND_FAILURES)
def test_a_refusal_is_vnpays_own_word_the_first_time(code: str) -> None:
    result = refund(given(code, qrTraceRefund=None))
    assert (result.status, result.failure) == (RailStatus.FAILED, REFUND_FAILURES[code])


@pytest.mark.parametrize(
    ("code", "status"), [("12", RailStatus.FAILED), ("96", RailStatus.FAILED), ("04", RailStatus.UNKNOWN)]
)
def test_a_refusal_after_a_lost_answer_says_nothing_unless_it_shows_that_nothing_was_done(
    code: str, status: RailStatus
) -> None:
    assert refund(given(code), replace(ORDER, repeated=True)).status is status


@pytest.mark.parametrize("answer", [given("99"), given("77"), {}, b"", b"[]", given(qrTraceRefund=["x"])])
def test_an_answer_that_says_nothing_leaves_a_doubt(answer: Any) -> None:
    assert refund(answer).status is RailStatus.UNKNOWN


def test_without_a_secret_for_refunds_nothing_is_asked() -> None:
    result = refund(given(), refund_secret="")
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.CREDENTIALS_MISSING)


def test_a_lost_answer_leaves_a_doubt_and_the_same_number_is_told_again() -> None:
    numbers: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        numbers.append(json.loads(request.content)["refundTxnId"])
        if len(numbers) == 1:
            raise httpx.ReadTimeout("lost")
        return httpx.Response(200, json=given())

    http, credentials = answering(reply), changed(VNPAY, refund_secret=SECRET)
    lost = ADAPTER.refund(http, credentials, ORDER)
    assert (lost.status, lost.failure) == (RailStatus.UNKNOWN, FailureCode.TIMEOUT)
    assert ADAPTER.check_refund(http, credentials, ORDER).status is RailStatus.SUCCESS
    assert numbers[0] == numbers[1]


def test_no_secret_is_in_what_is_kept() -> None:
    assert SECRET not in refund(given()).response
    assert SECRET not in refund(given("01")).response
