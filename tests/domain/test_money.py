"""Amounts are whole minor units; what a person types is read in one way or refused."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.money import EXPONENTS, MAX_MINOR, SYMBOLS, Language, Money, format_minor, parse_amount, positive, whole

AMOUNTS = st.integers(min_value=1, max_value=MAX_MINOR)
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
NOT_WHOLE = [1.0, 0.1, float("nan"), float("inf"), True, False, "1", b"1", None, [1], 1 + 0j]


def test_every_currency_has_a_symbol() -> None:
    assert SYMBOLS.keys() == EXPONENTS.keys()


@pytest.mark.parametrize("value", NOT_WHOLE)
@pytest.mark.parametrize("check", [whole, positive])
def test_floats_booleans_and_texts_are_no_amounts(check: Callable[[object], int], value: object) -> None:
    with pytest.raises(RuleBroken) as refused:
        check(value)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


@pytest.mark.parametrize("value", [0, 1, -1, MAX_MINOR - 1, MAX_MINOR, -MAX_MINOR])
def test_whole_numbers_within_the_limit_stay_exact(value: int) -> None:
    assert whole(value) == value
    assert Money(value, "VND").amount_minor == value


HUGE = pytest.param(10**5000, id="more digits than Python writes")


@pytest.mark.parametrize("value", [MAX_MINOR + 1, -MAX_MINOR - 1, 2**53 + 1, 2**63, HUGE])
def test_numbers_beyond_the_limit_are_refused(value: int) -> None:
    with pytest.raises(RuleBroken) as refused:
        whole(value)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


def test_the_limit_is_exact_in_readers_that_use_doubles() -> None:
    assert MAX_MINOR < 2**53
    assert int(float(MAX_MINOR)) == MAX_MINOR
    assert int(float(MAX_MINOR - 1)) == MAX_MINOR - 1


@pytest.mark.parametrize("value", [0, -1, -MAX_MINOR])
def test_an_amount_to_take_is_above_zero(value: int) -> None:
    with pytest.raises(RuleBroken):
        positive(value)


def test_money_adds_and_subtracts_in_one_currency() -> None:
    assert Money(5, "VND") + Money(7, "VND") == Money(12, "VND")
    assert Money(5, "AUD") - Money(7, "AUD") == Money(-2, "AUD")


@pytest.mark.parametrize("operation", ["__add__", "__sub__"])
def test_money_of_two_currencies_never_meets(operation: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        getattr(Money(5, "VND"), operation)(Money(5, "AUD"))
    assert refused.value.code is ErrorCode.CURRENCY_MISMATCH


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(RuleBroken) as refused:
        Money(5, "vnd")
    assert refused.value.code is ErrorCode.CURRENCY_MISMATCH


def test_a_sum_beyond_the_limit_is_refused() -> None:
    with pytest.raises(RuleBroken):
        Money(MAX_MINOR, "VND") + Money(1, "VND")


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (0, "VND", Language.VI, "0\u00a0₫"),
        (999, "VND", Language.VI, "999\u00a0₫"),
        (1_234_567, "VND", Language.VI, "1.234.567\u00a0₫"),
        (1_234_567, "VND", Language.EN, "1,234,567\u00a0₫"),
        (-45_000, "VND", Language.VI, "-45.000\u00a0₫"),
        (MAX_MINOR, "VND", Language.VI, "9.000.000.000.000.000\u00a0₫"),
        (5, "AUD", Language.EN, "0.05\u00a0A$"),
        (-5, "AUD", Language.VI, "-0,05\u00a0A$"),
        (123_456, "AUD", Language.EN, "1,234.56\u00a0A$"),
        (123_456, "AUD", Language.VI, "1.234,56\u00a0A$"),
        (MAX_MINOR, "AUD", Language.EN, "90,000,000,000,000.00\u00a0A$"),
        (1_000, "JPY", Language.EN, "1,000\u00a0¥"),
    ],
)
def test_amounts_are_written_as_people_do(minor: int, currency: str, language: Language, text: str) -> None:
    assert format_minor(minor, currency, language) == text


def test_the_symbol_can_be_left_out() -> None:
    assert format_minor(45_000, "VND", Language.VI, symbol=False) == "45.000"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("45000", "VND", 45_000),
        ("45.000", "VND", 45_000),
        ("45,000", "VND", 45_000),
        ("45 000", "VND", 45_000),
        ("45\u00a0000", "VND", 45_000),
        (" 1.234.567 ₫ ", "VND", 1_234_567),
        ("1.234.567đ", "VND", 1_234_567),
        ("1.234.567 Đ", "VND", 1_234_567),
        ("VND 1,234,567", "VND", 1_234_567),
        ("1234567 VNĐ", "VND", 1_234_567),
        ("₫45000", "VND", 45_000),
        ("125k", "VND", 125_000),
        ("125K", "VND", 125_000),
        ("125n", "VND", 125_000),
        ("125 nghin", "VND", None),
        ("125nghin", "VND", 125_000),
        ("125ngan", "VND", 125_000),
        ("1tr", "VND", 1_000_000),
        ("1tr2", "VND", 1_200_000),
        ("1tr25", "VND", 1_250_000),
        ("1tr250", "VND", 1_250_000),
        ("1tr025", "VND", 1_025_000),
        ("2m5", "VND", 2_500_000),
        ("12.50", "AUD", 1_250),
        ("12,50", "AUD", 1_250),
        ("12", "AUD", 1_200),
        ("1,234.50", "AUD", 123_450),
        ("1.234,50", "AUD", 123_450),
        ("1,234", "AUD", 123_400),
        ("A$ 12.50", "AUD", 1_250),
        ("$12.50", "AUD", 1_250),
        ("12.50 aud", "AUD", 1_250),
        ("12.50 €", "EUR", 1_250),
        ("1000", "JPY", 1_000),
        ("9000000000000000", "VND", MAX_MINOR),
        ("90000000000000.00", "AUD", MAX_MINOR),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, currency: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(RuleBroken):
            parse_amount(text, currency)
    else:
        assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "VND"),
        ("₫", "VND"),
        ("0", "VND"),
        ("000", "VND"),
        ("-45000", "VND"),
        ("1e5", "VND"),
        ("abc", "VND"),
        ("45.00", "VND"),
        ("45.0000", "VND"),
        ("4.5.000", "VND"),
        ("1.234,567", "VND"),
        ("1 234.567", "VND"),
        ("0.500", "VND"),
        ("0,125", "AUD"),
        ("1.234.56", "AUD"),
        ("1,234,56", "AUD"),
        ("12.5", "AUD"),
        ("12.345.6", "AUD"),
        ("125k", "AUD"),
        ("1.5tr", "VND"),
        ("k", "VND"),
        ("tr5", "VND"),
        ("12đ34", "VND"),
        ("1$2", "AUD"),
        ("₫45000₫", "VND"),
        ("45000 €", "VND"),
        ("100 usd", "VND"),
        ("$45000", "VND"),
        ("45000 đ", "AUD"),
        ("45000 vnd", "AUD"),
        ("9000000000000001", "VND"),
        ("9" * 17, "VND"),
        pytest.param("9" * 5000, "VND", id="5000 digits"),
        pytest.param("9" * 5000 + "k", "VND", id="5000 digits of thousands"),
        pytest.param("9" * 5000 + "tr5", "VND", id="5000 digits of millions"),
        pytest.param("1" + ".000" * 2000, "VND", id="2000 groups"),
        ("90000000000000.01", "AUD"),
        ("45\n000", "VND"),
    ],
)
def test_what_could_be_read_in_two_ways_or_not_at_all_is_refused(text: str, currency: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        parse_amount(text, currency)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


@given(minor=AMOUNTS, currency=CURRENCIES, language=st.sampled_from(Language), symbol=st.booleans())
def test_what_is_written_reads_back_the_same(minor: int, currency: str, language: Language, symbol: bool) -> None:
    assert parse_amount(format_minor(minor, currency, language, symbol), currency) == minor


@given(text=st.text(alphabet="0123456789., ktrmn₫đ$-\u00a0", max_size=24) | st.text(max_size=24), currency=CURRENCIES)
def test_any_text_is_read_as_an_amount_above_zero_or_refused(text: str, currency: str) -> None:
    try:
        read: int | ErrorCode = parse_amount(text, currency)
    except DomainError as error:
        read = error.code
    assert read is ErrorCode.AMOUNT_INVALID or 0 < int(read) <= MAX_MINOR
