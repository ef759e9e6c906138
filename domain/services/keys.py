"""The keys of the shop and the end of a till: the owner's PIN once more, and the trail of what was done."""

from enum import StrEnum

from domain.ids import Instant
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.services.people import count_pin, tell_lock
from domain.trail import COMMAND_LINE, Value


class KeyAct(StrEnum):
    """What was done to the keys, as the trail tells it."""

    PASSPHRASE_SET = "keys.passphrase_set"  # noqa: S105 - the name of an act, not a secret
    PASSPHRASE_CHANGED = "keys.passphrase_changed"  # noqa: S105 - the name of an act, not a secret
    CODE_MADE = "keys.code_made"
    RECOVERED = "keys.recovered"


def confirm_keys(uow: UnitOfWork, actor: Actor, right: bool, at: Instant) -> bool:
    """Record the PIN by which an owner gets at the keys; return whether it was right.

    A wrong one counts as at the lock and must be committed. Raises NotPermitted, and what `count_pin` raises.
    """
    require(actor, Action.KEEP_KEYS)
    if _was_right(uow, actor, right, at):
        uow.audit.add("keys.confirmed", actor.user_id, actor.user_id, at, {})
    return right


def note_keys(uow: UnitOfWork, actor: Actor | None, act: KeyAct, at: Instant) -> None:
    """Note in the audit trail what an owner did to the keys, None for the command line; raises NotPermitted."""
    if actor is None:
        uow.audit.add(act.value, "keys", None, at, {"via": COMMAND_LINE})
    else:
        require(actor, Action.KEEP_KEYS)
        uow.audit.add(act.value, "keys", actor.user_id, at, {})


def note_recovery(uow: UnitOfWork, at: Instant) -> None:
    """Note in the audit trail that the keys were opened with the recovery code; nobody had signed in yet."""
    uow.audit.add(KeyAct.RECOVERED.value, "keys", None, at, {})


def confirm_leaving(uow: UnitOfWork, actor: Actor, right: bool, unsent: int, copy: str, at: Instant) -> bool:
    """Record the PIN by which an owner takes this till out of service; return whether it was right.

    `unsent` counts the messages that the hub does not have, `copy` is the folder that gets all books, empty for none.
    The entry is in that copy. Raises NotPermitted, and what `count_pin` raises.
    """
    require(actor, Action.LEAVE_TILL)
    if _was_right(uow, actor, right, at):
        facts: dict[str, Value] = {"unsent": unsent, "copy": copy}
        uow.audit.add("leaving.confirmed", actor.user_id, actor.user_id, at, facts)
    return right


def _was_right(uow: UnitOfWork, actor: Actor, right: bool, at: Instant) -> bool:
    user = count_pin(uow, actor.user_id, right)
    if not right:
        uow.audit.add("pin.wrong", actor.user_id, None, at, {"failures": user.failures})
    tell_lock(uow, user, at)
    return right
