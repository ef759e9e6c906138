"""Deciding about money that no payment took: a person asks at a till, the hub, where it lies, does it."""

from dataclasses import replace
from typing import Final

from domain.approvals import Approval, may_ask
from domain.bodies import typed
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import AccountId, HolderId, Instant, MessageId, PaymentId, ResolutionId, VoucherId, id_for
from domain.messages import MessageKind
from domain.payments import PaymentException
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.resolution_bodies import resolution_body
from domain.resolutions import (
    GUARDS,
    NOTICES,
    Act,
    Resolution,
    UnmatchedMoney,
    asked_for_resolution,
    resolution_content,
    takes_match,
)
from domain.services.approvals import require_approved
from domain.services.bills import counted_for, due_for
from domain.services.holders import existing_holder
from domain.services.outgoing import tell
from domain.services.refunds import wallet_to_pay_from
from domain.services.sight import require_sight
from domain.services.vouchers import MAX_MEMO
from domain.trail import Facts

RESOLVED: Final = "resolved"
"""The kind of source event by which the hub alone books what became of money in suspense, but for matches."""

_ACTED: Final = {
    Act.MATCH: "money.match",
    Act.GIVE_BACK: "money.give_back",
    Act.CREDIT: "money.credit",
    Act.WRITE_OFF: "money.write_off",
    Act.SEEN: "money.seen",
}


def match_money(
    uow: UnitOfWork,
    actor: Actor,
    resolution_id: ResolutionId,
    voucher_id: VoucherId,
    payment_id: PaymentId,
    at: Instant,
    *,
    reason: str,
    approval: Approval | None = None,
) -> Resolution:
    """Ask the hub to take money in suspense for a payment's; until it answers the money stays where it lies.

    Raises what `_begin` and `require_approved` raise, NotFound(PAYMENT_UNKNOWN), RuleBroken: MATCH_UNFIT for cash and
    for money that is held first, BILL_COVERED if the sale does not need the money.
    """
    if uow.resolutions.get(resolution_id) is None:
        _begin(uow, actor, resolution_id, voucher_id, Act.MATCH)
    payment = uow.payments.get(payment_id)
    if payment is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    if not takes_match(payment):
        raise RuleBroken(ErrorCode.MATCH_UNFIT)
    owed = due_for(uow, payment.bill) - counted_for(uow, payment.bill) + payment.confirmed_minor
    if owed <= 0 and uow.resolutions.get(resolution_id) is None:
        raise RuleBroken(ErrorCode.BILL_COVERED, missing=0)
    return _ask(uow, actor, resolution_id, voucher_id, Act.MATCH, at, reason, approval, payment_id=payment_id)


def give_money_back(
    uow: UnitOfWork,
    actor: Actor,
    resolution_id: ResolutionId,
    voucher_id: VoucherId,
    at: Instant,
    *,
    reason: str,
    wallet_id: AccountId | None = None,
    approval: Approval | None = None,
) -> Resolution:
    """Ask the hub to book that money in suspense goes back from a wallet (the drawer if none is named).

    It is handed over once the hub has booked it, so that two tills cannot give the same money back. Raises what
    `_begin`, `require_approved` and `wallet_to_pay_from` raise.
    """
    standing = uow.resolutions.get(resolution_id)
    if standing is None:
        money = _begin(uow, actor, resolution_id, voucher_id, Act.GIVE_BACK)
        wallet: AccountId | None = wallet_to_pay_from(uow, actor, wallet_id, approval, money.amount_minor)
    else:
        wallet = standing.wallet_id
    return _ask(uow, actor, resolution_id, voucher_id, Act.GIVE_BACK, at, reason, approval, wallet_id=wallet)


def keep_money_as_credit(
    uow: UnitOfWork,
    actor: Actor,
    resolution_id: ResolutionId,
    voucher_id: VoucherId,
    holder_id: HolderId,
    at: Instant,
    *,
    reason: str,
    approval: Approval | None = None,
) -> Resolution:
    """Ask the hub to book money in suspense as what a customer has left with the shop.

    Raises what `_begin` and `require_approved` raise, NotFound(HOLDER_UNKNOWN).
    """
    holder = existing_holder(uow, holder_id).id
    return _ask(uow, actor, resolution_id, voucher_id, Act.CREDIT, at, reason, approval, holder_id=holder)


def write_money_off(
    uow: UnitOfWork,
    actor: Actor,
    resolution_id: ResolutionId,
    voucher_id: VoucherId,
    at: Instant,
    *,
    reason: str,
    approval: Approval | None = None,
) -> Resolution:
    """Ask the hub to book money in suspense as other income; raises what `_begin` and `require_approved` raise."""
    return _ask(uow, actor, resolution_id, voucher_id, Act.WRITE_OFF, at, reason, approval)


def mark_seen(
    uow: UnitOfWork, actor: Actor, resolution_id: ResolutionId, payment_id: PaymentId, at: Instant
) -> Resolution:
    """Say that a payment's being late was seen; it leaves the list here at once and everywhere when it is told.

    Raises NotPermitted(NOT_PERMITTED), NotFound(PAYMENT_UNKNOWN), RuleBroken(INVALID_TRANSITION) for one that is not
    late.
    """
    require(actor, Action.CANCEL_PAYMENT)
    payment = uow.payments.get(payment_id)
    if payment is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    standing = next((each for each in uow.resolutions.of_subject(payment_id) if each.act is Act.SEEN), None)
    if standing is not None:
        return standing
    if payment.exception is not PaymentException.PAID_LATE:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=payment.reference, old=payment.exception, new=Act.SEEN)
    amount = payment.received_minor or payment.amount_minor
    seen = _drawn_up(uow, actor, resolution_id, payment_id, Act.SEEN, amount, at, "", None)
    return _keep(uow, seen, None, {}, at, payment.reference)


def mark_notice_seen(
    uow: UnitOfWork, actor: Actor, resolution_id: ResolutionId, notice_id: ResolutionId, at: Instant, *, reason: str
) -> Resolution:
    """Say that what a provider did was seen, or dealt with outside the books: `reason` tells what was done.

    Raises NotPermitted(NOT_PERMITTED), RuleBroken: MONEY_RESOLVED for what is no notice, DRAFT_INCOMPLETE without a
    reason.
    """
    require(actor, Action.SEE_BALANCES)
    require(actor, Action.CANCEL_PAYMENT)
    notice = uow.resolutions.get(notice_id)
    if notice is None or notice.act not in NOTICES:
        raise RuleBroken(ErrorCode.MONEY_RESOLVED)
    standing = next((each for each in uow.resolutions.of_subject(notice_id) if each.stands), None)
    if standing is not None:
        return standing
    told = typed(reason)[:MAX_MEMO]
    if not told:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="reason")
    seen = _drawn_up(uow, actor, resolution_id, notice_id, Act.SEEN, notice.amount_minor, at, told, None)
    return _keep(uow, replace(seen, currency=notice.currency), None, {}, at, notice.reason)


def tell_resolution(uow: UnitOfWork, resolution: Resolution, at: Instant, approval: Approval | None = None) -> None:
    """Queue a resolution as it stands; one id for each revision of each device."""
    message_id = MessageId(id_for("resolution-message", resolution.id, uow.device.id, str(resolution.revision)))
    body = resolution_body(resolution, approval)
    tell(uow, MessageKind.RESOLUTION, resolution.id, body, at, message_id=message_id)


def resolution_facts(resolution: Resolution, number: str) -> Facts:
    """Return what the trail tells of a resolution; `number` is the money's voucher, or the payment's reference."""
    return {
        "number": number,
        "amount": resolution.amount_minor,
        "act": resolution.act.value,
        "stands": resolution.status.value,
        "reason": resolution.reason,
        "failure": resolution.failure.value if resolution.failure else "",
    }


def touch_all(uow: UnitOfWork, resolution: Resolution) -> None:
    """Note that the money, and the payment it is matched to, are to be looked at anew."""
    for subject in {resolution.subject_id, resolution.payment_id or resolution.subject_id}:
        uow.touch(Topic.PAYMENTS, subject)


def _begin(
    uow: UnitOfWork, actor: Actor, resolution_id: ResolutionId, voucher_id: VoucherId, act: Act
) -> UnmatchedMoney:
    """Return the money that is decided about.

    Raises NotPermitted (NOT_PERMITTED, ACCOUNT_NOT_GRANTED) for who may not see it or not do it,
    RuleBroken(MONEY_RESOLVED) where there is none, or somebody has asked for something already.
    """
    require(actor, Action.SEE_BALANCES)
    if not may_ask(actor.role, GUARDS[act]):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    money, voucher = uow.resolutions.money(voucher_id), uow.vouchers.get(voucher_id)
    if voucher is not None:
        require_sight(uow, actor, None, voucher.postings)
    found = uow.resolutions.of_subject(voucher_id)
    others = (each for each in found if each.id != resolution_id and each.provider is None)
    if money is None or any(each.stands for each in others):
        raise RuleBroken(ErrorCode.MONEY_RESOLVED)
    return money


def _ask(
    uow: UnitOfWork,
    actor: Actor,
    resolution_id: ResolutionId,
    voucher_id: VoucherId,
    act: Act,
    at: Instant,
    reason: str,
    approval: Approval | None,
    *,
    payment_id: PaymentId | None = None,
    wallet_id: AccountId | None = None,
    holder_id: HolderId | None = None,
) -> Resolution:
    standing = uow.resolutions.get(resolution_id)
    if standing is not None:  # pressed twice
        stands = (standing.subject_id, standing.act, standing.payment_id, standing.holder_id)
        if stands == (voucher_id, act, payment_id, holder_id):
            return standing
        raise Conflict(ErrorCode.ID_REUSED)
    money = _begin(uow, actor, resolution_id, voucher_id, act)
    told = typed(reason)[:MAX_MEMO]
    if not told:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="reason")
    asked = _drawn_up(
        uow,
        actor,
        resolution_id,
        voucher_id,
        act,
        money.amount_minor,
        at,
        told,
        approval,
        payment_id=payment_id,
        wallet_id=wallet_id,
        holder_id=holder_id,
    )
    allowed = require_approved(uow, actor, asked_for_resolution(asked), approval, at, used_by=asked.id)
    return _keep(uow, asked, approval, allowed, at, money.number)


def _drawn_up(
    uow: UnitOfWork,
    actor: Actor,
    resolution_id: ResolutionId,
    subject_id: str,
    act: Act,
    amount_minor: int,
    at: Instant,
    reason: str,
    approval: Approval | None,
    *,
    payment_id: PaymentId | None = None,
    wallet_id: AccountId | None = None,
    holder_id: HolderId | None = None,
) -> Resolution:
    return Resolution(
        id=resolution_id,
        merchant_id=uow.shop.merchant_id,
        device_id=uow.device.id,
        subject_id=subject_id,
        act=act,
        payment_id=payment_id,
        wallet_id=wallet_id,
        amount_minor=amount_minor,
        currency=uow.shop.currency,
        reason=reason,
        requested_by=actor.user_id,
        approved_by=None if approval is None else approval.approver_id,
        requested_at=at,
        holder_id=holder_id,
    )


def _keep(
    uow: UnitOfWork,
    resolution: Resolution,
    approval: Approval | None,
    allowed: Facts,
    at: Instant,
    number: str,
) -> Resolution:
    uow.resolutions.add(resolution)
    tell_resolution(uow, resolution, at, approval)
    facts = {**resolution_facts(resolution, number), **allowed}
    uow.audit.add(_ACTED[resolution.act], resolution.id, resolution.requested_by, at, facts)
    touch_all(uow, resolution)
    return resolution


def same_decision(one: Resolution, other: Resolution) -> bool:
    """Whether two tellings of a resolution ask for the same."""
    return resolution_content(one) == resolution_content(other)
