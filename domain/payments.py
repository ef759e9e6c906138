"""Payments: what a customer owes now, the one table of its states, and its attempts at a provider."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.bills import Bill
from domain.cheques import Cheque
from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import BillId, DeviceId, HolderId, Instant, MerchantId, PaymentId, TransactionId, UserId
from domain.money import positive, whole
from domain.policy import LONGEST_WAIT_BY_HAND_MS, LONGEST_WAIT_MS
from domain.rails import BY_HAND, Method, Provider


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    CREATED = "created"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    UNRESOLVED = "unresolved"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class PaymentException(StrEnum):
    """The second dimension of a status: what about the money needs a person's eye."""

    NONE = "none"
    PAID_LATE = "paid_late"
    PAID_SHORT = "paid_short"
    PAID_OVER = "paid_over"
    PAID_TWICE = "paid_twice"
    CONFIRMED_BY_HAND = "confirmed_by_hand"


class Cause(StrEnum):
    """Who moved a payment: a person at the till, the provider's proof, the clock, the machine, or the hub's order."""

    PERSON = "person"
    PROVIDER = "provider"
    CLOCK = "clock"
    MACHINE = "machine"
    HUB = "hub"


CASHIER: Final = "cashier"
ORIGINS: Final = (CASHIER, "gateway", "subscription", "api")
"""Who wanted a payment (requirement PAY-12): a person at a till, or a system that asked the hub for it."""

_S = PaymentStatus
_ANYONE: Final = frozenset(Cause)
_PROOF: Final = frozenset({Cause.PROVIDER, Cause.HUB})
_HUB: Final = frozenset({Cause.HUB})
# Time and machines never make a payment paid: a person takes cash, a provider proves, the hub tells.
_MONEY: Final = _PROOF | {Cause.PERSON}
_OPEN_MOVES: Final = {
    _S.UNRESOLVED: _ANYONE,
    _S.PAID: _MONEY,
    _S.FAILED: _ANYONE,
    _S.EXPIRED: _ANYONE,
    _S.CANCELLED: _ANYONE,
}

TRANSITIONS: Final[Mapping[PaymentStatus, Mapping[PaymentStatus, frozenset[Cause]]]] = {
    _S.CREATED: {_S.PENDING: _ANYONE, _S.AUTHORIZED: _ANYONE, **_OPEN_MOVES},
    _S.PENDING: {_S.AUTHORIZED: _ANYONE, **_OPEN_MOVES},
    _S.AUTHORIZED: _OPEN_MOVES,
    _S.UNRESOLVED: {
        _S.PENDING: _ANYONE,
        _S.AUTHORIZED: _ANYONE,
        _S.PAID: _MONEY,
        _S.FAILED: _ANYONE,
        _S.EXPIRED: _ANYONE,
        _S.CANCELLED: _ANYONE,
    },
    # Soft ends: a provider's proof makes them paid, and where time alone ended them a person who saw the money;
    # ended differently on till and hub, the hub's end stands.
    _S.FAILED: {_S.PAID: _PROOF, _S.EXPIRED: _HUB, _S.CANCELLED: _HUB},
    _S.EXPIRED: {_S.PAID: _MONEY, _S.FAILED: _HUB, _S.CANCELLED: _HUB},
    _S.CANCELLED: {_S.PAID: _PROOF, _S.FAILED: _HUB, _S.EXPIRED: _HUB},
    _S.PAID: {},
}
"""Every legal move and who may cause it; the databases' triggers hold the same pairs."""

SOFT_ENDS: Final = frozenset({_S.FAILED, _S.EXPIRED, _S.CANCELLED})
OPEN: Final = frozenset({_S.CREATED, _S.PENDING, _S.AUTHORIZED, _S.UNRESOLVED})
RECONCILE_WINDOW_MS: Final = 3 * 24 * 3600 * 1000
"""How long after a soft end a provider's proof still settles the payment; later money goes to suspense."""


_BEGINS: Final = frozenset({_S.CREATED, _S.PENDING, _S.PAID, _S.EXPIRED, _S.CANCELLED})
_OWN: Final = Bill(BillId(""), 1)


@dataclass(frozen=True, slots=True)
class PaymentIntent:
    """What a customer is to pay in one way: amounts are minor units of `currency`, `revision` counts its changes.

    Several payments may pay one `bill`; without one, the payment is its own. `known_minor` is what was known to have
    come for the bill when a till booked this payment's cash or confirmation. `confirmed_minor` is the part of
    `received_minor` that a person confirmed by hand and no provider has proven yet. `option` is a payment option of the
    method. With `capture` False money is only held until somebody orders `capture_minor` of it to be taken (0: nobody
    has); `held_minor` is held now, until `held_until` where the provider says so. `cheque` is the one it is paid by.
    `holder_id` is whose stored value pays.
    """

    id: PaymentId
    merchant_id: MerchantId
    device_id: DeviceId
    actor_id: UserId
    reference: str
    method: Method
    provider: Provider
    amount_minor: int
    currency: str
    created_at: Instant
    expires_at: Instant
    status: PaymentStatus = PaymentStatus.CREATED
    exception: PaymentException = PaymentException.NONE
    received_minor: int = 0
    tendered_minor: int = 0
    paid_at: Instant | None = None
    ended_at: Instant | None = None
    updated_at: Instant | None = None
    revision: int = 1
    qr_text: str = ""
    failure: FailureCode | None = None
    order_ref: str = ""
    customer_name: str = ""
    customer_phone: str = ""
    note: str = ""
    origin: str = CASHIER
    bill: Bill = _OWN
    known_minor: int = 0
    confirmed_minor: int = 0
    option: str = ""
    capture: bool = True
    capture_minor: int = 0
    held_minor: int = 0
    held_until: Instant | None = None
    cheque: Cheque | None = None
    holder_id: HolderId | None = None

    def __post_init__(self) -> None:
        positive(self.amount_minor)
        if self.bill is _OWN:
            object.__setattr__(self, "bill", Bill(BillId(self.id), self.amount_minor))
        if self.amount_minor > self.bill.due_minor or whole(self.known_minor) < 0:
            raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=self.amount_minor)
        if not 0 <= whole(self.confirmed_minor) <= self.received_minor:
            raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=self.confirmed_minor)
        if min(whole(self.received_minor), whole(self.tendered_minor), whole(self.held_minor)) < 0:
            raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=min(self.received_minor, self.tendered_minor))
        if not 0 <= whole(self.capture_minor) <= self.amount_minor:
            raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=self.capture_minor)
        if (self.method is Method.CHEQUE) is not (self.cheque is not None):
            raise RuleBroken(ErrorCode.BY_HAND_INCOMPLETE, fields="cheque")
        if (self.holder_id is not None) is not (self.provider is Provider.STORED_VALUE):
            raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="holder")

    @property
    def due_minor(self) -> int:
        """What its bill comes to by what was known where it began, minor units."""
        return self.bill.due_minor

    @property
    def change_minor(self) -> int:
        """Cash to hand back, minor units."""
        return max(self.tendered_minor - self.amount_minor, 0)

    @property
    def missing_minor(self) -> int:
        """What is still to be received, minor units."""
        return max(self.amount_minor - self.received_minor, 0)

    @property
    def can_begin(self) -> bool:
        """Whether a till may begin a payment so: what more becomes of it, its provider says or a later act."""
        is_marked = self.exception is not PaymentException.NONE or self.failure is not None
        longest = LONGEST_WAIT_BY_HAND_MS if self.method in BY_HAND else LONGEST_WAIT_MS
        if self.expires_at > self.created_at + longest:
            return False
        return self.status in _BEGINS and not (
            is_marked or self.held_minor or self.capture_minor + self.confirmed_minor
        )

    @property
    def proven(self) -> bool:
        """Whether it is paid by money that a till took or a provider proved, not by what a person said alone."""
        return self.status is PaymentStatus.PAID and not self.confirmed_minor

    def closed(self, at: Instant) -> bool:
        """Whether the payment ended without money so long ago that later money no longer settles it."""
        return self.status in SOFT_ENDS and at > (self.ended_at or self.expires_at) + RECONCILE_WINDOW_MS


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One change of a payment: from, to, who and when; `detail` is JSON that is safe to show and keep."""

    payment_id: PaymentId
    revision: int
    from_status: PaymentStatus
    to_status: PaymentStatus
    exception: PaymentException
    cause: Cause
    actor_id: UserId | None
    device_id: DeviceId
    at: Instant
    received_minor: int
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a till said when it confirmed a payment by hand, minor units: how much, and what it knew of the bill."""

    amount_minor: int
    known_minor: int

    @property
    def text(self) -> str:
        """How the event that explains it keeps it."""
        return f'{{"confirmed":{self.amount_minor},"known":{self.known_minor}}}'


class TransactionStatus(StrEnum):
    """Where one attempt at a provider stands; succeeded and failed are final."""

    PROCESSING = "processing"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


TRANSACTION_TRANSITIONS: Final[Mapping[TransactionStatus, frozenset[TransactionStatus]]] = {
    TransactionStatus.PROCESSING: frozenset(
        {TransactionStatus.PENDING, TransactionStatus.SUCCEEDED, TransactionStatus.FAILED}
    ),
    TransactionStatus.PENDING: frozenset({TransactionStatus.SUCCEEDED, TransactionStatus.FAILED}),
    TransactionStatus.SUCCEEDED: frozenset(),
    TransactionStatus.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class PaymentTransaction:
    """One attempt on a rail: the durable claim before a call, and the provider's answer after it."""

    id: TransactionId
    merchant_id: MerchantId
    payment_id: PaymentId
    kind: str
    provider: Provider
    reference: str
    status: TransactionStatus
    amount_minor: int
    currency: str
    created_at: Instant
    updated_at: Instant
    provider_ref: str = ""
    failure: FailureCode | None = None
    response: str = "{}"


def advance(
    intent: PaymentIntent,
    to: PaymentStatus,
    cause: Cause,
    at: Instant,
    exception: PaymentException | None = None,
) -> PaymentIntent:
    """Move a payment along TRANSITIONS; the only function that changes a status.

    Raises RuleBroken(INVALID_TRANSITION) for a move that is not in the table or not this cause's to make.
    """
    if cause not in TRANSITIONS[intent.status].get(to, frozenset()):
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=intent.reference, old=intent.status, new=to)
    return replace(
        intent,
        status=to,
        exception=intent.exception if exception is None else exception,
        paid_at=at if to is PaymentStatus.PAID else intent.paid_at,
        ended_at=at if to in SOFT_ENDS else intent.ended_at,
        updated_at=at,
        revision=intent.revision + 1,
    )
