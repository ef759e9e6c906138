"""Approvals: given by a second person's PIN on the spot, and used once, in the commit of the act they allow."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from domain.approvals import LIFETIME_MS, Approval, Asked, Guarded, approval_needed, exceeds, may_approve, may_ask
from domain.bodies import read_approval, typed
from domain.errors import ErrorCode, NotPermitted, RuleBroken
from domain.ids import ApprovalId, DeviceId, Instant, UserId
from domain.people import User
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.services.people import count_pin, refuse_if_away, tell_lock
from domain.vouchers import HAND_CONFIRMED, SETTLED, Voucher, content_hash

MAX_REASON: Final = 500


def check_approver(requester: Actor, approver: User, action: Guarded) -> None:
    """Raise unless the one may be asked by the other, before any PIN is tried.

    Raises NotPermitted: NOT_PERMITTED for who may not even ask, APPROVAL_SELF for one's own act, APPROVAL_BY_OTHERS
    for a role that approves nothing, PERSON_DISABLED for somebody who may no longer work here.
    """
    if not may_ask(requester.role, action):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    if requester.user_id == approver.id:
        raise NotPermitted(ErrorCode.APPROVAL_SELF)
    if not may_approve(approver.role):
        raise NotPermitted(ErrorCode.APPROVAL_BY_OTHERS, role=approver.role.value)
    if approver.disabled_at is not None:
        raise NotPermitted(ErrorCode.PERSON_DISABLED, name=approver.name)


def grant_approval(
    uow: UnitOfWork,
    requester: Actor,
    approver_id: UserId,
    right: bool,
    asked: Asked,
    approval_id: ApprovalId,
    at: Instant,
    *,
    reason: str,
) -> Approval | None:
    """Record a manager's PIN entry, which `check_pin` has judged, and return their approval of what is asked.

    Returns None after a wrong PIN: its count, as at sign-in, must be committed. Raises what `check_approver` raises,
    NotFound for an unknown approver, NotPermitted: PIN_LOCKED, OFFLINE_TOO_LONG as at sign-in; RuleBroken
    (DRAFT_INCOMPLETE) without a reason.
    """
    told = typed(reason)[:MAX_REASON]
    if not told:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="reason")
    approver = count_pin(uow, approver_id, right)
    check_approver(requester, approver, asked.action)
    refuse_if_away(uow, approver, at)
    if not right:
        facts: dict[str, str | int | None] = {
            "failures": approver.failures,
            "asked_by": requester.user_id,
            "action": asked.action.value,
        }
        uow.audit.add("pin.wrong", approver_id, None, at, facts)
        tell_lock(uow, approver, at)
        return None
    approval = Approval(
        approval_id, asked, told, requester.user_id, approver_id, at, expires_at=Instant(at + LIFETIME_MS)
    )
    uow.audit.add("approval.granted", approval_id, approver_id, at, _facts(approval))
    return approval


def require_approved(
    uow: UnitOfWork,
    actor: Actor,
    asked: Asked,
    approval: Approval | None,
    at: Instant,
    *,
    used_by: str,
    measure: int | None = None,
) -> dict[str, str | int | None]:
    """Let an act go on that a person may do alone, or spend the approval it has; return what the trail says of it.

    `measure` is what the limit bounds where that is not the amount (days back). Raises NotPermitted: NOT_PERMITTED,
    APPROVAL_NEEDED, and what `spend_approval` raises.
    """
    if not may_ask(actor.role, asked.action):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    limit = uow.shop.rules.limits.of(asked.action)
    measured = asked.amount_minor if measure is None else measure
    if approval is not None:
        spend_approval(uow, actor, approval, asked, at, used_by=used_by)
    elif exceeds(actor.role, asked.action, measured, limit):
        raise approval_needed(asked)
    return {
        "role": actor.role.value,
        "measure": measured,
        "limit": limit,
        "approval": None if approval is None else approval.id,
    }


def may_begin(actor: Actor, action: Guarded, approval: Approval | None) -> None:
    """Raise NotPermitted (NOT_PERMITTED, APPROVAL_NEEDED) for who may never do an act, or never without an approval.

    Asked before the record is looked at, where a refusal must tell the person nothing of it.
    """
    if not may_ask(actor.role, action):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    if approval is None and exceeds(actor.role, action, 0, 0):
        raise NotPermitted(ErrorCode.APPROVAL_NEEDED)


def spend_approval(
    uow: UnitOfWork, actor: Actor, approval: Approval, asked: Asked, at: Instant, *, used_by: str
) -> None:
    """Use an approval for the act of this commit; `used_by` is the record that the act makes.

    Raises NotPermitted: APPROVAL_OTHER if it was given for another person, act, record, amount or day, or for anything
    else to be booked, APPROVAL_SELF, APPROVAL_BY_OTHERS, APPROVAL_USED for a second time, APPROVAL_EXPIRED.
    """
    if approval.requester_id != actor.user_id or approval.asked != asked:
        raise NotPermitted(ErrorCode.APPROVAL_OTHER)
    approver = uow.people.get(approval.approver_id)
    if approver is None:
        raise NotPermitted(ErrorCode.APPROVAL_OTHER)
    check_approver(actor, approver, asked.action)
    if uow.approvals.used(approval.id):
        raise NotPermitted(ErrorCode.APPROVAL_USED)
    if not approval.valid_at(at):
        raise NotPermitted(ErrorCode.APPROVAL_EXPIRED)
    uow.approvals.add(approval, uow.device.id, used_by, at)
    uow.audit.add("approval.used", approval.id, actor.user_id, at, {**_facts(approval), "used_by": used_by})


def keep_approval(uow: UnitOfWork, body: str, voucher: Voucher) -> None:
    """Keep at the hub, as evidence, the approval that came in the body of a till's voucher.

    Raises RuleBroken (APPROVAL_OTHER, APPROVAL_USED) for one that is not of this voucher or allowed another,
    MESSAGE_MALFORMED for one that cannot be read.
    """
    keep_told(uow, body, voucher.device_id, voucher.id, voucher.created_at, lambda approval: fits(approval, voucher))


def keep_told(
    uow: UnitOfWork,
    body: str,
    device_id: DeviceId,
    used_by: str,
    used_at: Instant,
    fits_act: Callable[[Approval], bool],
) -> Approval | None:
    """Keep at the hub, as evidence, the approval that came in the body of an act, and return it; None if none came.

    Raises RuleBroken: APPROVAL_OTHER for one that does not fit the act, APPROVAL_USED for one that allowed another,
    MESSAGE_MALFORMED for one that cannot be read.
    """
    approval = read_approval(body)
    if approval is None:
        return None
    if not fits_act(approval):
        raise RuleBroken(ErrorCode.APPROVAL_OTHER)
    if uow.approvals.used(approval.id):
        raise RuleBroken(ErrorCode.APPROVAL_USED)
    uow.approvals.add(approval, device_id, used_by, used_at)
    return approval


def fits(approval: Approval, voucher: Voucher) -> bool:
    """Whether an approval is one of a voucher: by two people, for its act, record, amount, day and moment."""
    asked = asked_for(voucher)
    if not approval.asked.content:
        asked = replace(asked, content="")  # of before the whole content was bound
    two_people = approval.requester_id == voucher.actor_id != approval.approver_id
    return two_people and approval.asked == asked and approval.valid_at(voucher.created_at)


def asked_for(voucher: Voucher) -> Asked:
    """Return what an approval of a voucher must be for: a void, a confirmation by hand, else its day; and all of it."""
    content = content_hash(voucher)
    if voucher.reverses is not None:
        return Asked(Guarded.VOID, voucher.reverses, voucher.total_minor, content=content)
    if voucher.source.kind in (HAND_CONFIRMED, SETTLED):
        return Asked(Guarded.HAND_CONFIRM, voucher.source.id, voucher.postings[0].amount_minor, content=content)
    return Asked(Guarded.BACK_DATE, voucher.source.id, voucher.total_minor, voucher.business_date, content)


def _facts(approval: Approval) -> dict[str, str | int | None]:
    return {
        **({"content": approval.asked.content} if approval.asked.content else {}),
        "action": approval.asked.action.value,
        "subject": approval.asked.subject_id,
        "amount": approval.asked.amount_minor,
        "requester": approval.requester_id,
        "approver": approval.approver_id,
        "hash": approval.hash,
    }
