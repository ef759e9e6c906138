"""The keyboard focus is a ring outside the widget; being chosen is a fill with a tick; neither looks like the other."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ui.dress import apply_theme
from ui.theme import Theme, ThemeName, current_theme
from ui.widgets.focus_ring import GAP, FocusRing
from ui.widgets.method_tile import MethodTile


class _Window(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("screen")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 20, 20, 20)
        row.setSpacing(24)
        self.cash = MethodTile("banknote", "Tiền mặt")
        self.code = MethodTile("qr-code", "VietQR")
        self.field = QLineEdit()
        for widget in (self.cash, self.code, self.field):
            row.addWidget(widget)


@pytest.fixture
def window(qtbot: QtBot) -> _Window:
    made = _Window()
    qtbot.addWidget(made)
    made.resize(640, 160)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def ring(qapp: QApplication) -> FocusRing:
    return FocusRing.follow(qapp)


def _around(window: _Window, tile: QWidget) -> str:
    """The colour just outside the middle of the tile's left edge, where the ring lies."""
    image = window.grab().toImage()
    return image.pixelColor(tile.x() - GAP - 1, tile.y() + tile.height() // 2).name()


def _inside(window: _Window, tile: QWidget) -> QImage:
    return window.grab(tile.geometry().adjusted(6, 6, -6, -6)).toImage()


def test_the_focused_tile_wears_a_ring_outside_its_edge(window: _Window, ring: FocusRing) -> None:
    window.cash.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.shown_around is window.cash
    assert _around(window, window.cash) == current_theme().colours.focus
    assert _around(window, window.code) == current_theme().colours.window


def test_choosing_changes_the_inside_and_focus_does_not(window: _Window) -> None:
    window.field.setFocus(Qt.FocusReason.TabFocusReason)
    plain = _inside(window, window.cash)
    window.cash.setFocus(Qt.FocusReason.TabFocusReason)
    focused = _inside(window, window.cash)
    window.field.setFocus(Qt.FocusReason.TabFocusReason)
    window.cash.setChecked(True)
    chosen = _inside(window, window.cash)
    assert focused == plain
    assert chosen != plain
    assert _around(window, window.cash) == current_theme().colours.window


def test_a_chosen_tile_carries_a_tick(window: _Window) -> None:
    window.cash.setChecked(True)
    image = window.grab(window.cash.geometry()).toImage()
    spot = image.pixelColor(image.width() - 19 - 9, 19).name()
    assert spot == current_theme().colours.primary


def test_the_ring_follows_the_tab_key_and_its_widget(window: _Window, ring: FocusRing) -> None:
    window.code.setChecked(True)
    window.code.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.code, Qt.Key.Key_Left)
    assert window.cash.isChecked()
    assert ring.shown_around is window.cash
    window.cash.hide()
    assert ring.shown_around is not window.cash


def test_a_press_of_the_mouse_leaves_no_ring(window: _Window, ring: FocusRing) -> None:
    window.field.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.mousePress(window.cash, Qt.MouseButton.LeftButton)
    assert ring.shown_around is None
    QTest.mouseRelease(window.cash, Qt.MouseButton.LeftButton)
    assert window.cash.isChecked()


def test_a_text_field_shows_focus_by_its_border(window: _Window, ring: FocusRing) -> None:
    window.field.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.shown_around is None
    image = window.grab(window.field.geometry()).toImage()
    assert image.pixelColor(1, image.height() // 2).name() == current_theme().colours.focus


def test_the_ring_outlives_a_window_that_is_closed(qtbot: QtBot, window: _Window, ring: FocusRing) -> None:
    other = _Window()
    other.show()
    other.activateWindow()
    other.cash.setFocus(Qt.FocusReason.TabFocusReason)
    other.close()
    other.deleteLater()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.field.setFocus(Qt.FocusReason.TabFocusReason)
    window.cash.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.shown_around is window.cash


def test_the_ring_takes_the_colour_of_another_theme(qapp: QApplication, window: _Window) -> None:
    window.cash.setFocus(Qt.FocusReason.TabFocusReason)
    apply_theme(qapp, Theme(ThemeName.CONTRAST))
    assert _around(window, window.cash) == current_theme().colours.focus


def test_a_tile_that_cannot_be_used_says_why(window: _Window) -> None:
    window.code.show_available(False, "cần mạng", "Hình thức này cần mạng")
    QTest.mouseClick(window.code, Qt.MouseButton.LeftButton)
    assert not window.code.isChecked()
    assert window.code.accessibleName() == "VietQR, cần mạng"
    assert window.code.toolTip() == "Hình thức này cần mạng"
