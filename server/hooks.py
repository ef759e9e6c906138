"""Where other systems hear what became of payments: set by the owner for the key of each, with its signing secret."""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, urlsplit

from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.ids import Instant, MerchantId, PaymentId, UserId, new_id
from domain.other_systems import HOOK_EVENTS, HOOK_TEST
from server.hook_news import iso_time
from server.hook_secrets import new_hook_secret, seal_hook_secret
from server.outside import is_outside
from server.rails.calls import has_name
from server.vault import Secret, Vault
from server.workers.hook_sender import HookSender, HookTask, claim_by_hand
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import keys_in_use
from storage.hub_hooks import (
    Hook,
    News,
    OldSecret,
    add_news,
    forget_news,
    hook_of,
    put_hook,
    remove_hook,
)
from storage.hub_units import HubUnits
from sync.owner_wire import MAX_HOOK_URL

OVERLAP_MS: Final = 24 * 3_600_000
"""How long what is told is signed with a replaced secret, too, so that its receiver has time to change over."""

REPEAT_MS: Final = 3_600_000
"""Whoever renews a secret again so soon has lost the answer: what goes on signing is the one that receivers have."""

_HERE: Final = "localhost"


@dataclass(frozen=True, slots=True)
class HookWish:
    """Where a system wants to hear and of what: of all `events` where none is named.

    `all_payments` tells it of the tills' own payments, too; `renew_secret` makes a new secret in place of one that
    stands, which signs beside it for OVERLAP_MS.
    """

    url: str
    events: Sequence[str] = ()
    all_payments: bool = False
    renew_secret: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of telling a system one message at once: whether it was taken, and a word for the answer."""

    news_id: str
    taken: bool
    note: str


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
        hook = Hook(key_id, wish.url, events, wish.all_payments, version, sealed, at)
        if before is not None:
            hook = _following(hook, before, at, renewed=secret is not None)
        put_hook(uow.session, merchant_id, hook, at)
        facts = {"host": host, "events": ",".join(events), "secret": "new" if secret else "kept"}
        uow.audit.add("hook.set", key_id, by, at, facts)
        return hook, secret

    return units.run(merchant_id, op)


def _following(hook: Hook, before: Hook, at: Instant, *, renewed: bool) -> Hook:
    """Return a hook with what it keeps of the one before it: its age, a replaced secret, and how telling went."""
    old = before.old if before.old is not None and at < before.old.until else None
    if renewed and not (old is not None and at < old.until - OVERLAP_MS + REPEAT_MS):
        old = OldSecret(before.key_version, before.sealed, Instant(at + OVERLAP_MS))
    hook = replace(hook, created_at=before.created_at, old=old)
    same = hook.url == before.url and before.off_at is None
    return replace(hook, tried_at=before.tried_at, answer=before.answer) if same else hook


def drop_hook(units: HubUnits, merchant_id: MerchantId, key_id: str, at: Instant, *, by: UserId | None = None) -> bool:
    """Tell the system of a key nothing any more and give up what waits; False if it was told nothing."""

    def op(uow: HubUnitOfWork) -> bool:
        was_told = remove_hook(uow.session, merchant_id, key_id, at)
        if was_told:
            uow.audit.add("hook.removed", key_id, by, at, {})
        return was_told

    return units.run(merchant_id, op)


def try_hook(
    units: HubUnits, sender: HookSender, merchant_id: MerchantId, key_id: str, at: Instant, *, by: UserId | None = None
) -> Tried:
    """Tell a key's system a message that says nothing, now, and return what came of it; it is not tried again.

    `by` is the person who does it, None for the operator. Raises NotFound(API_KEY_UNKNOWN) where it is told nothing,
    Conflict(HOOK_RESTS) for an address that was gone.
    """
    news_id = f"msg_{new_id()}"
    told = {"type": HOOK_TEST, "timestamp": iso_time(at), "data": {"test": True}}

    def op(uow: HubUnitOfWork) -> HookTask:
        hook = hook_of(uow.session, merchant_id, key_id)
        if hook is None:
            raise NotFound(ErrorCode.API_KEY_UNKNOWN)
        if hook.off_at is not None:
            raise Conflict(ErrorCode.HOOK_RESTS)
        forget_news(uow.session, merchant_id, at)
        body = json.dumps(told, separators=(",", ":"))
        add_news(uow.session, merchant_id, key_id, PaymentId(""), News(news_id, HOOK_TEST, body, 0, at))
        uow.audit.add("hook.tried", key_id, by, at, {})
        return _claimed(uow, merchant_id, key_id, news_id, at)

    return _told(sender, units.run(merchant_id, op))


def send_again(
    units: HubUnits,
    sender: HookSender,
    merchant_id: MerchantId,
    key_id: str,
    news_id: str,
    at: Instant,
    *,
    by: UserId | None = None,
) -> Tried:
    """Tell a key's system one message now, also one that it took or that was given up; return what came of it.

    `by` is the person who does it, None for the operator. Raises Conflict(HOOK_RESTS) if its address is gone, the
    message is not there, or is being sent just now.
    """

    def op(uow: HubUnitOfWork) -> HookTask:
        task = _claimed(uow, merchant_id, key_id, news_id, at)
        uow.audit.add("hook.resent", key_id, by, at, {"event": task.news.type, "reference": news_id})
        return task

    return _told(sender, units.run(merchant_id, op))


def _claimed(uow: HubUnitOfWork, merchant_id: MerchantId, key_id: str, news_id: str, at: Instant) -> HookTask:
    """Claim a message in the commit that notes whose wish it is: no worker comes in between."""
    task = claim_by_hand(uow.session, merchant_id, key_id, news_id, at)
    if task is None:
        raise Conflict(ErrorCode.HOOK_RESTS)
    return task


def _told(sender: HookSender, task: HookTask) -> Tried:
    reply = sender.tell(task)
    return Tried(task.news.id, reply.taken, reply.note)


def _checked_address(url: str, near: bool) -> SplitResult:
    """Return the parts of an address at which a system may hear: https and out in the world, unless it may be near."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise RuleBroken(ErrorCode.HOOK_INVALID, field="url") from error
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_HOOK_URL
    is_whole = (
        plain and host and has_name(url) and parts.username is None and parts.password is None and not parts.fragment
    )
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
