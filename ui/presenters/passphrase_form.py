"""The form that puts the keys under a passphrase, or changes it; nothing typed is kept in its state."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import DomainError
from domain.policy import Actor
from domain.services.keys import KeyAct, confirm_keys, note_keys
from ui.key_work import KeyControl, KeyPlace
from ui.presenters.desk import Desk
from ui.presenters.own_pin import OwnPin, PinRefusal
from ui.presenters.presenter import Mood, Presenter, Words


@dataclass(frozen=True, slots=True)
class PassphraseFormState:
    """`changes` says that the passphrase before is typed too; `attempt` rises with every refusal.

    `differs` says that the new one was not typed alike twice, `tries_left` follows a wrong PIN.
    """

    changes: bool
    least: int
    saving: bool = False
    differs: bool = False
    tries_left: int | None = None
    attempt: int = 0
    problem: DomainError | None = None


class PassphraseFormPresenter(Presenter[PassphraseFormState]):
    """Asks for the PIN first, then stretches the passphrase off the GUI thread."""

    def __init__(self, desk: Desk, pin: OwnPin, keys: KeyControl, place: KeyPlace, closed: Callable[[], None]) -> None:
        super().__init__(PassphraseFormState(place is KeyPlace.PASSPHRASE, keys.least))
        self._desk, self._pin, self._keys, self._closed = desk, pin, keys, closed
        self._left = False

    def save(self, pin: str, before: str, passphrase: str, again: str) -> None:
        """Save what was typed: a wrong form of it costs no try of the PIN."""
        if self.state.saving:
            return
        if passphrase != again:
            self._change(differs=True, problem=None, tries_left=None, attempt=self.state.attempt + 1)
            return
        self._change(saving=True, differs=False, problem=None, tries_left=None)

        def checked(_none: None) -> None:
            self._pin.ask(pin, confirm_keys, lambda actor: self._set(actor, before, passphrase), self._wrong_pin)

        self._desk.work.compute(lambda: self._keys.check_passphrase(passphrase), checked, self._refused)

    def cancel(self) -> None:
        """Close the form; what is being saved is saved all the same, and if it fails that is told."""
        self._left = True
        self._closed()

    def _set(self, actor: Actor, before: str, passphrase: str) -> None:
        self._desk.work.compute(
            lambda: self._keys.set_passphrase(actor, before, passphrase),
            lambda changed: self._note(actor, changed),
            self._refused,
        )

    def _note(self, actor: Actor, changed: bool) -> None:
        act, at = KeyAct.PASSPHRASE_CHANGED if changed else KeyAct.PASSPHRASE_SET, self._desk.now()
        self._desk.work.command(lambda uow: note_keys(uow, actor, act, at), lambda _none: self._saved(), self._refused)

    def _saved(self) -> None:
        self._change(saving=False)
        self._desk.notices.toast(Mood.OK, Words.of("keys.changed" if self.state.changes else "keys.under_passphrase"))
        self._closed()

    def _wrong_pin(self, refusal: PinRefusal) -> None:
        self._change(saving=False, tries_left=refusal.tries_left, problem=refusal.error, attempt=self.state.attempt + 1)

    def _refused(self, error: DomainError) -> None:
        if self._left:
            self._desk.notices.problem(error)
            return
        self._change(saving=False, problem=error, attempt=self.state.attempt + 1)
