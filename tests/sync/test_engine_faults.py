"""The engine in trouble, in virtual time: nothing is lost, nothing doubled, and nothing stops it for good."""

import asyncio
import random
from typing import Any

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant, PaymentId
from domain.messages import Cursor, OutcomeKind
from sync.link import LinkState
from sync.ports import HubProblem
from sync.wire import PushAnswer, PushRequest
from tests.fakes.flaky_hub import HubBooks
from tests.sync.memory_ledger import START, UNREACHABLE, MemoryHub, MemoryLedger, a_message
from tests.sync.virtual_till import SilentBell, Till

_HOUR_S = 3_600
_ON_SCREEN = PaymentId("pay-1")


@pytest.mark.parametrize("on_screen", [None, _ON_SCREEN])
@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_a_silent_hub_is_tried_at_most_once_a_second_whatever_wakes_the_engine(
    on_screen: PaymentId | None, chance: float
) -> None:
    till = Till(hub=MemoryHub(silent=UNREACHABLE), bell=SilentBell(), chance=lambda: chance)
    till.engine.watch(on_screen)

    async def busy_hour() -> None:
        for sale in range(_HOUR_S * 2):
            if sale % 10 == 0:
                till.ledger.add(a_message(f"sale-{sale}"))
            till.engine.wake()
            await asyncio.sleep(0.5)

    till.run(busy_hour)

    assert min(till.gaps()) >= 0.998
    assert 100 < len(till.hub.tries) <= _HOUR_S + 1
    assert till.engine.status.state is LinkState.OFFLINE
    assert till.engine.status.waiting == 720


def test_an_impatient_person_tries_at_most_once_a_second() -> None:
    till = Till(hub=MemoryHub(silent=UNREACHABLE))
    till.ledger.add(a_message("a"))

    async def hammer() -> None:
        for _ in range(500):
            till.engine.sync_now()
            await asyncio.sleep(0.02)

    till.run(hammer)

    assert min(till.gaps()) >= 0.998
    assert 9 <= len(till.hub.tries) <= 11


def test_a_person_need_not_wait_for_the_next_try() -> None:
    till = Till(hub=MemoryHub(silent=UNREACHABLE))
    till.ledger.add(a_message("a"))

    async def repair() -> None:
        await asyncio.sleep(_HOUR_S)
        till.hub.silent = None
        till.engine.sync_now()
        await asyncio.sleep(1.1)
        assert till.ledger.names(OutcomeKind.CREATED) == ["a"]

    till.run(repair)
    assert [status.state for status in till.statuses if status.since >= START + _HOUR_S * 1_000][:2] == [
        LinkState.CONNECTING,
        LinkState.ONLINE,
    ]


@pytest.mark.parametrize("silence_s", [1, 29, 300, 10_800])
def test_after_a_silence_of_any_length_all_is_sent_within_a_minute_without_a_person(silence_s: int) -> None:
    """L1, OBX-08."""
    till = Till(hub=MemoryHub(silent=UNREACHABLE))
    till.ledger.add(*(a_message(f"m{n:03}") for n in range(250)))

    async def repair() -> None:
        await asyncio.sleep(silence_s)
        till.hub.silent = None
        await asyncio.sleep(60)
        assert till.ledger.names(None) == []

    till.run(repair)
    assert set(till.hub.books.offers.values()) == {1}


def test_the_network_dying_after_each_of_twenty_sales_needs_no_person() -> None:
    """OBX-08."""
    till = Till()
    names = [f"sale-{n:02}" for n in range(20)]

    async def unlucky_day() -> None:
        for name in names:
            till.ledger.add(a_message(name))
            till.hub.lost = UNREACHABLE
            till.engine.wake()
            await asyncio.sleep(0.1)
            till.hub.silent = UNREACHABLE
            await asyncio.sleep(7)
            till.hub.silent = till.hub.lost = None
            await asyncio.sleep(1)
        await asyncio.sleep(60)
        assert till.ledger.names(None) == []

    till.run(unlucky_day)
    assert list(till.hub.books.taken) == names
    assert till.ledger.names(OutcomeKind.EXISTS), "some answers must have been lost"


def test_a_short_silence_after_a_long_one_is_a_short_wait() -> None:
    till = Till(hub=MemoryHub(silent=UNREACHABLE))
    till.ledger.add(a_message("a"))
    plain = till.hub.push
    pushes: list[float] = []

    async def once_more_silent(request: Any) -> Any:
        pushes.append(asyncio.get_running_loop().time())
        if len(pushes) == 1:
            raise UNREACHABLE
        return await plain(request)

    async def repair() -> None:
        await asyncio.sleep(_HOUR_S)
        till.hub.push = once_more_silent  # type: ignore[method-assign]  # stands before the hub
        till.hub.silent = None
        await asyncio.sleep(60)

    till.run(repair)
    assert len(pushes) == 2
    assert pushes[1] - pushes[0] < 2


def test_pushes_that_alone_stay_unanswered_are_tried_again_between_two_polls() -> None:
    till = Till()
    till.ledger.add(a_message("a"))
    till.ledger.rows[0].attempts = 30
    plain = till.hub.push

    async def unanswered(request: object) -> object:
        till.hub.tries.append(("push", asyncio.get_running_loop().time()))
        raise UNREACHABLE

    async def repair() -> None:
        till.hub.push = unanswered  # type: ignore[assignment]  # stands before the hub
        await asyncio.sleep(_HOUR_S)
        till.hub.push = plain  # type: ignore[method-assign]  # out of the way
        await asyncio.sleep(60)
        assert till.ledger.names(OutcomeKind.CREATED) == ["a"]

    till.run(repair)
    after_failures = [gap for (kind, at), gap in zip(till.hub.tries, till.gaps(), strict=False) if kind == "push"]
    assert min(after_failures[:-1]) >= 0.998


def test_a_message_that_the_hub_refuses_for_ever_lets_a_hundred_others_pass() -> None:
    """OBX-06, F29, L3."""
    till = Till(hub=MemoryHub(HubBooks(poison={"m050": "SERIES_BROKEN"})))
    till.ledger.add(*(a_message(f"m{n:03}") for n in range(101)))

    till.run_for(60)

    assert len(till.hub.books.taken) == 100
    assert till.hub.books.offers["m050"] == 1
    assert (till.engine.status.waiting, till.engine.status.refused) == (0, 1)
    assert till.engine.status.state is LinkState.ONLINE


def test_a_refused_message_that_is_queued_again_is_sent_after_the_hub_was_mended() -> None:
    till = Till(hub=MemoryHub(HubBooks(poison={"m": "SERIES_BROKEN"})))
    till.ledger.add(a_message("m"))

    async def mend() -> None:
        await asyncio.sleep(5)
        till.hub.books.poison.clear()
        till.ledger.rows[0].outcome = None
        till.engine.wake()
        await asyncio.sleep(1)
        assert till.ledger.names(OutcomeKind.CREATED) == ["m"]

    till.run(mend)


def test_ten_thousand_messages_go_up_once_in_their_order() -> None:
    """OBX-02."""
    till = Till()
    names = [f"m{n:05}" for n in range(10_000)]
    till.ledger.rows = MemoryLedger().rows
    till.ledger.add(*map(a_message, names))
    queue_from = 0

    def claim_due(at: Instant, limit: int) -> Any:
        # The plain fake looks through all rows at each call; this one remembers where the waiting begin.
        nonlocal queue_from
        while queue_from < len(till.ledger.rows) and till.ledger.rows[queue_from].outcome is not None:
            queue_from += 1
        window = MemoryLedger(rows=till.ledger.rows[queue_from : queue_from + limit])
        return window.claim_due(at, limit)

    till.ledger.claim_due = claim_due  # type: ignore[method-assign]  # the same promise, kept faster

    till.run_for(300)

    assert list(till.hub.books.taken) == names
    assert set(till.hub.books.offers.values()) == {1}


@pytest.mark.parametrize(
    "code", [ErrorCode.TILL_UNKNOWN, ErrorCode.TILL_FORKED, ErrorCode.HUB_VERSION, ErrorCode.HUB_BEHIND]
)
def test_a_closed_door_is_shown_and_knocked_at_every_five_minutes(code: ErrorCode) -> None:
    till = Till(hub=MemoryHub(silent=HubProblem(code, "http_409")))
    till.ledger.add(a_message("a"))

    async def sell_meanwhile() -> None:
        for _ in range(_HOUR_S):
            till.engine.wake()
            await asyncio.sleep(1)

    till.run(sell_meanwhile)

    assert (till.engine.status.state, till.engine.status.problem) == (LinkState.BLOCKED, code)
    assert till.hub.times("push") == [float(at) for at in range(0, _HOUR_S + 1, 300)]
    assert till.hub.times("pull") == []
    assert till.ledger.rows[0].attempts == 0


class HubOfBefore(MemoryHub):
    """A hub of the version before: it takes no push of this one and tells its feed."""

    updated = False

    async def push(self, request: PushRequest) -> PushAnswer:
        if self.updated:
            return await super().push(request)
        self.tries.append(("push", asyncio.get_running_loop().time()))
        raise HubProblem(ErrorCode.HUB_VERSION, "http_426")


def test_a_hub_of_before_is_heard_named_and_sent_everything_once_it_was_updated() -> None:
    hub = HubOfBefore()
    till = Till(hub=hub)

    async def sell_and_update() -> None:
        await asyncio.sleep(60)
        assert till.engine.status.state is LinkState.ONLINE, "what it tells is heard"
        till.ledger.add(a_message("a"))
        till.engine.wake()
        await asyncio.sleep(60)
        assert (till.engine.status.state, till.engine.status.problem) == (LinkState.BLOCKED, ErrorCode.HUB_VERSION)
        assert till.ledger.rows[0].attempts == 0
        hub.updated = True
        await asyncio.sleep(301)
        assert till.engine.status.state is LinkState.ONLINE
        assert till.ledger.names(OutcomeKind.CREATED) == ["a"]

    till.run(sell_and_update)


def test_a_door_that_was_opened_is_found_open() -> None:
    till = Till(hub=MemoryHub(silent=HubProblem(ErrorCode.TILL_UNKNOWN, "http_401")))
    till.ledger.add(a_message("a"))

    async def open_it() -> None:
        await asyncio.sleep(60)
        till.hub.silent = None
        await asyncio.sleep(301)
        assert till.engine.status.state is LinkState.ONLINE
        assert till.ledger.names(OutcomeKind.CREATED) == ["a"]

    till.run(open_it)


@pytest.mark.parametrize("cursor", [Cursor("epoch-0", 0), Cursor("epoch-1", 9)], ids=["other epoch", "ahead of hub"])
def test_a_hub_that_was_restored_is_an_explicit_state(cursor: Cursor) -> None:
    till = Till(MemoryLedger(read_to=cursor))

    till.run_for(5)

    assert (till.engine.status.state, till.engine.status.problem) == (LinkState.BLOCKED, ErrorCode.HUB_BEHIND)
    assert till.ledger.read_to == cursor


@pytest.mark.parametrize("jump_ms", [-3 * 365 * 86_400_000, 3 * 365 * 86_400_000, -300_000, 300_000])
def test_a_clock_that_jumps_delays_nothing(jump_ms: int) -> None:
    """OBX-10, F08."""
    till = Till(hub=MemoryHub(silent=UNREACHABLE))
    till.ledger.add(a_message("a"))

    async def jump() -> None:
        await asyncio.sleep(200)
        till.clock_off_ms = jump_ms
        till.hub.silent = None
        till.ledger.add(a_message("b"))
        await asyncio.sleep(60)
        assert till.ledger.names(OutcomeKind.CREATED) == ["a", "b"]
        assert till.engine.status.state is LinkState.ONLINE

    till.run(jump)


def test_a_message_put_off_before_the_clock_was_set_back_is_sent() -> None:
    till = Till()
    till.ledger.add(a_message("a"), due=START + 365 * 86_400_000)

    till.run_for(60)

    assert till.ledger.names(OutcomeKind.CREATED) == ["a"]


def test_a_clock_set_back_while_the_hub_is_heard_delays_nothing() -> None:
    till = Till()

    async def set_back() -> None:
        await asyncio.sleep(10)
        till.ledger.add(a_message("a"))
        till.hub.silent = UNREACHABLE
        till.engine.wake()
        await asyncio.sleep(0.1)
        till.hub.silent = None
        till.clock_off_ms = -300_000
        await asyncio.sleep(60)
        assert till.ledger.names(OutcomeKind.CREATED) == ["a"]

    till.run(set_back)


def test_what_the_hub_asked_for_is_kept_to_while_the_rest_goes_on() -> None:
    till = Till()
    till.ledger.add(a_message("a"))
    asked = HubProblem(ErrorCode.NET_UNREACHABLE, "http_429", retry_after_ms=600_000)
    plain = till.hub.push
    pushes: list[float] = []

    async def overloaded(request: Any) -> Any:
        pushes.append(asyncio.get_running_loop().time())
        if len(pushes) == 1:
            raise asked
        return await plain(request)

    till.hub.push = overloaded  # type: ignore[method-assign]  # stands before the hub
    till.run_for(700)

    assert len(pushes) == 2
    assert 600 <= pushes[1] <= 602
    assert len(till.hub.times("pull")) > 20


def test_a_pull_that_was_asked_to_wait_waits_although_a_payment_is_on_screen() -> None:
    till = Till(hub=MemoryHub(silent=HubProblem(ErrorCode.NET_UNREACHABLE, "http_503", retry_after_ms=60_000)))
    till.engine.watch(_ON_SCREEN)

    till.run_for(119)

    assert till.hub.times("pull") == [0.0, 60.0]


def test_a_broken_database_is_shown_tried_ever_less_and_survived() -> None:
    till = Till()
    till.ledger.add(a_message("a"))

    async def break_and_mend() -> None:
        await asyncio.sleep(5)
        till.ledger.add(a_message("b"))
        till.ledger.broken = StorageUnavailable(ErrorCode.DISK_FULL)
        till.engine.wake()
        await asyncio.sleep(300)
        assert till.engine.status.problem is ErrorCode.DISK_FULL
        till.ledger.broken = None
        await asyncio.sleep(31)
        assert till.engine.status.problem is None
        assert till.ledger.names(None) == []

    till.run(break_and_mend)


def test_a_fact_that_cannot_be_applied_is_shown_and_keeps_nothing_from_being_sent() -> None:
    till = Till(MemoryLedger(refuse_to_apply={"odd"}))
    till.hub.books.publish(a_message("odd"))

    async def sell() -> None:
        await asyncio.sleep(60)
        assert till.engine.status.problem is ErrorCode.SERIES_BROKEN
        assert till.engine.status.state is LinkState.ONLINE
        for n in range(30):
            till.ledger.add(a_message(f"sale-{n}"))
            till.engine.wake()
            await asyncio.sleep(2)
            assert till.ledger.names(None) == []
        till.ledger.refuse_to_apply.clear()
        await asyncio.sleep(31)
        assert till.engine.status.problem is None

    till.run(sell)
    assert len(till.hub.times("pull")) < 60


def test_a_bug_of_ours_is_shown_and_ends_nothing_for_good() -> None:
    till = Till()

    async def break_and_mend() -> None:
        await asyncio.sleep(1)
        till.ledger.broken = ZeroDivisionError()
        till.engine.sync_now()
        await asyncio.sleep(10)
        assert till.engine.status.problem is ErrorCode.UNEXPECTED
        till.ledger.broken = None
        till.ledger.add(a_message("a"))
        await asyncio.sleep(61)
        assert till.ledger.names(OutcomeKind.CREATED) == ["a"]
        assert till.engine.status.problem is None

    till.run(break_and_mend)


@pytest.mark.parametrize("seed", range(40))
def test_random_faults_lose_nothing_double_nothing_and_keep_the_order(seed: int) -> None:
    """F12, OBX-08: requests lost, answers lost, the hub gone, in any mixture; then one minute without faults."""
    dice = random.Random(seed)
    till = Till(chance=dice.random)
    faults = [
        UNREACHABLE,
        HubProblem(ErrorCode.NET_TIMEOUT, "timeout", too_much=True),
        HubProblem(ErrorCode.NET_UNREACHABLE, "http_503", retry_after_ms=3_000),
    ]
    names: list[str] = []
    foreign: list[str] = []

    async def troubled_day() -> None:
        for turn in range(200):
            till.hub.silent = dice.choice([None, None, *faults])
            till.hub.lost = dice.choice([None, None, *faults])
            if dice.random() < 0.5:
                names.append(f"sale-{turn}")
                till.ledger.add(a_message(names[-1]))
                till.engine.wake()
            if dice.random() < 0.3:
                foreign.append(f"other-{turn}")
                till.hub.books.publish(a_message(foreign[-1]))
            await asyncio.sleep(dice.choice([0.1, 1, 7]))
        till.hub.silent = till.hub.lost = None
        await asyncio.sleep(60)

    till.run(troubled_day)

    assert list(till.hub.books.taken) == names
    assert sorted(till.ledger.names(OutcomeKind.CREATED) + till.ledger.names(OutcomeKind.EXISTS)) == sorted(names)
    assert [fact.message.id for fact in till.ledger.applied] == foreign
    assert sum(till.hub.books.offers.values()) > len(names), "the faults must have befallen something"
