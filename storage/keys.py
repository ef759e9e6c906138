"""Keys: one random root per till, kept outside the database, from which every other key is derived."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.errors import ErrorCode, StorageUnavailable

ROOT_BYTES: Final = 32
SERVICE: Final = "bana-till"
_REFUSED_BACKENDS: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class KeyStore(Protocol):
    """Where secrets of a till lie: never in its database."""

    def load(self, name: str) -> bytes | None:
        """Return a secret, or None; raises StorageUnavailable(KEY_MISSING) if the store cannot be asked."""

    def save(self, name: str, secret: bytes) -> None:
        """Keep a secret; raises StorageUnavailable(KEY_MISSING) if the store cannot keep it safely."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one till and its embedded hub, each derived from the root by HKDF-SHA256 under its own label."""

    till: bytes
    witness: bytes
    pepper: bytes
    hub: bytes
    vault: bytes

    def __repr__(self) -> str:
        return "Keys(***)"


def keys_of(root: bytes) -> Keys:
    """Derive the keys of a 32-byte root."""
    assert len(root) == ROOT_BYTES, "the root is 32 bytes"
    derived = {label: _derive(root, label) for label in ("till", "witness", "pepper", "hub", "vault")}
    return Keys(**derived)


def _derive(root: bytes, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=ROOT_BYTES, salt=None, info=f"bana-till/{label}/1".encode()).derive(root)


def new_root() -> bytes:
    """Return a fresh root from the system's random numbers."""
    return secrets.token_bytes(ROOT_BYTES)


class FileKeyStore:
    """Secrets in files that only their owner may read: for demo shops and tests, which say so on screen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> bytes | None:
        try:
            return base64.b64decode((self._folder / name).read_bytes(), validate=True)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StorageUnavailable(ErrorCode.KEY_MISSING) from error

    def save(self, name: str, secret: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self._folder / f".{name}.unfinished"
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(file, base64.b64encode(secret))
            os.fsync(file)
        finally:
            os.close(file)
        unfinished.replace(self._folder / name)


class OsKeyStore:
    """The operating system's key store; `account` tells several tills of one user apart (their data folder)."""

    def __init__(self, account: str) -> None:
        import keyring

        backend = type(keyring.get_keyring()).__module__
        if backend.startswith(_REFUSED_BACKENDS):
            raise StorageUnavailable(ErrorCode.KEY_MISSING, store=backend)
        self._keyring = keyring
        self._account = account

    def load(self, name: str) -> bytes | None:
        from keyring.errors import KeyringError

        try:
            text = self._keyring.get_password(SERVICE, f"{self._account}#{name}")
        except KeyringError as error:
            raise StorageUnavailable(ErrorCode.KEY_MISSING) from error
        return base64.b64decode(text) if text else None

    def save(self, name: str, secret: bytes) -> None:
        from keyring.errors import KeyringError

        try:
            self._keyring.set_password(SERVICE, f"{self._account}#{name}", base64.b64encode(secret).decode())
        except KeyringError as error:
            raise StorageUnavailable(ErrorCode.KEY_MISSING) from error
