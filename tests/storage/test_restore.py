"""A restore replaces a till by a whole one or leaves it as it was, and never takes a file that is not its backup."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import DomainError, ErrorCode, RuleBroken, StorageUnavailable
from domain.ids import DeviceId, Instant
from storage.backup import back_up
from storage.gate import FREE_BYTES, TillFiles, open_till
from storage.incarnations import next_letter
from storage.restore import living_contents, look_into_backup, lost_to, restore_till
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.verify import verify_till
from storage.witness import Heads, Witness, witnessed
from tests.builders import KEY, NOON, SETUP, WITNESS_KEY, an_id, sell

ROOM = 100 * FREE_BYTES
NEW = DeviceId(an_id("new life"))


@pytest.fixture
def sold(till_file: TillFiles) -> TillFiles:
    """A till, closed, that sold twice, was backed up, and sold three times more."""
    units = _open(till_file)
    for number in range(5):
        if number == 2:
            back_up(till_file.database, KEY, till_file.backups, NOON)
        units.run(lambda uow, number=number: sell(uow, name=f"sale {number}"))  # type: ignore[misc]  # bound now
    units.close()
    return till_file


@pytest.fixture
def backup(sold: TillFiles) -> Path:
    """Its backup."""
    [made] = sold.backups.iterdir()
    return made


def _open(files: TillFiles) -> TillUnits:
    return open_till(files, lambda changes: None, free_bytes=ROOM)


def _restore(files: TillFiles, backup: Path, at: Instant = NOON) -> str:
    return restore_till(files, backup, NEW, at, ROOM).device.incarnation


def _everything(files: TillFiles) -> dict[str, bytes]:
    """Return every file of the till's folder; what a reader of SQLite's leaves empty beside one does not count."""
    found = [path for path in files.database.parent.rglob("*") if path.is_file() and path.suffix[-4:] != "-shm"]
    return {str(path): path.read_bytes() for path in found if path.stat().st_size or not path.name.endswith("-wal")}


def test_a_person_sees_what_a_backup_holds_and_what_would_be_left_behind(sold: TillFiles, backup: Path) -> None:
    before = _everything(sold)
    held, living = look_into_backup(sold, backup, ROOM), living_contents(sold)
    assert living is not None
    assert (held.shop_name, held.till_code, held.incarnation, held.made_at) == (SETUP.shop_name, "01", "A", NOON)
    assert (held.payments, held.vouchers, held.last_number) == (2, 2, "PT01A-26-000002")
    assert (living.payments, living.vouchers, living.last_number) == (5, 5, "PT01A-26-000005")
    assert living.unsent - held.unsent == lost_to(sold, held) > 0
    assert _everything(sold) == before


def test_the_file_that_was_replaced_is_kept_and_can_be_restored_itself(sold: TillFiles, backup: Path) -> None:
    whole = sold.database.read_bytes()
    restored = restore_till(sold, backup, NEW, NOON, ROOM)
    assert restored.kept is not None
    kept = restored.kept / "till.db"
    assert kept.read_bytes() == whole
    assert (restored.kept / "till.head").exists()
    again = restore_till(sold, kept, DeviceId(an_id("another")), NOON, ROOM)
    assert again.device.incarnation == "C"
    assert again.contents.vouchers == 5


def test_a_restore_is_written_in_the_trail_and_known_to_the_witness(sold: TillFiles, backup: Path) -> None:
    _restore(sold, backup)
    seen = witnessed(sold.witness, WITNESS_KEY)
    units = _open(sold)
    [entry] = units.read(
        lambda s: s.cursor.execute("SELECT facts FROM audit WHERE action = 'till.restored'").fetchall()
    )
    assert units.heads.audit_seq == 1
    assert seen is not None
    assert '"former":"01A"' in entry[0]
    assert '"now":"01B"' in entry[0]
    assert f'"backup_made_at":{NOON}' in entry[0]
    units.run(sell)
    units.close()
    assert verify_till(sold.database, KEY, sold.witness, WITNESS_KEY).ok
    cut = sold.database.read_bytes()
    units = _open(sold)
    units.run(lambda uow: sell(uow, name="another"))
    units.close()
    sold.database.write_bytes(cut)
    with pytest.raises(StorageUnavailable) as refused:
        _open(sold)
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED


def test_a_backup_that_is_copied_over_the_till_by_hand_is_still_refused(sold: TillFiles, backup: Path) -> None:
    shutil.copyfile(backup, sold.database)
    with pytest.raises(StorageUnavailable) as refused:
        _open(sold)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.STORAGE_TAMPERED, {"part": "tail"})
    assert _restore(sold, backup) == "B"
    _open(sold).close()


def test_a_till_whose_file_is_lost_or_unreadable_is_restored_as_well(sold: TillFiles, backup: Path) -> None:
    sold.database.write_bytes(b"\0" * 40_000)
    sold.log.write_bytes(b"an old log")
    restored = restore_till(sold, backup, NEW, NOON, ROOM)
    assert restored.kept is not None
    assert (restored.kept / "till.db-wal").read_bytes() == b"an old log"
    _open(sold).close()
    for path in (sold.database, sold.witness):
        path.unlink()
    assert restore_till(sold, backup, NEW, NOON, ROOM, given=["B"]).device.incarnation == "C"
    _open(sold).close()
    assert verify_till(sold.database, KEY, sold.witness, WITNESS_KEY).ok


def _flipped(backup: Path, place: int) -> Path:
    damaged = bytearray(backup.read_bytes())
    damaged[place] ^= 1
    return _written(backup, bytes(damaged))


def _written(backup: Path, content: bytes) -> Path:
    other = backup.with_name("other.backup")
    other.write_bytes(content)
    return other


def _refused(files: TillFiles, file: Path) -> ErrorCode:
    before = _everything(files)
    with pytest.raises(DomainError) as refused:
        restore_till(files, file, NEW, NOON, ROOM)
    assert _everything(files) == before
    return refused.value.code


def test_a_damaged_backup_is_refused_and_nothing_is_replaced(sold: TillFiles, backup: Path) -> None:
    size = backup.stat().st_size
    for place in (4096 + 20, size // 2, size - 100):
        assert _refused(sold, _flipped(backup, place)) is ErrorCode.BACKUP_DAMAGED
    assert _refused(sold, _written(backup, backup.read_bytes()[: size // 2])) is ErrorCode.BACKUP_DAMAGED
    assert _refused(sold, backup.with_name("none.backup")) is ErrorCode.BACKUP_DAMAGED
    assert _refused(sold, backup.parent) is ErrorCode.BACKUP_DAMAGED


def test_a_file_that_is_no_backup_of_this_till_is_refused(sold: TillFiles, backup: Path, hub_file: Path) -> None:
    for content in (b"", b"a shopping list", b"\0" * 9000):
        assert _refused(sold, _written(backup, content)) is ErrorCode.BACKUP_FOREIGN
    assert _refused(replace(sold, key=KEY[::-1]), backup) is ErrorCode.BACKUP_FOREIGN
    assert _refused(sold, back_up(hub_file, KEY, hub_file.parent, NOON, "hub")) is ErrorCode.BACKUP_FOREIGN


def test_a_backup_of_another_till_with_the_same_key_is_refused(sold: TillFiles, backup: Path) -> None:
    connection = open_encrypted(backup, KEY)
    connection.raw.execute("UPDATE devices SET code = '02' WHERE code = '01'")
    connection.close()
    assert _refused(sold, backup) is ErrorCode.BACKUP_FOREIGN


def test_a_backup_whose_books_do_not_fit_is_refused(sold: TillFiles, backup: Path) -> None:
    connection = open_encrypted(backup, KEY)
    connection.raw.execute("UPDATE accounts SET balance_minor = balance_minor + 1 WHERE control = 'sales'")
    connection.close()
    assert _refused(sold, backup) is ErrorCode.BACKUP_DAMAGED


def test_a_disk_without_room_is_told_before_anything_is_written(sold: TillFiles, backup: Path) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        restore_till(sold, backup, NEW, NOON, FREE_BYTES)
    assert refused.value.code is ErrorCode.DISK_FULL


def test_whoever_looks_into_a_backup_meanwhile_does_not_touch_the_restore(sold: TillFiles, backup: Path) -> None:
    looked: list[int] = []

    def meanwhile(letter: str) -> None:
        looked.append(look_into_backup(sold, backup, ROOM).vouchers)

    restored = restore_till(sold, backup, NEW, NOON, ROOM, remember=meanwhile)
    assert looked == [restored.contents.vouchers]
    assert restored.device.incarnation == "B"
    _open(sold).close()


def test_letters_run_to_z() -> None:
    assert [next_letter(given) for given in ([], ["A"], ["A", "C", "B"])] == ["A", "B", "D"]
    with pytest.raises(RuleBroken):
        next_letter("Z")


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """A witness of two devices."""
    made = Witness(tmp_path / "two.head", WITNESS_KEY)
    yield made
    made.close()


def test_a_device_that_is_announced_stands_beside_the_one_that_may_still_go_on(witness: Witness) -> None:
    old = [Heads(number, "a", number, "b", "old") for number in range(1, 5)]
    for heads in old[:3]:
        witness.write(heads)
    first = Heads(0, "", 1, "c", "new")
    witness.announce(first, beside="old")
    assert (witness.of("old"), witness.of("new")) == (old[2], first)
    witness.write(old[3])  # the commit failed: the old one goes on
    assert witness.of("old") == old[3]
    witness.announce(first, beside="old")
    witness.write(Heads(1, "d", 1, "c", "new"))
    assert witness.of("new") == Heads(1, "d", 1, "c", "new")


@pytest.mark.skipif(sys.platform == "win32", reason="the program is killed in a fork")
def test_a_restore_that_is_killed_leaves_the_old_till_or_the_new_one_whole(
    sold: TillFiles, backup: Path, tmp_path: Path
) -> None:
    ends: list[str] = []
    for step in range(1, 100):
        folder = tmp_path / f"kill-{step}"
        shutil.copytree(sold.database.parent, folder)
        files = replace(sold, database=folder / "till.db", witness=folder / "till.head", backups=folder / "backups")
        killed = _killed_at(step, files, backup)
        units = _open(files)
        ends.append(f"{units.device.incarnation}{units.heads.voucher_seq}")
        units.run(sell)
        units.close()
        assert verify_till(files.database, KEY, files.witness, WITNESS_KEY, fast=True).ok
        if not killed:
            break
        shutil.rmtree(folder)
    assert (ends[0], ends[-1]) == ("A5", "B0")
    assert set(ends) == {"A5", "B0"}
    assert len(ends) > 8


def _killed_at(step: int, files: TillFiles, backup: Path) -> bool:
    """Restore in a child that dies at the n-th act on the disk after the letter was chosen; whether it died."""
    child = os.fork()
    if child == 0:
        acts = -1

        def watch(event: str, arguments: object) -> None:
            nonlocal acts
            if acts >= 0 and event in {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "shutil.copyfile"}:
                acts += 1
                if acts == step:
                    os._exit(9)

        def chosen(letter: str) -> None:
            nonlocal acts
            acts = 0

        sys.addaudithook(watch)
        try:
            restore_till(files, backup, NEW, NOON, ROOM, remember=chosen)
        except BaseException:  # noqa: BLE001 - the child must not go on into the parent's tests
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9
