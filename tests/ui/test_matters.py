"""What needs a look: by its kind, counted for who looks after the shop, opened by a press; and a sale's page."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from domain.bills import Bill
from domain.ids import BillId, Instant, PaymentId, VoucherId
from domain.money import Language
from domain.payment_rows import Matter, MatterRow
from domain.payments import PaymentException, PaymentStatus
from domain.policy import Actor
from domain.rails import Method
from domain.services.payments import start_payment
from tests.fakes.counter import Counter
from tests.fakes.plain_pins import PlainPins
from tests.fakes.shown_view import (
    LARGE,
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
from tests.fakes.small_shop import CASHIER, NOON, OWNER, SmallUnitOfWork
from ui.dress import apply_theme
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.timeline import StepKind, timeline
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.payments import PaymentsView
from ui.widgets.table import DataTable

EN = Texts(Language.EN)
DUE = 499_999_999
PART = 200_000_000
FIRST, SECOND = PaymentId("p-1"), PaymentId("p-2")


def a_row(kind: Matter, at_stake: int, payment_id: PaymentId | None = FIRST) -> MatterRow:
    voucher_id = None if payment_id else VoucherId("v-1")
    return MatterRow(kind, NOON, "BANA01A0000017", "Chị Ba", DUE, DUE, at_stake, payment_id, voucher_id)


@dataclass
class Stage:
    """The screen of payments over a sale of two payments, the second a code that waits."""

    actor: Actor = OWNER
    language: Language = Language.EN
    gone_on: list[BillId] = field(default_factory=list)
    opened: list[VoucherId] = field(default_factory=list)
    counter: Counter = field(init=False)
    hand: HandConfirmPresenter = field(init=False)
    presenter: PaymentsPresenter = field(init=False)
    view: PaymentsView = field(init=False)

    def __post_init__(self) -> None:
        self.counter = Counter(actor=self.actor)
        desk = self.counter.desk
        self.hand = HandConfirmPresenter(desk, ApprovalPresenter(desk, PlainPins()))
        approval = ApprovalPresenter(desk, PlainPins())
        self.presenter = PaymentsPresenter(
            desk, lambda text: None, approval, self.hand, self.gone_on.append, self.opened.append
        )
        self.take(FIRST, Method.CASH, PART, 0)
        self.take(SECOND, Method.VIETQR, DUE - PART, 60_000)
        self.counter.work.queries.matter_rows = (
            a_row(Matter.SHORT, DUE - PART),
            a_row(Matter.TWICE, 5_000, SECOND),
            a_row(Matter.UNMATCHED, 70_000, None),
        )

    def take(self, payment_id: PaymentId, method: Method, amount: int, later: int, **facts: Any) -> None:
        uow = SmallUnitOfWork(self.counter.shop)
        bill, at = Bill(BillId(FIRST), DUE), Instant(NOON + later)
        start_payment(uow, CASHIER, payment_id, method, amount, at, online=True, bill=bill, **facts)  # type: ignore[arg-type]  # a fake with only the ports in use

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> PaymentsView:
        self.view = PaymentsView(self.presenter, Texts(self.language), self.counter.clock)
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        return self.view

    def table(self) -> DataTable[MatterRow]:
        """The table in front."""
        found: DataTable[MatterRow] = next(each for each in self.view.findChildren(DataTable) if each.isVisible())
        return found


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.presenter.opened()
    return made


# The presenter


def test_the_list_is_of_all_kinds_and_of_one_when_it_is_pressed(stage: Stage) -> None:
    matters = stage.presenter.matters
    stage.presenter.show_matters()
    assert [row.kind for row in matters.state.shown] == [Matter.SHORT, Matter.TWICE, Matter.UNMATCHED]
    matters.choose(Matter.TWICE)
    assert [row.at_stake_minor for row in matters.state.shown] == [5_000]
    stage.presenter.show_group(None)
    assert not matters.state.looking
    stage.presenter.show_matters()
    assert len(matters.state.shown) == 3


def test_who_sees_balances_is_told_how_many_there_are_and_a_cashier_is_not(stage: Stage) -> None:
    counts = stage.presenter.matters.state.counts
    assert counts is not None
    assert (counts[Matter.SHORT], counts[Matter.LATE]) == (1, 0)
    at_counter = Stage(actor=CASHIER)
    at_counter.presenter.opened()
    assert at_counter.presenter.matters.state.loaded
    assert at_counter.presenter.matters.state.counts is None


def test_nothing_of_the_last_persons_list_is_left(stage: Stage) -> None:
    stage.counter.work.held = True
    stage.counter.desk.actor = CASHIER
    stage.presenter.opened()
    assert stage.presenter.matters.state.rows == ()


def test_a_matter_opens_its_payment_and_money_without_one_its_sheet_with_its_voucher(stage: Stage) -> None:
    short, _, unmatched = stage.presenter.matters.state.rows
    stage.presenter.open_matter(short)
    assert stage.presenter.state.chosen == FIRST
    stage.presenter.open_matter(unmatched)
    assert stage.presenter.unmatched.state.row == unmatched
    stage.presenter.unmatched.open_voucher()
    assert (stage.opened, stage.presenter.unmatched.state.row) == (["v-1"], None)


def test_what_is_missing_is_collected_at_the_counter(stage: Stage) -> None:
    stage.presenter.choose(FIRST)
    assert stage.presenter.state.can_collect
    stage.presenter.collect()
    assert stage.gone_on == [BillId(FIRST)]
    stage.counter.shop.hear_paid(SECOND)
    stage.presenter.refresh()
    assert not stage.presenter.state.can_collect


def test_a_sales_page_is_one_line_of_time_for_all_its_payments(stage: Stage) -> None:
    stage.presenter.choose(SECOND)
    detail = stage.presenter.state.detail
    assert detail is not None
    steps = timeline(detail)
    times = [step.at for step in steps if step.at is not None]
    assert times == sorted(times)
    named = {step.tender.facts["amount"] for step in steps if step.tender is not None}
    assert named == {PART, DUE - PART}
    assert [step.kind for step in steps].count(StepKind.BOOKED) == 1


def test_only_a_code_that_waits_or_ran_out_may_be_confirmed_by_hand(stage: Stage) -> None:
    row = stage.counter.shop.row(stage.counter.shop.payments[SECOND])
    assert stage.hand.offered_for(row)
    assert stage.hand.offered_for(replace(row, status=PaymentStatus.EXPIRED))
    for status in (PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.CANCELLED):
        assert not stage.hand.offered_for(replace(row, status=status))
    assert not stage.hand.offered_for(replace(row, method=Method.CASH))
    stage.counter.clock.pass_ms(4 * 24 * 3600 * 1000)
    assert not stage.hand.offered_for(replace(row, status=PaymentStatus.EXPIRED))


# The screen


@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", ["list", "nothing", "short", "waiting", "by hand"])
def test_nothing_is_cut_off_too_small_nameless_or_out_of_reach(
    qapp: QApplication, qtbot: QtBot, scene: str, language: Language, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = Stage(language=language)
    view = stage.show(qtbot, SMALL)
    stage.presenter.show_matters()
    settle()  # nobody presses two things before the screen has drawn the first
    if scene == "nothing":
        stage.counter.work.queries.matter_rows = ()
        stage.presenter.refresh()
    if scene == "short":
        stage.presenter.choose(FIRST)
    if scene == "waiting":
        stage.presenter.choose(SECOND)
    if scene == "by hand":
        news = {"exception": PaymentException.CONFIRMED_BY_HAND, "confirmed_minor": DUE - PART}
        stage.counter.shop.hear(SECOND, status=PaymentStatus.PAID, received_minor=DUE - PART, **news)
        stage.presenter.choose(SECOND)
    for size in at_each_size(view):
        assert cut_off(view) == []
        assert too_small_or_nameless(view) == []
        assert out_of_reach(view) == []
        assert (view.width(), view.height()) == size, "the screen asked for more room than it was given"


def test_by_keys_alone_a_matter_is_opened_and_its_rest_collected(qtbot: QtBot) -> None:
    stage = Stage()
    view = stage.show(qtbot)
    button_saying(view, "Needs a look (3)").setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    settle()
    table = stage.table()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle()
    assert "Sale\n" in words_of(view)
    collect = button_saying(view, EN.t("payment.collect", amount=DUE - PART))
    collect.setFocus()
    QTest.keyClick(collect, Qt.Key.Key_Return)
    assert stage.gone_on == [BillId(FIRST)]


def test_the_other_payment_of_a_sale_is_opened_by_a_press(qtbot: QtBot) -> None:
    stage = Stage()
    view = stage.show(qtbot)
    stage.presenter.choose(SECOND)
    settle()
    button_saying(view, EN.t("sale.part", method="cash", amount=PART)).click()
    settle()
    assert stage.presenter.state.chosen == FIRST


def test_the_search_leads_back_to_the_plain_list(qtbot: QtBot) -> None:
    stage = Stage()
    view = stage.show(qtbot)
    stage.presenter.show_matters()
    settle()
    view.focus_search()
    settle()
    assert not stage.presenter.matters.state.looking
    assert isinstance(QApplication.focusWidget(), type(view._search))
