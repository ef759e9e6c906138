"""Wallets in both languages: balances now and of a day, the statement from end to end, and the form for a new one."""

from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from domain.accounts import AccountType, Control
from domain.books import ChartAccount
from domain.ids import AccountId, Instant, VoucherId
from domain.money import Language
from domain.rows import StatementRow, WalletRow
from tests.fakes.attached_window import Seat
from tests.fakes.counter import Counter
from tests.fakes.recording_view import FixedSync
from tests.fakes.shown_view import (
    LARGE,
    SMALL,
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.dress import apply_theme
from ui.presenters.banks import banks
from ui.presenters.open_wallet import OpenWalletPresenter
from ui.presenters.shell import Page
from ui.presenters.wallets import PAGE, WalletsPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.edit_wallet import EditWalletSheet
from ui.views.open_wallet import OpenWalletSheet
from ui.views.wallet_card import WalletCard
from ui.views.wallets import WalletsView
from ui.widgets.buttons import IconButton
from ui.widgets.fields import DayField
from ui.widgets.table import DataTable

VI = Texts(Language.VI)
CASH, BANK, SALES = AccountId("w-cash"), AccountId("w-bank"), AccountId("c-sales")
LINES = 2 * PAGE + 7
HUGE = 987_654_321_000
ROWS = (
    WalletRow(CASH, AccountType.CASH, None, "1111", "Két quầy số 1", "VND", 3_120_000, 380_000, True, ""),
    WalletRow(
        BANK,
        AccountType.BANK,
        None,
        "1121",
        "Ngân hàng TMCP Ngoại thương Việt Nam, chi nhánh Trường Chinh",
        "VND",
        HUGE,
        -1_250_000,
        False,
        "0011001234567",
    ),
    WalletRow(AccountId("w-qr"), AccountType.QR, None, "1131", "VNPAY", "VND", 0, 0, False, ""),
)
YESTERDAY = "2026-11-20"
OLD = ChartAccount(
    AccountId("w-old"), AccountType.QR, None, "1131", "MoMo cũ", "VND", YESTERDAY, archived=True, balance_minor=0
)
A_CONTROL = WalletRow(SALES, AccountType.CONTROL, Control.SALES, "5111", "Doanh thu", "VND", -HUGE, 0, False, "")


def a_line(number: int) -> StatementRow:
    return StatementRow(
        number,
        VoucherId(f"v{number}"),
        f"PT01A-26-{number:06d}",
        "2026-11-21" if number > 3 else YESTERDAY,
        NOON,
        "cash",
        "BANA T1 000124",
        125_000,
        0,
        HUGE + number,
    )


@dataclass
class Till:
    """The screen with what stands behind it."""

    rows: tuple[WalletRow, ...] = (*ROWS, A_CONTROL)
    language: Language = Language.VI
    counter: Counter = field(default_factory=lambda: Counter(actor=OWNER))
    opened: list[VoucherId] = field(default_factory=list)
    presenter: WalletsPresenter = field(init=False)
    view: WalletsView = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> WalletsView:
        self.counter.work.queries.wallet_rows = self.rows
        self.counter.work.queries.statement_rows = {CASH: [a_line(number) for number in range(LINES, 0, -1)]}
        self.counter.work.queries.books.archived = (OLD,)
        self.counter.work.queries.books.balances = {YESTERDAY: {CASH: 77_000}}
        self.presenter = WalletsPresenter(self.counter.desk, self.opened.append)
        self.view = WalletsView(self.presenter, Texts(self.language), self.counter.clock)
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        return self.view

    @property
    def cards(self) -> list[WalletCard]:
        return [card for card in self.view.findChildren(WalletCard) if card.isVisibleTo(self.view)]

    @property
    def table(self) -> DataTable[StatementRow]:
        found: DataTable[StatementRow] = self.view.findChildren(DataTable)[0]
        return found


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("rows", [ROWS, ()])
def test_the_screen_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, rows: tuple[WalletRow, ...], language: Language, size: tuple[int, int]
) -> None:
    till = Till(rows, language)
    view = till.show(qtbot, size)
    assert (view.width(), view.height()) == size
    assert too_small_or_nameless(view) == []
    assert cut_off(view) == []
    assert out_of_reach(view) == []


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("scale", TextScale)
def test_large_text_is_not_cut_off_in_any_palette(
    qtbot: QtBot, qapp: QApplication, theme: ThemeName, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(theme, scale, reduced_motion=True))
    assert cut_off(Till().show(qtbot, LARGE)) == []


@pytest.mark.parametrize("language", Language)
def test_a_card_says_its_name_its_money_what_waits_and_whether_it_is_the_default(
    qtbot: QtBot, language: Language
) -> None:
    till, texts = Till(language=language), Texts(language)
    till.show(qtbot)
    cash, bank, code = (card.accessibleName() for card in till.cards)
    assert texts.money(3_120_000) in cash
    assert texts.t("wallets.waiting", amount=f"+{texts.money(380_000)}") in cash
    assert texts.t("wallets.default_mark") in cash
    assert texts.t("wallets.waiting", amount=texts.money(-1_250_000)) in bank
    assert texts.t("wallets.default_mark") not in bank
    assert texts.money(0) in code


def test_a_balance_says_that_it_is_this_tills_own_and_how_fresh_it_is(qtbot: QtBot) -> None:
    till = Till()
    till.counter.desk.sync = FixedSync("offline", last_pulled_at=Instant(NOON - 5_000))
    till.show(qtbot)
    assert VI.t("sync.last_from_device", at=NOON - 5_000) in words_of(till.view)
    till.counter.desk.sync = FixedSync("offline")
    till.presenter.on_sync()
    assert VI.t("wallets.from_device") in words_of(till.view)


def test_a_press_and_the_arrow_keys_choose_a_wallet(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    assert till.cards[0].isChecked()
    till.cards[1].click()
    assert till.presenter.state.chosen == BANK
    till.cards[1].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(till.cards[1], Qt.Key.Key_Up)
    assert till.presenter.state.chosen == CASH


def test_the_end_of_the_statement_brings_the_next_page_and_keeps_the_place(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    bar = till.table.verticalScrollBar()
    assert till.table.model().rowCount() == PAGE
    bar.setValue(bar.maximum())
    place = bar.value()
    settle()
    assert till.table.model().rowCount() == 2 * PAGE
    assert bar.value() == place


def test_the_statement_has_the_balance_after_each_line(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    model = till.table.model()
    last = [model.index(row, model.columnCount() - 1).data() for row in range(3)]
    assert last == [VI.money(HUGE + LINES - row, symbol=False) for row in range(3)]


def test_control_accounts_stand_behind_a_toggle_with_debit_and_credit(qtbot: QtBot) -> None:
    till = Till(language=Language.EN)
    view = till.show(qtbot)
    assert len(till.cards) == len(ROWS)
    button_saying(view, Texts(Language.EN).t("wallets.show_control")).click()
    settle()
    assert len(till.cards) == len(ROWS) + 1
    assert till.cards[-1].accessibleName().startswith("Sales revenue")
    till.cards[-1].click()
    titles = [till.table.model().headerData(n, Qt.Orientation.Horizontal) for n in (3, 4)]
    assert titles == [Texts(Language.EN).t("vouchers.debit"), Texts(Language.EN).t("vouchers.credit")]


def test_a_cashier_reads_why_there_is_nothing_to_see(qtbot: QtBot) -> None:
    till = Till()
    till.counter.desk.actor = CASHIER
    said = words_of(till.show(qtbot))
    assert VI.t("wallets.not_allowed") in said
    assert VI.t("wallets.new") not in said
    assert till.cards == []


def test_an_empty_shop_offers_to_open_the_first_wallet(qtbot: QtBot) -> None:
    till = Till(())
    pressed: list[bool] = []
    view = till.show(qtbot)
    view.new.clicked.connect(lambda: pressed.append(True))
    button_saying(view, VI.t("wallets.create_first")).click()
    assert pressed == [True]


def test_balances_that_change_are_drawn_in_their_place(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    before = till.cards
    till.counter.work.queries.wallet_rows = (replace(ROWS[0], balance_minor=9_000), *ROWS[1:])
    till.presenter.refresh()
    assert till.cards == before
    assert VI.money(9_000) in before[0].accessibleName()


def test_a_line_shows_its_voucher_and_enter_opens_it_by_keyboard_alone(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    assert till.table.model().index(0, 1).data() == f"PT01A-26-{LINES:06d}"
    till.table.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Home, Qt.Key.Key_Return):
        QTest.keyClick(till.table, key)
    assert till.opened == [VoucherId("v2"), VoucherId(f"v{LINES}")]


def test_a_press_on_a_line_opens_its_voucher(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    place = till.table.visualRect(till.table.model().index(1, 2)).center()
    QTest.mouseClick(till.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert till.opened == [VoucherId(f"v{LINES - 1}")]


def test_newer_lines_that_come_in_above_leave_what_is_in_sight_where_it_is(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    button = next(each for each in till.view.findChildren(IconButton) if each.accessibleName() == VI.t("wallets.last"))
    button.click()
    settle()
    bar = till.table.verticalScrollBar()
    bar.setValue(0)
    settle()
    assert till.table.model().rowCount() > PAGE
    top = till.table.model().index(till.table.rowAt(1), 1).data()
    assert top == f"PT01A-26-{PAGE:06d}"


def test_an_earlier_day_is_typed_said_on_a_chip_and_left_by_esc(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    day = view.findChildren(DayField)[0]
    day.setFocus(Qt.FocusReason.TabFocusReason)
    day.setSelectedSection(DayField.Section.DaySection)
    QTest.keyClick(day, Qt.Key.Key_Down)
    assert till.presenter.state.day == YESTERDAY
    settle()
    said = words_of(view)
    assert VI.t("wallets.day_shown", day=YESTERDAY) in said
    assert VI.money(77_000) in till.cards[0].accessibleName()
    assert till.table.model().rowCount() == 3
    assert cut_off(view) == []
    QTest.keyClick(day, Qt.Key.Key_Escape)
    settle()
    assert till.presenter.state.day == ""
    assert day.day.isoformat() == "2026-11-21"
    assert VI.t("wallets.back_to_now") not in words_of(view)


def test_the_button_back_to_now_hands_the_keys_to_the_day(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    till.presenter.show_day(YESTERDAY)
    button_saying(view, VI.t("wallets.back_to_now")).click()
    assert till.presenter.state.day == ""
    assert QApplication.focusWidget() is view.findChildren(DayField)[0]


def test_no_balance_of_another_day_stands_on_a_card_while_the_day_is_read(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot)
    till.counter.work.held = True
    till.presenter.show_day(YESTERDAY)
    assert [VI.money(3_120_000) in card.accessibleName() for card in till.cards] == [False] * len(ROWS)
    assert VI.t("common.loading") in words_of(till.view)
    till.counter.work.release()
    assert VI.money(77_000) in till.cards[0].accessibleName()


def test_archived_wallets_stand_behind_a_toggle_and_say_what_they_are(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    assert all("MoMo" not in card.accessibleName() for card in till.cards)
    button_saying(view, VI.t("wallets.show_archived")).click()
    settle()
    assert till.cards[-1].accessibleName().startswith("MoMo cũ")
    assert VI.t("wallets.archived") in till.cards[-1].accessibleName()


def test_somebody_who_was_granted_no_wallet_reads_what_to_do(qtbot: QtBot) -> None:
    till = Till((A_CONTROL,))
    till.counter.work.queries.books.hides = True
    view = till.show(qtbot)
    said = words_of(view)
    assert VI.t("wallets.none_granted") in said
    assert VI.t("wallets.none_granted_hint") in said
    assert cut_off(view) == []
    button_saying(view, VI.t("wallets.show_control")).click()
    settle()
    assert len(till.cards) == 1


def test_only_a_wallet_can_be_edited_and_only_by_who_may(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    assert view.edit.isVisible()
    till.presenter.show_controls(True)
    till.presenter.choose(SALES)
    assert not view.edit.isVisible()


def test_the_window_opens_the_form_of_the_wallet_and_the_voucher_of_a_line(qtbot: QtBot) -> None:
    seat = Seat(qtbot).attach()
    seat.work.queries.wallet_rows = ROWS
    seat.work.queries.statement_rows = {CASH: [a_line(1)]}
    seat.sign_in()
    assert seat.screens is not None
    seat.screens.shell.go(Page.WALLETS)
    seat.settle()
    view = seat.page
    assert isinstance(view, WalletsView)
    view.edit.setFocus(Qt.FocusReason.TabFocusReason)
    view.edit.click()
    seat.settle()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, EditWalletSheet)
    sheet.reject()
    seat.settle()
    table = view.findChildren(DataTable)[0]
    table.setFocus(Qt.FocusReason.TabFocusReason)
    seat.press(Qt.Key.Key_Home, Qt.Key.Key_Return)
    assert seat.screens.shell.state.page is Page.VOUCHERS
    seat.screens.shell.go(Page.WALLETS)
    assert QApplication.focusWidget() is table


def test_the_screen_hands_the_keys_to_the_chosen_wallet(qtbot: QtBot) -> None:
    till = Till()
    till.show(qtbot).setFocus(Qt.FocusReason.OtherFocusReason)
    assert QApplication.focusWidget() is till.cards[0]


# the form


@dataclass
class Form:
    """The sheet over a window, with what stands behind it."""

    counter: Counter = field(default_factory=lambda: Counter(actor=OWNER))
    language: Language = Language.VI
    closed: list[AccountId | None] = field(default_factory=list)
    window: QWidget = field(init=False)
    presenter: OpenWalletPresenter = field(init=False)
    sheet: OpenWalletSheet = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = (1024, 600)) -> OpenWalletSheet:
        self.window = QWidget()
        show_view(qtbot, self.window, size)
        self.presenter = OpenWalletPresenter(self.counter.desk, self._close)
        self.sheet = OpenWalletSheet(self.window, self.presenter, Texts(self.language))
        with qtbot.waitActive(self.sheet):
            self.sheet.open()
        settle()
        return self.sheet

    def field_named(self, key: str) -> QLineEdit:
        name = Texts(self.language).t(key)
        return next(each for each in self.sheet.findChildren(QLineEdit) if each.accessibleName() == name)

    def _close(self, account_id: AccountId | None) -> None:
        self.closed.append(account_id)


@pytest.mark.parametrize("kind", [AccountType.CASH, AccountType.BANK])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [(1024, 600), (1366, 768)])
def test_the_form_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, size: tuple[int, int], language: Language, kind: AccountType
) -> None:
    form = Form(language=language)
    sheet = form.show(qtbot, size)
    form.presenter.choose_kind(kind)
    settle()
    assert (sheet.width(), sheet.height()) == size
    assert too_small_or_nameless(sheet) == []
    assert cut_off(sheet) == []
    assert out_of_reach(sheet) == []


def test_a_wallet_is_opened_by_keyboard_alone(qtbot: QtBot) -> None:
    form = Form()
    form.show(qtbot)
    name = QApplication.focusWidget()
    assert name is form.field_named("wallets.name")
    QTest.keyClicks(name, "Ket 2")
    QTest.keyClicks(form.field_named("wallets.opening"), "1tr2")
    QTest.keyClick(form.field_named("wallets.opening"), Qt.Key.Key_Return)
    opened = form.counter.shop.wallets[-1]
    assert (opened.name, opened.type) == ("Ket 2", AccountType.CASH)
    assert [voucher.total_minor for voucher in form.counter.shop.vouchers.values()] == [1_200_000]
    assert form.closed == [opened.id]


def test_a_bank_wallet_asks_for_its_bank_and_account(qtbot: QtBot) -> None:
    form = Form()
    sheet = form.show(qtbot)
    bank = sheet.findChildren(QComboBox)[0]
    assert not bank.isVisible()
    button_saying(sheet, VI.t("account_type.BANK")).click()
    assert bank.isVisible()
    assert bank.count() == len(banks())
    QTest.keyClicks(form.field_named("wallets.name"), "VCB")
    save = button_saying(sheet, VI.t("common.save"))
    assert not save.isEnabled()
    bank.setCurrentIndex(3)
    QTest.keyClicks(form.field_named("wallets.bank_account"), "0011 0012 34567")
    assert save.isEnabled()
    save.click()
    assert (form.counter.shop.wallets[-1].bank_bin, form.counter.shop.wallets[-1].bank_account) == (
        banks()[3].bin,
        "0011001234567",
    )


def test_a_name_that_is_taken_is_refused_in_words_and_the_form_stays(qtbot: QtBot) -> None:
    form = Form()
    sheet = form.show(qtbot)
    form.field_named("wallets.name").setText("VNPAY")
    form.presenter.set_name("VNPAY")
    button_saying(sheet, VI.t("common.save")).click()
    settle()
    assert VI.t("error.ACCOUNT_NAME_TAKEN.exact", name="VNPAY") in words_of(sheet)
    assert form.closed == []
    assert cut_off(sheet) == []


def test_a_field_is_marked_wrong_only_once_it_was_left(qtbot: QtBot) -> None:
    form = Form()
    form.show(qtbot)
    name, opening = form.field_named("wallets.name"), form.field_named("wallets.opening")
    opening.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClicks(opening, "1.5")
    assert str(opening.property("invalid")).lower() != "true"
    name.setFocus(Qt.FocusReason.TabFocusReason)
    assert str(opening.property("invalid")).lower() == "true"


def test_esc_leaves_without_a_wallet(qtbot: QtBot) -> None:
    form = Form()
    sheet = form.show(qtbot)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert form.closed == [None]
