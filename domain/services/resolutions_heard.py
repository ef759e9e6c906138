"""Hearing of resolutions: the hub does what a till asks for, once for each money, and every till follows its word."""

from typing import Final

from domain.accounts import AccountType
from domain.approvals import Approval
from domain.bills import Position, arrival
from domain.changes import Topic
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant, PaymentId, ResolutionId, VoucherId
from domain.messages import CREATED, EXISTS, Message, Outcome
from domain.payments import OPEN, Cause, PaymentIntent, PaymentStatus, TransactionStatus
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.posting_rules import CREDIT_HELD, REFUND_HELD, WRITE_OFF_HELD, Measure, Places
from domain.resolution_bodies import read_resolution
from domain.resolutions import (
    GUARDS,
    NOTICES,
    RESOLUTION_TRANSITIONS,
    TOLD,
    Act,
    Resolution,
    ResolutionStatus,
    UnmatchedMoney,
    allows_resolution,
    asked_for_resolution,
    settled,
    takes_match,
)
from domain.services.acting import beyond_right, note_money
from domain.services.approvals import keep_told
from domain.services.bills import counted_for, move_for_bill, raise_due, withdraw_if_covered
from domain.services.orders import unwanted
from domain.services.payment_changes import change_facts, save_change
from domain.services.receipts import save_sale
from domain.services.resolutions import RESOLVED, resolution_facts, same_decision, tell_resolution, touch_all
from domain.services.vouchers import post_event
from domain.settlement import settle
from domain.vouchers import SourceEvent

_BOOKS: Final = {Act.GIVE_BACK: REFUND_HELD, Act.WRITE_OFF: WRITE_OFF_HELD, Act.CREDIT: CREDIT_HELD}
"""Which rule of posting books what is done about money in suspense; a match moves a bill's money."""


def hub_takes_resolution(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Do at the hub what a till asks for about money in suspense, or refuse it, and let every till hear which.

    The merchant's lock makes the first one win: whoever asks for the same money later is told MONEY_RESOLVED. Those who
    might not ask or approve, as far as they are known here, are told NOT_PERMITTED or APPROVAL_NEEDED. The same asking
    told once more changes nothing. Raises RuleBroken for what no till may tell.
    """
    told = read_resolution(message.body, message.merchant_id)
    if told.id != message.subject_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    standing = uow.resolutions.get(told.id)
    if standing is not None:
        if not same_decision(standing, told) or told.status is not ResolutionStatus.ASKED:
            raise RuleBroken(ErrorCode.ID_REUSED)
        return
    if told.device_id != message.device_id or told.act in TOLD:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    if told.currency != uow.shop.currency and _notice(uow, told) is None:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=told.currency)
    if told.status is not ResolutionStatus.ASKED or told.revision != 1 or told.settled_at is not None:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.id)
    approval = _keep_approval(uow, message, told)
    money = uow.resolutions.money(VoucherId(told.subject_id))
    payment = None if told.payment_id is None else uow.payments.get(told.payment_id)
    why = _refusal(uow, told, money, payment) or _beyond_right(uow, told, approval)
    uow.resolutions.add(told)
    note_money(uow, told.id, told.approved_by or told.requested_by, Action.TAKE_PAYMENT, told.requested_at, at)
    tell_resolution(uow, told, at, approval)
    after = settled(told, at, why)
    uow.resolutions.settle(after)
    tell_resolution(uow, after, at)
    number = told.subject_id if money is None else money.number
    action = "money.refused" if why else "money.settled"
    uow.audit.add(action, told.id, None, at, resolution_facts(after, number), cause=Cause.HUB)
    if why is None and money is not None:
        _book(uow, after, money, payment, at)
    touch_all(uow, after)


def till_takes_resolution(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Follow at a till what the hub tells of a resolution, its own or another till's."""
    told = read_resolution(message.body, message.merchant_id)
    standing = uow.resolutions.get(told.id)
    if standing is None:
        uow.resolutions.add(told)
    elif told.status in RESOLUTION_TRANSITIONS[standing.status]:
        after = settled(standing, told.settled_at or at, told.failure)
        uow.resolutions.settle(after)
        uow.audit.add("money.heard", after.id, None, at, resolution_facts(after, _number(uow, after)), cause=Cause.HUB)
    else:
        return EXISTS
    touch_all(uow, told)
    return CREATED


def _number(uow: UnitOfWork, resolution: Resolution) -> str:
    voucher = uow.vouchers.get(VoucherId(resolution.subject_id))
    return resolution.subject_id if voucher is None else voucher.number


def _keep_approval(uow: UnitOfWork, message: Message, told: Resolution) -> Approval | None:
    """Keep the approval of a resolution; raises what `keep_told` does, APPROVAL_OTHER for a missing one."""
    approval = keep_told(
        uow, message.body, told.device_id, told.id, told.requested_at, lambda given: allows_resolution(given, told)
    )
    if approval is None and told.approved_by is not None:
        raise RuleBroken(ErrorCode.APPROVAL_OTHER)
    return approval


def _refusal(
    uow: UnitOfWork, told: Resolution, money: UnmatchedMoney | None, payment: PaymentIntent | None
) -> ErrorCode | None:
    """Return why a resolution cannot be done by what is known here, None if it can."""
    found = uow.resolutions.of_subject(told.subject_id)
    is_done = any(each.status is ResolutionStatus.DONE and each.provider is None for each in found)
    if told.act is Act.SEEN and not is_done:  # of money in suspense it would say that something was done about it
        is_payment = uow.payments.get(PaymentId(told.subject_id)) is not None
        return None if is_payment or _notice(uow, told) is not None else ErrorCode.PAYMENT_UNKNOWN
    if is_done or money is None or money.amount_minor != told.amount_minor:
        return ErrorCode.MONEY_RESOLVED
    if told.act is Act.MATCH:
        fits = payment is not None and takes_match(payment)
        return None if fits else ErrorCode.MATCH_UNFIT
    if told.act is Act.CREDIT:
        is_known = told.holder_id is not None and uow.holders.get(told.holder_id) is not None
        return None if is_known else ErrorCode.HOLDER_UNKNOWN
    return _wallet_refusal(uow, told)


def _notice(uow: UnitOfWork, told: Resolution) -> Resolution | None:
    """Return what a provider did that a person has seen, if it is told as it stands here."""
    notice = uow.resolutions.get(ResolutionId(told.subject_id))
    if told.act is not Act.SEEN or notice is None or notice.act not in NOTICES:
        return None
    same = (notice.amount_minor, notice.currency) == (told.amount_minor, told.currency)
    return notice if same else None


def _beyond_right(uow: UnitOfWork, told: Resolution, approval: Approval | None) -> ErrorCode | None:
    """Return why those who ask and approve might not; until the hub has done it no money has moved."""
    if told.act not in GUARDS:
        return None
    return beyond_right(uow, asked_for_resolution(told), told.requested_by, approval, None)


def _wallet_refusal(uow: UnitOfWork, told: Resolution) -> ErrorCode | None:
    wallet = None if told.wallet_id is None else uow.accounts.get(told.wallet_id)
    if told.act is not Act.GIVE_BACK:
        return None
    if wallet is None:
        return ErrorCode.ACCOUNT_UNKNOWN
    if wallet.type is AccountType.CONTROL:
        return ErrorCode.ACCOUNT_IS_CONTROL
    return ErrorCode.ACCOUNT_ARCHIVED if wallet.archived_at is not None else None


def _book(
    uow: UnitOfWork, resolution: Resolution, money: UnmatchedMoney, payment: PaymentIntent | None, at: Instant
) -> None:
    if payment is not None:
        _apply(uow, resolution, money, payment, at)
        return
    amount = resolution.amount_minor
    measures: dict[Measure, int] = {"amount": amount}
    if resolution.act is Act.GIVE_BACK:
        measures["due"] = amount
    voucher = post_event(
        uow,
        SourceEvent(RESOLVED, resolution.id),
        _BOOKS[resolution.act],
        Places(resolution.wallet_id),
        at,
        measures,
        memo=resolution.reason,
        actor_id=resolution.requested_by,
        payment_id=money.payment_id,
        holder_id=resolution.holder_id,
    )
    uow.touch(Topic.VOUCHERS, voucher.id)
    if resolution.holder_id is not None:
        uow.touch(Topic.HOLDERS, resolution.holder_id)


def _apply(uow: UnitOfWork, resolution: Resolution, money: UnmatchedMoney, payment: PaymentIntent, at: Instant) -> None:
    """Take the money for the payment's, as if it had named it: out of suspense to where the bill's money stands."""
    counted, amount = counted_for(uow, payment.bill), money.amount_minor
    bill = raise_due(uow, payment, counted, at)
    settlement = settle(payment, amount, money.paid_at, at, counted, bill, matched=True)
    is_paid = settlement.intent.status is PaymentStatus.PAID
    if is_paid and payment.status in OPEN:
        unwanted(uow, payment, at)
    save_change(uow, payment, settlement.intent, Cause.HUB, at)
    facts = change_facts(payment, settlement.intent)
    uow.audit.add("receipt.matched", payment.id, resolution.requested_by, at, facts, cause=Cause.HUB)
    confirmed = settlement.confirmed_minor
    moved = arrival(bill.due_minor, counted, amount - confirmed) - Position(amount, 0, 0)
    move_for_bill(uow, payment, moved, at, source=f"match:{resolution.id}", confirmed=confirmed)
    if is_paid:
        save_sale(uow, payment, TransactionStatus.SUCCEEDED, at)
    withdraw_if_covered(uow, payment, at)
