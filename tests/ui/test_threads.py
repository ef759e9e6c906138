"""Answers arrive on the GUI thread, exactly once, whatever happens on the lanes; bursts of changes arrive together."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest
import structlog
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import PaymentId
from tests.fakes.fixed_queries import FixedQueries
from tests.fakes.immediate_work import FakeHub
from tests.fakes.recording_view import FixedSync
from tests.fakes.small_shop import SmallShop, SmallUnitOfWork
from ui.threads import ChangesBridge, ThreadedWork


class Units:
    def run(self, op: Callable[[Any], Any]) -> Any:
        return op(SmallUnitOfWork(SmallShop()))


@pytest.fixture
def lanes() -> Iterator[tuple[Executor, Executor]]:
    with ThreadPoolExecutor(1, "writer") as writer, ThreadPoolExecutor(1, "reader") as reader:
        yield writer, reader


@pytest.fixture
def unheard() -> list[DomainError]:
    return []


@pytest.fixture
def work(
    qapp: QCoreApplication, lanes: tuple[Executor, Executor], unheard: list[DomainError]
) -> Iterator[ThreadedWork]:
    made = ThreadedWork(Units(), FixedQueries(), FakeHub(), *lanes, unheard.append)
    yield made
    made.close()


def where() -> str:
    return threading.current_thread().name


def test_each_kind_of_work_has_its_lane_and_answers_on_the_gui_thread(work: ThreadedWork, qtbot: QtBot) -> None:
    ran: dict[str, str] = {}
    heard: list[str] = []

    def done(name: str) -> Callable[[str], None]:
        return lambda thread: (ran.__setitem__(name, thread), heard.append(where()))[0]

    work.command(lambda _uow: where(), done("command"), pytest.fail)
    work.query(lambda _queries: where(), done("query"))
    work.compute(where, done("compute"), pytest.fail)
    work.remote(lambda hub: (hub.check_payment(PaymentId("p")), where())[1], done("remote"), pytest.fail)
    qtbot.waitUntil(lambda: len(ran) == 4, timeout=2000)
    assert ran["command"].startswith("writer")
    assert ran["query"].startswith("reader")
    assert ran["compute"].startswith("till-pool")
    assert ran["remote"].startswith("till-pool")
    assert set(heard) == {threading.main_thread().name}


def test_a_refusal_arrives_as_it_was_raised(work: ThreadedWork, qtbot: QtBot) -> None:
    refusals: list[DomainError] = []

    def refuse(_uow: object) -> None:
        raise RuleBroken(ErrorCode.CASH_NOT_ENOUGH, missing=5)

    work.command(refuse, pytest.fail, refusals.append)
    qtbot.waitUntil(lambda: bool(refusals), timeout=2000)
    assert (refusals[0].code, refusals[0].facts) == (ErrorCode.CASH_NOT_ENOUGH, {"missing": 5})


def test_an_error_of_our_own_is_logged_and_told_without_its_words(
    work: ThreadedWork, qtbot: QtBot, unheard: list[DomainError]
) -> None:
    def stumble(_queries: object) -> None:
        raise ZeroDivisionError("secret detail")

    with structlog.testing.capture_logs() as logs:
        work.query(stumble, pytest.fail)
        qtbot.waitUntil(lambda: bool(unheard), timeout=2000)
    assert unheard[0].code is ErrorCode.UNEXPECTED
    assert unheard[0].facts == {}
    assert [entry["event"] for entry in logs] == ["work_failed"]


def test_a_closed_till_brings_no_more_answers(work: ThreadedWork, qtbot: QtBot) -> None:
    answers: list[int] = []
    begun, go_on = threading.Event(), threading.Event()
    work.query(lambda _queries: (begun.set(), go_on.wait(2))[0] or 1, answers.append)
    assert begun.wait(2)
    work.close()
    go_on.set()
    work.query(lambda _queries: 2, answers.append)
    qtbot.wait(30)
    assert answers == []


def test_a_burst_of_changes_is_told_once(qtbot: QtBot) -> None:
    bridge = ChangesBridge()
    told: list[Changes] = []
    bridge.changed.connect(told.append)

    def commit_often() -> None:
        for number in range(100):
            bridge.publish(Changes({Topic.PAYMENTS: frozenset({f"p{number}"})}))
        bridge.publish(Changes({Topic.OUTBOX: frozenset({"m"})}))

    thread = threading.Thread(target=commit_often)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(told), timeout=2000)
    assert len(told) == 1
    assert len(told[0].touched[Topic.PAYMENTS]) == 100
    assert told[0].touched[Topic.OUTBOX] == {"m"}


def test_only_the_newest_account_of_the_engine_is_told(qtbot: QtBot) -> None:
    bridge = ChangesBridge()
    told: list[FixedSync] = []
    bridge.synced.connect(told.append)
    for waiting in range(10):
        bridge.publish_sync(FixedSync(waiting=waiting))
    qtbot.waitUntil(lambda: bool(told), timeout=2000)
    assert [sync.waiting for sync in told] == [9]
