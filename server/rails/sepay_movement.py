"""SePay: what the owner fills in, and the one form in which webhook and list report the same movement."""

from typing import Final

from domain.money import MAX_MINOR
from domain.rails import Provider, Receipt
from server.rails.base import CredentialField
from server.rails.strict_json import Unreadable
from server.rails.vietnam_time import vietnam_instant

HOST: Final = "https://my.sepay.vn"
DATE_PATTERN: Final = "%Y-%m-%d %H:%M:%S"

ACCOUNT_NUMBER: Final = CredentialField("account_number", ("Số tài khoản ngân hàng", "Bank account number"))
AUTH: Final = CredentialField(
    "auth", ("Cách xác thực webhook", "Webhook authentication"), default="hmac", choices=("hmac", "apikey")
)
WEBHOOK_SECRET: Final = CredentialField(
    "webhook_secret", ("Khóa bí mật webhook (hoặc API Key)", "Webhook secret (or API key)"), secret=True
)
API_TOKEN: Final = CredentialField(
    "api_token", ("API Token để đọc danh sách giao dịch", "API token for the list of transactions"), secret=True
)
BASE_URL: Final = CredentialField("base_url", ("Địa chỉ máy chủ SePay", "SePay server address"), default=HOST)

FIELDS: Final = (ACCOUNT_NUMBER, AUTH, WEBHOOK_SECRET, API_TOKEN, BASE_URL)

_MAX_TEXT: Final = 1_000
_MAX_REFERENCE: Final = 100


def dedupe_key(account: str, number: int) -> str:
    """Return SePay's id of a movement, the same from its webhook and from its list."""
    return f"sepay:{account}:{number}"


def receipt(
    account: str, number: int, amount_minor: int, date: str, content: str, code: str, reference: str
) -> Receipt:
    """Return the receipt of money that came in; `date` is Vietnamese time, `code` the order code SePay itself found.

    Raises Unreadable for an amount or a date that no bank could mean.
    """
    if not 0 < amount_minor <= MAX_MINOR:
        raise Unreadable("amount")
    try:
        paid_at = vietnam_instant(date, DATE_PATTERN)
    except ValueError as problem:
        raise Unreadable("date") from problem
    return Receipt(
        provider=Provider.SEPAY,
        dedupe_key=dedupe_key(account, number),
        text=f"{content[:_MAX_TEXT]} {code[:_MAX_REFERENCE]}".strip(),
        amount_minor=amount_minor,
        currency="VND",
        paid_at=paid_at,
        provider_ref=reference[:_MAX_REFERENCE],
        account_number=account,
    )
