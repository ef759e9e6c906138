"""Keeping the vault in order: data keys wrapped anew when the key-encryption key changes, secrets that do not open."""

from dataclasses import dataclass
from functools import partial

import structlog

from domain.errors import ErrorCode
from domain.ids import Instant, MerchantId
from domain.rails import Provider
from server.credentials import kek_versions, open_credentials, rewrap_data_keys
from server.hook_secrets import unopened_hooks
from server.people_keys import people_key_of
from server.provider_accounts import fingerprints
from server.rails.registry import ADAPTERS
from server.vault import Vault, VaultRefused, kek_of_digest
from storage.hub import HubUnitOfWork
from storage.hub_accounts import claim_accounts, held_accounts
from storage.hub_api_keys import keys_in_use, merchants
from storage.hub_credentials import data_keys, providers_of, sealed_fields
from storage.hub_units import HubUnits

_log = structlog.get_logger("hub.vault")


@dataclass(frozen=True, slots=True)
class Unopened:
    """A merchant's credentials that do not open: KEY_MISSING, or CREDENTIALS_TAMPERED for what was not sealed there."""

    merchant_id: MerchantId
    provider: Provider
    code: ErrorCode


def rewrap_all(units: HubUnits, vault: Vault, at: Instant) -> int:
    """Wrap the data keys of every merchant by the vault's current key-encryption key, while the hub works on.

    Returns how many merchants' were wrapped by another one before. Each merchant's are wrapped in one commit, so it may
    be broken off and begun again. What no key at hand opens is left and told in the log. Raises StorageUnavailable.
    """
    wrapped = 0
    for merchant_id, _ in units.read(merchants):
        if keks_of(units, merchant_id) <= {vault.current}:
            continue
        try:
            rewrap_data_keys(units, vault, merchant_id, at)
        except VaultRefused as error:
            _log.error("data_key_locked", merchant_id=merchant_id, code=error.code)
            continue
        wrapped += 1
    return wrapped


def keks_of(units: HubUnits, merchant_id: MerchantId) -> frozenset[int]:
    """Return the versions of the key-encryption keys that a merchant's data keys need."""
    return units.read_of(merchant_id, lambda session: kek_versions(data_keys(session, merchant_id)))


def keks_in_use(units: HubUnits) -> frozenset[int]:
    """Return the versions of the key-encryption keys that are still needed; any other one may be retired."""
    return frozenset[int]().union(*(keks_of(units, merchant_id) for merchant_id, _ in units.read(merchants)))


@dataclass(frozen=True, slots=True)
class Behind:
    """A key of another system that is still known by an older key-encryption key, of the version `kek`."""

    merchant_id: MerchantId
    key_id: str
    name: str
    kek: int


def keys_behind(units: HubUnits, vault: Vault) -> tuple[Behind, ...]:
    """Return the keys of other systems that were not used since the current key-encryption key came.

    Each moves with its next use; without the older key it is refused.
    """
    known = [
        key
        for merchant_id, _ in units.read(merchants)
        for key in units.read_of(merchant_id, partial(keys_in_use, merchant_id=merchant_id))
    ]
    behind = [Behind(key.merchant_id, key.id, key.name, kek_of_digest(key.key_hash)) for key in known]
    return tuple(key for key in behind if key.kek != vault.current)


def unopened_credentials(units: HubUnits, vault: Vault, at: Instant) -> tuple[Unopened, ...]:
    """Open every merchant's credentials once and return those that do not open; raises StorageUnavailable."""
    found = []
    for merchant_id, _ in units.read(merchants):
        for provider in _connected(units, merchant_id):
            try:
                open_credentials(units, vault, merchant_id, provider, at)
            except VaultRefused as error:
                found.append(Unopened(merchant_id, provider, error.code))
    return tuple(found)


def note_accounts(units: HubUnits, vault: Vault, at: Instant) -> tuple[tuple[MerchantId, Provider], ...]:
    """Note under the vault's keys which accounts every connection reads, also those from before that was noted.

    Returns the connections whose account another merchant reads as well: they go on, and the operator is told. What
    does not open keeps what was noted of it. Raises StorageUnavailable.
    """
    shared = []
    for merchant_id, _ in units.read(merchants):
        for provider in _connected(units, merchant_id):
            try:
                opened = open_credentials(units, vault, merchant_id, provider, at)
            except VaultRefused:
                continue
            if opened is None or provider not in ADAPTERS:
                continue
            found = fingerprints(vault, ADAPTERS[provider], opened.current)
            held = units.read_of(merchant_id, partial(held_accounts, merchant_id=merchant_id, provider=provider))
            if held != found and not units.run(merchant_id, partial(_claim, provider=provider, held=held, found=found)):
                shared.append((merchant_id, provider))
    return tuple(shared)


def _claim(uow: HubUnitOfWork, provider: Provider, held: frozenset[str], found: frozenset[str]) -> bool:
    """Note the accounts of a connection; one that was ended, or given another account, meanwhile has noted its own."""
    merchant_id = uow.shop.merchant_id
    if held_accounts(uow.session, merchant_id, provider) != held:
        return True
    if not sealed_fields(uow.session, merchant_id, provider):
        return True
    return claim_accounts(uow.session, merchant_id, provider, found)


def tidy_vault(units: HubUnits, vault: Vault, at: Instant) -> None:
    """Do at a hub's start what the vault needs, and tell in the log what does not open; raises StorageUnavailable."""
    wrapped = rewrap_all(units, vault, at)
    behind = keys_behind(units, vault)
    if wrapped or len(vault.keks) > 1:
        _log.info(
            "data_keys_rewrapped", merchants=wrapped, in_use=sorted(keks_in_use(units)), api_keys_behind=len(behind)
        )
    for key in behind:
        if key.kek not in vault.keks:
            _log.error("api_key_locked", merchant_id=key.merchant_id, key_id=key.key_id, kek=key.kek)
    for unopened in unopened_credentials(units, vault, at):
        _log.error(
            "credentials_do_not_open",
            merchant_id=unopened.merchant_id,
            provider=unopened.provider,
            code=unopened.code,
        )
    for merchant_id, provider in note_accounts(units, vault, at):
        _log.error("provider_account_shared", merchant_id=merchant_id, provider=provider)
    for merchant_id, _ in units.read(merchants):
        try:
            units.read_of(merchant_id, partial(people_key_of, vault=vault, merchant_id=merchant_id))
        except VaultRefused as error:
            _log.error("people_key_does_not_open", merchant_id=merchant_id, code=error.code)
        for key_id, code in units.read_of(merchant_id, partial(unopened_hooks, vault=vault, merchant_id=merchant_id)):
            _log.error("hook_secret_does_not_open", merchant_id=merchant_id, key_id=key_id, code=code)


def _connected(units: HubUnits, merchant_id: MerchantId) -> list[Provider]:
    return units.read_of(merchant_id, lambda session: providers_of(session, merchant_id))
