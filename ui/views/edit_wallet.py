"""The form that changes a wallet, on a card over the window."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from domain.rails import Method, Provider
from domain.rows import UserRow
from ui.presenters.edit_wallet import EditWalletPresenter, EditWalletState
from ui.texts import Texts
from ui.theme import Space
from ui.views.bank_field import BankField
from ui.views.hub_words import provider_name
from ui.views.looks import written
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import label

_WIDTH: Final = 640
_FORM_PX: Final = 440
_AROUND_PX: Final = 230


class EditWalletSheet(Sheet):
    """Draws EditWalletState; everything is saved together."""

    def __init__(self, window: QWidget, presenter: EditWalletPresenter, texts: Texts) -> None:
        super().__init__(window, texts.t("wallets.edit"), width=min(_WIDTH, window.window().width() - 2 * Space.XL))
        self._presenter, self._texts = presenter, texts
        self._room = window.window().height() - _AROUND_PX
        self._methods: dict[Method, tuple[QCheckBox, QLabel]] = {}
        self._providers: dict[Provider, tuple[QCheckBox, QLabel]] = {}
        self._people: dict[UserRow, QCheckBox] = {}
        self._name = TextField(texts.t("wallets.name"), texts.t("wallets.name_hint"))
        self._name.textEdited.connect(presenter.set_name)
        self._bank = BankField(texts)
        self._bank.bank_chosen.connect(presenter.set_bank)
        self._account = TextField(texts.t("wallets.bank_account"))
        self._account.textEdited.connect(presenter.set_bank_account)
        self._default = QCheckBox(texts.t("wallets.default_wish"))
        self._default.clicked.connect(presenter.set_default)
        self._default_hint = label("", "small", wrap=True)
        self._archive = QCheckBox(texts.t("wallets.archive_wish"))
        self._archive.clicked.connect(presenter.set_archived)
        self._archive_hint = label("", "small", wrap=True)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._lay_out()
        self.add_button(texts.t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(texts.t("common.save"), Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        presenter.refresh()
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        texts = self._texts
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(2, 2, Space.M, 2)
        column.setSpacing(Space.XS)
        column.addWidget(label(texts.t("wallets.name"), "section"))
        column.addWidget(self._name)
        self._bank_part = QWidget()
        bank = QGridLayout(self._bank_part)
        bank.setContentsMargins(0, Space.S, 0, 0)
        bank.setHorizontalSpacing(Space.M)
        bank.setVerticalSpacing(Space.XS)
        bank.addWidget(label(texts.t("wallets.bank"), "section"), 0, 0)
        bank.addWidget(self._bank, 1, 0)
        bank.addWidget(label(texts.t("wallets.bank_account"), "section"), 0, 1)
        bank.addWidget(self._account, 1, 1)
        for both in (0, 1):
            bank.setColumnStretch(both, 1)
        column.addWidget(self._bank_part)
        self._lay_out_choice()
        self._people_part, people = _part()
        people.addWidget(label(texts.t("wallets.people"), "section"))
        self._people_rows = QVBoxLayout()
        self._people_rows.setSpacing(0)
        people.addLayout(self._people_rows)
        self._people_hint = label("", "small", wrap=True)
        people.addWidget(self._people_hint)
        for part in (self._choice_part, self._people_part, self._archive, self._archive_hint):
            column.addWidget(part)
        column.addStretch(1)
        area = ScrollArea(contents)
        area.setMinimumHeight(min(_FORM_PX, self._room))
        self.body.addWidget(area, 1)
        self.body.addWidget(self._notice)

    def _lay_out_choice(self) -> None:
        """What pays into the wallet."""
        texts = self._texts
        self._choice_part, choice = _part()
        choice.addWidget(label(texts.t("wallets.methods"), "section"))
        self._method_rows = QVBoxLayout()
        self._method_rows.setSpacing(0)
        choice.addLayout(self._method_rows)
        choice.addWidget(label(texts.t("wallets.methods_hint"), "small", wrap=True))
        self._provider_title = label(texts.t("wallets.providers"), "section")
        self._provider_rows = QVBoxLayout()
        self._provider_rows.setSpacing(0)
        self._provider_hint = label(texts.t("wallets.providers_hint"), "small", wrap=True)
        choice.addWidget(self._provider_title)
        choice.addLayout(self._provider_rows)
        choice.addWidget(self._provider_hint)
        choice.addWidget(self._default)
        choice.addWidget(self._default_hint)

    def show_state(self, state: EditWalletState) -> None:
        """Draw the form; what a person types stays as it was typed."""
        texts, wished = self._texts, state.wished
        for field, words, name in (
            (self._name, wished.name, "name"),
            (self._account, wished.bank_account, "bank_account"),
        ):
            _show_words(field, words)
            if (field.property("invalid") == "true") is not (name in state.wrong):
                field.show_invalid(name in state.wrong)
        self._bank_part.setVisible(state.has_bank)
        self._bank.show_banks(state.banks, wished.bank_bin)
        self._choice_part.setVisible(state.can_choose and not wished.archived)
        self._default.setChecked(wished.is_default)
        self._default.setEnabled(not state.stands.is_default)
        hint = "wallets.default_hint" if state.stands.is_default else "wallets.default_wish_hint"
        self._default_hint.setText(texts.t(hint))
        self._draw_methods(state)
        self._draw_providers(state)
        self._draw_people(state)
        self._order_tabs()
        self._archive.setChecked(wished.archived)
        self._archive.setEnabled(state.kept is None)
        archive_hint = texts.t("wallets.archive_hint") if state.kept is None else written(texts, state.kept)
        self._archive_hint.setText(archive_hint)
        self._archive.setAccessibleDescription(archive_hint)
        self._save.setEnabled(state.can_save)
        self._notice.show_refusal(state.problem, texts, closable=False)

    def _order_tabs(self) -> None:
        """Walk in reading order also through what was made once the wallet had been read."""
        boxes = [box for box, _note in (*self._methods.values(), *self._providers.values())]
        steps = (self._account, *boxes, self._default, *self._people.values(), self._archive)
        for before, after in pairwise(steps):
            self.setTabOrder(before, after)

    def _draw_methods(self, state: EditWalletState) -> None:
        for method in state.methods:
            if method not in self._methods:
                box, note = QCheckBox(self._texts.t(f"method.{method.value}")), label("", "small", wrap=True)
                box.clicked.connect(lambda ticked, method=method: self._presenter.set_method(method, ticked))
                self._method_rows.addWidget(box)
                self._method_rows.addWidget(note)
                self._methods[method] = box, note
            box, note = self._methods[method]
            box.setChecked(method in state.wished.methods)
            other = (state.elsewhere or {}).get(method, "")
            note.setText(self._texts.t("wallets.pays_elsewhere", name=other) if other else "")
            note.setVisible(bool(other) and method not in state.wished.methods)

    def _draw_providers(self, state: EditWalletState) -> None:
        for part in (self._provider_title, self._provider_hint):
            part.setVisible(bool(state.providers))
        for provider in state.providers:
            if provider not in self._providers:
                words = self._texts.t("wallets.money_of", name=provider_name(provider.value, self._texts))
                box, note = QCheckBox(words), label("", "small", wrap=True)
                box.clicked.connect(lambda ticked, each=provider: self._presenter.set_provider(each, ticked))
                self._provider_rows.addWidget(box)
                self._provider_rows.addWidget(note)
                self._providers[provider] = box, note
            box, note = self._providers[provider]
            box.setChecked(provider in state.wished.providers)
            other = (state.gone or {}).get(provider, "")
            note.setText(self._texts.t("wallets.pays_elsewhere", name=other) if other else "")
            note.setVisible(bool(other) and provider not in state.wished.providers)

    def _draw_people(self, state: EditWalletState) -> None:
        texts = self._texts
        self._people_part.setVisible(state.can_grant)
        for person in state.people:
            if person not in self._people:
                box = QCheckBox(f"{person.name} · {texts.t(f'role.{person.role.value}')}")
                box.clicked.connect(lambda ticked, user_id=person.id: self._presenter.set_person(user_id, ticked))
                self._people_rows.addWidget(box)
                self._people[person] = box
            self._people[person].setChecked(person.id in state.wished.people)
        self._people_hint.setText(texts.t("wallets.people_hint" if state.people else "wallets.no_people"))


def _part() -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, Space.S, 0, 0)
    column.setSpacing(Space.XS)
    return part, column


def _show_words(field: QLineEdit, words: str) -> None:
    """Show the words of the wallet; what a person is typing, blanks between figures too, is left alone."""
    if not field.isModified() and field.text() != words:
        field.setText(words)
