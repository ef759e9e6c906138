"""Where work meets threads: lanes run what presenters ask for, one queued signal brings every answer to the GUI."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from domain.changes import Changes, Topic
from domain.errors import DomainError, ErrorCode
from domain.ports import Queries, UnitOfWork
from ui.sound import SoundState
from ui.work import RemoteHub, SyncView

T = TypeVar("T")

BURST_MS: Final = 50
"""Changes of this long are told together, so that a page of a hundred facts is read once."""

_POOL: Final = 3
_OVER: Final = (RuntimeError,)
"""What Qt raises once its side of an object is gone: the till is closing."""


class Units(Protocol):
    """Runs one unit of work and commits it."""

    def run(self, op: Callable[[UnitOfWork], T]) -> T:
        """Begin, call `op`, commit, publish what changed; return what `op` returned."""


class _Mailbox(QObject):
    """Lives on the GUI thread and opens there what other threads post."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(self._open, Qt.ConnectionType.QueuedConnection)

    def _open(self, letter: Callable[[], None]) -> None:
        letter()


class ThreadedWork:
    """Work on two lanes of one thread each, given from outside, and a small pool for what touches no database.

    `unheard` gets the problem of a query that has no `failed` of its own.
    """

    def __init__(
        self,
        units: Units,
        queries: Queries,
        hub: RemoteHub,
        writer: Executor,
        reader: Executor,
        unheard: Callable[[DomainError], None],
    ) -> None:
        """`units` is used on `writer` alone, `queries` on `reader` alone, `hub` on threads of the pool."""
        self._units = units
        self._queries = queries
        self._hub = hub
        self._writer = writer
        self._reader = reader
        self._unheard = unheard
        self._pool = ThreadPoolExecutor(_POOL, thread_name_prefix="till-pool")
        self._mailbox = _Mailbox()
        self._closed = False

    def command(
        self, op: Callable[[UnitOfWork], T], done: Callable[[T], None], failed: Callable[[DomainError], None]
    ) -> None:
        """Run `op` in one committed unit of work on the writer lane."""
        self._submit(self._writer, lambda: self._units.run(op), done, failed)

    def query(
        self,
        op: Callable[[Queries], T],
        done: Callable[[T], None],
        failed: Callable[[DomainError], None] | None = None,
    ) -> None:
        """Read on the reader lane."""
        self._submit(self._reader, lambda: self._read(op), done, failed or self._unheard)

    def compute(self, op: Callable[[], T], done: Callable[[T], None], failed: Callable[[DomainError], None]) -> None:
        """Run slow pure work on the pool."""
        self._submit(self._pool, op, done, failed)

    def remote(
        self, op: Callable[[RemoteHub], T], done: Callable[[T], None], failed: Callable[[DomainError], None]
    ) -> None:
        """Ask the hub on the pool."""
        self._submit(self._pool, lambda: op(self._hub), done, failed)

    def close(self) -> None:
        """Bring no more answers; the lanes are closed by whoever gave them."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, op: Callable[[Queries], T]) -> T:
        with self._queries.moment():
            return op(self._queries)

    def _submit(
        self,
        lane: Executor,
        op: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[DomainError], None],
    ) -> None:
        if not self._closed:
            lane.submit(self._work, op, done, failed)

    def _work(self, op: Callable[[], T], done: Callable[[T], None], failed: Callable[[DomainError], None]) -> None:
        """Run on a lane: whatever happens, exactly one answer is posted."""
        try:
            answer = op()
        except DomainError as error:
            refusal = error
            self._post(lambda: failed(refusal))
        except Exception:  # noqa: BLE001 - an error of our own must reach the person and the log, not end a lane
            _log_unexpected()
            self._post(lambda: failed(DomainError(ErrorCode.UNEXPECTED)))
        else:
            self._post(lambda: done(answer))

    def _post(self, letter: Callable[[], None]) -> None:
        with suppress(*_OVER):
            self._mailbox.posted.emit(lambda: None if self._closed else letter())


class Watcher(Protocol):
    """Whoever wants to hear of changes and of the sync engine, such as a presenter."""

    def on_changes(self, changes: Changes) -> None:
        """A commit touched something."""

    def on_sync(self) -> None:
        """The sync engine said something new of itself."""


class ChangesBridge(QObject):
    """Carries what commits changed, and what sync and sound say of themselves, from any thread to the GUI thread.

    Signals: `changed(Changes)` with everything touched within 50 ms; `synced(SyncView)` with the newest account only;
    `sounded(SoundState)` when the loudspeaker came or went.
    """

    changed = Signal(object)
    synced = Signal(object)
    sounded = Signal(object)
    _arrived = Signal(object)
    _told = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._touched: dict[Topic, frozenset[str]] = {}
        self._sync: SyncView | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BURST_MS)
        self._timer.timeout.connect(self._deliver)
        self._arrived.connect(self._gather, Qt.ConnectionType.QueuedConnection)
        self._told.connect(self._take_sync, Qt.ConnectionType.QueuedConnection)

    def publish(self, changes: Changes) -> None:
        """Tell of a commit; may be called on any thread, returns at once."""
        with suppress(*_OVER):
            self._arrived.emit(changes)

    def publish_sync(self, sync: SyncView) -> None:
        """Tell what the sync engine says of itself; may be called on any thread, returns at once."""
        with suppress(*_OVER):
            self._told.emit(sync)

    def publish_sound(self, state: SoundState) -> None:
        """Tell whether sounds can be heard; may be called on any thread, returns at once."""
        with suppress(*_OVER):
            self.sounded.emit(state)

    def _gather(self, changes: Changes) -> None:
        for topic, ids in changes.touched.items():
            self._touched[topic] = self._touched.get(topic, frozenset()) | ids
        if not self._timer.isActive():
            self._timer.start()

    def _take_sync(self, sync: SyncView) -> None:
        self._sync = sync
        if not self._timer.isActive():
            self._timer.start()

    def _deliver(self) -> None:
        touched, self._touched = self._touched, {}
        sync, self._sync = self._sync, None
        if sync is not None:
            self.synced.emit(sync)
        if touched:
            self.changed.emit(Changes(touched))


def _log_unexpected() -> None:
    import structlog

    structlog.get_logger("ui.threads").exception("work_failed")
