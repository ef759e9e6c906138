"""People at the hub: the key that a shop's tills share for them, signing in with a PIN, and signing out."""

from fastapi import APIRouter

from domain.errors import ErrorCode
from server.auth import LONGEST_TOKEN, admit
from server.hub import Hub
from server.limits import PEOPLE_KEY, SIGN_IN, SIGN_INS
from server.people_keys import exchange_key
from server.person_sessions import PersonToken
from server.problems import Refusal
from server.routes.asking import JsonBody, Known, described, problems, read_body, routes_on
from server.sign_ins import SignIns
from server.vault import VaultRefused
from sync.wire import PeopleKeyAnswer, PeopleKeyRequest, PersonSignedIn, PersonSignedOut, PersonSignIn


def people_routes(hub: Hub) -> APIRouter:
    """Return the routes of people."""
    router = routes_on("people")
    sign_ins = SignIns(hub.units, hub.settings.vault, hub.settings.new_token)

    @router.post(
        "/api/v1/people/key",
        response_model=PeopleKeyAnswer,
        openapi_extra=described(PeopleKeyRequest),
        responses=problems(401, 403, 409, 415, 429),
    )
    def share_key(calling: Known, body: JsonBody) -> PeopleKeyAnswer:
        """Take the key under which a till keeps its people's PINs, or give it the shop's, once."""
        at = hub.now()
        till = admit(hub.units, hub.rates, calling, at)
        if not hub.rates.allow(PEOPLE_KEY, f"{till.merchant_id}/{till.device_id}", at):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=12)
        request = read_body(body, PeopleKeyRequest)
        try:
            return exchange_key(hub.units, hub.settings.vault, till, request, at)
        except VaultRefused as error:  # a till takes 503 for a hub that is away, and would send no money either
            raise Refusal(error.code, 409) from error

    @router.post(
        "/api/v1/people/sign-in",
        response_model=PersonSignedIn,
        openapi_extra=described(PersonSignIn),
        responses=problems(401, 403, 409, 415, 429),
    )
    def sign_in(calling: Known, body: JsonBody) -> PersonSignedIn:
        """Let a person act at the hub from this till for a quarter of an hour, if this is their PIN."""
        at = hub.now()
        till = admit(hub.units, hub.rates, calling, at)
        asked = read_body(body, PersonSignIn)
        seat = f"{till.merchant_id}/{till.device_id}"
        if not (hub.rates.allow(SIGN_INS, seat, at) and hub.rates.allow(SIGN_IN, f"{seat}/{asked.person_id}", at)):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=6)
        try:
            return sign_ins.sign_in(till, asked, at)
        except VaultRefused as error:
            raise Refusal(error.code, 409) from error

    @router.post("/api/v1/people/sign-out", response_model=PersonSignedOut, responses=problems(401, 429))
    def sign_out(calling: Known, person: PersonToken) -> PersonSignedOut:
        """End a person's sign-in at the hub."""
        till = admit(hub.units, hub.rates, calling, hub.now())
        shown = 0 < len(person) <= LONGEST_TOKEN and person.isascii()
        return PersonSignedOut(ended=shown and sign_ins.sign_out(till, person))

    return router
