"""A till whose people may approve, an expensive voucher, and approvals as managers give them."""

from dataclasses import replace
from typing import Final

import pytest

from domain.approvals import Approval, Asked, asked_of
from domain.categories import category_id
from domain.drafts import Draft
from domain.errors import NotPermitted
from domain.ids import ApprovalId, DraftId, Instant, UserId
from domain.policy import Actor, Role
from domain.services.accounts import grant_account
from domain.services.approvals import asked_for, grant_approval
from domain.services.drafts import issue_draft, save_draft
from domain.services.people import add_user
from domain.vouchers import Voucher, VoucherType, reversal_of
from storage.till import TillUnits
from tests.builders import CASH, CASHIER, MANAGER, MERCHANT, NOON, OWNER, TILL, an_id

BIG: Final = 5_000_001
"""One đồng above what a manager voids alone."""

OTHER_MANAGER: Final = Actor(UserId(an_id("other manager")), "Chị Thu", Role.MANAGER, TILL)
ACCOUNTANT: Final = Actor(UserId(an_id("accountant")), "Hà", Role.ACCOUNTANT, TILL)
AUDITOR: Final = Actor(UserId(an_id("auditor")), "Chú Tư", Role.AUDITOR, TILL)
PEOPLE: Final = (OWNER, MANAGER, OTHER_MANAGER, CASHIER, ACCOUNTANT, AUDITOR)
TODAY: Final = "2026-11-21"


def add_people(units: TillUnits) -> None:
    """Keep everybody of the shop, each with the PIN 1234 of a plain check; managers see the cash."""
    for actor in PEOPLE:
        units.run(lambda uow, actor=actor: add_user(uow, actor.user_id, actor.name, actor.role, "hashed:1234", NOON))
    for actor in (MANAGER, OTHER_MANAGER):
        units.run(lambda uow, actor=actor: grant_account(uow, OWNER, actor.user_id, CASH, NOON, granted=True))


def a_draft(name: str, amount_minor: int = BIG, day: str = TODAY) -> Draft:
    """Return a whole draft of a payment of cash."""
    return Draft(
        DraftId(an_id(name)),
        VoucherType.PAYMENT,
        day,
        NOON,
        NOON,
        OWNER.user_id,
        wallet_id=CASH,
        category_id=category_id(MERCHANT, "rent_utilities"),
        amount_minor=amount_minor,
        memo="Tiền nhà",
    )


def pay(units: TillUnits, name: str = "rent", amount_minor: int = BIG, day: str = TODAY) -> Voucher:
    """Let the owner issue a payment."""
    draft = a_draft(name, amount_minor, day)
    units.run(lambda uow: save_draft(uow, OWNER, draft))
    return units.run(lambda uow: issue_draft(uow, OWNER, draft.id, NOON))


def to_void(voucher: Voucher, reason: str = "ghi nhầm") -> Asked:
    """Return what is asked for a void at the till today."""
    return asked_for(reversal_of(voucher, TILL, NOON, TODAY, reason))


def to_issue(units: TillUnits, draft: Draft, actor: Actor = MANAGER) -> Asked:
    """Return what is asked for a draft whose day is too far back, as its refusal tells it; the draft is kept."""
    units.run(lambda uow: save_draft(uow, actor, draft))
    with pytest.raises(NotPermitted) as refused:
        units.run(lambda uow: issue_draft(uow, actor, draft.id, NOON))
    asked = asked_of(refused.value)
    assert asked is not None
    return asked


def grant(
    units: TillUnits,
    asked: Asked,
    requester: Actor = MANAGER,
    approver: Actor = OTHER_MANAGER,
    *,
    name: str = "approval",
    at: int = NOON,
) -> Approval:
    """Let somebody approve with the right PIN."""
    approval = units.run(
        lambda uow: grant_approval(
            uow,
            requester,
            approver.user_id,
            True,
            asked,
            ApprovalId(an_id(name)),
            Instant(at),
            reason="ghi nhầm",
        )
    )
    assert approval is not None
    return approval


def forged(approval: Approval, **changes: object) -> Approval:
    """Return an approval of which something was changed after it was given."""
    return replace(approval, **changes)  # type: ignore[arg-type]  # any field, for a test
