"""Casso's list: pages from a day on, every movement told once, and none that a late bank slipped in lost."""

from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from server.rails.base import Statement
from server.rails.casso_statement import DAY_MS, LIST_PATH, PAGE_ROWS
from tests.server.rails_samples import answering, changed, moment
from tests.server.test_rail_casso import ACCOUNT, ADAPTER, CASSO, RECEIPT

NOW = moment("2026-11-21T12:30:00+07:00")
LISTED: dict[str, Any] = {
    "id": 5790,
    "tid": "FT26325123456",
    "description": "BANA01A0001247 cà phê / bánh",
    "amount": 45_000,
    "cusum_balance": 25_000_000,
    "when": "2026-11-21T12:01:00",
    "bankSubAccId": ACCOUNT,
}


class Casso:
    """A list of movements in the order of their times, in pages."""

    def __init__(self, *rows: dict[str, Any], page_rows: int = PAGE_ROWS) -> None:
        self.rows = list(rows)
        self.page_rows = page_rows
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        query = request.url.params
        assert (request.url.path, query["pageSize"], query["sort"]) == (LIST_PATH, str(PAGE_ROWS), "ASC")
        if request.headers["authorization"] != "Apikey AK_CS.1.a":
            return httpx.Response(401, json={"error": 401, "message": "Unauthorized"})
        found = [row for row in self.rows if row["when"] >= query["fromDate"]]
        start = (int(query["page"]) - 1) * self.page_rows
        pages = -(-len(found) // self.page_rows)
        records = found[start : start + self.page_rows]
        return httpx.Response(200, json={"error": 0, "data": {"totalPages": pages, "records": records}})


def read(casso: Casso, after: str = "", at: int = NOW, **credentials: str) -> Statement:
    with answering(casso.answer) as http:
        return ADAPTER.statement(http, changed(CASSO, **credentials), after, Instant(at))


def walk(casso: Casso, after: str = "", at: int = NOW) -> tuple[list[str], str]:
    """Read to the end; return the keys that were told and the cursor."""
    keys: list[str] = []
    for _ in range(20):
        page = read(casso, after, at)
        assert page.failure is None
        keys += [receipt.dedupe_key for receipt in page.receipts]
        after = page.cursor
        if not page.more:
            return keys, after
    raise AssertionError("no end")


def row(number: int, when: str = "2026-11-21T12:01:00", **values: Any) -> dict[str, Any]:
    return {**LISTED, "id": number, "when": when, **values}


def answered(body: Any, status: int = 200) -> Statement:
    with answering(lambda request: httpx.Response(status, json=body)) as http:
        return ADAPTER.statement(http, CASSO, "", NOW)


def test_a_row_is_the_receipt_that_its_webhook_gave() -> None:
    casso = Casso(LISTED)
    assert read(casso).receipts == (RECEIPT,)
    assert dict(casso.asked[0].url.params)["fromDate"] == "2026-11-18"


@pytest.mark.parametrize("when", ["2026-11-21", "2026-11-21 00:00:00", "2026-11-21T00:00:00"])
def test_a_bank_that_reports_days_alone_is_at_midnight(when: str) -> None:
    assert read(Casso(row(1, when))).receipts[0].paid_at == moment("2026-11-21T00:00:00+07:00")


def test_money_out_and_other_accounts_are_left_out_and_rows_without_an_account_are_counted() -> None:
    casso = Casso(row(1, amount=-5), row(2, bankSubAccId="999"), row(3, bankSubAccId=""), row(4, amount="x"), row(5))
    page = read(casso)
    assert ([receipt.dedupe_key for receipt in page.receipts], page.unreadable) == (["casso:5"], 2)


def test_all_pages_are_read_and_every_row_is_told_once() -> None:
    casso = Casso(*[row(number) for number in range(1, 8)], page_rows=3)
    keys, cursor = walk(casso)
    assert keys == [f"casso:{number}" for number in range(1, 8)]
    _, cursor = walk(casso, cursor)
    casso.rows.append(row(8))
    assert walk(casso, cursor)[0] == ["casso:8"]
    assert walk(casso, walk(casso, cursor)[1])[0] == []


def test_a_row_that_a_late_bank_puts_before_others_is_found() -> None:
    casso = Casso(*[row(number) for number in range(1, 5)], page_rows=2)
    _, cursor = walk(casso)
    _, cursor = walk(casso, cursor)
    casso.rows.insert(0, row(9, "2026-11-20T23:00:00"))
    assert walk(casso, cursor)[0] == ["casso:9"]


def test_once_a_day_all_of_yesterday_and_today_is_told_again() -> None:
    casso = Casso(row(1, "2026-11-20T09:00:00"), row(2))
    _, cursor = walk(casso)
    _, cursor = walk(casso, cursor)
    casso.rows.append(row(3, "2026-11-22T08:00:00"))
    keys, cursor = walk(casso, cursor, NOW + DAY_MS)
    assert keys == ["casso:3"]
    assert walk(casso, cursor, NOW + DAY_MS)[0] == ["casso:2", "casso:3"]


def test_a_shop_without_movements_has_an_empty_list() -> None:
    page = read(Casso())
    assert (page.receipts, page.more, page.failure) == ((), False, None)


@pytest.mark.parametrize(
    ("credentials", "failure"),
    [
        ({"api_key": "other"}, FailureCode.CREDENTIALS_REJECTED),
        ({"api_key": "with\nline"}, FailureCode.CREDENTIALS_REJECTED),
        ({"api_key": ""}, FailureCode.CREDENTIALS_MISSING),
        ({"base_url": "http://casso.example"}, FailureCode.ROUTE_NOT_FOUND),
    ],
)
def test_wrong_credentials_are_told_as_such(credentials: dict[str, Any], failure: FailureCode) -> None:
    page = read(Casso(LISTED), "2026-11-20|2|7|9", **credentials)
    assert (page.receipts, page.cursor, page.failure) == ((), "2026-11-20|2|7|9", failure)


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({"error": 401, "message": "no"}, FailureCode.CREDENTIALS_REJECTED),
        ({"error": 429}, FailureCode.RATE_LIMITED),
        ({"error": 7}, FailureCode.UNEXPECTED_ERROR),
        ({"error": "0", "data": {"totalPages": 0}}, FailureCode.UNEXPECTED_ERROR),
        ({"error": 0, "data": []}, FailureCode.UNEXPECTED_ERROR),
        ({"error": 0, "data": {"records": []}}, FailureCode.UNEXPECTED_ERROR),
        ({"error": 0, "data": {"totalPages": 10**9, "records": []}}, FailureCode.UNEXPECTED_ERROR),
        ({"error": 0, "data": {"totalPages": 1, "records": [1]}}, FailureCode.UNEXPECTED_ERROR),
        ([], FailureCode.UNEXPECTED_ERROR),
    ],
    ids=ascii,
)
def test_an_answer_that_is_no_list_leaves_the_cursor(body: Any, failure: FailureCode) -> None:
    page = answered(body)
    assert (page.cursor, page.failure) == ("", failure)


@pytest.mark.parametrize(
    ("status", "failure"), [(429, FailureCode.RATE_LIMITED), (503, FailureCode.PROVIDER_UNAVAILABLE)]
)
def test_cassos_own_trouble_is_told_as_such(status: int, failure: FailureCode) -> None:
    assert answered({}, status).failure is failure


@pytest.mark.parametrize("cursor", ["x", "2026-11-20|0|0|0", "2026-11-20|1|0", "|1|0|0"])
def test_a_made_up_cursor_is_a_mistake_of_ours(cursor: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        read(Casso(), cursor)
