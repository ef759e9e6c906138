"""The keys of the shop, and the end of this till: where the keys lie, the recovery code, and the way out of service."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from domain.rows import ShopRow
from ui.key_work import KeyPlace
from ui.presenters.keys import KeysPresenter, KeysState
from ui.texts import Texts
from ui.theme import Space
from ui.views.form_sheet import open_sheet
from ui.views.leaving import LeavingDoor
from ui.views.panels import Emblem
from ui.views.passphrase_form import PassphraseSheet
from ui.views.recovery_code import RecoveryCodeSheet
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone

_MARK: int = 24


class KeysView(QWidget):
    """Draws KeysState."""

    def __init__(self, presenter: KeysPresenter, shop: ShopRow, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts, self._shop = presenter, texts, shop
        t = texts.t
        self._notice = NoticeBar(t("notice.dismiss"))
        self._place_mark, self._place = Emblem(_MARK), label("", "section", wrap=True)
        self._place_note = label("", "muted", wrap=True)
        self._passphrase = Button("", Kind.SECONDARY, "lock")
        self._passphrase.clicked.connect(lambda _checked=False: self._open_passphrase())
        self._code_mark, self._code = Emblem(_MARK), label("", "section", wrap=True)
        self._code_note = label(t("keys.code_note"), "muted", wrap=True)
        self._make = Button("", Kind.SECONDARY, "key-round")
        self._make.clicked.connect(lambda _checked=False: self._open_code())
        self._leave_note = label("", "muted", wrap=True)
        self._leave = Button(t("leaving.begin"), Kind.SECONDARY, "log-out")
        self._leave.clicked.connect(lambda _checked=False: presenter.leaving.begin())
        self._lay_out()
        presenter.attach(self)
        self._door = LeavingDoor(self, presenter.leaving, shop, texts)

    def _lay_out(self) -> None:
        t = self._texts.t
        place = Card(t("keys.title"), margin=Space.L)
        place.body.addLayout(_marked(self._place_mark, self._place))
        place.body.addWidget(self._place_note)
        place.body.addWidget(self._passphrase, 0, Qt.AlignmentFlag.AlignLeft)
        code = Card(t("unlock.code"), margin=Space.L)
        code.body.addLayout(_marked(self._code_mark, self._code))
        code.body.addWidget(self._code_note)
        code.body.addWidget(self._make, 0, Qt.AlignmentFlag.AlignLeft)
        leave = Card(t("leaving.title"), margin=Space.L)
        leave.body.addWidget(self._leave_note)
        leave.body.addWidget(self._leave, 0, Qt.AlignmentFlag.AlignLeft)
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.M)
        for part in (self._notice, place, code, leave):
            column.addWidget(part)
        column.addStretch(1)
        area = ScrollArea(contents)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def show_state(self, state: KeysState) -> None:
        """Draw where the keys lie and what opens them."""
        t, look = self._texts.t, state.look
        place = None if look is None else look.place
        self._place.setText(t("common.loading" if place is None else f"keys.place.{place.value}"))
        tone, icon = (Tone.INFO, "info") if place in (None, KeyPlace.DEMO) else (Tone.OK, "shield-check")
        self._place_mark.show_icon(tone, icon)
        self._place_note.setText("" if place is None else t(f"keys.place_note.{place.value}"))
        under = place is KeyPlace.PASSPHRASE
        self._passphrase.setText(t("keys.change_passphrase" if under else "keys.set_passphrase"))
        made_at = None if look is None else look.code_made_at
        if made_at is None:
            self._code.setText(t("keys.no_code"))
            self._code_mark.show_icon(
                Tone.WARN if state.real else Tone.INFO, "triangle-alert" if state.real else "info"
            )
        else:
            self._code.setText(t("keys.has_code", at=made_at))
            self._code_mark.show_icon(Tone.OK, "circle-check")
        self._make.setText(t("keys.make_code" if made_at is None else "keys.make_other_code"))
        self._leave_note.setText(t("leaving.demo" if place is KeyPlace.DEMO else "leaving.note"))
        for button in (self._passphrase, self._make, self._leave):
            button.setEnabled(state.real)
        self._notice.show_refusal(state.problem, self._texts)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the passphrase."""
        super().focusInEvent(event)
        self.take_focus()

    def take_focus(self) -> None:
        """Give the keys to the first button."""
        self._passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_passphrase(self) -> None:
        open_sheet(self, self._presenter.passphrase_form, lambda form: PassphraseSheet(self, form, self._texts))

    def _open_code(self) -> None:
        open_sheet(self, self._presenter.code_form, lambda form: RecoveryCodeSheet(self, form, self._shop, self._texts))


def _marked(mark: QWidget, words: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(Space.S)
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(words, 1)
    return row
