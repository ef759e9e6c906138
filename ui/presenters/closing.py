"""Closing the window: free while everything was sent; else it is told once what waits, and can be sent first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.changes import Changes, Topic
from domain.errors import DomainError
from domain.rows import UnsentRow
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter
from ui.work import Link, SyncControl


class ClosingStage(StrEnum):
    """How far closing has come."""

    OPEN = "open"
    LOOKING = "looking"
    ASKING = "asking"
    SENDING = "sending"


_TOLD: Final = frozenset({ClosingStage.ASKING, ClosingStage.SENDING})
_AWAY: Final = frozenset({Link.OFFLINE, Link.BLOCKED})


@dataclass(frozen=True, slots=True)
class ClosingState:
    """What waits, by kind; `first` counts what waited when sending began. `away` says that the hub is out of reach."""

    stage: ClosingStage = ClosingStage.OPEN
    unsent: tuple[UnsentRow, ...] = ()
    first: int = 0
    away: bool = False

    @property
    def waiting(self) -> int:
        """How many messages will be sent at the next start, if not before."""
        return sum(row.waiting for row in self.unsent)

    @property
    def refused(self) -> int:
        """How many the hub refused: they wait for a person, not for the next start."""
        return sum(row.refused for row in self.unsent)


class ClosingPresenter(Presenter[ClosingState]):
    """Anybody may close the till, signed in or not: what is unsent is safe in its books either way."""

    def __init__(self, desk: Desk, control: SyncControl) -> None:
        super().__init__(ClosingState())
        self._desk = desk
        self._control = control
        self._leave: Callable[[], None] = _nothing

    def ask(self, leave: Callable[[], None]) -> None:
        """Close by `leave`, after a question if something waits. Asked again while it is looked up, it just closes."""
        if self.state.stage in _TOLD:
            return
        if self.state.stage is ClosingStage.LOOKING:
            leave()
            return
        self._leave = leave
        self._become(ClosingState(ClosingStage.LOOKING))
        self._look()

    def send(self) -> None:
        """Send now, and close by itself once nothing waits any more."""
        if self.state.stage is ClosingStage.ASKING:
            self._change(stage=ClosingStage.SENDING, first=self.state.waiting, away=self._away)
            self._control.wake()
            self._look()

    def close_anyway(self) -> None:
        """Close now; what waits is sent at the next start."""
        if self.state.stage in _TOLD:
            self._go()

    def stay(self) -> None:
        """Go on working; what is being sent is sent all the same."""
        self._leave = _nothing
        self._become(ClosingState())

    def on_changes(self, changes: Changes) -> None:
        """Something was sent, or came to wait."""
        if self.state.stage in _TOLD and Topic.OUTBOX in changes.touched:
            self._look()

    def on_sync(self) -> None:
        """The connection came or went, or something was sent."""
        if self.state.stage in _TOLD:
            self._change(away=self._away)
            self._look()

    @property
    def _away(self) -> bool:
        return Link(self._desk.sync.state) in _AWAY

    def _look(self) -> None:
        self._desk.work.query(lambda queries: queries.unsent(), self._show, self._not_read)

    def _show(self, unsent: Sequence[UnsentRow]) -> None:
        stage = self.state.stage
        if stage is ClosingStage.OPEN:
            return
        waiting = sum(row.waiting for row in unsent)
        if not waiting and stage is not ClosingStage.ASKING:
            self._go()
        else:
            asking = ClosingStage.ASKING if stage is ClosingStage.LOOKING else stage
            self._change(stage=asking, unsent=tuple(unsent), away=self._away)

    def _not_read(self, _error: DomainError) -> None:
        """Books that cannot be read keep nobody in the window: closing changes nothing in them."""
        if self.state.stage is ClosingStage.LOOKING:
            self._go()

    def _go(self) -> None:
        leave = self._leave
        self.stay()
        leave()


def _nothing() -> None:
    """Nobody wants to close."""
