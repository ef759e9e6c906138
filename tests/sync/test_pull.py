"""The way down: pages, the cursor, and what is refused before it touches the books."""

import asyncio
from collections.abc import Sequence

import pytest

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, PaymentId
from domain.messages import Cursor
from sync.client import HubClient
from sync.ports import HubProblem
from sync.pull import NOTE_EVERY_MS, WATCH_LIMIT, Pull, Pulled
from sync.wire import Change, ChangesPage, FeedMessage, WireMessage
from tests.fakes.flaky_hub import FlakyHub, cut
from tests.sync.memory_ledger import SHOP, START, UNREACHABLE, MemoryHub, MemoryLedger, a_message, run_inline


def _pull(ledger: MemoryLedger, hub: MemoryHub) -> Pull:
    return Pull(ledger, run_inline, hub, lambda: START, SHOP)


def _step(pull: Pull, on_screen: PaymentId | None = None) -> Pulled:
    return asyncio.run(pull.step(on_screen))


def _drain(pull: Pull) -> list[int]:
    facts = []
    while True:
        pulled = _step(pull)
        facts.append(pulled.facts)
        if not pulled.more:
            return facts


def _fails(pull: Pull) -> ErrorCode:
    with pytest.raises(DomainError) as problem:
        _step(pull)
    return problem.value.code


def _published(count: int) -> tuple[MemoryHub, list[str]]:
    hub = MemoryHub()
    names = [f"m{n:04}" for n in range(count)]
    for name in names:
        hub.books.publish(a_message(name))
    return hub, names


def _applied(ledger: MemoryLedger) -> list[str]:
    return [fact.message.id for fact in ledger.applied]


def test_the_feed_is_read_page_by_page_until_a_short_one() -> None:
    ledger = MemoryLedger()
    hub, names = _published(250)

    pages = _drain(_pull(ledger, hub))

    assert pages == [100, 100, 50]
    assert _applied(ledger) == names
    assert ledger.read_to == Cursor("epoch-1", 250)


def test_a_page_and_its_cursor_are_one_commit() -> None:
    ledger = MemoryLedger()
    hub, _ = _published(30)

    _step(_pull(ledger, hub))

    assert ledger.commits == 1


def test_a_full_last_page_is_followed_by_an_empty_one() -> None:
    ledger = MemoryLedger()
    hub, _ = _published(100)

    assert _drain(_pull(ledger, hub)) == [100, 0]


def test_reading_goes_on_where_it_was() -> None:
    ledger = MemoryLedger(read_to=Cursor("epoch-1", 7))
    hub, names = _published(9)

    _drain(_pull(ledger, hub))

    assert _applied(ledger) == names[7:]


def test_the_messages_belong_to_the_shop_of_the_token_and_keep_their_register_number() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    hub.books.feed.append(Change(seq=1, message=WireMessage.of(a_message("v")), book_no=12))

    _step(_pull(ledger, hub))

    assert (ledger.applied[0].message, ledger.applied[0].book_no) == (a_message("v"), 12)


def test_silence_moves_nothing() -> None:
    ledger = MemoryLedger()
    hub, _ = _published(3)
    hub.lost = UNREACHABLE

    assert _fails(_pull(ledger, hub)) is ErrorCode.NET_UNREACHABLE

    assert (ledger.read_to, ledger.commits) == (Cursor("", 0), 0)


def test_another_hub_behind_the_same_address_is_an_explicit_answer() -> None:
    ledger = MemoryLedger(read_to=Cursor("epoch-0", 1))
    hub, _ = _published(3)

    assert _fails(_pull(ledger, hub)) is ErrorCode.HUB_BEHIND
    assert ledger.commits == 0


def test_a_hub_that_has_less_than_was_read_is_an_explicit_answer() -> None:
    ledger = MemoryLedger(read_to=Cursor("epoch-1", 4))
    hub, _ = _published(3)

    assert _fails(_pull(ledger, hub)) is ErrorCode.HUB_BEHIND
    assert ledger.commits == 0


@pytest.mark.parametrize(
    ("seqs", "head"),
    [([2, 1], 2), ([1, 1], 2), ([0], 1), ([-1], 1), ([1, 2], 1), (list(range(1, 102)), 101)],
    ids=["backwards", "twice", "not after the cursor", "negative", "beyond the head", "too many"],
)
def test_a_page_that_makes_no_sense_is_not_applied(seqs: Sequence[int], head: int) -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    changes = [Change(seq=seq, message=WireMessage.of(a_message(f"m{n}"))) for n, seq in enumerate(seqs)]
    _answer_with(hub, ChangesPage(hub_epoch="epoch-1", changes=changes, head_seq=head, watched=[]))

    assert _fails(_pull(ledger, hub)) is ErrorCode.NET_UNREACHABLE
    assert ledger.commits == 0


def test_a_page_without_an_epoch_is_not_applied() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    _answer_with(hub, ChangesPage(hub_epoch="", changes=[], head_seq=0, watched=[]))

    assert _fails(_pull(ledger, hub)) is ErrorCode.NET_UNREACHABLE


def test_a_body_that_was_changed_on_the_way_is_not_applied() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    changed = WireMessage.of(a_message("m")).model_copy(update={"body": '{"total":9}'})
    hub.books.feed.append(Change(seq=1, message=changed))

    assert _fails(_pull(ledger, hub)) is ErrorCode.NET_UNREACHABLE
    assert ledger.commits == 0


def test_a_fact_that_cannot_be_applied_lets_those_before_it_in_and_stays_next() -> None:
    ledger = MemoryLedger(refuse_to_apply={"m0005"})
    hub, names = _published(9)
    pull = _pull(ledger, hub)

    problems = []
    for _ in range(9):
        try:
            _step(pull)
        except DomainError as error:
            problems.append(error.code)
    assert set(problems) == {ErrorCode.SERIES_BROKEN}
    assert _applied(ledger) == names[:5]

    ledger.refuse_to_apply.clear()
    _drain(pull)
    assert _applied(ledger) == names


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_pages() -> None:
    ledger = MemoryLedger()
    hub, names = _published(60)
    plain = hub.changes

    async def narrow(after: int, limit: int, watch: Sequence[PaymentId]) -> ChangesPage:
        if limit > 20:
            raise HubProblem(ErrorCode.NET_UNREACHABLE, "too_large", too_much=True)
        return await plain(after, limit, watch)

    hub.changes = narrow  # type: ignore[method-assign]  # stands before the hub
    pull = _pull(ledger, hub)
    for _ in range(100):
        try:
            _step(pull)
        except HubProblem:
            continue

    assert _applied(ledger) == names


def test_the_payment_on_screen_is_asked_about_first_and_none_twice() -> None:
    payments = [PaymentId(f"p{n}") for n in range(30)]
    ledger, hub = MemoryLedger(open_payments=payments), MemoryHub()
    hub.books.checked_at = 77

    pulled = _step(_pull(ledger, hub), PaymentId("p3"))

    assert hub.watches == [["p3", *(p for p in payments[:WATCH_LIMIT] if p != "p3")][:WATCH_LIMIT]]
    assert [(w.payment_id, w.status, w.checked_at) for w in pulled.watched[:1]] == [("p3", "pending", 77)]


def test_the_word_on_a_payment_nobody_asked_about_is_not_heard() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    _answer_with(hub, hub.books.changes(0, 100, ["stranger"]))

    assert list(_step(_pull(ledger, hub)).watched) == []


def test_pulls_that_bring_nothing_are_noted_once_a_minute() -> None:
    ledger, hub, clock = MemoryLedger(), MemoryHub(), START
    pull = Pull(ledger, run_inline, hub, lambda: clock, SHOP)

    noted = []
    for _ in range(61):
        _step(pull)
        noted.append(ledger.commits)
        clock = Instant(clock + 2_000)
    assert noted[0] == noted[29] == 1
    assert noted[30] == 2
    assert noted[-1] == 3
    assert NOTE_EVERY_MS == 60_000

    clock = Instant(clock - 3 * 365 * 86_400_000)
    _step(pull)
    assert ledger.commits == 4


def test_a_page_cut_at_any_byte_is_applied_once() -> None:
    with FlakyHub() as hub:
        hub.books.publish(a_message("m1"))
        asyncio.run(_cut_at_every_byte(hub))


async def _cut_at_every_byte(hub: FlakyHub) -> None:
    client = HubClient(hub.address, lambda: hub.token)
    cuts = 0
    while True:
        ledger = MemoryLedger()
        pull = Pull(ledger, run_inline, client, lambda: START, SHOP)
        hub.faults.append(cut(cuts))
        try:
            await pull.step()
        except HubProblem:
            assert (ledger.applied, ledger.read_to.seq) == ([], 0)
        else:
            break
        await pull.step()
        assert (_applied(ledger), ledger.read_to.seq) == (["m1"], 1)
        cuts += 1
    await client.aclose()
    assert cuts > 300


def _answer_with(hub: MemoryHub, page: ChangesPage) -> None:
    async def changes(after: int, limit: int, watch: Sequence[PaymentId]) -> ChangesPage:
        return page

    hub.changes = changes  # type: ignore[method-assign]  # one answer, whatever is asked


def test_a_kind_of_a_newer_program_is_passed_over_and_does_not_stop_the_feed() -> None:
    ledger, hub = MemoryLedger(), MemoryHub()
    known = WireMessage.of(a_message("v"))
    newer = FeedMessage(**known.model_dump() | {"id": "n", "kind": "loyalty"})
    hub.books.feed += [Change(seq=1, message=newer), Change(seq=2, message=known)]

    _step(_pull(ledger, hub))

    assert [incoming.message for incoming in ledger.applied] == [None, a_message("v")]
    assert ledger.read_to == Cursor("epoch-1", 2)
