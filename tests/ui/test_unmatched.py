"""Money without a payment at the till: matched to one, given back or written off, and what the hub says to it."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode
from domain.holders import holder_id
from domain.ids import AccountId, Instant, MessageId, PaymentId, ResolutionId
from domain.messages import Message, MessageKind
from domain.money import Language
from domain.payment_rows import Matter
from domain.policy import Actor
from domain.posting_rules import Places
from domain.rails import Method
from domain.resolution_bodies import resolution_body
from domain.resolutions import Act, Resolution, ResolutionStatus, settled
from domain.services.accounts import grant_account
from domain.services.replication import receive_at_till
from domain.services.vouchers import post_event
from domain.settlement import ReceiptKind
from domain.vouchers import SourceEvent
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR, TILL, an_id, sell
from tests.domain.approval_samples import ACCOUNTANT, add_people
from tests.domain.resolution_samples import a_notice
from tests.domain.till_facts import ask
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
from tests.fakes.till_work import till_desk
from ui.dress import apply_theme
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.timeline import StepKind, timeline
from ui.presenters.unmatched import ACTS, UnmatchedPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.payments import PaymentsView
from ui.views.unmatched import UnmatchedSheet

AMOUNT = 300_000
LATER = Instant(NOON + MINUTE)
WHY = "Khách gọi báo đã chuyển thiếu mã"
PHONE = "0903 111 218"
HOLDER = holder_id(MERCHANT, "0903111218")
NOTICE = ResolutionId(an_id("notice"))


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

    def open_notice(self) -> None:
        """Open what a provider did, the only such row of the list."""
        self.payments.show_matters()
        row = next(each for each in self.payments.matters.state.rows if each.notice is not None)
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


def bring_money(units: TillUnits, key: str, amount: int) -> None:
    """Let money come that names no payment, as the hub told."""
    units.run(
        lambda uow: post_event(
            uow,
            SourceEvent("prov:sepay", key),
            ReceiptKind.UNMATCHED,
            Places(AccountId(QR)),
            NOON,
            {"amount": amount},
            memo="Chuyen tien mua hang",
        )
    )


def a_stage(units: TillUnits, actor: Actor = OWNER, amount: int = AMOUNT) -> Stage:
    add_people(units)
    code = units.run(lambda uow: sell(uow, "code", method=Method.VIETQR, amount_minor=amount)).id
    other = units.run(lambda uow: sell(uow, "other", method=Method.VIETQR, amount_minor=45_000)).id
    units.run(lambda uow: sell(uow, "cash", amount_minor=amount))
    bring_money(units, "k1", amount)
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


def test_money_is_kept_as_the_credit_of_a_customer_who_is_written_down_with_it(till_units: TillUnits) -> None:
    stage = a_stage(till_units)
    stage.open()
    stage.sheet.choose_act(Act.CREDIT)
    stage.sheet.set_reason(WHY)
    stage.sheet.submit()
    assert not stage.sheet.state.saving, "nobody knows whose credit"
    stage.sheet.set_phone(PHONE)
    assert (stage.sheet.state.keeper.is_new, stage.sheet.state.can_submit) == (True, False)
    stage.sheet.set_name("Anh Lân")
    stage.sheet.submit()
    assert ask(till_units, "SELECT id, name, balance_minor FROM holders") == [(HOLDER, "Anh Lân", 0)]
    decided = stage.decided()
    assert (decided.act, decided.holder_id, decided.amount_minor) == (Act.CREDIT, HOLDER, AMOUNT)
    stage.hub_says()
    assert stage.payments.matters.state.rows == ()
    stage.sheet.cancel()
    other = a_stage_of_more_money(stage)
    other.set_phone(PHONE)
    assert other.state.keeper.holder is not None, "known by the number from now on"
    other.set_phone("0903")
    assert (other.state.keeper.key, other.state.keeper.is_named) == (None, False)


def a_stage_of_more_money(stage: Stage) -> UnmatchedPresenter:
    """Let more money come that names no payment, and open its sheet for credit."""
    bring_money(stage.units, "k2", 20_000)
    stage.payments.refresh()
    stage.open()
    stage.sheet.choose_act(Act.CREDIT)
    presenter: UnmatchedPresenter = stage.sheet
    return presenter


def test_money_of_another_currency_is_shown_in_its_own_until_somebody_says_what_was_done(
    qtbot: QtBot, till_units: TillUnits
) -> None:
    stage = a_stage(till_units)
    hear(till_units, a_notice(NOTICE))
    stage.payments.refresh()
    view = PaymentsView(stage.payments, Texts(Language.EN), lambda: NOON)
    show_view(qtbot, view, LARGE)
    stage.open_notice()
    settle()
    sheet = view.findChild(UnmatchedSheet)
    assert sheet is not None
    said = words_of(sheet)
    assert "12.50\u00a0US$" in said
    assert "Stripe" in said
    assert "Match" not in said
    assert not button_saying(sheet, "Dealt with").isEnabled()
    QTest.keyClicks(next(each for each in sheet.findChildren(QLineEdit) if each.hasFocus()), "Sent it back there")
    button_saying(sheet, "Dealt with").click()
    settle()
    seen = stage.decided()
    assert (seen.act, seen.subject_id, seen.currency, seen.requested_by) == (Act.SEEN, NOTICE, "USD", OWNER.user_id)
    stage.hub_says()
    settle()
    assert "12.50\u00a0US$ seen." in words_of(sheet)
    assert [row.kind for row in stage.payments.matters.state.rows] == [Matter.UNMATCHED]
    stage.payments.matters.show_settled()
    assert [(row.kind, row.currency) for row in stage.payments.matters.state.shown] == [(Matter.FOREIGN, "USD")]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("act", [Act.FOREIGN, Act.FOREIGN_GONE, Act.LOST])
def test_the_sheet_of_what_a_provider_did_fits_at_the_largest_words(
    qapp: QApplication, qtbot: QtBot, till_units: TillUnits, act: Act, language: Language
) -> None:
    apply_theme(qapp, Theme(scale=TextScale.LARGEST, reduced_motion=True))
    stage = a_stage(till_units)
    currency = "VND" if act is Act.LOST else "USD"
    hear(till_units, a_notice(NOTICE, act=act, currency=currency))
    stage.payments.refresh()
    view = PaymentsView(stage.payments, Texts(language), lambda: NOON)
    show_view(qtbot, view, SMALL)
    stage.open_notice()
    settle()
    sheet = view.findChild(UnmatchedSheet)
    assert sheet is not None
    assert cut_off(sheet) == []
    assert too_small_or_nameless(sheet) == []
    assert out_of_reach(sheet) == []


def hear(units: TillUnits, told: Resolution) -> None:
    """Let the hub's word of what a provider did arrive."""
    message = Message(
        MessageId(f"told-{told.id}"), told.id, MessageKind.RESOLUTION, resolution_body(told), MERCHANT, TILL
    )
    units.run(lambda uow: receive_at_till(uow, message, LATER))


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
