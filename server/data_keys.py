"""Merchants' wrapped data keys, and what they sealed, as texts that the database keeps."""

import base64
from collections.abc import Mapping

from domain.errors import ErrorCode
from domain.ids import Instant, MerchantId
from server.vault import NONCE_BYTES, Sealed, Vault, VaultRefused, WrappedKey
from storage.hub_credentials import data_keys, put_data_key
from storage.session import Session


def newest_key(session: Session, vault: Vault, merchant_id: MerchantId, at: Instant) -> WrappedKey:
    """Return the data key that seals a merchant's secrets now, making the first one; raises VaultRefused."""
    keys = data_keys(session, merchant_id)
    if keys:
        return unwritten_key(max(keys), keys)
    fresh = vault.new_data_key(merchant_id, 1)
    put_data_key(session, merchant_id, fresh.version, written_key(fresh), at)
    return fresh


def written(sealed: Sealed) -> str:
    """Return a sealed secret as a text; the version of its key is kept beside it."""
    return base64.b64encode(sealed.nonce + sealed.ciphertext).decode()


def unwritten(version: int, text: str) -> Sealed:
    """Return a sealed secret of a text."""
    raw = base64.b64decode(text)
    return Sealed(version, raw[:NONCE_BYTES], raw[NONCE_BYTES:])


def written_key(wrapped: WrappedKey) -> str:
    """Return a wrapped data key as a text; its own version is kept beside it."""
    return f"{wrapped.kek_version}:{base64.b64encode(wrapped.nonce + wrapped.ciphertext).decode()}"


def unwritten_key(version: int, keys: Mapping[int, str]) -> WrappedKey:
    """Return one of a merchant's wrapped data keys; raises VaultRefused(KEY_MISSING) if it has none of the version."""
    if version not in keys:
        raise VaultRefused(ErrorCode.KEY_MISSING, version=version)
    kek_version, _, text = keys[version].partition(":")
    raw = base64.b64decode(text)
    return WrappedKey(version, int(kek_version), raw[:NONCE_BYTES], raw[NONCE_BYTES:])
