"""A shop's keys outside the demo: named after its folder, kept under a passphrase, brought back by a code."""

import io
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import DeviceId, Instant, UserId
from domain.money import Language
from domain.policy import Actor, Role
from domain.trail import AuditFilter
from storage import passphrase
from storage.keys import FileKeyStore, OsKeyStore, load_keys, make_keys
from storage.recovery import new_code
from storage.sqlite import open_encrypted
from tests.builders import MINUTE, NOON
from tests.storage.test_keys import LockedKeyring, MemoryKeyring, PlaintextKeyring
from wiring import key_places
from wiring.daily_backups import backups_in
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_acts import keep_code, keep_under_passphrase
from wiring.key_commands import ask_secret, run_passphrase, run_recover, run_recovery_code
from wiring.key_desk import FolderKeys
from wiring.key_places import RECOVERABLE, keep_recoverable, key_store, recoverable, shop_id
from wiring.preferences import PreferenceFile
from wiring.restore import restore
from wiring.shop import Shop
from wiring.till import LETTER, PEOPLE_KEY, TILL_ROOT

PASSPHRASE = "four black cats on a roof"
OTHER = "five white dogs in a yard"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stretch passphrases for tests, and begin and end with nothing opened."""
    monkeypatch.setattr(passphrase, "MEMORY_KIB", 64)
    key_places._opened.clear()
    yield
    key_places._opened.clear()


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """The computer's key store."""
    made = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo shop, of which each test makes a shop of its own."""
    folder = Folder(tmp_path_factory.mktemp("shop-template") / "data").make()
    create_demo(folder, NOON)
    return folder.root


def a_shop(template: Path, root: Path) -> Folder:
    """Make a shop whose keys lie in the computer's key store, as a real one's do."""
    shutil.copytree(template, root)
    folder = Folder(root)
    kept = recoverable(FileKeyStore(folder.keys))
    folder.demo.unlink()
    shutil.rmtree(folder.keys)
    for name, secret in kept.items():
        key_store(folder).save(name, secret)
    return folder


@pytest.fixture
def folder(backend: MemoryKeyring, template: Path, tmp_path: Path) -> Folder:
    """A shop with its keys in the computer's key store."""
    return a_shop(template, tmp_path / "data")


def typing(*answers: str) -> "Typed":
    return Typed(answers)


class Typed:
    """Somebody who types one answer after the other."""

    def __init__(self, answers: tuple[str, ...]) -> None:
        self.left = list(answers)

    def __call__(self, prompt: str) -> str:
        return self.left.pop(0)


def opens(folder: Folder) -> bool:
    """Whether the shop's till opens with the keys that are found."""
    Shop(folder, lambda changes: None, lambda status: None).close()
    return True


def refusal(folder: Folder) -> ErrorCode:
    with pytest.raises(StorageUnavailable) as refused:
        opens(folder)
    return refused.value.code


def a_code(folder: Folder, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_recovery_code(folder, Language.EN) == 0
    return capsys.readouterr().out.splitlines()[1].strip()


def test_two_shops_of_one_person_keep_their_keys_apart(folder: Folder, backend: MemoryKeyring, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other").make()
    made = make_keys(key_store(other), TILL_ROOT)
    assert made != load_keys(key_store(folder), TILL_ROOT)
    assert {service for service, _ in backend.kept} == {f"BANA Till {shop_id(folder)}", f"BANA Till {shop_id(other)}"}
    assert opens(folder)


def test_a_folder_that_moved_opens_and_one_on_another_computer_does_not(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RST-04."""
    folder.root.rename(tmp_path / "moved")
    assert opens(Folder(tmp_path / "moved"))
    monkeypatch.setattr(keyring, "get_keyring", MemoryKeyring)
    assert refusal(Folder(tmp_path / "moved")) is ErrorCode.KEY_MISSING


@pytest.mark.parametrize("unsafe", [fail.Keyring, PlaintextKeyring, LockedKeyring])
def test_without_a_key_store_that_keeps_secrets_nothing_is_opened_and_nothing_kept(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unsafe: type[KeyringBackend]
) -> None:
    """SEC-C-04."""
    made = unsafe()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    assert refusal(folder) is ErrorCode.KEY_STORE_UNUSABLE
    with pytest.raises(StorageUnavailable):
        make_keys(key_store(Folder(tmp_path / "new").make()), TILL_ROOT)
    assert not getattr(made, "kept", {})
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"logs"}


def test_a_passphrase_takes_the_keys_out_of_the_key_store_and_is_asked_for(
    folder: Folder, backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_passphrase(folder, Language.EN, typing(PASSPHRASE, PASSPHRASE)) == 0
    assert not backend.kept
    assert opens(folder), "who has just chosen it is not asked again"
    key_places._opened.clear()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert refusal(folder) is ErrorCode.PASSPHRASE_NEEDED


def test_a_person_may_mistype_the_passphrase_twice(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_passphrase(folder, Language.EN, typing(PASSPHRASE, PASSPHRASE))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for typed, fine in ((["x", "y", PASSPHRASE], True), (["x", "y", "z"], False)):
        key_places._opened.clear()
        monkeypatch.setattr("getpass.getpass", typing(*typed))
        if fine:
            assert opens(folder)
        else:
            assert refusal(folder) is ErrorCode.PASSPHRASE_WRONG
        assert capsys.readouterr().err.count("\n") == 2, "each other try was asked for"


def test_the_passphrase_is_changed_by_who_knows_it(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    run_passphrase(folder, Language.EN, typing(PASSPHRASE, PASSPHRASE))
    before = folder.key_file.read_bytes()
    assert run_passphrase(folder, Language.EN, typing("a wrong passphrase")) == 1
    assert "This passphrase does not open the keys" in capsys.readouterr().err
    assert run_passphrase(folder, Language.EN, typing(PASSPHRASE, OTHER, OTHER + "!")) == 1
    assert run_passphrase(folder, Language.EN, typing(PASSPHRASE, "short", "short")) == 1
    assert folder.key_file.read_bytes() == before
    assert run_passphrase(folder, Language.VI, typing(PASSPHRASE, OTHER, OTHER)) == 0
    key_places._opened.clear()
    assert run_passphrase(folder, Language.EN, typing(PASSPHRASE)) == 1
    assert run_passphrase(folder, Language.EN, typing(OTHER, PASSPHRASE, PASSPHRASE)) == 0
    assert opens(folder)


def test_the_recovery_code_brings_lost_keys_back(
    folder: Folder, backend: MemoryKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    code, kept = a_code(folder, capsys), dict(backend.kept)
    backend.kept.clear()
    assert refusal(folder) is ErrorCode.KEY_MISSING
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing("0" + code[1:] + "0")) == 1
    assert not backend.kept
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(code.lower())) == 0
    assert backend.kept == kept
    assert opens(folder)


def test_no_passphrase_is_kept_for_books_whose_keys_cannot_be_read(
    folder: Folder, backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(keyring, "get_keyring", LockedKeyring)
        with pytest.raises(StorageUnavailable, match="KEY_STORE_UNUSABLE"):
            keep_under_passphrase(folder, PASSPHRASE)
    assert not folder.key_file.exists()
    assert opens(folder)
    backend.kept.clear()
    with pytest.raises(StorageUnavailable, match="KEY_MISSING"):
        keep_under_passphrase(folder, PASSPHRASE)
    assert not folder.key_file.exists()


def test_a_code_that_cannot_be_kept_leaves_the_one_before(
    folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = a_code(folder, capsys)

    def locked(store: OsKeyStore, name: str, secret: bytes) -> None:
        raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE)

    with monkeypatch.context() as away:
        away.setattr(OsKeyStore, "save", locked)
        with pytest.raises(StorageUnavailable):
            keep_code(folder, new_code())
    keep_recoverable(folder, key_store(folder))
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(code)) == 0


def test_a_code_was_made_when_it_was_made_though_what_it_opens_changes(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    a_code(folder, capsys)
    os.utime(folder.recovery, (NOON / 1000, NOON / 1000))
    keep_recoverable(folder, key_store(folder))
    owner = Actor(UserId("u-mai"), "Mai", Role.OWNER, DeviceId("d-01"))
    assert FolderKeys(folder).look(owner).code_made_at == NOON


def test_a_new_recovery_code_ends_the_one_before(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = a_code(folder, capsys), a_code(folder, capsys)
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(old)) == 1
    assert "does not open the keys of this shop" in capsys.readouterr().err
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(new)) == 0


def test_a_forgotten_passphrase_is_replaced_by_the_recovery_code(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    run_passphrase(folder, Language.EN, typing(PASSPHRASE, PASSPHRASE))
    capsys.readouterr()
    code = a_code(folder, capsys)
    key_places._opened.clear()
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(code, OTHER, OTHER)) == 0
    key_places._opened.clear()
    key_places.unlock(folder, lambda: OTHER)
    assert opens(folder)
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(code, OTHER, OTHER)) == 0, "it stays"


@pytest.mark.parametrize("safe", [True, False])
def test_the_code_and_a_copy_of_its_file_open_a_backup_on_another_computer(
    folder: Folder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    safe: bool,
) -> None:
    code = a_code(folder, capsys)
    there = Folder(tmp_path / "there").make()
    there.backups.mkdir()
    shutil.copy(folder.till, there.till)
    kind: type[KeyringBackend] = MemoryKeyring if safe else fail.Keyring
    other = kind()
    monkeypatch.setattr(keyring, "get_keyring", lambda: other)
    answers = (code,) if safe else (code, PASSPHRASE, PASSPHRASE)
    assert run_recover(there, folder.recovery, Language.EN, passphrase=False, ask=typing(*answers)) == 0
    open_encrypted(there.till, load_keys(key_store(there), TILL_ROOT).database, read_only=True).close()
    assert there.key_file.exists() is not safe
    assert there.recovery.read_bytes() == folder.recovery.read_bytes()


def test_another_shops_recovery_file_does_not_replace_keys(
    folder: Folder, backend: MemoryKeyring, template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = a_shop(template, tmp_path / "other")
    code, kept = a_code(other, capsys), dict(backend.kept)
    assert run_recover(folder, other.recovery, Language.EN, passphrase=False, ask=typing(code)) == 1
    assert backend.kept == kept
    assert opens(folder)


def test_the_letter_of_a_restored_till_is_recovered_too(
    folder: Folder, backend: MemoryKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    code = a_code(folder, capsys)
    Shop(folder, lambda changes: None, lambda status: None).close()
    copy = folder.root / "copy.db"
    shutil.copy(folder.till, copy)
    restore(folder, copy, NOON)
    letter = key_store(folder).load(LETTER)
    assert letter == b"B"
    backend.kept.clear()
    assert run_recover(folder, None, Language.EN, passphrase=False, ask=typing(code)) == 0
    assert key_store(folder).load(LETTER) == letter


def test_without_a_recovery_code_there_is_no_file_to_keep_up(folder: Folder) -> None:
    keep_recoverable(folder, key_store(folder))
    assert not folder.recovery.exists()


def test_without_keys_there_is_no_recovery_code(
    backend: MemoryKeyring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path / "new").make()
    assert run_recovery_code(folder, Language.EN) == 1
    assert "key store" in capsys.readouterr().err
    assert not folder.recovery.exists()


def test_a_demo_shop_takes_no_passphrase(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(template, tmp_path / "demo")
    assert run_passphrase(Folder(tmp_path / "demo"), Language.EN, typing()) == 1
    assert "demo shop" in capsys.readouterr().err
    assert all(
        FileKeyStore(tmp_path / "demo" / "keys").load(name) for name in RECOVERABLE if name not in (LETTER, PEOPLE_KEY)
    )


def test_the_recovery_file_goes_with_each_backup_and_brings_it_back_elsewhere(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tmp_path / "usb"
    second.mkdir()
    PreferenceFile(folder.root / "preferences.json").save_backup_folder(str(second))
    code = a_code(folder, capsys)
    backups = backups_in(folder, key_store(folder))
    for later in (0, MINUTE):
        backups.back_up(Instant(NOON + later))
    assert backups.status.second_problem is None
    copy, backup = next(second.rglob("till.recovery")), max(second.rglob("till-*"))
    assert copy.read_bytes() == (folder.backups / "till.recovery").read_bytes() == folder.recovery.read_bytes()
    elsewhere = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: elsewhere)
    there = Folder(tmp_path / "there").make()
    assert run_recover(there, copy, Language.EN, passphrase=False, ask=typing(code)) == 0
    restore(there, backup, Instant(NOON + 2 * MINUTE))
    assert opens(there)


def test_who_ends_the_input_instead_of_typing_opens_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    run_passphrase(folder, Language.EN, typing(PASSPHRASE, PASSPHRASE))
    key_places._opened.clear()

    def ended(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", ended)
    assert refusal(folder) is ErrorCode.PASSPHRASE_NEEDED
    with pytest.raises(StorageUnavailable):
        ask_secret("")


def test_keys_that_an_earlier_version_kept_under_one_name_are_taken_over(
    backend: MemoryKeyring, tmp_path: Path
) -> None:
    backend.set_password("BANA Till", TILL_ROOT, "aa" * 32)
    folder = Folder(tmp_path / "shop").make()
    assert key_store(folder).load(TILL_ROOT) == b"\xaa" * 32
    assert backend.get_password("BANA Till", TILL_ROOT) == "aa" * 32
    key_store(folder).delete(TILL_ROOT)
    assert key_store(folder).load(TILL_ROOT) is None


def test_a_key_store_that_is_locked_at_first_is_asked_again(
    backend: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.set_password("BANA Till", TILL_ROOT, "bb" * 32)
    folder = Folder(tmp_path / "shop").make()
    monkeypatch.setattr(keyring, "get_keyring", LockedKeyring)
    with pytest.raises(StorageUnavailable) as refused:
        key_store(folder).load(TILL_ROOT)
    assert refused.value.code is ErrorCode.KEY_STORE_UNUSABLE
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    assert key_store(folder).load(TILL_ROOT) == b"\xbb" * 32


def test_what_the_command_line_does_to_the_keys_is_in_the_trail(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    code = a_code(folder, capsys)
    run_passphrase(folder, Language.EN, typing(PASSPHRASE, PASSPHRASE))
    run_passphrase(folder, Language.EN, typing(PASSPHRASE, OTHER, OTHER))
    run_recover(folder, None, Language.EN, passphrase=False, ask=typing(code, PASSPHRASE, PASSPHRASE))
    assert capsys.readouterr().err == ""
    shop = Shop(folder, lambda changes: None, lambda status: None)
    owner = Actor(UserId("o"), "", Role.OWNER, shop.row.device_id)
    rows = shop.till.query(lambda queries: queries.audit(owner, AuditFilter(), 4, None)).result().rows
    shop.close()
    acts = ["keys.recovered", "keys.passphrase_changed", "keys.passphrase_set", "keys.code_made"]
    assert [row.action for row in rows] == acts
    assert {fact.value for row in rows for fact in row.facts} == {"command_line"}
