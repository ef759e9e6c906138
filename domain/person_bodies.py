"""The bodies of messages about people: who they are, what they may see, which of it was changed, and the proof."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

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
"""Characters of a text, and accounts of a person: a body has an end."""
_LAST_INSTANT: Final = 253_402_300_799_999  # the end of the year 9999, the last that calendars can write


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
    try:
        fields = json.loads(body)
        shown = _text(fields.pop("proof"))
        canonical_json(fields)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="person") from error
    return fields, shown


def _proven(fields: dict[str, Any], message_id: MessageId, device_id: DeviceId) -> str:
    return canonical_json({"message": message_id, "device": device_id, "person": fields})


def _fact(fields: dict[str, Any], merchant_id: MerchantId) -> PersonFact:
    try:
        return PersonFact(
            user=User(
                id=UserId(_text(fields["id"])),
                merchant_id=merchant_id,
                name=_text(fields["name"]),
                role=Role(fields["role"]),
                pin_hash=_text(fields["pin_hash"]),
                disabled_at=_maybe(_instant, fields["disabled_at"]),
            ),
            grants=frozenset(AccountId(_text(account)) for account in _list(fields["grants"])),
            parts=tuple(_part(part) for part in _list(fields["parts"])),
            by=UserId(_text(fields["by"])) if fields["by"] is not None else None,
            at=_instant(fields["at"]),
            answers=MessageId(_text(fields["answers"])) if "answers" in fields else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="person") from error


def _part(value: object) -> str:
    part = _text(value)
    if part not in WHOLE and not granted_in(part):
        raise ValueError("a part of a person was expected")
    return part


def _text(value: object) -> str:
    """Return a text that every database can keep: no NUL (PostgreSQL has none), no half of a surrogate pair."""
    if not isinstance(value, str) or not 0 < len(value) <= _MOST or "\x00" in value:
        raise ValueError("a text was expected")
    value.encode()
    return value


def _instant(value: object) -> Instant:
    if type(value) is not int or not 0 <= value <= _LAST_INSTANT:
        raise ValueError("a moment that a calendar can show was expected")
    return Instant(value)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise TypeError("a list was expected")
    return value


def _maybe(read: Callable[[object], Instant], value: object) -> Instant | None:
    return None if value is None else read(value)
