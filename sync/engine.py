"""The till's background engine: one thread that sends what waits, fetches what is new and keeps the status true."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

import structlog

from domain.errors import DomainError, ErrorCode, StorageUnavailable, SyncProblem
from domain.ids import Instant, MerchantId, PaymentId
from sync.address import STARTING
from sync.backoff import Backoff
from sync.link import Link, LinkEvent, LinkState, SyncStatus
from sync.pace import Pace
from sync.ports import BLOCKING, Hub, HubProblem, Ledger, RunInLedger, in_ledger
from sync.pull import Pull
from sync.push import Push

T = TypeVar("T")

STOP_S: Final = 3.0
EXPIRY_EVERY_MS: Final = 1_000
STARTING_MS: Final = 30_000
"""How long after the engine's start this till's own hub may take to answer before the till calls itself offline."""

_BUG_PAUSE_S: Final = 30.0
_CLOSE_S: Final = 1.0

_log = structlog.get_logger("sync.engine")


class Bell(Protocol):
    """What rings when the hub has something new."""

    async def run(self, ring: Callable[[], None], reachable: asyncio.Event) -> None:
        """Call `ring` whenever a pull may bring something; wait while `reachable` is not set."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work at intervals: `start` begins it on whatever lane it needs and returns its future.

    The next one starts `every_ms` after the last has ended, so a job never runs twice at once and missed times
    become one.
    """

    name: str
    every_ms: int
    start: Callable[[], Future[object]]


class Engine:
    """Push, pull, doorbell and jobs on one thread with one asyncio loop.

    Ledger calls go through `run_in_ledger` to the till's writer lane, one at a time. Timing is the loop's monotonic
    clock; `now` is only for what is kept and shown, so a wrong wall clock delays nothing.

    The timers are plain asyncio: a sleep after each run gives what a scheduler's `max_instances=1` and `coalesce`
    give, needs no wall clock, costs no import, and runs in virtual time in tests.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        run_in_ledger: RunInLedger,
        hub: Hub,
        merchant_id: MerchantId,
        now: Callable[[], Instant],
        bell: Bell | None = None,
        jobs: Sequence[Job] = (),
        chance: Callable[[], float] = random.random,
        device_id: Callable[[], str] = str,
        greet: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`device_id` is what the till is now; `greet` settles with the hub what comes before every exchange."""
        self._ledger = ledger
        self._run = run_in_ledger
        self._hub = hub
        self._now = now
        self._bell = bell
        backoff = Backoff(chance)
        self._push = Push(ledger, run_in_ledger, hub, now, backoff, device_id)
        self._greet = greet or _nothing_to_settle
        self._pull = Pull(ledger, run_in_ledger, hub, now, merchant_id)
        self._pace = Pace(backoff)
        self._link = Link(now)
        self._jobs = (Job("expiry", EXPIRY_EVERY_MS, self._expire), *jobs)
        self._on_screen: PaymentId | None = None
        self._hasten = False
        self._starting_until = 0
        self._door = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop_asked = threading.Event()
        self._alarm = asyncio.Event()
        self._stopping = asyncio.Event()
        self._reachable = asyncio.Event()

    # What other threads call.

    @property
    def status(self) -> SyncStatus:
        """The status now; may be read from any thread."""
        return self._link.status

    def listen(self, listener: Callable[[SyncStatus], None]) -> None:
        """Have `listener` called with each new status, on the engine's thread; to be said before `start`."""
        self._link.listen(listener)

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self.live()), name="sync", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was queued: send it now, unless the hub is silent and its time has not come. From any thread."""
        self._tell(lambda: self._pace.wake(self._ms()))

    def sync_now(self) -> None:
        """A person asks, or the hub has just been started: forget the waiting times and try. From any thread."""
        self._tell(self._asked)

    def watch(self, payment_id: PaymentId | None) -> None:
        """Poll every 2 s for a payment that is on screen; None when it has left. From any thread."""
        self._on_screen = payment_id
        self._tell(self._watch)

    def remote(self, op: Callable[[Hub], Awaitable[T]]) -> Future[T]:
        """Run an act that needs the hub, such as `lambda hub: hub.check_payment(id)`, on the engine's thread.

        The future has its result or a SyncProblem, whose code is the hub's own word if it said one.
        """
        with self._door:
            if self._loop is not None:
                return asyncio.run_coroutine_threadsafe(self._act(op), self._loop)
        refused: Future[T] = Future()
        refused.set_exception(HubProblem(ErrorCode.NET_UNREACHABLE, "stopped"))
        return refused

    def stop(self, timeout_s: float = STOP_S) -> bool:
        """Stop, leaving whatever is under way to be repeated; return whether the thread has ended in time."""
        self._stop_asked.set()
        self._tell(self._stopping.set)
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # What runs on the engine's thread.

    async def live(self) -> None:
        """Run until `stop`; `start` calls it on a thread of its own."""
        with self._door:
            self._loop = asyncio.get_running_loop()
        if self._stop_asked.is_set():
            self._stopping.set()
        self._watch()
        self._starting_until = self._ms() + STARTING_MS
        works = [self._kept_up("cycles", self._cycles)]
        works += [self._kept_up(job.name, partial(self._repeat, job)) for job in self._jobs]
        if self._bell is not None:
            works.append(self._kept_up("doorbell", partial(self._bell.run, self._ring, self._reachable)))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await self._stopping.wait()
        finally:
            with self._door:
                self._loop = None
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            with contextlib.suppress(TimeoutError):  # the connection dies with the thread in any case
                async with asyncio.timeout(_CLOSE_S):
                    await self._hub.aclose()

    async def _cycles(self) -> None:
        while True:
            await self._until_needed()
            if self._hasten:
                await self._hasten_all()
            pushed = not self._pace.push_due(self._ms()) or await self._try_push()
            if pushed and self._pace.pull_due(self._ms()):
                await self._try_pull()
            await self._look_at_queue()

    async def _until_needed(self) -> None:
        self._alarm.clear()
        left_ms = self._pace.next_at() - self._ms()
        while left_ms > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_ms / 1_000):
                    await self._alarm.wait()
            self._alarm.clear()
            left_ms = self._pace.next_at() - self._ms()

    async def _try_push(self) -> bool:
        self._pace.push_begins(self._ms())
        try:
            await self._greet()
            pushed = await self._push.step(self._pace.longest_push_wait_ms())
        except HubProblem as problem:
            self._no_answer(problem)
            if problem.code not in BLOCKING:
                self._pace.push_failed(self._ms(), problem.retry_after_ms)
            return False
        except DomainError as error:
            self._own_failure(error)
            return False
        self._pace.pushed(self._ms(), pushed.more)
        if pushed.answered:
            self._heard()
            self._pace.ring(self._ms())
        return True

    async def _try_pull(self) -> None:
        self._pace.pull_begins(self._ms())
        try:
            await self._greet()
            pulled = await self._pull.step(self._on_screen)
        except HubProblem as problem:
            self._no_answer(problem)
            if problem.code not in BLOCKING:
                self._pace.pull_failed(self._ms(), problem.retry_after_ms)
            return
        except StorageUnavailable as error:
            self._own_failure(error)
            return
        except DomainError as error:
            self._heard()
            self._link.trouble(error.code)
            self._pace.pull_stuck(self._ms())
            return
        self._heard()
        self._link.trouble(None)
        self._link.pulled(pulled.watched)
        self._hasten = self._pace.pulled(self._ms(), pulled.more) or self._hasten

    async def _look_at_queue(self) -> None:
        """Show what waits, and see when the oldest of it is due."""
        try:
            queue, due = await in_ledger(self._run, lambda: (self._ledger.queue(), self._ledger.next_due()))
        except DomainError as error:
            self._own_failure(error)
            return
        self._link.counted(queue)
        if due is None:
            return
        left_ms = due - self._now()
        self._hasten = self._hasten or not self._pace.plausible(self._ms(), left_ms)
        if self._hasten:
            self._pace.wake(self._ms())
        else:
            self._pace.queue_due(self._ms(), left_ms)

    async def _hasten_all(self) -> None:
        at = self._now()
        try:
            await in_ledger(self._run, lambda: self._ledger.hasten(at))
        except DomainError as error:
            self._own_failure(error)
            return
        self._hasten = False
        self._push.heard()

    def _no_answer(self, problem: HubProblem) -> None:
        if problem.reason == STARTING and self._ms() < self._starting_until:
            return  # not lost, but not there yet
        barred = problem.code in BLOCKING
        self._link.happened(LinkEvent.BARRED if barred else LinkEvent.SILENT, problem.code, problem.reason)
        if barred:
            self._pace.blocked(self._ms())
        self._tell_reachable()

    def _heard(self) -> None:
        self._link.happened(LinkEvent.HEARD)
        self._tell_reachable()

    def _own_failure(self, error: DomainError) -> None:
        _log.warning("ledger_failed", code=error.code)
        self._link.trouble(error.code)
        self._pace.own_failure(self._ms())

    def _tell_reachable(self) -> None:
        if self._link.status.state is LinkState.ONLINE:
            self._reachable.set()
        else:
            self._reachable.clear()

    def _asked(self) -> None:
        self._hasten = True
        self._link.happened(LinkEvent.ASKED)
        self._pace.asked(self._ms())

    def _watch(self) -> None:
        self._pace.watch(self._ms(), self._on_screen is not None)

    def _ring(self) -> None:
        self._pace.ring(self._ms())
        self._alarm.set()

    async def _act(self, op: Callable[[Hub], Awaitable[T]]) -> T:
        try:
            return await op(self._hub)
        except HubProblem as problem:
            if problem.refusal is not None:
                raise SyncProblem(problem.refusal) from problem
            raise
        finally:
            # Whatever came of it, the feed tells what it changed, or the pull that the hub is gone.
            self._ring()

    def _expire(self) -> Future[object]:
        at = self._now()
        return self._run(lambda: self._ledger.expire(at))

    async def _repeat(self, job: Job) -> None:
        while True:
            await asyncio.sleep(job.every_ms / 1_000)
            try:
                await asyncio.wrap_future(job.start())
            except DomainError as error:
                _log.warning("job_failed", job=job.name, code=error.code)

    async def _kept_up(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:  # noqa: BLE001 - a bug of ours must neither end the sending for good nor spin
                _log.exception("engine_bug", work=name)
                self._link.trouble(ErrorCode.UNEXPECTED)
            await asyncio.sleep(_BUG_PAUSE_S)

    def _ms(self) -> int:
        return int(asyncio.get_running_loop().time() * 1_000)

    def _tell(self, act: Callable[[], None]) -> None:
        def on_loop() -> None:
            act()
            self._alarm.set()

        with self._door:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(on_loop)


async def _nothing_to_settle() -> None:
    """A till that was never restored says nothing before it begins."""
