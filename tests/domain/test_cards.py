"""A card's number that somebody types is cut to its end before anything keeps or hashes it."""

import pytest

from domain.bodies import typed


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("thẻ 4539 1488 0343 6467 của khách", "thẻ •••6467 của khách"),
        (" 9704 0000 0000 0018 ", "•••0018"),
        ("4539148803436467\x00", "•••6467"),
        ("0903 123 218", "0903 123 218"),
        ("19034567890123", "19034567890123"),
    ],
)
def test_a_persons_words_keep_the_end_of_a_cards_number_alone(text: str, kept: str) -> None:
    assert typed(text) == kept
