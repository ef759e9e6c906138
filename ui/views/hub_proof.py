"""The sheet on which an owner types the PIN once more before an act at the hub."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from ui.presenters.hub_proof import ProofPresenter, ProofState
from ui.presenters.sign_in import PinStage
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.hub_words import hub_problem
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.pin_pad import PinPad
from ui.widgets.surfaces import label

_WIDTH: Final = 720
_PAD_PX: Final = 308


class ProofDoor(SheetDoor["ProofSheet", ProofState]):
    """Opens the sheet when a PIN is wanted, over whatever stands in front; `slow` hears that the hub takes its time."""

    def __init__(self, page: QWidget, presenter: ProofPresenter, texts: Texts, slow: Callable[[bool], None]) -> None:
        super().__init__(
            page,
            lambda: ProofSheet(QApplication.activeModalWidget() or page, presenter, texts),
            ProofSheet.show_state,
            presenter.cancel,
        )
        self._slow = slow
        presenter.attach(self)

    def show_state(self, state: ProofState) -> None:
        """Draw the sheet while it is wanted."""
        self._slow(state.slow)
        self.follow(state, wanted=state.asked)


class ProofSheet(Sheet):
    """Draws ProofState; Esc leaves what was to be done undone, and what was typed as it is."""

    def __init__(self, window: QWidget, presenter: ProofPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("connections.proof.title"), width=min(current_theme().px(_WIDTH), room))
        self._texts = texts
        self._attempt = 0
        self._can_enter = False
        state = presenter.state
        why = label(texts.t("connections.proof.ended" if state.ended else "connections.proof.why"), "", wrap=True)
        self._said = label("", "section", wrap=True)
        self._said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._pad = PinPad(texts)
        self._pad.submitted.connect(presenter.submit)
        left = QVBoxLayout()
        left.addWidget(why)
        left.addStretch(1)
        # Beside the pad, not below it: in the smallest window with the largest text there is no room for both.
        cancel = Button(texts.t("common.cancel"), Kind.SECONDARY)
        cancel.clicked.connect(self.reject)
        left.addWidget(cancel, 0, Qt.AlignmentFlag.AlignLeft)
        right = QWidget()
        right.setMinimumWidth(_PAD_PX)
        pad = QVBoxLayout(right)
        pad.setContentsMargins(0, 0, 0, 0)
        pad.setSpacing(Space.XS)
        pad.addWidget(self._said)
        pad.addWidget(self._pad, 1)
        row = QHBoxLayout()
        row.setSpacing(Space.XL)
        row.addLayout(left, 1)
        row.addWidget(right, 1)
        self.body.addLayout(row, 1)
        self.rejected.connect(presenter.cancel)

    def show_state(self, state: ProofState) -> None:
        """Draw the pad, and what became of the last PIN."""
        can_enter = state.stage is PinStage.ENTER
        self._said.setText(self._words(state))
        self._pad.setEnabled(can_enter)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            self._pad.show_error(self._refusal(state))
            self.fit()
        if can_enter and not self._can_enter:
            self._pad.setFocus(Qt.FocusReason.OtherFocusReason)
        self._can_enter = can_enter

    def _words(self, state: ProofState) -> str:
        t = self._texts.t
        if state.stage is PinStage.CLOSED:
            return t("lock.closed", seconds=state.closed_s)
        if state.stage is PinStage.CHECKING:
            return t("lock.checking")
        return t("approval.enter_pin", name=state.person)

    def _refusal(self, state: ProofState) -> str:
        if state.problem is not None:
            return hub_problem(state.problem, self._texts, proving=True).sentence
        if state.tries_left:
            return self._texts.t("lock.wrong", count=state.tries_left)
        return self._texts.t("pin.wrong")
