"""Hearing of refunds: the hub reserves or refuses what a till asks for, and every till follows the hub's word."""

from dataclasses import replace
from typing import Final

from domain.approvals import Approval
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.ids import Instant
from domain.messages import CREATED, EXISTS, Message, Outcome
from domain.payments import Cause, PaymentIntent
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.rails import Provider
from domain.refund_bodies import read_refund
from domain.refundable import proven_left
from domain.refunds import (
    REFUND_TRANSITIONS,
    WAYS,
    Refund,
    RefundOrigin,
    RefundStatus,
    allows_refund,
    asked_for_refund,
    content_of,
    move,
)
from domain.services.acting import beyond_right, note_money, note_told_late
from domain.services.approvals import keep_told
from domain.services.holders import existing_holder
from domain.services.refunds import (
    add_refund,
    counted_before,
    keep_refund,
    marked_beyond,
    move_with_refund,
    refund_facts,
    save_refund,
    tell_refund,
    what_is_left,
)

_TOO_MUCH: Final = ErrorCode.REFUND_EXCEEDS


def hub_takes_refund(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Take at the hub that a till gives money back, wants it given back, or wants it no more.

    What is only asked for is reserved, or fails: with REFUND_EXCEEDS if more than is left, with NOT_PERMITTED or
    APPROVAL_NEEDED if those who asked and approved may not, as far as they are known here: nothing was sent yet, so
    whoever is disabled by now may not, whenever the till says that they asked. What a till gave from a
    wallet or as credit is gone: more than there was is kept, marked, and noted for the owner. Every till, that one too,
    hears of it as the hub took it. Raises RuleBroken, NotFound, Conflict.
    """
    told, cause = read_refund(message.body, message.merchant_id)
    if told.id != message.subject_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    standing = uow.refunds.get(told.id)
    if standing is not None:
        _hub_hears_again(uow, message, standing, told, cause, at)
        return
    payment = _check_new(uow, message, told, cause)
    approval = _keep_approval(uow, message, told)
    left = what_is_left(uow, payment)
    counted = counted_before(uow, payment)
    gone = not WAYS[told.way].by_provider
    fits = left.bears(told.what, told.amount_minor) if gone else told.amount_minor <= left.of(told.what)
    heard = replace(told, beyond=not fits)
    add_refund(uow, heard, cause, at)
    approver = heard.approved_by or heard.requested_by
    note_money(uow, heard.id, approver, Action.TAKE_PAYMENT, heard.requested_at, at)
    tell_refund(uow, heard, cause, at, approval)
    if gone:
        note_told_late(uow, heard.id, (heard.requested_by, heard.approved_by), heard.requested_at, at)
        move_with_refund(uow, heard, payment, counted, at)
        if not fits:
            uow.audit.add("refund.beyond", heard.id, None, at, refund_facts(heard), cause=Cause.HUB)
        return
    asked = asked_for_refund(heard)
    refusal = beyond_right(uow, asked, heard.requested_by, approval, None) if fits else _TOO_MUCH
    if refusal is None:
        uow.proven.give_back(heard.id, at)
        return
    failed = replace(move(heard, RefundStatus.FAILED, Cause.HUB, at), failure=refusal)
    save_refund(uow, heard, failed, Cause.HUB, at)
    uow.audit.add("refund.refused", heard.id, None, at, refund_facts(failed), cause=Cause.HUB)


def till_takes_refund(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Follow at a till what the hub tells of a refund, its own or another till's."""
    told, cause = read_refund(message.body, message.merchant_id)
    standing = uow.refunds.get(told.id)
    if standing is None:
        heard = _fitting(uow, replace(told, revision=1), at)
        add_refund(uow, heard, cause, at)
        uow.touch(Topic.PAYMENTS, told.payment_id)
        return CREATED
    if uow.outbox.known_hash(message.id) is not None:
        return EXISTS
    if told.status is standing.status:
        base = replace(standing, updated_at=at, revision=standing.revision + 1)
    elif told.status in REFUND_TRANSITIONS[standing.status]:
        base = move(standing, told.status, Cause.HUB, at)
    else:
        return EXISTS
    after = replace(
        base,
        beyond=told.beyond,
        payment_ref=told.payment_ref,
        provider_ref=told.provider_ref,
        failure=told.failure,
        sent_at=told.sent_at,
        settled_at=told.settled_at,
        told_at=told.told_at,
    )
    after = _fitting(uow, after, at)
    if replace(after, updated_at=standing.updated_at, revision=standing.revision) == standing:
        return EXISTS
    keep_refund(uow, standing, after, Cause.HUB, at)
    uow.audit.add("refund.heard", after.id, None, at, refund_facts(after), cause=Cause.HUB)
    return CREATED


def _fitting(uow: UnitOfWork, refund: Refund, at: Instant) -> Refund:
    """Return a refund as it can be kept here beside this till's own, of which the hub may not know yet.

    The hub took this one first, so the youngest of this till's own go beyond what could be given back.
    """
    own = [other for other in uow.refunds.of_payment(refund.payment_id) if _is_younger(uow, other, refund)]
    while own and not _fits(uow, refund):
        youngest = own.pop()
        keep_refund(uow, youngest, marked_beyond(youngest, True, at), Cause.HUB, at)
    return refund if _fits(uow, refund) else replace(refund, beyond=True)


def _is_younger(uow: UnitOfWork, other: Refund, refund: Refund) -> bool:
    return other.takes and other.id != refund.id and other.device_id == uow.device.id


def _fits(uow: UnitOfWork, refund: Refund) -> bool:
    payment = uow.payments.get(refund.payment_id)
    if payment is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    others = [other for other in uow.refunds.of_payment(refund.payment_id) if other.id != refund.id]
    return not refund.takes or refund.amount_minor <= proven_left(payment, others)


def _check_new(uow: UnitOfWork, message: Message, told: Refund, cause: Cause) -> PaymentIntent:
    """Refuse a new refund that is not its till's own, that says more than its till can know, or of no payment."""
    if told.device_id != message.device_id or told.origin is not RefundOrigin.PERSON or cause is not Cause.PERSON:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    payment = uow.payments.get(told.payment_id)
    if payment is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    if told.currency != payment.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=told.currency)
    by_provider = WAYS[told.way].by_provider
    provider = payment.provider if by_provider else Provider.NONE
    begins = RefundStatus.REQUESTED if by_provider else RefundStatus.DONE
    said_too_much = told.beyond or told.fee_minor or told.provider_ref or told.payment_ref or told.revision != 1
    if (told.status, told.provider) != (begins, provider) or said_too_much or told.requested_by is None:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference)
    if told.holder_id is not None:
        existing_holder(uow, told.holder_id)
    if uow.refunds.by_reference(told.reference) is not None:
        raise Conflict(ErrorCode.SERIES_BROKEN, number=told.reference)
    return payment


def _keep_approval(uow: UnitOfWork, message: Message, told: Refund) -> Approval | None:
    """Keep the approval of a refund; raises what `keep_told` does, APPROVAL_OTHER for a missing one."""
    approval = keep_told(
        uow, message.body, told.device_id, told.id, told.requested_at, lambda given: allows_refund(given, told)
    )
    if approval is None and told.approved_by is not None:
        raise RuleBroken(ErrorCode.APPROVAL_OTHER)
    return approval


def _hub_hears_again(
    uow: UnitOfWork, message: Message, standing: Refund, told: Refund, cause: Cause, at: Instant
) -> None:
    """Take that a person wants a refund no more; one that was sent by then stands, and every till hears so.

    The same beginning told once more, because its answer was lost, changes nothing; another one is refused.
    """
    if told.revision == 1:
        if (content_of(told), told.reference) != (content_of(standing), standing.reference):
            raise RuleBroken(ErrorCode.ID_REUSED)
        return
    if told.status is not RefundStatus.CANCELLED or cause is not Cause.PERSON:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference)
    uow.outbox.add(message, at)
    if standing.status is RefundStatus.REQUESTED:
        keep_refund(uow, standing, move(standing, RefundStatus.CANCELLED, Cause.PERSON, at), Cause.PERSON, at)
    elif standing.status is not RefundStatus.CANCELLED:
        again = replace(standing, updated_at=at, revision=standing.revision + 1)
        save_refund(uow, standing, again, Cause.HUB, at)
