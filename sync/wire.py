"""The wire between till and hub: the models of every request and answer, shared by both ends."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import ErrorCode
from domain.ids import DeviceId, MerchantId, MessageId
from domain.messages import Message, MessageKind, OutcomeKind

PROTOCOL: Final = 2
"""The protocol this build speaks; a hub speaks this one and the one before."""

PUSH_LIMIT: Final = 100
PAGE_LIMIT: Final = 100
BODY_LIMIT_BYTES: Final = 4 * 1024 * 1024

Id = Annotated[str, Field(min_length=1, max_length=64)]


class Wire(BaseModel):
    """A model on the wire: unknown fields of a newer peer are kept out, values are never coerced."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class FeedMessage(Wire):
    """A message of the feed, perhaps of a kind that only a newer program knows."""

    id: Id
    subject_id: Id
    kind: Annotated[str, Field(min_length=1, max_length=32)]
    body: Annotated[str, Field(max_length=64 * 1024)]
    body_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    device_id: Id

    def message(self, merchant_id: MerchantId) -> Message | None:
        """Return the message it carries, for the merchant of the token; None for a kind that is not known here."""
        if self.kind not in KINDS:
            return None
        return WireMessage(**self.model_dump()).message(merchant_id)


class WireMessage(FeedMessage):
    """A message; the merchant comes from the caller's token, never from here."""

    kind: Literal["account", "category", "holder", "payment", "person", "refund", "resolution", "setting", "voucher"]

    @classmethod
    def of(cls, message: Message) -> "WireMessage":
        """Return a message as it travels."""
        return cls(
            id=message.id,
            subject_id=message.subject_id,
            kind=message.kind.value,
            body=message.body,
            body_hash=message.body_hash,
            device_id=message.device_id,
        )

    def message(self, merchant_id: MerchantId) -> Message:
        """Return the message it carries, for the merchant of the token."""
        return Message(
            id=MessageId(self.id),
            subject_id=self.subject_id,
            kind=MessageKind(self.kind),
            body=self.body,
            merchant_id=merchant_id,
            device_id=DeviceId(self.device_id),
        )


class PushRequest(Wire):
    """Up to PUSH_LIMIT messages of a till, in their order. `hub_epoch` is the hub's that the till knows, or empty.

    `device_id` is what the till is now, or empty; after a restore it also tells what it queued in its former life.
    """

    protocol: int
    hub_epoch: Annotated[str, Field(max_length=64)] = ""
    device_id: Annotated[str, Field(max_length=64)] = ""
    messages: Annotated[list[WireMessage], Field(max_length=PUSH_LIMIT)]


class PushResult(Wire):
    """What the hub did with one message."""

    id: Id
    outcome: Literal["created", "exists", "rejected"]
    code: str | None = None


class PushAnswer(Wire):
    """One result for each message, in the same order."""

    hub_epoch: str
    results: list[PushResult]


class Change(Wire):
    """A fact of the merchant's feed.

    `book_no` is the register number the hub gave a voucher, `booked_on` the open day it counts on if that is another.
    """

    seq: int
    message: FeedMessage
    book_no: int | None = None
    booked_on: str | None = None


class Watched(Wire):
    """How fresh the hub's knowledge of a payment is: when the provider was last heard or asked about it."""

    payment_id: Id
    status: str
    checked_at: int | None


class ChangesPage(Wire):
    """A page of the feed after the till's cursor; fewer than the limit means that the till is up to date."""

    hub_epoch: str
    changes: list[Change]
    head_seq: int
    watched: list[Watched]


class Ring(Wire):
    """The doorbell: there is something after `seq`, pull now."""

    seq: int


class EnrolRequest(Wire):
    """A till that asks in with a one-time code."""

    protocol: int
    code: Annotated[str, Field(min_length=6, max_length=40)]
    device_id: Id
    name: Annotated[str, Field(max_length=60)]


class EnrolAnswer(Wire):
    """The till's place in the shop, and the token it shows from now on."""

    merchant_id: Id
    shop_name: str
    currency: str
    zone: str
    till_code: Annotated[str, Field(pattern=r"^\d\d$")]
    incarnation: Annotated[str, Field(pattern="^[A-Z]$")]
    token: str
    hub_device_id: Id
    hub_epoch: str
    people_key: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class PeopleKeyRequest(Wire):
    """A till that asks for the shop's people key. `own_key` is the one it uses until it hears another.

    It is `offered` where the till's people have PINs under it: the hub keeps it if it has none.
    """

    own_key: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    offered: bool


class PeopleKeyAnswer(Wire):
    """Whether the shop has a people key; it is told to a till that uses another one."""

    known: bool
    people_key: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class PersonSignIn(Wire):
    """A person who signs in at the hub, from the till whose token is shown."""

    person_id: Id
    pin: Annotated[str, Field(min_length=1, max_length=64)]


class PersonSignedIn(Wire):
    """The token that a person shows from now on in the header `Bana-Person`, good until `until` by the hub's clock."""

    token: str
    until: int


class PersonSignedOut(Wire):
    """Whether there was a sign-in to end."""

    ended: bool


class SuccessionRequest(Wire):
    """A restored till: the device it is from now on, and the letter that its numbers carry."""

    protocol: int
    device_id: Id
    incarnation: Annotated[str, Field(pattern="^[A-Z]$")]


class SuccessionAnswer(Wire):
    """Whether the hub has seated the device; if not, `incarnation` is the next letter that is free."""

    hub_epoch: str
    accepted: bool
    incarnation: Annotated[str, Field(pattern="^[A-Z]$")]


class Problem(Wire):
    """A refusal: one of the product's error codes, and nothing of the hub's inside."""

    code: ErrorCode


KINDS: Final = frozenset(kind.value for kind in MessageKind)
"""The kinds of message that this program knows."""

OUTCOMES: Final = {kind.value: kind for kind in OutcomeKind}
