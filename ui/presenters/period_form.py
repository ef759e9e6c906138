"""The form that closes the books through a day, or opens closed ones again with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.calendar import is_date
from domain.errors import DomainError
from domain.ids import MessageId
from domain.policy import Actor
from domain.ports import Queries
from domain.services.settings import close_books
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words

_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class PeriodFormState:
    """What the books are to be closed through (`YYYY-MM-DD`); an empty `day` opens all of them.

    `standing` is what they are closed through now, `days` are ends of months to choose from, the suggested one first,
    `least` and `most` the first and last day that can be chosen. `drafts` counts the drafts of this till that are
    dated in the period to be closed, `waiting` what this till has not sent. `wrong` names what is not right yet.
    """

    reopening: bool
    standing: str
    days: tuple[str, ...]
    least: str
    most: str
    day: str
    reason: str = ""
    drafts: int = 0
    waiting: int = 0
    wrong: frozenset[str] = frozenset()
    saving: bool = False
    problem: DomainError | None = None

    @property
    def can_save(self) -> bool:
        """Whether everything needed is there."""
        return not self.wrong and not self.saving


@dataclass(frozen=True, slots=True)
class _Unfinished:
    draft_days: tuple[str, ...]
    waiting: int


class PeriodFormPresenter(Presenter[PeriodFormState]):
    """Holds one form; what is left unfinished in the period is counted and told, and hinders nothing."""

    def __init__(self, desk: Desk, today: str, standing: str, reopening: bool, closed: Callable[[], None]) -> None:
        """`today` is the shop's day, `standing` what is closed now; `closed` is called once the form has done."""
        yesterday = _plus(today, -1)
        if reopening:
            days = month_ends(standing, _MONTHS)
            state = PeriodFormState(True, standing, days, "", _plus(standing, -1), days[0])
        else:
            ends = tuple(end for end in month_ends(today, _MONTHS) if end > standing)
            day = next_closing(today, standing)
            least = _plus(standing, 1) if standing else ""
            state = PeriodFormState(False, standing, ends, least, yesterday, day)
        super().__init__(state)
        self._desk = desk
        self._closed = closed
        self._draft_days: tuple[str, ...] = ()
        self._edit()
        if not reopening:
            actor = desk.signed_in
            desk.work.query(lambda queries: _read_unfinished(queries, actor), self._count, self._refused)

    def choose(self, day: str) -> None:
        """Choose the last day that is to be closed; an empty one opens everything."""
        self._edit(day=day)

    def set_reason(self, reason: str) -> None:
        """Type why closed books are opened again."""
        self._edit(reason=reason)

    def save(self) -> None:
        """Close the books, or open them again."""
        state = self.state
        if not state.can_save:
            return
        actor, at, message_id = self._desk.signed_in, self._desk.now(), MessageId(self._desk.new_id())
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: close_books(uow, actor, state.day, message_id, at, reason=state.reason.strip()),
            self._saved,
            self._refused,
        )

    def cancel(self) -> None:
        """Close the form and leave the books as they are."""
        self._closed()

    def _edit(self, **changes: object) -> None:
        self._change(**changes, problem=None)
        state = self.state
        within = is_date(state.day) and state.least <= state.day <= state.most
        wrong = {
            "day": not within and not (state.reopening and state.day == ""),
            "reason": state.reopening and not state.reason.strip(),
        }
        drafts = sum(state.standing < day <= state.day for day in self._draft_days)
        self._change(wrong=frozenset(name for name, is_wrong in wrong.items() if is_wrong), drafts=drafts)

    def _count(self, unfinished: _Unfinished) -> None:
        self._draft_days = unfinished.draft_days
        self._change(waiting=unfinished.waiting)
        self._edit()

    def _saved(self, _nothing: None) -> None:
        key = "book_settings.reopened" if self.state.reopening else "book_settings.closed"
        self._desk.notices.toast(Mood.OK, Words.of(key))
        self._closed()

    def _refused(self, error: DomainError) -> None:
        self._change(saving=False, problem=error)


def month_ends(day: str, count: int) -> tuple[str, ...]:
    """Return the last days of the months before the one of `day`, the latest first; days as `YYYY-MM-DD`."""
    ends: list[str] = []
    for _ in range(count):
        day = _plus(f"{day[:8]}01", -1)
        ends.append(day)
    return tuple(ends)


def next_closing(today: str, standing: str) -> str:
    """Return what to close next: last month, or else through yesterday; empty if all that is over is closed."""
    for day in (*month_ends(today, 1), _plus(today, -1)):
        if day > standing:
            return day
    return ""


def _plus(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _read_unfinished(queries: Queries, actor: Actor) -> _Unfinished:
    days = tuple(draft.business_date for draft in queries.books.drafts(actor))
    return _Unfinished(days, queries.queue().waiting)
