"""Backups as people use them: each act begins with whether the person may."""

import threading
from collections.abc import Sequence
from pathlib import Path

from domain.ids import Instant
from domain.policy import Action, Actor, require
from ui.work import FoundBackup
from wiring.daily_backups import Backups, BackupStatus
from wiring.folders import Folder
from wiring.preferences import PreferenceFile
from wiring.restore import Outlook, look_into


class AskedBackups:
    """What a person asks of the backups of a folder's till; all but `status` takes seconds in a big shop."""

    def __init__(self, folder: Folder, backups: Backups) -> None:
        self._folder = folder
        self._backups = backups
        self._one_look_at_a_time = threading.Lock()

    @property
    def status(self) -> BackupStatus:
        """How the backups stand."""
        return self._backups.status

    def back_up_now(self, actor: Actor, at: Instant) -> None:
        """Make a backup; raises NotPermitted and StorageUnavailable."""
        require(actor, Action.BACK_UP)
        self._backups.back_up_now(at)

    def choose_second(self, actor: Actor, folder: str, at: Instant) -> None:
        """Put a second copy of each backup into another folder from now on, and of one made at once; empty ends it.

        Raises NotPermitted and StorageUnavailable.
        """
        require(actor, Action.CHANGE_SETTINGS)
        PreferenceFile(self._folder.root / "preferences.json").save_backup_folder(folder)
        self._backups.second_changed()
        if folder:
            self._backups.back_up_now(at)

    def found(self, actor: Actor) -> Sequence[FoundBackup]:
        """Return the backups that could be restored, newest first; raises NotPermitted."""
        require(actor, Action.RESTORE)
        return self._backups.found()

    def look_into(self, actor: Actor, backup: Path) -> Outlook:
        """Return what a backup holds and would replace; raises NotPermitted and what `wiring.restore` raises."""
        require(actor, Action.RESTORE)
        with self._one_look_at_a_time:
            return look_into(self._folder, backup)
