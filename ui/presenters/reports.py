"""The accountant's reports of a period, shown, printed and written to files."""

from dataclasses import dataclass

from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter


@dataclass(frozen=True, slots=True)
class ReportsState:
    """`allowed` is False for a role that may not see the books: then nothing was read."""

    allowed: bool = False


class ReportsPresenter(Presenter[ReportsState]):
    """Asks nothing of the books for who may not see them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(ReportsState())
        self._desk = desk

    def opened(self) -> None:
        """Who may see the books depends on who is signed in now."""
        self._change(allowed=self._desk.may(Action.SEE_BOOKS))
        super().opened()
