"""Asking a second person on the spot: what is asked, who may approve it, and their PIN; works without any network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from domain.approvals import Approval, Asked, may_approve
from domain.book_rows import VoucherLine
from domain.books import ChartCategory
from domain.errors import DomainError, ErrorCode
from domain.ids import ApprovalId, Instant
from domain.people import FREE_TRIES, User
from domain.people_ports import PinCheck
from domain.policy import Actor
from domain.ports import Queries
from domain.rows import UserRow
from domain.services.approvals import check_approver, grant_approval
from domain.services.people import check_pin
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter
from ui.presenters.sign_in import PinStage


@dataclass(frozen=True, slots=True)
class Booked:
    """What will be booked, where it is no copy of what stands: an approval holds for all of it."""

    lines: tuple[VoucherLine, ...] = ()
    category: ChartCategory | None = None
    party: str = ""


NOTHING_NEW: Final = Booked()


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """`asked` is None while nothing is asked; `record` is what people call its record, `requester` who asks.

    `booked` is what the act will book, beside what `asked` tells.

    `approvers` are the others who may approve, None before they were read. `tries_left`, `closed_s` and `attempt` are
    those of signing in. `wants_reason` says that the act brought no reason, so that one is typed here.
    """

    asked: Asked | None = None
    record: str = ""
    requester: str = ""
    booked: Booked = NOTHING_NEW
    reason: str = ""
    wants_reason: bool = False
    approvers: tuple[UserRow, ...] | None = None
    chosen: UserRow | None = None
    stage: PinStage = PinStage.CHOOSE
    tries_left: int | None = None
    closed_s: int = 0
    attempt: int = 0
    problem: DomainError | None = None

    @property
    def can_enter(self) -> bool:
        """Whether a PIN can be typed now."""
        return self.stage is PinStage.ENTER and bool(self.reason.strip())


class ApprovalPresenter(Presenter[ApprovalState]):
    """Asks for one approval at a time; the act goes on by itself when it is given."""

    def __init__(self, desk: Desk, pins: PinCheck) -> None:
        super().__init__(ApprovalState())
        self._desk = desk
        self._pins = pins
        self._granted: Callable[[Approval], None] = _nothing
        self._closed_until: Instant | None = None

    def ask(
        self,
        asked: Asked,
        record: str,
        reason: str,
        granted: Callable[[Approval], None],
        booked: Booked = NOTHING_NEW,
    ) -> None:
        """Ask for an approval; `granted` goes on with the act, and an empty `reason` is asked for as well."""
        requester = self._desk.signed_in
        self._granted, self._closed_until = granted, None
        told = reason.strip()
        self._become(ApprovalState(asked, record, requester.name, booked, told, wants_reason=not told))
        self._desk.work.query(lambda queries: _approvers(queries, requester), self._show_approvers, self._show_problem)

    def cancel(self) -> None:
        """Ask no longer; nothing happens, and what was typed for the act stands."""
        self._granted, self._closed_until = _nothing, None
        self._become(ApprovalState())

    def set_reason(self, reason: str) -> None:
        """Type why."""
        self._change(reason=reason, problem=None)

    def choose(self, user: UserRow) -> None:
        """Choose who approves."""
        if self.state.stage is PinStage.CHECKING:
            return
        self._closed_until = None
        self._change(chosen=user, stage=PinStage.ENTER, tries_left=None, closed_s=0, problem=None)
        self._desk.work.query(lambda queries: queries.user(user.id), self._show_standing_lock, self._show_problem)

    def submit(self, pin: str) -> None:
        """Enter the approver's PIN; it is held nowhere but in the check."""
        state = self.state
        user = state.chosen
        if user is None or state.asked is None or not state.can_enter:
            return
        entered, requester = state, self._desk.signed_in
        self._change(stage=PinStage.CHECKING, tries_left=None, problem=None)
        self._desk.work.query(
            lambda queries: queries.user(user.id),
            lambda found: self._check(found, pin, entered, requester),
            self._show_problem,
        )

    def tick(self) -> None:
        """Count a lock down and open the pad when it is over."""
        if self._closed_until is None or self.state.asked is None:
            return
        left_ms = self._closed_until - self._desk.now()
        if left_ms > 0:
            self._change(stage=PinStage.CLOSED, closed_s=-(-left_ms // 1000), tries_left=None)
        else:
            self._closed_until = None
            self._change(stage=PinStage.ENTER, closed_s=0)

    def _check(self, user: User | None, pin: str, entered: ApprovalState, requester: Actor) -> None:
        """Check a PIN for what was on the sheet when it was typed, and for nothing that was put there since."""
        asked, reason = entered.asked, entered.reason
        if asked is None or asked is not self.state.asked or self.state.stage is not PinStage.CHECKING:
            return
        if user is None:
            self._change(stage=PinStage.CHOOSE, chosen=None)
            return

        def judge() -> bool:
            check_approver(requester, user, asked.action)
            return check_pin(user, self._pins, pin)

        def record(right: bool) -> None:
            """Record the entry however the sheet was closed meanwhile: a wrong PIN counts."""
            now, approval_id = self._desk.now(), ApprovalId(self._desk.new_id())
            self._desk.work.command(
                lambda uow: grant_approval(uow, requester, user.id, right, asked, approval_id, now, reason=reason),
                self._recorded,
                self._show_problem,
            )

        self._desk.work.compute(judge, record, self._show_problem)

    def _recorded(self, approval: Approval | None) -> None:
        state = self.state
        if approval is not None:
            if approval.asked == state.asked:
                granted = self._granted
                self.cancel()
                granted(approval)
        elif state.chosen is not None:
            chosen = state.chosen
            self._desk.work.query(lambda queries: queries.user(chosen.id), self._show_wrong, self._show_problem)

    def _show_wrong(self, user: User | None) -> None:
        state = self.state
        if user is None or state.chosen is None or user.id != state.chosen.id:
            return
        tries_left = max(0, FREE_TRIES - user.failures)
        self._change(stage=PinStage.ENTER, tries_left=tries_left, attempt=state.attempt + 1)
        self._show_standing_lock(user)

    def _show_standing_lock(self, user: User | None) -> None:
        if user is not None and self.state.chosen is not None and user.id == self.state.chosen.id:
            self._closed_until = Instant(self._desk.now() + user.locked_ms) if user.locked_ms else None
            self.tick()

    def _show_approvers(self, approvers: tuple[UserRow, ...]) -> None:
        if self.state.asked is not None:
            self._change(approvers=approvers)
            if len(approvers) == 1:
                self.choose(approvers[0])

    def _show_problem(self, error: DomainError) -> None:
        state = self.state
        if state.asked is None:
            self._desk.notices.problem(error)
        elif error.code is ErrorCode.PIN_LOCKED:
            self._closed_until = Instant(self._desk.now() + int(error.facts["seconds"]) * 1000)
            self.tick()
        else:
            stage = PinStage.ENTER if state.chosen else PinStage.CHOOSE
            self._become(replace(state, stage=stage, problem=error, attempt=state.attempt + 1))


def _approvers(queries: Queries, requester: Actor) -> tuple[UserRow, ...]:
    """Return who may approve what this person asks for: managers and the owner, never the person."""
    return tuple(user for user in queries.users() if may_approve(user.role) and user.id != requester.user_id)


def _nothing(approval: Approval) -> None:
    """Nobody waits for an approval."""
