"""Refusals carry codes and facts; every failure of a rail has one of four categories."""

import pytest

from domain.errors import RETRY, DomainError, ErrorCode, FailureCategory, FailureCode, RuleBroken

CATEGORIES = {
    FailureCategory.TRANSIENT: {"network_error", "timeout", "provider_unavailable", "rate_limited"},
    FailureCategory.PERMANENT: {"declined", "insufficient_funds", "invalid_instrument", "payer_cancelled", "expired"},
    FailureCategory.CONFIGURATION: {
        "credentials_missing",
        "credentials_rejected",
        "route_not_found",
        "operation_unsupported",
    },
    FailureCategory.INTERNAL: {"amount_mismatch", "invalid_transition", "unexpected_error"},
}


def test_there_are_sixteen_failure_codes() -> None:
    assert {code.value for code in FailureCode} == set().union(*CATEGORIES.values())
    assert len(FailureCode) == 16


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_code_has_the_category_that_decides_its_retry(code: FailureCode) -> None:
    assert code.value in CATEGORIES[code.category]


def test_the_retry_policy_is_one_table_for_all_categories() -> None:
    assert set(RETRY) == set(FailureCategory)
    assert [category for category in RETRY if RETRY[category].by_machine] == [FailureCategory.TRANSIENT]
    assert [policy.who_acts for policy in RETRY.values()] == ["machine", "payer", "owner", "support"]
    assert {code.value for code in FailureCode if code.retried} == CATEGORIES[FailureCategory.TRANSIENT]


def test_a_refusal_carries_its_code_and_its_facts() -> None:
    refusal = RuleBroken(ErrorCode.CASH_NOT_ENOUGH, missing=5_000)
    assert isinstance(refusal, DomainError)
    assert (refusal.code, refusal.facts) == (ErrorCode.CASH_NOT_ENOUGH, {"missing": 5_000})
    assert str(refusal) == "('CASH_NOT_ENOUGH', {'missing': 5000})"


def test_every_error_code_is_its_own_word() -> None:
    assert all(code.value == code.name for code in ErrorCode)
