"""Approvals: each allowed one act and says what its act says, and no act beyond a person's limit is without one."""

import json
from typing import Any, Final

from domain.approvals import Approval, Guarded, exceeds
from domain.bodies import read_approval as approval_of_body
from domain.errors import DomainError
from domain.policy import Role
from domain.services.approvals import fits
from storage.approvals import APPROVAL_COLUMNS, read_approval
from storage.session import Row, Sql
from storage.verification.books import Books
from storage.verification.vouchers import VOUCHER_COLUMNS, VOUCHER_WIDTH
from storage.vouchers import read_voucher

_MESSAGES: Final = {
    "till": "LEFT JOIN outbox m ON m.id = a.used_by",
    "hub": "LEFT JOIN feed m ON m.merchant_id = a.merchant_id AND m.message_id = a.used_by",
}
_USED: Final = {
    side: Sql(
        f"SELECT {APPROVAL_COLUMNS}, a.device_id, a.used_by, a.used_at, m.body, {VOUCHER_COLUMNS} FROM approvals a "
        f"LEFT JOIN vouchers v ON v.merchant_id = a.merchant_id AND v.id = a.used_by {join} "
        "WHERE a.merchant_id = :merchant_id ORDER BY a.used_at, a.id"
    )
    for side, join in _MESSAGES.items()
}
_LINES: Final = Sql(
    "SELECT account_id, side, amount_minor FROM postings WHERE merchant_id = :merchant_id AND voucher_id = :id "
    "ORDER BY line_no"
)
_TOLD: Final = Sql(
    "SELECT action, subject_id, actor_id, at, facts FROM audit WHERE merchant_id = :merchant_id AND device_id = "
    ":device_id AND action IN ('approval.granted', 'approval.used', 'voucher.voided', 'voucher.issued') ORDER BY seq"
)
_TRAVELLED: Final = {
    "till": Sql("SELECT m.id FROM outbox m WHERE m.kind = 'voucher' AND m.body LIKE '%\"approval\":{%' ORDER BY m.seq"),
    "hub": Sql(
        "SELECT m.message_id FROM feed m WHERE m.merchant_id = :merchant_id AND m.kind = 'voucher' "
        "AND m.body LIKE '%\"approval\":{%' ORDER BY m.seq"
    ),
}
_ACTS: Final = {"voucher.voided": Guarded.VOID, "voucher.issued": Guarded.BACK_DATE}
_DEVICE: Final = 10


def check_approvals(books: Books) -> None:
    """Compare every used approval with its act and its message, and on a till with what the trail tells of both."""
    kept: dict[str, tuple[Approval, Row]] = {}
    for row in books.reader.stream(_USED[books.side], books.key):
        try:
            approval = read_approval(row)
        except ValueError as error:
            books.found.add("I18", "APPROVAL_WRONG", str(row[0]), error=str(error))
            continue
        kept[approval.id] = approval, row
        _check_act(books, approval, row)
    used_by = {str(row[_DEVICE + 1]) for _, row in kept.values()}
    for (message_id,) in books.reader.stream(_TRAVELLED[books.side], books.key):
        if message_id not in used_by:
            books.found.add("I18", "APPROVAL_LOST", message_id)
    if books.side == "till":
        for device_id in sorted({*books.own, *(str(row[_DEVICE]) for _, row in kept.values())}):
            _check_trail(books, device_id, kept)


def _check_act(books: Books, approval: Approval, row: Row) -> None:
    device_id, used_by, used_at, body = row[_DEVICE : _DEVICE + 4]
    header = row[_DEVICE + 4 :]
    assert len(header) == VOUCHER_WIDTH, "the columns of a voucher follow those of its approval"
    if header[0] is None:
        books.found.add("I18", "APPROVAL_IDLE", approval.id, act=used_by)
        return
    try:
        lines = books.reader.session.all(_LINES, {**books.key, "id": used_by})
        voucher = read_voucher(header, lines, books.merchant_id)
        alike = fits(approval, voucher) and (voucher.device_id, voucher.created_at) == (device_id, used_at)
        told = body is None or approval_of_body(body) == approval
    except (DomainError, ValueError, TypeError) as error:
        books.found.add("I18", "APPROVAL_WRONG", approval.id, error=str(error))
        return
    if not alike:
        books.found.add("I18", "APPROVAL_OTHER", approval.id, act=voucher.number)
    if not told:
        books.found.add("I18", "APPROVAL_MESSAGE", approval.id, act=voucher.number)


def _check_trail(books: Books, device_id: str, kept: dict[str, tuple[Approval, Row]]) -> None:
    """Check both ways: what the trail tells of approvals is kept, and what is kept was told; and acts that need one."""
    granted: dict[str, str] = {}
    used: set[str] = set()
    for action, subject_id, actor_id, at, facts in books.reader.stream(_TOLD, {**books.key, "device_id": device_id}):
        try:
            told: dict[str, Any] = json.loads(facts)
            if action == "approval.granted":
                granted[subject_id] = told["hash"]
            elif action == "approval.used":
                used.add(subject_id)
                _check_use(books, subject_id, told, kept.get(subject_id), (granted.get(subject_id, ""), actor_id, at))
            elif "role" in told:  # what earlier versions of the program wrote tells no limit
                _check_limit(books, _ACTS[action], subject_id, told, kept)
        except (KeyError, ValueError, TypeError) as error:
            books.found.add("I18", "APPROVAL_WRONG", subject_id, error=str(error))
    for approval, row in kept.values():
        if row[_DEVICE] == device_id and approval.id not in used:
            books.found.add("I18", "APPROVAL_UNTOLD", approval.id)


def _check_use(
    books: Books,
    subject_id: str,
    told: dict[str, Any],
    held: tuple[Approval, Row] | None,
    entry: tuple[str, str | None, int],
) -> None:
    if held is None:
        books.found.add("I18", "APPROVAL_LOST", subject_id)
        return
    approval, row = held
    granted, actor_id, at = entry
    same = (approval.hash, approval.hash, row[_DEVICE + 1], row[_DEVICE + 2], approval.requester_id)
    if (granted, told.get("hash"), told.get("used_by"), at, actor_id) != same:
        books.found.add("I18", "APPROVAL_CHANGED", subject_id)


def _check_limit(
    books: Books, action: Guarded, subject_id: str, told: dict[str, Any], kept: dict[str, tuple[Approval, Row]]
) -> None:
    approval_id, number = told["approval"], str(told["number"])
    if approval_id is None:
        if exceeds(Role(told["role"]), action, told["measure"], told["limit"]):
            books.found.add("I18", "APPROVAL_MISSING", number, limit=told["limit"])
    elif approval_id not in kept:
        books.found.add("I18", "APPROVAL_LOST", approval_id)
    else:
        approval, row = kept[approval_id]
        if subject_id not in (approval.asked.subject_id, row[_DEVICE + 1]):
            books.found.add("I18", "APPROVAL_OTHER", approval_id, act=number)
