"""Customers who left money with the shop, on a card over the window: the list, one customer, a form, a top-up."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from domain.display import voucher_text
from domain.holder_ports import HolderMove, HolderRow
from domain.ids import Instant
from ui.formatting import masked_phone, recent_text
from ui.presenters.customers import CustomersPresenter, CustomersState, Place, Step
from ui.presenters.own_print import OwnPaper
from ui.texts import Texts, problem_text
from ui.theme import TARGET, FontSize, Space, current_theme
from ui.views.panels import CurrentStack
from ui.views.voucher_print import print_own
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import EmptyState, label
from ui.widgets.table import Align, Column, DataTable, TableModel
from ui.widgets.tones import Tone

_WIDTH: Final = 860
_BODY_PX: Final = 420
_AROUND_PX: Final = 220


class CustomersSheet(Sheet):
    """Draws CustomersState; Esc goes one step back, and closes the sheet from the list."""

    def __init__(
        self, window: QWidget, presenter: CustomersPresenter, texts: Texts, now: Callable[[], Instant]
    ) -> None:
        room = window.window().size()
        super().__init__(
            window, texts.t("customers.title"), width=min(current_theme().px(_WIDTH), room.width() - 2 * Space.XL)
        )
        self._presenter, self._texts = presenter, texts
        self._step: Step | None = None
        self._problem: object = None
        self._told: object = None
        self._paper: OwnPaper | None = None
        self._list = _ListPart(presenter, texts)
        self._page = _PagePart(presenter, texts, now)
        self._form = _FormPart(presenter, texts)
        self._top_up = _TopUpPart(presenter, texts)
        self._parts: dict[Step, _ListPart | _PagePart | _FormPart | _TopUpPart] = {
            Step.LIST: self._list,
            Step.CUSTOMER: self._page,
            Step.FORM: self._form,
            Step.TOP_UP: self._top_up,
        }
        self._stack = CurrentStack()
        for part in self._parts.values():
            self._stack.addWidget(part)
        self._stack.setMinimumHeight(min(_BODY_PX, room.height() - _AROUND_PX))
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self.body.addWidget(self._notice)
        self.body.addWidget(self._stack, 1)
        self._add_buttons()
        self.rejected.connect(presenter.detach)
        presenter.attach(self)

    def _add_buttons(self) -> None:
        t, presenter = self._texts.t, self._presenter
        self._back = self.add_button("", Kind.SECONDARY, presenter.back)
        self._new = self.add_button(t("customers.new"), Kind.SECONDARY, presenter.write_down)
        self._rename = self.add_button(t("customers.rename"), Kind.SECONDARY, presenter.rename)
        self._print = self.add_button(t("customers.print"), Kind.SECONDARY, presenter.print_done)
        self._begin = self.add_button(t("customers.top_up"), Kind.PRIMARY, presenter.begin_top_up)
        self._save = self.add_button("", Kind.PRIMARY, presenter.save)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field keeps what was typed, in the search it opens the only one who was found; Esc steps back."""
        if event.key() == Qt.Key.Key_Escape:
            self._presenter.back()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            if isinstance(self.focusWidget(), SearchField):
                self._presenter.open_only()
            elif isinstance(self.focusWidget(), TextField):
                self._presenter.save()
            elif isinstance(pressed := self.focusWidget(), Button):
                pressed.click()
        else:
            super().keyPressEvent(event)

    def show_state(self, state: CustomersState) -> None:
        """Draw the step in front, and what can be done from it."""
        t = self._texts.t
        row = state.customer
        titles = {
            Step.LIST: t("customers.title"),
            Step.CUSTOMER: row.name if row else "",
            Step.FORM: t("customers.rename" if state.renames else "customers.new"),
            Step.TOP_UP: t("customers.top_up_of", name=row.name if row else ""),
        }
        self._title.setText(titles[state.step])
        self._parts[state.step].show_state(state)
        self._back.setText(t("common.close" if state.step is Step.LIST else "common.back"))
        typing = state.step in (Step.FORM, Step.TOP_UP)
        self._new.setVisible(state.step is Step.LIST and state.can_change)
        self._rename.setVisible(state.step is Step.CUSTOMER and state.can_change)
        self._print.setVisible(state.step is Step.CUSTOMER and state.printable is not None)
        self._begin.setVisible(state.step is Step.CUSTOMER and state.can_change)
        self._save.setVisible(typing)
        self._save.setEnabled(state.can_save)
        taking = t("customers.take", amount=state.amount_minor) if state.amount_minor else t("customers.top_up")
        self._save.setText(taking if state.step is Step.TOP_UP else t("common.save"))
        self._say(state)
        if state.step is not self._step:
            self._step = state.step
            self._stack.setCurrentWidget(self._parts[state.step])
            self._take_keys(state)
        self.fit()
        if state.paper is not None and state.paper is not self._paper:
            self._paper = state.paper
            print_own(self, state.paper, self._texts)

    def _say(self, state: CustomersState) -> None:
        """Show what was refused, or what was just done."""
        if (state.problem, state.told) == (self._problem, self._told):
            return
        self._problem, self._told = state.problem, state.told
        if state.problem is not None:
            self._notice.show_problem(problem_text(state.problem, self._texts), closable=False)
        elif state.told is not None:
            self._notice.show_notice(Tone.OK, self._texts.t(state.told.key, **state.told.facts))
        else:
            self._notice.clear_notice()

    def _take_keys(self, state: CustomersState) -> None:
        if state.step is Step.CUSTOMER:
            first = self._print if state.printable else self._begin if state.can_change else self._back
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._parts[state.step].take_keys()


class _ListPart(QWidget):
    """The search, and who was found."""

    def __init__(self, presenter: CustomersPresenter, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        sees_all = presenter.state.sees_all
        hint = texts.t("customers.search_hint" if sees_all else "customers.phone")
        self._search = SearchField(texts, texts.t("customers.search"), hint)
        self._search.searched.connect(presenter.search)
        self._total = label("", "muted", wrap=True)
        self._model: TableModel[HolderRow] = TableModel(_columns(texts, masked=False), key=lambda row: str(row.id))
        self._masked = False
        self.table = DataTable(self._model, texts.t("customers.title"), row_height=TARGET)
        self.table.opened.connect(lambda row: presenter.open(row.id))
        self.table.clicked.connect(lambda index: self._open_picked(presenter))
        self._empty = EmptyState("users")
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(Space.S)
        column.addWidget(self._search)
        column.addWidget(self._total)
        column.addWidget(self.table, 1)
        column.addWidget(self._empty, 1)

    def show_state(self, state: CustomersState) -> None:
        """Draw who was found; a number is shown whole to those who may see everybody."""
        t = self._texts.t
        if state.sees_all is self._masked:
            self._masked = not state.sees_all
            self._model.set_columns(_columns(self._texts, masked=self._masked))
        self._model.set_rows(state.rows)
        self.table.setVisible(bool(state.rows))
        self._empty.setVisible(not state.rows)
        if not state.text:
            hint = "customers.empty_hint" if state.sees_all else "customers.whole_phone"
            self._empty.show_words(t("customers.empty" if state.sees_all else "customers.find_first"), t(hint))
        else:
            hint = t("customers.none_hint" if state.sees_all else "customers.whole_phone")
            self._empty.show_words(t("customers.none") if state.searched else t("common.loading"), hint)
        if state.total is not None:
            self._total.setText(t("customers.total", count=state.total[0], amount=state.total[1]))
        self._total.setVisible(state.total is not None)

    def take_keys(self) -> None:
        """Give the keys to the search."""
        self._search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_picked(self, presenter: CustomersPresenter) -> None:
        for row in self.table.chosen_rows:
            presenter.open(row.id)


class _PagePart(QWidget):
    """One customer: what they have, how fresh that is, and what moved it."""

    def __init__(self, presenter: CustomersPresenter, texts: Texts, now: Callable[[], Instant]) -> None:
        super().__init__()
        self._texts = texts
        self._phone = label("", "muted")
        self._balance = AmountDisplay(FontSize.DISPLAY - 8)
        self._parts = label("", "", wrap=True)
        self._fresh = label("", "small", wrap=True)
        self._model: TableModel[HolderMove] = TableModel(_move_columns(texts, now), key=lambda move: move.voucher_id)
        self.table = DataTable(self._model, texts.t("customers.moves"))
        self.table.setSortingEnabled(False)
        self.table.opened.connect(presenter.open_move)
        self.table.show_empty(texts.t("customers.no_moves"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(Space.XS)
        head = QHBoxLayout()
        head.addWidget(self._phone)
        head.addWidget(self._balance, 1)
        column.addLayout(head)
        column.addWidget(self._parts)
        column.addWidget(self._fresh)
        column.addWidget(self.table, 1)

    def show_state(self, state: CustomersState) -> None:
        """Draw the customer."""
        row, texts = state.customer, self._texts
        if row is None:
            return
        self._phone.setText(shown_phone(row.phone, state.sees_all))
        words = texts.money(row.balance_minor)
        self._balance.show_amount(words, name=texts.t("customers.balance_name", amount=row.balance_minor))
        held = texts.t("customers.reserved", amount=row.reserved_minor) if row.reserved_minor else ""
        waits = texts.t("customers.unsent", amount=row.unsent_minor) if row.unsent_minor else ""
        self._parts.setText(" ".join(each for each in (held, waits) if each))
        self._parts.setVisible(bool(held or waits))
        self._fresh.setText(fresh_text(texts, state.heard_at))
        self._model.set_rows(state.moves)

    def take_keys(self) -> None:
        """Give the keys to the movements."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)


class _FormPart(QWidget):
    """A new customer's number and name, or a new name."""

    def __init__(self, presenter: CustomersPresenter, texts: Texts) -> None:
        super().__init__()
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._phone = TextField(t("customers.phone"), t("customers.phone_placeholder"))
        self._phone.setMaxLength(24)
        self._phone.textEdited.connect(presenter.set_phone)
        self._phone.editingFinished.connect(self._mark)
        self._name = TextField(t("customers.name"), t("customers.name_placeholder"))
        self._name.setMaxLength(80)
        self._name.textEdited.connect(presenter.set_name)
        self._wrong = label(t("customers.phone_wrong"), "error", wrap=True)
        self._wrong.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(Space.XS)
        for title, field in ((t("customers.phone"), self._phone), (t("customers.name"), self._name)):
            column.addWidget(label(title, "section"))
            column.addWidget(field)
            if field is self._phone:
                column.addWidget(self._wrong)
        column.addWidget(label(t("customers.form_hint"), "small", wrap=True))
        column.addStretch(1)

    def show_state(self, state: CustomersState) -> None:
        """Draw what was typed; the number of a customer who is known stays."""
        phone = shown_phone(state.phone, state.sees_all) if state.renames else state.phone
        if self._phone.text() != phone:
            self._phone.setText(phone)
        self._phone.setEnabled(state.renames is None)
        if self._name.text() != state.name:
            self._name.setText(state.name)
        if not state.phone_wrong or not state.phone:
            self._phone.show_invalid(False)
            self._wrong.hide()

    def take_keys(self) -> None:
        """Give the keys to the number, or to the name where the number is there."""
        field = self._phone if self._phone.isEnabled() and not self._phone.text() else self._name
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _mark(self) -> None:
        """Say that the number is none once a person has left the field."""
        wrong = bool(self._phone.text()) and self._presenter.state.phone_wrong
        self._phone.show_invalid(wrong)
        self._wrong.setVisible(wrong)


class _TopUpPart(QWidget):
    """How much a customer leaves, and where the money goes."""

    def __init__(self, presenter: CustomersPresenter, texts: Texts) -> None:
        super().__init__()
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._places: tuple[Place, ...] = ()
        self._stands = label("", "muted", wrap=True)
        self._amount = TextField(t("customers.amount"), t("customers.amount_placeholder"))
        self._amount.textEdited.connect(presenter.set_amount)
        self._wrong = label(t("customers.amount_wrong"), "error", wrap=True)
        self._after = label("", "section", wrap=True)
        self._into_title = label(t("customers.into"), "section")
        self._into = QComboBox()
        self._into.setMinimumHeight(TARGET)
        self._into.setAccessibleName(t("customers.into"))
        self._into.activated.connect(lambda number: presenter.choose_place(self._places[number]))
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(Space.XS)
        column.addWidget(self._stands)
        column.addWidget(label(t("customers.amount"), "section"))
        column.addWidget(self._amount)
        column.addWidget(self._wrong)
        column.addWidget(self._after)
        column.addWidget(self._into_title)
        column.addWidget(self._into)
        column.addWidget(label(t("customers.top_up_hint"), "small", wrap=True))
        column.addStretch(1)

    def show_state(self, state: CustomersState) -> None:
        """Draw what was typed and what the customer will have then."""
        t, row = self._texts.t, state.customer
        if row is None:
            return
        self._stands.setText(t("customers.stands", amount=row.balance_minor))
        if self._amount.text() != state.amount:
            self._amount.setText(state.amount)
        self._amount.show_invalid(state.amount_wrong)
        self._wrong.setVisible(state.amount_wrong)
        self._after.setText(t("customers.after", amount=row.balance_minor + state.amount_minor))
        self._after.setVisible(state.amount_minor > 0)
        if state.places != self._places:
            self._places = state.places
            self._into.clear()
            self._into.addItems([place.name or t("customers.drawer") for place in state.places])
        self._into.setCurrentIndex(state.places.index(state.place) if state.place in state.places else 0)
        for part in (self._into_title, self._into):
            part.setVisible(len(state.places) > 1)

    def take_keys(self) -> None:
        """Give the keys to the amount."""
        self._amount.setFocus(Qt.FocusReason.OtherFocusReason)


def shown_phone(phone: str, whole: bool) -> str:
    """Return a number as a person may see it: whole, or without its middle."""
    return phone if whole else masked_phone(phone)


def fresh_text(texts: Texts, heard_at: Instant | None) -> str:
    """Return how fresh this till's knowledge of stored value is, and who decides."""
    if heard_at is None:
        return texts.t("customers.never_heard")
    return texts.t("customers.as_of", at=heard_at)


def _columns(texts: Texts, *, masked: bool) -> tuple[Column[HolderRow], ...]:
    t = texts.t
    return (
        Column(t("common.name"), lambda row: row.name, strong=True),
        Column(t("customers.phone"), lambda row: shown_phone(row.phone, not masked), width=140),
        Column(
            t("wallets.column.balance"),
            lambda row: texts.money(row.balance_minor, symbol=False),
            align=Align.RIGHT,
            width=160,
            strong=True,
        ),
    )


def _move_columns(texts: Texts, now: Callable[[], Instant]) -> tuple[Column[HolderMove], ...]:
    def amount(move: HolderMove) -> str:
        sign = "+" if move.amount_minor > 0 else ""
        return f"{sign}{texts.money(move.amount_minor, symbol=False)}"

    return (
        Column(texts.t("wallets.column.date"), lambda move: recent_text(move.at, now(), texts.zone), width=120),
        Column(texts.t("wallets.column.number"), lambda move: move.number, width=184),
        Column(texts.t("wallets.column.text"), lambda move: voucher_text(move.source_kind, move.memo, texts.t)),
        Column(texts.t("customers.amount"), amount, align=Align.RIGHT, width=140, strong=True),
    )
