"""Opening a file: only with a library that keeps commits, the right key, and every setting in force."""

from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from domain.errors import ErrorCode, StorageUnavailable
from domain.rails import Method
from storage import sqlite
from storage.gate import TillFiles
from storage.sqlite import SETTINGS, check_library, open_encrypted
from storage.till import TillUnits
from tests.builders import KEY, sell


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 4), (3, 51, 1), (3, 51, 2)])
def test_a_library_that_can_lose_commits_is_refused(version: tuple[int, int, int]) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        check_library(version)
    assert refused.value.code is ErrorCode.STORAGE_UNSAFE
    assert refused.value.facts == {"version": ".".join(map(str, version))}


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 44, 7), (3, 50, 7), (3, 51, 3), (3, 52, 0), (3, 53, 4), (4, 0, 0)])
def test_a_fixed_library_is_taken(version: tuple[int, int, int]) -> None:
    check_library(version)


def test_every_open_passes_the_version_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlcipher, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(StorageUnavailable) as refused:
        open_encrypted(tmp_path / "till.db", KEY)
    assert refused.value.code is ErrorCode.STORAGE_UNSAFE
    assert not (tmp_path / "till.db").exists()


@pytest.mark.parametrize("read_only", [False, True])
def test_every_connection_has_every_setting(read_only: bool, till_file: TillFiles) -> None:
    connection = open_encrypted(till_file.database, KEY, read_only=read_only)
    held = {name: connection.raw.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS}
    connection.close()
    assert held == SETTINGS
    assert (SETTINGS["synchronous"], SETTINGS["journal_mode"], SETTINGS["foreign_keys"]) == (2, "wal", 1)


def test_a_setting_that_does_not_hold_is_refused(till_file: TillFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "SETTINGS", {**SETTINGS, "synchronous": 7})
    with pytest.raises(StorageUnavailable) as refused:
        till_file.connect()
    assert refused.value.code is ErrorCode.STORAGE_UNSAFE


def test_a_reader_cannot_write(till_file: TillFiles) -> None:
    connection = till_file.connect_reader()
    with pytest.raises(sqlcipher.OperationalError):
        connection.raw.execute("DELETE FROM preferences")
    connection.close()


def test_another_key_does_not_open_the_file(till_file: TillFiles) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        open_encrypted(till_file.database, KEY[::-1])
    assert refused.value.code is ErrorCode.KEY_MISSING


def test_a_damaged_schema_is_told_apart_from_a_wrong_key(till_file: TillFiles) -> None:
    whole = till_file.database.read_bytes()
    told: list[ErrorCode] = []
    for page in range(len(whole) // 4096):
        held = bytearray(whole)
        held[page * 4096 + 1000] ^= 1
        till_file.database.write_bytes(held)
        try:
            till_file.connect().close()
        except StorageUnavailable as refusal:
            told.append(refusal.code)
    assert told[0] is ErrorCode.KEY_MISSING
    assert set(told[1:]) == {ErrorCode.STORAGE_TAMPERED}


def test_a_missing_folder_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        open_encrypted(tmp_path / "nowhere" / "till.db", KEY)
    assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE


def test_a_path_may_hold_the_signs_of_a_url(tmp_path: Path) -> None:
    folder = tmp_path / "100% quán? #1"
    folder.mkdir()
    open_encrypted(folder / "till.db", KEY).close()
    assert (folder / "till.db").exists()


def test_nothing_of_the_books_lies_readable_on_the_disk(till_file: TillFiles, till_units: TillUnits) -> None:
    needle = "Nguyễn Thị Kim Tuyến"
    till_units.run(lambda uow: sell(uow, method=Method.VIETQR, customer_name=needle, note="kim trong đống rơm"))
    till_units.checkpoint()
    files = list(till_file.database.parent.iterdir())
    assert {"till.db", "till.db-wal"} <= {file.name for file in files}
    for file in files:
        held = file.read_bytes()
        for secret in (needle, "kim trong", "BANA01A", "Tạp hoá", "SQLite format 3", KEY.hex()):
            assert secret.encode() not in held, (file.name, secret)
        assert KEY not in held
