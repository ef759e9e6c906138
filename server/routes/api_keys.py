"""The keys of other systems: which there are, a new one, and taking one out of use."""

from typing import Annotated

from fastapi import APIRouter, Path

from domain.errors import ErrorCode
from domain.policy import Action
from server.api_keys import create_api_key, revoke_api_key
from server.hub import Hub
from server.intake import API_KEYS_PATH
from server.problems import Refusal
from server.routes.asking import JsonBody, described, read_body
from server.routes.owner import ActingPerson, owner_problems
from storage.hub_api_keys import KeyRow, keys_of
from sync.owner_wire import ApiKeyMade, ApiKeyRequest, ApiKeyRevoked, ApiKeysAnswer, ApiKeyView


def api_key_routes(hub: Hub) -> APIRouter:
    """Return the routes on which an owner looks after the keys of other systems."""
    router = APIRouter(tags=["api keys"])

    @router.get(API_KEYS_PATH, response_model=ApiKeysAnswer, responses=owner_problems())
    def listed(acting: ActingPerson) -> ApiKeysAnswer:
        """List the shop's keys, revoked ones too; the keys themselves are nowhere."""
        till, _ = acting.admitted(hub, Action.MANAGE_API_KEYS, hub.now())
        rows = hub.units.read_of(till.merchant_id, lambda session: keys_of(session, till.merchant_id))
        return ApiKeysAnswer(keys=[_view(row) for row in rows])

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
    def revoke(acting: ActingPerson, key_id: Annotated[str, Path(max_length=64)]) -> ApiKeyRevoked:
        """Take a key out of use at once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        if not revoke_api_key(units, till.merchant_id, key_id, at, by=actor.user_id):
            raise Refusal(ErrorCode.API_KEY_UNKNOWN, 404)
        return ApiKeyRevoked(id=key_id, revoked_at=at)

    return router


def _view(row: KeyRow) -> ApiKeyView:
    return ApiKeyView(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
