"""What the till's screen reads of the audit trail: page by page from the newest entry back through all its lives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeGuard

from domain.ids import DeviceId, Instant, MerchantId, PaymentId, UserId, VoucherId
from domain.payments import Cause
from domain.policy import Action, Actor, Role, require
from domain.trail import CAUSE, AuditFilter, AuditPage, AuditRow, Fact, Place, Value, cause_of, paired
from storage.book_queries import SEES_ACCOUNT, SEES_VOUCHER
from storage.book_reads import hidden_wallets
from storage.folding import fold
from storage.session import Row, Session, Sql

LOOKED_AT: Final = 4_000
"""How many entries one search looks at; the screen asks on until it has enough, and other reads come in between."""

_DOCUMENTS: Final = frozenset({"voucher", "draft"})
_ID_LENGTH: Final = 36
_ID_HYPHENS: Final = 4

_LIVES: Final = Sql(
    "SELECT d.id, d.audit_seq FROM till_self s JOIN devices own ON own.merchant_id = s.merchant_id "
    "AND own.id = s.device_id JOIN devices d ON d.merchant_id = own.merchant_id AND d.code = own.code "
    "WHERE s.merchant_id = :merchant_id AND d.audit_seq > 0 ORDER BY d.incarnation DESC"
)
_ENTRIES: Final = (
    "SELECT seq, at, action, subject_id, actor_id, facts FROM audit WHERE merchant_id = :merchant_id "
    "AND device_id = :device_id AND seq < :before AND seq >= :down_to"
)
_FILTERS: Final = {
    "actor_id": " AND actor_id = :actor_id",
    "since": " AND at >= :since",
    "until": " AND at < :until",
}
_NAMED: Final = (
    "SELECT 'voucher', v.id, v.number, {unseen_voucher} FROM json_each(:ids) i CROSS JOIN vouchers v "
    "WHERE v.merchant_id = :merchant_id AND v.id = i.value "
    "UNION ALL SELECT 'draft', v.source_id, v.number, {unseen_voucher} FROM json_each(:ids) i CROSS JOIN vouchers v "
    "WHERE v.merchant_id = :merchant_id AND v.source_kind = 'manual' AND v.source_id = i.value AND v.second = 0 "
    "UNION ALL SELECT 'payment', p.id, p.reference, 0 FROM json_each(:ids) i CROSS JOIN payments p "
    "WHERE p.merchant_id = :merchant_id AND p.id = i.value "
    "UNION ALL SELECT 'account', a.id, a.name, {unseen_account} FROM json_each(:ids) i CROSS JOIN accounts a "
    "WHERE a.merchant_id = :merchant_id AND a.id = i.value "
    "UNION ALL SELECT 'category', c.id, c.name_vi, 0 FROM json_each(:ids) i CROSS JOIN categories c "
    "WHERE c.merchant_id = :merchant_id AND c.id = i.value "
    "UNION ALL SELECT 'user', u.id, u.name, 0 FROM json_each(:ids) i CROSS JOIN users u "
    "WHERE u.merchant_id = :merchant_id AND u.id = i.value"
)
_NAMES: Final = {
    True: Sql(_NAMED.format(unseen_voucher="0", unseen_account="0")),
    False: Sql(_NAMED.format(unseen_voucher=f"NOT {SEES_VOUCHER}", unseen_account=f"NOT {SEES_ACCOUNT}")),
}


@dataclass(frozen=True, slots=True)
class _Name:
    """What people call a thing, and whether the reader may know."""

    kind: str
    text: str
    hidden: bool


def read_trail(
    session: Session, merchant_id: MerchantId, actor: Actor, wanted: AuditFilter, limit: int, before: Place | None
) -> AuditPage:
    """Return a page of the till's trail; see `domain.trail.AuditReads`."""
    require(actor, Action.SEE_AUDIT)
    lives = [(DeviceId(row[0]), int(row[1])) for row in session.all(_LIVES, {"merchant_id": merchant_id})]
    place = before or ((lives[0][0], lives[0][1] + 1) if lives else None)
    if place is None:
        return AuditPage((), None)
    found = list(_matching(session, merchant_id, wanted, limit, place))
    rows = _named(session, merchant_id, actor, found, place[0])
    if wanted.text:
        rows = [row for row in rows if not row.hidden]
    reached = max(place[1] - LOOKED_AT, 1) if len(found) < limit else found[-1][0]
    return AuditPage(tuple(rows), _older(lives, (place[0], reached)))


def _older(lives: Sequence[tuple[DeviceId, int]], place: Place) -> Place | None:
    """Return where the next page begins: in the same life, or at the end of the one before it."""
    if place[1] > 1:
        return place
    ids = [life for life, _ in lives]
    former = lives[ids.index(place[0]) + 1 :]
    return (former[0][0], former[0][1] + 1) if former else None


def _matching(
    session: Session, merchant_id: MerchantId, wanted: AuditFilter, limit: int, place: Place
) -> Iterator[tuple[Any, ...]]:
    """Yield what fits among the next LOOKED_AT entries, newest first, at most `limit` of them."""
    values: dict[str, Any] = {
        "merchant_id": merchant_id,
        "device_id": place[0],
        "before": place[1],
        "down_to": place[1] - LOOKED_AT,
    }
    conditions = ""
    for name, condition in _FILTERS.items():
        if (value := getattr(wanted, name)) is not None:
            values[name] = value
            conditions += condition
    text = fold(wanted.text).strip()
    most = "" if text else " LIMIT :most"
    sql = Sql(f"{_ENTRIES}{conditions} ORDER BY seq DESC{most}")
    found = 0
    for row in session.all(sql, {**values, "most": limit}):
        if not text or _tells(row, text):
            found += 1
            yield row
        if found == limit:
            return


def _tells(row: Row, text: str) -> bool:
    """Whether an entry tells a text in any of its facts, or an amount however its digits are grouped."""
    facts: dict[str, Any] = json.loads(row[5])
    told = fold(" ".join(str(value) for name, value in facts.items() if name != CAUSE and value is not None))
    digits = text.replace(".", "").replace(",", "").replace(" ", "")
    return text in told or (digits.isdigit() and digits in told)


def _named(
    session: Session, merchant_id: MerchantId, viewer: Actor, entries: Sequence[Row], device_id: DeviceId
) -> list[AuditRow]:
    """Return entries as they are shown: with names for ids, and without what is hidden from the viewer."""
    rows = [_row(entry, device_id) for entry in entries]
    ids = {each for row in rows for each in (row.subject_id, row.actor_id, *_values(row)) if _is_id(each)}
    values = {"merchant_id": merchant_id, "viewer": viewer.user_id, "ids": json.dumps(sorted(ids))}
    told = session.all(_NAMES[viewer.role is Role.OWNER], values) if rows else []
    names = {row[1]: _Name(row[0], row[2], bool(row[3])) for row in told}
    sees_all = not hidden_wallets(session, merchant_id, viewer)
    return [_with_names(row, names, sees_all) for row in rows]


def _row(entry: Row, device_id: DeviceId) -> AuditRow:
    seq, at, action, subject_id, actor_id, told = entry
    facts: dict[str, Any] = json.loads(told)
    who = None if actor_id is None else UserId(actor_id)
    cause = Cause(facts[CAUSE]) if CAUSE in facts else cause_of(who)
    return AuditRow(seq, device_id, Instant(at), action, who, "", cause, subject_id, "", paired(facts))


def _with_names(row: AuditRow, names: Mapping[str, _Name], sees_all: bool) -> AuditRow:
    thing = names.get(row.subject_id)
    person = names.get(row.actor_id or "")
    named = replace(row, actor=person.text if person else "", record=thing.text if thing else "")
    of_hidden = _tells_of_hidden(row, names) or (not sees_all and _is_draft_of_hidden(row, names))
    if (thing is not None and thing.hidden) or of_hidden:
        return replace(named, record="", facts=(), hidden=True)
    named = replace(named, facts=tuple(_with_words(fact, names) for fact in row.facts))
    if thing is not None and thing.kind == "voucher":
        return replace(named, voucher_id=VoucherId(row.subject_id))
    if thing is not None and thing.kind == "payment":
        return replace(named, payment_id=PaymentId(row.subject_id))
    return named


def _tells_of_hidden(row: AuditRow, names: Mapping[str, _Name]) -> bool:
    """Whether a fact names a hidden voucher, or the draft that it was: its amount would stand beside, as approvals'."""
    told = (names.get(value) for value in _values(row) if isinstance(value, str))
    return any(name.hidden and name.kind in _DOCUMENTS for name in told if name is not None)


def _is_draft_of_hidden(row: AuditRow, names: Mapping[str, _Name]) -> bool:
    """Whether an entry tells the amount of a draft that may name a hidden account, and that no voucher came of.

    A discarded draft's entry names its accounts, which those of earlier versions did not; an approval's names the
    draft alone, so that nobody can tell.
    """
    if row.action == "draft.discarded":
        told = (names.get(value) for value in _values(row) if isinstance(value, str))
        return all(fact.name != "wallet" for fact in row.facts) or any(name and name.hidden for name in told)
    subject = next((fact.value for fact in row.facts if fact.name == "subject"), None)
    return row.action == "approval.granted" and subject not in names


def _values(row: AuditRow) -> Iterator[Value]:
    return (value for fact in row.facts for value in (fact.value, fact.before))


def _is_id(value: Value) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == _ID_LENGTH and value.count("-") == _ID_HYPHENS


def _with_words(fact: Fact, names: Mapping[str, _Name]) -> Fact:
    """Return a fact with what people call the things whose ids it holds; of a hidden one nothing."""
    return replace(fact, value=_words(fact.value, names), before=_words(fact.before, names))


def _words(value: Value, names: Mapping[str, _Name]) -> Value:
    name = names.get(value) if isinstance(value, str) else None
    if name is None:
        return value
    return None if name.hidden else name.text
