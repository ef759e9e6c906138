"""Casso: a page of the account's list of transactions (API v2), which shares its ids with the webhooks.

Source: developer.casso.vn, "API lấy giao dịch": pages in the order of the transactions' times, from a day on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import Receipt
from server.rails.base import CallFailed, Statement
from server.rails.calls import STATUS_FAILURES, Request, address, ask_object
from server.rails.casso_movement import LISTED, account_of, movement, number_of
from server.rails.strict_json import Unreadable, part_of, parts_of
from server.rails.vietnam_time import vietnam_text

LIST_PATH: Final = "/v2/transactions"
PAGE_ROWS: Final = 100
DAY_MS: Final = 24 * 60 * 60 * 1_000
FIRST_WINDOW_MS: Final = 3 * DAY_MS
"""How far back an empty cursor looks: the window in which late money still settles a payment."""

_DAY: Final = "%Y-%m-%d"
_PAGE_BYTES: Final = 4 * 1024 * 1024
_MAX_PAGES: Final = 10_000
_CURSOR: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\|([0-9]{1,5})\|([0-9]{1,18})\|([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading stands: at `page` of all since `day`, of which those up to the id `known` were told before; `top`
    is the newest id of this walk through the pages."""

    day: str
    page: int = 1
    known: int = 0
    top: int = 0

    def text(self) -> str:
        return f"{self.day}|{self.page}|{self.known}|{self.top}"


def read_page(http: httpx.Client, settings: Mapping[str, str], after: str, received_at: Instant) -> Statement:
    """Return one page of incoming transfers after the cursor; raises CallFailed, ValueError for a made-up cursor.

    Banks report late, so a row can come to stand before rows that were read: each walk goes through yesterday and
    today from the first page, and tells what is newer than the last walk's newest id. Once a day it tells all again.
    """
    place = _place(after, received_at)
    data = _asked(http, settings, place)
    rows, pages = parts_of(data, "records"), data.get("totalPages")
    if type(pages) is not int or not 0 <= pages <= _MAX_PAGES:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)
    receipts: list[Receipt] = []
    unreadable, top = 0, place.top
    for row in rows:
        try:
            number = number_of(row)
            top = max(top, number)
            found = _receipt(row, settings["account_number"]) if number > place.known else None
        except Unreadable:
            unreadable += 1
            continue
        if found is not None:
            receipts.append(found)
    more = place.page < pages
    following = _Place(place.day, place.page + 1, place.known, top) if more else _next_walk(place, top, received_at)
    return Statement(tuple(receipts), following.text(), more, unreadable)


def _place(cursor: str, received_at: Instant) -> _Place:
    if not cursor:
        return _Place(vietnam_text(Instant(received_at - FIRST_WINDOW_MS), _DAY))
    match = _CURSOR.fullmatch(cursor)
    if match is None or int(match[2]) < 1:
        raise ValueError(f"not a cursor: {cursor!r}")
    return _Place(match[1], int(match[2]), int(match[3]), int(match[4]))


def _next_walk(place: _Place, top: int, received_at: Instant) -> _Place:
    yesterday = vietnam_text(Instant(received_at - DAY_MS), _DAY)
    return _Place(yesterday) if yesterday > place.day else _Place(place.day, known=top)


def _asked(http: httpx.Client, settings: Mapping[str, str], place: _Place) -> dict[str, object]:
    key = settings["api_key"]
    if not re.fullmatch(r"[!-~]+", key):  # what no header can carry, Casso has not given out
        raise CallFailed(FailureCode.CREDENTIALS_REJECTED, maybe_done=False)
    query = {"fromDate": place.day, "page": str(place.page), "pageSize": str(PAGE_ROWS), "sort": "ASC"}
    headers = {"authorization": f"Apikey {key}", "accept": "application/json"}
    request = Request("GET", address(settings["base_url"], LIST_PATH), headers, query=query)
    answer = ask_object(http, request, limit=_PAGE_BYTES, decimals_as_text=True)
    error = answer.get("error")
    if type(error) is not int or error != 0:
        failure = STATUS_FAILURES.get(error) if type(error) is int else None
        raise CallFailed(failure or FailureCode.UNEXPECTED_ERROR, maybe_done=True)
    try:
        return part_of(answer, "data")
    except Unreadable as problem:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True) from problem


def _receipt(row: Mapping[str, object], account: str) -> Receipt | None:
    """Return a row's receipt, or None for money that went out or belongs to another account."""
    theirs = account_of(row, LISTED)
    if not theirs:
        raise Unreadable("account")
    found = movement(row, LISTED) if theirs == account else None
    return found if isinstance(found, Receipt) else None
