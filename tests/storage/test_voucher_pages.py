"""Vouchers in lists and whole: every filter, keyset pages, what is known at a glance, and the way SQLite finds them."""

from collections.abc import Iterator
from typing import Any

import pytest

import storage.voucher_pages
from domain.book_rows import LinkedVoucher, VoucherFilter, VoucherItem, VoucherMark
from domain.ids import VoucherId
from domain.vouchers import Party, Side, VoucherType
from storage.gate import TillFiles
from storage.session import Sql
from storage.till import TillUnits
from storage.voucher_pages import page_sql
from tests.builders import BANK, CASH, MANAGER, MERCHANT, OWNER, QR, SALES, an_id, sell
from tests.storage.book_stage import EXPENSES, POWER, RENT, Stage, a_stage, a_written, day

WHOLE = VoucherFilter()
SET_STATE = Sql("UPDATE outbox SET state = :state WHERE id = :id")


@pytest.fixture
def stage(till_units: TillUnits, till_file: TillFiles) -> Iterator[Stage]:
    with a_stage(till_units, till_file) as made:
        yield made


def order(item: VoucherItem) -> tuple[str, int, str]:
    return item.business_date, item.created_at, item.id


@pytest.mark.parametrize("size", [1, 5, 36, 100])
def test_the_pages_of_a_list_are_the_whole_list_newest_first(stage: Stage, size: int) -> None:
    items = stage.all_pages(WHOLE, size)
    assert [item.id for item in items] == [
        row[0] for row in stage.ask("SELECT id FROM vouchers ORDER BY business_date DESC, created_at DESC, id DESC")
    ]
    assert len(items) == 36


FILTERS: dict[str, tuple[VoucherFilter, set[int]]] = {
    "type": (VoucherFilter(type=VoucherType.TRANSFER), set(range(2, 36, 4))),
    "one day": (VoucherFilter(since=day(4), until=day(4)), {4, 16, 28}),
    "from a day on": (VoucherFilter(since=day(11)), {11, 23, 35}),
    "until a day": (VoucherFilter(until=day(0)), {0, 12, 24}),
    "account": (VoucherFilter(account_id=QR), set(range(3, 36, 4))),
    "category with what hangs below": (VoucherFilter(category_id=RENT), set(range(1, 36, 4))),
    "category below": (VoucherFilter(category_id=POWER), set(range(1, 36, 8))),
    "text without marks": (VoucherFilter(text="dien luc DONG"), set(range(1, 36, 4))),
    "text with marks": (VoucherFilter(text="Bán hàng số 4"), {4}),
    "a sign of LIKE": (VoucherFilter(text="100%"), set(range(2, 36, 4))),
    "no text of any": (VoucherFilter(text="1_0%"), set()),
    "amount with a point": (VoucherFilter(text="10.274"), {2}),
    "amount with its sign": (VoucherFilter(text="10,274 ₫"), {2}),
    "amount": (VoucherFilter(text="10274"), {2}),
    "text and type and day": (
        VoucherFilter(text="ban hang", type=VoucherType.RECEIPT, since=day(0), until=day(0)),
        {0, 12, 24},
    ),
    "account and days": (VoucherFilter(account_id=BANK, since=day(2), until=day(6)), {2, 6, 14, 18, 26, 30}),
}


@pytest.mark.parametrize(("wanted", "numbers"), FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("few", [0, 10_000])
def test_a_filter_shows_what_fits_it_page_by_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, wanted: VoucherFilter, numbers: set[int], few: int
) -> None:
    monkeypatch.setattr(storage.voucher_pages, "FEW", few)
    items = stage.all_pages(wanted, 4)
    assert {item.id for item in items} == {stage.id_of(number) for number in numbers}
    assert [order(item) for item in items] == sorted(map(order, items), reverse=True)
    assert len(items) == len(numbers)


def test_a_number_is_found_whole_in_either_case_and_in_part(stage: Stage) -> None:
    assert stage.numbers(VoucherFilter(text="pt01a-26-000003 ")) == {"PT01A-26-000003"}
    assert stage.numbers(VoucherFilter(text="26-000003")) == {f"{kind}01A-26-000003" for kind in ("PT", "PC", "PCK")}
    assert stage.numbers(VoucherFilter(text="PCK01")) == {f"PCK01A-26-{number:06d}" for number in range(1, 10)}
    assert stage.numbers(VoucherFilter(text="PT09A-26-000003")) == set()


def test_a_moved_voucher_is_listed_by_the_day_it_counts_on(stage: Stage) -> None:
    stage.move(3, to=day(8))
    of_day = stage.all_pages(VoucherFilter(since=day(8), until=day(8)), 2)
    assert [item.id for item in of_day] == [stage.id_of(number) for number in (32, 20, 8, 3)]
    assert stage.id_of(3) not in {item.id for item in stage.all_pages(VoucherFilter(until=day(7)), 9)}
    assert (of_day[-1].business_date, of_day[-1].booked_on, of_day[-1].book_no) == (day(3), day(8), 103)
    assert of_day[-1].mark is VoucherMark.MOVED
    assert [item.id for item in stage.all_pages(VoucherFilter(mark=VoucherMark.MOVED), 9)] == [stage.id_of(3)]


def test_both_halves_of_a_void_name_each_other(stage: Stage) -> None:
    stage.move(1, to=day(8))
    reversal = stage.void(1)
    books = stage.queries.books
    original, undoing = books.voucher(OWNER, stage.id_of(1)), books.voucher(OWNER, reversal.id)
    assert original is not None
    assert undoing is not None
    assert original.reversed_by == LinkedVoucher(reversal.id, reversal.number)
    assert undoing.reverses == LinkedVoucher(original.item.id, original.item.number)
    assert (original.reverses, undoing.reversed_by) == (None, None)
    assert (original.item.mark, undoing.item.mark) == (VoucherMark.VOIDED, VoucherMark.REVERSAL)
    assert stage.numbers(VoucherFilter(mark=VoucherMark.VOIDED)) == {original.item.number}
    assert stage.numbers(VoucherFilter(mark=VoucherMark.REVERSAL)) == {reversal.number}
    assert stage.numbers(VoucherFilter(mark=VoucherMark.MOVED)) == set()
    assert len(stage.numbers(VoucherFilter(mark=VoucherMark.NONE))) == 35


def test_a_second_document_of_an_event_is_listed_like_any_other(stage: Stage) -> None:
    second = stage.hear_second_document(0)
    item = next(item for item in stage.all_pages(WHOLE, 9) if item.id == second.id)
    assert (item.number, item.mark, item.unsent) == ("PT02A-26-000001", VoucherMark.NONE, False)
    detail = stage.queries.books.voucher(OWNER, second.id)
    assert detail is not None
    assert {line.account_id for line in detail.lines} == {CASH, SALES}
    assert len(stage.all_pages(WHOLE, 9)) == 37


def test_a_voucher_is_told_whole(stage: Stage) -> None:
    detail = stage.queries.books.voucher(OWNER, stage.id_of(1))
    written = a_written(1)
    assert detail is not None
    assert [(line.account_id, line.side, line.amount_minor) for line in detail.lines] == [
        (EXPENSES, Side.DEBIT, written.total_minor),
        (CASH, Side.CREDIT, written.total_minor),
    ]
    assert [(line.code, line.name) for line in detail.lines] == [
        ("6422", "Chi phí quản lý kinh doanh"),
        ("1111", "Két tiền mặt"),
    ]
    assert detail.party == Party("Điện lực Đông Đô", "Hà Nội")
    assert (detail.actor, detail.attachments, detail.source_id) == (MANAGER.name, 2, an_id("1"))
    assert (detail.payment_id, detail.payment_reference) == (None, "")
    assert detail.item.counterparty == "Điện lực Đông Đô"
    assert detail.item.category_id == POWER
    assert stage.queries.books.voucher(OWNER, VoucherId(an_id("none"))) is None


def test_a_voucher_of_a_payment_names_it(stage: Stage) -> None:
    payment = stage.units.run(sell)
    item = stage.all_pages(WHOLE, 9)[0]
    detail = stage.queries.books.voucher(OWNER, item.id)
    assert detail is not None
    assert (detail.payment_id, detail.payment_reference) == (payment.id, payment.reference)


@pytest.mark.parametrize(("state", "told"), [("queued", (True, False)), ("rejected", (False, True))])
def test_what_the_hub_does_not_have_yet_is_marked(stage: Stage, state: str, told: tuple[bool, bool]) -> None:
    place = {"state": state, "id": stage.id_of(0)}
    stage.units.run(lambda uow: uow.session.run(SET_STATE, place))
    stage.units.run(lambda uow: uow.session.run(SET_STATE, {"state": "acked", "id": stage.id_of(1)}))
    items = {item.id: (item.unsent, item.refused) for item in stage.all_pages(WHOLE, 9)}
    assert items[stage.id_of(0)] == told
    assert items[stage.id_of(1)] == (False, False)


BEFORE = {"before_day": day(6), "before_at": 1, "before_id": ""}
STRAIGHT: dict[str, dict[str, Any]] = {
    "first page": {},
    "deep page": BEFORE,
    "days": {"since": day(2), "until": day(9), "floor": day(2)},
    "days, deep": {"since": day(2), "until": day(9), "floor": day(2), **BEFORE},
    "type": {"type": "PT"},
    "busy account": {"account_id": CASH, "busy_account": True},
    "text": {"text": "%x%", "amount": None},
    "category": {"category_id": RENT},
    "hidden wallets": {"viewer": MANAGER.user_id},
}


@pytest.mark.parametrize("asked", STRAIGHT.values(), ids=STRAIGHT)
def test_a_page_is_read_in_the_order_of_the_index_of_days(stage: Stage, asked: dict[str, Any]) -> None:
    values = {"merchant_id": MERCHANT, "limit": 60, **asked}
    plan = stage.plan(page_sql(values), values)
    assert plan[0].startswith("SEARCH v USING INDEX vouchers_by_day (merchant_id=?")
    assert ("business_date" in plan[0]) == ("before_day" in asked or "floor" in asked)
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN v")]


def test_a_quiet_account_is_read_by_its_own_lines(stage: Stage) -> None:
    values = {"merchant_id": MERCHANT, "limit": 60, "account_id": QR, "quiet_account": True}
    plan = stage.plan(page_sql(values), values)
    assert any("SEARCH l" in step and "account_id=?" in step for step in plan)
    assert any("SEARCH v" in step and "id=?" in step for step in plan)


def test_a_whole_number_is_one_search(stage: Stage) -> None:
    values = {"merchant_id": MERCHANT, "limit": 60, "number": "PT01A-26-000003"}
    assert "number=?" in stage.plan(page_sql(values), values)[0]
