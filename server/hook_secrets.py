"""The secrets by which what other systems are told is signed (Standard Webhooks): made, sealed, opened, sealed anew."""

import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.errors import ErrorCode
from domain.ids import Instant, MerchantId
from server.data_keys import newest_key, unwritten, unwritten_key, written
from server.vault import Secret, Vault, VaultRefused, WrappedKey
from storage.hub_credentials import data_keys
from storage.hub_hooks import Hook, OldSecret, hooks_of, reseal_hook
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
    return _opened(vault, merchant_id, hook.key_id, (hook.key_version, hook.sealed), keys)


def signing_secrets(
    vault: Vault, merchant_id: MerchantId, hook: Hook, keys: Mapping[int, str], at: Instant
) -> list[Secret]:
    """Return what a hook's messages are signed with: its secret, then the replaced one for as long as that counts.

    Raises VaultRefused.
    """
    secrets = [open_hook_secret(vault, merchant_id, hook, keys)]
    if hook.old is not None and at < hook.old.until:
        secrets.append(_opened(vault, merchant_id, hook.key_id, (hook.old.key_version, hook.old.sealed), keys))
    return secrets


def _opened(
    vault: Vault, merchant_id: MerchantId, key_id: str, kept: tuple[int, str], keys: Mapping[int, str]
) -> Secret:
    version, sealed = kept
    return vault.open_hook_secret(merchant_id, unwritten_key(version, keys), key_id, unwritten(version, sealed))


def reseal_hook_secrets(
    session: Session, vault: Vault, merchant_id: MerchantId, keys: Mapping[int, str], fresh: WrappedKey
) -> None:
    """Seal a merchant's signing secrets under a fresh data key; raises VaultRefused."""
    for hook in hooks_of(session, merchant_id):
        secret, old = open_hook_secret(vault, merchant_id, hook, keys), hook.old
        sealed = vault.seal_hook_secret(merchant_id, fresh, hook.key_id, secret)
        if old is not None:
            secret = _opened(vault, merchant_id, hook.key_id, (old.key_version, old.sealed), keys)
            anew = vault.seal_hook_secret(merchant_id, fresh, hook.key_id, secret)
            old = OldSecret(anew.key_version, written(anew), old.until)
        reseal_hook(
            session, merchant_id, replace(hook, key_version=sealed.key_version, sealed=written(sealed), old=old)
        )


def unopened_hooks(session: Session, vault: Vault, merchant_id: MerchantId) -> list[tuple[str, ErrorCode]]:
    """Return the keys of a merchant whose signing secrets do not open, and why."""
    keys, found = data_keys(session, merchant_id), []
    for hook in hooks_of(session, merchant_id):
        try:
            signing_secrets(vault, merchant_id, hook, keys, hook.created_at)
        except VaultRefused as error:
            found.append((hook.key_id, error.code))
    return found
