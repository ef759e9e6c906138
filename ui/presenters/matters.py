"""What about money needs a look: sales that are short, over, twice or late, unproven money, and money without any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.errors import DomainError
from domain.ids import Instant
from domain.payment_rows import Matter, MatterRow
from domain.policy import Action, Actor
from domain.ports import Queries
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter
from ui.presenters.reading import Reading

MOST: Final = 500
"""So many of the newest payments with which something was wrong are looked at; older ones are found by searching."""

MOST_SETTLED: Final = 100
"""So many of the last decisions are shown; the audit trail has them all."""

MATTER_MOODS: Final = {
    Matter.SHORT: Mood.ERR,
    Matter.TWICE: Mood.WARN,
    Matter.OVER: Mood.WARN,
    Matter.BY_HAND: Mood.WARN,
    Matter.LATE: Mood.WARN,
    Matter.OVERDUE: Mood.ERR,
    Matter.HELD: Mood.WARN,
    Matter.UNMATCHED: Mood.ERR,
    Matter.LOST: Mood.ERR,
    Matter.FOREIGN: Mood.WARN,
}


_Answer = tuple[Actor, tuple[MatterRow, ...], tuple[MatterRow, ...]]


@dataclass(frozen=True, slots=True)
class MattersState:
    """`looking` says that the list is in front, of one `kind` or of all; `counts` are None for who sees none.

    `over` is what was decided already; it is in front while `settled`.
    """

    looking: bool = False
    kind: Matter | None = None
    rows: tuple[MatterRow, ...] = ()
    over: tuple[MatterRow, ...] = ()
    settled: bool = False
    counts: Mapping[Matter, int] | None = field(default=None)
    loaded: bool = False
    problem: DomainError | None = None

    @property
    def shown(self) -> tuple[MatterRow, ...]:
        """The rows of the chosen kind, or what was decided already."""
        if self.settled:
            return self.over
        return tuple(row for row in self.rows if self.kind in (None, row.kind))


class MattersPresenter(Presenter[MattersState]):
    """Keeps the list and its counts; it belongs to the screen of payments, which tells it when to look."""

    def __init__(self, desk: Desk, heard: Callable[[tuple[MatterRow, ...]], None]) -> None:
        """`heard` hears of every row, those that are decided last, whenever they were read."""
        super().__init__(MattersState())
        self._desk, self._heard = desk, heard
        self._reading = Reading[_Answer](desk.work, self._show, self._show_problem)

    def begin(self) -> None:
        """Somebody else is signed in: nothing of the last person's is left."""
        self._become(MattersState())

    def look(self, looking: bool) -> None:
        """Bring the list to the front, or the plain list of payments again."""
        self._change(looking=looking, kind=None, settled=False)

    def choose(self, kind: Matter | None) -> None:
        """Press a chip."""
        self._change(kind=kind, settled=False)

    def show_settled(self) -> None:
        """Press the chip of what was decided already."""
        self._change(kind=None, settled=True)

    def refresh(self) -> None:
        """Read the list."""
        actor = self._desk.actor
        at = self._desk.now()
        if actor is not None:
            self._reading.ask(lambda queries: _read(queries, actor, at))

    def _show(self, answer: _Answer) -> None:
        reader, rows, over = answer
        if reader != self._desk.actor:
            return
        counts = None
        if self._desk.may(Action.SEE_BALANCES):
            counts = {kind: sum(row.kind is kind for row in rows) for kind in Matter}
        self._change(rows=rows, over=over, counts=counts, loaded=True, problem=None)
        self._heard((*rows, *over))

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)


def _read(queries: Queries, actor: Actor, at: Instant) -> _Answer:
    over = tuple(queries.matters(actor, MOST_SETTLED, settled=True))
    return actor, tuple(queries.matters(actor, MOST, at=at)), over
