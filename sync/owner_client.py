"""What an owner does at the hub from a till: providers, tills and the keys of other systems."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from domain.errors import ErrorCode
from sync.client import HubClient
from sync.owner_wire import (
    ApiKeyMade,
    ApiKeyRequest,
    ApiKeyRevoked,
    ApiKeysAnswer,
    Disconnection,
    HookMade,
    HookNewsAnswer,
    HookRemoved,
    HookRequest,
    HookTried,
    Invitation,
    ProvidersAnswer,
    ProviderTest,
    ProviderValues,
    ProviderView,
    StatementFile,
    StatementSeen,
    TillRevoked,
    TillsAnswer,
)
from sync.ports import HubProblem
from sync.wire import Wire

W = TypeVar("W", bound=Wire)

_PROVIDERS: Final = "/api/v1/providers"
_TILLS: Final = "/api/v1/tills"
_API_KEYS: Final = "/api/v1/api-keys"
_STATEMENTS: Final = "/api/v1/statements"


class OwnerClient:
    """The owner's routes of the hub; `person` is the token of the owner's own sign-in there.

    Every call raises HubProblem. What the hub refuses bears the hub's own code: PERSON_SESSION_ENDED to sign in anew,
    NOT_PERMITTED, PROVIDER_UNKNOWN, PROVIDER_FIELD_INVALID with the `field`, PROVIDER_CURRENCY, KEY_MISSING and
    CREDENTIALS_TAMPERED for credentials that do not open, DEVICE_UNKNOWN, API_KEY_UNKNOWN, NAME_INVALID, SCOPE_INVALID,
    HOOK_INVALID, HOOK_RESTS.
    """

    def __init__(self, hub: HubClient) -> None:
        self._hub = hub

    async def providers(self, person: str) -> ProvidersAnswer:
        """Return every provider with its form, secrets masked."""
        return await self._ask(person, "GET", _PROVIDERS, ProvidersAnswer)

    async def connect(self, person: str, provider: str, values: Mapping[str, str]) -> ProviderView:
        """Connect a provider or renew some of its fields; what is left out keeps its value."""
        try:
            body = ProviderValues(values=dict(values))
        except ValidationError as error:
            raise HubProblem(ErrorCode.PROVIDER_FIELD_INVALID, "form", field=_field_of(error)) from None
        return await self._ask(person, "PUT", _below(_PROVIDERS, provider), ProviderView, body)

    async def try_provider(self, person: str, provider: str) -> ProviderTest:
        """Let the hub ask a provider something harmless; nothing is booked."""
        return await self._ask(person, "POST", f"{_below(_PROVIDERS, provider)}/test", ProviderTest)

    async def disconnect(self, person: str, provider: str, *, even_if_open: bool = False) -> Disconnection:
        """Forget a provider's credentials; while payments are open there only `even_if_open`."""
        query = {"even_if_open": "true"} if even_if_open else None
        return await self._ask(person, "DELETE", _below(_PROVIDERS, provider), Disconnection, query=query)

    async def tills(self, person: str) -> TillsAnswer:
        """Return the shop's tills."""
        return await self._ask(person, "GET", _TILLS, TillsAnswer)

    async def invite(self, person: str) -> Invitation:
        """Return a one-time code that lets one till in."""
        return await self._ask(person, "POST", f"{_TILLS}/invitations", Invitation)

    async def revoke_till(self, person: str, device_id: str) -> TillRevoked:
        """Shut a till out at once; the own one too, whose next call is refused then."""
        return await self._ask(person, "DELETE", _below(_TILLS, device_id), TillRevoked)

    async def api_keys(self, person: str) -> ApiKeysAnswer:
        """Return the keys of other systems."""
        return await self._ask(person, "GET", _API_KEYS, ApiKeysAnswer)

    async def make_api_key(self, person: str, name: str, scopes: Sequence[str]) -> ApiKeyMade:
        """Make a key for another system that opens some scopes; it is told this once."""
        try:
            body = ApiKeyRequest(name=name, scopes=list(scopes))
        except ValidationError:
            raise HubProblem(ErrorCode.NAME_INVALID, "form") from None
        return await self._ask(person, "POST", _API_KEYS, ApiKeyMade, body)

    async def revoke_api_key(self, person: str, key_id: str) -> ApiKeyRevoked:
        """Take a key out of use at once."""
        return await self._ask(person, "DELETE", _below(_API_KEYS, key_id), ApiKeyRevoked)

    async def set_hook(self, person: str, key_id: str, wish: HookRequest) -> HookMade:
        """Tell a key's system at an address from now on; a new signing secret is told this once."""
        return await self._ask(person, "PUT", _hook_of(key_id), HookMade, wish)

    async def drop_hook(self, person: str, key_id: str) -> HookRemoved:
        """Tell a key's system nothing any more."""
        return await self._ask(person, "DELETE", _hook_of(key_id), HookRemoved)

    async def try_hook(self, person: str, key_id: str) -> HookTried:
        """Tell a key's system a message that says nothing."""
        return await self._ask(person, "POST", f"{_hook_of(key_id)}/test", HookTried)

    async def hook_news(self, person: str, key_id: str) -> HookNewsAnswer:
        """Return the latest messages to a key's system."""
        return await self._ask(person, "GET", f"{_hook_of(key_id)}/deliveries", HookNewsAnswer)

    async def resend_news(self, person: str, key_id: str, news_id: str) -> HookTried:
        """Tell a key's system one message once more."""
        path = f"{_below(f'{_hook_of(key_id)}/deliveries', news_id)}/resend"
        return await self._ask(person, "POST", path, HookTried)

    async def statement(self, person: str, file: StatementFile) -> StatementSeen:
        """Have a bank's statement looked at, or read in; what cannot be read is told in the answer."""
        return await self._ask(person, "POST", _STATEMENTS, StatementSeen, file)

    async def _ask(
        self,
        person: str,
        method: str,
        path: str,
        answer: type[W],
        body: Wire | None = None,
        query: Mapping[str, str] | None = None,
    ) -> W:
        try:
            return await self._hub.ask(method, path, answer, body=body, query=query, person=person)
        except HubProblem as problem:
            if problem.refusal is None:
                raise
            raise HubProblem(problem.refusal, problem.reason, field=problem.field) from problem


def _below(path: str, name: str) -> str:
    return f"{path}/{quote(name, safe='')}"


def _hook_of(key_id: str) -> str:
    return f"{_below(_API_KEYS, key_id)}/webhook"


def _field_of(error: ValidationError) -> str | None:
    """Return the field whose text cannot travel; the error itself would quote what stands in it."""
    place = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
    return str(place[1]) if len(place) > 1 else None
