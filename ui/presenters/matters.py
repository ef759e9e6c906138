"""What about money needs a look: sales that are short, over, twice or late, unproven money, and money without any."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.errors import DomainError
from domain.policy import Action, Actor
from domain.rows import Matter, MatterRow
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter
from ui.presenters.reading import Reading

MOST: Final = 500
"""So many of the newest payments with which something was wrong are looked at; older ones are found by searching."""

MATTER_MOODS: Final = {
    Matter.SHORT: Mood.ERR,
    Matter.TWICE: Mood.WARN,
    Matter.OVER: Mood.WARN,
    Matter.BY_HAND: Mood.WARN,
    Matter.LATE: Mood.WARN,
    Matter.UNMATCHED: Mood.ERR,
}


@dataclass(frozen=True, slots=True)
class MattersState:
    """`looking` says that the list is in front, of one `kind` or of all; `counts` are None for who sees none."""

    looking: bool = False
    kind: Matter | None = None
    rows: tuple[MatterRow, ...] = ()
    counts: Mapping[Matter, int] | None = field(default=None)
    loaded: bool = False
    problem: DomainError | None = None

    @property
    def shown(self) -> tuple[MatterRow, ...]:
        """The rows of the chosen kind."""
        return tuple(row for row in self.rows if self.kind in (None, row.kind))


class MattersPresenter(Presenter[MattersState]):
    """Keeps the list and its counts; it belongs to the screen of payments, which tells it when to look."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(MattersState())
        self._desk = desk
        self._reading = Reading[tuple[Actor, tuple[MatterRow, ...]]](desk.work, self._show, self._show_problem)

    def begin(self) -> None:
        """Somebody else is signed in: nothing of the last person's is left."""
        self._become(MattersState())

    def look(self, looking: bool) -> None:
        """Bring the list to the front, or the plain list of payments again."""
        self._change(looking=looking, kind=None)

    def choose(self, kind: Matter | None) -> None:
        """Press a chip."""
        self._change(kind=kind)

    def refresh(self) -> None:
        """Read the list."""
        actor = self._desk.actor
        if actor is not None:
            self._reading.ask(lambda queries: (actor, tuple(queries.matters(actor, MOST))))

    def _show(self, answer: tuple[Actor, tuple[MatterRow, ...]]) -> None:
        reader, rows = answer
        if reader != self._desk.actor:
            return
        counts = None
        if self._desk.may(Action.SEE_BALANCES):
            counts = {kind: sum(row.kind is kind for row in rows) for kind in Matter}
        self._change(rows=rows, counts=counts, loaded=True, problem=None)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)
