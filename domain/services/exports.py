"""Books that leave the till: who may take them out, and the trail of it."""

from domain.errors import ErrorCode, NotPermitted
from domain.ids import Instant
from domain.policy import Action, Actor, Role, require
from domain.ports import UnitOfWork


def note_export(uow: UnitOfWork, actor: Actor, report: str, since: str, until: str, form: str, at: Instant) -> None:
    """Note in the audit trail that a person takes a report of a period out as a file or on paper; days `YYYY-MM-DD`.

    Raises NotPermitted unless the person may export the books.
    """
    require(actor, Action.EXPORT_BOOKS)
    facts = {"since": since, "until": until, "form": form}
    uow.audit.add("books.exported", report, actor.user_id, at, facts)


def note_audit_export(uow: UnitOfWork, actor: Actor, since: str, until: str, at: Instant) -> None:
    """Note in the audit trail that a person takes a copy of it out; days `YYYY-MM-DD`, empty where there is no bound.

    The copy holds whole chains, so nothing can be left out of it. Raises NotPermitted unless the person may see the
    trail, and ACCOUNT_NOT_GRANTED if a wallet is hidden from them (requirement WAL-5).
    """
    require(actor, Action.SEE_AUDIT)
    if actor.role is not Role.OWNER and not uow.grants.sees_all(actor.user_id):
        raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)
    uow.audit.add("audit.exported", "audit", actor.user_id, at, {"since": since, "until": until})
