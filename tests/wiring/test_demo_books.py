"""Months of a made-up shop: every kind of voucher, books that verify, and judges that find the same balances."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.ids import Instant
from domain.messages import Incoming, Message, Outcome, OutcomeKind
from domain.money import Language
from domain.services.replication import receive_at_hub
from domain.vouchers import VoucherType
from server.vault import Vault
from storage.hub import HubUnitOfWork
from storage.hub_feed import changes_after, hub_epoch
from storage.hub_units import HubUnits
from storage.keys import load_keys
from storage.replica import Replica
from storage.session import Sql
from storage.till import TillUnits
from storage.verification.reader import reading_file
from storage.witness import Witness
from tests.books.judges import JUDGES, Judge, balances_of_app, differences
from wiring.demo import create_demo, run_demo
from wiring.export import run_export
from wiring.folders import Folder
from wiring.hub import open_hub_file, seat_demo
from wiring.key_places import key_store
from wiring.till import HUB_ROOT, TILL_ROOT, till_files
from wiring.verify import balances_agree, check_folder

AT = Instant(1_795_230_000_000)
VOUCHERS = 600
MORNING = 12
"""What a demo shop books in any case: two opening balances and ten sales."""

SHAPE = "SELECT type, number, business_date, created_at, source_kind, memo, party_name, total_minor FROM vouchers "


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A demo shop with some months behind it."""
    folder = Folder(tmp_path_factory.mktemp("months")).make()
    create_demo(folder, AT, vouchers=VOUCHERS)
    return folder


def asked(folder: Folder, sql: str) -> list[Any]:
    """Return the rows of a question to the till's file."""
    with reading_file(folder.till, load_keys(key_store(folder), TILL_ROOT).database) as reader:
        return reader.session.all(Sql(sql), {})


def findings(folder: Folder) -> list[Any]:
    """Return what the check of the folder finds, of till and hub."""
    reports, problems = check_folder(folder)
    return [*problems, *(line for report in reports for line in report.lines if not line.ok)]


def test_the_shop_has_as_many_vouchers_as_were_wanted_and_they_verify(shop: Folder) -> None:
    assert asked(shop, "SELECT COUNT(*) FROM vouchers") == [(VOUCHERS + MORNING,)]
    assert findings(shop) == []


def test_every_kind_of_document_and_of_event_is_there(shop: Folder) -> None:
    types = {row[0] for row in asked(shop, "SELECT DISTINCT type FROM vouchers")}
    assert types == {kind.value for kind in VoucherType}
    kinds = {row[0] for row in asked(shop, "SELECT DISTINCT source_kind FROM vouchers")}
    told = {"sale.paid", "purchase.received", "purchase.owed", "stock.issued", "stock.surplus", "stock.loss"}
    told |= {"refund.paid", "deposit.made"}
    assert kinds == {"opening", "cash", "manual", "reversal", *(f"event:{kind}" for kind in told)}
    assert asked(shop, "SELECT COUNT(DISTINCT category_id) FROM vouchers WHERE category_id <> ''")[0][0] >= 15


def test_the_vouchers_lie_in_opening_hours_of_months_in_the_order_of_their_numbers(shop: Folder) -> None:
    days = [row[0] for row in asked(shop, "SELECT DISTINCT business_date FROM vouchers ORDER BY 1")]
    assert len(days) > 150
    moments = [row[0] for row in asked(shop, "SELECT created_at FROM vouchers ORDER BY chain_seq")]
    assert moments == sorted(moments)
    hours = asked(
        shop,
        "SELECT MIN(time(created_at / 1000, 'unixepoch', '+7 hours')), "
        "MAX(time(created_at / 1000, 'unixepoch', '+7 hours')) FROM vouchers WHERE source_kind <> 'opening' "
        f"AND created_at < {AT - 24 * 3_600_000}",
    )
    first, last = hours[0]
    assert first >= "07:00:00"
    assert last < "21:30:00"


def test_no_wallet_and_no_shelf_was_ever_below_zero(shop: Folder) -> None:
    least = asked(
        shop,
        "SELECT MIN(p.balance_after) FROM postings p JOIN accounts a ON a.id = p.account_id "
        "WHERE a.type <> 'CONTROL' OR a.control = 'inventory'",
    )
    assert least[0][0] >= 0


def test_the_same_moments_give_the_same_shop_and_progress_is_told_up_to_the_end(shop: Folder, tmp_path: Path) -> None:
    twin, told = Folder(tmp_path / "twin").make(), list[int]()
    create_demo(twin, AT, vouchers=VOUCHERS, progress=told.append)
    assert asked(twin, SHAPE + "ORDER BY chain_seq") == asked(shop, SHAPE + "ORDER BY chain_seq")
    assert told == [500, VOUCHERS]


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.name)
def test_an_independent_program_finds_every_balance(shop: Folder, judge: Judge, tmp_path: Path) -> None:
    if not judge.installed:
        pytest.skip(f"{judge.name} is not installed")
    target = tmp_path / f"books.{judge.form}"
    assert run_export(shop, judge.form, target, Language.VI) == 0
    app = balances_of_app(shop)
    assert any(app.values())
    assert differences(app, judge.balances(target)) == {}


def test_a_judge_that_finds_another_balance_is_heard() -> None:
    assert differences({"a": 5, "b": 0}, {"a": 4, "c": 1}) == {"a": (5, 4), "c": (0, 1)}


def test_the_hub_takes_all_of_it_and_both_books_verify_and_agree(shop: Folder, tmp_path: Path) -> None:
    folder = Folder(shutil.copytree(shop.root, tmp_path / "copy"))
    with demo_hub(folder) as hub, demo_till(folder) as units:
        replica, merchant_id = Replica(units), units.shop.merchant_id
        epoch = hub.read(hub_epoch)
        while due := replica.claim_due(AT, 100):
            messages = [queued.message for queued in due]
            taken = hub.run(merchant_id, partial(take_all, messages=messages))
            assert {outcome.kind for outcome in taken} == {OutcomeKind.CREATED}
            answers = [(message.id, outcome) for message, outcome in zip(messages, taken, strict=True)]
            replica.settle_push(answers, AT, epoch)
        while page := hub.read(lambda session: changes_after(session, merchant_id, replica.cursor().seq, 100)):
            facts = [Incoming(row.seq, row.message, row.book_no, row.booked_on) for row in page]
            replica.apply_page(facts, epoch, AT)
    assert findings(folder) == []
    assert balances_agree(folder)


def take_all(uow: HubUnitOfWork, messages: list[Message]) -> list[Outcome]:
    """Let the hub take messages in their order."""
    return [receive_at_hub(uow, message, AT) for message in messages]


@contextmanager
def demo_hub(folder: Folder) -> Iterator[HubUnits]:
    """Open the hub of a demo shop with its till let in."""
    keys = load_keys(key_store(folder), HUB_ROOT)
    database = open_hub_file(folder, keys.database)
    seat_demo(folder, database, Vault({1: keys.vault}, 1))
    units = HubUnits(database, lambda merchant, seq: None)
    yield units
    units.close()


@contextmanager
def demo_till(folder: Folder) -> Iterator[TillUnits]:
    """Open a demo shop's till."""
    files = till_files(folder, load_keys(key_store(folder), TILL_ROOT))
    units = TillUnits(files.connect, Witness(files.witness, files.witness_key), lambda changes: None)
    yield units
    units.close()


def test_a_demo_shop_that_is_there_takes_no_more_vouchers(shop: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(shop, wipe=False, vouchers=5) == 1
    assert "a demo shop is here" in capsys.readouterr().out
    assert asked(shop, "SELECT COUNT(*) FROM vouchers") == [(VOUCHERS + MORNING,)]
