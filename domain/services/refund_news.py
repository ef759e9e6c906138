"""What becomes of refunds at the hub: the provider is asked once, its word is followed, its own refunds are booked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import Instant, RefundId, id_for
from domain.matching import find_reference
from domain.notices import ChargeBack, DisputeStage, RefundNotice
from domain.payments import Cause, PaymentIntent
from domain.ports import UnitOfWork
from domain.rails import Provider, RailResult, RailStatus, RefundOrder
from domain.refund_ports import Movement
from domain.refunds import (
    REFUND_TRANSITIONS,
    WAITING,
    Refund,
    RefundOf,
    RefundOrigin,
    RefundStatus,
    RefundWay,
    move,
)
from domain.services.bills import due_for
from domain.services.receipts import ReceiptOutcome
from domain.services.refunds import (
    add_refund,
    book_given,
    book_returned,
    counted_before,
    move_with_refund,
    refund_facts,
    save_refund,
    tell_refund,
    what_is_left,
)
from domain.services.suspense_news import follow_unmatched, matched_payment

_BEGUN_BY: Final = {RefundOrigin.PROVIDER: "refund.by_provider", RefundOrigin.CHARGE_BACK: "refund.by_bank"}


def claim_refund(uow: UnitOfWork, refund_id: RefundId, at: Instant) -> tuple[Refund, RefundOrder] | None:
    """Mark a refund as sent, before its provider is asked, and return what to ask; None if there is nothing to ask.

    From now on nobody can take it back, and a restart asks with the same reference. A refund that no single movement of
    its payment can bear fails with REFUND_EXCEEDS; one of money that the provider does not know as its, REFUND_WAY.
    """
    refund = uow.refunds.get(refund_id)
    if refund is None or refund.status not in WAITING or refund.way is not RefundWay.ORIGINAL:
        return None
    payment = _payment_of(uow, refund)
    movements = uow.proven.movements_of(payment)
    others = [other for other in uow.refunds.of_payment(payment.id) if other.id != refund.id and other.stands]
    chosen = _chosen(refund, movements, others)
    if chosen is None:
        why = ErrorCode.REFUND_EXCEEDS if movements else ErrorCode.REFUND_WAY
        failed = replace(move(refund, RefundStatus.FAILED, Cause.HUB, at), failure=why)
        save_refund(uow, refund, failed, Cause.HUB, at)
        uow.audit.add("refund.refused", refund.id, None, at, refund_facts(failed), cause=Cause.HUB)
        return None
    if refund.status is RefundStatus.REQUESTED:
        sent = replace(move(refund, RefundStatus.SENT, Cause.MACHINE, at), payment_ref=chosen.provider_ref)
        save_refund(uow, refund, sent, Cause.MACHINE, at)
        refund = sent
    # Asked again, the order must be the same: what went back of this movement since is no part of it.
    earlier = [other for other in others if (other.sent_at or at, other.id) < (refund.sent_at or at, refund.id)]
    before = sum(other.amount_minor for other in earlier if other.payment_ref == chosen.provider_ref)
    order = RefundOrder(
        merchant_id=refund.merchant_id,
        reference=refund.reference,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=refund.reason,
        requested_at=refund.requested_at,
        payment_reference=payment.reference,
        payment_provider_ref=chosen.provider_ref,
        payment_minor=chosen.amount_minor,
        paid_at=chosen.paid_at,
        before_minor=before,
        provider_ref=refund.provider_ref,
    )
    return refund, order


def record_refund_result(uow: UnitOfWork, refund_id: RefundId, result: RailResult, at: Instant) -> Refund | None:
    """Record what a provider answered when it was asked to give money back, or what became of it.

    A refusal that may pass leaves the refund as it is, to be asked for again; no answer leaves it unresolved. Returns
    the refund as it stands then, None for one not heard of.
    """
    refund = uow.refunds.get(refund_id)
    if refund is None:
        return None
    known = replace(refund, provider_ref=result.provider_ref or refund.provider_ref)
    if result.status is RailStatus.SUCCESS:
        return _done(uow, refund, known, at)
    may_pass = result.failure is not None and result.failure.retried
    is_refused = result.status is RailStatus.FAILED
    if refund.status not in WAITING or (is_refused and may_pass):
        return refund
    if is_refused:
        failed = replace(move(known, RefundStatus.FAILED, Cause.PROVIDER, at), failure=result.failure)
        return _saved(uow, refund, failed, "refund.failed", Cause.PROVIDER, at)
    return _under_way(uow, refund, known, result.status is RailStatus.PENDING, at)


def record_refund_notice(
    uow: UnitOfWork, notice: RefundNotice, at: Instant, *, may_park: bool = False
) -> ReceiptOutcome:
    """Follow what a provider tells of a refund; one that was made at its own desk is booked once.

    One of money that no payment took is booked as `follow_unmatched` says, one of money that a person matched to a
    payment as a refund of that payment. One of money that is not heard of yet, or that may be a refund whose answer is
    still on its way, is parked. An older word than the last one changes nothing. Of a refund of ours that gave back
    another amount, what the provider says is booked and not what was asked for; that is noted. That a refund failed may
    be heard before that it was made: while it `may_park` it waits for that.
    Raises RuleBroken(CURRENCY_MISMATCH).
    """
    if notice.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=notice.currency)
    refunds = _told_of(uow, notice)
    if notice.status is RailStatus.SUCCESS and len(refunds) == 1 and _differs(refunds[0], notice):
        return _give_as_told(uow, refunds[0], notice, at)
    if refunds:
        outcomes = [_follow(uow, refund, notice, at) for refund in refunds]
        return ReceiptOutcome.BOOKED if ReceiptOutcome.BOOKED in outcomes else ReceiptOutcome.DUPLICATE
    unmatched = follow_unmatched(uow, notice, at, may_park=may_park)
    if unmatched is not None:
        return unmatched
    payment = _payment_for(uow, notice.provider, "", notice.payment_provider_ref)
    if payment is None or _may_be_ours(uow, payment, notice):
        return ReceiptOutcome.PARKED
    if notice.status is RailStatus.FAILED:
        return ReceiptOutcome.PARKED if may_park else ReceiptOutcome.DECLINED
    begins = RefundStatus.DONE if notice.status is RailStatus.SUCCESS else RefundStatus.SENT
    _add_foreign(uow, RefundOrigin.PROVIDER, notice, payment, begins, at)
    return ReceiptOutcome.BOOKED


def record_charge_back(uow: UnitOfWork, notice: ChargeBack, at: Instant, *, may_park: bool = False) -> ReceiptOutcome:
    """Book that a customer's bank takes money back, once, and that it comes back when the shop wins.

    The money is gone while the dispute is open. Money that no payment took goes as `follow_unmatched` says. One of
    money that is not heard of yet is parked; while it `may_park`, so is what was won before its dispute was heard of.
    Raises RuleBroken(CURRENCY_MISMATCH).
    """
    if notice.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=notice.currency)
    won = notice.stage is DisputeStage.WON
    standing = _disputed(uow, notice)
    if standing:
        taken = [refund for refund in standing if won and refund.status is RefundStatus.DONE]
        for refund in taken:
            _returned(uow, refund, replace(refund, told_at=notice.at), at)
        return ReceiptOutcome.BOOKED if taken else ReceiptOutcome.DUPLICATE
    unmatched = follow_unmatched(uow, notice, at, may_park=may_park)
    if unmatched is not None:
        return unmatched
    payment = _payment_for(uow, notice.provider, notice.text, notice.payment_provider_ref)
    if payment is None or (won and may_park):
        return ReceiptOutcome.PARKED
    begins = RefundStatus.RETURNED if won else RefundStatus.DONE
    _add_foreign(uow, RefundOrigin.CHARGE_BACK, notice, payment, begins, at)
    return ReceiptOutcome.BOOKED


def _disputed(uow: UnitOfWork, notice: ChargeBack) -> list[Refund]:
    """Return what was booked of a dispute: by the provider's id of it, else what was won by its money and amount.

    Some providers tell what was won as a movement with an id of its own.
    """
    told = uow.refunds.by_provider_ref(notice.provider, notice.provider_ref)
    found = [refund for refund in told if refund.origin is RefundOrigin.CHARGE_BACK]
    payment = _payment_for(uow, notice.provider, notice.text, notice.payment_provider_ref)
    if found or payment is None or notice.stage is not DisputeStage.WON:
        return found
    taken: dict[str, list[Refund]] = {}
    for refund in uow.refunds.of_payment(payment.id):
        ours = (refund.origin, refund.provider) == (RefundOrigin.CHARGE_BACK, notice.provider)
        newer = refund.status is RefundStatus.DONE or (refund.told_at or 0) >= notice.at
        if ours and newer and refund.payment_ref == notice.payment_provider_ref:
            taken.setdefault(refund.provider_ref, []).append(refund)
    alike = [each for each in taken.values() if sum(refund.amount_minor for refund in each) == notice.amount_minor]
    return min(alike, key=lambda each: each[0].status is not RefundStatus.DONE, default=[])


def _chosen(refund: Refund, movements: Sequence[Movement], others: Sequence[Refund]) -> Movement | None:
    """Return the movement that a refund goes back to: what was too much came last, the sale's money first.

    One that was chosen before stays chosen.
    """
    if refund.payment_ref:
        return next((each for each in movements if each.provider_ref == refund.payment_ref), None)
    taken = {each.provider_ref: 0 for each in movements}
    for other in others:
        if other.payment_ref in taken:
            taken[other.payment_ref] += other.amount_minor
    order = list(reversed(movements)) if refund.what is RefundOf.EXCESS else list(movements)
    return next((each for each in order if each.amount_minor - taken[each.provider_ref] >= refund.amount_minor), None)


def _payment_of(uow: UnitOfWork, refund: Refund) -> PaymentIntent:
    payment = uow.payments.get(refund.payment_id)
    assert payment is not None, "a refund always has its payment"
    return payment


def _payment_for(uow: UnitOfWork, provider: Provider, text: str, payment_ref: str) -> PaymentIntent | None:
    matched = matched_payment(uow, provider, payment_ref)
    if matched is not None:
        return matched
    reference = find_reference(text) or (uow.proven.reference_of(provider, payment_ref) if payment_ref else "")
    payment = uow.payments.by_reference(reference) if reference else None
    return payment if payment is not None and payment.provider is provider else None


def _told_of(uow: UnitOfWork, notice: RefundNotice) -> list[Refund]:
    """Return our refunds that a notice tells of: by our reference where it repeats one, else by the provider's id."""
    if as_told := _booked_as_told(uow, notice.provider, notice.provider_ref):
        return as_told
    ours = uow.refunds.by_reference(notice.reference) if notice.reference else None
    if ours is not None and ours.provider is notice.provider:
        return [ours]
    found = uow.refunds.by_provider_ref(notice.provider, notice.provider_ref) if notice.provider_ref else []
    return [refund for refund in found if refund.origin is not RefundOrigin.CHARGE_BACK]


def _booked_as_told(uow: UnitOfWork, provider: Provider, provider_ref: str) -> list[Refund]:
    """Return what was booked of a refund by its provider's word alone."""
    found = uow.refunds.by_provider_ref(provider, provider_ref) if provider_ref else []
    return [refund for refund in found if refund.origin is RefundOrigin.PROVIDER]


def _differs(refund: Refund, notice: RefundNotice) -> bool:
    return refund.origin is RefundOrigin.PERSON and refund.amount_minor != notice.amount_minor


def _give_as_told(uow: UnitOfWork, refund: Refund, notice: RefundNotice, at: Instant) -> ReceiptOutcome:
    """Book a refund of ours as its provider carried it out; what was asked for ends without money."""
    if refund.told_at is not None and notice.at < refund.told_at:
        return ReceiptOutcome.DUPLICATE
    known = replace(refund, provider_ref=notice.provider_ref or refund.provider_ref, told_at=notice.at)
    facts = {**refund_facts(refund), "told": notice.amount_minor}
    uow.audit.add("refund.amount_other", refund.id, None, at, facts, cause=Cause.PROVIDER)
    if refund.status is RefundStatus.DONE:
        _returned(uow, refund, known, at)
    elif refund.stands or refund.status is RefundStatus.CANCELLED:
        failed = replace(move(known, RefundStatus.FAILED, Cause.HUB, at), failure=FailureCode.AMOUNT_MISMATCH)
        _saved(uow, refund, failed, "refund.failed", Cause.PROVIDER, at)
    _add_foreign(uow, RefundOrigin.PROVIDER, notice, _payment_of(uow, refund), RefundStatus.DONE, at)
    return ReceiptOutcome.BOOKED


def _may_be_ours(uow: UnitOfWork, payment: PaymentIntent, notice: RefundNotice) -> bool:
    """Whether a refund of this amount was sent whose id at the provider is not known yet."""
    return any(
        refund.status in (RefundStatus.SENT, RefundStatus.UNRESOLVED)
        and not refund.provider_ref
        and refund.amount_minor == notice.amount_minor
        for refund in uow.refunds.of_payment(payment.id)
    )


def _follow(uow: UnitOfWork, refund: Refund, notice: RefundNotice, at: Instant) -> ReceiptOutcome:
    if refund.told_at is not None and notice.at < refund.told_at:
        return ReceiptOutcome.DUPLICATE
    known = replace(refund, provider_ref=notice.provider_ref or refund.provider_ref, told_at=notice.at)
    if notice.status is RailStatus.SUCCESS and refund.status is not RefundStatus.DONE:
        return _outcome(refund, _done(uow, refund, known, at))
    if notice.status is RailStatus.FAILED and refund.status is RefundStatus.DONE:
        _returned(uow, refund, known, at)
        return ReceiptOutcome.BOOKED
    if notice.status is RailStatus.FAILED and refund.status in WAITING:
        failed = replace(move(known, RefundStatus.FAILED, Cause.PROVIDER, at), failure=notice.failure)
        _saved(uow, refund, failed, "refund.failed", Cause.PROVIDER, at)
        return ReceiptOutcome.BOOKED
    if notice.status is RailStatus.PENDING and refund.status is RefundStatus.UNRESOLVED:
        _saved(uow, refund, move(known, RefundStatus.SENT, Cause.PROVIDER, at), "", Cause.PROVIDER, at)
        return ReceiptOutcome.BOOKED
    return ReceiptOutcome.DUPLICATE


def _under_way(uow: UnitOfWork, refund: Refund, known: Refund, is_taken: bool, at: Instant) -> Refund:
    """Keep that a provider has taken a refund and not finished it, or that it gave no answer."""
    to, cause = (RefundStatus.SENT, Cause.PROVIDER) if is_taken else (RefundStatus.UNRESOLVED, Cause.MACHINE)
    if refund.status is not to:
        return _saved(uow, refund, move(known, to, cause, at), "", cause, at)
    if known == refund:
        return refund
    return _saved(uow, refund, replace(known, updated_at=at, revision=refund.revision + 1), "", cause, at)


def _outcome(before: Refund, after: Refund) -> ReceiptOutcome:
    return ReceiptOutcome.DUPLICATE if after == before else ReceiptOutcome.BOOKED


def _done(uow: UnitOfWork, refund: Refund, known: Refund, at: Instant) -> Refund:
    """Book that a refund's money is gone; one that had ended is looked at anew, for its money was free meanwhile."""
    if Cause.PROVIDER not in REFUND_TRANSITIONS[refund.status].get(RefundStatus.DONE, frozenset()):
        return refund
    if refund.origin is RefundOrigin.PERSON and _booked_as_told(uow, refund.provider, known.provider_ref):
        return refund
    payment = _payment_of(uow, refund)
    late = not refund.stands
    beyond = refund.beyond
    if late:
        beyond = not what_is_left(uow, payment).bears(refund.what, refund.amount_minor)
    counted = counted_before(uow, payment)
    done = replace(move(known, RefundStatus.DONE, Cause.PROVIDER, at), beyond=beyond)
    _saved(uow, refund, done, "refund.done_late" if late else "refund.done", Cause.PROVIDER, at)
    book_given(uow, done, payment, at)
    move_with_refund(uow, done, payment, counted, at)
    if beyond and not refund.beyond:
        uow.audit.add("refund.beyond", done.id, None, at, refund_facts(done), cause=Cause.PROVIDER)
    return done


def _returned(uow: UnitOfWork, refund: Refund, known: Refund, at: Instant) -> None:
    payment = _payment_of(uow, refund)
    counted = counted_before(uow, payment)
    back = move(known, RefundStatus.RETURNED, Cause.PROVIDER, at)
    _saved(uow, refund, back, "refund.returned", Cause.PROVIDER, at)
    book_returned(uow, refund, payment, at)
    move_with_refund(uow, refund, payment, counted, at, back=True)


def _saved(uow: UnitOfWork, before: Refund, after: Refund, action: str, cause: Cause, at: Instant) -> Refund:
    save_refund(uow, before, after, cause, at)
    if action:
        uow.audit.add(action, after.id, None, at, refund_facts(after), cause=cause)
    return after


def _add_foreign(
    uow: UnitOfWork,
    origin: RefundOrigin,
    notice: RefundNotice | ChargeBack,
    payment: PaymentIntent,
    begins: RefundStatus,
    at: Instant,
) -> None:
    """Keep what a provider gave back of its own accord, or a bank took, in as many refunds as it is kinds of money."""
    fee = notice.fee_minor if isinstance(notice, ChargeBack) else 0
    is_sale = due_for(uow, payment.bill) <= counted_before(uow, payment)
    for number, (what, amount, fits) in enumerate(
        what_is_left(uow, payment).split(notice.amount_minor, is_sale=is_sale)
    ):
        counted = counted_before(uow, payment)
        refund = Refund(
            id=RefundId(id_for("refund", origin, notice.provider, notice.provider_ref, str(number))),
            merchant_id=uow.shop.merchant_id,
            device_id=uow.device.id,
            payment_id=payment.id,
            origin=origin,
            what=what,
            way=RefundWay.ORIGINAL,
            provider=notice.provider,
            wallet_id=None,
            reference=f"{origin}:{notice.provider}:{notice.provider_ref}:{number}",
            amount_minor=amount,
            currency=notice.currency,
            reason="",
            requested_by=None,
            approved_by=None,
            requested_at=notice.at,
            status=begins,
            fee_minor=0 if number else fee,
            beyond=not fits,
            payment_ref=notice.payment_provider_ref,
            provider_ref=notice.provider_ref,
            sent_at=notice.at,
            settled_at=None if begins is RefundStatus.SENT else at,
            told_at=notice.at,
            updated_at=at,
        )
        add_refund(uow, refund, Cause.PROVIDER, at)
        tell_refund(uow, refund, Cause.PROVIDER, at)
        uow.audit.add(_BEGUN_BY[origin], refund.id, None, at, refund_facts(refund), cause=Cause.PROVIDER)
        if begins is RefundStatus.DONE:
            book_given(uow, refund, payment, at)
            move_with_refund(uow, refund, payment, counted, at)
        if not fits and refund.stands:
            uow.audit.add("refund.beyond", refund.id, None, at, refund_facts(refund), cause=Cause.PROVIDER)
