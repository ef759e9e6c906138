"""How the backups stand: the newest one, what went wrong, and the button that makes one now."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.presenters.sync import BackupState, SyncPresenter
from ui.texts import Texts, problem_text
from ui.theme import Space
from ui.widgets.buttons import Button, Kind
from ui.widgets.surfaces import Card, label


class BackupCard(Card):
    """Draws BackupState."""

    def __init__(self, presenter: SyncPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts.t("backup.title"), margin=Space.L, parent=parent)
        self._texts = texts
        self._newest = label("", "", wrap=True)
        self._due = label(texts.t("backup.old"), "section", wrap=True)
        self._problem = label("", "", wrap=True)
        self._second = label("", "muted", wrap=True)
        self._now = Button(texts.t("backup.now"), Kind.SOFT, "save")
        self._now.clicked.connect(presenter.back_up)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for part in (self._newest, self._due, self._problem, self._second):
            words.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        row.addLayout(words, 1)
        row.addWidget(self._now)
        self.body.addLayout(row)

    def show_backup(self, state: BackupState) -> None:
        """Draw how the backups stand."""
        texts = self._texts
        never = texts.t("backup.never")
        self._newest.setText(never if state.newest_at is None else texts.t("backup.last", at=state.newest_at))
        self._due.setVisible(state.due and state.newest_at is not None)
        if state.problem is not None:
            reason = problem_text(state.problem, texts).sentence
            self._problem.setText(texts.t("backup.failed", reason=reason))
        self._problem.setVisible(state.problem is not None)
        self._second.setText(self._elsewhere(state))
        self._now.setEnabled(not state.running)
        self._now.setText(texts.t("backup.running" if state.running else "backup.now"))

    def _elsewhere(self, state: BackupState) -> str:
        if not state.second:
            return self._texts.t("backup.second_none")
        if state.second_problem is None:
            return self._texts.t("backup.second", path=state.second)
        reason = problem_text(state.second_problem, self._texts).sentence
        return self._texts.t("backup.second_failed", path=state.second, reason=reason)
