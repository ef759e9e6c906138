"""The list of payments with its search box, its chips and the drawer."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from domain.display import TrackingGroup
from domain.ids import Instant
from domain.matching import shown_reference
from domain.payment_rows import PaymentRow
from domain.payments import PaymentStatus
from domain.rails import Method
from ui.formatting import masked_phone, recent_text
from ui.presenters.matters import MattersState
from ui.presenters.payment_search import CHEQUES, Period
from ui.presenters.payments import MOST, PaymentsPresenter
from ui.presenters.payments_state import PaymentsState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.approval import ApprovalDoor
from ui.views.by_hand import ByHandDoor
from ui.views.choices import ChoiceRow
from ui.views.held_money import HeldDoor
from ui.views.looks import origin_text, row_look, sync_mark, sync_said
from ui.views.matters import MattersList
from ui.views.payment_detail import PaymentDetailPanel
from ui.views.refund import RefundDoor
from ui.views.unmatched import UnmatchedDoor
from ui.views.voucher_fields import Chooser
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column, money_column, sync_column

_AHEAD_PX: Final = 600
_DRAWER_PX: Final = 404
_METHOD, _CODE = 1, 3
_LOOK, _CHEQUES = "look", "cheques"
"""The chips of what needs a look and of cheques to clear, beside those of the three groups."""
_LOW_PX: Final = 560
_ROOM_FOR_LIST_PX: Final = 560
_ROOM_FOR_METHOD_PX: Final = 700
_ROOM_FOR_BOTH_PX: Final = 1140
_ROOM_ABOVE_PX: Final = 900
"""Between these widths, which larger text needs more of, one of the lists to choose from moves up a line; below the
lesser both have a line of their own."""
_ROOM_FOR_CODE_PX: Final = 940


class PaymentsView(QWidget):
    """Draws PaymentsState; Enter or a press opens a row, the end of the list brings the next page."""

    def __init__(
        self,
        presenter: PaymentsPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._methods_above = False
        self._search = SearchField(texts, texts.t("payments.search_name"), texts.t("payments.search"))
        self._search.searched.connect(presenter.find)
        self._periods = ChoiceRow(texts.t("common.date"), _periods(texts))
        self._periods.chosen.connect(presenter.show_period)
        self._groups: ChoiceRow[TrackingGroup | str | None] = ChoiceRow(
            texts.t("common.status"), _groups(texts), wraps=True
        )
        self._groups.chosen.connect(self._show_group)
        self._statuses: Chooser[PaymentStatus | None] = Chooser(texts.t("payments.one_status"), "")
        self._statuses.show_options(_statuses(texts))
        self._statuses.picked.connect(presenter.show_status)
        self._methods: Chooser[Method | None] = Chooser(texts.t("common.method"), "")
        self._methods.show_options(_methods(texts))
        self._methods.picked.connect(presenter.show_method)
        self._model: TableModel[PaymentRow] = TableModel(_columns(texts, now), key=lambda row: row.id)
        self._table = DataTable(self._model, texts.t("payments.title"))
        self._table.setSortingEnabled(False)
        self._table.opened.connect(lambda row: presenter.choose(row.id))
        self._table.clicked.connect(lambda _index: self._open_picked())
        self._table.verticalScrollBar().valueChanged.connect(self._near_end)
        self._empty = EmptyState("receipt-text")
        self._empty.chosen.connect(self._clear)
        self._foot = label("", "small")
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._detail = PaymentDetailPanel(presenter, texts, now)
        self._matters = MattersList(presenter.matters, texts, now)
        self._matters.opened.connect(presenter.open_matter)
        self._matters.told.connect(self._show_matters)
        self._lay_out()
        self._refund = RefundDoor(self, presenter.refund, texts)
        self._held = HeldDoor(self, presenter.held, texts)
        self._unmatched = UnmatchedDoor(self, presenter.unmatched, texts, now)
        self._by_hand = ByHandDoor(self, presenter.by_hand, texts)
        self._approval = ApprovalDoor(self, presenter.approval, texts)
        presenter.attach(self)

    def _lay_out(self) -> None:
        self._first = QWidget()
        first = QHBoxLayout(self._first)
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(Space.M)
        first.addWidget(self._search, 1)
        first.addWidget(self._periods)
        self._choosers = choosers = QHBoxLayout()
        choosers.setSpacing(Space.M)
        self._second = second = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        second.setSpacing(Space.S)
        second.addWidget(self._groups, 1)
        for chooser in (self._statuses, self._methods):
            chooser.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            choosers.addWidget(chooser, 0, Qt.AlignmentFlag.AlignTop)
        choosers.addStretch(1)
        second.addLayout(choosers)
        self._list = card = Card(margin=Space.S)
        card.body.setSpacing(0)
        card.body.addWidget(self._table, 1)
        card.body.addWidget(self._empty, 1)
        card.body.addWidget(self._foot)
        self._foot.setContentsMargins(Space.S, Space.S, Space.S, Space.XS)
        below = QHBoxLayout()
        below.setSpacing(Space.M)
        below.addWidget(card, 1)
        below.addWidget(self._matters, 1)
        below.addWidget(self._detail)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.S)
        self._filters = QWidget()
        filters = QVBoxLayout(self._filters)
        filters.setContentsMargins(0, 0, 0, 0)
        filters.setSpacing(Space.S)
        filters.addWidget(self._first)
        filters.addLayout(second)
        column.addWidget(self._filters)
        column.addWidget(self._notice)
        column.addLayout(below, 1)

    def show_state(self, state: PaymentsState) -> None:
        """Draw the list and the drawer."""
        texts, wanted = self._texts, state.wanted
        self._periods.show_value(wanted.period)
        self._search.show_text(wanted.text)
        self._show_matters(self._presenter.matters.state)
        self._statuses.show_value(wanted.status)
        self._methods.show_value(wanted.method)
        self._model.set_rows(state.rows)
        self._detail.show_state(state)
        self._table.setVisible(bool(state.rows) or not state.loaded)
        self._empty.setVisible(state.loaded and not state.rows)
        if wanted.text:
            text = texts.t("payments.empty_search", query=wanted.text)
            self._empty.show_words(text, texts.t("payments.empty_search_hint"), texts.t("payments.clear_filters"))
        elif wanted.narrowed:
            self._empty.show_words(texts.t("payments.empty_filter"), "", texts.t("payments.clear_filters"))
        else:
            self._empty.show_words(texts.t("payments.empty_today"))
        self._foot.setText(self._foot_words(state))
        problem = None if state.chosen else state.problem
        self._notice.show_refusal(problem, texts)
        self._fit_columns()

    def resume_focus(self) -> None:
        """The screen came to the front: an open payment stays open, even where it hides the search box."""
        if self._filters.isHidden():
            self._detail.take_focus()
        else:
            self._search.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_search(self) -> None:
        """Ctrl+F, F3: type what to look for."""
        if self._filters.isHidden():
            self._presenter.close_detail()
        if self._presenter.matters.state.looking:
            self._presenter.show_group(None)
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._detail.isVisible():
            self._presenter.close_detail()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _show_group(self, value: TrackingGroup | str | None) -> None:
        if value == _LOOK:
            self._presenter.show_matters()
        elif value == _CHEQUES:
            self._presenter.show_cheques()
        else:
            self._presenter.show_group(None if value is None else TrackingGroup(value))

    def _show_matters(self, state: MattersState) -> None:
        """Tell on the chip how much there is, for who may know, and bring the list to the front or away."""
        t = self._texts.t
        counted = sum((state.counts or {}).values())
        self._groups.rename(_LOOK, t("payments.look_count", count=counted) if counted else t("payments.look"))
        wanted = self._presenter.state.wanted
        plain = _CHEQUES if wanted == CHEQUES else wanted.group
        self._groups.offer(_CHEQUES, self._presenter.state.takes_cheques or wanted == CHEQUES)
        self._groups.show_value(_LOOK if state.looking else plain)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Leave out what the drawer tells anyway, and on a small screen the filters while it is open."""
        px, drawer = current_theme().px, not self._detail.isHidden()
        self._filters.setVisible(not drawer or self.height() >= _LOW_PX)
        wide = px(_DRAWER_PX)
        room = self.width() - (wide if drawer else 0)
        crowded = drawer and room < px(_ROOM_FOR_LIST_PX)
        looking = self._presenter.matters.state.looking
        self._list.setVisible(not crowded and not looking)
        self._matters.setVisible(not crowded and looking)
        self._first.setVisible(not looking)
        self._statuses.setVisible(not looking)
        self._methods.setVisible(not looking)
        directions = QBoxLayout.Direction
        narrow = self.width() < px(_ROOM_ABOVE_PX)
        self._second.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)
        self._place_methods(above=self.width() < px(_ROOM_FOR_BOTH_PX) and self.width() >= px(_ROOM_ABOVE_PX))
        self._detail.setMinimumWidth(min(wide, self.width()))
        self._detail.setMaximumWidth(self.width() if crowded else wide)
        self._table.setColumnHidden(_METHOD, room < px(_ROOM_FOR_METHOD_PX))
        self._table.setColumnHidden(_CODE, room < px(_ROOM_FOR_CODE_PX))

    def _place_methods(self, *, above: bool) -> None:
        """Put the ways to pay beside the search box where they would take a line of their own below it."""
        if above is self._methods_above:
            return
        self._methods_above = above
        home, before = (self._first.layout(), self._periods.buttons[-1]) if above else (self._choosers, self._statuses)
        assert isinstance(home, QHBoxLayout), "both rows were laid out"
        home.insertWidget(2 if above else 1, self._methods, 0, Qt.AlignmentFlag.AlignTop)
        QWidget.setTabOrder(before, self._methods)

    def _foot_words(self, state: PaymentsState) -> str:
        texts = self._texts
        if not state.loaded:
            return texts.t("common.loading")
        if state.too_many:
            return texts.t("payments.too_many", count=MOST)
        words = texts.t("payments.count", count=len(state.rows))
        return words if state.complete else f"{words} …"

    def _near_end(self, value: int) -> None:
        if value >= self._table.verticalScrollBar().maximum() - _AHEAD_PX:
            self._presenter.more()

    def _open_picked(self) -> None:
        rows = self._table.chosen_rows
        if rows:
            self._presenter.choose(rows[0].id)

    def _clear(self) -> None:
        self._search.clear()
        self._presenter.clear_filters()


def _periods(texts: Texts) -> tuple[tuple[Period, str], ...]:
    return tuple((period, texts.t(f"payments.period.{period.value}")) for period in Period)


def _groups(texts: Texts) -> tuple[tuple[TrackingGroup | str | None, str], ...]:
    named = tuple((group, texts.t(f"group.{group.value}")) for group in TrackingGroup)
    return (
        (None, texts.t("common.all")),
        *named,
        (_CHEQUES, texts.t("payments.cheques")),
        (_LOOK, texts.t("payments.look")),
    )


def _statuses(texts: Texts) -> tuple[tuple[PaymentStatus | None, str], ...]:
    named = tuple((status, texts.t(f"status.{status.value}")) for status in PaymentStatus)
    return ((None, texts.t("payments.any_status")), *named)


def _methods(texts: Texts) -> tuple[tuple[Method | None, str], ...]:
    named = tuple((method, texts.t(f"method.{method.value}")) for method in Method)
    return ((None, texts.t("payments.any_method")), *named)


def _customer(texts: Texts, row: PaymentRow) -> str:
    phone = masked_phone(row.customer_phone) if row.customer_phone else ""
    return " · ".join(part for part in (origin_text(texts, row.origin), row.customer_name, phone) if part)


def _columns(texts: Texts, now: Callable[[], Instant]) -> tuple[Column[PaymentRow], ...]:
    return (
        Column(texts.t("payments.column.time"), lambda row: recent_text(row.created_at, now(), texts.zone), width=124),
        Column(texts.t("payments.column.method"), lambda row: texts.t(f"method.{row.method.value}"), width=112),
        Column(texts.t("payments.column.customer"), lambda row: _customer(texts, row)),
        Column(texts.t("payments.column.code"), lambda row: shown_reference(row.reference), width=196),
        money_column(
            texts.t("payments.column.amount"),
            lambda row: row.amount_minor,
            lambda amount: texts.money(amount, symbol=False),
            width=124,
        ),
        badge_column(
            texts.t("payments.column.status"),
            lambda row: row_look(texts, row),
            width=162,
        ),
        sync_column("", sync_mark, lambda row: sync_said(texts, row), width=44),
    )
