"""Backups of a whole folder, once a day and elsewhere as well, and a restore as the command line does it."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from main import main
from storage.backup import KEPT
from storage.breaking_off import BrokenOff
from storage.gate import TillFiles
from storage.keys import FileKeyStore, load_keys
from tests.builders import KEY, MERCHANT, MINUTE, NOON, SETUP
from wiring.daily_backups import EVERY_MS, Backups, Source
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.hub import open_hub_file
from wiring.restore import restore
from wiring.shop import Shop
from wiring.till import HUB_ROOT


def _backups(files: TillFiles, hub: Path, second: Callable[[], str] = str) -> Backups:
    sources = (Source(files.database, KEY, "till"), Source(hub, KEY, "hub"))
    return Backups(Folder(files.database.parent), lambda: sources, second)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_is_made_once_a_day_of_the_till_and_of_its_hub(till_file: TillFiles, hub_file: Path) -> None:
    backups = _backups(till_file, hub_file)
    assert backups.status.newest_at is None
    moments = [0, MINUTE, EVERY_MS - 1, EVERY_MS, EVERY_MS + MINUTE, -MINUTE]  # the last: the clock was put back
    for moment in moments:
        backups.look(Instant(NOON + moment))
    made = _names(till_file.backups)
    assert [name.split("-")[0] for name in made] == ["hub"] * 3 + ["till"] * 3
    assert _backups(till_file, hub_file).status.newest_at == NOON + EVERY_MS


def test_a_second_folder_has_a_copy_of_each_and_of_no_more_than_are_kept(
    till_file: TillFiles, hub_file: Path, tmp_path: Path
) -> None:
    usb = tmp_path / "usb"
    own = usb / f"bana-till-{MERCHANT[-8:]}-{SETUP.till_code}"
    own.mkdir(parents=True)
    for number in range(KEPT):
        (own / f"till-20200101T{number:09d}Z.backup").write_bytes(b"old")
    backups = _backups(till_file, hub_file, lambda: str(usb))
    made = backups.back_up(NOON)
    assert backups.status.second_problem is None
    assert [(own / path.name).read_bytes() for path in made] == [path.read_bytes() for path in made]
    assert len(list(own.glob("till-*"))) == KEPT
    assert not (own / "till-20200101T000000000Z.backup").exists()


def test_a_second_folder_out_of_reach_is_told_and_the_backup_stands(
    till_file: TillFiles, hub_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "usb").write_text("no folder")
    backups = _backups(till_file, hub_file, lambda: str(tmp_path / "usb"))
    assert len(backups.back_up(NOON)) == 2
    problem = backups.status.second_problem
    assert problem is not None
    assert (problem.code, backups.status.newest_at, backups.status.problem) == (ErrorCode.FILE_NOT_WRITTEN, NOON, None)


def test_a_stick_that_is_away_gets_no_folder_on_this_disk(till_file: TillFiles, hub_file: Path, tmp_path: Path) -> None:
    backups = _backups(till_file, hub_file, lambda: str(tmp_path / "usb"))
    backups.back_up(NOON)
    assert not (tmp_path / "usb").exists()
    assert backups.status.second_problem is not None
    assert backups.status.second_problem.code is ErrorCode.FILE_NOT_WRITTEN


def test_a_backup_that_failed_is_told_until_one_succeeds(
    till_file: TillFiles, hub_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageUnavailable(ErrorCode.DISK_FULL)

    backups = _backups(till_file, hub_file)
    with monkeypatch.context() as broken:
        broken.setattr("wiring.daily_backups.back_up", full)
        with pytest.raises(StorageUnavailable):
            backups.look(NOON)
    assert backups.status.problem is not None
    assert backups.status.newest_at is None
    backups.look(NOON)
    assert backups.status.problem is None


def test_a_till_that_closes_breaks_its_backup_off(till_file: TillFiles, hub_file: Path) -> None:
    backups = _backups(till_file, hub_file)
    backups.end()
    backups.look(NOON)
    with pytest.raises(BrokenOff):
        backups.back_up(NOON)
    assert _names(till_file.backups) == []


def test_the_commands_back_up_show_ask_and_restore(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "shop").make()
    create_demo(folder, NOON)
    usb = tmp_path / "usb"
    usb.mkdir()
    data = ["--data", str(folder.root), "--language", "en"]
    open_hub_file(folder, load_keys(FileKeyStore(folder.keys), HUB_ROOT).database).close()
    assert main(["backup", "--second", str(usb), *data]) == 0
    assert capsys.readouterr().out.startswith("Backed up and checked: ")
    [backup] = usb.rglob("till-*.backup")

    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    assert main(["restore", str(backup), *data]) == 1
    shown = capsys.readouterr().out
    assert "till 01A: 10 payments" in shown
    assert "Nothing was changed." in shown

    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main(["restore", str(backup), *data]) == 0
    assert "From now on this till is 01B." in capsys.readouterr().out
    assert main(["verify", "--data", str(folder.root)]) == 0
    capsys.readouterr()

    foreign = tmp_path / "foreign.backup"
    foreign.write_bytes(b"a shopping list")
    assert main(["restore", str(foreign), *data]) == 1
    assert "Nothing on the till was changed." in capsys.readouterr().err

    for lost in (folder.till, folder.hub):  # which is not taken for a shop that is to be made
        lost.unlink()
    with pytest.raises(StorageUnavailable):
        Shop(folder, lambda changes: None, lambda status: None)
    damaged = shutil.copytree(backup.parent, tmp_path / "damaged") / backup.name
    damaged.write_bytes(backup.read_bytes()[:-4096])
    with pytest.raises(StorageUnavailable):
        restore(folder, damaged, NOON)
    assert not folder.hub.exists(), "a hub comes back with its till or not at all"
    assert restore(folder, backup, NOON).device.incarnation == "C"
    assert main(["verify", "--data", str(folder.root)]) == 0
    assert "\nhub\n" in capsys.readouterr().out
