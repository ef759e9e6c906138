"""Giving money back, and taking what is held, in the till's window: by keys alone, at every size, in both languages."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from domain.money import Language
from domain.payments import PaymentStatus
from domain.rails import Method, Provider
from domain.refunds import RefundWay
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER, connect
from tests.domain.approval_samples import add_people
from tests.domain.till_facts import ask
from tests.fakes.attached_window import Seat
from tests.fakes.shown_view import (
    SMALL,
    at_each_size,
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.till_work import TillWork
from tests.ui.refund_stage import RefundStage, a_refund_stage, by_code, held, in_cash
from ui.dress import apply_theme
from ui.presenters.charge_state import Stage
from ui.presenters.shell import Page
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.held_money import HeldSheet
from ui.views.payments import PaymentsView
from ui.views.refund import RefundSheet

TAB, ENTER, ESC = Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Escape


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


def a_seat(qtbot: QtBot, units: TillUnits, name: str) -> Seat:
    """A person at the window of a till of its own file."""
    add_people(units)
    units.run(lambda uow: connect(uow, Provider.SEPAY, Provider.VNPAY_QR_MMS, Provider.STRIPE))
    seat = Seat(qtbot)
    seat.work = TillWork(units)  # type: ignore[assignment]  # the till of the test does its work
    return seat.attach().sign_in(name)


def key(key: Qt.Key) -> None:
    """Press a key in the window or the sheet that has the keys."""
    window = QApplication.activeWindow()
    assert window is not None
    QTest.keyClick(window.windowHandle(), key)
    settle()


def letters(seat: Seat, text: str) -> None:
    """Type into whatever has the keys, no faster than a person."""
    for letter in text:
        window = QApplication.activeWindow()
        assert window is not None
        QTest.keyClick(window.windowHandle(), letter)
        seat.qtbot.wait(40)
    settle()


def space(seat: Seat) -> None:
    """Press Space as long as a finger does."""
    window = QApplication.activeWindow()
    assert window is not None
    QTest.keyPress(window.windowHandle(), Qt.Key.Key_Space)
    seat.qtbot.wait(40)
    QTest.keyRelease(window.windowHandle(), Qt.Key.Key_Space)
    settle()


def tab_to(text: str) -> None:
    """Go on by Tab until the button with these words has the focus."""
    for _ in range(40):
        focused = QApplication.focusWidget()
        if isinstance(focused, QPushButton) and focused.text() == text:
            return
        key(TAB)
    raise AssertionError(f"{text!r} is not reached by Tab")


def sheet_of(seat: Seat, kind: type[QDialog]) -> QDialog:
    seat.qtbot.waitUntil(lambda: any(each.isVisible() for each in seat.window.findChildren(kind)))
    sheet = next(each for each in seat.window.findChildren(kind) if each.isVisible())
    seat.qtbot.waitUntil(sheet.isActiveWindow)
    return sheet


def test_a_part_of_a_cash_sale_is_given_back_by_keys_alone(qtbot: QtBot, till_units: TillUnits) -> None:
    seat = a_seat(qtbot, till_units, OWNER.name)
    in_cash(till_units)
    seat.screens.shell.go(Page.PAYMENTS)
    seat.settle()
    seat.page._table.setFocus()  # type: ignore[attr-defined]  # the list of payments
    seat.press(Qt.Key.Key_Home, ENTER)
    tab_to("Hoàn tiền")
    key(ENTER)
    sheet = sheet_of(seat, RefundSheet)
    letters(seat, "50000")
    key(ENTER)
    space(seat)
    tab_to("Hoàn 50.000\u00a0₫")
    key(ENTER)
    assert ask(till_units, "SELECT amount_minor, status, reason FROM refunds") == [(50_000, "done", "Khách trả hàng")]
    assert "Trả lại khách" in words_of(sheet)
    focused = QApplication.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.text() == "Đóng"
    key(ENTER)
    seat.screens.payments.refresh()
    seat.settle()
    assert seat.screens.payments.refund.state.shown is None
    said = words_of(seat.page)
    assert "50.000\u00a0₫ từ két, ví" in said
    assert "Đã hoàn 50.000\u00a0₫: Khách trả hàng" in said
    assert seat.window.focusWidget() is button_saying(seat.page, "Hoàn tiền")


def test_esc_closes_the_sheet_and_gives_the_keys_back_to_its_button(qtbot: QtBot, till_units: TillUnits) -> None:
    seat = a_seat(qtbot, till_units, OWNER.name)
    sold = in_cash(till_units)
    seat.screens.shell.open_payment(sold.id)
    seat.settle()
    button = button_saying(seat.page, "Hoàn tiền")
    button.setFocus()
    seat.press(ENTER)
    sheet_of(seat, RefundSheet)
    key(ESC)
    qtbot.waitUntil(seat.window.isActiveWindow)
    assert QApplication.focusWidget() is button
    assert ask(till_units, "SELECT COUNT(*) FROM refunds") == [(0,)]


def test_a_cashier_gives_back_with_a_managers_pin(qtbot: QtBot, till_units: TillUnits) -> None:
    seat = a_seat(qtbot, till_units, CASHIER.name)
    sold = by_code(till_units)
    seat.screens.shell.open_payment(sold.id)
    seat.screens.payments.ask_refund()
    sheet = sheet_of(seat, RefundSheet)
    assert "Cần mã PIN của quản lý" in words_of(sheet)
    button_saying(sheet, "Thu nhầm").click()
    button_saying(sheet, "Hoàn 450.000\u00a0₫").click()
    settle()
    approval = seat.screens.payments.approval
    approval.choose(next(user for user in approval.state.approvers or () if user.name == MANAGER.name))
    approval.submit("1234")
    settle()
    assert ask(till_units, "SELECT status, way, reason FROM refunds") == [("requested", "original", "Thu nhầm")]
    qtbot.waitUntil(sheet.isActiveWindow)
    assert "Đang chờ gửi nhà cung cấp" in words_of(sheet)
    button_saying(sheet, "Rút yêu cầu").click()
    settle()
    assert "Rút yêu cầu hoàn tiền này?" in words_of(sheet)
    [yes] = [each for each in sheet.findChildren(QPushButton) if each.isVisible() and each.text() == "Rút yêu cầu"]
    yes.click()
    settle()
    assert ask(till_units, "SELECT status FROM refunds") == [("cancelled",)]


def test_held_money_is_taken_from_the_page_by_keys(qtbot: QtBot, till_units: TillUnits) -> None:
    seat = a_seat(qtbot, till_units, CASHIER.name)
    sold = held(till_units)
    seat.screens.shell.open_payment(sold.id)
    seat.settle()
    tab_to("Thu tiền đang giữ")
    seat.press(ENTER)
    amount = sheet_of(seat, HeldSheet)._amount  # type: ignore[attr-defined]  # what is taken
    assert (amount.text(), amount.selectedText()) == ("450.000", "450.000"), "as the button says it, to be typed over"
    key(Qt.Key.Key_Home)
    assert (amount.text(), amount.cursorPosition()) == ("450000", 0), "plain for whoever goes into it"
    amount.type_over()
    letters(seat, "200000")
    key(ENTER)
    assert ask(till_units, "SELECT status, capture_minor FROM payments") == [("authorized", 200_000)]
    seat.screens.payments.refresh()
    seat.settle()
    assert "Đang thu" in words_of(seat.page)


def test_holding_is_chosen_and_taken_at_the_counter_by_keys(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    seat.shop.connected = frozenset({Provider.SEPAY, Provider.STRIPE})
    seat.attach().sign_in()
    number = [tile.method for tile in seat.screens.charge.state.tiles].index(Method.CARD)
    seat.press(Qt.Key(Qt.Key.Key_1 + number), modifier=Qt.KeyboardModifier.AltModifier)
    seat.type("450000")
    box = seat.page._entry._hold  # type: ignore[attr-defined]  # the wish
    for _ in range(20):
        if QApplication.focusWidget() is box:
            break
        seat.press(TAB)
    space(seat)
    assert "Giữ 450.000\u00a0₫" in words_of(seat.page)
    seat.press(Qt.Key.Key_F9)
    payment = seat.screens.charge.state.payment
    assert payment is not None
    news = {"status": PaymentStatus.AUTHORIZED, "held_minor": 450_000}
    seat.screens.shell.on_changes(seat.shop.hear(payment.id, **news))
    seat.settle()
    assert seat.screens.charge.state.stage is Stage.HELD
    said = words_of(seat.page)
    assert "Đang giữ, chưa thu" in said
    assert "Đã thanh toán" not in said
    seat.press(ENTER)
    assert seat.screens.charge.state.payment.capture_minor == 450_000
    assert "Đang thu, chưa xong" in words_of(seat.page)


# ---- every sheet, at every size


def shown(qtbot: QtBot, units: TillUnits, scene: str, language: Language, size: tuple[int, int]) -> QDialog:
    stage = a_refund_stage(units, CASHIER)
    view = PaymentsView(stage.payments, Texts(language), lambda: NOON)
    show_view(qtbot, view, size)
    _play(stage, units, scene)
    settle()
    sheet = next(each for each in view.findChildren(QDialog) if each.isVisible())
    settle()
    return sheet


def _play(stage: RefundStage, units: TillUnits, scene: str) -> None:
    if scene == "take":
        stage.open(held(units))
        stage.payments.ask_take()
        return
    stage.open(by_code(units, received=455_000))
    if scene in ("credit", "kept"):
        _keep(stage, scene)
        return
    stage.ask("6000", way=RefundWay.WALLET)
    if scene == "told":
        stage.desk.actor = OWNER
        stage.refund.choose_way(RefundWay.ORIGINAL)
        stage.refund.set_amount("5000")
        stage.refund.submit()
        stage.payments.refresh()
        stage.refund.ask_cancel()


def _keep(stage: RefundStage, scene: str) -> None:
    """Keep the money for a customer of whom nothing is known yet."""
    stage.desk.actor = OWNER
    stage.payments.ask_refund(RefundWay.CREDIT)
    stage.refund.set_phone("0903 111 218")
    stage.refund.set_name("Nguyễn Thị Hoà Bình Minh Khai")
    stage.refund.set_reason("Khách hẹn lần sau lấy hàng")
    if scene == "kept":
        stage.refund.submit()
        stage.payments.refresh()


@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", ["form", "told", "take", "credit", "kept"])
def test_each_sheet_fits_and_all_of_it_is_reached(
    qapp: QApplication,
    qtbot: QtBot,
    till_units: TillUnits,
    scene: str,
    language: Language,
    scale: TextScale,
) -> None:
    apply_theme(qapp, Theme(reduced_motion=True, scale=scale))
    sheet = shown(qtbot, till_units, scene, language, SMALL)
    for size in at_each_size(sheet):
        assert cut_off(sheet) == []
        assert too_small_or_nameless(sheet) == []
        assert out_of_reach(sheet) == []
        assert (sheet.width(), sheet.height()) == size
