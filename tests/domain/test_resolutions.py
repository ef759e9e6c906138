"""Decisions about money: the one table of their states, what they must say, and what an approval of one is bound to."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from domain.approvals import Approval
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import AccountId, ApprovalId, HolderId, Instant, PaymentId
from domain.payments import Cause, PaymentException
from domain.rails import Method, Provider
from domain.resolution_bodies import read_resolution, resolution_body
from domain.resolutions import (
    GUARDS,
    NOTICES,
    RESOLUTION_TRANSITIONS,
    TAKES,
    TOLD,
    Act,
    ResolutionStatus,
    allows_resolution,
    asked_for_resolution,
    settled,
    takes_match,
)
from domain.stamps import Stamp, stamp_of
from tests.builders import CASHIER, MANAGER, MERCHANT, NOON, a_payment, an_id
from tests.domain.resolution_samples import a_resolution

WHY = ErrorCode.MONEY_RESOLVED


@pytest.mark.parametrize(("old", "new", "cause"), list(product(ResolutionStatus, ResolutionStatus, Cause)))
def test_a_decision_moves_as_the_table_says_and_by_the_hub_alone(
    old: ResolutionStatus, new: ResolutionStatus, cause: Cause
) -> None:
    standing = a_resolution(status=old, failure=WHY if old is ResolutionStatus.REFUSED else None)
    legal = cause in RESOLUTION_TRANSITIONS[old].get(new, frozenset())
    assert legal is (old is ResolutionStatus.ASKED is not new and cause is Cause.HUB)
    if new is ResolutionStatus.ASKED:
        return  # nothing can be asked for once more
    why = WHY if new is ResolutionStatus.REFUSED else None
    if legal:
        after = settled(standing, NOON, why, cause)
        assert (after.status, after.failure, after.settled_at, after.revision) == (new, why, NOON, 2)
    else:
        with pytest.raises(RuleBroken) as refused:
            settled(standing, NOON, why, cause)
        assert refused.value.code is ErrorCode.INVALID_TRANSITION


@pytest.mark.parametrize("act", Act)
def test_each_act_names_what_it_is_about_and_nothing_else(act: Act) -> None:
    told = act in TOLD
    names: dict[str, Any] = {
        "payment_id": PaymentId("p") if act is Act.MATCH else None,
        "wallet_id": AccountId("w") if act is Act.GIVE_BACK else None,
        "holder_id": HolderId("h") if act is Act.CREDIT else None,
        "provider": Provider.STRIPE if told else None,
        "requested_by": None if told else CASHIER.user_id,
    }
    status = ResolutionStatus.DONE if told else ResolutionStatus.ASKED
    right = a_resolution(act=act, status=status, **names)
    assert right.stands
    assert read_resolution(resolution_body(right), MERCHANT) == right
    for name, value in names.items():
        with pytest.raises(DomainError):
            replace(right, **{name: "x" if value is None else None})
    if told:
        with pytest.raises(DomainError):
            replace(right, status=ResolutionStatus.ASKED)


def test_a_decision_of_a_till_that_knew_no_holders_is_read() -> None:
    asked = a_resolution()
    body = json.loads(resolution_body(asked))
    del body["holder"], body["provider"]
    assert read_resolution(json.dumps(body), MERCHANT) == asked


def test_a_decision_travels_as_it_is() -> None:
    refused = settled(a_resolution(), NOON, WHY)
    assert read_resolution(resolution_body(refused), MERCHANT) == refused
    for wrong in ("{}", "[]", "x", resolution_body(refused).replace('"refused"', '"undone"')):
        with pytest.raises(RuleBroken) as malformed:
            read_resolution(wrong, MERCHANT)
        assert malformed.value.code is ErrorCode.MESSAGE_MALFORMED


@pytest.mark.parametrize(
    "other",
    [
        {"amount_minor": 1},
        {"reason": "khác"},
        {"subject_id": "other"},
        {"act": Act.GIVE_BACK, "wallet_id": AccountId("w")},
        {"requested_by": MANAGER.user_id},
        {"approved_by": None},
        {"requested_at": Instant(NOON + 10 * 60_000)},
        {"act": Act.CREDIT, "holder_id": HolderId("h")},
    ],
    ids=str,
)
def test_an_approval_is_bound_to_all_that_was_asked(other: dict[str, Any]) -> None:
    asked = a_resolution()
    approval = Approval(
        ApprovalId(an_id("word")),
        asked_for_resolution(asked),
        "Đồng ý",
        CASHIER.user_id,
        MANAGER.user_id,
        NOON,
        Instant(NOON + 60_000),
    )
    assert allows_resolution(approval, asked)
    assert not allows_resolution(approval, replace(asked, **other))


def test_that_something_was_seen_needs_no_approval_and_every_other_act_has_its_limit() -> None:
    assert GUARDS.keys() == set(Act) - {Act.SEEN} - TOLD
    assert TAKES | NOTICES == TOLD


def test_cash_stored_value_and_money_that_is_only_held_take_no_match() -> None:
    coded = a_payment(method=Method.VIETQR, provider=Provider.SEPAY)
    assert takes_match(coded)
    assert not takes_match(replace(coded, capture=False))
    assert not takes_match(a_payment(method=Method.CASH, provider=Provider.NONE))
    stored = a_payment(method=Method.STORED_VALUE, provider=Provider.STORED_VALUE, holder_id=HolderId(an_id("Hoà")))
    assert not takes_match(stored)


@pytest.mark.parametrize(("cause", "approved", "exception"), list(product(Cause, [False, True], PaymentException)))
def test_a_move_is_automatic_by_a_person_or_forced(cause: Cause, approved: bool, exception: PaymentException) -> None:
    stamp = stamp_of(cause, approved=approved, exception=exception)
    if approved or exception is PaymentException.CONFIRMED_BY_HAND:
        assert stamp is Stamp.FORCED
    else:
        assert stamp is (Stamp.MANUAL if cause is Cause.PERSON else Stamp.AUTOMATIC)
