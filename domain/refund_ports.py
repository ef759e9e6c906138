"""What the use cases of refunds need from a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.ids import AccountId, BillId, Instant, PaymentId, RefundId, VoucherId
from domain.payments import PaymentIntent
from domain.rails import Provider
from domain.refunds import Refund, RefundEvent


class Refunds(Protocol):
    """Refunds and their steps."""

    def add(self, refund: Refund, event: RefundEvent) -> None:
        """Keep a new refund; the database refuses one that gives back more than came."""

    def save(self, refund: Refund, event: RefundEvent) -> None:
        """Keep a refund's next revision; the database refuses a move that is not in the table."""

    def get(self, refund_id: RefundId) -> Refund | None:
        """Return a refund."""

    def by_reference(self, reference: str) -> Refund | None:
        """Return the refund that carries a reference."""

    def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Return the refunds of a payment, the first first."""

    def of_bill(self, bill_id: BillId) -> Sequence[Refund]:
        """Return the refunds of all payments of a bill, the first first."""

    def by_provider_ref(self, provider: Provider, provider_ref: str) -> Sequence[Refund]:
        """Return the refunds that a provider knows under an id of its own."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money of a payment as its provider proved it: its id there, minor units, and when it was paid."""

    provider_ref: str
    amount_minor: int
    paid_at: Instant


class ProvenMoney(Protocol):
    """The money that providers proved, as refunds look at it, and the work of giving it back (hub)."""

    def movements_of(self, payment: PaymentIntent) -> Sequence[Movement]:
        """Return what came for a payment, the first first."""

    def reference_of(self, provider: Provider, provider_ref: str) -> str:
        """Return the payment reference of money that a provider knows under an id; empty if none is known."""

    def vouchers_of(self, provider: Provider, provider_ref: str) -> Sequence[VoucherId]:
        """Return the vouchers that book money which a provider knows under an id, the last first."""

    def wallet_of(self, payment: PaymentIntent) -> AccountId | None:
        """Return the wallet that a payment's money came to, None if it is not known."""

    def wallet_of_money(self, provider: Provider, provider_ref: str) -> AccountId | None:
        """Return the wallet that money came to which a provider knows under an id, None if it is not known."""

    def give_back(self, refund_id: RefundId, at: Instant) -> None:
        """Have a refund's provider asked from now on."""
