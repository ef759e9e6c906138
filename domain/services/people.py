"""Signing in with a PIN, and the lock that survives a restart."""

from dataclasses import replace

from domain.changes import Topic
from domain.errors import ErrorCode, NotFound, NotPermitted
from domain.ids import Instant, UserId
from domain.people import User, lock_after
from domain.policy import Actor, Role
from domain.ports import PinCheck, UnitOfWork


def add_user(uow: UnitOfWork, user_id: UserId, name: str, role: Role, pin_hash: str, at: Instant) -> User:
    """Keep a new person of the shop; `pin_hash` was made by a PinCheck, so that no PIN enters a transaction."""
    user = User(user_id, uow.shop.merchant_id, name, role, pin_hash)
    uow.people.add(user)
    uow.audit.add("user.added", user_id, None, at, {"name": name, "role": role.value})
    uow.touch(Topic.PEOPLE, user_id)
    return user


def refuse_if_locked(user: User, at: Instant) -> None:
    """Raise NotPermitted(PIN_LOCKED) while wrong PINs keep sign-in closed."""
    if user.locked_until is not None and at < user.locked_until:
        raise NotPermitted(ErrorCode.PIN_LOCKED, seconds=-(-(user.locked_until - at) // 1000))


def check_pin(user: User, pins: PinCheck, pin: str, at: Instant) -> bool:
    """Say whether a PIN is right; slow by design (argon2id), so it runs outside any transaction.

    Raises NotPermitted(PIN_LOCKED) without trying the PIN while sign-in is locked.
    """
    refuse_if_locked(user, at)
    return pins.matches(user.pin_hash, pin)


def record_sign_in(uow: UnitOfWork, user_id: UserId, right: bool, at: Instant) -> Actor | None:
    """Record the outcome of a PIN entry; return the actor, or None after a wrong PIN (its count must be committed).

    Raises NotFound for an unknown user and NotPermitted(PIN_LOCKED) if another entry closed the lock meanwhile.
    """
    user = count_pin(uow, user_id, right, at)
    uow.audit.add("signed_in" if right else "pin.wrong", user_id, user_id, at, {"failures": user.failures})
    tell_lock(uow, user, at)
    return Actor(user.id, user.name, user.role, uow.device.id) if right else None


def count_pin(uow: UnitOfWork, user_id: UserId, right: bool, at: Instant) -> User:
    """Count a PIN entry, wherever it was asked for, and return the person as the count leaves them.

    Raises NotFound for an unknown user and NotPermitted(PIN_LOCKED) if another entry closed the lock meanwhile.
    """
    user = uow.people.get(user_id)
    if user is None:
        raise NotFound(ErrorCode.NOT_PERMITTED)
    refuse_if_locked(user, at)
    failures = 0 if right else user.failures + 1
    counted = replace(user, failures=failures, locked_until=None if right else lock_after(failures, at))
    uow.people.save_tries(user_id, counted.failures, counted.locked_until)
    return counted


def tell_lock(uow: UnitOfWork, user: User, at: Instant) -> None:
    """Tell the trail that wrong PINs have closed a person's lock, if they have."""
    if user.locked_until is not None:
        uow.audit.add("pin.locked", user.id, None, at, {"name": user.name, "until": user.locked_until})
