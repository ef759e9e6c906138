"""Refunds and their steps in the database."""

from dataclasses import dataclass
from typing import Any, Final

from domain.changes import Topic
from domain.errors import Conflict, ErrorCode
from domain.ids import AccountId, BillId, DeviceId, HolderId, Instant, MerchantId, PaymentId, RefundId, UserId
from domain.rails import Provider
from domain.refund_bodies import read_why
from domain.refunds import Refund, RefundEvent, RefundOf, RefundOrigin, RefundStatus, RefundWay
from storage.columns import COLUMNS
from storage.scope import Scope
from storage.session import Row, Sql, insert_into

_READ: Final = tuple(name for name in COLUMNS["refunds"] if name != "merchant_id")
REFUND_COLUMNS: Final = ", ".join(_READ)
_ADD: Final = insert_into("refunds")
_ADD_EVENT: Final = insert_into("refund_events")
_CHANGING: Final = (
    "status",
    "beyond",
    "payment_ref",
    "provider_ref",
    "failure",
    "sent_at",
    "settled_at",
    "told_at",
    "updated_at",
    "revision",
)
_SAVE: Final = Sql(
    f"UPDATE refunds SET {', '.join(f'{name} = :{name}' for name in _CHANGING)} "
    "WHERE merchant_id = :merchant_id AND id = :id AND revision = :revision - 1"
)
_SELECT: Final = f"SELECT {REFUND_COLUMNS} FROM refunds WHERE merchant_id = :merchant_id"
_FIRST_FIRST: Final = "ORDER BY requested_at, id"
_GET: Final = Sql(f"{_SELECT} AND id = :id")
_BY_REFERENCE: Final = Sql(f"{_SELECT} AND reference = :reference")
_OF_PAYMENT: Final = Sql(f"{_SELECT} AND payment_id = :payment_id {_FIRST_FIRST}")
_OF_BILL: Final = Sql(
    f"{_SELECT} AND payment_id IN (SELECT p.id FROM payments p WHERE p.merchant_id = :merchant_id "
    f"AND (p.bill_id = :bill_id OR p.id = :bill_id)) {_FIRST_FIRST}"
)
_BY_PROVIDER_REF: Final = Sql(f"{_SELECT} AND provider = :provider AND provider_ref = :provider_ref {_FIRST_FIRST}")


@dataclass(frozen=True, slots=True)
class SqlRefunds:
    """Refunds of one merchant."""

    scope: Scope

    def add(self, refund: Refund, event: RefundEvent) -> None:
        self.scope.session.run(_ADD, _values(refund))
        self._add_event(refund, event)
        if refund.status is RefundStatus.DONE:
            self.scope.refunded.append(refund)

    def save(self, refund: Refund, event: RefundEvent) -> None:
        if self.scope.session.run(_SAVE, _values(refund)) != 1:
            raise Conflict(ErrorCode.INVALID_TRANSITION, reference=refund.reference)
        self._add_event(refund, event)
        if event.from_status is not event.to_status and RefundStatus.DONE in (event.from_status, event.to_status):
            self.scope.refunded.append(refund)

    def get(self, refund_id: RefundId) -> Refund | None:
        return self._one(_GET, {"id": refund_id})

    def by_reference(self, reference: str) -> Refund | None:
        return self._one(_BY_REFERENCE, {"reference": reference})

    def of_payment(self, payment_id: PaymentId) -> list[Refund]:
        return self._all(_OF_PAYMENT, {"payment_id": payment_id})

    def of_bill(self, bill_id: BillId) -> list[Refund]:
        return self._all(_OF_BILL, {"bill_id": bill_id})

    def by_provider_ref(self, provider: Provider, provider_ref: str) -> list[Refund]:
        return self._all(_BY_PROVIDER_REF, {"provider": provider.value, "provider_ref": provider_ref})

    def _one(self, sql: Sql, values: dict[str, Any]) -> Refund | None:
        found = self._all(sql, values)
        return found[0] if found else None

    def _all(self, sql: Sql, values: dict[str, Any]) -> list[Refund]:
        rows = self.scope.session.all(sql, {"merchant_id": self.scope.merchant_id, **values})
        return [read_refund_row(row, self.scope.merchant_id) for row in rows]

    def _add_event(self, refund: Refund, event: RefundEvent) -> None:
        self.scope.session.run(
            _ADD_EVENT,
            {
                "merchant_id": self.scope.merchant_id,
                "refund_id": event.refund_id,
                "revision": event.revision,
                "from_status": event.from_status.value,
                "to_status": event.to_status.value,
                "cause": event.cause.value,
                "actor_id": event.actor_id,
                "device_id": event.device_id,
                "at": event.at,
                "beyond": int(event.beyond),
            },
        )
        self.scope.touch(Topic.PAYMENTS, refund.payment_id)


def read_refund_row(row: Row, merchant_id: MerchantId) -> Refund:
    """Return the refund of a row of `REFUND_COLUMNS`; raises ValueError for values that no refund has."""
    named = dict(zip(_READ, row, strict=True))
    return Refund(
        id=RefundId(named["id"]),
        merchant_id=merchant_id,
        device_id=DeviceId(named["device_id"]),
        payment_id=PaymentId(named["payment_id"]),
        origin=RefundOrigin(named["origin"]),
        what=RefundOf(named["what"]),
        way=RefundWay(named["way"]),
        provider=Provider(named["provider"]),
        wallet_id=None if named["wallet_id"] is None else AccountId(named["wallet_id"]),
        reference=named["reference"],
        amount_minor=named["amount_minor"],
        currency=named["currency"],
        reason=named["reason"],
        requested_by=None if named["requested_by"] is None else UserId(named["requested_by"]),
        approved_by=None if named["approved_by"] is None else UserId(named["approved_by"]),
        requested_at=Instant(named["requested_at"]),
        status=RefundStatus(named["status"]),
        fee_minor=named["fee_minor"],
        beyond=bool(named["beyond"]),
        payment_ref=named["payment_ref"],
        provider_ref=named["provider_ref"],
        failure=None if named["failure"] is None else read_why(named["failure"]),
        sent_at=_instant(named["sent_at"]),
        settled_at=_instant(named["settled_at"]),
        told_at=_instant(named["told_at"]),
        updated_at=_instant(named["updated_at"]),
        revision=named["revision"],
        holder_id=None if named["holder_id"] is None else HolderId(named["holder_id"]),
    )


def _values(refund: Refund) -> dict[str, Any]:
    return {
        "merchant_id": refund.merchant_id,
        "id": refund.id,
        "device_id": refund.device_id,
        "payment_id": refund.payment_id,
        "origin": refund.origin.value,
        "what": refund.what.value,
        "way": refund.way.value,
        "provider": refund.provider.value,
        "wallet_id": refund.wallet_id,
        "reference": refund.reference,
        "amount_minor": refund.amount_minor,
        "fee_minor": refund.fee_minor,
        "currency": refund.currency,
        "reason": refund.reason,
        "requested_by": refund.requested_by,
        "approved_by": refund.approved_by,
        "requested_at": refund.requested_at,
        "status": refund.status.value,
        "beyond": int(refund.beyond),
        "payment_ref": refund.payment_ref,
        "provider_ref": refund.provider_ref,
        "failure": refund.failure.value if refund.failure else None,
        "sent_at": refund.sent_at,
        "settled_at": refund.settled_at,
        "told_at": refund.told_at,
        "updated_at": refund.updated_at,
        "revision": refund.revision,
        "holder_id": refund.holder_id,
    }


def _instant(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)
