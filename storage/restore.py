"""Restoring a till from a backup: looked into first, put in place whole, and the till goes on under a new letter."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from domain.changes import Changes
from domain.errors import DomainError, ErrorCode, NotFound, StorageUnavailable
from domain.ids import DeviceId, Instant, MerchantId
from domain.payments import Cause
from domain.ports import Device
from storage.backup import code_of, copy_backup, moment_of, moment_text, remove_database, sync_folder, written
from storage.gate import FREE_BYTES, TillFiles
from storage.incarnations import begin_life, letters_given, next_letter
from storage.migrate import TILL, migrate_till, schema_version
from storage.page_checks import pages_are_whole
from storage.session import Session, Sql
from storage.sqlite import Connection, open_encrypted
from storage.till import TillUnits, read_self
from storage.verification.start import broken_at_start
from storage.witness import Heads, Witness

_SELF: Final = Sql(
    "SELECT m.id, m.name, d.code, d.incarnation, d.id FROM till_self s JOIN merchants m ON m.id = s.merchant_id "
    "JOIN devices d ON d.merchant_id = m.id AND d.id = s.device_id"
)
_COUNTS: Final = Sql(
    "SELECT (SELECT COUNT(*) FROM payments), (SELECT COUNT(*) FROM vouchers WHERE number IS NOT NULL), "
    "(SELECT COUNT(*) FROM outbox WHERE state <> 'acked'), (SELECT COALESCE(MAX(seq), 0) FROM outbox), "
    "MAX(COALESCE((SELECT MAX(created_at) FROM payments), 0), COALESCE((SELECT MAX(created_at) FROM vouchers), 0))"
)
_UNSENT_SINCE: Final = Sql("SELECT COUNT(*) FROM outbox WHERE state <> 'acked' AND seq > :last_queued")
_LAST_NUMBER: Final = Sql(
    "SELECT number FROM vouchers WHERE merchant_id = :merchant_id AND device_id = :device_id "
    "ORDER BY chain_seq DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a till's file holds: whose it is, how much, what of it the hub has not had, and how far it goes.

    `made_at` is when the backup was made, by its name, None for any other file; `last_at` is its last payment's or
    voucher's moment, None before the first; `last_queued` is the last place in its outbox; `last_number` is the last
    voucher this till issued, empty before the first.
    """

    merchant_id: MerchantId
    shop_name: str
    till_code: str
    incarnation: str
    made_at: Instant | None
    last_at: Instant | None
    payments: int
    vouchers: int
    unsent: int
    last_queued: int
    last_number: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore: what was in the backup, what the till is now, where the file it had lies (if any)."""

    contents: Contents
    device: Device
    kept: Path | None


def look_into_backup(files: TillFiles, backup: Path, free_bytes: int) -> Contents:
    """Return what a backup of a till holds, after every page of it was read; nothing is changed.

    Raises StorageUnavailable: BACKUP_DAMAGED for a file that cannot be read or is not whole, BACKUP_FOREIGN for one
    that this till's key does not open, that is no till's, or that is another till's than the one in place;
    STORAGE_NEWER, DISK_FULL.
    """
    with _borrowed(files, backup, free_bytes, "looked-into") as (_, contents):
        return contents


def living_contents(files: TillFiles) -> Contents | None:
    """Return what the till in place holds, or None if there is none or it cannot be read."""
    if not files.database.exists():
        return None
    with suppress(DomainError, sqlcipher.Error), closing(files.connect_reader()) as connection:
        return _contents(Session(connection.cursor(), "sqlite"), files.database)
    return None


def lost_to(files: TillFiles, backup: Contents) -> int:
    """Return how much of what the till in place has not sent yet is younger than a backup of it."""
    if living_contents(files) is None:
        return 0
    with closing(files.connect_reader()) as connection:
        row = Session(connection.cursor(), "sqlite").one(_UNSENT_SINCE, {"last_queued": backup.last_queued})
    return int(row[0]) if row else 0


def restore_till(
    files: TillFiles,
    backup: Path,
    device_id: DeviceId,
    at: Instant,
    free_bytes: int,
    given: Iterable[str] = (),
    remember: Callable[[str], None] = lambda letter: None,
) -> Restored:
    """Put a backup in the till's place; the till must be closed, and stay so meanwhile (OneProgram).

    The restored till is the device `device_id`, whose letter is behind every one that the backup, the till in place
    and `given` know of; `remember` keeps it before anything is replaced. Whenever this is broken off, the folder holds
    the old till or the new one, whole. Raises what `look_into_backup` raises, and RuleBroken(LETTERS_SPENT) after Z.
    """
    with _borrowed(files, backup, free_bytes, "restoring") as (unfinished, contents):
        migrate_till(unfinished, files.key, files.backups)
        if (part := broken_at_start(unfinished, files.key)) is not None:
            raise StorageUnavailable(ErrorCode.BACKUP_DAMAGED, part=part)
        letter = next_letter({*given, *_letters(files, unfinished, contents)})
        remember(letter)
        device, heads = _renewed(files, unfinished, device_id, letter, contents, at)
        kept = _keep(files, at) if files.database.exists() else None
        _announce(files, heads, beside=_settled(files))
        written(unfinished)
        unfinished.replace(files.database)
        sync_folder(files.database.parent)
    return Restored(contents, device, kept)


def restore_hub(database: Path, key: bytes, backup: Path) -> None:
    """Put a backup of an embedded hub where its file is lost; it goes on as it was, so its till must go back too.

    Sound only beside a backup of its one till that is no younger: then the hub lacks nothing that the till remembers.
    Raises StorageUnavailable (BACKUP_DAMAGED, BACKUP_FOREIGN, DISK_FULL, FILE_NOT_WRITTEN).
    """
    unfinished = database.with_name(f".{database.name}.restoring")
    try:
        copy_backup(backup, unfinished)
        with _told_as_damage(), closing(_opened(unfinished, key)) as connection:
            if not pages_are_whole(connection):
                raise StorageUnavailable(ErrorCode.BACKUP_DAMAGED)
        written(unfinished)
        unfinished.replace(database)
        sync_folder(database.parent)
    except OSError as error:
        raise StorageUnavailable(code_of(error)) from error
    finally:
        with suppress(OSError):
            remove_database(unfinished)


@contextmanager
def _borrowed(files: TillFiles, backup: Path, free_bytes: int, why: str) -> Iterator[tuple[Path, Contents]]:
    """Look into a copy of a backup beside the till's file; the backup is left alone, the copy ends with the block.

    `why` is in the copy's name: whoever only looks holds no lock, and must not touch the copy of who restores.
    """
    unfinished = files.database.with_name(f".{files.database.name}.{why}")
    try:
        with _told_as_damage():
            if backup.stat().st_size + FREE_BYTES > free_bytes:
                raise StorageUnavailable(ErrorCode.DISK_FULL)
            remove_database(unfinished)
            shutil.copyfile(backup, unfinished)
        contents = _looked_at(files, unfinished, backup)
        living = living_contents(files)
        if living and (living.merchant_id, living.till_code) != (contents.merchant_id, contents.till_code):
            raise StorageUnavailable(ErrorCode.BACKUP_FOREIGN)
        yield unfinished, contents
    except OSError as error:
        raise StorageUnavailable(code_of(error)) from error
    finally:
        with suppress(OSError):
            remove_database(unfinished)


def _looked_at(files: TillFiles, unfinished: Path, backup: Path) -> Contents:
    with closing(_opened(unfinished, files.key)) as connection, _told_as_damage():
        if connection.cursor().execute("SELECT 1 FROM sqlite_master WHERE name = 'till_self'").fetchone() is None:
            raise StorageUnavailable(ErrorCode.BACKUP_FOREIGN)
        version = schema_version(connection)
        if version > TILL.version:
            raise StorageUnavailable(ErrorCode.STORAGE_NEWER, version=version, known=TILL.version)
        if not pages_are_whole(connection):
            raise StorageUnavailable(ErrorCode.BACKUP_DAMAGED)
        return _contents(Session(connection.cursor(), "sqlite"), backup)


def _opened(copy: Path, key: bytes) -> Connection:
    """Open the copy of a backup, and say of the backup why it does not open."""
    try:
        return open_encrypted(copy, key)
    except StorageUnavailable as error:
        foreign = error.code is ErrorCode.KEY_MISSING
        raise StorageUnavailable(ErrorCode.BACKUP_FOREIGN if foreign else ErrorCode.BACKUP_DAMAGED) from error


@contextmanager
def _told_as_damage() -> Iterator[None]:
    try:
        yield
    except (OSError, NotFound, sqlcipher.Error) as error:
        if code_of(error) is ErrorCode.DISK_FULL:
            raise StorageUnavailable(ErrorCode.DISK_FULL) from error
        raise StorageUnavailable(ErrorCode.BACKUP_DAMAGED) from error


def _contents(session: Session, path: Path) -> Contents:
    own, counts = session.one(_SELF, {}), session.one(_COUNTS, {})
    if own is None or counts is None:
        raise NotFound(ErrorCode.TILL_UNKNOWN)
    last = session.one(_LAST_NUMBER, {"merchant_id": own[0], "device_id": own[4]})
    return Contents(
        merchant_id=MerchantId(own[0]),
        shop_name=own[1],
        till_code=own[2],
        incarnation=own[3],
        made_at=moment_of(path),
        last_at=Instant(counts[4]) if counts[4] else None,
        payments=counts[0],
        vouchers=counts[1],
        unsent=counts[2],
        last_queued=counts[3],
        last_number=str(last[0]) if last else "",
    )


def _letters(files: TillFiles, unfinished: Path, contents: Contents) -> set[str]:
    """Return the letters of this till's code in the backup and, if it can be read, in the till that is in place."""
    letters: set[str] = set()
    for path in (unfinished, files.database):
        if path == unfinished or living_contents(files) is not None:
            with closing(open_encrypted(path, files.key, read_only=True)) as connection:
                session = Session(connection.cursor(), "sqlite")
                letters |= letters_given(session, contents.merchant_id, contents.till_code)
    return letters


def _renewed(
    files: TillFiles, unfinished: Path, device_id: DeviceId, letter: str, contents: Contents, at: Instant
) -> tuple[Device, Heads]:
    """Make the copy's till a new device; return it with its first heads."""
    facts = {"backup_made_at": contents.made_at, "last_number": contents.last_number, "unsent": contents.unsent}
    aside = unfinished.with_name(f"{unfinished.name}.head")
    units = TillUnits(lambda: open_encrypted(unfinished, files.key), Witness(aside, files.witness_key), _nobody_hears)
    try:
        device = units.live_on_as(lambda uow: begin_life(uow.session, device_id, letter, at, Cause.PERSON, facts))
        return device, units.heads
    finally:
        units.close()
        aside.unlink()


def _nobody_hears(changes: Changes) -> None:
    """A till that is closed has no screen that shows it."""


def _settled(files: TillFiles) -> str:
    """Put the log of the till in place into its file and return its device, or nothing if it cannot be opened.

    A log that is still there then belongs to no file that opens; beside the new one it would be taken for its.
    """
    device_id = ""
    if files.database.exists():
        with suppress(DomainError, sqlcipher.Error), closing(files.connect()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            device_id = read_self(Session(connection.cursor(), "sqlite"))[1].id
    for suffix in ("-wal", "-shm"):
        files.database.with_name(files.database.name + suffix).unlink(missing_ok=True)
    return device_id


def _keep(files: TillFiles, at: Instant) -> Path:
    """Give the till's file, and its log, a second name in a folder of its own, before anything opens them."""
    kept = files.database.parent / "replaced" / moment_text(at)
    kept.mkdir(parents=True, exist_ok=True)
    for part in (files.database, files.log):
        if part.exists():
            _second_name(part, kept / part.name)
    if files.witness.exists():
        shutil.copyfile(files.witness, kept / files.witness.name)
    sync_folder(kept)
    return kept


def _second_name(path: Path, kept: Path) -> None:
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, kept)


def _announce(files: TillFiles, heads: Heads, beside: str) -> None:
    """Let the witness see the new device's first heads beside those of the one in place."""
    with closing(Witness(files.witness, files.witness_key)) as witness:
        witness.announce(heads, beside=beside)
