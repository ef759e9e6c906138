"""Drafts: vouchers that a person is still writing; they have no number and may change until they are issued."""

from dataclasses import dataclass

from domain.calendar import is_date
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, CategoryId, DraftId, Instant, UserId
from domain.money import MAX_MINOR
from domain.vouchers import NOBODY, Party, Side, VoucherType


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of an adjustment that is being written; the account or the amount (minor units) may still be missing."""

    account_id: AccountId | None
    side: Side
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has typed of a voucher so far; amounts are minor units of the shop's currency.

    A receipt or payment names a wallet, a category and an amount; a transfer the two wallets, the amount that leaves
    the first and the fee that is kept on the way; an adjustment its lines. `business_date` is `YYYY-MM-DD`.
    """

    id: DraftId
    type: VoucherType
    business_date: str
    created_at: Instant
    updated_at: Instant
    actor_id: UserId
    wallet_id: AccountId | None = None
    target_id: AccountId | None = None
    category_id: CategoryId | None = None
    amount_minor: int = 0
    fee_minor: int = 0
    memo: str = ""
    party: Party = NOBODY
    attachments: int = 0
    lines: tuple[DraftLine, ...] = ()


def missing(draft: Draft) -> tuple[str, ...]:
    """Return what a draft still needs before it can be issued, by the names of its fields; empty when it is whole."""
    wants = {"memo": bool(draft.memo), "business_date": is_date(draft.business_date)}
    if draft.type is VoucherType.ADJUSTMENT:
        debit = sum(line.amount_minor for line in draft.lines if line.side is Side.DEBIT)
        credit = sum(line.amount_minor for line in draft.lines if line.side is Side.CREDIT)
        wants["lines"] = debit == credit > 0 and all(line.account_id and line.amount_minor > 0 for line in draft.lines)
    else:
        wants["wallet_id"] = draft.wallet_id is not None
        wants["amount_minor"] = 0 < draft.amount_minor <= MAX_MINOR
        if draft.type is VoucherType.TRANSFER:
            wants["target_id"] = draft.target_id not in (None, draft.wallet_id)
            wants["fee_minor"] = 0 <= draft.fee_minor < max(draft.amount_minor, 1)
        else:
            wants["category_id"] = draft.category_id is not None
    return tuple(name for name, there in wants.items() if not there)


def check_draft(draft: Draft) -> None:
    """Raise RuleBroken(AMOUNT_INVALID) for amounts that no draft can have, VOUCHER_INVALID for too many lines."""
    amounts = (draft.amount_minor, draft.fee_minor, *(line.amount_minor for line in draft.lines))
    if any(type(amount) is not int or not 0 <= amount <= MAX_MINOR for amount in amounts):
        raise RuleBroken(ErrorCode.AMOUNT_INVALID)
    if len(draft.lines) > 100 or draft.attachments < 0 or draft.attachments > 999:
        raise RuleBroken(ErrorCode.VOUCHER_INVALID, lines=len(draft.lines))
