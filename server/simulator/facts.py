"""What can happen at the simulated providers: one frozen value per kind of fact, as the journal keeps it.

Amounts are whole VND (of a stall: minor units of a currency), instants UTC milliseconds since 1970 (`…_ms`).
"""

from dataclasses import asdict, dataclass
from typing import Final

from server.simulator.journal import Record

VNPAY: Final = "vnpay"
BANK: Final = "bank"


@dataclass(frozen=True, slots=True)
class QrCreated:
    """VNPAY made a QR for a bill of the till."""

    txn_id: str
    id_qrcode: int
    amount: int
    qr_text: str
    expires_ms: int | None
    merchant_type: str
    service_code: str
    description: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class BankOrder:
    """A VietQR text was shown to the customer; `amount` None means the payer types it."""

    order_id: int
    qr_text: str
    amount: int | None
    content: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class VnpayPayment:
    """VNPAY finished a customer's attempt: `code` 00 took the money, any other code did not.

    `amount` is before a voucher (debitAmount), `real_amount` what the customer's account lost.
    """

    qr_trace: str
    txn_id: str
    code: str
    amount: int
    real_amount: int
    bank_code: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class BankLine:
    """Money came into the watched account; `order_id` names the shown QR it answers, when there was one."""

    sepay_id: int
    order_id: int | None
    amount: int
    accumulated: int
    content: str
    reference: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A shown QR ended without money: `how` is `declined` or `expired`."""

    offer: str
    how: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """VNPAY gave money back."""

    refund_txn_id: str
    qr_trace: str
    kind: str
    amount: int
    refund_trace: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification that the receiver is owed; `body` holds the exact bytes as text.

    `not_before_ms` delays the first attempt, `copies` are sent at once, `forged` spoils the signature, `held`
    lets the next notice overtake this one, `lost` never sends it.
    """

    event_id: int
    provider: str
    offer: str
    amount: int
    body: str
    at_ms: int
    not_before_ms: int
    copies: int
    forged: bool
    held: bool
    lost: bool
    currency: str = "VND"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a notice, with what the receiver answered (`status` None: no answer)."""

    event_id: int
    at_ms: int
    took_ms: int
    status: int | None
    answer: str
    verdict: str
    code: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class NoticeEnded:
    """A notice is finished: `accepted`, `refused`, `failed` (gave up) or `lost`."""

    event_id: int
    how: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Planned:
    """The customer will do this later: `request` is the JSON of the control API's pay call."""

    plan_id: int
    offer: str
    due_ms: int
    request: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class PlanDone:
    """A planned act was carried out or was found to be impossible."""

    plan_id: int


@dataclass(frozen=True, slots=True)
class StallFact:
    """A stall's document of this kind and key is now `json`; `number` is the last one given out by then."""

    stall: str
    kind: str
    key: str
    json: str
    number: int
    at_ms: int


Fact = (
    QrCreated
    | BankOrder
    | VnpayPayment
    | BankLine
    | Closed
    | Refunded
    | Notice
    | Attempt
    | NoticeEnded
    | Planned
    | PlanDone
    | StallFact
)

_KINDS: Final[dict[str, type[Fact]]] = {
    kind.__name__: kind
    for kind in (
        QrCreated,
        BankOrder,
        VnpayPayment,
        BankLine,
        Closed,
        Refunded,
        Notice,
        Attempt,
        NoticeEnded,
        Planned,
        PlanDone,
        StallFact,
    )
}


def as_record(fact: Fact) -> Record:
    """Return the fact as the journal writes it."""
    return {"fact": type(fact).__name__, **asdict(fact)}


def from_record(record: Record) -> Fact:
    """Return the fact that `as_record` wrote; raises KeyError or TypeError for another shape."""
    values = dict(record)
    return _KINDS[values.pop("fact")](**values)
