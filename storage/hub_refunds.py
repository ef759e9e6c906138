"""The hub's work of giving money back: which refunds are to be asked for now, and the money they go back from."""

from dataclasses import dataclass
from typing import Final

from domain.ids import AccountId, Instant, MerchantId, RefundId, VoucherId
from domain.payments import PaymentIntent
from domain.rails import Provider
from domain.refund_ports import Movement
from storage.scope import Scope
from storage.session import Session, Sql, insert_into

_MOVEMENTS: Final = Sql(
    "SELECT provider_ref, amount_minor, paid_at FROM receipts WHERE merchant_id = :merchant_id "
    "AND reference = :reference AND provider = :provider AND voucher_id IS NOT NULL ORDER BY paid_at, dedupe_key"
)
_REFERENCE: Final = Sql(
    "SELECT reference FROM receipts WHERE merchant_id = :merchant_id AND provider = :provider "
    "AND provider_ref = :provider_ref AND voucher_id IS NOT NULL ORDER BY recorded_at LIMIT 1"
)
_VOUCHERS: Final = Sql(
    "SELECT voucher_id FROM receipts WHERE merchant_id = :merchant_id AND provider = :provider "
    "AND provider_ref = :provider_ref AND provider_ref <> '' AND voucher_id IS NOT NULL "
    "ORDER BY recorded_at DESC, dedupe_key"
)
_WALLET: Final = (
    # CROSS JOIN holds SQLite to this order: it knows no figures and would begin with every posting of the shop.
    "SELECT l.account_id FROM receipts r CROSS JOIN postings l CROSS JOIN accounts a "
    "WHERE r.merchant_id = :merchant_id AND {which} AND r.provider = :provider "
    "AND l.merchant_id = r.merchant_id AND l.voucher_id = r.voucher_id AND l.side = 'D' "
    "AND a.merchant_id = l.merchant_id AND a.id = l.account_id AND a.type <> 'CONTROL' "
    "ORDER BY r.recorded_at DESC, r.dedupe_key LIMIT 1"
)
_WALLET_OF_PAYMENT: Final = Sql(_WALLET.format(which="r.reference = :reference"))
_WALLET_OF_MONEY: Final = Sql(_WALLET.format(which="r.provider_ref = :provider_ref AND r.provider_ref <> ''"))
_WORK: Final = insert_into(
    "refund_work", on_conflict="ON CONFLICT (merchant_id, refund_id) DO UPDATE SET next_at = :next_at, note = :note"
)
_DUE: Final = Sql("SELECT merchant_id, refund_id FROM refund_work WHERE next_at <= :at ORDER BY next_at LIMIT :limit")
_CLAIM: Final = Sql(
    "UPDATE refund_work SET next_at = :until, attempts = attempts + 1, note = 'asking' "
    "WHERE merchant_id = :merchant_id AND refund_id = :refund_id AND next_at <= :at RETURNING attempts"
)
_PUT_OFF: Final = Sql(
    "UPDATE refund_work SET next_at = :next_at, note = :note "
    "WHERE merchant_id = :merchant_id AND refund_id = :refund_id"
)


@dataclass(frozen=True, slots=True)
class SqlProvenMoney:
    """The money of one merchant that providers proved."""

    scope: Scope

    def movements_of(self, payment: PaymentIntent) -> list[Movement]:
        rows = self.scope.session.all(_MOVEMENTS, self._of(payment))
        return [Movement(row[0], row[1], Instant(row[2])) for row in rows]

    def reference_of(self, provider: Provider, provider_ref: str) -> str:
        key = {"merchant_id": self.scope.merchant_id, "provider": provider.value, "provider_ref": provider_ref}
        row = self.scope.session.one(_REFERENCE, key)
        return row[0] if row else ""

    def vouchers_of(self, provider: Provider, provider_ref: str) -> list[VoucherId]:
        key = {"merchant_id": self.scope.merchant_id, "provider": provider.value, "provider_ref": provider_ref}
        return [VoucherId(row[0]) for row in self.scope.session.all(_VOUCHERS, key)]

    def wallet_of(self, payment: PaymentIntent) -> AccountId | None:
        row = self.scope.session.one(_WALLET_OF_PAYMENT, self._of(payment))
        return AccountId(row[0]) if row else None

    def wallet_of_money(self, provider: Provider, provider_ref: str) -> AccountId | None:
        key = {"merchant_id": self.scope.merchant_id, "provider": provider.value, "provider_ref": provider_ref}
        row = self.scope.session.one(_WALLET_OF_MONEY, key)
        return AccountId(row[0]) if row else None

    def give_back(self, refund_id: RefundId, at: Instant) -> None:
        key = {"merchant_id": self.scope.merchant_id, "refund_id": refund_id}
        self.scope.session.run(_WORK, {**key, "attempts": 0, "next_at": at, "note": ""})

    def _of(self, payment: PaymentIntent) -> dict[str, str]:
        named = {"reference": payment.reference, "provider": payment.provider.value}
        return {"merchant_id": self.scope.merchant_id, **named}


def due_refunds(session: Session, at: Instant, limit: int) -> list[tuple[MerchantId, RefundId]]:
    """Return refunds of any merchant whose provider is to be asked now."""
    rows = session.all(_DUE, {"at": at, "limit": limit})
    return [(MerchantId(row[0]), RefundId(row[1])) for row in rows]


def claim_refund_work(
    session: Session, merchant_id: MerchantId, refund_id: RefundId, at: Instant, until: Instant
) -> int | None:
    """Take a due refund for oneself until `until`; return how often it was taken, None if another worker has it."""
    values = {"merchant_id": merchant_id, "refund_id": refund_id, "at": at, "until": until}
    row = session.one(_CLAIM, values)
    return int(row[0]) if row else None


def put_off_refund(session: Session, merchant_id: MerchantId, refund_id: RefundId, next_at: Instant, note: str) -> None:
    """Ask again at a moment; NEVER once nothing is to be asked any more."""
    values = {"merchant_id": merchant_id, "refund_id": refund_id, "next_at": next_at, "note": note}
    session.run(_PUT_OFF, values)
