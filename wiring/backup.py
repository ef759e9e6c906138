"""`backup`: the books of the till and its hub copied now, on the command line."""

import sys
from pathlib import Path

from domain.errors import DomainError
from domain.money import Language
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.daily_backups import backups_in
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.preferences import PreferenceFile


def run_backup(folder: Folder, to: Path | None, language: Language, second: str | None = None) -> int:
    """Back up now, the till's window open or not; exit 1 if that fails, also in the second folder.

    `second` becomes the folder that gets a second copy of each backup from now on; empty ends that.
    """
    texts = Texts(language)
    try:
        if second is not None:
            store = PreferenceFile(folder.root / "preferences.json")
            store.save_backup_folder(str(Path(second).absolute()) if second else "")
        backups = backups_in(folder, key_store(folder))
        for path in backups.back_up(wall_clock(), to):
            sys.stdout.write(texts.t("backup.written", path=str(path)) + "\n")
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    status = backups.status
    if status.second_problem is not None:
        reason = problem_text(status.second_problem, texts).sentence
        sys.stderr.write(texts.t("backup.second_failed", path=status.second, reason=reason) + "\n")
        return 1
    if status.second and to is None:
        sys.stdout.write(texts.t("backup.second", path=status.second) + "\n")
    return 0
