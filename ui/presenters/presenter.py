"""What all presenters share: one frozen state, one view that draws it, and when to look again. No Qt here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from domain.changes import Changes, Topic

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")
S_contra = TypeVar("S_contra", contravariant=True)


class Mood(StrEnum):
    """What a message means to the person who reads it; the views have a colour and an icon for each."""

    OK = "ok"
    WARN = "warn"
    ERR = "err"
    INFO = "info"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Words:
    """A text of the catalogue with the facts that fill it; the view writes it in the language of the moment."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, **facts: object) -> "Words":
        """Name a text and its facts."""
        return cls(key, facts)


class View(Protocol[S_contra]):
    """What a presenter knows of its screen."""

    def show_state(self, state: S_contra) -> None:
        """Draw a state: each new one, and the standing one when the view is built."""


class Presenter(Generic[S]):
    """Holds a screen's state and decides what it becomes; the view only draws it.

    A presenter outlives its view (a change of language builds a new one) and may work without any.
    """

    watches: ClassVar[frozenset[Topic]] = frozenset()

    def __init__(self, state: S) -> None:
        self.state = state
        self._view: View[S] | None = None
        self._open = False
        self._stale = True

    def attach(self, view: View[S]) -> None:
        """Take a view, new or rebuilt, and have it draw the standing state."""
        self._view = view
        view.show_state(self.state)

    def detach(self) -> None:
        """Forget the view; the state goes on without it."""
        self._view = None

    def opened(self) -> None:
        """The screen came to the front: look again if something changed meanwhile."""
        self._open = True
        if self._stale:
            self._stale = False
            self.refresh()

    def closed(self) -> None:
        """The screen went to the back; changes only mark it stale until it is opened again."""
        self._open = False

    def covered(self) -> None:
        """The till was locked over this screen: what somebody proved on it ends, what was typed stands."""

    def uncovered(self) -> None:
        """Whoever left this screen is back; what changed meanwhile is told next."""

    def on_changes(self, changes: Changes) -> None:
        """Look again if a commit, here or from the hub, touched what this screen shows."""
        if not changes.meets(self.watches):
            return
        if self._open:
            self.refresh()
        else:
            self._stale = True

    def on_sync(self) -> None:
        """The desk's `sync` was renewed."""

    def tick(self) -> None:
        """Half a second went by."""

    def refresh(self) -> None:
        """Read again what the screen shows."""

    def _become(self, state: S) -> None:
        """Take a new state and have it drawn, unless nothing differs."""
        if state == self.state:
            return
        self.state = state
        if self._view is not None:
            self._view.show_state(state)

    def _change(self, **changes: Any) -> None:
        """Take the standing state with some fields replaced."""
        self._become(replace(self.state, **changes))
