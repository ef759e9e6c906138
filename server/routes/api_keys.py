"""The keys of other systems: which there are, a new one, and taking one out of use."""

from fastapi import APIRouter

from domain.errors import ErrorCode
from domain.ids import MerchantId
from domain.other_systems import EVERY_SCOPE
from domain.policy import Action
from server.api_keys import create_api_key, revoke_api_key
from server.hub import Hub
from server.intake import API_KEYS_PATH
from server.problems import Refusal
from server.routes.asking import JsonBody, described, read_body, routes_on
from server.routes.key_hooks import KeyPath, hook_view
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
)


def api_key_routes(hub: Hub) -> APIRouter:
    """Return the routes on which an owner looks after the keys of other systems."""
    router = routes_on("api keys")

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
        """Make a key that opens what is asked for; it is shown this once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        wish = read_body(body, ApiKeyRequest)
        scopes = EVERY_SCOPE if wish.scopes is None else tuple(wish.scopes)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        key, secret = create_api_key(
            units, hub.settings.vault, till.merchant_id, wish.name, at, scopes=scopes, by=actor.user_id
        )
        return ApiKeyMade(id=key.id, name=key.name, created_at=at, scopes=list(key.scopes), key=secret.reveal())

    @router.delete(f"{API_KEYS_PATH}/{{key_id}}", response_model=ApiKeyRevoked, responses=owner_problems(404))
    def revoke(acting: ActingPerson, key_id: KeyPath) -> ApiKeyRevoked:
        """Take a key out of use at once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        if not revoke_api_key(units, till.merchant_id, key_id, at, by=actor.user_id):
            raise Refusal(ErrorCode.API_KEY_UNKNOWN, 404)
        return ApiKeyRevoked(id=key_id, revoked_at=at)

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
        scopes=list(row.scopes),
        hook=None if hook is None or delivery is None else hook_view(hook, delivery),
    )
