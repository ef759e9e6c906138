"""The keys of other systems: made and revoked by the operator, shown once, kept as keyed hashes."""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from domain.bodies import readable
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant, MerchantId, UserId
from domain.other_systems import EVERY_SCOPE, Scope, scopes_of
from server.auth import Caller, bearer_token
from server.limits import API, KEY_REFUSED, STRANGER, RateLimits
from server.problems import Refusal
from server.settings import random_token
from server.vault import Secret, Vault
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import KnownKey, add_api_key, key_by_hash, renew_hash, revoke_key
from storage.hub_hooks import remove_hook
from storage.hub_units import HubUnits

PREFIX: Final = "bana_"
"""How a key begins, so that it is known for one wherever it turns up."""

MAX_NAME: Final = 60

_USE: Final = "api key"
_ID_BYTES: Final = 4


def create_api_key(
    units: HubUnits,
    vault: Vault,
    merchant_id: MerchantId,
    name: str,
    at: Instant,
    *,
    scopes: Sequence[str] = EVERY_SCOPE,
    by: UserId | None = None,
    new_token: Callable[[], str] = random_token,
) -> tuple[KnownKey, Secret]:
    """Make a key that opens some of a merchant's hub; it is told here and never again, the hub keeps a keyed hash.

    `by` is the person who makes it, None for the operator. Raises NotFound(TILL_UNKNOWN) for an unknown merchant and
    RuleBroken: NAME_INVALID, SCOPE_INVALID for no scope and for one that does not exist.
    """
    kept_name = readable(name)
    if not 0 < len(kept_name) <= MAX_NAME:
        raise RuleBroken(ErrorCode.NAME_INVALID, limit=MAX_NAME)
    opened = scopes_of(scopes)
    if not opened:
        raise RuleBroken(ErrorCode.SCOPE_INVALID)
    key = KnownKey(merchant_id, secrets.token_hex(_ID_BYTES), kept_name, opened)
    secret = Secret(PREFIX + new_token())

    def op(uow: HubUnitOfWork) -> None:
        add_api_key(uow.session, key, vault.digests(_USE, secret)[0], at)
        uow.audit.add("api_key.created", key.id, by, at, {"name": key.name, "scopes": ",".join(opened)})

    units.run(merchant_id, op)
    return key, secret


def revoke_api_key(
    units: HubUnits, merchant_id: MerchantId, key_id: str, at: Instant, *, by: UserId | None = None
) -> bool:
    """Take a key out of use at once, for the person `by` or the operator; its system is told nothing any more.

    False if none of that id is in use.
    """

    def op(uow: HubUnitOfWork) -> bool:
        was_in_use = revoke_key(uow.session, merchant_id, key_id, at)
        if was_in_use:
            remove_hook(uow.session, merchant_id, key_id, at)
            uow.audit.add("api_key.revoked", key_id, by, at, {})
        return was_in_use

    return units.run(merchant_id, op)


def admit_key(units: HubUnits, vault: Vault, rates: RateLimits, caller: Caller, at: Instant, scope: Scope) -> KnownKey:
    """Return the key that a caller shows; whose books it opens is told by nothing but the key.

    Raises Refusal: API_KEY_UNKNOWN for no, a false or a revoked key, 429 for a caller who asks too often, API_KEY_SCOPE
    for a key that does not open this, which the shop's trail notes once a day.
    """
    token = bearer_token(caller.authorization)
    hashes = vault.digests(_USE, Secret(token)) if token else ()
    key = units.read(lambda session: key_by_hash(session, hashes)) if hashes else None
    if key is None:
        if not rates.allow(STRANGER, caller.address, at):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
        raise Refusal(ErrorCode.API_KEY_UNKNOWN)
    if key.key_hash != hashes[0]:  # while a key-encryption key is being retired, keys that are used move to the new one
        units.read_of(key.merchant_id, lambda session: renew_hash(session, key, hashes[0]))
    if not rates.allow(API, f"{key.merchant_id}/{key.id}", at):
        raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
    if scope not in key.scopes:
        if rates.allow(KEY_REFUSED, f"{key.merchant_id}/{key.id}/{scope}", at):
            facts = {"name": key.name, "scope": scope.value}
            units.run(key.merchant_id, lambda uow: uow.audit.add("api_key.refused", key.id, None, at, facts))
        raise Refusal(ErrorCode.API_KEY_SCOPE)
    return key
