"""What things are called where people see them: a payment's status, an account, a voucher's source."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, Literal

from domain.accounts import CONTROL_ACCOUNTS, Control
from domain.matching import PREFIX, find_reference, shown_reference
from domain.money import Language
from domain.payments import OPEN, PaymentException, PaymentStatus
from domain.posting_rules import RULES
from domain.rails import BY_HAND, Method
from domain.vouchers import HAND_CONFIRMED, RECLASS, REVERSAL, SETTLED


class CounterStatus(StrEnum):
    """What the cashier sees; SHORT, LATE, BY_HAND, HELD and NOTED never look like paid in full, on time and proven."""

    PREPARING = "preparing"
    PENDING = "pending"
    UNKNOWN = "unknown"
    HELD = "held"
    NOTED = "noted"
    PAID = "paid"
    BY_HAND = "by_hand"
    SHORT = "short"
    LATE = "late"
    OVER = "over"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOIDED = "voided"


class TrackingGroup(StrEnum):
    """The three groups of the payment list (requirement TRK-2): only MOVED is revenue."""

    MOVED = "moved"
    IN_PROGRESS = "in_progress"
    NOT_PASSED = "did_not_pass"


_BY_STATUS: Final = {
    PaymentStatus.CREATED: CounterStatus.PREPARING,
    PaymentStatus.UNRESOLVED: CounterStatus.UNKNOWN,
    PaymentStatus.PENDING: CounterStatus.PENDING,
    PaymentStatus.AUTHORIZED: CounterStatus.HELD,
    PaymentStatus.PAID: CounterStatus.PAID,
    PaymentStatus.FAILED: CounterStatus.FAILED,
    PaymentStatus.EXPIRED: CounterStatus.EXPIRED,
    PaymentStatus.CANCELLED: CounterStatus.CANCELLED,
}
_PAID_WITH: Final = {
    PaymentException.PAID_LATE: CounterStatus.LATE,
    PaymentException.PAID_OVER: CounterStatus.OVER,
    PaymentException.PAID_TWICE: CounterStatus.OVER,
    PaymentException.CONFIRMED_BY_HAND: CounterStatus.BY_HAND,
}


def counter_status(
    status: PaymentStatus, exception: PaymentException, voided: bool = False, *, method: Method | None = None
) -> CounterStatus:
    """Return the counter's word for a payment (pending, paid, failed, expired and what needs an eye).

    By its `method` a cheque, or other money that is settled by hand, is noted and not come yet.
    """
    if method in BY_HAND and status is PaymentStatus.PENDING:
        return CounterStatus.NOTED
    if voided:
        return CounterStatus.VOIDED
    if exception is PaymentException.PAID_SHORT:
        return CounterStatus.SHORT
    return _PAID_WITH.get(exception, CounterStatus.PAID) if status is PaymentStatus.PAID else _BY_STATUS[status]


def tracking_group(status: PaymentStatus, voided: bool = False) -> TrackingGroup:
    """Return the group of the payment list that a payment stands in; a sale that was taken back is no revenue."""
    if voided:
        return TrackingGroup.NOT_PASSED
    if status is PaymentStatus.PAID:
        return TrackingGroup.MOVED
    return TrackingGroup.IN_PROGRESS if status in OPEN else TrackingGroup.NOT_PASSED


def rail_word(status: PaymentStatus) -> str:
    """Return success, pending or failed: the vocabulary of rails (requirement RAIL-2)."""
    if status is PaymentStatus.PAID:
        return "success"
    return "pending" if status in OPEN else "failed"


CheckoutWord = Literal["pending", "authorized", "paid", "failed", "expired", "cancelled"]
EntityWord = Literal["pending", "completed", "failed", "refunded", "charged_back"]

_CHECKOUT_WORDS: Final[Mapping[PaymentStatus, CheckoutWord]] = {
    PaymentStatus.CREATED: "pending",
    PaymentStatus.PENDING: "pending",
    PaymentStatus.UNRESOLVED: "pending",
    PaymentStatus.AUTHORIZED: "authorized",
    PaymentStatus.PAID: "paid",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.EXPIRED: "expired",
    PaymentStatus.CANCELLED: "cancelled",
}


def checkout_word(status: PaymentStatus) -> CheckoutWord:
    """Return pending, authorized, paid, failed, expired or cancelled: what an ordering system is told."""
    return _CHECKOUT_WORDS[status]


def entity_word(status: PaymentStatus, refunded_minor: int, captured_minor: int, charged_back: bool) -> EntityWord:
    """Return pending, completed, failed, refunded or charged_back: the vocabulary of the transaction entity."""
    if charged_back:
        return "charged_back"
    if status is PaymentStatus.PAID:
        return "refunded" if captured_minor and refunded_minor >= captured_minor else "completed"
    return "pending" if status in OPEN else "failed"


_CONTROLS: Final = {row.key: (row.name_vi, row.name_en) for row in CONTROL_ACCOUNTS}


def account_name(control: Control | None, name: str, language: Language) -> str:
    """Return a control account's name in a language; a wallet's own `name` stands in every one."""
    return name if control is None else _CONTROLS[control][language is not Language.VI]


STORED_VALUE_PAID: Final = "prov:stored_value"
"""The kind of source event by which the hub books that stored value paid."""

_SOURCES: Final = frozenset(
    {
        "cash",
        "opening",
        "applied",
        "manual",
        "top_up",
        "refund",
        "refund_done",
        "refund_returned",
        "resolved",
        HAND_CONFIRMED,
        REVERSAL,
        RECLASS,
        SETTLED,
    }
)
_SAID_BY_THE_MEMO: Final = frozenset({"source.manual", "source.other"})


def source_key(kind: str) -> str:
    """Return the key of the text catalogue that says where a voucher came from, by the kind of its source event."""
    family, _, rest = kind.partition(":")
    event, _, _system = rest.partition("@")
    if family == "event" and event in RULES:
        return f"event.{event}"
    if kind == STORED_VALUE_PAID:
        return "source.stored_value"
    if family == "prov":
        return "source.provider"
    return f"source.{kind}" if kind in _SOURCES else "source.other"


def memo_text(memo: str) -> str:
    """Return a memo as people read it: a payment's reference in groups."""
    return shown_reference(memo) if memo.startswith(PREFIX) and find_reference(memo) else memo


def voucher_text(kind: str, memo: str, say: Callable[[str], str]) -> str:
    """Return what a voucher was for in one line: where it came from, and its memo; a person's own words stand alone.

    `kind` is that of its source event, `say` the text catalogue.
    """
    source = source_key(kind)
    if memo and source in _SAID_BY_THE_MEMO:
        return memo_text(memo)
    return " · ".join(part for part in (say(source), memo_text(memo)) if part)
