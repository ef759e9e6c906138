"""Restoring a backup: who may, their PIN once more, and the trail of it."""

from domain.ids import Instant
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.services.people import count_pin, tell_lock


def confirm_restore(uow: UnitOfWork, actor: Actor, right: bool, made_at: Instant | None, at: Instant) -> bool:
    """Record the PIN by which a person agrees to restore the backup of `made_at`; return whether it was right.

    A wrong one counts as at the lock and must be committed. The entry stays in the books that are replaced. Raises
    NotPermitted unless the person may restore, and what `count_pin` raises.
    """
    require(actor, Action.RESTORE)
    user = count_pin(uow, actor.user_id, right)
    if right:
        uow.audit.add("restore.confirmed", actor.user_id, actor.user_id, at, {"backup_made_at": made_at})
    else:
        uow.audit.add("pin.wrong", actor.user_id, None, at, {"failures": user.failures})
    tell_lock(uow, user, at)
    return right
