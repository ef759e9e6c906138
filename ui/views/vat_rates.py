"""The form of one dated tax rate, on a card over the window."""

from datetime import date
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from domain.calendar import is_date
from domain.vat import VatClass
from ui.presenters.vat_rates import RateFormPresenter, RateFormState
from ui.texts import Texts
from ui.theme import Space
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import DayField, NumberField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import label

_WIDTH: Final = 560
_MOST_PERCENT: Final = 100


class RateSheet(Sheet):
    """Draws RateFormState."""

    def __init__(self, window: QWidget, presenter: RateFormPresenter, texts: Texts) -> None:
        state, t = presenter.state, texts.t
        title = t("book_settings.rate_add" if state.is_new else "book_settings.rate_edit")
        super().__init__(window, title, width=min(_WIDTH, window.window().width() - 2 * Space.XL))
        self._presenter, self._texts = presenter, texts
        self._class = QComboBox()
        self._class.setAccessibleName(t("book_settings.rate.class"))
        self._class.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._class.setMinimumContentsLength(8)
        for vat_class in VatClass:
            self._class.addItem(t(f"book_settings.vat.{vat_class.value}"))
        self._class.activated.connect(lambda place: presenter.choose_class(list(VatClass)[place]))
        self._percent = NumberField(0, _MOST_PERCENT, t("book_settings.rate.percent"), "%")
        self._percent.setValue(state.percent)
        self._percent.valueChanged.connect(presenter.set_percent)
        self._since = DayField(date.fromisoformat(state.since), t("common.from"))
        self._since.dateChanged.connect(lambda day: presenter.set_since(day.toString(Qt.DateFormat.ISODate)))
        end = state.until if is_date(state.until) else f"{state.since[:4]}-12-31"
        self._until = DayField(date.fromisoformat(end), t("common.to"))
        self._until.dateChanged.connect(lambda day: presenter.set_until(day.toString(Qt.DateFormat.ISODate)))
        for field in (self._since, self._until):
            field.set_language(texts.language.value)
        self._ends = QCheckBox(t("book_settings.rate_ends"))
        self._ends.clicked.connect(lambda ends: presenter.set_until(self._until.day.isoformat() if ends else ""))
        self._wrong = label("", "error", wrap=True)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._lay_out()
        if state.can_remove:
            self.add_button(t("book_settings.rate_remove"), Kind.QUIET, presenter.remove)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        (self._class if state.is_new else self._percent).setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        t = self._texts.t
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.addWidget(label(t("book_settings.rate.class"), "section"), 0, 0)
        grid.addWidget(self._class, 1, 0)
        grid.addWidget(label(t("book_settings.rate.percent"), "section"), 0, 1)
        grid.addWidget(self._percent, 1, 1)
        grid.addWidget(label(t("common.from"), "section"), 2, 0)
        grid.addWidget(self._since, 3, 0)
        grid.addWidget(self._ends, 2, 1)
        grid.addWidget(self._until, 3, 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)
        self.body.addWidget(self._wrong)
        self.body.addWidget(self._notice)

    def show_state(self, state: RateFormState) -> None:
        """Draw the rate, and what is wrong with it."""
        t = self._texts.t
        self._class.setCurrentIndex(list(VatClass).index(state.vat_class))
        self._ends.setChecked(bool(state.until))
        self._until.setEnabled(bool(state.until))
        wrong = next((name for name in ("until", "gap") if name in state.wrong), "")
        self._wrong.setText(t(f"book_settings.wrong.{wrong}") if wrong else "")
        self._wrong.setVisible(bool(wrong))
        self._save.setEnabled(state.can_save)
        self._notice.show_refusal(state.problem, self._texts, closable=False)
