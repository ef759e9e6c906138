"""The form of one payment provider: open fields as they are, secrets only to be typed anew and never to be seen."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from domain.errors import DomainError
from ui.formatting import date_time_text
from ui.presenters.hub_desk import ProviderField, ProviderInfo
from ui.presenters.providers import ProvidersPresenter, ProvidersState, Said
from ui.texts import Texts, problem_text
from ui.theme import TARGET, Space
from ui.views.hub_words import hub_problem, provider_name
from ui.views.provider_looks import ability_words, connection_look, tested_look
from ui.views.voucher_fields import StillUnderTheWheel
from ui.widgets.badge import Badge
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone

_LONGEST: Final = 2_000
"""The hub keeps no longer value; MAX_FIELD_TEXT of the wire."""


class FieldRow:
    """One field with its name before it, and below it what is kept of it and what is wrong with it.

    To be drawn by `show_field` once its parts stand in their form: a shown orphan is a window of its own.
    """

    def __init__(self, field: ProviderField, texts: Texts) -> None:
        self.field = field
        self._texts = texts
        words = field.label(texts.language)
        self.name = label(words if field.required else f"{words} ({texts.t('common.optional')})", "", wrap=True)
        self.note = label("", "small", wrap=True)
        self.error = label("", "error", wrap=True)
        self.name.setMinimumHeight(TARGET)
        self.edit: TextField | QComboBox = self._choices(words) if field.choices else self._line(words)
        self.name.setBuddy(self.edit)

    def _choices(self, words: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(words)
        box.setMinimumHeight(TARGET)
        self._still = StillUnderTheWheel()
        box.installEventFilter(self._still)
        for value in self.field.choices:
            key = f"connections.choice.{value}"
            box.addItem(self._texts.t(key) if self._texts.has(key) else value, value)
        box.setCurrentIndex(max(0, box.findData(self.field.shown)))
        return box

    def _line(self, words: str) -> TextField:
        line = TextField(words)
        line.setMaxLength(_LONGEST)
        if self.field.secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setInputMethodHints(
                Qt.InputMethodHint.ImhSensitiveData
                | Qt.InputMethodHint.ImhHiddenText
                | Qt.InputMethodHint.ImhNoPredictiveText
                | Qt.InputMethodHint.ImhNoAutoUppercase
            )
        else:
            line.setText(self.field.shown)
        return line

    def show_field(self, field: ProviderField) -> None:
        """Draw what the hub keeps now; what a person has typed meanwhile stays."""
        self.field = field
        t = self._texts.t
        if not field.secret:
            if isinstance(self.edit, TextField) and not self.edit.isModified():
                self.edit.setText(field.shown)
        elif not field.shown:
            self.note.setText(t("connections.secret.none"))
        else:
            at = "–" if field.changed_at is None else date_time_text(field.changed_at, self._texts.zone)
            self.note.setText(t("connections.secret.kept", shown=field.shown, print=field.fingerprint, at=at))
        placeholder = t("connections.secret.keep") if field.secret and field.shown else ""
        if isinstance(self.edit, TextField):
            self.edit.setPlaceholderText(placeholder)
        self.note.setVisible(bool(self.note.text()) and not self.error.text())

    def show_fault(self, words: str) -> None:
        """Say what is wrong with what is typed, or nothing."""
        self.error.setText(words)
        self.error.setVisible(bool(words))
        self.note.setVisible(bool(self.note.text()) and not words)
        if isinstance(self.edit, TextField):
            self.edit.show_invalid(bool(words))

    @property
    def value(self) -> str:
        """What is typed or chosen; blanks that pasting brings belong to no value."""
        if isinstance(self.edit, QComboBox):
            return str(self.edit.currentData())
        return self.edit.text().strip()

    def settle(self) -> None:
        """Take what was typed for saved: a secret leaves the screen, an open value is what the hub keeps."""
        if isinstance(self.edit, TextField):
            self.edit.setText("" if self.field.secret else self.field.shown)

    def forget_secret(self) -> None:
        """Empty the field of a secret; nothing can bring its letters back."""
        if self.field.secret and isinstance(self.edit, TextField):
            self.edit.setText("")


class ProviderForm(QWidget):
    """Draws the provider that is open; what is typed stands in its fields alone, secrets until saved or left."""

    def __init__(self, presenter: ProvidersPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn: tuple[str, tuple[str, ...]] | None = None
        self._kept = 0
        self._faults: tuple[frozenset[str], str] = (frozenset(), "")
        self._told: object = None
        self._rows: list[FieldRow] = []
        t = texts.t
        self._back = Button(t("common.back"), Kind.QUIET, "chevron-left")
        self._back.clicked.connect(presenter.back)
        self._title = label("", "title")
        self._stands, self._tested = Badge(), Badge()
        self._notice = NoticeBar(t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self._save = Button("", Kind.PRIMARY, "save")
        self._test = Button(t("settings.test_connection"), Kind.SECONDARY, "refresh-cw")
        self._disconnect = Button(t("connections.disconnect"), Kind.SECONDARY, "ban")
        self._save.clicked.connect(self._send)
        self._test.clicked.connect(presenter.test)
        self._disconnect.clicked.connect(presenter.ask_disconnect)
        self._area = ScrollArea()
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(self._back)
        head.addWidget(self._title)
        head.addSpacing(Space.S)
        head.addWidget(self._stands)
        head.addWidget(self._tested)
        head.addStretch(1)
        actions = QHBoxLayout()
        actions.setSpacing(Space.S)
        for each in (self._save, self._test, self._disconnect):
            actions.addWidget(each)
        actions.addStretch(1)
        card = Card(margin=Space.S)
        card.body.addWidget(self._area, 1)
        card.body.addLayout(actions)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self._notice)
        column.addWidget(card, 1)

    def show_state(self, state: ProvidersState) -> None:
        """Draw the form of the provider that is open, or empty it when none is."""
        info = state.info
        if info is None:
            self._drawn = None
            self._forget()
            return
        drawn = (info.provider, tuple(field.name for field in info.fields))
        if drawn != self._drawn:
            self._drawn = drawn
            self._build(info)
        t = self._texts.t
        self._title.setText(provider_name(info.provider, self._texts))
        for row, field in zip(self._rows, info.fields, strict=True):
            row.show_field(field)
            row.edit.setEnabled(info.usable or info.connected)
        if state.kept != self._kept:
            self._kept = state.kept
            for row in self._rows:
                row.settle()
        self._show_faults(state.missing, state.unfit)
        self._stands.show_look(connection_look(info, self._texts))
        self._tested.show_look(tested_look(info, self._texts))
        self._tested.setVisible(info.connected)
        self._save.setText(t("common.save" if info.connected else "connections.connect"))
        self._save.setEnabled(state.online and info.usable and info.problem is None)
        self._test.setEnabled(state.online and info.problem is None)
        self._disconnect.setEnabled(state.online)
        for button in (self._test, self._disconnect):
            button.setVisible(info.connected)
        self._tell(state, info)

    def take_focus(self) -> None:
        """Give the keys to the first field."""
        first = self._rows[0].edit if self._rows and self._rows[0].edit.isEnabled() else self._back
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def focus_actions(self) -> None:
        """Give the keys to the button that asks for disconnecting."""
        self._disconnect.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever leaves the form leaves no secret in it."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._forget()

    def _build(self, info: ProviderInfo) -> None:
        contents = QWidget()
        grid = QGridLayout(contents)
        grid.setContentsMargins(Space.XS, Space.XS, Space.M, Space.XS)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        self._rows = [FieldRow(field, self._texts) for field in info.fields]
        self._faults = (frozenset(), "")
        abilities = label(ability_words(info.provider, self._texts), "small", wrap=True)
        abilities.setAccessibleName(f"{self._texts.t('connections.can')}: {abilities.text()}")
        grid.addWidget(abilities, 0, 0, 1, 2)
        for number, row in enumerate(self._rows, 1):
            row.error.hide()
            right = QVBoxLayout()
            right.setSpacing(2)
            parts: tuple[QLabel | QLineEdit | QComboBox, ...] = (row.edit, row.error, row.note)
            for part in parts:
                right.addWidget(part)
            grid.addWidget(row.name, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(right, number, 1)
            if isinstance(row.edit, TextField):
                row.edit.returnPressed.connect(self._send)
        grid.setRowStretch(len(self._rows) + 1, 1)
        self._area.setWidget(contents)
        chain = (self._back, *(row.edit for row in self._rows))
        for before, after in pairwise(chain):
            self.setTabOrder(before, after)  # what is made later would come behind the buttons

    def _send(self) -> None:
        self._presenter.save({row.field.name: row.value for row in self._rows})

    def _forget(self) -> None:
        for row in self._rows:
            row.forget_secret()

    def _show_faults(self, missing: frozenset[str], unfit: str) -> None:
        if (missing, unfit) == self._faults:
            return
        self._faults = (missing, unfit)
        t = self._texts.t
        for row in self._rows:
            name = row.field.name
            row.show_fault(
                t("common.required") if name in missing else t("connections.field.unfit") if name == unfit else ""
            )
        first = next((row for row in self._rows if row.field.name in {*missing, unfit}), None)
        if first is not None:
            first.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(first.edit)

    def _tell(self, state: ProvidersState, info: ProviderInfo) -> None:
        """Say what became of the last act, once."""
        tested = info.last_test if state.said is Said.TESTED else None
        told = (info.provider, state.problem, state.said, tested, info.usable, info.problem, info.overlap_until)
        if told == self._told:
            return
        self._told = told
        t, name = self._texts.t, provider_name(info.provider, self._texts)
        if state.problem is not None:
            self._notice.show_problem(hub_problem(state.problem, self._texts))
        elif info.problem is not None:
            self._notice.show_problem(problem_text(DomainError(info.problem), self._texts), closable=False)
        elif not info.usable:
            title = t("connections.unusable", provider=name, currency=self._texts.currency)
            self._notice.show_notice(Tone.INFO, title, t("connections.unusable_text"))
        elif state.said is Said.TESTED:
            self._tell_test(info, name)
        elif state.said is Said.ROTATED:
            until = info.overlap_until
            text = t("connections.rotated.text") if until is None else t("connections.rotated.until", at=until)
            self._notice.show_notice(Tone.INFO, t("connections.rotated.title"), text, icon_name="key-round")
        elif state.said is not None:
            self._notice.show_notice(Tone.INFO, t(f"connections.said.{state.said.value}"))
        elif info.overlap_until is not None:
            words = t("connections.overlap", at=info.overlap_until)
            self._notice.show_notice(Tone.INFO, words, icon_name="key-round")
        else:
            self._notice.clear_notice()

    def _tell_test(self, info: ProviderInfo, name: str) -> None:
        t, test = self._texts.t, info.last_test
        if test is None or test.failure is None:
            self._notice.show_notice(Tone.OK, t("connections.test.ok_text", provider=name))
        elif test.failure.retried:
            self._notice.show_notice(
                Tone.WARN, t("connections.test.silent_title", provider=name), t("connections.test.silent_text")
            )
        else:
            self._notice.show_notice(
                Tone.ERR,
                t("connections.test.failed_title", provider=name),
                t("connections.test.failed_text", code=test.failure.value),
            )
