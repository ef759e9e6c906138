"""Backups are whole, encrypted, checked copies of one moment."""

import errno
import itertools
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from storage import backup
from storage.backup import KEPT, back_up, backups_of, copy_backup, drop_oldest, moment_of, moment_text
from storage.breaking_off import BreakOff, BrokenOff
from storage.gate import TillFiles
from storage.hub_units import HubUnits
from storage.sqlite import Connection, open_encrypted
from storage.till import TillUnits
from storage.verify import verify_hub_sqlite, verify_till
from tests.builders import KEY, MERCHANT, MINUTE, NOON, WITNESS_KEY, sell

DAY = 24 * 60 * MINUTE


def _back_up(files: TillFiles, at: Instant = NOON) -> Path:
    return back_up(files.database, KEY, files.backups, at)


def test_a_backup_opens_with_the_same_key_and_verifies(till_file: TillFiles, till_units: TillUnits) -> None:
    till_units.run(sell)
    copy = _back_up(till_file)
    assert copy.name == "till-20261121T050000000Z.backup"
    report = verify_till(copy, KEY, till_file.witness, WITNESS_KEY)
    assert report.ok, report.to_json()
    with pytest.raises(StorageUnavailable):
        open_encrypted(copy, KEY[::-1])


def test_a_hubs_file_is_backed_up_alike(hub_file: Path, hub_on_sqlite: HubUnits, tmp_path: Path) -> None:
    hub_on_sqlite.run(MERCHANT, sell)
    report = verify_hub_sqlite(back_up(hub_file, KEY, tmp_path / "backups", NOON, "hub"), KEY)
    assert report.ok, report.to_json()


def test_a_backup_is_not_a_copy_of_bytes_but_encrypted_anew(till_file: TillFiles) -> None:
    copy = _back_up(till_file).read_bytes()
    assert copy[:16] != till_file.database.read_bytes()[:16]  # the salt
    assert b"SQLite format 3" not in copy


def test_a_backup_during_sales_is_a_prefix_of_the_chain(till_file: TillFiles, till_units: TillUnits) -> None:
    selling, stop = threading.Event(), threading.Event()

    def keep_selling() -> None:
        for number in itertools.count():
            till_units.run(partial(sell, name=f"sale {number}"))
            selling.set()
            if stop.is_set():
                return

    seller = threading.Thread(target=keep_selling)
    seller.start()
    assert selling.wait(10)
    try:
        copies = [_back_up(till_file, Instant(NOON + second * 1000)) for second in range(5)]
    finally:
        stop.set()
        seller.join()
    lengths = [_chain(copy) for copy in copies]
    whole = _chain(till_file.database)
    for links in lengths:
        assert links == whole[: len(links)]
    for copy in copies:
        report = verify_till(copy, KEY, till_file.database.with_name("none"), WITNESS_KEY)
        assert {line.id for line in report.lines if not line.ok} <= {"I14"}
        assert {finding.code for finding in report.line("I14").findings} <= {"WITNESS_MISSING"}


def _chain(path: Path) -> list[tuple[int, str]]:
    connection = open_encrypted(path, KEY)
    rows = connection.raw.execute("SELECT chain_seq, hash FROM vouchers ORDER BY chain_seq").fetchall()
    connection.close()
    return [tuple(row) for row in rows]


def test_the_newest_thirty_are_kept(till_file: TillFiles) -> None:
    copies = [_back_up(till_file, Instant(NOON + number * MINUTE)) for number in range(KEPT + 2)]
    assert backups_of(till_file.database, till_file.backups) == copies[2:]
    assert sorted(till_file.backups.iterdir()) == copies[2:]


def _name_only(files: TillFiles, at: int) -> Path:
    """Put a file that bears the name of a backup of a moment into the folder."""
    files.backups.mkdir(exist_ok=True)
    named = files.backups / f"till-{moment_text(Instant(at))}.backup"
    named.write_bytes(b"")
    return named


def test_many_backups_of_one_day_do_not_drive_out_those_of_the_days_before(till_file: TillFiles) -> None:
    days = [_name_only(till_file, NOON - number * DAY) for number in range(5, 0, -1)]
    asked = [_name_only(till_file, NOON + number) for number in range(2 * KEPT)]
    drop_oldest(till_file.database, till_file.backups)
    assert backups_of(till_file.database, till_file.backups) == [*days, *asked[-KEPT + len(days) :]]


def test_an_old_backup_that_cannot_be_removed_does_not_fail_the_new_one(
    till_file: TillFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = _name_only(till_file, NOON - KEPT * DAY)
    removable = [_name_only(till_file, NOON - number * DAY) for number in range(KEPT - 1, -1, -1)]
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == held:
            raise PermissionError(errno.EACCES, "held", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    made = _back_up(till_file, Instant(NOON + DAY))
    assert backups_of(till_file.database, till_file.backups) == [held, *removable[1:], made]


def test_a_damaged_copy_never_gets_its_name(till_file: TillFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = backup._copy

    def damaged(source: Connection, target: Path, key: bytes, off: BreakOff) -> None:
        copied(source, target, key, off)
        with target.open("rb+") as file:
            file.seek(4096 * 3 + 100)
            file.write(b"\0\0\0\0")

    monkeypatch.setattr(backup, "_copy", damaged)
    with pytest.raises(StorageUnavailable) as refused:
        _back_up(till_file)
    assert refused.value.code in {ErrorCode.STORAGE_TAMPERED, ErrorCode.STORAGE_UNAVAILABLE}
    assert list(till_file.backups.iterdir()) == []


def test_a_copy_that_lacks_rows_never_gets_its_name(till_file: TillFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = backup._copy

    def lacking(source: Connection, target: Path, key: bytes, off: BreakOff) -> None:
        copied(source, target, key, off)
        connection = open_encrypted(target, key)
        connection.raw.execute("DELETE FROM till_self")
        connection.close()

    monkeypatch.setattr(backup, "_copy", lacking)
    with pytest.raises(StorageUnavailable) as refused:
        _back_up(till_file)
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED


def test_what_an_earlier_try_left_is_in_nobodys_way(till_file: TillFiles) -> None:
    till_file.backups.mkdir()
    (till_file.backups / ".till-20261121T050000000Z.backup.unfinished").write_bytes(b"half")
    copy = _back_up(till_file)
    assert list(till_file.backups.iterdir()) == [copy]


def _row_of_audit(copy: Path, sql: str) -> None:
    connection = open_encrypted(copy, KEY)
    connection.raw.execute("DROP TRIGGER audit_no_update")
    connection.raw.execute(sql)
    connection.close()


def test_a_copy_whose_books_do_not_fit_together_never_gets_its_name(
    till_file: TillFiles, till_units: TillUnits, monkeypatch: pytest.MonkeyPatch
) -> None:
    till_units.run(sell)
    copied = backup._copy

    def changed(source: Connection, target: Path, key: bytes, off: BreakOff) -> None:
        copied(source, target, key, off)
        _row_of_audit(target, "UPDATE audit SET at = at + 1 WHERE seq = (SELECT MAX(seq) FROM audit)")

    monkeypatch.setattr(backup, "_copy", changed)
    with pytest.raises(StorageUnavailable) as refused:
        _back_up(till_file)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.STORAGE_TAMPERED, {"part": "I14"})
    assert list(till_file.backups.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on a file's size is POSIX's")
def test_a_disk_without_room_leaves_no_half_backup_and_the_till_sells_on(
    till_file: TillFiles, till_units: TillUnits
) -> None:
    import resource

    till_units.run(sell)
    _back_up(till_file)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (till_file.database.stat().st_size // 2, limits[1]))
    try:
        with pytest.raises(StorageUnavailable) as refused:
            _back_up(till_file, Instant(NOON + MINUTE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refused.value.code in {ErrorCode.DISK_FULL, ErrorCode.STORAGE_UNAVAILABLE}
    assert [copy.name for copy in till_file.backups.iterdir()] == ["till-20261121T050000000Z.backup"]
    till_units.run(partial(sell, name="after"))


def test_a_full_disk_is_called_so(till_file: TillFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(backup: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    copy = _back_up(till_file)
    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StorageUnavailable) as refused:
        copy_backup(copy, till_file.backups / "second" / copy.name)
    assert refused.value.code is ErrorCode.DISK_FULL
    assert list((till_file.backups / "second").iterdir()) == []


def test_a_program_that_closes_breaks_a_backup_off(till_file: TillFiles) -> None:
    off = BreakOff()
    off.end()
    with pytest.raises(BrokenOff):
        back_up(till_file.database, KEY, till_file.backups, NOON, off=off)
    assert list(till_file.backups.iterdir()) == []


def test_the_name_of_a_backup_tells_when_it_was_made(till_file: TillFiles) -> None:
    assert moment_of(_back_up(till_file, Instant(NOON + 1234))) == NOON + 1234
    assert moment_of(Path("till-before-v4.backup")) is None


def test_a_second_copy_elsewhere_is_the_same_and_a_folder_out_of_reach_is_told(
    till_file: TillFiles, tmp_path: Path
) -> None:
    copy = _back_up(till_file)
    second = tmp_path / "usb" / copy.name
    copy_backup(copy, second)
    assert second.read_bytes() == copy.read_bytes()
    (tmp_path / "a-file").write_text("no folder")
    with pytest.raises(StorageUnavailable) as refused:
        copy_backup(copy, tmp_path / "a-file" / copy.name)
    assert refused.value.code is ErrorCode.FILE_NOT_WRITTEN
