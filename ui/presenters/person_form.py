"""The form of one person: added, changed, given a new PIN, or changing their own; no PIN is ever kept in its state."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.errors import DomainError, ErrorCode, NotFound
from domain.ids import UserId
from domain.people import FREE_TRIES, LEAST_DIGITS, NewPin, User
from domain.people_ports import PinCheck
from domain.policy import Role
from domain.ports import UnitOfWork
from domain.rows import UserRow
from domain.services.people import (
    MAX_NAME,
    add_person,
    change_own_pin,
    change_person,
    check_pin,
    make_pin,
    reset_pin,
)
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words


class FormKind(StrEnum):
    """What a form is for."""

    ADD = "add"
    EDIT = "edit"
    RESET = "reset"
    OWN = "own"


_SAVED: Final = {
    FormKind.ADD: "people.added",
    FormKind.EDIT: "people.changed",
    FormKind.RESET: "people.pin_reset",
    FormKind.OWN: "people.pin_changed",
}


@dataclass(frozen=True, slots=True)
class PersonFormState:
    """What was typed beside PINs. `tries_left` follows a wrong old PIN; `differs` says that the new ones are not one.

    `attempt` rises with every refusal, so that the view empties the fields of PINs.
    """

    kind: FormKind
    name: str = ""
    role: Role = Role.CASHIER
    stands: Role | None = None
    is_self: bool = False
    saving: bool = False
    differs: bool = False
    tries_left: int | None = None
    attempt: int = 0
    problem: DomainError | None = None

    @property
    def least(self) -> int:
        """How many digits the new PIN has at least."""
        return LEAST_DIGITS[self.role]

    @property
    def wants_pin(self) -> bool:
        """Whether a new PIN is typed: always but for a change that leaves the role's PINs as long as they were."""
        return self.kind is not FormKind.EDIT or (self.stands is not None and self.least > LEAST_DIGITS[self.stands])

    @property
    def can_save(self) -> bool:
        """Whether the name is one and nothing is under way."""
        return not self.saving and 0 < len(self.name.strip()) <= MAX_NAME


class PersonFormPresenter(Presenter[PersonFormState]):
    """Hashes and checks PINs off the GUI thread, then saves in one commit."""

    def __init__(
        self, desk: Desk, pins: PinCheck, kind: FormKind, user: UserRow | None, closed: Callable[[], None]
    ) -> None:
        """`user` is the person it is about, None to add one; `closed` takes the form away."""
        self._user_id = UserId(desk.new_id()) if user is None else user.id
        self._actor = desk.signed_in  # who pressed, also where the till locks itself while a PIN is checked
        is_self = self._user_id == self._actor.user_id
        state = PersonFormState(kind)
        if user is not None:
            state = PersonFormState(kind, user.name, user.role, user.role, is_self)
        super().__init__(state)
        self._desk, self._pins, self._closed = desk, pins, closed

    def set_name(self, name: str) -> None:
        """Type the name."""
        self._change(name=name, problem=None)

    def set_role(self, role: Role) -> None:
        """Choose the role; nobody changes their own."""
        if not self.state.is_self:
            self._change(role=role, problem=None)

    def save(self, pin: str = "", again: str = "", old: str = "") -> None:
        """Save what was typed; PINs are held nowhere but in their check."""
        state = self.state
        if not state.can_save:
            return
        if state.wants_pin and pin != again:
            self._change(differs=True, problem=None, tries_left=None, attempt=state.attempt + 1)
            return
        self._change(saving=True, differs=False, problem=None, tries_left=None)
        if state.kind is FormKind.OWN:
            self._desk.work.query(
                lambda queries: queries.user(self._user_id), lambda user: self._check(user, pin, old), self._refused
            )
        elif state.wants_pin:
            self._desk.work.compute(lambda: make_pin(self._pins, pin, state.role), self._keep, self._refused)
        else:
            self._keep(None)

    def cancel(self) -> None:
        """Close the form; nothing changes."""
        self._closed()

    def _check(self, user: User | None, pin: str, old: str) -> None:
        if user is None:
            self._refused(NotFound(ErrorCode.PERSON_UNKNOWN))
            return

        def judge() -> tuple[NewPin, bool]:
            return make_pin(self._pins, pin, user.role), check_pin(user, self._pins, old)

        self._desk.work.compute(judge, lambda judged: self._keep_own(*judged), self._refused)

    def _keep_own(self, pin: NewPin, right: bool) -> None:
        actor, at = self._actor, self._desk.now()
        self._desk.work.command(
            lambda uow: change_own_pin(uow, actor, right, pin, at),
            lambda changed: self._saved(None) if changed else self._tell_wrong(),
            self._refused,
        )

    def _tell_wrong(self) -> None:
        self._desk.work.query(lambda queries: queries.user(self._user_id), self._show_wrong, self._refused)

    def _show_wrong(self, user: User | None) -> None:
        left = 0 if user is None else max(0, FREE_TRIES - user.failures)
        self._change(saving=False, tries_left=left, attempt=self.state.attempt + 1)

    def _keep(self, pin: NewPin | None) -> None:
        state, actor, at, user_id = self.state, self._actor, self._desk.now(), self._user_id

        def op(uow: UnitOfWork) -> None:
            if state.kind is FormKind.EDIT:
                change_person(uow, actor, user_id, at, name=state.name, role=state.role, pin=pin)
            elif pin is not None and state.kind is FormKind.ADD:
                add_person(uow, actor, user_id, state.name, state.role, pin, at)
            elif pin is not None:
                reset_pin(uow, actor, user_id, pin, at)

        self._desk.work.command(op, self._saved, self._refused)

    def _saved(self, _done: None) -> None:
        self._desk.notices.toast(Mood.OK, Words.of(_SAVED[self.state.kind], name=self.state.name.strip()))
        self._closed()

    def _refused(self, error: DomainError) -> None:
        self._become(replace(self.state, saving=False, problem=error, attempt=self.state.attempt + 1))
