"""Who acts at the hub: a person who signed in there with their PIN, from one till, for a quarter of an hour."""

from typing import Annotated, Final

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader

from domain.errors import ErrorCode
from domain.ids import Instant
from domain.policy import Action, Actor
from server.auth import LONGEST_TOKEN, Caller, admit, still_admitted, token_hash
from server.hub import Hub
from server.problems import Refusal
from storage.hub_people import signed_in
from storage.hub_tills import KnownTill
from storage.session import Session
from sync.owner_wire import PERSON_HEADER

SESSION_MS: Final = 15 * 60 * 1000

_PERSON: Final = APIKeyHeader(
    name=PERSON_HEADER,
    scheme_name="Person",
    auto_error=False,
    description="What a sign-in at the hub told, beside the till's own token; good for a quarter of an hour.",
)


async def person_token(told: Annotated[str | None, Security(_PERSON)] = None) -> str:
    """Return the token of the person who calls, empty if none was shown."""
    return told or ""


PersonToken = Annotated[str, Depends(person_token)]
"""A route's parameter: the token of the person who calls."""


def admit_person(hub: Hub, calling: Caller, person_token: str, action: Action, at: Instant) -> tuple[KnownTill, Actor]:
    """Return the till that calls and the person who acts there, if their role allows the action.

    Raises Refusal: what `admit` raises; 401 PERSON_SESSION_ENDED for no, a false, another till's or an ended token;
    403 NOT_PERMITTED.
    """
    till = admit(hub.units, hub.rates, calling, at)
    return till, hub.units.read_of(till.merchant_id, lambda session: _actor(session, till, person_token, action, at))


def require_still_acting(session: Session, calling: Caller, person_token: str, action: Action, at: Instant) -> None:
    """Raise Refusal, in a transaction that holds the merchant's lock, for who was admitted and may no longer act: the
    till was shut out, the person signed out, disabled, or given another role or PIN since."""
    _actor(session, still_admitted(session, calling), person_token, action, at)


def _actor(session: Session, till: KnownTill, person_token: str, action: Action, at: Instant) -> Actor:
    if not (0 < len(person_token) <= LONGEST_TOKEN and person_token.isascii()):
        raise Refusal(ErrorCode.PERSON_SESSION_ENDED)
    user = signed_in(session, till.merchant_id, till.device_id, token_hash(person_token), at)
    if user is None:
        raise Refusal(ErrorCode.PERSON_SESSION_ENDED)
    actor = Actor(user.id, user.name, user.role, till.device_id)
    if not actor.may(action):
        raise Refusal(ErrorCode.NOT_PERMITTED, 403)
    return actor
