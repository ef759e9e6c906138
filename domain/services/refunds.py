"""Giving money back: a person asks, takes back what was not sent, and what is given is booked where it stood."""

from dataclasses import replace
from typing import Final

from domain.accounts import AccountType, Control, control_id
from domain.approvals import Approval, Guarded, may_ask
from domain.bills import STILL, Position, position
from domain.bodies import typed
from domain.calendar import business_date
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import AccountId, HolderId, Instant, MessageId, PaymentId, RefundId, UserId, id_for
from domain.matching import refund_reference
from domain.messages import MessageKind
from domain.money import positive
from domain.payments import Cause, PaymentIntent
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.posting_rules import (
    CHARGE_BACK,
    CREDIT_EXCESS,
    CREDIT_HELD,
    CREDIT_SALE,
    REFUND,
    REFUND_EXCESS,
    REFUND_HELD,
    WRITE_OFF_EXCESS,
    WRITE_OFF_HELD,
    Measure,
    Places,
    needs_tax,
    returned,
)
from domain.rails import Method, Provider
from domain.refund_bodies import refund_body
from domain.refundable import NOTHING, Refundable, goes_back, refundable
from domain.refunds import (
    WAYS,
    Refund,
    RefundEvent,
    RefundOf,
    RefundOrigin,
    RefundStatus,
    RefundWay,
    asked_for_refund,
    move,
)
from domain.services.approvals import require_approved
from domain.services.bills import counted_for, due_for, move_for_bill
from domain.services.holders import existing_holder
from domain.services.outgoing import tell
from domain.services.payments import CASH
from domain.services.sight import require_sight
from domain.services.vouchers import MAX_MEMO, drawn_up, issue_and_queue, post_event
from domain.trail import Facts
from domain.vouchers import Posting, Side, SourceEvent, Voucher

PAID_BACK: Final = "refund"
"""The kind of source event by which a till books what it gave back at once: from a wallet, or as credit."""

GIVEN_BACK: Final = "refund_done"
"""The kind of source event by which the hub alone books what a provider gave back or a bank took."""

CAME_BACK: Final = "refund_returned"
"""The kind of source event by which the hub alone books what came back of it."""

HUB_BOOKS: Final = frozenset({GIVEN_BACK, CAME_BACK})

_GIVEN: Final = {RefundOf.SALE: REFUND, RefundOf.EXCESS: REFUND_EXCESS, RefundOf.HELD: REFUND_HELD}
_RULES: Final = {
    RefundWay.ORIGINAL: _GIVEN,
    RefundWay.WALLET: _GIVEN,
    RefundWay.WRITE_OFF: {RefundOf.EXCESS: WRITE_OFF_EXCESS, RefundOf.HELD: WRITE_OFF_HELD},
    RefundWay.CREDIT: {
        RefundOf.SALE: CREDIT_SALE,
        RefundOf.EXCESS: CREDIT_EXCESS,
        RefundOf.HELD: CREDIT_HELD,
    },
}
"""Which rule of posting books each way and kind: it says which account the money goes to."""


def ask_refund(
    uow: UnitOfWork,
    actor: Actor,
    refund_id: RefundId,
    payment_id: PaymentId,
    what: RefundOf,
    way: RefundWay,
    amount_minor: int,
    at: Instant,
    *,
    reason: str,
    wallet_id: AccountId | None = None,
    holder_id: HolderId | None = None,
    approval: Approval | None = None,
) -> Refund:
    """Give back `amount_minor` (minor units) of a payment: at once by the till, or by its provider later.

    From a wallet (the cash drawer if none is named) the money leaves now and is booked now; kept as credit it is a
    holder's stored value from now on. To where it came from, the
    hub asks the provider; until then it is not sent, with a network or without. Pressing twice with the same id returns
    the refund that stands. Raises what `require_approved` raises, NotPermitted(ACCOUNT_NOT_GRANTED), NotFound
    (PAYMENT_UNKNOWN, ACCOUNT_UNKNOWN, HOLDER_UNKNOWN), Conflict(ID_REUSED), RuleBroken: REFUND_EXCEEDS for more than is
    left, REFUND_WAY where the provider gives nothing back, DRAFT_INCOMPLETE without a reason, AMOUNT_INVALID,
    ACCOUNT_ARCHIVED, ACCOUNT_IS_CONTROL, ACCOUNT_MISSING_FOR_METHOD.
    """
    if not may_ask(actor.role, Guarded.REFUND):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    positive(amount_minor)
    told = typed(reason)[:MAX_MEMO]
    payment = uow.payments.get(payment_id)
    if payment is None:
        raise NotFound(ErrorCode.PAYMENT_UNKNOWN)
    if (standing := uow.refunds.get(refund_id)) is not None:
        stands = (standing.payment_id, standing.what, standing.way, standing.holder_id, standing.amount_minor)
        if stands == (payment_id, what, way, holder_id if WAYS[way].names_holder else None, amount_minor):
            return standing
        raise Conflict(ErrorCode.ID_REUSED)
    rule = WAYS[way]
    at_once = not rule.by_provider
    goes = at_once or goes_back(payment.method, payment.provider, amount_minor, payment.received_minor)
    if not goes or what not in rule.of:
        raise RuleBroken(ErrorCode.REFUND_WAY)
    left = what_is_left(uow, payment).of(what)
    if amount_minor > left:
        raise RuleBroken(ErrorCode.REFUND_EXCEEDS, left=left)
    if not told:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="reason")
    refund = Refund(
        id=refund_id,
        merchant_id=uow.shop.merchant_id,
        device_id=uow.device.id,
        payment_id=payment_id,
        origin=RefundOrigin.PERSON,
        what=what,
        way=way,
        provider=Provider.NONE if at_once else payment.provider,
        wallet_id=wallet_to_pay_from(uow, actor, wallet_id, approval, amount_minor) if rule.names_wallet else None,
        reference="",
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=told,
        requested_by=actor.user_id,
        approved_by=None if approval is None else approval.approver_id,
        requested_at=at,
        status=RefundStatus.DONE if at_once else RefundStatus.REQUESTED,
        settled_at=at if at_once else None,
        updated_at=at,
        holder_id=existing_holder(uow, holder_id).id if rule.names_holder else None,
    )
    allowed = require_approved(uow, actor, asked_for_refund(refund), approval, at, used_by=refund.id)
    number = uow.payments.next_reference_number()  # drawn once it is allowed: a refusal moves nothing
    refund = replace(refund, reference=refund_reference(uow.device.code, uow.device.incarnation, number))
    add_refund(uow, refund, Cause.PERSON, at)
    tell_refund(uow, refund, Cause.PERSON, at, approval)
    if at_once:
        issue_and_queue(uow, _paid_back(uow, refund, payment, at), at)
        if refund.holder_id is not None:
            uow.touch(Topic.HOLDERS, refund.holder_id)
    uow.audit.add("refund.asked", refund.id, actor.user_id, at, {**refund_facts(refund), **allowed})
    return refund


def cancel_refund(uow: UnitOfWork, actor: Actor, refund_id: RefundId, at: Instant) -> Refund:
    """Take back a refund that its provider was not asked for yet; the hub may know better, and says so.

    Raises NotPermitted(NOT_PERMITTED), NotFound(REFUND_UNKNOWN), RuleBroken(INVALID_TRANSITION) once it was sent.
    """
    if not may_ask(actor.role, Guarded.REFUND):
        raise NotPermitted(ErrorCode.NOT_PERMITTED)
    refund = uow.refunds.get(refund_id)
    if refund is None:
        raise NotFound(ErrorCode.REFUND_UNKNOWN)
    cancelled = move(refund, RefundStatus.CANCELLED, Cause.PERSON, at)
    save_refund(uow, refund, cancelled, Cause.PERSON, at, actor.user_id)
    uow.audit.add("refund.cancelled", refund.id, actor.user_id, at, refund_facts(cancelled))
    return cancelled


def what_is_left(uow: UnitOfWork, payment: PaymentIntent) -> Refundable:
    """Return what of a payment may still be given back; nothing of a sale that was taken back."""
    sold = uow.vouchers.of_source(SourceEvent(CASH, payment.id)) if payment.provider is Provider.NONE else None
    if sold is not None and uow.vouchers.reversal_of(sold.id) is not None:
        return NOTHING
    paying, given = uow.payments.of_bill(payment.bill.id), uow.refunds.of_bill(payment.bill.id)
    return refundable(payment.bill, paying, given, payment.id)


def add_refund(uow: UnitOfWork, refund: Refund, cause: Cause, at: Instant) -> None:
    """Keep a new refund with the event that explains it."""
    uow.refunds.add(refund, _event(uow, RefundStatus.REQUESTED, refund, cause, at, refund.requested_by))


def keep_refund(
    uow: UnitOfWork, before: Refund, after: Refund, cause: Cause, at: Instant, actor_id: UserId | None = None
) -> None:
    """Keep a refund's next revision with the event that explains it."""
    uow.refunds.save(after, _event(uow, before.status, after, cause, at, actor_id))
    uow.touch(Topic.PAYMENTS, after.payment_id)


def save_refund(
    uow: UnitOfWork, before: Refund, after: Refund, cause: Cause, at: Instant, actor_id: UserId | None = None
) -> None:
    """Keep a refund's next revision, and queue it for the other side."""
    keep_refund(uow, before, after, cause, at, actor_id)
    tell_refund(uow, after, cause, at)


def tell_refund(uow: UnitOfWork, refund: Refund, cause: Cause, at: Instant, approval: Approval | None = None) -> None:
    """Queue a refund as it stands; one id for each revision of each device."""
    message_id = MessageId(id_for("refund-message", refund.id, uow.device.id, str(refund.revision)))
    tell(uow, MessageKind.REFUND, refund.id, refund_body(refund, cause, approval), at, message_id=message_id)


def book_given(uow: UnitOfWork, refund: Refund, payment: PaymentIntent, at: Instant) -> Voucher:
    """Book at the hub what a provider gave back or a bank took, from the wallet that the money had come to."""
    return _book(uow, refund, payment, _kind(refund), SourceEvent(GIVEN_BACK, refund.id), at, refund.fee_minor)


def book_returned(uow: UnitOfWork, refund: Refund, payment: PaymentIntent, at: Instant) -> Voucher:
    """Book at the hub that what was given back came back; a bank's fee stays with the bank."""
    return _book(uow, refund, payment, returned(_kind(refund)), SourceEvent(CAME_BACK, refund.id), at, 0)


def move_with_refund(
    uow: UnitOfWork, refund: Refund, payment: PaymentIntent, counted_minor: int, at: Instant, *, back: bool = False
) -> None:
    """Move at the hub what else of a bill stands elsewhere now that a refund's money is gone, or `back` again.

    The refund's own voucher takes it from where it was thought to stand; `counted_minor` was counted without it, by
    all that is known here. What waited when it was given back may have become the sale's since.
    """
    if refund.what is RefundOf.SALE or refund.beyond:
        return
    amount = refund.amount_minor if back else -refund.amount_minor
    held = refund.what is RefundOf.HELD
    booked = Position(amount if held else 0, 0, 0 if held else amount)
    due = due_for(uow, payment.bill)
    moved = position(due, counted_minor + amount) - position(due, counted_minor) - booked
    if moved != STILL:
        source = f"refund-{'returned' if back else 'done'}:{refund.id}"
        move_for_bill(uow, payment, moved, at, source=source)


def counted_before(uow: UnitOfWork, payment: PaymentIntent) -> int:
    """Return what counts for a payment's bill now, in minor units."""
    return counted_for(uow, payment.bill)


def refund_facts(refund: Refund) -> Facts:
    """Return what the trail tells of a refund; amounts are minor units."""
    return {
        "number": refund.reference,
        "amount": refund.amount_minor,
        "what": refund.what.value,
        "way": refund.way.value,
        "stands": refund.status.value,
        "reason": refund.reason,
        "failure": refund.failure.value if refund.failure else "",
    }


def wallet_to_pay_from(
    uow: UnitOfWork, actor: Actor, wallet_id: AccountId | None, approval: Approval | None, amount_minor: int
) -> AccountId:
    """Return the wallet that money leaves; the drawer is open to everybody who gives back, others by grant.

    Raises RuleBroken (ACCOUNT_MISSING_FOR_METHOD, ACCOUNT_IS_CONTROL, ACCOUNT_ARCHIVED), NotFound(ACCOUNT_UNKNOWN),
    NotPermitted(ACCOUNT_NOT_GRANTED).
    """
    drawer = uow.accounts.wallet_for(Method.CASH)
    wallet = drawer if wallet_id is None else uow.accounts.get(wallet_id)
    if wallet is None:
        if wallet_id is None:
            raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD, method=Method.CASH.value)
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    if wallet.type is AccountType.CONTROL:
        raise RuleBroken(ErrorCode.ACCOUNT_IS_CONTROL, name=wallet.name)
    if wallet.archived_at is not None:
        raise RuleBroken(ErrorCode.ACCOUNT_ARCHIVED, name=wallet.name)
    if drawer is None or wallet.id != drawer.id:
        require_sight(uow, actor, approval, [Posting(wallet.id, Side.CREDIT, amount_minor)])
    return wallet.id


def _kind(refund: Refund) -> str:
    if refund.origin is RefundOrigin.CHARGE_BACK and refund.what is RefundOf.SALE:
        return CHARGE_BACK
    return _RULES[refund.way][refund.what]


def _paid_back(uow: UnitOfWork, refund: Refund, payment: PaymentIntent, at: Instant) -> Voucher:
    return drawn_up(
        uow,
        SourceEvent(PAID_BACK, refund.id),
        _kind(refund),
        Places(refund.wallet_id),
        at,
        _measures(uow, refund, payment, 0),
        memo=refund.reason,
        actor_id=refund.requested_by,
        payment_id=payment.id,
        holder_id=refund.holder_id,
    )


def _book(
    uow: UnitOfWork, refund: Refund, payment: PaymentIntent, kind: str, source: SourceEvent, at: Instant, fee_minor: int
) -> Voucher:
    stored = payment.provider is Provider.STORED_VALUE
    wallet_id = _stored_value(uow) if stored else _wallet_of(uow, refund, payment)
    if wallet_id is None:
        wallet = uow.accounts.wallet_for(payment.method, payment.provider)
        wallet_id = None if wallet is None else wallet.id
    voucher = post_event(
        uow,
        source,
        kind,
        Places(wallet_id),
        at,
        _measures(uow, refund, payment, fee_minor),
        memo=refund.reason or refund.reference,
        payment_id=payment.id,
        holder_id=payment.holder_id,
    )
    uow.touch(Topic.VOUCHERS, voucher.id)
    return voucher


def _wallet_of(uow: UnitOfWork, refund: Refund, payment: PaymentIntent) -> AccountId | None:
    """Return the wallet that the money came to that goes back: a person may have matched it to the payment."""
    known = uow.proven.wallet_of_money(refund.provider, refund.payment_ref)
    return known or uow.proven.wallet_of(payment)


def _stored_value(uow: UnitOfWork) -> AccountId:
    return control_id(uow.shop.merchant_id, Control.STORED_VALUE)


def _measures(uow: UnitOfWork, refund: Refund, payment: PaymentIntent, fee_minor: int) -> dict[Measure, int]:
    """Return what a refund books; the tax in a sale's money is that of the day on which it was sold."""
    amount = refund.amount_minor
    if not needs_tax(_kind(refund)):
        return {"amount": amount, "fee": fee_minor, "due": amount + fee_minor}
    sold_on = business_date(payment.paid_at or payment.created_at, uow.shop.zone)
    return {"due": amount, "tax": uow.shop.rules.tax_on(amount, sold_on)}


def _event(
    uow: UnitOfWork, before: RefundStatus, after: Refund, cause: Cause, at: Instant, actor_id: UserId | None
) -> RefundEvent:
    return RefundEvent(
        refund_id=after.id,
        revision=after.revision,
        from_status=before,
        to_status=after.status,
        cause=cause,
        actor_id=actor_id if cause is Cause.PERSON else None,
        device_id=uow.device.id,
        at=at,
        beyond=after.beyond,
    )


def marked_beyond(refund: Refund, beyond: bool, at: Instant) -> Refund:
    """Return a refund's next revision with its mark of having gone beyond what could be given back."""
    return replace(refund, beyond=beyond, updated_at=at, revision=refund.revision + 1)
