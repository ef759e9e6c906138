"""What the engine needs from outside: the till's ledger, the lane its calls run on, and the hub."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from domain.errors import ErrorCode, SyncProblem
from domain.ids import Instant, MessageId, PaymentId
from domain.messages import Cursor, Incoming, Outcome, Queued
from domain.rows import QueueState
from sync.wire import ChangesPage, PushAnswer, PushRequest, Watched

T = TypeVar("T")

BLOCKING: Final = frozenset(
    {
        ErrorCode.HUB_VERSION,
        ErrorCode.TILL_UNKNOWN,
        ErrorCode.TILL_FORKED,
        ErrorCode.HUB_BEHIND,
        ErrorCode.RESTORED_TOO_OFTEN,
        ErrorCode.LETTERS_SPENT,
    }
)
"""Problems that trying again does not mend: a person has to act."""


class Ledger(Protocol):
    """The till's database as the engine sees it: each call is one committed unit of work, or one read.

    The engine makes one call at a time. Every call may raise StorageUnavailable.
    """

    def claim_due(self, at: Instant, limit: int) -> Sequence[Queued]:
        """Return the oldest waiting messages in the order they were queued, up to the first that is not due at `at`.

        Nothing younger overtakes a message that is put off (a device's vouchers are a chain). A refused message is
        not waiting: it holds back only later messages of its own subject. The call marks nothing.
        """

    def settle_push(self, results: Sequence[tuple[MessageId, Outcome]], at: Instant, hub_epoch: str) -> None:
        """Keep the hub's answers: created and exists are acknowledged, rejected is refused with its code.

        A till that knew no hub epoch keeps `hub_epoch`.
        """

    def postpone(self, ids: Sequence[MessageId], until: Instant, at: Instant) -> None:
        """Put off messages that got no answer: one more attempt each, next one due at `until`."""

    def hasten(self, at: Instant) -> None:
        """Make every waiting message due now: the hub has been heard again, or a person asked."""

    def cursor(self) -> Cursor:
        """Return how far the feed has been read."""

    def apply_page(self, page: Sequence[Incoming], hub_epoch: str, at: Instant) -> None:
        """Apply a page with `receive_at_till` and move the cursor behind its last fact, in one commit.

        An empty page keeps the hub's epoch and that the till was up to date at `at`. Raises DomainError for a fact
        that cannot be applied; nothing of the page is kept then.
        """

    def next_due(self) -> Instant | None:
        """Return when the oldest waiting message is due, or None if nothing waits."""

    def watched(self) -> Sequence[PaymentId]:
        """Return this till's open provider payments whose freshness is worth asking for, newest first."""

    def queue(self) -> QueueState:
        """Return what waits and how fresh this till is."""

    def expire(self, at: Instant) -> int:
        """End the open payments whose time is over; return how many."""


class RunInLedger(Protocol):
    """Runs a ledger call on the till's one writer lane, as `Executor.submit` does."""

    def __call__(self, op: Callable[[], T], /) -> Future[T]:
        """Queue `op`; the future has its result or what it raised."""
        ...


async def in_ledger(run: RunInLedger, op: Callable[[], T]) -> T:
    """Run `op` on the writer lane and wait for it without holding the engine's loop."""
    return await asyncio.wrap_future(run(op))


class HubProblem(SyncProblem):
    """No usable answer of the hub. `reason` is a word for the log and the support screen, never raw foreign text.

    `retry_after_ms` is how long the hub asked to be left alone; `refusal` is the hub's own word on a request it will
    not take as it is, and `field` the field that it is about; `too_much` says that a smaller request may pass.
    """

    def __init__(
        self,
        code: ErrorCode,
        reason: str,
        *,
        retry_after_ms: int | None = None,
        refusal: ErrorCode | None = None,
        too_much: bool = False,
        field: str | None = None,
    ) -> None:
        super().__init__(code, **{"reason": reason} | ({"field": field} if field is not None else {}))
        self.reason = reason
        self.retry_after_ms = retry_after_ms
        self.refusal = refusal
        self.too_much = too_much
        self.field = field


class Hub(Protocol):
    """The hub as the engine sees it; every call raises HubProblem when there is no usable answer."""

    async def push(self, request: PushRequest) -> PushAnswer:
        """Offer messages; the answer has one result for each, in their order."""

    async def changes(self, after: int, limit: int, watch: Sequence[PaymentId]) -> ChangesPage:
        """Return the feed after `after`, at most `limit` facts, and how fresh the hub's word on `watch` is."""

    async def check_payment(self, payment_id: PaymentId) -> Watched:
        """Let the hub ask the provider about a payment now."""

    async def aclose(self) -> None:
        """Close the kept connection."""
