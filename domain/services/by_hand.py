"""Cheques, and money settled elsewhere: they wait until a person saw the money come, or that it will not."""

from dataclasses import replace
from typing import Final

from domain.approvals import Approval
from domain.bills import arrival, correction
from domain.bodies import typed
from domain.errors import ErrorCode, FailureCode, NotFound, RuleBroken
from domain.ids import AccountId, Instant, PaymentId
from domain.payments import OPEN, Cause, PaymentException, PaymentIntent, PaymentStatus, advance
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.rails import Method, Provider
from domain.services.accounts import usable_account
from domain.services.bills import booked_by, counted_for, due_for, move_for_bill, raise_due, withdraw_if_covered
from domain.services.hand_confirm import not_to_be_paid, payment_to_vouch_for, told_again, vouch_for
from domain.services.payment_changes import change_facts, follow_sale, save_change
from domain.services.sight import require_sight
from domain.services.vouchers import MAX_MEMO
from domain.vouchers import SETTLED, Posting, Side, SourceEvent, Voucher

BOUNCES: Final = (FailureCode.INSUFFICIENT_FUNDS, FailureCode.INVALID_INSTRUMENT, FailureCode.DECLINED)
"""Why a bank does not pay a cheque: no cover, something wrong with the paper, or any other reason."""

SAID_BY_HAND: Final = frozenset({PaymentStatus.PAID, PaymentStatus.FAILED})
"""What a person may say became of a cheque or of money settled elsewhere; a till tells it to the hub."""

_ENDED_BY_PERSON: Final = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELLED})


def settle_by_hand(
    uow: UnitOfWork,
    actor: Actor,
    payment_id: PaymentId,
    at: Instant,
    *,
    evidence: str,
    wallet_id: AccountId | None = None,
    approval: Approval | None = None,
) -> PaymentIntent:
    """Book that a cheque was cleared, or that money settled elsewhere has come: now it is revenue.

    `evidence` says what was seen (the bank's advice, a receipt). The money is booked on the wallet it came to, without
    a name on the one that such money goes to; it is nobody's to prove, so it is proven. For a sale that has all its
    money already it is too much, and owed back. Raises what `require_approved` raises, NotPermitted
    (ACCOUNT_NOT_GRANTED), NotFound (PAYMENT_UNKNOWN, ACCOUNT_UNKNOWN), RuleBroken: INVALID_TRANSITION for a provider's
    money and for what is paid, bounced or was cancelled, DRAFT_INCOMPLETE without evidence, ACCOUNT_ARCHIVED,
    ACCOUNT_IS_CONTROL, ACCOUNT_MISSING_FOR_METHOD.
    """
    intent = payment_to_vouch_for(uow, actor, payment_id, at)
    if intent.provider is not Provider.MANUAL:
        raise not_to_be_paid(intent)
    memo = typed(evidence)[:MAX_MEMO]
    if not memo:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="evidence")
    wallet = _wallet(uow, actor, intent, wallet_id, approval)
    known = counted_for(uow, intent.bill)
    paid = replace(
        advance(intent, PaymentStatus.PAID, Cause.PERSON, at, _exception(intent, known, due_for(uow, intent.bill))),
        received_minor=intent.amount_minor,
        known_minor=known,
    )
    vouch_for(uow, actor, intent, paid, SourceEvent(SETTLED, intent.id), wallet, memo, at, approval)
    follow_sale(uow, paid, at)
    return paid


def bounce_cheque(
    uow: UnitOfWork, actor: Actor, payment_id: PaymentId, at: Instant, *, why: FailureCode, reason: str = ""
) -> PaymentIntent:
    """End a cheque that the bank did not pay; its sale is open to be paid another way. Nothing was booked for it.

    `why` is one of BOUNCES, `reason` what the bank wrote. Raises NotPermitted, NotFound(PAYMENT_UNKNOWN), RuleBroken:
    INVALID_TRANSITION for anything but a cheque that waits, EVENT_INVALID for another `why`.
    """
    require(actor, Action.CANCEL_PAYMENT)
    intent = uow.payments.get(payment_id)
    if intent is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    if why not in BOUNCES:
        raise RuleBroken(ErrorCode.EVENT_INVALID, part="why")
    if intent.method is not Method.CHEQUE:
        raise RuleBroken(
            ErrorCode.INVALID_TRANSITION, reference=intent.reference, old=intent.status, new=PaymentStatus.FAILED
        )
    bounced = replace(advance(intent, PaymentStatus.FAILED, Cause.PERSON, at), failure=why)
    save_change(uow, intent, bounced, Cause.PERSON, at)
    follow_sale(uow, bounced, at)
    facts = {**change_facts(intent, bounced), "reason": typed(reason)[:MAX_MEMO]}
    uow.audit.add("payment.bounced", intent.id, actor.user_id, at, facts)
    return bounced


def hear_by_hand(uow: UnitOfWork, standing: PaymentIntent, told: PaymentIntent, at: Instant) -> None:
    """Take at the hub what a person at a till says became of a cheque, or of money settled elsewhere.

    Money that came stands against a bounce or a cancel, whichever is heard first, and is shown as late: a person must
    look. Raises RuleBroken(INVALID_TRANSITION) for what no till can say.
    """
    if told.status is PaymentStatus.PAID:
        _hear_settled(uow, standing, told, at)
    elif standing.method is not Method.CHEQUE or told.failure not in BOUNCES or told.received_minor:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference, old=standing.status, new=told.status)
    elif standing.status in OPEN:
        bounced = replace(advance(standing, PaymentStatus.FAILED, Cause.PERSON, at), failure=told.failure)
        save_change(uow, standing, bounced, Cause.PERSON, at)
        follow_sale(uow, bounced, at)
    elif standing.status is PaymentStatus.PAID and standing.exception is PaymentException.NONE:
        late = replace(told_again(standing, at), exception=PaymentException.PAID_LATE)
        save_change(uow, standing, late, Cause.HUB, at)
    else:
        save_change(uow, standing, told_again(standing, at), Cause.HUB, at)


def mend_settlement(uow: UnitOfWork, voucher: Voucher, at: Instant) -> None:
    """Move what the voucher that stands for a settlement booked otherwise than the settlement the hub heard first.

    Of two tills that settled the same, one may be heard with its payment first and the other with its voucher.
    """
    intent = None if voucher.payment_id is None else uow.payments.get(voucher.payment_id)
    if intent is None or intent.status is not PaymentStatus.PAID:
        return
    meant = arrival(intent.bill.due_minor, intent.known_minor, intent.amount_minor)
    move_for_bill(uow, intent, meant - booked_by(voucher), at, source=f"settled:{intent.id}")


def _hear_settled(uow: UnitOfWork, standing: PaymentIntent, told: PaymentIntent, at: Instant) -> None:
    """Count the money at the hub; the till's voucher books it. Of a second settlement the voucher is taken back."""
    if told.received_minor != standing.amount_minor or told.confirmed_minor or told.paid_at is None:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference)
    if standing.status is PaymentStatus.PAID:
        save_change(uow, standing, told_again(standing, at), Cause.HUB, at)
        return
    known = counted_for(uow, standing.bill)
    due = raise_due(uow, standing, known, at).due_minor
    moved = correction(due, known, told.known_minor, told.received_minor, told_minor=standing.due_minor)
    move_for_bill(uow, told, moved, at)
    paid = replace(
        advance(standing, PaymentStatus.PAID, Cause.HUB, at, _exception(standing, known, due)),
        received_minor=told.received_minor,
        known_minor=told.known_minor,
        paid_at=told.paid_at,
        failure=None,
    )
    save_change(uow, standing, paid, Cause.HUB, at)
    follow_sale(uow, paid, at)
    withdraw_if_covered(uow, paid, at)


def _exception(intent: PaymentIntent, known_minor: int, due_minor: int) -> PaymentException:
    """Return what a person must see of money that came for a payment while so much was known for its bill."""
    if known_minor >= due_minor:
        return PaymentException.PAID_TWICE
    return PaymentException.PAID_LATE if intent.status in _ENDED_BY_PERSON else PaymentException.NONE


def _wallet(
    uow: UnitOfWork, actor: Actor, intent: PaymentIntent, wallet_id: AccountId | None, approval: Approval | None
) -> AccountId:
    """Return the wallet that the money came to; the usual one is open to everybody who settles, others by grant."""
    usual = uow.accounts.wallet_for(intent.method, intent.provider)
    if wallet_id is None:
        if usual is None:
            raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD, method=intent.method.value)
        return usual.id
    wallet = usable_account(uow, wallet_id)
    if usual is None or wallet.id != usual.id:
        require_sight(uow, actor, approval, [Posting(wallet.id, Side.DEBIT, intent.amount_minor)])
    return wallet.id
