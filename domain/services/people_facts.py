"""Telling the other side about people: every change in the commit that made it, whoever is not known there first."""

from collections.abc import Sequence
from typing import Final

from domain.ids import Instant, MessageId, UserId, id_for
from domain.messages import MessageKind, canonical_json
from domain.person_bodies import WHOLE, PersonFact, person_body, told_of
from domain.ports import UnitOfWork
from domain.services.outgoing import tell

_SUBJECT: Final = "person:"


def person_subject(user_id: UserId) -> str:
    """Return the subject of messages about a person."""
    return f"{_SUBJECT}{user_id}"


def tell_person(uow: UnitOfWork, user_id: UserId, parts: Sequence[str], by: UserId, at: Instant) -> None:
    """Queue what `by` changed of a person, in the same commit; nothing where the shop's people key is not at hand.

    Whoever the hub has not heard of is introduced first, for it believes only people it knows.
    """
    if uow.proofs is None:
        return
    if tuple(parts) == WHOLE:
        uow.people.note_told(user_id)  # somebody new: whether they may be added is the hub's to check
    introduce_people(uow, at)
    user = uow.people.get(user_id)
    assert user is not None, "a person who was changed is there"
    tell_fact(uow, PersonFact(user, uow.grants.of(user_id), tuple(parts), by, at), at)


def introduce_people(uow: UnitOfWork, at: Instant) -> int:
    """Tell the hub of the people it has not heard of: those of a till that was in use before. Returns how many."""
    if uow.proofs is None:
        return 0
    untold = uow.people.untold()
    for user in untold:
        tell_fact(uow, PersonFact(user, uow.grants.of(user.id), WHOLE, None, at), at)
        uow.people.note_told(user.id)
    return len(untold)


def tell_everybody(uow: UnitOfWork, at: Instant) -> None:
    """Put everybody into the hub's feed as they stand: for a till that could not read about people until now."""
    for user in uow.people.everybody():
        tell_fact(uow, PersonFact(user, uow.grants.of(user.id), WHOLE, None, at), at)


def tell_fact(uow: UnitOfWork, fact: PersonFact, at: Instant) -> None:
    """Queue a fact about a person with its proof, under an id of its own."""
    assert uow.proofs is not None, "who tells of people has the key"
    user_id, message_id = fact.user.id, _fresh_id(uow, fact)
    body = person_body(fact, uow.proofs, message_id, uow.device.id)
    tell(uow, MessageKind.PERSON, person_subject(user_id), body, at, message_id=message_id)


def _fresh_id(uow: UnitOfWork, fact: PersonFact) -> MessageId:
    """Return an id that no message has: the same may be told twice within a millisecond, with its opposite between."""
    told, times = canonical_json(told_of(fact)), 0
    while True:
        found = MessageId(id_for("person-fact", uow.device.id, fact.user.id, told, str(times)))
        if uow.outbox.known_hash(found) is None:
            return found
        times += 1
