"""Decimal amounts, RFC 3339 times and the parts of a nested answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, MAX_MINOR
from server.rails.decimals import decimal_text, minor_of
from server.rails.internet_time import internet_instant
from server.rails.strict_json import Unreadable, part_of, parts_of
from tests.server.rails_samples import moment


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (1, "USD", "0.01"),
        (1050, "AUD", "10.50"),
        (1000, "JPY", "1000"),
        (100, "EUR", "1.00"),
        (150_000, "VND", "150000"),
    ],
)
def test_an_amount_is_written_with_the_places_of_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert decimal_text(amount_minor, currency) == text
    assert minor_of(text, currency) == amount_minor


@given(st.integers(0, MAX_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_what_was_written_is_read_as_the_same_amount(amount_minor: int, currency: str) -> None:
    assert minor_of(decimal_text(amount_minor, currency), currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"), [("10", "USD", 1000), ("10.5", "USD", 1050), ("1000.00", "JPY", 1000)]
)
def test_fewer_places_and_zeros_beyond_them_mean_the_same(text: str, currency: str, amount_minor: int) -> None:
    assert minor_of(text, currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("10.505", "USD"),
        ("10.5", "JPY"),
        ("-1.00", "USD"),
        ("+1.00", "USD"),
        ("1,000.00", "USD"),
        ("1e3", "USD"),
        ("", "USD"),
        (".5", "USD"),
        ("1.", "USD"),
        ("١٠", "USD"),
        ("10.00", "XTS"),
        ("9999999999999999", "USD"),
    ],
)
def test_an_amount_that_could_be_another_is_not_read(text: str, currency: str) -> None:
    with pytest.raises(Unreadable):
        minor_of(text, currency)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-21T03:00:01Z", "2026-11-21T10:00:01+07:00"),
        ("2026-11-21T03:00:01.25Z", "2026-11-21T03:00:01.250+00:00"),
        ("2026-11-21T03:00:01.250999999Z", "2026-11-21T03:00:01.250+00:00"),
        ("2026-11-21t10:00:01+07:00", "2026-11-21T03:00:01+00:00"),
    ],
)
def test_a_time_is_the_moment_it_means(text: str, same: str) -> None:
    assert internet_instant(text) == moment(same)


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-21", "2026-11-21T03:00:01", "2026-11-21 03:00:01Z", "2026-02-30T03:00:01Z", "2026-11-21T25:00:01Z"],
)
def test_a_time_without_an_offset_or_a_day_that_is_none_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        internet_instant(text)


def test_the_parts_of_an_answer_are_objects_and_missing_ones_are_empty() -> None:
    answer: dict[str, object] = {"one": {"a": 1}, "many": [{"a": 1}, {}], "none": None}
    assert (part_of(answer, "one"), part_of(answer, "none"), part_of(answer, "absent")) == ({"a": 1}, {}, {})
    assert (parts_of(answer, "many"), parts_of(answer, "none"), parts_of(answer, "absent")) == ([{"a": 1}, {}], [], [])


@pytest.mark.parametrize("value", ["text", 1, [1], [{}, "x"]])
def test_a_part_of_another_kind_is_not_read(value: object) -> None:
    with pytest.raises(Unreadable):
        part_of({"x": value}, "x")
    with pytest.raises(Unreadable):
        parts_of({"x": {"not": "a list"} if isinstance(value, str) else value}, "x")
