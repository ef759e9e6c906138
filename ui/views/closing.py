"""The sheet that tells what is unsent before the window closes, and watches it being sent."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from domain.rows import UnsentRow
from ui.presenters.closing import ClosingPresenter, ClosingStage, ClosingState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.panels import Emblem
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone

_WIDTH: Final = 600


class ClosingDoor(SheetDoor["ClosingSheet", ClosingState]):
    """Opens the sheet when closing has something to tell."""

    def __init__(self, page: QWidget, presenter: ClosingPresenter, texts: Texts) -> None:
        super().__init__(page, lambda: ClosingSheet(page, presenter, texts), ClosingSheet.show_state, presenter.stay)
        presenter.attach(self)

    def show_state(self, state: ClosingState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.stage in (ClosingStage.ASKING, ClosingStage.SENDING))


class ClosingSheet(Sheet):
    """Draws ClosingState; Esc stays."""

    def __init__(self, window: QWidget, presenter: ClosingPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("quit.title"), width=min(current_theme().px(_WIDTH), room))
        self._texts = texts
        self._waits = label("", "section", wrap=True)
        self._kinds = label("", "", wrap=True)
        self._safe = label(texts.t("quit.safe"), "", wrap=True)
        self._refused = label("", "", wrap=True)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(texts.t("quit.sending"))
        self._away = label(texts.t("quit.away"), "", wrap=True)
        mark = Emblem(32)
        mark.show_icon(Tone.INFO, "upload")
        words = QVBoxLayout()
        words.setSpacing(Space.S)
        for part in (self._waits, self._kinds, self._safe, self._refused, self._bar, self._away):
            words.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.body.addLayout(row)
        self._stay = self.add_button(texts.t("quit.no"), Kind.SECONDARY, self.reject)
        self._close = self.add_button(texts.t("quit.anyway"), Kind.SECONDARY, presenter.close_anyway)
        self._send = self.add_button(texts.t("quit.send"), Kind.PRIMARY, presenter.send, default=True)
        self.rejected.connect(presenter.stay)

    def show_state(self, state: ClosingState) -> None:
        """Draw what waits, and how sending it goes."""
        t, sending = self._texts.t, state.stage is ClosingStage.SENDING
        self._waits.setText(t("quit.waits", count=state.waiting) if state.waiting else t("quit.sent"))
        self._kinds.setText(" · ".join(t(f"quit.kind.{row.kind}", count=row.waiting) for row in _waiting(state)))
        self._kinds.setVisible(bool(state.waiting))
        self._safe.setVisible(bool(state.waiting))
        self._refused.setText(t("quit.refused", count=state.refused))
        self._refused.setVisible(bool(state.refused))
        self._bar.setRange(0, max(1, state.first))
        self._bar.setValue(max(0, state.first - state.waiting))
        self._bar.setVisible(sending)
        self._away.setVisible(sending and state.away)
        self._close.setText(t("quit.anyway" if state.waiting else "quit.yes"))
        if sending and self._send.isEnabled():
            self._send.setText(t("quit.sending"))
            self._send.setEnabled(False)
            self._stay.setFocus(Qt.FocusReason.OtherFocusReason)
        self._send.setVisible(sending or bool(state.waiting))
        if not state.waiting and not sending:
            self._close.setFocus(Qt.FocusReason.OtherFocusReason)
        self.fit()


def _waiting(state: ClosingState) -> list[UnsentRow]:
    return [row for row in state.unsent if row.waiting]
