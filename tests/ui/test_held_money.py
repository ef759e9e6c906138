"""Money that a provider holds: taken whole or in part, let go, and at the counter never called paid."""

import pytest

from domain.display import CounterStatus
from domain.errors import ErrorCode
from domain.ids import Instant, PaymentId
from domain.payments import PaymentStatus
from domain.policy import Actor
from domain.rails import Method, Provider
from domain.services.orders import capture_payment
from storage.till import TillUnits
from tests.builders import CASHIER, NOON, OWNER
from tests.domain.approval_samples import AUDITOR
from tests.domain.till_facts import ask
from tests.fakes.counter import Counter, a_charge
from tests.ui.refund_stage import DUE, RefundStage, a_refund_stage, held
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import Stage
from ui.presenters.timeline import timeline
from ui.sound import Sound


def of_held(units: TillUnits, actor: Actor = CASHIER, due: int = DUE) -> RefundStage:
    stage = a_refund_stage(units, actor)
    stage.open(held(units, due=due))
    return stage


def ordered(units: TillUnits) -> list[tuple[object, ...]]:
    return ask(units, "SELECT status, capture_minor FROM payments")


def test_the_whole_is_taken_by_two_presses_and_is_not_paid_yet(till_units: TillUnits) -> None:
    stage = of_held(till_units)
    assert stage.payments.state.can_take
    assert CounterStatus.HELD in {step.status for step in timeline(stage.detail)}
    stage.payments.ask_take()
    held_state = stage.payments.held.state
    assert (held_state.amount_minor, held_state.takes_part, held_state.held_until) == (
        DUE,
        True,
        stage.detail.row.held_until,
    )
    stage.payments.held.take()
    assert ordered(till_units) == [("authorized", DUE)]
    stage.payments.refresh()
    state = stage.payments.state
    assert (state.can_take, state.can_cancel, state.can_confirm) == (False, False, False)
    assert stage.payments.held.state.payment is None


def test_a_part_is_taken(till_units: TillUnits) -> None:
    stage = of_held(till_units)
    stage.payments.ask_take()
    stage.payments.held.set_amount("200.000")
    stage.payments.held.take()
    assert ordered(till_units) == [("authorized", 200_000)]


@pytest.mark.parametrize("typed", ["450001", "0", "", "viele"])
def test_more_than_is_held_is_not_taken_and_stays_typed(till_units: TillUnits, typed: str) -> None:
    stage = of_held(till_units)
    stage.payments.ask_take()
    stage.payments.held.set_amount(typed)
    stage.payments.held.take()
    assert (stage.payments.held.state.amount, stage.payments.held.state.can_take) == (typed, False)
    assert ordered(till_units) == [("authorized", 0)]


def test_of_a_part_of_a_sale_all_is_taken(till_units: TillUnits) -> None:
    stage = of_held(till_units, due=DUE + 50_000)
    stage.payments.ask_take()
    stage.payments.held.set_amount("200000")
    assert stage.payments.held.state.amount_minor == DUE
    stage.payments.held.take()
    assert ordered(till_units) == [("authorized", DUE)]


def test_what_was_taken_meanwhile_is_refused_and_keeps_what_was_typed(till_units: TillUnits) -> None:
    stage = of_held(till_units)
    payment_id = stage.detail.row.id
    stage.payments.ask_take()
    stage.payments.held.set_amount("200000")
    till_units.run(lambda uow: capture_payment(uow, OWNER, payment_id, DUE, NOON))
    stage.payments.held.take()
    state = stage.payments.held.state
    assert state.problem is not None
    assert (state.problem.code, state.amount, state.saving) == (ErrorCode.INVALID_TRANSITION, "200000", False)
    stage.payments.refresh()
    assert stage.payments.held.state.payment is None, "nothing is left to be asked"


def test_held_money_is_let_go_after_a_question(till_units: TillUnits) -> None:
    stage = of_held(till_units)
    assert stage.payments.state.can_cancel
    stage.payments.ask_cancel()
    stage.payments.confirm_cancel()
    assert ordered(till_units) == [("cancelled", 0)]


def test_who_takes_no_money_is_not_offered_it(till_units: TillUnits) -> None:
    stage = of_held(till_units, AUDITOR)
    assert not stage.payments.state.can_take
    stage.payments.ask_take()
    assert stage.payments.held.state.payment is None


# ---- at the counter


@pytest.fixture
def counter() -> Counter:
    made = Counter()
    made.shop.connected = frozenset({Provider.SEPAY, Provider.STRIPE})
    return made


@pytest.fixture
def charge(counter: Counter) -> ChargePresenter:
    return a_charge(counter)


def type_amount(charge: ChargePresenter, amount: str = "450000") -> None:
    charge.paste(amount)


def hold(charge: ChargePresenter) -> PaymentId:
    charge.choose(Method.CARD)
    type_amount(charge)
    charge.toggle_hold()
    charge.charge()
    payment = charge.state.payment
    assert payment is not None
    return payment.id


def hear_held(counter: Counter, charge: ChargePresenter, payment_id: PaymentId) -> None:
    until = Instant(NOON + 600_000)
    news = {"status": PaymentStatus.AUTHORIZED, "held_minor": DUE, "held_until": until}
    charge.on_changes(counter.shop.hear(payment_id, **news))


def test_holding_is_offered_only_where_the_method_can_hold(charge: ChargePresenter) -> None:
    type_amount(charge)
    for method, can in ((Method.VIETQR, False), (Method.CARD, True), (Method.CASH, False)):
        charge.choose(method)
        assert charge.state.can_hold is can
    charge.toggle_hold()
    assert not charge.state.hold


def test_a_wish_to_hold_goes_with_the_method_that_cannot_and_with_the_customer(
    counter: Counter, charge: ChargePresenter
) -> None:
    charge.choose(Method.CARD)
    type_amount(charge)
    charge.toggle_hold()
    assert charge.state.hold
    charge.choose(Method.VIETQR)
    assert not charge.state.hold
    charge.charge()
    assert [payment.capture for payment in counter.shop.payments.values()] == [True]
    charge.finish()
    charge.choose(Method.CARD)
    assert not charge.state.hold


def test_held_money_is_never_called_or_heard_as_paid(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = hold(charge)
    assert not counter.shop.payments[payment_id].capture
    hear_held(counter, charge, payment_id)
    payment = charge.state.payment
    assert payment is not None
    assert (charge.state.stage, payment.status, payment.held_minor) == (Stage.HELD, CounterStatus.HELD, DUE)
    assert Sound.PAID not in counter.sounds.played
    assert counter.notices.said_keys[-1] == "held.announce"


def test_held_money_is_taken_by_one_press_and_paid_when_the_provider_says_so(
    counter: Counter, charge: ChargePresenter
) -> None:
    payment_id = hold(charge)
    hear_held(counter, charge, payment_id)
    charge.take_held()
    charge.take_held()
    assert counter.notices.said_keys[-1] == "held.taking_text"
    payment = charge.state.payment
    assert payment is not None
    assert (charge.state.stage, payment.capture_minor) == (Stage.HELD, DUE)
    assert Sound.PAID not in counter.sounds.played
    charge.on_changes(counter.shop.hear_paid(payment_id))
    assert charge.state.stage is Stage.PAID
    assert Sound.PAID in counter.sounds.played


def test_esc_asks_before_held_money_is_let_go_and_leaves_what_is_being_taken(
    counter: Counter, charge: ChargePresenter
) -> None:
    payment_id = hold(charge)
    hear_held(counter, charge, payment_id)
    charge.escape()
    assert charge.state.asking_cancel
    charge.keep_waiting()
    charge.take_held()
    charge.escape()
    assert (charge.state.stage, charge.state.asking_cancel) == (Stage.ENTRY, False)
    assert counter.shop.payments[payment_id].status is PaymentStatus.AUTHORIZED


def test_held_money_is_let_go_at_the_counter(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = hold(charge)
    hear_held(counter, charge, payment_id)
    charge.escape()
    charge.confirm_cancel()
    assert counter.shop.payments[payment_id].status is PaymentStatus.CANCELLED
    assert charge.state.stage is Stage.ENTRY


def test_a_held_payment_that_failed_is_tried_again_to_be_held(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = hold(charge)
    charge.on_changes(counter.shop.hear(payment_id, status=PaymentStatus.FAILED))
    charge.try_again()
    assert [payment.capture for payment in counter.shop.payments.values()] == [False, False]


def test_money_held_for_a_customer_who_has_left_is_told_beside_the_counter(
    counter: Counter, charge: ChargePresenter
) -> None:
    payment_id = hold(charge)
    charge.leave()
    hear_held(counter, charge, payment_id)
    assert counter.notices.toast_keys == ["earlier.held"]
    assert Sound.PAID not in counter.sounds.played
