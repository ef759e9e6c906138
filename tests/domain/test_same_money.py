"""Which telling of money counts: the bank's number where both tell it, else how often each tells of it."""

from dataclasses import replace

import pytest

from domain.ids import Instant
from domain.rails import Provider, Receipt
from domain.same_money import SAME_MONEY_MS, ToldMoney, bank_number, is_told_before
from tests.builders import NOON

REFERENCE = "BANA01A0001247"
TOLD = ToldMoney(Provider.SEPAY, REFERENCE, "FT26325000001", NOON, is_booked=True)
LATER = Instant(NOON + SAME_MONEY_MS + 1)
LINE = Receipt(Provider.STATEMENT, "k", REFERENCE, 45_000, "VND", NOON, "FT26325000001", "0123499999")


@pytest.mark.parametrize(
    ("line", "told", "is_known"),
    [
        (LINE, [TOLD], True),
        (LINE, [replace(TOLD, reference="")], True),
        (LINE, [replace(TOLD, reference="BANA01A000125X")], False),
        (replace(LINE, provider_ref="FT26325000002"), [TOLD], False),
        (replace(LINE, provider_ref="5163-12345"), [TOLD], True),
        (replace(LINE, provider_ref="5163-12345", nth=2), [TOLD], False),
        (replace(LINE, provider_ref="NONREF"), [TOLD], True),
        (replace(LINE, provider_ref=""), [replace(TOLD, is_booked=False)], False),
        (replace(LINE, paid_at=LATER), [TOLD], True),
        (replace(LINE, paid_at=LATER), [replace(TOLD, reference="")], False),
        (replace(LINE, paid_at=LATER, provider_ref=""), [TOLD], False),
        (LINE, [replace(TOLD, account_number="999")], False),
        (LINE, [replace(TOLD, account_number="0123 499 999")], True),
        (LINE, [], False),
    ],
)
def test_a_line_is_known_by_its_number_else_by_how_often_it_was_told(
    line: Receipt, told: list[ToldMoney], is_known: bool
) -> None:
    assert is_told_before(line, REFERENCE, told) is is_known


def test_a_notice_is_known_as_often_as_statements_told_of_it_and_no_oftener() -> None:
    notice = replace(LINE, provider=Provider.SEPAY, provider_ref="")
    booked = [replace(TOLD, provider=Provider.STATEMENT, bank_ref=f"FT2632500000{n}") for n in (1, 2)]
    known = [replace(TOLD, bank_ref="", is_booked=False) for _ in range(2)]
    assert [is_told_before(notice, REFERENCE, [*booked, *known[:n]]) for n in range(3)] == [True, True, False]


def test_readers_of_one_kind_never_take_each_others_money_for_their_own() -> None:
    again = replace(LINE, provider=Provider.SEPAY, provider_ref="FT26325000009")
    assert not is_told_before(again, REFERENCE, [TOLD])
    assert not is_told_before(replace(again, provider=Provider.CASSO, provider_ref=TOLD.bank_ref), REFERENCE, [TOLD])


@pytest.mark.parametrize(("text", "number"), [("ft 263-25", "FT26325"), ("NONREF", ""), ("12", ""), ("", "")])
def test_a_number_identifies_only_where_it_is_long_enough_and_has_digits(text: str, number: str) -> None:
    assert bank_number(text) == number


def test_lines_of_other_numbers_read_in_before_count_whatever_file_they_stood_in() -> None:
    first = replace(TOLD, provider=Provider.STATEMENT, bank_ref="5163-12345", is_booked=False)
    line = replace(LINE, provider_ref="5163-12346")
    assert is_told_before(line, REFERENCE, [TOLD])
    assert not is_told_before(line, REFERENCE, [TOLD, first])
    assert is_told_before(line, REFERENCE, [TOLD, first, replace(TOLD, bank_ref="FT26325000002")])
