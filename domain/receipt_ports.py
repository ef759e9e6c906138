"""What the use cases of money that providers prove need from the hub's database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.ids import Instant, PaymentId, VoucherId
from domain.payments import PaymentIntent
from domain.rails import Provider, Receipt
from domain.same_money import ToldMoney


@dataclass(frozen=True, slots=True)
class Held:
    """Money in suspense for a reference, in minor units, and when the last of it was paid."""

    amount_minor: int
    paid_at: Instant


class Receipts(Protocol):
    """Money that a provider proved, applied or waiting (hub)."""

    def seen(self, receipt: Receipt) -> bool:
        """Whether this movement has been booked."""

    def told_alike(self, receipt: Receipt, reference: str) -> Sequence[ToldMoney]:
        """Return movements of the same amount that bear the same bank number or name the same payment."""

    def add(self, receipt: Receipt, payment_id: PaymentId | None, voucher_id: VoucherId | None, at: Instant) -> None:
        """Keep a movement and the voucher that books it."""

    def held_for(self, reference: str, providers: Sequence[Provider]) -> Held | None:
        """Return what providers proved under a reference and waits in suspense, or None if nothing does."""

    def ask_soon(self, payment_id: PaymentId, at: Instant) -> None:
        """Let the provider be asked about a payment at once; one that is being asked is asked again right after."""

    def expect(self, intent: PaymentIntent, at: Instant) -> None:
        """Try money that waits for this payment now, and ask its provider about it from now on."""
