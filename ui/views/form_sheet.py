"""Opening a form on a sheet over its page, and giving the keys back when it has done."""

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.presenters.presenter import Presenter
from ui.widgets.dialogs import Sheet

P = TypeVar("P", bound=Presenter[Any])


def open_sheet(
    page: QWidget,
    make: Callable[[Callable[[], None]], P | None],
    draw: Callable[[P], Sheet],
    back: Callable[[], None] | None = None,
) -> None:
    """Open a form on a sheet over the window, unless there is none to open.

    `make` is given what closes the sheet, however often it is called. `back` gives the keys to where they belong then;
    without it they go back where they were.
    """
    came_from = page.window().focusWidget()
    sheets: list[Sheet] = []

    def closed() -> None:
        if sheets:
            if form is not None:
                form.detach()  # what is still under way is told without the sheet
            sheets.pop().reject()
            if back is not None:
                back()
            elif came_from is not None:
                came_from.setFocus(Qt.FocusReason.OtherFocusReason)

    form = make(closed)
    if form is not None:
        sheets.append(draw(form))
        sheets[0].open()
