"""A cheque at the counter and on its payment's page, in the till's own window and by keys: held, cleared or bounced."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog
from pytestqt.qtbot import QtBot

from domain.accounts import AccountType
from domain.ids import AccountId
from domain.money import Language
from domain.payments import PaymentException, PaymentIntent, PaymentStatus
from domain.rails import Method
from domain.services.accounts import open_wallet
from domain.shop_settings import method_wallet
from storage.till import TillUnits
from tests.builders import BANK, NOON, OWNER, SALES
from tests.domain.approval_samples import add_people
from tests.domain.by_hand_samples import switch_on
from tests.domain.till_facts import ask
from tests.fakes.attached_window import Seat
from tests.fakes.shown_view import button_saying, words_of
from tests.fakes.till_work import TillWork
from ui.dress import apply_theme
from ui.presenters.by_hand import Becoming
from ui.presenters.charge_state import Stage
from ui.presenters.preferences import Preferences
from ui.presenters.shell import Page
from ui.theme import Theme
from ui.views.by_hand import ByHandSheet
from ui.views.charge import ChargeView


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def seat(qtbot: QtBot, till_units: TillUnits) -> Seat:
    add_people(till_units)
    till_units.run(switch_on)
    seat = Seat(qtbot, preferences=Preferences(reduced_motion=True, language=Language.EN))
    seat.work = TillWork(till_units)
    return seat.attach().sign_in("Hoa")


def told(seat: Seat, till: TillUnits) -> None:
    """Let the screens hear what was committed."""
    seat.screens.charge.refresh()
    seat.settle()


def payments(till: TillUnits) -> list[PaymentIntent]:
    ids = [row[0] for row in ask(till, "SELECT id FROM payments ORDER BY created_at, id")]
    found = [till.run(lambda uow, each=each: uow.payments.get(each)) for each in ids]
    return [each for each in found if each is not None]


def note_cheque(seat: Seat, amount: str = "500000") -> None:
    """Take a cheque by keys alone: the amount, its tile, its number and its bank."""
    seat.type(amount)
    seat.press(Qt.Key.Key_4, modifier=Qt.KeyboardModifier.AltModifier)
    seat.type("AB123")
    seat.press(Qt.Key.Key_Return)
    seat.type("VCB")
    seat.press(Qt.Key.Key_Return)


def sheet_of(seat: Seat) -> ByHandSheet:
    (sheet,) = (each for each in seat.window.findChildren(ByHandSheet) if each.isVisible())
    return sheet


def test_a_cheque_is_taken_by_keys_and_lets_the_cashier_go_on_without_a_sound(
    seat: Seat, till_units: TillUnits
) -> None:
    note_cheque(seat)
    (cheque,) = payments(till_units)
    assert (cheque.method, cheque.status, cheque.amount_minor) == (Method.CHEQUE, PaymentStatus.PENDING, 500_000)
    assert cheque.cheque is not None
    assert (cheque.cheque.number, cheque.cheque.bank) == ("AB123", "VCB")
    said = words_of(seat.page)
    assert "Pending – cheque not cleared" in said
    assert "Paid" not in said.split()
    assert seat.sounds.played == []
    seat.press(Qt.Key.Key_Return)
    assert seat.screens.charge.state.stage is Stage.ENTRY
    assert isinstance(QApplication.focusWidget(), ChargeView)
    seat.type("45000")
    assert seat.screens.charge.state.amount_minor == 45_000


def test_what_is_missing_on_a_cheque_is_said_and_nothing_typed_is_lost(seat: Seat, till_units: TillUnits) -> None:
    seat.type("500000")
    seat.screens.charge.choose(Method.CHEQUE)
    seat.type("AB123")
    seat.press(Qt.Key.Key_Return, Qt.Key.Key_Return)
    assert payments(till_units) == []
    assert "Still wanting: Bank that pays" in words_of(seat.page)
    state = seat.screens.charge.state
    assert state.slip is not None
    assert (state.amount_minor, state.slip.number) == (500_000, "AB123")


def test_a_cheque_for_a_part_and_cash_for_the_rest_wait_together(seat: Seat, till_units: TillUnits) -> None:
    charge = seat.screens.charge
    seat.type("500000")
    seat.press(Qt.Key.Key_F6)
    seat.type("300000")
    charge.choose(Method.CHEQUE)
    for name, text in (("number", "1"), ("bank", "VCB")):
        charge.set_slip(name, text)
    charge.charge()
    seat.settle()
    assert (charge.state.stage, charge.state.amount_minor) == (Stage.ENTRY, 200_000), "the cash is asked for next"
    charge.choose(Method.CASH)
    charge.charge()
    seat.settle()
    assert charge.state.stage is Stage.NOTED
    said = words_of(seat.page)
    assert "Pending – cheque not cleared" in said
    assert "Paid" not in said.split()
    charge.finish()
    charge.refresh()
    assert charge.state.unfinished == (), "the cheque covers the rest"
    assert [each.method for each in payments(till_units)] == [Method.CHEQUE, Method.CASH]


def test_a_cheque_is_cleared_on_its_page_by_keys(seat: Seat, till_units: TillUnits) -> None:
    note_cheque(seat)
    seat.screens.shell.go(Page.PAYMENTS)
    seat.screens.payments.show_cheques()
    seat.screens.payments.choose(payments(till_units)[0].id)
    seat.settle()
    said = words_of(seat.page)
    assert "AB123" in said
    assert "Not come yet" in said
    button_saying(seat.page, "The money came").setFocus()
    seat.press(Qt.Key.Key_Return)
    sheet = sheet_of(seat)
    assert "AB123 · VCB" in words_of(sheet)
    field = QApplication.focusWidget()
    assert field is not None
    assert sheet.isAncestorOf(field)
    QTest.keyClicks(field, "FT12")
    QTest.keyClick(field, Qt.Key.Key_Return)
    seat.settle()
    assert not [each for each in seat.window.findChildren(QDialog) if each.isVisible()]
    (cheque,) = payments(till_units)
    assert (cheque.status, cheque.exception) == (PaymentStatus.PAID, PaymentException.NONE)
    assert till_units.run(lambda uow: uow.accounts.balance(BANK)) == 500_000
    assert till_units.run(lambda uow: uow.accounts.balance(SALES)) == -500_000


@pytest.mark.parametrize("chosen", [None, "ACB", "Vietcombank"])
def test_the_usual_wallet_is_offered_by_its_name_and_takes_the_money(
    seat: Seat, till_units: TillUnits, chosen: str | None
) -> None:
    acb = AccountId("ffffffff-ffff-7fff-bfff-ffffffffffff")
    till_units.run(
        lambda uow: open_wallet(uow, OWNER, acb, AccountType.BANK, "ACB", NOON, bank_bin="970416", bank_account="88")
    )
    if chosen is not None:
        of_cheques = acb if chosen == "ACB" else BANK
        till_units.run(lambda uow: uow.settings.put(method_wallet(Method.CHEQUE), of_cheques))
    note_cheque(seat)
    seat.screens.shell.lock()
    seat.sign_in(OWNER.name)
    by_hand = seat.screens.payments.by_hand
    seat.screens.shell.go(Page.PAYMENTS)
    seat.screens.payments.choose(payments(till_units)[0].id)
    seat.settle()
    seat.screens.payments.ask_becoming(Becoming.SETTLED)
    seat.settle()
    named = chosen or "Vietcombank"
    shown = [each.currentText() for each in sheet_of(seat).findChildren(QComboBox) if each.isVisible()]
    assert shown == [named]
    assert sorted(each.name for each in by_hand.state.wallets) == ["ACB", "Két tiền mặt", "VNPAY QR", "Vietcombank"]
    by_hand.set_words("FT12")
    by_hand.submit()
    seat.settle()
    assert till_units.run(lambda uow: uow.accounts.balance(acb if named == "ACB" else BANK)) == 500_000


def test_a_cheque_bounces_on_its_page_and_esc_says_nothing_of_it(seat: Seat, till_units: TillUnits) -> None:
    note_cheque(seat)
    presenter = seat.screens.payments
    seat.screens.shell.go(Page.PAYMENTS)
    presenter.choose(payments(till_units)[0].id)
    seat.settle()
    bounced = button_saying(seat.page, "Cheque bounced")
    bounced.setFocus()
    seat.press(Qt.Key.Key_Return)
    seat.press(Qt.Key.Key_Escape)
    assert payments(till_units)[0].status is PaymentStatus.PENDING
    bounced.click()
    seat.settle()
    button_saying(sheet_of(seat), "Note that it bounced").click()
    seat.settle()
    assert payments(till_units)[0].status is PaymentStatus.FAILED
    presenter.refresh()
    assert not presenter.state.can_settle
    assert not presenter.state.can_bounce


def test_without_the_switch_there_is_no_tile_and_no_chip_and_with_it_both(seat: Seat, till_units: TillUnits) -> None:
    books = seat.screens.settings.books
    seat.screens.shell.go(Page.SETTINGS)
    books.opened()
    for method in (Method.CHEQUE, Method.MANUAL):
        books.offer_by_hand(method, False)
    rules = till_units.run(lambda uow: uow.shop.rules.payments)
    assert rules.by_hand == frozenset()
    assert Method.CHEQUE not in till_units.read(lambda session: seat.work.queries.methods())
    books.offer_by_hand(Method.CHEQUE, True)
    assert till_units.run(lambda uow: uow.shop.rules.payments).by_hand == {Method.CHEQUE}


def test_a_sale_with_a_cheque_for_a_part_alone_is_found_again(seat: Seat, till_units: TillUnits) -> None:
    charge = seat.screens.charge
    seat.type("500000")
    seat.press(Qt.Key.Key_F6)
    seat.type("300000")
    charge.choose(Method.CHEQUE)
    charge.set_slip("number", "1")
    charge.set_slip("bank", "VCB")
    charge.charge()
    charge.set_aside()
    charge.refresh()
    (left,) = charge.state.unfinished
    assert charge.go_on_with(left.bill_id)
    assert charge.state.amount_minor == 200_000, "what nothing was given for yet"
