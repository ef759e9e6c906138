"""A key file opens with its passphrase and its shop alone, and never holds a secret in the clear."""

import json
import os
import stat
from pathlib import Path

import pytest

from domain.errors import ErrorCode, RuleBroken, StorageUnavailable
from storage import passphrase
from storage.passphrase import PassphraseFile

SHOP = "0f1e2d3c4b5a6978"
SECRET = b"a secret of thirty-two bytes  ok"
PASSPHRASE = "bốn con mèo đen trên mái"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "MEMORY_KIB", 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file with one secret."""
    made = PassphraseFile.create(tmp_path / "till.keys", SHOP, PASSPHRASE, {"hub": b"hub"})
    made.save("till", SECRET)
    return tmp_path / "till.keys"


def refusal(path: Path, typed: str = PASSPHRASE, shop: str = SHOP) -> ErrorCode:
    with pytest.raises(StorageUnavailable) as refused:
        PassphraseFile.open(path, shop, typed).load("till")
    return refused.value.code


def test_a_secret_is_kept_replaced_and_forgotten(path: Path) -> None:
    store = PassphraseFile.open(path, SHOP, PASSPHRASE)
    assert (store.load("till"), store.load("hub"), store.load("none")) == (SECRET, b"hub", None)
    store.save("till", SECRET[::-1])
    store.delete("hub")
    store.delete("hub")
    again = PassphraseFile.open(path, SHOP, PASSPHRASE)
    assert (again.load("till"), again.load("hub")) == (SECRET[::-1], None)
    assert repr(store) == "PassphraseFile(***)"


def test_a_passphrase_opens_however_its_marks_are_typed(path: Path) -> None:
    assert PassphraseFile.open(path, SHOP, " bốn con mèo đen trên mái ").load("till") == SECRET


def test_a_wrong_passphrase_is_told_as_such(path: Path) -> None:
    assert refusal(path, PASSPHRASE + "!") is ErrorCode.PASSPHRASE_WRONG
    assert refusal(path, "") is ErrorCode.PASSPHRASE_WRONG


def test_the_file_of_another_shop_does_not_open_even_renamed(path: Path) -> None:
    assert refusal(path, shop="another") is ErrorCode.KEY_MISSING
    path.write_text(path.read_text().replace(SHOP, "another"))
    assert refusal(path, shop="another") is ErrorCode.PASSPHRASE_WRONG


def test_secrets_that_changed_places_are_found_out(path: Path) -> None:
    kept = json.loads(path.read_bytes())
    kept["secrets"] = {"till": kept["secrets"]["hub"], "hub": kept["secrets"]["till"]}
    path.write_text(json.dumps(kept))
    assert refusal(path) is ErrorCode.KEY_FILE_DAMAGED


@pytest.mark.parametrize(
    "damage",
    [
        {"lock": {}},
        {"version": 2},
        {"secrets": []},
        {"lock": {"salt": "00" * 16, "memory_kib": 1 << 30, "passes": 3, "lanes": 4, "key": ""}},
        {"lock": {"salt": "00" * 16, "memory_kib": 64, "passes": 0, "lanes": 4, "key": ""}},
        {"lock": {"salt": "00", "memory_kib": 64, "passes": 1, "lanes": 1, "key": ""}},
    ],
)
def test_a_damaged_file_is_told_as_such(path: Path, damage: dict[str, object]) -> None:
    path.write_text(json.dumps(json.loads(path.read_bytes()) | damage))
    assert refusal(path) is ErrorCode.KEY_FILE_DAMAGED


def test_a_cut_and_a_missing_file_are_told_as_such(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])
    assert refusal(path) is ErrorCode.KEY_FILE_DAMAGED
    path.unlink()
    assert refusal(path) is ErrorCode.KEY_FILE_DAMAGED


def test_a_changed_passphrase_ends_the_one_before(path: Path) -> None:
    PassphraseFile.open(path, SHOP, PASSPHRASE).change("another passphrase")
    assert refusal(path) is ErrorCode.PASSPHRASE_WRONG
    assert PassphraseFile.open(path, SHOP, "another passphrase").load("till") == SECRET


def test_a_short_passphrase_is_refused_and_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(RuleBroken) as refused:
        PassphraseFile.open(path, SHOP, PASSPHRASE).change("  elevenchars  ")
    assert refused.value.code is ErrorCode.PASSPHRASE_SHORT
    assert path.read_bytes() == before


def test_the_file_holds_neither_secret_nor_passphrase_and_is_its_owners_alone(path: Path) -> None:
    held = path.read_bytes()
    for needle in (SECRET, SECRET.hex().encode(), PASSPHRASE.encode(), json.dumps(PASSPHRASE).encode()[1:-1]):
        assert needle not in held
    assert [file.name for file in path.parent.iterdir()] == ["till.keys"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_file_that_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, before = PassphraseFile.open(path, SHOP, PASSPHRASE), path.read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageUnavailable) as refused:
        store.save("till", b"new")
    assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["till.keys"]


def test_the_usual_work_is_that_of_the_standard() -> None:
    assert (passphrase.PASSES, passphrase.LANES, passphrase.LEAST) == (3, 4, 12)
