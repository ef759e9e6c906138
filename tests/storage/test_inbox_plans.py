"""Waking what waits for a payment looks at the events that name it, however many the shop ever had."""

import re

from storage import hub_inbox
from storage.hub_units import HubUnits
from storage.session import Session, Sql
from tests.builders import MERCHANT, NOON

WALKS = re.compile(r"SCAN|\((merchant_id=\?)( AND provider=\?)?\)$")
"""Every row, every one of the shop or every one of a provider."""


def test_a_new_payment_does_not_walk_through_all_that_providers_ever_told(hub_on_sqlite: HubUnits) -> None:
    facts = {"merchant_id": MERCHANT, "reference": "BANA01A0000017", "at": NOON}

    def plan(session: Session) -> list[str]:
        return [str(row[3]) for row in session.all(Sql(f"EXPLAIN QUERY PLAN {hub_inbox._WAKE.text}"), facts)]

    steps = hub_on_sqlite.read(plan)
    assert any("events_by_reference" in step for step in steps)
    assert [step for step in steps if WALKS.search(step)] == []
