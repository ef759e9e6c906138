"""Where other systems hear what became of payments: set by the owner for the key of each, with its signing secret."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from domain.errors import ErrorCode, NotFound, RuleBroken
from domain.ids import Instant, MerchantId, UserId
from server.hook_news import HOOK_EVENTS
from server.hook_secrets import new_hook_secret, seal_hook_secret
from server.outside import is_outside
from server.vault import Secret, Vault
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import keys_in_use
from storage.hub_hooks import Hook, hook_of, put_hook, remove_hook
from storage.hub_units import HubUnits
from sync.owner_wire import MAX_HOOK_URL

_HERE: Final = "localhost"


@dataclass(frozen=True, slots=True)
class HookWish:
    """Where a system wants to hear and of what: of all `events` where none is named.

    `all_payments` tells it of the tills' own payments, too; `renew_secret` makes a new secret in place of one that
    stands.
    """

    url: str
    events: Sequence[str] = ()
    all_payments: bool = False
    renew_secret: bool = False


def set_hook(
    units: HubUnits,
    vault: Vault,
    merchant_id: MerchantId,
    key_id: str,
    wish: HookWish,
    at: Instant,
    *,
    near: bool = False,
    by: UserId | None = None,
) -> tuple[Hook, Secret | None]:
    """Tell the system of a key from now on; a new signing secret is told here and never again, None if it stands.

    `near` takes this machine's own addresses without TLS, too. `by` is the person who does it, None for the operator.
    What waits goes to the new address. Raises NotFound(API_KEY_UNKNOWN) for a key that is not in use, RuleBroken:
    HOOK_INVALID that names the field; VaultRefused and StorageUnavailable.
    """
    host = _checked_address(wish.url, near).hostname
    if not set(wish.events) <= set(HOOK_EVENTS):
        raise RuleBroken(ErrorCode.HOOK_INVALID, field="events")
    events = tuple(event for event in HOOK_EVENTS if not wish.events or event in wish.events)

    def op(uow: HubUnitOfWork) -> tuple[Hook, Secret | None]:
        if key_id not in {key.id for key in keys_in_use(uow.session, merchant_id)}:
            raise NotFound(ErrorCode.API_KEY_UNKNOWN)
        before = hook_of(uow.session, merchant_id, key_id)
        secret = new_hook_secret() if before is None or wish.renew_secret else None
        if secret is not None:
            version, sealed = seal_hook_secret(uow.session, vault, merchant_id, key_id, secret, at)
        else:
            assert before is not None, "without one, a secret was made"
            version, sealed = before.key_version, before.sealed
        since = at if before is None else before.created_at
        hook = Hook(key_id, wish.url, events, wish.all_payments, version, sealed, since)
        put_hook(uow.session, merchant_id, hook, at)
        facts = {"host": host, "events": ",".join(events), "secret": "new" if secret else "kept"}
        uow.audit.add("hook.set", key_id, by, at, facts)
        return hook, secret

    return units.run(merchant_id, op)


def drop_hook(units: HubUnits, merchant_id: MerchantId, key_id: str, at: Instant, *, by: UserId | None = None) -> bool:
    """Tell the system of a key nothing any more and give up what waits; False if it was told nothing."""

    def op(uow: HubUnitOfWork) -> bool:
        was_told = remove_hook(uow.session, merchant_id, key_id, at)
        if was_told:
            uow.audit.add("hook.removed", key_id, by, at, {})
        return was_told

    return units.run(merchant_id, op)


def _checked_address(url: str, near: bool) -> SplitResult:
    """Return the parts of an address at which a system may hear: https and out in the world, unless it may be near."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise RuleBroken(ErrorCode.HOOK_INVALID, field="url") from error
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_HOOK_URL
    is_whole = plain and host and parts.username is None and parts.password is None and not parts.fragment
    is_near = _is_near(host)
    if near and is_near:
        is_fit = parts.scheme in {"http", "https"}
    else:
        is_fit = parts.scheme == "https" and not is_near and _may_be_outside(host)
    if not is_whole or not is_fit:
        raise RuleBroken(ErrorCode.HOOK_INVALID, field="url")
    return parts


def _is_near(host: str) -> bool:
    address = _address(host)
    return host == _HERE if address is None else address.is_loopback


def _may_be_outside(host: str) -> bool:
    """Whether a host may be out in the world; where a name leads is seen each time that it is called."""
    return _address(host) is None or is_outside(host)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
