"""The keys of other systems: the list, the sheet on which one is made and told once, and revoking."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import Instant
from domain.other_systems import Scope
from ui.formatting import date_time_text
from ui.presenters.api_keys import MAX_NAME, ApiKeysPresenter, ApiKeysState
from ui.presenters.hub_desk import ApiKey
from ui.presenters.key_hook import KeyHookState
from ui.texts import Texts
from ui.theme import TARGET, Space, current_theme
from ui.views.hook_words import hook_look, hook_sentence
from ui.views.hub_list import HubListPage, QuestionDoor
from ui.views.hub_words import hub_problem
from ui.views.key_hook import KeyHookSheet
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import ConfirmDialog, Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.form_area import FormArea
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column
from ui.widgets.tones import Tone

_SHEET_PX: Final = 680


class ApiKeysPage(HubListPage):
    """Draws ApiKeysState."""

    def __init__(self, presenter: ApiKeysPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(presenter, texts, parent)
        self._presenter = presenter
        t = texts.t
        self._make = Button(t("connections.key.make"), Kind.PRIMARY, "plus")
        self._make.clicked.connect(presenter.begin)
        self._hook = Button(t("connections.key.hook"), Kind.SECONDARY, "bell")
        self._hook.clicked.connect(lambda _checked=False: presenter.open_hook())
        self._revoke = Button(t("connections.key.revoke"), Kind.SECONDARY, "ban")
        self._revoke.clicked.connect(presenter.ask_revoke)
        self._model: TableModel[ApiKey] = TableModel(_columns(texts), key=lambda row: row.id)
        self._table = DataTable(self._model, t("connections.section.keys"), row_height=TARGET, sideways=True)
        self._table.picked.connect(lambda row: presenter.choose(None if row is None else row.id))
        self._none = label(t("connections.keys.none"), "muted", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        for each in (self._make, self._hook, self._revoke):
            head.addWidget(each)
        head.addStretch(1)
        card = Card(margin=Space.S)
        card.body.addWidget(self._none)
        card.body.addWidget(self._table, 1)
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(card, 1)
        self._told = label("", "muted", wrap=True)
        column.addWidget(self._told)
        self.set_contents(contents)
        self._hooks = _HookView(self._draw_hook)
        self._question = QuestionDoor(self, self._ask, presenter.confirm, presenter.keep, self.focus_list)
        self._door = SheetDoor[ApiKeySheet, ApiKeysState](
            self, lambda: ApiKeySheet(self, presenter, texts), ApiKeySheet.show_state, presenter.end
        )
        self._hook_door = SheetDoor[KeyHookSheet, KeyHookState](
            self, lambda: KeyHookSheet(self, presenter.hooks, texts), KeyHookSheet.show_state, presenter.hooks.end
        )
        presenter.attach(self)
        presenter.hooks.attach(self._hooks)

    def show_state(self, state: ApiKeysState) -> None:
        """Draw the keys, the sheet of a new one, and the question that is asked."""
        self._model.set_rows(state.rows)
        self._none.setVisible(not state.rows)
        told = "" if state.key is None else key_text(state.key, self._texts)
        self._told.setText(told)
        self._told.setVisible(bool(told))
        self._make.setEnabled(state.online)
        self._hook.setEnabled(state.can_revoke)
        self._revoke.setEnabled(state.can_revoke)
        self.show_common(state, quiet=state.naming)
        self._door.follow(state, wanted=state.naming)
        self._question.follow(state.asking)

    def focus_list(self) -> None:
        """Give the keys to the list, or to the first step where there is none."""
        if not self._table.chosen_rows and self._presenter.state.rows:
            self._table.go_to(0)
        empty = not self._presenter.state.rows
        (self._make if empty else self._table).setFocus(Qt.FocusReason.OtherFocusReason)

    def _draw_hook(self, state: KeyHookState) -> None:
        self._hook_door.follow(state, wanted=state.key is not None)

    def _ask(self) -> ConfirmDialog:
        t, key = self._texts.t, self._presenter.state.key
        assert key is not None, "the question is about a key"
        return ConfirmDialog(
            self,
            t("connections.key.revoke_title", name=key.name),
            t("connections.key.revoke_text"),
            t("connections.key.revoke"),
            t("common.cancel"),
            danger=True,
            icon_name="triangle-alert",
        )


class _HookView:
    """Hands on the state of the webhook's sheet, which comes and goes."""

    def __init__(self, draw: Callable[[KeyHookState], None]) -> None:
        self._draw = draw

    def show_state(self, state: KeyHookState) -> None:
        """Draw the sheet, or take it away."""
        self._draw(state)


class ApiKeySheet(Sheet):
    """Asks whose key it is to be and what it opens, then tells the key, once."""

    def __init__(self, window: QWidget, presenter: ApiKeysPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("connections.key.make"), width=min(current_theme().px(_SHEET_PX), room))
        self._texts = texts
        self._told = False
        t = texts.t
        self._words = label(t("connections.key.name_text"), "", wrap=True)
        self._name = TextField(t("connections.key.name"), t("connections.key.name_hint"))
        self._name.setMaxLength(MAX_NAME)
        self._name.textEdited.connect(presenter.set_name)
        self._key = TextField(t("connections.key.key"))
        self._key.setReadOnly(True)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._area = FormArea()
        self._rights = label(t("connections.key.scopes"), "section")
        self._least = label(t("connections.key.scopes_text"), "muted", wrap=True)
        self._scopes = {scope: QCheckBox(t(f"connections.scope.{scope.value}")) for scope in Scope}
        for scope, box in self._scopes.items():
            box.setMinimumHeight(TARGET)
            box.clicked.connect(lambda wanted, scope=scope: presenter.set_scope(scope, wanted))
        for part in (self._words, self._name, self._key, self._rights, self._least, *self._scopes.values()):
            self._area.lines.addWidget(part)
        self._area.lines.addStretch(1)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._notice)
        self._cancel = self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._make = self.add_button(t("connections.key.make"), Kind.PRIMARY, presenter.make, default=True)
        self._copy = self.add_button(t("common.copy"), Kind.SECONDARY, presenter.copy)
        self._done = self.add_button(t("connections.key.done"), Kind.PRIMARY, self.reject)
        for later in (self._key, self._copy, self._done):
            later.hide()
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.rejected.connect(presenter.end)

    def show_state(self, state: ApiKeysState) -> None:
        """Draw what is asked for, or the key that was made."""
        self._make.setEnabled(bool(state.name.strip()) and bool(state.scopes) and state.online)
        self._notice.show_refusal(state.problem, self._texts, closable=False, words=hub_problem)
        if state.made is not None and not self._told:
            self._told = True
            self._words.setText(self._texts.t("connections.key.once", name=state.made.name))
            self._key.setText(state.made.key)
            self._key.setCursorPosition(0)
            earlier_parts = (self._rights, self._least, *self._scopes.values())
            for earlier in (self._name, self._cancel, self._make, *earlier_parts):
                earlier.hide()
            for later in (self._key, self._copy, self._done):
                later.show()
            self._copy.setDefault(True)
            self._copy.setFocus(Qt.FocusReason.OtherFocusReason)
        self._area.give_room(self, self._notice)
        # What was built just now knows its height once it is dressed.
        QTimer.singleShot(0, self, partial(self._area.give_room, self, self._notice))


def key_look(key: ApiKey, texts: Texts) -> BadgeLook:
    """Return how a key stands: in use, or revoked."""
    if key.revoked_at is not None:
        return BadgeLook(Tone.NEUTRAL, texts.t("connections.key.revoked"), "ban")
    return BadgeLook(Tone.OK, texts.t("connections.key.in_use"), "circle-check")


def key_text(key: ApiKey, texts: Texts) -> str:
    """Return in words what a key opens, and how telling its system goes, by its host alone."""
    if key.revoked_at is not None:
        return ""
    scopes = "; ".join(texts.t(f"connections.scope.{scope.value}") for scope in key.scopes)
    may = texts.t("connections.key.may", scopes=scopes or "–")
    return may if key.hook is None else f"{may}\n{key.hook.host}: {hook_sentence(key.hook, texts)}"


def _columns(texts: Texts) -> tuple[Column[ApiKey], ...]:
    t = texts.t

    def moment(at: Instant | None) -> str:
        return t("connections.key.unused") if at is None else date_time_text(at, texts.zone)

    return (
        Column(t("common.name"), lambda row: row.name, strong=True),
        Column(t("connections.key.created"), lambda row: moment(row.created_at), lambda row: row.created_at, width=160),
        Column(
            t("connections.key.used"),
            lambda row: moment(row.last_used_at),
            lambda row: row.last_used_at or 0,
            width=160,
        ),
        badge_column(t("connections.hook.column"), lambda row: hook_look(row, texts), width=140),
        badge_column(t("common.status"), lambda row: key_look(row, texts), width=140),
    )
