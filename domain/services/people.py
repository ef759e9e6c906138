"""Signing in with a PIN, the lock that survives a restart, and the people who may sign in."""

from dataclasses import replace
from typing import Final

from domain import trail
from domain.bodies import readable
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import Instant, UserId
from domain.people import LEAST_DIGITS, MOST_DIGITS, NewPin, User, check_new_pin, lock_ms
from domain.people_ports import PinCheck
from domain.person_bodies import DISABLED, NAME, PIN, ROLE, WHOLE
from domain.policy import OFFLINE_GRANT_MS, Action, Actor, Role, require
from domain.ports import UnitOfWork
from domain.services.people_facts import tell_person

MAX_NAME: Final = 60
_DAY_MS: Final = 24 * 3_600_000


def add_user(uow: UnitOfWork, user_id: UserId, name: str, role: Role, pin_hash: str, at: Instant) -> User:
    """Keep a person of a shop that is being set up; `pin_hash` was made by a PinCheck.

    No PIN enters a transaction. Once somebody can sign in, people are added by `add_person`.
    """
    user = User(user_id, uow.shop.merchant_id, name, role, pin_hash)
    uow.people.add(user)
    uow.audit.add("user.added", user_id, None, at, {"name": name, "role": role.value})
    uow.touch(Topic.PEOPLE, user_id)
    return user


def make_pin(pins: PinCheck, pin: str, role: Role) -> NewPin:
    """Hash a new PIN that is good enough for a role; slow by design, so it runs outside any transaction.

    Raises RuleBroken (PIN_LENGTH, PIN_EASY).
    """
    check_new_pin(pin, role)
    return NewPin(pins.hash(pin), len(pin))


def add_person(uow: UnitOfWork, actor: Actor, user_id: UserId, name: str, role: Role, pin: NewPin, at: Instant) -> User:
    """Let another person sign in; the same id and name again is the same person.

    Raises NotPermitted, RuleBroken (NAME_INVALID, PIN_LENGTH) and Conflict(ID_REUSED).
    """
    require(actor, Action.MANAGE_PEOPLE)
    told = _checked_name(name)
    if (standing := uow.people.get(user_id)) is not None:
        if (standing.name, standing.role) == (told, role):
            return standing
        raise Conflict(ErrorCode.ID_REUSED)
    _check_digits(pin, role)
    user = User(user_id, uow.shop.merchant_id, told, role, pin.hash)
    uow.people.add(user)
    uow.audit.add("user.added", user_id, actor.user_id, at, {"name": told, "role": role.value})
    tell_person(uow, user_id, WHOLE, actor.user_id, at)
    uow.touch(Topic.PEOPLE, user_id)
    return user


def change_person(
    uow: UnitOfWork, actor: Actor, user_id: UserId, at: Instant, *, name: str, role: Role, pin: NewPin | None = None
) -> User:
    """Give a person another name or role; a role that asks for a longer PIN comes with a new one.

    Raises NotPermitted (OWN_ROLE for one's own role), NotFound(PERSON_UNKNOWN), RuleBroken: NAME_INVALID, LAST_OWNER
    for the only owner, PIN_NEEDED, PIN_LENGTH.
    """
    require(actor, Action.MANAGE_PEOPLE)
    standing = _person(uow, user_id)
    told = _checked_name(name)
    if role is not standing.role:
        if user_id == actor.user_id:
            raise NotPermitted(ErrorCode.OWN_ROLE)
        _keep_an_owner(uow, standing)
        if pin is None and LEAST_DIGITS[role] > LEAST_DIGITS[standing.role]:
            raise RuleBroken(ErrorCode.PIN_NEEDED, least=LEAST_DIGITS[role])
    changed = replace(standing, name=told, role=role)
    if pin is not None:
        _check_digits(pin, role)
        changed = _with_pin(changed, pin)
    if changed != standing:
        uow.people.save(changed)
        facts = trail.changed(_facts(standing), _facts(changed))
        uow.audit.add("user.changed", user_id, actor.user_id, at, {"name": told, **facts})
        if pin is not None:
            uow.audit.add("pin.reset", user_id, actor.user_id, at, {"name": told})
        tell_person(uow, user_id, _differing(standing, changed), actor.user_id, at)
        uow.touch(Topic.PEOPLE, user_id)
    return changed


def disable_person(uow: UnitOfWork, actor: Actor, user_id: UserId, at: Instant, *, disabled: bool) -> User:
    """Let a person neither sign in nor approve any more, or again; nobody is ever deleted.

    Raises NotPermitted, NotFound(PERSON_UNKNOWN) and RuleBroken(LAST_OWNER) for the only owner.
    """
    require(actor, Action.MANAGE_PEOPLE)
    standing = _person(uow, user_id)
    if disabled is (standing.disabled_at is not None):
        return standing
    if disabled:
        _keep_an_owner(uow, standing)
    changed = replace(standing, disabled_at=at if disabled else None)
    uow.people.save(changed)
    action = "user.disabled" if disabled else "user.enabled"
    uow.audit.add(action, user_id, actor.user_id, at, _facts(standing))
    tell_person(uow, user_id, (DISABLED,), actor.user_id, at)
    uow.touch(Topic.PEOPLE, user_id)
    return changed


def change_own_pin(uow: UnitOfWork, actor: Actor, right: bool, pin: NewPin, at: Instant) -> bool:
    """Change one's own PIN; `right` says whether the old one was, as `check_pin` judged outside the transaction.

    Returns False after a wrong PIN: its count, as at sign-in, must be committed. Raises what `count_pin` raises and
    RuleBroken(PIN_LENGTH).
    """
    require(actor, Action.CHANGE_OWN_PIN)
    standing = _person(uow, actor.user_id)
    _check_digits(pin, standing.role)
    counted = count_pin(uow, actor.user_id, right)
    if not right:
        uow.audit.add("pin.wrong", actor.user_id, actor.user_id, at, {"failures": counted.failures})
        tell_lock(uow, counted, at)
        return False
    uow.people.save(_with_pin(counted, pin))
    uow.audit.add("pin.changed", actor.user_id, actor.user_id, at, {"name": counted.name})
    tell_person(uow, actor.user_id, (PIN,), actor.user_id, at)
    uow.touch(Topic.PEOPLE, actor.user_id)
    return True


def reset_pin(uow: UnitOfWork, actor: Actor, user_id: UserId, pin: NewPin, at: Instant) -> None:
    """Give another person the PIN that they typed on the spot, and open what wrong PINs have locked.

    The owner only starts it and does not choose the PIN. Raises NotPermitted (OWN_ROLE for oneself, who knows the old
    one), NotFound(PERSON_UNKNOWN), RuleBroken(PIN_LENGTH).
    """
    require(actor, Action.MANAGE_PEOPLE)
    standing = _person(uow, user_id)
    if user_id == actor.user_id:
        raise NotPermitted(ErrorCode.OWN_ROLE)
    _check_digits(pin, standing.role)
    uow.people.save(_with_pin(standing, pin))
    uow.people.save_tries(user_id, 0, 0)
    uow.audit.add("pin.reset", user_id, actor.user_id, at, {"name": standing.name})
    tell_person(uow, user_id, (PIN,), actor.user_id, at)
    uow.touch(Topic.PEOPLE, user_id)


def refuse_if_shut_out(user: User) -> None:
    """Raise NotPermitted: PERSON_DISABLED, or PIN_LOCKED while wrong PINs keep sign-in closed."""
    if user.disabled_at is not None:
        raise NotPermitted(ErrorCode.PERSON_DISABLED, name=user.name)
    if user.locked_ms > 0:
        raise NotPermitted(ErrorCode.PIN_LOCKED, seconds=-(-user.locked_ms // 1000))


def check_pin(user: User, pins: PinCheck, pin: str) -> bool:
    """Say whether a PIN is right; slow by design (argon2id), so it runs outside any transaction.

    Raises NotPermitted (PERSON_DISABLED, PIN_LOCKED) without trying the PIN of somebody who is shut out.
    """
    refuse_if_shut_out(user)
    return pins.matches(user.pin_hash, pin)


def record_sign_in(uow: UnitOfWork, user_id: UserId, right: bool, at: Instant) -> Actor | None:
    """Record the outcome of a PIN entry; return the actor, or None after a wrong PIN (its count must be committed).

    Raises what `count_pin` and `refuse_if_away` raise.
    """
    refuse_if_away(uow, _person(uow, user_id), at)
    user = count_pin(uow, user_id, right)
    uow.audit.add("signed_in" if right else "pin.wrong", user_id, user_id, at, {"failures": user.failures})
    tell_lock(uow, user, at)
    return Actor(user.id, user.name, user.role, uow.device.id) if right else None


def count_pin(uow: UnitOfWork, user_id: UserId, right: bool) -> User:
    """Count a PIN entry, wherever it was asked for, and return the person as the count leaves them.

    Raises NotFound(PERSON_UNKNOWN), and NotPermitted (PERSON_DISABLED, PIN_LOCKED) if that happened meanwhile.
    """
    user = _person(uow, user_id)
    refuse_if_shut_out(user)
    failures = 0 if right else user.failures + 1
    counted = replace(user, failures=failures, locked_ms=lock_ms(failures))
    uow.people.save_tries(user_id, counted.failures, counted.locked_ms)
    return counted


def tell_lock(uow: UnitOfWork, user: User, at: Instant) -> None:
    """Tell the trail that wrong PINs have closed a person's lock, if they have."""
    if user.locked_ms:
        uow.audit.add("pin.locked", user.id, None, at, {"name": user.name, "until": at + user.locked_ms})


def refuse_if_away(uow: UnitOfWork, user: User, at: Instant) -> None:
    """Raise NotPermitted(OFFLINE_TOO_LONG) for everybody but owners at a till that has not heard its hub for too long.

    Somebody may have been disabled meanwhile, and nobody could tell this till (SEC-A-03).
    """
    if user.role is not Role.OWNER and uow.contact.away_ms(at) >= OFFLINE_GRANT_MS:
        raise NotPermitted(ErrorCode.OFFLINE_TOO_LONG, days=OFFLINE_GRANT_MS // _DAY_MS)


def _person(uow: UnitOfWork, user_id: UserId) -> User:
    user = uow.people.get(user_id)
    if user is None:
        raise NotFound(ErrorCode.PERSON_UNKNOWN)
    return user


def _differing(before: User, after: User) -> tuple[str, ...]:
    """Return the parts in which a person was changed."""
    changed = {
        NAME: after.name != before.name,
        ROLE: after.role is not before.role,
        PIN: after.pin_hash != before.pin_hash,
    }
    return tuple(part for part, differs in changed.items() if differs)


def _with_pin(user: User, pin: NewPin) -> User:
    return replace(user, pin_hash=pin.hash)


def _keep_an_owner(uow: UnitOfWork, user: User) -> None:
    if user.role is Role.OWNER and user.disabled_at is None and uow.people.owners() == 1:
        raise RuleBroken(ErrorCode.LAST_OWNER, name=user.name)


def _check_digits(pin: NewPin, role: Role) -> None:
    """A PIN was checked for a role before it was hashed; this is the role it is kept for."""
    if pin.digits < LEAST_DIGITS[role]:
        raise RuleBroken(ErrorCode.PIN_LENGTH, least=LEAST_DIGITS[role], most=MOST_DIGITS)


def _checked_name(text: str) -> str:
    name = readable(text)
    if not 0 < len(name) <= MAX_NAME:
        raise RuleBroken(ErrorCode.NAME_INVALID, limit=MAX_NAME)
    return name


def _facts(user: User) -> trail.Facts:
    return {"name": user.name, "role": user.role.value}
