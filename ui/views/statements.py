"""A bank's statement read in: choosing the file, what becomes of each line, and what a person must say of it."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from domain.errors import RuleBroken
from ui.presenters.hub_desk import StatementRow, StatementView
from ui.presenters.statements import COLUMNS, StatementsPresenter, StatementsState
from ui.texts import Texts, problem_text
from ui.theme import TARGET, Space
from ui.views.hub_list import HubListPage
from ui.views.panels import CurrentStack
from ui.views.save_file import ask_file
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column, money_column
from ui.widgets.tones import Tone

_LOOKS: Final = {
    "confirms": (Tone.OK, "circle-check"),
    "proves": (Tone.OK, "check-check"),
    "short": (Tone.WARN, "triangle-alert"),
    "over": (Tone.WARN, "triangle-alert"),
    "twice": (Tone.WARN, "triangle-alert"),
    "waits": (Tone.WARN, "clock"),
}
_ORDER: Final = (*_LOOKS, "known", "not_ours", "out")
_SHORTEST: Final = 24


class StatementsPage(HubListPage):
    """Draws StatementsState."""

    def __init__(self, presenter: StatementsPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(presenter, texts, parent)
        self._presenter = presenter
        t = texts.t
        self._empty = EmptyState("file-text")
        self._empty.show_words(t("statement.choose_text"), t("statement.choose_hint"), t("statement.choose"))
        self._empty.chosen.connect(self._choose)
        self._name = label("", "section", wrap=True)
        self._summary = label("", "muted", wrap=True)
        self._look = Button(t("statement.look"), Kind.PRIMARY, "search")
        self._look.clicked.connect(presenter.refresh)
        self._book = Button(t("statement.book"), Kind.PRIMARY, "check")
        self._book.clicked.connect(presenter.book)
        self._other = Button(t("statement.another"), Kind.SECONDARY, "file-text")
        self._other.clicked.connect(self._choose)
        self._model: TableModel[StatementRow] = TableModel(_columns(texts), key=lambda row: row.position)
        self._table = DataTable(self._model, t("connections.section.statements"), row_height=TARGET)
        self._form = ExplainForm(presenter, texts)
        self._body = CurrentStack()
        card = Card(margin=Space.S)
        card.body.addWidget(self._table, 1)
        for part in (card, self._form, QWidget()):
            self._body.addWidget(part)
        self._told: StatementView | None = None
        self._contents = CurrentStack()
        self._contents.addWidget(self._empty)
        self._contents.addWidget(self._chosen_part())
        self.set_contents(self._contents)
        presenter.attach(self)

    def _chosen_part(self) -> QWidget:
        made = QWidget()
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(self._name, 1)
        for each in (self._other, self._look, self._book):
            head.addWidget(each)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self._summary)
        column.addWidget(self._body, 1)
        return made

    def show_state(self, state: StatementsState) -> None:
        """Draw the file, its lines, or what is asked about it."""
        told, asks = state.told, bool(state.told and (state.told.rows or state.told.accounts))
        self.show_common(state, quiet=asks and not state.away)
        self._contents.setCurrentIndex(1 if state.file else 0)
        self._name.setText(state.file)
        words = self._words(state)
        self._summary.setText(words)
        self._summary.setVisible(bool(words))
        self._look.setVisible(state.told is None)
        self._look.setEnabled(state.can_look)
        self._book.setVisible(state.seen is not None and not state.booked)
        self._book.setEnabled(state.can_book)
        self._other.setEnabled(not state.busy)
        self._model.set_rows(_ordered(state.seen) if state.seen else ())
        if told is not None and asks:
            self._form.ask(told)
        self._body.setCurrentIndex(0 if state.seen else 1 if asks else 2)
        if told is not self._told:
            self._told = told
            if told is not None and self.isVisible():
                self.focus_list()

    def focus_list(self) -> None:
        """Give the keys to what is to be done next."""
        state = self._presenter.state
        if not state.file:
            self._empty.take_focus()
        elif state.told is not None and state.seen is None:
            (self._form.first if self._body.currentIndex() == 1 else self._other).setFocus(
                Qt.FocusReason.OtherFocusReason
            )
        else:
            next_step = next((each for each in (self._book, self._look) if each.isEnabled() and each.isVisible()), None)
            (next_step or self._other).setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self) -> None:
        t = self._texts.t
        kinds = f"{t('statement.files')} (*.csv *.txt *.xml *.sta *.mt940 *.940);;{t('statement.all_files')} (*)"
        ask_file(self, self._texts, t("statement.choose_title"), kinds, self._chosen)

    def _chosen(self, path: Path) -> None:
        self._presenter.choose(path)

    def _words(self, state: StatementsState) -> str:
        t, seen = self._texts.t, state.seen
        if seen is None:
            return (
                "" if state.told is not None else t("statement.waits" if not state.online else "statement.not_looked")
            )
        counts = [f"{seen.counts[fate]} {t(f'statement.fate.{fate}')}" for fate in _ORDER if seen.counts.get(fate)]
        period = t("statement.of", account=seen.account)
        if seen.first_day:
            period = t("statement.period", account=seen.account, first=seen.first_day, last=seen.last_day)
        key = "booked" if state.booked else "will" if state.new else "nothing_new"
        said = t(f"statement.{key}")
        return f"{period}. {said}\n{' · '.join(counts)}".strip()


class ExplainForm(ScrollArea):
    """Asks whose account a statement is, or what stands in which column of a table."""

    def __init__(self, presenter: StatementsPresenter, texts: Texts) -> None:
        super().__init__(name=texts.t("statement.explain"))
        self._presenter, self._texts = presenter, texts
        self._asked: StatementView | None = None
        self._account = _box(texts.t("statement.account"))
        self._boxes = {name: _box(texts.t(f"statement.column.{name}")) for name in COLUMNS}
        self._rows: dict[str, tuple[QWidget, QComboBox]] = {}
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(Space.S)
        self._why = label("", "", wrap=True)
        grid.addWidget(self._why, 0, 0, 1, 2)
        for number, (name, box) in enumerate({"account": self._account, **self._boxes}.items(), start=1):
            caption = label(box.accessibleName())
            caption.setBuddy(box)
            grid.addWidget(caption, number, 0)
            grid.addWidget(box, number, 1)
            self._rows[name] = (caption, box)
        self._done = Button(texts.t("statement.explained"), Kind.PRIMARY)
        self._done.clicked.connect(self._tell)
        grid.addWidget(self._done, len(self._rows) + 1, 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(len(self._rows) + 2, 1)
        self.setWidget(inner)

    @property
    def first(self) -> QWidget:
        """What is to be filled in first."""
        return self._account if self._asked is not None and self._asked.accounts else self._boxes[COLUMNS[0]]

    def ask(self, told: StatementView) -> None:
        """Show the boxes that a statement needs; the same one again leaves what was chosen."""
        assert told.problem is not None, "only what the hub could not read is asked about"
        line = {"line": told.line} if told.line else {}
        self._why.setText(problem_text(RuleBroken(told.problem, **line), self._texts).sentence)
        before, self._asked = self._asked, told
        if before is not None and (before.rows, before.accounts) == (told.rows, told.accounts):
            return
        for name, parts in self._rows.items():
            for part in parts:
                part.setVisible(bool(told.accounts) if name == "account" else bool(told.rows))
        self._account.clear()
        for account in told.accounts:
            self._account.addItem(account, account)
        for box in self._boxes.values():
            box.clear()
            box.addItem(self._texts.t("statement.column.none"), -1)
            for place in range(max((len(row) for row in told.rows), default=0)):
                cells = [row[place].strip() for row in told.rows if place < len(row) and row[place].strip()]
                box.addItem(f"{place + 1}: {' · '.join(cells[:3])}", place)

    def _tell(self) -> None:
        if self._asked is not None and self._asked.accounts:
            self._presenter.choose_account(self._account.currentData())
            return
        places = {name: box.currentData() for name, box in self._boxes.items()}
        self._presenter.name_columns({name: place for name, place in places.items() if place >= 0})


def fate_look(fate: str, texts: Texts) -> BadgeLook:
    """Return how a line of a statement stands; a fate that this version does not know goes by its name."""
    tone, icon = _LOOKS.get(fate, (Tone.NEUTRAL, "minus"))
    key = f"statement.fate.{fate}"
    return BadgeLook(tone, texts.t(key) if texts.has(key) else fate, icon)


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setMinimumContentsLength(_SHORTEST)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _ordered(seen: StatementView) -> tuple[StatementRow, ...]:
    """The lines that something is done about first, as they stand in the file."""
    ranks = {fate: rank for rank, fate in enumerate(_ORDER)}
    return tuple(sorted(seen.movements, key=lambda row: (ranks.get(row.fate, len(ranks)), row.position)))


def _columns(texts: Texts) -> tuple[Column[StatementRow], ...]:
    t = texts.t
    return (
        Column(t("statement.day"), lambda row: t("statement.on", day=row.day), lambda row: row.day, width=130),
        Column(t("statement.text"), lambda row: row.text, tip=lambda row: row.text),
        Column(t("statement.payment"), lambda row: row.payment or "–", width=185),
        money_column(t("statement.amount"), lambda row: row.amount_minor, texts.money),
        badge_column(t("statement.becomes"), lambda row: fate_look(row.fate, texts), width=190),
    )
