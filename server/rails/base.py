"""What every payment provider's client offers the hub, and the values that pass between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, runtime_checkable

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.notices import Authorization, ChargeBack, RefundNotice
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.strict_json import Unreadable
from server.vault import Secret

Credentials = Mapping[str, Secret]
"""A merchant's opened credentials by field name, the open values among them too."""

MAX_NOTIFICATION_BYTES: Final = 256 * 1024

OLDER_MS: Final = 24 * 3_600_000
"""More than the clocks of a hub and a provider differ."""

MADE_BEFORE: Final = frozenset({FailureCode.INVALID_TRANSITION, FailureCode.AMOUNT_MISMATCH})
"""How a refund is refused of a payment whose money was given back."""

Outcome = Literal["accepted", "duplicate", "unavailable"]
"""What became of a notification here: stored, known already, or not stored so that it must come again."""

RefusalReason = Literal["signature", "stale", "malformed", "foreign"]


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One line of a provider's credentials form; `label` is (Vietnamese, English)."""

    name: str
    label: tuple[str, str]
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub replies to a provider's notification."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A genuine notification that reports no money for the shop, such as a transfer out; store and accept it."""

    provider: Provider
    dedupe_key: str
    text: str = ""


Notice = Receipt | Authorization | RefundNotice | ChargeBack | Ignored
"""Everything that a genuine notification can tell."""

Notices = tuple[Notice, ...]
"""What one notification tells of several movements, at least one; all of it is kept before it is answered."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of movements from the provider's own list.

    Pass `cursor` to the next call, at once when `more`; after a `failure` it is the cursor that was asked with, and
    nothing may be concluded from the absence of a movement. `unreadable` counts rows that were left out.
    """

    receipts: tuple[Receipt, ...]
    cursor: str
    more: bool = False
    unreadable: int = 0
    failure: FailureCode | None = None


class NotificationRefused(Exception):
    """A notification must not be believed; `answer` is what its sender is told, `reason` is for the security log."""

    def __init__(self, reason: RefusalReason, answer: Answer) -> None:
        super().__init__(reason)
        self.reason: RefusalReason = reason
        self.answer = answer


class CallFailed(Exception):
    """A call to a provider brought no usable answer; `maybe_done` unless it is certain that nothing happened there.

    Raised and caught inside this package; `response` is safe to keep. `status` is the HTTP status of a refusal and
    `answer` the JSON object that explained it, as it came: not safe to keep, and empty where there was none.
    """

    def __init__(
        self,
        failure: FailureCode,
        maybe_done: bool,
        response: str = "{}",
        status: int = 0,
        answer: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.maybe_done = maybe_done
        self.response = response
        self.status = status
        self.answer: Mapping[str, object] = answer or {}


class RailAdapter(Protocol):
    """A client of one provider's protocol; it holds no state and touches no database."""

    @property
    def provider(self) -> Provider:
        """Whose protocol this is."""

    @property
    def credential_fields(self) -> tuple[CredentialField, ...]:
        """What the owner fills in, in the order of the form."""

    @property
    def account_fields(self) -> tuple[tuple[str, ...], ...]:
        """The fields that say which account of the provider is read, together; several where it has several names.

        Two merchants whose values are the same hear of each other's money, so the hub connects one of them alone.
        """

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies of the books that the provider can take (ISO 4217)."""

    @property
    def lists_movements(self) -> bool:
        """True where `statement` works, False where `check` does."""

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask the provider for a code to show: PENDING with `qr_text`, FAILED if none exists, else UNKNOWN."""

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask what became of a payment; FAILED is the provider's own word only, every doubt is UNKNOWN.

        SUCCESS carries the receipts that the notifications of the same money would have given, of every movement that
        the provider lists: those may have been lost, and after this answer nobody asks again.
        """

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice | Notices:
        """Verify a notification's raw bytes and return what it says; raises NotificationRefused."""

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Return the reply to a verified notification; `unavailable` makes the provider send it again.

        `notification` is the first of its notices where it has several.
        """

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """List money that arrived after the cursor `after`, with the dedupe keys of its notifications.

        An empty cursor begins three days before `received_at`. One request per call: the caller keeps the pace.
        """


@runtime_checkable
class Refunds(Protocol):
    """An adapter whose provider gives money back when it is asked."""

    def refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Ask for money to be given back: SUCCESS, PENDING, FAILED by the provider's own word, every doubt UNKNOWN.

        Asked again with the same reference it gives nothing back twice; where the provider has no idempotency of its
        own, the adapter looks for the reference first.
        """

    def check_refund(self, http: httpx.Client, credentials: Credentials, order: RefundOrder) -> RailResult:
        """Ask what became of a refund; FAILED is the provider's own word only, every doubt is UNKNOWN."""


@runtime_checkable
class Captures(Protocol):
    """An adapter whose provider holds money first and takes it when it is told (authorize, then capture)."""

    def capture(
        self, http: httpx.Client, credentials: Credentials, context: PaymentContext, amount_minor: int
    ) -> RailResult:
        """Take `amount_minor` of what is held, the rest is let go; SUCCESS carries the receipt."""

    def void(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Let go of what is held; SUCCESS once nothing is held any more."""


@runtime_checkable
class Withdraws(Protocol):
    """An adapter whose provider can be told that a payment is not wanted any more."""

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Make sure that nobody can pay it any more: SUCCESS, or FAILED when it is paid or cannot be withdrawn."""


@dataclass(frozen=True, slots=True)
class Widget:
    """A provider's part of the hub's page on which a customer pays; card numbers are typed into it, never into ours.

    `script` is the address of the provider's script. `scripts` are the origins from which scripts may come, `others`
    those that the page may ask and load the rest from. `place` is the HTML in which the widget appears, with the words
    of the page in `{pay}` and `{checking}`. `before` and `after` are scripts of our own around the provider's; they
    call `cardFormAway()` where the widget cannot be shown.
    """

    script: str
    scripts: tuple[str, ...]
    others: tuple[str, ...]
    place: str
    before: str = ""
    after: str = ""


@runtime_checkable
class ShowsWidget(Protocol):
    """An adapter whose provider has no page: the hub shows one of its own with a widget (`PaymentContext.page_url`)."""

    def widget(self, credentials: Credentials, context: PaymentContext) -> Widget:
        """Return what the page of a payment shows; raises CallFailed where there is nothing to show."""


@runtime_checkable
class Charges(Protocol):
    """An adapter whose widget hands the hub a word (a nonce) for which the provider takes the money once."""

    def charge(self, http: httpx.Client, credentials: Credentials, context: PaymentContext, nonce: str) -> RailResult:
        """Take or hold the payment's money; nothing is taken twice for one reference. SUCCESS carries the receipt."""


@runtime_checkable
class AnswersChallenges(Protocol):
    """An adapter whose provider asks for a proof when its notifications' address is set up."""

    def challenge(self, credentials: Credentials, query: Mapping[str, str]) -> Answer | None:
        """Return the proof that a GET asks for, None if it asks for none."""


def is_of_before(at: Instant, context: PaymentContext) -> bool:
    """Whether something that bears a payment's reference was made long before the payment, and so for another one.

    References begin anew with a shop that is set up again, or a second one, on the same account at a provider.
    """
    return at < context.created_at - OLDER_MS


def of_all(paid: Sequence[RailResult]) -> RailResult:
    """Return what several results of one payment come to, all of them money: the newest, with the receipts of all."""
    receipts = tuple(sorted((receipt for each in paid for receipt in each.receipts), key=lambda one: one.paid_at))
    newest = next(each for each in paid if receipts[-1] in each.receipts)
    received_minor = sum(receipt.amount_minor for receipt in receipts)
    return replace(newest, receipts=receipts, received_minor=received_minor, paid_at=receipts[-1].paid_at)


def require_refund(order: RefundOrder, payment_ref: str, amount_minor: int, currency: str) -> None:
    """Raise Unreadable unless a refund that bears our reference or id is the one that was ordered.

    `payment_ref` is the provider's id of the payment that it gives back, empty where the provider does not say it. One
    of another payment or sum must not stand in the books for ours.
    """
    if payment_ref not in ("", order.payment_provider_ref):
        raise Unreadable("a refund of another payment")
    if (amount_minor, currency) != (order.amount_minor, order.currency):
        raise Unreadable("a refund of another sum")


def best_of(made: Iterable[RailResult]) -> RailResult | None:
    """Return what refunds that bear one reference come to, None of none: given back, else perhaps, else refused."""
    order = (RailStatus.SUCCESS, RailStatus.PENDING, RailStatus.UNKNOWN, RailStatus.FAILED)
    return min(made, key=lambda result: order.index(result.status), default=None)


def doubted(result: RailResult, order: RefundOrder) -> RailResult:
    """Return the answer to a refund, for a provider without idempotency whose search may be behind.

    That a refund cannot be made any more, said to one that was asked for before, may mean that it was made then.
    """
    done = result.status is RailStatus.FAILED and result.failure in MADE_BEFORE
    return replace(result, status=RailStatus.UNKNOWN) if order.repeated and done else result


def settings_of(fields: tuple[CredentialField, ...], credentials: Credentials) -> dict[str, str]:
    """Return the value of every field, its default where none is kept.

    Raises CallFailed(CREDENTIALS_MISSING) when a required one is empty.
    """
    settings = {field.name: value_of(field, credentials) for field in fields}
    if any(field.required and not settings[field.name] for field in fields):
        raise CallFailed(FailureCode.CREDENTIALS_MISSING, maybe_done=False)
    return settings


def value_of(field: CredentialField, credentials: Credentials) -> str:
    """Return one field's value or its default; open values lose the blanks around them that pasting brings."""
    text = credentials[field.name].reveal() if field.name in credentials else ""
    return text if field.secret else text.strip() or field.default
