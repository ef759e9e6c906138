"""Manual vouchers: a draft is written, changed or dropped; issued, it becomes a voucher that never changes."""

from dataclasses import replace
from typing import Final

from domain import trail
from domain.accounts import control_id
from domain.approvals import Approval
from domain.bodies import typed
from domain.calendar import business_date, days_between
from domain.categories import CategoryKind, contra_account, lineage
from domain.changes import Topic
from domain.drafts import Draft, check_draft, missing
from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.ids import AccountId, DraftId, Instant
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.posting_rules import DEPOSIT, MONEY_IN, MONEY_OUT, Places, postings_for
from domain.services.accounts import usable_account
from domain.services.approvals import asked_for, require_approved
from domain.services.sight import require_sight
from domain.services.vouchers import MAX_MEMO, issue_and_queue
from domain.vouchers import FIRST_DAY, Party, Posting, Side, SourceEvent, Voucher, VoucherType

MANUAL: Final = "manual"
_KINDS: Final = {VoucherType.RECEIPT: CategoryKind.INCOME, VoucherType.PAYMENT: CategoryKind.EXPENSE}


def save_draft(uow: UnitOfWork, actor: Actor, draft: Draft) -> Draft:
    """Keep a draft as the person has written it so far, whole or not; amounts are minor units.

    Raises NotPermitted, RuleBroken (AMOUNT_INVALID, VOUCHER_INVALID) for what no voucher can hold, and
    Conflict(ID_REUSED) for a draft that has been issued meanwhile.
    """
    require(actor, Action.DRAFT_VOUCHER)
    check_draft(draft)
    if uow.vouchers.of_source(SourceEvent(MANUAL, draft.id)) is not None:
        raise Conflict(ErrorCode.ID_REUSED)
    kept = replace(
        draft,
        memo=typed(draft.memo)[:MAX_MEMO],
        party=Party(typed(draft.party.name)[:200], typed(draft.party.address)[:200]),
    )
    uow.drafts.save(kept)
    uow.touch(Topic.DRAFTS, kept.id)
    return kept


def discard_draft(uow: UnitOfWork, actor: Actor, draft_id: DraftId, at: Instant) -> None:
    """Forget a draft; it has used no number. Raises NotPermitted and NotFound(DRAFT_UNKNOWN)."""
    require(actor, Action.DRAFT_VOUCHER)
    draft = _existing(uow, draft_id)
    uow.drafts.drop(draft_id)
    facts: trail.Facts = {
        "type": draft.type.value,
        "date": draft.business_date,
        "amount": _amount(draft),
        **_accounts_of(draft),
    }
    uow.audit.add("draft.discarded", draft_id, actor.user_id, at, facts)
    uow.touch(Topic.DRAFTS, draft_id)


def issue_draft(
    uow: UnitOfWork, actor: Actor, draft_id: DraftId, at: Instant, *, approval: Approval | None = None
) -> Voucher:
    """Issue a draft: it takes its number, moves the balances and is queued for the hub; the draft itself is gone.

    Issuing twice returns the voucher that stands. A date further back than the shop's limit needs an approval.
    Raises NotPermitted, what `require_approved` and `require_sight` raise, NotFound(DRAFT_UNKNOWN), RuleBroken:
    DRAFT_INCOMPLETE, DATE_INVALID, PERIOD_CLOSED or DATE_AHEAD for its date, ACCOUNT_ARCHIVED, ACCOUNT_IS_CONTROL,
    CATEGORY_ARCHIVED, CATEGORY_KIND; NotFound(ACCOUNT_UNKNOWN, CATEGORY_UNKNOWN).
    """
    require(actor, Action.ISSUE_VOUCHER)
    shop, source = uow.shop, SourceEvent(MANUAL, draft_id)
    standing = uow.vouchers.of_source(source)
    if standing is not None:
        return standing
    draft = _existing(uow, draft_id)
    if wanting := missing(draft):
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields=", ".join(wanting))
    if draft.business_date < FIRST_DAY:
        raise RuleBroken(ErrorCode.DATE_INVALID, date=draft.business_date)
    if shop.rules.is_closed(draft.business_date):
        raise RuleBroken(ErrorCode.PERIOD_CLOSED, date=draft.business_date, through=shop.rules.closed_through)
    today = business_date(at, shop.zone)
    if draft.business_date > today:
        raise RuleBroken(ErrorCode.DATE_AHEAD, date=draft.business_date)
    voucher = Voucher(
        id=source.voucher_id(shop.merchant_id, uow.device.id),
        merchant_id=shop.merchant_id,
        device_id=uow.device.id,
        type=draft.type,
        currency=shop.currency,
        business_date=draft.business_date,
        created_at=at,
        source=source,
        postings=_postings(uow, draft),
        memo=draft.memo,
        category_id=draft.category_id if draft.type in _KINDS else None,
        actor_id=actor.user_id,
        party=draft.party,
        attachments=draft.attachments,
    )
    days_back = days_between(draft.business_date, today)
    allowed = require_approved(uow, actor, asked_for(voucher), approval, at, used_by=voucher.id, measure=days_back)
    require_sight(uow, actor, approval, voucher.postings)
    issued = issue_and_queue(uow, voucher, at, approval)
    uow.drafts.drop(draft_id)
    facts: trail.Facts = {
        "number": issued.number,
        "date": issued.business_date,
        "amount": issued.total_minor,
        "memo": issued.memo,
    }
    uow.audit.add("voucher.issued", issued.id, actor.user_id, at, {**facts, **allowed})
    uow.touch(Topic.DRAFTS, draft_id)
    return issued


def _postings(uow: UnitOfWork, draft: Draft) -> tuple[Posting, ...]:
    merchant_id = uow.shop.merchant_id
    if draft.type is VoucherType.ADJUSTMENT:
        return tuple(
            Posting(usable_account(uow, line.account_id, controls=True).id, line.side, line.amount_minor)
            for line in draft.lines
            if line.account_id is not None
        )
    is_transfer = draft.type is VoucherType.TRANSFER
    # Only a transfer reads its target: what an earlier choice left there on another document says nothing.
    for wallet in (draft.wallet_id, draft.target_id if is_transfer else None):
        if wallet is not None:
            usable_account(uow, wallet)
    if is_transfer:
        places = Places(wallet=draft.wallet_id, target=draft.target_id)
        received = draft.amount_minor - draft.fee_minor
        measures = {"amount": draft.amount_minor, "received": received, "fee": draft.fee_minor}
        return postings_for(DEPOSIT, merchant_id, places, measures)  # type: ignore[arg-type]  # the keys are measures
    places = Places(wallet=draft.wallet_id, contra=_contra(uow, draft))
    kind = MONEY_IN if draft.type is VoucherType.RECEIPT else MONEY_OUT
    return postings_for(kind, merchant_id, places, {"amount": draft.amount_minor})


def _contra(uow: UnitOfWork, draft: Draft) -> AccountId:
    category = uow.categories.get(draft.category_id) if draft.category_id else None
    if category is None:
        raise NotFound(ErrorCode.CATEGORY_UNKNOWN)
    if category.kind is not _KINDS[draft.type]:
        raise RuleBroken(ErrorCode.CATEGORY_KIND, name=category.name_vi)
    if category.archived_at is not None:
        raise RuleBroken(ErrorCode.CATEGORY_ARCHIVED, name=category.name_vi)
    return control_id(uow.shop.merchant_id, contra_account(lineage(category, uow.categories.get)))


def _amount(draft: Draft) -> int:
    """Return what a draft amounts to so far, in minor units: of an adjustment, its debits."""
    return draft.amount_minor or sum(line.amount_minor for line in draft.lines if line.side is Side.DEBIT)


def _accounts_of(draft: Draft) -> trail.Facts:
    """Return the accounts that a draft names: the amount beside them is hidden from whoever may not see one of them."""
    lines = dict.fromkeys(line.account_id for line in draft.lines if line.account_id is not None)
    told = {f"account.{number}": account_id for number, account_id in enumerate(lines, 1)}
    return {"wallet": draft.wallet_id, "target": draft.target_id, **told}


def _existing(uow: UnitOfWork, draft_id: DraftId) -> Draft:
    draft = uow.drafts.get(draft_id)
    if draft is None:
        raise NotFound(ErrorCode.DRAFT_UNKNOWN)
    return draft
