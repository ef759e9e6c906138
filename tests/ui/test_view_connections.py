"""The owner's connections as a window shows them: worked by keys, in both languages, and no secret left behind."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QProgressBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode, FailureCode
from domain.ids import Instant
from domain.money import Language
from domain.other_systems import HOOK_EVENTS, Scope
from tests.fakes.attached_window import Seat
from tests.fakes.shown_view import (
    button_saying,
    cut_off,
    settle,
    words_of,
)
from tests.fakes.small_hub_desk import (
    API_KEY,
    CODE,
    HOOK,
    HOOK_SECRET,
    KEYS,
    OVERLAP_MS,
    PIN,
    SEPAY,
    VNPAY,
    SmallHubDesk,
)
from tests.fakes.small_shop import NOON, OWNER
from tests.ui.connections_seat import ACTS, LARGE, NEEDLE, SOUND, Stage, faults, visible_labels
from ui.dress import apply_theme
from ui.presenters.connections import Section
from ui.presenters.hub_desk import Proof
from ui.presenters.key_hook import HookQuestion
from ui.presenters.settings import Part
from ui.presenters.shell import Page
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.hook_words import answer_words, hook_look, hook_sentence
from ui.widgets.table import DataTable
from ui.widgets.tones import Tone

PASSWORD = QLineEdit.EchoMode.Password


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


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
    fields = [each for each in stage.view.findChildren(QLineEdit) if each.isVisible()]
    fields[-1].setFocus()
    stage.keys(Qt.Key.Key_Tab)
    assert stage.focused is button_saying(stage.view, stage.t("common.save"))
    stage.keys(Qt.Key.Key_Tab)
    test = button_saying(stage.view, stage.t("settings.test_connection"))
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
    for section in (Section.ROUTES, Section.TERMS, Section.STATEMENTS, Section.TILLS):
        stage.keys(Qt.Key.Key_Right)
        assert stage.hub.shown.state.section is section
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
    assert stage.hub.shown.keys.state.made is None, "a key that opens nothing is not made"
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_Return)
    assert stage.hub.hub.shop_keys[-1].scopes == (Scope.CHECKOUTS_READ,)
    assert stage.field(stage.t("connections.key.key")).text() == API_KEY
    assert stage.t("connections.key.once", name="Web") in words_of(stage.front)
    stage.keys(Qt.Key.Key_Return)
    assert stage.hub.copied == [API_KEY]
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Return)
    QApplication.sendPostedEvents()
    assert stage.sheets() == []
    assert API_KEY not in stage.everything()
    assert stage.hub.hub.shop_keys[-1].name == "Web"


def test_the_page_says_what_the_chosen_key_opens_and_where_its_system_hears(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.KEYS)
    keys = stage.hub.shown.keys
    keys.choose("k-2")
    assert "shop.example" not in stage.everything()
    keys.choose("k-1")
    told = stage.everything()
    assert stage.t("connections.scope.checkouts:read") in told
    assert stage.t("connections.hook.stands", waiting=2, given_up=1) in told
    assert HOOK.url not in told, "the page names the host alone"


def test_how_a_webhook_stands_is_told_by_word_icon_and_tone() -> None:
    texts = Texts(Language.EN)
    looks = [
        hook_look(replace(KEYS[0], hook=hook), texts)
        for hook in (None, replace(HOOK, answer="http_204"), HOOK, replace(HOOK, off_at=NOON))
    ]
    assert [look.tone for look in looks] == [Tone.NEUTRAL, Tone.OK, Tone.WARN, Tone.ERR]
    assert len({look.text for look in looks}) == len({look.icon for look in looks}) == 4
    assert "410" in hook_sentence(replace(HOOK, off_at=NOON), texts)
    answers = ("http_500", "timeout", "network_error", "key_missing", "sending", "removed")
    assert len({answer_words(note, texts) for note in answers}) == len(answers)


def test_a_webhook_is_set_tried_told_again_renewed_and_ended_by_keys_alone(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(LARGE, section=Section.KEYS)
    hub, hooks = stage.hub.hub, stage.hub.shown.keys.hooks
    hub.drop_hook(Proof(OWNER.user_id, "token-1"), "k-1")
    stage.hub.shown.keys.refresh()
    stage.hub.shown.keys.choose("k-1")
    button_saying(stage.view, stage.t("connections.key.hook")).setFocus()
    stage.keys(Qt.Key.Key_Return)
    stage.type("https://shop.example/x")
    hub.refuse("set_hook", ErrorCode.HOOK_INVALID, field="url")
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("error.HOOK_INVALID.title") in words_of(stage.front)
    assert stage.field(stage.t("connections.hook.url")).text() == "https://shop.example/x"
    stage.field(stage.t("connections.hook.url")).setFocus()
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_Return)
    assert stage.field(stage.t("connections.hook.secret")).text() == HOOK_SECRET
    stage.keys(Qt.Key.Key_Return)
    assert stage.hub.copied == [HOOK_SECRET]
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Return)
    assert HOOK_SECRET not in stage.everything() + str(hooks.state)
    assert hooks.state.hook is not None
    assert hooks.state.hook.events == HOOK_EVENTS[1:]
    hub.answer = "http_500"
    button_saying(stage.front, stage.t("connections.hook.try")).setFocus()
    stage.keys(Qt.Key.Key_Space)
    assert stage.t("connections.hook.tried_failed") in words_of(stage.front)
    [table] = stage.front.findChildren(DataTable)
    hub.answer = "http_204"
    table.go_to(2)
    table.setFocus()
    stage.keys(Qt.Key.Key_Return)
    assert stage.t("connections.hook.tried_ok") in words_of(stage.front)
    assert (hub.shop_news[0].id, hub.shop_news[0].state) == ("msg_2", "delivered")
    stage.press("connections.hook.renew")
    stage.keys(Qt.Key.Key_Escape)
    assert "set_hook" not in hub.calls[-2:], "Esc keeps the secret"
    stage.press("connections.hook.renew")
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Return)
    assert stage.field(stage.t("connections.hook.secret")).text() == HOOK_SECRET
    stage.keys(Qt.Key.Key_Escape)
    assert stage.t("connections.hook.old", until=Instant(NOON + OVERLAP_MS)) in words_of(stage.front)
    stage.press("connections.hook.end")
    stage.keys(Qt.Key.Key_Tab, Qt.Key.Key_Return)
    assert (stage.sheets(), hub.shop_keys[0].hook) == ([], None)


@pytest.mark.parametrize(("language", "scale"), [(Language.VI, TextScale.LARGEST), (Language.EN, TextScale.NORMAL)])
def test_every_step_of_the_webhooks_sheet_fits_the_lowest_window(
    qtbot: QtBot, qapp: QApplication, language: Language, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = Stage(qtbot, language).unlocked((960, 560), Section.KEYS)
    keys = stage.hub.shown.keys
    keys.begin()
    settle()
    assert faults(stage.front) == SOUND
    keys.end()
    keys.choose("k-1")
    keys.open_hook()
    settle()
    for step in (lambda: None, lambda: keys.hooks.ask(HookQuestion.RENEW), keys.hooks.confirm, keys.hooks.change):
        step()
        settle()
        stage.come_back()
        assert faults(stage.front) == SOUND


def test_a_sheet_that_was_left_while_its_key_is_made_comes_back_with_the_key(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.KEYS)
    stage.press("connections.key.make")
    stage.type("Web")
    stage.hub.shown.keys.set_scope(Scope.EVENTS_WRITE, True)
    stage.hub.counter.work.held = True
    stage.keys(Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert stage.front is stage.window
    stage.hub.counter.work.release()
    stage.come_back()
    assert stage.field(stage.t("connections.key.key")).text() == API_KEY


def test_a_refused_name_is_told_on_its_sheet_and_stands(qtbot: QtBot) -> None:
    stage = Stage(qtbot).unlocked(section=Section.KEYS)
    stage.press("connections.key.make")
    stage.hub.shown.keys.set_scope(Scope.EVENTS_WRITE, True)
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
    choice.setCurrentIndex(choice.findData("apikey"))
    stage.hub.shown.providers.refresh()
    settle()
    assert (account.text(), choice.currentText()) == ("999", "API Key")
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


def test_secrets_that_do_not_open_can_only_be_disconnected(qtbot: QtBot) -> None:
    stage = Stage(qtbot)
    stage.hub.hub.shop_providers = (replace(SEPAY, problem=ErrorCode.CREDENTIALS_TAMPERED), VNPAY)
    stage.unlocked()
    stage.hub.shown.providers.open_form("sepay")
    settle()
    said = words_of(stage.view)
    assert stage.t("connections.state.unreadable") in said
    assert stage.t("error.CREDENTIALS_TAMPERED.title") in said
    ready = {key: button_saying(stage.view, stage.t(key)).isEnabled() for key in ACTS}
    assert ready == {"common.save": False, "settings.test_connection": False, "connections.disconnect": True}
    assert cut_off(stage.view) == []


def test_a_provider_of_another_currency_says_so_and_cannot_be_connected(qtbot: QtBot) -> None:
    stage = Stage(qtbot)
    stage.hub.hub.shop_providers = (SEPAY, replace(VNPAY, usable=False))
    stage.unlocked()
    stage.hub.shown.providers.open_form("vnpay_qr_mms")
    settle()
    assert stage.t("connections.unusable", provider="VNPAY‑QR", currency="VND") in words_of(stage.view)
    assert not button_saying(stage.view, stage.t("connections.connect")).isEnabled()
    assert not [each for each in stage.view.findChildren(QLineEdit) if each.isVisible() and each.isEnabled()]


def test_a_form_that_is_opened_later_still_tells_of_the_old_secret(qtbot: QtBot) -> None:
    stage = Stage(qtbot)
    stage.hub.hub.shop_providers = (replace(SEPAY, overlap_until=NOON), VNPAY)
    stage.unlocked()
    stage.hub.shown.providers.open_form("sepay")
    settle()
    assert stage.t("connections.overlap", at=NOON) in words_of(stage.view)
    stage.hub.shown.providers.back()
    stage.hub.shown.providers.open_form("vnpay_qr_mms")
    settle()
    assert stage.t("connections.overlap", at=NOON) not in words_of(stage.view)


def test_a_hub_that_was_asked_too_often_is_not_told_as_away(qtbot: QtBot) -> None:
    stage = Stage(qtbot)
    stage.hub.hub.refuse("providers", ErrorCode.NET_UNREACHABLE, reason="http_429")
    stage.unlocked()
    assert stage.t("connections.away.busy") in words_of(stage.view)


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


# in the till's window


def test_a_till_that_is_locked_forgets_the_secret_and_the_proof_and_gives_nobody_else_the_list(qtbot: QtBot) -> None:
    hub = SmallHubDesk()
    seat = Seat(qtbot, hub=hub).attach().sign_in()
    seat.screens.shell.go(Page.SETTINGS)
    seat.screens.settings.show_part(Part.CONNECTIONS)
    shown = seat.screens.settings.connections
    shown.unlock()
    shown.proofs.submit(PIN)
    shown.providers.open_form("sepay")
    seat.settle()
    field = next(each for each in seat.window.findChildren(QLineEdit) if each.echoMode() is PASSWORD)
    field.setText(NEEDLE)
    seat.screens.shell.lock()
    seat.settle()
    assert NEEDLE not in [each.text() for each in seat.window.findChildren(QLineEdit)]
    assert (hub.withdrawn, shown.proofs.proved) == (["token-1"], False)
    seat.sign_in()
    assert shown.providers.state.chosen == "sepay", "the form stands for who opened it, without the secret"
    shown.providers.test()
    assert shown.proofs.state.asked, "what asks the hub wants the PIN once more"
    seat.screens.shell.lock()
    seat.sign_in("Lan")
    assert (shown.providers.state.rows, NEEDLE in words_of(seat.window)) == ((), False)
    seat.screens.shell.lock()
    seat.sign_in()
    seat.screens.shell.go(Page.SETTINGS)
    seat.screens.settings.show_part(Part.CONNECTIONS)
    seat.settle()
    assert Texts(Language.VI).t("connections.gate.enter") in words_of(seat.window)


def test_a_lock_while_the_pin_is_asked_takes_the_sheet_away(qtbot: QtBot) -> None:
    seat = Seat(qtbot, hub=SmallHubDesk()).attach().sign_in()
    seat.screens.shell.go(Page.SETTINGS)
    seat.screens.settings.show_part(Part.CONNECTIONS)
    seat.screens.settings.connections.unlock()
    seat.settle()
    seat.screens.shell.lock()
    seat.settle()
    assert [each for each in seat.window.findChildren(QDialog) if each.isVisible()] == []
    assert not seat.screens.settings.connections.proofs.state.asked


def test_a_cashier_finds_no_connections_in_the_settings(qtbot: QtBot) -> None:
    seat = Seat(qtbot, hub=SmallHubDesk()).attach().sign_in("Lan")
    seat.screens.shell.go(Page.SETTINGS)
    seat.screens.settings.show_part(Part.CONNECTIONS)
    seat.settle()
    assert seat.screens.settings.state.part is Part.TILL
    assert Texts(Language.VI).t("book_settings.part.connections") not in words_of(seat.window)
