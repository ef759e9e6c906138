"""The pads answer fingers and keys alike, and never take the focus from what is being done."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from domain.money import Language
from ui.amount_entry import Key
from ui.texts import Texts
from ui.theme import KEY_TARGET
from ui.widgets.keypad import LONG_PRESS_MS, Keypad, key_of
from ui.widgets.pin_pad import PinPad

_PLAIN = Qt.KeyboardModifier.NoModifier
_LEFT = Qt.MouseButton.LeftButton


def _event(key: Qt.Key, text: str = "", modifiers: Qt.KeyboardModifier = _PLAIN) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)


@pytest.fixture
def pad(qtbot: QtBot, texts: Texts) -> Keypad:
    made = Keypad(texts)
    qtbot.addWidget(made)
    made.resize(320, 360)
    made.show()
    return made


@pytest.fixture
def pin(qtbot: QtBot, texts: Texts) -> PinPad:
    made = PinPad(texts)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.setFocus()
    return made


def _field(pin: PinPad) -> QWidget:
    field = pin.focusProxy()
    assert field is not None
    return field


def _pressed(pad: Keypad) -> list[Key]:
    heard: list[Key] = []
    pad.pressed.connect(heard.append)
    return heard


def test_each_key_tells_which_it_is(pad: Keypad) -> None:
    heard = _pressed(pad)
    keys = [Key.N7, Key.ZEROS, Key.N0, Key.BACK]
    for key in keys:
        QTest.mouseClick(pad.button(key), _LEFT)
    assert heard == keys


def test_keys_take_no_focus_and_are_large_enough_for_a_finger(pad: Keypad) -> None:
    keys = pad.findChildren(QPushButton)
    assert len(keys) == 12
    for key in keys:
        assert key.focusPolicy() == Qt.FocusPolicy.NoFocus
        assert key.width() >= KEY_TARGET
        assert key.height() >= KEY_TARGET


def test_holding_the_delete_key_clears_and_does_not_delete_too(qtbot: QtBot, pad: Keypad) -> None:
    heard = _pressed(pad)
    back = pad.button(Key.BACK)
    with qtbot.waitSignal(pad.pressed, timeout=LONG_PRESS_MS * 4):
        QTest.mousePress(back, _LEFT)
    QTest.mouseRelease(back, _LEFT)
    assert heard == [Key.CLEAR]
    QTest.mouseClick(back, _LEFT)
    assert heard == [Key.CLEAR, Key.BACK]


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (_event(Qt.Key.Key_5, "5"), Key.N5),
        (_event(Qt.Key.Key_5, "5", Qt.KeyboardModifier.KeypadModifier), Key.N5),
        (_event(Qt.Key.Key_Period, "."), Key.ZEROS),
        (_event(Qt.Key.Key_Comma, ",", Qt.KeyboardModifier.KeypadModifier), Key.ZEROS),
        (_event(Qt.Key.Key_Plus, "+", Qt.KeyboardModifier.ShiftModifier), Key.PLUS),
        (_event(Qt.Key.Key_Backspace), Key.BACK),
        (_event(Qt.Key.Key_Delete), Key.CLEAR),
        (_event(Qt.Key.Key_Return), None),
        (_event(Qt.Key.Key_A, "a"), None),
        (_event(Qt.Key.Key_1, "1", Qt.KeyboardModifier.AltModifier), None),
        (_event(Qt.Key.Key_1, "1", Qt.KeyboardModifier.ControlModifier), None),
    ],
)
def test_the_keyboard_types_the_same_keys(event: QKeyEvent, key: Key | None) -> None:
    assert key_of(event) is key


def test_the_pad_takes_what_is_its_own_and_leaves_the_rest(pad: Keypad) -> None:
    heard = _pressed(pad)
    assert pad.take(_event(Qt.Key.Key_5, "5"))
    assert not pad.take(_event(Qt.Key.Key_Return))
    pad.setEnabled(False)
    assert not pad.take(_event(Qt.Key.Key_5, "5"))
    assert heard == [Key.N5]


def test_the_order_of_a_phone_puts_one_on_top(qapp: QApplication, pad: Keypad) -> None:
    assert pad.button(Key.N7).y() < pad.button(Key.N1).y()
    pad.set_phone_order(True)
    qapp.processEvents()
    assert pad.button(Key.N1).y() < pad.button(Key.N7).y() < pad.button(Key.ZEROS).y()


def test_every_key_has_a_name_in_the_language_of_the_moment(pad: Keypad) -> None:
    assert pad.button(Key.BACK).accessibleName() == "Xoá một số; giữ lâu để xoá hết"
    pad.set_texts(Texts(Language.EN))
    assert pad.button(Key.BACK).accessibleName() == "Delete a digit; hold to clear"
    assert pad.button(Key.ZEROS).accessibleName() == "Three zeros"


def test_a_pin_is_typed_by_keyboard_and_sent_once(pin: PinPad) -> None:
    sent: list[str] = []
    pin.submitted.connect(sent.append)
    QTest.keyClicks(_field(pin), "12345")
    QTest.keyClick(_field(pin), Qt.Key.Key_Backspace)
    assert pin.count == 4
    QTest.keyClick(_field(pin), Qt.Key.Key_Return)
    QTest.keyClick(_field(pin), Qt.Key.Key_Return)
    assert sent == ["1234"]
    assert pin.count == 0


def test_a_pin_of_three_digits_is_not_sent(pin: PinPad) -> None:
    sent: list[str] = []
    pin.submitted.connect(sent.append)
    QTest.keyClicks(_field(pin), "123")
    QTest.keyClick(_field(pin), Qt.Key.Key_Return)
    assert sent == []


def test_a_pin_stops_at_twelve_digits(pin: PinPad) -> None:
    QTest.keyClicks(_field(pin), "1234567890123")
    assert pin.count == 12


def test_a_pin_is_never_shown_or_said(pin: PinPad) -> None:
    QTest.keyClicks(_field(pin), "9876")
    assert _field(pin).accessibleName() == "Đã nhập 4 số"
    assert "9876" not in repr([child.property("text") for child in pin.findChildren(QPushButton)])


def test_a_wrong_pin_is_said_and_typing_starts_anew(pin: PinPad) -> None:
    QTest.keyClicks(_field(pin), "1234")
    pin.show_error("PIN không đúng")
    assert pin.count == 0


def test_a_locked_pad_takes_no_digit(pin: PinPad) -> None:
    one = next(key for key in pin.findChildren(QPushButton) if key.text() == "1")
    one.click()
    assert pin.count == 1
    pin.setEnabled(False)
    one.click()
    assert pin.count == 1
