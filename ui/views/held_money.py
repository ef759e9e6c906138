"""The sheet on which money that a provider holds is taken."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from domain.matching import shown_reference
from ui.formatting import date_time_text
from ui.presenters.held_money import HeldPresenter, HeldState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.voucher_fields import AmountField, FieldBox
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import fact_grid, label

_WIDTH: Final = 560


class HeldDoor(SheetDoor["HeldSheet", HeldState]):
    """Opens a sheet whenever held money is to be taken."""

    def __init__(self, page: QWidget, presenter: HeldPresenter, texts: Texts) -> None:
        super().__init__(page, lambda: HeldSheet(page, presenter, texts), HeldSheet.show_state, presenter.cancel)
        presenter.attach(self)

    def show_state(self, state: HeldState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.payment is not None)


class HeldSheet(Sheet):
    """Draws HeldState; what was typed stays after a refusal."""

    def __init__(self, window: QWidget, presenter: HeldPresenter, texts: Texts) -> None:
        t, state = texts.t, presenter.state
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, t("held.sheet"), width=min(current_theme().px(_WIDTH), room))
        self._texts = texts
        until = "" if state.held_until is None else date_time_text(state.held_until, texts.zone)
        facts = (
            (t("payments.column.code"), shown_reference(state.reference)),
            (t("held.amount"), texts.money(state.held_minor)),
            (t("held.until"), until),
        )
        self._amount = AmountField(texts, t("held.take_amount"))
        self._amount.typed.connect(presenter.set_amount)
        self._amount.returnPressed.connect(presenter.take)
        self._box = FieldBox(t("held.take_amount"), self._amount)
        self._box.setVisible(state.takes_part)
        self._notice = NoticeBar(t("notice.dismiss"))
        self.body.addLayout(fact_grid(facts))
        self.body.addWidget(self._box)
        self.body.addWidget(label(t("held.part" if state.takes_part else "held.whole"), "small", wrap=True))
        self.body.addWidget(self._notice)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._take = self.add_button("", Kind.PRIMARY, presenter.take)
        self.rejected.connect(presenter.cancel)
        if state.takes_part:
            self._amount.type_over()
        else:
            self._take.setFocus(Qt.FocusReason.OtherFocusReason)

    def keeps_enter(self) -> bool:
        """Enter in the field takes the money by the field alone."""
        return self._amount.hasFocus()

    def show_state(self, state: HeldState) -> None:
        """Draw what was typed, and what went wrong."""
        t = self._texts.t
        self._amount.show_text(state.amount)
        self._amount.setEnabled(not state.saving)
        self._box.show_mark("" if state.fits else t("held.at_most", amount=state.held_minor), loud=not state.fits)
        words = t("held.take", amount=state.amount_minor) if state.fits else t("held.take_empty")
        self._take.setText(t("held.taking") if state.saving else words)
        self._take.setEnabled(state.can_take)
        if self._notice.show_refusal(state.problem, self._texts, closable=False):
            self._amount.type_over()
        self.fit()
