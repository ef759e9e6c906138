"""The witness outside the database: it notices a lost tail and survives a torn write."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from storage.gate import TillFiles, open_till
from storage.till import TillUnits
from storage.verify import verify_till
from storage.witness import SLOT_BYTES, Heads, Witness, witnessed
from tests.builders import KEY, WITNESS_KEY, sell


def _heads(number: int) -> Heads:
    return Heads(number, f"{number:064x}", number, f"{number:064d}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a witness of its own lies."""
    return tmp_path / "till.head"


def test_the_furthest_heads_are_told(path: Path) -> None:
    witness = Witness(path, WITNESS_KEY)
    assert witness.read() is None
    for number in range(1, 6):
        witness.write(_heads(number))
        assert witness.read() == witnessed(path, WITNESS_KEY) == _heads(number)
    witness.close()
    assert path.stat().st_size == 2 * SLOT_BYTES


@pytest.mark.parametrize("opens", [1, 2, 3])
def test_a_torn_write_leaves_the_heads_before_it(opens: int, path: Path) -> None:
    """However often the till was opened, a torn write hits the slot that does not hold the newest heads."""
    for number in range(1, opens + 1):
        witness = Witness(path, WITNESS_KEY)
        witness.write(_heads(number))
        witness.close()
    whole = path.read_bytes()
    witness = Witness(path, WITNESS_KEY)
    witness.write(_heads(opens + 1))
    witness.close()
    written = path.read_bytes()
    torn_at = next(index for index in range(len(whole)) if whole[index] != written[index])
    slot = torn_at // SLOT_BYTES * SLOT_BYTES
    for reached in (1, 40, 100, 200):
        path.write_bytes(whole[:slot] + written[slot : slot + reached] + whole[slot + reached :])
        assert witnessed(path, WITNESS_KEY) == _heads(opens)


@pytest.mark.parametrize("byte", [0, 0x20, 0xFF, 0xC3])
def test_a_changed_byte_is_never_believed(byte: int, path: Path) -> None:
    witness = Witness(path, WITNESS_KEY)
    witness.write(_heads(1))
    witness.close()
    whole = path.read_bytes()
    length = whole.index(b"\n") + 1
    for place in range(length):
        changed = bytearray(whole)
        if changed[place] != byte:
            changed[place] = byte
            path.write_bytes(changed)
            assert witnessed(path, WITNESS_KEY) in (None, _heads(1))
    assert witnessed(path, WITNESS_KEY[::-1]) is None


def test_a_missing_file_tells_nothing_and_is_not_made(path: Path) -> None:
    assert witnessed(path, WITNESS_KEY) is None
    assert not path.exists()


@pytest.fixture
def older_and_newer(till_file: TillFiles, tmp_path: Path) -> tuple[TillFiles, Path]:
    """A till that has sold three times, and its database as it was after the first sale."""
    older = tmp_path / "older.db"
    for number in range(3):
        units = TillUnits(till_file.connect, Witness(till_file.witness, WITNESS_KEY), lambda changes: None)
        units.run(partial(sell, name=f"sale {number}"))
        units.close()
        if number == 0:
            shutil.copy(till_file.database, older)
    return till_file, older


def _codes(files: TillFiles, *, fast: bool) -> set[str]:
    report = verify_till(files.database, KEY, files.witness, WITNESS_KEY, fast=fast)
    return {finding.code for line in report.lines for finding in line.findings}


@pytest.mark.parametrize("fast", [False, True])
def test_a_database_put_back_to_an_earlier_state_is_noticed(
    fast: bool, older_and_newer: tuple[TillFiles, Path]
) -> None:
    files, older = older_and_newer
    assert _codes(files, fast=fast) == set()
    shutil.copy(older, files.database)
    assert _codes(files, fast=fast) == {"TAIL_LOST"}
    with pytest.raises(StorageUnavailable) as refused:
        open_till(files, lambda changes: None, free_bytes=2**40)
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED


def test_a_log_whose_tail_was_cut_is_noticed(till_file: TillFiles, tmp_path: Path) -> None:
    """The file and its log as a kill leaves them; SQLite itself takes a cut log for a whole one."""
    units = TillUnits(till_file.connect, Witness(till_file.witness, WITNESS_KEY), lambda changes: None)
    for number in range(3):
        units.run(partial(sell, name=f"sale {number}"))
    killed = TillFiles(tmp_path / "k.db", till_file.witness, tmp_path / "backups", KEY, WITNESS_KEY)
    log = till_file.database.with_name("till.db-wal").read_bytes()
    shutil.copy(till_file.database, killed.database)
    killed_log = killed.database.with_name("k.db-wal")
    for cut, wanted in ((len(log), set()), (len(log) - 1, {"TAIL_LOST"}), (len(log) // 2, {"TAIL_LOST"})):
        for suffix in ("-wal", "-shm"):
            killed.database.with_name(f"k.db{suffix}").unlink(missing_ok=True)
        killed_log.write_bytes(log[:cut])
        assert _codes(killed, fast=False) == wanted, cut
    killed_log.unlink()
    assert _codes(killed, fast=False) == {"TAIL_LOST"}
    units.close()


def test_another_history_of_the_same_length_is_noticed(older_and_newer: tuple[TillFiles, Path], tmp_path: Path) -> None:
    files, older = older_and_newer
    shutil.copy(older, files.database)
    units = TillUnits(files.connect, Witness(tmp_path / "elsewhere.head", WITNESS_KEY), lambda changes: None)
    for number in range(2):
        units.run(partial(sell, name=f"another sale {number}"))
    units.close()
    assert _codes(files, fast=False) == {"WITNESS_OTHER"}


def test_a_witness_that_was_removed_is_noticed(older_and_newer: tuple[TillFiles, Path]) -> None:
    files, _ = older_and_newer
    files.witness.unlink()
    assert _codes(files, fast=True) == {"WITNESS_MISSING"}


def test_a_crash_between_commit_and_witness_is_no_loss(older_and_newer: tuple[TillFiles, Path]) -> None:
    files, _ = older_and_newer
    behind = files.witness.read_bytes()
    units = TillUnits(files.connect, Witness(files.witness, WITNESS_KEY), lambda changes: None)
    units.run(lambda uow: sell(uow, "unwitnessed"))
    units.close()
    files.witness.write_bytes(behind)
    assert _codes(files, fast=False) == set()
    open_till(files, lambda changes: None, free_bytes=2**40).close()


def test_damaged_pages_are_refused_at_the_start(older_and_newer: tuple[TillFiles, Path]) -> None:
    files, _ = older_and_newer
    pages = files.database.stat().st_size // 4096
    refusals = [_refused_after(_flipped(page), files) for page in range(1, pages, 4)]
    assert set(refusals) == {ErrorCode.STORAGE_TAMPERED}


def _flipped(page: int) -> Callable[[bytearray], None]:
    def flip(held: bytearray) -> None:
        held[page * 4096 + 1000] ^= 1

    return flip


def _refused_after(change: Callable[[bytearray], None], files: TillFiles) -> ErrorCode | None:
    whole = files.database.read_bytes()
    held = bytearray(whole)
    change(held)
    files.database.write_bytes(held)
    try:
        open_till(files, lambda changes: None, free_bytes=2**40).close()
    except StorageUnavailable as error:
        return error.code
    else:
        return None
    finally:
        files.database.write_bytes(whole)
