"""The way up: what waits in the outbox goes to the hub in its order, and stays until the hub has answered for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from domain.errors import ErrorCode
from domain.ids import Instant, MessageId
from domain.messages import Cursor, Outcome, OutcomeKind, Queued, rejected
from sync.backoff import LONGEST_MS, Backoff
from sync.batch import BatchSize
from sync.ports import BLOCKING, Hub, HubProblem, Ledger, RunInLedger, in_ledger
from sync.wire import BODY_LIMIT_BYTES, OUTCOMES, PROTOCOL, PUSH_LIMIT, PushAnswer, PushRequest, PushResult, WireMessage

_log = structlog.get_logger("sync.push")

# Room for the request around its messages.
_ROOM_BYTES: Final = BODY_LIMIT_BYTES - 1024


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a step did: whether the hub answered, and whether more may be due."""

    answered: bool
    more: bool


_NOTHING_DUE: Final = Pushed(answered=False, more=False)
_GOES_ON: Final = Pushed(answered=True, more=True)


@dataclass(slots=True)
class Push:
    """Sends the outbox batch by batch; the ids of a message never change, so sending again is harmless."""

    ledger: Ledger
    run: RunInLedger
    hub: Hub
    now: Callable[[], Instant]
    backoff: Backoff
    device_id: Callable[[], str] = str
    _size: BatchSize = field(default_factory=lambda: BatchSize(PUSH_LIMIT))
    _silences: int | None = None

    async def step(self, longest_ms: int = LONGEST_MS) -> Pushed:
        """Send one batch and keep the hub's answers.

        Raises HubProblem; what was sent is then put off by at most `longest_ms` or by what the hub asked for, unless
        the problem is one that only a person can mend.
        """
        at = self.now()
        cursor, queued = await in_ledger(self.run, lambda: (self.ledger.cursor(), self._claim(at)))
        if not queued:
            return _NOTHING_DUE
        batch = pack(queued)
        if not batch:
            await self._settle([(queued[0].message.id, rejected(ErrorCode.MESSAGE_MALFORMED))], cursor.hub_epoch)
            return Pushed(answered=False, more=True)
        ids = [MessageId(message.id) for message in batch]
        try:
            answer = await self.hub.push(
                PushRequest(
                    protocol=PROTOCOL,
                    hub_epoch=cursor.hub_epoch,
                    device_id=self.device_id(),
                    messages=list(batch),
                )
            )
            results = _results(ids, answer, cursor)
        except HubProblem as problem:
            if problem.refusal is ErrorCode.MESSAGE_MALFORMED:
                await self._isolate(ids, cursor)
                return _GOES_ON
            await self._unanswered(problem, queued[0].attempts, ids, longest_ms)
            raise
        await self._settle(results, answer.hub_epoch)
        self._silences = 0
        self._size.grow()
        return _GOES_ON

    def heard(self) -> None:
        """Forget earlier silences: the hub answers again."""
        self._silences = 0

    def _claim(self, at: Instant) -> Sequence[Queued]:
        return self.ledger.claim_due(at, self._size.now)

    async def _settle(self, results: Sequence[tuple[MessageId, Outcome]], hub_epoch: str) -> None:
        at = self.now()
        await in_ledger(self.run, lambda: self.ledger.settle_push(results, at, hub_epoch))
        for message_id, outcome in results:
            if outcome.kind is OutcomeKind.REJECTED:
                _log.warning("message_refused", message_id=message_id, code=outcome.code)

    async def _isolate(self, ids: Sequence[MessageId], cursor: Cursor) -> None:
        """Find the message for which the hub refuses the whole request, so that the others can pass."""
        if len(ids) > 1:
            self._size.shrink(len(ids))
            return
        await self._settle([(ids[0], rejected(ErrorCode.MESSAGE_MALFORMED))], cursor.hub_epoch)

    async def _unanswered(self, problem: HubProblem, attempts: int, ids: Sequence[MessageId], longest_ms: int) -> None:
        if problem.too_much:
            self._size.shrink(len(ids))
        if problem.code in BLOCKING:
            return
        # The first silence after a start goes on from where the last run of the program was.
        self._silences = (attempts if self._silences is None else self._silences) + 1
        delay = max(self.backoff.delay_ms(self._silences, longest_ms), problem.retry_after_ms or 0)
        at = self.now()
        await in_ledger(self.run, lambda: self.ledger.postpone(ids, Instant(at + delay), at))


def pack(queued: Sequence[Queued]) -> Sequence[WireMessage]:
    """Return the messages, from the first on, that fit in one request.

    It ends before a message that the wire has no room for; empty if that is the first.
    """
    batch: list[WireMessage] = []
    room = _ROOM_BYTES
    for waiting in queued:
        try:
            packed = WireMessage.of(waiting.message)
            room -= len(packed.model_dump_json().encode()) + 1
        except ValueError:  # too long, or letters that are half a pair
            break
        if room < 0:
            break
        batch.append(packed)
    return batch


def _results(ids: Sequence[MessageId], answer: PushAnswer, cursor: Cursor) -> Sequence[tuple[MessageId, Outcome]]:
    if cursor.hub_epoch and answer.hub_epoch != cursor.hub_epoch:
        raise HubProblem(ErrorCode.HUB_BEHIND, "epoch")
    if [result.id for result in answer.results] != ids:
        raise HubProblem(ErrorCode.NET_UNREACHABLE, "unreadable")
    return [(MessageId(result.id), _outcome(result)) for result in answer.results]


def _outcome(result: PushResult) -> Outcome:
    kind = OUTCOMES[result.outcome]
    if kind is not OutcomeKind.REJECTED:
        return Outcome(kind)
    return rejected(ErrorCode.__members__.get(result.code or "", ErrorCode.HUB_REFUSED))
