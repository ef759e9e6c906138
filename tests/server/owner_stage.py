"""People at the hub for tests: a person of a role, signed in from a till."""

from typing import Final

from domain.ids import Instant, MerchantId, UserId
from domain.people import User
from domain.policy import Role
from server.auth import token_hash
from server.person_sessions import SESSION_MS
from storage.hub_people import HubPeople, begin_session, end_session
from storage.hub_units import HubUnits
from storage.scope import Scope
from storage.session import Session
from storage.setup import TillSetup
from sync.owner_wire import PERSON_HEADER
from tests.builders import MERCHANT, NOON, SETUP, an_id
from tests.server.hub_stage import TOKEN, bearer

PIN_HASH: Final = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$hash-of-no-pin"


def person_id(role: Role, merchant_id: MerchantId = MERCHANT) -> UserId:
    """Return the id of the one person of a role."""
    return UserId(an_id(f"{merchant_id}/{role.value}"))


def sign_in(
    units: HubUnits,
    role: Role = Role.OWNER,
    setup: TillSetup = SETUP,
    at: Instant = NOON,
    lifetime_ms: int = SESSION_MS,
) -> str:
    """Make a person of a role and sign them in at the hub from the setup's till; return the token."""
    merchant_id, token = setup.merchant_id, f"person-token-{role.value}-{setup.merchant_id[:8]}-0123456789"
    who = person_id(role, merchant_id)

    def op(session: Session) -> None:
        people = HubPeople(Scope(session, merchant_id))
        if people.get(who) is None:
            people.add(User(who, merchant_id, role.value.title(), role, PIN_HASH))
        end_session(session, merchant_id, token_hash(token))
        until = Instant(at + lifetime_ms)
        begin_session(session, merchant_id, who, setup.device_id, token_hash(token), at, until)

    units.read_of(merchant_id, op)
    return token


def acting(person: str, token: str = TOKEN) -> dict[str, str]:
    """Return the headers of a till and of the person who acts there."""
    return {**bearer(token), PERSON_HEADER: person}
