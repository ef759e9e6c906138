"""The page of one list of the hub: what stands there before it was read, while the hub is away, and its questions."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.presenters.hub_list import HubListPresenter, HubListState
from ui.texts import Texts
from ui.theme import Space
from ui.views.hub_words import hub_problem
from ui.views.panels import CurrentStack
from ui.widgets.dialogs import ConfirmDialog
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import EmptyState
from ui.widgets.tones import Tone


class HubListPage(QWidget):
    """Shows the contents once they were read; before, an invitation to type the PIN or why that cannot be now."""

    def __init__(self, presenter: HubListPresenter[Any], texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list_presenter, self._texts = presenter, texts
        self._was_loaded = False
        self._online: bool | None = None
        self._gate_drawn: tuple[str, ...] = ()
        self._offline = NoticeBar(texts.t("notice.dismiss"))
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self._gate = EmptyState("shield-check")
        self._gate.chosen.connect(presenter.refresh)
        self._stack = CurrentStack()
        self._stack.addWidget(self._gate)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        for part in (self._offline, self._notice):
            column.addWidget(part)
        column.addWidget(self._stack, 1)

    def set_contents(self, contents: QWidget) -> None:
        """Give the page what it shows of the list."""
        self._stack.addWidget(contents)

    def take_focus(self) -> None:
        """Give the keys to what can be done here first."""
        if self._list_presenter.state.loaded:
            self.focus_list()
        else:
            self._gate.take_focus()

    def focus_list(self) -> None:
        """Give the keys to the list."""

    def show_common(self, state: HubListState, *, quiet: bool = False) -> None:
        """Draw what all lists share; `quiet` leaves a refusal to a form that shows it in its own place."""
        t = self._texts.t
        if state.online is not self._online:
            self._online = state.online
            if state.online:
                self._offline.clear_notice()
            else:
                self._offline.show_notice(
                    Tone.WARN, t("connections.offline.title"), t("connections.offline.text"), icon_name="cloud-off"
                )
        shown = None if quiet else state.problem
        self._notice.show_refusal(shown, self._texts, words=hub_problem)
        words = self._gate_words(state)
        if words != self._gate_drawn and not state.loaded:
            self._gate_drawn = words
            self._gate.show_words(*words)
        self._stack.setCurrentIndex(1 if state.loaded else 0)
        if state.loaded and not self._was_loaded and self.isVisible():
            self.focus_list()
        self._was_loaded = state.loaded

    def _gate_words(self, state: HubListState) -> tuple[str, ...]:
        """What stands where the list was not read yet."""
        t = self._texts.t
        if not state.online:
            return (t("connections.gate.offline"),)
        return t("connections.gate"), t("connections.gate.why"), t("connections.gate.enter")


class QuestionDoor(QObject):
    """Keeps one question open while a state asks it; the safe answer has the keys."""

    def __init__(
        self,
        page: QWidget,
        make: Callable[[], ConfirmDialog],
        yes: Callable[[], None],
        no: Callable[[], None],
        back: Callable[[], None],
    ) -> None:
        """`make` makes the dialog; `back` gives the keys back where they belong once it is answered."""
        super().__init__(page)
        self._make, self._yes, self._no, self._back = make, yes, no, back
        self._asked: object = None
        self._dialog: ConfirmDialog | None = None

    def follow(self, asked: object) -> None:
        """Ask what is asked (None or False for nothing)."""
        asked = asked or None
        if asked == self._asked:
            return
        self._asked = asked
        self._close()
        if asked is not None:
            self._dialog = dialog = self._make()
            dialog.accepted.connect(self._yes)
            dialog.rejected.connect(self._no)
            dialog.open()
            dialog.no.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._back()

    def _close(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.accepted.disconnect(self._yes)
            dialog.rejected.disconnect(self._no)
            dialog.reject()
