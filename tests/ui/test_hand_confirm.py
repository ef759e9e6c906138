"""Confirming by hand at the till: what was seen, a manager's PIN on the spot, and the sheet that goes by itself."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from domain.display import CounterStatus
from domain.errors import ErrorCode
from domain.ids import PaymentId
from domain.money import Language
from domain.payments import PaymentStatus
from domain.policy import Actor
from domain.rails import Method
from domain.services.payments import cancel_payment
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER, sell
from tests.domain.approval_samples import AUDITOR, add_people
from tests.domain.till_facts import ask
from tests.fakes.plain_pins import PlainPins
from tests.fakes.shown_view import (
    LARGE,
    SMALL,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.till_work import till_desk
from ui.dress import apply_theme
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.timeline import StepKind, timeline
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.hand_confirm import HandConfirmDoor, HandConfirmSheet
from ui.views.payments import PaymentsView

AMOUNT = 300_000
SEEN = "FT26325123 trên ứng dụng Vietcombank"


@dataclass
class Stage:
    """A code that waits, and the screen of payments on which it is open."""

    units: TillUnits
    desk: Desk
    hand: HandConfirmPresenter
    payments: PaymentsPresenter
    code: PaymentId

    def confirm(self, seen: str = SEEN) -> None:
        self.payments.ask_confirm()
        self.hand.set_evidence(seen)
        self.hand.confirm()

    def approve(self, pin: str = "1234") -> None:
        approval = self.hand.approval
        approval.choose(next(user for user in approval.state.approvers or () if user.name == MANAGER.name))
        approval.submit(pin)

    @property
    def status(self) -> PaymentStatus:
        detail = self.payments.state.detail
        assert detail is not None
        return detail.row.status


def a_stage(units: TillUnits, actor: Actor, amount: int = AMOUNT) -> Stage:
    add_people(units)
    desk = till_desk(units, actor)
    hand = HandConfirmPresenter(desk, ApprovalPresenter(desk, PlainPins()))
    approval = ApprovalPresenter(desk, PlainPins())
    payments = PaymentsPresenter(desk, lambda text: None, approval, hand, lambda bill: None, lambda voucher: None)
    code = units.run(lambda uow: sell(uow, "code", method=Method.VIETQR, amount_minor=amount)).id
    payments.opened()
    payments.choose(code)
    return Stage(units, desk, hand, payments, code)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


def test_the_owner_confirms_alone_and_the_page_tells_what_was_seen(till_units: TillUnits) -> None:
    stage = a_stage(till_units, OWNER)
    assert stage.payments.state.can_confirm
    stage.confirm()
    stage.payments.refresh()
    assert stage.hand.state.payment is None
    detail = stage.payments.state.detail
    assert detail is not None
    assert (detail.row.status, detail.sale.confirmed_minor) == (PaymentStatus.PAID, AMOUNT)
    steps = timeline(detail)
    assert CounterStatus.BY_HAND in {step.status for step in steps}
    booked = next(step for step in steps if step.kind is StepKind.BOOKED)
    assert booked.words.facts["evidence"] == SEEN
    assert not stage.payments.state.can_confirm


def test_a_cashier_asks_a_manager_and_the_page_tells_who_approved(till_units: TillUnits) -> None:
    stage = a_stage(till_units, CASHIER)
    stage.confirm()
    asked = stage.hand.approval.state.asked
    assert asked is not None
    assert (asked.amount_minor, stage.hand.approval.state.reason) == (AMOUNT, SEEN)
    stage.approve(pin="0000")
    assert stage.hand.approval.state.tries_left
    stage.approve()
    stage.payments.refresh()
    detail = stage.payments.state.detail
    assert detail is not None
    approved = next(step for step in timeline(detail) if step.kind is StepKind.APPROVED)
    assert approved.words.facts["approver"] == MANAGER.name
    assert approved.words.facts["requester"] == CASHIER.name
    assert ask(till_units, "SELECT action FROM approvals") == [("hand_confirm",)]


def test_without_the_pin_nothing_happens_and_what_was_typed_stands(till_units: TillUnits) -> None:
    stage = a_stage(till_units, CASHIER)
    stage.confirm()
    stage.hand.approval.cancel()
    assert (stage.hand.state.evidence, stage.hand.state.saving) == (SEEN, False)
    stage.payments.refresh()
    assert stage.status is PaymentStatus.PENDING


def test_nothing_is_confirmed_without_evidence(till_units: TillUnits) -> None:
    stage = a_stage(till_units, OWNER)
    stage.confirm("   ")
    stage.payments.refresh()
    assert stage.status is PaymentStatus.PENDING


def test_a_manager_confirms_up_to_the_limit_alone_and_beyond_with_another(till_units: TillUnits) -> None:
    stage = a_stage(till_units, MANAGER, amount=2_000_001)
    stage.confirm()
    assert stage.hand.approval.state.asked is not None


def test_who_takes_no_money_is_offered_nothing(till_units: TillUnits) -> None:
    stage = a_stage(till_units, AUDITOR)
    assert not stage.payments.state.can_confirm
    stage.payments.ask_confirm()
    assert stage.hand.state.payment is None


def test_the_question_goes_when_the_payment_was_settled_otherwise(till_units: TillUnits) -> None:
    stage = a_stage(till_units, OWNER)
    stage.payments.ask_confirm()
    till_units.run(lambda uow: cancel_payment(uow, OWNER, stage.code, NOON))
    stage.payments.refresh()
    assert stage.hand.state.payment is None


def test_a_refusal_is_said_on_the_sheet_and_keeps_what_was_typed(till_units: TillUnits) -> None:
    stage = a_stage(till_units, OWNER)
    stage.payments.ask_confirm()
    stage.hand.set_evidence(SEEN)
    till_units.run(lambda uow: cancel_payment(uow, OWNER, stage.code, NOON))
    stage.hand.confirm()
    problem = stage.hand.state.problem
    assert problem is not None
    assert (problem.code, stage.hand.state.evidence) == (ErrorCode.INVALID_TRANSITION, SEEN)


def sheet_of(qtbot: QtBot, stage: Stage, size: tuple[int, int], language: Language) -> HandConfirmSheet:
    view = PaymentsView(stage.payments, Texts(language), lambda: NOON)
    show_view(qtbot, view, size)
    HandConfirmDoor(view, stage.hand, Texts(language))
    stage.payments.ask_confirm()
    settle()
    sheet = view.findChild(HandConfirmSheet)
    assert sheet is not None
    return sheet


@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
def test_the_sheet_fits_and_all_of_it_is_reached(
    qapp: QApplication,
    qtbot: QtBot,
    till_units: TillUnits,
    language: Language,
    size: tuple[int, int],
    scale: TextScale,
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    sheet = sheet_of(qtbot, a_stage(till_units, OWNER), size, language)
    sheet._presenter.set_evidence(SEEN)
    settle()
    assert cut_off(sheet) == []
    assert too_small_or_nameless(sheet) == []
    assert out_of_reach(sheet) == []


def test_by_keys_alone_a_payment_is_confirmed(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = a_stage(till_units, OWNER)
    sheet = sheet_of(qtbot, stage, LARGE, Language.EN)
    assert "300,000" in words_of(sheet)
    field = sheet.findChild(QLineEdit)
    assert field is not None
    assert field.hasFocus()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert stage.hand.state.payment is not None, "nothing is confirmed without evidence"
    QTest.keyClicks(field, "FT26325123")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle()
    stage.payments.refresh()
    assert stage.status is PaymentStatus.PAID
    assert stage.hand.state.payment is None


def test_esc_closes_the_sheet_and_nothing_was_confirmed(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = a_stage(till_units, OWNER)
    sheet = sheet_of(qtbot, stage, LARGE, Language.EN)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    settle()
    assert stage.hand.state.payment is None
    assert stage.status is PaymentStatus.PENDING
