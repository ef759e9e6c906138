"""The till's secrets: four keys from one root, and where the root lies (the system's key store, or a file one owns)."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from domain.errors import ErrorCode, StorageUnavailable
from domain.people import PersonProof

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

KEY_BYTES: Final = 32
SERVICE: Final = "BANA Till"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_UNSAFE_BACKENDS: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Back ends that keep nothing, or keep it in the clear; a chain of back ends is looked into."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Four 32-byte keys, none of which tells anything of another: of the database's pages, of the witness's MAC,
    of the PINs' pepper, and of the key that wraps the vault's data keys."""

    database: bytes = field(repr=False)
    witness: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
    vault: bytes = field(repr=False)

    @classmethod
    def from_root(cls, root: bytes) -> "Keys":
        """Derive the keys from a root of 32 random bytes (HKDF-SHA256, RFC 5869)."""
        assert len(root) == KEY_BYTES, "the root is 32 bytes"
        return cls(*(derived(root, f"bana-till/{use}/v1") for use in ("database", "witness", "pepper", "vault")))


class KeyStore(Protocol):
    """Keeps secrets by name. Every call raises StorageUnavailable if the store cannot be used: KEY_STORE_UNUSABLE for
    the operating system's, KEY_MISSING for files."""

    def load(self, name: str) -> bytes | None:
        """Return a secret, or None if there is none of that name."""

    def save(self, name: str, secret: bytes) -> None:
        """Keep a secret, in place of the one before; it is kept when this returns."""

    def delete(self, name: str) -> None:
        """Forget a secret; one that is not there is forgotten already."""


def load_keys(store: KeyStore, name: str) -> Keys:
    """Return the keys of the root kept under `name`; raises StorageUnavailable(KEY_MISSING) if there is none.

    A database without its key is lost, so this never makes a new root.
    """
    root = store.load(name)
    if root is None or len(root) != KEY_BYTES:
        raise StorageUnavailable(ErrorCode.KEY_MISSING)
    return Keys.from_root(root)


def make_keys(store: KeyStore, name: str) -> Keys:
    """Return the keys of the root kept under `name`, making the root first if there is none: for a new shop only."""
    if store.load(name) is None:
        store.save(name, secrets.token_bytes(KEY_BYTES))
    return load_keys(store, name)


class FileKeyStore:
    """Secrets as files that only their owner may read: for demo shops and tests, not for a shop's money."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(ErrorCode.KEY_MISSING) from error

    def save(self, name: str, secret: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._path(name), secret)
        except OSError as error:
            raise StorageUnavailable(ErrorCode.KEY_MISSING) from error

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        assert _NAME.fullmatch(name), "a secret's name is lower case letters, digits and dashes"
        return self._folder / f"{name}.key"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read; no half of it ever bears its name. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class OsKeyStore:
    """Secrets in the operating system's key store, under one service name for each shop.

    Any program that runs as the same person can read them there. A back end that keeps secrets in the clear, or
    nowhere, or that is locked, is refused with StorageUnavailable(KEY_STORE_UNUSABLE).
    """

    def __init__(self, shop: str) -> None:
        """`shop` tells apart the shops of one person on one computer: the id of the shop's folder."""
        self._service = f"{SERVICE} {shop}"

    def load(self, name: str) -> bytes | None:
        from keyring.errors import KeyringError

        try:
            kept = _safe_backend().get_password(self._service, name)
            return None if kept is None else bytes.fromhex(kept)
        except KeyringError as error:
            raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE) from error
        except ValueError as error:
            raise StorageUnavailable(ErrorCode.KEY_MISSING) from error

    def save(self, name: str, secret: bytes) -> None:
        from keyring.errors import KeyringError

        try:
            _safe_backend().set_password(self._service, name, secret.hex())
        except KeyringError as error:
            raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE) from error

    def adopt(self, names: Iterable[str]) -> None:
        """Take over what an earlier version kept under one name for every shop of this person; what is here stays."""
        from keyring.errors import KeyringError

        try:
            backend = _safe_backend()
            for name in names:
                kept = backend.get_password(SERVICE, name)
                if kept is not None and backend.get_password(self._service, name) is None:
                    backend.set_password(self._service, name, kept)
        except KeyringError as error:
            raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE) from error

    def delete(self, name: str) -> None:
        from keyring.errors import KeyringError

        if self.load(name) is None:
            return
        try:
            _safe_backend().delete_password(self._service, name)
        except KeyringError as error:
            raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE) from error


def _safe_backend() -> "KeyringBackend":
    """Return the first back end that keeps secrets secret; raises StorageUnavailable(KEY_STORE_UNUSABLE) without."""
    import keyring

    for backend in _unchained(keyring.get_keyring()):
        if not type(backend).__module__.startswith(_UNSAFE_BACKENDS):
            return backend
    raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE)


def _unchained(backend: "KeyringBackend") -> "Iterator[KeyringBackend]":
    from keyring.backends.chainer import ChainerBackend

    if isinstance(backend, ChainerBackend):
        yield from backend.backends
    else:
        yield backend


def person_proof(people_key: bytes) -> PersonProof:
    """Return what proves facts about people, by a key of its own: the one that hashes PINs proves nothing."""
    return PersonProof(derived(people_key, "bana-till/person-fact/v1"))


def derived(root: bytes, info: str, salt: bytes = b"") -> bytes:
    """Return 32 bytes of HKDF-SHA256 (RFC 5869): one extract and the first block of the expand."""
    extracted = hmac.digest(salt or bytes(hashlib.sha256().digest_size), root, "sha256")
    return hmac.digest(extracted, info.encode() + b"\x01", "sha256")
