"""People at the hub for tests: its key, who is kept there, and what tills tell of them."""

import hmac
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher

from domain.ids import Instant, MessageId, UserId
from domain.messages import Message, MessageKind
from domain.people import User
from domain.person_bodies import PersonFact, person_body
from domain.policy import Role
from domain.services.people_facts import person_subject
from server.enrolment import create_invitation, enrol
from storage.hub_people import HubPeople
from storage.keys import person_proof
from storage.scope import Scope
from storage.session import Session
from sync.wire import EnrolRequest, WireMessage
from tests.builders import MERCHANT, NOON, TILL, an_id
from tests.server.hub_stage import TOKEN, Served, bearer

KEY: Final = bytes(range(96, 128))
OTHER_KEY: Final = bytes(range(128, 160))
RIGHT: Final = "739164"
LAN: Final = UserId(an_id("Lan"))
HOA: Final = UserId(an_id("Hoa"))


def share(server: Served, key: bytes = KEY, token: str = TOKEN, *, offered: bool = True) -> Any:
    body = {"own_key": key.hex(), "offered": offered}
    return server.http.post("/api/v1/people/key", json=body, headers=bearer(token))


@cache
def light_hash(pin: str, key: bytes = KEY) -> str:
    """Return a PIN's hash as the hub keeps it, at a fraction of the work: a hash itself says what checking it costs."""
    peppered = hmac.digest(key, pin.encode(), "sha256")
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(peppered)


def keep(server: Served, user_id: UserId, role: Role, pin: str = RIGHT) -> None:
    """Keep a person at the hub whose PIN this is."""
    user = User(user_id, MERCHANT, role.value, role, light_hash(pin))

    def op(session: Session) -> None:
        HubPeople(Scope(session, MERCHANT)).add(user)

    server.hub.units.read_of(MERCHANT, op)


def enter(server: Served, user_id: str = LAN, pin: str = RIGHT, token: str = TOKEN) -> Any:
    return server.http.post("/api/v1/people/sign-in", json={"person_id": user_id, "pin": pin}, headers=bearer(token))


def tell(server: Served, user: User, *parts: str, by: UserId | None = HOA, key: bytes = KEY, at: int = NOON) -> Any:
    """Push a fact about a person; return the one result."""
    message = told_of(PersonFact(user, frozenset(), parts, by, Instant(at)), key)
    answer = server.push([WireMessage.of(message)])
    assert answer.status_code == 200, answer.text
    return answer.json()["results"][0]


def told_of(fact: PersonFact, key: bytes = KEY) -> Message:
    """Return what the shop's till tells of a person."""
    message_id = MessageId(an_id(f"{fact} under {key.hex()}"))
    body = person_body(fact, person_proof(key), message_id, TILL)
    return Message(message_id, person_subject(fact.user.id), MessageKind.PERSON, body, MERCHANT, TILL)


def kept(server: Served, user_id: UserId = LAN) -> User:
    user = server.hub.units.read_of(MERCHANT, lambda session: HubPeople(Scope(session, MERCHANT)).get(user_id))
    assert user is not None
    return user


def heard(server: Served, **asked: Any) -> list[dict[str, Any]]:
    """Return the facts about people that a till hears."""
    changes = server.changes(**asked).json()["changes"]
    return [change["message"] for change in changes if change["message"]["kind"] == "person"]


def second_till(server: Served) -> str:
    """Let another till in; return its token."""
    code = create_invitation(server.hub.units, MERCHANT, NOON)
    request = EnrolRequest(protocol=2, code=code, device_id=an_id("second"), name="2")
    return enrol(server.hub.units, request, "token-of-the-second-till-0123456789", Instant(NOON)).token
