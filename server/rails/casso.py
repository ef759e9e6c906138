"""Casso: bank transfers confirmed by its webhook, and found again in its list when a webhook was lost.

In Casso's settings the webhook belongs to this one bank account, in the version that the credentials name.
"""

from collections.abc import Mapping
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus
from server.rails import casso_statement, casso_webhook
from server.rails.base import Answer, CallFailed, Credentials, Notice, Notices, Outcome, Statement, settings_of
from server.rails.casso_movement import FIELDS
from server.rails.strict_json import Unreadable


class CassoAdapter:
    """Client of Casso; amounts are whole dong."""

    provider = Provider.CASSO
    credential_fields = FIELDS
    account_fields = (("account_number",),)
    currencies = frozenset({"VND"})
    lists_movements = True

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """The till makes VietQR codes itself."""
        return RailResult(RailStatus.FAILED, failure=FailureCode.OPERATION_UNSUPPORTED)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Casso knows movements, not payments: ask `statement`, whose receipts are matched like notifications."""
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.OPERATION_UNSUPPORTED)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notices:
        """Verify the signature (V2) or the token (V1) and the account; raises NotificationRefused.

        Only V2 proves the body and its time; the token of V1 proves the sender alone.
        """
        return casso_webhook.read(credentials, headers, body, received_at)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply HTTP 200 `{"success": true}` for what is stored, 503 for what must come again."""
        if outcome == "unavailable":
            return Answer(503, b'{"success":false}')
        return Answer(200, b'{"success":true}')

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """List the account's incoming transfers after the cursor."""
        try:
            return casso_statement.read_page(http, settings_of(FIELDS, credentials), after, received_at)
        except CallFailed as problem:
            return Statement((), after, failure=problem.failure)
        except Unreadable:
            return Statement((), after, failure=FailureCode.UNEXPECTED_ERROR)


ADAPTER: Final = CassoAdapter()
