"""Checkout requests of other systems, in the hub's database."""

from dataclasses import dataclass
from typing import Final

from domain.checkouts import Checkout, CheckoutOrigin, CheckoutRequest
from domain.ids import CheckoutId, Instant
from storage.columns import COLUMNS
from storage.scope import Scope
from storage.session import Row, Sql, insert_into

_READ: Final = COLUMNS["checkout_requests"][1:]
_SELECT: Final = f"SELECT {', '.join(_READ)} FROM checkout_requests WHERE merchant_id = :merchant_id"
_ADD: Final = insert_into("checkout_requests")
_GET: Final = Sql(f"{_SELECT} AND id = :id")
_OF_PERIOD: Final = Sql(f"{_SELECT} AND subscription_id = :subscription_id AND period = :period")
_OPEN_OF: Final = Sql(
    "SELECT COUNT(*) FROM payments p JOIN checkout_requests c ON c.merchant_id = p.merchant_id AND c.id = p.bill_id "
    "WHERE p.merchant_id = :merchant_id AND p.status IN ('created', 'pending', 'authorized', 'unresolved') "
    "AND c.key_id = :key_id"
)


@dataclass(frozen=True, slots=True)
class SqlCheckouts:
    """The checkout requests of one merchant; what a customer is called stands in the payments alone."""

    scope: Scope

    def add(self, checkout: Checkout) -> None:
        request = checkout.request
        self.scope.session.run(
            _ADD,
            {
                "merchant_id": self.scope.merchant_id,
                "id": checkout.id,
                "order_type": request.order_type,
                "order_ref": request.order_ref,
                "subtotal_minor": request.subtotal_minor,
                "tax_percent": request.tax_percent,
                "tax_minor": request.tax_minor,
                "total_minor": request.total_minor,
                "currency": request.currency,
                "capture": int(request.capture),
                "origin": request.origin.value,
                "due_on": request.due_on,
                "subscription_id": request.subscription_id or None,
                "period": request.period or None,
                "key_id": checkout.key_id,
                "created_at": checkout.created_at,
            },
        )

    def get(self, checkout_id: CheckoutId) -> Checkout | None:
        return self._read(_GET, id=checkout_id)

    def of_period(self, subscription_id: str, period: str) -> Checkout | None:
        return self._read(_OF_PERIOD, subscription_id=subscription_id, period=period)

    def open_of(self, key_id: str) -> int:
        row = self.scope.session.one(_OPEN_OF, {"merchant_id": self.scope.merchant_id, "key_id": key_id})
        assert row is not None, "a count always answers"
        return int(row[0])

    def _read(self, sql: Sql, **key: str) -> Checkout | None:
        row = self.scope.session.one(sql, {"merchant_id": self.scope.merchant_id, **key})
        return None if row is None else self._checkout(row)

    def _checkout(self, row: Row) -> Checkout:
        named = dict(zip(_READ, row, strict=True))
        request = CheckoutRequest(
            order_ref=named["order_ref"],
            order_type=named["order_type"],
            subtotal_minor=named["subtotal_minor"],
            tax_percent=named["tax_percent"],
            tax_minor=named["tax_minor"],
            total_minor=named["total_minor"],
            currency=named["currency"],
            capture=bool(named["capture"]),
            origin=CheckoutOrigin(named["origin"]),
            due_on=named["due_on"],
            subscription_id=named["subscription_id"] or "",
            period=named["period"] or "",
        )
        return Checkout(
            CheckoutId(named["id"]), self.scope.merchant_id, request, named["key_id"], Instant(named["created_at"])
        )
