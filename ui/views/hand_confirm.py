"""The sheet on which a person says what they saw of a payment's money."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from domain.matching import shown_reference
from ui.presenters.hand_confirm import HandConfirmPresenter, HandConfirmState
from ui.texts import Texts
from ui.theme import Space
from ui.views.panels import Emblem
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import fact_grid, label
from ui.widgets.tones import Tone

_WIDTH = 560
_LONGEST = 200


class HandConfirmDoor(SheetDoor["HandConfirmSheet", HandConfirmState]):
    """Opens a sheet whenever a payment is to be confirmed by hand."""

    def __init__(self, page: QWidget, presenter: HandConfirmPresenter, texts: Texts) -> None:
        super().__init__(
            page, lambda: HandConfirmSheet(page, presenter, texts), HandConfirmSheet.show_state, presenter.cancel
        )
        presenter.attach(self)

    def show_state(self, state: HandConfirmState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.payment is not None)


class HandConfirmSheet(Sheet):
    """Draws HandConfirmState; what was typed stays after a refusal."""

    def __init__(self, window: QWidget, presenter: HandConfirmPresenter, texts: Texts) -> None:
        t, state = texts.t, presenter.state
        super().__init__(window, t("by_hand.sheet"), width=_WIDTH)
        self._presenter, self._texts = presenter, texts
        facts = (
            (t("payments.column.code"), shown_reference(state.reference)),
            (t("common.method"), t(f"method.{state.method.value}")),
            (t("common.amount"), texts.money(state.amount_minor)),
        )
        warning = QHBoxLayout()
        warning.setSpacing(Space.M)
        mark = Emblem(24)
        mark.show_icon(Tone.WARN)
        warning.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        warning.addWidget(label(t("by_hand.warn"), "", wrap=True), 1)
        self._evidence = TextField(t("by_hand.evidence"), t("by_hand.evidence_hint"))
        self._evidence.setMaxLength(_LONGEST)
        self._evidence.textEdited.connect(presenter.set_evidence)
        self._evidence.returnPressed.connect(presenter.confirm)
        self._notice = NoticeBar(t("notice.dismiss"))
        self.body.addLayout(fact_grid(facts))
        self.body.addLayout(warning)
        self.body.addWidget(label(t("by_hand.evidence"), "section"))
        self.body.addWidget(self._evidence)
        self.body.addWidget(self._notice)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._yes = self.add_button(t("by_hand.yes"), Kind.PRIMARY, presenter.confirm)
        self._evidence.setFocus(Qt.FocusReason.OtherFocusReason)
        self.rejected.connect(presenter.cancel)

    def keeps_enter(self) -> bool:
        """Enter in the field confirms by the field alone."""
        return self._evidence.hasFocus()

    def show_state(self, state: HandConfirmState) -> None:
        """Draw what was typed, and what went wrong."""
        texts = self._texts
        if self._evidence.text() != state.evidence:
            self._evidence.setText(state.evidence)
        self._evidence.setEnabled(not state.saving)
        self._yes.setText(texts.t("by_hand.saving" if state.saving else "by_hand.yes"))
        self._yes.setEnabled(bool(state.evidence.strip()) and not state.saving)
        if self._notice.show_refusal(state.problem, texts, closable=False):
            self._evidence.setFocus(Qt.FocusReason.OtherFocusReason)
        self.fit()
