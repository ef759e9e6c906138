"""Money without a payment at the till: matched to one, given back or written off, and what the hub says to it."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode
from domain.ids import AccountId, Instant, MessageId, PaymentId
from domain.messages import Message, MessageKind
from domain.money import Language
from domain.payments import ReceiptKind
from domain.policy import Actor
from domain.posting_rules import Places
from domain.rails import Method
from domain.resolution_bodies import resolution_body
from domain.resolutions import Act, Resolution, ResolutionStatus, settled
from domain.rows import Matter
from domain.services.accounts import grant_account
from domain.services.replication import receive_at_till
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR, TILL, sell
from tests.domain.approval_samples import ACCOUNTANT, add_people
from tests.domain.till_facts import ask
from tests.fakes.plain_pins import PlainPins
from tests.fakes.shown_view import (
    LARGE,
    SMALL,
    at_each_size,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
)
from tests.fakes.till_work import till_desk
from ui.dress import apply_theme
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.timeline import StepKind, timeline
from ui.presenters.unmatched import ACTS
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.payments import PaymentsView
from ui.views.unmatched import UnmatchedSheet

AMOUNT = 300_000
LATER = Instant(NOON + MINUTE)
WHY = "Khách gọi báo đã chuyển thiếu mã"


@dataclass
class Stage:
    """The screen of payments over money of 300,000 that names none, a code of as much and one of less."""

    units: TillUnits
    payments: PaymentsPresenter
    code: PaymentId
    other: PaymentId

    @property
    def sheet(self):  # type: ignore[no-untyped-def]  # the presenter in question
        return self.payments.unmatched

    def open(self) -> None:
        """Open the money in the list."""
        self.payments.show_matters()
        row = next(each for each in self.payments.matters.state.rows if each.kind is Matter.UNMATCHED)
        self.payments.open_matter(row)

    def decided(self) -> Resolution:
        """Return the one decision that was made."""
        (row,) = ask(self.units, "SELECT id FROM resolutions WHERE status = 'asked'")
        found = self.units.run(lambda uow: uow.resolutions.get(row[0]))
        assert found is not None
        return found

    def hub_says(self, why: ErrorCode | None = None) -> None:
        """Let the hub's answer to what was asked arrive."""
        answer = settled(self.decided(), LATER, why)
        message = Message(
            MessageId(f"answer-{answer.id}"),
            answer.id,
            MessageKind.RESOLUTION,
            resolution_body(answer),
            MERCHANT,
            TILL,
        )
        self.units.run(lambda uow: receive_at_till(uow, message, LATER))
        self.payments.refresh()


def a_stage(units: TillUnits, actor: Actor = OWNER, amount: int = AMOUNT) -> Stage:
    add_people(units)
    code = units.run(lambda uow: sell(uow, "code", method=Method.VIETQR, amount_minor=amount)).id
    other = units.run(lambda uow: sell(uow, "other", method=Method.VIETQR, amount_minor=45_000)).id
    units.run(lambda uow: sell(uow, "cash", amount_minor=amount))
    units.run(
        lambda uow: post_event(
            uow,
            SourceEvent("prov:sepay", "k1"),
            ReceiptKind.UNMATCHED,
            Places(AccountId(QR)),
            NOON,
            {"amount": amount},
            memo="Chuyen tien mua hang",
        )
    )
    if actor not in (OWNER, CASHIER):
        units.run(lambda uow: grant_account(uow, OWNER, actor.user_id, QR, NOON, granted=True))
    desk = till_desk(units, actor)
    approval = ApprovalPresenter(desk, PlainPins())
    hand = HandConfirmPresenter(desk, ApprovalPresenter(desk, PlainPins()))
    payments = PaymentsPresenter(desk, lambda text: None, approval, hand, lambda bill: None, lambda voucher: None)
    payments.opened()
    return Stage(units, payments, code, other)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


def test_the_payment_of_the_same_amount_is_offered_first_and_chosen(till_units: TillUnits) -> None:
    stage = a_stage(till_units)
    stage.open()
    state = stage.sheet.state
    assert [row.id for row in state.candidates] == [stage.code, stage.other], "cash takes no transfer"
    assert state.chosen == stage.code
    stage.sheet.find("45000")
    assert [row.id for row in stage.sheet.state.candidates] == [stage.other]
    assert stage.sheet.state.chosen is None, "an amount that differs is chosen by the person alone"


def test_a_match_is_being_booked_until_the_hub_has_done_it(till_units: TillUnits) -> None:
    stage = a_stage(till_units)
    stage.open()
    stage.sheet.submit()
    assert stage.sheet.state.decision is None, "nothing is asked for without a reason"
    stage.sheet.set_reason(WHY)
    stage.sheet.submit()
    assert stage.decided().payment_id == stage.code
    stage.payments.refresh()
    (row,) = [each for each in stage.payments.matters.state.rows if each.kind is Matter.UNMATCHED]
    assert row.decision is not None
    assert (row.decision.by, row.decision.resolution.status) == (OWNER.name, ResolutionStatus.ASKED)
    assert not stage.sheet.state.asking
    stage.hub_says()
    told = stage.sheet.state.decision
    assert told is not None
    assert told.resolution.status is ResolutionStatus.DONE
    assert stage.payments.matters.state.rows == ()
    stage.payments.matters.show_settled()
    assert [each.decision.resolution.act for each in stage.payments.matters.state.shown if each.decision] == [Act.MATCH]
    stage.payments.choose(stage.code)
    detail = stage.payments.state.detail
    assert detail is not None
    decided = [step for step in timeline(detail) if step.kind is StepKind.DECIDED]
    assert [step.words.facts["reason"] for step in decided] == [WHY]


def test_what_somebody_else_did_first_is_said_and_what_was_typed_stands(till_units: TillUnits) -> None:
    stage = a_stage(till_units)
    stage.open()
    stage.sheet.set_reason(WHY)
    stage.sheet.choose_act(Act.WRITE_OFF)
    stage.sheet.submit()
    stage.hub_says(ErrorCode.MONEY_RESOLVED)
    state = stage.sheet.state
    assert state.decision is not None
    assert (state.decision.resolution.failure, state.asking, state.reason) == (ErrorCode.MONEY_RESOLVED, True, WHY)
    stage.sheet.submit()
    assert stage.decided().act is Act.WRITE_OFF


def test_a_manager_asks_another_above_the_limit(till_units: TillUnits) -> None:
    stage = a_stage(till_units, MANAGER, amount=2_000_001)
    stage.open()
    stage.sheet.set_reason(WHY)
    assert stage.sheet.state.asks
    stage.sheet.submit()
    asked = stage.payments.approval.state.asked
    assert asked is not None
    assert asked.amount_minor == 2_000_001
    assert stage.sheet.state.reason == WHY
    approval = stage.payments.approval
    approval.choose(next(user for user in approval.state.approvers or () if user.name == OWNER.name))
    approval.submit("1234")
    assert stage.decided().approved_by == OWNER.user_id


def test_who_may_not_decide_sees_the_money_and_is_asked_nothing(till_units: TillUnits) -> None:
    stage = a_stage(till_units, ACCOUNTANT)
    stage.open()
    assert stage.sheet.state.row is not None
    assert not stage.sheet.state.asking
    stage.sheet.set_reason(WHY)
    stage.sheet.submit()
    assert ask(till_units, "SELECT COUNT(*) FROM resolutions") == [(0,)]


def sheet_of(qtbot: QtBot, stage: Stage, size: tuple[int, int], language: Language) -> UnmatchedSheet:
    view = PaymentsView(stage.payments, Texts(language), lambda: NOON)
    show_view(qtbot, view, size)
    stage.open()
    settle()
    sheet = view.findChild(UnmatchedSheet)
    assert sheet is not None
    return sheet


@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", [*(act.value for act in ACTS), "asked", "refused"])
def test_the_sheet_fits_and_all_of_it_is_reached(
    qapp: QApplication,
    qtbot: QtBot,
    till_units: TillUnits,
    scene: str,
    language: Language,
    scale: TextScale,
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = a_stage(till_units)
    sheet = sheet_of(qtbot, stage, SMALL, language)
    stage.sheet.set_reason(WHY)
    if scene in ("asked", "refused"):
        stage.sheet.submit()
    else:
        stage.sheet.choose_act(Act(scene))
    if scene == "refused":
        stage.hub_says(ErrorCode.MONEY_RESOLVED)
    for _ in at_each_size(sheet):
        assert cut_off(sheet) == []
        assert too_small_or_nameless(sheet) == []
        assert out_of_reach(sheet) == []


def test_by_keys_alone_money_is_matched(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = a_stage(till_units)
    sheet = sheet_of(qtbot, stage, LARGE, Language.EN)
    reason = next(each for each in sheet.findChildren(QLineEdit) if each.hasFocus())
    QTest.keyClicks(reason, "They called")
    QTest.keyClick(reason, Qt.Key.Key_Return)
    settle()
    assert stage.decided().reason == "They called"
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    settle()
    assert stage.sheet.state.row is None
