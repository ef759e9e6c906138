"""Which provider a payment goes to: the rules in words at the left, the order for the rest at the right."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from domain.rails import Method, Provider
from ui.presenters.routes import CHOICES, RouteFormPresenter, RouteFormState, RouteLine, RoutesPresenter, RoutesState
from ui.texts import Texts
from ui.theme import TARGET, Space
from ui.views.form_sheet import open_sheet
from ui.views.hub_words import provider_name
from ui.views.voucher_fields import Chooser, FieldBox, Pair
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column
from ui.widgets.tones import Tone

_WIDTH: Final = 620
_TURN_PX: Final = 760
_LEAST_ROWS: Final = 2
_SMALL_NAMES: Final = frozenset({"mada"})
"""Payment options whose owners write them with a small letter."""


def option_words(option: str | None, texts: Texts) -> str:
    """Return what a payment option is called: all of them for None, a payment that names none for an empty one."""
    if option is None:
        return texts.t("routes.option.all")
    if not option:
        return texts.t("routes.option.none")
    key = f"routes.option.{option}"
    return texts.t(key) if texts.has(key) else option


def option_title(option: str, texts: Texts) -> str:
    """Return what a payment option is called where it stands alone; a name keeps its own letters."""
    words = option_words(option, texts)
    return words if option in _SMALL_NAMES else f"{words[:1].upper()}{words[1:]}"


def rule_words(line: RouteLine, texts: Texts) -> str:
    """Return what a rule means: `Card, VISA, USD → Stripe`."""
    parts = [texts.t(f"method.{line.method.value}"), option_words(line.option, texts), line.currency]
    return f"{', '.join(part for part in parts if part)} → {provider_name(line.provider.value, texts)}"


class RoutesPage(QWidget):
    """Draws RoutesState; Delete takes a rule out, Alt+Up and Alt+Down move a provider."""

    def __init__(self, presenter: RoutesPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._notice = NoticeBar(t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self._rules: TableModel[RouteLine] = TableModel(_rule_columns(texts), key=lambda line: line.key)
        self._rule_table = DataTable(self._rules, t("routes.rules"), row_height=TARGET)
        self._order: TableModel[_Place] = TableModel(_order_columns(texts), key=lambda place: place.provider)
        self._order_table = DataTable(self._order, t("routes.order"), row_height=TARGET)
        self._order_table.setSortingEnabled(False)
        self._add = Button(t("routes.add"), Kind.SECONDARY, "plus")
        self._remove = Button(t("routes.remove"), Kind.QUIET, "trash-2")
        self._up = Button(t("routes.up"), Kind.SECONDARY, "chevron-up")
        self._down = Button(t("routes.down"), Kind.SECONDARY, "chevron-down")
        self._add.clicked.connect(self._open_form)
        self._remove.clicked.connect(self._remove_chosen)
        self._up.clicked.connect(lambda _checked=False: self._move(-1))
        self._down.clicked.connect(lambda _checked=False: self._move(1))
        for keys, table, does in (
            ("Alt+Up", self._order_table, partial(self._move, -1)),
            ("Alt+Down", self._order_table, partial(self._move, 1)),
            ("Del", self._rule_table, self._remove_chosen),
        ):
            QShortcut(QKeySequence(keys), table, does, context=Qt.ShortcutContext.WidgetShortcut)
        self._rule_table.picked.connect(lambda _line: self._enable())
        self._order_table.picked.connect(lambda _place: self._enable())
        rules = _card(t("routes.rules"), t("routes.rules_hint"), self._rule_table, (self._add, self._remove))
        order = _card(t("routes.order"), t("routes.order_hint"), self._order_table, (self._up, self._down))
        pair = Pair(rules, order, turn_px=_TURN_PX)
        pair.set_stretch(3, 2)
        self._pair = pair
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._notice)
        column.addWidget(_scrolling(pair, (rules, order)), 1)
        presenter.attach(self)

    def show_state(self, state: RoutesState) -> None:
        """Draw the plan."""
        self._rules.set_rows(state.lines)
        self._rule_table.show_empty(self._texts.t("routes.none") if state.loaded else "")
        places = [_Place(number + 1, each, each in state.connected) for number, each in enumerate(state.order)]
        self._order.set_rows(places)
        self._enable()
        self._notice.show_refusal(state.problem, self._texts)

    def take_focus(self) -> None:
        """Give the keys to the rules, or to the button that makes the first one."""
        if self._presenter.state.lines:
            if not self._rule_table.chosen_rows:
                self._rule_table.go_to(0)
            self._rule_table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enable(self) -> None:
        self._remove.setEnabled(bool(self._rule_table.chosen_rows))
        places = self._order_table.chosen_rows
        number = places[0].number if places else 0
        self._up.setEnabled(number > 1)
        self._down.setEnabled(0 < number < len(self._presenter.state.order))

    def _move(self, step: int) -> None:
        places = self._order_table.chosen_rows
        if places:
            provider = places[0].provider
            self._presenter.move(provider, step)
            self._order_table.choose(provider)

    def _remove_chosen(self) -> None:
        chosen = self._rule_table.chosen_rows
        if chosen:
            self._presenter.remove(chosen[0])
            self.take_focus()

    def _open_form(self) -> None:
        open_sheet(self, self._presenter.form, lambda form: RouteSheet(self, form, self._texts))


class RouteSheet(Sheet):
    """Draws RouteFormState, with the rule in words as it is put together."""

    def __init__(self, window: QWidget, presenter: RouteFormPresenter, texts: Texts) -> None:
        t = texts.t
        super().__init__(window, t("routes.add_title"), width=min(_WIDTH, window.window().width() - 2 * Space.XL))
        self._texts = texts
        self._method: Chooser[Method] = Chooser(t("routes.method"), "")
        self._method.show_options([(method, t(f"method.{method.value}")) for method in CHOICES])
        self._method.picked.connect(presenter.choose_method)
        self._option: Chooser[str] = Chooser(t("routes.option"), "")
        self._option.picked.connect(lambda option: presenter.choose_option(None if option == _ALL else option))
        self._currency: Chooser[str] = Chooser(t("routes.currency"), t("routes.currency.all"))
        self._currency.picked.connect(presenter.choose_currency)
        self._provider: Chooser[Provider] = Chooser(t("routes.provider"), "")
        self._provider.picked.connect(presenter.choose_provider)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.M)
        fields: tuple[tuple[str, QWidget], ...] = (
            ("routes.method", self._method),
            ("routes.option", self._option),
            ("routes.currency", self._currency),
            ("routes.provider", self._provider),
        )
        for number, (key, box) in enumerate(fields):
            grid.addWidget(FieldBox(t(key), box), number // 2, number % 2)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self._meaning = label("", "title", wrap=True)
        self._hint = label("", "small", wrap=True)
        self.body.addLayout(grid)
        self.body.addWidget(self._meaning)
        self.body.addWidget(self._hint)
        self._notice = NoticeBar(t("notice.dismiss"))
        self.body.addWidget(self._notice)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        self._method.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_state(self, state: RouteFormState) -> None:
        """Draw what was chosen and what can be."""
        t = self._texts.t
        self._method.show_value(state.method)
        options = [(_ALL, option_words(None, self._texts))]
        options += [(option, option_words(option, self._texts)) for option in state.options]
        self._option.show_options(options)
        self._option.show_value(_ALL if state.option is None else state.option)
        self._currency.show_options([(each, each) for each in state.currencies])
        self._currency.show_value(None if state.option is None else state.currency)
        self._currency.setEnabled(state.option is not None)
        self._provider.show_options([(each, provider_name(each.value, self._texts)) for each in state.providers])
        self._provider.show_value(state.provider)
        self._meaning.setText(rule_words(state.line, self._texts))
        away = state.provider not in state.connected
        self._hint.setText(t("routes.asleep_hint") if away else "")
        self._hint.setVisible(away)
        self._save.setEnabled(not state.saving)
        self._notice.show_refusal(state.problem, self._texts, closable=False)
        self.fit()


_ALL = "*"
"""Stands for every option in the list of options; no option is called so."""


class _Place:
    """A provider's place in the order."""

    def __init__(self, number: int, provider: Provider, connected: bool) -> None:
        self.number, self.provider, self.connected = number, provider, connected

    def __eq__(self, other: object) -> bool:
        mine = (self.number, self.provider, self.connected)
        return isinstance(other, _Place) and (other.number, other.provider, other.connected) == mine

    def __hash__(self) -> int:
        return hash((self.number, self.provider, self.connected))


def _rule_columns(texts: Texts) -> tuple[Column[RouteLine], ...]:
    t = texts.t

    def look(line: RouteLine) -> BadgeLook:
        if line.asleep:
            return BadgeLook(Tone.WARN, t("routes.asleep"), "circle-alert")
        return BadgeLook(Tone.OK, t("routes.awake"), "circle-check")

    return (
        Column(t("routes.rule"), lambda line: rule_words(line, texts), strong=True),
        badge_column(t("common.status"), look, width=175),
    )


def _order_columns(texts: Texts) -> tuple[Column[_Place], ...]:
    t = texts.t

    def look(place: _Place) -> BadgeLook:
        if place.connected:
            return BadgeLook(Tone.OK, t("connections.state.connected"), "circle-check")
        return BadgeLook(Tone.NEUTRAL, t("connections.state.not_connected"), "minus")

    return (
        Column(
            t("routes.provider"),
            lambda place: f"{place.number}. {provider_name(place.provider.value, texts)}",
            strong=True,
        ),
        badge_column(t("common.status"), look, width=150),
    )


def _card(title: str, hint: str, table: QWidget, buttons: tuple[Button, Button]) -> Card:
    card = Card(title, margin=Space.M)
    card.body.addWidget(label(hint, "small", wrap=True))
    table.setMinimumHeight(_LEAST_ROWS * TARGET)
    table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # the page scrolls no sooner
    card.body.addWidget(table, 1)
    row = QHBoxLayout()
    row.setSpacing(Space.S)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    card.body.addLayout(row)
    return card


def _scrolling(pair: Pair, cards: tuple[Card, Card]) -> ScrollArea:
    """Let both cards reach down to the foot of the page, and the page scroll where they stand below each other."""
    box = pair.layout()
    assert box is not None, "a pair lays its parts out"
    for card in cards:
        box.setAlignment(card, Qt.AlignmentFlag(0))
    return ScrollArea(pair)
