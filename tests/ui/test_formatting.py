"""Dates, durations, phones and short amounts are written the way a shop in Viet Nam writes them."""

from datetime import date

import pytest

from domain.ids import Instant
from domain.money import Language
from ui.formatting import (
    date_text,
    date_time_text,
    day_text,
    duration_text,
    masked_account,
    masked_phone,
    normal_phone,
    recent_text,
    short_money,
    time_text,
)

MORNING = Instant(1_795_227_660_000)  # 2026-11-21T02:21:00Z
LATE = Instant(1_795_280_340_000)  # 2026-11-21T16:59:00Z, one minute before midnight in Ho Chi Minh City
MINUTE = 60_000


def test_a_moment_is_shown_in_the_zone_of_the_shop() -> None:
    assert date_text(MORNING) == "21/11/2026"
    assert time_text(MORNING) == "09:21"
    assert date_time_text(MORNING) == "21/11/2026 09:21"
    assert time_text(MORNING, "UTC") == "02:21"


def test_the_day_changes_at_midnight_of_the_shop() -> None:
    assert date_text(LATE) == "21/11/2026"
    assert date_text(Instant(LATE + MINUTE)) == "22/11/2026"


def test_a_calendar_day_is_written_day_first() -> None:
    assert day_text(date(2026, 3, 5)) == "05/03/2026"


def test_a_recent_moment_leaves_out_what_is_the_same_today() -> None:
    assert recent_text(MORNING, LATE) == "09:21"
    assert recent_text(MORNING, Instant(LATE + MINUTE)) == "21/11 09:21"
    assert recent_text(MORNING, Instant(LATE + 366 * 24 * 60 * MINUTE)) == "21/11/2026 09:21"


@pytest.mark.parametrize(
    ("left_ms", "text"),
    [(300_000, "05:00"), (299_001, "05:00"), (299_000, "04:59"), (1, "00:01"), (0, "00:00"), (-5, "00:00")],
)
def test_a_countdown_reaches_zero_only_when_nothing_is_left(left_ms: int, text: str) -> None:
    assert duration_text(left_ms) == text


def test_a_duration_of_an_hour_shows_hours() -> None:
    assert duration_text(3_725_000) == "1:02:05"


@pytest.mark.parametrize(
    ("amount", "vi", "en"),
    [
        (1_240_000, "1,24tr", "1.24M"),
        (1_300_000, "1,3tr", "1.3M"),
        (500_000, "500k", "500k"),
        (45_500, "45,5k", "45.5k"),
        (2_500_000_000, "2,5tỷ", "2.5B"),
        (1_234_600_000, "1234,6tr", "1234.6M"),
        (1_234_567, "1,23tr", "1.23M"),
        (999, "999", "999"),
        (0, "0", "0"),
        (-125_000, "-125k", "-125k"),
    ],
)
def test_a_short_amount_names_its_unit(amount: int, vi: str, en: str) -> None:
    assert short_money(amount, "VND", Language.VI) == vi
    assert short_money(amount, "VND", Language.EN) == en


def test_a_short_amount_counts_whole_units_of_the_currency() -> None:
    assert short_money(125_000_00, "AUD", Language.EN) == "125k"


@pytest.mark.parametrize("text", ["+84 903 111 218", "84903111218", "0903111218", "0903.111.218"])
def test_a_phone_number_is_one_number_however_it_is_written(text: str) -> None:
    assert normal_phone(text) == "0903111218"
    assert masked_phone(text) == "0903 *** 218"


def test_a_short_number_is_masked_whole() -> None:
    assert masked_phone("113") == "***"
    assert masked_account("1234") == "***"
    assert masked_account("1900 1234 5678") == "*** 5678"
