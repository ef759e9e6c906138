"""What books what: every rule balances whatever the amounts are, and every rule is posted by some event."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import posting_rules
from domain.accounts import Control, control_id
from domain.categories import SYSTEM_CATEGORIES
from domain.errors import ErrorCode, RuleBroken
from domain.money import MAX_MINOR
from domain.posting_rules import (
    APPLIED,
    CHARGE_BACK,
    CREDIT_EXCESS,
    CREDIT_HELD,
    CREDIT_SALE,
    DEPOSIT,
    MONEY_IN,
    MONEY_OUT,
    OPENING,
    PURCHASE,
    PURCHASE_OWED,
    REFUND,
    REFUND_EXCESS,
    REFUND_HELD,
    RULES,
    SALE,
    STOCK_ISSUED,
    STOCK_LOSS,
    STOCK_SURPLUS,
    TOP_UP,
    TRANSFER,
    UNAPPLIED,
    WRITE_OFF_EXCESS,
    WRITE_OFF_HELD,
    WRITE_OFF_LOST,
    Measure,
    Places,
    postings_for,
    returned,
)
from domain.settlement import ReceiptKind
from domain.vouchers import Posting, Side, VoucherType
from tests.builders import BANK, CASH, MERCHANT

AMOUNTS = st.integers(min_value=1, max_value=MAX_MINOR // 4)
SUMS = st.integers(min_value=0, max_value=MAX_MINOR // 4)
PLACES = Places(wallet=BANK, target=CASH, contra=control_id(MERCHANT, Control.EXPENSES))


@st.composite
def measures_of(draw: st.DrawFn, kind: str) -> Mapping[Measure, int]:
    """Return amounts that can occur together: what arrived and was held is what was owed and what is over."""
    due = draw(AMOUNTS)
    tax = draw(st.integers(min_value=0, max_value=due))
    parts: dict[Measure, int] = {"due": due, "net": due - tax, "tax": tax, "cost": due}
    if kind == ReceiptKind.FULL:
        excess, confirmed = draw(SUMS), draw(SUMS)
        held = draw(st.integers(min_value=0, max_value=due + excess - 1))
        amount = due + excess + confirmed - held
        return {**parts, "amount": amount, "held": held, "excess": excess, "confirmed": confirmed}
    if kind in {ReceiptKind.SHORT, ReceiptKind.AGAIN, ReceiptKind.CONFIRMED}:
        new = {ReceiptKind.SHORT: "parked", ReceiptKind.AGAIN: "excess", ReceiptKind.CONFIRMED: "cost"}[
            ReceiptKind(kind)
        ]
        confirmed = due if kind == ReceiptKind.CONFIRMED else draw(SUMS)
        arrived = confirmed if kind == ReceiptKind.CONFIRMED else due + confirmed
        return {"amount": arrived, new: due, "confirmed": confirmed}  # type: ignore[misc]  # the names are measures
    if kind == APPLIED:
        excess = draw(SUMS)
        return {**parts, "held": due + excess, "excess": excess}
    if kind in GIVEN | {WRITE_OFF_LOST} or kind in {returned(each) for each in GIVEN}:
        fee = draw(st.integers(min_value=0, max_value=due - 1))
        return {**parts, "amount": due - fee, "fee": fee}
    if kind == UNAPPLIED:
        parked = draw(st.integers(min_value=0, max_value=due))
        return {**parts, "parked": parked, "excess": due - parked}
    fee = draw(st.integers(min_value=0, max_value=due - 1))
    return {**parts, "amount": due, "received": due - fee, "fee": fee, "held": draw(SUMS), "excess": draw(SUMS)}


MOVED = {DEPOSIT, TRANSFER}
GIVEN = {REFUND_EXCESS, REFUND_HELD, CHARGE_BACK}
SPENT = {PURCHASE, REFUND, MONEY_OUT, WRITE_OFF_LOST, *GIVEN}
BACK = {returned(REFUND), *(returned(kind) for kind in GIVEN)}
ADJUSTED = {
    WRITE_OFF_EXCESS,
    WRITE_OFF_HELD,
    CREDIT_SALE,
    CREDIT_EXCESS,
    CREDIT_HELD,
    OPENING,
    APPLIED,
    UNAPPLIED,
    PURCHASE_OWED,
    STOCK_ISSUED,
    STOCK_SURPLUS,
    STOCK_LOSS,
}


def test_the_rules_are_those_of_sales_receipts_stock_refunds_deposits_and_what_a_person_writes() -> None:
    assert set(RULES) == {SALE, MONEY_IN, TOP_UP, *MOVED, *SPENT, *BACK, *ADJUSTED, *ReceiptKind}


@pytest.mark.parametrize("kind", sorted(RULES))
@given(data=st.data())
def test_every_rule_balances_for_all_amounts_that_can_occur(kind: str, data: st.DataObject) -> None:
    measures = data.draw(measures_of(kind))
    lines = postings_for(kind, MERCHANT, PLACES, measures)
    assert len(lines) >= 2
    assert sum(line.signed_minor for line in lines) == 0
    assert all(line.amount_minor > 0 for line in lines)


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_rule_names_a_category_that_exists_or_none(kind: str) -> None:
    assert RULES[kind].category in {None, *(key for key, *_ in SYSTEM_CATEGORIES)}


@pytest.mark.parametrize("kind", sorted(RULES))
def test_only_money_that_pays_a_sale_is_a_sale(kind: str) -> None:
    sells = any(line.account is Control.SALES for line in RULES[kind].lines)
    assert (RULES[kind].category == "sales") == sells


@pytest.mark.parametrize("kind", sorted(RULES))
def test_money_that_arrives_is_a_receipt_spent_a_payment_moved_a_transfer_and_the_rest_an_adjustment(kind: str) -> None:
    types = {
        **dict.fromkeys(ADJUSTED, VoucherType.ADJUSTMENT),
        **dict.fromkeys(SPENT, VoucherType.PAYMENT),
        **dict.fromkeys(MOVED, VoucherType.TRANSFER),
    }
    assert RULES[kind].type is types.get(kind, VoucherType.RECEIPT)


def test_what_came_in_full_with_something_held_and_something_over_has_four_lines() -> None:
    lines = postings_for(ReceiptKind.FULL, MERCHANT, PLACES, {"amount": 80, "held": 50, "net": 100, "excess": 30})
    assert lines == (
        Posting(BANK, Side.DEBIT, 80),
        Posting(control_id(MERCHANT, Control.SUSPENSE), Side.DEBIT, 50),
        Posting(control_id(MERCHANT, Control.SALES), Side.CREDIT, 100),
        Posting(control_id(MERCHANT, Control.OVERPAYMENT), Side.CREDIT, 30),
    )


def test_a_part_of_nothing_has_no_line() -> None:
    lines = postings_for(ReceiptKind.FULL, MERCHANT, PLACES, {"amount": 100, "held": 0, "net": 100, "excess": 0})
    assert [line.account_id for line in lines] == [BANK, control_id(MERCHANT, Control.SALES)]


@pytest.mark.parametrize(
    "kind", sorted(kind for kind, rule in RULES.items() if any(line.account == "wallet" for line in rule.lines))
)
def test_without_a_wallet_a_rule_that_needs_one_says_so(kind: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        postings_for(kind, MERCHANT, Places(), {"amount": 1, "due": 1})
    assert refused.value.code is ErrorCode.ACCOUNT_MISSING_FOR_METHOD


def test_held_money_is_applied_without_any_wallet() -> None:
    assert len(postings_for(APPLIED, MERCHANT, Places(), {"held": 5, "net": 5})) == 2


def test_the_rules_cannot_be_changed_while_the_program_runs() -> None:
    assert set(posting_rules.RULES) == set(RULES)
    with pytest.raises(AttributeError):
        RULES[SALE].lines = ()  # type: ignore[misc]  # that it is refused is what is tested
