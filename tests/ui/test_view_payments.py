"""The list of payments in both languages: found by one box and chips, read page by page, opened in a drawer."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from domain.errors import FailureCode
from domain.ids import Instant, PaymentId
from domain.money import Language
from domain.payment_rows import PaymentRow
from domain.payments import PaymentException, PaymentStatus
from domain.rails import Method
from domain.services.payments import start_payment
from tests.fakes.counter import Counter, a_payments
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
from tests.fakes.small_shop import CASHIER, NOON, SmallUnitOfWork
from ui.dress import apply_theme
from ui.presenters.payment_search import PAGE
from ui.presenters.payments import PaymentsPresenter
from ui.texts import Texts
from ui.theme import Theme
from ui.views.payments import PaymentsView
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.search_field import SearchField
from ui.widgets.table import DataTable

VI = Texts(Language.VI)


@dataclass
class Till:
    """The screen with what stands behind it."""

    language: Language = Language.VI
    counter: Counter = field(default_factory=Counter)
    copied: list[str] = field(default_factory=list)
    presenter: PaymentsPresenter = field(init=False)
    view: PaymentsView = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> PaymentsView:
        self.presenter = a_payments(self.counter.desk, self.copied.append)
        self.view = PaymentsView(self.presenter, Texts(self.language), self.counter.clock)
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        return self.view

    def sell(self, name: str, method: Method = Method.VIETQR, amount: int = 50_000, later: int = 0) -> PaymentId:
        payment_id, at = PaymentId(name), Instant(NOON + later)
        uow = SmallUnitOfWork(self.counter.shop)
        start_payment(
            uow,  # type: ignore[arg-type]  # a fake with only the ports in use
            CASHIER,
            payment_id,
            method,
            amount,
            at,
            online=True,
            customer_name="Nguyễn Thị Minh Khai",
            customer_phone="0903111218",
        )
        return payment_id

    @property
    def table(self) -> DataTable[PaymentRow]:
        found: DataTable[PaymentRow] = self.view.findChildren(DataTable)[0]
        return found


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def till() -> Till:
    made = Till()
    made.sell("p-1")
    made.sell("p-2", Method.CASH, 125_000, later=60_000)
    return made


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", ["list", "detail", "asking", "nothing"])
def test_nothing_is_cut_off_too_small_or_nameless(
    qtbot: QtBot, scene: str, language: Language, size: tuple[int, int]
) -> None:
    till = Till(language)
    failing = till.sell("p-1", Method.VNPAY_QR, 499_999_999)
    till.counter.shop.hear(failing, status=PaymentStatus.FAILED, failure=FailureCode.PROVIDER_UNAVAILABLE)
    waiting = till.sell("p-2", later=60_000)
    view = till.show(qtbot, size)
    if scene == "detail":
        till.presenter.choose(failing)
    if scene == "asking":
        till.presenter.choose(waiting)
        till.presenter.ask_cancel()
    if scene == "nothing":
        till.presenter.find("0903999999")
    settle()
    assert cut_off(view) == []
    assert too_small_or_nameless(view) == []
    assert (view.width(), view.height()) == size, "the screen asked for more room than it was given"


def test_all_that_can_be_pressed_is_reached_by_tab(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.presenter.choose(PaymentId("p-1"))
    settle()
    assert out_of_reach(view) == []


def test_a_search_filters_while_it_is_typed_and_esc_clears_it(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    view.focus_search()
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "125000")
    qtbot.waitUntil(lambda: till.presenter.state.wanted.text == "125000", timeout=1000)
    assert [row.id for row in till.presenter.state.rows] == ["p-2"]
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert len(till.presenter.state.rows) == 2


def test_a_search_that_finds_nothing_says_so_and_offers_the_way_back(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.presenter.find("0903")
    till.presenter.find("999")
    settle()
    assert "999" in words_of(view)
    QTest.mouseClick(button_saying(view, VI.t("payments.clear_filters")), Qt.MouseButton.LeftButton)
    assert len(till.presenter.state.rows) == 2


def chooser(view: QWidget, name: str) -> QComboBox:
    return next(each for each in view.findChildren(QComboBox) if each.accessibleName() == name)


def test_a_list_of_all_methods_and_a_chip_narrow_the_list(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    methods = chooser(view, VI.t("common.method"))
    assert [methods.itemText(number) for number in range(1, methods.count())] == [
        VI.t(f"method.{method.value}") for method in Method
    ]
    methods.setFocus()
    QTest.keyClick(methods, Qt.Key.Key_Down)
    assert [row.id for row in till.presenter.state.rows] == ["p-2"]
    QTest.mouseClick(button_saying(view, VI.t("group.in_progress")), Qt.MouseButton.LeftButton)
    assert till.presenter.state.rows == ()


def test_one_status_out_of_all_narrows_the_list_and_a_chip_takes_its_place(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    statuses = chooser(view, VI.t("payments.one_status"))
    assert VI.t("status.authorized") in [statuses.itemText(number) for number in range(statuses.count())]
    till.presenter.show_status(PaymentStatus.PENDING)
    assert [row.id for row in till.presenter.state.rows] == ["p-1"]
    assert statuses.currentText() == VI.t("status.pending")
    QTest.mouseClick(button_saying(view, VI.t("group.moved")), Qt.MouseButton.LeftButton)
    assert [row.id for row in till.presenter.state.rows] == ["p-2"]
    assert statuses.currentText() == VI.t("payments.any_status")


def test_enter_opens_a_row_and_esc_closes_it(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.table.choose(PaymentId("p-2"))
    till.table.setFocus()
    QTest.keyClick(till.table, Qt.Key.Key_Return)
    settle()
    said = words_of(view)
    for part in ("125.000\u00a0₫", "Diễn biến", "Nhận đủ 125.000\u00a0₫", "Ghi sổ PT01A-26-000001", "Chờ gửi máy chủ"):
        assert part in said
    QTest.keyClick(till.table, Qt.Key.Key_Escape)
    assert till.presenter.state.detail is None


def test_a_phone_number_is_shown_masked(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.presenter.choose(PaymentId("p-1"))
    settle()
    said = words_of(view)
    assert "0903 *** 218" in said
    assert "0903111218" not in said


def test_an_open_payment_is_cancelled_after_a_question(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.presenter.choose(PaymentId("p-1"))
    settle()
    QTest.mouseClick(button_saying(view, VI.t("pending.cancel_yes")), Qt.MouseButton.LeftButton)
    settle()
    QTest.mouseClick(button_saying(view, VI.t("pending.cancel_yes")), Qt.MouseButton.LeftButton)
    assert till.counter.shop.payments[PaymentId("p-1")].status is PaymentStatus.CANCELLED


def test_the_code_is_copied_by_one_press(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.presenter.choose(PaymentId("p-1"))
    settle()
    named = [each for each in view.findChildren(QPushButton) if each.accessibleName() == VI.t("payment.copy_code")]
    QTest.mouseClick(named[0], Qt.MouseButton.LeftButton)
    assert till.copied == [till.counter.shop.payments[PaymentId("p-1")].reference]


def test_scrolling_to_the_end_reads_the_next_page(qtbot: QtBot) -> None:
    till = Till()
    for number in range(PAGE + 20):
        till.sell(f"p-{number:03d}", later=number)
    till.show(qtbot)
    assert len(till.presenter.state.rows) == PAGE
    bar = till.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert len(till.presenter.state.rows) == PAGE + 20


def test_a_short_payment_never_wears_the_look_of_paid(qtbot: QtBot, till: Till) -> None:
    till.counter.shop.hear(PaymentId("p-1"), received_minor=200, exception=PaymentException.PAID_SHORT)
    view = till.show(qtbot)
    till.presenter.choose(PaymentId("p-1"))
    settle()
    badges = [part.text() for part in view.findChildren(QWidget) if type(part).__name__ == "Badge"]
    assert badges == [VI.t("counter.short")]


def test_in_a_low_window_an_open_payment_shows_how_it_went_and_stays_open_when_the_screen_comes_back(
    qtbot: QtBot, till: Till
) -> None:
    short = till.sell("p-3", amount=200_000, later=120_000)
    till.counter.shop.hear_paid(short, 200)
    view = till.show(qtbot, SMALL)
    till.presenter.choose(short)
    settle()
    area = view.findChild(ScrollArea)
    assert area is not None
    acts = [each for each in view.findChildren(QPushButton) if each.isVisible() and area.isAncestorOf(each)]
    assert len(acts) >= 3, "the acts give the room at the foot to what is told"
    assert area.height() > view.height() // 2
    assert out_of_reach(view) == []
    view.resume_focus()
    assert till.presenter.state.chosen == short
    assert view.focusWidget() is not None


def test_a_screen_built_anew_shows_what_is_looked_for(qtbot: QtBot, till: Till) -> None:
    till.show(qtbot)
    till.presenter.find("125000")
    again = PaymentsView(till.presenter, VI, till.counter.clock)
    qtbot.addWidget(again)
    assert again.findChildren(SearchField)[0].text() == "125000"
    QTest.keyClick(again.findChildren(SearchField)[0], Qt.Key.Key_Escape)
    assert till.presenter.state.wanted.text == ""
