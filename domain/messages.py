"""Messages: every fact that travels between till and hub, in one shape with one fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from domain.errors import ErrorCode
from domain.ids import DeviceId, MerchantId, MessageId

_LONGEST_ID: Final = 64


class MessageKind(StrEnum):
    """The facts that travel."""

    ACCOUNT = "account"
    CATEGORY = "category"
    HOLDER = "holder"
    PAYMENT = "payment"
    PERSON = "person"
    REFUND = "refund"
    RESOLUTION = "resolution"
    SETTING = "setting"
    VOUCHER = "voucher"


@dataclass(frozen=True, slots=True)
class Message:
    """A fact on its way: `id` is the idempotency key, order is kept per `subject_id`, `body` is canonical JSON."""

    id: MessageId
    subject_id: str
    kind: MessageKind
    body: str
    merchant_id: MerchantId
    device_id: DeviceId

    @property
    def body_hash(self) -> str:
        """SHA-256 of the body in hex; the same id with another hash is a conflict."""
        return hashlib.sha256(self.body.encode()).hexdigest()


class OutcomeKind(StrEnum):
    """What the receiver did with a message."""

    CREATED = "created"
    EXISTS = "exists"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one message; `code` says why it was rejected."""

    kind: OutcomeKind
    code: ErrorCode | None = None


CREATED = Outcome(OutcomeKind.CREATED)
EXISTS = Outcome(OutcomeKind.EXISTS)


def rejected(code: ErrorCode) -> Outcome:
    """Return the answer to a message that can never be accepted as it is."""
    return Outcome(OutcomeKind.REJECTED, code)


def canonical_json(value: Mapping[str, Any]) -> str:
    """Write a mapping so that equal facts are equal texts: keys sorted, no blanks, UTF-8 letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def acted_by(body: str, by: str, at: int) -> str:
    """Return a fact's body with who made it and when, for the hub to check whether they may."""
    return canonical_json({**json.loads(body), "by": by, "at": at})


def actor_in(body: str) -> tuple[str, int] | None:
    """Return who made a fact and when, or None if its body does not say so in a way that can be read."""
    try:
        told = json.loads(body)
        by, at = told["by"], told["at"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
    return (by, at) if isinstance(by, str) and 0 < len(by) <= _LONGEST_ID and type(at) is int else None


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits to be sent, and how often the other side gave no answer to it."""

    message: Message
    attempts: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far this till has read the feed of the hub it knows; the epoch is empty before the first contact."""

    hub_epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A fact of the hub's feed; `message` is None where it is of a kind that this program does not know.

    `book_no` is the register number the hub gave a voucher, `booked_on` the open day it counts on where its own date
    was closed.
    """

    seq: int
    message: Message | None
    book_no: int | None
    booked_on: str | None = None


@dataclass(frozen=True, slots=True)
class Succession:
    """A restored till tells its hub that it goes on as another device, whose numbers carry the letter `incarnation`.

    `doubled` says that it issued numbers before it heard that another life of it had given the same ones: it cannot be
    told to the hub any more, and a person must restore it again.
    """

    device_id: DeviceId
    incarnation: str
    doubled: bool = False
