"""A bank account of the shop with SePay watching it: bank lines, webhooks and the transaction list.

Sources: developer.sepay.vn/en/sepay-webhooks (body, HMAC headers, answers, retries) and
developer.sepay.vn/en/sepay-api/v1/api-giao-dich (the list's parameters, shape and rate limit).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from server.simulator.book import Book
from server.simulator.delivery import ACCEPTED, AGAIN, REFUSED, Verdict
from server.simulator.facts import BankLine, Notice
from server.simulator.settings import BankSettings
from server.simulator.vntime import DASH_SECONDS_FORMAT, written

RETRY_WAITS_S: Final = (60.0, 60.0, 120.0, 180.0, 300.0, 480.0, 780.0)
DROPPED_AFTER_S: Final = 5 * 3600.0
LIST_MOST: Final = 5000
RATE_WINDOW_S: Final = 1.0

BANK_NAMES: Final = {
    "970403": "Sacombank",
    "970405": "Agribank",
    "970407": "Techcombank",
    "970415": "VietinBank",
    "970416": "ACB",
    "970418": "BIDV",
    "970422": "MBBank",
    "970423": "TPBank",
    "970432": "VPBank",
    "970436": "Vietcombank",
    "970437": "HDBank",
}


def bank_name(bank_bin: str) -> str:
    """Return the name SePay calls the bank by, or its NAPAS number."""
    return BANK_NAMES.get(bank_bin, bank_bin)


def sepay_signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of X-SePay-Signature: HMAC-SHA256 over `<timestamp>.<raw body>`."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def webhook_body(line: BankLine, settings: BankSettings) -> str:
    """Return the JSON SePay posts for a line of money coming in."""
    return json.dumps(
        {
            "id": line.sepay_id,
            "gateway": bank_name(settings.bank_bin),
            "transactionDate": written(line.at_ms, DASH_SECONDS_FORMAT),
            "accountNumber": settings.account_number,
            "code": None,
            "content": line.content,
            "transferType": "in",
            "transferAmount": line.amount,
            "accumulated": line.accumulated,
            "subAccount": None,
            "referenceCode": line.reference,
            "description": f"BankAPINotify {line.content}",
        },
        ensure_ascii=False,
    )


class SepayChannel:
    """How SePay's webhooks travel: signed afresh at each attempt, retried as SePay documents."""

    waits_s: tuple[float, ...] = RETRY_WAITS_S
    give_up_after_s: float | None = DROPPED_AFTER_S

    def __init__(self, settings: BankSettings) -> None:
        self.url = settings.notify_url
        self._secret = settings.webhook_secret

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one attempt; a forged one is signed by somebody without the secret."""
        body = notice.body.encode("utf-8")
        timestamp = str(at_ms // 1000)
        secret = "somebody-else" if forged else self._secret
        return body, {
            "Content-Type": "application/json",
            "X-SePay-Timestamp": timestamp,
            "X-SePay-Signature": sepay_signature(secret, timestamp, body),
        }

    def judge(self, status: int, answer: str) -> Verdict:
        """Success is 200 or 201 with `{"success": true}`; SePay repeats only outside 200-299."""
        if not 200 <= status <= 299:
            return Verdict(AGAIN, str(status))
        try:
            reply = json.loads(answer)
        except ValueError:
            reply = None
        good = status in {200, 201} and isinstance(reply, dict) and reply.get("success") is True
        return Verdict(ACCEPTED if good else REFUSED, str(status))


class SepayList:
    """`GET /userapi/transactions/list` of one account, newest line first, all values as text."""

    def __init__(self, settings: BankSettings, book: Book, time_scale: float) -> None:
        self._settings = settings
        self._book = book
        self.time_scale = time_scale
        self._asked_ms: list[int] = []

    def too_fast(self, limit: int) -> bool:
        """Count one call and tell whether it exceeds `limit` calls per second (0: no limit)."""
        now_ms = self._book.now()
        window_ms = RATE_WINDOW_S * 1000 * self.time_scale
        self._asked_ms = [at_ms for at_ms in self._asked_ms if now_ms - at_ms < window_ms]
        if limit and len(self._asked_ms) >= limit:
            return True
        self._asked_ms.append(now_ms)
        return False

    def knows(self, authorization: str | None) -> bool:
        """Tell whether the Authorization header carries the account's API token."""
        expected = f"Bearer {self._settings.api_token}"
        return authorization is not None and hmac.compare_digest(authorization.encode(), expected.encode())

    def page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the list for the documented parameters; raises ValueError for a number that is none.

        `since_id` includes the line with that id. Parameters SePay does not document are ignored.
        """
        since_id = int(query.get("since_id") or 0)
        limit = min(int(query.get("limit") or LIST_MOST), LIST_MOST)
        amount_in = query.get("amount_in")
        account = query.get("account_number")
        found = [
            self._row(line)
            for line in reversed(self._book.lines.values())
            if line.sepay_id >= since_id
            and (not amount_in or float(amount_in) == line.amount)
            and _between(line, query.get("transaction_date_min"), query.get("transaction_date_max"))
            and (query.get("reference_number") or line.reference) == line.reference
        ]
        foreign = account not in {None, "", self._settings.account_number} or bool(query.get("amount_out"))
        transactions = [] if foreign else found[:limit]
        return {"status": 200, "error": None, "messages": {"success": True}, "transactions": transactions}

    def _row(self, line: BankLine) -> dict[str, str | None]:
        return {
            "id": str(line.sepay_id),
            "bank_brand_name": bank_name(self._settings.bank_bin),
            "account_number": self._settings.account_number,
            "transaction_date": written(line.at_ms, DASH_SECONDS_FORMAT),
            "amount_out": "0.00",
            "amount_in": f"{line.amount}.00",
            "accumulated": f"{line.accumulated}.00",
            "transaction_content": line.content,
            "reference_number": line.reference,
            "code": None,
            "sub_account": None,
            "bank_account_id": "1",
        }


def _between(line: BankLine, earliest: str | None, latest: str | None) -> bool:
    # Written dates compare as text; a bare day as the upper end means the whole of that day.
    moment = written(line.at_ms, DASH_SECONDS_FORMAT)
    until = f"{latest} 23:59:59" if latest and " " not in latest else latest
    return (not earliest or moment >= earliest) and (not until or moment <= until)
