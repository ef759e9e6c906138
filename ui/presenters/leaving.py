"""Taking a till out of service: refused while something is unsent, unless all of it goes into a folder first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.changes import Changes, Topic
from domain.errors import DomainError
from domain.ids import Instant
from domain.policy import Action, Actor
from domain.ports import UnitOfWork
from domain.rows import UnsentRow
from domain.services.keys import confirm_leaving
from ui.key_work import KeyControl, KeyPlace, KeysLook, LeavingControl
from ui.presenters.desk import Desk
from ui.presenters.own_pin import OwnPin, PinRefusal
from ui.presenters.presenter import Presenter
from ui.work import SyncControl


class LeavingStage(StrEnum):
    """How far a person has come; from LEAVING on there is no way back."""

    CLOSED = "closed"
    LOOKING = "looking"
    ASKING = "asking"
    CHECKING = "checking"
    LEAVING = "leaving"
    FAILED = "failed"


_FINAL: Final = frozenset({LeavingStage.LEAVING, LeavingStage.FAILED})


@dataclass(frozen=True, slots=True)
class LeavingState:
    """`unsent` is what the hub does not have; `hub_here` says that the hub itself would be removed.

    `has_code` says that a recovery code opens a copy, `copy` is the folder that gets one, empty for none. `mistyped`
    says that the till's code was not the one that was typed; `attempt` rises with every refusal.
    """

    stage: LeavingStage = LeavingStage.CLOSED
    unsent: tuple[UnsentRow, ...] = ()
    hub_here: bool = False
    has_code: bool = False
    copy: str = ""
    sending: bool = False
    mistyped: bool = False
    tries_left: int | None = None
    attempt: int = 0
    problem: DomainError | None = None

    @property
    def waiting(self) -> int:
        """How many messages wait, the refused ones among them."""
        return sum(row.waiting + row.refused for row in self.unsent)

    @property
    def needs_copy(self) -> bool:
        """Whether something would be lost without a copy."""
        return self.hub_here or self.waiting > 0

    @property
    def can_leave(self) -> bool:
        """Whether nothing would be lost: all is elsewhere, or goes into a copy that the recovery code opens."""
        return self.stage is LeavingStage.ASKING and (self.has_code if self.copy else not self.needs_copy)


class LeavingPresenter(Presenter[LeavingState]):
    """Leads out of service; nothing is removed before the till's code and the PIN were right."""

    def __init__(
        self, desk: Desk, pin: OwnPin, keys: KeyControl, leaving: LeavingControl, control: SyncControl
    ) -> None:
        super().__init__(LeavingState())
        self._desk, self._pin, self._keys, self._leaving, self._control = desk, pin, keys, leaving, control

    def begin(self) -> None:
        """Look what is unsent and whether a recovery code was made."""
        if not self._desk.may(Action.LEAVE_TILL) or self.state.stage is not LeavingStage.CLOSED:
            return
        actor = self._desk.signed_in
        self._become(LeavingState(LeavingStage.LOOKING, hub_here=self._leaving.hub_here))
        self._desk.work.compute(lambda: self._keys.look(actor), self._show_look, self._show_problem)

    def cancel(self) -> None:
        """Leave everything as it is."""
        if self.state.stage not in _FINAL:
            self._become(LeavingState())

    def send(self) -> None:
        """Send now what waits, and offer again what was refused."""
        if self.state.stage is LeavingStage.ASKING and self.state.waiting:
            self._change(sending=True)
            if any(row.refused for row in self.state.unsent):
                self._control.retry_refused(self._desk.signed_in)
            else:
                self._control.wake()

    def choose_copy(self, folder: str) -> None:
        """Have everything copied into a folder before it is removed here; empty for no copy."""
        if self.state.stage is LeavingStage.ASKING:
            self._change(copy=folder, problem=None)

    def submit(self, till_code: str, pin: str) -> None:
        """Agree by the till's code and the own PIN, which is held nowhere but in its check."""
        state = self.state
        if not state.can_leave:
            return
        if till_code.strip().casefold() != self._desk.shop.till_code.casefold():
            self._change(mistyped=True, tries_left=None, problem=None, attempt=state.attempt + 1)
            return
        self._change(stage=LeavingStage.CHECKING, mistyped=False, tries_left=None, problem=None)

        def record(uow: UnitOfWork, actor: Actor, right: bool, at: Instant) -> bool:
            return confirm_leaving(uow, actor, right, state.waiting, state.copy, at)

        self._pin.ask(pin, record, lambda actor: self._go(actor, state.copy), self._wrong_pin)

    def start_anew(self) -> None:
        """Start the till anew after leaving failed: it is as it was."""
        if self.state.stage is LeavingStage.FAILED:
            self._leaving.start_anew()

    def on_changes(self, changes: Changes) -> None:
        """Something was sent or came to wait."""
        if self.state.stage is LeavingStage.ASKING and Topic.OUTBOX in changes.touched:
            self._count()

    def _go(self, actor: Actor, copy: str) -> None:
        """Leave, unless the till locked itself while the PIN was checked."""
        if self.state.stage is LeavingStage.CHECKING:
            self._change(stage=LeavingStage.LEAVING)
            self._leaving.leave(actor, copy, self._not_left)

    def _show_look(self, look: KeysLook) -> None:
        if self.state.stage is not LeavingStage.LOOKING:
            return
        if look.place is KeyPlace.DEMO:
            self.cancel()  # a demo shop is wiped instead
            return
        self._change(has_code=look.code_made_at is not None)
        self._count()

    def _count(self) -> None:
        self._desk.work.query(lambda queries: queries.unsent(), self._show_unsent, self._show_problem)

    def _show_unsent(self, unsent: Sequence[UnsentRow]) -> None:
        if self.state.stage in (LeavingStage.LOOKING, LeavingStage.ASKING):
            sending = self.state.sending and any(row.waiting for row in unsent)
            self._change(stage=LeavingStage.ASKING, unsent=tuple(unsent), sending=sending)

    def _wrong_pin(self, refusal: PinRefusal) -> None:
        if self.state.stage is LeavingStage.CHECKING:
            self._change(
                stage=LeavingStage.ASKING,
                tries_left=refusal.tries_left,
                problem=refusal.error,
                attempt=self.state.attempt + 1,
            )

    def _not_left(self, error: DomainError) -> None:
        """The till is closed and as it was: whoever is there is told, and an empty seat gets it back at once."""
        self._change(stage=LeavingStage.FAILED, problem=error)
        if self._desk.actor is None:
            self.start_anew()

    def _show_problem(self, error: DomainError) -> None:
        if self.state.stage is not LeavingStage.CLOSED:
            self._change(stage=LeavingStage.ASKING, problem=error, attempt=self.state.attempt + 1)
