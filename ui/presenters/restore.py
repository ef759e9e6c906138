"""Restoring a backup: which one, what it holds and what would be left behind, the owner's PIN, and the act itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant
from domain.people import FREE_TRIES, User
from domain.people_ports import PinCheck
from domain.policy import Action, Actor
from domain.services.backups import confirm_restore
from domain.services.people import check_pin
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter
from ui.work import FoundBackup, OutlookView, RestoreControl


class RestoreStage(StrEnum):
    """How far a person has come; from RESTORING on there is no way back."""

    CLOSED = "closed"
    LIST = "list"
    LOOKING = "looking"
    ASKING = "asking"
    CHECKING = "checking"
    LOCKED = "locked"
    RESTORING = "restoring"
    FAILED = "failed"


_FINAL: Final = frozenset({RestoreStage.RESTORING, RestoreStage.FAILED})
_ASKED: Final = frozenset({RestoreStage.ASKING, RestoreStage.LOCKED})


@dataclass(frozen=True, slots=True)
class RestoreState:
    """`found` is None while the folders are read; `outlook` tells the chosen backup beside the till as it is.

    `person` is whose PIN is asked for; `tries_left`, `closed_s` and `attempt` are those of signing in.
    """

    stage: RestoreStage = RestoreStage.CLOSED
    person: str = ""
    found: tuple[FoundBackup, ...] | None = None
    chosen: FoundBackup | None = None
    outlook: OutlookView | None = None
    tries_left: int | None = None
    closed_s: int = 0
    attempt: int = 0
    problem: DomainError | None = None


class RestorePresenter(Presenter[RestoreState]):
    """Leads through a restore; nothing is changed before the PIN was right."""

    def __init__(self, desk: Desk, pins: PinCheck, restoring: RestoreControl) -> None:
        super().__init__(RestoreState())
        self._desk = desk
        self._pins = pins
        self._restoring = restoring
        self._closed_until: Instant | None = None

    def begin(self) -> None:
        """Look for backups here and in the second folder."""
        if not self._desk.may(Action.RESTORE) or self.state.stage is not RestoreStage.CLOSED:
            return
        backups, actor = self._desk.backups, self._desk.signed_in
        self._become(RestoreState(RestoreStage.LIST, actor.name))
        self._desk.work.compute(lambda: tuple(backups.found(actor)), self._show_found, self._not_found)

    def choose(self, backup: FoundBackup) -> None:
        """Look into a backup, every page of it; one that is damaged or another till's is told and can not be chosen."""
        if self.state.stage is not RestoreStage.LIST:
            return
        backups, actor = self._desk.backups, self._desk.signed_in
        self._change(stage=RestoreStage.LOOKING, chosen=backup, problem=None)
        self._desk.work.compute(
            lambda: backups.look_into(actor, backup.path),
            lambda outlook: self._show_outlook(backup, outlook),
            lambda error: self._not_sound(backup, error),
        )

    def back(self) -> None:
        """Choose another backup."""
        if self.state.stage in _ASKED:
            self._change(stage=RestoreStage.LIST, chosen=None, outlook=None, tries_left=None, problem=None)

    def cancel(self) -> None:
        """Leave everything as it is."""
        if self.state.stage not in _FINAL:
            self._closed_until = None
            self._become(RestoreState())

    def submit(self, pin: str) -> None:
        """Agree by the own PIN; it is held nowhere but in the check."""
        if self.state.stage is not RestoreStage.ASKING or self.state.chosen is None:
            return
        actor, chosen = self._desk.signed_in, self.state.chosen
        self._change(stage=RestoreStage.CHECKING, tries_left=None, problem=None)
        self._desk.work.query(
            lambda queries: queries.user(actor.user_id),
            lambda user: self._check(actor, user, chosen, pin),
            self._show_problem,
        )

    def start_anew(self) -> None:
        """Start the till anew after a restore that failed: it is as it was."""
        if self.state.stage is RestoreStage.FAILED:
            self._restoring.start_anew()

    def tick(self) -> None:
        """Count a lock down and open the pad when it is over."""
        if self._closed_until is None or self.state.stage not in _ASKED:
            return
        left_ms = self._closed_until - self._desk.now()
        if left_ms > 0:
            self._change(stage=RestoreStage.LOCKED, closed_s=-(-left_ms // 1000), tries_left=None)
        else:
            self._closed_until = None
            self._change(stage=RestoreStage.ASKING, closed_s=0)

    def _check(self, actor: Actor, user: User | None, chosen: FoundBackup, pin: str) -> None:
        """Check the PIN and record the entry however the sheet was closed meanwhile: a wrong one counts."""
        if user is None:
            self._show_problem(DomainError(ErrorCode.NOT_PERMITTED))
            return

        def record(right: bool) -> None:
            now = self._desk.now()
            self._desk.work.command(
                lambda uow: confirm_restore(uow, actor, right, chosen.made_at, now),
                lambda agreed: self._recorded(actor, chosen, agreed),
                self._show_problem,
            )

        self._desk.work.compute(lambda: check_pin(user, self._pins, pin), record, self._show_problem)

    def _recorded(self, actor: Actor, chosen: FoundBackup, agreed: bool) -> None:
        if self.state.stage is not RestoreStage.CHECKING:
            return
        if agreed:
            self._change(stage=RestoreStage.RESTORING)
            self._restoring.restore(actor, chosen.path, self._not_restored)
        else:
            self._desk.work.query(lambda queries: queries.user(actor.user_id), self._show_wrong, self._show_problem)

    def _show_found(self, found: tuple[FoundBackup, ...]) -> None:
        if self.state.stage is RestoreStage.LIST:
            self._change(found=found)

    def _not_found(self, error: DomainError) -> None:
        if self.state.stage is RestoreStage.LIST:
            self._change(found=(), problem=error)

    def _show_outlook(self, backup: FoundBackup, outlook: OutlookView) -> None:
        if self._looks_into(backup):
            self._change(stage=RestoreStage.ASKING, outlook=outlook)
            self._desk.work.query(
                lambda queries: queries.user(self._desk.signed_in.user_id), self._show_standing_lock, self._show_problem
            )

    def _not_sound(self, backup: FoundBackup, error: DomainError) -> None:
        if self._looks_into(backup):
            self._change(stage=RestoreStage.LIST, problem=error)

    def _looks_into(self, backup: FoundBackup) -> bool:
        return self.state.stage is RestoreStage.LOOKING and self.state.chosen is backup

    def _not_restored(self, error: DomainError) -> None:
        """The till is closed and as it was: whoever is there is told, and an empty seat gets it back at once."""
        self._change(stage=RestoreStage.FAILED, problem=error)
        if self._desk.actor is None:
            self.start_anew()

    def _show_wrong(self, user: User | None) -> None:
        if user is not None and self.state.stage is RestoreStage.CHECKING:
            tries_left = max(0, FREE_TRIES - user.failures)
            self._change(stage=RestoreStage.ASKING, tries_left=tries_left, attempt=self.state.attempt + 1)
            self._show_standing_lock(user)

    def _show_standing_lock(self, user: User | None) -> None:
        if user is not None:
            self._closed_until = Instant(self._desk.now() + user.locked_ms) if user.locked_ms else None
            self.tick()

    def _show_problem(self, error: DomainError) -> None:
        if self.state.stage not in (*_ASKED, RestoreStage.CHECKING):
            return
        self._change(stage=RestoreStage.ASKING)
        if error.code is ErrorCode.PIN_LOCKED:
            self._closed_until = Instant(self._desk.now() + int(error.facts["seconds"]) * 1000)
            self.tick()
        else:
            self._change(problem=error, attempt=self.state.attempt + 1)
