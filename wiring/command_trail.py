"""What the command line does, noted in the till's trail as what is done in the window."""

import shutil
import sys
from collections.abc import Callable

from domain.errors import StorageUnavailable
from domain.ports import UnitOfWork
from storage.gate import OneProgram, TillFiles, open_till
from storage.keys import load_keys
from storage.page_checks import PageChecks
from storage.verification.database import require_current
from storage.verification.reader import reading_file
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT, till_files


def note(folder: Folder, texts: Texts, op: Callable[[UnitOfWork], None]) -> None:
    """Add an entry to the trail of the folder's till; where that cannot be, say so and let the export go on.

    Another program that has the till open is the usual reason: the trail has one writer. Raises StorageUnavailable
    if the till cannot be read either.
    """
    files = till_files(folder, load_keys(key_store(folder), TILL_ROOT))
    with reading_file(files.database, files.key) as reader:
        require_current(reader, "till")  # an export migrates nothing
    try:
        _add(folder, files, op)
    except StorageUnavailable as error:
        say_unnoted(texts, error)


def say_unnoted(texts: Texts, error: StorageUnavailable) -> None:
    """Say that what was done leaves no entry, and why."""
    sys.stderr.write(texts.t("trail.unnoted", reason=problem_text(error, texts).sentence) + "\n")


def _add(folder: Folder, files: TillFiles, op: Callable[[UnitOfWork], None]) -> None:
    lock = OneProgram(folder.root / "till.lock")
    try:
        trusted = PageChecks(files.database, files.key, folder.pages).trusted(wall_clock())
        free_bytes = shutil.disk_usage(folder.root).free
        units = open_till(files, lambda changes: None, free_bytes=free_bytes, pages_checked=trusted)
        try:
            units.run(op)
        finally:
            units.close()
    finally:
        lock.release()
