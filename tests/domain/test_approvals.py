"""Approvals: who may approve what, what an approval is bound to, and that none ever works twice."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approvals import (
    DEFAULT_LIMITS,
    LIFETIME_MS,
    RULES,
    Approval,
    ApprovalLimits,
    Asked,
    Guarded,
    may_approve,
    may_ask,
    needs_approval,
)
from domain.bodies import read_approval, voucher_body
from domain.errors import DomainError, ErrorCode, NotPermitted
from domain.ids import ApprovalId, DeviceId, DraftId, Instant, MessageId, UserId
from domain.people import FREE_TRIES
from domain.policy import MATRIX, Action, Actor, Role
from domain.services.approvals import asked_for, grant_approval, keep_approval
from domain.services.drafts import issue_draft, save_draft
from domain.services.people import record_sign_in
from domain.services.settings import change_setting
from domain.services.vouchers import void_voucher
from domain.shop_settings import LIMITS
from domain.vouchers import Voucher
from storage.hub_units import HubUnits
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, TILL, an_id
from tests.domain.approval_samples import (
    ACCOUNTANT,
    AUDITOR,
    BIG,
    OTHER_MANAGER,
    a_draft,
    add_people,
    forged,
    grant,
    pay,
    to_issue,
    to_void,
)
from tests.domain.till_facts import ask, code_of

LONG_AGO = "2026-11-13"

# Each cell: what a role may do `alone`, does only `asking`, or never does; and whether it `approves` others.
TABLE = """
              owner  manager cashier accountant auditor
refund        alone  alone   asking  -          -
void          alone  alone   asking  -          -
hand_confirm  alone  alone   asking  -          -
discount      alone  alone   alone   -          -
back_date     alone  alone   -       -          -
drawer        alone  alone   asking  -          -
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = {(Role(role), Guarded(row[0])): cell for row in ROWS for role, cell in zip(HEAD, row[1:], strict=True)}


@pytest.fixture
def till(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


def void(
    units: TillUnits, voucher: Voucher, approval: Approval | None, actor: Actor = MANAGER, at: int = NOON
) -> Voucher:
    return units.run(
        lambda uow: void_voucher(uow, actor, voucher.id, Instant(at), reason="ghi nhầm", approval=approval)
    )


def void_refused(
    units: TillUnits, voucher: Voucher, approval: Approval | None, actor: Actor = MANAGER, at: int = NOON
) -> ErrorCode:
    return code_of(
        units, lambda uow: void_voucher(uow, actor, voucher.id, Instant(at), reason="ghi nhầm", approval=approval)
    )


def test_the_table_has_a_cell_for_every_role_and_act() -> None:
    assert CELLS.keys() == {(role, act) for role in Role for act in Guarded}
    assert RULES.keys() == set(Guarded)


@pytest.mark.parametrize(("role", "act"), sorted(CELLS))
def test_a_role_needs_an_approval_as_the_table_says(role: Role, act: Guarded) -> None:
    actor, cell, limit = replace(OWNER, role=role), CELLS[role, act], DEFAULT_LIMITS.of(act)
    within = {"amount_minor": 0, "days_back": limit} if act is Guarded.BACK_DATE else {"amount_minor": limit}
    above = {name: value + 1 for name, value in within.items()}
    assert may_ask(role, act) is (cell != "-")
    assert needs_approval(DEFAULT_LIMITS, actor, act, **within) is (cell != "alone")
    assert needs_approval(DEFAULT_LIMITS, actor, act, **above) is (role is not Role.OWNER)


def test_only_the_owner_and_managers_approve() -> None:
    assert {role for role in Role if may_approve(role)} == {Role.OWNER, Role.MANAGER}


def test_who_may_do_an_act_alone_is_who_the_matrix_lets() -> None:
    for act, action in ((Guarded.VOID, Action.VOID_VOUCHER), (Guarded.BACK_DATE, Action.ISSUE_VOUCHER)):
        assert {role for role in Role if action in MATRIX[role]} == RULES[act].alone


def test_a_manager_voids_alone_up_to_the_limit_and_the_owner_beyond_it(till: TillUnits) -> None:
    void(till, pay(till, "small", BIG - 1), None)
    big = pay(till, "big")
    assert void_refused(till, big, None) is ErrorCode.APPROVAL_NEEDED
    void(till, big, None, OWNER)
    assert ask(till, "SELECT * FROM approvals") == []


@pytest.mark.parametrize(
    ("requester", "approver"),
    [(MANAGER, OWNER), (MANAGER, OTHER_MANAGER), (CASHIER, MANAGER), (CASHIER, OWNER)],
    ids=["manager-owner", "manager-manager", "cashier-manager", "cashier-owner"],
)
def test_an_approved_void_keeps_the_approval_in_its_own_commit(
    requester: Actor, approver: Actor, till: TillUnits
) -> None:
    voucher = pay(till)
    approval = grant(till, to_void(voucher), requester, approver)
    assert ask(till, "SELECT * FROM approvals") == []
    reversal = void(till, voucher, approval, requester, NOON + 1)
    told = ask(till, "SELECT id, device_id, action, subject_id, amount_minor, reason, requester_id FROM approvals")
    assert told == [(approval.id, TILL, "void", voucher.id, BIG, "ghi nhầm", requester.user_id)]
    kept = ask(till, "SELECT approver_id, granted_at, expires_at, used_by, used_at FROM approvals")
    assert kept == [(approver.user_id, NOON, NOON + LIFETIME_MS, reversal.id, NOON + 1)]
    trail = ask(till, "SELECT action, actor_id FROM audit WHERE subject_id = :id ORDER BY seq", id=approval.id)
    assert trail == [("approval.granted", approver.user_id), ("approval.used", requester.user_id)]
    ((body,),) = ask(till, "SELECT body FROM outbox WHERE id = :id", id=reversal.id)
    assert read_approval(body) == approval


@pytest.mark.parametrize("at", [NOON, NOON + LIFETIME_MS - 1])
def test_an_approval_never_works_twice_for_another_void_nor_for_the_same(at: int, till: TillUnits) -> None:
    first, second = pay(till, "first"), pay(till, "second")
    approval = grant(till, to_void(first))
    void(till, first, approval, at=at)
    assert void_refused(till, second, approval, at=at) is ErrorCode.APPROVAL_OTHER
    assert void_refused(till, first, approval, at=at) is ErrorCode.VOUCHER_VOIDED
    disguised = forged(approval, asked=to_void(second))
    assert void_refused(till, second, disguised, at=at) is ErrorCode.APPROVAL_USED


OTHERS: dict[str, tuple[dict[str, Any], ErrorCode]] = {
    "another requester": ({"requester_id": OWNER.user_id}, ErrorCode.APPROVAL_OTHER),
    "another amount": ({"asked": Asked(Guarded.VOID, "", BIG - 1)}, ErrorCode.APPROVAL_OTHER),
    "another act": ({"asked": Asked(Guarded.REFUND, "", BIG)}, ErrorCode.APPROVAL_OTHER),
    "another day": ({"asked": Asked(Guarded.VOID, "", BIG, "2026-11-21")}, ErrorCode.APPROVAL_OTHER),
    "one's own": ({"approver_id": MANAGER.user_id}, ErrorCode.APPROVAL_SELF),
    "a cashier's": ({"approver_id": CASHIER.user_id}, ErrorCode.APPROVAL_BY_OTHERS),
    "an auditor's": ({"approver_id": AUDITOR.user_id}, ErrorCode.APPROVAL_BY_OTHERS),
    "nobody's": ({"approver_id": UserId("nobody")}, ErrorCode.APPROVAL_OTHER),
    "one of later": ({"granted_at": Instant(NOON + 1)}, ErrorCode.APPROVAL_EXPIRED),
    "one of before": ({"granted_at": Instant(NOON - LIFETIME_MS)}, ErrorCode.APPROVAL_EXPIRED),
    "one that ran out": ({"expires_at": NOON}, ErrorCode.APPROVAL_EXPIRED),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_approval_of_something_else_is_refused_and_nothing_stays(name: str, till: TillUnits) -> None:
    changes, code = OTHERS[name]
    voucher = pay(till)
    approval = grant(till, to_void(voucher))
    if "asked" in changes:
        changes = {"asked": replace(changes["asked"], subject_id=voucher.id, content=approval.asked.content)}
    assert void_refused(till, voucher, forged(approval, **changes)) is code


def test_an_approval_runs_out_after_two_minutes_and_is_none_before_it_was_given(till: TillUnits) -> None:
    voucher = pay(till)
    approval = grant(till, to_void(voucher))
    assert approval.expires_at == NOON + 2 * MINUTE
    assert void_refused(till, voucher, approval, at=approval.expires_at) is ErrorCode.APPROVAL_EXPIRED
    assert void_refused(till, voucher, approval, at=NOON - 1) is ErrorCode.APPROVAL_EXPIRED


def test_a_void_that_is_refused_leaves_its_approval_unused(till: TillUnits) -> None:
    voucher = pay(till)
    approval = grant(till, to_void(voucher))
    without_reason = code_of(
        till, lambda uow: void_voucher(uow, MANAGER, voucher.id, NOON, reason=" ", approval=approval)
    )
    assert without_reason is ErrorCode.DRAFT_INCOMPLETE
    assert void(till, voucher, approval).reverses == voucher.id


@pytest.mark.parametrize("actor", [ACCOUNTANT, AUDITOR])
def test_who_never_voids_is_not_helped_by_an_approval(actor: Actor, till: TillUnits) -> None:
    voucher = pay(till)
    approval = forged(grant(till, to_void(voucher)), requester_id=actor.user_id)
    assert void_refused(till, voucher, approval, actor) is ErrorCode.NOT_PERMITTED


def try_to_grant(
    units: TillUnits, requester: Actor, approver_id: UserId, *, right: bool = True, reason: str = "nhầm"
) -> Approval | None:
    asked = Asked(Guarded.VOID, "v", 1)
    approval_id = ApprovalId(an_id("try"))
    return units.run(
        lambda uow: grant_approval(uow, requester, approver_id, right, asked, approval_id, NOON, reason=reason)
    )


@pytest.mark.parametrize(
    ("requester", "approver_id", "code"),
    [
        (MANAGER, MANAGER.user_id, ErrorCode.APPROVAL_SELF),
        (OWNER, OWNER.user_id, ErrorCode.APPROVAL_SELF),
        (MANAGER, CASHIER.user_id, ErrorCode.APPROVAL_BY_OTHERS),
        (CASHIER, ACCOUNTANT.user_id, ErrorCode.APPROVAL_BY_OTHERS),
        (ACCOUNTANT, MANAGER.user_id, ErrorCode.NOT_PERMITTED),
        (AUDITOR, OWNER.user_id, ErrorCode.NOT_PERMITTED),
        (MANAGER, UserId("nobody"), ErrorCode.PERSON_UNKNOWN),
    ],
)
def test_who_cannot_approve_for_whom(requester: Actor, approver_id: UserId, code: ErrorCode, till: TillUnits) -> None:
    with pytest.raises(DomainError) as refused:
        try_to_grant(till, requester, approver_id)
    assert refused.value.code is code


def test_an_approval_without_a_reason_is_not_given(till: TillUnits) -> None:
    with pytest.raises(DomainError) as refused:
        try_to_grant(till, MANAGER, OWNER.user_id, reason=" \t")
    assert refused.value.code is ErrorCode.DRAFT_INCOMPLETE


def test_wrong_pins_of_an_approver_count_and_lock_as_at_sign_in(till: TillUnits) -> None:
    assert till.run(lambda uow: record_sign_in(uow, OWNER.user_id, False, NOON)) is None
    for _ in range(FREE_TRIES - 1):
        assert try_to_grant(till, MANAGER, OWNER.user_id, right=False) is None
    for locked in (
        lambda: try_to_grant(till, MANAGER, OWNER.user_id),
        lambda: till.run(lambda uow: record_sign_in(uow, OWNER.user_id, True, NOON)),
    ):
        with pytest.raises(NotPermitted) as refused:
            locked()
        assert refused.value.code is ErrorCode.PIN_LOCKED
    trail = ask(till, "SELECT actor_id FROM audit WHERE action = 'pin.wrong' AND subject_id = :id", id=OWNER.user_id)
    assert len(trail) == FREE_TRIES


def issue(units: TillUnits, actor: Actor, approval: Approval | None = None, at: int = NOON) -> Voucher:
    draft_id = DraftId(an_id("late"))
    return units.run(lambda uow: issue_draft(uow, actor, draft_id, Instant(at), approval=approval))


def test_a_manager_dates_a_voucher_a_week_back_alone_and_further_with_an_approval(till: TillUnits) -> None:
    draft = a_draft("late", 70_000, LONG_AGO)
    asked = to_issue(till, draft)
    assert replace(asked, content="") == Asked(Guarded.BACK_DATE, draft.id, 70_000, LONG_AGO)
    assert code_of(till, lambda uow: issue_draft(uow, MANAGER, draft.id, NOON)) is ErrorCode.APPROVAL_NEEDED
    further = grant(till, replace(asked, day="2026-11-12"), name="other day")
    refused = code_of(till, lambda uow: issue_draft(uow, MANAGER, draft.id, NOON, approval=further))
    assert refused is ErrorCode.APPROVAL_OTHER
    voucher = issue(till, MANAGER, grant(till, asked))
    assert voucher.business_date == LONG_AGO
    assert ask(till, "SELECT used_by, day FROM approvals") == [(voucher.id, LONG_AGO)]
    within = a_draft("week", 70_000, "2026-11-14")
    till.run(lambda uow: save_draft(uow, MANAGER, within))
    till.run(lambda uow: issue_draft(uow, MANAGER, within.id, NOON))


def test_the_shop_sets_its_limits_and_they_hold_at_once(till: TillUnits) -> None:
    voucher = pay(till)
    higher = {"void": BIG}
    till.run(lambda uow: change_setting(uow, OWNER, LIMITS, higher, MessageId(an_id("limits")), NOON))
    assert till.shop.rules.limits == replace(ApprovalLimits(), void=BIG)
    void(till, voucher, None)


@pytest.mark.parametrize(
    "wrong", [{"void": -1}, {"void": 1.5}, {"void": True}, {"robbery": 1}, [], "5", {"void": 2**63}]
)
def test_a_limit_that_is_none_is_no_setting(wrong: Any, till: TillUnits) -> None:
    code = code_of(till, lambda uow: change_setting(uow, OWNER, LIMITS, wrong, MessageId(an_id("limits")), NOON))
    assert code is ErrorCode.SETTING_INVALID


def test_the_hub_keeps_an_approval_once_and_only_with_the_voucher_it_fits(
    till: TillUnits, hub_on_sqlite: HubUnits
) -> None:
    voucher = pay(till)
    approval = grant(till, to_void(voucher))
    reversal = void(till, voucher, approval)

    def at_hub(body: str, about: Voucher = reversal) -> None:
        hub_on_sqlite.run(MERCHANT, lambda uow: keep_approval(uow, body, about))

    for changes in (
        {"asked": replace(approval.asked, content=approval.asked.content[::-1])},
        {"approver_id": MANAGER.user_id},
        {"requester_id": OWNER.user_id},
        {"asked": replace(approval.asked, amount_minor=1)},
        {"granted_at": Instant(NOON + 1)},
    ):
        with pytest.raises(DomainError) as refused:
            at_hub(voucher_body(reversal, forged(approval, **changes)))
        assert refused.value.code is ErrorCode.APPROVAL_OTHER
    at_hub(voucher_body(reversal, approval))
    second_till = replace(reversal, device_id=DeviceId(an_id("till 02")))
    forwarded = forged(approval, asked=asked_for(second_till))
    for body, about in (
        (voucher_body(reversal, approval), reversal),
        (voucher_body(second_till, forwarded), second_till),
    ):
        with pytest.raises(DomainError) as refused:
            at_hub(body, about)
        assert refused.value.code is ErrorCode.APPROVAL_USED
    with pytest.raises(DomainError) as refused:
        at_hub(voucher_body(reversal, approval).replace('"action":"void"', '"action":"robbery"'))
    assert refused.value.code is ErrorCode.MESSAGE_MALFORMED


said = st.builds(
    Approval,
    st.just(ApprovalId("a")),
    st.builds(
        Asked,
        st.sampled_from(Guarded),
        st.text(min_size=1, max_size=9),
        st.integers(0, 2**53),
        st.sampled_from(["", "2026-01-31"]),
        st.sampled_from(["", "ab", "cd"]),
    ),
    st.text(min_size=1, max_size=9),
    st.just(UserId("one")),
    st.just(UserId("two")),
    st.integers(0, 10**12).map(Instant),
    st.integers(0, 10**12).map(Instant),
)


@given(one=said, other=said)
def test_two_approvals_have_one_hash_only_if_they_say_the_same(one: Approval, other: Approval) -> None:
    assert (one.hash == other.hash) is (one == other)


@given(approval=said, at=st.integers(0, 2 * 10**12))
def test_no_approval_holds_for_longer_than_two_minutes(approval: Approval, at: int) -> None:
    if approval.valid_at(Instant(at)):
        assert 0 <= at - approval.granted_at < LIFETIME_MS
