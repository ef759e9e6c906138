"""The secrets by which what other systems are told is signed (Standard Webhooks): made, sealed, opened, sealed anew."""

import base64
import os
from collections.abc import Mapping
from typing import Final

from domain.errors import ErrorCode
from domain.ids import Instant, MerchantId
from server.data_keys import newest_key, unwritten, unwritten_key, written
from server.vault import Secret, Vault, VaultRefused, WrappedKey
from storage.hub_credentials import data_keys
from storage.hub_hooks import Hook, hooks_of, reseal_hook
from storage.session import Session

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""Standard Webhooks asks for 24 to 64 random bytes."""


def new_hook_secret() -> Secret:
    """Return a fresh signing secret: `whsec_` and 32 random bytes in base64."""
    return Secret(PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode())


def seal_hook_secret(
    session: Session, vault: Vault, merchant_id: MerchantId, key_id: str, secret: Secret, at: Instant
) -> tuple[int, str]:
    """Return the version of the merchant's data key and the secret sealed under it; raises VaultRefused."""
    sealed = vault.seal_hook_secret(merchant_id, newest_key(session, vault, merchant_id, at), key_id, secret)
    return sealed.key_version, written(sealed)


def open_hook_secret(vault: Vault, merchant_id: MerchantId, hook: Hook, keys: Mapping[int, str]) -> Secret:
    """Return the secret of a hook by the merchant's wrapped data keys; raises VaultRefused."""
    wrapped = unwritten_key(hook.key_version, keys)
    return vault.open_hook_secret(merchant_id, wrapped, hook.key_id, unwritten(hook.key_version, hook.sealed))


def reseal_hook_secrets(
    session: Session, vault: Vault, merchant_id: MerchantId, keys: Mapping[int, str], fresh: WrappedKey
) -> None:
    """Seal a merchant's signing secrets under a fresh data key; raises VaultRefused."""
    for hook in hooks_of(session, merchant_id):
        secret = open_hook_secret(vault, merchant_id, hook, keys)
        sealed = vault.seal_hook_secret(merchant_id, fresh, hook.key_id, secret)
        reseal_hook(session, merchant_id, hook.key_id, sealed.key_version, written(sealed))


def unopened_hooks(session: Session, vault: Vault, merchant_id: MerchantId) -> list[tuple[str, ErrorCode]]:
    """Return the keys of a merchant whose signing secrets do not open, and why."""
    keys, found = data_keys(session, merchant_id), []
    for hook in hooks_of(session, merchant_id):
        try:
            open_hook_secret(vault, merchant_id, hook, keys)
        except VaultRefused as error:
            found.append((hook.key_id, error.code))
    return found
