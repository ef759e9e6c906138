"""Looking for what other systems are to be told looks at what waits, however much was ever delivered."""

import re

import pytest

from storage import hub_hooks
from storage.hub_units import HubUnits
from storage.session import Session, Sql
from tests.builders import MERCHANT, NOON

WALKS = re.compile(r"SCAN (?!d$|.*hook_news_open)|\((merchant_id=\?)\)$")
"""Every row, or every one of the shop; the index of what is open holds nothing that was delivered."""


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (hub_hooks._DUE, "hook_news_due (next_at<?)"),
        (hub_hooks._NEXT_SQLITE, "hook_news_of_key (merchant_id=? AND key_id=? AND next_at<?)"),
        (hub_hooks._FORGET, "hook_news_ended (merchant_id=? AND ended_at<?)"),
        (hub_hooks._DEPTH, "hook_news_open"),
    ],
)
def test_no_step_of_the_outbox_walks_through_what_was_delivered(
    hub_on_sqlite: HubUnits, asked: Sql, index: str
) -> None:
    facts = {"merchant_id": MERCHANT, "key_id": "k", "at": NOON, "until": NOON, "since": NOON}

    def plan(session: Session) -> list[str]:
        return [str(row[3]) for row in session.all(Sql(f"EXPLAIN QUERY PLAN {asked.text}"), facts)]

    steps = hub_on_sqlite.read(plan)
    assert any(index in step for step in steps), steps
    assert [step for step in steps if WALKS.search(step)] == []
