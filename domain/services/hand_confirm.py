"""Saying by hand that a provider's money came: with evidence, perhaps a manager's word, until it is proven."""

from dataclasses import replace
from typing import Final

from domain.accounts import Control, control_id
from domain.approvals import Approval, Asked, Guarded, may_ask
from domain.bills import arrival, correction
from domain.bodies import read_approval, typed
from domain.errors import ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import AccountId, Instant, PaymentId, UserId
from domain.messages import actor_in
from domain.payments import OPEN, Cause, Confirmation, PaymentException, PaymentIntent, PaymentStatus, advance
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.posting_rules import Places
from domain.rails import OF_THE_SHOP, Provider
from domain.services.acting import beyond_right
from domain.services.approvals import asked_for, require_approved
from domain.services.bills import (
    APPLIED_SOURCE,
    booked_by,
    counted_for,
    due_for,
    move_for_bill,
    raise_due,
    withdraw_if_covered,
)
from domain.services.payment_changes import change_facts, save_change
from domain.services.vouchers import MAX_MEMO, drawn_up, issue_and_queue
from domain.settlement import booked_as
from domain.vouchers import HAND_CONFIRMED, SETTLED, SourceEvent, Voucher

_TOLD: Final = {HAND_CONFIRMED: "payment.confirmed_by_hand", SETTLED: "payment.settled_by_hand"}


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
    INVALID_TRANSITION for cash, for a payment that is paid or was ended by a person or its provider and for one whose
    money is only held (it comes when it is taken), BILL_COVERED if the sale does not need the money.
    """
    memo = typed(evidence)[:MAX_MEMO]
    intent = payment_to_vouch_for(uow, actor, payment_id, at)
    if intent.provider in OF_THE_SHOP or intent.provider is Provider.STORED_VALUE:  # the hub knows, nobody sees it
        raise not_to_be_paid(intent)
    known = counted_for(uow, intent.bill)
    if intent.missing_minor > max(intent.bill.due_minor - known, 0):
        raise RuleBroken(ErrorCode.BILL_COVERED, missing=max(intent.bill.due_minor - known, 0))
    if not memo:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="evidence")
    paid = replace(
        advance(intent, PaymentStatus.PAID, Cause.PERSON, at, PaymentException.CONFIRMED_BY_HAND),
        received_minor=intent.amount_minor,
        confirmed_minor=intent.missing_minor,
        known_minor=known,
    )
    unconfirmed = control_id(uow.shop.merchant_id, Control.UNCONFIRMED)
    vouch_for(uow, actor, intent, paid, SourceEvent(HAND_CONFIRMED, intent.id), unconfirmed, memo, at, approval)
    return paid


def payment_to_vouch_for(uow: UnitOfWork, actor: Actor, payment_id: PaymentId, at: Instant) -> PaymentIntent:
    """Return a payment that waits, or that time alone has ended, for a person who saw its money come.

    Money that is only held has not: it comes when it is taken. Raises NotPermitted(NOT_PERMITTED),
    NotFound(PAYMENT_UNKNOWN), RuleBroken(INVALID_TRANSITION).
    """
    if not may_ask(actor.role, Guarded.HAND_CONFIRM):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    intent = uow.payments.get(payment_id)
    if intent is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    may_be_paid = intent.capture and (intent.status in OPEN or intent.status is PaymentStatus.EXPIRED)
    if not may_be_paid or intent.closed(at):
        raise not_to_be_paid(intent)
    return intent


def not_to_be_paid(intent: PaymentIntent) -> RuleBroken:
    """Return the refusal of a payment that nobody can take for paid in this way."""
    return RuleBroken(
        ErrorCode.INVALID_TRANSITION, reference=intent.reference, old=intent.status, new=PaymentStatus.PAID
    )


def vouch_for(
    uow: UnitOfWork,
    actor: Actor,
    before: PaymentIntent,
    paid: PaymentIntent,
    source: SourceEvent,
    account_id: AccountId,
    memo: str,
    at: Instant,
    approval: Approval | None,
) -> None:
    """Keep a payment that a person takes for paid, and book its money on an account by their word.

    `paid.known_minor` is what was known to have come for the bill before. Raises what `require_approved` raises.
    """
    amount = paid.received_minor - before.received_minor
    due, known = paid.bill.due_minor, paid.known_minor
    moved = arrival(due, known, amount)
    voucher = drawn_up(
        uow,
        source,
        booked_as(paid.bill, known, amount),
        Places(account_id),
        at,
        {
            "amount": amount,
            "held": max(-moved.suspense_minor, 0),
            "parked": max(moved.suspense_minor, 0),
            "due": due,
            "excess": max(moved.overpayment_minor, 0),
        },
        memo=memo,
        actor_id=actor.user_id,
        payment_id=paid.id,
    )
    allowed = require_approved(uow, actor, asked_for(voucher), approval, at, used_by=voucher.id)
    save_change(uow, before, paid, Cause.PERSON, at, by=actor.user_id, approval=approval)
    issued = issue_and_queue(uow, voucher, at, approval)
    facts = {**change_facts(before, paid), "number": issued.number, "evidence": memo}
    uow.audit.add(_TOLD[source.kind], paid.id, actor.user_id, at, {**facts, **allowed})


def check_word(uow: UnitOfWork, told: PaymentIntent, amount_minor: int, body: str) -> None:
    """Refuse at the hub that a till takes a payment for paid by the word of people who might not say so.

    An approval must be one of exactly this act. Whose word is a provider's money, to be proven, must have had the right
    to say so; other money came, and is only noted. A message that names nobody is taken: tills of an earlier version
    tell none. Raises RuleBroken (APPROVAL_OTHER, APPROVAL_USED), NotPermitted (NOT_PERMITTED, APPROVAL_NEEDED).
    """
    by = actor_in(body)
    if by is None:
        return
    person, acted_at, approval = UserId(by[0]), Instant(by[1]), read_approval(body)
    asked = Asked(Guarded.HAND_CONFIRM, told.id, amount_minor)
    if approval is not None:
        two_people = approval.requester_id == person != approval.approver_id
        same = replace(approval.asked, content="") == asked
        if not two_people or not same or not approval.valid_at(acted_at):
            raise RuleBroken(ErrorCode.APPROVAL_OTHER)
        if uow.approvals.used(approval.id):
            raise RuleBroken(ErrorCode.APPROVAL_USED)
    refusal = beyond_right(uow, asked, person, approval, acted_at)
    if refusal is not None and told.confirmed_minor:
        raise NotPermitted(refusal, action=Guarded.HAND_CONFIRM.value)


def hear_hand_confirm(uow: UnitOfWork, standing: PaymentIntent, told: PaymentIntent, at: Instant) -> None:
    """Take at the hub that a till confirmed a payment by hand; what was proven already is no more to be confirmed.

    The till's voucher says what the till knew: a voucher of the hub moves what that makes wrong. A second till's
    confirmation changes nothing; its voucher is taken back as the second document of one event. Raises
    RuleBroken(INVALID_TRANSITION) for more than was to be paid.
    """
    if told.confirmed_minor > standing.amount_minor or standing.provider is Provider.STORED_VALUE:
        raise not_to_be_paid(standing)
    if _is_heard(uow, standing):
        save_change(uow, standing, told_again(standing, at), Cause.HUB, at)
        return
    proven = standing.received_minor - standing.confirmed_minor
    confirmed = min(told.confirmed_minor, max(standing.amount_minor - proven, 0))
    known_here = counted_for(uow, standing.bill)
    due = raise_due(uow, standing, known_here, at).due_minor if confirmed else due_for(uow, standing.bill)
    moved = correction(
        due, known_here, told.known_minor, told.confirmed_minor, confirmed, told_minor=standing.due_minor
    )
    taken_back = told.confirmed_minor - confirmed
    said = Confirmation(told.confirmed_minor, told.known_minor)
    move_for_bill(uow, told, moved, at, source=f"hand:{standing.id}", confirmed=taken_back)
    if not confirmed:
        save_change(uow, standing, told_again(standing, at), Cause.HUB, at, detail=said.text)
        return
    paid = advance(standing, PaymentStatus.PAID, Cause.HUB, at, PaymentException.CONFIRMED_BY_HAND)
    after = replace(
        paid,
        received_minor=standing.received_minor + confirmed,
        confirmed_minor=confirmed,
        known_minor=told.known_minor,
    )
    save_change(uow, standing, after, Cause.HUB, at, detail=said.text)
    withdraw_if_covered(uow, after, at)


def _was_taken(uow: UnitOfWork, intent: PaymentIntent) -> bool:
    marked = intent.confirmed_minor or intent.exception is PaymentException.CONFIRMED_BY_HAND
    return bool(marked) or uow.vouchers.of_source(SourceEvent(APPLIED_SOURCE, f"hand:{intent.id}")) is not None


def _is_heard(uow: UnitOfWork, intent: PaymentIntent) -> bool:
    """Whether the hub has heard before that a payment was confirmed by hand, proven by now or not."""
    if uow.payments.confirmation_of(intent.id) is not None or _was_taken(uow, intent):
        return True
    return uow.vouchers.of_source(SourceEvent(HAND_CONFIRMED, intent.id)) is not None


def mend_confirmation(uow: UnitOfWork, voucher: Voucher, at: Instant) -> None:
    """Move what the voucher that stands for a confirmation booked otherwise than the confirmation the hub heard first.

    Of two tills that confirmed the same, one may be heard with its payment first and the other with its voucher. What
    the hub took for no confirmation moves back: then the money is only the sale's once it is proven.
    """
    intent = None if voucher.payment_id is None else uow.payments.get(voucher.payment_id)
    if intent is None:
        return
    said = uow.payments.confirmation_of(intent.id)
    if said is None and _was_taken(uow, intent):
        return  # heard before what was said was kept
    said = said or Confirmation(0, 0)  # the hub refused it: its money waits for the proof
    unconfirmed = control_id(uow.shop.merchant_id, Control.UNCONFIRMED)
    vouched = sum(line.signed_minor for line in voucher.postings if line.account_id == unconfirmed)
    meant = arrival(intent.due_minor, said.known_minor, said.amount_minor)
    moved = meant - booked_by(voucher)
    source = f"hand-mended:{intent.id}"
    move_for_bill(uow, intent, moved, at, source=source, confirmed=vouched - said.amount_minor)


def told_again(standing: PaymentIntent, at: Instant) -> PaymentIntent:
    """Return a payment as it stands, told anew to whoever knows it otherwise."""
    return replace(standing, updated_at=at, revision=standing.revision + 1)
