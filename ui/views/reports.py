"""The choice of a report and its period, and the report itself."""

import math
from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QFont, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from domain.books import Cell, Kind, Report, Row
from domain.books import Column as ReportColumn
from domain.errors import DomainError, ErrorCode
from domain.ids import AccountId
from ui.formatting import day_text
from ui.presenters.reports import PAPER, ReportForm, ReportKind, ReportPeriod, ReportsPresenter, ReportsState
from ui.prints.report_sheet import report_print_steps
from ui.texts import Texts, problem_text
from ui.theme import FontSize, Space, current_theme
from ui.views.choices import ChoiceRow
from ui.views.printing import print_in_steps
from ui.views.save_file import ask_where
from ui.widgets.buttons import Button
from ui.widgets.buttons import Kind as ButtonKind
from ui.widgets.fields import DayField
from ui.widgets.flow import FlowLayout
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Align, Column, DataTable, TableModel

_WIDTHS: Final = {
    "report.column.day": 112,
    "report.column.number": 184,
    "report.column.code": 76,
    "report.column.side": 88,
    "report.column.document": 176,
    "report.column.measure": 160,
}
_LEAST_MONEY_PX: Final = 108
_AROUND_MONEY_PX: Final = 24
_ROW_PX: Final = 38
_INDENT: Final = "      "
_ROOM_FOR_WORDS_PX: Final = 1180
_ROOM_FOR_NAME_PX: Final = 900
_FORM_ICONS: Final = {ReportForm.PDF: "file-text", ReportForm.XLSX: "download", ReportForm.CSV: "download"}


class ReportsView(QWidget):
    """Draws ReportsState."""

    def __init__(self, presenter: ReportsPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn: Report | None = None
        t = texts.t
        self._kinds = ChoiceRow(t("reports.kind"), [(kind, t(f"reports.kind.{kind.value}")) for kind in ReportKind])
        self._kinds.chosen.connect(presenter.show_kind)
        self._periods = ChoiceRow(
            t("reports.period"), [(period, t(f"reports.period.{period.value}")) for period in ReportPeriod]
        )
        self._periods.chosen.connect(presenter.show_period)
        self._since, self._until = (DayField(date(2026, 1, 1), t(f"reports.{name}")) for name in ("since", "until"))
        for field in (self._since, self._until):
            field.set_language(texts.language.value)
            field.editingFinished.connect(self._days_typed)
        self._wallet = QComboBox()
        self._wallet.setAccessibleName(t("reports.wallet"))
        self._wallet.activated.connect(lambda _index: presenter.show_wallet(AccountId(self._wallet.currentData())))
        self._print = Button(t("common.print"), ButtonKind.SECONDARY, "printer")
        self._print.clicked.connect(lambda _checked=False: self._ask_printer())
        self._forms = {form: self._form_button(form) for form in ReportForm}
        self._again = Button(t("reports.again"), ButtonKind.SOFT, "refresh-cw")
        self._again.clicked.connect(lambda _checked=False: presenter.refresh())
        self._notice = NoticeBar(t("notice.dismiss"))
        self._model: TableModel[Row] = TableModel(())
        self._table = DataTable(self._model, t("nav.reports"), row_height=_ROW_PX, sideways=True)
        self._table.setSortingEnabled(False)
        self._table.opened.connect(presenter.open_row)
        self._refused = EmptyState("lock")
        self._refused.show_words(t("books.not_allowed"), t("books.not_allowed_hint"))
        self._lay_out()
        presenter.attach(self)
        presenter.speak(texts)

    def _form_button(self, form: ReportForm) -> Button:
        button = Button(self._texts.t(f"reports.form.{form.value}"), ButtonKind.SECONDARY, _FORM_ICONS[form])
        button.clicked.connect(lambda _checked=False: self._ask_file(form))
        return button

    def _lay_out(self) -> None:
        choices = FlowLayout(spacing=Space.S)
        choices.addWidget(self._kinds)
        days = FlowLayout(spacing=Space.S)
        days.addWidget(self._periods)
        self._custom = QWidget()
        custom = QHBoxLayout(self._custom)
        custom.setContentsMargins(0, 0, 0, 0)
        custom.setSpacing(Space.XS)
        custom.addWidget(self._since)
        custom.addWidget(label("–"))
        custom.addWidget(self._until)
        days.addWidget(self._custom)
        days.addWidget(self._wallet)
        self._card = Card(" ", margin=Space.M)
        self._card.body.setSpacing(Space.XS)
        for button in (self._again, self._print, *self._forms.values()):
            self._card.add_to_head(button)
        self._card.body.addWidget(self._table, 1)
        self._card.body.addStretch(0)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(Space.S)
        body.addLayout(choices)
        body.addLayout(days)
        body.addWidget(self._notice)
        body.addWidget(self._card, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.addWidget(self._body, 1)
        column.addWidget(self._refused, 1)

    def show_state(self, state: ReportsState) -> None:
        """Draw the report, or that it is being made, or why there is none."""
        texts = self._texts
        self._body.setVisible(state.allowed)
        self._refused.setVisible(not state.allowed)
        self._kinds.show_value(state.asked.kind)
        self._periods.show_value(state.period)
        of_days = state.asked.kind is not ReportKind.RULES
        self._periods.setVisible(of_days)
        self._custom.setVisible(of_days and state.period is ReportPeriod.CUSTOM)
        self._show_days(state)
        self._show_wallets(state)
        if state.report is not self._drawn:
            self._drawn = state.report
            self._draw(state.report)
        self._table.setVisible(state.report is not None)
        self._show_title(state)
        self._again.setVisible(state.outdated)
        for button in (self._print, *self._forms.values()):
            button.setVisible(state.can_export)
            button.setEnabled(state.report is not None and not state.saving)
        self._notice.show_refusal(state.problem, texts)
        if self.hasFocus():
            self._hand_focus_on()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._hand_focus_on()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = self.width() >= current_theme().px(_ROOM_FOR_WORDS_PX)
        self._again.setText(self._texts.t("reports.again" if roomy else "reports.again_short"))
        self._show_title(self._presenter.state)

    def _hand_focus_on(self) -> None:
        """To the row that was left for its voucher, else to the report that is chosen."""
        if self._table.isVisible() and self._table.currentIndex().isValid():
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._presenter.state.allowed:
            self._kinds.take_focus()

    def _show_title(self, state: ReportsState) -> None:
        """Name the report and its days; where there is no room for both, the choice above names it."""
        words = self._state_words(state)
        roomy = self.width() >= current_theme().px(_ROOM_FOR_NAME_PX)
        name = (self._texts.t(f"report.{state.asked.kind.value}"),) if roomy or not words else ()
        self._card.set_title(" · ".join((*name, *words)))

    def _state_words(self, state: ReportsState) -> tuple[str, ...]:
        texts = self._texts
        if state.busy or (state.report is None and state.problem is None):
            return (texts.t("common.loading"),)
        if state.report is None or not state.report.until:
            return ()
        return (texts.t("reports.days", since=state.asked.since, until=state.asked.until),)

    def _show_days(self, state: ReportsState) -> None:
        for field, day in ((self._since, state.asked.since), (self._until, state.asked.until)):
            if day and not field.hasFocus():
                shown = date.fromisoformat(day)
                field.setDate(shown)  # type: ignore[arg-type]  # PySide takes a date for a QDate, its stubs do not say so

    def _show_wallets(self, state: ReportsState) -> None:
        self._wallet.setVisible(state.asked.kind is ReportKind.CASH_BOOK and len(state.wallets) > 1)
        listed = [self._wallet.itemData(number) for number in range(self._wallet.count())]
        if listed != [wallet.id for wallet in state.wallets]:
            self._wallet.clear()
            for wallet in state.wallets:
                self._wallet.addItem(wallet.name, wallet.id)
        self._wallet.setCurrentIndex(max(self._wallet.findData(state.asked.wallet), 0))

    def _draw(self, report: Report | None) -> None:
        if report is None:
            self._model.set_rows(())
            return
        first_text = next(number for number, column in enumerate(report.columns) if column.kind is Kind.TEXT)
        columns = []
        for number, column in enumerate(report.columns):
            figures = column.kind in (Kind.MONEY, Kind.NUMBER)
            width = self._room_for(report, number) if figures else _WIDTHS.get(column.heading)
            columns.append(self._column(number, column, width, indented=number == first_text))
        self._model.set_rows(())
        self._model.set_columns(columns)
        self._model.set_rows(report.rows)
        self._table.scrollToTop()

    def _room_for(self, report: Report, number: int) -> int:
        """The width in which the largest figure of a column stands whole, in pixels at a text scale of 100 %."""
        figures = [cell for row in report.rows if isinstance(cell := row.cells[number], int)]
        theme = current_theme()
        metrics = QFontMetricsF(theme.font(FontSize.BODY, QFont.Weight.DemiBold))
        ends = (max(figures, default=0), min(figures, default=0))
        widest = max(metrics.horizontalAdvance(self._texts.money(end, symbol=False)) for end in ends)
        heading = QFontMetricsF(theme.font(FontSize.SMALL, QFont.Weight.DemiBold))
        widest = max(widest, heading.horizontalAdvance(self._texts.t(report.columns[number].heading)))
        return max(_LEAST_MONEY_PX, math.ceil(widest * 100 / theme.px(100)) + _AROUND_MONEY_PX)

    def _column(self, number: int, column: ReportColumn, width: int | None, *, indented: bool) -> Column[Row]:
        def text(row: Row) -> str:
            words = self._written(row.cells[number], column.kind)
            return f"{_INDENT * row.level}{words}" if indented else words

        figures = column.kind in (Kind.MONEY, Kind.NUMBER)
        return Column(
            self._texts.t(column.heading),
            text,
            align=Align.RIGHT if figures else Align.LEFT,
            width=width,
            strong=lambda row: row.strong,
            tip=text,
        )

    def _written(self, cell: Cell, kind: Kind) -> str:
        if cell is None or cell == "":
            return ""
        if kind is Kind.MONEY and isinstance(cell, int):
            return self._texts.money(cell, symbol=False)
        return day_text(date.fromisoformat(str(cell))) if kind is Kind.DATE else str(cell)

    def _days_typed(self) -> None:
        since, until = self._since.day.isoformat(), self._until.day.isoformat()
        self._presenter.show_days(since, until)

    def _ask_file(self, form: ReportForm) -> None:
        name = self._presenter.file_name(form)
        ask_where(self, self._texts, name, lambda path: self._presenter.save(path, form))

    def _ask_printer(self) -> None:
        report = self._presenter.state.report
        if report is not None:
            steps = partial(report_print_steps, report=report, texts=self._texts)
            self._presenter.note(PAPER, lambda: print_in_steps(self, steps, self._printed))

    def _printed(self, error: OSError | None) -> None:
        if error is not None:
            self._notice.show_problem(problem_text(DomainError(ErrorCode.PRINT_FAILED), self._texts))
