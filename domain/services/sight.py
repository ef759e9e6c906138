"""Who may act on which wallets: the ones that were granted, for whoever is no owner (requirement WAL-5)."""

from collections.abc import Iterable

from domain.accounts import AccountType
from domain.approvals import Approval
from domain.errors import ErrorCode, NotPermitted
from domain.policy import Actor, Role
from domain.ports import UnitOfWork
from domain.vouchers import Posting


def require_sight(uow: UnitOfWork, actor: Actor, approval: Approval | None, postings: Iterable[Posting]) -> None:
    """Raise NotPermitted(ACCOUNT_NOT_GRANTED) if a line is on a wallet that is hidden from who answers for it.

    That is the person who approved it, where somebody did, else the actor.
    """
    user_id, role = actor.user_id, actor.role
    if approval is not None:
        approver = uow.people.get(approval.approver_id)
        user_id, role = approval.approver_id, approver.role if approver else Role.CASHIER
    if role is Role.OWNER:
        return
    for line in postings:
        account = uow.accounts.get(line.account_id)
        if account is None or account.type is AccountType.CONTROL:
            continue
        if not uow.grants.sees(user_id, line.account_id):
            raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)
