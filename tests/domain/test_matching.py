"""A payment's reference is found again in whatever banks make of a transfer text, and nothing else is."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import ErrorCode, RuleBroken
from domain.matching import PREFIX, find_reference, payment_reference, shown_reference

ALPHABET = string.digits + string.ascii_uppercase
TILL_CODES = st.integers(min_value=1, max_value=99).map("{:02d}".format)
LETTERS = st.sampled_from(string.ascii_uppercase)
NUMBERS = st.integers(min_value=1, max_value=999_999)
REFERENCES = st.builds(payment_reference, TILL_CODES, LETTERS, NUMBERS)


def check_of(body: str) -> str:
    """Return the check character of ISO 7064 MOD 37,36, computed as the standard's recursive formula states it."""
    product = 36
    for char in body:
        total = (product + ALPHABET.index(char)) % 36
        product = ((total or 36) * 2) % 37
    return next(char for char in ALPHABET if (product + ALPHABET.index(char)) % 36 == 1)


def test_the_check_character_agrees_with_a_published_identifier() -> None:
    """The example of the Global Release Identifier (ISO 7064 MOD 37,36): A1-2425G-ABC1234002-M."""
    assert check_of("A12425GABC1234002") == "M"


@given(till=TILL_CODES, letter=LETTERS, number=NUMBERS)
def test_a_reference_is_fourteen_letters_and_digits_ending_in_its_check(till: str, letter: str, number: int) -> None:
    reference = payment_reference(till, letter, number)
    assert len(reference) == 14
    assert set(reference) <= set(ALPHABET)
    assert reference == f"{PREFIX}{till}{letter}{number:06d}{check_of(f'{till}{letter}{number:06d}')}"


def test_a_series_that_has_run_out_is_refused_before_its_references_grow() -> None:
    assert len(payment_reference("01", "A", 999_999)) == 14
    with pytest.raises(RuleBroken) as refused:
        payment_reference("01", "A", 1_000_000)
    assert refused.value.code is ErrorCode.SERIES_BROKEN


def test_a_reference_is_shown_in_groups_that_read_back() -> None:
    reference = payment_reference("01", "A", 124)
    assert shown_reference(reference) == f"BANA 01A 000124 {reference[-1]}"
    assert find_reference(shown_reference(reference)) == reference


@given(reference=REFERENCES)
def test_a_reference_finds_itself(reference: str) -> None:
    assert find_reference(reference) == reference


@given(reference=REFERENCES, data=st.data())
def test_banks_may_insert_blanks_and_marks_anywhere_and_fold_case(reference: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", " ", ".", "-", "/", "\u00a0", "\t"]), min_size=15, max_size=15))
    mangled = "".join(gap + char for gap, char in zip(gaps, reference, strict=False))
    assert find_reference(data.draw(st.sampled_from([mangled, mangled.lower(), mangled.title()]))) == reference


@pytest.mark.parametrize(
    "around",
    [
        "{} chuyen tien",
        "NGUYEN VAN A chuyen tien {}",
        "MBVCB.3278907687.{}.CT tu 0011001234567 NGUYEN THI B toi 0123456789",
        "IBFT {}-141126-12:00:00 3278907687",
        "Thanh toán {} cảm ơn Đức",
        "QR-{}-GD 918273",
        "BANA{}",
        "BANABANA {}",
        "{}BANA",
        "000000{}000000",
        "{0} {0}",
    ],
)
@given(reference=REFERENCES)
def test_words_around_a_reference_do_not_hide_it(around: str, reference: str) -> None:
    assert find_reference(around.format(reference)) == reference


@given(reference=REFERENCES)
def test_letters_with_marks_and_full_width_letters_are_read_as_plain_ones(reference: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in reference)
    assert find_reference(wide) == reference
    assert find_reference(reference.replace("A", "Á")) == reference


@given(reference=REFERENCES, kept=st.integers(min_value=0, max_value=13))
def test_a_cut_reference_is_none(reference: str, kept: int) -> None:
    assert find_reference(f"chuyen tien {reference[:kept]}") is None


@given(one=REFERENCES, other=REFERENCES, between=st.sampled_from(["", " ", " va ", "."]))
def test_a_text_that_names_two_payments_settles_neither(one: str, other: str, between: str) -> None:
    assert find_reference(f"{one}{between}{other}") == (one if one == other else None)


@given(whole=REFERENCES, other=REFERENCES)
@example(whole=payment_reference("01", "A", 8), other=payment_reference("01", "A", 22))
def test_a_cut_reference_before_a_whole_one_hides_neither(whole: str, other: str) -> None:
    """The B of the second BANA may look like the check character of the first: two payments are named."""
    found = find_reference(other[:13] + whole)
    names_two = check_of(other[4:13]) == "B" and other != whole
    assert found == (None if names_two else whole)


def test_the_case_of_a_cut_reference_completed_by_the_next_one_occurs() -> None:
    number = next(number for number in range(1, 100) if payment_reference("01", "A", number).endswith("B"))
    cut = payment_reference("01", "A", number)[:13]
    assert find_reference(cut + payment_reference("01", "A", number + 1)) is None


@given(reference=REFERENCES, place=st.integers(min_value=0, max_value=13), char=st.sampled_from(ALPHABET))
def test_one_wrong_character_never_names_another_payment(reference: str, place: int, char: str) -> None:
    mistyped = reference[:place] + char + reference[place + 1 :]
    assert find_reference(mistyped) == (reference if mistyped == reference else None)


def test_of_two_neighbours_swapped_ninety_nine_in_a_hundred_name_no_payment() -> None:
    """MOD 37,36 notices every wrong character, and all but a few pairs that change places."""
    swapped = [
        reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
        for reference in (payment_reference("01", "A", number) for number in range(1, 1_000_000, 997))
        for place in range(4, 13)
        if reference[place] != reference[place + 1]
    ]
    unnoticed = sum(find_reference(text) is not None for text in swapped)
    assert len(swapped) > 8_000
    assert unnoticed < len(swapped) / 100


@given(text=st.text(max_size=200))
def test_any_text_is_searched_without_an_error(text: str) -> None:
    found = find_reference(text)
    assert found is None or found == payment_reference(found[4:6], found[6], int(found[7:13]))


@pytest.mark.parametrize("text", ["", "BANA", "chuyen tien", "BANA01A00001", "BANK01A0000017", "BAN A"])
def test_a_text_without_a_reference_has_none(text: str) -> None:
    assert find_reference(text) is None
