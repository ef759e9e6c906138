"""Resolutions: what a person decides about money that no payment took, or that only informs, and its one table."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.approvals import Approval, Asked, Guarded
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, DeviceId, Instant, MerchantId, PaymentId, ResolutionId, UserId, VoucherId
from domain.messages import canonical_json
from domain.money import positive
from domain.payments import Cause, PaymentIntent
from domain.rails import INTERNAL, Provider


class Act(StrEnum):
    """What is done about it: the money is a payment's, goes back from a wallet, or stays as income; or it was seen."""

    MATCH = "match"
    GIVE_BACK = "give_back"
    WRITE_OFF = "write_off"
    SEEN = "seen"


class ResolutionStatus(StrEnum):
    """Where a resolution stands: the till asks, the hub does it or refuses."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


_S = ResolutionStatus
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
    Act.WRITE_OFF: Guarded.REFUND,
}
"""Under which limit an act stands: a person says by hand whose money it is, or sees to it that it is nobody's."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person decides about `subject_id`: the voucher of money in suspense, or for SEEN a payment.

    Amounts are minor units of `currency`, all of the money. A match names the payment, giving back the wallet.
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
    requested_by: UserId
    approved_by: UserId | None
    requested_at: Instant
    status: ResolutionStatus = ResolutionStatus.ASKED
    failure: ErrorCode | None = None
    settled_at: Instant | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        positive(self.amount_minor)
        names_payment, names_wallet = self.payment_id is not None, self.wallet_id is not None
        if (names_payment, names_wallet) != (self.act is Act.MATCH, self.act is Act.GIVE_BACK):
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="act")
        if (self.status is _S.REFUSED) is not (self.failure is not None):
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="status")

    @property
    def stands(self) -> bool:
        """Whether it is done or may still be."""
        return self.status is not _S.REFUSED


@dataclass(frozen=True, slots=True)
class UnmatchedMoney:
    """Money in suspense that no payment took, minor units; `payment_id` is one that had ended long before it came."""

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
