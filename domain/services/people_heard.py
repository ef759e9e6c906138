"""Taking facts about people: at the hub whoever may not have made them is refused, at a till they count at once."""

from dataclasses import replace

from domain import trail
from domain.changes import Topic
from domain.errors import ErrorCode, NotPermitted, RuleBroken
from domain.ids import AccountId, Instant
from domain.messages import CREATED, EXISTS, Message, Outcome, rejected
from domain.payments import Cause
from domain.people import User
from domain.person_bodies import (
    DISABLED,
    GRANTS,
    NAME,
    PIN,
    ROLE,
    WHOLE,
    PersonFact,
    grant_of,
    granted_in,
    own_person,
    read_person,
)
from domain.policy import Action, Role
from domain.ports import UnitOfWork
from domain.services.acting import note_told_late, require_known
from domain.services.people_facts import person_subject, tell_fact


def hub_takes_person(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Take what a till tells of a person, and pass it on.

    A till that introduces somebody the hub knows has nothing to add. Raises RuleBroken: PERSON_UNPROVEN,
    MESSAGE_MALFORMED, MESSAGE_FOREIGN, LAST_OWNER for what would leave the shop without an owner; NotPermitted:
    NOT_PERMITTED, OWN_ROLE.
    """
    fact = _read(uow, message)
    if fact.answers is not None:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    standing = uow.people.get(fact.user.id)
    if fact.is_introduction:
        if standing is not None:
            return EXISTS
    else:
        _require_right(uow, fact, standing, at)
    after = _merged(standing, fact, fact.parts)
    if standing is not None and _is_owner(standing) and not _is_owner(after) and uow.people.owners() == 1:
        raise RuleBroken(ErrorCode.LAST_OWNER, name=standing.name)
    _keep(uow, fact, fact.parts, standing, after)
    uow.outbox.add(message, at)
    return CREATED


def till_takes_person(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Take what the hub tells of a person at a till; what this till has told and the hub not heard yet stays.

    What is not proven is kept out and told in the trail: it must neither change anybody nor hold up the feed.
    """
    try:
        fact = _read(uow, message)
    except RuleBroken as error:
        facts = {"code": error.code.value}
        uow.audit.add("person.unproven", message.subject_id, None, at, facts, cause=Cause.HUB)
        return rejected(error.code)
    parts = _heard_parts(uow, message, fact)
    standing = uow.people.get(fact.user.id)
    before = {} if standing is None else _facts(uow, standing)
    after = _merged(standing, fact, parts)
    _keep(uow, fact, parts, standing, after)
    uow.people.note_told(after.id)
    told = trail.changed(before, _facts(uow, after))
    if standing is not None and after.pin_hash != standing.pin_hash:
        told["pin"] = "changed"
    if told:
        uow.audit.add("user.heard", after.id, fact.by, at, {"name": after.name, **told}, cause=Cause.HUB)
    return CREATED if told else EXISTS


def tell_truth(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Tell every till how a person stands here, after a fact about them was refused: its till has done it already.

    Somebody whom nobody here knew may not sign in there either. What is not proven is not answered.
    """
    try:
        fact = _read(uow, message)
    except RuleBroken:
        return
    standing = uow.people.get(fact.user.id)
    if standing is None:
        standing = replace(fact.user, disabled_at=at)
        uow.people.add(standing)
    tell_fact(uow, PersonFact(standing, uow.grants.of(standing.id), WHOLE, None, at, message.id), at)


def _read(uow: UnitOfWork, message: Message) -> PersonFact:
    if uow.proofs is None:
        raise RuleBroken(ErrorCode.PERSON_UNPROVEN)
    fact = read_person(message, uow.proofs)
    if message.subject_id != person_subject(fact.user.id):
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    return fact


def _require_right(uow: UnitOfWork, fact: PersonFact, standing: User | None, at: Instant) -> None:
    person_id, parts = fact.user.id, set(fact.parts)
    if standing is not None and fact.by == person_id and parts == {PIN}:
        action = Action.CHANGE_OWN_PIN
    elif standing is not None and all(granted_in(part) for part in parts):
        action = Action.GRANT_ACCOUNT
    else:
        action = Action.MANAGE_PEOPLE
    require_known(uow, fact.by, action, fact.at)
    if standing is not None and fact.by == person_id and ROLE in parts:
        raise NotPermitted(ErrorCode.OWN_ROLE)
    if action is not Action.CHANGE_OWN_PIN:
        note_told_late(uow, person_id, (fact.by,), fact.at, at)


def _heard_parts(uow: UnitOfWork, message: Message, fact: PersonFact) -> tuple[str, ...]:
    """Return the parts that count here: not those that this till has changed itself and that the hub will hear next."""
    held: set[str] = set()
    for message_id, body in uow.outbox.waiting(message.subject_id):
        if message_id in (message.id, fact.answers):
            continue
        own = own_person(body, message.merchant_id)
        held |= set() if own.is_introduction else set(own.parts)
    if GRANTS in held:
        held |= {part for part in fact.parts if granted_in(part)}
    return tuple(part for part in _each_grant(uow, fact) if part not in held)


def _each_grant(uow: UnitOfWork, fact: PersonFact) -> tuple[str, ...]:
    """Return a fact's parts with all that a person may see as one part for each account, where they are known here."""
    if GRANTS not in fact.parts or uow.people.get(fact.user.id) is None:
        return fact.parts
    accounts = sorted(fact.grants | uow.grants.of(fact.user.id))
    others = tuple(part for part in fact.parts if part != GRANTS)
    return (*others, *(grant_of(account) for account in accounts))


def _merged(standing: User | None, fact: PersonFact, parts: tuple[str, ...]) -> User:
    if standing is None:
        return fact.user
    told = fact.user
    return replace(
        standing,
        name=told.name if NAME in parts else standing.name,
        role=told.role if ROLE in parts else standing.role,
        pin_hash=told.pin_hash if PIN in parts else standing.pin_hash,
        disabled_at=told.disabled_at if DISABLED in parts else standing.disabled_at,
    )


def _keep(uow: UnitOfWork, fact: PersonFact, parts: tuple[str, ...], standing: User | None, after: User) -> None:
    if standing is None:
        uow.people.add(after)
    elif after != standing:
        uow.people.save(after)
    seen = uow.grants.of(after.id)
    for account_id in _accounts(fact, parts, seen, known=standing is not None):
        if account_id in fact.grants:
            uow.grants.grant(after.id, account_id)
        else:
            uow.grants.revoke(after.id, account_id)
        uow.touch(Topic.ACCOUNTS, account_id)
    uow.touch(Topic.PEOPLE, after.id)


def _accounts(
    fact: PersonFact, parts: tuple[str, ...], seen: frozenset[AccountId], *, known: bool
) -> frozenset[AccountId]:
    if GRANTS in parts or not known:
        return fact.grants | seen
    return frozenset(account for part in parts if (account := granted_in(part)) is not None)


def _is_owner(user: User) -> bool:
    return user.role is Role.OWNER and user.disabled_at is None


def _facts(uow: UnitOfWork, user: User) -> trail.Facts:
    """Return what the trail tells of a person, beside that the PIN is another."""
    return {
        "name": user.name,
        "role": user.role.value,
        "disabled_at": user.disabled_at,
        "wallets": len(uow.grants.of(user.id)),
    }
