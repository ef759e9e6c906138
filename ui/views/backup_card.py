"""How the backups stand: the newest one, what went wrong, and what a person may do about it."""

from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.presenters.sync import BackupState, SyncPresenter
from ui.texts import Texts, problem_text
from ui.theme import Space
from ui.views.restore import RestoreDoor
from ui.views.save_file import ask_folder
from ui.widgets.buttons import Button, Kind
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Card, label


class BackupCard(Card):
    """Draws BackupState."""

    def __init__(self, presenter: SyncPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts.t("backup.title"), margin=Space.L, parent=parent)
        self._presenter, self._texts = presenter, texts
        self._newest = label("", "", wrap=True)
        self._due = label(texts.t("backup.old"), "section", wrap=True)
        self._problem = label("", "", wrap=True)
        self._second = label("", "muted", wrap=True)
        self._now = Button(texts.t("backup.now"), Kind.SOFT, "save")
        self._now.clicked.connect(lambda _checked=False: presenter.back_up())
        self._choose = Button(texts.t("backup.choose_second"), Kind.SECONDARY, "copy")
        self._choose.clicked.connect(lambda _checked=False: self._ask_folder())
        self._end = Button(texts.t("backup.end_second"), Kind.QUIET, "x")
        self._end.clicked.connect(lambda _checked=False: presenter.choose_second(""))
        self._restore = Button(texts.t("backup.restore"), Kind.SECONDARY, "history")
        self._restore.setToolTip(texts.t("backup.restore_hint"))
        self._restore.clicked.connect(lambda _checked=False: presenter.restore.begin())
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for part in (self._newest, self._due, self._problem, self._second):
            words.addWidget(part)
        acts = FlowLayout(spacing=Space.S)
        for act in (self._now, self._choose, self._end, self._restore):
            acts.addWidget(act)
        self.body.addLayout(words)
        self.body.addLayout(acts)
        self._door = RestoreDoor(self, presenter.restore, texts)

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
        for act, allowed in (
            (self._now, state.can_back_up),
            (self._choose, state.can_choose_second),
            (self._end, state.can_choose_second and bool(state.second)),
            (self._restore, state.can_restore),
        ):
            act.setVisible(allowed)
            act.setEnabled(not state.running)
        self._now.setText(texts.t("backup.running" if state.running else "backup.now"))

    def _elsewhere(self, state: BackupState) -> str:
        if not state.second:
            return self._texts.t("backup.second_none")
        if state.second_problem is None:
            return self._texts.t("backup.second", path=state.second)
        reason = problem_text(state.second_problem, self._texts).sentence
        return self._texts.t("backup.second_failed", path=state.second, reason=reason)

    def _ask_folder(self) -> None:
        def chosen(folder: Path) -> None:
            self._presenter.choose_second(str(folder))

        ask_folder(
            self, self._texts, self._texts.t("backup.choose_second"), self._presenter.state.backup.second, chosen
        )
