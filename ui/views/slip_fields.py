"""The fields of money that is settled by hand: what is written on a cheque, or who pays elsewhere and how."""

from datetime import date

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from domain.cheques import LONGEST
from domain.errors import ErrorCode
from domain.rails import Method
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState
from ui.presenters.slip import Slip
from ui.texts import Texts, problem_text
from ui.theme import Space
from ui.widgets.fields import DayField, TextField
from ui.widgets.surfaces import label

_NOTE = 200
_OWN_PROBLEMS = frozenset({ErrorCode.BY_HAND_INCOMPLETE, ErrorCode.CHEQUE_DATE})


class SlipFields(QWidget):
    """Draws the slip of a ChargeState; hidden for every other method. Enter goes on to the next field, then charges."""

    def __init__(self, presenter: ChargePresenter, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._method: Method | None = None
        self._problem: object = None
        self._wrong = label("", "error", wrap=True)
        self._fields: dict[str, TextField] = {}
        for name, longest in (("number", LONGEST), ("bank", LONGEST), ("drawer", LONGEST), ("note", _NOTE)):
            field = TextField(texts.t(f"slip.{name}"), texts.t(f"slip.{name}"))
            field.setMaxLength(longest)
            field.setToolTip(texts.t(f"slip.{name}_hint"))
            field.textEdited.connect(lambda text, name=name: presenter.set_slip(name, text))
            self._fields[name] = field
        self._date = DayField(date(2026, 1, 1), texts.t("slip.date"))
        self._date.set_language(texts.language.value)
        self._date.setToolTip(texts.t("slip.date_hint"))
        self._date.dateChanged.connect(lambda _day: presenter.set_slip("date", self._date.day.isoformat()))
        self._fields["number"].returnPressed.connect(self._fields["bank"].setFocus)
        self._fields["bank"].returnPressed.connect(presenter.charge)
        self._fields["drawer"].returnPressed.connect(presenter.charge)
        self._fields["note"].returnPressed.connect(presenter.charge)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(Space.S)
        grid.addWidget(self._fields["number"], 0, 0)
        grid.addWidget(self._date, 0, 1)
        grid.addWidget(self._fields["bank"], 1, 0)
        grid.addWidget(self._fields["drawer"], 1, 1)
        grid.addWidget(self._fields["note"], 2, 0, 1, 2)
        grid.addWidget(self._wrong, 3, 0, 1, 2)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        for first, second in (("number", "date"), ("date", "bank"), ("bank", "drawer"), ("drawer", "note")):
            QWidget.setTabOrder(self._named(first), self._named(second))

    def show_state(self, state: ChargeState) -> None:
        """Draw what was typed."""
        slip = state.slip
        self.setVisible(slip is not None)
        if slip is None:
            self._method = None
            return
        for name, field in self._fields.items():
            field.setVisible((name == "note") is (state.method is Method.MANUAL))
            typed: str = getattr(slip, name)
            if field.text() != typed:
                field.setText(typed)
        self._date.setVisible(state.method is Method.CHEQUE)
        self._show_date(slip)
        if state.method is not self._method:
            self._method = state.method
            if state.amount_minor and self.isVisible():
                self.take_focus(state.method)
        self._show_wrong(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is the field's own here; the counter's screen does not charge by it once more."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)

    def take_focus(self, method: Method) -> None:
        """Type what is wanted first."""
        self._named("note" if method is Method.MANUAL else "number").setFocus(Qt.FocusReason.OtherFocusReason)

    def says(self, state: ChargeState) -> bool:
        """Whether what went wrong is said beside these fields."""
        return state.slip is not None and state.problem is not None and state.problem.code in _OWN_PROBLEMS

    def _show_wrong(self, state: ChargeState) -> None:
        """Say in a line what is wanting or wrong, and take the keys there."""
        problem = state.problem if self.says(state) else None
        self._wrong.setVisible(problem is not None)
        if problem is self._problem:
            return
        self._problem = problem
        if problem is None:
            return
        wanting = [name for name in str(problem.facts.get("fields", "")).split(", ") if name in self._fields]
        named = ", ".join(self._texts.t(f"slip.{name}") for name in wanting)
        told = problem_text(problem, self._texts)
        self._wrong.setText(self._texts.t("slip.wanting", fields=named) if named else told.what)
        place = (
            self._date if problem.code is ErrorCode.CHEQUE_DATE else self._fields.get(wanting[0]) if wanting else None
        )
        if place is not None and self.isVisible():
            place.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_date(self, slip: Slip) -> None:
        day = QDate.fromString(slip.date, Qt.DateFormat.ISODate)
        if day.isValid() and day != self._date.date():
            self._date.blockSignals(True)  # what the state says was not chosen by a person
            self._date.setDate(day)
            self._date.blockSignals(False)

    def _named(self, name: str) -> QWidget:
        return self._date if name == "date" else self._fields[name]
