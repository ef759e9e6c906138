"""Work on a real till's database that runs at once, for forms whose every act the services must judge."""

from collections.abc import Callable
from typing import Any

from domain.errors import DomainError
from domain.ids import new_id
from domain.policy import Actor
from storage.queries import TillQueries
from storage.till import TillUnits
from tests.fakes.counter import FakeClock
from tests.fakes.recording_view import FixedSync, RecordingNotices, RecordingSounds
from ui.presenters.desk import Desk


class TillWork:
    """Runs commands as units of work and reads on the same connection; `commands` counts the units."""

    def __init__(self, units: TillUnits) -> None:
        self._units = units
        self.queries = units.read(TillQueries)
        self.commands = 0

    def command(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        self.commands += 1
        self._run(lambda: self._units.run(op), done, failed)

    def query(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any = None) -> None:
        self._run(lambda: op(self.queries), done, failed)

    def compute(self, op: Callable[[], Any], done: Callable[[Any], None], failed: Any) -> None:
        self._run(op, done, failed)

    def remote(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        raise AssertionError("no form asks the hub")

    def _run(self, op: Callable[[], Any], done: Callable[[Any], None], failed: Any) -> None:
        try:
            answer = op()
        except DomainError as error:
            failed(error)
        else:
            done(answer)


def till_desk(units: TillUnits, actor: Actor) -> Desk:
    """Return a desk over an open till, at which somebody has signed in."""
    work = TillWork(units)
    return Desk(
        work=work,
        now=FakeClock(),
        new_id=new_id,
        shop=work.queries.shop(),
        notices=RecordingNotices(),
        sounds=RecordingSounds(),
        actor=actor,
        sync=FixedSync(),
    )
