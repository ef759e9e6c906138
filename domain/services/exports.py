"""Books that leave the till: who may take them out, and the trail of it."""

from domain.ids import Instant
from domain.policy import Action, Actor, require
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

    Raises NotPermitted unless the person may see the trail.
    """
    require(actor, Action.SEE_AUDIT)
    uow.audit.add("audit.exported", "audit", actor.user_id, at, {"since": since, "until": until})
