"""Backups of a folder's till and its embedded hub: daily beside the work, when asked for, and once more elsewhere."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant
from storage.backup import back_up, backups_of, copy_backup, drop_oldest, moment_of
from storage.breaking_off import BreakOff, BrokenOff
from storage.keys import KeyStore, load_keys
from storage.session import Session
from storage.sqlite import open_encrypted
from storage.till import read_self
from storage.verification.report import Side
from ui.work import FoundBackup
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.preferences import PreferenceFile
from wiring.till import HUB_ROOT, TILL_ROOT

EVERY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Source:
    """A database that is backed up."""

    path: Path
    key: bytes
    side: Side


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """How the backups stand: when the newest was made, and what became of the last try here and elsewhere."""

    newest_at: Instant | None
    problem: DomainError | None = None
    second: str = ""
    second_problem: DomainError | None = None


class Backups:
    """Makes the backups of one folder; every call but `status` and `end` takes seconds in a big shop."""

    def __init__(self, folder: Folder, sources: Callable[[], Sequence[Source]], second: Callable[[], str]) -> None:
        """`second` answers which folder elsewhere (another disk, a USB stick) gets a copy of each, empty for none."""
        self._folder = folder
        self._sources = sources
        self._second = second
        self._one_at_a_time = threading.Lock()
        self._off = BreakOff()
        newest = backups_of(folder.till, folder.backups)[-1:]
        self._status = BackupStatus(moment_of(newest[0]) if newest else None, second=second())

    @property
    def status(self) -> BackupStatus:
        """How the backups stand; may be read from any thread."""
        return self._status

    def look(self, at: Instant) -> None:
        """Make the day's backup if it has not been made; raises StorageUnavailable."""
        newest = self._status.newest_at
        if newest is None or not 0 <= at - newest < EVERY_MS:
            self.back_up_now(at)  # if the till closes meanwhile, the next day of work makes it

    def back_up_now(self, at: Instant) -> None:
        """Make a backup because a person asks; raises StorageUnavailable."""
        with suppress(BrokenOff):
            self.back_up(at)

    def back_up(self, at: Instant, to: Path | None = None) -> list[Path]:
        """Back up the till, then its embedded hub, into the folder's own place or `to`; return the new files.

        The hub's copy is never older than its till's, so the two may go back together. What goes wrong in the second
        folder is told by `status` alone. Raises StorageUnavailable and BrokenOff.
        """
        with self._one_at_a_time:
            made = []
            try:
                for source in self._sources():
                    place = to or self._folder.backups
                    made.append(back_up(source.path, source.key, place, at, source.side, self._off))
                self._carry_recovery(to or self._folder.backups)
            except StorageUnavailable as error:
                self._status = replace(self._status, problem=error)
                raise
            if to is None:
                self._status = BackupStatus(at, None, self._second(), self._copy_elsewhere(made))
            return made

    def second_changed(self) -> None:
        """Another folder elsewhere was chosen, or none; nothing was copied there yet."""
        self._status = replace(self._status, second=self._second(), second_problem=None)

    def found(self) -> list[FoundBackup]:
        """Return the till's backups here and elsewhere, newest first, those here before their copies."""
        till, second = self._sources()[0].path, self._second()
        places = [(self._folder.backups, False)]
        if second:
            places.append((Path(second) / self._name(), True))
        found = []
        for place, elsewhere in places:
            for path in backups_of(till, place):
                made_at = moment_of(path)
                with suppress(OSError):  # a stick that was pulled meanwhile holds no backup
                    if made_at is not None:
                        found.append(FoundBackup(path, made_at, path.stat().st_size, elsewhere))
        return sorted(found, key=lambda backup: (-backup.made_at, backup.elsewhere))

    def end(self) -> None:
        """Break off a backup that is under way, so that the till can close."""
        self._off.end()

    def _copy_elsewhere(self, made: Sequence[Path]) -> DomainError | None:
        second = self._second()
        if not second:
            return None
        if not Path(second).is_dir():  # made here, the folder of a stick that is away would lie on this very disk
            return StorageUnavailable(ErrorCode.FILE_NOT_WRITTEN, path=second)
        try:
            place = Path(second) / self._name()
            for backup in made:
                copy_backup(backup, place / backup.name)
            self._carry_recovery(place)
            for source in self._sources():
                drop_oldest(source.path, place)
        except StorageUnavailable as error:
            return error
        return None

    def _carry_recovery(self, place: Path) -> None:
        """Put the file that the recovery code opens beside the backups: without it the code opens nothing."""
        if self._folder.recovery.exists():
            copy_backup(self._folder.recovery, place / self._folder.recovery.name)

    def _name(self) -> str:
        """Name the till's own folder on a disk that may hold backups of several."""
        source = self._sources()[0]
        connection = open_encrypted(source.path, source.key, read_only=True)
        try:
            shop, device = read_self(Session(connection.cursor(), "sqlite"))
        finally:
            connection.close()
        return f"bana-till-{shop.merchant_id[-8:]}-{device.code}"


def backups_in(folder: Folder, store: KeyStore) -> Backups:
    """Return the backups of a folder's till and of the embedded hub that lies beside it."""
    preferences = PreferenceFile(folder.root / "preferences.json")
    till = Source(folder.till, load_keys(store, TILL_ROOT).database, "till")

    def sources() -> Sequence[Source]:
        if not folder.hub.exists():
            return (till,)
        # The keys may have moved since: an owner may put them under a passphrase while the till is open.
        return (till, Source(folder.hub, load_keys(key_store(folder), HUB_ROOT).database, "hub"))

    return Backups(folder, sources, lambda: preferences.load().backup_folder)
