"""A till's ledger in memory, with the promises of `sync.ports.Ledger`, and hubs in memory to go with it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from domain.errors import DomainError, ErrorCode
from domain.ids import DeviceId, Instant, MerchantId, MessageId, PaymentId
from domain.messages import Cursor, Incoming, Message, MessageKind, Outcome, OutcomeKind, Queued
from domain.rows import QueueState
from sync.ports import HubProblem
from sync.wire import ChangesPage, PushAnswer, PushRequest, Watched
from tests.fakes.flaky_hub import HubBooks

T = TypeVar("T")

SHOP = MerchantId("shop-1")
TILL = DeviceId("till-1")
START = Instant(1_763_690_000_000)


def a_message(name: str, subject: str | None = None, body: str = "{}") -> Message:
    """Return a message of this till called `name`."""
    return Message(MessageId(name), subject or name, MessageKind.VOUCHER, body, SHOP, TILL)


def run_inline(op: Callable[[], T], /) -> Future[T]:
    """Run a ledger call at once, as a writer lane without a thread."""
    done: Future[T] = Future()
    try:
        done.set_result(op())
    except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
        done.set_exception(error)
    return done


@dataclass
class Row:
    """A row of the outbox."""

    message: Message
    due: int
    attempts: int = 0
    outcome: Outcome | None = None


@dataclass
class MemoryLedger:
    """Rows, cursor and what was applied; `refuse_to_apply` and `broken` raise as a database would."""

    rows: list[Row] = field(default_factory=list)
    read_to: Cursor = field(default_factory=lambda: Cursor("", 0))
    applied: list[Incoming] = field(default_factory=list)
    commits: int = 0
    expiries: list[int] = field(default_factory=list)
    open_payments: list[PaymentId] = field(default_factory=list)
    refuse_to_apply: set[str] = field(default_factory=set)
    broken: Exception | None = None
    sent_at: Instant | None = None
    pulled_at: Instant | None = None

    def add(self, *messages: Message, due: int = 0) -> None:
        """Queue messages, as the commit of a sale does."""
        self.rows += [Row(message, due) for message in messages]

    def names(self, kind: OutcomeKind | None) -> list[str]:
        """Return the messages with an outcome, or those that wait (None), in their order."""
        return [row.message.id for row in self.rows if (row.outcome.kind if row.outcome else None) is kind]

    def code_of(self, name: str) -> ErrorCode | None:
        """Return why a message was refused."""
        outcome = next(row.outcome for row in self.rows if row.message.id == name)
        return outcome.code if outcome else None

    def claim_due(self, at: Instant, limit: int) -> Sequence[Queued]:
        self._check()
        claimed: list[Queued] = []
        for row in self._waiting():
            if row.due > at or len(claimed) == limit:
                break
            claimed.append(Queued(row.message, row.attempts))
        return claimed

    def settle_push(self, results: Sequence[tuple[MessageId, Outcome]], at: Instant, hub_epoch: str) -> None:
        self._commit()
        outcomes = dict(results)
        for row in self.rows:
            if row.message.id in outcomes:
                assert row.outcome is None, "a message is answered for once"
                row.outcome = outcomes[row.message.id]
        self.read_to = Cursor(self.read_to.hub_epoch or hub_epoch, self.read_to.seq)
        self.sent_at = at

    def postpone(self, ids: Sequence[MessageId], until: Instant, at: Instant) -> None:
        self._commit()
        for row in self.rows:
            if row.message.id in ids:
                row.attempts += 1
                row.due = until

    def hasten(self, at: Instant) -> None:
        self._commit()
        for row in self._waiting():
            row.due = at

    def cursor(self) -> Cursor:
        self._check()
        return self.read_to

    def apply_page(self, page: Sequence[Incoming], hub_epoch: str, at: Instant) -> None:
        for fact in page:
            if fact.message is not None and fact.message.id in self.refuse_to_apply:
                raise DomainError(ErrorCode.SERIES_BROKEN)
        self._commit()
        self.applied += page
        self.read_to = Cursor(hub_epoch, page[-1].seq if page else self.read_to.seq)
        self.pulled_at = at

    def next_due(self) -> Instant | None:
        self._check()
        waiting = self._waiting()
        return Instant(waiting[0].due) if waiting else None

    def watched(self) -> Sequence[PaymentId]:
        self._check()
        return self.open_payments

    def queue(self) -> QueueState:
        self._check()
        waiting, refused = len(self._waiting()), len(self.names(OutcomeKind.REJECTED))
        return QueueState(waiting, refused, None, self.sent_at, self.pulled_at)

    def expire(self, at: Instant) -> int:
        self._commit()
        self.expiries.append(at)
        return 0

    def _waiting(self) -> list[Row]:
        waiting: list[Row] = []
        held: set[str] = set()
        for row in self.rows:
            if row.outcome is None and row.message.subject_id not in held:
                waiting.append(row)
            elif row.outcome is not None and row.outcome.kind is OutcomeKind.REJECTED:
                held.add(row.message.subject_id)
        return waiting

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _commit(self) -> None:
        self._check()
        self.commits += 1


@dataclass
class MemoryHub:
    """HubBooks without a line; `silent` raises instead of answering, `lost` after the work is done."""

    books: HubBooks = field(default_factory=HubBooks)
    silent: HubProblem | None = None
    lost: HubProblem | None = None
    tries: list[tuple[str, float]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    watches: list[list[str]] = field(default_factory=list)
    closed: bool = False

    async def push(self, request: PushRequest) -> PushAnswer:
        self._begin("push")
        self.sizes.append(len(request.messages))
        answer = self.books.push(request)
        self._end()
        return answer

    async def changes(self, after: int, limit: int, watch: Sequence[PaymentId]) -> ChangesPage:
        self._begin("pull")
        self.watches.append(list(watch))
        page = self.books.changes(after, limit, watch)
        self._end()
        return page

    async def check_payment(self, payment_id: PaymentId) -> Watched:
        self._begin("check")
        self._end()
        return Watched(payment_id=payment_id, status="paid", checked_at=self.books.checked_at)

    async def aclose(self) -> None:
        self.closed = True

    def times(self, kind: str) -> list[float]:
        """When calls of a kind were tried, in seconds."""
        return [at for tried, at in self.tries if tried == kind]

    def _begin(self, kind: str) -> None:
        self.tries.append((kind, asyncio.get_running_loop().time()))
        if self.silent is not None:
            raise self.silent

    def _end(self) -> None:
        if self.lost is not None:
            raise self.lost


UNREACHABLE = HubProblem(ErrorCode.NET_UNREACHABLE, "connection")
