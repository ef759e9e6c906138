"""SePay: a page of the account's list of transactions (user API v1), which shares its ids with the webhook."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import Receipt
from server.rails.base import CallFailed, Statement
from server.rails.calls import Request, address, ask_object
from server.rails.sepay_movement import DATE_PATTERN, receipt
from server.rails.strict_json import Unreadable, text_of
from server.rails.vietnam_time import vietnam_text

LIST_PATH: Final = "/userapi/transactions/list"
PAGE_ROWS: Final = 1_000
FIRST_WINDOW_MS: Final = 3 * 24 * 60 * 60 * 1_000
"""How far back an empty cursor looks: the window in which late money still settles a payment."""

_PAGE_BYTES: Final = 4 * 1024 * 1024
_AMOUNT: Final = re.compile(r"([0-9]{1,16})(?:\.0{1,2})?")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_CURSOR: Final = re.compile(rf"([0-9]{{0,18}})(?:\|([0-9]{{1,18}})\|({_DATE.pattern}))?")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading stands: all up to id `since` is known; of a gap being walked back, `top` is its newest id and
    rows later than `until` are known."""

    since: str = ""
    top: str = ""
    until: str = ""

    def text(self) -> str:
        return f"{self.since}|{self.top}|{self.until}" if self.until else self.since


def read_page(
    http: httpx.Client, settings: Mapping[str, str], after: str, received_at: Instant, page_rows: int = PAGE_ROWS
) -> Statement:
    """Return one page of incoming transfers after the cursor; raises CallFailed, ValueError for a made-up cursor.

    `since_id` is inclusive, and which end of a long list SePay cuts off is not published: a full page without the
    row we asked from may lack the middle, so the next call asks for what is older before the cursor moves up, and
    the call after that for what is newer.
    """
    place = _place(after)
    rows = _rows(http, settings, place, received_at, page_rows)
    receipts: dict[str, Receipt] = {}
    unreadable = 0
    for row in rows:
        try:
            found = _receipt(row, settings["account_number"])
        except Unreadable:
            unreadable += 1
            continue
        if found is not None and _number(row) != place.since:
            receipts[found.dedupe_key] = found
    following = _following(place, rows, page_rows)
    more = len(rows) >= page_rows or bool(place.until)
    return Statement(tuple(receipts.values()), following.text(), more, unreadable)


def _place(cursor: str) -> _Place:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise ValueError(f"not a cursor: {cursor!r}")
    return _Place(match[1], match[2] or "", match[3] or "")


def _rows(
    http: httpx.Client, settings: Mapping[str, str], place: _Place, received_at: Instant, page_rows: int
) -> list[dict[str, object]]:
    token = settings["api_token"]
    if not re.fullmatch(r"[!-~]+", token):  # what no header can carry, SePay has not given out
        raise CallFailed(FailureCode.CREDENTIALS_REJECTED, maybe_done=False)
    query = {"account_number": settings["account_number"], "limit": str(page_rows)}
    if place.since:
        query["since_id"] = place.since
    else:
        query["transaction_date_min"] = vietnam_text(Instant(received_at - FIRST_WINDOW_MS), DATE_PATTERN)
    if place.until:
        query["transaction_date_max"] = place.until
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    request = Request("GET", address(settings["base_url"], LIST_PATH), headers, query=query)
    answer = ask_object(http, request, limit=_PAGE_BYTES, decimals_as_text=True)
    rows = answer.get("transactions")
    if answer.get("status") != 200 or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)
    return rows


def _following(place: _Place, rows: list[dict[str, object]], page_rows: int) -> _Place:
    numbers = [int(number) for row in rows if (number := _number(row))]
    newest = max([*numbers, int(place.top or place.since or 0)])
    complete = len(rows) < page_rows or (place.since and min(numbers, default=0) <= int(place.since))
    if complete:
        return _Place(str(newest) if newest else "")
    dates = (row.get("transaction_date") for row in rows if _number(row))
    until = min((date for date in dates if isinstance(date, str) and _DATE.fullmatch(date)), default="")
    if until in ("", place.until):  # the walk stands still: say so instead of stepping over the gap
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)
    return _Place(place.since, str(newest), until)


def _receipt(row: Mapping[str, object], account: str) -> Receipt | None:
    """Return a row's receipt, or None for money that went out or belongs to another account."""
    number = _number(row)
    if not number:
        raise Unreadable("id")
    amount = _AMOUNT.fullmatch(text_of(row, "amount_in", absent="0"))
    if amount is None:
        raise Unreadable("amount_in")
    if int(amount[1]) == 0 or text_of(row, "account_number") != account:
        return None
    return receipt(
        account=account,
        number=int(number),
        amount_minor=int(amount[1]),
        date=text_of(row, "transaction_date"),
        content=text_of(row, "transaction_content"),
        code=text_of(row, "code"),
        reference=text_of(row, "reference_number"),
    )


def _number(row: Mapping[str, object]) -> str:
    """Return a row's id in canonical digits, empty when it has none above zero."""
    value = row.get("id")
    text = str(value) if type(value) is int or isinstance(value, str) else ""
    return str(int(text)) if _NUMBER.fullmatch(text) and int(text) else ""
