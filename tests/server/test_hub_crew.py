"""Crews and workers: nobody who hangs or breaks takes the others along."""

import threading

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import MerchantId
from server.workers import crew as crew_module
from server.workers.crew import Crew, Place
from server.workers.loop import Worker

A, B, C = MerchantId("a"), MerchantId("b"), MerchantId("c")
WAIT_S = 10.0


def taken(place: Place | None) -> Place:
    assert place is not None
    return place


def test_a_merchant_has_its_share_and_the_crew_its_size() -> None:
    crew = Crew("test", size=3, share=2, done=lambda: None)
    places = [crew.reserve(A), crew.reserve(A)]
    assert crew.reserve(A) is None
    assert crew.reserve(B) is not None
    assert crew.reserve(C) is None
    crew.release(taken(places[0]))
    assert crew.reserve(C) is not None


def test_a_place_is_free_again_after_a_task_that_broke() -> None:
    free = threading.Event()
    crew = Crew("test", size=1, share=1, done=free.set)
    crew.run(taken(crew.reserve(A)), lambda: int("no number"))
    assert free.wait(WAIT_S)
    assert crew.reserve(B) is not None


def test_a_call_that_hangs_counts_against_its_merchant_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew("test", size=1, share=1, done=lambda: None)
    hang = threading.Event()
    crew.run(taken(crew.reserve(A)), lambda: hang.wait(WAIT_S))
    assert crew.reserve(B) is None
    monkeypatch.setattr(crew_module, "OVERDUE_S", 0.0)
    assert crew.reserve(A) is None
    assert crew.reserve(B) is not None
    hang.set()
    crew.stop()


def test_a_worker_goes_on_after_everything_that_can_go_wrong() -> None:
    steps: list[int] = []
    enough = threading.Event()

    def step() -> bool:
        steps.append(len(steps))
        if len(steps) == 1:
            raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
        if len(steps) == 2:
            raise KeyError("a bug")
        if len(steps) >= 4:
            enough.set()
        return len(steps) < 4

    worker = Worker("test", step, pause_s=0.001)
    worker.start()
    assert enough.wait(WAIT_S)
    worker.stop()


def test_a_worker_that_is_woken_does_not_wait_for_its_pause() -> None:
    steps = threading.Semaphore(0)

    def step() -> bool:
        steps.release()
        return False

    worker = Worker("test", step, pause_s=3_600)
    worker.start()
    for _ in range(3):
        assert steps.acquire(timeout=WAIT_S)
        worker.wake()
    worker.stop()


def test_a_worker_that_never_started_stops() -> None:
    Worker("test", lambda: False, pause_s=1).stop()
