"""The owner's acts as a till asks for them: over a real socket, each refusal in the hub's own word."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx
import pytest

from domain.errors import ErrorCode
from domain.other_systems import EVERY_SCOPE
from domain.policy import Role
from sync.client import HubClient
from sync.owner_client import OwnerClient
from sync.owner_wire import ApiKeyMade, HookRequest, Invitation, ProviderTest, ProviderValues
from sync.ports import HubProblem
from tests.builders import BANK_ACCOUNT, TILL, an_id
from tests.server.hub_stage import TOKEN, Served
from tests.server.owner_stage import sign_in

SECRET: Final = "needle-webhook-secret-6611"
SEPAY: Final = {"account_number": BANK_ACCOUNT, "webhook_secret": SECRET, "api_token": "token-of-the-bank"}

Act = Callable[[OwnerClient, str], Awaitable[Any]]


def act(server: Served, does: Act, person: str | None = None, token: str = TOKEN) -> Any:
    """Do something at the hub as an owner, or with another token of a person."""
    shown = sign_in(server.hub.units) if person is None else person

    async def scenario() -> Any:
        hub = HubClient(lambda: server.url, lambda: token)
        try:
            return await does(OwnerClient(hub), shown)
        finally:
            await hub.aclose()

    return asyncio.run(scenario())


def problem_of(server: Served, does: Act, person: str | None = None, token: str = TOKEN) -> HubProblem:
    with pytest.raises(HubProblem) as problem:
        act(server, does, person, token)
    return problem.value


def test_a_provider_is_connected_tried_and_disconnected(server: Served) -> None:
    view = act(server, lambda owner, person: owner.connect(person, "sepay", SEPAY))
    [listed] = [
        each
        for each in act(server, lambda owner, person: owner.providers(person)).providers
        if each.provider == "sepay"
    ]
    assert view == listed
    assert view.connected
    assert SECRET not in repr(listed)
    tried = act(server, lambda owner, person: owner.try_provider(person, "vnpay_qr_mms"))
    assert tried == ProviderTest(at=server.hub.now(), ok=False, code="credentials_missing")
    gone = act(server, lambda owner, person: owner.disconnect(person, "sepay", even_if_open=True))
    assert (gone.disconnected, gone.open_payments) == (True, 0)


def test_tills_are_invited_listed_and_shut_out(server: Served) -> None:
    invitation = act(server, lambda owner, person: owner.invite(person))
    assert invitation.code not in repr(invitation)
    assert [till.device_id for till in act(server, lambda owner, person: owner.tills(person)).tills] == [TILL]
    assert act(server, lambda owner, person: owner.revoke_till(person, TILL)).this_till
    assert problem_of(server, lambda owner, person: owner.tills(person)).code is ErrorCode.TILL_UNKNOWN


def test_keys_are_made_listed_and_revoked(server: Served) -> None:
    made = act(server, lambda owner, person: owner.make_api_key(person, "Web shop", EVERY_SCOPE))
    assert made.key not in repr(made)
    [key] = act(server, lambda owner, person: owner.api_keys(person)).keys
    assert key.id == made.id
    wish = HookRequest(url="https://shop.example/news", events=[])
    assert act(server, lambda owner, person: owner.set_hook(person, made.id, wish)).secret
    assert act(server, lambda owner, person: owner.hook_news(person, made.id)).news == []
    tried = act(server, lambda owner, person: owner.try_hook(person, made.id))
    assert not tried.delivered, "nobody is there"
    [row] = act(server, lambda owner, person: owner.hook_news(person, made.id)).news
    assert (row.id, row.type, row.state, row.note) == (tried.id, "webhook.test", "given_up", tried.note)
    assert act(server, lambda owner, person: owner.resend_news(person, made.id, row.id)).id == row.id
    assert act(server, lambda owner, person: owner.drop_hook(person, made.id)).key_id == made.id
    assert act(server, lambda owner, person: owner.revoke_api_key(person, made.id)).id == made.id


REFUSED: Final[dict[str, tuple[Act, ErrorCode]]] = {
    "no provider": (lambda owner, person: owner.connect(person, "acme", SEPAY), ErrorCode.PROVIDER_UNKNOWN),
    "not connected": (lambda owner, person: owner.disconnect(person, "sepay"), ErrorCode.PROVIDER_UNKNOWN),
    "no till": (lambda owner, person: owner.revoke_till(person, an_id("nobody")), ErrorCode.DEVICE_UNKNOWN),
    "no key": (lambda owner, person: owner.revoke_api_key(person, "00000000"), ErrorCode.API_KEY_UNKNOWN),
    "a blank name": (lambda owner, person: owner.make_api_key(person, " ", EVERY_SCOPE), ErrorCode.NAME_INVALID),
    "no name": (lambda owner, person: owner.make_api_key(person, "", EVERY_SCOPE), ErrorCode.NAME_INVALID),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_hub_refuses_is_told_in_its_own_word(server: Served, case: str) -> None:
    does, code = REFUSED[case]
    problem = problem_of(server, does)
    assert problem.code is code
    assert problem.field is None


def test_who_is_not_an_owner_or_no_longer_signed_in_is_told_so_and_the_till_is_not_blocked(server: Served) -> None:
    cashier = sign_in(server.hub.units, Role.CASHIER)
    assert problem_of(server, lambda owner, person: owner.tills(person), cashier).code is ErrorCode.NOT_PERMITTED
    for nobody in ("", "nobodys-token"):
        problem = problem_of(server, lambda owner, person: owner.tills(person), nobody)
        assert problem.code is ErrorCode.PERSON_SESSION_ENDED
    problem = problem_of(server, lambda owner, person: owner.tills(person), token="nobodys-token")
    assert problem.code is ErrorCode.TILL_UNKNOWN


@pytest.mark.parametrize("text", ["", "needle-with-nul\x00", "needle" * 400])
def test_a_field_that_does_not_fit_is_named_and_what_stood_in_it_is_not_told(server: Served, text: str) -> None:
    problem = problem_of(server, lambda owner, person: owner.connect(person, "sepay", SEPAY | {"webhook_secret": text}))
    assert (problem.code, problem.field) == (ErrorCode.PROVIDER_FIELD_INVALID, "webhook_secret")
    assert problem.facts["field"] == "webhook_secret"
    assert "needle" not in f"{problem!r}{problem.__cause__!r}"


def test_a_hub_that_is_away_is_a_problem_of_the_network() -> None:
    async def scenario() -> None:
        hub = HubClient(lambda: "http://127.0.0.1:1", lambda: TOKEN)
        try:
            await OwnerClient(hub).providers("person")
        finally:
            await hub.aclose()

    with pytest.raises(HubProblem) as problem:
        asyncio.run(scenario())
    assert problem.value.code is ErrorCode.NET_UNREACHABLE


@pytest.mark.parametrize("model", [Invitation, ApiKeyMade])
def test_an_answer_that_is_unreadable_is_not_quoted(model: Any) -> None:
    name = "code" if model is Invitation else "key"
    body = f'{{"{name}": ["needle"], "until": "needle"}}'.encode()
    ask: Act = (lambda owner, person: owner.invite(person)) if model is Invitation else _make

    async def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Bana-Person"] == "person"
        return httpx.Response(200, stream=httpx.ByteStream(body), headers={"content-type": "application/json"})

    async def scenario() -> None:
        hub = HubClient(lambda: "https://hub.example", lambda: "t", transport=httpx.MockTransport(answer))
        try:
            await ask(OwnerClient(hub), "person")
        finally:
            await hub.aclose()

    with pytest.raises(HubProblem) as problem:
        asyncio.run(scenario())
    assert problem.value.reason == "unreadable"
    assert "needle" not in f"{problem.value!r}{problem.value.__cause__}"


async def _make(owner: OwnerClient, person: str) -> ApiKeyMade:
    return await owner.make_api_key(person, "Web shop", EVERY_SCOPE)


def test_what_is_put_in_does_not_show_itself() -> None:
    assert SECRET not in repr(ProviderValues(values=SEPAY))
