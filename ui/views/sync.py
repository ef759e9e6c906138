"""The truth about the connection: since when, how many wait, what was refused and why, and the way to try again."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from domain.errors import DomainError
from domain.ids import Instant
from domain.rows import RefusedRow
from ui.formatting import date_time_text
from ui.presenters.sync import SyncPresenter, SyncState
from ui.texts import Texts, problem_text
from ui.theme import Space
from ui.views.backup_card import BackupCard
from ui.views.panels import Emblem
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone
from ui.work import Link

_LOOKS: Final = {
    Link.ONLINE: (Tone.OK, "cloud-check"),
    Link.CONNECTING: (Tone.NEUTRAL, "cloud"),
    Link.OFFLINE: (Tone.WARN, "cloud-off"),
    Link.BLOCKED: (Tone.ERR, "cloud-alert"),
}


class SyncScreen(QWidget):
    """Draws SyncState."""

    def __init__(self, presenter: SyncPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn: tuple[object, ...] = ()
        self._emblem = Emblem(48)
        self._state = label("", "heading")
        self._since = label("", "muted")
        self._why = label("", "", wrap=True)
        self._now = Button(texts.t("sync.now"), Kind.PRIMARY, "refresh-cw")
        self._now.setToolTip(texts.t("sync.now_hint"))
        self._now.clicked.connect(presenter.sync_now)
        self._facts = {key: label("", "title") for key in ("sync.waiting", "sync.last_push", "sync.last_pull")}
        self._note = label("", "muted", wrap=True)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._refused = Card(texts.t("sync.rejected"), margin=Space.L)
        self._retry = Button(texts.t("sync.resend_all"), Kind.SOFT, "upload")
        self._retry.clicked.connect(presenter.retry)
        self._refused.add_to_head(self._retry)
        self._backup = BackupCard(presenter, texts)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(Space.S)
        self._refused.body.addLayout(self._rows)
        self._lay_out()
        presenter.attach(self)

    def _lay_out(self) -> None:
        state = Card(margin=Space.L)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for part in (self._state, self._since, self._why):
            words.addWidget(part)
        head = QHBoxLayout()
        head.setSpacing(Space.L)
        head.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        head.addWidget(self._now, 0, Qt.AlignmentFlag.AlignTop)
        state.body.addLayout(head)
        facts = Card(margin=Space.L)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.XS)
        for column, (key, value) in enumerate(self._facts.items()):
            grid.addWidget(label(self._texts.t(key), "muted"), 0, column)
            grid.addWidget(value, 1, column)
            grid.setColumnStretch(column, 1)
        facts.body.addLayout(grid)
        facts.body.addWidget(self._note)
        contents = QWidget()
        inside = QVBoxLayout(contents)
        inside.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        inside.setSpacing(Space.M)
        for block in (state, facts, self._notice, self._refused, self._backup):
            inside.addWidget(block)
        inside.addStretch(1)
        area = ScrollArea(contents)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def show_state(self, state: SyncState) -> None:
        """Draw the connection, the queue and the refusals."""
        texts = self._texts
        self._emblem.show_icon(*_LOOKS[state.link])
        self._state.setText(texts.t(f"link.{state.link.value}"))
        self._since.setText("" if state.since is None else texts.t("sync.since", at=state.since))
        self._since.setVisible(state.since is not None)
        self._why.setText("" if state.problem is None else problem_text(DomainError(state.problem), texts).sentence)
        self._why.setVisible(state.problem is not None)
        self._now.setEnabled(state.can_sync and not state.asked)
        self._now.setText(texts.t("sync.asking" if state.asked else "sync.now"))
        self._facts["sync.waiting"].setText(str(state.waiting) if state.loaded else "…")
        self._facts["sync.last_push"].setText(self._moment(state.last_sent_at))
        self._facts["sync.last_pull"].setText(self._moment(state.last_pulled_at))
        self._note.setText(self._waiting_words(state))
        self._note.setVisible(state.loaded)
        self._notice.show_refusal(state.read_problem, texts)
        self._backup.show_backup(state.backup)
        drawn = (state.refused, state.kept, state.can_retry)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw_refused(state)

    def _moment(self, at: Instant | None) -> str:
        return self._texts.t("sync.never") if at is None else date_time_text(at, self._texts.zone)

    def _waiting_words(self, state: SyncState) -> str:
        if state.waiting == 0:
            return self._texts.t("sync.empty")
        if state.oldest_waiting_at is None:
            return self._texts.t("sync.waiting_safe")
        return self._texts.t("sync.waiting_since", at=state.oldest_waiting_at)

    def _draw_refused(self, state: SyncState) -> None:
        self._refused.setVisible(bool(state.refused))
        self._retry.setEnabled(state.can_retry)
        self._retry.setToolTip("" if state.can_retry else self._texts.t("sync.resend_not_allowed"))
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row in state.refused:
            self._rows.addWidget(self._row(row, row.message_id in state.kept))

    def _row(self, refused: RefusedRow, kept: bool) -> QWidget:
        texts = self._texts
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, Space.XS, 0, Space.XS)
        row.setSpacing(Space.M)
        mark = Emblem(24)
        mark.show_icon(Tone.NEUTRAL if kept else Tone.ERR, "inbox" if kept else "cloud-alert")
        words = QVBoxLayout()
        words.setSpacing(0)
        problem = problem_text(DomainError(refused.code), texts)
        kind = texts.t(f"message.{refused.kind}")
        words.addWidget(label(f"{kind} · {problem.title}", "section", wrap=True))
        if not kept:
            words.addWidget(label(problem.sentence, "", wrap=True))
        when = texts.t("sync.queued_at", at=refused.queued_at, count=refused.attempts)
        words.addWidget(label(texts.t("sync.kept") if kept else when, "small", wrap=True))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        if not kept:
            keep = Button(texts.t("sync.keep"), Kind.QUIET)
            keep.setToolTip(texts.t("sync.keep_hint"))
            keep.setAccessibleName(f"{texts.t('sync.keep')}: {kind}")
            keep.clicked.connect(lambda _checked=False: self._presenter.keep(refused.message_id))
            row.addWidget(keep, 0, Qt.AlignmentFlag.AlignTop)
        return line
