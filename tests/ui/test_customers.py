"""Customers who left money with the shop: who sees whom, a new one, a top-up that is pressed twice, all by keys."""

from dataclasses import replace
from typing import Any, Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, NotPermitted
from domain.holders import holder_id
from domain.ids import HolderId, MessageId, VoucherId
from domain.money import Language
from domain.policy import Actor, Role
from domain.services.holders import save_holder, top_up
from domain.vouchers import VoucherType
from storage.till import TillUnits
from tests.builders import BANK, CASHIER, MERCHANT, NOON, OWNER, an_id
from tests.domain.approval_samples import add_people
from tests.fakes.attached_window import PlainPins, Seat
from tests.fakes.recording_view import FixedSync
from tests.fakes.shown_view import cut_off, out_of_reach, settle, show_view, too_small_or_nameless
from tests.fakes.till_work import TillWork, till_desk
from ui.dress import apply_theme
from ui.presenters.customers import CustomersPresenter, Place, Step
from ui.presenters.desk import Desk, NoSync
from ui.presenters.own_print import OwnPaper, OwnPrints
from ui.presenters.shell import Page
from ui.texts import Texts
from ui.theme import Theme
from ui.till import Till
from ui.views.customers import CustomersSheet

PHONE: Final = "0903111218"
HOA: Final = holder_id(MERCHANT, PHONE)
CTRL = Qt.KeyboardModifier.ControlModifier


def write_down(units: TillUnits, phone: str, name: str, amount: int) -> HolderId:
    """Keep a customer who leaves an amount."""

    def op(uow: Any) -> HolderId:
        holder = save_holder(uow, OWNER, phone, name, MessageId(an_id(name)), NOON)
        top_up(uow, OWNER, an_id(f"{name} left"), holder.id, amount, NOON)
        return holder.id

    return units.run(op)


@pytest.fixture
def shop(till_units: TillUnits) -> TillUnits:
    """A till whose shop knows two customers."""
    add_people(till_units)
    write_down(till_units, PHONE, "Chị Hoà", 100_000)
    write_down(till_units, "0988777666", "Anh Tú", 25_000)
    return till_units


class Sheet:
    """One opened sheet of customers without its view."""

    def __init__(self, units: TillUnits, actor: Actor = OWNER) -> None:
        self.desk: Desk = till_desk(units, actor)
        self.units = units
        self.opened: list[VoucherId] = []
        self.closed = 0
        self.presenter = CustomersPresenter(self.desk, self.opened.append, self._close)

    def _close(self) -> None:
        self.closed += 1

    @property
    def names(self) -> list[str]:
        return [row.name for row in self.presenter.state.rows]

    def balance(self, holder: HolderId = HOA) -> int:
        return self.units.run(lambda uow: uow.holders.balance(holder))


# who sees whom


def test_the_owner_sees_everybody_and_what_all_of_them_have(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    assert sorted(sheet.names) == ["Anh Tú", "Chị Hoà"]
    assert sheet.presenter.state.total == (2, 125_000)
    sheet.presenter.search("hoa")
    assert sheet.names == ["Chị Hoà"]


@pytest.mark.parametrize("text", ["", "hoa", "0903", "03111218", "09031112", "hoa 0903111218 x"])
def test_a_cashier_finds_nobody_by_less_than_the_whole_number(shop: TillUnits, text: str) -> None:
    sheet = Sheet(shop, CASHIER)
    sheet.presenter.search(text)
    assert sheet.names == ([] if "0903111218" not in text else ["Chị Hoà"])
    assert sheet.presenter.state.total is None
    assert not sheet.presenter.state.sees_all


def test_a_cashier_sees_the_balance_of_the_one_customer_found_by_the_number(shop: TillUnits) -> None:
    sheet = Sheet(shop, CASHIER)
    sheet.presenter.search("+84 903 111 218")
    sheet.presenter.open_only()
    state = sheet.presenter.state
    assert state.customer is not None
    assert (state.step, state.customer.balance_minor) == (Step.CUSTOMER, 100_000)
    [move] = state.moves
    sheet.presenter.open_move(move)
    assert sheet.opened == []


def test_the_owner_opens_the_voucher_of_a_movement(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    [move] = sheet.presenter.state.moves
    sheet.presenter.open_move(move)
    assert (sheet.opened, sheet.closed) == ([move.voucher_id], 1)


def test_enter_before_the_answer_opens_who_was_typed_and_nobody_found_before(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.search("hoa")
    assert sheet.names == ["Chị Hoà"]
    asked: list[tuple[Any, Any, Any]] = []
    answer_at_once = sheet.desk.work.query
    sheet.desk.work.query = lambda *ask: asked.append(ask)  # type: ignore[method-assign]  # holds the answer back
    sheet.presenter.search("tu")
    sheet.presenter.open_only()
    assert sheet.presenter.state.step is Step.LIST
    sheet.desk.work.query = answer_at_once  # type: ignore[method-assign]  # answers again
    answer_at_once(*asked[0])
    assert sheet.presenter.state.customer is not None
    assert sheet.presenter.state.customer.name == "Anh Tú"


# a new customer


def test_a_new_customer_takes_the_number_that_was_looked_for(shop: TillUnits) -> None:
    sheet = Sheet(shop, CASHIER)
    sheet.presenter.search("0912 345 678")
    sheet.presenter.write_down()
    assert sheet.presenter.state.phone == "0912 345 678"
    assert not sheet.presenter.state.can_save
    sheet.presenter.set_name("Cô Ba")
    sheet.presenter.save()
    state = sheet.presenter.state
    assert state.customer is not None
    assert (state.step, state.customer.name, state.customer.balance_minor) == (Step.CUSTOMER, "Cô Ba", 0)


def test_the_form_does_not_rename_who_is_known_by_the_number_already(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.write_down()
    sheet.presenter.set_phone(PHONE)
    sheet.presenter.set_name("Somebody else")
    sheet.presenter.save()
    state = sheet.presenter.state
    assert state.customer is not None
    assert (state.customer.name, state.customer.balance_minor) == ("Chị Hoà", 100_000)
    assert state.told is not None
    assert state.told.key == "customers.known"


def test_a_name_is_changed_where_that_is_wished(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    sheet.presenter.rename()
    sheet.presenter.set_name("Chị Hoà (chợ)")
    sheet.presenter.save()
    assert sheet.presenter.state.customer is not None
    assert sheet.presenter.state.customer.name == "Chị Hoà (chợ)"
    assert sheet.balance() == 100_000


# a top-up


def test_a_top_up_shows_the_new_balance_and_its_voucher(shop: TillUnits) -> None:
    sheet = Sheet(shop, CASHIER)
    sheet.presenter.search(PHONE)
    sheet.presenter.open_only()
    sheet.presenter.begin_top_up()
    assert sheet.presenter.state.places == (Place(),)
    sheet.presenter.set_amount("50k")
    sheet.presenter.save()
    state = sheet.presenter.state
    assert state.customer is not None
    assert (state.step, state.customer.balance_minor, len(state.moves)) == (Step.CUSTOMER, 150_000, 2)
    assert state.told is not None
    assert state.told.facts["number"] in {move.number for move in state.moves if move.amount_minor == 50_000}


def test_who_took_a_top_up_prints_its_voucher_and_nobody_elses(shop: TillUnits) -> None:
    sheet = Sheet(shop, CASHIER)
    sheet.presenter.search(PHONE)
    sheet.presenter.open_only()
    [earlier] = sheet.presenter.state.moves
    sheet.presenter.open_move(earlier)
    assert sheet.presenter.state.paper is None, "the owner took that one"
    sheet.presenter.begin_top_up()
    sheet.presenter.set_amount("50k")
    sheet.presenter.save()
    sheet.presenter.print_done()
    first = sheet.presenter.state.paper
    assert first is not None
    assert (first.detail.item.type, first.detail.item.total_minor) == (VoucherType.RECEIPT, 50_000)
    mine = next(move for move in sheet.presenter.state.moves if move.voucher_id != earlier.voucher_id)
    sheet.presenter.open_move(mine)
    again = sheet.presenter.state.paper
    assert again is not None
    assert again is not first
    assert again.detail == first.detail
    again.form.to_printer(lambda: None)
    papers: list[OwnPaper] = []
    OwnPrints(sheet.desk, papers.append, pytest.fail).ask(mine.voucher_id)
    assert papers[0].form.state.is_copy, "whichever sheet printed it first"
    books = TillWork(shop).queries.books
    assert books.own_voucher(OWNER, mine.voucher_id) is None
    with pytest.raises(NotPermitted):
        books.own_voucher(replace(CASHIER, role=Role.AUDITOR), mine.voucher_id)


def test_a_top_up_that_is_pressed_twice_takes_the_money_once(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    sheet.presenter.begin_top_up()
    sheet.presenter.set_amount("50.000")
    asked: list[tuple[Any, Any, Any]] = []
    sheet.desk.work.command = lambda *ask: asked.append(ask)  # type: ignore[method-assign]  # holds the answer back
    sheet.presenter.save()
    sheet.presenter.save()
    [(op, done, _)] = asked
    shop.run(op)
    done(shop.run(op))
    assert sheet.balance() == 150_000


def test_money_may_go_to_another_wallet_by_who_sees_it(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    sheet.presenter.begin_top_up()
    state = sheet.presenter.state
    assert state.place == state.places[0] == Place()
    bank = next(place for place in state.places if place.wallet_id == BANK)
    before = shop.run(lambda uow: uow.accounts.balance(BANK))
    sheet.presenter.choose_place(bank)
    sheet.presenter.set_amount("50.000")
    sheet.presenter.save()
    assert shop.run(lambda uow: uow.accounts.balance(BANK)) == before + 50_000


@pytest.mark.parametrize("text", ["", "0", "abc", "1.2.3"])
def test_what_is_no_amount_is_not_taken(shop: TillUnits, text: str) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    sheet.presenter.begin_top_up()
    sheet.presenter.set_amount(text)
    sheet.presenter.save()
    assert sheet.presenter.state.step is Step.TOP_UP
    assert sheet.balance() == 100_000


def test_a_refusal_loses_nothing_that_was_typed(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    sheet.presenter.begin_top_up()
    sheet.presenter.choose_place(Place(BANK, "Bank"))
    sheet.presenter.set_amount("50.000")
    shop.run(archive)
    sheet.presenter.save()
    state = sheet.presenter.state
    assert state.problem is not None
    assert state.problem.code is ErrorCode.ACCOUNT_ARCHIVED
    assert (state.step, state.amount, state.saving) == (Step.TOP_UP, "50.000", False)


def archive(uow: Any) -> None:
    """Take the bank's wallet out of use."""
    uow.accounts.save(replace(uow.accounts.get(BANK), archived_at=NOON))


def test_esc_goes_one_step_back_and_out_of_the_list(shop: TillUnits) -> None:
    sheet = Sheet(shop)
    sheet.presenter.open(HOA)
    sheet.presenter.begin_top_up()
    steps = []
    for _ in range(3):
        sheet.presenter.back()
        steps.append(sheet.presenter.state.step)
    assert (steps, sheet.closed) == ([Step.CUSTOMER, Step.LIST, Step.LIST], 1)


# the window


@pytest.fixture
def seat(qtbot: QtBot, shop: TillUnits) -> Seat:
    made = Seat(qtbot)
    work, ids = TillWork(shop), iter(range(1_000))
    made.window.attach(
        Till(
            shop=work.queries.shop(),
            work=work,
            bridge=made.bridge,
            control=made.control,
            pins=PlainPins(),
            sounds=made.sounds,
            store=made.store,
            new_id=lambda: an_id(f"window {next(ids)}"),
            version="0.1.0",
            wipe_demo=lambda actor: None,
            write_report=lambda report, path, form, language: None,
            write_audit=lambda path, since, until: 0,
            sync=NoSync(),
        )
    )
    made.settle()
    made.screens.desk.actor = CASHIER
    made.screens.shell.signed_in(CASHIER)
    made.settle()
    return made


@pytest.fixture
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [(960, 560), (1366, 768)])
def test_each_step_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, shop: TillUnits, size: tuple[int, int], language: Language, step: Step
) -> None:
    window = QWidget()
    show_view(qtbot, window, size)
    presenter = Sheet(shop).presenter
    sheet = CustomersSheet(window, presenter, Texts(language), lambda: NOON)
    with qtbot.waitActive(sheet):
        sheet.open()
    if step is Step.FORM:
        presenter.write_down()
    elif step is not Step.LIST:
        presenter.open(HOA)
    if step is Step.TOP_UP:
        presenter.begin_top_up()
        presenter.set_amount("50.000")
    settle()
    assert presenter.state.step is step
    assert (sheet.width(), sheet.height()) == size
    assert too_small_or_nameless(sheet) == []
    assert cut_off(sheet) == []
    assert out_of_reach(sheet) == []


def front(seat: Seat) -> CustomersSheet:
    sheet = seat.window.findChild(CustomersSheet)
    assert sheet is not None
    return sheet


def keys(seat: Seat, sheet: CustomersSheet, *pressed: Qt.Key) -> None:
    """Press keys on the widget of the sheet that has them."""
    for key in pressed:
        seat.qtbot.keyClick(sheet.focusWidget(), key)
        seat.settle()


def words(seat: Seat, sheet: CustomersSheet, text: str) -> None:
    """Type into the field of the sheet that has the keys."""
    field = sheet.focusWidget()
    assert isinstance(field, QLineEdit)
    seat.qtbot.keyClicks(field, text)
    seat.settle()


def test_a_cashier_tops_a_customer_up_by_keys_alone(seat: Seat, shop: TillUnits) -> None:
    seat.press(Qt.Key.Key_U, modifier=CTRL)
    sheet = front(seat)
    words(seat, sheet, "0912345678")
    keys(seat, sheet, Qt.Key.Key_Return, Qt.Key.Key_Tab)
    assert sheet.focusWidget() is not None
    while sheet.focusWidget() is not sheet._new:
        keys(seat, sheet, Qt.Key.Key_Tab)
    keys(seat, sheet, Qt.Key.Key_Return)
    words(seat, sheet, "Co Ba")
    keys(seat, sheet, Qt.Key.Key_Return, Qt.Key.Key_Return)
    words(seat, sheet, "200000")
    keys(seat, sheet, Qt.Key.Key_Return, *[Qt.Key.Key_Escape] * 3)
    assert shop.run(lambda uow: uow.holders.balance(holder_id(MERCHANT, "0912345678"))) == 200_000
    assert seat.window.findChild(CustomersSheet) is None


def test_an_open_sheet_shows_what_was_left_elsewhere_meanwhile_and_a_closed_one_reads_nothing(
    seat: Seat, shop: TillUnits
) -> None:
    seat.press(Qt.Key.Key_U, modifier=CTRL)
    sheet = front(seat)
    words(seat, sheet, PHONE)
    keys(seat, sheet, Qt.Key.Key_Return)
    presenter = sheet._presenter
    shop.run(lambda uow: top_up(uow, OWNER, an_id("elsewhere"), HOA, 70_000, NOON))
    seat.screens.shell.on_changes(Changes({Topic.HOLDERS: frozenset({HOA})}))
    seat.settle()
    assert presenter.state.customer is not None
    assert (presenter.state.customer.balance_minor, len(presenter.state.moves)) == (170_000, 2)
    assert sheet._page.table.model().rowCount() == 2
    seat.screens.desk.sync = FixedSync("offline")
    seat.screens.shell.on_sync()
    assert not presenter.state.online
    keys(seat, sheet, *[Qt.Key.Key_Escape] * 2)
    shop.run(lambda uow: top_up(uow, OWNER, an_id("later"), HOA, 5_000, NOON))
    seat.screens.shell.on_changes(Changes({Topic.HOLDERS: frozenset({HOA})}))
    assert all(row.balance_minor == 170_000 for row in presenter.state.rows)


def test_the_wallets_page_leads_a_cashier_to_customers_and_shows_masked_numbers(seat: Seat) -> None:
    seat.screens.shell.go(Page.WALLETS)
    seat.settle()
    seat.page.customers.click()
    sheet = front(seat)
    words(seat, sheet, PHONE)
    seat.qtbot.wait(150)
    seat.settle()
    table = sheet._list.table
    shown = [str(table.model().index(0, column).data()) for column in range(3)]
    assert shown == ["Chị Hoà", "0903 *** 218", "100.000"]
    seat.screens.shell.lock()
    seat.settle()
    assert not sheet.isVisible()
    assert QApplication.activeModalWidget() is None
