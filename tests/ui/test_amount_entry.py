"""What the number pad writes: digits, zeros, sums, and nothing that is too long."""

import pytest

from domain.errors import RuleBroken
from ui.amount_entry import AmountEntry, Key
from ui.quick_cash import quick_cash


def _typed(keys: str, entry: AmountEntry | None = None) -> AmountEntry:
    """Press keys named one letter each: digits, z for 000, b for back, c for clear, + for plus."""
    names = {"z": Key.ZEROS, "b": Key.BACK, "c": Key.CLEAR, "+": Key.PLUS}
    entry = entry or AmountEntry()
    for letter in keys:
        entry = entry.press(names[letter] if letter in names else Key(letter))
    return entry


@pytest.mark.parametrize(
    ("keys", "total"),
    [
        ("125z", 125_000),
        ("0005", 5),
        ("z", 0),
        ("12b", 1),
        ("1b", 0),
        ("b", 0),
        ("125zc", 0),
        ("999999999999", 999_999_999_999),
        ("9999999999991", 999_999_999_999),
        ("9999999999z", 9_999_999_999),
    ],
)
def test_keys_write_an_amount(keys: str, total: int) -> None:
    assert _typed(keys).total_minor == total


def test_plus_adds_like_an_adding_machine() -> None:
    entry = _typed("45z+80z")
    assert entry.parts == (45_000, 80_000)
    assert entry.total_minor == 125_000


def test_plus_without_a_digit_adds_nothing() -> None:
    assert _typed("+").parts == ()
    assert _typed("5++").parts == (5,)


def test_back_returns_to_the_summand_before() -> None:
    assert _typed("45z+8b").parts == (45_000,)
    assert _typed("45z+8bb").digits == "45000"
    assert _typed("45z+8bbb").parts == (4_500,)


def test_a_sum_may_not_grow_longer_than_twelve_digits() -> None:
    assert _typed("999999999999+9").total_minor == 999_999_999_999


def test_digits_fill_cents_from_the_right_where_the_currency_has_them() -> None:
    assert _typed("1250", AmountEntry("AUD")).total_minor == 1_250
    assert _typed("12z", AmountEntry("AUD")).total_minor == 1_200


def test_a_pasted_amount_replaces_what_was_being_typed() -> None:
    assert _typed("9").paste("1tr2").total_minor == 1_200_000
    assert _typed("45z+9").paste("80.000 ₫").parts == (45_000, 80_000)


def test_a_pasted_word_is_refused() -> None:
    with pytest.raises(RuleBroken):
        AmountEntry().paste("abc")


@pytest.mark.parametrize(
    ("amount", "offers"),
    [
        (45_000, (50_000, 100_000, 200_000, 500_000)),
        (125_000, (130_000, 150_000, 200_000, 500_000)),
        (1_234_000, (1_240_000, 1_250_000, 1_300_000, 1_500_000)),
        (200_000, (500_000,)),
        (500_000, ()),
        (0, ()),
    ],
)
def test_quick_cash_offers_the_next_likely_notes(amount: int, offers: tuple[int, ...]) -> None:
    assert quick_cash(amount) == offers


def test_quick_cash_knows_the_notes_of_a_currency_with_cents() -> None:
    assert quick_cash(1_250, "AUD") == (1_500, 2_000, 5_000, 10_000)
