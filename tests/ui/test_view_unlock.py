"""What stands before the lock where a passphrase keeps the keys, on the real window: by keys alone, at every size."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from tests.fakes.attached_window import Seat
from tests.fakes.shown_view import button_saying, cut_off, out_of_reach, too_small_or_nameless, words_of
from tests.ui.test_presenter_unlock import CODE, RIGHT, FixedGate, Start
from ui.presenters.preferences import Preferences, TextSize
from ui.presenters.unlock import FREE_TRIES, UnlockWay
from ui.views.unlock import UnlockView


def a_start(
    qtbot: QtBot,
    gate: FixedGate | None = None,
    language: Language = Language.EN,
    size: tuple[int, int] = (1366, 768),
    scale: TextSize = TextSize.NORMAL,
) -> tuple[Seat, Start]:
    wishes = Preferences(language, text_size=scale, reduced_motion=True)
    seat, start = Seat(qtbot, preferences=wishes, size=size), Start(gate or FixedGate())
    seat.window.show_unlock(start.unlock, 12)
    seat.settle()
    return seat, start


def view(seat: Seat) -> UnlockView:
    found = seat.window.centralWidget()
    assert isinstance(found, UnlockView)
    return found


def write(text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    QTest.keyClicks(focused, text)
    QTest.keyClick(focused, end)


def test_the_passphrase_is_typed_hidden_and_enter_opens(qtbot: QtBot) -> None:
    seat, start = a_start(qtbot)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    assert field.echoMode() is QLineEdit.EchoMode.Password
    write(RIGHT)
    assert start.opened == [False]
    assert RIGHT not in words_of(view(seat))


def test_a_wrong_one_is_said_and_typing_replaces_it(qtbot: QtBot) -> None:
    seat, start = a_start(qtbot)
    write("wrong")
    assert "Wrong passphrase" in words_of(view(seat))
    write(RIGHT)
    assert start.opened == [False]


def test_the_wait_is_told_in_seconds(qtbot: QtBot) -> None:
    seat, start = a_start(qtbot)
    for _ in range(FREE_TRIES):
        write("wrong")
    assert "Try again in" in words_of(view(seat))
    write(RIGHT)
    assert start.opened == []
    start.clock.pass_ms(1_000)
    start.unlock.tick()
    write("")
    assert start.opened == [False], "what was typed meanwhile stands"


def test_by_keys_alone_the_code_and_a_new_passphrase_open(qtbot: QtBot) -> None:
    seat, start = a_start(qtbot)
    button_saying(view(seat), "I have a recovery code").click()
    seat.settle()
    write(CODE, Qt.Key.Key_Tab)
    write("a new long sentence", Qt.Key.Key_Tab)
    write("a new long sentenc")
    assert "not the same" in words_of(view(seat))
    write("a new long sentence", Qt.Key.Key_Tab)
    write("a new long sentence")
    assert start.opened == [True]
    assert start.gate.kept == ["a new long sentence"]


def test_without_a_recovery_file_no_code_is_offered(qtbot: QtBot) -> None:
    seat, _ = a_start(qtbot, FixedGate(has_code=False))
    write("wrong")
    assert "recovery code" not in words_of(view(seat))


def test_who_lost_the_keys_is_offered_the_code_beside_the_problem(qtbot: QtBot) -> None:
    seat, asked = Seat(qtbot, preferences=Preferences(Language.EN)), list[bool]()
    seat.window.show_problem(StorageUnavailable(ErrorCode.KEY_MISSING), None, lambda: asked.append(True))
    seat.settle()
    page = seat.window.centralWidget()
    assert page is not None
    button_saying(page, "I have a recovery code").click()
    assert asked == [True]


@pytest.mark.parametrize("scale", [TextSize.NORMAL, max(TextSize, key=lambda size: size.value)])
@pytest.mark.parametrize("size", [(960, 560), (1024, 600), (1366, 768)])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_cut_off_too_small_or_out_of_reach(
    qtbot: QtBot, size: tuple[int, int], language: Language, scale: TextSize
) -> None:
    seat, start = a_start(qtbot, None, language, size, scale)
    for way in UnlockWay:
        start.unlock.turn(way)
        for _ in range(FREE_TRIES):
            start.unlock.open("wrong")
        seat.settle()
        assert cut_off(view(seat)) == []
        assert too_small_or_nameless(view(seat)) == []
        assert out_of_reach(view(seat)) == []
