"""The list of vouchers and drafts, one opened beside it, and in their place the form of a draft."""

from collections.abc import Callable
from datetime import date
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import Instant
from domain.vouchers import VoucherType
from ui.formatting import day_text
from ui.presenters.voucher_list import VoucherRow
from ui.presenters.vouchers import MOST, VouchersPresenter, VouchersState
from ui.prints.voucher_facts import draft_sheet, voucher_sheet
from ui.prints.voucher_sheet import VoucherSheet
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.approval import ApprovalDoor
from ui.views.panels import CurrentStack
from ui.views.voucher_detail import VoucherDetailPanel
from ui.views.voucher_filters import VoucherFilters
from ui.views.voucher_form import VoucherForm
from ui.views.voucher_looks import memo_words, row_look, said, sync_mark, sync_said
from ui.views.voucher_print import Target, VoucherPrintSheet
from ui.widgets.dialogs import ChooseDialog, Option
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Column, DataTable, TableModel, money_column, sync_column

_AHEAD_PX: Final = 600
_DRAWER_PX: Final = 440
_LOW_PX: Final = 620
_DAY, _BOOK_NO, _PARTY, _MARK = 0, 2, 4, 6
_ROOM_FOR_LIST_PX: Final = 560
_ROOM_FOR_DAY_PX: Final = 640
_ROOM_FOR_MARK_PX: Final = 860
_ROOM_FOR_PARTY_PX: Final = 1080
_ROOM_FOR_BOOK_NO_PX: Final = 900


class VouchersView(QWidget):
    """Draws VouchersState; Enter or a press opens a row, the end of the list brings the next page."""

    def __init__(
        self,
        presenter: VouchersPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts, self._now = presenter, texts, now
        self._shop = presenter.shop
        self._make_pages()
        self._filters = VoucherFilters(presenter, texts, self._page)
        self._filters.new.clicked.connect(lambda _checked=False: self._choose_type())
        self._model: TableModel[VoucherRow] = TableModel(_columns(texts), key=lambda row: row.key)
        self._table = DataTable(self._model, texts.t("vouchers.title"))
        self._table.setSortingEnabled(False)
        self._table.opened.connect(presenter.open_row)
        self._table.clicked.connect(lambda _index: self._open_picked())
        self._table.verticalScrollBar().valueChanged.connect(self._near_end)
        self._empty = EmptyState("file-text")
        self._empty.chosen.connect(self._filters.clear)
        self._foot = label("", "small")
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._refused = EmptyState("lock")
        self._refused.show_words(texts.t("books.not_allowed"), texts.t("books.not_allowed_hint"))
        self._detail = VoucherDetailPanel(presenter, texts, self._below)
        self._detail.print_wanted.connect(self._print_chosen)
        self._form = VoucherForm(presenter.form, texts, self._stack)
        self._form.turned.connect(self._turn)
        self._form.print_wanted.connect(self._print_draft)
        self._lay_out()
        self._approval = ApprovalDoor(self, presenter.approval, texts)
        presenter.attach(self)
        self._turn(presenter.form.state.draft is not None)

    def _make_pages(self) -> None:
        """Stand the grounds in the window first: whatever moves later is dressed anew with all that is on it."""
        self._stack = CurrentStack(self)
        self._page = QWidget(self._stack)
        self._below = QWidget(self._page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _lay_out(self) -> None:
        self._list = card = Card(parent=self._below, margin=Space.S)
        card.body.setSpacing(0)
        card.body.addWidget(self._table, 1)
        card.body.addWidget(self._empty, 1)
        card.body.addWidget(self._foot)
        self._foot.setContentsMargins(Space.S, Space.S, Space.S, Space.XS)
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(Space.M)
        below.addWidget(card, 1)
        below.addWidget(self._detail)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addWidget(self._filters)
        column.addWidget(self._notice)
        column.addWidget(self._below, 1)
        column.addWidget(self._refused, 1)
        self._stack.addWidget(self._page)
        self._stack.addWidget(self._form)

    def show_state(self, state: VouchersState) -> None:
        """Draw the list and the drawer, or why there is nothing to see."""
        texts, wanted = self._texts, state.wanted
        self._refused.setVisible(not state.allowed and state.loaded)
        self._below.setVisible(state.allowed)
        self._filters.show_state(state, self._now())
        self._model.set_rows(state.rows)
        inside = not self._detail.isHidden() and self._detail.isAncestorOf(self._focused())
        drawer = state.detail is not None
        if drawer:  # what gives way goes first, what comes back comes last: both together have no room
            self._fit_columns(drawer)
        self._detail.show_state(state)
        if not drawer:
            self._fit_columns(drawer)
        self._table.setVisible(bool(state.rows) or not state.loaded)
        self._empty.setVisible(state.loaded and not state.rows)
        if wanted.text:
            text = texts.t("vouchers.empty_search", query=wanted.text)
            self._empty.show_words(text, texts.t("vouchers.empty_search_hint"), texts.t("payments.clear_filters"))
        elif wanted.narrowed:
            self._empty.show_words(texts.t("vouchers.empty"), "", texts.t("payments.clear_filters"))
        else:
            self._empty.show_words(texts.t("vouchers.empty"))
        self._foot.setText(self._foot_words(state))
        self._show_problem(state)
        if self.hasFocus():
            self.focus_search()
        elif inside and not drawer:
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        elif drawer and self._list.isHidden() and not self._detail.isAncestorOf(self._focused()):
            self._detail.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_search(self) -> None:
        """Ctrl+F, F3: type what to look for; at the first visit once it is known that there is something to see."""
        if self._stack.currentWidget() is self._form:
            self._form.take_focus()
            return
        if not self._presenter.state.allowed:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if self._filters.isHidden():
            self._presenter.close_detail()
        self._filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filters.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        state = self._presenter.state
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._presenter.form.state.draft is not None:
            self._presenter.form.leave()
        elif state.asking_void:
            self._presenter.ask_void()
        elif state.detail is not None:
            self._presenter.close_detail()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns(not self._detail.isHidden())

    def _show_problem(self, state: VouchersState) -> None:
        problem = None if state.chosen else state.problem
        self._notice.show_refusal(problem, self._texts)

    def _fit_columns(self, drawer: bool) -> None:
        """Leave out what the drawer tells anyway, and on a small screen the filters while it is open."""
        px = current_theme().px
        wished = px(_DRAWER_PX)
        self._filters.setVisible(self._presenter.state.allowed and (not drawer or self.height() >= _LOW_PX))
        room = self.width() - (wished if drawer else 0)
        crowded = drawer and room < px(_ROOM_FOR_LIST_PX)
        self._list.setVisible(not crowded)
        self._detail.setMinimumWidth(min(wished, self.width() - 2 * Space.M))
        self._detail.setMaximumWidth(self.width() if crowded else wished)
        self._table.setColumnHidden(_DAY, room < px(_ROOM_FOR_DAY_PX))
        self._table.setColumnHidden(_MARK, room < px(_ROOM_FOR_MARK_PX))
        self._table.setColumnHidden(_PARTY, room < px(_ROOM_FOR_PARTY_PX))
        self._table.setColumnHidden(_BOOK_NO, room < px(_ROOM_FOR_BOOK_NO_PX))

    def _focused(self) -> QWidget:
        return self.window().focusWidget() or self

    def _foot_words(self, state: VouchersState) -> str:
        texts = self._texts
        if not state.loaded:
            return texts.t("common.loading")
        if state.too_many:
            return texts.t("vouchers.too_many", count=MOST)
        words = texts.t("vouchers.count", count=len(state.rows))
        return words if state.complete else f"{words} …"

    def _near_end(self, value: int) -> None:
        if value >= self._table.verticalScrollBar().maximum() - _AHEAD_PX:
            self._presenter.more()

    def _open_picked(self) -> None:
        rows = self._table.chosen_rows
        if rows:
            self._presenter.open_row(rows[0])

    def _turn(self, writing: bool) -> None:
        """Show the form of a draft in place of the list, or the list again."""
        inside = self._stack.isAncestorOf(self._focused())
        self._stack.setCurrentWidget(self._form if writing else self._page)
        if not inside or not self.isVisible():
            return
        if writing:
            self._form.take_focus()
        elif self._list.isHidden():
            self._detail.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_type(self) -> None:
        t = self._texts.t
        options = [
            Option(kind.value, f"{t(f'voucher_type.{kind}')} ({kind.value})", t(f"vouchers.new_note.{kind}"), icon_name)
            for kind, icon_name in _TYPE_ICONS.items()
        ]
        dialog = ChooseDialog(self, t("vouchers.new_title"), options, t("common.cancel"))
        dialog.chosen.connect(lambda kind: self._presenter.write(VoucherType(kind)))
        dialog.open()

    def _print_chosen(self, target: Target) -> None:
        state = self._presenter.state
        detail, rules = state.detail, state.chart.rules
        if detail is None:
            return

        def make(is_copy: bool) -> VoucherSheet:
            return voucher_sheet(detail, self._shop.name, rules, self._texts, is_copy=is_copy)

        self._open_print(detail.item.id, make, target)

    def _print_draft(self) -> None:
        state = self._presenter.form.state
        draft = state.draft
        if draft is None or state.marks:
            return
        shop, rules, texts = self._shop, state.chart.rules, self._texts

        def make(_is_copy: bool) -> VoucherSheet:
            return draft_sheet(draft, state.preview, shop.name, shop.currency, rules, texts)

        self._open_print(draft.id, make, Target.PRINTER)

    def _open_print(self, subject_id: str, make: Callable[[bool], VoucherSheet], target: Target) -> None:
        VoucherPrintSheet(self, self._presenter.print_form(subject_id), self._texts, make, target).open()


_TYPE_ICONS: Final = {
    VoucherType.RECEIPT: "arrow-down-left",
    VoucherType.PAYMENT: "arrow-up-right",
    VoucherType.TRANSFER: "arrow-left-right",
    VoucherType.ADJUSTMENT: "scale",
}


def _columns(texts: Texts) -> tuple[Column[VoucherRow], ...]:
    def number(row: VoucherRow) -> str:
        return row.item.number if row.item is not None else texts.t(f"voucher_type.{row.type}")

    def book_no(row: VoucherRow) -> str:
        return "" if row.item is None or row.item.book_no is None else str(row.item.book_no)

    def words(row: VoucherRow) -> str:
        return said(texts, row.item) if row.item is not None else memo_words(row.memo)

    def mark(row: VoucherRow) -> str:
        look = row_look(texts, row)
        return "" if look is None else look.text

    return (
        Column(texts.t("vouchers.column.date"), lambda row: day_text(date.fromisoformat(row.day)), width=112),
        Column(texts.t("vouchers.column.number"), number, width=184),
        Column(texts.t("vouchers.column.book_no"), book_no, width=80),
        Column(texts.t("vouchers.column.text"), words, tip=words),
        Column(texts.t("vouchers.column.party"), lambda row: row.party, width=180),
        money_column(
            texts.t("vouchers.column.amount"),
            lambda row: row.amount_minor,
            lambda amount: texts.money(amount, symbol=False),
            width=136,
        ),
        Column(texts.t("vouchers.column.status"), mark, badge=lambda row: row_look(texts, row), width=136),
        sync_column("", sync_mark, lambda row: sync_said(texts, row), width=44),
    )
