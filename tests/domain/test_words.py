"""Amounts in words are what a careful clerk writes, in both languages, up to the largest amount of the books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, RuleBroken
from domain.money import EXPONENTS, MAX_MINOR, Language
from domain.words import PLAIN, Thousand, WordStyle, ZeroTens, amount_in_words
from tests.domain.second_speller import spell

CURRENCY_WORD = {Language.VI: "đồng", Language.EN: "dong"}
TELLING_GROUPS = (0, 1, 4, 5, 10, 11, 14, 15, 20, 21, 24, 25, 91, 95, 100, 101, 105, 110, 111, 115, 121, 500, 555, 999)
AMOUNTS = st.integers(min_value=0, max_value=10**15) | st.lists(
    st.sampled_from(TELLING_GROUPS), min_size=1, max_size=5
).map(lambda groups: sum(group * 1000**place for place, group in enumerate(groups)))

GOLDEN = [
    (0, "Không đồng.", "Zero dong."),
    (1, "Một đồng.", "One dong."),
    (5, "Năm đồng.", "Five dong."),
    (10, "Mười đồng.", "Ten dong."),
    (11, "Mười một đồng.", "Eleven dong."),
    (15, "Mười lăm đồng.", "Fifteen dong."),
    (20, "Hai mươi đồng.", "Twenty dong."),
    (21, "Hai mươi mốt đồng.", "Twenty-one dong."),
    (24, "Hai mươi bốn đồng.", "Twenty-four dong."),
    (25, "Hai mươi lăm đồng.", "Twenty-five dong."),
    (55, "Năm mươi lăm đồng.", "Fifty-five dong."),
    (100, "Một trăm đồng.", "One hundred dong."),
    (101, "Một trăm linh một đồng.", "One hundred one dong."),
    (105, "Một trăm linh năm đồng.", "One hundred five dong."),
    (110, "Một trăm mười đồng.", "One hundred ten dong."),
    (115, "Một trăm mười lăm đồng.", "One hundred fifteen dong."),
    (121, "Một trăm hai mươi mốt đồng.", "One hundred twenty-one dong."),
    (1_000, "Một nghìn đồng.", "One thousand dong."),
    (1_005, "Một nghìn không trăm linh năm đồng.", "One thousand five dong."),
    (1_015, "Một nghìn không trăm mười lăm đồng.", "One thousand fifteen dong."),
    (10_000, "Mười nghìn đồng.", "Ten thousand dong."),
    (21_500, "Hai mươi mốt nghìn năm trăm đồng.", "Twenty-one thousand five hundred dong."),
    (1_000_005, "Một triệu không trăm linh năm đồng.", "One million five dong."),
    (
        1_234_567,
        "Một triệu hai trăm ba mươi bốn nghìn năm trăm sáu mươi bảy đồng.",
        "One million two hundred thirty-four thousand five hundred sixty-seven dong.",
    ),
    (
        2_005_015,
        "Hai triệu không trăm linh năm nghìn không trăm mười lăm đồng.",
        "Two million five thousand fifteen dong.",
    ),
    (10**9 + 5, "Một tỷ không trăm linh năm đồng.", "One billion five dong."),
    (10**12, "Một nghìn tỷ đồng.", "One trillion dong."),
    (10**15, "Một triệu tỷ đồng.", "One quadrillion dong."),
    (10**15 + 1, "Một triệu tỷ không trăm linh một đồng.", "One quadrillion one dong."),
    (
        1_005_021_000_300_000,
        "Một triệu không trăm linh năm nghìn không trăm hai mươi mốt tỷ ba trăm nghìn đồng.",
        "One quadrillion five trillion twenty-one billion three hundred thousand dong.",
    ),
    (MAX_MINOR, "Chín triệu tỷ đồng.", "Nine quadrillion dong."),
    (-21, "Âm hai mươi mốt đồng.", "Minus twenty-one dong."),
    (-MAX_MINOR, "Âm chín triệu tỷ đồng.", "Minus nine quadrillion dong."),
]


@pytest.mark.parametrize(("amount", "vietnamese", "english"), GOLDEN, ids=[str(amount) for amount, *_ in GOLDEN])
def test_an_amount_is_written_as_a_clerk_writes_it(amount: int, vietnamese: str, english: str) -> None:
    assert amount_in_words(amount, "VND", Language.VI) == vietnamese
    assert amount_in_words(amount, "VND", Language.EN) == english


@pytest.mark.parametrize(
    ("amount", "currency", "vietnamese", "english"),
    [
        (
            1250,
            "AUD",
            "Mười hai đô la Úc và năm mươi xu.",
            "Twelve Australian dollars and fifty cents.",
        ),
        (101, "USD", "Một đô la Mỹ và một xu.", "One US dollar and one cent."),
        (200, "SGD", "Hai đô la Singapore.", "Two Singapore dollars."),
        (99, "EUR", "Chín mươi chín xu.", "Ninety-nine cents."),
        (100, "EUR", "Một euro.", "One euro."),
        (0, "EUR", "Không euro.", "Zero euros."),
        (
            12_005,
            "SAR",
            "Một trăm hai mươi riyal Ả Rập Xê Út và năm halala.",
            "One hundred twenty Saudi riyals and five halalas.",
        ),
        (315, "AED", "Ba dirham UAE và mười lăm fils.", "Three UAE dirhams and fifteen fils."),
        (1_050, "JPY", "Một nghìn không trăm năm mươi yên Nhật.", "One thousand fifty yen."),
        (-5, "USD", "Âm năm xu.", "Minus five cents."),
    ],
)
def test_every_currency_has_its_own_words(amount: int, currency: str, vietnamese: str, english: str) -> None:
    assert amount_in_words(amount, currency, Language.VI) == vietnamese
    assert amount_in_words(amount, currency, Language.EN) == english


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
@pytest.mark.parametrize("language", Language)
def test_no_currency_of_the_books_is_without_words(currency: str, language: Language) -> None:
    assert amount_in_words(101, currency, language).endswith(".")


def test_the_southern_words_are_a_choice() -> None:
    southern = WordStyle(zero_tens=ZeroTens.LE, thousand=Thousand.NGAN)
    assert amount_in_words(1_005, "VND", Language.VI, southern) == "Một ngàn không trăm lẻ năm đồng."
    assert amount_in_words(5 * 10**12 + 105, "VND", Language.VI, southern) == "Năm ngàn tỷ một trăm lẻ năm đồng."


def test_an_amount_without_cents_may_be_closed_as_even() -> None:
    even = WordStyle(even=True)
    assert amount_in_words(10_000, "VND", Language.VI, even) == "Mười nghìn đồng chẵn."
    assert amount_in_words(10_000, "VND", Language.EN, even) == "Ten thousand dong only."
    assert amount_in_words(1_000, "AUD", Language.VI, even) == "Mười đô la Úc chẵn."
    assert amount_in_words(1_050, "AUD", Language.VI, even) == "Mười đô la Úc và năm mươi xu."


@pytest.mark.parametrize("amount", [1.0, True, "5", MAX_MINOR + 1, -MAX_MINOR - 1])
def test_what_is_no_amount_has_no_words(amount: int) -> None:
    with pytest.raises(RuleBroken) as refused:
        amount_in_words(amount, "VND", Language.VI)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


def test_a_currency_without_books_has_no_words() -> None:
    with pytest.raises(RuleBroken) as refused:
        amount_in_words(5, "GBP", Language.VI)
    assert refused.value.code is ErrorCode.CURRENCY_MISMATCH


@given(amount=AMOUNTS, language=st.sampled_from(Language))
def test_a_second_speller_agrees(amount: int, language: Language) -> None:
    expected = f"{spell(amount, language)} {CURRENCY_WORD[language]}."
    assert amount_in_words(amount, "VND", language) == expected[0].upper() + expected[1:]


@pytest.mark.parametrize("language", Language)
def test_a_second_speller_agrees_on_every_small_amount(language: Language) -> None:
    for amount in range(5_000):
        words = amount_in_words(amount, "VND", language)
        assert words.lower() == f"{spell(amount, language)} {CURRENCY_WORD[language]}.", amount


@given(amount=AMOUNTS)
def test_the_southern_words_differ_in_those_words_alone(amount: int) -> None:
    southern = amount_in_words(amount, "VND", Language.VI, WordStyle(ZeroTens.LE, Thousand.NGAN))
    swapped = southern.replace("lẻ", "linh").replace("ngàn", "nghìn").replace("Ngàn", "Nghìn")
    assert swapped == amount_in_words(amount, "VND", Language.VI, PLAIN)
