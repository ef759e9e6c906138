"""A worker: one thread that does its step again and again, at once while there is work, and survives every fault."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from domain.errors import StorageUnavailable
from server.logs import told

_log = structlog.get_logger("hub.worker")

LONGEST_PAUSE_S: Final = 30.0
STOP_S: Final = 5.0


class Worker:
    """Calls `step` when it is woken or `pause_s` have passed; a step returns whether there is more to do at once."""

    def __init__(self, name: str, step: Callable[[], bool], pause_s: float) -> None:
        self._name = name
        self._step = step
        self._pause_s = pause_s
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hub-{name}", daemon=True)

    def start(self) -> None:
        """Work until `stop`."""
        self._thread.start()

    def wake(self) -> None:
        """Do the next step now, from any thread."""
        self._bell.set()

    def stop(self) -> None:
        """Let the step that runs end, and wait for it a while."""
        self._stopping.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        pause_s = self._pause_s
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                pause_s = 0.0 if self._step() else self._pause_s
            except StorageUnavailable as error:
                pause_s = self._longer(pause_s)
                _log.warning("worker_waits", worker=self._name, code=error.code, again_in_s=pause_s)
            except Exception as error:  # noqa: BLE001 - a worker that ends would leave money unbooked in silence
                pause_s = self._longer(pause_s)
                _log.error("worker_failed", worker=self._name, again_in_s=pause_s, **told(error))
            if pause_s:
                self._bell.wait(pause_s)

    def _longer(self, pause_s: float) -> float:
        return min(max(pause_s, self._pause_s) * 2, LONGEST_PAUSE_S)
