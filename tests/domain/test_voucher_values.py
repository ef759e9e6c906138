"""Vouchers are balanced documents; a reversal mirrors its original; the chain's hash covers every column."""

import hashlib
import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, CategoryId, DeviceId, HolderId, Instant, MerchantId, PaymentId, UserId, VoucherId
from domain.money import MAX_MINOR
from domain.vouchers import (
    NOBODY,
    Party,
    Posting,
    Side,
    SourceEvent,
    Voucher,
    VoucherType,
    canonical,
    chain_hash,
    genesis_hash,
    issue,
    reversal_of,
    series_number,
    series_of,
)
from tests.builders import BANK, CASH, MERCHANT, NOON, SALES, TILL, a_voucher

D, C = Side.DEBIT, Side.CREDIT
AMOUNTS = st.integers(min_value=1, max_value=1_000_000_000_000)


def lines(*parts: tuple[AccountId, Side, int]) -> tuple[Posting, ...]:
    return tuple(Posting(*part) for part in parts)


@pytest.mark.parametrize("postings", [(), lines((CASH, D, 5))])
def test_a_voucher_of_fewer_than_two_lines_is_refused(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(RuleBroken) as refused:
        a_voucher(postings=postings)
    assert refused.value.code is ErrorCode.VOUCHER_INVALID


@pytest.mark.parametrize(
    "postings",
    [
        lines((CASH, D, 5), (SALES, C, 4)),
        lines((CASH, D, 5), (SALES, D, 5)),
        lines((CASH, C, 5), (SALES, C, 5)),
        lines((CASH, D, 5), (SALES, C, 5), (BANK, D, 1)),
    ],
)
def test_an_unbalanced_voucher_is_refused_with_the_difference(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(RuleBroken) as refused:
        a_voucher(postings=postings)
    assert refused.value.code is ErrorCode.VOUCHER_UNBALANCED
    difference = abs(sum(line.signed_minor for line in postings))
    assert refused.value.facts["difference"] == difference > 0


@pytest.mark.parametrize("amount", [0, -1, MAX_MINOR + 1, 1.0, True, "5"])
def test_a_line_is_a_whole_amount_above_zero(amount: Any) -> None:
    with pytest.raises(RuleBroken) as refused:
        Posting(CASH, D, amount)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


def test_a_voucher_larger_than_the_books_hold_is_refused() -> None:
    largest = a_voucher(amount_minor=MAX_MINOR)
    assert largest.total_minor == MAX_MINOR
    with pytest.raises(RuleBroken) as refused:
        a_voucher(postings=(*largest.postings, *lines((CASH, D, 1), (SALES, C, 1))))
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


def test_a_line_moves_its_account_by_its_side() -> None:
    assert Posting(CASH, D, 5).signed_minor == 5
    assert Posting(CASH, C, 5).signed_minor == -5
    assert (D.other, C.other) == (C, D)


@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=6))
def test_the_lines_of_a_voucher_sum_to_zero_and_its_total_is_one_side(amounts: list[int]) -> None:
    debits = [(CASH, D, amount) for amount in amounts]
    voucher = a_voucher(postings=lines(*debits, (SALES, C, sum(amounts))))
    assert sum(line.signed_minor for line in voucher.postings) == 0
    assert voucher.total_minor == sum(amounts)


def test_one_event_names_one_voucher() -> None:
    event = SourceEvent("cash", "p1")
    assert event.voucher_id(MERCHANT, TILL) == SourceEvent("cash", "p1").voucher_id(MERCHANT, TILL)
    others = [SourceEvent("cash", "p2"), SourceEvent("opening", "p1"), SourceEvent("cashp", "1")]
    assert len({event.voucher_id(MERCHANT, TILL), *(other.voucher_id(MERCHANT, TILL) for other in others)}) == 4
    assert event.voucher_id(MERCHANT, TILL) != event.voucher_id(MerchantId("another shop"), TILL)


def test_two_tills_that_book_one_event_write_two_documents() -> None:
    event = SourceEvent("cash", "p1")
    assert event.voucher_id(MERCHANT, TILL) != event.voucher_id(MERCHANT, DeviceId("another till"))
    assert event.first_voucher_id(MERCHANT) not in {event.voucher_id(MERCHANT, TILL), event.id}


def test_a_printed_number_says_type_till_incarnation_year_and_sequence() -> None:
    assert series_number(VoucherType.RECEIPT, "01", "A", "2026-11-21", 123) == "PT01A-26-000123"
    assert series_number(VoucherType.TRANSFER, "00", "B", "2031-01-01", 1_000_000) == "PCK00B-31-1000000"


def test_a_printed_number_tells_whose_series_it_is_of() -> None:
    for kind in VoucherType:
        assert series_of(series_number(kind, "07", "C", "2026-11-21", 1)) == ("07", "C")
    assert series_of(series_number(VoucherType.RECEIPT, "07", "C", "2026-11-21", 1_000_000)) == ("07", "C")


@pytest.mark.parametrize(
    "number", ["", "PT07C", "XX07C-26-000001", "PT7C-26-000001", "PT07C-26-001", "PT07C-26-000001x"]
)
def test_what_is_no_printed_number_is_of_no_series(number: str) -> None:
    assert series_of(number) is None


def test_an_issued_voucher_has_its_number_its_place_and_a_true_hash() -> None:
    issued = issue(a_voucher(), "PT01A-26-000001", 1, genesis_hash(MERCHANT, TILL))
    assert issued.issued
    assert not a_voucher().issued
    assert issued.hash == chain_hash(issued)
    assert (issued.number, issued.chain_seq, issued.prev_hash) == ("PT01A-26-000001", 1, genesis_hash(MERCHANT, TILL))
    assert replace(issued, number="", chain_seq=0, prev_hash="", hash="") == a_voucher()


def test_the_chain_of_a_device_begins_with_that_device() -> None:
    assert genesis_hash(MERCHANT, TILL) != genesis_hash(MERCHANT, DeviceId("another till"))
    assert genesis_hash(MERCHANT, TILL) != genesis_hash(MerchantId("another shop"), TILL)


def a_full_voucher() -> Voucher:
    return issue(
        a_voucher(
            memo="bán lẻ",
            category_id=CategoryId("category"),
            payment_id=PaymentId("payment"),
            actor_id=UserId("lan"),
            reverses=VoucherId("earlier"),
            party=Party("Anh Nam", "12 Hai Bà Trưng"),
            attachments=2,
            occurred_on="2026-11-01",
            holder_id=HolderId("holder"),
        ),
        "PT01A-26-000007",
        7,
        "0" * 64,
    )


CHANGED: dict[str, Any] = {
    "id": VoucherId("other"),
    "merchant_id": MerchantId("other"),
    "device_id": DeviceId("other"),
    "type": VoucherType.ADJUSTMENT,
    "currency": "AUD",
    "business_date": "2026-11-22",
    "created_at": Instant(NOON + 1),
    "source": SourceEvent("cash", "other"),
    "postings": lines((CASH, D, 45_001), (SALES, C, 45_001)),
    "memo": "bán lẻ ",
    "category_id": None,
    "payment_id": None,
    "actor_id": None,
    "reverses": None,
    "party": Party("Chị Hoa", "45 Lê Lợi"),
    "attachments": 3,
    "occurred_on": "2026-10-31",
    "holder_id": None,
    "number": "PT01A-26-000008",
    "chain_seq": 8,
    "prev_hash": "1" * 64,
}


def test_every_column_but_the_hash_itself_is_tried() -> None:
    assert CHANGED.keys() == {field.name for field in fields(Voucher)} - {"hash"}


@pytest.mark.parametrize("column", sorted(CHANGED))
def test_the_hash_covers_every_column(column: str) -> None:
    voucher = a_full_voucher()
    assert getattr(voucher, column) != CHANGED[column]
    assert chain_hash(replace(voucher, **{column: CHANGED[column]})) != voucher.hash


@pytest.mark.parametrize(
    "postings",
    [
        lines((BANK, D, 45_000), (SALES, C, 45_000)),
        lines((CASH, C, 45_000), (SALES, D, 45_000)),
        lines((SALES, C, 45_000), (CASH, D, 45_000)),
        lines((CASH, D, 40_000), (CASH, D, 5_000), (SALES, C, 45_000)),
    ],
    ids=["another account", "other sides", "another order", "another split"],
)
def test_the_hash_covers_every_part_of_every_line(postings: tuple[Posting, ...]) -> None:
    assert chain_hash(replace(a_full_voucher(), postings=postings)) != a_full_voucher().hash


@pytest.mark.parametrize("column", ["category_id", "payment_id", "actor_id", "reverses"])
def test_the_hash_tells_nothing_from_empty_and_from_the_word_none(column: str) -> None:
    values: list[Any] = [None, "", "None", "null"]
    hashes = {chain_hash(replace(a_full_voucher(), **{column: value})) for value in values}
    assert len(hashes) == 4


def test_moving_a_letter_from_one_column_to_the_next_changes_the_hash() -> None:
    one = replace(a_full_voucher(), source=SourceEvent("cash", "1x"))
    other = replace(a_full_voucher(), source=SourceEvent("cash1", "x"))
    assert chain_hash(one) != chain_hash(other)


def test_a_released_hash_never_changes() -> None:
    """Whoever holds a printed receipt can check it with these columns in this order, as compact JSON in UTF-8.

    Who paid, the papers, the day of what happened, and whose stored value it is were added later: without them a
    voucher hashes as ever.
    """
    full = a_full_voucher()
    plain = replace(full, party=NOBODY, attachments=0, occurred_on="", holder_id=None)
    voucher = issue(
        replace(plain, number="", chain_seq=0, prev_hash="", hash=""), full.number, full.chain_seq, full.prev_hash
    )
    told = [
        "0" * 64,
        7,
        MERCHANT,
        TILL,
        voucher.id,
        "PT",
        "PT01A-26-000007",
        "VND",
        "2026-11-21",
        NOON,
        "cash",
        voucher.source.id,
        "bán lẻ",
        "category",
        "payment",
        "lan",
        "earlier",
        [[CASH, "D", 45_000], [SALES, "C", 45_000]],
    ]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    assert canonical(voucher) == text
    assert voucher.hash == hashlib.sha256(text.encode()).hexdigest()
    told += [["Anh Nam", "12 Hai Bà Trưng", 2, "2026-11-01"], {"holder": "holder"}]
    assert canonical(full) == json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=5))
def test_a_reversal_mirrors_every_line_and_undoes_every_balance(amounts: list[int]) -> None:
    original = issue(
        a_voucher(postings=lines(*((CASH, D, amount) for amount in amounts), (SALES, C, sum(amounts)))), "n", 1, "p"
    )
    reversal = reversal_of(original, DeviceId("other till"), Instant(NOON + 5), "2026-11-22", "nhầm")
    moved: dict[str, int] = {}
    for line in (*original.postings, *reversal.postings):
        moved[line.account_id] = moved.get(line.account_id, 0) + line.signed_minor
    assert set(moved.values()) == {0}
    assert [(line.account_id, line.amount_minor) for line in reversal.postings] == [
        (line.account_id, line.amount_minor) for line in original.postings
    ]


def test_a_reversal_is_linked_unissued_and_one_of_a_kind() -> None:
    original = a_full_voucher()
    reversal = reversal_of(original, TILL, NOON, "2026-11-21", "nhầm")
    again = reversal_of(original, DeviceId("other till"), Instant(NOON + 9), "2026-11-23", "khác")
    assert reversal.reverses == original.id
    assert reversal.type is original.type
    assert reversal.source == again.source
    assert len({reversal.id, again.id, original.id}) == 3
    assert (reversal.number, reversal.hash, reversal.chain_seq) == ("", "", 0)
