"""Approvals: each allowed one act and says what its act says, and no act beyond a person's limit is without one."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.approvals import Approval, Guarded, exceeds
from domain.bodies import read_approval as approval_of_body
from domain.errors import DomainError
from domain.policy import Role
from domain.refunds import allows_refund, content_of
from domain.resolutions import GUARDS, allows_resolution, resolution_content
from domain.services.approvals import fits
from domain.vouchers import content_hash
from storage.approvals import APPROVAL_COLUMNS, read_approval
from storage.refunds import REFUND_COLUMNS, read_refund_row
from storage.resolutions import RESOLUTION_COLUMNS, read_resolution_row
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
    ":device_id AND action IN ('approval.granted', 'approval.used', 'voucher.voided', 'voucher.issued', "
    "'payment.confirmed_by_hand', 'payment.settled_by_hand', 'refund.asked', 'money.match', 'money.give_back', "
    "'money.write_off') ORDER BY seq"
)
_TRAVELLED: Final = {
    "till": Sql("SELECT m.id FROM outbox m WHERE m.kind = 'voucher' AND m.body LIKE '%\"approval\":{%' ORDER BY m.seq"),
    "hub": Sql(
        "SELECT m.message_id FROM feed m WHERE m.merchant_id = :merchant_id AND m.kind = 'voucher' "
        "AND m.body LIKE '%\"approval\":{%' ORDER BY m.seq"
    ),
}
_ACTS: Final = {
    "voucher.voided": Guarded.VOID,
    "voucher.issued": Guarded.BACK_DATE,
    "payment.confirmed_by_hand": Guarded.HAND_CONFIRM,
    "payment.settled_by_hand": Guarded.HAND_CONFIRM,
    "refund.asked": Guarded.REFUND,
    **{f"money.{act.value}": guarded for act, guarded in GUARDS.items()},
}
_REFUND: Final = Sql(f"SELECT {REFUND_COLUMNS} FROM refunds WHERE merchant_id = :merchant_id AND id = :id")
_RESOLUTION: Final = Sql(f"SELECT {RESOLUTION_COLUMNS} FROM resolutions WHERE merchant_id = :merchant_id AND id = :id")
_FIRST_MESSAGE: Final = {
    "till": Sql(
        "SELECT m.body FROM outbox m WHERE m.subject_id = :id AND m.kind IN ('refund', 'resolution') "
        "ORDER BY m.seq LIMIT 1"
    ),
    "hub": Sql(
        "SELECT m.body FROM feed m WHERE m.merchant_id = :merchant_id AND m.subject_id = :id "
        "AND m.kind IN ('refund', 'resolution') ORDER BY m.seq LIMIT 1"
    ),
}
"""The first message of a refund or a resolution, in which its approval travels."""

_DEVICE: Final = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """An approval as it is kept, its row, and the hash of all that its act booked (empty if there is no such act).

    The row does not hold that hash: it is reckoned from the voucher, so that the trail's word is held against the
    books themselves.
    """

    approval: Approval
    row: Row
    content: str

    @property
    def bound(self) -> Approval:
        """The approval bound to what was booked."""
        return replace(self.approval, asked=replace(self.approval.asked, content=self.content))

    def like(self, content: object) -> Approval:
        """The approval as it must have been given: bound to what was booked, or of before that was asked for."""
        return self.bound if content else self.approval


def check_approvals(books: Books) -> None:
    """Compare every used approval with its act and its message, and on a till with what the trail tells of both."""
    kept: dict[str, Kept] = {}
    for row in books.reader.stream(_USED[books.side], books.key):
        try:
            approval = read_approval(row)
        except ValueError as error:
            books.found.add("I18", "APPROVAL_WRONG", str(row[0]), error=str(error))
            continue
        kept[approval.id] = Kept(approval, row, _check_act(books, approval, row))
    used_by = {str(each.row[_DEVICE + 1]) for each in kept.values()}
    for (message_id,) in books.reader.stream(_TRAVELLED[books.side], books.key):
        if message_id not in used_by:
            books.found.add("I18", "APPROVAL_LOST", message_id)
    if books.side == "till":
        for device_id in sorted({*books.own, *(str(each.row[_DEVICE]) for each in kept.values())}):
            _check_trail(books, device_id, kept)


def _check_act(books: Books, approval: Approval, row: Row) -> str:
    """Compare an approval with its act and its message; return the hash of all that the act booked."""
    decided = books.reader.session.one(_RESOLUTION, {**books.key, "id": row[_DEVICE + 1]})
    if decided is not None:
        return _check_resolution(books, approval, row, decided)
    if approval.asked.action is Guarded.REFUND:
        return _check_refund(books, approval, row)
    device_id, used_by, used_at, body = row[_DEVICE : _DEVICE + 4]
    header = row[_DEVICE + 4 :]
    assert len(header) == VOUCHER_WIDTH, "the columns of a voucher follow those of its approval"
    if header[0] is None:
        books.found.add("I18", "APPROVAL_IDLE", approval.id, act=used_by)
        return ""
    try:
        lines = books.reader.session.all(_LINES, {**books.key, "id": used_by})
        voucher = read_voucher(header, lines, books.merchant_id)
        alike = fits(approval, voucher) and (voucher.device_id, voucher.created_at) == (device_id, used_at)
        content = content_hash(voucher)
        sent = None if body is None else approval_of_body(body)
        like = Kept(approval, row, content).like(sent.asked.content if sent else "")
        told = body is None or sent == like
    except (DomainError, ValueError, TypeError) as error:
        books.found.add("I18", "APPROVAL_WRONG", approval.id, error=str(error))
        return ""
    if not alike:
        books.found.add("I18", "APPROVAL_OTHER", approval.id, act=voucher.number)
    if not told:
        books.found.add("I18", "APPROVAL_MESSAGE", approval.id, act=voucher.number)
    return content


def _check_refund(books: Books, approval: Approval, row: Row) -> str:
    device_id, used_by, used_at = row[_DEVICE : _DEVICE + 3]
    key = {**books.key, "id": used_by}
    held = books.reader.session.one(_REFUND, key)
    if held is None:
        books.found.add("I18", "APPROVAL_IDLE", approval.id, act=used_by)
        return ""
    message = books.reader.session.one(_FIRST_MESSAGE[books.side], key)
    try:
        refund = read_refund_row(held, books.merchant_id)
        content = content_of(refund)
        bound = replace(approval, asked=replace(approval.asked, content=content))
        alike = allows_refund(bound, refund) and (refund.device_id, refund.requested_at) == (device_id, used_at)
        told = message is None or approval_of_body(message[0]) == bound
    except (DomainError, ValueError, TypeError) as error:
        books.found.add("I18", "APPROVAL_WRONG", approval.id, error=str(error))
        return ""
    if not alike:
        books.found.add("I18", "APPROVAL_OTHER", approval.id, act=refund.reference)
    if not told:
        books.found.add("I18", "APPROVAL_MESSAGE", approval.id, act=refund.reference)
    return content


def _check_resolution(books: Books, approval: Approval, row: Row, decided: Row) -> str:
    device_id, used_by, used_at = row[_DEVICE : _DEVICE + 3]
    message = books.reader.session.one(_FIRST_MESSAGE[books.side], {**books.key, "id": used_by})
    try:
        resolution = read_resolution_row(decided, books.merchant_id)
        content = resolution_content(resolution)
        bound = replace(approval, asked=replace(approval.asked, content=content))
        at_once = (resolution.device_id, resolution.requested_at) == (device_id, used_at)
        alike = allows_resolution(bound, resolution) and at_once
        told = message is None or approval_of_body(message[0]) == bound
    except (DomainError, ValueError, TypeError) as error:
        books.found.add("I18", "APPROVAL_WRONG", approval.id, error=str(error))
        return ""
    if not alike:
        books.found.add("I18", "APPROVAL_OTHER", approval.id, act=resolution.id)
    if not told:
        books.found.add("I18", "APPROVAL_MESSAGE", approval.id, act=resolution.id)
    return content


def _check_trail(books: Books, device_id: str, kept: dict[str, Kept]) -> None:
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
    for each in kept.values():
        if each.row[_DEVICE] == device_id and each.approval.id not in used:
            books.found.add("I18", "APPROVAL_UNTOLD", each.approval.id)


def _check_use(
    books: Books,
    subject_id: str,
    told: dict[str, Any],
    held: Kept | None,
    entry: tuple[str, str | None, int],
) -> None:
    if held is None:
        books.found.add("I18", "APPROVAL_LOST", subject_id)
        return
    approval, row = held.like(told.get("content")), held.row
    granted, actor_id, at = entry
    same = (approval.hash, approval.hash, row[_DEVICE + 1], row[_DEVICE + 2], approval.requester_id)
    if (granted, told.get("hash"), told.get("used_by"), at, actor_id) != same:
        books.found.add("I18", "APPROVAL_CHANGED", subject_id)


def _check_limit(books: Books, action: Guarded, subject_id: str, told: dict[str, Any], kept: dict[str, Kept]) -> None:
    approval_id, number = told["approval"], str(told["number"])
    if approval_id is None:
        if exceeds(Role(told["role"]), action, told["measure"], told["limit"]):
            books.found.add("I18", "APPROVAL_MISSING", number, limit=told["limit"])
    elif approval_id not in kept:
        books.found.add("I18", "APPROVAL_LOST", approval_id)
    else:
        each = kept[approval_id]
        if subject_id not in (each.approval.asked.subject_id, each.row[_DEVICE + 1]):
            books.found.add("I18", "APPROVAL_OTHER", approval_id, act=number)
