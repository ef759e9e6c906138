"""One voucher in the drawer beside the list: what it says, what it books, what it is linked with, what may be done."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from domain.book_rows import VoucherDetail
from domain.matching import shown_reference
from ui.formatting import date_time_text
from ui.presenters.vouchers import VouchersPresenter, VouchersState
from ui.texts import Texts
from ui.theme import FontSize, Space
from ui.views.void_question import VoidQuestion
from ui.views.voucher_lines import LinesTable
from ui.views.voucher_looks import category_words, mark_look, memo_words, source_words
from ui.views.voucher_print import Target
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, fact_grid, label


class VoucherDetailPanel(Card):
    """Draws the chosen voucher. Signals: `print_wanted(Target)`."""

    print_wanted = Signal(object)

    def __init__(self, presenter: VouchersPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts.t("common.details"), parent, margin=Space.L)
        self._presenter, self._texts = presenter, texts
        self._drawn: tuple[object, ...] = ()
        self._asking = False
        t = texts.t
        self.close_button = IconButton("x", t("vouchers.close"))
        self.close_button.clicked.connect(lambda _checked=False: presenter.close_detail())
        self.add_to_head(self.close_button)
        self._area = ScrollArea(name=t("common.details"))
        self._notice = NoticeBar(t("notice.dismiss"))
        self._payment = Button(t("common.details"), Kind.SOFT, "receipt-text")
        self._payment.clicked.connect(lambda _checked=False: presenter.open_payment())
        self._other = Button(t("common.details"), Kind.SOFT, "arrow-left-right")
        self._other.clicked.connect(lambda _checked=False: self._open_other())
        self._print = self._action("common.print", "printer", lambda: self.print_wanted.emit(Target.PRINTER))
        self._pdf = self._action("vouchers.pdf", "file-text", lambda: self.print_wanted.emit(Target.FILE))
        self._void = self._action("vouchers.void", "ban", presenter.ask_void)
        self._question = VoidQuestion(
            presenter, texts, t("vouchers.void_text"), yes=t("vouchers.void"), no=t("vouchers.void_no")
        )
        self._lay_out()

    def _action(self, key: str, icon_name: str, does: Callable[[], None]) -> Button:
        button = Button(self._texts.t(key), Kind.SECONDARY, icon_name)
        button.setProperty("tight", "true")
        button.clicked.connect(lambda _checked=False: does())
        return button

    def _lay_out(self) -> None:
        self._actions = QWidget()
        actions = QHBoxLayout(self._actions)
        actions.setContentsMargins(0, 0, 0, 0)
        actions.setSpacing(Space.S)
        for button in (self._print, self._pdf, self._void):
            actions.addWidget(button, 1)
        scrolled = QWidget()
        self._scrolled = QVBoxLayout(scrolled)
        self._scrolled.setContentsMargins(0, 0, Space.S, 0)
        self._scrolled.setSpacing(Space.S)
        self._scrolled.addWidget(self._notice)
        self._voucher = QWidget()
        self._scrolled.addWidget(self._voucher, 1)
        self._area.setWidget(scrolled)
        self.body.addWidget(self._area, 1)
        for link in (self._payment, self._other):
            self.body.addWidget(link)
        self.body.addWidget(self._question)
        self.body.addWidget(self._actions)
        for part in (self._payment, self._other, self._question):
            part.hide()

    def show_state(self, state: VouchersState) -> None:
        """Draw the chosen voucher."""
        detail = state.detail
        if detail is None:
            self.hide()
            return
        drawn = (detail, state.chart)
        if drawn != self._drawn:
            self._drawn = drawn
            self._show_voucher(self._contents(state, detail))
            self._show_links(detail)
        self._actions.setVisible(not state.asking_void)
        if not state.can_void and self.window().focusWidget() is self._void:
            self._print.setFocus(Qt.FocusReason.OtherFocusReason)  # Qt does so only while the window is the active one
        self._void.setVisible(state.can_void)
        if self._notice.show_refusal(state.problem, self._texts, closable=False):
            self._area.verticalScrollBar().setValue(0)
        title = self._texts.t("vouchers.void_title", number=detail.item.number)
        self._question.show_question(title, state.reason, asked=state.asking_void, busy=state.voiding)
        self.show()  # once its parts stand or are hidden: a parent makes room at once
        if state.asking_void is not self._asking:
            self._asking = state.asking_void
            if state.asking_void:
                self._question.take_focus()
            elif self.isVisible():
                (self._void if state.can_void else self._print).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_voucher(self, contents: QWidget) -> None:
        self._scrolled.replaceWidget(self._voucher, contents)
        self._voucher.hide()
        self._voucher.deleteLater()
        self._voucher = contents

    def _show_links(self, detail: VoucherDetail) -> None:
        t = self._texts.t
        self._payment.setVisible(detail.payment_id is not None)
        self._payment.setText(t("vouchers.open_payment", reference=shown_reference(detail.payment_reference)))
        other, key = detail.reversed_by, "vouchers.reversed_by"
        if detail.reverses is not None:
            other, key = detail.reverses, "vouchers.reversal_of"
        self._other.setVisible(other is not None)
        self._other.setText("" if other is None else t(key, number=other.number))

    def _open_other(self) -> None:
        detail = self._presenter.state.detail
        other = None if detail is None else detail.reverses or detail.reversed_by
        if other is not None:
            self._presenter.choose(other.id)

    def _contents(self, state: VouchersState, detail: VoucherDetail) -> QWidget:
        texts, item = self._texts, detail.item
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        kind = label(texts.t(f"voucher_type.{item.type}"), "muted")
        number = label(item.number, "section")
        number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        amount = AmountDisplay(FontSize.HEADING + 2, centred=True)
        amount.show_amount(texts.money(item.total_minor))
        for part in (kind, number):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        column.addWidget(amount)
        look = mark_look(texts, item.mark)
        if look is not None:
            column.addWidget(Badge(look), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(self._facts(state, detail))
        column.addSpacing(Space.S)
        column.addWidget(LinesTable(detail.lines, texts, state.chart.rules.regime))
        column.addStretch(1)
        return contents

    def _facts(self, state: VouchersState, detail: VoucherDetail) -> QGridLayout:
        texts, item = self._texts, detail.item
        t = texts.t
        category = state.chart.category(item.category_id)
        moved = item.booked_on if item.booked_on != item.business_date else ""
        facts = (
            (t("vouchers.column.date"), t("vouchers.day", day=item.business_date)),
            (t("vouchers.booked"), t("vouchers.day", day=moved) if moved else ""),
            (t("vouchers.occurred"), t("vouchers.day", day=detail.occurred_on) if detail.occurred_on else ""),
            (t("vouchers.partner"), detail.party.name),
            (t("vouchers.address"), detail.party.address),
            (t("vouchers.text"), memo_words(item.memo)),
            (t("vouchers.category"), "" if category is None else category_words(texts, category)),
            (t("vouchers.attachments"), str(detail.attachments) if detail.attachments else ""),
            (t("vouchers.source"), source_words(texts, item.source_kind)),
            (t("vouchers.book_no"), "" if item.book_no is None else str(item.book_no)),
            (t("vouchers.issued_by"), detail.actor),
            (t("vouchers.issued_at"), date_time_text(item.created_at, texts.zone)),
        )
        return fact_grid(facts)
