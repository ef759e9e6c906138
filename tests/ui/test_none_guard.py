"""None outlives any number of calls that give back a reference too many."""

import sys

from PySide6.QtCore import QObject

from ui.none_guard import keep_none_alive


def test_none_has_references_to_spare_or_is_immortal() -> None:
    assert sys.version_info >= (3, 12) or sys.getrefcount(None) > 1 << 59


def test_giving_spare_references_twice_is_the_same_as_once() -> None:
    before = sys.getrefcount(None)
    keep_none_alive()
    assert abs(sys.getrefcount(None) - before) < 1_000


def test_hundred_thousand_calls_without_a_result_are_survived() -> None:
    thing = QObject()
    for _ in range(100_000):
        thing.setObjectName("x")
    assert thing.objectName() == "x"
