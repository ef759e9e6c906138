"""`restore`: what a backup holds, what it would replace, and the act itself."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from domain.errors import DomainError
from domain.ids import DeviceId, Instant, new_id
from domain.money import Language
from storage.gate import OneProgram, TillFiles
from storage.keys import KeyStore, load_keys
from storage.restore import Contents, Restored, living_contents, look_into_backup, lost_to, restore_hub, restore_till
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.folders import Folder
from wiring.key_places import keep_recoverable, key_store
from wiring.till import HUB_ROOT, LETTER, TILL_ROOT, till_files


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a person sees before they decide: what the backup holds, and what is in place (None if unreadable).

    `lost` counts what is in place, has never been sent and is younger than the backup: only the kept file will hold it.
    """

    backup: Contents
    in_place: Contents | None
    lost: int


def look_into(folder: Folder, backup: Path) -> Outlook:
    """Return what a backup holds beside what it would replace; nothing is changed.

    Raises StorageUnavailable: KEY_MISSING, and what `look_into_backup` raises.
    """
    files, _, free_bytes = _place(folder)
    held = look_into_backup(files, backup, free_bytes)
    return Outlook(held, living_contents(files), lost_to(files, held))


def restore(folder: Folder, backup: Path, at: Instant) -> Restored:
    """Put a backup in the place of the folder's till, which must be closed, and give the till its next letter.

    An embedded hub whose file is lost comes back with it, if its backup of the same moment lies beside.

    Raises StorageUnavailable: STORAGE_LOCKED while the till is open, and what `look_into` raises; RuleBroken
    (LETTERS_SPENT) when all letters are given.
    """
    files, store, free_bytes = _place(folder)
    kept = store.load(LETTER)
    lock = OneProgram(folder.root / "till.lock")
    try:
        folder.pages.unlink(missing_ok=True)  # the next start reads every page
        if (beside := _hub_backup(folder, backup)) is not None:
            look_into_backup(files, backup, free_bytes)  # a hub is not put back without its till
            restore_hub(folder.hub, load_keys(store, HUB_ROOT).database, beside)
        return restore_till(
            files,
            backup,
            DeviceId(new_id()),
            at,
            free_bytes,
            given=[kept.decode()] if kept else [],
            remember=lambda letter: _keep_letter(folder, store, letter),
        )
    finally:
        lock.release()


def run_restore(folder: Folder, backup: Path, language: Language, *, agreed: bool) -> int:
    """Show what a backup holds and replaces, ask unless it was `agreed` before, and restore it; exit 1 if not."""
    texts = Texts(language)
    try:
        outlook = look_into(folder, backup)
        sys.stdout.write("\n".join(_told(outlook, backup, texts)) + "\n")
        if not agreed and not _agreed(texts):
            sys.stdout.write(texts.t("restore.left") + "\n")
            return 1
        restored = restore(folder, backup, wall_clock())
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    name = f"{restored.device.code}{restored.device.incarnation}"
    sys.stdout.write(texts.t("restore.done", till=name) + "\n")
    if restored.kept is not None:
        sys.stdout.write(texts.t("restore.kept", path=str(restored.kept)) + "\n")
    return 0


def _place(folder: Folder) -> tuple[TillFiles, KeyStore, int]:
    store = key_store(folder)
    return till_files(folder, load_keys(store, TILL_ROOT)), store, shutil.disk_usage(folder.root).free


def _keep_letter(folder: Folder, store: KeyStore, letter: str) -> None:
    store.save(LETTER, letter.encode())
    keep_recoverable(folder, store)


def _hub_backup(folder: Folder, backup: Path) -> Path | None:
    """Return the hub's backup beside a till's, if the embedded hub's file is lost."""
    beside = backup.with_name(f"{folder.hub.stem}-{backup.name.removeprefix(f'{folder.till.stem}-')}")
    return beside if beside != backup and beside.exists() and not folder.hub.exists() else None


def _told(outlook: Outlook, backup: Path, texts: Texts) -> list[str]:
    """Say what the two hold, and what the restore means."""
    held, in_place = outlook.backup, outlook.in_place
    if held.made_at is not None:
        lines = [texts.t("restore.backup", at=held.made_at)]
    else:
        lines = [texts.t("restore.file", name=backup.name, at=held.last_at or Instant(0))]
    lines.append(_holds(held, texts))
    if in_place is None:
        lines.append(texts.t("restore.none_in_place"))
    else:
        lines += [texts.t("restore.in_place", at=in_place.last_at or Instant(0)), _holds(in_place, texts)]
    if outlook.lost:
        lines.append(texts.t("restore.lost", count=outlook.lost))
    lines.append(texts.t("restore.meaning"))
    return lines


def _holds(contents: Contents, texts: Texts) -> str:
    return "  " + texts.t(
        "restore.holds",
        shop=contents.shop_name,
        till=f"{contents.till_code}{contents.incarnation}",
        payments=contents.payments,
        vouchers=contents.vouchers,
        unsent=contents.unsent,
        number=contents.last_number or "–",
    )


def _agreed(texts: Texts) -> bool:
    word = texts.t("restore.yes")
    sys.stdout.write(texts.t("restore.ask", word=word) + " ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().casefold() == word.casefold()
