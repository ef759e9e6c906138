"""Starts the simulator and its receiver for a test and stops them after it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.simulator.simulator_stage import Handler, Listener, Receiver, Running, Stage, settings_for, started


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver()
    with Listener(("127.0.0.1", 0), Handler) as server:
        server.receiver = receiver
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@pytest.fixture
def start(receiver: Receiver, tmp_path: Path) -> Iterator[Callable[[], tuple[Stage, Running]]]:
    """Start the test shop's simulator; a second start finds the same data folder."""
    opened: list[tuple[Stage, Running]] = []

    def start() -> tuple[Stage, Running]:
        opened.append(started(settings_for(receiver.url, tmp_path)))
        return opened[-1]

    yield start
    for stage, running in opened:
        stage.http.close()
        running.stop()


@pytest.fixture
def stage(start: Callable[[], tuple[Stage, Running]]) -> Stage:
    """The test shop's simulator, running."""
    return start()[0]
