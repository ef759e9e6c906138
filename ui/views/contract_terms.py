"""What the shop agreed with its providers, as a list by day; terms are added and ended on a sheet."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from domain.calendar import is_date
from domain.contract_terms import BASIS, ContractTerms
from domain.rails import Method, Provider, routes_of
from ui.formatting import day_text
from ui.presenters.contract_terms import (
    PROVIDERS,
    SUMS,
    TermsFormPresenter,
    TermsFormState,
    TermsMark,
    TermsPresenter,
    TermsState,
)
from ui.texts import Texts
from ui.theme import TARGET, Space, current_theme
from ui.views.form_sheet import open_sheet
from ui.views.hub_words import provider_name
from ui.views.routes import option_words
from ui.views.voucher_fields import AmountField, Chooser, FieldBox
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import DayField, TextField
from ui.widgets.flow import FlowLayout
from ui.widgets.form_area import FormArea
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card, label
from ui.widgets.table import Align, Column, DataTable, TableModel, badge_column, money_column
from ui.widgets.tones import Tone

_WIDTH: Final = 820
_NEVER: Final = "9999-12-31"
"""Where an end that nobody set stands among the others."""
_LOOKS: Final = {
    TermsMark.NOW: (Tone.OK, "circle-check"),
    TermsMark.LATER: (Tone.INFO, "clock"),
    TermsMark.OVER: (Tone.NEUTRAL, "minus"),
    TermsMark.ASIDE: (Tone.NEUTRAL, "minus"),
}


def fee_words(terms: ContractTerms, texts: Texts) -> str:
    """Return what a provider keeps of a payment: `2.9 % + US$0.30`."""
    parts = []
    if terms.fee_bps:
        whole, rest = divmod(terms.fee_bps * 100, BASIS)
        mark = "," if texts.language.value == "vi" else "."
        parts.append(f"{whole}{f'{mark}{rest:02d}'.rstrip('0') if rest else ''} %")
    if terms.fee_minor:
        parts.append(texts.money(terms.fee_minor))
    return " + ".join(parts) or "–"


def allowed_words(terms: ContractTerms, texts: Texts) -> str:
    """Return the methods and options that may be taken."""
    return ", ".join(_option(option, texts) for option in sorted(terms.options)) or texts.t("terms.all")


class TermsPage(QWidget):
    """Draws TermsState; Enter on terms that still run opens the sheet that ends them."""

    def __init__(self, presenter: TermsPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._notice = NoticeBar(t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self._model: TableModel[ContractTerms] = TableModel(self._columns(), key=lambda terms: terms)
        self._table = DataTable(self._model, t("connections.section.terms"), row_height=TARGET, sideways=True)
        self._table.picked.connect(lambda _terms: self._enable())
        self._table.opened.connect(self._end)
        self._add = Button(t("terms.add"), Kind.SECONDARY, "plus")
        self._ends = Button(t("terms.end"), Kind.SECONDARY, "calendar")
        self._remove = Button(t("terms.remove"), Kind.QUIET, "trash-2")
        self._add.clicked.connect(self._open_add)
        self._ends.clicked.connect(lambda _checked=False: self._of_chosen(self._end))
        self._remove.clicked.connect(lambda _checked=False: self._of_chosen(presenter.remove))
        card = Card(margin=Space.M)
        card.body.addWidget(label(t("terms.hint"), "small", wrap=True))
        card.body.addWidget(self._table, 1)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        for button in (self._add, self._ends, self._remove):
            row.addWidget(button)
        row.addStretch(1)
        card.body.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._notice)
        column.addWidget(card, 1)
        presenter.attach(self)

    def show_state(self, state: TermsState) -> None:
        """Draw the terms."""
        self._model.set_rows(state.terms)
        self._table.show_empty(self._texts.t("terms.none") if state.loaded else "")
        self._enable()
        self._notice.show_refusal(state.problem, self._texts)

    def take_focus(self) -> None:
        """Give the keys to the terms, or to the button that makes the first ones."""
        if self._presenter.state.terms:
            if not self._table.chosen_rows:
                self._table.go_to(0)
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enable(self) -> None:
        chosen, state = self._table.chosen_rows, self._presenter.state
        self._ends.setEnabled(bool(chosen) and state.can_end(chosen[0]))
        self._remove.setEnabled(bool(chosen) and state.can_remove(chosen[0]))

    def _of_chosen(self, act: Callable[[ContractTerms], None]) -> None:
        for terms in self._table.chosen_rows:
            act(terms)

    def _end(self, terms: ContractTerms) -> None:
        if self._presenter.state.can_end(terms):
            self._open(partial(self._presenter.end_form, terms))

    def _open_add(self) -> None:
        self._open(self._presenter.add_form)

    def _open(self, make: Callable[[Callable[[], None]], TermsFormPresenter]) -> None:
        open_sheet(self, make, lambda form: TermsSheet(self, form, self._texts), self.take_focus)

    def _columns(self) -> tuple[Column[ContractTerms], ...]:
        texts, t = self._texts, self._texts.t

        def look(terms: ContractTerms) -> BadgeLook:
            mark = self._presenter.state.mark(terms)
            tone, icon = _LOOKS[mark]
            return BadgeLook(tone, t(f"terms.mark.{mark.value}"), icon)

        def sum_of(amount: int) -> str:
            return texts.money(amount) if amount else "–"

        return (
            Column(t("routes.provider"), lambda terms: provider_name(terms.provider.value, texts), strong=True),
            badge_column(t("common.status"), look, width=150),
            Column(t("common.from"), lambda terms: _day(terms.since), lambda terms: terms.since, width=115),
            Column(t("common.to"), lambda terms: _day(terms.until), lambda terms: terms.until or _NEVER, width=115),
            Column(t("terms.fee"), lambda terms: fee_words(terms, texts), _fee, Align.RIGHT, 145),
            money_column(t("terms.limit_payment_minor"), lambda terms: terms.limit_payment_minor, sum_of),
            money_column(t("terms.limit_day_minor"), lambda terms: terms.limit_day_minor, sum_of),
            Column(t("terms.options"), lambda terms: allowed_words(terms, texts), width=220),
        )


class TermsSheet(Sheet):
    """Draws TermsFormState; of standing terms only the end can be chosen."""

    def __init__(self, window: QWidget, presenter: TermsFormPresenter, texts: Texts) -> None:
        state, t = presenter.state, texts.t
        title = t("terms.end_title" if state.ending else "terms.add_title")
        super().__init__(window, title, width=min(current_theme().px(_WIDTH), window.window().width() - 2 * Space.XL))
        self._presenter, self._texts = presenter, texts
        self._offered: tuple[str, ...] = ()
        self._provider: Chooser[Provider] = Chooser(t("routes.provider"), "")
        self._provider.show_options([(each, provider_name(each.value, texts)) for each in PROVIDERS])
        self._provider.picked.connect(presenter.choose_provider)
        self._since = DayField(date.fromisoformat(state.since), t("common.from"))
        self._since.dateChanged.connect(lambda day: presenter.set_since(day.toString(Qt.DateFormat.ISODate)))
        end = state.until if is_date(state.until) else f"{state.since[:4]}-12-31"
        self._until = DayField(date.fromisoformat(end), t("common.to"))
        self._until.dateChanged.connect(lambda day: presenter.set_until(day.toString(Qt.DateFormat.ISODate)))
        for field in (self._since, self._until):
            field.set_language(texts.language.value)
        self._has_end = QCheckBox(t("terms.has_end"))
        self._has_end.clicked.connect(lambda ends: presenter.set_until(self._until.day.isoformat() if ends else ""))
        self._fee = TextField(t("terms.fee_bps"), "0")
        self._fee.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._fee.textEdited.connect(lambda text: presenter.type("fee_bps", text))
        self._sums = {name: AmountField(texts, t(f"terms.{name}")) for name in SUMS}
        for name, amount in self._sums.items():
            amount.typed.connect(partial(presenter.type, name))
        self._boxes = {name: FieldBox(t(f"terms.{name}"), amount) for name, amount in self._sums.items()}
        self._boxes["fee_bps"] = FieldBox(t("terms.fee_bps"), self._fee)
        self._ticks = QWidget()
        self._flow = FlowLayout(self._ticks, Space.M)
        self._wrong = label("", "error", wrap=True)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._area = FormArea()
        self._lay_out(state)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        (self._until if state.ending else self._provider).setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, state: TermsFormState) -> None:
        t = self._texts.t
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.M)
        grid.addWidget(FieldBox(t("routes.provider"), self._provider), 0, 0)
        grid.addWidget(FieldBox(t("common.from"), self._since), 0, 1)
        grid.addWidget(FieldBox(t("common.to"), self._until), 0, 2)
        grid.addWidget(self._has_end, 1, 2)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        if state.ending:
            grid.addWidget(label(t("terms.end_hint"), "small", wrap=True), 1, 0, 1, 2)
        else:
            names = ("fee_bps", "fee_minor", "limit_payment_minor", "limit_day_minor")
            for number, name in enumerate(names):
                grid.addWidget(self._boxes[name], 1 + number // 2, number % 2)
            allowed = QVBoxLayout()
            allowed.setSpacing(Space.XS)
            allowed.addWidget(label(t("terms.options"), "section"))
            allowed.addWidget(label(t("terms.options_hint"), "small", wrap=True))
            allowed.addWidget(self._ticks)
            grid.addLayout(allowed, 3, 0, 1, 3)
        self._area.lines.addLayout(grid)
        self._area.lines.addStretch(1)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._wrong)
        self.body.addWidget(self._notice)

    def show_state(self, state: TermsFormState) -> None:
        """Draw what was chosen and typed, and what is wrong with it."""
        t = self._texts.t
        self._provider.show_value(state.provider)
        for field in (self._provider, self._since):
            field.setEnabled(not state.ending)
        self._has_end.setChecked(bool(state.until))
        self._until.setEnabled(bool(state.until))
        for name, amount in self._sums.items():
            amount.show_text(state.typed.get(name, ""))
        for name, box in self._boxes.items():
            is_wrong = name in state.wrong
            box.show_mark(t("terms.unreadable") if is_wrong else "", loud=is_wrong)
        if state.offered != self._offered and not state.ending:
            self._offered = state.offered
            self._offer(state.offered)
            # What was made just now knows its height once it is dressed.
            QTimer.singleShot(0, self, partial(self._area.give_room, self, self._notice))
        number = t("terms.wrong.number") if state.wrong & self._boxes.keys() else ""
        until = t("terms.wrong.until") if "until" in state.wrong else ""
        self._wrong.setText(" ".join(words for words in (number, until) if words))
        self._wrong.setVisible(bool(number or until))
        self._save.setEnabled(state.can_save)
        self._notice.show_refusal(state.problem, self._texts, closable=False)
        self._area.give_room(self, self._notice)

    def _offer(self, offered: tuple[str, ...]) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        before: QWidget = self._sums["limit_day_minor"]
        for option in offered:
            tick = QCheckBox(_option(option, self._texts))
            tick.setMinimumHeight(TARGET)
            tick.clicked.connect(partial(self._presenter.allow, option))
            self._flow.addWidget(tick)
            self.setTabOrder(before, tick)  # what is made later would come behind the buttons
            before = tick


def _day(day: str) -> str:
    return day_text(date.fromisoformat(day)) if day else "–"


def _fee(terms: ContractTerms) -> tuple[int, int]:
    return terms.fee_bps, terms.fee_minor


def _option(option: str, texts: Texts) -> str:
    """Return what a method, or one payment option of it, is called."""
    method, _, single = option.partition("/")
    name = texts.t(f"method.{method}")
    if not single and not any(any(route.options) for route in routes_of(Method(method))):
        return name
    return f"{name}: {option_words(single or None, texts)}"
