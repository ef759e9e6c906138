"""Payments, their events and the attempts at providers, in the database."""

import json
from dataclasses import dataclass
from typing import Any, Final

from domain.bills import Bill
from domain.changes import Topic
from domain.cheques import Cheque
from domain.errors import Conflict, ErrorCode, FailureCode
from domain.ids import BillId, DeviceId, HolderId, Instant, MerchantId, PaymentId, TransactionId, UserId
from domain.payments import (
    OPEN,
    Confirmation,
    PaymentEvent,
    PaymentException,
    PaymentIntent,
    PaymentStatus,
    PaymentTransaction,
    TransactionStatus,
)
from domain.ports import Device
from domain.rails import Method, Provider
from storage.columns import COLUMNS
from storage.folding import fold, fold_phone
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into

_COLUMNS: Final = COLUMNS["payments"]
_READ: Final = [name for name in _COLUMNS if name not in {"merchant_id", "search_text"}]
_ADD: Final = insert_into("payments")
_CHANGING: Final = (
    "status",
    "exception",
    "received_minor",
    "paid_at",
    "ended_at",
    "updated_at",
    "revision",
    "qr_text",
    "failure",
    "known_minor",
    "confirmed_minor",
    "capture_minor",
    "held_minor",
    "held_until",
    "amount_minor",
    "bill_minor",
    "search_text",
)
_SAVE: Final = Sql(
    f"UPDATE payments SET {', '.join(f'{name} = :{name}' for name in _CHANGING)} "
    "WHERE merchant_id = :merchant_id AND id = :id AND revision = :revision - 1"
)
_SELECT: Final = f"SELECT {', '.join(_READ)} FROM payments WHERE merchant_id = :merchant_id"
_GET: Final = Sql(f"{_SELECT} AND id = :id")
_OF_BILL: Final = Sql(f"{_SELECT} AND (bill_id = :bill_id OR id = :bill_id) ORDER BY created_at, id")
"""A payment of before there were bills names none, and is its own."""
_BY_REFERENCE: Final = Sql(f"{_SELECT} AND reference = :reference")
_OF_THIS_TILL: Final = "device_id IN (SELECT id FROM devices WHERE merchant_id = :merchant_id AND code = :code)"
"""A restored till goes on as another device with the same code, and with what the former one left open."""
_OPEN: Final = "status IN ('created', 'pending', 'authorized', 'unresolved')"
_DUE: Final = Sql(
    f"{_SELECT} AND {_OPEN} AND received_minor = 0 AND (status <> 'authorized' AND expires_at <= :at "
    "OR status = 'authorized' AND :of_every_device = 1 AND capture_minor = 0 AND held_until <= :at) "
    f"AND ({_OF_THIS_TILL} OR :of_every_device = 1) ORDER BY expires_at LIMIT :limit"
)
_EXPOSURE: Final = Sql(
    "WITH exposed AS (SELECT id, amount_minor, created_at FROM payments WHERE merchant_id = :merchant_id "
    f"AND {_OF_THIS_TILL} AND {_OPEN} AND provider <> '{Provider.MANUAL.value}' "
    "UNION SELECT p.id, p.amount_minor, p.created_at FROM outbox o JOIN payments p "
    "ON p.merchant_id = :merchant_id AND p.id = o.subject_id "
    f"WHERE o.state <> 'acked' AND p.{_OF_THIS_TILL} AND p.status = 'expired' "
    f"AND p.provider <> '{Provider.MANUAL.value}') "
    "SELECT COALESCE(SUM(CASE WHEN created_at >= :day_start THEN amount_minor ELSE 0 END), 0), "
    "COALESCE(SUM(amount_minor), 0) FROM exposed"
)
_TAKEN: Final = Sql(
    "SELECT provider, SUM(CASE WHEN received_minor > amount_minor THEN received_minor ELSE amount_minor END) "
    "FROM payments WHERE merchant_id = :merchant_id AND created_at >= :since "
    "AND (status NOT IN ('failed', 'expired', 'cancelled') OR received_minor > 0) GROUP BY provider"
)
_ADD_EVENT: Final = insert_into("payment_events")
_NEXT_REFERENCE: Final = Sql(
    "UPDATE devices SET reference_seq = reference_seq + 1 WHERE merchant_id = :merchant_id AND id = :device_id "
    "RETURNING reference_seq"
)
_TRANSACTION_COLUMNS: Final = COLUMNS["payment_transactions"]
_ADD_TRANSACTION: Final = insert_into("payment_transactions")
_SAVE_TRANSACTION: Final = Sql(
    "UPDATE payment_transactions SET status = :status, updated_at = :updated_at, provider_ref = :provider_ref, "
    "failure = :failure, response = :response WHERE merchant_id = :merchant_id AND id = :id "
    "AND status NOT IN ('succeeded', 'failed')"
)
_TRANSACTIONS_OF: Final = Sql(
    f"SELECT {', '.join(_TRANSACTION_COLUMNS[1:])} FROM payment_transactions "
    "WHERE merchant_id = :merchant_id AND payment_id = :payment_id ORDER BY created_at, id"
)
_CONFIRMATION: Final = Sql(
    "SELECT detail FROM payment_events WHERE merchant_id = :merchant_id AND payment_id = :payment_id "
    "AND detail LIKE '{\"confirmed\":%' ORDER BY revision LIMIT 1"
)
_TRANSACTION: Final = Sql(
    f"SELECT {', '.join(_TRANSACTION_COLUMNS[1:])} FROM payment_transactions "
    "WHERE merchant_id = :merchant_id AND id = :id"
)


def read_taken(session: Session, merchant_id: MerchantId, since: Instant) -> dict[Provider, int]:
    """Return what each provider was to take since a moment, in minor units, without what ended unpaid."""
    rows = session.all(_TAKEN, {"merchant_id": merchant_id, "since": since})
    return {Provider(row[0]): int(row[1]) for row in rows}


@dataclass(frozen=True, slots=True)
class SqlPayments:
    """Payments in the database; the hub ends those `of_every_device`, a till only its own."""

    scope: Scope
    device: Device
    of_every_device: bool = False

    def add(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        self.scope.session.run(_ADD, _values(intent))
        self._add_event(event)
        self._note_end(intent, event)

    def save(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        if self.scope.session.run(_SAVE, _values(intent)) != 1:
            raise Conflict(ErrorCode.INVALID_TRANSITION, reference=intent.reference)
        self._add_event(event)
        self._note_end(intent, event)

    def get(self, payment_id: PaymentId) -> PaymentIntent | None:
        return self._read(_GET, {"id": payment_id})

    def by_reference(self, reference: str) -> PaymentIntent | None:
        return self._read(_BY_REFERENCE, {"reference": reference})

    def of_bill(self, bill_id: BillId) -> list[PaymentIntent]:
        values = {"merchant_id": self.scope.merchant_id, "bill_id": bill_id}
        return [self._intent(row) for row in self.scope.session.all(_OF_BILL, values)]

    def due(self, at: Instant, limit: int) -> list[PaymentIntent]:
        whose = {"code": self.device.code, "of_every_device": int(self.of_every_device)}
        rows = self.scope.session.all(_DUE, {"merchant_id": self.scope.merchant_id, "at": at, "limit": limit, **whose})
        return [self._intent(row) for row in rows]

    def next_reference_number(self) -> int:
        row = self.scope.session.one(
            _NEXT_REFERENCE, {"merchant_id": self.scope.merchant_id, "device_id": self.device.id}
        )
        assert row is not None, "a device always has its counter"
        number: int = row[0]
        return number

    def exposure(self, day_start: Instant) -> tuple[int, int]:
        row = self.scope.session.one(
            _EXPOSURE,
            {"merchant_id": self.scope.merchant_id, "code": self.device.code, "day_start": day_start},
        )
        assert row is not None, "a sum always answers"
        return int(row[0]), int(row[1])

    def taken_since(self, since: Instant) -> dict[Provider, int]:
        return read_taken(self.scope.session, self.scope.merchant_id, since)

    def add_transaction(self, transaction: PaymentTransaction) -> None:
        self.scope.session.run(_ADD_TRANSACTION, _transaction_values(transaction))

    def save_transaction(self, transaction: PaymentTransaction) -> None:
        if self.scope.session.run(_SAVE_TRANSACTION, _transaction_values(transaction)) != 1:
            raise Conflict(ErrorCode.INVALID_TRANSITION, reference=transaction.reference)

    def transaction(self, transaction_id: TransactionId) -> PaymentTransaction | None:
        row = self.scope.session.one(_TRANSACTION, {"merchant_id": self.scope.merchant_id, "id": transaction_id})
        return None if row is None else self._attempt(row)

    def confirmation_of(self, payment_id: PaymentId) -> Confirmation | None:
        values = {"merchant_id": self.scope.merchant_id, "payment_id": payment_id}
        row = self.scope.session.one(_CONFIRMATION, values)
        if row is None:
            return None
        said = json.loads(row[0])
        return Confirmation(said["confirmed"], said["known"])

    def transactions_of(self, payment_id: PaymentId) -> list[PaymentTransaction]:
        values = {"merchant_id": self.scope.merchant_id, "payment_id": payment_id}
        return [self._attempt(row) for row in self.scope.session.all(_TRANSACTIONS_OF, values)]

    def _attempt(self, row: Row) -> PaymentTransaction:
        named = dict(zip(_TRANSACTION_COLUMNS[1:], row, strict=True))
        return PaymentTransaction(
            id=TransactionId(named["id"]),
            merchant_id=self.scope.merchant_id,
            payment_id=PaymentId(named["payment_id"]),
            kind=named["kind"],
            provider=Provider(named["provider"]),
            reference=named["reference"],
            status=TransactionStatus(named["status"]),
            amount_minor=named["amount_minor"],
            currency=named["currency"],
            created_at=Instant(named["created_at"]),
            updated_at=Instant(named["updated_at"]),
            provider_ref=named["provider_ref"],
            failure=FailureCode(named["failure"]) if named["failure"] else None,
            response=named["response"],
        )

    def _add_event(self, event: PaymentEvent) -> None:
        self.scope.session.run(
            _ADD_EVENT,
            {
                "merchant_id": self.scope.merchant_id,
                "payment_id": event.payment_id,
                "revision": event.revision,
                "from_status": event.from_status.value,
                "to_status": event.to_status.value,
                "exception": event.exception.value,
                "cause": event.cause.value,
                "actor_id": event.actor_id,
                "device_id": event.device_id,
                "at": event.at,
                "received_minor": event.received_minor,
                "detail": event.detail,
            },
        )
        self.scope.touch(Topic.PAYMENTS, event.payment_id)

    def _note_end(self, intent: PaymentIntent, event: PaymentEvent) -> None:
        if event.to_status is not event.from_status and event.to_status not in OPEN:
            self.scope.ended.append(intent)

    def _read(self, sql: Sql, values: dict[str, Any]) -> PaymentIntent | None:
        row = self.scope.session.one(sql, {"merchant_id": self.scope.merchant_id, **values})
        return self._intent(row) if row else None

    def _intent(self, row: Row) -> PaymentIntent:
        named = dict(zip(_READ, row, strict=True))
        return PaymentIntent(
            id=PaymentId(named["id"]),
            merchant_id=self.scope.merchant_id,
            device_id=DeviceId(named["device_id"]),
            actor_id=UserId(named["actor_id"]),
            reference=named["reference"],
            method=Method(named["method"]),
            provider=Provider(named["provider"]),
            amount_minor=named["amount_minor"],
            currency=named["currency"],
            created_at=Instant(named["created_at"]),
            expires_at=Instant(named["expires_at"]),
            status=PaymentStatus(named["status"]),
            exception=PaymentException(named["exception"]),
            received_minor=named["received_minor"],
            tendered_minor=named["tendered_minor"],
            paid_at=_instant(named["paid_at"]),
            ended_at=_instant(named["ended_at"]),
            updated_at=_instant(named["updated_at"]),
            revision=named["revision"],
            qr_text=named["qr_text"],
            failure=FailureCode(named["failure"]) if named["failure"] else None,
            order_ref=named["order_ref"],
            customer_name=named["customer_name"],
            customer_phone=named["customer_phone"],
            note=named["note"],
            origin=named["origin"],
            bill=Bill(BillId(named["bill_id"] or named["id"]), named["bill_minor"] or named["amount_minor"]),
            known_minor=named["known_minor"],
            confirmed_minor=named["confirmed_minor"],
            option=named["option"],
            capture=bool(named["capture"]),
            capture_minor=named["capture_minor"],
            held_minor=named["held_minor"],
            held_until=_instant(named["held_until"]),
            cheque=read_cheque(named["cheque"]),
            holder_id=HolderId(named["holder_id"]) if named["holder_id"] else None,
        )


def search_text(intent: PaymentIntent) -> str:
    """Return what a payment is found by: folded name, phone, reference, order, amount and cheque."""
    parts = (
        fold(intent.customer_name),
        fold_phone(intent.customer_phone),
        intent.reference.lower(),
        fold(intent.order_ref),
        str(intent.amount_minor),
        fold(intent.cheque.number) if intent.cheque else "",
    )
    return " ".join(part for part in parts if part)


def read_cheque(text: str) -> Cheque | None:
    """Return the cheque that a payment's column tells of, None if there is none."""
    return Cheque(*json.loads(text)) if text else None


def _cheque_text(cheque: Cheque | None) -> str:
    if cheque is None:
        return ""
    return json.dumps([cheque.number, cheque.bank, cheque.drawer, cheque.date], ensure_ascii=False)


def _values(intent: PaymentIntent) -> dict[str, Any]:
    return {
        "merchant_id": intent.merchant_id,
        "id": intent.id,
        "device_id": intent.device_id,
        "actor_id": intent.actor_id,
        "reference": intent.reference,
        "method": intent.method.value,
        "provider": intent.provider.value,
        "amount_minor": intent.amount_minor,
        "currency": intent.currency,
        "created_at": intent.created_at,
        "expires_at": intent.expires_at,
        "status": intent.status.value,
        "exception": intent.exception.value,
        "received_minor": intent.received_minor,
        "tendered_minor": intent.tendered_minor,
        "paid_at": intent.paid_at,
        "ended_at": intent.ended_at,
        "updated_at": intent.updated_at,
        "revision": intent.revision,
        "qr_text": intent.qr_text,
        "failure": intent.failure.value if intent.failure else None,
        "order_ref": intent.order_ref,
        "customer_name": intent.customer_name,
        "customer_phone": intent.customer_phone,
        "note": intent.note,
        "origin": intent.origin,
        "search_text": search_text(intent),
        "bill_id": intent.bill.id,
        "bill_minor": intent.bill.due_minor,
        "known_minor": intent.known_minor,
        "confirmed_minor": intent.confirmed_minor,
        "option": intent.option,
        "capture": int(intent.capture),
        "capture_minor": intent.capture_minor,
        "held_minor": intent.held_minor,
        "held_until": intent.held_until,
        "cheque": _cheque_text(intent.cheque),
        "holder_id": intent.holder_id,
    }


def _transaction_values(transaction: PaymentTransaction) -> dict[str, Any]:
    return {
        "merchant_id": transaction.merchant_id,
        "id": transaction.id,
        "payment_id": transaction.payment_id,
        "kind": transaction.kind,
        "provider": transaction.provider.value,
        "reference": transaction.reference,
        "status": transaction.status.value,
        "amount_minor": transaction.amount_minor,
        "currency": transaction.currency,
        "created_at": transaction.created_at,
        "updated_at": transaction.updated_at,
        "provider_ref": transaction.provider_ref,
        "failure": transaction.failure.value if transaction.failure else None,
        "response": transaction.response,
    }


def _instant(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)
