"""Saying by hand that a provider's money came: with evidence, perhaps a manager's word, until it is proven."""

from dataclasses import replace

from domain.accounts import Control, control_id
from domain.approvals import Approval, Guarded, may_ask
from domain.bills import arrival, correction
from domain.bodies import typed
from domain.errors import ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import Instant, PaymentId
from domain.payments import OPEN, Cause, PaymentException, PaymentIntent, PaymentStatus, advance, booked_as
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.posting_rules import Places
from domain.rails import Provider
from domain.services.approvals import asked_for, require_approved
from domain.services.bills import counted_for, move_for_bill
from domain.services.payments import change_facts, save_change
from domain.services.vouchers import MAX_MEMO, drawn_up, issue_and_queue
from domain.vouchers import HAND_CONFIRMED, SourceEvent


def confirm_by_hand(
    uow: UnitOfWork,
    actor: Actor,
    payment_id: PaymentId,
    at: Instant,
    *,
    evidence: str,
    approval: Approval | None = None,
) -> PaymentIntent:
    """Take a payment for paid because a person saw that its money came; what is missing waits as unconfirmed.

    `evidence` says what was seen (a reference, a screen). The provider's later word moves the money to its wallet.
    Raises what `require_approved` raises, NotFound(PAYMENT_UNKNOWN), RuleBroken: DRAFT_INCOMPLETE without evidence,
    INVALID_TRANSITION for cash and for a payment that is paid or was ended by a person or its provider, BILL_COVERED
    if the sale does not need the money.
    """
    if not may_ask(actor.role, Guarded.HAND_CONFIRM):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    memo = typed(evidence)[:MAX_MEMO]
    intent = uow.payments.get(payment_id)
    if intent is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    may_be_paid = intent.status in OPEN or intent.status is PaymentStatus.EXPIRED
    if intent.provider is Provider.NONE or not may_be_paid or intent.closed(at):
        raise RuleBroken(
            ErrorCode.INVALID_TRANSITION, reference=intent.reference, old=intent.status, new=PaymentStatus.PAID
        )
    known = counted_for(uow, intent.bill)
    if intent.missing_minor > max(intent.bill.due_minor - known, 0):
        raise RuleBroken(ErrorCode.BILL_COVERED, missing=max(intent.bill.due_minor - known, 0))
    if not memo:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="evidence")
    amount = intent.missing_minor
    moved = arrival(intent.bill.due_minor, known, amount)
    voucher = drawn_up(
        uow,
        SourceEvent(HAND_CONFIRMED, intent.id),
        booked_as(intent.bill, known, amount),
        Places(control_id(uow.shop.merchant_id, Control.UNCONFIRMED)),
        at,
        {
            "amount": amount,
            "held": max(-moved.suspense_minor, 0),
            "parked": max(moved.suspense_minor, 0),
            "due": intent.bill.due_minor,
        },
        memo=memo,
        actor_id=actor.user_id,
        payment_id=intent.id,
    )
    allowed = require_approved(uow, actor, asked_for(voucher), approval, at, used_by=voucher.id)
    paid = replace(
        advance(intent, PaymentStatus.PAID, Cause.PERSON, at, PaymentException.CONFIRMED_BY_HAND),
        received_minor=intent.amount_minor,
        confirmed_minor=amount,
        known_minor=known,
    )
    save_change(uow, intent, paid, Cause.PERSON, at)
    issued = issue_and_queue(uow, voucher, at, approval)
    facts = {**change_facts(intent, paid), "number": issued.number, "evidence": memo}
    uow.audit.add("payment.confirmed_by_hand", intent.id, actor.user_id, at, {**facts, **allowed})
    return paid


def hear_hand_confirm(uow: UnitOfWork, standing: PaymentIntent, told: PaymentIntent, at: Instant) -> None:
    """Take at the hub that a till confirmed a payment by hand; what was proven already is no more to be confirmed.

    The till's voucher says what the till knew: a voucher of the hub moves what that makes wrong. A second till's
    confirmation changes nothing; its voucher is taken back as the second document of one event.
    """
    if uow.vouchers.of_source(SourceEvent(HAND_CONFIRMED, standing.id)) is not None:
        save_change(uow, standing, _again(standing, at), Cause.HUB, at)
        return
    proven = standing.received_minor - standing.confirmed_minor
    confirmed = min(told.confirmed_minor, max(standing.amount_minor - proven, 0))
    known_here = counted_for(uow, standing.bill)
    moved = correction(standing.bill.due_minor, known_here, told.known_minor, told.confirmed_minor, confirmed)
    taken_back = told.confirmed_minor - confirmed
    move_for_bill(uow, told, moved, at, source=f"hand:{standing.id}", confirmed=taken_back)
    if not confirmed:
        save_change(uow, standing, _again(standing, at), Cause.HUB, at)
        return
    paid = advance(standing, PaymentStatus.PAID, Cause.HUB, at, PaymentException.CONFIRMED_BY_HAND)
    after = replace(
        paid,
        received_minor=standing.received_minor + confirmed,
        confirmed_minor=confirmed,
        known_minor=told.known_minor,
    )
    save_change(uow, standing, after, Cause.HUB, at)


def _again(standing: PaymentIntent, at: Instant) -> PaymentIntent:
    """Return a payment as it stands, told anew to whoever knows it otherwise."""
    return replace(standing, updated_at=at, revision=standing.revision + 1)
