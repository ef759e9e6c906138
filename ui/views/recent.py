"""The day's newest payments beside the counter."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from domain.payment_rows import PaymentRow
from ui.formatting import time_text
from ui.presenters.recent import RecentPresenter, RecentState
from ui.texts import Texts
from ui.theme import Space
from ui.views.looks import METHOD_ICONS, row_look, sync_mark, sync_said
from ui.widgets.keypad import key_of
from ui.widgets.surfaces import EmptyState, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column, money_column, sync_column


class _RecentTable(DataTable[PaymentRow]):
    """A table that leaves the number keys to the counter, also while it has the focus."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if key_of(event) is not None:
            event.ignore()
        else:
            super().keyPressEvent(event)


class RecentList(QWidget):
    """Today's total over today's payments.

    Signals: `titled(str)` with the total as a heading elsewhere may show it.
    """

    titled = Signal(str)

    def __init__(self, presenter: RecentPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._review = label("", "small")
        self._model: TableModel[PaymentRow] = TableModel(_columns(texts), key=lambda row: row.id)
        self._table = _RecentTable(self._model, texts.t("charge.recent"))
        self._table.horizontalHeader().hide()
        self._table.setSortingEnabled(False)
        self._table.opened.connect(lambda row: presenter.open_row(row.id))
        self._empty = EmptyState("receipt-text")
        self._empty.show_words(texts.t("payments.empty_today"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(self._review)
        column.addWidget(self._table, 1)
        column.addWidget(self._empty, 1)

    def show_state(self, state: RecentState) -> None:
        """Draw the list."""
        texts = self._texts
        self._model.set_rows(state.rows)
        self._table.setVisible(bool(state.rows))
        self._empty.setVisible(not state.rows and state.total_minor is not None)
        self._review.setText(texts.t("charge.review", count=state.needs_review))
        self._review.setVisible(state.needs_review > 0)
        total = "" if state.total_minor is None else texts.t("charge.today_total", amount=state.total_minor)
        self.titled.emit(total)


def _columns(texts: Texts) -> tuple[Column[PaymentRow], ...]:
    return (
        Column(texts.t("payments.column.time"), lambda row: time_text(row.created_at, texts.zone), width=66),
        Column(
            texts.t("payments.column.method"),
            lambda _row: "",
            icon=lambda row: METHOD_ICONS[row.method],
            said=lambda row: texts.t(f"method.{row.method.value}"),
            tip=lambda row: texts.t(f"method.{row.method.value}"),
            width=36,
        ),
        money_column(
            texts.t("payments.column.amount"),
            lambda row: row.amount_minor,
            lambda amount: texts.money(amount, symbol=False),
            width=None,
        ),
        badge_column(
            texts.t("payments.column.status"),
            lambda row: row_look(texts, row),
            width=161,
        ),
        sync_column(texts.t("payments.column.sync"), sync_mark, lambda row: sync_said(texts, row), width=32),
    )
