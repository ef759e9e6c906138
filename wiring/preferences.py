"""How this till looks and sounds, kept in a small file beside its data: part of no books, read before they are open."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from ui.presenters.preferences import Preferences, TextSize, ThemeChoice


class PreferenceFile:
    """Preferences as JSON; what is missing or unreadable falls back to the default."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Preferences:
        """Return what was saved."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return Preferences()
        return _read(kept) if isinstance(kept, dict) else Preferences()

    def save(self, preferences: Preferences) -> None:
        """Keep preferences, but the folder of second backups as it stands; raises StorageUnavailable.

        That folder is changed beside an open window, whose preferences may be older.
        """
        self._write(replace(preferences, backup_folder=self.load().backup_folder))

    def save_backup_folder(self, folder: str) -> None:
        """Keep where a second copy of each backup goes, empty for nowhere; raises StorageUnavailable."""
        self._write(replace(self.load(), backup_folder=folder))

    def _write(self, preferences: Preferences) -> None:
        unfinished = self._path.with_suffix(".unfinished")
        try:
            unfinished.write_text(json.dumps(asdict(preferences), indent=2), "utf-8")
            unfinished.replace(self._path)
        except OSError as error:
            raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error


def _read(kept: dict[str, Any]) -> Preferences:
    default = Preferences()
    try:
        return Preferences(
            language=Language(kept.get("language", default.language)),
            theme=ThemeChoice(kept.get("theme", default.theme)),
            text_size=TextSize(kept.get("text_size", default.text_size)),
            phone_order=kept.get("phone_order") is True,
            sound=kept.get("sound") is not False,
            volume=min(max(int(kept.get("volume", default.volume)), 0), 100),
            reduced_motion=kept.get("reduced_motion") is True,
            lock_minutes=max(int(kept.get("lock_minutes", default.lock_minutes)), 0),
            backup_folder=str(kept.get("backup_folder", default.backup_folder)),
        )
    except (TypeError, ValueError):
        return default
