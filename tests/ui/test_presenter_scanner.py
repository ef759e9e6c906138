"""A scanner is told from a person by its speed; what a person types is never lost."""

from ui.presenters.scanner import BURST_MS, BurstReader, Scan


def type_slowly(reader: BurstReader, text: str, at: int = 1_000) -> int:
    """Feed keys a person's pause apart; return how many came back."""
    back = 0
    for number, letter in enumerate(text):
        back += reader.key(letter, at + number * 120)
    return back


def scan(reader: BurstReader, text: str, at: int = 1_000) -> int:
    """Feed keys a scanner's pause apart; return the time of the last."""
    for number, letter in enumerate(text):
        assert reader.key(letter, at + number * 5) == 0
    return at + (len(text) - 1) * 5


def test_a_person_gets_every_key_back() -> None:
    reader = BurstReader()
    assert type_slowly(reader, "125") == 2
    assert reader.overdue() is None
    assert reader.forget() == 1


def test_a_burst_that_ends_with_enter_is_a_scan() -> None:
    reader = BurstReader()
    last = scan(reader, "8934563138165")
    assert reader.end(last + 5) == Scan("8934563138165")
    assert not reader.holding


def test_a_long_burst_without_an_end_is_a_scan_too() -> None:
    reader = BurstReader()
    scan(reader, "893456")
    assert reader.overdue() == Scan("893456")


def test_two_keys_struck_together_are_a_persons() -> None:
    reader = BurstReader()
    last = scan(reader, "12")
    assert reader.end(last + 5) is None
    assert reader.forget() == 2


def test_a_slow_enter_after_fast_keys_is_a_persons() -> None:
    reader = BurstReader()
    last = scan(reader, "500")
    assert reader.end(last + BURST_MS) is None


def test_what_was_typed_before_a_scan_comes_back_before_it() -> None:
    reader = BurstReader()
    reader.key("7", 1_000)
    assert reader.key("8", 1_500) == 1
    last = scan(reader, "934563", 1_505)
    assert reader.end(last + 5) == Scan("8934563")


def test_a_payments_code_is_known_by_its_check_character() -> None:
    assert Scan("BANA 01A 000001 U").reference == "BANA01A000001U"
    assert Scan("BANA01A000001X").reference is None
    assert Scan("8934563138165").reference is None
