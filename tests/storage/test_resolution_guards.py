"""Both databases refuse by themselves to decide twice about one money, and to rewrite what was decided."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode
from domain.ids import Instant
from domain.resolutions import RESOLUTION_TRANSITIONS, ResolutionStatus
from storage.hub_units import HubUnits
from storage.migrate import TILL as TILL_SCHEMA
from storage.migrate import Schema, migrate_till
from storage.session import Session
from storage.sqlite import open_encrypted
from tests.builders import KEY, MERCHANT, NOON, OWNER, TILL, an_id
from tests.storage.misuse import inserted, refusal

LATER = Instant(NOON + 1_000)
WHY = ErrorCode.MONEY_RESOLVED.value


def row(name: str = "one", **changes: Any) -> str:
    """Return an INSERT of a decision about the money of one voucher."""
    values = {
        "merchant_id": MERCHANT,
        "id": an_id(name),
        "device_id": TILL,
        "subject_id": an_id("money"),
        "act": "write_off",
        "amount_minor": 20_000,
        "currency": "VND",
        "reason": "Không ai nhận",
        "requested_by": OWNER.user_id,
        "requested_at": NOON,
        "status": "asked",
        "revision": 1,
        **changes,
    }
    return inserted("resolutions", **values)


def tried(units: HubUnits, *statements: str) -> str:
    """Run statements; return what the database says against the last one."""
    *before, last = statements

    def op(session: Session) -> str:
        session.cursor.execute("SAVEPOINT tried")
        for statement in before:
            session.cursor.execute(statement)
        said = refusal(session, last)
        session.cursor.execute("ROLLBACK TO SAVEPOINT tried")
        return said

    return units.read(op)


def settled(status: str, **changes: Any) -> str:
    facts = {"status": status, "revision": 2, "settled_at": LATER, **changes}
    if status == "refused":
        facts["failure"] = WHY
    told = ", ".join(f"{name} = {value!r}" for name, value in facts.items())
    return f"UPDATE resolutions SET {told}"


@pytest.mark.parametrize(("old", "new"), list(product(ResolutionStatus, repeat=2)))
def test_a_decision_moves_as_the_table_says_alone(
    hub_units: HubUnits, old: ResolutionStatus, new: ResolutionStatus
) -> None:
    begun = row(status=old.value, failure=WHY) if old is ResolutionStatus.REFUSED else row(status=old.value)
    said = tried(hub_units, begun, settled(new.value))
    assert (said == "") is (new in RESOLUTION_TRANSITIONS[old])


@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = 1",
        "subject_id = 'x'",
        "act = 'seen'",
        "reason = ''",
        "requested_by = 'x'",
        "device_id = 'x'",
        "provider = 'stripe'",
        "holder_id = 'x'",
    ],
)
def test_the_facts_of_a_decision_never_change(hub_units: HubUnits, change: str) -> None:
    assert tried(hub_units, row(), f"{settled('done')}, {change}") != ""


@pytest.mark.parametrize("statement", ["DELETE FROM resolutions", "UPDATE resolutions SET reason = 'x', revision = 2"])
def test_a_decision_is_neither_deleted_nor_rewritten(hub_units: HubUnits, statement: str) -> None:
    assert tried(hub_units, row(), statement) != ""


def test_one_money_is_decided_about_once(hub_units: HubUnits) -> None:
    assert tried(hub_units, row(), row("other"), settled("done")) != "", "both at once"
    assert tried(hub_units, row("third", status="done"), row("fourth", status="done")) != ""


def test_what_a_provider_did_with_money_in_parts_is_kept_beside_what_was_decided_about_the_rest(
    hub_units: HubUnits,
) -> None:
    gone = {"act": "refunded", "status": "done", "provider": "stripe", "amount_minor": 5_000}
    parts = [row(name, **gone).replace(f"'{OWNER.user_id}'", "NULL") for name in ("first", "second")]
    assert tried(hub_units, *parts, row("rest", status="done")) == ""
    assert tried(hub_units, *parts, row("rest", status="done"), row("again", status="done")) != ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 0},
        {"act": "keep"},
        {"act": "match"},
        {"act": "give_back"},
        {"payment_id": "p"},
        {"wallet_id": "w"},
        {"status": "refused"},
        {"failure": WHY},
        {"status": "cancelled"},
        {"act": "credit"},
        {"holder_id": "h"},
        {"provider": "stripe"},
        {"act": "refunded", "status": "done"},
        {"act": "refunded", "status": "done", "provider": "stripe"},
    ],
    ids=str,
)
def test_what_no_decision_says_is_not_kept(hub_units: HubUnits, wrong: dict[str, Any]) -> None:
    assert tried(hub_units, row(**wrong)) != ""


def test_what_was_decided_before_providers_words_were_kept_stands_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "till.db"
    migrate_till(path, KEY, tmp_path, Schema("till", 7, TILL_SCHEMA.revisions))
    before = open_encrypted(path, KEY)
    for statement in (row(), row("other", status="refused", failure=WHY)):
        before.raw.execute(statement)
    kept = before.raw.execute("SELECT * FROM resolutions ORDER BY status").fetchall()
    before.close()
    migrate_till(path, KEY, tmp_path)
    after = open_encrypted(path, KEY)
    found = after.raw.execute("SELECT * FROM resolutions ORDER BY status").fetchall()
    assert found == [(*each, None, None) for each in kept]
    after.raw.execute(f"{settled('done')} WHERE status = 'asked'")
    with pytest.raises(after.driver.IntegrityError, match="never deleted"):
        after.raw.execute("DELETE FROM resolutions")
    after.close()
