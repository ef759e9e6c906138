"""What a till's unit of work has not, because the hub alone deals with providers."""

from collections.abc import Sequence

from domain.ids import AccountId, Instant, PaymentId, RefundId, VoucherId
from domain.payments import PaymentIntent
from domain.rails import Provider, Receipt
from domain.receipt_ports import Held
from domain.refund_ports import Movement
from domain.same_money import ToldMoney


class NoReceipts:
    """A till books no provider's money: the hub is the posting owner of those events."""

    def seen(self, receipt: Receipt) -> bool:
        raise AssertionError(receipt.dedupe_key)

    def told_alike(self, receipt: Receipt, reference: str) -> list[ToldMoney]:
        raise AssertionError(receipt.dedupe_key)

    def add(self, receipt: Receipt, payment_id: PaymentId | None, voucher_id: VoucherId | None, at: Instant) -> None:
        raise AssertionError(receipt.dedupe_key)

    def held_for(self, reference: str, providers: Sequence[Provider]) -> Held | None:
        raise AssertionError(reference)

    def ask_soon(self, payment_id: PaymentId, at: Instant) -> None:
        raise AssertionError(payment_id)

    def expect(self, intent: PaymentIntent, at: Instant) -> None:
        raise AssertionError(intent.reference)


class NoProvenMoney:
    """A till asks no provider for anything."""

    def movements_of(self, payment: PaymentIntent) -> list[Movement]:
        raise AssertionError(payment.reference)

    def reference_of(self, provider: Provider, provider_ref: str) -> str:
        raise AssertionError(provider_ref)

    def vouchers_of(self, provider: Provider, provider_ref: str) -> list[VoucherId]:
        raise AssertionError(provider_ref)

    def wallet_of(self, payment: PaymentIntent) -> AccountId | None:
        raise AssertionError(payment.reference)

    def wallet_of_money(self, provider: Provider, provider_ref: str) -> AccountId | None:
        raise AssertionError(provider_ref)

    def give_back(self, refund_id: RefundId, at: Instant) -> None:
        raise AssertionError(refund_id)
