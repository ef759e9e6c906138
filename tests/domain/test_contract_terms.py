"""Contract terms hold from their day on, name what may be taken, and cost to the last minor unit what was agreed."""

from typing import Any

import pytest

from domain.contract_terms import ContractTerms, read_contracts, terms_on
from domain.errors import ErrorCode, RuleBroken
from domain.rails import Method, Provider

STRIPE = Provider.STRIPE


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2026-10-31", False), ("2026-11-01", True), ("2026-11-30", True), ("2026-12-01", False)],
)
def test_terms_hold_from_their_first_to_their_last_day(day: str, holds: bool) -> None:
    assert ContractTerms(STRIPE, "2026-11-01", "2026-11-30").in_force(day) is holds


def test_terms_without_an_end_go_on() -> None:
    assert ContractTerms(STRIPE, "2026-11-01").in_force("2099-12-31")


def test_of_several_terms_those_that_began_last_hold_and_of_one_day_the_last_ones() -> None:
    old, new = ContractTerms(STRIPE, "2026-01-01", fee_bps=290), ContractTerms(STRIPE, "2026-11-01", fee_bps=250)
    corrected = ContractTerms(STRIPE, "2026-11-01", fee_bps=240)
    other = ContractTerms(Provider.SQUARE, "2026-11-15")
    assert terms_on((new, old, other), STRIPE, "2026-11-21") == new
    assert terms_on((new, corrected, old), STRIPE, "2026-11-21") == corrected
    assert terms_on((new, old), STRIPE, "2026-10-31") == old
    assert terms_on((new, old), STRIPE, "2025-12-31") is None


@pytest.mark.parametrize(
    ("bps", "fixed", "amount", "fee"),
    [
        (0, 0, 45_000, 0),
        (290, 30, 10_000, 320),
        (290, 30, 1, 30),
        (50, 0, 99, 0),
        (50, 0, 100, 1),
        (50, 0, 299, 1),
        (50, 0, 300, 2),
        (10_000, 0, 45_000, 45_000),
        (275, 2_000, 999_999_999_999, 27_500_002_000),
    ],
)
def test_a_fee_is_exact_and_half_a_unit_is_rounded_up(bps: int, fixed: int, amount: int, fee: int) -> None:
    assert ContractTerms(STRIPE, "2026-01-01", fee_bps=bps, fee_minor=fixed).fee(amount) == fee


def test_options_name_a_whole_method_or_one_of_its_options() -> None:
    terms = ContractTerms(STRIPE, "2026-01-01", options=frozenset({"card/visa", "paypal"}))
    assert terms.allows(Method.CARD, "visa")
    assert not terms.allows(Method.CARD, "mastercard")
    assert not terms.allows(Method.CARD, "")
    assert terms.allows(Method.PAYPAL, "anything")
    assert ContractTerms(STRIPE, "2026-01-01").allows(Method.CARD, "visa")


@pytest.mark.parametrize(
    ("amount", "taken", "bears"),
    [(500, 0, True), (501, 0, False), (400, 600, True), (401, 600, False), (1, 1_000, False)],
)
def test_limits_bound_a_payment_and_a_day(amount: int, taken: int, bears: bool) -> None:
    terms = ContractTerms(STRIPE, "2026-01-01", limit_payment_minor=500, limit_day_minor=1_000)
    assert terms.bears(amount, taken) is bears
    assert ContractTerms(STRIPE, "2026-01-01").bears(10**15, 10**15)


def test_the_setting_is_read_whole() -> None:
    row = {
        "provider": "stripe",
        "since": "2026-01-01",
        "until": "2026-12-31",
        "options": ["card", "card/visa"],
        "fee_bps": 290,
        "fee_minor": 30,
        "limit_payment_minor": 1_000,
        "limit_day_minor": 2_000,
    }
    assert read_contracts([row]) == (
        ContractTerms(STRIPE, "2026-01-01", "2026-12-31", frozenset({"card", "card/visa"}), 290, 30, 1_000, 2_000),
    )
    assert read_contracts([{"provider": "square", "since": "2026-01-01"}]) == (
        ContractTerms(Provider.SQUARE, "2026-01-01"),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": "none"},
        {"provider": "acme"},
        {"since": "1.1.2026"},
        {"since": ""},
        {"until": "2025-12-31"},
        {"options": "card"},
        {"options": ["barter"]},
        {"options": ["card/"]},
        {"options": [1]},
        {"fee_bps": 10_001},
        {"fee_bps": -1},
        {"fee_minor": 1.5},
        {"limit_day_minor": True},
        {"rebate": 1},
    ],
    ids=str,
)
def test_a_setting_that_means_nothing_is_refused(changes: dict[str, Any]) -> None:
    row = {"provider": "stripe", "since": "2026-01-01", **changes}
    for value in ([row], row, [[row]]):
        with pytest.raises(RuleBroken) as refused:
            read_contracts(value)
        assert refused.value.code is ErrorCode.SETTING_INVALID
