"""The sheet on which a person says that a cheque was cleared or bounced, or that money paid elsewhere came."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from domain.errors import FailureCode
from domain.matching import shown_reference
from domain.services.by_hand import BOUNCES
from ui.presenters.by_hand import USUAL, Becoming, ByHandPresenter, ByHandState, ReceivingWallet
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.choices import ChoiceRow
from ui.views.voucher_fields import Chooser, FieldBox
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import fact_grid, label

_WIDTH: Final = 560
_LONGEST: Final = 200
_KEYS: Final = {Becoming.SETTLED: "settle", Becoming.BOUNCED: "bounce"}


class ByHandDoor(SheetDoor["ByHandSheet", ByHandState]):
    """Opens a sheet whenever something is to be said of a payment."""

    def __init__(self, page: QWidget, presenter: ByHandPresenter, texts: Texts) -> None:
        super().__init__(page, lambda: ByHandSheet(page, presenter, texts), ByHandSheet.show_state, presenter.cancel)
        presenter.attach(self)

    def show_state(self, state: ByHandState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.payment is not None)


class ByHandSheet(Sheet):
    """Draws ByHandState; what was typed stays after a refusal."""

    def __init__(self, window: QWidget, presenter: ByHandPresenter, texts: Texts) -> None:
        t, state = texts.t, presenter.state
        self._key = key = _KEYS[state.becoming]
        room = window.window().width() - 2 * Space.XL
        title = t(f"{key}.sheet.{state.method.value}") if state.becoming is Becoming.SETTLED else t("bounce.sheet")
        super().__init__(window, title, width=min(current_theme().px(_WIDTH), room))
        self._texts = texts
        cheque = state.cheque
        facts = (
            (t("payments.column.code"), shown_reference(state.reference)),
            (t("common.amount"), texts.money(state.amount_minor)),
            (t("slip.number"), cheque_text(texts, cheque.number, cheque.bank) if cheque else ""),
        )
        self._words = TextField(t(f"{key}.words"), t(f"{key}.words_hint"))
        self._words.setMaxLength(_LONGEST)
        self._words.textEdited.connect(presenter.set_words)
        self._words.returnPressed.connect(presenter.submit)
        self._wallet: Chooser[ReceivingWallet] = Chooser(t("settle.wallet"), "")
        self._wallet.picked.connect(presenter.choose_wallet)
        self._wallet_box = FieldBox(t("settle.wallet"), self._wallet)
        self._why: ChoiceRow[FailureCode] = ChoiceRow(
            t("bounce.why"), [(why, t(f"bounce.why.{why.value}")) for why in BOUNCES], wraps=True
        )
        self._why.chosen.connect(presenter.choose_why)
        self._notice = NoticeBar(t("notice.dismiss"))
        self.body.addLayout(fact_grid(facts))
        self.body.addWidget(label(t(f"{key}.lead"), "small", wrap=True))
        self.body.addWidget(self._wallet_box)
        self.body.addWidget(self._why)
        self.body.addWidget(label(t(f"{key}.words"), "section"))
        self.body.addWidget(self._words)
        self.body.addWidget(self._notice)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._yes = self.add_button(t(f"{key}.yes"), Kind.PRIMARY, presenter.submit)
        settles = state.becoming is Becoming.SETTLED
        self._wallet_box.setVisible(settles)
        self._why.setVisible(not settles)
        (self._words if settles else self._why).setFocus(Qt.FocusReason.OtherFocusReason)
        if not settles:
            self._why.take_focus()
        self.rejected.connect(presenter.cancel)

    def keeps_enter(self) -> bool:
        """Enter in the field submits by the field alone."""
        return self._words.hasFocus()

    def show_state(self, state: ByHandState) -> None:
        """Draw what was chosen and typed, and what went wrong."""
        t = self._texts.t
        if self._words.text() != state.words:
            self._words.setText(state.words)
        self._wallet.show_options([(each, each.name or t("settle.usual")) for each in state.wallets])
        self._wallet.show_value(state.wallet)
        self._wallet_box.setVisible(state.becoming is Becoming.SETTLED and state.wallets != (USUAL,))
        self._why.show_value(state.why)
        self._words.setEnabled(not state.saving)
        self._yes.setText(t("by_hand.saving") if state.saving else t(f"{self._key}.yes"))
        self._yes.setEnabled(state.can_submit)
        if self._notice.show_refusal(state.problem, self._texts, closable=False):
            self._words.setFocus(Qt.FocusReason.OtherFocusReason)
        self.fit()


def cheque_text(texts: Texts, number: str, bank: str) -> str:
    """Return a cheque in one line."""
    return texts.t("slip.cheque", number=number, bank=bank)
