"""SePay: bank transfers confirmed by its webhook, and found again in its list when a webhook was lost."""

import hmac
import re
from collections.abc import Mapping
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, Receipt
from server.rails import sepay_statement
from server.rails.base import (
    MAX_NOTIFICATION_BYTES,
    Answer,
    CallFailed,
    Credentials,
    Ignored,
    Notice,
    NotificationRefused,
    Outcome,
    RefusalReason,
    Statement,
    settings_of,
    value_of,
)
from server.rails.sepay_movement import ACCOUNT_NUMBER, AUTH, FIELDS, WEBHOOK_SECRET, dedupe_key, receipt
from server.rails.strict_json import Unreadable, read_object, text_of
from server.vault import Secret

TOLERANCE_MS: Final = 300_000
"""How far the signed timestamp may lie from our clock (SePay webhooks, "Replay attack protection")."""

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}
"""HTTP statuses; SePay repeats seven times on anything outside 2xx and then shows the failure to the owner."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class SepayAdapter:
    """Client of SePay; amounts are whole dong."""

    provider = Provider.SEPAY
    credential_fields = FIELDS
    account_fields = (("account_number",),)
    currencies = frozenset({"VND"})
    lists_movements = True

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """The till makes VietQR codes itself."""
        return RailResult(RailStatus.FAILED, failure=FailureCode.OPERATION_UNSUPPORTED)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """SePay knows movements, not payments: ask `statement`, whose receipts are matched like notifications."""
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.OPERATION_UNSUPPORTED)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the HMAC or the API key, as the credential `auth` says, then the account.

        Raises NotificationRefused. Only the HMAC proves the body and its time; the key proves the sender alone.
        """
        if (reason := _distrust(credentials, headers, body, received_at)) is not None:
            raise _refusal(reason)
        try:
            movement = read_object(body, MAX_NOTIFICATION_BYTES)
            account = text_of(movement, "accountNumber")
            ours = value_of(ACCOUNT_NUMBER, credentials)
            if not ours or account != ours:
                raise _refusal("foreign")
            return _read(movement, account)
        except Unreadable as problem:
            raise _refusal("malformed") from problem

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply HTTP 200 `{"success": true}` for what is stored, 503 for what must come again."""
        if outcome == "unavailable":
            return Answer(503, b'{"success":false}')
        return Answer(200, b'{"success":true}')

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """List the account's incoming transfers after the cursor; SePay allows two requests per second."""
        try:
            return sepay_statement.read_page(http, settings_of(FIELDS, credentials), after, received_at)
        except CallFailed as problem:
            return Statement((), after, failure=problem.failure)


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b'{"success":false}'))


def _distrust(
    credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
) -> RefusalReason | None:
    secret = Secret(value_of(WEBHOOK_SECRET, credentials))
    auth = value_of(AUTH, credentials)
    if not secret or auth not in AUTH.choices:
        return "signature"
    if auth == "apikey":
        return None if _has_key(secret, headers) else "signature"
    timestamp = _header(headers, "x-sepay-timestamp")
    if not _TIMESTAMP.fullmatch(timestamp) or not _is_signed(secret, timestamp, headers, body):
        return "signature"
    return None if abs(received_at - int(timestamp) * 1000) <= TOLERANCE_MS else "stale"


def _is_signed(secret: Secret, timestamp: str, headers: Mapping[str, str], body: bytes) -> bool:
    signed = timestamp.encode() + b"." + body
    expected = "sha256=" + hmac.digest(secret.reveal().encode(), signed, "sha256").hex()
    return _same(expected, _header(headers, "x-sepay-signature").lower())


def _has_key(secret: Secret, headers: Mapping[str, str]) -> bool:
    scheme, _, key = _header(headers, "authorization").partition(" ")
    return scheme.lower() == "apikey" and _same(secret.reveal(), key)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return the one header of that name in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == name]
    return values[0].strip() if len(values) == 1 else ""


def _read(movement: Mapping[str, object], account: str) -> Receipt | Ignored:
    number, amount = movement.get("id"), movement.get("transferAmount")
    if type(number) is not int or type(amount) is not int or number <= 0:
        raise Unreadable("id or transferAmount")
    direction = text_of(movement, "transferType")
    if direction == "out":
        return Ignored(Provider.SEPAY, dedupe_key(account, number))
    if direction != "in":
        raise Unreadable("transferType")
    return receipt(
        account=account,
        number=number,
        amount_minor=amount,
        date=text_of(movement, "transactionDate"),
        content=text_of(movement, "content"),
        code=text_of(movement, "code"),
        reference=text_of(movement, "referenceCode"),
    )


ADAPTER: Final = SepayAdapter()
