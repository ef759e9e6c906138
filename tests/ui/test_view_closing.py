"""The question before the window closes, on the real window: what it says, by keys alone, and at every size."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.messages import MessageKind
from domain.money import Language
from domain.rows import UnsentRow
from tests.fakes.attached_window import Seat
from tests.fakes.recording_view import FixedSync
from tests.fakes.shown_view import cut_off, out_of_reach, too_small_or_nameless, words_of
from ui.presenters.preferences import Preferences, TextSize
from ui.texts import Texts
from ui.views.closing import ClosingSheet

EVERY_KIND = tuple(UnsentRow(kind.value, number + 1, 1) for number, kind in enumerate(MessageKind))


def a_seat(qtbot: QtBot, language: Language = Language.EN, size: tuple[int, int] = (1366, 768)) -> Seat:
    seat = Seat(qtbot, preferences=Preferences(language, reduced_motion=True), size=size).attach()
    seat.work.queries.unsent_rows = EVERY_KIND
    return seat


def sheet(seat: Seat) -> ClosingSheet:
    found = [each for each in seat.window.findChildren(ClosingSheet) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def press(seat: Seat, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or sheet(seat), key)
    seat.settle()


@pytest.mark.parametrize("signed_in", [True, False])
def test_it_says_what_waits_and_that_it_is_safe(qtbot: QtBot, signed_in: bool) -> None:
    seat = a_seat(qtbot)
    if signed_in:
        seat.sign_in()
    assert not seat.window.close()
    seat.settle()
    said = words_of(sheet(seat))
    assert f"{sum(row.waiting for row in EVERY_KIND)} records are not sent" in said
    assert "4 " in said
    assert "safe on this machine" in said
    assert "refused" in said
    press(seat, Qt.Key.Key_Escape)
    assert seat.window.isVisible()
    assert not sheet_stands(seat)


def sheet_stands(seat: Seat) -> bool:
    return any(each.isVisible() for each in seat.window.findChildren(ClosingSheet))


def test_enter_sends_and_the_window_closes_when_all_is_sent(qtbot: QtBot) -> None:
    seat = a_seat(qtbot).sign_in()
    seat.window.close()
    seat.settle()
    press(seat, Qt.Key.Key_Return)
    assert seat.control.woken == 1
    seat.window._synced(FixedSync(state="offline"))
    assert "out of reach" in words_of(sheet(seat))
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.isEnabled()
    seat.work.queries.unsent_rows = ()
    with qtbot.waitSignal(seat.window.closed, timeout=1000):
        seat.window._changed(Changes({Topic.OUTBOX: frozenset({"m"})}))


def test_by_keys_it_is_closed_anyway(qtbot: QtBot) -> None:
    seat = a_seat(qtbot).sign_in()
    seat.window.close()
    seat.settle()
    with qtbot.waitSignal(seat.window.closed, timeout=1000):
        press(seat, Qt.Key.Key_Backtab)
        press(seat, Qt.Key.Key_Space)


def test_locking_and_switching_is_free_whatever_waits(qtbot: QtBot) -> None:
    seat = a_seat(qtbot).sign_in()
    seat.press(Qt.Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    assert seat.screens.shell.state.locked
    seat.sign_in("Lan")
    assert seat.screens.shell.state.person == "Lan"


def test_a_till_that_locks_itself_takes_the_question_away_and_stays(qtbot: QtBot) -> None:
    seat = a_seat(qtbot).sign_in()
    seat.window.close()
    seat.settle()
    seat.screens.shell.lock()
    seat.settle()
    assert not sheet_stands(seat)
    assert seat.window.isVisible()
    assert not seat.window.close()
    assert sheet_stands(seat)


@pytest.mark.parametrize("scale", [TextSize.NORMAL, max(TextSize, key=lambda size: size.value)])
@pytest.mark.parametrize("size", [(960, 560), (1024, 600), (1366, 768)])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_cut_off_too_small_or_out_of_reach(
    qtbot: QtBot, size: tuple[int, int], language: Language, scale: TextSize
) -> None:
    seat = a_seat(qtbot, language, size)
    seat.screens.settings.set_text_size(scale)
    seat.settle()
    seat.window.close()
    seat.settle()
    for _ in range(2):
        assert cut_off(sheet(seat)) == []
        assert too_small_or_nameless(sheet(seat)) == []
        assert out_of_reach(sheet(seat)) == []
        seat.screens.closing.send()
        seat.window._synced(replace(FixedSync(), state="offline"))
        seat.settle()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(MessageKind))
def test_every_kind_of_record_has_its_words(kind: MessageKind, language: Language) -> None:
    texts = Texts(language)
    assert texts.t(f"quit.kind.{kind.value}", count=2).startswith("2 ")
    assert texts.t(f"message.{kind.value}")
