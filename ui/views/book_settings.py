"""The settings of the shop and its books: accounting rules, who the shop is, tax rates, closed periods."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from domain.accounts import Regime
from domain.calendar import day_after
from domain.rails import Method
from domain.shop_settings import PROFILE_FIELDS
from domain.vat import VatClass, VatRate, rate_holding
from ui.presenters.book_settings import BookSettingsPresenter, BookSettingsState
from ui.presenters.vat_rates import RateMark, in_order, mark_of
from ui.texts import Texts
from ui.theme import FontSize, Space, current_theme
from ui.views.choices import ChoiceRow
from ui.views.form_sheet import open_sheet
from ui.views.period_form import PeriodSheet
from ui.views.save_row import SaveRow
from ui.views.vat_rates import RateSheet
from ui.views.voucher_fields import StillUnderTheWheel
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.table import ROW_HEIGHT, Align, Column, DataTable, TableModel, badge_column
from ui.widgets.tones import Tone

_PAIRS_PX: Final = 920
_MOST_ROWS: Final = 6
_LONGEST_FACT: Final = 200
_VAT_CHOICES: Final = (None, *VatClass)
_TONES: Final = {
    RateMark.NOW: (Tone.OK, ""),
    RateMark.LATER: (Tone.INFO, "clock"),
    RateMark.OVER: (Tone.NEUTRAL, "history"),
    RateMark.ASIDE: (Tone.NEUTRAL, "hourglass"),
}


class BookSettingsView(QWidget):
    """Draws BookSettingsState."""

    def __init__(self, presenter: BookSettingsPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self._accounting = _Accounting(presenter, texts)
        self._profile = _Profile(presenter, texts)
        self._by_hand = _ByHand(presenter, texts)
        self._periods = _Periods(texts)
        self._periods.close_books.clicked.connect(lambda _checked=False: self._open_period(False))
        self._periods.reopen.clicked.connect(lambda _checked=False: self._open_period(True))
        self._rates = _Rates(texts)
        self._rates.table.opened.connect(self._open_rate)
        self._rates.add.clicked.connect(lambda _checked=False: self._open_rate(None))
        contents = QWidget()
        area = ScrollArea(contents)
        self._grid = QGridLayout(contents)
        self._grid.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        self._grid.setSpacing(Space.M)
        self._grid.setRowStretch(6, 1)
        self._place_cards(in_pairs=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        presenter.attach(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_cards(in_pairs=self.width() >= current_theme().px(_PAIRS_PX))

    def show_state(self, state: BookSettingsState) -> None:
        """Draw the settings in force, and what is not saved yet."""
        self._accounting.setVisible(state.can_change)
        self._profile.setVisible(state.can_change)
        self._by_hand.setVisible(state.can_change)
        self._rates.setVisible(state.can_change)
        self._periods.setVisible(state.can_close)
        self._accounting.show_state(state)
        self._profile.show_state(state)
        self._by_hand.show_state(state)
        self._rates.show_state(state)
        self._periods.show_state(state)
        self._notice.show_refusal(state.problem, self._texts)

    def _place_cards(self, in_pairs: bool) -> None:
        """Stand two and two where there is room, else one below the other."""
        across = 2 if in_pairs else 1
        self._grid.addWidget(self._notice, 0, 0, 1, across)
        self._grid.addWidget(self._accounting, 1, 0)
        self._grid.addWidget(self._periods, 2, 0)
        self._grid.addWidget(self._by_hand, 3, 0)
        self._grid.addWidget(self._profile, 1 if in_pairs else 4, across - 1, 3 if in_pairs else 1, 1)
        self._grid.addWidget(self._rates, 4 if in_pairs else 5, 0, 1, across)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < across else 0)

    def _open_rate(self, rate: VatRate | None) -> None:
        open_sheet(
            self,
            lambda closed: self._presenter.rate_form(rate, closed),
            lambda form: RateSheet(self, form, self._texts),
        )

    def _open_period(self, reopening: bool) -> None:
        pressed = self._periods.reopen if reopening else self._periods.close_books
        open_sheet(
            self,
            lambda closed: self._presenter.period_form(reopening, closed),
            lambda form: PeriodSheet(self, form, self._texts),
            lambda: self._give_back(pressed),
        )

    def _give_back(self, pressed: Button) -> None:
        """Give the keys back to what was pressed, or to what can be pressed there now."""
        both = (pressed, self._periods.reopen, self._periods.close_books)
        next((one for one in both if one.isEnabled()), pressed).setFocus(Qt.FocusReason.OtherFocusReason)


class _Accounting(Card):
    """Whose accounting rules the shop follows, and what its goods are for the tax."""

    def __init__(self, presenter: BookSettingsPresenter, texts: Texts) -> None:
        super().__init__(texts.t("book_settings.accounting"), margin=Space.L)
        self._texts = texts
        t = texts.t
        regimes = [(regime, t(f"book_settings.regime.{regime.value}")) for regime in Regime]
        self._regime: ChoiceRow[Regime] = ChoiceRow(t("book_settings.regime"), regimes)
        self._regime.chosen.connect(presenter.choose_regime)
        self._caption = label("", "small", wrap=True)
        self._vat = QComboBox()
        self._still = StillUnderTheWheel()
        self._vat.installEventFilter(self._still)
        self._vat.setAccessibleName(t("book_settings.vat"))
        self._vat.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._vat.setMinimumContentsLength(10)
        for choice in _VAT_CHOICES:
            self._vat.addItem(t(f"book_settings.vat.{choice.value if choice else 'none'}"))
        self._vat.activated.connect(lambda place: presenter.choose_vat(_VAT_CHOICES[place]))
        self._rate = label("", "small", wrap=True)
        self._buttons = SaveRow(texts, self._vat)
        self._buttons.save.clicked.connect(lambda _checked=False: presenter.save_rules())
        self._buttons.undo.clicked.connect(lambda _checked=False: presenter.undo_rules())
        self.body.addWidget(label(t("book_settings.regime"), "muted"))
        self.body.addWidget(self._regime)
        self.body.addWidget(self._caption)
        self.body.addWidget(label(t("book_settings.vat"), "muted", wrap=True))
        self.body.addWidget(self._vat)
        self.body.addWidget(self._rate)
        self.body.addStretch(1)
        self.body.addWidget(self._buttons)

    def show_state(self, state: BookSettingsState) -> None:
        """Draw what is chosen."""
        self._regime.show_value(state.regime)
        self._caption.setText(self._texts.t(f"book_settings.caption.{state.regime.value}"))
        self._vat.setCurrentIndex(_VAT_CHOICES.index(state.vat_class))
        self._rate.setText(_rate_words(state, self._texts))
        self._buttons.show_change(state.rules_differ)


class _Profile(Card):
    """Who the shop is and who signs for it, as vouchers are printed."""

    def __init__(self, presenter: BookSettingsPresenter, texts: Texts) -> None:
        super().__init__(texts.t("book_settings.profile"), margin=Space.L)
        t = texts.t
        self._fields: dict[str, TextField] = {}
        self.body.addWidget(label(t("book_settings.profile_hint"), "small", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        for number, name in enumerate(PROFILE_FIELDS):
            title = t(f"book_settings.profile.{name}")
            field = TextField(title)
            field.setMaxLength(_LONGEST_FACT)
            field.textEdited.connect(lambda text, name=name: presenter.set_fact(name, text))
            field.returnPressed.connect(presenter.save_profile)
            self._fields[name] = field
            # The address needs the whole width, the others stand two and two.
            row, column = (0, 0) if number == 0 else ((number + 1) // 2, (number + 1) % 2)
            grid.addWidget(label(title, "muted"), 2 * row, column)
            grid.addWidget(field, 2 * row + 1, column, 1, 2 if number == 0 else 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)
        self._buttons = SaveRow(texts, self._fields[PROFILE_FIELDS[0]])
        self._buttons.save.clicked.connect(lambda _checked=False: presenter.save_profile())
        self._buttons.undo.clicked.connect(lambda _checked=False: presenter.undo_profile())
        self.body.addWidget(self._buttons)
        self.body.addStretch(1)

    def show_state(self, state: BookSettingsState) -> None:
        """Draw what is typed."""
        for name, field in self._fields.items():
            if field.text() != state.profile[name]:
                field.setText(state.profile[name])
        self._buttons.show_change(state.profile_differs)


class _ByHand(Card):
    """Which methods that are settled by hand the counter offers."""

    def __init__(self, presenter: BookSettingsPresenter, texts: Texts) -> None:
        super().__init__(texts.t("book_settings.by_hand"), margin=Space.L)
        self._boxes: dict[Method, QCheckBox] = {}
        self.body.addWidget(label(texts.t("book_settings.by_hand_hint"), "small", wrap=True))
        for method in (Method.CHEQUE, Method.MANUAL):
            box = QCheckBox(texts.t(f"book_settings.by_hand.{method.value}"))
            box.clicked.connect(lambda offers, method=method: presenter.offer_by_hand(method, offers))
            self._boxes[method] = box
            self.body.addWidget(box)

    def show_state(self, state: BookSettingsState) -> None:
        """Draw what is offered."""
        for method, box in self._boxes.items():
            box.setChecked(method in state.rules.payments.by_hand)


class _Periods(Card):
    """Through which day the books are closed."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts.t("book_settings.periods"), margin=Space.L)
        self._texts = texts
        self._standing = label("", "section", wrap=True)
        self.close_books = Button(texts.t("book_settings.close"), Kind.SECONDARY, "lock")
        self.reopen = Button(texts.t("book_settings.reopen"), Kind.SECONDARY, "undo-2")
        self._hint = label("", "small", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.close_books)
        row.addWidget(self.reopen)
        row.addStretch(1)
        self.body.addWidget(self._standing)
        self.body.addWidget(self._hint)
        self.body.addLayout(row)

    def show_state(self, state: BookSettingsState) -> None:
        """Draw what is closed."""
        through, t = state.rules.closed_through, self._texts.t
        self._standing.setText(
            t("book_settings.closed_through", day=through) if through else t("book_settings.nothing_closed")
        )
        self._hint.setText(t("book_settings.close_hint" if state.can_close_now else "book_settings.all_closed"))
        self.close_books.setEnabled(state.can_close_now)
        self.reopen.setEnabled(bool(through))


class _Rates(Card):
    """The dated rates, each with whether it holds today."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts.t("book_settings.rates"), margin=Space.L)
        self._texts = texts
        self._shown: tuple[object, ...] = ()
        self._model: TableModel[VatRate] = TableModel(
            _rate_columns(texts, (), ""), key=lambda rate: (rate.vat_class, rate.since)
        )
        self.table: DataTable[VatRate] = DataTable(self._model, texts.t("book_settings.rates"))
        self.table.setSortingEnabled(False)
        self.add = Button(texts.t("book_settings.rate_add"), Kind.SECONDARY, "plus")
        self.add_to_head(self.add)
        self.body.addWidget(label(texts.t("book_settings.rates_hint"), "small", wrap=True))
        self.body.addWidget(self.table)

    def show_state(self, state: BookSettingsState) -> None:
        """Draw the rates."""
        rows = in_order(state.rules.rates)
        if (state.rules.rates, state.today) != self._shown:
            self._shown = (state.rules.rates, state.today)
            self._model.set_columns(_rate_columns(self._texts, state.rules.rates, state.today))
            self._model.set_rows(rows)
        theme = current_theme()
        height = max(ROW_HEIGHT, theme.px(FontSize.BODY) * 2 + 14)
        self.table.setFixedHeight(
            self.table.horizontalHeader().height() + height * min(len(rows), _MOST_ROWS) + 2 * self.table.frameWidth()
        )


def _rate_words(state: BookSettingsState, texts: Texts) -> str:
    """What the chosen class means today, and what follows when its rate ends."""
    if state.vat_class is None or not state.today:
        return texts.t("book_settings.rate.none")
    rates = state.rules.rates
    rate = rate_holding(rates, state.vat_class, state.today)
    if rate is None:
        return texts.t("book_settings.rate.missing")
    following = rate_holding(rates, state.vat_class, day_after(rate.until)) if rate.until else None
    if following is None:
        return texts.t("book_settings.rate.today", percent=rate.percent)
    return texts.t("book_settings.rate.ends", percent=rate.percent, until=rate.until, then=following.percent)


def _rate_columns(texts: Texts, rates: tuple[VatRate, ...], today: str) -> list[Column[VatRate]]:
    t = texts.t

    def look(rate: VatRate) -> BadgeLook:
        mark = mark_of(rates, rate, today)
        tone, icon_name = _TONES[mark]
        return BadgeLook(tone, t(f"book_settings.mark.{mark.value}"), icon_name)

    return [
        Column(t("book_settings.rate.class"), lambda rate: t(f"book_settings.vat.{rate.vat_class.value}")),
        Column(t("common.from"), lambda rate: t("book_settings.day", day=rate.since), width=114),
        Column(
            t("common.to"),
            lambda rate: t("book_settings.day", day=rate.until) if rate.until else t("book_settings.no_end"),
            width=130,
        ),
        Column(t("book_settings.rate.percent"), lambda rate: f"{rate.percent} %", align=Align.RIGHT, width=90),
        badge_column(t("common.status"), look, 160),
    ]
