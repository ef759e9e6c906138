"""The way down: the hub's feed page by page, each page and the cursor behind it in one commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import structlog

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, MerchantId, PaymentId
from domain.messages import Cursor, Incoming
from sync.batch import BatchSize
from sync.ports import Hub, HubProblem, Ledger, RunInLedger, in_ledger
from sync.wire import PAGE_LIMIT, Change, ChangesPage, Watched

_log = structlog.get_logger("sync.pull")

WATCH_LIMIT: Final = 20

NOTE_EVERY_MS: Final = 60_000
"""How often a pull that brought nothing is noted on disk, so that an idle till does not write at every poll."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one page brought: how many facts, whether more wait, and how fresh the hub's word on payments is."""

    facts: int
    more: bool
    watched: Sequence[Watched]


@dataclass(slots=True)
class Pull:
    """Reads the feed of `merchant_id` from the till's cursor on."""

    ledger: Ledger
    run: RunInLedger
    hub: Hub
    now: Callable[[], Instant]
    merchant_id: MerchantId
    _size: BatchSize = field(default_factory=lambda: BatchSize(PAGE_LIMIT))
    _noted_at: Instant | None = None

    async def step(self, on_screen: PaymentId | None = None) -> Pulled:
        """Fetch and apply one page; `on_screen` is asked about first.

        Raises HubProblem, with HUB_BEHIND if the hub is not the one the cursor belongs to or has less than the till
        has read; raises DomainError if the page cannot be applied. The cursor stays in either case.
        """
        cursor, open_payments = await in_ledger(self.run, lambda: (self.ledger.cursor(), self.ledger.watched()))
        watch = list(dict.fromkeys(([on_screen] if on_screen else []) + list(open_payments)))[:WATCH_LIMIT]
        limit = self._size.now
        try:
            page = await self.hub.changes(cursor.seq, limit, watch)
        except HubProblem as problem:
            if problem.too_much:
                self._size.shrink(limit)
            raise
        facts = self._facts(page, cursor, limit)
        await self._apply(facts, page.hub_epoch, cursor)
        self._size.grow()
        asked = frozenset(watch)
        return Pulled(len(facts), len(facts) == limit, [w for w in page.watched if w.payment_id in asked])

    def _facts(self, page: ChangesPage, cursor: Cursor, limit: int) -> Sequence[Incoming]:
        if cursor.hub_epoch and page.hub_epoch != cursor.hub_epoch:
            raise HubProblem(ErrorCode.HUB_BEHIND, "epoch")
        if page.head_seq < cursor.seq:
            raise HubProblem(ErrorCode.HUB_BEHIND, "cursor")
        steps = [cursor.seq, *(change.seq for change in page.changes)]
        in_order = all(before < after for before, after in pairwise(steps))
        if not in_order or steps[-1] > page.head_seq or len(page.changes) > limit or not page.hub_epoch:
            raise HubProblem(ErrorCode.NET_UNREACHABLE, "unreadable")
        return [self._fact(change) for change in page.changes]

    def _fact(self, change: Change) -> Incoming:
        message = change.message.message(self.merchant_id)
        if message is None:
            _log.warning("message_skipped", message_id=change.message.id, kind=change.message.kind, seq=change.seq)
        elif message.body_hash != change.message.body_hash:
            raise HubProblem(ErrorCode.NET_UNREACHABLE, "unreadable")
        return Incoming(change.seq, message, change.book_no, change.booked_on)

    async def _apply(self, facts: Sequence[Incoming], hub_epoch: str, cursor: Cursor) -> None:
        at = self.now()
        # A clock that was set back counts as long ago.
        noted = self._noted_at is not None and 0 <= at - self._noted_at < NOTE_EVERY_MS
        if not facts and cursor.hub_epoch and noted:
            return
        try:
            await in_ledger(self.run, lambda: self.ledger.apply_page(facts, hub_epoch, at))
        except DomainError:
            if facts:
                # A smaller page brings what stands before the fact that cannot be applied.
                self._size.shrink(len(facts))
            raise
        self._noted_at = at
