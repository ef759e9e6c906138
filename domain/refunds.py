"""Refunds: money given back to a customer or taken back by a bank, and the one table of its states."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.approvals import Approval, Asked, Guarded
from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import AccountId, DeviceId, HolderId, Instant, MerchantId, PaymentId, RefundId, UserId
from domain.messages import canonical_json
from domain.money import positive, whole
from domain.payments import Cause
from domain.rails import Provider


class RefundStatus(StrEnum):
    """Where a refund stands; one that is paid from a wallet of the shop begins as done."""

    REQUESTED = "requested"
    SENT = "sent"
    UNRESOLVED = "unresolved"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class RefundOf(StrEnum):
    """What is given back: money of a sale, money that was too much, or money that waits because the bill is short."""

    SALE = "sale"
    EXCESS = "excess"
    HELD = "held"


class RefundWay(StrEnum):
    """How it goes: by the provider to where it came from, from a wallet of the shop, nowhere, or to stored value."""

    ORIGINAL = "original"
    WALLET = "wallet"
    CREDIT = "credit"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True)
class WayRule:
    """Who carries a way out, its provider or the till at once; whether it names a wallet or a holder; what may go."""

    by_provider: bool
    names_wallet: bool
    of: frozenset[RefundOf]
    names_holder: bool = False


_ALL: Final = frozenset(RefundOf)
WAYS: Final[Mapping[RefundWay, WayRule]] = {
    RefundWay.ORIGINAL: WayRule(by_provider=True, names_wallet=False, of=_ALL),
    RefundWay.WALLET: WayRule(by_provider=False, names_wallet=True, of=_ALL),
    # What was sold is no present: only money that was never the sale's becomes the shop's.
    RefundWay.WRITE_OFF: WayRule(by_provider=False, names_wallet=False, of=_ALL - {RefundOf.SALE}),
    RefundWay.CREDIT: WayRule(by_provider=False, names_wallet=False, of=_ALL, names_holder=True),
}
"""One row for each way; which rule of posting books it stands beside the services that post."""


class RefundOrigin(StrEnum):
    """Who began it: a person at a till, somebody at the provider's own desk, or the customer's bank."""

    PERSON = "person"
    PROVIDER = "provider"
    CHARGE_BACK = "charge_back"


Why = FailureCode | ErrorCode
"""Why a refund failed: the provider's reason, or the hub's refusal."""

_S = RefundStatus
_PERSON: Final = frozenset({Cause.PERSON, Cause.HUB})
_MACHINE: Final = frozenset({Cause.MACHINE, Cause.PROVIDER, Cause.HUB})
_PROOF: Final = frozenset({Cause.PROVIDER, Cause.HUB})
_HUB: Final = frozenset({Cause.HUB})

REFUND_TRANSITIONS: Final[Mapping[RefundStatus, Mapping[RefundStatus, frozenset[Cause]]]] = {
    _S.REQUESTED: {
        _S.SENT: _MACHINE,
        _S.UNRESOLVED: _MACHINE,
        _S.DONE: _PROOF,
        _S.FAILED: _MACHINE,
        _S.CANCELLED: _PERSON,
        _S.RETURNED: _HUB,
    },
    _S.SENT: {_S.UNRESOLVED: _MACHINE, _S.DONE: _PROOF, _S.FAILED: _PROOF, _S.RETURNED: _HUB},
    _S.UNRESOLVED: {_S.SENT: _PROOF, _S.DONE: _PROOF, _S.FAILED: _PROOF, _S.RETURNED: _HUB},
    # What a person took back may have been sent by then, as the hub tells; only proof makes an ended refund done.
    _S.CANCELLED: {_S.SENT: _HUB, _S.UNRESOLVED: _HUB, _S.DONE: _PROOF, _S.FAILED: _HUB, _S.RETURNED: _HUB},
    _S.FAILED: {_S.DONE: _PROOF, _S.RETURNED: _HUB},
    _S.DONE: {_S.RETURNED: _PROOF},
    _S.RETURNED: {},
}
"""Every legal move and who may cause it; the databases' triggers hold the same pairs."""

BEGINS: Final = frozenset({_S.REQUESTED, _S.SENT, _S.DONE, _S.RETURNED})
"""How a refund may begin: asked for, told by a provider while it is under way, or done already."""

OVER: Final = frozenset({_S.FAILED, _S.CANCELLED, _S.RETURNED})
"""Refunds that give nothing back; all others take of what may be given back."""

WAITING: Final = frozenset({_S.REQUESTED, _S.SENT, _S.UNRESOLVED})

_DAY_MS: Final = 24 * 3_600_000
USUAL_DAYS: Final[Mapping[Provider, int]] = {
    Provider.STRIPE: 10,  # docs.stripe.com/refunds: 5 to 10 business days to a card
    Provider.SQUARE: 14,  # Square's help: 2 to 7 business days to leave, longer at the bank
    Provider.PAYPAL: 5,  # PayPal's help: up to 5 days where the money goes back to a bank
    Provider.BRAINTREE: 10,
    Provider.HYPERPAY: 14,
}
"""How many days a provider's refund usually takes."""

USUAL_DAYS_OTHERWISE: Final = 7


@dataclass(frozen=True, slots=True)
class Refund:
    """Money of a payment given back, minor units of `currency`; `revision` counts its changes.

    `reference` is its own and makes asking a provider again harmless. `wallet_id` is the wallet it is paid from where
    the way is a wallet, `holder_id` who has it stored where it is kept as credit. `fee_minor` is what a bank keeps for
    a charge-back. `beyond` says that it is more than could be given back, and was given all the same; it is shown to a
    person and takes nothing of what may still be given. `told_at` is when the provider, by its own clock, last spoke
    of it.
    """

    id: RefundId
    merchant_id: MerchantId
    device_id: DeviceId
    payment_id: PaymentId
    origin: RefundOrigin
    what: RefundOf
    way: RefundWay
    provider: Provider
    wallet_id: AccountId | None
    reference: str
    amount_minor: int
    currency: str
    reason: str
    requested_by: UserId | None
    approved_by: UserId | None
    requested_at: Instant
    status: RefundStatus = RefundStatus.REQUESTED
    fee_minor: int = 0
    beyond: bool = False
    payment_ref: str = ""
    provider_ref: str = ""
    failure: Why | None = None
    sent_at: Instant | None = None
    settled_at: Instant | None = None
    told_at: Instant | None = None
    updated_at: Instant | None = None
    revision: int = 1
    holder_id: HolderId | None = None

    def __post_init__(self) -> None:
        positive(self.amount_minor)
        if whole(self.fee_minor) < 0:
            raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=self.fee_minor)
        rule = WAYS[self.way]
        named = (self.wallet_id is not None, self.provider is not Provider.NONE, self.holder_id is not None)
        if named != (rule.names_wallet, rule.by_provider, rule.names_holder) or self.what not in rule.of:
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="way")

    @property
    def takes(self) -> bool:
        """Whether it counts among what was given back of its payment and could be."""
        return self.stands and not self.beyond

    @property
    def stands(self) -> bool:
        """Whether it is given back or under way."""
        return self.status not in OVER

    @property
    def uncounts(self) -> bool:
        """Whether its money no longer counts for its bill: it was never the sale's, and it is gone."""
        return self.status is RefundStatus.DONE and not self.beyond and self.what is not RefundOf.SALE


@dataclass(frozen=True, slots=True)
class RefundEvent:
    """One change of a refund: from, to, who and when."""

    refund_id: RefundId
    revision: int
    from_status: RefundStatus
    to_status: RefundStatus
    cause: Cause
    actor_id: UserId | None
    device_id: DeviceId
    at: Instant
    beyond: bool


def move(refund: Refund, to: RefundStatus, cause: Cause, at: Instant) -> Refund:
    """Move a refund along REFUND_TRANSITIONS; the only function that changes a status.

    Raises RuleBroken(INVALID_TRANSITION) for a move that is not in the table or not this cause's to make.
    """
    if cause not in REFUND_TRANSITIONS[refund.status].get(to, frozenset()):
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=refund.reference, old=refund.status, new=to)
    leaves = to in (_S.SENT, _S.UNRESOLVED)
    return replace(
        refund,
        status=to,
        sent_at=at if leaves and refund.sent_at is None else refund.sent_at,
        settled_at=None if to in WAITING else at,
        failure=None if to in (_S.DONE, _S.SENT) else refund.failure,
        updated_at=at,
        revision=refund.revision + 1,
    )


class Word(StrEnum):
    """What people see of a refund."""

    NOT_SENT = "not_sent"
    SENT = "sent"
    OVERDUE = "overdue"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


_WORDS: Final = {
    _S.REQUESTED: Word.NOT_SENT,
    _S.DONE: Word.DONE,
    _S.FAILED: Word.FAILED,
    _S.CANCELLED: Word.CANCELLED,
    _S.RETURNED: Word.RETURNED,
}


def word(refund: Refund, at: Instant) -> Word:
    """Return the word for a refund; OVERDUE when its provider's usual days have passed without a last word."""
    if refund.status in _WORDS:
        return _WORDS[refund.status]
    return Word.OVERDUE if is_overdue(refund, at) else Word.SENT


def usual_days(provider: Provider) -> int:
    """Return how many days a provider's refund usually takes."""
    return USUAL_DAYS.get(provider, USUAL_DAYS_OTHERWISE)


def is_overdue(refund: Refund, at: Instant) -> bool:
    """Whether a refund was sent longer ago than its provider usually takes, and nobody has said what became of it."""
    if refund.status not in (_S.SENT, _S.UNRESOLVED) or refund.sent_at is None:
        return False
    return at > refund.sent_at + usual_days(refund.provider) * _DAY_MS


def content_of(refund: Refund) -> str:
    """Return SHA-256, in hex, over all that a person asks for; an approval is bound to it (requirement SEC-3)."""
    told = {
        "id": refund.id,
        "merchant": refund.merchant_id,
        "device": refund.device_id,
        "payment": refund.payment_id,
        "what": refund.what,
        "way": refund.way,
        "wallet": refund.wallet_id,
        "amount": refund.amount_minor,
        "currency": refund.currency,
        "reason": refund.reason,
    }
    if refund.holder_id is not None:  # left out otherwise, as by tills that know no holders
        told["holder"] = refund.holder_id
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def asked_for_refund(refund: Refund) -> Asked:
    """Return what an approval of a refund must be for."""
    return Asked(Guarded.REFUND, refund.payment_id, refund.amount_minor, content=content_of(refund))


def allows_refund(approval: Approval, refund: Refund) -> bool:
    """Whether an approval is one of a refund: by two people, for exactly what was asked, at its moment."""
    two_people = approval.requester_id == refund.requested_by != approval.approver_id == refund.approved_by
    return two_people and approval.asked == asked_for_refund(refund) and approval.valid_at(refund.requested_at)
