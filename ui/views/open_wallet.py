"""The form that opens a wallet, on a card over the window."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from domain.accounts import AccountType
from ui.presenters.open_wallet import KINDS, OpenWalletPresenter, OpenWalletState
from ui.texts import Texts
from ui.theme import Space
from ui.views.bank_field import BankField
from ui.views.looks import ACCOUNT_ICONS
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.method_tile import MethodTile
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import label

_WIDTH: Final = 620
_FORM_PX: Final = 330


class OpenWalletSheet(Sheet):
    """Draws OpenWalletState; a field is marked wrong only once a person has left it."""

    def __init__(self, window: QWidget, presenter: OpenWalletPresenter, texts: Texts) -> None:
        super().__init__(window, texts.t("wallets.new"), width=min(_WIDTH, window.window().width() - 2 * Space.XL))
        self._presenter, self._texts = presenter, texts
        self._window_height = window.window().height()
        self._left: set[str] = set()
        self._tiles = {kind: self._tile(kind) for kind in KINDS}
        self._name = self._field("name", texts.t("wallets.name"), texts.t("wallets.name_hint"))
        self._name.textEdited.connect(presenter.set_name)
        self._opening = self._field("opening", texts.t("wallets.opening"), "0")
        self._opening.textEdited.connect(presenter.set_opening)
        self._bank = BankField(texts)
        self._bank.bank_chosen.connect(presenter.set_bank)
        self._account = self._field("bank_account", texts.t("wallets.bank_account"), "")
        self._account.textEdited.connect(presenter.set_bank_account)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._lay_out()
        self.add_button(texts.t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(texts.t("common.save"), Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        texts = self._texts
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(2, 2, Space.M, 2)
        column.setSpacing(Space.S)
        kinds = QGridLayout()
        kinds.setSpacing(Space.S)
        for number, tile in enumerate(self._tiles.values()):
            kinds.addWidget(tile, 0, number)
        column.addLayout(kinds)
        self._bank_part = QWidget()
        bank = QGridLayout(self._bank_part)
        bank.setContentsMargins(0, 0, 0, 0)
        bank.setHorizontalSpacing(Space.M)
        bank.setVerticalSpacing(Space.XS)
        bank.addWidget(label(texts.t("wallets.bank"), "section"), 0, 0)
        bank.addWidget(self._bank, 1, 0)
        bank.addWidget(label(texts.t("wallets.bank_account"), "section"), 0, 1)
        bank.addWidget(self._account, 1, 1)
        for both in (0, 1):
            bank.setColumnStretch(both, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.addWidget(label(texts.t("wallets.name"), "section"), 0, 0)
        grid.addWidget(self._name, 1, 0)
        grid.addWidget(label(texts.t("wallets.opening"), "section"), 0, 1)
        grid.addWidget(self._opening, 1, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        column.addLayout(grid)
        column.addWidget(self._bank_part)
        column.addWidget(label(texts.t("wallets.opening_hint"), "small", wrap=True))
        column.addWidget(self._notice)
        column.addStretch(1)
        area = ScrollArea(contents)
        area.setMinimumHeight(min(_FORM_PX, self._window_height - 230))
        self.body.addWidget(area, 1)

    def show_state(self, state: OpenWalletState) -> None:
        """Draw the form."""
        for kind, tile in self._tiles.items():
            tile.setChecked(kind is state.kind)
        self._bank.show_banks(state.banks, state.bank.bin if state.bank else "")
        self._bank_part.setVisible(state.needs_bank)
        for field, name in ((self._name, "name"), (self._opening, "opening"), (self._account, "bank_account")):
            wrong = name in state.wrong and name in self._left
            if field.property("invalid") != wrong:
                field.setProperty("invalid", wrong)
                field.style().unpolish(field)
                field.style().polish(field)
        self._save.setEnabled(state.can_save)
        self._notice.show_refusal(state.problem, self._texts, closable=False)

    def _tile(self, kind: AccountType) -> MethodTile:
        tile = MethodTile(ACCOUNT_ICONS[kind], self._texts.t(f"account_type.{kind.value}"))
        tile.clicked.connect(lambda _checked=False: self._presenter.choose_kind(kind))
        return tile

    def _field(self, name: str, title: str, hint: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(title)
        field.setPlaceholderText(hint)
        field.editingFinished.connect(lambda: self._leave(name))
        return field

    def _leave(self, name: str) -> None:
        self._left.add(name)
        self.show_state(self._presenter.state)
