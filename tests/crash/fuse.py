"""A fuse through a hub's work: at the step it is cut for, the process is gone as by kill -9."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from storage.hub_units import SqliteHub
from storage.session import Session
from storage.sqlite import Connection

BEFORE_COMMIT, COMMITTED = "before the commit", "committed"
BEFORE_CALL, SENT, ANSWERED = "before the call", "call sent", "answer received"
STEPS = (BEFORE_COMMIT, COMMITTED, BEFORE_CALL, SENT, ANSWERED)


class Fuse:
    """Counts the steps of one life; the one numbered `last` (from 1; 0 for none) is not survived."""

    def __init__(self, last: int, tell: Callable[[str], None]) -> None:
        self._last = last
        self._tell = tell
        self.steps = 0

    def burns(self, step: str) -> bool:
        """Count a step and tell whether it is the last one."""
        self.steps += 1
        if self.steps == self._last:
            self._tell(step)
        return self.steps == self._last

    def step(self, step: str) -> None:
        """Count a step and end the process, if it is the last one."""
        if self.burns(step):
            die()


def die() -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


class FusedHub(SqliteHub):
    """A hub's file; each transaction that changes something has a step before and one after its commit."""

    def __init__(self, open_connection: Callable[[], Connection], fuse: Fuse) -> None:
        super().__init__(open_connection)
        self._fuse = fuse

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Begin; commit when the block ends, roll back if it raises."""
        with super().transaction() as session:
            before = self._changes()
            yield session
            changed = self._changes() != before
            if changed:
                self._fuse.step(BEFORE_COMMIT)
        if changed:
            self._fuse.step(COMMITTED)

    def _changes(self) -> int:
        return int(self._connection.raw.total_changes)


class FusedLine(httpx.BaseTransport):
    """The line to a provider; each call has a step before it, one when it is sent and one when its answer is there."""

    def __init__(self, fuse: Fuse) -> None:
        self._line = httpx.HTTPTransport(trust_env=False)
        self._fuse = fuse

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._fuse.step(BEFORE_CALL)
        if self._fuse.burns(SENT):
            _send(request)
            die()
        response = self._line.handle_request(request)
        response.read()
        self._fuse.step(ANSWERED)
        return response

    def close(self) -> None:
        self._line.close()


def _send(request: httpx.Request) -> None:
    """Put a whole request on the wire and read nothing of its answer."""
    head = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)
    lines = b"".join(b"%s: %s\r\n" % line for line in request.headers.raw)
    with socket.create_connection((request.url.host, request.url.port or 80)) as wire:
        wire.sendall(head + lines + b"\r\n" + request.read())
