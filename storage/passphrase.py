"""A till's secrets in one file under a passphrase: where the computer has no key store that keeps secrets."""

import json
import secrets
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from domain.errors import ErrorCode, RuleBroken, StorageUnavailable
from storage.keys import KEY_BYTES, write_private
from storage.sealing import opened, sealed

LEAST: Final = 12
"""Characters of a passphrase; ASVS 6.2.1 asks for eight of a password that protects less."""
MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = 4
"""argon2id as RFC 9106 section 4 recommends it second, for machines without much memory: about 0.15 s a try."""
_MOST_MEMORY_KIB: Final = 1024 * 1024


class PassphraseFile:
    """A key store that is one file: a random key sealed under the passphrase, and the secrets sealed under that key.

    Everything is AES-256-GCM with the shop's id as associated data, so what is moved between shops does not open. The
    passphrase is kept nowhere.
    """

    def __init__(self, path: Path, shop: str, key: bytes) -> None:
        """`key` seals the file's secrets; `create` and `open` are the ways to one."""
        self._path, self._shop, self._key = path, shop, key

    def __repr__(self) -> str:
        return "PassphraseFile(***)"

    @classmethod
    def create(
        cls, path: Path, shop: str, passphrase: str, kept: Mapping[str, bytes] = MappingProxyType({})
    ) -> "PassphraseFile":
        """Make one that holds the secrets `kept`, by name, in the place of what is there.

        Raises RuleBroken(PASSPHRASE_SHORT) and StorageUnavailable(STORAGE_UNAVAILABLE).
        """
        made = cls(path, shop, secrets.token_bytes(KEY_BYTES))
        content = {name: sealed(made._key, secret, made._data(name)) for name, secret in kept.items()}
        _write(path, {"version": 1, "shop": shop, **_lock(shop, made._key, passphrase), "secrets": content})
        return made

    @classmethod
    def open(cls, path: Path, shop: str, passphrase: str) -> "PassphraseFile":
        """Open one; raises StorageUnavailable: PASSPHRASE_WRONG, KEY_FILE_DAMAGED, KEY_MISSING for another shop's."""
        kept = _read(path)
        if kept["shop"] != shop:
            raise StorageUnavailable(ErrorCode.KEY_MISSING)
        lock = kept["lock"]
        stretched = _stretched(passphrase, lock)
        key = opened(stretched, lock["key"], _lock_data(shop, lock))
        if key is None:
            raise StorageUnavailable(ErrorCode.PASSPHRASE_WRONG)
        return cls(path, shop, key)

    def change(self, passphrase: str) -> None:
        """Put another passphrase in the place of the one before; raises what `create` raises.

        An older copy of the file still opens with the older passphrase.
        """
        _write(self._path, {**_read(self._path), **_lock(self._shop, self._key, passphrase)})

    def load(self, name: str) -> bytes | None:
        kept = _read(self._path)["secrets"].get(name)
        if kept is None:
            return None
        secret = opened(self._key, kept, self._data(name))
        if secret is None:
            raise StorageUnavailable(ErrorCode.KEY_FILE_DAMAGED)
        return secret

    def save(self, name: str, secret: bytes) -> None:
        kept = _read(self._path)
        kept["secrets"][name] = sealed(self._key, secret, self._data(name))
        _write(self._path, kept)

    def delete(self, name: str) -> None:
        kept = _read(self._path)
        if kept["secrets"].pop(name, None) is not None:
            _write(self._path, kept)

    def _data(self, name: str) -> str:
        return f"bana-till/secret/v1|{self._shop}|{name}"


def check_passphrase(passphrase: str) -> str:
    """Return a passphrase in the one form in which it is used; raises RuleBroken(PASSPHRASE_SHORT)."""
    formed = _formed(passphrase)
    if len(formed) < LEAST:
        raise RuleBroken(ErrorCode.PASSPHRASE_SHORT, least=LEAST)
    return formed


def _formed(passphrase: str) -> str:
    """Return it as every keyboard and every system writes it: ế is one letter or two."""
    return unicodedata.normalize("NFKC", passphrase).strip()


def _lock(shop: str, key: bytes, passphrase: str) -> dict[str, Any]:
    check_passphrase(passphrase)
    lock: dict[str, Any] = {
        "salt": secrets.token_hex(16),
        "memory_kib": MEMORY_KIB,
        "passes": PASSES,
        "lanes": LANES,
    }
    return {"lock": {**lock, "key": sealed(_stretched(passphrase, lock), key, _lock_data(shop, lock))}}


def _lock_data(shop: str, lock: dict[str, Any]) -> str:
    return f"bana-till/passphrase/v1|{shop}|{lock['salt']}|{lock['memory_kib']}|{lock['passes']}|{lock['lanes']}"


def _stretched(passphrase: str, lock: dict[str, Any]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        _formed(passphrase).encode(),
        bytes.fromhex(lock["salt"]),
        time_cost=lock["passes"],
        memory_cost=lock["memory_kib"],
        parallelism=lock["lanes"],
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _read(path: Path) -> dict[str, Any]:
    """Return the file's content if it has the right shape and asks for no absurd work."""
    try:
        kept: dict[str, Any] = json.loads(path.read_bytes())
        lock = kept["lock"]
        sound = (
            kept["version"] == 1
            and isinstance(kept["shop"], str)
            and all(isinstance(secret, str) for secret in kept["secrets"].values())
            and len(bytes.fromhex(lock["salt"])) == 16
            and 8 * int(lock["lanes"]) <= int(lock["memory_kib"]) <= _MOST_MEMORY_KIB
            and 1 <= int(lock["passes"]) <= 16
            and 1 <= int(lock["lanes"]) <= 16
            and isinstance(lock["key"], str)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageUnavailable(ErrorCode.KEY_FILE_DAMAGED) from error
    if not sound:
        raise StorageUnavailable(ErrorCode.KEY_FILE_DAMAGED)
    return kept


def _write(path: Path, kept: dict[str, Any]) -> None:
    try:
        write_private(path, json.dumps(kept, indent=1).encode())
    except OSError as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
