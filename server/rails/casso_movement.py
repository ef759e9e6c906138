"""Casso: what the owner fills in, and the one form in which both webhooks and the list report the same movement.

Sources: developer.casso.vn (webhook V1 and V2, API v2 "lấy giao dịch"). All times are Vietnamese, all amounts whole
dong; money out has a minus.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.ids import Instant
from domain.money import MAX_MINOR
from domain.rails import Provider, Receipt
from server.rails.base import CredentialField, Ignored
from server.rails.strict_json import Unreadable, text_of
from server.rails.vietnam_time import vietnam_instant

HOST: Final = "https://oauth.casso.vn"

ACCOUNT_NUMBER: Final = CredentialField("account_number", ("Số tài khoản ngân hàng", "Bank account number"))
VERSION: Final = CredentialField(
    "webhook_version", ("Phiên bản webhook", "Webhook version"), default="v2", choices=("v2", "v1")
)
WEBHOOK_SECRET: Final = CredentialField("webhook_secret", ("Khóa bảo mật webhook", "Webhook security key"), secret=True)
API_KEY: Final = CredentialField(
    "api_key", ("API Key để đọc danh sách giao dịch", "API key for the list of transactions"), secret=True
)
BASE_URL: Final = CredentialField("base_url", ("Địa chỉ máy chủ Casso", "Casso server address"), default=HOST)

FIELDS: Final = (ACCOUNT_NUMBER, VERSION, WEBHOOK_SECRET, API_KEY, BASE_URL)

TEST_ID: Final = 0
"""The id in the calls of Casso's "try it" button."""

_DATES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")
"""Both webhooks write the first, the list the others; a bank that reports days alone is at midnight."""

_AMOUNT: Final = re.compile(r"(-?[0-9]{1,16})(?:\.0{1,2})?")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_MAX_TEXT: Final = 1_000
_MAX_REFERENCE: Final = 100


@dataclass(frozen=True, slots=True)
class Names:
    """How one of Casso's interfaces calls the bank's reference, the moment and the account of a movement."""

    reference: str
    when: str
    account: tuple[str, ...]


V1: Final = Names("tid", "when", ("bank_sub_acc_id", "subAccId"))
V2: Final = Names("reference", "transactionDateTime", ("accountNumber",))
LISTED: Final = Names("tid", "when", ("bankSubAccId", "bank_sub_acc_id"))


def number_of(row: Mapping[str, object]) -> int:
    """Return Casso's id of a movement, TEST_ID in a test call; raises Unreadable."""
    digits = text_of(row, "id")
    if not _NUMBER.fullmatch(digits):
        raise Unreadable("id")
    return int(digits)


def account_of(row: Mapping[str, object], names: Names) -> str:
    """Return the account of a movement, empty where none stands; raises Unreadable."""
    return next((account for name in names.account if (account := text_of(row, name))), "")


def dedupe_key(number: int) -> str:
    """Return the key of a movement; Casso numbers those of all its customers' accounts together."""
    return f"casso:{number}"


def movement(row: Mapping[str, object], names: Names) -> Receipt | Ignored:
    """Return money that came in, or Ignored for money that went out; raises Unreadable."""
    number = number_of(row)
    match = _AMOUNT.fullmatch(text_of(row, "amount"))
    if match is None or number == TEST_ID:
        raise Unreadable("amount or id")
    amount = int(match[1])
    if amount <= 0:
        return Ignored(Provider.CASSO, dedupe_key(number))
    if amount > MAX_MINOR:
        raise Unreadable("amount")
    return Receipt(
        provider=Provider.CASSO,
        dedupe_key=dedupe_key(number),
        text=text_of(row, "description")[:_MAX_TEXT],
        amount_minor=amount,
        currency="VND",
        paid_at=_moment(text_of(row, names.when)),
        provider_ref=text_of(row, names.reference)[:_MAX_REFERENCE],
        account_number=account_of(row, names),
    )


def _moment(text: str) -> Instant:
    for pattern in _DATES:
        try:
            return vietnam_instant(text, pattern)
        except ValueError:
            continue
    raise Unreadable("date")
