"""The shop's settings and the closing of its periods."""

import json
from typing import Any, Final

from domain import trail
from domain.bodies import setting_body
from domain.calendar import business_date, is_date
from domain.changes import Topic
from domain.contract_terms import CONTRACTS, read_contracts, require_kept
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, Instant, MessageId
from domain.messages import MessageKind
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.services.accounts import usable_account
from domain.services.outgoing import tell
from domain.shop_settings import (
    CLOSED_THROUGH,
    DEFAULT_WALLET,
    HUBS_OWN,
    LIMITS,
    WALLET_KEYS,
    check_setting,
    limits_value,
)

_LONGEST_FACT: Final = 500
_CLOSING: Final = {True: "books.closed", False: "books.reopened"}


def change_setting(uow: UnitOfWork, actor: Actor, key: str, value: Any, message_id: MessageId, at: Instant) -> None:
    """Give a setting of the shop a new value, here and on every other till.

    Contract terms that have begun can only be ended. The closing of periods has a use case of its own, and which
    providers are connected is for the hub to say. Raises NotPermitted, RuleBroken: SETTING_INVALID, CONTRACT_PAST,
    ACCOUNT_ARCHIVED or ACCOUNT_IS_CONTROL for a wallet that cannot take money, and NotFound(ACCOUNT_UNKNOWN).
    """
    require(actor, Action.CHANGE_SETTINGS)
    check_setting(key, value)
    if key == CLOSED_THROUGH or key in HUBS_OWN:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=key)
    if key == CONTRACTS:
        today = business_date(at, uow.shop.zone)
        require_kept(uow.shop.rules.payments.contracts, read_contracts(value), today)
    if key in WALLET_KEYS and value:
        usable_account(uow, AccountId(value))
    _put(uow, actor, key, value, message_id, at)


def close_books(
    uow: UnitOfWork, actor: Actor, through: str, message_id: MessageId, at: Instant, *, reason: str = ""
) -> None:
    """Close the books through a day (YYYY-MM-DD) that is over; an earlier day opens them again and needs a reason.

    Vouchers can then be dated on later days only; what another till booked before it heard of it is kept and counts
    on the first open day. Raises NotPermitted, RuleBroken (DATE_INVALID, PERIOD_NOT_OVER, DRAFT_INCOMPLETE).
    """
    require(actor, Action.CLOSE_PERIOD)
    standing = uow.shop.rules.closed_through
    if through and not is_date(through):
        raise RuleBroken(ErrorCode.DATE_INVALID, date=through)
    if through >= business_date(at, uow.shop.zone):
        raise RuleBroken(ErrorCode.PERIOD_NOT_OVER, date=through)
    if through < standing and not reason.strip():
        raise RuleBroken(ErrorCode.DRAFT_INCOMPLETE, fields="reason")
    if through == standing:
        return
    _put(uow, actor, CLOSED_THROUGH, through, message_id, at, reason)


def _put(
    uow: UnitOfWork, actor: Actor, key: str, value: Any, message_id: MessageId, at: Instant, reason: str = ""
) -> None:
    before = uow.settings.get(key)
    if before == value:
        return
    stood = standing_setting(uow, key)
    uow.settings.put(key, value)
    if key == DEFAULT_WALLET:
        uow.accounts.make_default(AccountId(value))
    body = setting_body(key, value)
    tell(uow, MessageKind.SETTING, f"setting:{key}", body, at, message_id=message_id, by=actor.user_id)
    facts = trail.changed(stood, standing_setting(uow, key))
    action = _CLOSING[str(value) > str(before or "")] if key == CLOSED_THROUGH else "setting.changed"
    uow.audit.add(action, key, actor.user_id, at, {**facts, "reason": reason} if reason else facts)
    uow.touch(Topic.SETTINGS, key)


def standing_setting(uow: UnitOfWork, key: str) -> trail.Facts:
    """Return what the trail tells of a setting as it stands: texts and numbers as they are, anything else as JSON.

    Of the limits each one that is in force by its name; amounts are minor units.
    """
    if key == LIMITS:
        return {f"limit.{name}": limit for name, limit in limits_value(uow.shop.rules).items()}
    value = uow.settings.get(key)
    if value is None or (isinstance(value, (str, int)) and not isinstance(value, bool)):
        return {"value": value}
    return {"value": json.dumps(value, ensure_ascii=False, sort_keys=True)[:_LONGEST_FACT]}
