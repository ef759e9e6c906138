"""A card's number that somebody types is cut to its end before anything keeps or hashes it."""

import pytest

from domain.bodies import typed


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("thẻ 4539 1488 0343 6467 của khách", "thẻ •••6467 của khách"),
        (" 9704 0000 0000 0018 ", "•••0018"),
        ("4539148803436467\x00", "•••6467"),
        ("bill 7395 4539 1488 0343 6467 12", "bill 7395 •••6467 12"),
        ("4539148803436467 4111-1111-1111-1111", "•••6467 •••1111"),
        ("3400 000000 00009, 45391488 03436467", "•••0009, •••6467"),
        ("45000 0900000006", "45000 0900000006"),
        ("0903 123 218", "0903 123 218"),
        ("2026-11-21 0903123218 45000", "2026-11-21 0903123218 45000"),
        ("19034567890123", "19034567890123"),
    ],
)
def test_a_persons_words_keep_the_end_of_a_cards_number_alone(text: str, kept: str) -> None:
    assert typed(text) == kept


def test_a_text_of_digits_alone_is_read_in_no_time() -> None:
    assert typed("1 " * 1000) == ("1 " * 1000).strip()
    assert typed("4" * 2000) == "4" * 2000
