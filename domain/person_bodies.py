"""The bodies of messages about people: who they are, what they may see, which of it was changed, and the proof."""

from dataclasses import dataclass
from typing import Any, Final

from domain.body_values import a_list, a_name, an_instant, fields_of, maybe, reading
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, DeviceId, Instant, MerchantId, MessageId, UserId
from domain.messages import Message, canonical_json
from domain.people import PersonProof, User
from domain.policy import Role

NAME: Final = "name"
ROLE: Final = "role"
PIN: Final = "pin"
DISABLED: Final = "disabled"
GRANTS: Final = "grants"
"""The part that is all of what a person may see."""
WHOLE: Final = (NAME, ROLE, PIN, DISABLED, GRANTS)

_GRANT: Final = "grant:"
_MOST: Final = 2_000
"""Accounts of a person: a body has an end."""


def grant_of(account_id: AccountId) -> str:
    """Return the part that is one account which a person may see, or no longer."""
    return _GRANT + account_id


def granted_in(part: str) -> AccountId | None:
    """Return the account of a part that is one account, else None."""
    return AccountId(part.removeprefix(_GRANT)) if part.startswith(_GRANT) else None


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A person as they stood after a change: `parts` says what of it was changed, the rest tells who they are.

    `by` did it, or nobody where a till tells of people it had before it told of any. `answers` is the message that the
    hub refused and to which this is the truth.
    """

    user: User
    grants: frozenset[AccountId]
    parts: tuple[str, ...]
    by: UserId | None
    at: Instant
    answers: MessageId | None = None

    @property
    def is_introduction(self) -> bool:
        """Whether a till tells of somebody it had before it told of any."""
        return self.by is None and self.answers is None


def person_body(fact: PersonFact, proof: PersonProof, message_id: MessageId, device_id: DeviceId) -> str:
    """Write a person with the proof that a till or hub of the shop tells it; wrong PINs in a row never travel.

    The proof is of this one message: whoever overhears a fact can tell it neither again under another id, when the
    person has changed since, nor as another device.
    """
    told = told_of(fact)
    return canonical_json({**told, "proof": proof.of(_proven(told, message_id, device_id))})


def told_of(fact: PersonFact) -> dict[str, Any]:
    """Return what a message says of a person, beside its proof."""
    user = fact.user
    told: dict[str, Any] = {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "pin_hash": user.pin_hash,
        "disabled_at": user.disabled_at,
        "grants": sorted(fact.grants),
        "parts": list(fact.parts),
        "by": fact.by,
        "at": fact.at,
    }
    return told if fact.answers is None else {**told, "answers": fact.answers}


def read_person(message: Message, proof: PersonProof) -> PersonFact:
    """Read `person_body`; raises RuleBroken: MESSAGE_MALFORMED, PERSON_UNPROVEN for what nobody of the shop told so."""
    fields, shown = _fields(message.body)
    if not proof.holds(_proven(fields, message.id, message.device_id), shown):
        raise RuleBroken(ErrorCode.PERSON_UNPROVEN)
    return _fact(fields, message.merchant_id)


def own_person(body: str, merchant_id: MerchantId) -> PersonFact:
    """Read what this device wrote itself, whose proof it need not look at; raises RuleBroken(MESSAGE_MALFORMED)."""
    return _fact(_fields(body)[0], merchant_id)


def _fields(body: str) -> tuple[dict[str, Any], str]:
    """Return what a body says, and the proof it shows."""
    fields = fields_of(body)
    with reading("person"):
        shown = a_name(fields.pop("proof"))
        canonical_json(fields)
    return fields, shown


def _proven(fields: dict[str, Any], message_id: MessageId, device_id: DeviceId) -> str:
    return canonical_json({"message": message_id, "device": device_id, "person": fields})


def _fact(fields: dict[str, Any], merchant_id: MerchantId) -> PersonFact:
    with reading("person"):
        return PersonFact(
            user=User(
                id=UserId(a_name(fields["id"])),
                merchant_id=merchant_id,
                name=a_name(fields["name"]),
                role=Role(fields["role"]),
                pin_hash=a_name(fields["pin_hash"]),
                disabled_at=maybe(an_instant, fields["disabled_at"]),
            ),
            grants=frozenset(AccountId(a_name(account)) for account in _few(fields["grants"])),
            parts=tuple(_part(part) for part in _few(fields["parts"])),
            by=UserId(a_name(fields["by"])) if fields["by"] is not None else None,
            at=an_instant(fields["at"]),
            answers=MessageId(a_name(fields["answers"])) if "answers" in fields else None,
        )


def _part(value: object) -> str:
    part = a_name(value)
    if part not in WHOLE and not granted_in(part):
        raise ValueError("a part of a person was expected")
    return part


def _few(value: object) -> list[Any]:
    if len(found := a_list(value)) > _MOST:
        raise ValueError("a shorter list was expected")
    return found
