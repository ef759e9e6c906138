"""Checkout requests: their sums and tax, and the two ways to the same tax."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkouts import checkout_id, read_checkout, same_order
from domain.errors import ErrorCode, RuleBroken
from domain.events import UNREADABLE
from domain.ids import MerchantId
from domain.vat import tax_added, tax_included
from tests.builders import MERCHANT

TOLD: dict[str, Any] = {
    "order_ref": "WEB-1",
    "order_type": "web",
    "subtotal_minor": 100_000,
    "tax_percent": 8,
    "tax_minor": 8_000,
    "total_minor": 108_000,
    "currency": "VND",
    "capture_mode": "manual",
    "origin": "api",
}


@given(st.integers(0, 10**15), st.integers(0, 100))
def test_the_tax_that_is_added_is_the_tax_that_is_found_inside(net: int, percent: int) -> None:
    tax = tax_added(net, percent)
    assert tax_included(net + tax, percent) == tax
    assert abs(tax * 100 - net * percent) <= 50


def test_half_a_unit_of_tax_is_rounded_up() -> None:
    assert [tax_added(net, 10) for net in (4, 5, 14, 15)] == [0, 1, 1, 2]


def test_an_order_is_known_by_its_type_and_number_in_one_shop() -> None:
    request = read_checkout(TOLD)
    others = [read_checkout(TOLD | change) for change in ({"order_ref": "WEB-2"}, {"order_type": "booking"})]
    ids = {checkout_id(MERCHANT, each) for each in (request, *others)} | {checkout_id(MerchantId("x"), request)}
    assert len(ids) == 4
    assert checkout_id(MERCHANT, read_checkout(TOLD | {"method": "vietqr"})) == checkout_id(MERCHANT, request)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"method": "card", "option": "visa", "customer": {"name": "Lan"}, "due_on": "2026-11-30"}, True),
        ({"capture_mode": "automatic"}, False),
        ({"currency": "USD"}, False),
        ({"subtotal_minor": 108_000, "tax_minor": 0, "tax_percent": 0}, False),
        ({"origin": "subscription", "subscription_id": "S", "period": "1"}, False),
    ],
)
def test_the_money_makes_an_order_the_same_and_not_the_way_it_is_paid(changes: dict[str, Any], same: bool) -> None:
    assert same_order(read_checkout(TOLD), read_checkout(TOLD | changes)) is same


@pytest.mark.parametrize("told", [None, [], "x", UNREADABLE, {}, TOLD | {"customer": UNREADABLE}])
def test_what_is_no_request_is_refused(told: object) -> None:
    with pytest.raises(RuleBroken) as refused:
        read_checkout(told)
    assert refused.value.code is ErrorCode.CHECKOUT_INVALID


def test_sums_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(RuleBroken) as refused:
        read_checkout(TOLD | {"total_minor": 108_001})
    assert (refused.value.code, refused.value.facts) == (ErrorCode.ORDER_SUM, {"total": 108_001, "sum": 108_000})


@pytest.mark.parametrize("field", ["subscription_id", "period"])
def test_a_renewal_names_its_subscription_and_its_period(field: str) -> None:
    renewal = TOLD | {"origin": "subscription", "subscription_id": "S-7", "period": "2026-11"}
    assert read_checkout(renewal).period == "2026-11"
    del renewal[field]
    with pytest.raises(RuleBroken) as refused:
        read_checkout(renewal)
    assert refused.value.facts == {"field": field, "problem": "missing"}
