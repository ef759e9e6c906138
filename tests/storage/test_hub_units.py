"""The hub's one place that commits: one merchant's facts in one order, however many processes ask at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psycopg
import pytest

from domain.errors import ErrorCode, NotFound, StorageUnavailable
from domain.ids import MerchantId
from storage.hub import HubUnitOfWork
from storage.hub_units import RETRIES, HubUnits, SqliteHub
from storage.session import Session, Sql
from storage.sqlite import open_encrypted
from storage.verify import verify_hub_postgres, verify_hub_sqlite
from tests.builders import KEY, MERCHANT, sell
from tests.fakes.failing_connection import failing

_BOOK_NUMBERS = Sql("SELECT book_no FROM book_numbers ORDER BY book_no")
_FEED = Sql("SELECT seq FROM feed ORDER BY seq")


def _all(units: HubUnits, sql: Sql) -> list[int]:
    return [row[0] for row in units.read(lambda session: session.all(sql, {}))]


def _at_once(threads: int, act: Callable[[int], object]) -> None:
    """Run an act in every thread, all starting together."""
    barrier = threading.Barrier(threads)

    def run(number: int) -> None:
        barrier.wait(10)
        act(number)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))


def test_many_at_once_leave_no_gap_in_any_number(
    hub_units: HubUnits, rings: list[tuple[MerchantId, int]], request: pytest.FixtureRequest
) -> None:
    before = _all(hub_units, _FEED)
    _at_once(8, lambda number: [hub_units.run(MERCHANT, partial(sell, name=f"{number}/{n}")) for n in range(5)])
    assert _all(hub_units, _BOOK_NUMBERS) == list(range(1, 41))
    fed = _all(hub_units, _FEED)
    assert fed == list(range(1, len(before) + 81))
    assert max(seq for _, seq in rings) == fed[-1]
    if request.node.callspec.params["hub_units"] == "postgres":
        assert verify_hub_postgres(request.getfixturevalue("postgres_url")).ok
    else:
        assert verify_hub_sqlite(request.getfixturevalue("hub_file"), KEY).ok


def test_the_same_event_from_many_at_once_is_one_voucher(hub_units: HubUnits) -> None:
    _at_once(8, lambda number: hub_units.run(MERCHANT, sell))
    assert _all(hub_units, _BOOK_NUMBERS) == [1]


def test_what_postgresql_undid_for_anothers_sake_is_run_again(hub_on_postgres: HubUnits) -> None:
    tries: list[int] = []

    def op(uow: HubUnitOfWork) -> None:
        tries.append(1)
        sell(uow)
        if len(tries) < RETRIES:
            raise psycopg.errors.SerializationFailure

    hub_on_postgres.run(MERCHANT, op)
    assert len(tries) == RETRIES
    assert _all(hub_on_postgres, _BOOK_NUMBERS) == [1]


def test_what_is_undone_every_time_is_given_up_and_leaves_nothing(hub_on_postgres: HubUnits) -> None:
    tries: list[int] = []

    def op(uow: HubUnitOfWork) -> None:
        tries.append(1)
        sell(uow)
        raise psycopg.errors.DeadlockDetected

    with pytest.raises(StorageUnavailable):
        hub_on_postgres.run(MERCHANT, op)
    assert len(tries) == RETRIES
    assert _all(hub_on_postgres, _BOOK_NUMBERS) == []


def test_an_unknown_merchant_is_refused(hub_units: HubUnits) -> None:
    with pytest.raises(NotFound) as refused:
        hub_units.run(MerchantId("nobody"), sell)
    assert refused.value.code is ErrorCode.TILL_UNKNOWN


@pytest.mark.parametrize("outcome", ["lost", "kept"])
def test_after_a_failed_commit_the_same_ids_end_in_one_sale(outcome: str, hub_file: Path) -> None:
    plan = [outcome]
    connect = failing(lambda: open_encrypted(hub_file, KEY), plan)  # type: ignore[arg-type]  # a list of one literal
    units = HubUnits(SqliteHub(connect), ring=lambda merchant, seq: None)
    with pytest.raises(StorageUnavailable):
        units.run(MERCHANT, sell)
    assert plan == []
    units.run(MERCHANT, sell)
    units.close()
    assert verify_hub_sqlite(hub_file, KEY).ok
    connection = open_encrypted(hub_file, KEY)
    assert _count(Session(connection.cursor(), "sqlite")) == 1
    connection.close()


def _count(session: Session) -> int:
    row = session.one(Sql("SELECT COUNT(*) FROM vouchers"), {})
    assert row is not None
    return int(row[0])
