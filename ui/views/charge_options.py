"""The counter's middle while a payment option is asked for: one large button each, and why one cannot be taken."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from domain.contract_terms import Bound
from domain.routing import Choice
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState
from ui.texts import Texts
from ui.theme import Space
from ui.views.hub_words import provider_name
from ui.views.looks import METHOD_ICONS
from ui.views.routes import option_title
from ui.widgets.buttons import Button, Kind
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import label

OPTION_KEYS: Final = 9
"""The options have the keys 1 to 9, in their order."""

_STEPS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}


def limit_words(bound: Bound, texts: Texts) -> str:
    """Return which limit of a contract stands against a payment, and what may still be taken."""
    provider = provider_name(bound.provider.value, texts)
    if not bound.of_day:
        return texts.t("limit.payment", provider=provider, limit=bound.limit_minor)
    if not bound.left_minor:
        return texts.t("limit.day_reached", provider=provider, limit=bound.limit_minor)
    return texts.t("limit.day", provider=provider, limit=bound.limit_minor, left=bound.left_minor)


class ChargeOptionsPanel(QWidget):
    """Draws the options of a ChargeState; arrow keys go from one to the next, Enter presses, Esc goes back."""

    def __init__(self, presenter: ChargePresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn: object = None
        self._buttons: list[Button] = []
        self._title = label("", "heading", wrap=True)
        self._hint = label("", "muted", wrap=True)
        self._list = QWidget()
        self._list.setObjectName("content")
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(Space.S)
        area = ScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._list)
        self._back = Button(texts.t("option.back"), Kind.SECONDARY, "undo-2")
        self._back.clicked.connect(lambda _checked=False: presenter.stop_asking())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addWidget(area, 1)
        column.addWidget(self._back)

    def show_state(self, state: ChargeState) -> None:
        """Draw what is to be chosen from; the same options again leave everything as it is."""
        shown = (state.method, state.options, state.option)
        if shown == self._drawn:
            return
        self._drawn = shown
        texts = self._texts
        self._title.setText(texts.t("option.ask", method=state.method.value))
        self._hint.setText(texts.t("option.hint", count=min(len(state.options), OPTION_KEYS)))
        focused = next((place for place, one in enumerate(self._buttons) if one.hasFocus()), None)
        while (item := self._rows.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self._buttons = []
        for number, choice in enumerate(state.options, 1):
            self._add(number, choice, state)
        self._rows.addStretch(1)
        if focused is not None:
            self.take_focus(focused)

    def take_focus(self, place: int = 0) -> None:
        """Give the keys to the first option, or the one at `place`, that can be taken; to the way back without any."""
        able = [one for one in self._buttons if one.isEnabled()]
        wanted = self._buttons[place] if place < len(self._buttons) else None
        chosen = wanted if wanted in able else next(iter(able), self._back)
        if chosen is not None:
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        able = [*(one for one in self._buttons if one.isEnabled()), self._back]
        here = next((place for place, one in enumerate(able) if one.hasFocus()), -step)
        able[(here + step) % len(able)].setFocus(Qt.FocusReason.TabFocusReason)

    def _add(self, number: int, choice: Choice, state: ChargeState) -> None:
        words = option_title(choice.option, self._texts)
        key = f"{number}   " if number <= OPTION_KEYS else ""
        icon = "check" if choice.option == state.option else METHOD_ICONS[state.method]
        button = Button(f"{key}{words}", Kind.SECONDARY, icon, large=True)
        button.setProperty("align", "left")
        button.setAccessibleName(words)
        button.setEnabled(choice.bound is None)
        button.clicked.connect(partial(self._pick, number))
        self._buttons.append(button)
        self._rows.addWidget(button)
        if choice.bound is not None:
            reason = limit_words(choice.bound, self._texts)
            button.setAccessibleDescription(reason)
            button.setToolTip(reason)
            self._rows.addWidget(label(reason, "error", wrap=True))

    def _pick(self, number: int, _checked: bool = False) -> None:
        self._presenter.pick(number)
