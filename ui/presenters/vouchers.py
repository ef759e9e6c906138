"""The shop's vouchers: found in a list, written as drafts, issued, taken back and printed."""

from dataclasses import dataclass

from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter


@dataclass(frozen=True, slots=True)
class VouchersState:
    """`allowed` is False for a role that may not see the books: then nothing was read."""

    allowed: bool = False


class VouchersPresenter(Presenter[VouchersState]):
    """Asks nothing of the books for who may not see them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(VouchersState())
        self._desk = desk

    def opened(self) -> None:
        """Who may see the books depends on who is signed in now."""
        self._change(allowed=self._desk.may(Action.SEE_BOOKS))
        super().opened()
