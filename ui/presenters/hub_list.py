"""What the owner's lists at the hub share: read once the PIN was typed, and again when the hub is back in reach."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from domain.errors import DomainError, ErrorCode
from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import HubDesk, Proof
from ui.presenters.hub_proof import ProofPresenter
from ui.presenters.presenter import Presenter

T = TypeVar("T")

AWAY: Final = frozenset({ErrorCode.NET_UNREACHABLE, ErrorCode.NET_TIMEOUT})
"""The hub did not answer; nobody knows what became of an act."""


@dataclass(frozen=True, slots=True)
class HubListState:
    """`loaded` once the list was read, `busy` while the hub is asked; `away` after it did not answer."""

    loaded: bool = False
    online: bool = False
    busy: bool = False
    away: bool = False
    problem: DomainError | None = None

    @property
    def can_act(self) -> bool:
        """Whether a button that asks the hub can be pressed."""
        return self.online and not self.busy


L = TypeVar("L", bound=HubListState)


class HubListPresenter(Presenter[L]):
    """One list of the hub and the acts on it; everything is forgotten when its screen goes to the back."""

    def __init__(self, blank: L, desk: Desk, proofs: ProofPresenter, action: Action) -> None:
        """`blank` is the state before anything was read, `action` is what a role must be allowed to see it."""
        super().__init__(blank)
        self._blank = blank
        self._desk = desk
        self._proofs = proofs
        self._action = action
        self._visit = 0

    @abstractmethod
    def read(self, hub: HubDesk, proof: Proof) -> Any:
        """Ask the hub for the list."""

    @abstractmethod
    def show(self, answer: Any) -> None:
        """Take the list over."""

    @property
    def allowed(self) -> bool:
        """Whether the person at the till may see this."""
        return self._desk.may(self._action)

    def opened(self) -> None:
        """Read the list if the PIN was typed before; else a person begins by `refresh`."""
        self._open = True
        self._change(online=self._desk.online)
        if self._proofs.proved:
            self.refresh()

    def closed(self) -> None:
        """Forget what was read; an answer that still comes is nobody's."""
        super().closed()
        self._visit += 1
        self._become(replace(self._blank, online=self.state.online))

    def refresh(self) -> None:
        """Read the list, after the PIN if it was not typed yet."""
        if self.allowed:
            self._act(self.read, self._take)

    def on_sync(self) -> None:
        """The hub is out of reach, or back: what could not be read is read now."""
        if not self._open:
            return
        self._change(online=self._desk.online)
        if self._desk.online and self.state.away and self._proofs.proved:
            self.refresh()

    def dismiss(self) -> None:
        """Close the notice."""
        self._change(problem=None)

    def _take(self, answer: Any) -> None:
        self._change(loaded=True, away=False)
        self.show(answer)

    def _act(self, op: Callable[[HubDesk, Proof], T], done: Callable[[T], None]) -> None:
        """Ask the hub one thing at a time."""
        if self.state.busy:
            return
        self._change(busy=True, problem=None)
        visit = self._visit

        def answered(answer: T) -> None:
            if visit == self._visit:
                self._change(busy=False)
                done(answer)

        def refused(error: DomainError) -> None:
            if visit == self._visit:
                self._refused(error)

        def left() -> None:
            if visit == self._visit:
                self._change(busy=False)

        self._proofs.act(op, answered, refused, left)

    def _refused(self, error: DomainError) -> None:
        self._change(busy=False, problem=error, away=error.code in AWAY)
