"""Making a recovery code: the PIN, the code this once, and its last group typed from the paper before it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.errors import DomainError
from domain.policy import Actor
from domain.services.keys import KeyAct, confirm_keys, note_keys
from ui.key_work import KeyControl
from ui.presenters.desk import Desk
from ui.presenters.own_pin import OwnPin, PinRefusal
from ui.presenters.presenter import Mood, Presenter, Words

_MISREAD: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})


class CodeStage(StrEnum):
    """How far making a code has come; before SAVING an older code holds on."""

    PIN = "pin"
    SHOWN = "shown"
    CONFIRM = "confirm"
    SAVING = "saving"


@dataclass(frozen=True, slots=True)
class CodeState:
    """`code` is there while it is shown; `replaces` says that an older code ends with it.

    `attempt` rises with every refusal: `tries_left` follows a wrong PIN, `differs` a wrong last group.
    """

    replaces: bool
    stage: CodeStage = CodeStage.PIN
    code: str = field(default="", repr=False)
    checking: bool = False
    differs: bool = False
    tries_left: int | None = None
    attempt: int = 0
    problem: DomainError | None = None


class RecoveryCodePresenter(Presenter[CodeState]):
    """The code opens the keys only once its last group was typed back."""

    def __init__(self, desk: Desk, pin: OwnPin, keys: KeyControl, replaces: bool, closed: Callable[[], None]) -> None:
        super().__init__(CodeState(replaces))
        self._desk, self._pin, self._keys, self._closed = desk, pin, keys, closed
        self._actor = desk.signed_in
        self._left = False

    def submit(self, pin: str) -> None:
        """Give the PIN; a new code is shown then."""
        if self.state.stage is CodeStage.PIN and not self.state.checking:
            self._change(checking=True, tries_left=None, problem=None)
            self._pin.ask(pin, confirm_keys, self._show_code, self._wrong_pin)

    def written(self) -> None:
        """It is on paper: hide it and ask for its last group."""
        if self.state.stage is CodeStage.SHOWN:
            self._change(stage=CodeStage.CONFIRM, differs=False)

    def show_again(self) -> None:
        """Show the same code once more."""
        if self.state.stage is CodeStage.CONFIRM:
            self._change(stage=CodeStage.SHOWN, differs=False, problem=None)

    def confirm(self, group: str) -> None:
        """Type the last group; if it is right, the code counts from now on."""
        if self.state.stage is not CodeStage.CONFIRM:
            return
        typed = "".join(letter for letter in group.upper() if letter.isalnum()).translate(_MISREAD)
        code, actor = self.state.code, self._actor
        if typed != code.rpartition("-")[2]:
            self._change(differs=True, attempt=self.state.attempt + 1)
            return
        self._change(stage=CodeStage.SAVING, differs=False, problem=None)
        self._desk.work.compute(
            lambda: self._keys.keep_code(actor, code), lambda _none: self._note(actor), self._not_kept
        )

    def cancel(self) -> None:
        """Leave: a code that was not confirmed never counts, and an older one goes on."""
        self._left = True
        self._change(code="")
        self._closed()

    def _show_code(self, actor: Actor) -> None:
        if self._left:
            return
        self._actor = actor
        self._change(stage=CodeStage.SHOWN, checking=False, code=self._keys.new_code())

    def _note(self, actor: Actor) -> None:
        at = self._desk.now()
        self._desk.work.command(
            lambda uow: note_keys(uow, actor, KeyAct.CODE_MADE, at), lambda _none: self._kept(), self._not_kept
        )

    def _kept(self) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("keys.code_kept"))
        self.cancel()

    def _wrong_pin(self, refusal: PinRefusal) -> None:
        self._change(
            checking=False, tries_left=refusal.tries_left, problem=refusal.error, attempt=self.state.attempt + 1
        )

    def _not_kept(self, error: DomainError) -> None:
        if self._left:
            self._desk.notices.problem(error)
            return
        self._change(stage=CodeStage.CONFIRM, problem=error, attempt=self.state.attempt + 1)
