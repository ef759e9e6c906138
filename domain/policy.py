"""Who may do what, and the shop's limits; checked in services, never only in screens."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import ErrorCode, NotPermitted
from domain.ids import DeviceId, UserId

OFFLINE_GRANT_MS: Final = 60 * 24 * 3_600_000
"""How long people who are no owners may sign in at a till that does not hear its hub: nobody can tell it sooner that
they were disabled (SEC-A-03)."""


class Role(StrEnum):
    """The five roles (requirement SEC-1)."""

    OWNER = "owner"
    MANAGER = "manager"
    CASHIER = "cashier"
    ACCOUNTANT = "accountant"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What a role may be allowed to do."""

    TAKE_PAYMENT = "take_payment"
    CANCEL_PAYMENT = "cancel_payment"
    OPEN_WALLET = "open_wallet"
    CHANGE_WALLET = "change_wallet"
    CHANGE_CATEGORY = "change_category"
    GRANT_ACCOUNT = "grant_account"
    DRAFT_VOUCHER = "draft_voucher"
    ISSUE_VOUCHER = "issue_voucher"
    VOID_VOUCHER = "void_voucher"
    BOOK_EVENT = "book_event"
    PRINT_OWN = "print_own"
    SEE_BOOKS = "see_books"
    EXPORT_BOOKS = "export_books"
    SEE_AUDIT = "see_audit"
    CLOSE_PERIOD = "close_period"
    SEE_BALANCES = "see_balances"
    SEE_PAYMENTS = "see_payments"
    SYNC_NOW = "sync_now"
    BACK_UP = "back_up"
    RESTORE = "restore"
    RETRY_REFUSED = "retry_refused"
    CHANGE_SETTINGS = "change_settings"
    WIPE_DEMO = "wipe_demo"
    MANAGE_PEOPLE = "manage_people"
    CHANGE_OWN_PIN = "change_own_pin"
    MANAGE_PROVIDERS = "manage_providers"
    MANAGE_TILLS = "manage_tills"
    MANAGE_API_KEYS = "manage_api_keys"
    IMPORT_STATEMENT = "import_statement"
    KEEP_KEYS = "keep_keys"
    LEAVE_TILL = "leave_till"


_UPKEEP: Final = frozenset({Action.SYNC_NOW, Action.BACK_UP, Action.CHANGE_OWN_PIN})
_COUNTER: Final = _UPKEEP | {Action.TAKE_PAYMENT, Action.CANCEL_PAYMENT, Action.SEE_PAYMENTS, Action.PRINT_OWN}
_READ: Final = _UPKEEP | {Action.SEE_BALANCES, Action.SEE_PAYMENTS}
_BOOKS: Final = frozenset({Action.SEE_BOOKS, Action.EXPORT_BOOKS, Action.SEE_AUDIT})
_VOUCHERS: Final = frozenset({Action.DRAFT_VOUCHER, Action.ISSUE_VOUCHER, Action.BOOK_EVENT})

MATRIX: Final[Mapping[Role, frozenset[Action]]] = {
    Role.OWNER: frozenset(Action),
    Role.MANAGER: _COUNTER | _READ | _BOOKS | _VOUCHERS | {Action.RETRY_REFUSED, Action.VOID_VOUCHER},
    Role.CASHIER: _COUNTER,
    # Who takes payments reads in no statement: a file proves money by the word of whoever brings it.
    Role.ACCOUNTANT: _READ | _BOOKS | {Action.DRAFT_VOUCHER, Action.IMPORT_STATEMENT},
    Role.AUDITOR: _READ | _BOOKS,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role, at which device."""

    user_id: UserId
    name: str
    role: Role
    device_id: DeviceId

    def may(self, action: Action) -> bool:
        """Whether the role allows the action."""
        return action in MATRIX[self.role]


def require(actor: Actor, action: Action) -> None:
    """Raise NotPermitted unless the actor's role allows the action."""
    if not actor.may(action):
        raise NotPermitted(ErrorCode.NOT_PERMITTED, action=action.value, role=actor.role.value)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on codes, in minor units and milliseconds; exposure counts codes shown while the hub was away."""

    qr_lifetime_ms: int = 5 * 60 * 1000
    exposure_bill_minor: int = 50_000_000
    exposure_till_minor: int = 200_000_000
    exposure_day_minor: int = 500_000_000


LONGEST_WAIT_MS: Final = 31 * 24 * 3_600_000
"""How long a payment may be open at most, whatever its till says: no provider's page lives longer."""

LONGEST_WAIT_BY_HAND_MS: Final = 217 * 24 * 3_600_000
"""The same of a cheque: six months from its date, which may lie a month ahead (`domain.cheques`); other money too."""

FIRST_LIMITS: Final = Limits()
"""The limits on codes of a shop that was made without any of its own."""
