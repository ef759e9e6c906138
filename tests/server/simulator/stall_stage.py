"""Starts the simulator with one more provider open, and waits for what it notifies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from server.simulator.settings import StallSettings
from tests.server.simulator.simulator_stage import (
    Delivery,
    Handler,
    Listener,
    Receiver,
    Stage,
    settings_for,
    started,
)


@dataclass
class Play:
    """A simulator with a stall, and the receiver of its notifications; one act after the other is a scene."""

    stage: Stage
    receiver: Receiver
    stall: str
    scene: int = 0
    heard_before: int = 0

    @property
    def url(self) -> str:
        """The simulator's address."""
        return str(self.stage.http.base_url).rstrip("/")

    def next_scene(self) -> None:
        """Begin anew: with quiet switches, and deaf for what was notified before."""
        self.stage.control("chaos", reset=True)
        self.stage.idle()
        self.scene += 1
        self.heard_before = len(self.receiver.got)

    def act(self, name: str, offer: str, **more: object) -> Any:
        """Let the customer, the bank or the provider do something with an offer, named by the provider's id.

        What was to be notified before has arrived by then, so that the order of notifications is that of the acts.
        """
        self.stage.idle()
        return self.stage.control(name, offer=f"{self.stall}:{offer}", **more)

    def chaos(self, **switches: object) -> None:
        """Turn switches."""
        self.stage.control("chaos", **switches)

    def news(self) -> list[Delivery]:
        """Return everything that was notified in this scene once nothing more is under way."""
        self.stage.idle()
        return self.receiver.got[self.heard_before :]

    def offer(self, name: str) -> Any:
        """Return how an offer stands."""
        (found,) = [offer for offer in self.stage.state()["offers"] if offer["offer"] == f"{self.stall}:{name}"]
        return found


class ForgetfulLine(httpx.BaseTransport):
    """A line to the simulator on which the answer to the next call of a path gets lost, after it was carried out."""

    def __init__(self) -> None:
        self._line = httpx.HTTPTransport(trust_env=False)
        self._forgets = ""

    def forget(self, path_end: str) -> None:
        """Lose the answer to the next call whose path ends so."""
        self._forgets = path_end

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._line.handle_request(request)
        if self._forgets and request.method != "GET" and request.url.path.endswith(self._forgets):
            self._forgets = ""
            response.close()
            raise httpx.ReadTimeout("lost", request=request)
        return response

    def close(self) -> None:
        self._line.close()


@contextmanager
def listening() -> Iterator[Receiver]:
    """Receive notifications on loopback until the block ends."""
    receiver = Receiver()
    with Listener(("127.0.0.1", 0), Handler) as server:
        server.receiver = receiver
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@contextmanager
def playing(
    receiver: Receiver, stall: str, secrets: dict[str, str], facts: dict[str, str], data_dir: Path | None = None
) -> Iterator[Play]:
    """Run a simulator with the stall until the block ends."""
    stalls = {stall: StallSettings(receiver.url(f"/{stall}"), secrets, facts)}
    stage, running = started(settings_for(receiver.url, data_dir, stalls=stalls))
    try:
        yield Play(stage, receiver, stall)
    finally:
        stage.http.close()
        running.stop()
