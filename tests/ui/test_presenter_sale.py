"""A sale paid in several ways at the counter: parts, change, another way, left part-paid and found again."""

from dataclasses import replace

import pytest

from domain.display import CounterStatus
from domain.ids import BillId, PaymentId
from domain.payments import PaymentException, PaymentStatus
from domain.rails import Method
from tests.fakes.counter import Counter, a_charge
from tests.fakes.recording_view import FixedSync, RecordingView
from ui.amount_entry import Key
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import Stage
from ui.sound import Sound


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def charge(counter: Counter) -> ChargePresenter:
    return opened(counter)


def opened(counter: Counter) -> ChargePresenter:
    """The counter's screen as it is after a start of the till."""
    presenter = a_charge(counter)
    presenter.attach(RecordingView())
    presenter.opened()
    return presenter


def type_in(charge: ChargePresenter, digits: str) -> None:
    for digit in digits:
        charge.press(Key(digit))


def part_in_cash(counter: Counter, charge: ChargePresenter, tendered: int = 200_000) -> None:
    """200,000 of 500,000 are taken in cash."""
    type_in(charge, "500000")
    charge.split()
    type_in(charge, "200000")
    charge.hand_over(tendered)
    charge.on_changes(counter.shop.take_changes())


def shown_id(charge: ChargePresenter) -> PaymentId:
    assert charge.state.payment is not None
    return charge.state.payment.id


def pay_by_code(counter: Counter, charge: ChargePresenter) -> PaymentId:
    """The rest is asked for by a code and comes."""
    charge.charge()
    payment_id = shown_id(charge)
    charge.on_changes(counter.shop.hear_paid(payment_id))
    return payment_id


def test_a_sale_is_paid_in_cash_and_by_code_and_is_one_bill(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    assert charge.state.stage is Stage.ENTRY
    sale = charge.state.sale
    assert sale is not None
    assert (sale.due_minor, sale.received_minor, sale.missing_minor) == (500_000, 200_000, 300_000)
    assert (charge.state.amount_minor, charge.state.method) == (300_000, Method.VIETQR)
    pay_by_code(counter, charge)
    assert charge.state.stage is Stage.PAID
    bills = {payment.bill for payment in counter.shop.payments.values()}
    assert len(bills) == 1
    assert [payment.amount_minor for payment in counter.shop.payments.values()] == [200_000, 300_000]


def test_a_part_is_never_heard_as_paid_and_the_whole_is(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    assert counter.sounds.played == []
    assert counter.notices.said[-1].key == "part.announce"
    pay_by_code(counter, charge)
    assert counter.sounds.played == [Sound.PAID]


def test_a_providers_part_makes_a_sound_that_is_not_that_of_paid(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.split()
    charge.choose(Method.VIETQR)
    type_in(charge, "200000")
    pay_by_code(counter, charge)
    assert charge.state.stage is Stage.ENTRY
    assert counter.sounds.played == [Sound.NOTICE]


def test_change_is_that_of_the_part_and_stands_until_the_next_payment(
    counter: Counter, charge: ChargePresenter
) -> None:
    part_in_cash(counter, charge, tendered=500_000)
    assert charge.state.change_minor == 300_000
    type_in(charge, "1")
    charge.press(Key.CLEAR)
    assert charge.state.change_minor == 300_000
    charge.charge()
    assert charge.state.change_minor == 0


def test_the_rest_in_cash_ends_the_sale_with_its_own_change(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    charge.choose(Method.CASH)
    charge.hand_over(500_000)
    assert charge.state.stage is Stage.PAID
    assert charge.state.payment is not None
    assert charge.state.payment.change_minor == 200_000
    assert charge.state.payment.sale.received_minor == 500_000


def test_more_than_is_missing_cannot_be_charged(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    type_in(charge, "300001")
    assert charge.state.too_much
    assert not charge.state.can_charge
    charge.charge()
    assert len(counter.shop.payments) == 1


def test_a_split_that_was_not_meant_is_undone(charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.choose(Method.VNPAY_QR)
    charge.split()
    assert charge.state.method is Method.CASH
    type_in(charge, "2")
    charge.escape()
    assert charge.state.sale is not None
    charge.escape()
    assert charge.state.sale is None
    assert (charge.state.amount_minor, charge.state.method) == (500_000, Method.VNPAY_QR)


def test_nothing_is_split_before_an_amount_is_typed(charge: ChargePresenter) -> None:
    charge.split()
    assert charge.state.sale is None


def test_another_way_ends_the_code_and_goes_on_with_the_same_bill(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.charge()
    first = shown_id(charge)
    charge.other_method()
    assert counter.shop.payments[first].status is PaymentStatus.CANCELLED
    assert charge.state.stage is Stage.ENTRY
    charge.choose(Method.CASH)
    charge.charge()
    assert charge.state.stage is Stage.PAID
    assert {payment.bill.id for payment in counter.shop.payments.values()} == {BillId(first)}


def test_late_money_of_a_code_that_was_left_is_too_much_of_the_same_sale(
    counter: Counter, charge: ChargePresenter
) -> None:
    type_in(charge, "500000")
    charge.charge()
    first = shown_id(charge)
    charge.other_method()
    charge.choose(Method.CASH)
    charge.charge()
    late = {"status": PaymentStatus.PAID, "exception": PaymentException.PAID_TWICE, "received_minor": 500_000}
    charge.on_changes(counter.shop.hear(first, **late))
    assert charge.state.payment is not None
    assert charge.state.stage is Stage.OVER
    assert charge.state.payment.excess_minor == 500_000


def test_late_money_that_covers_the_sale_takes_the_next_code_off_the_screen(
    counter: Counter, charge: ChargePresenter
) -> None:
    type_in(charge, "500000")
    charge.charge()
    first = shown_id(charge)
    charge.other_method()
    charge.choose(Method.VNPAY_QR)
    charge.charge()
    late = {"status": PaymentStatus.PAID, "exception": PaymentException.PAID_LATE, "received_minor": 500_000}
    charge.on_changes(counter.shop.hear(first, **late))
    assert charge.state.stage is Stage.LATE


def test_late_money_while_the_rest_is_typed_is_counted(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.charge()
    first = shown_id(charge)
    charge.other_method()
    charge.on_changes(counter.shop.hear(first, received_minor=200_000, exception=PaymentException.PAID_SHORT))
    assert charge.state.sale is not None
    assert charge.state.amount_minor == 300_000


@pytest.mark.parametrize("ended", [PaymentStatus.FAILED, PaymentStatus.EXPIRED])
def test_a_code_that_did_not_pass_is_tried_again_for_the_same_sale(
    counter: Counter, charge: ChargePresenter, ended: PaymentStatus
) -> None:
    part_in_cash(counter, charge)
    charge.charge()
    charge.on_changes(counter.shop.hear(shown_id(charge), status=ended))
    charge.try_again()
    again = counter.shop.payments[shown_id(charge)]
    assert (again.amount_minor, again.bill.due_minor) == (300_000, 500_000)
    charge.on_changes(counter.shop.hear(shown_id(charge), status=ended))
    charge.other_method()
    assert charge.state.sale is not None
    assert charge.state.sale.missing_minor == 300_000


def test_a_digit_after_a_code_that_did_not_pass_begins_another_sale(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.charge()
    charge.on_changes(counter.shop.hear(shown_id(charge), status=PaymentStatus.EXPIRED))
    charge.other_method()
    type_in(charge, "70000")
    charge.charge()
    assert len({payment.bill for payment in counter.shop.payments.values()}) == 2


def test_a_sale_left_part_paid_is_told_and_gone_on_with_after_a_restart(
    counter: Counter, charge: ChargePresenter
) -> None:
    part_in_cash(counter, charge)
    charge.set_aside()
    assert counter.notices.toast_keys == ["sale.left"]
    assert [each.missing_minor for each in charge.state.unfinished] == [300_000]
    restarted = opened(counter)
    (left,) = restarted.state.unfinished
    assert restarted.go_on_with(left.bill_id)
    assert restarted.state.amount_minor == 300_000
    restarted.charge()
    payment = counter.shop.payments[shown_id(restarted)]
    assert payment.bill.id == left.bill_id
    restarted.on_changes(counter.shop.hear_paid(payment.id))
    assert restarted.state.stage is Stage.PAID
    assert restarted.state.unfinished == ()


def test_a_sale_whose_code_waits_comes_back_with_its_code(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    charge.charge()
    waiting = shown_id(charge)
    charge.leave()
    restarted = opened(counter)
    restarted.go_on_with(restarted.state.unfinished[0].bill_id)
    assert (restarted.state.stage, shown_id(restarted)) == (Stage.WAITING, waiting)


def test_a_sale_is_not_brought_over_what_is_typed(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    charge.leave()
    type_in(charge, "5")
    assert not charge.go_on_with(charge.state.unfinished[0].bill_id)
    assert charge.state.amount_minor == 5


def test_what_is_typed_while_a_sale_is_read_stays(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    charge.leave()
    left = charge.state.unfinished[0].bill_id
    counter.work.held = True
    assert charge.go_on_with(left)
    type_in(charge, "5")
    counter.work.release()
    assert charge.state.amount_minor == 5
    assert counter.notices.toast_keys[-1] == "sale.typed"


def test_the_customer_of_the_sale_is_that_of_all_its_payments(counter: Counter, charge: ChargePresenter) -> None:
    charge.set_customer("Chị Ba 0903111218")
    part_in_cash(counter, charge)
    charge.charge()
    assert {payment.customer_phone for payment in counter.shop.payments.values()} == {"0903111218"}
    assert {payment.customer_name for payment in counter.shop.payments.values()} == {"Chị Ba"}


def test_a_bill_that_somebody_covered_meanwhile_is_shown_as_it_is(counter: Counter, charge: ChargePresenter) -> None:
    part_in_cash(counter, charge)
    (first,) = counter.shop.payments.values()
    counter.shop.payments[first.id] = replace(first, received_minor=500_000)
    charge.charge()
    assert charge.state.stage is Stage.PAID


def test_offline_the_rest_is_asked_for_by_what_needs_no_network(counter: Counter, charge: ChargePresenter) -> None:
    counter.desk.sync = FixedSync(state="offline")
    charge.on_sync()
    part_in_cash(counter, charge)
    assert charge.state.can_charge
    charge.charge()
    assert charge.state.stage is Stage.WAITING


def test_money_confirmed_by_hand_is_shown_as_not_proven_and_turns_when_it_is(
    counter: Counter, charge: ChargePresenter
) -> None:
    type_in(charge, "500000")
    charge.charge()
    payment_id = shown_id(charge)
    by_hand = {"exception": PaymentException.CONFIRMED_BY_HAND, "confirmed_minor": 500_000}
    charge.on_changes(counter.shop.hear(payment_id, status=PaymentStatus.PAID, received_minor=500_000, **by_hand))
    assert charge.state.stage is Stage.BY_HAND
    assert counter.sounds.played == []
    proven = {"exception": PaymentException.NONE, "confirmed_minor": 0}
    charge.on_changes(counter.shop.hear(payment_id, **proven))
    assert charge.state.stage is Stage.PAID
    assert counter.sounds.played == [Sound.PAID]


def test_a_sale_with_a_part_confirmed_by_hand_is_not_shown_as_proven(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.split()
    charge.choose(Method.VIETQR)
    type_in(charge, "200000")
    charge.charge()
    by_hand = {"exception": PaymentException.CONFIRMED_BY_HAND, "confirmed_minor": 200_000}
    news = {"status": PaymentStatus.PAID, "received_minor": 200_000, **by_hand}
    charge.on_changes(counter.shop.hear(shown_id(charge), **news))
    assert counter.sounds.played == []
    charge.choose(Method.CASH)
    charge.charge()
    assert charge.state.payment is not None
    assert charge.state.payment.status is CounterStatus.BY_HAND
    assert counter.sounds.played == []


def short(counter: Counter, charge: ChargePresenter) -> PaymentId:
    """A code of 500,000 brought 200,000."""
    type_in(charge, "500000")
    charge.charge()
    payment_id = shown_id(charge)
    charge.on_changes(counter.shop.hear(payment_id, received_minor=200_000, exception=PaymentException.PAID_SHORT))
    assert charge.state.stage is Stage.SHORT
    return payment_id


def test_what_is_missing_of_a_short_transfer_is_taken_another_way(counter: Counter, charge: ChargePresenter) -> None:
    first = short(counter, charge)
    charge.other_method()
    charge.on_changes(counter.shop.take_changes())
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.amount_minor == 300_000
    charge.choose(Method.CASH)
    charge.charge()
    assert charge.state.stage is Stage.PAID
    assert counter.shop.payments[shown_id(charge)].bill.id == BillId(first)


def test_a_short_transfer_that_is_stopped_is_left_part_paid(counter: Counter, charge: ChargePresenter) -> None:
    short(counter, charge)
    charge.escape()
    charge.confirm_cancel()
    charge.on_changes(counter.shop.take_changes())
    assert charge.state.sale is None
    assert charge.state.amount_minor == 0
    assert [each.missing_minor for each in charge.state.unfinished] == [300_000]


def test_a_code_that_ended_after_its_sale_was_covered_offers_no_second_payment(
    counter: Counter, charge: ChargePresenter
) -> None:
    type_in(charge, "500000")
    charge.charge()
    first = shown_id(charge)
    charge.other_method()
    charge.choose(Method.VNPAY_QR)
    charge.charge()
    charge.on_changes(counter.shop.hear(shown_id(charge), status=PaymentStatus.FAILED))
    assert charge.state.stage is Stage.FAILED
    late = {"status": PaymentStatus.PAID, "exception": PaymentException.PAID_LATE, "received_minor": 500_000}
    charge.on_changes(counter.shop.hear(first, **late))
    assert charge.state.stage is Stage.LATE
    charge.try_again()
    assert len(counter.shop.payments) == 2


def test_too_much_for_an_earlier_sale_is_told_by_the_whole_sale(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "500000")
    charge.charge()
    first = shown_id(charge)
    charge.other_method()
    charge.choose(Method.CASH)
    charge.charge()
    charge.finish()
    counter.shop.take_changes()
    twice = {"status": PaymentStatus.PAID, "exception": PaymentException.PAID_TWICE, "received_minor": 500_000}
    charge.on_changes(counter.shop.hear(first, **twice))
    _, words = counter.notices.toasts[-1]
    assert (words.key, words.facts["excess"]) == ("earlier.over", 500_000)
