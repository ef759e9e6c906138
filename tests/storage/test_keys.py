"""Keys are derived apart from each other and kept where only their owner reads them."""

import os
import stat
from pathlib import Path

import keyring
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from domain.errors import ErrorCode, StorageUnavailable
from storage.keys import FileKeyStore, Keys, KeyStore, OsKeyStore, load_keys, make_keys

SHOP = "0f1e2d3c4b5a6978"
ROOT = bytes(range(100, 132))


class MemoryKeyring(KeyringBackend):
    """A key store of the operating system, in memory."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


class LockedKeyring(MemoryKeyring):
    """A key store that its owner has not unlocked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(service)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(service)


class PlaintextKeyring(MemoryKeyring):
    """Stands for keyrings.alt's file of readable passwords."""


PlaintextKeyring.__module__ = "keyrings.alt.file"


@pytest.fixture(params=["file", "system"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyStore:
    """A key store of either kind."""
    if request.param == "file":
        return FileKeyStore(tmp_path / "keys")
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return OsKeyStore(SHOP)


def test_the_keys_are_hkdf_of_the_root_and_all_differ() -> None:
    keys = Keys.from_root(ROOT)
    parts = {"database": keys.database, "witness": keys.witness, "pepper": keys.pepper, "vault": keys.vault}
    for use, key in parts.items():
        assert key == HKDF(SHA256(), 32, salt=None, info=f"bana-till/{use}/v1".encode()).derive(ROOT)
    assert len(set(parts.values())) == 4


def test_keys_do_not_show_themselves() -> None:
    assert repr(Keys.from_root(ROOT)) == "Keys()"


def test_a_secret_is_kept_replaced_and_forgotten(store: KeyStore) -> None:
    assert store.load("till-root") is None
    store.save("till-root", ROOT)
    assert store.load("till-root") == ROOT
    store.save("till-root", ROOT[::-1])
    assert store.load("till-root") == ROOT[::-1]
    store.delete("till-root")
    store.delete("till-root")
    assert store.load("till-root") is None


def test_a_new_shop_makes_its_root_once(store: KeyStore) -> None:
    keys = make_keys(store, "till-root")
    assert make_keys(store, "till-root") == keys == load_keys(store, "till-root")


def test_a_missing_root_is_never_made_anew_for_a_shop_that_exists(store: KeyStore) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        load_keys(store, "till-root")
    assert refused.value.code is ErrorCode.KEY_MISSING
    assert store.load("till-root") is None


def test_a_root_that_was_cut_short_is_refused(store: KeyStore) -> None:
    store.save("till-root", ROOT[:31])
    with pytest.raises(StorageUnavailable):
        make_keys(store, "till-root")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    FileKeyStore(tmp_path / "keys").save("till-root", ROOT)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in (tmp_path / "keys").iterdir()] == [
        ("till-root.key", 0o600)
    ]


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        FileKeyStore(tmp_path).load("../till-root")


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, PlaintextKeyring])
def test_a_key_store_that_keeps_no_secret_is_refused(
    backend: type[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = backend()
    monkeypatch.setattr(keyring, "get_keyring", lambda: kept)
    with pytest.raises(StorageUnavailable) as refused:
        OsKeyStore(SHOP).load("till-root")
    assert refused.value.code is ErrorCode.KEY_STORE_UNUSABLE
    with pytest.raises(StorageUnavailable) as refused:
        OsKeyStore(SHOP).save("till-root", ROOT)
    assert refused.value.code is ErrorCode.KEY_STORE_UNUSABLE


def test_of_a_chain_only_the_safe_key_store_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, safe = PlaintextKeyring(), MemoryKeyring()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [plain, safe])
    monkeypatch.setattr(keyring, "get_keyring", chainer.ChainerBackend)
    OsKeyStore(SHOP).save("till-root", ROOT)
    assert not plain.kept
    assert safe.kept == {(f"BANA Till {SHOP}", "till-root"): ROOT.hex()}


def test_a_locked_key_store_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", LockedKeyring)
    with pytest.raises(StorageUnavailable) as refused:
        OsKeyStore(SHOP).load("till-root")
    assert refused.value.code is ErrorCode.KEY_STORE_UNUSABLE


def test_two_shops_of_one_person_do_not_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    OsKeyStore("one").save("till-root", ROOT)
    assert OsKeyStore("other").load("till-root") is None
    OsKeyStore("other").save("till-root", ROOT[::-1])
    OsKeyStore("other").delete("till-root")
    assert OsKeyStore("one").load("till-root") == ROOT
