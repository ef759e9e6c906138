"""What about money needs a look: chips of its kinds with their counts, and the list."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from domain.display import memo_text
from domain.ids import Instant
from domain.payment_rows import Matter, MatterRow
from domain.resolutions import ResolutionStatus
from ui.formatting import recent_text
from ui.presenters.matters import MATTER_MOODS, MattersPresenter, MattersState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.choices import ChoiceRow
from ui.views.looks import MATTER_ICONS, tone_of
from ui.views.unmatched import TONES
from ui.widgets.badge import BadgeLook
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card, EmptyState
from ui.widgets.table import Align, Column, DataTable, TableModel, badge_column, money_column

_SETTLED: Final = "settled"
"""The chip of what was decided already, beside those of the kinds."""

_TIME, _CUSTOMER, _DUE, _RECEIVED = 0, 3, 4, 5
_ROOM_FOR_CUSTOMER_PX: Final = 1100
_ROOM_FOR_SUMS_PX: Final = 900
_ROOM_FOR_TIME_PX: Final = 640


class MattersList(QWidget):
    """Draws MattersState; Enter or a press opens a row.

    Signals: `opened(MatterRow)`; `told(MattersState)` for what is drawn of it elsewhere.
    """

    opened = Signal(object)
    told = Signal(object)

    def __init__(self, presenter: MattersPresenter, texts: Texts, now: Callable[[], Instant]) -> None:
        super().__init__()
        self._presenter, self._texts = presenter, texts
        kinds = ((None, texts.t("matter.all")), *((kind, texts.t(f"matter.{kind.value}")) for kind in Matter))
        self._kinds: ChoiceRow[Matter | str | None] = ChoiceRow(
            texts.t("matter.kind"), (*kinds, (_SETTLED, texts.t("matter.settled"))), wraps=True
        )
        self._kinds.chosen.connect(self._choose)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._model: TableModel[MatterRow] = TableModel(_columns(texts, now), key=lambda row: row.key)
        self._table = DataTable(self._model, texts.t("payments.look"))
        self._table.setSortingEnabled(False)
        self._table.opened.connect(self.opened)
        self._table.clicked.connect(lambda _index: self._open_picked())
        self._empty = EmptyState("circle-check")
        self._empty.show_words(texts.t("matter.empty"))
        card = Card(margin=Space.S)
        card.body.setSpacing(0)
        card.body.addWidget(self._table, 1)
        card.body.addWidget(self._empty, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._kinds)
        column.addWidget(self._notice)
        column.addWidget(card, 1)
        presenter.attach(self)

    def show_state(self, state: MattersState) -> None:
        """Draw the list; a kind of which there is nothing is not offered."""
        rows = state.shown
        for kind in (None, *Matter):
            count = sum(kind in (None, row.kind) for row in state.rows)
            name = self._texts.t("matter.all" if kind is None else f"matter.{kind.value}")
            counted = state.counts is not None
            self._kinds.rename(kind, self._texts.t("matter.chip", name=name, count=count) if counted else name)
            self._kinds.offer(kind, kind in (None, state.kind) or count > 0)
        self._kinds.offer(_SETTLED, bool(state.over) or state.settled)
        self._kinds.show_value(_SETTLED if state.settled else state.kind)
        self._kinds.setVisible(bool(state.rows) or bool(state.over))
        self._model.set_rows(rows)
        self._table.setVisible(bool(rows) or not state.loaded)
        self._empty.setVisible(state.loaded and not rows)
        self._notice.show_refusal(state.problem, self._texts)
        self.told.emit(state)

    def _choose(self, value: Matter | str | None) -> None:
        if value == _SETTLED:
            self._presenter.show_settled()
        else:
            self._presenter.choose(None if value is None else Matter(value))

    def take_focus(self) -> None:
        """Give the keys to the list, or to its chips."""
        if self._model.rowCount():
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        px = current_theme().px
        self._table.setColumnHidden(_TIME, self.width() < px(_ROOM_FOR_TIME_PX))
        self._table.setColumnHidden(_CUSTOMER, self.width() < px(_ROOM_FOR_CUSTOMER_PX))
        for column in (_DUE, _RECEIVED):
            self._table.setColumnHidden(column, self.width() < px(_ROOM_FOR_SUMS_PX))

    def _open_picked(self) -> None:
        rows = self._table.chosen_rows
        if rows:
            self.opened.emit(rows[0])


def _columns(texts: Texts, now: Callable[[], Instant]) -> tuple[Column[MatterRow], ...]:
    def sum_of(amount: int) -> str:
        return texts.money(amount, symbol=False) if amount else ""

    return (
        Column(texts.t("payments.column.time"), lambda row: recent_text(row.at, now(), texts.zone), width=124),
        badge_column(texts.t("matter.kind"), lambda row: _look(texts, row), width=168),
        Column(texts.t("matter.name"), lambda row: memo_text(row.name)),
        Column(texts.t("payments.column.customer"), lambda row: row.customer, width=180),
        money_column(texts.t("short.expected"), lambda row: row.due_minor, sum_of, width=116),
        money_column(texts.t("sale.received"), lambda row: row.received_minor, sum_of, width=116),
        Column(
            texts.t("matter.at_stake"),
            lambda row: _at_stake(texts, row),
            lambda row: row.at_stake_minor,
            Align.RIGHT,
            width=124,
            strong=True,
        ),
    )


def _at_stake(texts: Texts, row: MatterRow) -> str:
    """Return what is at stake; money of another currency names it."""
    return texts.money(row.at_stake_minor, symbol=row.currency not in ("", texts.currency), currency=row.currency)


def _look(texts: Texts, row: MatterRow) -> BadgeLook:
    """The pill of what it is about, or of what the hub said to what was decided about it."""
    if row.decision is None:
        return BadgeLook(tone_of(MATTER_MOODS[row.kind]), texts.t(f"matter.{row.kind.value}"), MATTER_ICONS[row.kind])
    told = row.decision.resolution
    name = told.act.value if told.status is ResolutionStatus.DONE else told.status.value
    return BadgeLook(TONES[told.status], texts.t(f"matter.decided.{name}"))
