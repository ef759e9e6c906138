"""The end of a till on this machine: a copy of everything where it was asked for, then nothing of the shop stays."""

import shutil
from pathlib import Path

from domain.errors import ErrorCode, RuleBroken, StorageUnavailable
from domain.ids import Instant
from storage.backup import remove_database
from storage.gate import OneProgram
from storage.keys import load_keys
from storage.queries import TillQueries
from storage.verification.reader import reading_file
from wiring.daily_backups import backups_in
from wiring.folders import Folder
from wiring.key_acts import forget_keys
from wiring.key_places import forget, key_store
from wiring.preferences import PreferenceFile
from wiring.till import TILL_ROOT


def leave(folder: Folder, copy: str, at: Instant) -> None:
    """Copy the books and the recovery file into `copy` (empty for no copy), then remove the shop and its keys.

    Nothing is removed before all of it is copied and checked. The books go before the keys: whatever interrupts this,
    no books are left whose key is gone. Raises StorageUnavailable (STORAGE_LOCKED while the till is open, LEAVING_COPY
    for a copy that nothing would open or that would be removed too, what a backup raises, and LEAVING_UNFINISHED if
    the books are gone but something else could not be removed), and without a copy RuleBroken(LEAVING_UNSENT) if the
    hub lacks something or lies here itself.
    """
    lock = OneProgram(folder.root / "till.lock")
    try:
        if copy:
            _copy(folder, Path(copy), at)
        elif folder.hub.exists() or _unsent(folder):
            raise RuleBroken(ErrorCode.LEAVING_UNSENT)
        _remove(folder)
    finally:
        lock.release()


def _copy(folder: Folder, target: Path, at: Instant) -> None:
    inside = target.resolve().is_relative_to(folder.root.resolve())
    if inside or not folder.recovery.exists():
        raise StorageUnavailable(ErrorCode.LEAVING_COPY)
    if not target.is_dir():  # made here, the folder of a stick that is away would lie on this very disk
        raise StorageUnavailable(ErrorCode.FILE_NOT_WRITTEN, path=str(target))
    backups_in(folder, key_store(folder)).back_up(at, to=target)


def _unsent(folder: Folder) -> bool:
    with reading_file(folder.till, load_keys(key_store(folder), TILL_ROOT).database) as reader:
        return bool(TillQueries(reader.session).unsent())


def _remove(folder: Folder) -> None:
    try:
        for backups in (folder.backups, folder.replaced):
            if backups.exists():
                shutil.rmtree(backups)
        for database in (folder.till, folder.hub):
            remove_database(database)
        forget_keys(folder)
        for path in (folder.key_file, folder.recovery, folder.witness, folder.pages, folder.shop_id):
            path.unlink(missing_ok=True)
    except (OSError, StorageUnavailable) as error:
        if folder.till.exists():
            raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
        raise StorageUnavailable(ErrorCode.LEAVING_UNFINISHED, path=str(folder.root)) from error
    forget(folder)
    PreferenceFile(folder.root / "preferences.json").save_backup_folder("")
