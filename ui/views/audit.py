"""The audit trail: its filters, its entries, and all that the chosen one tells."""

from collections.abc import Callable
from datetime import date
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import Instant, UserId
from domain.trail import AuditRow
from ui.formatting import recent_text
from ui.presenters.audit import MOST, AuditPresenter, AuditState, Period
from ui.texts import Texts
from ui.theme import TARGET, Space, current_theme
from ui.views.audit_words import act_words, actor_words, fact_words, moment_words, record_words
from ui.views.choices import ChoiceRow
from ui.views.save_file import ask_where
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import DayField
from ui.widgets.flow import FlowLayout
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Column, DataTable, TableModel

_AHEAD_PX: Final = 600
_RECORD: Final = 3
_ROOM_FOR_RECORD_PX: Final = 860
_FIRST_DAY: Final = date(2026, 1, 1)


class AuditView(QWidget):
    """Draws AuditState; Enter opens the record of an entry, the end of the list brings older ones."""

    def __init__(
        self, presenter: AuditPresenter, texts: Texts, now: Callable[[], Instant], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._search = SearchField(texts, t("audit.search_name"), t("audit.search"))
        self._search.searched.connect(presenter.find)
        self._periods = ChoiceRow(t("common.date"), [(period, t(f"audit.period.{period.value}")) for period in Period])
        self._periods.chosen.connect(presenter.show_period)
        self._person = QComboBox()
        self._person.setAccessibleName(t("audit.person"))
        self._person.activated.connect(lambda _index: self._person_picked())
        self._since, self._until = (DayField(_FIRST_DAY, t(key)) for key in ("common.from", "common.to"))
        for field in (self._since, self._until):
            field.set_language(texts.language.value)
            field.editingFinished.connect(self._days_typed)
        self._export = Button(t("common.export"), Kind.SECONDARY, "download")
        self._export.clicked.connect(
            lambda _checked=False: ask_where(self, texts, presenter.file_name(), presenter.save)
        )
        self._again = Button(t("audit.again"), Kind.SOFT, "refresh-cw")
        self._again.clicked.connect(lambda _checked=False: presenter.refresh())
        self._model: TableModel[AuditRow] = TableModel(_columns(texts, now), key=lambda row: (row.device_id, row.seq))
        self._table = DataTable(self._model, t("book_settings.part.audit"), row_height=TARGET)
        self._table.setSortingEnabled(False)
        self._table.opened.connect(presenter.open_record)
        self._table.selectionModel().selectionChanged.connect(lambda *_changes: self._picked())
        self._table.verticalScrollBar().valueChanged.connect(self._near_end)
        self._empty = EmptyState("history")
        self._empty.chosen.connect(self._clear)
        self._foot = label("", "small")
        self._foot.setMinimumHeight(TARGET)
        self._told = label("", "small", wrap=True)
        self._told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._open = Button(t("audit.open"), Kind.SECONDARY, "receipt-text")
        self._open.clicked.connect(lambda _checked=False: self._open_picked())
        self._notice = NoticeBar(t("notice.dismiss"))
        self._lay_out()
        presenter.attach(self)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(Space.M)
        first.addWidget(self._search, 1)
        first.addWidget(self._again)
        first.addWidget(self._export)
        second = FlowLayout(spacing=Space.S)
        second.addWidget(self._periods)
        second.addWidget(self._person)
        self._days = QWidget()
        days = QHBoxLayout(self._days)
        days.setContentsMargins(0, 0, 0, 0)
        days.setSpacing(Space.XS)
        days.addWidget(self._since)
        days.addWidget(label("–"))
        days.addWidget(self._until)
        second.addWidget(self._days)
        second.addWidget(self._foot)
        card = Card(margin=Space.S)
        card.body.setSpacing(0)
        card.body.addWidget(self._table, 1)
        card.body.addWidget(self._empty, 1)
        self._detail = QWidget()
        detail = QHBoxLayout(self._detail)
        detail.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        detail.setSpacing(Space.M)
        detail.addWidget(self._told, 1)
        detail.addWidget(self._open, 0, Qt.AlignmentFlag.AlignVCenter)
        card.body.addWidget(self._detail)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self._notice)
        column.addWidget(card, 1)

    def show_state(self, state: AuditState) -> None:
        """Draw the entries that were found and what the chosen one tells."""
        texts = self._texts
        self._periods.show_value(state.wanted.period)
        self._show_people(state)
        self._show_days(state)
        self._model.set_rows(state.rows)
        nothing = not state.rows and not state.searching and state.problem is None
        self._table.setVisible(not nothing)
        self._empty.setVisible(nothing)
        if nothing:
            clear = texts.t("payments.clear_filters") if state.wanted.narrowed else ""
            self._empty.show_words(texts.t("audit.empty"), "", clear)
        self._foot.setText(self._foot_words(state))
        self._show_chosen(state.chosen)
        self._export.setEnabled(not state.saving)
        self._notice.show_refusal(state.problem, texts)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the search box."""
        super().focusInEvent(event)
        self.take_focus()

    def take_focus(self) -> None:
        """To the entry that was left for its record, else to the search box."""
        on_row = self._table.isVisible() and self._table.currentIndex().isValid()
        (self._table if on_row else self._search).setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._table.setColumnHidden(_RECORD, self.width() < current_theme().px(_ROOM_FOR_RECORD_PX))

    def _show_people(self, state: AuditState) -> None:
        listed = [self._person.itemData(number) for number in range(self._person.count())]
        people = [(self._texts.t("audit.everybody"), None), *((user.name, str(user.id)) for user in state.people)]
        if listed != [key for _, key in people]:
            self._person.clear()
            for name, key in people:
                self._person.addItem(name, key)
        self._person.setCurrentIndex(max(self._person.findData(state.wanted.person), 0))

    def _show_days(self, state: AuditState) -> None:
        self._days.setVisible(state.wanted.period is Period.DAYS)
        for field, day in ((self._since, state.wanted.since), (self._until, state.wanted.until)):
            if day and not field.hasFocus():
                shown = date.fromisoformat(day)
                field.setDate(shown)  # type: ignore[arg-type]  # PySide takes a date for a QDate, its stubs do not say so

    def _show_chosen(self, row: AuditRow | None) -> None:
        self._detail.setVisible(row is not None)
        if row is None:
            return
        texts = self._texts
        head = f"{moment_words(row, texts)} · {actor_words(row, texts)} · {act_words(row, texts)}"
        parts = (head, record_words(row, texts), fact_words(row, texts), texts.t("audit.number", seq=row.seq))
        self._told.setText(" · ".join(part for part in parts if part))
        self._open.setVisible(row.voucher_id is not None or row.payment_id is not None)

    def _foot_words(self, state: AuditState) -> str:
        texts = self._texts
        if state.too_many:
            return texts.t("payments.too_many", count=MOST)
        words = texts.t("audit.count", count=len(state.rows))
        if state.searching:
            return f"{words} · {texts.t('common.loading')}"
        return words if state.complete else f"{words} …"

    def _person_picked(self) -> None:
        key = self._person.currentData()
        self._presenter.show_person(None if key is None else UserId(key))

    def _days_typed(self) -> None:
        self._presenter.show_days(self._since.day.isoformat(), self._until.day.isoformat())

    def _picked(self) -> None:
        rows = self._table.chosen_rows
        if rows:
            self._presenter.choose(rows[0])

    def _open_picked(self) -> None:
        row = self._presenter.state.chosen
        if row is not None:
            self._presenter.open_record(row)

    def _near_end(self, value: int) -> None:
        if value >= self._table.verticalScrollBar().maximum() - _AHEAD_PX:
            self._presenter.more()

    def _clear(self) -> None:
        self._search.clear()
        self._presenter.clear_filters()


def _columns(texts: Texts, now: Callable[[], Instant]) -> tuple[Column[AuditRow], ...]:
    return (
        Column(texts.t("audit.column.time"), lambda row: recent_text(row.at, now(), texts.zone), width=124),
        Column(texts.t("audit.column.person"), lambda row: actor_words(row, texts), width=150),
        Column(texts.t("audit.column.act"), lambda row: act_words(row, texts), width=220, strong=True),
        Column(texts.t("audit.column.record"), lambda row: record_words(row, texts), width=180),
        Column(
            texts.t("audit.column.facts"), lambda row: fact_words(row, texts), tip=lambda row: fact_words(row, texts)
        ),
    )
