"""The lock: who works at the till, their PIN, and how long wrong PINs keep it closed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.changes import Topic
from domain.errors import DomainError, ErrorCode
from domain.ids import Instant
from domain.people import FREE_TRIES, User
from domain.people_ports import PinCheck
from domain.policy import Actor
from domain.rows import UserRow
from domain.services.people import check_pin, record_sign_in
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter


class PinStage(StrEnum):
    """What the lock is doing."""

    CHOOSE = "choose"
    ENTER = "enter"
    CHECKING = "checking"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SignInState:
    """Who may sign in and who was chosen; `tries_left` follows a wrong PIN, `closed_s` counts a lock down.

    `attempt` rises with every refused PIN, so that the view shows the same refusal twice.
    """

    users: tuple[UserRow, ...] = ()
    chosen: UserRow | None = None
    stage: PinStage = PinStage.CHOOSE
    tries_left: int | None = None
    closed_s: int = 0
    attempt: int = 0
    problem: DomainError | None = None


class SignInPresenter(Presenter[SignInState]):
    """Checks a PIN off the GUI thread, then records its outcome; the till opens with what was committed."""

    watches = frozenset({Topic.PEOPLE})

    def __init__(self, desk: Desk, pins: PinCheck, signed_in: Callable[[Actor], None]) -> None:
        """`signed_in` opens the till for the person."""
        super().__init__(SignInState())
        self._desk = desk
        self._pins = pins
        self._signed_in = signed_in
        self._closed_until: Instant | None = None

    def refresh(self) -> None:
        """Read who may sign in; a shop of one person needs no choice."""
        self._desk.work.query(lambda queries: tuple(queries.users()), self._show_users, self._show_problem)

    def choose(self, user: UserRow) -> None:
        """Press a person's tile."""
        self._closed_until = None
        self._become(SignInState(self.state.users, user, PinStage.ENTER))
        self._desk.work.query(lambda queries: queries.user(user.id), self._show_standing_lock, self._show_problem)

    def switch_user(self) -> None:
        """Go back to the choice of people."""
        self._closed_until = None
        self._become(SignInState(self.state.users))

    def lock(self) -> None:
        """Close the till; the person who worked at it is asked for the PIN first."""
        person = self._desk.actor
        self._desk.actor = None
        known = next((user for user in self.state.users if person and user.id == person.user_id), None)
        if known is None:
            self.switch_user()
        else:
            self.choose(known)

    def submit(self, pin: str) -> None:
        """Enter a PIN; it is held nowhere but in the check."""
        user = self.state.chosen
        if user is None or self.state.stage is not PinStage.ENTER:
            return
        self._change(stage=PinStage.CHECKING, tries_left=None, problem=None)
        self._desk.work.query(
            lambda queries: queries.user(user.id), lambda found: self._check(found, pin), self._show_problem
        )

    def tick(self) -> None:
        """Count a lock down and open the pad when it is over."""
        if self._closed_until is None:
            return
        left_ms = self._closed_until - self._desk.now()
        if left_ms > 0:
            self._change(stage=PinStage.CLOSED, closed_s=-(-left_ms // 1000), tries_left=None)
        else:
            self._closed_until = None
            self._change(stage=PinStage.ENTER, closed_s=0)

    def _check(self, user: User | None, pin: str) -> None:
        if user is None:
            self._change(stage=PinStage.CHOOSE, chosen=None)
            self.refresh()
            return
        self._desk.work.compute(
            lambda: check_pin(user, self._pins, pin), lambda right: self._record(user, right), self._show_problem
        )

    def _record(self, user: User, right: bool) -> None:
        at = self._desk.now()
        self._desk.work.command(lambda uow: record_sign_in(uow, user.id, right, at), self._recorded, self._show_problem)

    def _recorded(self, actor: Actor | None) -> None:
        if actor is not None:
            self._desk.actor = actor
            self._become(SignInState(self.state.users, self.state.chosen, PinStage.ENTER))
            self._signed_in(actor)
            return
        user = self.state.chosen
        if user is not None:
            self._desk.work.query(lambda queries: queries.user(user.id), self._show_wrong, self._show_problem)

    def _show_wrong(self, user: User | None) -> None:
        if user is None or self.state.chosen is None or user.id != self.state.chosen.id:
            return
        self._change(
            stage=PinStage.ENTER,
            tries_left=max(0, FREE_TRIES - user.failures),
            attempt=self.state.attempt + 1,
        )
        self._show_standing_lock(user)

    def _show_standing_lock(self, user: User | None) -> None:
        if user is not None and self.state.chosen is not None and user.id == self.state.chosen.id:
            self._closed_until = Instant(self._desk.now() + user.locked_ms) if user.locked_ms else None
            self.tick()

    def _show_problem(self, error: DomainError) -> None:
        if error.code is ErrorCode.PIN_LOCKED:
            self._closed_until = Instant(self._desk.now() + int(error.facts["seconds"]) * 1000)
            self.tick()
            return
        stage = PinStage.ENTER if self.state.chosen else PinStage.CHOOSE
        self._change(stage=stage, problem=error, attempt=self.state.attempt + 1)

    def _show_users(self, users: tuple[UserRow, ...]) -> None:
        self._change(users=users)
        if len(users) == 1 and self.state.chosen is None:
            self.choose(users[0])
