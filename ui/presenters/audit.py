"""The audit trail: found by words, a person and days, read page by page, taken out as a file that proves itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from domain.calendar import business_date, day_after, day_start
from domain.errors import DomainError
from domain.ids import Instant, PaymentId, UserId, VoucherId
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.rows import UserRow
from domain.services.exports import note_audit_export
from domain.trail import AuditFilter, AuditPage, AuditRow, Place
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading

PAGE: Final = 60
MOST: Final = 3_000
"""How many entries are held; beyond that a person narrows the search."""

_DAY_MS: Final = 24 * 3600 * 1000


class WriteAudit(Protocol):
    """Writes this till's trail of some days (`YYYY-MM-DD`, empty without a bound) and returns how many entries it has.

    Raises DomainError if the file cannot be written there.
    """

    def __call__(self, path: Path, since: str, until: str) -> int: ...


class Period(StrEnum):
    """The days that are shown; DAYS are those that a person chose."""

    TODAY = "today"
    WEEK = "week"
    ALL = "all"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; `since` and `until` (`YYYY-MM-DD`) count for the period DAYS alone."""

    text: str = ""
    person: UserId | None = None
    period: Period = Period.ALL
    since: str = ""
    until: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the whole trail is asked for."""
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class AuditState:
    """The entries read so far, newest first; `complete` when there are no more.

    `searching` while older entries are still looked at, `chosen` is the entry whose facts are told in full.
    """

    wanted: Wanted = Wanted()
    people: tuple[UserRow, ...] = ()
    rows: tuple[AuditRow, ...] = ()
    searching: bool = True
    complete: bool = False
    chosen: AuditRow | None = None
    saving: bool = False
    problem: DomainError | None = None

    @property
    def too_many(self) -> bool:
        """Whether no more entries are read before the search is narrowed."""
        return len(self.rows) >= MOST


@dataclass(frozen=True, slots=True)
class _Answer:
    wanted: Wanted
    after: Place | None
    page: AuditPage
    people: tuple[UserRow, ...]


class AuditPresenter(Presenter[AuditState]):
    """Reads the trail anew at every visit; what happens meanwhile comes when it is asked for again."""

    def __init__(
        self,
        desk: Desk,
        write: WriteAudit,
        open_voucher: Callable[[VoucherId], None],
        open_payment: Callable[[PaymentId], None],
    ) -> None:
        """`open_voucher` and `open_payment` show the record of an entry on its own screen."""
        super().__init__(AuditState())
        self._desk = desk
        self._write = write
        self._open_voucher = open_voucher
        self._open_payment = open_payment
        self._older: Place | None = None
        self._due = 0
        self._reader: Actor | None = None
        self._pages = Reading[_Answer](desk.work, self._show_page, self._show_problem)

    def opened(self) -> None:
        """Who may see what depends on who is signed in now; another person begins with the whole trail."""
        if self._reader != self._desk.actor:
            self._reader = self._desk.actor
            self._become(AuditState())
        self._stale = True
        super().opened()

    def find(self, text: str) -> None:
        """Type into the search box."""
        self._want(replace(self.state.wanted, text=text.strip()))

    def show_person(self, person: UserId | None) -> None:
        """Choose whose acts are shown; None for everybody's and the programs'."""
        self._want(replace(self.state.wanted, person=person))

    def show_period(self, period: Period) -> None:
        """Press a chip of the days; those of DAYS begin as today."""
        wanted = replace(self.state.wanted, period=period)
        if period is Period.DAYS and not wanted.until:
            wanted = replace(wanted, since=self._today(), until=self._today())
        self._want(wanted)

    def show_days(self, since: str, until: str) -> None:
        """Choose the first and the last day (`YYYY-MM-DD`); days the wrong way round are turned."""
        first, last = sorted((since, until))
        self._want(replace(self.state.wanted, period=Period.DAYS, since=first, until=last))

    def clear_filters(self) -> None:
        """Go back to the whole trail."""
        self._want(Wanted())

    def refresh(self) -> None:
        """Read again from the newest entry."""
        if self._desk.may(Action.SEE_AUDIT):
            self._begin(self.state.wanted)

    def more(self) -> None:
        """Reach the oldest of the entries that have been read."""
        state = self.state
        if not (state.searching or state.complete or state.too_many):
            self._due = len(state.rows) + PAGE
            self._change(searching=True)
            self._ask()

    def choose(self, row: AuditRow) -> None:
        """Show all that an entry tells."""
        self._change(chosen=row)

    def open_record(self, row: AuditRow) -> None:
        """Open the voucher or the payment that an entry is about, where it is about one."""
        self.choose(row)
        if row.voucher_id is not None:
            self._open_voucher(row.voucher_id)
        elif row.payment_id is not None:
            self._open_payment(row.payment_id)

    def file_name(self) -> str:
        """Return the name that a file of the trail is offered under."""
        days = dict.fromkeys(day.replace("-", "") for day in self._days() if day)
        return f"{'_'.join(('bana_audit', *days))}.jsonl"

    def save(self, path: Path) -> None:
        """Write the trail of the days that are shown to a file, having noted in it that it leaves the till."""
        actor, at, (since, until) = self._desk.signed_in, self._desk.now(), self._days()

        def write(_noted: None) -> None:
            self._desk.work.compute(
                lambda: self._write(path, since, until), lambda count: self._saved(path, count), self._show_problem
            )

        self._change(saving=True, problem=None)
        self._desk.work.command(lambda uow: note_audit_export(uow, actor, since, until, at), write, self._show_problem)

    def _want(self, wanted: Wanted) -> None:
        if wanted != self.state.wanted:
            self._begin(wanted)

    def _begin(self, wanted: Wanted) -> None:
        self._older, self._due = None, PAGE
        self._change(wanted=wanted, rows=(), chosen=None, searching=True, complete=False, problem=None)
        self._ask()

    def _ask(self) -> None:
        wanted, after, actor = self.state.wanted, self._older, self._desk.signed_in
        since, until = self._days()
        zone = self._desk.shop.zone
        asked = AuditFilter(
            text=wanted.text,
            actor_id=wanted.person,
            since=day_start(since, zone) if since else None,
            until=day_start(day_after(until), zone) if until else None,
        )

        def read(queries: Queries) -> _Answer:
            people = () if after else tuple(queries.everybody())
            return _Answer(wanted, after, queries.audit(actor, asked, PAGE, after), people)

        self._pages.ask(read)

    def _show_page(self, answer: _Answer) -> None:
        if (answer.wanted, answer.after) != (self.state.wanted, self._older):
            return  # something else was asked for meanwhile
        self._older = answer.page.older
        rows = (*self.state.rows, *answer.page.rows)
        complete = answer.page.older is None
        goes_on = self._open and not complete and len(rows) < self._due
        self._change(
            rows=rows[:MOST],
            people=answer.people or self.state.people,
            searching=goes_on,
            complete=complete,
            problem=None,
        )
        if goes_on:
            self._ask()

    def _days(self) -> tuple[str, str]:
        """Return the first and the last day that are shown, empty without a bound."""
        wanted, today = self.state.wanted, self._today()
        week = Instant(day_start(today, self._desk.shop.zone) - 6 * _DAY_MS)
        return {
            Period.TODAY: (today, ""),
            Period.WEEK: (business_date(week, self._desk.shop.zone), ""),
            Period.ALL: ("", ""),
            Period.DAYS: (wanted.since, wanted.until),
        }[wanted.period]

    def _today(self) -> str:
        return business_date(self._desk.now(), self._desk.shop.zone)

    def _saved(self, path: Path, count: int) -> None:
        self._change(saving=False)
        self._desk.notices.toast(Mood.OK, Words.of("audit.written", path=str(path), count=count))
        self.refresh()

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, searching=False, saving=False)
