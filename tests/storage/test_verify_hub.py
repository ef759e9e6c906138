"""The check of a hub's books on either database: what is proved, fed and registered."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
import pytest

from domain.ids import Instant, MessageId
from domain.notices import RefundNotice
from domain.rails import Method, Provider, RailStatus, Receipt
from domain.services.holders import save_holder, top_up
from domain.services.receipts import record_receipt
from domain.services.refund_news import record_refund_notice
from storage import tables
from storage.hub import HubUnitOfWork
from storage.hub_units import HubUnits
from storage.verify import Report, verify_hub_postgres, verify_hub_sqlite
from tests.builders import BANK_ACCOUNT, KEY, MERCHANT, MINUTE, NOON, OWNER, an_id, sell
from tests.storage.breaches import HUB_BREACHES, found
from tests.storage.misuse import changes_of
from tests.storage.tampering import tamper_with_file, tamper_with_postgres

HISTORY: Final = {"audit": "seq = 2", "vouchers": "chain_seq = 2", "postings": "entry_no = 2 AND side = 'D'"}
"""The tables of the history, and one row in the middle of each."""

LATER = Instant(NOON + MINUTE)


def _trade_at_hub(uow: HubUnitOfWork) -> None:
    sell(uow, "cash")
    hoa = save_holder(uow, OWNER, "0903111218", "Chị Hoà", MessageId(an_id("hoa")), NOON)
    top_up(uow, OWNER, an_id("top up"), hoa.id, 10_000, NOON)
    for number, amount in enumerate((45_000, 40_000, 50_000)):
        intent = sell(uow, f"bank {number}", method=Method.VIETQR)
        receipt = Receipt(
            provider=Provider.SEPAY,
            dedupe_key=f"sepay-{number}",
            text=intent.reference,
            amount_minor=amount,
            currency="VND",
            paid_at=LATER,
            provider_ref=f"FT {number}",
            account_number=BANK_ACCOUNT,
        )
        record_receipt(uow, receipt, LATER, may_park=False)
    notice = RefundNotice(
        provider=Provider.SEPAY,
        dedupe_key="refund",
        reference="",
        amount_minor=5_000,
        currency="VND",
        at=LATER,
        provider_ref="RF",
        payment_provider_ref="FT 0",
        status=RailStatus.SUCCESS,
    )
    record_refund_notice(uow, notice, LATER)
    nobodys = Receipt(Provider.SEPAY, "sepay-3", "chuyen tien", 30_000, "VND", LATER, "FT 3", BANK_ACCOUNT)
    record_receipt(uow, nobodys, LATER, may_park=False)
    gone = replace(notice, dedupe_key="gone", amount_minor=10_000, provider_ref="RF 3", payment_provider_ref="FT 3")
    record_refund_notice(uow, gone, LATER)


class TradedHub:
    """A hub that has traded: how to check it and how to tamper with it."""

    def __init__(
        self, verify: Callable[..., Report], tamper: Callable[..., None], put_back: Callable[[str], None]
    ) -> None:
        self.verify = verify
        self.tamper = tamper
        self.put_back = put_back
        """Makes a table as it was before it was tampered with."""


@pytest.fixture(params=["sqlite", "postgres"])
def traded_hub(request: pytest.FixtureRequest) -> Iterator[TradedHub]:
    """A hub on either database, with a cash sale and an exact, a short and an over-paid transfer."""
    units: HubUnits = request.getfixturevalue(f"hub_on_{request.param}")
    units.run(MERCHANT, _trade_at_hub)
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("hub_file")
        units.close()
        whole = path.read_bytes()

        def put_back(table: str) -> None:
            path.write_bytes(whole)

        yield TradedHub(partial(verify_hub_sqlite, path, KEY), partial(tamper_with_file, path), put_back)
    else:
        url: str = request.getfixturevalue("postgres_url")
        tamper = partial(tamper_with_postgres, url)
        tamper("CREATE SCHEMA aside", *(f"CREATE TABLE aside.{name} AS TABLE {name}" for name in HISTORY))
        yield TradedHub(
            partial(verify_hub_postgres, url),
            tamper,
            lambda table: tamper(f"DELETE FROM {table}", f"INSERT INTO {table} TABLE aside.{table}"),
        )


@pytest.mark.parametrize("fast", [False, True])
def test_a_sound_hub_passes(fast: bool, traded_hub: TradedHub) -> None:
    report = traded_hub.verify(fast=fast)
    assert found(report) == set()
    assert report.side == "hub"


@pytest.mark.parametrize("name", HUB_BREACHES)
def test_each_breach_of_a_hub_is_named(name: str, traded_hub: TradedHub) -> None:
    statements, wanted = HUB_BREACHES[name]
    traded_hub.tamper(*statements)
    named = found(traded_hub.verify())
    assert wanted <= named, named


@pytest.mark.parametrize("name", HISTORY)
def test_changing_any_column_of_a_hubs_history_with_the_key_in_hand_is_found(name: str, traded_hub: TradedHub) -> None:
    table = tables.ledger.tables[name]
    unnoticed = set()
    for column, statement in changes_of(table, HISTORY[name]).items():
        with suppress(psycopg.errors.CheckViolation):  # PostgreSQL refuses it even to who switches the guards off
            traded_hub.tamper(statement)
            if traded_hub.verify().ok:
                unnoticed.add(column)
            traded_hub.put_back(name)
    assert unnoticed == set()
    assert traded_hub.verify().ok, "all was put back"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DROP TRIGGER voucher_final ON vouchers", "GUARD_MISSING"),
        ("ALTER TABLE vouchers DISABLE TRIGGER voucher_final", "GUARD_OFF"),
        (
            "CREATE OR REPLACE FUNCTION guard_voucher_final() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$",
            "GUARD_CHANGED",
        ),
    ],
)
def test_a_guard_of_postgresql_that_is_gone_off_or_changed_is_found(
    statement: str, code: str, postgres_url: str
) -> None:
    tamper_with_postgres(postgres_url, statement)
    assert found(verify_hub_postgres(postgres_url, fast=True)) == {("I5", code)}
