"""The shop's people: who may sign in, in which role, and who sees how many wallets."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.changes import Topic
from domain.errors import DomainError
from domain.ids import UserId
from domain.people_ports import PinCheck
from domain.policy import Action, Actor, Role
from domain.ports import Queries
from domain.rows import UserRow
from domain.services.people import disable_person
from ui.presenters.desk import Desk
from ui.presenters.person_form import FormKind, PersonFormPresenter
from ui.presenters.presenter import Mood, Presenter, Words


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of the shop; `wallets` counts those that were granted, None for an owner, who sees all."""

    user: UserRow
    wallets: int | None = None


@dataclass(frozen=True, slots=True)
class PeopleState:
    """Everybody by name, and who of them is chosen."""

    rows: tuple[PersonRow, ...] = ()
    chosen: UserId | None = None
    is_self: bool = False
    problem: DomainError | None = None

    @property
    def person(self) -> UserRow | None:
        """The person who is chosen."""
        return next((row.user for row in self.rows if row.user.id == self.chosen), None)


class PeoplePresenter(Presenter[PeopleState]):
    """Reads the list for who manages people, and opens forms."""

    watches = frozenset({Topic.PEOPLE, Topic.ACCOUNTS})

    def __init__(self, desk: Desk, pins: PinCheck) -> None:
        super().__init__(PeopleState())
        self._desk, self._pins = desk, pins

    def refresh(self) -> None:
        """Read everybody."""
        actor = self._desk.actor
        if actor is not None and actor.may(Action.MANAGE_PEOPLE):
            self._desk.work.query(lambda queries: _read(queries, actor), self._show_rows, self._show_problem)

    def choose(self, user_id: UserId | None) -> None:
        """Choose a person of the list."""
        actor = self._desk.actor
        self._change(chosen=user_id, is_self=actor is not None and actor.user_id == user_id, problem=None)

    def form(self, kind: FormKind, closed: Callable[[], None]) -> PersonFormPresenter | None:
        """Return the presenter of one form: to add somebody, or about who is chosen; None if nobody is."""
        user = self.state.person
        if kind is FormKind.ADD:
            user = None
        elif user is None:
            return None
        return PersonFormPresenter(self._desk, self._pins, kind, user, closed)

    def own_pin_form(self, closed: Callable[[], None]) -> PersonFormPresenter:
        """Return the presenter of the form on which whoever works here changes their own PIN."""
        actor = self._desk.signed_in
        me = UserRow(actor.user_id, actor.name, actor.role)
        return PersonFormPresenter(self._desk, self._pins, FormKind.OWN, me, closed)

    def set_disabled(self, disabled: bool) -> None:
        """Let who is chosen no longer sign in, or again."""
        user, actor, at = self.state.person, self._desk.signed_in, self._desk.now()
        if user is None:
            return
        self._change(problem=None)
        said = Words.of("people.disabled" if disabled else "people.enabled", name=user.name)
        self._desk.work.command(
            lambda uow: disable_person(uow, actor, user.id, at, disabled=disabled),
            lambda _user: self._desk.notices.toast(Mood.OK, said),
            self._show_problem,
        )

    def _show_rows(self, rows: tuple[PersonRow, ...]) -> None:
        self._change(rows=rows)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)


def _read(queries: Queries, actor: Actor) -> tuple[PersonRow, ...]:
    granted = queries.books.grants(actor)
    return tuple(
        PersonRow(user, None if user.role is Role.OWNER else len(granted.get(user.id, ())))
        for user in queries.everybody()
    )
