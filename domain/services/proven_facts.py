"""Believing what tills tell of wallets, categories, settings and customers: by the shop's key, of people who may."""

from domain.errors import ErrorCode, RuleBroken
from domain.fact_proofs import STEERING, proof_holds
from domain.ids import Instant, UserId
from domain.messages import Message, actor_in
from domain.payments import Cause
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.services.acting import note_told_late, require_actor_of


def require_told(uow: UnitOfWork, message: Message, action: Action, at: Instant, *, harmless: bool = False) -> None:
    """Raise unless a till of the shop tells a fact, and whoever it names may do that.

    So may who was disabled later. That it was later, the till alone says: the fact counts, for money may hang on it
    already, and the trail tells it.

    Once the shop has its key, a fact without a proof is taken only where it is `harmless`: a till of an earlier version
    may have opened the wallet on which its money lies. Before that nobody can prove anything. Raises
    RuleBroken(FACT_UNPROVEN), NotPermitted(NOT_PERMITTED).
    """
    require_proven(uow, message, harmless=harmless)
    require_actor_of(uow, message.body, action)
    if (told := actor_in(message.body)) is not None:
        note_told_late(uow, message.subject_id, (UserId(told[0]),), Instant(told[1]), at)


def require_proven(uow: UnitOfWork, message: Message, *, harmless: bool = False) -> None:
    """Raise RuleBroken(FACT_UNPROVEN) unless a till of the shop tells a fact, or it bears no proof and is harmless."""
    if uow.proofs is not None:
        holds = proof_holds(message, uow.proofs)
        if not holds and not (holds is None and harmless):
            raise RuleBroken(ErrorCode.FACT_UNPROVEN, subject=message.subject_id)


def kept_out(uow: UnitOfWork, message: Message, at: Instant) -> bool:
    """Whether a till keeps a fact of the feed out, because its proof is another's; that is told in the trail.

    A fact without any is the hub's own, or from before there were proofs: the hub has decided on it. A customer is
    never kept out, for vouchers hang on them.
    """
    if message.kind not in STEERING or uow.proofs is None or proof_holds(message, uow.proofs) is not False:
        return False
    facts = {"code": ErrorCode.FACT_UNPROVEN.value, "kind": message.kind.value}
    uow.audit.add("fact.unproven", message.subject_id, None, at, facts, cause=Cause.HUB)
    return True
