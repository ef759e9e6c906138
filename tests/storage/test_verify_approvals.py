"""Approvals in the books: what is kept cannot be changed unnoticed, nor be missing, nor belong to another act."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.approvals import Approval, Asked, Guarded
from domain.ids import DeviceId, Instant, MessageId
from domain.messages import CREATED, Message, MessageKind, OutcomeKind
from domain.ports import UnitOfWork
from domain.services.drafts import issue_draft
from domain.services.replication import receive_at_hub
from domain.services.vouchers import issue_and_queue, void_voucher
from domain.vouchers import Voucher, reversal_of
from storage import tables
from storage.gate import TillFiles
from storage.hub_units import HubUnits
from storage.session import Sql
from storage.till import TillUnits
from storage.verification.reader import reading_file
from storage.verify import verify_hub, verify_till
from storage.witness import Witness
from tests.builders import CASHIER, KEY, MANAGER, MERCHANT, NOON, OWNER, TILL, WITNESS_KEY, an_id
from tests.domain.approval_samples import BIG, TODAY, a_draft, add_people, grant, pay, to_issue, to_void
from tests.storage.breaches import found
from tests.storage.misuse import changes_of, refusal
from tests.storage.tampering import tamper_with_file

LATE = a_draft("late", 70_000, "2026-11-01")
VOID = "action = 'void'"


def _approved_acts(units: TillUnits) -> None:
    """Take an expensive voucher back and date another far back, both with an approval; a third one without need."""
    add_people(units)
    big, small = pay(units, "big"), pay(units, "small", 1_000)
    approval = grant(units, to_void(big), CASHIER, MANAGER, name="void")
    units.run(lambda uow: void_voucher(uow, CASHIER, big.id, Instant(NOON + 5), reason="ghi nhầm", approval=approval))
    units.run(lambda uow: void_voucher(uow, MANAGER, small.id, NOON, reason="nhầm"))
    dated = grant(units, to_issue(units, LATE), MANAGER, OWNER, name="late")
    units.run(lambda uow: issue_draft(uow, MANAGER, LATE.id, NOON, approval=dated))


def _files(folder: Path) -> TillFiles:
    return TillFiles(folder / "till.db", folder / "till.head", folder / "backups", KEY, WITNESS_KEY)


def _open(files: TillFiles) -> TillUnits:
    return TillUnits(files.connect, Witness(files.witness, WITNESS_KEY), lambda changes: None)


def _found(files: TillFiles) -> set[tuple[str, str]]:
    return found(verify_till(files.database, KEY, files.witness, WITNESS_KEY))


@pytest.fixture(scope="module")
def approved_till(till_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A till at which two acts were approved, closed."""
    folder = tmp_path_factory.mktemp("approved") / "till"
    shutil.copytree(till_template, folder)
    units = _open(_files(folder))
    _approved_acts(units)
    units.close()
    return folder


@pytest.fixture
def till(approved_till: Path, tmp_path: Path) -> TillFiles:
    """Such a till of its own for one test."""
    folder = tmp_path / "till"
    shutil.copytree(approved_till, folder)
    return _files(folder)


def test_approved_acts_are_sound(till: TillFiles) -> None:
    assert _found(till) == set()


def test_any_column_of_an_approval_that_is_changed_with_the_key_in_hand_is_found(
    approved_till: Path, tmp_path: Path
) -> None:
    unnoticed = set()
    for column, statement in changes_of(tables.approvals, VOID).items():
        folder = tmp_path / column
        shutil.copytree(approved_till, folder)
        tamper_with_file(folder / "till.db", statement)
        if "I18" not in {invariant for invariant, _ in _found(_files(folder))}:
            unnoticed.add(column)
    assert unnoticed == set()


@pytest.mark.parametrize("column", ["memo", "category_id", "business_date", "party_name", "attachments"])
def test_a_voucher_that_no_longer_says_what_was_approved_is_found_by_its_approval(column: str, till: TillFiles) -> None:
    """Even with the chain made anew over it: the trail holds the hash of all that was approved."""
    wrong = {"business_date": "'2026-11-02'", "attachments": "7"}.get(column, "'x'")
    tamper_with_file(till.database, f"UPDATE vouchers SET {column} = {wrong} WHERE id = {USED_VOID}")
    assert {("I18", "APPROVAL_CHANGED"), ("I18", "APPROVAL_MESSAGE")} <= _found(till)


def test_an_approval_of_before_the_whole_content_was_bound_is_sound(
    till_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions asked for the act, the record, the amount and the day alone, and wrote no content."""
    folder = tmp_path / "old"
    shutil.copytree(till_template, folder)
    units = _open(_files(folder))
    add_people(units)
    voucher = pay(units, "old")

    def unbound(reversal: Voucher) -> Asked:
        return Asked(Guarded.VOID, voucher.id, voucher.total_minor)

    with monkeypatch.context() as before:
        before.setattr("domain.services.vouchers.asked_for", unbound)
        approval = grant(units, unbound(voucher), CASHIER, MANAGER)
        units.run(lambda uow: void_voucher(uow, CASHIER, voucher.id, NOON, reason="ghi nhầm", approval=approval))
    units.close()
    assert _found(_files(folder)) == set()


USED_VOID = f"(SELECT used_by FROM approvals WHERE {VOID})"
BREACHES: dict[str, tuple[str, str]] = {
    "an approval lost": (f"DELETE FROM approvals WHERE {VOID}", "APPROVAL_LOST"),
    "an approval of nothing": (f"UPDATE approvals SET used_by = 'x' WHERE {VOID}", "APPROVAL_IDLE"),
    "an approval of another's act": ("UPDATE approvals SET requester_id = 'x' WHERE day <> ''", "APPROVAL_OTHER"),
    "a reason polished": ("UPDATE approvals SET reason = 'x'", "APPROVAL_MESSAGE"),
    "another reason than was approved": ("UPDATE approvals SET reason = 'x'", "APPROVAL_CHANGED"),
    "an approval of an act that there is not": ("UPDATE approvals SET action = 'robbery'", "APPROVAL_WRONG"),
    "a use erased from the trail": ("UPDATE audit SET action = 'x' WHERE action = 'approval.used'", "APPROVAL_UNTOLD"),
    "a grant erased from the trail": (
        "UPDATE audit SET action = 'x' WHERE action = 'approval.granted'",
        "APPROVAL_CHANGED",
    ),
    "facts that cannot be read": ("UPDATE audit SET facts = 'x' WHERE action = 'approval.used'", "APPROVAL_WRONG"),
    "an approval erased from the act": (
        'UPDATE audit SET facts = replace(facts, \'"approval":"\', \'"approval":null,"x":"\') '
        "WHERE action = 'voucher.voided' AND facts LIKE '%cashier%'",
        "APPROVAL_MISSING",
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_each_breach_is_named(name: str, till: TillFiles) -> None:
    statement, code = BREACHES[name]
    tamper_with_file(till.database, statement)
    assert ("I18", code) in _found(till)


def test_an_act_beyond_the_limit_without_an_approval_is_found(till: TillFiles) -> None:
    """Whoever goes around the services leaves the limit behind, which the trail tells."""

    def op(uow: UnitOfWork) -> None:
        wrong = issue_and_queue(uow, _reversal(uow), NOON)
        told = {"number": wrong.number, "role": "manager", "measure": BIG, "limit": BIG - 1, "approval": None}
        uow.audit.add("voucher.voided", wrong.id, MANAGER.user_id, NOON, told)

    units = _open(till)
    original = pay(units, "another")

    def _reversal(uow: UnitOfWork) -> Any:
        return reversal_of(original, TILL, NOON, TODAY, "around")

    units.run(op)
    units.close()
    assert _found(till) == {("I18", "APPROVAL_MISSING")}


def test_an_approval_that_nobody_gave_is_found(till: TillFiles) -> None:
    """A forged approval passes a till whose program was changed; the trail has no PIN entry of it."""
    units = _open(till)
    voucher = pay(units, "another")
    forged = Approval(
        id=an_id("forged"),  # type: ignore[arg-type]  # any id
        asked=to_void(voucher, "?"),
        reason="?",
        requester_id=CASHIER.user_id,
        approver_id=OWNER.user_id,
        granted_at=NOON,
        expires_at=Instant(NOON + 60_000),
    )
    units.run(lambda uow: void_voucher(uow, CASHIER, voucher.id, NOON, reason="?", approval=forged))
    units.close()
    assert _found(till) == {("I18", "APPROVAL_CHANGED")}


def test_an_approval_is_never_changed_nor_deleted_nor_kept_twice(till: TillFiles) -> None:
    units = _open(till)
    attempts = [*changes_of(tables.approvals).values(), "DELETE FROM approvals"]
    refused = [units.run(lambda uow, attempt=attempt: refusal(uow.session, attempt)) for attempt in attempts]
    assert [answer for answer in refused if "guard: " not in answer] == []
    again = "INSERT INTO approvals SELECT merchant_id, {id}, device_id, action, subject_id, amount_minor, day, reason, "
    again += "requester_id, {who}, granted_at, expires_at, {act}, {at} FROM approvals WHERE action = 'void'"
    whole = {"id": "'new'", "who": "approver_id", "act": "'new'", "at": "used_at"}
    for wrong in ({"id": "id"}, {"act": "used_by"}, {"who": "requester_id"}, {"at": "expires_at"}, {"at": "0"}):
        statement = again.format(**{**whole, **wrong})
        assert units.run(lambda uow, statement=statement: refusal(uow.session, statement)), wrong
    assert units.run(lambda uow: refusal(uow.session, again.format(**whole))) == ""
    units.close()


def _told(files: TillFiles) -> list[Message]:
    """Return the vouchers' messages as the till sends them."""
    units = _open(files)
    sql = Sql("SELECT id, subject_id, body FROM outbox WHERE kind = 'voucher' ORDER BY seq")
    rows = units.read(lambda session: session.all(sql, {}))
    units.close()
    return [Message(MessageId(row[0]), row[1], MessageKind.VOUCHER, row[2], MERCHANT, DeviceId(TILL)) for row in rows]


def test_approvals_travel_with_what_they_allowed_and_the_hub_keeps_them(
    till: TillFiles, hub_on_sqlite: HubUnits, hub_file: Path
) -> None:
    messages = _told(till)
    for message in messages:
        outcome = hub_on_sqlite.run(MERCHANT, lambda uow, message=message: receive_at_hub(uow, message, NOON))
        assert outcome == CREATED
    again = hub_on_sqlite.run(MERCHANT, lambda uow: receive_at_hub(uow, messages[-1], NOON))
    assert again.kind is OutcomeKind.EXISTS
    sql = Sql("SELECT * FROM approvals ORDER BY id")
    units = _open(till)
    here = units.read(lambda session: session.all(sql, {}))
    units.close()
    assert len(here) == 2
    assert hub_on_sqlite.read(lambda session: session.all(sql, {})) == here
    hub_on_sqlite.close()
    with reading_file(hub_file, KEY) as reader:
        assert found(verify_hub(reader)) == set()
    tamper_with_file(
        hub_file, f"UPDATE approvals SET reason = 'x' WHERE {VOID}", "DELETE FROM approvals WHERE day <> ''"
    )
    with reading_file(hub_file, KEY) as reader:
        assert found(verify_hub(reader)) == {("I18", "APPROVAL_MESSAGE"), ("I18", "APPROVAL_LOST")}


def test_a_voucher_whose_approval_was_replayed_is_refused_at_the_hub(till: TillFiles, hub_on_sqlite: HubUnits) -> None:
    units = _open(till)
    first, second = pay(units, "first"), pay(units, "second")
    approval = grant(units, to_void(first), name="replayed")
    units.run(lambda uow: void_voucher(uow, MANAGER, first.id, NOON, reason="ghi nhầm", approval=approval))

    def around(uow: UnitOfWork) -> None:
        copied = Approval(
            approval.id, to_void(second), "ghi nhầm", MANAGER.user_id, OWNER.user_id, NOON, approval.expires_at
        )
        reversal = replace(reversal_of(second, TILL, NOON, TODAY, "ghi nhầm"), actor_id=MANAGER.user_id)
        issue_and_queue(uow, reversal, NOON, copied)

    units.run(around)
    units.close()
    outcomes = [
        hub_on_sqlite.run(MERCHANT, lambda uow, message=message: receive_at_hub(uow, message, NOON))
        for message in _told(till)
    ]
    assert [outcome.code for outcome in outcomes if outcome != CREATED] == ["APPROVAL_USED"]
