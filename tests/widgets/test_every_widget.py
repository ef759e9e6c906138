"""What holds for every widget: a name, room for a finger, live change of theme, and a place at 1024x600."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from domain.money import Language
from scripts.gallery import charge_screen, paid_part, parts_screen, pending_part, pin_screen, short_part
from ui.dress import apply_theme
from ui.texts import Texts
from ui.theme import TARGET, TextScale, Theme, ThemeName, current_theme
from ui.widgets.badge import Badge, BadgeLook
from ui.widgets.countdown import Countdown
from ui.widgets.method_tile import MethodTile
from ui.widgets.qr_view import QrView
from ui.widgets.tones import Tone

SCREENS: dict[str, Callable[[Texts], QWidget]] = {
    "pending": lambda texts: charge_screen(texts, pending_part, narrow=True),
    "change": lambda texts: charge_screen(texts, lambda t: paid_part(t, True), narrow=True),
    "short": lambda texts: charge_screen(texts, short_part, narrow=True),
    "wide": lambda texts: charge_screen(texts, pending_part, narrow=False),
    "parts": parts_screen,
    "pin": pin_screen,
}
SMALL = ("pending", "change", "short", "pin")


def _shown(qtbot: QtBot, qapp: QApplication, name: str, language: Language, size: tuple[int, int]) -> QWidget:
    screen = SCREENS[name](Texts(language))
    qtbot.addWidget(screen)
    screen.resize(*size)
    screen.show()
    qapp.processEvents()
    return screen


def _image(widget: QWidget) -> QImage:
    return widget.grab().toImage()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SCREENS)
def test_everything_that_is_pressed_has_a_name_and_room_for_a_finger(
    qtbot: QtBot, qapp: QApplication, name: str, language: Language
) -> None:
    screen = _shown(qtbot, qapp, name, language, (1366, 768))
    pressed = [button for button in screen.findChildren(QAbstractButton) if button.isVisibleTo(screen)]
    assert pressed
    for button in pressed:
        assert button.accessibleName() or button.text(), button
        assert button.height() >= TARGET, (button, button.text())
        assert button.width() >= TARGET, (button, button.text())


@pytest.mark.parametrize("name", SCREENS)
def test_fields_are_high_enough_for_a_finger(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    screen = _shown(qtbot, qapp, name, Language.VI, (1366, 768))
    for field in (*screen.findChildren(QLineEdit), *screen.findChildren(QComboBox)):
        if field.parentWidget() is screen or field.objectName() != "qt_spinbox_lineedit":
            assert field.height() >= TARGET


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SMALL)
def test_a_screen_fits_the_smallest_display(qtbot: QtBot, qapp: QApplication, name: str, language: Language) -> None:
    screen = _shown(qtbot, qapp, name, language, (1024, 600))
    assert (screen.width(), screen.height()) == (1024, 600)


@pytest.mark.parametrize("scale", TextScale)
def test_large_text_grows_no_screen_wider_than_full_hd(qtbot: QtBot, qapp: QApplication, scale: TextScale) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    for name in ("wide", "parts"):
        screen = _shown(qtbot, qapp, name, Language.VI, (1920, 1080))
        assert (screen.width(), screen.height()) == (1920, 1080)


def test_a_change_of_theme_repaints_everything_at_once(qtbot: QtBot, qapp: QApplication) -> None:
    screen = _shown(qtbot, qapp, "wide", Language.VI, (1366, 768))
    light = _image(screen)
    apply_theme(qapp, Theme(ThemeName.DARK, reduced_motion=True))
    qapp.processEvents()
    dark = _image(screen)
    assert dark.pixelColor(2, 760).name() == current_theme().colours.window
    bright = [
        (x, y)
        for x in range(0, 1366, 7)
        for y in range(0, 768, 7)
        if light.pixelColor(x, y).name() == "#ffffff" == dark.pixelColor(x, y).name()
    ]
    code = screen.findChildren(QrView)[0]
    paper = code.rect().translated(code.mapTo(screen, code.rect().topLeft()))
    assert [spot for spot in bright if not paper.contains(*spot)] == []
    apply_theme(qapp, Theme(reduced_motion=True))
    qapp.processEvents()
    assert _image(screen) == light


def test_icons_of_buttons_take_the_colours_of_another_theme(qtbot: QtBot, qapp: QApplication) -> None:
    screen = _shown(qtbot, qapp, "pin", Language.VI, (1024, 600))
    keys = [button for button in screen.findChildren(QAbstractButton) if not button.text()]
    before = [button.icon().cacheKey() for button in keys]
    apply_theme(qapp, Theme(ThemeName.DARK, reduced_motion=True))
    assert all(a != b.icon().cacheKey() for a, b in zip(before, keys, strict=True))


@pytest.mark.parametrize(
    ("make", "role"),
    [
        (lambda: MethodTile("banknote", "Tiền mặt"), QAccessible.Role.RadioButton),
        (lambda: Badge(BadgeLook(Tone.OK, "Đã thanh toán")), QAccessible.Role.StaticText),
    ],
)
def test_painted_widgets_have_a_role_and_a_name(
    qtbot: QtBot, make: Callable[[], QWidget], role: QAccessible.Role
) -> None:
    widget = make()
    qtbot.addWidget(widget)
    told = QAccessible.queryAccessibleInterface(widget)
    assert told.role() == role
    assert told.text(QAccessible.Text.Name)


def test_a_code_is_a_picture_and_a_countdown_is_text_to_a_screen_reader(qtbot: QtBot, qapp: QApplication) -> None:
    screen = _shown(qtbot, qapp, "pending", Language.VI, (1024, 600))
    code, countdown = screen.findChildren(QrView)[0], screen.findChildren(Countdown)[0]
    assert QAccessible.queryAccessibleInterface(code).role() == QAccessible.Role.Graphic
    assert QAccessible.queryAccessibleInterface(countdown).role() == QAccessible.Role.StaticText


def test_words_are_never_read_as_html(qtbot: QtBot, qapp: QApplication) -> None:
    from ui.widgets.surfaces import label

    made = label("<b>125.000</b>")
    qtbot.addWidget(made)
    assert made.textFormat() == Qt.TextFormat.PlainText
