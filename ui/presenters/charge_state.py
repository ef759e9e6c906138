"""What the Charge screen shows: one frozen value for the entry, the payment on screen and the recent list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from domain.contract_terms import Bound
from domain.display import CounterStatus
from domain.errors import DomainError, FailureCode
from domain.ids import Instant, PaymentId
from domain.payment_rows import PaymentDetail
from domain.payments import PaymentException, PaymentIntent
from domain.rails import Method, Presents, given_by
from domain.routing import Choice, Trouble
from ui.presenters.charge_sale import Sale
from ui.presenters.presenter import Words
from ui.presenters.slip import Slip
from ui.presenters.unfinished import Unfinished
from ui.work import Link, SyncView

Pattern = tuple[tuple[bool, ...], ...]
"""The dark modules of a code, row by row, without its quiet zone."""

TILE_KEYS: Final = 9
"""The tiles that are shown have the keys Alt+1 to Alt+9, in their order."""


class Stage(StrEnum):
    """What the counter is doing; only ENTRY takes an amount."""

    ENTRY = "entry"
    STARTING = "starting"
    WAITING = "waiting"
    HELD = "held"
    NOTED = "noted"
    PAID = "paid"
    BY_HAND = "by_hand"
    SHORT = "short"
    OVER = "over"
    LATE = "late"
    FAILED = "failed"
    EXPIRED = "expired"


STAGES: Final = {
    CounterStatus.PREPARING: Stage.WAITING,
    CounterStatus.PENDING: Stage.WAITING,
    CounterStatus.UNKNOWN: Stage.WAITING,
    CounterStatus.HELD: Stage.HELD,
    CounterStatus.NOTED: Stage.NOTED,
    CounterStatus.PAID: Stage.PAID,
    CounterStatus.BY_HAND: Stage.BY_HAND,
    CounterStatus.SHORT: Stage.SHORT,
    CounterStatus.OVER: Stage.OVER,
    CounterStatus.LATE: Stage.LATE,
    CounterStatus.FAILED: Stage.FAILED,
    CounterStatus.EXPIRED: Stage.EXPIRED,
    CounterStatus.CANCELLED: Stage.ENTRY,
}
"""Where each of the counter's words takes the screen."""


class Rest(StrEnum):
    """How the rest of a short payment is to come."""

    UNDECIDED = "undecided"
    WAIT = "wait"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Tile:
    """A method the cashier may choose; `needs_network` greys it while the hub is out of reach.

    `trouble` warns that its provider is slow or does not answer; it may be chosen all the same. `bound` is the limit of
    a contract that this amount would pass whatever option is asked for, `barred` that no terms allow it: both grey it.
    """

    method: Method
    chosen: bool
    needs_network: bool
    trouble: Trouble | None = None
    bound: Bound | None = None
    barred: bool = False

    @property
    def available(self) -> bool:
        """Whether it can take this amount now."""
        return not (self.needs_network or self.bound or self.barred)


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """The payment on the counter's screen; amounts are minor units.

    `left_s` is its code's time in whole seconds, `checked_ago_s` how old the provider's last word is (None before the
    first), `returns_in_s` when the screen goes back by itself (None where a person must decide). `blind` says that no
    news can come now, `checked` tells how the last question to the provider ended. `sale` is what it pays, wholly or in
    part, and `status` is the counter's word for it by all the money of that sale. `hold` says that its money is only to
    be held, `held_minor` what is held, `capture_minor` what of that was ordered to be taken. `option` is the payment
    option that was asked for, empty for none.
    """

    id: PaymentId
    reference: str
    method: Method
    status: CounterStatus
    sale: Sale
    amount_minor: int
    received_minor: int
    tendered_minor: int
    change_minor: int
    by_hand: bool
    failure: FailureCode | None
    paid_at: Instant | None
    created_at: Instant
    expires_at: Instant
    qr_text: str
    unsent: bool
    refused: bool = False
    pattern: Pattern | None = None
    left_s: int = 0
    checked_ago_s: int | None = None
    returns_in_s: int | None = None
    blind: bool = False
    checking: bool = False
    checked: Words | None = None
    rest: Rest = Rest.UNDECIDED
    rest_pattern: Pattern | None = None
    hold: bool = False
    held_minor: int = 0
    held_until: Instant | None = None
    capture_minor: int = 0
    option: str = ""

    @property
    def missing_minor(self) -> int:
        """What is still to be received."""
        return max(self.amount_minor - self.received_minor, 0)

    @property
    def excess_minor(self) -> int:
        """What was received above what the sale comes to."""
        return self.sale.excess_minor

    @property
    def given(self) -> Presents:
        """What the customer is given to pay."""
        return given_by(self.method)

    @property
    def code_for_rest(self) -> bool:
        """Whether the till can make another code that asks for what is missing: only of a code of its own."""
        return bool(self.qr_text) and self.given is Presents.OWN_CODE

    @property
    def is_part(self) -> bool:
        """Whether it has done its part of a sale of which more is missing."""
        return self.sale.is_part(self.status)


@dataclass(frozen=True, slots=True)
class StoredFunds:
    """The customer whose stored value is to pay, as far as this till knows; the hub decides.

    `name` is empty where nobody is known by the number that was typed. Amounts are minor units: what can be spent, and
    what is missing of the payment. `heard_at` is when this till last heard from the hub.
    """

    name: str
    phone: str
    available_minor: int
    missing_minor: int
    heard_at: Instant | None


@dataclass(frozen=True, slots=True)
class ChargeState:
    """Everything the Charge screen draws; amounts are minor units of `currency`.

    `tender_minor` is the cash being typed that the customer hands over, None while the amount due is typed. While a
    `sale` is paid in parts the amount is that of the next part; `change_minor` is to be handed back of the last one.
    `unfinished` are the day's other sales that are paid in part. `hold` says that the next money is only held.
    `slip` is what was typed of a cheque or of other money that is settled by hand, None for every other method.
    `stored` is the customer whose stored value is to pay, once their number was typed and looked for.
    `options` are the payment options of the method if there are several, `option` the one chosen, empty before;
    while `asking` they are what a person is to choose from. `bound` is the limit that the amount would pass, `barred`
    says that no terms allow the method.
    """

    currency: str
    stage: Stage = Stage.ENTRY
    method: Method = Method.VIETQR
    amount_minor: int = 0
    parts: tuple[int, ...] = ()
    tender_minor: int | None = None
    tiles: tuple[Tile, ...] = ()
    offers: tuple[int, ...] = ()
    can_charge: bool = False
    customer: str = ""
    payment: ShownPayment | None = None
    sale: Sale | None = None
    change_minor: int = 0
    can_split: bool = False
    too_much: bool = False
    can_hold: bool = False
    hold: bool = False
    can_confirm: bool = False
    slip: Slip | None = None
    stored: StoredFunds | None = None
    options: tuple[Choice, ...] = ()
    option: str = ""
    asking: bool = False
    bound: Bound | None = None
    barred: bool = False
    unfinished: tuple[Unfinished, ...] = ()
    asking_cancel: bool = False
    problem: DomainError | None = None


NOTHING_TYPED: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "parts": (),
        "tender_minor": None,
        "offers": (),
        "can_charge": False,
        "sale": None,
        "change_minor": 0,
        "can_split": False,
        "can_hold": False,
        "hold": False,
        "options": (),
        "option": "",
        "asking": False,
        "bound": None,
        "barred": False,
        "too_much": False,
    }
)
"""What of the state belongs to an entry, as it is while a payment is on screen."""


def of_intent(intent: PaymentIntent, sale: Sale) -> ShownPayment:
    """Return a payment that was just started or ended, as the screen shows it; its message has not been sent yet.

    `sale` is what was known of its sale before.
    """
    after = sale.with_payment(intent)
    return ShownPayment(
        id=intent.id,
        reference=intent.reference,
        method=intent.method,
        status=after.word(intent.status, intent.exception, intent.method),
        sale=after,
        amount_minor=intent.amount_minor,
        received_minor=intent.received_minor,
        tendered_minor=intent.tendered_minor,
        change_minor=intent.change_minor,
        by_hand=intent.exception is PaymentException.CONFIRMED_BY_HAND,
        failure=intent.failure,
        paid_at=intent.paid_at,
        created_at=intent.created_at,
        expires_at=intent.expires_at,
        qr_text=intent.qr_text,
        unsent=True,
        hold=not intent.capture,
        held_minor=intent.held_minor,
        held_until=intent.held_until,
        capture_minor=intent.capture_minor,
        option=intent.option,
    )


def of_detail(detail: PaymentDetail, before: ShownPayment | None) -> ShownPayment:
    """Return a payment as it was read, keeping what the screen alone knows of it from `before`."""
    row, sale = detail.row, Sale.of_row(detail.sale)
    fresh = ShownPayment(
        id=row.id,
        reference=row.reference,
        method=row.method,
        status=sale.word(row.status, row.exception, row.method),
        sale=sale,
        amount_minor=row.amount_minor,
        received_minor=row.received_minor,
        tendered_minor=detail.tendered_minor,
        change_minor=detail.change_minor,
        by_hand=row.exception is PaymentException.CONFIRMED_BY_HAND,
        failure=row.failure,
        paid_at=row.paid_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        qr_text=detail.qr_text,
        unsent=row.unsent,
        refused=row.refused,
        hold=not detail.capture,
        held_minor=row.held_minor,
        held_until=row.held_until,
        capture_minor=row.capture_minor,
        option=detail.option,
    )
    if before is None or before.id != row.id:
        return fresh
    return replace(
        fresh,
        pattern=before.pattern if before.qr_text == fresh.qr_text else None,
        # An answer of before is no news any more once money came.
        checked=before.checked
        if (before.status, before.received_minor) == (fresh.status, fresh.received_minor)
        else None,
        checking=before.checking,
        rest=before.rest,
        rest_pattern=before.rest_pattern if before.received_minor == fresh.received_minor else None,
    )


def at_moment(payment: ShownPayment, now: Instant, sync: SyncView, returns_at: Instant | None) -> ShownPayment:
    """Return the payment with everything that depends on the clock and on the link to the hub."""
    fresh = sync.freshness(payment.id)
    checked_at = None if fresh is None else fresh.checked_at
    return replace(
        payment,
        left_s=max(0, -(-(payment.expires_at - now) // 1000)),
        checked_ago_s=None if checked_at is None else max(0, (now - checked_at) // 1000),
        returns_in_s=None if returns_at is None else max(0, -(-(returns_at - now) // 1000)),
        blind=sync.state != Link.ONLINE and payment.method is not Method.CASH,
    )
