"""Casso's webhooks: V2 signs the sorted body and its time, V1 shows a secret and may report several movements.

Sources: developer.casso.vn (webhook), CassoHQ's samples for checking the signature of V2.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Final

from domain.ids import Instant
from domain.rails import Provider
from server.rails.base import (
    MAX_NOTIFICATION_BYTES,
    Answer,
    Credentials,
    Ignored,
    Notice,
    Notices,
    NotificationRefused,
    RefusalReason,
    value_of,
)
from server.rails.casso_movement import (
    ACCOUNT_NUMBER,
    TEST_ID,
    V1,
    V2,
    VERSION,
    WEBHOOK_SECRET,
    Names,
    account_of,
    dedupe_key,
    movement,
    number_of,
)
from server.rails.exact_json import read_exact, sorted_json
from server.rails.strict_json import Unreadable, part_of, parts_of, read_object
from server.vault import Secret

AHEAD_MS: Final = 5 * 60_000
"""How far the signed time may lie ahead of our clock."""

BEHIND_MS: Final = 24 * 3_600_000
"""How old it may be: whether a repetition is signed anew is not published, and its money is kept once anyway."""

MAX_MOVEMENTS: Final = 100
"""So many movements are kept with one notification; a longer one is refused and found in the list."""

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}

_SIGNED: Final = re.compile(r"t=([0-9]{1,15}),\s?v1=([0-9a-fA-F]{128})")


def read(credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant) -> Notices:
    """Verify a notification as the credential `webhook_version` says and return its movements.

    Raises NotificationRefused. Money out and, beside our own, movements of other accounts are Ignored; a notification
    of other accounts alone is refused, so that a mistyped account number does not pass for a quiet day.
    """
    try:
        if (reason := _distrust(credentials, headers, body, received_at)) is not None:
            raise _refusal(reason)
        return _movements(credentials, body)
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def signature(secret: Secret, milliseconds: str, text: str) -> str:
    """Return the v1 signature of a sorted body at a time: HMAC-SHA512 of `<milliseconds>.<text>` in hex."""
    return hmac.digest(secret.reveal().encode(), f"{milliseconds}.{text}".encode(), "sha512").hex()


def _distrust(
    credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
) -> RefusalReason | None:
    secret = Secret(value_of(WEBHOOK_SECRET, credentials))
    if not secret:
        return "signature"
    version = value_of(VERSION, credentials)
    if version == "v1":
        return None if _same(secret.reveal(), _header(headers, "secure-token")) else "signature"
    signed = _SIGNED.fullmatch(_header(headers, "x-casso-signature"))
    if version != "v2" or signed is None or not _is_signed(secret, signed[1], signed[2].lower(), body):
        return "signature"
    return None if -BEHIND_MS <= int(signed[1]) - received_at <= AHEAD_MS else "stale"


def _is_signed(secret: Secret, milliseconds: str, given: str, body: bytes) -> bool:
    """Compare with both ways of writing letters and slashes: which of them Casso signs is not published."""
    fields = read_exact(body, MAX_NOTIFICATION_BYTES)
    try:
        expected = [signature(secret, milliseconds, sorted_json(fields, escaped)) for escaped in (False, True)]
    except UnicodeEncodeError as problem:  # half of a letter, which no JSON of a real movement holds
        raise Unreadable("text") from problem
    return any(_same(text, given) for text in expected)


def _movements(credentials: Credentials, body: bytes) -> Notices:
    told = read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True)
    first = value_of(VERSION, credentials) == "v1"
    rows, names = (parts_of(told, "data"), V1) if first else ([part_of(told, "data")], V2)
    if not 0 < len(rows) <= MAX_MOVEMENTS:
        raise Unreadable("data")
    ours = value_of(ACCOUNT_NUMBER, credentials)
    if not any(_is_test(row) or (ours and account_of(row, names) == ours) for row in rows):
        raise _refusal("foreign")
    return tuple(_notice(row, names, ours) for row in rows)


def _notice(row: Mapping[str, object], names: Names, ours: str) -> Notice:
    if _is_test(row):
        return Ignored(Provider.CASSO, dedupe_key(TEST_ID))
    if account_of(row, names) != ours:
        # Under a key of its own: should the shop change to that account, its list may still tell the money.
        return Ignored(Provider.CASSO, f"{dedupe_key(number_of(row))}:other")
    return movement(row, names)


def _is_test(row: Mapping[str, object]) -> bool:
    return number_of(row) == TEST_ID


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b'{"success":false}'))


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return the one header of that name in any case; none and several both count as empty."""
    values = [value for key, value in headers.items() if key.lower() == name]
    return values[0].strip() if len(values) == 1 else ""
