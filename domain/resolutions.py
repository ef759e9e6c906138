"""Resolutions: what became of money that no payment took, or that only informs: decided here, or told by a provider."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.approvals import Approval, Asked, Guarded
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, DeviceId, HolderId, Instant, MerchantId, PaymentId, ResolutionId, UserId, VoucherId
from domain.messages import canonical_json
from domain.money import positive
from domain.payments import Cause, PaymentIntent
from domain.rails import INTERNAL, Provider


class Act(StrEnum):
    """What is done about it by a person, or became of it at its provider.

    A person says that the money is a payment's, goes back from a wallet, stays as a customer's credit or as income; or
    that something was seen. The hub says that the provider gave the money back, that a bank took it back, that it went
    after something else had been decided about it; and that money of another currency came or went, which the books
    cannot take.
    """

    MATCH = "match"
    GIVE_BACK = "give_back"
    CREDIT = "credit"
    WRITE_OFF = "write_off"
    SEEN = "seen"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    LOST = "lost"
    FOREIGN = "foreign"
    FOREIGN_GONE = "foreign_gone"


class ResolutionStatus(StrEnum):
    """Where a resolution stands: the till asks, the hub does it or refuses."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


_S = ResolutionStatus

TOLD: Final = frozenset(
    {Act.REFUNDED, Act.CHARGED_BACK, Act.LOST, Act.FOREIGN, Act.FOREIGN_GONE},
)
"""What the hub alone says, by a provider's word: nobody asks for it, and it is done when it is told."""

TAKES: Final = frozenset({Act.REFUNDED, Act.CHARGED_BACK})
"""What lets a provider's money leave suspense, all of it or a part."""

NOTICES: Final = frozenset({Act.LOST, Act.FOREIGN, Act.FOREIGN_GONE})
"""What a person should see, because the books say less than what happened."""

_HUB: Final = frozenset({Cause.HUB})

RESOLUTION_TRANSITIONS: Final[Mapping[ResolutionStatus, Mapping[ResolutionStatus, frozenset[Cause]]]] = {
    _S.ASKED: {_S.DONE: _HUB, _S.REFUSED: _HUB},
    _S.DONE: {},
    _S.REFUSED: {},
}
"""Every legal move and who may cause it; the databases' triggers hold the same pairs."""

GUARDS: Final[Mapping[Act, Guarded]] = {
    Act.MATCH: Guarded.HAND_CONFIRM,
    Act.GIVE_BACK: Guarded.REFUND,
    Act.CREDIT: Guarded.REFUND,
    Act.WRITE_OFF: Guarded.REFUND,
}
"""Under which limit an act stands: a person says by hand whose money it is, or sees to it that it is nobody's."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person decides about `subject_id`: the voucher of money in suspense, or for SEEN a payment or a notice.

    Amounts are minor units of `currency`, all of the money. A match names the payment, giving back the wallet, credit
    its holder. What the hub tells names the provider and nobody who asked; its amount may be a part of the money, its
    `reason` is what the provider calls it, and its subject, where the books have no money, is an id of its own.
    """

    id: ResolutionId
    merchant_id: MerchantId
    device_id: DeviceId
    subject_id: str
    act: Act
    payment_id: PaymentId | None
    wallet_id: AccountId | None
    amount_minor: int
    currency: str
    reason: str
    requested_by: UserId | None
    approved_by: UserId | None
    requested_at: Instant
    status: ResolutionStatus = ResolutionStatus.ASKED
    failure: ErrorCode | None = None
    settled_at: Instant | None = None
    revision: int = 1
    holder_id: HolderId | None = None
    provider: Provider | None = None

    def __post_init__(self) -> None:
        positive(self.amount_minor)
        told = self.act in TOLD
        named = (self.payment_id, self.wallet_id, self.holder_id, self.provider, self.requested_by)
        wanted = (self.act is Act.MATCH, self.act is Act.GIVE_BACK, self.act is Act.CREDIT, told, not told)
        if tuple(each is not None for each in named) != wanted:
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="act")
        if told and self.status is not _S.DONE:
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="status")
        if (self.status is _S.REFUSED) is not (self.failure is not None):
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="status")

    @property
    def stands(self) -> bool:
        """Whether it is done or may still be."""
        return self.status is not _S.REFUSED


@dataclass(frozen=True, slots=True)
class UnmatchedMoney:
    """Money in suspense that no payment took, minor units, without what its provider has given back since.

    `payment_id` is one that had ended long before it came.
    """

    voucher_id: VoucherId
    number: str
    amount_minor: int
    text: str
    paid_at: Instant
    provider: Provider
    payment_id: PaymentId | None


def settled(resolution: Resolution, at: Instant, why: ErrorCode | None, cause: Cause = Cause.HUB) -> Resolution:
    """Return a resolution that was done, or refused for a reason; the only function that changes a status.

    Raises RuleBroken(INVALID_TRANSITION) for one that is settled already, and for whoever is not the hub.
    """
    to = _S.DONE if why is None else _S.REFUSED
    if cause not in RESOLUTION_TRANSITIONS[resolution.status].get(to, frozenset()):
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=resolution.id, old=resolution.status, new=to)
    return replace(resolution, status=to, failure=why, settled_at=at, revision=resolution.revision + 1)


def takes_match(payment: PaymentIntent) -> bool:
    """Whether money may be said to be a payment's: it comes from outside, and is not held first."""
    return payment.provider not in INTERNAL and payment.capture


def resolution_content(resolution: Resolution) -> str:
    """Return SHA-256, in hex, over all that a person asks for; an approval is bound to it (requirement SEC-3)."""
    told = {
        "id": resolution.id,
        "merchant": resolution.merchant_id,
        "device": resolution.device_id,
        "subject": resolution.subject_id,
        "act": resolution.act,
        "payment": resolution.payment_id,
        "wallet": resolution.wallet_id,
        "amount": resolution.amount_minor,
        "currency": resolution.currency,
        "reason": resolution.reason,
        **({} if resolution.holder_id is None else {"holder": resolution.holder_id}),
    }
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def asked_for_resolution(resolution: Resolution) -> Asked:
    """Return what an approval of a resolution must be for; that something was seen needs none."""
    content = resolution_content(resolution)
    return Asked(GUARDS[resolution.act], resolution.subject_id, resolution.amount_minor, content=content)


def allows_resolution(approval: Approval, resolution: Resolution) -> bool:
    """Whether an approval is one of a resolution: by two people, for exactly what was asked, at its moment."""
    two_people = approval.requester_id == resolution.requested_by != approval.approver_id == resolution.approved_by
    same = resolution.act in GUARDS and approval.asked == asked_for_resolution(resolution)
    return two_people and same and approval.valid_at(resolution.requested_at)
