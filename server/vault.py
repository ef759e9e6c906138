"""Envelope encryption of provider credentials: a data key per merchant, wrapped by a key-encryption key."""

import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import MerchantId
from domain.rails import Provider

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""96 random bits: NIST SP 800-38D section 8.2.2 allows 2^32 seals under one key; a merchant has a few dozen."""

FIRST: Final = 1
"""The version of the first key-encryption key; `main.py` gives it to the key store's own."""

_NOTED: Final = ":"
_TAIL: Final = 4
_SHOWS_TAIL_FROM: Final = 12  # four letters of a shorter secret would give too much of it away
_FINGERPRINT_HEX: Final = 8
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class VaultRefused(StorageUnavailable):
    """A sealed value does not open: its key version is unknown (KEY_MISSING) or it is not what was sealed here
    for this merchant, provider and field (STORAGE_TAMPERED)."""


class Secret:
    """A text that never shows itself: `str`, `repr` and `format` give `***`; `reveal()` is the only way to read it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; call it at the moment of use and keep the result nowhere."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(_bytes(self), _bytes(other))

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not serialised")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A merchant's data key under a key-encryption key; `version` counts the merchant's data keys."""

    version: int
    kek_version: int
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """One credential field under the merchant's data key of `key_version`."""

    key_version: int
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Mask:
    """What may be shown of a credential: its last letters, and a fingerprint to tell one value from another."""

    tail: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens credentials with AES-256-GCM; holds only the key-encryption keys, by version.

    The associated data names merchant, provider, field and key version, so that a row copied to another place does
    not open there. `current` is the version that wraps new data keys; older ones stay to open what they wrapped.
    Raises VaultRefused(KEY_MISSING) when `current` is not among the keys or a key is not 32 bytes.
    """

    keks: Mapping[int, bytes] = field(repr=False)
    current: int

    def __post_init__(self) -> None:
        if self.current not in self.keks or any(len(kek) != KEY_BYTES for kek in self.keks.values()):
            raise VaultRefused(ErrorCode.KEY_MISSING, version=self.current)

    def new_data_key(self, merchant: MerchantId, version: int) -> WrappedKey:
        """Make a merchant's data key of `version` (one above the last) and return it wrapped, ready to be stored."""
        return self._wrap(merchant, version, os.urandom(KEY_BYTES))

    def rewrap(self, merchant: MerchantId, wrapped: WrappedKey) -> WrappedKey:
        """Return the same data key under the current key-encryption key; what it sealed stays as it is."""
        return self._wrap(merchant, wrapped.version, self._unwrap(merchant, wrapped))

    def seal(
        self, merchant: MerchantId, wrapped: WrappedKey, provider: Provider, field_name: str, secret: Secret
    ) -> Sealed:
        """Encrypt one credential field with the merchant's data key."""
        nonce = os.urandom(NONCE_BYTES)
        place = _credential_place(merchant, provider, field_name, wrapped.version)
        ciphertext = AESGCM(self._unwrap(merchant, wrapped)).encrypt(nonce, _bytes(secret), place)
        return Sealed(wrapped.version, nonce, ciphertext)

    def open(
        self, merchant: MerchantId, wrapped: WrappedKey, provider: Provider, field_name: str, sealed: Sealed
    ) -> Secret:
        """Decrypt one credential field; raises VaultRefused for any other merchant, provider, field or key."""
        if sealed.key_version != wrapped.version:
            raise VaultRefused(ErrorCode.KEY_MISSING, version=sealed.key_version)
        place = _credential_place(merchant, provider, field_name, sealed.key_version)
        plain = _decrypt(self._unwrap(merchant, wrapped), sealed.nonce, sealed.ciphertext, place)
        return Secret(plain.decode())

    def seal_people_key(self, merchant: MerchantId, wrapped: WrappedKey, people_key: bytes) -> Sealed:
        """Encrypt the key under which the merchant's PINs are hashed and its facts about people are proven."""
        nonce = os.urandom(NONCE_BYTES)
        place = _people_key_place(merchant, wrapped.version)
        return Sealed(wrapped.version, nonce, AESGCM(self._unwrap(merchant, wrapped)).encrypt(nonce, people_key, place))

    def open_people_key(self, merchant: MerchantId, wrapped: WrappedKey, sealed: Sealed) -> bytes:
        """Decrypt a merchant's people key; raises VaultRefused for any other merchant, kind of secret or key."""
        if sealed.key_version != wrapped.version:
            raise VaultRefused(ErrorCode.KEY_MISSING, version=sealed.key_version)
        place = _people_key_place(merchant, sealed.key_version)
        return _decrypt(self._unwrap(merchant, wrapped), sealed.nonce, sealed.ciphertext, place)

    def seal_hook_secret(self, merchant: MerchantId, wrapped: WrappedKey, key_id: str, secret: Secret) -> Sealed:
        """Encrypt the secret by which what the system of an API key is told is signed."""
        nonce = os.urandom(NONCE_BYTES)
        place = _hook_place(merchant, key_id, wrapped.version)
        return Sealed(
            wrapped.version, nonce, AESGCM(self._unwrap(merchant, wrapped)).encrypt(nonce, _bytes(secret), place)
        )

    def open_hook_secret(self, merchant: MerchantId, wrapped: WrappedKey, key_id: str, sealed: Sealed) -> Secret:
        """Decrypt a signing secret; raises VaultRefused for any other merchant, API key, kind of secret or key."""
        if sealed.key_version != wrapped.version:
            raise VaultRefused(ErrorCode.KEY_MISSING, version=sealed.key_version)
        place = _hook_place(merchant, key_id, sealed.key_version)
        return Secret(_decrypt(self._unwrap(merchant, wrapped), sealed.nonce, sealed.ciphertext, place).decode())

    def mask(self, merchant: MerchantId, wrapped: WrappedKey, secret: Secret) -> Mask:
        """Return `••••` with the last four letters, and a fingerprint that only this merchant's key can compute.

        The fingerprint is keyed because a plain digest of a short secret could be guessed from the screen.
        """
        text = secret.reveal()
        tail = text[-_TAIL:] if len(text) >= _SHOWS_TAIL_FROM else ""
        key = hmac.digest(self._unwrap(merchant, wrapped), b"bana-till credential fingerprint", "sha256")
        return Mask("••••" + tail, hmac.digest(key, _bytes(secret), "sha256").hex()[:_FINGERPRINT_HEX])

    def digests(self, use: str, secret: Secret) -> tuple[str, ...]:
        """Return keyed hashes (HMAC-SHA256, hex) by which a secret for `use` is known again, the current key's first.

        Each begins with the version of its key, so that is known who still needs an older one; version 1's does not,
        and what an earlier program kept under a later one does not either. Who has the database alone can neither tell
        nor try what was hashed.
        """
        versions = sorted(self.keks, key=lambda version: (version != self.current, -version))
        keys = {version: hmac.digest(self.keks[version], f"bana-till {use}".encode(), "sha256") for version in versions}
        told = {version: hmac.digest(key, _bytes(secret), "sha256").hex() for version, key in keys.items()}
        noted = [text if version == FIRST else f"{version}{_NOTED}{text}" for version, text in told.items()]
        return (*noted, *(text for version, text in told.items() if version != FIRST))

    def _wrap(self, merchant: MerchantId, version: int, data_key: bytes) -> WrappedKey:
        nonce = os.urandom(NONCE_BYTES)
        place = _key_place(merchant, version, self.current)
        return WrappedKey(version, self.current, nonce, AESGCM(self.keks[self.current]).encrypt(nonce, data_key, place))

    def _unwrap(self, merchant: MerchantId, wrapped: WrappedKey) -> bytes:
        kek = self.keks.get(wrapped.kek_version)
        if kek is None:
            raise VaultRefused(ErrorCode.KEY_MISSING, version=wrapped.kek_version)
        place = _key_place(merchant, wrapped.version, wrapped.kek_version)
        return _decrypt(kek, wrapped.nonce, wrapped.ciphertext, place)


def kek_of_digest(kept: str) -> int:
    """Return the version of the key-encryption key that one of `Vault.digests` needs."""
    version, noted, _ = kept.partition(_NOTED)
    return int(version) if noted else FIRST


def _credential_place(merchant: MerchantId, provider: Provider, field_name: str, key_version: int) -> bytes:
    if not _FIELD_NAME.fullmatch(field_name):
        raise ValueError(f"not a field name: {field_name!r}")
    return _joined("credential", merchant, provider.value, field_name, str(key_version))


def _people_key_place(merchant: MerchantId, key_version: int) -> bytes:
    return _joined("people key", merchant, str(key_version))


def _hook_place(merchant: MerchantId, key_id: str, key_version: int) -> bytes:
    return _joined("hook secret", merchant, key_id, str(key_version))


def _key_place(merchant: MerchantId, version: int, kek_version: int) -> bytes:
    return _joined("data key", merchant, str(version), str(kek_version))


def _joined(*parts: str) -> bytes:
    """Write each part after its length, so that no two lists of parts give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _decrypt(key: bytes, nonce: bytes, ciphertext: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, place)
    except (InvalidTag, ValueError) as problem:  # ValueError: a nonce of a wrong length
        raise VaultRefused(ErrorCode.STORAGE_TAMPERED) from problem


def _bytes(secret: Secret) -> bytes:
    return secret.reveal().encode()
