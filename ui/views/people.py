"""The shop's people: the list, and what an owner does with who is chosen in it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.presenters.people import PeoplePresenter, PeopleState, PersonRow
from ui.presenters.person_form import FormKind, PersonFormPresenter
from ui.texts import Texts
from ui.theme import TARGET, Space
from ui.views.person_form import PersonSheet
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.flow import FlowLayout
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card
from ui.widgets.table import Column, DataTable, TableModel
from ui.widgets.tones import Tone


class PeopleView(QWidget):
    """Draws PeopleState; Enter on a person opens the form."""

    def __init__(self, presenter: PeoplePresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._add = Button(t("people.add"), Kind.PRIMARY, "plus")
        self._edit = Button(t("common.edit"), Kind.SECONDARY, "pencil")
        self._reset = Button(t("people.reset"), Kind.SECONDARY, "key-round")
        self._disable = Button(t("people.disable"), Kind.SECONDARY, "ban")
        for button, kind in ((self._add, FormKind.ADD), (self._edit, FormKind.EDIT), (self._reset, FormKind.RESET)):
            button.clicked.connect(lambda _checked=False, kind=kind: self._open(kind))
        self._disable.clicked.connect(self._turn)
        self._model: TableModel[PersonRow] = TableModel(_columns(texts), key=lambda row: str(row.user.id))
        self._table = DataTable(self._model, t("book_settings.part.people"), row_height=TARGET)
        self._table.picked.connect(lambda row: presenter.choose(None if row is None else row.user.id))
        self._table.opened.connect(lambda _row: self._open(FormKind.EDIT))
        self._notice = NoticeBar(t("notice.dismiss"))
        head = FlowLayout(spacing=Space.S)
        for each in (self._add, self._edit, self._reset, self._disable):
            head.addWidget(each)
        card = Card(margin=Space.S)
        card.body.addWidget(self._table, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self._notice)
        column.addWidget(card, 1)
        presenter.attach(self)

    def show_state(self, state: PeopleState) -> None:
        """Draw everybody, and what can be done with who is chosen."""
        self._model.set_rows(state.rows)
        person = state.person
        self._edit.setEnabled(person is not None)
        self._reset.setEnabled(person is not None and not state.is_self)
        self._disable.setEnabled(person is not None)
        off = person is not None and person.disabled
        self._disable.setText(self._texts.t("people.enable" if off else "people.disable"))
        self._notice.show_refusal(state.problem, self._texts)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the list."""
        super().focusInEvent(event)
        self.take_focus()

    def take_focus(self) -> None:
        """Give the keys to the list."""
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn(self) -> None:
        person = self._presenter.state.person
        if person is not None:
            self._presenter.set_disabled(not person.disabled)

    def _open(self, kind: FormKind) -> None:
        open_form(self, lambda closed: self._presenter.form(kind, closed), self._texts)


def open_form(page: QWidget, make: Callable[[Callable[[], None]], PersonFormPresenter | None], texts: Texts) -> None:
    """Open a person's form over the window; the keys go back where they were when it closes."""
    came_from = page.window().focusWidget()
    sheets: list[PersonSheet] = []

    def closed() -> None:
        if not sheets:
            return
        sheets.pop().reject()
        if came_from is not None:
            came_from.setFocus(Qt.FocusReason.OtherFocusReason)

    presenter = make(closed)
    if presenter is not None:
        sheets.append(PersonSheet(page, presenter, texts))
        sheets[0].open()


def _columns(texts: Texts) -> tuple[Column[PersonRow], ...]:
    t = texts.t

    def wallets(row: PersonRow) -> str:
        return t("people.all_wallets") if row.wallets is None else t("people.wallets", count=row.wallets)

    return (
        Column(t("common.name"), lambda row: row.user.name, strong=True),
        Column(t("people.role"), lambda row: t(f"role.{row.user.role.value}"), width=150),
        Column(t("common.status"), lambda row: _look(row, texts).text, width=170, badge=lambda row: _look(row, texts)),
        Column(t("people.column.wallets"), wallets, width=160),
    )


def _look(row: PersonRow, texts: Texts) -> BadgeLook:
    if row.user.disabled:
        return BadgeLook(Tone.NEUTRAL, texts.t("people.state.disabled"), "ban")
    return BadgeLook(Tone.OK, texts.t("people.state.active"), "check")
