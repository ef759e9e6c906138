"""Refunds at the till's screen: what is offered, what is refused, who must be asked, and what became of them."""

from dataclasses import replace

import pytest

from domain.approvals import Guarded
from domain.errors import ErrorCode, FailureCode
from domain.ids import Instant, RefundId
from domain.payments import Cause
from domain.policy import Actor
from domain.rails import Method, Provider
from domain.refundable import GivenBack
from domain.refunds import Refund, RefundOf, RefundOrigin, RefundStatus, RefundWay, Word
from domain.services.refunds import add_refund, keep_refund
from domain.vouchers import VoucherType
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, MANAGER, MERCHANT, NOON, OWNER, TILL, an_id
from tests.domain.approval_samples import ACCOUNTANT, AUDITOR
from tests.domain.till_facts import ask
from tests.ui.refund_stage import DUE, WHY, RefundStage, a_refund_stage, by_code, in_cash
from ui.presenters.paying_out import DRAWER
from ui.presenters.refund_state import RefundStage as Sheet
from ui.presenters.timeline import StepKind, timeline

DAY = 24 * 3_600_000


def given(units: TillUnits) -> list[tuple[object, ...]]:
    return ask(units, "SELECT amount_minor, status, way FROM refunds ORDER BY reference")


def of_cash(units: TillUnits, actor: Actor = OWNER) -> RefundStage:
    stage = a_refund_stage(units, actor)
    stage.open(in_cash(units))
    return stage


def of_code(units: TillUnits, actor: Actor = OWNER, received: int = DUE) -> RefundStage:
    stage = a_refund_stage(units, actor)
    stage.open(by_code(units, received=received))
    return stage


def test_the_whole_of_a_cash_sale_takes_a_reason_and_a_press(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    assert stage.payments.state.can_refund
    stage.payments.ask_refund()
    assert (stage.state.amount_minor, stage.state.offered_ways, stage.state.can_submit) == (
        DUE,
        (RefundWay.WALLET, RefundWay.CREDIT),
        False,
    )
    stage.refund.set_reason(WHY)
    stage.refund.submit()
    assert given(till_units) == [(DUE, "done", "wallet")]
    assert (stage.state.stage, stage.state.word, stage.state.fresh) == (Sheet.SHOWN, Word.DONE, True)
    stage.payments.refresh()
    assert stage.state.voucher is not None
    assert not stage.payments.state.can_refund
    assert stage.detail.row.given_back is GivenBack.ALL
    assert [row.given_back for row in stage.payments.state.rows] == [GivenBack.ALL]
    assert till_units.run(lambda uow: uow.accounts.balance(CASH)) == 0


def test_the_page_tells_of_it_on_its_one_line_of_time_with_its_voucher(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    assert stage.payments.state.can_void
    stage.give("20000")
    assert not stage.payments.state.can_void, "what was given back is not voided"
    assert stage.detail.row.given_back is GivenBack.PART
    (row,) = stage.detail.refunds
    assert (row.asked_by, row.approved_by, len(row.vouchers)) == ("Chị Hoa", "", 1)
    steps = [step for step in timeline(stage.detail) if step.kind is StepKind.REFUND]
    assert [(step.refund, step.words.key, step.words.facts["amount"]) for step in steps] == [
        (Word.DONE, "refund.step.done", 20_000)
    ]
    booked = [step.words.facts["number"] for step in timeline(stage.detail) if step.kind is StepKind.BOOKED]
    assert row.vouchers[0].number in booked


def test_a_part_and_then_the_rest_are_two_refunds_and_no_more_is_offered(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    stage.give("150.000")
    stage.refund.cancel()
    stage.payments.ask_refund()
    assert stage.state.amount_minor == DUE - 150_000
    stage.refund.set_reason(WHY)
    stage.refund.submit()
    stage.payments.refresh()
    assert [row[0] for row in given(till_units)] == [150_000, DUE - 150_000]
    assert not stage.payments.state.can_refund


@pytest.mark.parametrize("typed", ["450001", "0", "", "abc", "-5"])
def test_more_than_is_left_or_nothing_is_not_given_and_stays_typed(till_units: TillUnits, typed: str) -> None:
    stage = of_cash(till_units)
    stage.give(typed)
    assert given(till_units) == []
    assert (stage.state.stage, stage.state.amount, stage.state.reason) == (Sheet.FORM, typed, WHY)
    assert stage.state.too_much is (typed == "450001")


def test_a_second_press_gives_nothing_back_a_second_time(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    stage.ask("20000")
    stage.refund.submit()
    commands = stage.work.commands
    stage.refund.submit()
    assert stage.work.commands == commands
    assert len(given(till_units)) == 1


def test_a_press_whose_answer_was_lost_is_repeated_under_the_same_id(
    till_units: TillUnits, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = of_cash(till_units)
    stage.ask("20000")
    real = stage.work.command
    monkeypatch.setattr(stage.work, "command", lambda op, done, failed: real(op, lambda _refund: None, failed))
    stage.refund.submit()
    monkeypatch.undo()
    stage.refund._change(saving=False)
    stage.refund.submit()
    assert [row[0] for row in given(till_units)] == [20_000]
    assert stage.state.stage is Sheet.SHOWN


def test_what_another_gave_back_meanwhile_is_refused_and_nothing_typed_is_lost(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    stage.ask()
    other = a_second_screen(stage)
    other.give("100000")
    stage.refund.submit()
    problem = stage.state.problem
    assert problem is not None
    assert (problem.code, problem.facts["left"]) == (ErrorCode.REFUND_EXCEEDS, DUE - 100_000)
    assert (stage.state.stage, stage.state.reason, stage.state.saving) == (Sheet.FORM, WHY, False)
    stage.payments.refresh()
    assert stage.state.too_much
    stage.refund.set_amount("350000")
    assert stage.state.problem is None
    stage.refund.submit()
    assert [row[0] for row in given(till_units)] == [100_000, 350_000]


def a_second_screen(stage: RefundStage) -> RefundStage:
    """The same till's payment, opened once more."""
    other = replace(
        stage,
        payments=type(stage.payments)(
            stage.desk,
            lambda text: None,
            stage.payments.approval,
            stage.payments._hand,
            lambda bill: None,
            stage.opened.append,
        ),
    )
    other.payments.opened()
    other.payments.choose(stage.detail.row.id)
    return other


def test_a_cashier_is_warned_asks_a_manager_and_the_page_names_both(till_units: TillUnits) -> None:
    stage = of_cash(till_units, CASHIER)
    stage.ask("20000")
    assert stage.state.asks
    stage.refund.submit()
    approval = stage.payments.approval
    asked = approval.state.asked
    assert asked is not None
    assert (asked.action, asked.amount_minor, approval.state.reason) == (Guarded.REFUND, 20_000, WHY)
    approval.choose(next(user for user in approval.state.approvers or () if user.name == MANAGER.name))
    approval.submit("0000")
    assert given(till_units) == []
    approval.submit("1234")
    stage.payments.refresh()
    assert given(till_units) == [(20_000, "done", "wallet")]
    assert (stage.state.asked_by, stage.state.approved_by) == (CASHIER.name, MANAGER.name)
    assert StepKind.APPROVED in {step.kind for step in timeline(stage.detail)}
    assert not stage.state.can_open_voucher, "a cashier does not see the books"
    assert stage.state.can_print, "but hands over the paper of what they gave"
    stage.refund.print_voucher()
    paper = stage.state.paper
    assert paper is not None
    assert (paper.detail.item.type, paper.detail.item.total_minor) == (VoucherType.PAYMENT, 20_000)
    assert paper.detail.actor == CASHIER.name
    stage.refund.cancel()
    stage.desk.actor = MANAGER
    stage.refund.show(stage.detail.refunds[0])
    assert (stage.state.can_open_voucher, stage.state.can_print) == (True, False), "another finds it in the books"


def test_an_approval_that_is_not_given_leaves_the_sheet_as_it_was(till_units: TillUnits) -> None:
    stage = of_cash(till_units, CASHIER)
    stage.ask("20000")
    stage.refund.submit()
    stage.payments.approval.cancel()
    assert (stage.state.stage, stage.state.amount, stage.state.reason) == (Sheet.FORM, "20000", WHY)
    assert stage.state.can_submit
    assert given(till_units) == []


def test_a_manager_is_warned_only_above_the_limit(till_units: TillUnits) -> None:
    stage = a_refund_stage(till_units, MANAGER)
    stage.open(in_cash(till_units, amount=2_000_000))
    stage.ask("1000000")
    assert not stage.state.asks
    stage.refund.set_amount("1000001")
    assert stage.state.asks


@pytest.mark.parametrize("actor", [ACCOUNTANT, AUDITOR])
def test_who_is_not_at_the_counter_is_offered_nothing(till_units: TillUnits, actor: Actor) -> None:
    stage = of_cash(till_units, actor)
    assert not stage.payments.state.can_refund
    stage.payments.ask_refund()
    assert stage.state.stage is Sheet.CLOSED


def test_money_of_a_provider_goes_back_by_it_and_can_be_taken_back_while_it_is_not_sent(till_units: TillUnits) -> None:
    stage = of_code(till_units)
    stage.payments.ask_refund()
    assert (stage.state.offered_ways, stage.state.way) == (
        (RefundWay.ORIGINAL, RefundWay.WALLET, RefundWay.CREDIT),
        RefundWay.ORIGINAL,
    )
    stage.give("50000")
    assert (stage.state.word, stage.state.can_cancel) == (Word.NOT_SENT, True)
    assert stage.detail.row.given_back is GivenBack.NOTHING
    assert stage.detail.left.sale_minor == DUE - 50_000
    stage.refund.ask_cancel()
    stage.refund.confirm_cancel()
    assert (stage.state.word, stage.state.can_cancel) == (Word.CANCELLED, False)
    stage.payments.refresh()
    assert stage.detail.left.sale_minor == DUE


def test_what_was_sent_meanwhile_is_not_taken_back_and_the_refusal_says_so(till_units: TillUnits) -> None:
    stage = of_code(till_units)
    stage.give("50000")
    stage.refund.ask_cancel()
    shown = stage.state
    stage.hub_says(RefundStatus.SENT)
    assert (stage.state.word, stage.state.can_cancel, stage.state.asking_cancel) == (Word.SENT, False, False)
    stage.refund._become(shown)
    stage.refund.confirm_cancel()
    assert stage.state.problem is not None
    assert stage.state.problem.code is ErrorCode.INVALID_TRANSITION


def test_a_refund_of_a_provider_is_followed_to_its_end(till_units: TillUnits) -> None:
    stage = of_code(till_units)
    stage.give()
    stage.hub_says(RefundStatus.SENT)
    assert stage.state.word is Word.SENT
    stage.desk.now.pass_ms(8 * DAY)  # type: ignore[attr-defined]  # the clock of the test
    stage.payments.refresh()
    assert stage.state.word is Word.OVERDUE
    stage.hub_says(RefundStatus.DONE, NOON + 8 * DAY)
    assert stage.state.word is Word.DONE
    assert stage.detail.row.given_back is GivenBack.ALL


def test_a_provider_that_gives_nothing_back_is_not_offered(till_units: TillUnits) -> None:
    stage = a_refund_stage(till_units, OWNER)
    stage.open(by_code(till_units, method=Method.VIETQR))
    stage.payments.ask_refund()
    assert stage.state.offered_ways == (RefundWay.WALLET, RefundWay.CREDIT)


def test_a_part_by_a_provider_that_gives_back_no_parts_says_so_and_goes_otherwise(
    till_units: TillUnits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.presenters.refund_state.goes_back", lambda _m, _p, amount, received: amount == received)
    stage = of_code(till_units)
    stage.give("50000")
    assert (stage.state.whole_only, stage.state.can_submit, given(till_units)) == (True, False, [])
    stage.refund.choose_way(RefundWay.WALLET)
    assert (stage.state.whole_only, stage.state.can_submit) == (False, True)


def test_the_drawer_is_offered_first_and_another_wallet_pays_when_it_is_chosen(till_units: TillUnits) -> None:
    stage = of_code(till_units)
    stage.ask("50000", way=RefundWay.WALLET)
    assert stage.state.wallets[0] == DRAWER
    assert CASH not in [wallet.id for wallet in stage.state.wallets]
    bank = next(wallet for wallet in stage.state.wallets if wallet.id == BANK)
    stage.refund.choose_wallet(bank)
    stage.refund.submit()
    assert till_units.run(lambda uow: uow.accounts.balance(BANK)) == -50_000


def test_a_cashier_is_offered_no_wallet_but_the_drawer(till_units: TillUnits) -> None:
    stage = of_code(till_units, CASHIER)
    stage.payments.ask_refund()
    assert stage.state.wallets == (DRAWER,)


def test_what_was_too_much_goes_first_and_the_sale_can_be_chosen(till_units: TillUnits) -> None:
    stage = of_code(till_units, received=DUE + 5_000)
    stage.payments.ask_refund()
    assert stage.state.kinds == (RefundOf.EXCESS, RefundOf.SALE)
    assert (stage.state.what, stage.state.amount_minor) == (RefundOf.EXCESS, 5_000)
    stage.refund.choose_what(RefundOf.SALE)
    assert (stage.state.what, stage.state.amount_minor) == (RefundOf.SALE, DUE)
    stage.refund.choose_what(RefundOf.HELD)
    assert stage.state.what is RefundOf.SALE, "nothing waits"


def test_what_waits_of_a_short_payment_can_be_given_back(till_units: TillUnits) -> None:
    stage = of_code(till_units, received=200_000)
    stage.give()
    assert ask(till_units, "SELECT what, amount_minor FROM refunds") == [("held", 200_000)]


def test_leaving_the_screen_closes_the_sheet(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    stage.ask()
    stage.payments.closed()
    assert stage.state.stage is Sheet.CLOSED


def test_a_refund_is_opened_from_the_page_and_leads_to_its_voucher(till_units: TillUnits) -> None:
    stage = of_cash(till_units)
    stage.give("20000")
    stage.refund.cancel()
    (row,) = stage.detail.refunds
    stage.payments.show_refund(row.refund.id)
    assert (stage.state.shown, stage.state.fresh) == (row.refund, False)
    stage.refund.open_voucher()
    assert stage.opened == [row.vouchers[0].id]
    assert stage.state.stage is Sheet.CLOSED


def a_charge_back(stage: RefundStage, **changes: object) -> Refund:
    row = stage.detail.row
    made = Refund(
        id=RefundId(an_id("charge back")),
        merchant_id=MERCHANT,
        device_id=TILL,
        payment_id=row.id,
        origin=RefundOrigin.CHARGE_BACK,
        what=RefundOf.SALE,
        way=RefundWay.ORIGINAL,
        provider=Provider.VNPAY_QR_MMS,
        wallet_id=None,
        reference="CB-1",
        amount_minor=row.amount_minor,
        currency="VND",
        reason="",
        requested_by=None,
        approved_by=None,
        requested_at=NOON,
        status=RefundStatus.DONE,
        settled_at=NOON,
        updated_at=Instant(NOON),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # as each test says


def test_a_charge_back_stands_on_the_page_and_in_the_list(till_units: TillUnits) -> None:
    stage = of_code(till_units)
    till_units.run(lambda uow: add_refund(uow, a_charge_back(stage), Cause.HUB, NOON))
    stage.payments.refresh()
    assert [row.given_back for row in stage.payments.state.rows] == [GivenBack.CHARGED_BACK]
    steps = [step.words.key for step in timeline(stage.detail) if step.kind is StepKind.REFUND]
    assert steps == ["refund.step.charge_back"]
    assert not stage.payments.state.can_refund


def test_why_a_refund_failed_is_shown_and_it_can_be_given_back_otherwise(till_units: TillUnits) -> None:
    stage = of_code(till_units)
    failed = {"status": RefundStatus.FAILED, "failure": FailureCode.PROVIDER_UNAVAILABLE, "reason": WHY}
    asked = {"origin": RefundOrigin.PERSON, "requested_by": OWNER.user_id}
    made = a_charge_back(stage, **asked)
    begun = replace(made, status=RefundStatus.REQUESTED, settled_at=None)
    till_units.run(lambda uow: add_refund(uow, begun, Cause.PERSON, NOON))
    ended = replace(begun, **failed, revision=2)  # type: ignore[arg-type]  # as above
    till_units.run(lambda uow: keep_refund(uow, begun, ended, Cause.HUB, NOON))
    stage.payments.refresh()
    stage.payments.show_refund(made.id)
    assert (stage.state.word, stage.state.shown and stage.state.shown.failure) == (
        Word.FAILED,
        FailureCode.PROVIDER_UNAVAILABLE,
    )
    stage.refund.cancel()
    stage.give(way=RefundWay.WALLET)
    assert sorted(row[1:] for row in given(till_units)) == [("done", "wallet"), ("failed", "original")]
