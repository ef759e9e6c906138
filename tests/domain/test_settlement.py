"""What incoming money does to a payment: never paid by less, and the same books whatever the order of the amounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Control, control_id
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import MAX_MINOR
from domain.payments import OPEN, RECONCILE_WINDOW_MS, SOFT_ENDS, PaymentException, PaymentIntent, PaymentStatus
from domain.posting_rules import Places, postings_for
from domain.settlement import ReceiptKind, settle
from tests.builders import BANK, MERCHANT, MINUTE, NOON, a_payment

SOON = Instant(NOON + MINUTE)
SALES, SUSPENSE, OVERPAYMENT = (
    control_id(MERCHANT, key) for key in (Control.SALES, Control.SUSPENSE, Control.OVERPAYMENT)
)
DUE = st.integers(min_value=1, max_value=1_000_000)
PARTS = st.lists(st.integers(min_value=1, max_value=1_500_000), min_size=1, max_size=5)


@dataclass
class Books:
    """A payment and what the posting rules have booked for it."""

    intent: PaymentIntent
    balances: dict[str, int] = field(default_factory=dict)
    kinds: list[ReceiptKind] = field(default_factory=list)

    def receive(self, amount: int, paid_at: Instant = SOON, at: Instant = SOON) -> None:
        settled = settle(self.intent, amount, paid_at, at)
        measures = {
            "amount": amount,
            "held": settled.held_minor,
            "parked": settled.parked_minor,
            "due": self.intent.amount_minor,
            "net": self.intent.amount_minor,
            "excess": settled.excess_minor,
        }
        for line in postings_for(settled.kind, MERCHANT, Places(BANK), measures):  # type: ignore[arg-type]  # keys are measures
            self.balances[line.account_id] = self.balances.get(line.account_id, 0) + line.signed_minor
        self.intent = settled.intent
        self.kinds.append(settled.kind)

    def outcome(self) -> tuple[int, dict[str, int], bool]:
        """Return what must not depend on the order: what came in, the balances, and whether it is paid."""
        left = {account: balance for account, balance in self.balances.items() if balance}
        return self.intent.received_minor, left, self.intent.status is PaymentStatus.PAID


def receive_all(intent: PaymentIntent, amounts: Sequence[int]) -> Books:
    books = Books(intent)
    for amount in amounts:
        books.receive(amount)
    return books


def test_the_exact_amount_in_time_pays_without_any_exception() -> None:
    settled = settle(a_payment(), 45_000, SOON, Instant(SOON + 1))
    assert settled.kind is ReceiptKind.FULL
    assert (settled.held_minor, settled.excess_minor) == (0, 0)
    assert (settled.intent.status, settled.intent.exception) == (PaymentStatus.PAID, PaymentException.NONE)
    assert (settled.intent.received_minor, settled.intent.paid_at) == (45_000, SOON)
    assert (settled.intent.revision, settled.intent.updated_at) == (2, SOON + 1)


def test_two_hundred_dong_never_pay_two_hundred_thousand() -> None:
    books = receive_all(a_payment(amount_minor=200_000), [200])
    assert books.kinds == [ReceiptKind.SHORT]
    assert (books.intent.status, books.intent.exception) == (PaymentStatus.PENDING, PaymentException.PAID_SHORT)
    assert books.balances == {BANK: 200, SUSPENSE: -200}
    assert books.intent.missing_minor == 199_800


@given(due=st.integers(min_value=2, max_value=MAX_MINOR), data=st.data())
def test_less_than_what_is_owed_never_pays(due: int, data: st.DataObject) -> None:
    amount = data.draw(st.integers(min_value=1, max_value=due - 1))
    status = data.draw(st.sampled_from(sorted(OPEN | SOFT_ENDS)))
    settled = settle(a_payment(amount_minor=due, status=status), amount, SOON, SOON)
    assert (settled.kind, settled.intent.status) == (ReceiptKind.SHORT, status)
    assert settled.intent.exception is PaymentException.PAID_SHORT
    assert settled.intent.received_minor == amount


@given(due=DUE, parts=PARTS)
def test_every_order_of_several_amounts_ends_in_the_same_books(due: int, parts: list[int]) -> None:
    intent = a_payment(amount_minor=due)
    orders = list(permutations(parts)) if len(parts) <= 3 else [parts, parts[::-1], sorted(parts), sorted(parts)[::-1]]
    total = sum(parts)
    expected = {BANK: total, SUSPENSE: -total} if total < due else {BANK: total, SALES: -due, OVERPAYMENT: due - total}
    for order in orders:
        assert receive_all(intent, order).outcome() == (
            total,
            {account: balance for account, balance in expected.items() if balance},
            total >= due,
        )


@given(due=DUE, parts=PARTS)
def test_whether_a_person_must_look_does_not_depend_on_the_order(due: int, parts: list[int]) -> None:
    intent = a_payment(amount_minor=due)
    needs_an_eye = {
        receive_all(intent, order).intent.exception is not PaymentException.NONE
        for order in (parts, parts[::-1], sorted(parts))
    }
    assert needs_an_eye == {sum(parts) != due}


def test_the_rest_after_a_part_pays_and_empties_the_suspense() -> None:
    books = receive_all(a_payment(), [15_000, 30_000])
    assert books.kinds == [ReceiptKind.SHORT, ReceiptKind.FULL]
    assert (books.intent.status, books.intent.exception) == (PaymentStatus.PAID, PaymentException.NONE)
    assert books.balances == {BANK: 45_000, SUSPENSE: 0, SALES: -45_000}


def test_more_than_what_is_owed_pays_and_the_rest_is_owed_back() -> None:
    books = receive_all(a_payment(), [50_000])
    assert (books.intent.status, books.intent.exception) == (PaymentStatus.PAID, PaymentException.PAID_OVER)
    assert books.balances == {BANK: 50_000, SALES: -45_000, OVERPAYMENT: -5_000}


def test_the_same_amount_twice_is_one_sale_and_one_debt() -> None:
    books = receive_all(a_payment(), [45_000, 45_000])
    assert books.kinds == [ReceiptKind.FULL, ReceiptKind.AGAIN]
    assert (books.intent.status, books.intent.exception) == (PaymentStatus.PAID, PaymentException.PAID_TWICE)
    assert books.balances == {BANK: 90_000, SALES: -45_000, OVERPAYMENT: -45_000}
    assert books.intent.paid_at == SOON


def test_money_after_the_code_ran_out_is_late() -> None:
    code = a_payment()
    in_time = settle(code, 45_000, code.expires_at, code.expires_at)
    late = settle(code, 45_000, Instant(code.expires_at + 1), Instant(code.expires_at + 1))
    assert in_time.intent.exception is PaymentException.NONE
    assert (late.intent.status, late.intent.exception) == (PaymentStatus.PAID, PaymentException.PAID_LATE)


@pytest.mark.parametrize("status", sorted(SOFT_ENDS))
def test_money_after_a_soft_end_pays_and_is_late(status: PaymentStatus) -> None:
    settled = settle(a_payment(status=status, ended_at=SOON), 45_000, SOON, SOON)
    assert (settled.kind, settled.intent.status) == (ReceiptKind.FULL, PaymentStatus.PAID)
    assert settled.intent.exception is PaymentException.PAID_LATE


@pytest.mark.parametrize("status", sorted(OPEN))
def test_money_pays_an_open_payment_from_every_state(status: PaymentStatus) -> None:
    settled = settle(a_payment(status=status), 45_000, SOON, SOON)
    assert (settled.intent.status, settled.intent.exception) == (PaymentStatus.PAID, PaymentException.NONE)


@pytest.mark.parametrize("status", sorted(SOFT_ENDS))
def test_money_after_the_window_changes_nothing_and_goes_to_suspense(status: PaymentStatus) -> None:
    intent = a_payment(status=status, ended_at=SOON)
    last = Instant(SOON + RECONCILE_WINDOW_MS)
    assert settle(intent, 45_000, SOON, last).kind is ReceiptKind.FULL
    books = Books(intent)
    books.receive(45_000, SOON, Instant(last + 1))
    assert books.kinds == [ReceiptKind.UNMATCHED]
    assert books.intent == intent
    assert books.balances == {BANK: 45_000, SUSPENSE: -45_000}


def test_an_open_or_paid_payment_never_closes() -> None:
    years = Instant(NOON + 10 * 365 * 24 * 60 * MINUTE)
    assert settle(a_payment(), 45_000, years, years).kind is ReceiptKind.FULL
    paid = a_payment(status=PaymentStatus.PAID, received_minor=45_000)
    assert settle(paid, 45_000, years, years).kind is ReceiptKind.AGAIN


@pytest.mark.parametrize("amount", [0, -1, -45_000])
@pytest.mark.parametrize("status", PaymentStatus)
def test_what_is_not_above_zero_is_no_money(amount: int, status: PaymentStatus) -> None:
    with pytest.raises(RuleBroken) as refused:
        settle(a_payment(status=status), amount, SOON, SOON)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


@given(
    status=st.sampled_from(PaymentStatus),
    received=st.integers(min_value=0, max_value=100_000),
    amount=st.integers(min_value=1, max_value=100_000),
    paid_after=st.integers(min_value=-10 * MINUTE, max_value=10 * MINUTE),
    at_after=st.integers(min_value=0, max_value=2 * RECONCILE_WINDOW_MS),
)
def test_no_money_is_dropped_and_nothing_paid_is_undone(
    status: PaymentStatus, received: int, amount: int, paid_after: int, at_after: int
) -> None:
    before = a_payment(
        status=status, received_minor=max(received, 45_000) if status is PaymentStatus.PAID else received
    )
    settled = settle(before, amount, Instant(NOON + paid_after), Instant(NOON + at_after))
    after = settled.intent
    assert settled.amount_minor == amount
    if settled.kind is ReceiptKind.UNMATCHED:
        assert after == before
        return
    assert after.received_minor == before.received_minor + amount
    assert after.revision == before.revision + 1
    assert (after.status is PaymentStatus.PAID) == (after.received_minor >= after.amount_minor)
    if before.status is PaymentStatus.PAID:
        assert replace(before, received_minor=0, exception=after.exception, revision=0, updated_at=None) == replace(
            after, received_minor=0, revision=0, updated_at=None
        )
