"""A sale in parts in the till's own window: by keys alone, through a lock, after a restart and from Payments."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from domain.ids import PaymentId
from domain.rails import Method
from tests.fakes.attached_window import Seat
from tests.fakes.shown_view import button_saying, words_of
from ui.dress import apply_theme
from ui.presenters.charge_state import Stage
from ui.presenters.shell import Page
from ui.theme import Theme
from ui.views.charge import ChargeView
from ui.views.hand_confirm import HandConfirmSheet

MONEY = "{}\u00a0₫"


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def seat(qtbot: QtBot) -> Seat:
    return Seat(qtbot).attach().sign_in()


def told(seat: Seat) -> None:
    """Let the screens hear what was committed."""
    seat.screens.shell.on_changes(seat.shop.take_changes())
    seat.settle()


def part_in(seat: Seat) -> None:
    """Take 200,000 of 500,000 in cash, by keys alone."""
    seat.type("500000")
    seat.press(Qt.Key.Key_F6)
    seat.type("200000")
    seat.press(Qt.Key.Key_Return)
    told(seat)


def pay_shown(seat: Seat) -> PaymentId:
    payment = seat.screens.charge.state.payment
    assert payment is not None
    seat.screens.shell.on_changes(seat.shop.hear_paid(payment.id))
    seat.settle()
    return payment.id


def test_a_sale_in_two_ways_takes_digits_and_four_keys(seat: Seat) -> None:
    part_in(seat)
    assert "Tiền mặt " + MONEY.format("200.000") in words_of(seat.page)
    assert "Thu " + MONEY.format("300.000") in words_of(seat.page)
    seat.press(Qt.Key.Key_Return)
    assert seat.screens.charge.state.stage is Stage.WAITING
    assert "Của khoản bán" in words_of(seat.page)
    pay_shown(seat)
    said = words_of(seat.page)
    assert "Đã thanh toán" in said
    assert MONEY.format("500.000") in said
    assert [payment.method for payment in seat.shop.payments.values()] == [Method.CASH, Method.VIETQR]


def test_a_whole_sale_takes_no_more_keys_than_before(seat: Seat) -> None:
    seat.type("500000")
    seat.press(Qt.Key.Key_Return)
    assert seat.screens.charge.state.stage is Stage.WAITING


def test_f6_twice_is_as_if_nothing_had_been(seat: Seat) -> None:
    seat.type("500000")
    seat.press(Qt.Key.Key_F6, Qt.Key.Key_F6)
    assert seat.screens.charge.state.sale is None
    assert seat.screens.charge.state.amount_minor == 500_000


def test_a_sale_in_parts_is_still_there_after_a_lock(seat: Seat) -> None:
    part_in(seat)
    seat.screens.shell.lock()
    seat.settle()
    seat.sign_in("Lan")
    assert seat.screens.charge.state.sale is not None
    assert seat.screens.charge.state.amount_minor == 300_000


def test_a_sale_in_parts_is_found_again_after_a_restart_and_ended_by_keys(seat: Seat, qtbot: QtBot) -> None:
    part_in(seat)
    again = Seat(qtbot, shop=seat.shop).attach().sign_in()
    again.screens.desk.new_id = lambda: "id-again"
    seat.window.hide()
    assert "Khoản bán chưa xong: còn thiếu " + MONEY.format("300.000") in words_of(again.page)
    go_on = button_saying(again.page, "Thu tiếp")
    go_on.setFocus()
    again.press(Qt.Key.Key_Return)
    assert again.screens.charge.state.amount_minor == 300_000
    assert isinstance(QApplication.focusWidget(), ChargeView)
    again.press(Qt.Key.Key_1, modifier=Qt.KeyboardModifier.AltModifier)
    again.press(Qt.Key.Key_Return)
    assert again.screens.charge.state.stage is Stage.PAID


def test_esc_leaves_a_sale_part_paid_and_says_so(seat: Seat) -> None:
    part_in(seat)
    seat.press(Qt.Key.Key_Escape)
    assert seat.screens.charge.state.sale is None
    assert "Khoản bán chưa xong" in words_of(seat.page)
    seat.type("7")
    assert "Khoản bán chưa xong" not in words_of(seat.page)


def test_the_rest_is_collected_from_payments(seat: Seat) -> None:
    part_in(seat)
    seat.press(Qt.Key.Key_Escape)
    seat.screens.shell.open_payment(next(iter(seat.shop.payments)))
    seat.settle()
    button_saying(seat.page, "Thu nốt " + MONEY.format("300.000")).click()
    seat.settle()
    assert seat.screens.shell.state.page is Page.CHARGE
    assert seat.screens.charge.state.amount_minor == 300_000


def test_the_rest_is_not_brought_over_what_is_on_the_counter(seat: Seat) -> None:
    part_in(seat)
    seat.press(Qt.Key.Key_Escape)
    seat.type("5")
    seat.screens.shell.open_payment(next(iter(seat.shop.payments)))
    seat.screens.payments.collect()
    seat.settle()
    assert seat.screens.shell.state.page is Page.PAYMENTS
    assert seat.screens.charge.state.amount_minor == 5


def test_another_way_is_reached_by_tab_and_goes_on_with_the_sale(seat: Seat) -> None:
    seat.type("500000")
    seat.press(Qt.Key.Key_Return)
    told(seat)
    for _ in range(20):
        seat.press(Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if isinstance(focused, QPushButton) and focused.text() == "Đổi hình thức":
            break
    seat.press(Qt.Key.Key_Return)
    assert seat.screens.charge.state.stage is Stage.ENTRY
    assert isinstance(QApplication.focusWidget(), ChargeView)
    seat.press(Qt.Key.Key_1, modifier=Qt.KeyboardModifier.AltModifier)
    seat.press(Qt.Key.Key_Return)
    assert seat.screens.charge.state.stage is Stage.PAID
    assert len({payment.bill for payment in seat.shop.payments.values()}) == 1


def test_a_code_that_waits_is_confirmed_on_a_sheet_that_esc_closes(seat: Seat) -> None:
    seat.type("500000")
    seat.press(Qt.Key.Key_Return)
    button_saying(seat.page, "Xác nhận bằng tay").click()
    seat.settle()
    sheet = seat.window.findChild(HandConfirmSheet)
    assert sheet is not None
    assert any(MONEY.format("500.000") in part.text() for part in sheet.findChildren(QLabel))
    sheet.reject()
    seat.settle()
    assert seat.screens.hand.state.payment is None
    assert seat.screens.charge.state.stage is Stage.WAITING


def test_the_sheet_goes_by_itself_when_the_money_is_proven(seat: Seat) -> None:
    seat.type("500000")
    seat.press(Qt.Key.Key_Return)
    seat.screens.charge.ask_confirm()
    pay_shown(seat)
    assert seat.screens.hand.state.payment is None
    assert seat.screens.charge.state.stage is Stage.PAID
