"""Where a bill's money stands depends on its sum alone, whoever booked what without knowing of whom."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bills import STILL, Bill, Position, arrival, correction, position
from domain.errors import ErrorCode, RuleBroken
from domain.ids import BillId
from domain.settlement import ReceiptKind, booked_as
from tests.builders import a_payment

DUE = st.integers(min_value=1, max_value=10**9)
SUM = st.integers(min_value=0, max_value=2 * 10**9)
AMOUNT = st.integers(min_value=1, max_value=2 * 10**9)


def total(at: Position) -> int:
    return at.suspense_minor + at.sales_minor + at.overpayment_minor


@given(due=DUE, counted=SUM)
def test_every_dong_stands_somewhere_and_a_sale_is_whole_or_none(due: int, counted: int) -> None:
    at = position(due, counted)
    assert total(at) == counted
    assert at.sales_minor in {0, due}
    assert min(at.suspense_minor, at.overpayment_minor) == 0
    assert (at.suspense_minor == counted) is (counted < due)


@given(due=DUE, parts=st.lists(AMOUNT, min_size=1, max_size=4))
def test_the_steps_of_every_order_lead_to_the_same_place(due: int, parts: list[int]) -> None:
    for order in permutations(parts):
        at, counted = STILL, 0
        for amount in order:
            moved = arrival(due, counted, amount)
            at = Position(
                at.suspense_minor + moved.suspense_minor,
                at.sales_minor + moved.sales_minor,
                at.overpayment_minor + moved.overpayment_minor,
            )
            counted += amount
        assert at == position(due, sum(parts))


@given(due=DUE, counted=SUM, amount=AMOUNT, data=st.data())
def test_a_correction_moves_money_and_makes_none(due: int, counted: int, amount: int, data: st.DataObject) -> None:
    known = data.draw(st.integers(min_value=0, max_value=counted))
    moved = correction(due, counted, known, amount)
    assert total(moved) == 0
    assert moved.sales_minor in {-due, 0, due}
    # What the rules can book: a sale taken back leaves suspense and over-payment no poorer.
    assert moved.overpayment_minor >= 0
    assert moved.sales_minor >= 0 or moved.suspense_minor >= 0
    assert moved.sales_minor < 0 or moved.suspense_minor <= 0


@given(due=DUE, counted=SUM, amount=AMOUNT)
def test_who_knew_everything_needs_no_correction(due: int, counted: int, amount: int) -> None:
    assert correction(due, counted, counted, amount) == STILL


@given(due=DUE, counted=SUM, amount=AMOUNT)
def test_money_is_booked_as_the_bills_position_says(due: int, counted: int, amount: int) -> None:
    kind, moved = booked_as(Bill(BillId("b"), due), counted, amount), arrival(due, counted, amount)
    assert (kind is ReceiptKind.FULL) is (moved.sales_minor == due)
    assert (kind is ReceiptKind.AGAIN) is (counted >= due)
    assert (kind is ReceiptKind.SHORT) is (moved == Position(amount, 0, 0))


def test_a_payment_alone_is_its_own_bill() -> None:
    payment = a_payment(amount_minor=30_000)
    assert (payment.bill.id, payment.bill.due_minor) == (payment.id, 30_000)


def test_a_payment_is_never_more_than_its_bill() -> None:
    with pytest.raises(RuleBroken) as refused:
        a_payment(amount_minor=30_000, bill=Bill(BillId("b"), 29_999))
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


def test_less_than_nothing_is_nowhere() -> None:
    with pytest.raises(RuleBroken):
        position(1, -1)
