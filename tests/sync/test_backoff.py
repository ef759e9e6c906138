"""Waiting times: doubled, bounded, spread by chance, and what a hub may ask for."""

import pytest

from sync.backoff import LONGEST_MS, RETRY_AFTER_LONGEST_MS, Backoff, retry_after_ms

_DATE = "Fri, 21 Nov 2025 02:00:00 GMT"


def test_the_wait_doubles_from_one_second() -> None:
    backoff = Backoff(lambda: 0.0)

    assert [backoff.delay_ms(tries) for tries in range(1, 7)] == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999_999])
@pytest.mark.parametrize("tries", [1, 2, 9, 10, 1_000_000])
def test_the_wait_stays_between_one_second_and_five_minutes(tries: int, chance: float) -> None:
    assert 1_000 <= Backoff(lambda: chance).delay_ms(tries) <= LONGEST_MS


@pytest.mark.parametrize("longest_ms", [2_000, 30_000])
def test_a_shorter_limit_is_kept_and_still_spread(longest_ms: int) -> None:
    shortest = Backoff(lambda: 0.0).delay_ms(20, longest_ms)
    longest = Backoff(lambda: 0.999_999).delay_ms(20, longest_ms)

    assert longest_ms // 2 <= shortest < longest <= longest_ms


@pytest.mark.parametrize(
    ("header", "expected_ms"),
    [
        ("0", 0),
        ("7", 7_000),
        (" 120 ", 120_000),
        ("900", RETRY_AFTER_LONGEST_MS),
        ("901", RETRY_AFTER_LONGEST_MS),
        ("9" * 5_000, RETRY_AFTER_LONGEST_MS),
        ("Fri, 21 Nov 2025 02:00:30 GMT", 30_000),
        ("Fri, 21 Nov 2025 03:00:00 GMT", RETRY_AFTER_LONGEST_MS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_LONGEST_MS),
        ("Fri, 21 Nov 2025 01:00:00 GMT", 0),
        ("Fri, 21 Nov 2025 02:00:30 -0000", 30_000),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Fri, 99 Nov 2025 99:00:30 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_capped(header: str | None, expected_ms: int | None) -> None:
    assert retry_after_ms(header, _DATE) == expected_ms


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_retry_after_date_without_the_answers_own_date_says_nothing(date: str | None) -> None:
    assert retry_after_ms("Fri, 21 Nov 2025 02:00:30 GMT", date) is None
