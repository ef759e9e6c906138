"""The engine on its own thread with a real hub on loopback: rings, hang-ups, cuts, and a quick end."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from domain.errors import ErrorCode
from domain.ids import Instant, PaymentId
from domain.messages import OutcomeKind
from sync.backoff import Backoff
from sync.client import HubClient
from sync.doorbell import Doorbell
from sync.engine import Engine
from sync.link import LinkState, SyncStatus
from tests.fakes.flaky_hub import FlakyHub, cut, portal, silence
from tests.sync.memory_ledger import SHOP, MemoryLedger, a_message

_WAIT_S = 10.0


class Till:
    """An engine that runs, and what its screen was told."""

    def __init__(self, hub: FlakyHub, ledger: MemoryLedger) -> None:
        self.ledger = ledger
        self.lane = ThreadPoolExecutor(1)
        self.news = threading.Condition()
        self.statuses: list[SyncStatus] = []
        chance = Backoff(lambda: 0.0)
        self.engine = Engine(
            ledger=ledger,
            run_in_ledger=self.lane.submit,
            hub=HubClient(hub.address, lambda: hub.token),
            merchant_id=SHOP,
            now=lambda: Instant(time.time_ns() // 1_000_000),
            bell=Doorbell(hub.address, lambda: hub.token, chance),
            chance=chance.random,
        )
        self.engine.listen(self._told)

    def shows(self, holds: Callable[[SyncStatus], bool], timeout_s: float = _WAIT_S) -> bool:
        """Wait until the screen is told something."""
        with self.news:
            return self.news.wait_for(lambda: holds(self.engine.status), timeout_s)

    def sell(self, name: str) -> None:
        """Queue a message as the writer lane does, and wake the engine as its commit does."""
        self.lane.submit(self.ledger.add, a_message(name)).result(_WAIT_S)
        self.engine.wake()

    def _told(self, status: SyncStatus) -> None:
        with self.news:
            self.statuses.append(status)
            self.news.notify_all()


@contextmanager
def _running(hub: FlakyHub, ledger: MemoryLedger | None = None) -> Iterator[Till]:
    till = Till(hub, ledger or MemoryLedger())
    till.engine.start()
    try:
        yield till
    finally:
        assert till.engine.stop()
        till.lane.shutdown()


def test_a_sale_goes_up_and_another_tills_sale_comes_down_by_the_bell() -> None:
    with FlakyHub() as hub, _running(hub) as till:
        assert hub.wait_for(lambda: hub.listeners == 1)
        till.sell("ours")
        assert till.shows(lambda status: status.last_sent_at is not None and status.waiting == 0)

        hub.books.publish(a_message("theirs"))
        hub.ring()
        assert till.shows(lambda _: bool(till.ledger.applied))

    assert till.ledger.names(OutcomeKind.CREATED) == ["ours"]
    assert [fact.message.id for fact in till.ledger.applied] == ["theirs"]


def test_without_a_bell_a_payment_on_screen_is_heard_of_by_polling() -> None:
    """PAY-08."""
    pay = PaymentId("pay-1")
    with FlakyHub() as hub:
        hub.live_broken = True
        hub.books.statuses[pay] = "pending"
        with _running(hub) as till:
            till.engine.watch(pay)
            assert till.shows(lambda status: status.state is LinkState.ONLINE)
            hub.books.statuses[pay] = "paid"

            assert till.shows(lambda s: (fresh := s.freshness(pay)) is not None and fresh.status == "paid")


def test_lines_that_break_under_sales_are_opened_again() -> None:
    names = [f"sale-{n:02}" for n in range(20)]
    with FlakyHub() as hub, _running(hub) as till:
        assert till.shows(lambda status: status.state is LinkState.ONLINE)
        for name in names:
            till.sell(name)
            hub.hang_up()
        assert till.shows(lambda status: status.waiting == 0 and status.last_sent_at is not None, 30)

    assert list(hub.books.taken) == names
    assert hub.connections > 2, "the breaks must have befallen something"


def test_a_hub_that_leaves_and_comes_back_is_found_by_itself() -> None:
    with FlakyHub() as hub, _running(hub) as till:
        assert hub.wait_for(lambda: hub.listeners == 1)
        hub.go_away()
        # The bell's line breaks, and the pull that follows finds nobody.
        assert till.shows(lambda status: status.state is LinkState.OFFLINE)
        assert till.engine.status.problem is ErrorCode.NET_UNREACHABLE
        till.sell("meanwhile")
        hub.come_back()
        assert till.shows(lambda status: status.state is LinkState.ONLINE and status.waiting == 0, 20)

    assert list(hub.books.taken) == ["meanwhile"]


def test_answers_cut_and_portals_in_between_double_nothing() -> None:
    with FlakyHub() as hub:
        hub.faults.extend([cut(0), portal(), cut(40), cut(150)])
        ledger = MemoryLedger()
        ledger.add(*(a_message(f"m{n}") for n in range(10)))
        with _running(hub, ledger) as till:
            assert till.shows(lambda status: status.state is LinkState.ONLINE and status.waiting == 0, 30)

    assert list(hub.books.taken) == [f"m{n}" for n in range(10)]
    assert not hub.faults


def test_a_revoked_till_is_told_so() -> None:
    with FlakyHub() as hub, _running(hub) as till:
        assert till.shows(lambda status: status.state is LinkState.ONLINE)
        hub.revoked = True
        till.engine.sync_now()

        assert till.shows(lambda status: status.state is LinkState.BLOCKED)
        assert till.engine.status.problem is ErrorCode.TILL_UNKNOWN


def test_the_end_does_not_wait_for_a_hub_that_never_answers() -> None:
    with FlakyHub() as hub:
        hub.broken = silence()
        with _running(hub) as till:
            assert hub.wait_for(lambda: len(hub.seen) == 1)
            assert till.engine.stop(timeout_s=3.0)


def test_a_question_is_answered_to_another_thread() -> None:
    with FlakyHub() as hub, _running(hub) as till:
        assert till.shows(lambda status: status.state is LinkState.ONLINE)
        hub.books.statuses["pay-1"] = "paid"

        answer = till.engine.remote(lambda client: client.check_payment(PaymentId("pay-1"))).result(_WAIT_S)

    assert (answer.payment_id, answer.status) == ("pay-1", "paid")


def test_an_engine_that_was_never_started_stops_at_once() -> None:
    with FlakyHub() as hub:
        assert Till(hub, MemoryLedger()).engine.stop()
