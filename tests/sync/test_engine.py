"""The engine in virtual time: when it tries, what wakes it, and what it does for a person."""

import asyncio
from concurrent.futures import Future
from itertools import pairwise
from typing import Any

import pytest

from domain.errors import DomainError, ErrorCode, SyncProblem
from domain.ids import PaymentId
from domain.messages import OutcomeKind
from sync.address import STARTING
from sync.engine import Job
from sync.link import LinkState
from sync.ports import Hub, HubProblem
from sync.wire import Watched
from tests.sync.memory_ledger import START, UNREACHABLE, MemoryHub, a_message
from tests.sync.virtual_till import SilentBell, Till

_ON_SCREEN = PaymentId("pay-1")


def test_what_waits_is_sent_before_the_first_pull_and_the_till_is_online() -> None:
    till = Till()
    till.ledger.add(a_message("a"))

    till.run_for(0.1)

    assert [kind for kind, _ in till.hub.tries[:2]] == ["push", "pull"]
    assert till.ledger.names(OutcomeKind.CREATED) == ["a"]
    assert till.engine.status.state is LinkState.ONLINE
    assert [status.state for status in till.statuses][:1] == [LinkState.ONLINE]
    assert till.engine.status.last_sent_at == START
    assert till.hub.closed


def test_a_wake_sends_at_once() -> None:
    till = Till()

    async def sell() -> None:
        await asyncio.sleep(10)
        till.ledger.add(a_message("sale"))
        till.engine.wake()
        await asyncio.sleep(0.01)
        assert till.ledger.names(OutcomeKind.CREATED) == ["sale"]

    till.run(sell)


def test_what_was_queued_without_a_wake_is_swept_up_by_the_next_poll() -> None:
    till = Till()

    async def sell_silently() -> None:
        await asyncio.sleep(10)
        till.ledger.add(a_message("sale"))
        await asyncio.sleep(31)
        assert till.ledger.names(OutcomeKind.CREATED) == ["sale"]

    till.run(sell_silently)


def test_an_idle_till_polls_every_thirty_seconds_and_hardly_writes() -> None:
    till = Till(jobs=())

    till.run_for(600.5)

    assert till.hub.times("pull") == [float(at) for at in range(0, 601, 30)]
    assert till.hub.times("push") == []
    assert till.ledger.commits - len(till.ledger.expiries) <= 11


def test_a_payment_on_screen_is_polled_every_two_seconds_until_it_leaves() -> None:
    till = Till()
    till.hub.books.statuses[_ON_SCREEN] = "pending"

    async def show() -> None:
        await asyncio.sleep(5)
        till.engine.watch(_ON_SCREEN)
        await asyncio.sleep(20.5)
        fresh = till.engine.status.freshness(_ON_SCREEN)
        assert fresh is not None
        assert till.now() - fresh.heard_at <= 2_000
        till.engine.watch(None)
        await asyncio.sleep(60)

    till.run(show)

    pulls = till.hub.times("pull")
    assert pulls[:11] == [0.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0, 23.0, 25.0]
    # The poll that was set while it was on screen is still made.
    assert pulls[11:] == [27.0, 57.0]


def test_what_happens_during_a_slow_call_is_not_forgotten_after_it() -> None:
    bell = SilentBell()
    till = Till(bell=bell)
    plain_push, plain_changes = till.hub.push, till.hub.changes

    async def slow_push(request: Any) -> Any:
        answer = await plain_push(request)
        await asyncio.sleep(3)
        return answer

    async def slow_changes(*asked: Any) -> Any:
        page = await plain_changes(*asked)
        await asyncio.sleep(3)
        return page

    async def sell_and_ring() -> None:
        await asyncio.sleep(5)
        till.hub.push = slow_push  # type: ignore[method-assign]  # a long line
        till.hub.changes = slow_changes  # type: ignore[method-assign, assignment]  # a long line
        till.ledger.add(a_message("first"))
        till.engine.wake()
        await asyncio.sleep(1)
        till.ledger.add(a_message("during the push"))
        till.engine.wake()
        await asyncio.sleep(9)
        assert till.ledger.names(None) == []
        await asyncio.sleep(10)
        bell.ring()
        await asyncio.sleep(1)
        till.hub.books.publish(a_message("during the pull"))
        bell.ring()
        await asyncio.sleep(6)
        assert [fact.message.id for fact in till.ledger.applied] == ["during the pull"]

    till.run(sell_and_ring)


def test_a_hub_that_starts_beside_the_till_is_being_connected_to_and_not_lost() -> None:
    till = Till(hub=MemoryHub(silent=HubProblem(ErrorCode.NET_UNREACHABLE, STARTING)))

    states = []

    async def start_late() -> None:
        for wait_s in (29, 35):
            await asyncio.sleep(wait_s)
            states.append(till.engine.status.state)
        till.hub.silent = None
        till.engine.sync_now()
        await asyncio.sleep(1)
        states.append(till.engine.status.state)

    till.run(start_late)
    assert states == [LinkState.CONNECTING, LinkState.OFFLINE, LinkState.ONLINE]


def test_a_payment_shown_before_the_start_is_polled_as_well() -> None:
    till = Till()
    till.engine.watch(_ON_SCREEN)

    till.run_for(4.5)

    assert till.hub.times("pull") == [0.0, 2.0, 4.0]


def test_a_ring_pulls_at_once_and_a_storm_of_rings_four_times_a_second() -> None:
    bell = SilentBell()
    till = Till(bell=bell)

    async def ring() -> None:
        await asyncio.sleep(5)
        assert bell.reachable.is_set()
        till.hub.books.publish(a_message("news"))
        bell.ring()
        await asyncio.sleep(0.01)
        assert [fact.message.id for fact in till.ledger.applied] == ["news"]
        before = len(till.hub.times("pull"))
        for _ in range(1_000):
            bell.ring()
            await asyncio.sleep(0.01)
        assert 35 <= len(till.hub.times("pull")) - before <= 41

    till.run(ring)


def test_the_doorbell_waits_while_the_hub_is_not_heard() -> None:
    bell = SilentBell()
    till = Till(hub=MemoryHub(silent=UNREACHABLE), bell=bell)

    async def come_and_go() -> None:
        await asyncio.sleep(60)
        assert not bell.reachable.is_set()
        till.hub.silent = None
        await asyncio.sleep(60)
        assert bell.reachable.is_set()
        till.hub.silent = UNREACHABLE
        bell.ring()
        await asyncio.sleep(1)
        assert not bell.reachable.is_set()

    till.run(come_and_go)


def test_a_result_reaches_the_screen_between_the_batches_of_a_long_queue() -> None:
    till = Till()
    till.ledger.add(*(a_message(f"m{n:03}") for n in range(1_000)))
    plain = till.hub.push

    async def slow(request: Any) -> Any:
        await asyncio.sleep(3)
        return await plain(request)

    till.hub.push = slow  # type: ignore[method-assign]  # a long line
    till.engine.watch(_ON_SCREEN)
    till.run_for(29)

    pulls = till.hub.times("pull")
    assert max(after - before for before, after in pairwise(pulls)) <= 5


def test_a_question_of_a_person_is_answered_on_the_engines_thread_and_followed_by_a_pull() -> None:
    till = Till()
    answers: list[Watched] = []

    async def ask() -> None:
        await asyncio.sleep(5)
        answers.append(await asyncio.wrap_future(till.engine.remote(lambda hub: hub.check_payment(_ON_SCREEN))))
        await asyncio.sleep(0.5)

    till.run(ask)

    assert [answer.status for answer in answers] == ["paid"]
    assert till.hub.times("pull") == [0.0, 5.0]


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (UNREACHABLE, ErrorCode.NET_UNREACHABLE),
        (HubProblem(ErrorCode.HUB_REFUSED, "http_403", refusal=ErrorCode.NOT_PERMITTED), ErrorCode.NOT_PERMITTED),
    ],
)
def test_a_question_that_fails_is_answered_with_the_reason(problem: HubProblem, code: ErrorCode) -> None:
    till = Till()

    async def refuse(hub: Hub) -> None:
        raise problem

    async def ask() -> None:
        with pytest.raises(SyncProblem) as refused:
            await asyncio.wrap_future(till.engine.remote(refuse))
        assert refused.value.code is code

    till.run(ask)


def test_a_question_to_an_engine_that_does_not_run_is_refused_and_not_kept_waiting() -> None:
    till = Till()

    def unanswered() -> BaseException | None:
        return till.engine.remote(lambda hub: hub.check_payment(_ON_SCREEN)).exception(timeout=0)

    assert isinstance(unanswered(), HubProblem)
    till.run_for(1)
    assert isinstance(unanswered(), HubProblem)


def test_the_calls_of_an_engine_that_was_stopped_do_nothing() -> None:
    till = Till()
    till.run_for(1)
    tries = len(till.hub.tries)

    till.engine.wake()
    till.engine.sync_now()
    till.engine.watch(None)

    assert till.engine.stop()
    assert len(till.hub.tries) == tries


def test_payments_are_expired_every_second_while_the_hub_is_silent() -> None:
    till = Till(hub=MemoryHub(silent=UNREACHABLE))

    till.run_for(10.5)

    assert till.ledger.expiries == [START + second * 1_000 for second in range(1, 11)]


def test_a_job_never_runs_twice_at_once_and_missed_times_become_one() -> None:
    begun: list[float] = []
    running = 0

    def start() -> Future[object]:
        nonlocal running
        assert running == 0
        running += 1
        begun.append(asyncio.get_running_loop().time())
        done: Future[object] = Future()

        def end() -> None:
            nonlocal running
            running -= 1
            done.set_result(None)

        asyncio.get_running_loop().call_later(25, end)
        return done

    Till(jobs=(Job("backup", 10_000, start),)).run_for(100)

    assert begun == [10.0, 45.0, 80.0]


def test_a_job_that_fails_is_tried_at_its_next_time() -> None:
    runs: list[float] = []

    def start() -> Future[object]:
        runs.append(asyncio.get_running_loop().time())
        failed: Future[object] = Future()
        failed.set_exception(DomainError(ErrorCode.DISK_FULL))
        return failed

    Till(jobs=(Job("backup", 10_000, start),)).run_for(35)

    assert runs == [10.0, 20.0, 30.0]
