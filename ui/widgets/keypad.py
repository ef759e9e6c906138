"""The number pad on the screen, which answers the number keys of the keyboard with the same signal."""

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from ui.amount_entry import Key
from ui.icons import icon
from ui.texts import Texts
from ui.theme import KEY_TARGET, Space, current_theme

LONG_PRESS_MS: Final = 600
_FLASH_MS: Final = 90
_ICON: Final = 28

_COMPUTER: Final = (
    (Key.N7, Key.N8, Key.N9),
    (Key.N4, Key.N5, Key.N6),
    (Key.N1, Key.N2, Key.N3),
    (Key.ZEROS, Key.N0, Key.BACK),
)
_PHONE: Final = (_COMPUTER[2], _COMPUTER[1], _COMPUTER[0], _COMPUTER[3])

_BY_CODE: Final = {
    Qt.Key.Key_Backspace: Key.BACK,
    Qt.Key.Key_Delete: Key.CLEAR,
    Qt.Key.Key_Period: Key.ZEROS,
    Qt.Key.Key_Comma: Key.ZEROS,
    Qt.Key.Key_Plus: Key.PLUS,
}


def key_of(event: QKeyEvent) -> Key | None:
    """Return the number-pad key that a key of the keyboard stands for; `.` and `,` type 000 (VND has no decimals)."""
    plain = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
    if plain != Qt.KeyboardModifier.NoModifier:
        return None
    if event.text() and event.text() in "0123456789":
        return Key(event.text())
    return _BY_CODE.get(Qt.Key(event.key()))


class PadKey(QPushButton):
    """One key of a pad: takes no focus, so that Enter never presses a digit again."""

    def __init__(self, words: str, icon_name: str = "", kind: str = "key", parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._icon_name = icon_name
        self._icon_colour = "primary" if kind == "enter" else "ink"
        self.setProperty("kind", kind)
        self.setProperty("ring_radius", 14)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(KEY_TARGET, KEY_TARGET)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setIconSize(QSize(_ICON, _ICON))
        self._draw_icon()

    def flash(self) -> None:
        """Look pressed for a moment, to answer a key of the keyboard."""
        self.setDown(True)
        QTimer.singleShot(_FLASH_MS, self, self._release)

    def sizeHint(self) -> QSize:
        return QSize(96, 76)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw_icon()

    def _release(self) -> None:
        self.setDown(False)

    def _draw_icon(self) -> None:
        if self._icon_name:
            colours = current_theme().colours
            self.setIcon(icon(self._icon_name, getattr(colours, self._icon_colour), _ICON, colours.disabled))


class Keypad(QWidget):
    """Twelve keys of 64 px, less in a low window: 7-8-9 on top like a computer's, or 1-2-3 on top like a phone's.

    Signals: `pressed(Key)` for each key; holding ⌫ for 600 ms sends Key.CLEAR instead of Key.BACK. The pad takes no
    focus: the view passes its key events to `take`.
    """

    pressed = Signal(object)

    def __init__(self, texts: Texts, phone_order: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.S)
        self._keys: dict[Key, PadKey] = {}
        for row in _COMPUTER:
            for key in row:
                self._keys[key] = self._made(key)
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(LONG_PRESS_MS)
        self._hold.timeout.connect(self._held)
        back = self._keys[Key.BACK]
        back.pressed.connect(self._hold.start)
        back.released.connect(self._hold.stop)
        self._cleared = False
        self.set_texts(texts)
        self.set_phone_order(phone_order)

    def set_texts(self, texts: Texts) -> None:
        """Name the pad and its keys in another language."""
        self.setAccessibleName(texts.t("keypad.name"))
        for key, button in self._keys.items():
            button.setAccessibleName(_name(key, texts))
        self._keys[Key.BACK].setToolTip(texts.t("keypad.delete"))

    def set_phone_order(self, phone_order: bool) -> None:
        """Lay 1-2-3 on top (True) or 7-8-9 (False)."""
        for r, row in enumerate(_PHONE if phone_order else _COMPUTER):
            for c, key in enumerate(row):
                self._grid.addWidget(self._keys[key], r, c)

    def take(self, event: QKeyEvent) -> bool:
        """Treat a key event of the view as a press; return whether the key belongs to the pad."""
        key = key_of(event)
        if key is None or not self.isEnabled():
            return False
        if key in self._keys:
            self._keys[key].flash()
        self.pressed.emit(key)
        return True

    def button(self, key: Key) -> QPushButton:
        """The button of `key`; PLUS and CLEAR have none of their own."""
        return self._keys[key]

    def _made(self, key: Key) -> PadKey:
        made = PadKey("" if key is Key.BACK else key.value, "delete" if key is Key.BACK else "")
        made.setProperty("yields", "true")  # low keys that are whole, rather than high ones over each other
        if key is Key.BACK:
            made.clicked.connect(self._back_clicked)
        else:
            made.clicked.connect(lambda _checked=False, key=key: self.pressed.emit(key))
        return made

    def _held(self) -> None:
        self._cleared = True
        self.pressed.emit(Key.CLEAR)

    def _back_clicked(self) -> None:
        if not self._cleared:
            self.pressed.emit(Key.BACK)
        self._cleared = False


def _name(key: Key, texts: Texts) -> str:
    if key is Key.BACK:
        return texts.t("keypad.delete")
    if key is Key.ZEROS:
        return texts.t("keypad.thousand")
    return texts.t("keypad.digit", digit=key.value)
