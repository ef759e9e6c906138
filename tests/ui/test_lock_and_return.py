"""A lock over half-filled sheets: out of sight and reach, as they were for who comes back, gone for anybody else."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.ids import RefundId
from domain.money import Language
from domain.payments import PaymentIntent
from domain.policy import Action
from domain.refunds import RefundOf, RefundWay
from domain.services.people import disable_person
from domain.services.refunds import ask_refund
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER, an_id
from tests.domain.till_facts import ask
from tests.fakes.attached_window import PIN, Seat
from tests.ui.refund_stage import by_code
from tests.ui.test_presenter_keys import Keys
from tests.ui.test_refund_window import a_seat
from ui.dress import apply_theme
from ui.presenters.shell import Page
from ui.texts import Texts
from ui.theme import Theme
from ui.views.approval import ApprovalSheet
from ui.views.charge import ChargeView
from ui.views.customers import CustomersSheet
from ui.views.passphrase_form import PassphraseSheet
from ui.views.refund import RefundSheet
from ui.views.shell import ShellView
from ui.views.sign_in import SignInView
from ui.widgets.dialogs import ConfirmDialog, Sheet

CTRL = Qt.KeyboardModifier.ControlModifier
WHY = "doi y"


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


def half_filled(seat: Seat, sold: PaymentIntent) -> RefundSheet:
    """Open a payment's refund, type an amount and why; the keys stay where they were last."""
    seat.screens.shell.open_payment(sold.id)
    seat.screens.payments.ask_refund()
    seat.settle()
    (sheet,) = shown(seat, RefundSheet)
    sheet._form._amount.setFocus()
    sheet._form._amount.selectAll()
    QTest.keyClicks(sheet._form._amount, "50000")
    sheet._form._reason.setFocus()
    QTest.keyClicks(sheet._form._reason, WHY)
    return sheet


def shown(seat: Seat, kind: type[Sheet] = Sheet) -> list[Sheet]:
    return [each for each in seat.window.findChildren(kind) if each.isVisible()]


def leave_untouched(seat: Seat) -> None:
    seat.clock.pass_ms(15 * 60_000)
    seat.screens.shell.tick()
    seat.settle()


def pin(seat: Seat) -> None:
    """Type the PIN on the lock, whose person was asked first."""
    seat.qtbot.waitUntil(seat.window.isActiveWindow)
    seat.type(PIN)
    seat.press(Qt.Key.Key_Return)


def told(seat: Seat, topic: Topic, key: str) -> None:
    seat.screens.shell.on_changes(Changes({topic: frozenset({key})}))


def test_whoever_is_back_finds_the_sheet_as_it_was_and_the_money_as_it_is_now(
    qtbot: QtBot, till_units: TillUnits
) -> None:
    seat = a_seat(qtbot, till_units, CASHIER.name)
    sold = by_code(till_units)
    sheet = half_filled(seat, sold)
    asked = seat.screens.payments.refund.state
    leave_untouched(seat)
    assert isinstance(seat.window.centralWidget(), SignInView)
    assert (shown(seat), QApplication.activeModalWidget()) == ([], None)
    assert not sheet.isVisible()
    assert not any(each.isVisible() and each.text() for each in seat.window.findChildren(QLineEdit))
    seat.press(Qt.Key.Key_Return, Qt.Key.Key_F9)
    assert seat.screens.desk.actor is None
    assert ask(till_units, "SELECT COUNT(*) FROM refunds") == [(0,)]
    till_units.run(
        lambda uow: ask_refund(
            uow,
            OWNER,
            RefundId(an_id("by the owner")),
            sold.id,
            RefundOf.SALE,
            RefundWay.ORIGINAL,
            400_000,
            NOON,
            reason="Trả hàng",
        )
    )
    told(seat, Topic.PAYMENTS, sold.id)
    assert seat.screens.payments.refund.state == asked, "a sheet behind the lock is deaf"
    pin(seat)
    assert shown(seat) == [sheet]
    qtbot.waitUntil(sheet.isActiveWindow)
    assert (sheet._form._amount.text(), sheet._form._reason.text(), QApplication.focusWidget()) == (
        "50.000",
        WHY,
        sheet._form._reason,
    )
    assert not sheet._form._reason.hasSelectedText(), "the next key goes on with what was typed"
    assert seat.screens.shell.state.page is Page.PAYMENTS
    left = seat.screens.payments.refund.state.left
    assert left.of(RefundOf.SALE) == 50_000, "what the owner gave back meanwhile is gone from what is left"


def test_anybody_else_finds_none_of_it_and_neither_does_who_left_it_then(qtbot: QtBot, till_units: TillUnits) -> None:
    seat = a_seat(qtbot, till_units, CASHIER.name)
    half_filled(seat, by_code(till_units))
    screens = seat.window.centralWidget()
    seat.screens.shell.lock()
    seat.settle()
    assert not shown(seat)
    seat.sign_in(MANAGER.name)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert seat.window.findChildren(QDialog) == []
    assert WHY not in [each.text() for each in seat.window.findChildren(QLineEdit)]
    assert seat.screens.payments.refund.state.payment is None
    assert isinstance(seat.page, ChargeView)
    assert seat.window.findChildren(ShellView) == [seat.window.centralWidget()] != [screens]
    seat.screens.shell.lock()
    seat.sign_in(CASHIER.name)
    assert shown(seat) == []


@pytest.mark.qt_log_ignore(r"This plugin does not support (raise|grabbing)", extend=True)
def test_nothing_behind_the_lock_takes_its_keys_and_no_menu_stays_over_it(qtbot: QtBot) -> None:
    seat = Seat(qtbot).attach().sign_in("Mai")
    field = QLineEdit(seat.window.centralWidget())
    field.show()
    field.setFocus()
    field.createStandardContextMenu().popup(seat.window.pos())
    assert QApplication.activePopupWidget() is not None
    seat.screens.shell.lock()
    seat.settle()
    assert QApplication.activePopupWidget() is None
    field.setFocus()  # as a form does that is answered late
    pin(seat)
    assert seat.screens.desk.actor is not None
    assert (field.text(), QApplication.focusWidget()) == ("", field)
    assert field.isEnabled()


def test_a_passphrase_that_was_made_readable_is_a_secret_all_the_same(qtbot: QtBot) -> None:
    seat = Seat(qtbot).attach().sign_in("Mai")
    keys = Keys()
    form = keys.presenter.passphrase_form(lambda: None)
    assert form is not None
    sheet = PassphraseSheet(seat.window.centralWidget(), form, Texts(Language.VI))
    sheet.open()
    sheet._show.click()
    sheet._new.setText("dong ho treo tuong")
    seat.screens.shell.lock()
    seat.sign_in("Mai")
    assert shown(seat) == [sheet]
    assert sheet._new.text() == ""
    sheet.reject()


def test_what_changed_behind_the_lock_is_new_to_whoever_comes_instead(qtbot: QtBot) -> None:
    seat = Seat(qtbot).attach().sign_in("Mai")
    reads: list[str] = []
    categories = seat.screens.categories
    seat.screens.shell.go(Page.CATEGORIES)
    seat.screens.shell.lock()
    told(seat, Topic.CATEGORIES, "c-rent")
    seat.sign_in("Lan")
    seat.screens.shell.lock()
    seat.sign_in("Mai")
    categories.refresh = lambda: reads.append("again")  # type: ignore[method-assign]  # counts the looks
    seat.screens.shell.go(Page.CATEGORIES)
    assert reads == ["again"]


def test_what_answers_behind_the_lock_answers_to_who_asked(qtbot: QtBot) -> None:
    desk = Seat(qtbot).attach().sign_in("Mai").screens.desk
    desk.left, desk.actor = desk.actor, None
    assert desk.may(Action.VOID_VOUCHER)
    desk.left = None
    assert not desk.may(Action.VOID_VOUCHER)


def test_two_sheets_come_back_in_their_order_and_hear_what_they_missed(qtbot: QtBot, till_units: TillUnits) -> None:
    seat = a_seat(qtbot, till_units, CASHIER.name)
    refund = half_filled(seat, by_code(till_units))
    seat.window.centralWidget()._show_customers()
    seat.settle()
    (customers,) = shown(seat, CustomersSheet)
    QTest.keyClicks(customers.focusWidget(), "0903")
    field = customers.focusWidget()
    leave_untouched(seat)
    pin(seat)
    assert shown(seat) == [refund, customers]
    qtbot.waitUntil(customers.isActiveWindow)
    assert QApplication.focusWidget() is field
    assert field.text() == "0903"


def test_an_approval_that_was_asked_for_is_dropped_and_the_sheet_below_it_stands(
    qtbot: QtBot, till_units: TillUnits
) -> None:
    seat = a_seat(qtbot, till_units, CASHIER.name)
    sheet = half_filled(seat, by_code(till_units))
    seat.screens.payments.refund.submit()
    seat.settle()
    (approval,) = shown(seat, ApprovalSheet)
    seat.screens.payments.approval.choose(seat.screens.payments.approval.state.approvers[0])
    QTest.keyClicks(approval._pad, "12")
    seat.screens.shell.lock()
    assert seat.screens.payments.approval.state.asked is None
    seat.settle()
    pin(seat)
    assert shown(seat) == [sheet]
    assert sheet._form._reason.text() == WHY
    assert ask(till_units, "SELECT COUNT(*) FROM refunds") == [(0,)]


@pytest.mark.parametrize("when", ["while it is locked", "before"])
def test_whose_session_ended_for_good_has_nothing_kept(qtbot: QtBot, till_units: TillUnits, when: str) -> None:
    seat = a_seat(qtbot, till_units, MANAGER.name)
    half_filled(seat, by_code(till_units))
    if when == "while it is locked":
        seat.screens.shell.lock()
    till_units.run(lambda uow: disable_person(uow, OWNER, MANAGER.user_id, NOON, disabled=True))
    told(seat, Topic.PEOPLE, MANAGER.user_id)
    seat.settle()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert isinstance(seat.window.centralWidget(), SignInView)
    assert seat.window.findChildren(QDialog) == []
    assert seat.window.findChildren(ShellView) == []
    assert seat.screens.desk.left is None
    seat.sign_in(CASHIER.name)
    assert isinstance(seat.page, ChargeView)


def test_what_answers_late_waits_behind_the_lock_and_secrets_leave_their_fields(qtbot: QtBot) -> None:
    seat = Seat(qtbot).attach().sign_in("Mai")
    screens = seat.window.centralWidget()
    secret, said = QLineEdit(screens), []
    secret.setEchoMode(QLineEdit.EchoMode.Password)
    secret.textEdited.connect(said.append)
    secret.setText("sk_live")
    seat.screens.shell.lock()
    assert (secret.text(), said) == ("", [""])
    late, gone = (ConfirmDialog(screens, words, words, "Có", "Không") for words in ("late", "gone"))
    for each in (late, gone):
        each.open()
    gone.reject()
    seat.settle()
    assert shown(seat) == []
    seat.sign_in("Mai")
    assert shown(seat) == [late]
    late.reject()
