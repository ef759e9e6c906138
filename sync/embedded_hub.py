"""A program that lives and dies with the till in a process of its own: the embedded hub, or the simulator."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Final

import structlog

from sync.backoff import Backoff

_log = structlog.get_logger("sync.embedded_hub")

READY_S: Final = 30.0
STOP_S: Final = 3.0
STEADY_S: Final = 60.0
"""A child that lived this long was well: its next end is a first one again."""

_KILL_S: Final = 1.0
_READY_BYTES: Final = 4096
_DRAIN_BYTES: Final = 65536

if sys.platform == "win32":
    _NO_CONSOLE: Final = subprocess.CREATE_NO_WINDOW
else:
    _NO_CONSOLE: Final = 0


class EmbeddedHub:
    """Starts `command`, hands it `secrets()` on standard input, learns its port and starts it again when it dies.

    Everything waits on a thread of its own, so that no window ever waits for it. Secrets travel neither in the
    arguments nor in the environment, where other programs of the machine can read them. What the child writes to its
    standard error goes to the file `errors`, if one is named.
    """

    def __init__(
        self,
        command: Sequence[str],
        secrets: Callable[[], Mapping[str, str]],
        backoff: Backoff,
        *,
        on_ready: Callable[[int], None] | None = None,
        errors: Path | None = None,
        ready_s: float = READY_S,
    ) -> None:
        self._command = tuple(command)
        self._secrets = secrets
        self._backoff = backoff
        self._on_ready = on_ready
        self._errors = errors
        self._ready_s = ready_s
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._port: int | None = None

    @property
    def port(self) -> int | None:
        """The port that answers on loopback, or None while there is none."""
        return self._port

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is none."""
        child = self._child
        return None if child is None else child.pid

    def address(self) -> str | None:
        """Return the address for HubClient and Doorbell, or None while there is none."""
        port = self._port
        return None if port is None else f"http://127.0.0.1:{port}"

    def start(self) -> None:
        """Start the child and its supervision; returns at once."""
        self._thread = threading.Thread(target=self._supervise, name="embedded-hub", daemon=True)
        self._thread.start()

    def wait_ready(self, timeout_s: float) -> int | None:
        """Wait for the port, for commands and tests that have nothing else to do; None if it did not come in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._port is not None, timeout_s)
            return self._port

    def stop(self, timeout_s: float = STOP_S) -> None:
        """Let the child end by closing its lifeline; terminate, then kill it if it does not within `timeout_s`."""
        with self._changed:
            self._stopping.set()
            child = self._child
        if child is not None:
            _end(child, timeout_s)
        if self._thread is not None:
            self._thread.join(_KILL_S)

    def _supervise(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            started_at = time.monotonic()
            try:
                code = self._live_once()
            except Exception:  # noqa: BLE001 - whatever went wrong around one child, there is a next one
                _log.exception("child_lost")
                code = None
            if self._stopping.is_set():
                return
            tries = 1 if time.monotonic() - started_at > STEADY_S else tries + 1
            delay_ms = self._backoff.delay_ms(tries)
            _log.warning("child_ended", program=self._command[1:3], code=code, tries=tries, again_in_ms=delay_ms)
            self._stopping.wait(delay_ms / 1_000)

    def _live_once(self) -> int | None:
        """Start the child and stay with it to its end; return its exit code, or None if it could not be started."""
        with ExitStack() as files:
            errors: int | IO[bytes] = subprocess.DEVNULL
            try:
                if self._errors is not None:
                    errors = files.enter_context(self._errors.open("ab"))
                child = self._begin(errors)
            except OSError as error:
                _log.warning("child_not_started", error=type(error).__name__, errno=error.errno)
                return None
        if child is None:
            return None
        try:
            self._attend(child)
        finally:
            self._tell_port(None)
            _end(child, STOP_S)
            assert child.stdout is not None
            child.stdout.close()
            self._child = None
        return child.returncode

    def _begin(self, errors: int | IO[bytes]) -> subprocess.Popen[bytes] | None:
        with self._changed:
            if self._stopping.is_set():
                return None
            self._child = subprocess.Popen(  # noqa: S603 - the till's own program, named by its wiring
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                creationflags=_NO_CONSOLE,
            )
            return self._child

    def _attend(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        line = json.dumps(dict(self._secrets())).encode() + b"\n"
        with suppress(OSError):  # a child that is gone already is found by its silence
            child.stdin.write(line)
            child.stdin.flush()
        impatience = threading.Timer(self._ready_s, child.kill)
        impatience.daemon = True
        impatience.start()
        try:
            port = _port_of(child.stdout.readline(_READY_BYTES))
        finally:
            impatience.cancel()
        if port is None:
            _log.warning("child_not_ready", program=self._command[1:3])
            return
        self._tell_port(port)
        if self._on_ready is not None:
            self._on_ready(port)
        while child.stdout.read1(_DRAIN_BYTES):  # type: ignore[attr-defined]  # a pipe opened for bytes is buffered
            pass

    def _tell_port(self, port: int | None) -> None:
        with self._changed:
            self._port = port
            self._changed.notify_all()


def _port_of(line: bytes) -> int | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("ready") is not True:
        return None
    port = said.get("port")
    return port if type(port) is int and 0 < port < 65_536 else None


def _end(child: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Close the lifeline, and insist more and more; the child has ended when this returns."""
    assert child.stdin is not None
    with suppress(OSError):
        child.stdin.close()
    for insist, wait_s in ((child.terminate, timeout_s), (child.kill, _KILL_S)):
        try:
            child.wait(wait_s)
        except subprocess.TimeoutExpired:
            insist()
        else:
            return
    child.wait()
