"""What providers report besides money that arrived: money held, money given back, money taken back by a bank."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import Provider, RailStatus


@dataclass(frozen=True, slots=True)
class Authorization:
    """Money held for the shop and not captured yet, minor units; `text` holds our payment reference.

    `held_until` is when the provider lets it go again, where it says so; `voided` that it is held no more.
    """

    provider: Provider
    dedupe_key: str
    text: str
    amount_minor: int
    currency: str
    at: Instant
    provider_ref: str
    held_until: Instant | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """What became of a refund, minor units; `reference` is ours where the provider repeats it, else empty.

    `provider_ref` is the provider's id of the refund, `payment_provider_ref` that of the payment. One made at the
    provider's own desk has no reference of ours.
    """

    provider: Provider
    dedupe_key: str
    reference: str
    amount_minor: int
    currency: str
    at: Instant
    provider_ref: str
    payment_provider_ref: str
    status: RailStatus
    failure: FailureCode | None = None


class DisputeStage(StrEnum):
    """How far a charge-back has come."""

    OPENED = "opened"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ChargeBack:
    """Money that a customer's bank takes back, minor units; `text` holds our payment reference where it is repeated.

    `fee_minor` is what the provider keeps for it.
    """

    provider: Provider
    dedupe_key: str
    text: str
    amount_minor: int
    currency: str
    at: Instant
    provider_ref: str
    payment_provider_ref: str
    stage: DisputeStage
    fee_minor: int = 0
