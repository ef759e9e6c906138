"""What stands above the list of vouchers: the search box, the chips, and the choices behind the filter button."""

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import AccountId, CategoryId, Instant
from domain.vouchers import VoucherType
from ui.formatting import local_time
from ui.presenters.voucher_list import Period, Shown, days_of
from ui.presenters.vouchers import VouchersPresenter, VouchersState
from ui.texts import Texts
from ui.theme import Space
from ui.views.choices import ChoiceRow
from ui.views.voucher_fields import Chooser, Pair
from ui.views.voucher_looks import account_words, category_words
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import DayField
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import label

_FIRST_DAY = date(2000, 1, 1)


class VoucherFilters(QWidget):
    """Draws what VouchersState wants; `new` begins a draft."""

    def __init__(self, presenter: VouchersPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._days = ("", "")
        t = texts.t
        self.search = SearchField(texts, t("vouchers.search_name"), t("vouchers.search"))
        self.search.searched.connect(presenter.find)
        periods = tuple((period, t(f"vouchers.period.{period.value}")) for period in Period)
        self._periods = ChoiceRow(t("common.date"), periods)
        self._periods.chosen.connect(presenter.show_period)
        self._kinds = ChoiceRow(t("vouchers.column.type"), tuple((shown, _word(texts, shown)) for shown in Shown))
        self._kinds.chosen.connect(presenter.show)
        self._more = Button(t("vouchers.filter"), Kind.SECONDARY, "funnel")
        self._more.setCheckable(True)
        self._more.toggled.connect(self._toggle)
        self.new = Button(t("vouchers.new"), Kind.PRIMARY, "plus")
        self.new.setToolTip(t("vouchers.new_hint"))
        self.new.setShortcut("Ctrl+N")
        self._wallet: Chooser[AccountId | None] = Chooser(t("vouchers.by_wallet"), t("vouchers.any_wallet"))
        self._wallet.picked.connect(presenter.show_account)
        self._category: Chooser[CategoryId | None] = Chooser(
            t("vouchers.by_category"), t("vouchers.any_category"), searchable=True
        )
        self._category.picked.connect(presenter.show_category)
        self._since, self._until = (self._day(key) for key in ("common.from", "common.to"))
        self._clear = Button(t("payments.clear_filters"), Kind.QUIET)
        self._clear.clicked.connect(lambda _checked=False: self.clear())
        self._lay_out()

    def _day(self, key: str) -> DayField:
        field = DayField(_FIRST_DAY, self._texts.t(key))
        field.set_language(self._texts.language.value)
        field.editingFinished.connect(self._days_typed)
        return field

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(Space.M)
        first.addWidget(self.search, 1)
        first.addWidget(self._periods)
        second = QHBoxLayout()
        second.setSpacing(Space.M)
        second.addWidget(self._kinds)
        second.addStretch(1)
        second.addWidget(self._more)
        second.addWidget(self.new)
        days = QWidget()
        between = QHBoxLayout(days)
        between.setContentsMargins(0, 0, 0, 0)
        between.setSpacing(Space.XS)
        between.addWidget(self._since, 1)
        between.addWidget(label("–"))
        between.addWidget(self._until, 1)
        choosers = QWidget()
        of = QHBoxLayout(choosers)
        of.setContentsMargins(0, 0, 0, 0)
        of.setSpacing(Space.M)
        of.addWidget(self._wallet, 1)
        of.addWidget(self._category, 1)
        self._hidden = QWidget()
        third = QHBoxLayout(self._hidden)
        third.setContentsMargins(0, 0, 0, 0)
        third.setSpacing(Space.M)
        third.addWidget(Pair(choosers, days, turn_px=620), 1)
        third.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignTop)
        self._hidden.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self._hidden)

    def show_state(self, state: VouchersState, now: Instant) -> None:
        """Draw what is asked for."""
        texts, wanted, chart = self._texts, state.wanted, state.chart
        self._periods.show_value(wanted.period)
        self._kinds.offer(Shown.DRAFTS, state.can_write)
        self._kinds.show_value(wanted.shown)
        self.new.setVisible(state.can_write)
        regime = chart.rules.regime
        wallets = [(wallet.id, account_words(texts, wallet, regime)) for wallet in chart.accounts if not wallet.control]
        self._wallet.show_options([(None, texts.t("vouchers.any_wallet")), *wallets])
        self._wallet.show_value(wanted.account_id)
        categories = [(each.id, category_words(texts, each)) for each in chart.categories]
        self._category.show_options([(None, texts.t("vouchers.any_category")), *categories])
        self._category.show_value(wanted.category_id)
        since, until = days_of(wanted, now, texts.zone)
        today = local_time(now, texts.zone).date().isoformat()
        began = min((account.opened_on for account in chart.accounts), default=today)
        self._days = (since or began, until or today)
        for field, day in zip((self._since, self._until), self._days, strict=True):
            if not field.hasFocus() and field.day.isoformat() != day:
                shown = date.fromisoformat(day)
                field.setDate(shown)  # type: ignore[arg-type]  # PySide takes a date for a QDate, its stubs do not say so
        if wanted.period is Period.DAYS:
            self._more.setChecked(True)
        narrowed = wanted.account_id is not None or wanted.category_id is not None
        self._more.setText(texts.t("vouchers.filter_on" if narrowed else "vouchers.filter"))

    def clear(self) -> None:
        """Ask for the plain list again."""
        self.search.clear()
        self._presenter.clear_filters()

    def _toggle(self, shown: bool) -> None:
        self._hidden.setVisible(shown)
        if shown:
            choosing_days = self._presenter.state.wanted.period is Period.DAYS
            (self._since if choosing_days else self._wallet).setFocus(Qt.FocusReason.OtherFocusReason)

    def _days_typed(self) -> None:
        since, until = self._since.day.isoformat(), self._until.day.isoformat()
        if (since, until) != self._days:
            self._presenter.show_days(since, until)


def _word(texts: Texts, shown: Shown) -> str:
    if shown is Shown.ALL:
        return texts.t("common.all")
    return texts.t("vouchers.draft") if shown is Shown.DRAFTS else VoucherType(shown.value).value
