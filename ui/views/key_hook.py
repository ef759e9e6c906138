"""The sheet of one system's webhook: how telling it goes, its address, a new signing secret that is told once."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from domain.other_systems import HOOK_EVENTS
from ui.formatting import date_time_text
from ui.presenters.hub_desk import HookNews, HookTried, HookWish
from ui.presenters.key_hook import HookQuestion, HookStep, KeyHookPresenter, KeyHookState
from ui.texts import Texts
from ui.theme import TARGET, Space, current_theme
from ui.views.hook_words import answer_words, event_words, hook_look, hook_sentence, news_look
from ui.views.hub_words import hub_problem
from ui.widgets.badge import Badge
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.flow import FlowLayout
from ui.widgets.form_area import FormArea
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.surfaces import label
from ui.widgets.table import Column, DataTable, TableModel, badge_column
from ui.widgets.tones import Tone

_WIDTH: Final = 900
_ROWS: Final = 4
"""So many messages are seen at once; the others are scrolled to."""


class KeyHookSheet(Sheet):
    """Draws KeyHookState: one of its steps at a time, with what is asked or went wrong below."""

    def __init__(self, window: QWidget, presenter: KeyHookPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        key = presenter.state.key
        assert key is not None, "the sheet is of a key"
        super().__init__(
            window, texts.t("connections.hook.title", name=key.name), width=min(current_theme().px(_WIDTH), room)
        )
        self._presenter, self._texts = presenter, texts
        self._step: HookStep | None = None
        self._asked: HookQuestion | None = None
        self._tried: HookTried | None = None
        self._details = _Details(presenter, texts)
        self._form = _Form(presenter, texts)
        self._made = _Made(texts)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.chosen.connect(lambda key: presenter.confirm() if key == "yes" else presenter.keep())
        self._area = FormArea()
        for part in (self._details, self._form, self._made):
            part.hide()
            self._area.lines.addWidget(part)
        self._area.lines.addStretch(1)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._notice)
        t = texts.t
        self._close = self.add_button(t("common.close"), Kind.PRIMARY, self.reject)
        self._back = self.add_button(t("common.cancel"), Kind.SECONDARY, presenter.back)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, presenter.save)
        self._copy = self.add_button(t("common.copy"), Kind.SECONDARY, presenter.copy)
        self._kept = self.add_button(t("connections.hook.kept"), Kind.PRIMARY, presenter.back)
        self.rejected.connect(presenter.end)

    def reject(self) -> None:
        """Esc and Close leave the step, and from the first one the sheet."""
        if self._presenter.state.key is None:
            super().reject()
        elif self._presenter.state.asking is not None:
            self._presenter.keep()
        else:
            self._presenter.back()

    def show_state(self, state: KeyHookState) -> None:
        """Draw the step that is in front."""
        if state.key is None:
            return
        for part, step in (
            (self._details, HookStep.DETAILS),
            (self._form, HookStep.FORM),
            (self._made, HookStep.MADE),
        ):
            part.setVisible(state.step is step)
        quiet = state.asking is None
        for button, step in (
            (self._close, HookStep.DETAILS),
            (self._back, HookStep.FORM),
            (self._save, HookStep.FORM),
            (self._copy, HookStep.MADE),
            (self._kept, HookStep.MADE),
        ):
            button.setVisible(state.step is step and quiet)
        self._save.setEnabled(state.can_save)
        self._save.setDefault(state.step is HookStep.FORM)
        self._details.show_state(state)
        self._form.show_state(state)
        self._made.show_state(state)
        self._ask(state)
        if state.step is not self._step:
            self._step = state.step
            self._focus(state.step)
        self._area.give_room(self, self._notice)
        # What was built just now knows its height once it is dressed.
        QTimer.singleShot(0, self, partial(self._area.give_room, self, self._notice))

    def _focus(self, step: HookStep) -> None:
        if step is HookStep.FORM:
            self._form.take_focus()
        else:
            (self._copy if step is HookStep.MADE else self._close).setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self, state: KeyHookState) -> None:
        """Show the question before an act, what came of the last one, or what went wrong."""
        t = self._texts.t
        if state.asking is not None and state.asking is not self._asked:
            self._asked = state.asking
            words = f"connections.hook.{state.asking.value}"
            kind = Kind.DANGER if state.asking is HookQuestion.END else Kind.SECONDARY
            choices = (Action("no", t("common.cancel"), Kind.PRIMARY), Action("yes", t(words), kind))
            self._notice.show_notice(Tone.WARN, t(f"{words}_title"), t(f"{words}_text"), choices)
            self._notice.buttons()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.asking is None:
            if self._asked is not None:
                self._asked = None
                self._notice.clear_notice()
                self._focus(state.step)
            self._notice.show_refusal(state.problem, self._texts, closable=False, words=hub_problem)
            if state.problem is None and state.tried is None:
                self._notice.clear_notice()
            elif state.problem is None and state.tried is not None and state.tried is not self._tried:
                tried, told = state.tried, answer_words(state.tried.note, self._texts)
                words = "connections.hook.tried_ok" if tried.delivered else "connections.hook.tried_failed"
                self._notice.show_notice(Tone.OK if tried.delivered else Tone.ERR, t(words), told)
            self._tried = state.tried


class _Part(QWidget):
    """One step of the sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("content")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.M)

    def say(self, words: str = "", role: str = "") -> Callable[[str], None]:
        """Add a line; return what gives it other words, and hides it where there are none."""
        line = label(words, role, wrap=True)
        self.column.addWidget(line)

        def change(other: str) -> None:
            line.setText(other)
            line.setVisible(bool(other))

        change(words)
        return change


class _Details(_Part):
    """How telling the system goes, what it was told lately, and what can be done."""

    def __init__(self, presenter: KeyHookPresenter, texts: Texts) -> None:
        super().__init__()
        self._texts, t = texts, texts.t
        self._badge = Badge()
        self.column.addWidget(self._badge)
        self._stands = self.say()
        self._url = self.say()
        self._events = self.say("", "muted")
        self._old = self.say("", "muted")
        row = QWidget()
        row.setObjectName("content")
        acts = FlowLayout(row, Space.S)
        self._try = Button(t("connections.hook.try"), Kind.SECONDARY, "bell")
        self._try.clicked.connect(lambda _checked=False: presenter.try_it())
        self._change = Button(t("connections.hook.change"), Kind.SECONDARY, "pencil")
        self._change.clicked.connect(lambda _checked=False: presenter.change())
        self._renew = Button(t("connections.hook.renew"), Kind.SECONDARY, "key-round")
        self._renew.clicked.connect(lambda _checked=False: presenter.ask(HookQuestion.RENEW))
        self._end = Button(t("connections.hook.end"), Kind.SECONDARY, "ban")
        self._end.clicked.connect(lambda _checked=False: presenter.ask(HookQuestion.END))
        for button in (self._try, self._change, self._renew, self._end):
            acts.addWidget(button)
        self.column.addWidget(row)
        self.column.addWidget(label(t("connections.hook.lately"), "section"))
        self._none = self.say(t("connections.hook.nothing"), "muted")
        self._model: TableModel[HookNews] = TableModel(_columns(texts), key=lambda each: each.id)
        self._table = DataTable(self._model, t("connections.hook.lately"), row_height=TARGET, sideways=True)
        self._table.picked.connect(lambda row: presenter.pick(None if row is None else row.id))
        self._table.opened.connect(lambda _row: presenter.send_again())
        self.column.addWidget(self._table)
        self._again = Button(t("connections.hook.again"), Kind.SECONDARY, "refresh-cw")
        self._again.clicked.connect(lambda _checked=False: presenter.send_again())
        self.column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)

    def show_state(self, state: KeyHookState) -> None:
        """Draw how it stands."""
        hook, texts = state.hook, self._texts
        if state.key is None or hook is None:
            return
        self._badge.show_look(hook_look(state.key, texts))
        self._stands(hook_sentence(hook, texts))
        self._url(hook.url)
        self._events(event_words(hook, texts))
        self._old("" if hook.old_until is None else texts.t("connections.hook.old", until=hook.old_until))
        for button, able in (
            (self._try, state.can_try),
            (self._change, state.can_act),
            (self._renew, state.can_act),
            (self._end, state.can_act),
            (self._again, state.can_send_again),
        ):
            button.setEnabled(able and state.asking is None)
        self._model.set_rows(state.news)
        self._none("" if state.news else texts.t("connections.hook.nothing"))
        for part in (self._table, self._again):
            part.setVisible(bool(state.news))
        height = self._table.verticalHeader().defaultSectionSize() * min(_ROWS, max(1, len(state.news)))
        self._table.setFixedHeight(height + self._table.horizontalHeader().height() + Space.L)


class _Form(_Part):
    """Where the system hears, and of what."""

    def __init__(self, presenter: KeyHookPresenter, texts: Texts) -> None:
        super().__init__()
        self._presenter, t = presenter, texts.t
        self.say(t("connections.hook.form_text"))
        self.column.addWidget(label(t("connections.hook.url"), "muted"))
        self._url = TextField(t("connections.hook.url"), t("connections.hook.url_hint"))
        self._url.textEdited.connect(self._tell)
        self.column.addWidget(self._url)
        self.column.addWidget(label(t("connections.hook.events"), "section"))
        self._boxes = {event: QCheckBox(t(f"connections.hook.event.{event}")) for event in HOOK_EVENTS}
        for box in self._boxes.values():
            box.setMinimumHeight(TARGET)
            box.clicked.connect(self._tell)
            self.column.addWidget(box)
        self._all = QCheckBox(t("connections.hook.all_payments"))
        self._all.setMinimumHeight(TARGET)
        self._all.clicked.connect(self._tell)
        self.column.addWidget(self._all)

    def take_focus(self) -> None:
        """Give the keys to the address."""
        self._url.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_state(self, state: KeyHookState) -> None:
        """Draw what is filled in; what a person types stays as it is."""
        wish = state.wish
        if self._url.text() != wish.url:
            self._url.setText(wish.url)
        self._url.show_invalid(state.problem is not None and state.problem.facts.get("field") == "url")
        for event, box in self._boxes.items():
            box.setChecked(event in wish.events)
        self._all.setChecked(wish.all_payments)

    def _tell(self, _changed: object = None) -> None:
        events = tuple(event for event, box in self._boxes.items() if box.isChecked())
        self._presenter.set_wish(HookWish(self._url.text(), events, self._all.isChecked()))


class _Made(_Part):
    """The new signing secret, this once."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.say(texts.t("connections.hook.once"))
        self._secret = TextField(texts.t("connections.hook.secret"))
        self._secret.setReadOnly(True)
        self.column.addWidget(self._secret)
        self.say(texts.t("connections.hook.once_next"), "muted")

    def show_state(self, state: KeyHookState) -> None:
        """Draw the secret; nothing of it is left once it was kept."""
        if self._secret.text() != state.secret:
            self._secret.setText(state.secret)
            self._secret.setCursorPosition(0)


def _columns(texts: Texts) -> tuple[Column[HookNews], ...]:
    t = texts.t

    def result(row: HookNews) -> str:
        told = answer_words(row.note, texts)
        if row.next_at is not None and row.attempts:
            told = t("connections.hook.next", answer=told, at=row.next_at)
        return told

    return (
        Column(t("common.time"), lambda row: date_time_text(row.created_at, texts.zone), width=170),
        Column(t("connections.hook.event"), lambda row: t(f"connections.hook.event.{row.type}"), strong=True),
        Column(t("connections.hook.about"), lambda row: row.about, width=150),
        badge_column(t("common.status"), lambda row: news_look(row, texts), width=140),
        Column(t("connections.hook.answer"), result, tip=result),
    )
