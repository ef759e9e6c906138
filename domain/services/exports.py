"""Books that leave the till: who may take them out, and the trail of it."""

from domain.errors import ErrorCode, NotPermitted
from domain.ids import Instant
from domain.policy import Action, Actor, Role, require
from domain.ports import UnitOfWork
from domain.trail import COMMAND_LINE, Value


def note_export(
    uow: UnitOfWork, actor: Actor | None, report: str, since: str, until: str, form: str, at: Instant
) -> None:
    """Note in the audit trail that a person takes a report of a period out as a file or on paper; days `YYYY-MM-DD`.

    `actor` is None for the command line. Raises NotPermitted unless the person may export the books.
    """
    if actor is not None:
        require(actor, Action.EXPORT_BOOKS)
    _note(uow, "books.exported", report, actor, at, {"since": since, "until": until, "form": form})


def note_audit_export(uow: UnitOfWork, actor: Actor | None, since: str, until: str, at: Instant) -> None:
    """Note in the audit trail that a person takes a copy of it out; days `YYYY-MM-DD`, empty where there is no bound.

    `actor` is None for the command line.

    The copy holds whole chains, so nothing can be left out of it. Raises NotPermitted unless the person may see the
    trail, and ACCOUNT_NOT_GRANTED if a wallet is hidden from them (requirement WAL-5).
    """
    if actor is not None:
        require(actor, Action.SEE_AUDIT)
        if actor.role is not Role.OWNER and not uow.grants.sees_all(actor.user_id):
            raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)
    _note(uow, "audit.exported", "audit", actor, at, {"since": since, "until": until})


def _note(
    uow: UnitOfWork, action: str, subject_id: str, actor: Actor | None, at: Instant, facts: dict[str, Value]
) -> None:
    if actor is None:
        uow.audit.add(action, subject_id, None, at, {**facts, "via": COMMAND_LINE})
    else:
        uow.audit.add(action, subject_id, actor.user_id, at, facts)
