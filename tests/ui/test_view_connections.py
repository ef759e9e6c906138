"""The owner's connections as a window shows them: worked by keys, in both languages, and no secret left behind."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode, FailureCode
from domain.money import Language
from tests.fakes.shown_view import (
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_hub_desk import API_KEY, CODE, PIN
from tests.ui.hub_desk_stage import HubStage
from ui.dress import apply_theme
from ui.presenters.connections import Section
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.connections import ConnectionsView
from ui.widgets.table import DataTable

SMALL = (1024, 424)
"""What a screen of 1024x600 leaves below the choice between the parts of the settings."""

LEAST = (960, 384)
LARGE = (1294, 652)
NEEDLE = "planted-needle-0001"


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@dataclass
class Stage:
    """The part of the settings in a window of its own."""

    qtbot: QtBot
    language: Language = Language.VI
    hub: HubStage = field(default_factory=HubStage)
    window: QWidget = field(init=False)
    view: ConnectionsView = field(init=False)

    def show(self, size: tuple[int, int] = SMALL, section: Section = Section.PROVIDERS) -> "Stage":
        self.hub.shown.opened()
        self.hub.shown.show_section(section)
        self.view = ConnectionsView(self.hub.shown, Texts(self.language), self.hub.counter.clock)
        self.window = QWidget()
        column = QVBoxLayout(self.window)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        show_view(self.qtbot, self.window, size)
        return self

    def unlocked(self, size: tuple[int, int] = SMALL, section: Section = Section.PROVIDERS) -> "Stage":
        self.show(size, section)
        self.hub.shown.unlock()
        self.hub.shown.proofs.submit(PIN)
        self.come_back()
        return self

    def come_back(self) -> None:
        """Have the window that is in front now hold the keys: without a desktop nobody gives them back to it."""
        settle()
        front = self.front
        if not front.isActiveWindow():
            with self.qtbot.waitActive(front):
                front.activateWindow()
        settle()

    @property
    def focused(self) -> QWidget:
        """What has the keys."""
        self.come_back()
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def t(self, key: str, **facts: object) -> str:
        return Texts(self.language).t(key, **facts)

    def press(self, key: str, **facts: object) -> None:
        button_saying(self.front, self.t(key, **facts)).click()
        settle()

    def keys(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.focused, key)
            settle()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focused, text)
        settle()

    @property
    def front(self) -> QWidget:
        """The sheet in front, or the page."""
        sheets = [each for each in self.sheets() if each.isVisible()]
        return sheets[-1] if sheets else self.window

    def sheets(self) -> list[QDialog]:
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]

    def field(self, label: str) -> QLineEdit:
        found = [each for each in self.front.findChildren(QLineEdit) if each.accessibleName() == label]
        assert len(found) == 1, label
        return found[0]

    def everything(self) -> str:
        """All that any widget shows, names or could give back, whether it is visible or not."""
        told: list[str] = []
        for each in (self.window, *self.window.findChildren(QWidget)):
            told += [each.accessibleName(), each.accessibleDescription(), each.toolTip(), each.windowTitle()]
            if isinstance(each, (QLabel, QAbstractButton, QLineEdit)):
                told.append(each.text())
        return "\n".join(told)


def faults(view: QWidget) -> tuple[list[str], list[str], list[str]]:
    return too_small_or_nameless(view), cut_off(view), out_of_reach(view)


SOUND: tuple[list[str], list[str], list[str]] = ([], [], [])


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("section", Section)
def test_every_list_fits_and_can_be_worked(
    qtbot: QtBot, language: Language, section: Section, size: tuple[int, int]
) -> None:
    stage = Stage(qtbot, language).show(size, section)
    assert faults(stage.view) == SOUND
    stage.hub.shown.unlock()
    stage.hub.shown.proofs.submit(PIN)
    stage.come_back()
    assert faults(stage.view) == SOUND
    stage.hub.hear("offline")
    settle()
    assert faults(stage.view) == SOUND
    assert stage.t("connections.offline.title") in words_of(stage.view)


@pytest.mark.parametrize("size", [SMALL, LEAST, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("provider", ["sepay", "vnpay_qr_mms"])
def test_the_forms_fit_and_can_be_worked(
    qtbot: QtBot, language: Language, provider: str, size: tuple[int, int]
) -> None:
    stage = Stage(qtbot, language).unlocked(size)
    stage.hub.shown.providers.open_form(provider)
    settle()
    assert faults(stage.view) == SOUND
    stage.hub.shown.providers.save({})
    stage.hub.shown.providers.test()
    settle()
    assert faults(stage.view) == SOUND


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize(
    ("scale", "size"), [(TextScale.LARGE, SMALL), (TextScale.LARGEST, LEAST), (TextScale.LARGEST, LARGE)]
)
@pytest.mark.parametrize("language", Language)
def test_large_text_is_not_cut_off_in_any_palette(
    qtbot: QtBot, qapp: QApplication, theme: ThemeName, scale: TextScale, size: tuple[int, int], language: Language
) -> None:
    apply_theme(qapp, Theme(theme, scale, reduced_motion=True))
    stage = Stage(qtbot, language).unlocked(size)
    for section in Section:
        stage.hub.shown.show_section(section)
        settle()
        assert cut_off(stage.view) == []
    stage.hub.shown.show_section(Section.PROVIDERS)
    for provider in ("sepay", "vnpay_qr_mms"):
        stage.hub.shown.providers.open_form(provider)
        stage.hub.shown.providers.save({})
        settle()
        assert cut_off(stage.view) == []
        stage.hub.shown.providers.back()


@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("which", ["pin", "wrong", "code", "name", "key", "disconnect", "open", "shut", "revoke"])
def test_the_sheets_fit_into_the_smallest_window(
    qtbot: QtBot, qapp: QApplication, language: Language, which: str, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = Stage(qtbot, language)
    stage.hub.hub.open_payments = 3 if which == "open" else 0
    open_sheet(stage, which)
    sheet = stage.front
    assert isinstance(sheet, QDialog)
    assert too_small_or_nameless(sheet) == []
    assert cut_off(sheet) == []
    if which not in ("pin", "wrong"):  # the keys of a pad take no keys of the keyboard: digits are typed
        assert out_of_reach(sheet) == []
    card = sheet.findChild(QFrame, "card")
    assert isinstance(card, QFrame)
    assert card.height() <= 560


def open_sheet(stage: Stage, which: str) -> None:
    size = (960, 560)
    shown = stage.hub.shown
    if which in ("pin", "wrong"):
        stage.show(size)
        shown.unlock()
        if which == "wrong":
            stage.hub.hub.refuse("prove", ErrorCode.NET_UNREACHABLE)
            shown.proofs.submit(PIN)
    elif which in ("disconnect", "open"):
        stage.unlocked(size)
        shown.providers.open_form("sepay")
        shown.providers.ask_disconnect()
        if which == "open":
            shown.providers.confirm()
    elif which in ("code", "shut"):
        stage.unlocked(size, Section.TILLS)
        if which == "code":
            shown.tills.invite()
        else:
            shown.tills.choose(shown.tills.state.rows[1].device_id)
            shown.tills.ask_shut_out()
    else:
        stage.unlocked(size, Section.KEYS)
        if which == "revoke":
            shown.keys.choose("k-1")
            shown.keys.ask_revoke()
        else:
            shown.keys.begin()
            if which == "key":
                shown.keys.set_name("Web")
                shown.keys.make()
    settle()


def visible_labels(view: QWidget) -> list[QLabel]:
    return [each for each in view.findChildren(QLabel) if each.isVisible()]


# by keys alone


def test_a_provider_is_connected_tested_and_disconnected_by_keys_alone(qtbot: QtBot) -> None:
    stage = Stage(qtbot, Language.EN).show(LARGE)
    stage.view.setFocus()
    settle()
    stage.keys(Qt.Key.Key_Return)
    stage.type(PIN)
    stage.keys(Qt.Key.Key_Return)
    table = stage.focused
    assert isinstance(table, DataTable)
    stage.keys(Qt.Key.Key_Down, Qt.Key.Key_Return)
    for value in ("https://x.vn", "APP", "HOA MAI", "CODE1", "T1", "9999", NEEDLE, "planted-needle-0002"):
        focused = stage.focused
        assert isinstance(focused, QLineEdit)
        focused.selectAll()
        stage.type(value)
        if value != "planted-needle-0002":
            stage.keys(Qt.Key.Key_Tab)
    stage.keys(Qt.Key.Key_Return)
    assert stage.hub.hub.kept["vnpay_qr_mms"]["create_secret"] == NEEDLE
    test = button_saying(stage.view, stage.t("settings.test_connection"))
    test.setFocus()
    stage.keys(Qt.Key.Key_Space)
    assert stage.focused is test
    assert stage.t("connections.test.ok_text", provider="VNPAY‑QR") in words_of(stage.view)
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Space)
    sheet = stage.front
    assert isinstance(sheet, QDialog)
    safe = stage.focused
    assert isinstance(safe, QAbstractButton)
    assert safe.text() == stage.t("connections.disconnect.no")
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Return)
    assert not stage.hub.hub.shop_providers[1].connected
    assert isinstance(stage.focused, DataTable)


def test_escape_keeps_a_connection_and_escape_again_leaves_the_form(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    stage.hub.shown.providers.open_form("sepay")
    settle()
    stage.press("connections.disconnect")
    stage.keys(Qt.Key.Key_Escape)
    assert stage.hub.shown.providers.state.asking is None
    focused = stage.focused
    assert isinstance(focused, QAbstractButton)
    assert focused.text() == stage.t("connections.disconnect")
    stage.keys(Qt.Key.Key_Escape)
    assert stage.hub.shown.providers.state.chosen is None
    assert isinstance(stage.focused, DataTable)


def test_sections_are_turned_by_arrow_keys_and_ask_for_no_pin_by_themselves(qtbot: QtBot) -> None:
    stage = Stage(qtbot).show()
    button_saying(stage.view, stage.t("connections.section.providers")).setFocus()
    stage.keys(Qt.Key.Key_Right)
    assert stage.hub.shown.state.section is Section.TILLS
    assert stage.sheets() == []
    assert stage.hub.hub.calls == []


def test_a_till_is_let_in_and_another_shut_out_by_keys_alone(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.TILLS)
    invite = button_saying(stage.view, stage.t("connections.till.invite"))
    invite.setFocus()
    stage.keys(Qt.Key.Key_Return)
    assert CODE in words_of(stage.front)
    assert "30:00" in words_of(stage.front)
    stage.keys(Qt.Key.Key_Return)
    assert stage.sheets() == []
    assert stage.focused is invite
    table = next(each for each in stage.view.findChildren(DataTable) if each.isVisible())
    table.setFocus()
    stage.keys(Qt.Key.Key_Down)
    shut = button_saying(stage.view, stage.t("connections.till.shut_out"))
    shut.setFocus()
    stage.keys(Qt.Key.Key_Space, Qt.Key.Key_Tab, Qt.Key.Key_Return)
    assert stage.hub.hub.shop_tills[1].revoked_at is not None
    front: QWidget = stage.focused
    assert front is table


def test_a_code_that_is_over_leaves_the_screen(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.TILLS)
    stage.press("connections.till.invite")
    stage.hub.pass_ms(30 * 60_000)
    qtbot.waitUntil(lambda: stage.t("connections.till.code_over") in words_of(stage.front), timeout=2_000)
    assert CODE not in words_of(stage.front)
    stage.press("connections.till.another_code")
    assert CODE not in stage.everything() or CODE in words_of(stage.front)


def test_a_key_is_made_copied_and_gone_by_keys_alone(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.KEYS)
    button_saying(stage.view, stage.t("connections.key.make")).setFocus()
    stage.keys(Qt.Key.Key_Return)
    stage.type("Web")
    stage.keys(Qt.Key.Key_Return)
    assert stage.field(stage.t("connections.key.key")).text() == API_KEY
    assert stage.t("connections.key.once", name="Web") in words_of(stage.front)
    stage.keys(Qt.Key.Key_Return)
    assert stage.hub.copied == [API_KEY]
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Return)
    QApplication.sendPostedEvents()
    assert stage.sheets() == []
    assert API_KEY not in stage.everything()
    assert stage.hub.hub.shop_keys[-1].name == "Web"


def test_a_refused_name_is_told_on_its_sheet_and_stands(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.KEYS)
    stage.press("connections.key.make")
    stage.hub.hub.refuse("make_api_key", ErrorCode.NAME_INVALID)
    stage.type("Web")
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("error.NAME_INVALID.title") in words_of(stage.front)
    assert stage.field(stage.t("connections.key.name")).text() == "Web"
    assert stage.t("error.NAME_INVALID.title") not in [each.text() for each in visible_labels(stage.view)]


# secrets


def a_typed_secret(stage: Stage) -> QLineEdit:
    stage.hub.shown.providers.open_form("sepay")
    settle()
    secret = stage.field("Khóa bí mật webhook (hoặc API Key)")
    secret.setFocus()
    stage.type(NEEDLE)
    assert secret.text() == NEEDLE
    return secret


def test_a_secret_is_typed_as_dots_and_gone_once_it_was_saved(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    secret = a_typed_secret(stage)
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    assert NEEDLE not in secret.displayText()
    stage.keys(Qt.Key.Key_Return)
    assert NEEDLE not in stage.everything()
    assert "••••0001 · " in stage.everything()
    secret.undo()
    assert secret.text() == ""
    said = words_of(stage.view)
    assert stage.t("connections.rotated.title") in said
    assert "72 giờ" in said
    assert "24/11/2026" in said


@pytest.mark.parametrize("leave", ["escape", "section", "settings", "hide"])
def test_whoever_leaves_the_form_leaves_no_secret_behind(qtbot: QtBot, leave: str) -> None:
    stage = Stage(qtbot).unlocked()
    a_typed_secret(stage)
    if leave == "escape":
        stage.keys(Qt.Key.Key_Escape)
    elif leave == "section":
        stage.hub.shown.show_section(Section.TILLS)
    elif leave == "settings":
        stage.hub.shown.closed()
    else:
        stage.view.hide()
    settle()
    assert NEEDLE not in stage.everything()


def test_a_session_that_ended_loses_nothing_that_was_typed(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    secret = a_typed_secret(stage)
    stage.hub.hub.ended = True
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("connections.proof.ended") in words_of(stage.front)
    stage.keys(Qt.Key.Key_Escape)
    assert (secret.text(), stage.sheets(), stage.hub.hub.kept) == (NEEDLE, [], {})
    secret.setFocus()
    stage.keys(Qt.Key.Key_Return)
    stage.type(PIN)
    stage.keys(Qt.Key.Key_Return)
    assert stage.hub.hub.kept == {"sepay": {"webhook_secret": NEEDLE}}
    assert secret.text() == ""


def test_a_hub_that_is_away_loses_nothing_that_was_typed(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    secret = a_typed_secret(stage)
    stage.hub.hub.refuse("connect_provider", ErrorCode.NET_TIMEOUT)
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("connections.away.NET_TIMEOUT") in words_of(stage.view)
    stage.hub.hear("offline")
    assert not button_saying(stage.view, stage.t("common.save")).isEnabled()
    stage.hub.hear("online")
    settle()
    assert secret.text() == NEEDLE
    assert stage.t("connections.away.NET_TIMEOUT") not in words_of(stage.view)


def test_open_fields_that_were_typed_stand_while_the_list_is_read_again(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    stage.hub.shown.providers.open_form("sepay")
    settle()
    account = stage.field("Số tài khoản ngân hàng")
    account.selectAll()
    QTest.keyClicks(account, "999")
    choice = stage.view.findChild(QComboBox)
    assert isinstance(choice, QComboBox)
    choice.setCurrentText("apikey")
    stage.hub.shown.providers.refresh()
    settle()
    assert (account.text(), choice.currentText()) == ("999", "apikey")
    stage.press("common.save")
    assert stage.hub.hub.kept == {"sepay": {"account_number": "999", "auth": "apikey"}}


def test_a_missing_field_is_marked_and_gets_the_keys(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    stage.hub.shown.providers.open_form("vnpay_qr_mms")
    settle()
    stage.press("connections.connect")
    assert stage.t("common.required") in words_of(stage.view)
    focused = stage.focused
    assert focused is stage.field("Mã ứng dụng (appId)")
    assert focused.property("invalid") == "true"


@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (FailureCode.CREDENTIALS_REJECTED, "connections.test.failed_title"),
        (FailureCode.PROVIDER_UNAVAILABLE, "connections.test.silent_title"),
    ],
)
def test_a_failed_test_says_what_it_means(qtbot: QtBot, failure: FailureCode, key: str) -> None:
    stage = Stage(qtbot).unlocked()
    stage.hub.hub.failure = failure
    stage.hub.shown.providers.open_form("sepay")
    settle()
    stage.press("settings.test_connection")
    assert stage.t(key, provider="SePay") in words_of(stage.view)


def test_a_wrong_pin_and_a_lock_are_told_on_the_sheet(qtbot: QtBot) -> None:
    stage = Stage(qtbot).show()
    stage.hub.shown.unlock()
    settle()
    stage.type("000000")
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("pin.wrong") in words_of(stage.front)
    stage.hub.hub.refuse("prove", ErrorCode.PIN_LOCKED, seconds=30)
    stage.type(PIN)
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("lock.closed", seconds=30) in words_of(stage.front)
    stage.hub.pass_ms(30_000)
    settle()
    stage.type(PIN)
    stage.keys(Qt.Key.Key_Return)
    assert stage.sheets() == []
    assert stage.hub.shown.providers.state.loaded


def test_a_slow_hub_is_seen(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked()
    bar = stage.view.findChild(QProgressBar)
    assert isinstance(bar, QProgressBar)
    assert not bar.isVisible()
    stage.hub.counter.work.held = True
    stage.hub.shown.providers.refresh()
    stage.hub.pass_ms(500)
    assert bar.isVisible()
    stage.hub.counter.work.release()
    assert not bar.isVisible()
