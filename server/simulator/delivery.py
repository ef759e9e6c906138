"""Carries notices to the receiver, again and again as the provider would, and keeps every answer."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import httpx

from server.simulator.book import Book
from server.simulator.facts import Attempt, Notice, NoticeEnded
from server.simulator.settings import require_loopback_url

log = logging.getLogger(__name__)

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
AGAIN: Final = "again"
FAILED: Final = "failed"
LOST: Final = "lost"

CONNECT_TIMEOUT_S: Final = 15.0
HOLD_AT_MOST_S: Final = 20.0
"""A notice held back for reordering leaves after this long even when no other one overtakes it."""
ANSWER_KEPT: Final = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means: `kind` accepted, refused (final) or again (try later); `code` as the receiver said."""

    kind: str
    code: str


class Channel(Protocol):
    """One provider's way of sending: where to, how dressed, how often and how a reply is read."""

    @property
    def url(self) -> str:
        """Where the receiver listens now."""
        ...

    @property
    def waits_s(self) -> tuple[float, ...]:
        """Seconds between one attempt and the next; their number bounds the attempts."""
        ...

    @property
    def give_up_after_s(self) -> float | None:
        """Age in seconds after which a notice is no longer tried; None: never too old."""
        ...

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one attempt."""
        ...

    def judge(self, status: int, answer: str) -> Verdict:
        """Return what the reply means."""
        ...


class Courier:
    """Sends each notice in a task of its own; what was owed at a kill is sent by `resume` at the next start."""

    def __init__(self, book: Book, channels: Mapping[str, Channel], time_scale: float, timeout_s: float) -> None:
        self.time_scale = time_scale
        self._book = book
        self._channels = channels
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._first_tries: dict[int, asyncio.Event] = {}
        self._held: asyncio.Event | None = None

    def start(self) -> None:
        """Open the connection pool and take up what is still owed; called inside the running loop."""
        # The environment's proxies would carry a loopback call off this computer.
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._timeout_s, connect=min(CONNECT_TIMEOUT_S, self._timeout_s)),
        )
        for notice in self._book.open_notices():
            self._launch(notice, resumed=True)

    async def stop(self) -> None:
        """Stop sending; what is still owed stays owed."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def send(self, notice: Notice) -> None:
        """Start carrying a notice that the book already holds."""
        self._launch(notice, resumed=False)

    async def first_tries(self, event_ids: list[int], wait_s: float) -> None:
        """Wait until each of these notices has had its first attempt, or cannot have one now, or `wait_s` passed."""
        waiting = [self._first_tries[event_id].wait() for event_id in event_ids if event_id in self._first_tries]
        if waiting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*waiting), wait_s)

    def idle(self) -> bool:
        """Tell whether nothing is being sent or waiting to be sent."""
        return not self._tasks

    async def redeliver(self, notice: Notice, times: int, *, parallel: bool) -> list[Attempt]:
        """Send a notice again by hand, rightly signed, and return the receiver's answers."""
        if parallel:
            tries = list(await asyncio.gather(*(self._attempt(notice, by_hand=True) for _ in range(times))))
        else:
            tries = [await self._attempt(notice, by_hand=True) for _ in range(times)]
        taken = any(attempt.verdict == ACCEPTED for attempt in tries)
        if taken and self._book.ended.get(notice.event_id) != ACCEPTED:
            self._cancel(notice.event_id)
            self._book.write(NoticeEnded(notice.event_id, ACCEPTED, self._book.now()))
        return tries

    # ---- one notice's way

    def _launch(self, notice: Notice, *, resumed: bool) -> None:
        self._first_tries[notice.event_id] = asyncio.Event()
        task = asyncio.create_task(self._carry(notice, resumed=resumed))
        self._tasks[notice.event_id] = task
        task.add_done_callback(lambda done: self._forget(notice.event_id, done))

    def _forget(self, event_id: int, done: asyncio.Task[None]) -> None:
        self._tasks.pop(event_id, None)
        self._tried(event_id)
        if not done.cancelled() and (problem := done.exception()) is not None:
            log.error("notice %s could not be carried", event_id, exc_info=problem)

    def _tried(self, event_id: int) -> None:
        event = self._first_tries.pop(event_id, None)
        if event is not None:
            event.set()

    def _cancel(self, event_id: int) -> None:
        task = self._tasks.get(event_id)
        if task is not None:
            task.cancel()

    async def _carry(self, notice: Notice, *, resumed: bool) -> None:
        if notice.lost:
            self._end(notice, LOST)
            return
        if notice.held and not resumed:
            await self._hold(notice)
        await self._sleep_until(notice.not_before_ms)
        channel = self._channels[notice.provider]
        for number in range(self._rounds_done(notice), len(channel.waits_s) + 1):
            if number:
                await self._sleep_until(self._last_try_ms(notice) + self._wait_ms(channel, number))
            if self._too_old(notice, channel):
                break
            verdict = await self._round(notice, copies=1 if number else notice.copies)
            self._tried(notice.event_id)
            self._release()
            if verdict in {ACCEPTED, REFUSED}:
                self._end(notice, verdict)
                return
        self._end(notice, FAILED)

    def _rounds_done(self, notice: Notice) -> int:
        made = self._own_attempts(notice)
        # The copies of a duplicated notice all left in its first round, every later round is one attempt.
        return 0 if not made else 1 + len(made[notice.copies :])

    def _own_attempts(self, notice: Notice) -> list[Attempt]:
        return [attempt for attempt in self._book.attempts.get(notice.event_id, []) if not attempt.by_hand]

    async def _round(self, notice: Notice, copies: int) -> str:
        tries = await asyncio.gather(*(self._attempt(notice, by_hand=False) for _ in range(copies)))
        kinds = {attempt.verdict for attempt in tries}
        return next(kind for kind in (ACCEPTED, REFUSED, AGAIN) if kind in kinds)

    async def _attempt(self, notice: Notice, *, by_hand: bool) -> Attempt:
        channel = self._channels[notice.provider]
        at_ms = self._book.now()
        body, headers = channel.dressed(notice, at_ms, forged=notice.forged and not by_hand)
        status, answer = await self._post(channel.url, body, headers)
        verdict = Verdict(AGAIN, "") if status is None else channel.judge(status, answer)
        attempt = Attempt(
            event_id=notice.event_id,
            at_ms=at_ms,
            took_ms=self._book.now() - at_ms,
            status=status,
            answer=answer[:ANSWER_KEPT],
            verdict=verdict.kind,
            code=verdict.code,
            by_hand=by_hand,
        )
        self._book.write(attempt)
        return attempt

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, str]:
        assert self._client is not None, "the courier was not started"
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._client.post(require_loopback_url(url), content=body, headers=headers)
        except (httpx.RequestError, TimeoutError) as problem:
            return None, type(problem).__name__
        return reply.status_code, reply.text

    def _end(self, notice: Notice, how: str) -> None:
        self._book.write(NoticeEnded(notice.event_id, how, self._book.now()))

    # ---- waiting

    async def _hold(self, notice: Notice) -> None:
        if self._held is not None:
            return
        self._held = asyncio.Event()
        self._tried(notice.event_id)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._held.wait(), HOLD_AT_MOST_S)
        self._held = None

    def _release(self) -> None:
        if self._held is not None:
            self._held.set()

    def _last_try_ms(self, notice: Notice) -> int:
        return max(attempt.at_ms for attempt in self._own_attempts(notice))

    def _wait_ms(self, channel: Channel, number: int) -> float:
        return channel.waits_s[number - 1] * 1000 * self.time_scale

    def _too_old(self, notice: Notice, channel: Channel) -> bool:
        # Real hours, not scaled ones: the limit is about a provider that was down, not about its patience.
        limit_s = channel.give_up_after_s
        return limit_s is not None and self._book.now() - notice.at_ms > limit_s * 1000

    async def _sleep_until(self, due_ms: float) -> None:
        await asyncio.sleep(max(0.0, (due_ms - self._book.now()) / 1000))
