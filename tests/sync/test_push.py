"""The way up: order, limits, refusals, silence, and answers cut anywhere."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.messages import Cursor, OutcomeKind, Queued
from sync.backoff import Backoff
from sync.client import HubClient
from sync.ports import Hub, HubProblem
from sync.push import Push, pack
from sync.wire import BODY_LIMIT_BYTES, PushAnswer, PushRequest, PushResult
from tests.fakes.flaky_hub import FlakyHub, HubBooks, cut
from tests.sync.memory_ledger import START, UNREACHABLE, MemoryHub, MemoryLedger, a_message, run_inline

_PROBES = [Queued(a_message("probe-0"), 0), Queued(a_message("probe-1"), 0)]


def _push(ledger: MemoryLedger, hub: Hub, clock: Callable[[], Instant] = lambda: START) -> Push:
    return Push(ledger, run_inline, hub, clock, Backoff(lambda: 0.0))


def _run(steps: Callable[[], Awaitable[None]]) -> None:
    async def scenario() -> None:
        await steps()

    asyncio.run(scenario())


def _drain(push: Push) -> None:
    async def until_empty() -> None:
        while (await push.step()).more:
            pass

    _run(until_empty)


def _fails(push: Push, longest_ms: int = 300_000) -> HubProblem:
    async def once() -> HubProblem:
        with pytest.raises(HubProblem) as problem:
            await push.step(longest_ms)
        return problem.value

    return asyncio.run(once())


def test_all_that_waits_is_sent_once_in_its_order_a_hundred_at_a_time() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    names = [f"m{n:05}" for n in range(1_050)]
    ledger.add(*map(a_message, names))

    _drain(_push(ledger, hub))

    assert list(hub.books.taken) == names == ledger.names(OutcomeKind.CREATED)
    assert set(hub.books.offers.values()) == {1}
    assert hub.sizes == [100] * 10 + [50]


def test_nothing_to_send_asks_nobody() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    ledger.add(a_message("later"), due=START + 1)

    _drain(_push(ledger, hub))

    assert hub.tries == []


def test_silence_puts_off_what_was_sent_longer_each_time_and_keeps_the_ids() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(silent=UNREACHABLE)
    ledger.add(a_message("a"), a_message("b"))
    clock = START
    push = _push(ledger, hub, lambda: clock)

    waits = []
    for _ in range(11):
        assert _fails(push) is UNREACHABLE
        waits.append((ledger.rows[0].due - clock) // 1_000)
        assert ledger.rows[1].due == ledger.rows[0].due
        clock = Instant(ledger.rows[0].due)
    hub.silent = None
    _drain(push)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 200, 200, 200]
    assert [row.attempts for row in ledger.rows] == [11, 11]
    assert list(hub.books.taken) == ["a", "b"] == ledger.names(OutcomeKind.CREATED)


def test_the_wait_goes_on_where_it_was_when_the_till_is_started_again() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(silent=UNREACHABLE)
    ledger.add(a_message("a"))
    ledger.rows[0].attempts = 5

    _fails(_push(ledger, hub))

    assert ledger.rows[0].due - START == 32_000


def test_a_hub_that_was_heard_again_is_tried_soon_after_its_next_silence() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(silent=UNREACHABLE)
    ledger.add(a_message("a"))
    ledger.rows[0].attempts = 9
    push = _push(ledger, hub)

    push.heard()
    _fails(push)

    assert ledger.rows[0].due - START == 1_000


def test_what_the_hub_asks_for_is_longer_than_our_own_wait() -> None:
    asked = HubProblem(ErrorCode.NET_UNREACHABLE, "http_503", retry_after_ms=600_000)
    ledger, hub = MemoryLedger(), MemoryHub(silent=asked)
    ledger.add(a_message("a"))

    _fails(_push(ledger, hub))

    assert ledger.rows[0].due - START == 600_000


def test_the_wait_keeps_to_the_limit_it_is_given() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(silent=UNREACHABLE)
    ledger.add(a_message("a"))
    ledger.rows[0].attempts = 20

    _fails(_push(ledger, hub), longest_ms=30_000)

    assert ledger.rows[0].due - START == 20_000


@pytest.mark.parametrize(
    "code", [ErrorCode.TILL_UNKNOWN, ErrorCode.TILL_FORKED, ErrorCode.HUB_VERSION, ErrorCode.HUB_BEHIND]
)
def test_what_only_a_person_can_mend_costs_no_message_an_attempt(code: ErrorCode) -> None:
    ledger, hub = MemoryLedger(), MemoryHub(silent=HubProblem(code, "http_409"))
    ledger.add(a_message("a"))

    assert _fails(_push(ledger, hub)).code is code

    assert (ledger.rows[0].attempts, ledger.commits) == (0, 0)


def test_a_poison_message_is_set_aside_with_its_reason_and_the_others_pass() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(HubBooks(poison={"m050": "SERIES_BROKEN"}))
    names = [f"m{n:03}" for n in range(101)]
    ledger.add(*map(a_message, names))

    _drain(_push(ledger, hub))

    assert ledger.names(OutcomeKind.REJECTED) == ["m050"]
    assert ledger.code_of("m050") is ErrorCode.SERIES_BROKEN
    assert ledger.names(OutcomeKind.CREATED) == [name for name in names if name != "m050"]


def test_a_refused_message_holds_back_only_later_ones_of_its_subject() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(HubBooks(poison={"p1-new": "MESSAGE_MALFORMED"}))
    push = _push(ledger, hub)
    ledger.add(a_message("p1-new", "p1"))
    _drain(push)
    ledger.add(a_message("p1-paid", "p1"), a_message("p2-new", "p2"))
    _drain(push)

    assert ledger.names(None) == ["p1-paid"]
    assert list(hub.books.taken) == ["p2-new"]


def test_a_refusal_in_a_word_of_tomorrow_is_a_refusal() -> None:
    ledger, hub = MemoryLedger(), MemoryHub(HubBooks(poison={"a": "A_WORD_OF_TOMORROW"}))
    ledger.add(a_message("a"))

    _drain(_push(ledger, hub))

    assert ledger.code_of("a") is ErrorCode.HUB_REFUSED


def test_a_message_known_with_another_body_is_refused_and_kept() -> None:
    books = HubBooks()
    other, ours = MemoryLedger(), MemoryLedger()
    other.add(a_message("a", body='{"total":1}'))
    ours.add(a_message("a", body='{"total":2}'))

    _drain(_push(other, MemoryHub(books)))
    _drain(_push(ours, MemoryHub(books)))

    assert books.taken["a"].body == '{"total":1}'
    assert ours.code_of("a") is ErrorCode.ID_REUSED
    assert ours.rows[0].message.body == '{"total":2}'


@pytest.mark.parametrize("body", ["x" * 70_000, "\ud800"], ids=["too long", "half a letter"])
def test_a_message_that_cannot_be_written_on_the_wire_is_set_aside_and_the_others_pass(body: str) -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    ledger.add(a_message("a"), a_message("odd", body=body), a_message("b"))

    _drain(_push(ledger, hub))

    assert ledger.code_of("odd") is ErrorCode.MESSAGE_MALFORMED
    assert list(hub.books.taken) == ["a", "b"]


def test_a_request_stays_below_the_limit_of_its_body() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    # A quotation mark takes two bytes on the wire, a Vietnamese letter up to three.
    names = [f"m{n:03}" for n in range(100)]
    ledger.add(*(a_message(name, body='"ệ' * 20_000) for name in names))
    sizes: list[int] = []
    plain = hub.push

    async def measured(request: PushRequest) -> PushAnswer:
        sizes.append(len(request.model_dump_json().encode()))
        return await plain(request)

    hub.push = measured  # type: ignore[method-assign]  # listens at the line
    _drain(_push(ledger, hub))

    assert ledger.names(OutcomeKind.CREATED) == names
    assert max(sizes) <= BODY_LIMIT_BYTES
    assert min(sizes[:-1]) > BODY_LIMIT_BYTES * 0.9


def test_packing_nothing_is_nothing() -> None:
    assert list(pack([])) == []


def test_a_message_for_which_the_whole_request_is_refused_is_found() -> None:
    malformed = HubProblem(ErrorCode.HUB_REFUSED, "http_422", refusal=ErrorCode.MESSAGE_MALFORMED)
    ledger, hub = MemoryLedger(), MemoryHub()
    names = [f"m{n:03}" for n in range(100)]
    ledger.add(*map(a_message, names))
    plain, requests = hub.push, 0

    async def strict(request: PushRequest) -> PushAnswer:
        nonlocal requests
        requests += 1
        if any(message.id == "m042" for message in request.messages):
            raise malformed
        return await plain(request)

    hub.push = strict  # type: ignore[method-assign]  # stands before the hub
    _drain(_push(ledger, hub))

    assert ledger.names(OutcomeKind.REJECTED) == ["m042"]
    assert ledger.code_of("m042") is ErrorCode.MESSAGE_MALFORMED
    assert list(hub.books.taken) == [name for name in names if name != "m042"]
    assert requests < 40


def test_another_refusal_of_a_whole_request_quarantines_nothing() -> None:
    ledger = MemoryLedger()
    hub = MemoryHub(silent=HubProblem(ErrorCode.HUB_REFUSED, "http_403", refusal=ErrorCode.NOT_PERMITTED))
    ledger.add(a_message("a"))

    _fails(_push(ledger, hub))

    assert (ledger.names(OutcomeKind.REJECTED), ledger.rows[0].attempts) == ([], 1)


def test_a_slow_line_gets_smaller_requests_until_they_pass() -> None:
    slow = HubProblem(ErrorCode.NET_TIMEOUT, "timeout", too_much=True)
    ledger, hub = MemoryLedger(), MemoryHub()
    ledger.add(*(a_message(f"m{n:03}") for n in range(100)))
    plain, clock = hub.push, START

    async def narrow(request: PushRequest) -> PushAnswer:
        if len(request.messages) > 10:
            raise slow
        return await plain(request)

    hub.push = narrow  # type: ignore[method-assign]  # stands before the hub
    push = _push(ledger, hub, lambda: clock)

    async def patiently() -> None:
        nonlocal clock
        for _ in range(200):
            clock = Instant(clock + 300_000)
            try:
                await push.step()
            except HubProblem:
                continue

    _run(patiently)

    assert len(hub.books.taken) == 100
    assert set(hub.books.offers.values()) == {1}


@pytest.mark.parametrize("alter", ["one too few", "one too many", "other order", "other ids"])
def test_an_answer_that_does_not_fit_its_request_settles_nothing(alter: str) -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    ledger.add(a_message("a"), a_message("b"))

    async def garbled(request: PushRequest) -> PushAnswer:
        a, b, c = (PushResult(id=name, outcome="created") for name in "abc")
        results = {"one too few": [a], "one too many": [a, b, c], "other order": [b, a], "other ids": [a, c]}[alter]
        return PushAnswer(hub_epoch="epoch-1", results=results)

    hub.push = garbled  # type: ignore[method-assign]  # a hub that is not right in the head
    problem = _fails(_push(ledger, hub))

    assert problem.code is ErrorCode.NET_UNREACHABLE
    assert ledger.names(None) == ["a", "b"]


def test_another_hub_behind_the_same_address_is_noticed() -> None:
    ledger, hub = MemoryLedger(read_to=Cursor("epoch-0", 7)), MemoryHub()
    ledger.add(a_message("a"))

    problem = _fails(_push(ledger, hub))

    assert problem.code is ErrorCode.HUB_BEHIND
    assert (ledger.names(None), ledger.rows[0].attempts) == (["a"], 0)


def test_the_first_hub_is_remembered() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    ledger.add(a_message("a"))

    _drain(_push(ledger, hub))

    assert ledger.read_to == Cursor("epoch-1", 0)


def test_an_answer_that_could_not_be_kept_is_asked_for_again() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    ledger.add(a_message("a"))
    push = _push(ledger, hub)
    plain = hub.push

    async def and_the_disk_fills(request: PushRequest) -> PushAnswer:
        answer = await plain(request)
        ledger.broken = StorageUnavailable(ErrorCode.DISK_FULL)
        return answer

    hub.push = and_the_disk_fills  # type: ignore[method-assign]  # between the answer and its commit

    async def step() -> None:
        with pytest.raises(DomainError):
            await push.step()

    _run(step)
    hub.push, ledger.broken = plain, None  # type: ignore[method-assign]  # space again
    _drain(push)

    assert (hub.books.offers["a"], len(hub.books.taken)) == (2, 1)
    assert ledger.names(OutcomeKind.EXISTS) == ["a"]


def test_an_answer_cut_at_any_byte_doubles_nothing() -> None:
    """F10: the hub commits and its answer is lost, at every byte of it."""
    with FlakyHub() as hub:
        length = len(_whole_answer(hub))
        cuts = asyncio.run(_cut_at_every_byte(hub, length))

    assert cuts == length
    assert len(hub.books.taken) == 2 * length + 2
    assert all(count <= 2 for count in hub.books.offers.values())


def _whole_answer(hub: FlakyHub) -> bytes:
    """Return the bytes of the answer to two messages with ids of seven letters."""

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        body = PushRequest(protocol=1, messages=list(pack(_PROBES))).model_dump_json().encode()
        head = f"POST /api/v1/push HTTP/1.1\r\nAuthorization: Bearer {hub.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        hub.faults.append(cut(1_000_000))
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    return asyncio.run(ask())


async def _cut_at_every_byte(hub: FlakyHub, length: int) -> int:
    """Push two messages per cut, each to its end; return how many cuts hid the answer."""
    client = HubClient(hub.address, lambda: hub.token)
    hidden = 0
    for at in range(length):
        ledger, clock = MemoryLedger(), START
        ledger.add(a_message(f"a{at:06}"), a_message(f"b{at:06}"))
        push = Push(ledger, run_inline, client, lambda: clock, Backoff(lambda: 0.0))  # noqa: B023 - used in this round
        hub.faults.append(cut(at))
        with pytest.raises(HubProblem):
            await push.step()
        hidden += 1
        clock = Instant(ledger.rows[0].due)
        await push.step()
        assert ledger.names(OutcomeKind.EXISTS) == [f"a{at:06}", f"b{at:06}"]
    await client.aclose()
    return hidden
