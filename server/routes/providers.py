"""The shop's providers: see them masked, connect or renew, try the connection, disconnect."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response

from domain.errors import ErrorCode, RuleBroken
from domain.ids import MerchantId
from domain.policy import Action
from server.credentials import connect_provider, disconnect_provider
from server.hub import Hub
from server.intake import PROVIDERS_PATH
from server.limits import CHECK
from server.problems import Refusal, status_of
from server.provider_acts import see_provider, told_test, try_provider
from server.rails.base import RailAdapter
from server.routes.asking import JsonBody, described, read_body, routes_on, schema_of
from server.routes.owner import ActingPerson, owner_problems
from server.vault import Secret, VaultRefused
from sync.owner_wire import Disconnection, ProviderProblem, ProvidersAnswer, ProviderTest, ProviderValues, ProviderView

_PROBLEM: Final[dict[int | str, dict[str, Any]]] = {
    422: {
        "description": "Refused; the code says why, and of a form the field.",
        "content": {"application/problem+json": {"schema": schema_of(ProviderProblem)}},
    }
}
ProviderName = Annotated[str, Path(max_length=64)]


def provider_routes(hub: Hub) -> APIRouter:
    """Return the routes on which an owner looks after the providers."""
    router = routes_on("providers")

    @router.get(PROVIDERS_PATH, response_model=ProvidersAnswer, responses=owner_problems())
    def listed(acting: ActingPerson) -> ProvidersAnswer:
        """List every provider with its form as it stands; secrets are masked for ever."""
        at = hub.now()
        till, _ = acting.admitted(hub, Action.MANAGE_PROVIDERS, at)
        adapters = hub.settings.adapters.values()
        return ProvidersAnswer(providers=[see_provider(hub, till.merchant_id, adapter, at) for adapter in adapters])

    @router.put(
        f"{PROVIDERS_PATH}/{{provider}}",
        response_model=ProviderView,
        openapi_extra=described(ProviderValues),
        responses={**owner_problems(404, 409, 415), **_PROBLEM},
    )
    def connect(acting: ActingPerson, provider: ProviderName, body: JsonBody) -> ProviderView | Response:
        """Connect a provider, or renew some of its fields: what is left out keeps its value."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_PROVIDERS, at)
        adapter = _adapter(hub, provider)
        values = {name: Secret(text) for name, text in read_body(body, ProviderValues).values.items()}
        try:
            units = acting.units(hub, Action.MANAGE_PROVIDERS, at)
            connect_provider(units, hub.settings.vault, till.merchant_id, adapter, values, at, by=actor.user_id)
        except VaultRefused as error:
            raise Refusal(error.code, 409) from error
        except RuleBroken as refusal:
            return _unfit(refusal, adapter)
        return see_provider(hub, till.merchant_id, adapter, at)

    @router.post(f"{PROVIDERS_PATH}/{{provider}}/test", response_model=ProviderTest, responses=owner_problems(404, 409))
    def test(acting: ActingPerson, provider: ProviderName) -> ProviderTest:
        """Ask the provider something harmless and say whether it believed us; nothing is booked."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_PROVIDERS, at)
        adapter = _adapter(hub, provider)
        _allow_question(hub, till.merchant_id)
        try:
            return told_test(try_provider(hub, actor, till.merchant_id, adapter, at))
        except VaultRefused as error:
            raise Refusal(error.code, 409) from error

    @router.delete(f"{PROVIDERS_PATH}/{{provider}}", response_model=Disconnection, responses=owner_problems(404))
    def disconnect(acting: ActingPerson, provider: ProviderName, even_if_open: bool = False) -> Disconnection:
        """Forget the credentials; while payments are open there, only if that is said."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_PROVIDERS, at)
        named = _adapter(hub, provider).provider
        units = acting.units(hub, Action.MANAGE_PROVIDERS, at)
        gone = disconnect_provider(units, till.merchant_id, named, at, by=actor.user_id, even_if_open=even_if_open)
        if gone is None:
            raise Refusal(ErrorCode.PROVIDER_UNKNOWN, 404)
        return Disconnection(disconnected=gone.done, open_payments=gone.open_payments)

    return router


def _adapter(hub: Hub, provider: str) -> RailAdapter:
    for adapter in hub.settings.adapters.values():
        if adapter.provider.value == provider:
            return adapter
    raise Refusal(ErrorCode.PROVIDER_UNKNOWN, 404)


def _allow_question(hub: Hub, merchant_id: MerchantId) -> None:
    if not hub.rates.allow(CHECK, f"{merchant_id}/try", hub.now()):
        raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=2)


def _unfit(refusal: RuleBroken, adapter: RailAdapter) -> Response:
    """Return the refusal of a form; a field is named only if it is one, for anything may stand in a name's place."""
    field = refusal.facts.get("field")
    known = field if isinstance(field, str) and field in {each.name for each in adapter.credential_fields} else None
    told = ProviderProblem(code=refusal.code, field=known)
    return Response(told.model_dump_json(exclude_none=True), status_of(refusal), media_type="application/problem+json")
