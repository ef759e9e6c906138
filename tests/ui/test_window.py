"""The window as a person meets it: there before the shop, locked, worked by keys, rebuilt in another language."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from domain.payments import PaymentStatus
from domain.rails import Method
from domain.rows import UnsentRow
from tests.fakes.attached_window import Seat
from tests.fakes.recording_view import FixedSync
from ui.clipboard import copy_secret
from ui.dress import apply_theme
from ui.key_map import KEY_MAP
from ui.presenters.charge_state import Stage
from ui.presenters.preferences import Preferences, TextSize, ThemeChoice
from ui.presenters.shell import Page
from ui.sound import Sound, SoundState
from ui.texts import Texts
from ui.theme import Theme, ThemeName, current_theme
from ui.views.categories_form import CategorySheet
from ui.views.charge import ChargeView
from ui.views.open_wallet import OpenWalletSheet
from ui.views.payments import PaymentsView
from ui.views.settings import SettingsView
from ui.views.sign_in import SignInView
from ui.widgets.dialogs import ChooseDialog

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def seat(qtbot: QtBot) -> Seat:
    return Seat(qtbot).attach().sign_in()


def words(seat: Seat) -> str:
    """Everything the window says."""
    return "\n".join(part.text() for part in seat.window.findChildren(QLabel) if part.isVisible())


# before the shop is open


def test_the_window_is_there_before_the_shop(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    assert "BANA Till" in words(seat)
    assert seat.window.screens is None


def test_a_slow_start_says_what_it_is_doing(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    assert "Đang kiểm tra sổ" not in words(seat)
    qtbot.wait(550)
    assert "Đang kiểm tra sổ" in words(seat)


def test_a_shop_that_cannot_be_opened_says_why_and_what_to_do(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    tried: list[bool] = []
    seat.window.show_problem(StorageUnavailable(ErrorCode.KEY_MISSING), lambda: tried.append(True))
    seat.settle()
    said = words(seat)
    assert "KEY_MISSING" in said
    assert "Không tìm thấy khoá dữ liệu" in said
    again = next(button for button in seat.window.findChildren(QPushButton) if button.text() == "Thử lại")
    again.click()
    assert tried == [True]


# the lock


def test_the_till_opens_with_a_pin_typed_on_the_keyboard(qtbot: QtBot) -> None:
    seat = Seat(qtbot).attach()
    assert isinstance(seat.window.centralWidget(), SignInView)
    seat.press(Qt.Key.Key_Return)
    seat.type("1234")
    seat.press(Qt.Key.Key_Return)
    assert isinstance(seat.page, ChargeView)
    assert "Mai" in words(seat)


def test_ctrl_l_locks_and_the_shortcuts_of_the_screens_are_dead(seat: Seat) -> None:
    seat.press(Qt.Key.Key_L, modifier=CTRL)
    assert isinstance(seat.window.centralWidget(), SignInView)
    seat.press(Qt.Key.Key_2, modifier=CTRL)
    seat.press(Qt.Key.Key_F9)
    assert isinstance(seat.window.centralWidget(), SignInView)
    assert seat.screens.desk.actor is None


def test_a_till_that_nobody_touches_locks_itself(seat: Seat) -> None:
    seat.clock.pass_ms(14 * 60_000)
    seat.screens.shell.tick()
    assert not seat.screens.shell.state.locked
    seat.press(Qt.Key.Key_1)
    seat.clock.pass_ms(2 * 60_000)
    seat.screens.shell.tick()
    assert not seat.screens.shell.state.locked
    seat.clock.pass_ms(14 * 60_000)
    seat.screens.shell.tick()
    assert seat.screens.shell.state.locked


def test_whoever_types_on_a_sheet_is_there(seat: Seat) -> None:
    seat.work.queries.unsent_rows = (UnsentRow("payment", 1, 0),)
    seat.window.close()
    seat.settle()
    sheet = seat.window.findChild(QDialog)
    assert sheet is not None
    handle = sheet.windowHandle()
    assert handle is not None
    seat.clock.pass_ms(14 * 60_000)
    QTest.keyClick(handle, Qt.Key.Key_Tab)
    seat.settle()
    seat.clock.pass_ms(2 * 60_000)
    seat.screens.shell.tick()
    assert not seat.screens.shell.state.locked


def test_a_till_with_a_payment_under_way_stays_open(seat: Seat) -> None:
    seat.type("5000")
    seat.press(Qt.Key.Key_F9)
    seat.clock.pass_ms(60 * 60_000)
    seat.screens.shell.tick()
    assert not seat.screens.shell.state.locked


def test_money_that_comes_while_the_till_is_locked_is_still_told(seat: Seat, qtbot: QtBot) -> None:
    seat.type("5000")
    seat.press(Qt.Key.Key_Return)
    payment = seat.screens.charge.state.payment
    assert payment is not None
    seat.press(Qt.Key.Key_L, modifier=CTRL)
    seat.bridge.publish(seat.shop.hear_paid(payment.id))
    qtbot.waitUntil(lambda: bool(seat.sounds.played), timeout=1000)
    assert seat.sounds.played == [Sound.PAID]
    seat.sign_in()
    assert isinstance(seat.page, ChargeView)


# the counter by keyboard


def test_a_payment_takes_digits_and_one_key(seat: Seat) -> None:
    seat.type("125")
    seat.press(Qt.Key.Key_Period)
    assert seat.screens.charge.state.amount_minor == 125_000
    seat.press(Qt.Key.Key_Return)
    assert seat.screens.charge.state.stage is Stage.WAITING
    assert "BANA 01A 000001" in words(seat)


def test_alt_and_a_digit_choose_the_method(seat: Seat) -> None:
    seat.press(Qt.Key.Key_1, modifier=ALT)
    assert seat.screens.charge.state.method is Method.CASH
    seat.press(Qt.Key.Key_3, modifier=ALT)
    assert seat.screens.charge.state.method is Method.VNPAY_QR
    assert seat.screens.charge.state.amount_minor == 0


def test_a_digit_counts_before_the_f9_that_follows_it_at_once(seat: Seat) -> None:
    handle = seat.window.windowHandle()
    seat.type("12500")
    seat.qtbot.keyClick(handle, "0")
    seat.qtbot.keyClick(handle, Qt.Key.Key_F9)
    seat.settle()
    assert seat.screens.charge.state.amount_minor == 125_000
    assert seat.screens.charge.state.stage is Stage.WAITING


def test_esc_asks_and_esc_again_goes_on_waiting(seat: Seat) -> None:
    seat.type("5000")
    seat.press(Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert "Huỷ khoản đang chờ?" in words(seat)
    seat.press(Qt.Key.Key_Escape)
    assert not seat.screens.charge.state.asking_cancel
    assert seat.screens.charge.state.stage is Stage.WAITING


def test_pasted_money_is_read(seat: Seat) -> None:
    QApplication.clipboard().setText("1.250.000 đ")
    seat.press(Qt.Key.Key_V, modifier=CTRL)
    assert seat.screens.charge.state.amount_minor == 1_250_000


@pytest.mark.parametrize("leave", ["lock", "close"])
def test_a_secret_that_was_copied_leaves_the_clipboard_with_its_person(seat: Seat, leave: str) -> None:
    seat.screens.settings.connections.keys._copy("bana_needle-9107")
    assert QApplication.clipboard().text() == "bana_needle-9107"
    if leave == "lock":
        seat.screens.shell.lock()
    else:
        seat.window.leave()
    seat.settle()
    assert QApplication.clipboard().text() == ""


def test_what_was_copied_after_a_secret_stays_on_the_clipboard(seat: Seat) -> None:
    copy_secret("bana_needle-9107")
    QApplication.clipboard().setText("1.250.000 đ")
    seat.screens.shell.lock()
    seat.settle()
    assert QApplication.clipboard().text() == "1.250.000 đ"
    QApplication.clipboard().clear()


def test_keys_reach_the_amount_also_after_a_press_on_the_top_bar(seat: Seat) -> None:
    sound = next(b for b in seat.window.findChildren(QPushButton) if b.accessibleName() == "Tắt âm thanh")
    seat.qtbot.mouseClick(sound, Qt.MouseButton.LeftButton)
    seat.type("7")
    assert seat.screens.charge.state.amount_minor == 7
    assert seat.sounds.state is SoundState.OFF


def test_two_hundred_dong_never_say_paid(seat: Seat, qtbot: QtBot) -> None:
    seat.type("200000")
    seat.press(Qt.Key.Key_Return)
    payment = seat.screens.charge.state.payment
    assert payment is not None
    seat.bridge.publish(seat.shop.hear_paid(payment.id, 200))
    qtbot.waitUntil(lambda: seat.screens.charge.state.stage is Stage.SHORT, timeout=1000)
    seat.settle()
    said = words(seat)
    assert "THIẾU TIỀN" in said
    assert "200\u00a0₫" in said
    assert "Đã nhận 200" not in said
    assert seat.sounds.played == [Sound.SHORT]


# the scanner


def test_a_burst_never_reaches_the_amount_or_charges(seat: Seat) -> None:
    seat.type("5")
    seat.scan("8934563138165")
    assert seat.screens.charge.state.amount_minor == 5
    assert seat.screens.charge.state.stage is Stage.ENTRY
    assert seat.shop.payments == {}


def test_a_burst_without_an_end_never_reaches_the_amount_either(seat: Seat) -> None:
    seat.scan("8934563138165", end=None)
    assert seat.screens.charge.state.amount_minor == 0


def test_a_scanned_payment_code_opens_that_payment(seat: Seat) -> None:
    seat.type("5000")
    seat.press(Qt.Key.Key_Return)
    payment = seat.screens.charge.state.payment
    assert payment is not None
    seat.scan(payment.reference)
    assert seat.screens.shell.state.page is Page.PAYMENTS
    assert seat.screens.payments.state.chosen == payment.id


def test_a_scan_into_a_text_field_is_typed_there(seat: Seat) -> None:
    seat.press(Qt.Key.Key_F, modifier=CTRL)
    seat.scan("8934563138165", end=None)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    assert field.text() == "8934563138165"


def test_a_scan_opens_nothing_while_the_till_is_locked(seat: Seat) -> None:
    seat.press(Qt.Key.Key_L, modifier=CTRL)
    seat.scan("BANA01A000001U")
    assert seat.screens.shell.state.locked


def test_a_key_that_is_held_down_is_not_a_scan(seat: Seat) -> None:
    handle = seat.window.windowHandle()
    for number in range(12):
        held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, "1", autorep=number > 0)
        QApplication.sendEvent(handle, held)
    seat.qtbot.wait(60)
    assert seat.screens.charge.state.amount_minor == 111_111_111_111


# the frame


def test_control_and_a_digit_switch_screens_which_are_built_at_their_first_visit(seat: Seat) -> None:
    assert seat.window.findChildren(PaymentsView) == []
    for number, page in enumerate(Page, 1):
        seat.press(Qt.Key(Qt.Key.Key_0 + number), modifier=CTRL)
        assert seat.screens.shell.state.page is page
    assert len(seat.window.findChildren(PaymentsView)) == 1


@pytest.mark.parametrize("page", [Page.WALLETS, Page.VOUCHERS, Page.CATEGORIES, Page.REPORTS, Page.SETTINGS])
def test_a_screen_gives_the_keys_to_something_on_it_at_its_first_visit(seat: Seat, page: Page) -> None:
    seat.sign_in()
    number = list(Page).index(page) + 1
    seat.press(Qt.Key(Qt.Key.Key_0 + number), modifier=Qt.KeyboardModifier.ControlModifier)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert seat.page.isAncestorOf(focused), "a screen that keeps the keys itself shows nobody where they are"
    if page is Page.SETTINGS:
        part = Texts(Language.VI).t("book_settings.part")
        assert focused.accessibleName().startswith(f"{part}: "), "an arrow key must not turn the language by surprise"


def test_screens_are_built_ahead_while_nobody_waits_for_the_till(seat: Seat, qtbot: QtBot) -> None:
    seat.clock.pass_ms(1_400)
    qtbot.wait(300)
    assert not seat.window.findChildren(PaymentsView), "somebody may still be pressing keys"
    seat.type("5000")
    seat.press(Qt.Key.Key_F9)
    seat.clock.pass_ms(10_000)
    qtbot.wait(300)
    assert not seat.window.findChildren(PaymentsView), "a payment is under way"
    seat.screens.charge.finish()
    front = QApplication.focusWidget()
    qtbot.waitUntil(lambda: bool(seat.window.findChildren(SettingsView)), timeout=10_000)
    assert len(seat.window.findChildren(PaymentsView)) == 1
    assert QApplication.focusWidget() is front
    assert isinstance(seat.page, ChargeView)


def test_f1_shows_the_keys_that_work_here(seat: Seat) -> None:
    seat.press(Qt.Key.Key_F1)
    sheet = seat.window.findChild(QDialog)
    assert sheet is not None
    assert sheet.isVisible()
    said = "\n".join(part.text() for part in sheet.findChildren(QLabel))
    assert "Alt+1 … 9" in said
    assert "Insert" in said
    assert "F7" not in said
    sheet.reject()


def test_every_key_of_the_list_that_holds_everywhere_is_bound(seat: Seat) -> None:
    shell = seat.window.centralWidget()
    bound = {shortcut.key().toString() for shortcut in shell.findChildren(QShortcut)}
    for _title, rows in KEY_MAP[:2]:
        for caps, does in rows:
            for key in caps.split(" · "):
                if key.startswith(("F", "Ctrl+")) and "…" not in key:
                    assert key in bound, does
    assert not bound & {"F7", "F8", "F10", "F12", "Ctrl+Z"}


@pytest.mark.parametrize(
    ("page", "sheet"),
    [(Page.WALLETS, OpenWalletSheet), (Page.VOUCHERS, ChooseDialog), (Page.CATEGORIES, CategorySheet)],
)
def test_ctrl_n_begins_what_a_screen_of_the_books_is_about(seat: Seat, page: Page, sheet: type[QDialog]) -> None:
    number = list(Page).index(page) + 1
    seat.press(Qt.Key(Qt.Key.Key_0 + number), modifier=Qt.KeyboardModifier.ControlModifier)
    seat.press(Qt.Key.Key_N, modifier=Qt.KeyboardModifier.ControlModifier)
    seat.qtbot.waitUntil(lambda: seat.window.findChild(sheet) is not None)
    opened = seat.window.findChild(sheet)
    assert opened is not None
    opened.reject()


def test_f5_wakes_the_engine_from_any_screen(seat: Seat) -> None:
    seat.press(Qt.Key.Key_F5)
    assert seat.control.woken == 1


def test_f11_uses_the_whole_screen_and_gives_it_back(seat: Seat) -> None:
    seat.press(Qt.Key.Key_F11)
    assert seat.window.isFullScreen()
    seat.press(Qt.Key.Key_F11)
    assert not seat.window.isFullScreen()


def test_the_chip_tells_of_the_connection_and_opens_its_screen(seat: Seat, qtbot: QtBot) -> None:
    seat.bridge.publish_sync(FixedSync("offline", waiting=3))
    qtbot.waitUntil(lambda: not seat.screens.desk.online, timeout=1000)
    seat.settle()
    chip = next(b for b in seat.window.findChildren(QPushButton) if b.text() == "Ngoại tuyến · 3 chờ gửi")
    chip.click()
    assert seat.screens.shell.state.page is Page.SYNC


def test_an_earlier_payment_is_told_beside_the_entry(seat: Seat, qtbot: QtBot) -> None:
    seat.type("5000")
    seat.press(Qt.Key.Key_Return, Qt.Key.Key_F2)
    earlier = next(iter(seat.shop.payments))
    seat.type("12")
    seat.bridge.publish(seat.shop.hear_paid(earlier))
    qtbot.waitUntil(lambda: "Một khoản trước đã trả xong" in words(seat), timeout=1000)
    assert seat.screens.charge.state.amount_minor == 12
    assert seat.sounds.played == []


def test_a_problem_of_no_screen_is_shown_over_the_screens(seat: Seat) -> None:
    seat.window.problem(StorageUnavailable(ErrorCode.DISK_FULL))
    seat.settle()
    assert "DISK_FULL" in words(seat)


# language and look


def test_another_language_rebuilds_the_screens_and_keeps_what_was_typed(seat: Seat) -> None:
    seat.type("125")
    seat.screens.settings.set_language(Language.EN)
    seat.settle()
    assert seat.screens.charge.state.amount_minor == 125
    assert "Amount due" in words(seat)
    seat.type("0")
    assert seat.screens.charge.state.amount_minor == 1_250
    assert seat.store.saved[-1].language is Language.EN


def test_a_screen_built_before_the_change_of_language_is_not_drawn_again(seat: Seat, qtbot: QtBot) -> None:
    seat.press(Qt.Key.Key_2, modifier=CTRL)
    seat.press(Qt.Key.Key_1, modifier=CTRL)
    seat.screens.settings.set_language(Language.EN)
    seat.settle()
    seat.type("5000")
    seat.press(Qt.Key.Key_Return)
    seat.bridge.publish(Changes({Topic.PAYMENTS: frozenset(seat.shop.payments)}))
    qtbot.wait(80)
    seat.press(Qt.Key.Key_2, modifier=CTRL)
    assert len(seat.screens.payments.state.rows) == 1


def test_theme_and_text_size_are_worn_at_once(seat: Seat) -> None:
    seat.screens.settings.set_theme(ThemeChoice.DARK)
    assert current_theme().name is ThemeName.DARK
    seat.screens.settings.set_text_size(TextSize.LARGE)
    assert current_theme().scale == 125


def test_the_pad_turns_to_the_order_of_phones(seat: Seat) -> None:
    seat.screens.settings.set_phone_order(True)
    seat.settle()
    keys = {b.text(): b.mapTo(seat.window, b.rect().center()).y() for b in seat.page.findChildren(QPushButton)}
    assert keys["1"] < keys["7"]


# leaving


def test_the_window_closes_without_a_word_when_nothing_is_under_way(seat: Seat, qtbot: QtBot) -> None:
    with qtbot.waitSignal(seat.window.closed, timeout=1000):
        assert seat.window.close()


def test_closing_asks_while_a_payment_is_under_way(seat: Seat, qtbot: QtBot) -> None:
    seat.type("5000")
    seat.press(Qt.Key.Key_Return)
    assert not seat.window.close()
    question = seat.window.findChild(QDialog)
    assert question is not None
    with qtbot.waitSignal(seat.window.closed, timeout=1000):
        question.accept()
    assert next(iter(seat.shop.payments.values())).status is PaymentStatus.PENDING


@pytest.mark.parametrize("size", [(1024, 600), (1366, 768)])
@pytest.mark.parametrize("language", list(Language))
def test_the_window_keeps_its_size_whatever_it_shows(qtbot: QtBot, size: tuple[int, int], language: Language) -> None:
    seat = Seat(qtbot, preferences=Preferences(language, reduced_motion=True), size=size).attach().sign_in()
    for number in range(1, len(Page) + 1):
        seat.press(Qt.Key(Qt.Key.Key_0 + number), modifier=CTRL)
        assert (seat.window.width(), seat.window.height()) == size
    seat.press(Qt.Key.Key_1, modifier=CTRL)
    seat.type("5000")
    seat.press(Qt.Key.Key_Return)
    assert (seat.window.width(), seat.window.height()) == size


def test_preferences_of_the_machine_are_worn_from_the_start(qtbot: QtBot) -> None:
    wishes = replace(Preferences(), language=Language.EN, theme=ThemeChoice.CONTRAST, sound=False)
    seat = Seat(qtbot, preferences=wishes).attach()
    assert current_theme().name is ThemeName.CONTRAST
    assert seat.sounds.volume == 0
    assert "Who is selling?" in words(seat)
