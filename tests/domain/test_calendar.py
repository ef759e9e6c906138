"""A business day begins and ends at midnight in the shop's zone, whatever the clock's zone is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import business_date, day_start, iso_utc
from domain.ids import Instant

HCMC = "Asia/Ho_Chi_Minh"
ZONES = st.sampled_from([HCMC, "UTC", "Australia/Sydney", "Asia/Riyadh", "America/New_York"])
MOMENTS = st.integers(
    min_value=int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000),
    max_value=int(datetime(2099, 12, 31, tzinfo=UTC).timestamp() * 1000),
)


def a_moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, ms: int = 0) -> Instant:
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return Instant(int(moment.timestamp()) * 1000 + ms)


@pytest.mark.parametrize(
    ("at", "date"),
    [
        (a_moment(2026, 11, 20, 16, 59, 59, 999), "2026-11-20"),
        (a_moment(2026, 11, 20, 17, 0, 0, 0), "2026-11-21"),
        (a_moment(2026, 11, 20, 17, 0, 0, 1), "2026-11-21"),
        (a_moment(2026, 12, 31, 16, 59, 59, 999), "2026-12-31"),
        (a_moment(2026, 12, 31, 17, 0, 0, 0), "2027-01-01"),
        (a_moment(2028, 2, 28, 17, 0, 0, 0), "2028-02-29"),
    ],
)
def test_midnight_in_vietnam_is_seventeen_hours_utc(at: Instant, date: str) -> None:
    assert business_date(at, HCMC) == date


def test_a_day_of_vietnam_starts_at_its_midnight() -> None:
    assert day_start("2026-11-21", HCMC) == a_moment(2026, 11, 20, 17)


def test_summer_time_makes_a_day_of_twenty_three_hours() -> None:
    assert day_start("2026-10-05", "Australia/Sydney") - day_start("2026-10-04", "Australia/Sydney") == 23 * 3_600_000


@given(at=MOMENTS, zone=ZONES)
def test_every_moment_lies_in_its_own_day(at: int, zone: str) -> None:
    date = business_date(Instant(at), zone)
    start = day_start(date, zone)
    assert start <= at < start + 25 * 3_600_000
    assert business_date(start, zone) == date
    assert business_date(Instant(start - 1), zone) < date


def test_moments_are_written_in_utc_with_milliseconds() -> None:
    assert iso_utc(a_moment(2026, 11, 21, 5, 0, 0, 7)) == "2026-11-21T05:00:00.007+00:00"
