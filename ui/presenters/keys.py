"""The keys of the shop as its owner sees them: where they lie, and whether a recovery code opens them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.policy import Action
from ui.key_work import KeyPlace
from ui.presenters.presenter import Presenter

if TYPE_CHECKING:
    # The forms and the wizard are loaded when an owner turns to them: the till's start does not wait for them.
    from domain.changes import Changes
    from domain.errors import DomainError
    from domain.people_ports import PinCheck
    from ui.key_work import KeyControl, KeysLook, LeavingControl
    from ui.presenters.desk import Desk
    from ui.presenters.leaving import LeavingPresenter
    from ui.presenters.own_pin import OwnPin
    from ui.presenters.passphrase_form import PassphraseFormPresenter
    from ui.presenters.recovery_code import RecoveryCodePresenter
    from ui.work import SyncControl


@dataclass(frozen=True, slots=True)
class KeysState:
    """`look` is None until the keys were looked at; `problem` is why that could not be."""

    look: KeysLook | None = None
    problem: DomainError | None = None

    @property
    def real(self) -> bool:
        """Whether there is something to protect: not in a demo shop."""
        return self.look is not None and self.look.place is not KeyPlace.DEMO


class KeysPresenter(Presenter[KeysState]):
    """Looks at the keys off the GUI thread; `leaving` is the wizard that ends the till."""

    def __init__(
        self, desk: Desk, pins: PinCheck, keys: KeyControl, leaving: LeavingControl, control: SyncControl
    ) -> None:
        super().__init__(KeysState())
        self._desk = desk
        self._pins = pins
        self._keys = keys
        self._end = leaving
        self._control = control
        self._leaving: LeavingPresenter | None = None

    @property
    def leaving(self) -> LeavingPresenter:
        """The wizard that ends the till, made when it is first asked for."""
        if self._leaving is None:
            from ui.presenters.leaving import LeavingPresenter

            self._leaving = LeavingPresenter(self._desk, self._pin(), self._keys, self._end, self._control)
        return self._leaving

    def opened(self) -> None:
        """Look each time anew: the command line may have changed something."""
        self._stale = True
        super().opened()

    def closed(self) -> None:
        """The part went to the back, and the wizard with it."""
        if self._leaving is not None:
            self._leaving.cancel()
        super().closed()

    def covered(self) -> None:
        """Nobody leaves the shop from behind a lock."""
        if self._leaving is not None:
            self._leaving.cancel()

    def detach(self) -> None:
        """Forget the views of the part and of the wizard."""
        if self._leaving is not None:
            self._leaving.detach()
        super().detach()

    def on_changes(self, changes: Changes) -> None:
        """Let the wizard count anew."""
        if self._leaving is not None:
            self._leaving.on_changes(changes)
        super().on_changes(changes)

    def refresh(self) -> None:
        """Look where the keys lie."""
        if self._desk.may(Action.KEEP_KEYS):
            actor = self._desk.signed_in
            self._desk.work.compute(
                lambda: self._keys.look(actor),
                lambda look: self._change(look=look, problem=None),
                lambda error: self._change(problem=error),
            )

    def passphrase_form(self, closed: Callable[[], None]) -> PassphraseFormPresenter | None:
        """Return the form that sets or changes the passphrase, or None where there is nothing to protect."""
        look = self.state.look
        if look is None or not self.state.real or not self._desk.may(Action.KEEP_KEYS):
            return None
        from ui.presenters.passphrase_form import PassphraseFormPresenter

        return PassphraseFormPresenter(self._desk, self._pin(), self._keys, look.place, self._closing(closed))

    def code_form(self, closed: Callable[[], None]) -> RecoveryCodePresenter | None:
        """Return the form that makes a recovery code, or None where there is nothing to open."""
        look = self.state.look
        if look is None or not self.state.real or not self._desk.may(Action.KEEP_KEYS):
            return None
        from ui.presenters.recovery_code import RecoveryCodePresenter

        replaces = look.code_made_at is not None
        return RecoveryCodePresenter(self._desk, self._pin(), self._keys, replaces, self._closing(closed))

    def _pin(self) -> OwnPin:
        from ui.presenters.own_pin import OwnPin

        return OwnPin(self._desk, self._pins)

    def _closing(self, closed: Callable[[], None]) -> Callable[[], None]:
        def then() -> None:
            closed()
            if self._open:
                self.refresh()

        return then
