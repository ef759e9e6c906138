"""The question before the books are closed or opened again: through which day, and what that means."""

from datetime import date
from typing import Final

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.presenters.period_form import PeriodFormPresenter, PeriodFormState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.choices import ChoiceRow
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import DayField, TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import label

_WIDTH: Final = 620
_CLOSE_PX: Final = 270
_REOPEN_PX: Final = 320
_AROUND_PX: Final = 210
"""How high the form is, and what of the window the title and the buttons need."""


class PeriodSheet(Sheet):
    """Draws PeriodFormState."""

    def __init__(self, window: QWidget, presenter: PeriodFormPresenter, texts: Texts) -> None:
        state = presenter.state
        t = texts.t
        title = t("book_settings.reopen_title" if state.reopening else "book_settings.close_title")
        super().__init__(window, title, width=min(_WIDTH, window.window().width() - 2 * Space.XL))
        self._presenter, self._texts = presenter, texts
        self._room = window.window().height() - _AROUND_PX
        months = [(day, t("book_settings.month", month=day[5:7], year=day[:4])) for day in state.days]
        if state.reopening:
            months.append(("", t("book_settings.reopen_all")))
        name = t("book_settings.stay_closed" if state.reopening else "book_settings.through")
        self._months: ChoiceRow[str] = ChoiceRow(name, months)
        self._months.chosen.connect(presenter.choose)
        self._day = DayField(date.fromisoformat(state.day), name)
        self._day.set_language(texts.language.value)
        if state.least:
            self._day.setMinimumDate(_qdate(state.least))
        self._day.setMaximumDate(_qdate(state.most))
        self._day.dateChanged.connect(lambda day: presenter.choose(day.toString(Qt.DateFormat.ISODate)))
        self._meaning = label("", wrap=True)
        self._unfinished = label("", wrap=True)
        self._unfinished.setProperty("tone", "warn")
        self._reason = TextField(t("common.reason"), t("book_settings.reason_hint"))
        self._reason.textEdited.connect(presenter.set_reason)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._lay_out(name, state.reopening)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._yes = self.add_button("", Kind.DANGER if state.reopening else Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        (self._reason if state.reopening else self._day).setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, name: str, reopening: bool) -> None:
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(2, 2, Space.M, 2)
        column.setSpacing(Space.M)
        column.addWidget(label(name, "section", wrap=True))
        row = QHBoxLayout()
        row.addWidget(self._months)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._day)
        column.addWidget(self._meaning)
        column.addWidget(self._unfinished)
        if reopening:
            column.addWidget(label(self._texts.t("common.reason"), "section"))
            column.addWidget(self._reason)
        column.addWidget(self._notice)
        column.addStretch(1)
        area = ScrollArea(contents)
        wished = current_theme().px(_REOPEN_PX if reopening else _CLOSE_PX)
        area.setMinimumHeight(min(wished, self._room))
        self.body.addWidget(area, 1)

    def show_state(self, state: PeriodFormState) -> None:
        """Draw the chosen day and what it means."""
        t = self._texts.t
        self._months.show_value(state.day)
        self._day.setEnabled(state.day != "")
        if state.day and self._day.day.isoformat() != state.day:
            self._day.blockSignals(True)
            self._day.setDate(_qdate(state.day))
            self._day.blockSignals(False)
        self._meaning.setText(_meaning(state, self._texts))
        self._unfinished.setText(_unfinished(state, self._texts))
        self._unfinished.setVisible(bool(self._unfinished.text()))
        if state.reopening:
            self._yes.setText(t("book_settings.reopen_yes"))
        else:
            self._yes.setText(t("book_settings.close_yes", day=state.day))
        self._yes.setEnabled(state.can_save)
        self._notice.show_refusal(state.problem, self._texts, closable=False)


def _meaning(state: PeriodFormState, texts: Texts) -> str:
    if not state.reopening:
        return texts.t("book_settings.close_means", day=state.day)
    if state.day == "":
        return texts.t("book_settings.reopen_all_means", standing=state.standing)
    return texts.t("book_settings.reopen_means", day=state.day, standing=state.standing)


def _unfinished(state: PeriodFormState, texts: Texts) -> str:
    """What a person may want to finish first; none of it hinders the closing."""
    parts = []
    if state.drafts:
        parts.append(texts.t("book_settings.drafts_left", count=state.drafts))
    if state.waiting:
        parts.append(texts.t("book_settings.unsent_left", count=state.waiting))
    return " ".join(parts)


def _qdate(day: str) -> QDate:
    return QDate.fromString(day, Qt.DateFormat.ISODate)
