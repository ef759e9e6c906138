"""What asks the outbox looks at what is not settled alone, however much was sent in the years before."""

import re
from collections.abc import Callable
from functools import partial

import pytest

from domain.book_rows import VoucherFilter
from domain.ids import PaymentId
from domain.payment_rows import PaymentFilter
from storage.gate import TillFiles
from storage.queries import TillQueries
from storage.replica import Replica
from storage.session import Session
from storage.sqlite import Connection
from storage.till import TillUnits
from storage.witness import Witness
from tests.builders import NOON, OWNER, an_id

WALKS_ALL = re.compile(
    r"SCAN (outbox|o|r)\b(?! USING (COVERING )?INDEX outbox_)|AUTOMATIC PARTIAL|USING INTEGER PRIMARY KEY"
    r"|(SCAN|SEARCH) (postings|l) .*\((merchant_id=\?)?( AND account_id=\?)?\)$"
)
"""Every message, every line of the shop or every line of an account, instead of what waits."""

ACTS: dict[str, Callable[[Replica, TillQueries], object]] = {
    "claim what is due": lambda replica, queries: replica.claim_due(NOON, 100),
    "when is the next due": lambda replica, queries: replica.next_due(),
    "make all due": lambda replica, queries: replica.hasten(NOON),
    "offer the refused again": lambda replica, queries: replica.retry_refused(NOON),
    "the state of the queue": lambda replica, queries: queries.queue(),
    "what is unsent, by kind": lambda replica, queries: queries.unsent(),
    "what was refused": lambda replica, queries: queries.refused(),
    "payments and whether they wait": lambda replica, queries: queries.payments(PaymentFilter(), 50, None),
    "one payment": lambda replica, queries: queries.payment(PaymentId(an_id("payment"))),
    "vouchers and whether they wait": lambda replica, queries: queries.books.vouchers(OWNER, VoucherFilter(), 50, None),
    "balances and what of them waits": lambda replica, queries: queries.wallets(OWNER, True),
}


@pytest.mark.parametrize("name", ACTS)
def test_no_look_into_the_outbox_walks_through_what_was_acknowledged(till_file: TillFiles, name: str) -> None:
    seen: list[str] = []

    def connect() -> Connection:
        connection = till_file.connect()
        connection.raw.set_trace_callback(seen.append)
        return connection

    units = TillUnits(connect, Witness(till_file.witness, till_file.witness_key), lambda changes: None)
    queries = units.read(lambda session: TillQueries(Session(session.cursor, "sqlite")))
    seen.clear()
    ACTS[name](Replica(units), queries)
    asked = [sql for sql in seen if "outbox" in sql and not sql.startswith("--")]
    plans = [row[3] for sql in asked for row in units.read(partial(_explained, sql=sql))]
    units.close()
    assert plans
    assert [step for step in plans if WALKS_ALL.search(step)] == []


def _explained(session: Session, sql: str) -> list[tuple[int, int, int, str]]:
    session.cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
    steps: list[tuple[int, int, int, str]] = session.cursor.fetchall()
    return steps


def test_what_is_unsent_is_counted_by_kind(till_units: TillUnits) -> None:
    queries = till_units.read(TillQueries)
    rows = queries.unsent()
    assert sum(row.waiting for row in rows) == queries.queue().waiting > 0
    assert len({row.kind for row in rows}) == len(rows)
    assert sum(row.refused for row in rows) == queries.queue().refused


def test_a_long_queue_is_not_summed_for_every_look_at_the_wallets(
    till_file: TillFiles, till_units: TillUnits, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = till_file.connect_reader()
    queries = TillQueries(Session(connection.cursor(), "sqlite"))
    short = queries.wallets(OWNER, False)
    waiting = queries.queue().waiting
    assert waiting > 0
    monkeypatch.setattr("storage.queries.MOST_SUMMED", waiting - 1)
    long = queries.wallets(OWNER, False)
    connection.close()
    assert {row.waiting_minor for row in long} == {None}
    assert None not in {row.waiting_minor for row in short}
    assert [row.balance_minor for row in long] == [row.balance_minor for row in short]
