"""Keeping money as a customer's credit, at the refund sheet: who it is, what is needed, and what became of it."""

from domain.errors import ErrorCode
from domain.holders import holder_id
from domain.ids import MessageId, RefundId
from domain.refunds import RefundOf, RefundWay, Word
from domain.services.holders import save_holder, top_up
from domain.services.refunds import ask_refund
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, MERCHANT, NOON, OWNER, an_id
from tests.domain.till_facts import ask
from tests.ui.refund_stage import DUE, WHY, RefundStage, a_refund_stage, by_code, in_cash
from ui.presenters.refund_state import RefundStage as Sheet
from ui.presenters.timeline import StepKind, timeline

PHONE = "0903 111 218"
HOA = holder_id(MERCHANT, "0903111218")


def known(units: TillUnits) -> None:
    """Write a customer down, with 10,000 stored."""
    units.run(lambda uow: save_holder(uow, OWNER, PHONE, "Chị Hoà", MessageId(an_id("hoa")), NOON))
    units.run(lambda uow: top_up(uow, OWNER, an_id("top up"), HOA, 10_000, NOON))


def too_much(units: TillUnits) -> RefundStage:
    stage = a_refund_stage(units, OWNER)
    stage.open(by_code(units, received=DUE + 5_000))
    return stage


def stored(units: TillUnits) -> int:
    return units.run(lambda uow: uow.holders.balance(HOA))


def test_what_was_too_much_leads_from_the_payments_page_to_credit_and_a_known_number_is_enough(
    till_units: TillUnits,
) -> None:
    known(till_units)
    stage = too_much(till_units)
    assert stage.payments.state.can_keep
    stage.payments.ask_refund(RefundWay.CREDIT)
    assert (stage.state.way, stage.state.what, stage.state.amount_minor) == (RefundWay.CREDIT, RefundOf.EXCESS, 5_000)
    stage.refund.set_reason(WHY)
    assert not stage.state.can_submit, "nobody is named yet"
    stage.refund.set_phone(PHONE)
    assert stage.state.holder is not None
    assert (stage.state.holder.name, stage.state.holder.balance_minor) == ("Chị Hoà", 10_000)
    assert (stage.state.is_new, stage.state.can_submit) == (False, True)
    stage.refund.submit()
    stage.payments.refresh()
    assert (stage.state.stage, stage.state.word, stage.state.fresh) == (Sheet.SHOWN, Word.DONE, True)
    assert stored(till_units) == 15_000
    assert ask(till_units, "SELECT name FROM holders") == [("Chị Hoà",)]
    assert not stage.payments.state.can_keep
    assert "refund.step.kept" in [each.words.key for each in timeline(stage.detail) if each.kind is StepKind.REFUND]


def test_an_unknown_number_takes_a_name_and_both_are_kept_in_one_press(till_units: TillUnits) -> None:
    stage = too_much(till_units)
    stage.payments.ask_refund(RefundWay.CREDIT)
    stage.refund.set_reason(WHY)
    stage.refund.set_phone("0903")
    assert (stage.state.is_new, stage.state.can_submit) == (False, False), "no number yet"
    stage.refund.set_phone(PHONE)
    assert (stage.state.is_new, stage.state.can_submit) == (True, False)
    stage.refund.set_name("Anh Lân")
    stage.refund.submit()
    assert ask(till_units, "SELECT id, name, balance_minor FROM holders") == [(HOA, "Anh Lân", 5_000)]
    assert stage.state.holder is not None
    assert stage.state.holder.name == "Anh Lân"
    stage.refund.cancel()
    stage.payments.refresh()
    (row,) = stage.detail.refunds
    stage.refund.show(row)
    assert stage.state.holder is not None, "opened again it tells whose it is"


def test_another_number_is_another_customer_and_a_space_in_it_is_not(till_units: TillUnits) -> None:
    known(till_units)
    stage = too_much(till_units)
    stage.payments.ask_refund(RefundWay.CREDIT)
    stage.refund.set_phone(PHONE)
    stage.refund.set_phone("0903111218")
    assert stage.state.holder is not None
    stage.refund.set_phone("0903111219")
    assert (stage.state.holder, stage.state.is_new) == (None, True)
    stage.refund.choose_way(RefundWay.WALLET)
    stage.refund.set_reason(WHY)
    assert (stage.state.is_new, stage.state.can_submit) == (False, True), "who it is matters to credit alone"


def test_a_cashiers_credit_waits_for_another_word_and_nobody_is_written_down_until_then(till_units: TillUnits) -> None:
    stage = a_refund_stage(till_units, CASHIER)
    stage.open(in_cash(till_units))
    stage.ask("20000", way=RefundWay.CREDIT)
    stage.refund.set_phone(PHONE)
    stage.refund.set_name("Anh Lân")
    assert stage.state.asks
    stage.refund.submit()
    assert ask(till_units, "SELECT COUNT(*) FROM holders") == [(0,)]
    approval = stage.payments.approval
    approval.choose(next(user for user in approval.state.approvers or () if user.name == MANAGER.name))
    approval.submit("1234")
    assert stored(till_units) == 20_000


def test_a_refusal_keeps_what_was_typed(till_units: TillUnits) -> None:
    stage = too_much(till_units)
    stage.payments.ask_refund(RefundWay.CREDIT)
    stage.refund.set_phone(PHONE)
    stage.refund.set_name("  ")
    assert not stage.state.can_submit
    stage.refund.set_name("Anh Lân")
    stage.refund.set_reason(WHY)
    payment = stage.detail.row.id
    till_units.run(
        lambda uow: ask_refund(
            uow,
            OWNER,
            RefundId(an_id("else")),
            payment,
            RefundOf.EXCESS,
            RefundWay.WRITE_OFF,
            5_000,
            NOON,
            reason=WHY,
        )
    )
    stage.refund.submit()
    assert stage.state.problem is not None
    assert stage.state.problem.code is ErrorCode.REFUND_EXCEEDS
    assert (stage.state.keeper.phone, stage.state.keeper.name) == (PHONE, "Anh Lân")
    assert ask(till_units, "SELECT COUNT(*) FROM holders") == [(0,)]
