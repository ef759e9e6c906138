"""SePay's list of transactions: finds what webhooks lost, under the same keys, and never skips over a gap."""

import json
from typing import Any

import httpx
import pytest
from rails_samples import SEPAY, SEPAY_VECTORS, Heard, answering, changed, loopback, moment

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import Receipt
from server.rails.base import CallFailed, Statement, settings_of
from server.rails.sepay import SepayAdapter
from server.rails.sepay_movement import FIELDS
from server.rails.sepay_statement import LIST_PATH, read_page
from server.rails.vietnam_time import vietnam_text

ADAPTER = SepayAdapter()
NOW = moment("2023-03-25T15:00:00+07:00")
START = moment("2023-03-25T14:00:00+07:00")


def row(number: int = 92_704, **values: Any) -> dict[str, Any]:
    """Return a line as SePay lists it: everything as text."""
    return {
        "id": str(number),
        "bank_brand_name": "Vietcombank",
        "account_number": "0123499999",
        "transaction_date": "2023-03-25 14:02:37",
        "amount_out": "0.00",
        "amount_in": "2277000.00",
        "accumulated": "19077000.00",
        "transaction_content": "chuyen tien mua iphone",
        "reference_number": "MBVCB.3278907687",
        "code": None,
        "sub_account": None,
        "bank_account_id": "19",
        **values,
    }


def listed(*rows: dict[str, Any]) -> bytes:
    page = {"status": 200, "error": None, "messages": {"success": True}, "transactions": list(rows)}
    return json.dumps(page).encode()


def statement(body: bytes, after: str = "", status: int = 200, **credentials: str) -> Statement:
    http = answering(lambda _: httpx.Response(status, content=body))
    return ADAPTER.statement(http, changed(SEPAY, **credentials), after, NOW)


def test_the_list_is_asked_over_a_real_socket_with_the_token_in_the_header() -> None:
    def answer(_: Heard) -> tuple[int, bytes]:
        return 200, listed(row())

    with loopback(answer) as (url, heard), httpx.Client() as http:
        page = ADAPTER.statement(http, changed(SEPAY, base_url=url), "92000", NOW)
    sent = httpx.URL(heard.path)
    assert (heard.method, sent.path) == ("GET", LIST_PATH)
    assert dict(sent.params) == {"account_number": "0123499999", "limit": "1000", "since_id": "92000"}
    assert heard.headers is not None
    assert heard.headers["authorization"] == "Bearer TOKEN123"
    assert (page.cursor, page.more, page.failure, page.unreadable) == ("92704", False, None, 0)


def test_a_line_gives_the_very_receipt_of_its_webhook() -> None:
    vector = SEPAY_VECTORS["sepay-hmac"]
    webhook = ADAPTER.read_notification(SEPAY, vector["headers"], vector["body"].encode(), Instant(1_795_230_000_000))
    assert isinstance(webhook, Receipt)
    assert statement(listed(row())).receipts == (webhook,)
    assert statement(listed(row(id=92_704))).receipts == (webhook,)
    assert statement(listed(row(id="092704"))).receipts == (webhook,)


def test_the_first_page_looks_three_days_back_in_vietnam_time() -> None:
    seen: list[dict[str, str]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        return httpx.Response(200, content=listed())

    page = ADAPTER.statement(answering(reply), SEPAY, "", NOW)
    assert seen[0]["transaction_date_min"] == "2023-03-22 15:00:00"
    assert "since_id" not in seen[0]
    assert page == Statement((), "")


def test_an_empty_page_keeps_the_cursor() -> None:
    assert statement(listed(), "92704") == Statement((), "92704")


def test_the_line_that_the_cursor_names_is_not_told_again() -> None:
    page = statement(listed(row(92_705), row(92_704)), "92704")
    assert [receipt.dedupe_key for receipt in page.receipts] == ["sepay:0123499999:92705"]
    assert page.cursor == "92705"


def test_money_out_and_money_of_another_account_move_the_cursor_only() -> None:
    out = row(92_706, amount_in="0.00", amount_out="5000.00")
    page = statement(listed(out, row(92_705, account_number="999")), "92704")
    assert (page.receipts, page.cursor, page.unreadable) == ((), "92706", 0)


@pytest.mark.parametrize(("written", "amount"), [("18067000.00", 18_067_000), ("5", 5), ("5.0", 5), (7000, 7000)])
def test_amounts_are_whole_dong_however_they_are_written(written: Any, amount: int) -> None:
    assert statement(listed(row(amount_in=written))).receipts[0].amount_minor == amount


def test_an_amount_written_as_a_decimal_number_is_read_exactly() -> None:
    body = listed(row()).replace(b'"2277000.00"', b"2277000.00")
    assert statement(body).receipts[0].amount_minor == 2_277_000


@pytest.mark.parametrize(
    "change",
    [
        {"amount_in": "1.50"},
        {"amount_in": "-5.00"},
        {"amount_in": "1,000.00"},
        {"amount_in": "9999999999999999"},
        {"amount_in": True},
        {"transaction_date": "25/03/2023"},
        {"transaction_content": ["x"]},
        {"id": "0"},
        {"id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"},
        {"id": None},
        {"id": True},
        {"id": "9" * 19},
    ],
    ids=str,
)
def test_a_line_that_makes_no_sense_is_counted_and_hides_no_other(change: dict[str, Any]) -> None:
    page = statement(listed(row(92_705, **change), row(92_704)))
    assert [receipt.provider_ref for receipt in page.receipts] == ["MBVCB.3278907687"]
    assert page.unreadable == 1


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (401, FailureCode.CREDENTIALS_REJECTED),
        (403, FailureCode.CREDENTIALS_REJECTED),
        (404, FailureCode.ROUTE_NOT_FOUND),
        (429, FailureCode.RATE_LIMITED),
        (500, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_a_refused_list_is_a_failure_and_not_an_empty_list(status: int, failure: FailureCode) -> None:
    assert statement(b"", "92704", status) == Statement((), "92704", failure=failure)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"status":401,"error":"x","transactions":[]}',
        b'{"status":200}',
        b'{"status":200,"transactions":{}}',
        b'{"status":200,"transactions":["x"]}',
    ],
)
def test_an_odd_list_is_a_failure_and_not_an_empty_list(body: bytes) -> None:
    assert statement(body, "92704") == Statement((), "92704", failure=FailureCode.UNEXPECTED_ERROR)


def test_a_lost_connection_is_a_failure_and_not_an_empty_list() -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("x")

    page = ADAPTER.statement(answering(reply), SEPAY, "92704", NOW)
    assert page == Statement((), "92704", failure=FailureCode.TIMEOUT)


def test_a_missing_token_is_missing_and_one_that_no_header_can_carry_is_rejected() -> None:
    assert statement(listed(), api_token="").failure is FailureCode.CREDENTIALS_MISSING
    for token in ("khóa", "a b", "a\r\nX-Evil: 1"):
        assert statement(listed(), api_token=token).failure is FailureCode.CREDENTIALS_REJECTED


@pytest.mark.parametrize("cursor", ["x", "-1", "1|2", "1|2|2023-03-25", "9" * 19])
def test_a_cursor_that_no_page_gave_is_a_mistake_of_the_caller(cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        statement(listed(), cursor)


class Bank:
    """SePay's list of the lines `1..count`, one per second, with either end of a long list cut off."""

    def __init__(self, count: int, newest_first: bool) -> None:
        self.lines = [
            row(number, transaction_date=vietnam_text(Instant(START + number * 1000), "%Y-%m-%d %H:%M:%S"))
            for number in range(1, count + 1)
        ]
        self.newest_first = newest_first
        self.calls = 0

    def reply(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        query = request.url.params
        found = [
            line
            for line in self.lines
            if int(line["id"]) >= int(query.get("since_id", 0))
            and query.get("transaction_date_min", "") <= line["transaction_date"]
            and line["transaction_date"] <= query.get("transaction_date_max", "9")
        ]
        found = found[::-1] if self.newest_first else found
        return httpx.Response(200, content=listed(*found[: int(query["limit"])]))

    def read(self, cursor: str, rows: int) -> Statement:
        return read_page(answering(self.reply), settings_of(FIELDS, SEPAY), cursor, NOW, rows)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 9, 10, 11, 23])
@pytest.mark.parametrize("known", [0, 1, 3])
def test_every_line_after_the_cursor_is_found_whichever_end_of_the_list_is_cut(
    newest_first: bool, count: int, known: int
) -> None:
    bank = Bank(count, newest_first)
    cursor = str(known) if known else ""
    keys: set[str] = set()
    for _ in range(20):
        page = bank.read(cursor, rows=5)
        cursor = page.cursor
        keys |= {receipt.dedupe_key for receipt in page.receipts}
        if not page.more:
            break
    assert not page.more
    assert cursor == (str(max(count, known)) if count or known else "")
    assert keys == {f"sepay:0123499999:{number}" for number in range(known + 1, count + 1)}


def test_the_cursor_does_not_move_up_before_the_gap_is_read() -> None:
    bank = Bank(20, newest_first=True)
    page = bank.read("1", rows=5)
    assert page.cursor == "1|20|2023-03-25 14:00:16"
    assert page.more


def test_a_walk_that_stands_still_is_a_failure() -> None:
    bank = Bank(20, newest_first=True)
    for line in bank.lines:
        line["transaction_date"] = "2023-03-25 14:00:00"
    page = bank.read("1", rows=5)
    with pytest.raises(CallFailed) as failed:
        bank.read(page.cursor, rows=5)
    assert failed.value.failure is FailureCode.UNEXPECTED_ERROR
