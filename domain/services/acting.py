"""Who made what a till tells: the hub refuses what they may not do, but never money, of which it keeps a note."""

from collections.abc import Sequence
from typing import Final

from domain.approvals import Approval, Asked, exceeds, may_approve, may_ask
from domain.errors import ErrorCode, NotPermitted
from domain.ids import Instant, UserId
from domain.messages import actor_in
from domain.people import User
from domain.policy import MATRIX, Action
from domain.ports import UnitOfWork
from domain.services.drafts import MANUAL
from domain.trail import Facts
from domain.vouchers import HAND_CONFIRMED, SETTLED, Voucher

_OPENING: Final = "opening"


def require_actor_of(uow: UnitOfWork, body: str, action: Action) -> None:
    """Raise NotPermitted(NOT_PERMITTED) if a fact was made by somebody known here who may not do that.

    A fact that names nobody is taken: tills of an earlier version tell none, and may have queued it for long.
    """
    told = actor_in(body)
    if told is None:
        return
    person = uow.people.get(UserId(told[0]))
    if person is not None and not _may(person, action, Instant(told[1])):
        raise NotPermitted(ErrorCode.NOT_PERMITTED, action=action.value, role=person.role.value)


def require_known(uow: UnitOfWork, by: UserId | None, action: Action, acted_at: Instant) -> None:
    """Raise NotPermitted(NOT_PERMITTED) unless somebody known here did it who might at that moment."""
    person = None if by is None else uow.people.get(by)
    if person is None or not _may(person, action, acted_at):
        raise NotPermitted(ErrorCode.NOT_PERMITTED, action=action.value)


def note_voucher(uow: UnitOfWork, voucher: Voucher, approval: Approval | None, at: Instant) -> None:
    """Note a voucher that was made without the right to; it is money, and stays. An approval counts for its giver."""
    by = voucher.actor_id if approval is None else approval.approver_id
    note_money(uow, voucher.id, by, action_of(voucher), voucher.created_at, at)
    if voucher.reverses is not None or voucher.source.kind in (HAND_CONFIRMED, SETTLED):
        note_told_late(uow, voucher.id, (voucher.actor_id, by), voucher.created_at, at)


def note_money(
    uow: UnitOfWork, subject_id: str, by: UserId | None, action: Action, acted_at: Instant, at: Instant
) -> None:
    """Note money that somebody known here moved without the right to, or after they were disabled."""
    person = None if by is None else uow.people.get(by)
    if person is None or _may(person, action, acted_at):
        return
    facts = {"name": person.name, "role": person.role.value, "action": action.value, "acted_at": acted_at}
    uow.audit.add("acted_without_right", subject_id, person.id, at, facts)


def note_told_late(
    uow: UnitOfWork, subject_id: str, people: Sequence[UserId | None], acted_at: Instant, at: Instant
) -> None:
    """Note a guarded act that is done and was heard of only after somebody who did or approved it was disabled.

    That it was before, its till alone says: the money is kept, and the owner is told to look.
    """
    for user_id in dict.fromkeys(people):
        person = None if user_id is None else uow.people.get(user_id)
        if person is not None and person.disabled_at is not None and not _was_disabled(person, acted_at):
            facts: Facts = {"name": person.name, "acted_at": acted_at, "disabled_at": person.disabled_at}
            uow.audit.add("told_after_disabled", subject_id, person.id, at, facts)


def beyond_right(
    uow: UnitOfWork, asked: Asked, by: UserId | None, approval: Approval | None, acted_at: Instant | None
) -> ErrorCode | None:
    """Return why people might not do a guarded act so, as far as the shop's people are known here, None if they might.

    NOT_PERMITTED for who may not even ask, APPROVAL_NEEDED beyond what they do alone, and where nobody who may approve
    has approved. Once an owner is known here, so is everybody: a name that nobody bears is made up. Roles and limits
    are those of today: only for an act that can still be refused. One that has moved no money yet has no `acted_at`:
    when it was asked for, its till alone says, and whoever is disabled by now could not ask for it now.
    """
    all_known = uow.people.owners() > 0
    person = None if by is None else uow.people.get(by)
    if person is None and all_known:
        return ErrorCode.NOT_PERMITTED
    if person is not None and (not may_ask(person.role, asked.action) or _was_disabled(person, acted_at)):
        return ErrorCode.NOT_PERMITTED
    if approval is None:
        limit = uow.shop.rules.limits.of(asked.action)
        alone = person is None or not exceeds(person.role, asked.action, asked.amount_minor, limit)
        return None if alone else ErrorCode.APPROVAL_NEEDED
    approver = uow.people.get(approval.approver_id)
    if approver is None:
        return ErrorCode.APPROVAL_NEEDED if all_known else None
    might = may_approve(approver.role) and not _was_disabled(approver, acted_at)
    return None if might else ErrorCode.APPROVAL_NEEDED


def action_of(voucher: Voucher) -> Action:
    """Return what it takes to make a voucher at a till."""
    if voucher.reverses is not None:
        return Action.VOID_VOUCHER
    if voucher.payment_id is not None:
        return Action.TAKE_PAYMENT
    if voucher.source.kind == MANUAL:
        return Action.ISSUE_VOUCHER
    return Action.OPEN_WALLET if voucher.source.kind == _OPENING else Action.BOOK_EVENT


def _may(person: User, action: Action, acted_at: Instant) -> bool:
    return action in MATRIX[person.role] and not _was_disabled(person, acted_at)


def _was_disabled(person: User, acted_at: Instant | None) -> bool:
    """Whether a person was disabled by a moment, or is now."""
    return person.disabled_at is not None and (acted_at is None or person.disabled_at <= acted_at)
