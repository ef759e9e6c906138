"""The keys of other systems: which there are, a new one, taking one out of use, and where each system hears."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from domain.errors import ErrorCode, NotFound
from domain.ids import MerchantId
from domain.policy import Action
from server.api_keys import create_api_key, revoke_api_key
from server.hooks import HookWish, drop_hook, set_hook
from server.hub import Hub
from server.intake import API_KEYS_PATH
from server.problems import Refusal
from server.routes.asking import JsonBody, described, read_body
from server.routes.owner import ActingPerson, owner_problems
from storage.hub_api_keys import KeyRow, keys_of
from storage.hub_hooks import Delivery, Hook, deliveries_of, hooks_of
from storage.session import Session
from sync.owner_wire import (
    ApiKeyMade,
    ApiKeyRequest,
    ApiKeyRevoked,
    ApiKeysAnswer,
    ApiKeyView,
    HookMade,
    HookRemoved,
    HookRequest,
    HookView,
)

_HOOK: Final = f"{API_KEYS_PATH}/{{key_id}}/webhook"
KeyPath = Annotated[str, Path(max_length=64)]


def api_key_routes(hub: Hub) -> APIRouter:
    """Return the routes on which an owner looks after the keys of other systems."""
    router = APIRouter(tags=["api keys"])

    @router.get(API_KEYS_PATH, response_model=ApiKeysAnswer, responses=owner_problems())
    def listed(acting: ActingPerson) -> ApiKeysAnswer:
        """List the shop's keys, revoked ones too; the keys themselves are nowhere."""
        till, _ = acting.admitted(hub, Action.MANAGE_API_KEYS, hub.now())
        return ApiKeysAnswer(keys=hub.units.read_of(till.merchant_id, lambda each: _views(each, till.merchant_id)))

    @router.post(
        API_KEYS_PATH,
        response_model=ApiKeyMade,
        openapi_extra=described(ApiKeyRequest),
        responses=owner_problems(415),
    )
    def make(acting: ActingPerson, body: JsonBody) -> ApiKeyMade:
        """Make a key that books events; it is shown this once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        name = read_body(body, ApiKeyRequest).name
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        key, secret = create_api_key(units, hub.settings.vault, till.merchant_id, name, at, by=actor.user_id)
        return ApiKeyMade(id=key.id, name=key.name, created_at=at, key=secret.reveal())

    @router.delete(f"{API_KEYS_PATH}/{{key_id}}", response_model=ApiKeyRevoked, responses=owner_problems(404))
    def revoke(acting: ActingPerson, key_id: KeyPath) -> ApiKeyRevoked:
        """Take a key out of use at once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        if not revoke_api_key(units, till.merchant_id, key_id, at, by=actor.user_id):
            raise Refusal(ErrorCode.API_KEY_UNKNOWN, 404)
        return ApiKeyRevoked(id=key_id, revoked_at=at)

    @router.put(
        _HOOK,
        response_model=HookMade,
        openapi_extra=described(HookRequest),
        responses=owner_problems(404, 415),
    )
    def set_address(acting: ActingPerson, key_id: KeyPath, body: JsonBody) -> HookMade:
        """Tell the key's system what becomes of payments; a new signing secret is shown this once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        wish = read_body(body, HookRequest)
        units, vault, near = acting.units(hub, Action.MANAGE_API_KEYS, at), hub.settings.vault, hub.settings.near_hooks
        wanted = HookWish(wish.url, wish.events, wish.all_payments, wish.renew_secret)
        try:
            hook, secret = set_hook(units, vault, till.merchant_id, key_id, wanted, at, near=near, by=actor.user_id)
        except NotFound as error:
            raise Refusal(error.code, 404) from error
        return HookMade(
            key_id=key_id,
            events=list(hook.events),
            all_payments=hook.all_payments,
            secret=secret.reveal() if secret else None,
        )

    @router.delete(_HOOK, response_model=HookRemoved, responses=owner_problems(404))
    def remove_address(acting: ActingPerson, key_id: KeyPath) -> HookRemoved:
        """Tell the key's system nothing any more; what waits is given up."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        if not drop_hook(units, till.merchant_id, key_id, at, by=actor.user_id):
            raise Refusal(ErrorCode.API_KEY_UNKNOWN, 404)
        return HookRemoved(key_id=key_id, removed_at=at)

    return router


def _views(session: Session, merchant_id: MerchantId) -> list[ApiKeyView]:
    hooks = {hook.key_id: hook for hook in hooks_of(session, merchant_id)}
    deliveries = deliveries_of(session, merchant_id, list(hooks))
    return [_view(row, hooks.get(row.id), deliveries.get(row.id)) for row in keys_of(session, merchant_id)]


def _view(row: KeyRow, hook: Hook | None, delivery: Delivery | None) -> ApiKeyView:
    return ApiKeyView(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        hook=None if hook is None or delivery is None else _hook_view(hook, delivery),
    )


def _hook_view(hook: Hook, delivery: Delivery) -> HookView:
    return HookView(
        url=hook.url,
        events=list(hook.events),
        all_payments=hook.all_payments,
        off_at=hook.off_at,
        waiting=delivery.waiting,
        given_up=delivery.given_up,
        delivered_at=delivery.delivered_at,
        note=delivery.note,
    )
