"""Posting: from an event to an issued voucher, once; and taking an issued voucher back by its reversal."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain import posting_rules, trail
from domain.approvals import Approval, Guarded
from domain.bodies import typed, voucher_body
from domain.calendar import business_date
from domain.categories import category_id
from domain.errors import ErrorCode, NotFound, RuleBroken
from domain.ids import CategoryId, HolderId, Instant, MessageId, PaymentId, UserId, VoucherId
from domain.messages import Message, MessageKind
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.posting_rules import Measure, Places
from domain.services.approvals import asked_for, may_begin, require_approved
from domain.services.sight import require_sight
from domain.shop_settings import BookRules
from domain.vouchers import NOBODY, RECLASS, REVERSAL, Party, SourceEvent, Voucher, reversal_of

MAX_MEMO: Final = 500


def post_event(
    uow: UnitOfWork,
    source: SourceEvent,
    kind: str,
    places: Places,
    at: Instant,
    measures: Mapping[Measure, int],
    *,
    memo: str,
    actor_id: UserId | None = None,
    payment_id: PaymentId | None = None,
    category: CategoryId | None = None,
    party: Party = NOBODY,
    occurred_on: str = "",
    holder_id: HolderId | None = None,
) -> Voucher:
    """Post the voucher that the rule of `kind` gives for `measures` (minor units), and queue it for the other side.

    An event posts one voucher: posting it again returns the one that stands. What is due is divided into net and tax
    by the shop's rate of that day unless the measures say the tax. `occurred_on` (YYYY-MM-DD) is the day of the event
    where it is not today; if its period is closed, the voucher is dated on the first open day and keeps that day.
    `holder_id` is whose stored value it moves. Raises RuleBroken(ACCOUNT_MISSING_FOR_METHOD) if the rule needs an
    account that `places` does not name.
    """
    standing = uow.vouchers.of_source(source)
    if standing is not None:
        return standing
    voucher = drawn_up(
        uow,
        source,
        kind,
        places,
        at,
        measures,
        memo=memo,
        actor_id=actor_id,
        payment_id=payment_id,
        category=category,
        party=party,
        occurred_on=occurred_on,
        holder_id=holder_id,
    )
    return issue_and_queue(uow, voucher, at)


def drawn_up(
    uow: UnitOfWork,
    source: SourceEvent,
    kind: str,
    places: Places,
    at: Instant,
    measures: Mapping[Measure, int],
    *,
    memo: str,
    actor_id: UserId | None = None,
    payment_id: PaymentId | None = None,
    category: CategoryId | None = None,
    party: Party = NOBODY,
    occurred_on: str = "",
    holder_id: HolderId | None = None,
) -> Voucher:
    """Return the voucher that `post_event` would issue, not issued yet: what an approval is asked for."""
    shop, device = uow.shop, uow.device
    rule = posting_rules.RULES[kind]
    happened = occurred_on or business_date(at, shop.zone)
    booked = shop.rules.open_day(happened)
    if posting_rules.needs_tax(kind):
        measures = _with_tax(shop.rules, happened, measures)
    if category is None and rule.category:
        category = category_id(shop.merchant_id, rule.category)
    return Voucher(
        id=source.voucher_id(shop.merchant_id, device.id),
        merchant_id=shop.merchant_id,
        device_id=device.id,
        type=rule.type,
        currency=shop.currency,
        business_date=booked,
        created_at=at,
        source=source,
        postings=posting_rules.postings_for(kind, shop.merchant_id, places, measures),
        memo=memo,
        category_id=category,
        payment_id=payment_id,
        actor_id=actor_id,
        party=party,
        occurred_on="" if booked == happened else happened,
        holder_id=holder_id,
    )


def void_voucher(
    uow: UnitOfWork,
    actor: Actor,
    voucher_id: VoucherId,
    at: Instant,
    *,
    reason: str,
    approval: Approval | None = None,
) -> Voucher:
    """Take an issued voucher back by a voucher of the same lines with sides swapped; both stay and name each other.

    Voiding again with the same reversal standing is refused like any second one. A cashier needs an approval, a
    manager above the shop's limit. Raises what `require_approved` and `require_sight` raise, NotFound(VOUCHER_UNKNOWN),
    RuleBroken: DRAFT_INCOMPLETE without a reason, VOUCHER_VOIDED for a second time, VOUCHER_IS_REVERSAL for a reversal,
    VOUCHER_OF_PAYMENT for money of a customer, which is refunded instead, VOUCHER_OF_HOLDER for stored value, of which
    only the hub knows how much is left.
    """
    may_begin(actor, Guarded.VOID, approval)
    memo = typed(reason)[:MAX_MEMO]
    original = uow.vouchers.get(voucher_id)
    if original is None:
        raise NotFound(ErrorCode.VOUCHER_UNKNOWN)
    if original.source.kind in (REVERSAL, RECLASS):
        raise RuleBroken(ErrorCode.VOUCHER_IS_REVERSAL, number=original.number)
    if uow.vouchers.reversal_of(original.id) is not None:
        raise RuleBroken(ErrorCode.VOUCHER_VOIDED, number=original.number)
    if original.payment_id is not None:
        raise RuleBroken(ErrorCode.VOUCHER_OF_PAYMENT, number=original.number)
    if original.holder_id is not None:
        raise RuleBroken(ErrorCode.VOUCHER_OF_HOLDER, number=original.number)
    if not memo:
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="memo")
    if approval is None:  # before the refusal that tells what must be approved
        require_sight(uow, actor, approval, original.postings)
    issued = take_back(uow, actor, original, at, memo, approval)
    require_sight(uow, actor, approval, original.postings)
    return issued


def take_back(
    uow: UnitOfWork, actor: Actor, original: Voucher, at: Instant, memo: str, approval: Approval | None
) -> Voucher:
    """Issue the reversal of a voucher that may be reversed, with what allowed it; raises what `require_approved` does.

    The caller has checked the voucher, and that the person may know of it: a refusal tells what was asked for.
    """
    day = uow.shop.rules.open_day(business_date(at, uow.shop.zone))
    reversal = replace(reversal_of(original, uow.device.id, at, day, memo), actor_id=actor.user_id)
    allowed = require_approved(uow, actor, asked_for(reversal), approval, at, used_by=reversal.id)
    issued = issue_and_queue(uow, reversal, at, approval)
    facts: trail.Facts = {
        "number": original.number,
        "amount": original.total_minor,
        "by": issued.number,
        "reason": memo,
    }
    uow.audit.add("voucher.voided", original.id, actor.user_id, at, {**facts, **allowed})
    return issued


def issue_and_queue(uow: UnitOfWork, voucher: Voucher, at: Instant, approval: Approval | None = None) -> Voucher:
    """Issue a new voucher in this device's series and queue it, with what allowed it, in the same commit."""
    issued = uow.vouchers.issue(voucher)
    uow.outbox.add(voucher_message(issued, approval), at)
    return issued


def voucher_message(voucher: Voucher, approval: Approval | None = None) -> Message:
    """Return the message that carries an issued voucher; its id is the voucher's own."""
    return Message(
        id=MessageId(voucher.id),
        subject_id=voucher.id,
        kind=MessageKind.VOUCHER,
        body=voucher_body(voucher, approval),
        merchant_id=voucher.merchant_id,
        device_id=voucher.device_id,
    )


def _with_tax(rules: BookRules, day: str, measures: Mapping[Measure, int]) -> Mapping[Measure, int]:
    due = measures.get("due", 0)
    tax = measures["tax"] if "tax" in measures else rules.tax_on(due, day)
    return {**measures, "tax": tax, "net": due - tax}
