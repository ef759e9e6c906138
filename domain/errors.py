"""Errors a person can act on, and the failure codes of payment rails with their retry policy."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Every refusal the product knows; its texts (what, money, next) stand in the catalogue under `error.<code>`."""

    AMOUNT_INVALID = "AMOUNT_INVALID"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    VOUCHER_UNBALANCED = "VOUCHER_UNBALANCED"
    VOUCHER_INVALID = "VOUCHER_INVALID"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    ID_REUSED = "ID_REUSED"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    ACCOUNT_NAME_TAKEN = "ACCOUNT_NAME_TAKEN"
    ACCOUNT_MISSING_FOR_METHOD = "ACCOUNT_MISSING_FOR_METHOD"
    PAYMENT_UNKNOWN = "PAYMENT_UNKNOWN"
    VOUCHER_UNKNOWN = "VOUCHER_UNKNOWN"
    VOUCHER_VOIDED = "VOUCHER_VOIDED"
    VOUCHER_IS_REVERSAL = "VOUCHER_IS_REVERSAL"
    VOUCHER_OF_PAYMENT = "VOUCHER_OF_PAYMENT"
    SALE_NOT_VOIDABLE = "SALE_NOT_VOIDABLE"
    DRAFT_UNKNOWN = "DRAFT_UNKNOWN"
    DRAFT_INCOMPLETE = "DRAFT_INCOMPLETE"
    DATE_INVALID = "DATE_INVALID"
    DATE_AHEAD = "DATE_AHEAD"
    REPORT_TOO_LONG = "REPORT_TOO_LONG"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    PERIOD_NOT_OVER = "PERIOD_NOT_OVER"
    NAME_INVALID = "NAME_INVALID"
    ACCOUNT_ARCHIVED = "ACCOUNT_ARCHIVED"
    ACCOUNT_NOT_EMPTY = "ACCOUNT_NOT_EMPTY"
    ACCOUNT_IN_USE = "ACCOUNT_IN_USE"
    ACCOUNT_IS_CONTROL = "ACCOUNT_IS_CONTROL"
    ACCOUNT_NOT_GRANTED = "ACCOUNT_NOT_GRANTED"
    CATEGORY_UNKNOWN = "CATEGORY_UNKNOWN"
    CATEGORY_CYCLE = "CATEGORY_CYCLE"
    CATEGORY_KIND = "CATEGORY_KIND"
    CATEGORY_ARCHIVED = "CATEGORY_ARCHIVED"
    CATEGORY_IN_USE = "CATEGORY_IN_USE"
    CATEGORY_SYSTEM = "CATEGORY_SYSTEM"
    SETTING_INVALID = "SETTING_INVALID"
    EVENT_INVALID = "EVENT_INVALID"
    EVENT_CHANGED = "EVENT_CHANGED"
    CHECKOUT_INVALID = "CHECKOUT_INVALID"
    HOOK_INVALID = "HOOK_INVALID"
    HOOK_RESTS = "HOOK_RESTS"
    CHECKOUT_UNKNOWN = "CHECKOUT_UNKNOWN"
    ORDER_SUM = "ORDER_SUM"
    ORDER_TAX = "ORDER_TAX"
    ORDER_CHANGED = "ORDER_CHANGED"
    PERIOD_CHARGED = "PERIOD_CHARGED"
    CHECKOUTS_OPEN = "CHECKOUTS_OPEN"
    ORDER_TRIED = "ORDER_TRIED"
    METHOD_NEEDS_NETWORK = "METHOD_NEEDS_NETWORK"
    METHOD_UNAVAILABLE = "METHOD_UNAVAILABLE"
    CAPTURE_EXCEEDS = "CAPTURE_EXCEEDS"
    CONTRACT_LIMIT = "CONTRACT_LIMIT"
    CASH_NOT_ENOUGH = "CASH_NOT_ENOUGH"
    BY_HAND_INCOMPLETE = "BY_HAND_INCOMPLETE"
    CHEQUE_DATE = "CHEQUE_DATE"
    BILL_COVERED = "BILL_COVERED"
    REFUND_EXCEEDS = "REFUND_EXCEEDS"
    REFUND_WAY = "REFUND_WAY"
    REFUND_UNKNOWN = "REFUND_UNKNOWN"
    MONEY_RESOLVED = "MONEY_RESOLVED"
    MATCH_UNFIT = "MATCH_UNFIT"
    STATEMENT_UNREADABLE = "STATEMENT_UNREADABLE"
    STATEMENT_TOO_LARGE = "STATEMENT_TOO_LARGE"
    STATEMENT_SUMS = "STATEMENT_SUMS"
    STATEMENT_COLUMNS = "STATEMENT_COLUMNS"
    STATEMENT_ACCOUNT = "STATEMENT_ACCOUNT"
    STATEMENT_CURRENCY = "STATEMENT_CURRENCY"
    HOLDER_UNKNOWN = "HOLDER_UNKNOWN"
    PHONE_INVALID = "PHONE_INVALID"
    VOUCHER_OF_HOLDER = "VOUCHER_OF_HOLDER"
    EXPOSURE_BILL = "EXPOSURE_BILL"
    EXPOSURE_TILL = "EXPOSURE_TILL"
    EXPOSURE_DAY = "EXPOSURE_DAY"
    QR_INVALID = "QR_INVALID"
    NOT_PERMITTED = "NOT_PERMITTED"
    APPROVAL_NEEDED = "APPROVAL_NEEDED"
    APPROVAL_SELF = "APPROVAL_SELF"
    APPROVAL_BY_OTHERS = "APPROVAL_BY_OTHERS"
    APPROVAL_OTHER = "APPROVAL_OTHER"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    APPROVAL_USED = "APPROVAL_USED"
    PERSON_UNKNOWN = "PERSON_UNKNOWN"
    PERSON_DISABLED = "PERSON_DISABLED"
    PERSON_SESSION_ENDED = "PERSON_SESSION_ENDED"
    PERSON_UNPROVEN = "PERSON_UNPROVEN"
    FACT_UNPROVEN = "FACT_UNPROVEN"
    OFFLINE_TOO_LONG = "OFFLINE_TOO_LONG"
    OWN_ROLE = "OWN_ROLE"
    LAST_OWNER = "LAST_OWNER"
    PIN_LENGTH = "PIN_LENGTH"
    PIN_EASY = "PIN_EASY"
    PIN_NEEDED = "PIN_NEEDED"
    PIN_WRONG = "PIN_WRONG"
    PIN_LOCKED = "PIN_LOCKED"
    CLOCK_BEHIND = "CLOCK_BEHIND"
    MESSAGE_MALFORMED = "MESSAGE_MALFORMED"
    MESSAGE_FOREIGN = "MESSAGE_FOREIGN"
    SERIES_BROKEN = "SERIES_BROKEN"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    STORAGE_UNSAFE = "STORAGE_UNSAFE"
    HUB_ROLE_UNSAFE = "HUB_ROLE_UNSAFE"
    STORAGE_NEWER = "STORAGE_NEWER"
    STORAGE_OLDER = "STORAGE_OLDER"
    STORAGE_TAMPERED = "STORAGE_TAMPERED"
    STORAGE_LOCKED = "STORAGE_LOCKED"
    CREDENTIALS_TAMPERED = "CREDENTIALS_TAMPERED"
    KEY_MISSING = "KEY_MISSING"
    VAULT_KEYS_UNREADABLE = "VAULT_KEYS_UNREADABLE"
    KEY_STORE_UNUSABLE = "KEY_STORE_UNUSABLE"
    KEY_FILE_DAMAGED = "KEY_FILE_DAMAGED"
    PASSPHRASE_NEEDED = "PASSPHRASE_NEEDED"  # noqa: S105 - a code, not a secret
    PASSPHRASE_WRONG = "PASSPHRASE_WRONG"  # noqa: S105 - a code, not a secret
    PASSPHRASE_SHORT = "PASSPHRASE_SHORT"  # noqa: S105 - a code, not a secret
    LEAVING_UNSENT = "LEAVING_UNSENT"
    LEAVING_COPY = "LEAVING_COPY"
    LEAVING_UNFINISHED = "LEAVING_UNFINISHED"
    RECOVERY_CODE_MISTYPED = "RECOVERY_CODE_MISTYPED"
    RECOVERY_CODE_WRONG = "RECOVERY_CODE_WRONG"
    DISK_FULL = "DISK_FULL"
    FILE_NOT_WRITTEN = "FILE_NOT_WRITTEN"
    BACKUP_DAMAGED = "BACKUP_DAMAGED"
    BACKUP_FOREIGN = "BACKUP_FOREIGN"
    PRINT_FAILED = "PRINT_FAILED"
    NET_UNREACHABLE = "NET_UNREACHABLE"
    NET_TIMEOUT = "NET_TIMEOUT"
    HUB_REFUSED = "HUB_REFUSED"
    HUB_VERSION = "HUB_VERSION"
    TILL_UNKNOWN = "TILL_UNKNOWN"
    TILL_FORKED = "TILL_FORKED"
    HUB_BEHIND = "HUB_BEHIND"
    RESTORED_TOO_OFTEN = "RESTORED_TOO_OFTEN"
    LETTERS_SPENT = "LETTERS_SPENT"
    API_KEY_UNKNOWN = "API_KEY_UNKNOWN"
    API_KEY_SCOPE = "API_KEY_SCOPE"
    SCOPE_INVALID = "SCOPE_INVALID"
    ENROLMENT_INVALID = "ENROLMENT_INVALID"
    PROVIDER_UNKNOWN = "PROVIDER_UNKNOWN"
    PROVIDER_FIELD_INVALID = "PROVIDER_FIELD_INVALID"
    PROVIDER_CURRENCY = "PROVIDER_CURRENCY"
    CONTRACT_PAST = "CONTRACT_PAST"
    PROVIDER_ACCOUNT_TAKEN = "PROVIDER_ACCOUNT_TAKEN"
    PROVIDER_ACCOUNT_ELSEWHERE = "PROVIDER_ACCOUNT_ELSEWHERE"
    DEVICE_UNKNOWN = "DEVICE_UNKNOWN"
    UNEXPECTED = "UNEXPECTED"


class DomainError(Exception):
    """A refusal with a code and the facts its text is filled with; the view shows the text, never this object."""

    def __init__(self, code: ErrorCode, **facts: str | int) -> None:
        super().__init__(code.value, facts)
        self.code = code
        self.facts = facts


class RuleBroken(DomainError):
    """What was asked for breaks a rule of the books or of the shop."""


class NotPermitted(DomainError):
    """The person's role does not allow this."""


class NotFound(DomainError):
    """The thing named does not exist for this merchant."""


class Conflict(DomainError):
    """The thing exists already and says something else."""


class StorageUnavailable(DomainError):
    """The world is broken underneath the database: disk, key, library or file."""


class SyncProblem(DomainError):
    """The hub cannot be reached or does not agree."""


class FailureCategory(StrEnum):
    """Who acts on a failure: the machine, the payer or cashier, the owner, or support."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    CONFIGURATION = "configuration"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Who tries again after a failure: the machine by itself, or a person who has done something about it first."""

    by_machine: bool
    who_acts: str


RETRY: Final = {
    FailureCategory.TRANSIENT: RetryPolicy(True, "machine"),
    FailureCategory.PERMANENT: RetryPolicy(False, "payer"),
    FailureCategory.CONFIGURATION: RetryPolicy(False, "owner"),
    FailureCategory.INTERNAL: RetryPolicy(False, "support"),
}
"""What is done about each category of failures; when the machine tries again, the schedule of its worker says."""


class FailureCode(StrEnum):
    """The sixteen ways a rail can fail (requirement RAIL-4); no other word of a provider reaches a person."""

    NETWORK_ERROR = "network_error"
    TIMEOUT = "timeout"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    RATE_LIMITED = "rate_limited"
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    INVALID_INSTRUMENT = "invalid_instrument"
    PAYER_CANCELLED = "payer_cancelled"
    EXPIRED = "expired"
    CREDENTIALS_MISSING = "credentials_missing"
    CREDENTIALS_REJECTED = "credentials_rejected"
    ROUTE_NOT_FOUND = "route_not_found"
    OPERATION_UNSUPPORTED = "operation_unsupported"
    AMOUNT_MISMATCH = "amount_mismatch"
    INVALID_TRANSITION = "invalid_transition"
    UNEXPECTED_ERROR = "unexpected_error"

    @property
    def category(self) -> FailureCategory:
        """The category that decides the retry policy."""
        return _CATEGORY[self]

    @property
    def retried(self) -> bool:
        """Whether the machine tries again by itself."""
        return RETRY[self.category].by_machine


_CATEGORY: Final = {
    **dict.fromkeys(
        (
            FailureCode.NETWORK_ERROR,
            FailureCode.TIMEOUT,
            FailureCode.PROVIDER_UNAVAILABLE,
            FailureCode.RATE_LIMITED,
        ),
        FailureCategory.TRANSIENT,
    ),
    **dict.fromkeys(
        (
            FailureCode.DECLINED,
            FailureCode.INSUFFICIENT_FUNDS,
            FailureCode.INVALID_INSTRUMENT,
            FailureCode.PAYER_CANCELLED,
            FailureCode.EXPIRED,
        ),
        FailureCategory.PERMANENT,
    ),
    **dict.fromkeys(
        (
            FailureCode.CREDENTIALS_MISSING,
            FailureCode.CREDENTIALS_REJECTED,
            FailureCode.ROUTE_NOT_FOUND,
            FailureCode.OPERATION_UNSUPPORTED,
        ),
        FailureCategory.CONFIGURATION,
    ),
    **dict.fromkeys(
        (FailureCode.AMOUNT_MISMATCH, FailureCode.INVALID_TRANSITION, FailureCode.UNEXPECTED_ERROR),
        FailureCategory.INTERNAL,
    ),
}
