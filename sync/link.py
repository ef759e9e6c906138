"""What the till knows about its connection: one table of states, and the status that screens show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import structlog

from domain.errors import ErrorCode
from domain.ids import Instant, PaymentId
from domain.rows import QueueState
from sync.wire import Watched

_log = structlog.get_logger("sync.link")


class LinkState(StrEnum):
    """How the till stands with its hub; BLOCKED needs a person."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    BLOCKED = "blocked"


class LinkEvent(StrEnum):
    """What can happen to the connection: an answer, no answer, a closed door, a person who asks to try now."""

    HEARD = "heard"
    SILENT = "silent"
    BARRED = "barred"
    ASKED = "asked"


_S, _E = LinkState, LinkEvent

LINK: Final[Mapping[LinkState, Mapping[LinkEvent, LinkState]]] = {
    _S.CONNECTING: {
        _E.HEARD: _S.ONLINE,
        _E.SILENT: _S.OFFLINE,
        _E.BARRED: _S.BLOCKED,
        _E.ASKED: _S.CONNECTING,
    },
    _S.OFFLINE: {
        _E.HEARD: _S.ONLINE,
        _E.SILENT: _S.OFFLINE,
        _E.BARRED: _S.BLOCKED,
        _E.ASKED: _S.CONNECTING,
    },
    _S.ONLINE: {
        _E.HEARD: _S.ONLINE,
        _E.SILENT: _S.OFFLINE,
        _E.BARRED: _S.BLOCKED,
        _E.ASKED: _S.ONLINE,
    },
    # A closed door stays closed while the network is gone as well: the person still has to act.
    _S.BLOCKED: {
        _E.HEARD: _S.ONLINE,
        _E.SILENT: _S.BLOCKED,
        _E.BARRED: _S.BLOCKED,
        _E.ASKED: _S.CONNECTING,
    },
}


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the hub's word on a payment is.

    `checked_at` is the hub's time of the provider's last word, `heard_at` this till's time of the hub's.
    """

    payment_id: PaymentId
    status: str
    checked_at: Instant | None
    heard_at: Instant


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the screen tells about the connection.

    `problem` is why it is not online, or, while online, what this till cannot do with what it hears; `reason` is a
    word for support. Times are None before the first success.
    """

    state: LinkState
    since: Instant
    waiting: int = 0
    refused: int = 0
    last_sent_at: Instant | None = None
    last_pulled_at: Instant | None = None
    problem: ErrorCode | None = None
    reason: str = ""
    watched: tuple[Freshness, ...] = ()

    def freshness(self, payment_id: PaymentId) -> Freshness | None:
        """Return how fresh the hub's word on a payment is, if it was asked about."""
        return next((fresh for fresh in self.watched if fresh.payment_id == payment_id), None)


class Link:
    """The one place where the status changes. It belongs to the engine's thread; `status` may be read from any."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self._listeners: tuple[Callable[[SyncStatus], None], ...] = ()
        self._trouble: ErrorCode | None = None
        self._barrier: tuple[ErrorCode | None, str] = (None, "")
        self.status = SyncStatus(LinkState.CONNECTING, now())

    def listen(self, listener: Callable[[SyncStatus], None]) -> None:
        """Call `listener` on the engine's thread with every status that differs from the one before."""
        self._listeners = (*self._listeners, listener)

    def happened(self, event: LinkEvent, problem: ErrorCode | None = None, reason: str = "") -> None:
        """Move along LINK; `problem` and `reason` say why there is no connection."""
        before = self.status.state
        after = LINK[before][event]
        if event in {LinkEvent.HEARD, LinkEvent.BARRED} or after is not LinkState.BLOCKED:
            self._barrier = (problem, reason)
        if after is not before:
            _log.info("link_changed", state=after, problem=problem, reason=reason)
        self._publish(replace(self.status, state=after, since=self.status.since if after is before else self._now()))

    def trouble(self, code: ErrorCode | None) -> None:
        """Say what this till itself cannot do while the connection is up, or None when it can again."""
        if code is not self._trouble:
            _log.info("trouble_changed", code=code)
        self._trouble = code
        self._publish(self.status)

    def counted(self, queue: QueueState) -> None:
        """Show what waits."""
        self._publish(
            replace(
                self.status,
                waiting=queue.waiting,
                refused=queue.refused,
                last_sent_at=queue.last_sent_at,
                last_pulled_at=self.status.last_pulled_at or queue.last_pulled_at,
            )
        )

    def pulled(self, watched: Sequence[Watched]) -> None:
        """Show that the till is up to date, and how fresh the hub's word on the watched payments is."""
        at = self._now()
        fresh = tuple(
            Freshness(PaymentId(w.payment_id), w.status, None if w.checked_at is None else Instant(w.checked_at), at)
            for w in watched
        )
        self._publish(replace(self.status, last_pulled_at=at, watched=fresh))

    def _publish(self, status: SyncStatus) -> None:
        problem, reason = (self._trouble, "") if status.state is LinkState.ONLINE else self._barrier
        status = replace(status, problem=problem, reason=reason)
        if status == self.status:
            return
        self.status = status
        for listener in self._listeners:
            try:
                listener(status)
            except Exception:  # noqa: BLE001 - what a screen does with the news must never stop the messages
                _log.exception("listener_failed")
