"""Approvals: which acts need a second person's word, above which limit, and what such a word is bound to."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import DomainError, ErrorCode, NotPermitted
from domain.ids import ApprovalId, Instant, UserId
from domain.messages import canonical_json
from domain.policy import Actor, Role

LIFETIME_MS: Final = 2 * 60 * 1000
"""How long an approval waits for the act it allows; long enough to act at once, too short to be kept for later."""


class Guarded(StrEnum):
    """The acts that may need an approval (requirement SEC)."""

    REFUND = "refund"
    VOID = "void"
    HAND_CONFIRM = "hand_confirm"
    DISCOUNT = "discount"
    BACK_DATE = "back_date"
    DRAWER = "drawer"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do an act: `alone` up to the limit, `asking` only with an approval, however little it is about."""

    alone: frozenset[Role]
    asking: frozenset[Role] = frozenset()


APPROVERS: Final = frozenset({Role.OWNER, Role.MANAGER})
"""Who may approve; never their own act."""

_COUNTER: Final = frozenset({Role.CASHIER})

RULES: Final[Mapping[Guarded, Rule]] = {
    Guarded.REFUND: Rule(APPROVERS, _COUNTER),
    Guarded.VOID: Rule(APPROVERS, _COUNTER),
    Guarded.HAND_CONFIRM: Rule(APPROVERS, _COUNTER),
    Guarded.DISCOUNT: Rule(APPROVERS | _COUNTER),
    Guarded.BACK_DATE: Rule(APPROVERS),
    Guarded.DRAWER: Rule(APPROVERS, _COUNTER),
}


@dataclass(frozen=True, slots=True)
class ApprovalLimits:
    """Up to where a person does an act alone whose role may: minor units, of `back_date` days before today.

    A part of the shop's setting `policy.limits`; opening the drawer has no amount, so only roles count there. A
    discount is bounded by its amount and by its part of the price, in per cent: whichever is reached first.
    """

    refund: int = 1_000_000
    void: int = 5_000_000
    hand_confirm: int = 2_000_000
    discount: int = 200_000
    back_date: int = 7
    drawer: int = 0
    discount_percent: int = 10

    def of(self, action: Guarded) -> int:
        """Return the limit of an act."""
        limit: int = getattr(self, action.value)
        return limit


DEFAULT_LIMITS: Final = ApprovalLimits()


@dataclass(frozen=True, slots=True)
class Asked:
    """What exactly an approval is for: the act, the record, the amount (minor units), the day it is booked on.

    `day` is `YYYY-MM-DD` where the act chooses one, else empty. `content` is the hash of all that will be booked
    (`domain.vouchers.content_hash`); approvals of before it was asked for have none.
    """

    action: Guarded
    subject_id: str
    amount_minor: int
    day: str = ""
    content: str = ""


def approval_needed(asked: Asked) -> NotPermitted:
    """Return the refusal of an act that needs somebody else's word; `asked_of` reads from it what to ask for."""
    return NotPermitted(
        ErrorCode.APPROVAL_NEEDED,
        act=asked.action.value,
        subject=asked.subject_id,
        amount=asked.amount_minor,
        day=asked.day,
        content=asked.content,
    )


def asked_of(refusal: DomainError) -> Asked | None:
    """Return what an approval must be asked for, None if the refusal is another one or tells nothing of the act."""
    facts = refusal.facts
    if refusal.code is not ErrorCode.APPROVAL_NEEDED or "act" not in facts:
        return None
    return Asked(
        Guarded(str(facts["act"])),
        str(facts["subject"]),
        int(facts["amount"]),
        str(facts["day"]),
        str(facts["content"]),
    )


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's word for one act: given by PIN, used once, in the commit of the act, before it runs out."""

    id: ApprovalId
    asked: Asked
    reason: str
    requester_id: UserId
    approver_id: UserId
    granted_at: Instant
    expires_at: Instant

    @property
    def hash(self) -> str:
        """SHA-256 over all it says, in hex; the audit trail keeps it, when it is given and when it is used."""
        return hashlib.sha256(canonical_json(approval_facts(self)).encode()).hexdigest()

    def valid_at(self, at: Instant) -> bool:
        """Whether it can be used at a moment: neither before it was given nor after it ran out."""
        return self.granted_at <= at < min(self.expires_at, self.granted_at + LIFETIME_MS)


def approval_facts(approval: Approval) -> dict[str, str | int]:
    """Return all that an approval says, by the names under which it travels; the content only where it is bound."""
    bound = {"content": approval.asked.content} if approval.asked.content else {}
    return {
        **bound,
        "id": approval.id,
        "action": approval.asked.action.value,
        "subject": approval.asked.subject_id,
        "amount": approval.asked.amount_minor,
        "day": approval.asked.day,
        "reason": approval.reason,
        "requester": approval.requester_id,
        "approver": approval.approver_id,
        "granted_at": approval.granted_at,
        "expires_at": approval.expires_at,
    }


def may_ask(role: Role, action: Guarded) -> bool:
    """Whether a role does an act at all, alone or with an approval."""
    return role in RULES[action].alone | RULES[action].asking


def may_approve(role: Role) -> bool:
    """Whether a role may approve what somebody else does."""
    return role in APPROVERS


def needs_approval(
    limits: ApprovalLimits, actor: Actor, action: Guarded, amount_minor: int, days_back: int = 0
) -> bool:
    """Whether a person needs somebody else's word for an act of an amount (minor units), so many days back.

    The owner never does; who may do it alone does above the limit; every other role does always.
    """
    measure = days_back if action is Guarded.BACK_DATE else amount_minor
    return exceeds(actor.role, action, measure, limits.of(action))


def exceeds(role: Role, action: Guarded, measure: int, limit: int) -> bool:
    """Whether an act is beyond what a role does alone, by the measure of the act and the limit on it."""
    if role is Role.OWNER:
        return False
    return role not in RULES[action].alone or measure > limit
