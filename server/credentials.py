"""Merchants' provider credentials: connect, test, show masked, rotate and disconnect; the hub alone opens them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from domain.errors import ErrorCode, FailureCode, RuleBroken, StorageUnavailable
from domain.ids import Instant, MerchantId, UserId
from domain.rails import PaymentContext, Provider
from server.connections import READERS, refuse_second_reader, tell_connected
from server.data_keys import newest_key, unwritten, unwritten_key, written, written_key
from server.hook_secrets import reseal_hook_secrets
from server.people_keys import reseal_people_key
from server.provider_accounts import accounts_of, fingerprints
from server.rails.base import CredentialField, RailAdapter, value_of
from server.vault import Secret, Vault, VaultRefused, WrappedKey
from storage.hub import HubUnitOfWork
from storage.hub_accounts import claim_accounts, leave_accounts
from storage.hub_credentials import (
    changed_at,
    data_keys,
    open_payments_of,
    providers_of,
    put_data_key,
    put_sealed,
    remove_sealed,
    replace_data_key,
    sealed_fields,
)
from storage.hub_statements import begin_statement
from storage.hub_units import HubUnits
from storage.session import Session

OVERLAP_MS: Final = 72 * 3_600_000
"""How long a replaced secret still verifies notifications that were signed with it."""

MAX_VALUE: Final = 2_000

TRIES: Final = 5
"""How often a form is put beside what stands, while somebody else changes that."""

_BEFORE: Final = "previous_"
_TESTED: Final = "last_test"
"""The names of what is kept beside the fields of a form; no field is named like them."""
_BELIEVED: Final = "ok"
_PROBE: Final = "BANATEST"


@dataclass(frozen=True, slots=True)
class Tested:
    """When a provider was asked something harmless, and why it did not believe us; None if it did."""

    at: Instant
    failure: FailureCode | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A merchant's credentials for one provider; `before` also holds the secrets they replaced, while those count.

    `overlap_until` is when the last of those stops to count; `tested` tells of these credentials, not of earlier ones.
    """

    current: Mapping[str, Secret]
    before: Mapping[str, Secret] | None
    overlap_until: Instant | None = None
    tested: Tested | None = None


@dataclass(frozen=True, slots=True)
class Disconnected:
    """Whether a provider's credentials were forgotten, and how many of its payments were open then."""

    done: bool
    open_payments: int


@dataclass(frozen=True, slots=True)
class FieldView:
    """What may be shown of a field: an open value as it is, a secret as its mask and fingerprint."""

    field: CredentialField
    shown: str
    fingerprint: str
    changed_at: Instant | None


def open_credentials(
    units: HubUnits, vault: Vault, merchant_id: MerchantId, provider: Provider, at: Instant
) -> Opened | None:
    """Return a merchant's opened credentials, or None if it is not connected to the provider.

    Raises VaultRefused for what does not open: KEY_MISSING, or CREDENTIALS_TAMPERED for a row that was changed or comes
    from another place; and StorageUnavailable.
    """
    fields, keys, times = units.read_of(
        merchant_id,
        lambda session: (
            sealed_fields(session, merchant_id, provider),
            data_keys(session, merchant_id),
            changed_at(session, merchant_id, provider),
        ),
    )
    if not fields:
        return None
    try:
        opened = {
            name: vault.open(merchant_id, unwritten_key(version, keys), provider, name, unwritten(version, text))
            for name, (version, text) in fields.items()
        }
    except VaultRefused as error:
        if error.code is not ErrorCode.STORAGE_TAMPERED:
            raise
        raise VaultRefused(ErrorCode.CREDENTIALS_TAMPERED, provider=provider.value) from error
    tested = opened.pop(_TESTED, None)
    current = {name: secret for name, secret in opened.items() if not name.startswith(_BEFORE)}
    replaced = {name for name in opened if name.startswith(_BEFORE) and at - times[name] < OVERLAP_MS}
    return Opened(
        current,
        {**current, **{name.removeprefix(_BEFORE): opened[name] for name in replaced}} if replaced else None,
        Instant(max(times[name] for name in replaced) + OVERLAP_MS) if replaced else None,
        _read_test(tested, times) if tested is not None else None,
    )


def connect_provider(
    units: HubUnits,
    vault: Vault,
    merchant_id: MerchantId,
    adapter: RailAdapter,
    values: Mapping[str, Secret],
    at: Instant,
    *,
    by: UserId | None = None,
) -> None:
    """Keep a merchant's credentials, sealed; a field that is left out keeps its value, so one secret can be renewed.

    A replaced secret goes on verifying notifications for OVERLAP_MS. `by` is the person who does it, None for the
    operator. Every till hears who is connected. Raises RuleBroken: PROVIDER_FIELD_INVALID with the field's name for an
    unknown, missing or unfit one, PROVIDER_CURRENCY if the provider does not take the shop's currency,
    PROVIDER_ACCOUNT_TAKEN if another one reads the same bank account, PROVIDER_ACCOUNT_ELSEWHERE if another merchant of
    the hub reads the account; VaultRefused and StorageUnavailable. A connection that read it before there was such a
    rule goes on, so that its secrets can still be renewed.
    """
    for _ in range(TRIES):
        if _connect(units, vault, merchant_id, adapter, values, at, by):
            return
    raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)


def _connect(
    units: HubUnits,
    vault: Vault,
    merchant_id: MerchantId,
    adapter: RailAdapter,
    values: Mapping[str, Secret],
    at: Instant,
    by: UserId | None,
) -> bool:
    """Keep the values beside those that stand; False if somebody else changed these meanwhile."""
    seen = units.read_of(merchant_id, lambda session: sealed_fields(session, merchant_id, adapter.provider))
    standing = open_credentials(units, vault, merchant_id, adapter.provider, at)
    before = {} if standing is None else dict(standing.current)
    after = _checked(adapter, before, values)
    readers = READERS - {adapter.provider} if adapter.provider in READERS else frozenset[Provider]()
    others = {other: open_credentials(units, vault, merchant_id, other, at) for other in readers}
    refuse_second_reader(
        adapter.provider, after, {other: opened.current for other, opened in others.items() if opened is not None}
    )
    changed = {name: secret for name, secret in after.items() if before.get(name) != secret}
    secrets = {field.name for field in adapter.credential_fields if field.secret}
    accounts = fingerprints(vault, adapter, after)
    stays = accounts_of(adapter, before) == accounts_of(adapter, after)

    def op(uow: HubUnitOfWork) -> bool:
        if sealed_fields(uow.session, merchant_id, adapter.provider) != seen:
            return False
        if uow.shop.currency not in adapter.currencies:
            raise RuleBroken(ErrorCode.PROVIDER_CURRENCY, provider=adapter.provider.value, currency=uow.shop.currency)
        if not claim_accounts(uow.session, merchant_id, adapter.provider, accounts) and not stays:
            raise RuleBroken(ErrorCode.PROVIDER_ACCOUNT_ELSEWHERE, provider=adapter.provider.value)
        key = newest_key(uow.session, vault, merchant_id, at)
        for name, secret in changed.items():
            _put(uow.session, vault, merchant_id, key, adapter.provider, name, secret, at)
            if name in secrets and before.get(name):
                _put(uow.session, vault, merchant_id, key, adapter.provider, _BEFORE + name, before[name], at)
        if adapter.lists_movements:
            begin_statement(uow.session, merchant_id, adapter.provider, at)
        uow.audit.add("provider.connected", adapter.provider.value, by, at, {"fields": ",".join(sorted(changed))})
        tell_connected(uow, at)
        return True

    return units.run(merchant_id, op)


def disconnect_provider(
    units: HubUnits,
    merchant_id: MerchantId,
    provider: Provider,
    at: Instant,
    *,
    by: UserId | None = None,
    even_if_open: bool = True,
) -> Disconnected | None:
    """Forget a merchant's credentials for a provider; None if there were none.

    Nothing tells the hub any more what becomes of payments that are still open there: unless `even_if_open`, it keeps
    the credentials while there are some.
    """

    def op(uow: HubUnitOfWork) -> Disconnected | None:
        open_payments = open_payments_of(uow.session, merchant_id, provider)
        if open_payments and not even_if_open and sealed_fields(uow.session, merchant_id, provider):
            return Disconnected(False, open_payments)
        if not remove_sealed(uow.session, merchant_id, provider):
            return None
        leave_accounts(uow.session, merchant_id, provider)
        uow.audit.add("provider.disconnected", provider.value, by, at, {"open_payments": open_payments})
        tell_connected(uow, at)
        return Disconnected(True, open_payments)

    return units.run(merchant_id, op)


def check_provider(
    units: HubUnits, vault: Vault, http: httpx.Client, merchant_id: MerchantId, adapter: RailAdapter, at: Instant
) -> FailureCode | None:
    """Ask the provider something harmless with a merchant's credentials; None if it believed them.

    Raises VaultRefused and StorageUnavailable.
    """
    opened = open_credentials(units, vault, merchant_id, adapter.provider, at)
    if opened is None:
        return FailureCode.CREDENTIALS_MISSING
    if adapter.lists_movements:
        return adapter.statement(http, opened.current, "", at).failure
    currency = units.run(merchant_id, lambda uow: uow.shop.currency)
    probe = PaymentContext(merchant_id, _PROBE, 1, currency, "", at, at)
    return adapter.check(http, opened.current, probe).failure


def keep_test(
    units: HubUnits,
    vault: Vault,
    merchant_id: MerchantId,
    provider: Provider,
    tested: Tested,
    *,
    by: UserId | None = None,
) -> None:
    """Keep what came of asking a provider with a merchant's credentials, as long as it has these credentials."""
    outcome = _BELIEVED if tested.failure is None else tested.failure.value

    def op(uow: HubUnitOfWork) -> None:
        if sealed_fields(uow.session, merchant_id, provider):
            key = newest_key(uow.session, vault, merchant_id, tested.at)
            _put(uow.session, vault, merchant_id, key, provider, _TESTED, Secret(outcome), tested.at)
        uow.audit.add("provider.tested", provider.value, by, tested.at, {"outcome": outcome})

    units.run(merchant_id, op)


def show_credentials(
    units: HubUnits, vault: Vault, merchant_id: MerchantId, adapter: RailAdapter, at: Instant
) -> tuple[FieldView, ...]:
    """Return the form of a provider with what a merchant filled in; a secret is never shown, only its mask."""
    return masked(units, vault, merchant_id, adapter, open_credentials(units, vault, merchant_id, adapter.provider, at))


def masked(
    units: HubUnits, vault: Vault, merchant_id: MerchantId, adapter: RailAdapter, opened: Opened | None
) -> tuple[FieldView, ...]:
    """Return the form of a provider with what of a merchant's opened credentials may be shown."""
    keys, times = units.read_of(
        merchant_id,
        lambda session: (data_keys(session, merchant_id), changed_at(session, merchant_id, adapter.provider)),
    )
    current = {} if opened is None else opened.current
    views = []
    for field in adapter.credential_fields:
        secret = current.get(field.name)
        if secret is None or not field.secret:
            views.append(FieldView(field, value_of(field, current), "", times.get(field.name)))
        else:
            mask = vault.mask(merchant_id, unwritten_key(max(keys), keys), secret)
            views.append(FieldView(field, mask.tail, mask.fingerprint, times.get(field.name)))
    return tuple(views)


def rotate_data_key(units: HubUnits, vault: Vault, merchant_id: MerchantId, at: Instant) -> None:
    """Seal all of a merchant's secrets under a fresh data key; raises VaultRefused and StorageUnavailable."""

    def op(uow: HubUnitOfWork) -> None:
        keys = data_keys(uow.session, merchant_id)
        fresh = vault.new_data_key(merchant_id, max(keys, default=0) + 1)
        put_data_key(uow.session, merchant_id, fresh.version, written_key(fresh), at)
        for provider in providers_of(uow.session, merchant_id):
            times = changed_at(uow.session, merchant_id, provider)
            for name, (version, text) in sealed_fields(uow.session, merchant_id, provider).items():
                held = unwritten_key(version, keys)
                secret = vault.open(merchant_id, held, provider, name, unwritten(version, text))
                _put(uow.session, vault, merchant_id, fresh, provider, name, secret, times[name])
        reseal_people_key(uow.session, vault, merchant_id, keys, fresh)
        reseal_hook_secrets(uow.session, vault, merchant_id, keys, fresh)
        uow.audit.add("data_key.rotated", merchant_id, None, at, {"version": fresh.version})

    units.run(merchant_id, op)


def rewrap_data_keys(units: HubUnits, vault: Vault, merchant_id: MerchantId, at: Instant) -> None:
    """Wrap a merchant's data keys by the vault's current key-encryption key, so that an older one can be retired."""

    def op(uow: HubUnitOfWork) -> None:
        keys = data_keys(uow.session, merchant_id)
        for version in keys:
            wrapped = vault.rewrap(merchant_id, unwritten_key(version, keys))
            replace_data_key(uow.session, merchant_id, version, written_key(wrapped))
        uow.audit.add("data_keys.rewrapped", merchant_id, None, at, {"kek": vault.current})

    units.run(merchant_id, op)


def kek_versions(keys: Mapping[int, str]) -> frozenset[int]:
    """Return the versions of the key-encryption keys under which kept data keys are wrapped."""
    return frozenset(unwritten_key(version, keys).kek_version for version in keys)


def _checked(adapter: RailAdapter, before: Mapping[str, Secret], values: Mapping[str, Secret]) -> dict[str, Secret]:
    fields = {field.name: field for field in adapter.credential_fields}
    for name in values:
        if name not in fields or len(values[name].reveal()) > MAX_VALUE:
            raise _unfit(adapter, name)
    after = {**before, **values}
    for field in fields.values():
        value = value_of(field, after)
        if (field.required and not value) or (field.choices and value not in field.choices):
            raise _unfit(adapter, field.name)
    return after


def _read_test(kept: Secret, times: Mapping[str, Instant]) -> Tested | None:
    """Return the last test, or None if the credentials were changed since."""
    at, outcome = times[_TESTED], kept.reveal()
    if any(changed > at for changed in times.values()):
        return None
    return Tested(at, None if outcome == _BELIEVED else FailureCode(outcome))


def _unfit(adapter: RailAdapter, name: str) -> RuleBroken:
    return RuleBroken(ErrorCode.PROVIDER_FIELD_INVALID, provider=adapter.provider.value, field=name[:64])


def _put(
    session: Session,
    vault: Vault,
    merchant_id: MerchantId,
    key: WrappedKey,
    provider: Provider,
    name: str,
    secret: Secret,
    at: Instant,
) -> None:
    sealed = vault.seal(merchant_id, key, provider, name, secret)
    put_sealed(session, merchant_id, provider, name, sealed.key_version, written(sealed), at)
