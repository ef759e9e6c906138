"""The shop's limits: what needs an approval at the left, what is shown without the hub at the right."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from domain.shop_settings import LIMIT_BOUNDS
from ui.presenters.limits import SHOWN, LimitsPresenter, LimitsState, ShownLimit, Unit
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.save_row import SaveRow
from ui.views.voucher_fields import AmountField, FieldBox, StillUnderTheWheel
from ui.widgets.fields import NumberField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label

_PAIRS_PX: Final = 860
_FIELD_PX: Final = 260


class LimitsView(QWidget):
    """Draws LimitsState."""

    def __init__(self, presenter: LimitsPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._pressed = 0
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self._fields = {shown.name: _LimitField(shown, presenter, texts) for shown in SHOWN}
        self._approvals = Card(texts.t("limits.approvals"), margin=Space.L)
        self._codes = Card(texts.t("limits.codes"), margin=Space.L)
        self._approvals.body.addWidget(label(texts.t("limits.approvals_hint"), "small", wrap=True))
        self._codes.body.addWidget(label(texts.t("limits.codes_hint"), "small", wrap=True))
        for shown in SHOWN:
            card = self._codes if shown.act is None else self._approvals
            card.body.addWidget(self._fields[shown.name])
        for card in (self._approvals, self._codes):
            card.body.addStretch(1)
        self._reason = label(texts.t("limits.owner_only"), "muted", wrap=True)
        self._buttons = SaveRow(texts, self._fields[SHOWN[0].name].field)
        self._buttons.save.clicked.connect(lambda _checked=False: presenter.save())
        self._buttons.undo.clicked.connect(lambda _checked=False: presenter.undo())
        contents = QWidget()
        area = ScrollArea(contents)
        self._grid = QGridLayout(contents)
        self._grid.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        self._grid.setSpacing(Space.M)
        self._grid.setRowStretch(5, 1)
        self._place_cards(in_pairs=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        presenter.attach(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_cards(in_pairs=self.width() >= current_theme().px(_PAIRS_PX))

    def show_state(self, state: LimitsState) -> None:
        """Draw the limits in force, and what is not saved yet."""
        self._reason.setVisible(state.loaded and not state.can_change)
        self._buttons.setVisible(state.can_change)
        for name, field in self._fields.items():
            field.show_limit(state.typed.get(name, ""), enabled=state.can_change and state.loaded)
            mark = state.marks.get(name)
            field.show_mark(self._texts.t(mark) if mark else "", loud=mark is not None)
        self._buttons.show_change(state.differs and not state.saving)
        if state.pressed != self._pressed:
            self._pressed = state.pressed
            wrong = next((self._fields[shown.name] for shown in SHOWN if shown.name in state.marks), None)
            if wrong is not None:
                wrong.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._notice.show_refusal(state.problem, self._texts)

    def _place_cards(self, in_pairs: bool) -> None:
        """Stand beside each other where there is room, else one below the other."""
        across = 2 if in_pairs else 1
        self._grid.addWidget(self._notice, 0, 0, 1, across)
        self._grid.addWidget(self._reason, 1, 0, 1, across)
        self._grid.addWidget(self._approvals, 2, 0)
        self._grid.addWidget(self._codes, 2 if in_pairs else 3, across - 1)
        self._grid.addWidget(self._buttons, 4, 0, 1, across)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < across else 0)


class _LimitField(FieldBox):
    """One limit below its name, above the sentence of what it does."""

    def __init__(self, shown: ShownLimit, presenter: LimitsPresenter, texts: Texts) -> None:
        name = texts.t(f"limits.{shown.name}")
        self._amount: AmountField | None = None
        self._number: NumberField | None = None
        if shown.unit is Unit.MONEY:
            field: QWidget = self._make_amount(shown, presenter, texts, name)
        else:
            field = self._make_number(shown, presenter, texts, name)
        field.setMaximumWidth(current_theme().px(_FIELD_PX))
        super().__init__(name, field)
        sentence = label(texts.t(f"limits.{shown.name}.does"), "small", wrap=True)
        field.setAccessibleDescription(sentence.text())
        column = self.layout()
        assert column is not None, "a field stands in a column"
        column.addWidget(sentence)

    def _make_amount(self, shown: ShownLimit, presenter: LimitsPresenter, texts: Texts, name: str) -> AmountField:
        self._amount = AmountField(texts, name)
        self._amount.typed.connect(lambda text: presenter.type(shown.name, text))
        self._amount.returnPressed.connect(presenter.save)
        return self._amount

    def _make_number(self, shown: ShownLimit, presenter: LimitsPresenter, texts: Texts, name: str) -> NumberField:
        least, most = (bound // shown.part for bound in LIMIT_BOUNDS[shown.name])
        self._number = NumberField(least, most, name, texts.t(f"limits.unit.{shown.unit.value}"))
        self._still = StillUnderTheWheel()
        self._number.installEventFilter(self._still)
        self._number.valueChanged.connect(lambda value: presenter.type(shown.name, str(value)))
        return self._number

    def show_limit(self, text: str, *, enabled: bool) -> None:
        """Show what is typed, or in force."""
        if self._amount is not None:
            self._amount.show_text(text)
        elif self._number is not None and text and self._number.value() != int(text):
            self._number.blockSignals(True)
            self._number.setValue(int(text))
            self._number.blockSignals(False)
        self.field.setEnabled(enabled)
