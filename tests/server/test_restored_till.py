"""A till that was restored from an old backup: nothing doubled, no number twice, what was sent is back (RST-01)."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import ErrorCode, NotFound
from domain.ids import Instant
from server.auth import token_hash
from server.enrolment import connect_embedded_till, shut_out
from server.succession import succeed
from storage.gate import TillFiles
from storage.hub_tills import KnownTill, standing_device, till_by_token
from storage.hub_units import SqliteHub
from storage.replica import Replica
from storage.session import Row, Sql
from storage.sqlite import open_encrypted
from storage.verify import verify_hub_postgres, verify_hub_sqlite
from sync.ports import HubProblem
from sync.wire import PROTOCOL, SuccessionRequest, WireMessage
from tests.builders import KEY, MERCHANT, NOON, SETUP, TILL, an_id
from tests.server.hub_stage import TOKEN, Clock, Served, ask, let_in, served, settings_for
from tests.server.restored import BALANCES, NUMBERS, LivingTill


@pytest.fixture
def till(till_file: TillFiles) -> Iterator[LivingTill]:
    """The shop's till, open."""
    living = LivingTill(till_file)
    yield living
    living.units.close()


@pytest.fixture
def embedded(hub_file: Path, clock: Clock) -> Iterator[Served]:
    """A hub on a file and a real socket; the shop's till has its token."""
    with served(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock)) as running:
        let_in(running.hub.units)
        yield running


def both_sound(till: LivingTill, server: Served, request: pytest.FixtureRequest) -> None:
    """Assert that till and hub are sound, hold the same vouchers and the same balances, and no number twice."""
    till.check()
    if "postgres" not in request.node.name:
        report = verify_hub_sqlite(request.getfixturevalue("hub_file"), KEY)
    else:
        report = verify_hub_postgres(request.getfixturevalue("postgres_url"))
    assert report.ok, report.to_json()
    numbers, balances = _at_hub(server, NUMBERS), _at_hub(server, BALANCES)
    assert sorted(row[0] for row in numbers) == till.numbers()
    assert len(set(numbers)) == len(numbers)
    assert sorted(balances) == sorted(till.ask(BALANCES))


def _at_hub(server: Served, sql: str) -> list[Row]:
    return server.hub.units.run(MERCHANT, lambda uow: uow.session.all(Sql(sql), {}))


def test_fifty_vouchers_that_a_backup_lacks_come_back_from_the_hub(
    till: LivingTill, server: Served, request: pytest.FixtureRequest
) -> None:
    till.sell(10)
    till.sync(server)
    backup = till.back_up()
    till.sell(50)
    till.sync(server)
    before = till.numbers()
    restored = till.restore(backup)
    assert (restored.device.code, restored.device.incarnation) == ("01", "B")
    assert len(till.numbers()) == 10
    till.sell(1)
    assert till.last_number() == "PT01B-26-000001"
    till.sync(server)
    assert till.numbers() == sorted([*before, "PT01B-26-000001"])
    both_sound(till, server, request)
    till.sell(3)
    till.sync(server)
    both_sound(till, server, request)


def test_a_till_restored_offline_sells_on_at_once_and_settles_everything_later(
    till: LivingTill, server: Served, request: pytest.FixtureRequest
) -> None:
    till.sell(5)
    till.sync(server)
    till.sell(5)  # waits in the backup's outbox; the former life has sent the first half of it
    backup = till.back_up()
    till.sell(50)
    till.sync(server)
    till.sell(7)  # never sent by anybody
    till.restore(backup)
    till.sell(4)
    till.check()
    assert [number for number in till.numbers() if "01B" in number] == [f"PT01B-26-{n:06d}" for n in range(1, 5)]
    till.units.close()
    till.open()
    till.sync(server)
    both_sound(till, server, request)
    assert len(till.numbers()) == 64
    [(facts,)] = _at_hub(server, "SELECT facts FROM audit WHERE action = 'till.restored'")
    assert '"former":"01A"' in str(facts)
    assert '"last_chain_seq":60' in str(facts)


def test_what_waited_in_the_backup_alone_is_delivered_in_the_former_ones_name(
    till: LivingTill, embedded: Served, request: pytest.FixtureRequest
) -> None:
    till.sell(3)
    backup = till.back_up()
    till.restore(backup)
    till.sell(2)
    till.sync(embedded)
    both_sound(till, embedded, request)
    told = _at_hub(embedded, "SELECT device_id FROM feed WHERE kind = 'voucher' ORDER BY seq")
    assert [row[0] for row in told] == [TILL] * 3 + [till.units.device.id] * 2


def test_whoever_goes_on_as_the_former_device_is_refused(till: LivingTill, embedded: Served, tmp_path: Path) -> None:
    till.sell(2)
    backup = till.back_up()
    twin = tmp_path / "twin"
    till.units.close()
    shutil.copytree(till.files.database.parent, twin)
    till.open()
    till.restore(backup)
    till.sync(embedded)
    other = LivingTill(replace(till.files, database=twin / "till.db", witness=twin / "till.head"))
    other.sell(1, "another")
    with pytest.raises(HubProblem) as refused:
        other.sync(embedded)
    assert refused.value.code is ErrorCode.TILL_FORKED
    old_program = Replica(other.units).claim_due(Instant(2**50), 100)
    answer = embedded.push([WireMessage.of(queued.message) for queued in old_program])
    assert (answer.status_code, answer.json()["code"]) == (409, "TILL_FORKED")
    assert sorted(row[0] for row in _at_hub(embedded, NUMBERS)) == ["PT01A-26-000001", "PT01A-26-000002"]
    other.units.close()


def test_a_place_that_was_handed_over_is_not_given_back(till: LivingTill, embedded: Served) -> None:
    till.restore(till.back_up())
    till.sync(embedded)
    standing = embedded.hub.units.run(MERCHANT, lambda uow: standing_device(uow.session, MERCHANT, TILL))
    assert standing is not None
    assert not standing.may_return
    epoch = connect_embedded_till(embedded.hub.units, SETUP, TOKEN, "another", NOON)
    assert epoch != "another"
    known = embedded.hub.units.read(lambda session: till_by_token(session, token_hash(TOKEN)))
    assert known is not None
    assert known.device_id == till.units.device.id


def test_the_second_restore_from_one_backup_has_a_third_letter(
    till: LivingTill, embedded: Served, request: pytest.FixtureRequest
) -> None:
    till.sell(1)
    backup = till.back_up()
    till.restore(backup)
    till.sell(1)
    till.sync(embedded)
    assert till.restore(backup).device.incarnation == "C"
    till.sell(1)
    till.sync(embedded)
    assert till.numbers() == ["PT01A-26-000001", "PT01B-26-000001", "PT01C-26-000001"]
    both_sound(till, embedded, request)
    for _ in range(2):  # a backup of the second life, restored when nothing remembers the third one
        till.restore(till.back_up())
    assert till.units.device.incarnation == "E"
    till.sync(embedded)
    both_sound(till, embedded, request)


def test_on_a_new_computer_the_hub_names_the_next_letter(
    till: LivingTill, embedded: Served, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    till.sell(1)
    backup = till.back_up()
    till.restore(backup)
    till.sell(1)
    till.sync(embedded)
    till.move_to(tmp_path / "new")
    restored = till.restore(backup)
    assert (restored.device.incarnation, restored.kept) == ("B", None)
    till.sync(embedded)
    till.sell(1)
    assert till.last_number() == "PT01C-26-000001"
    till.sync(embedded)
    both_sound(till, embedded, request)
    till.units.close()
    till.open()


def test_numbers_that_another_life_gave_before_are_never_sent_and_a_person_is_told(
    till: LivingTill, embedded: Served, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    till.sell(1)
    backup = till.back_up()
    till.restore(backup)
    till.sell(1)
    till.sync(embedded)
    till.move_to(tmp_path / "new")
    till.restore(backup)
    till.sell(1)
    assert till.last_number() == "PT01B-26-000001"
    before = _at_hub(embedded, NUMBERS)
    for _ in range(2):
        with pytest.raises(HubProblem) as refused:
            till.sync(embedded)
        assert refused.value.code is ErrorCode.TILL_FORKED
        assert _at_hub(embedded, NUMBERS) == before
        till.sell(1)
        till.units.close()
        till.open()
        till.check()
    assert till.numbers() == ["PT01A-26-000001", "PT01B-26-000001", "PT01C-26-000001", "PT01C-26-000002"]
    assert till.restore(backup).device.incarnation == "D"
    till.sync(embedded)
    both_sound(till, embedded, request)


@pytest.mark.parametrize("meanwhile", ["shut out", "another heir"])
def test_a_till_that_lost_its_place_after_its_token_was_looked_at_hands_nothing_over(
    embedded: Served, meanwhile: str
) -> None:
    units, looked_at = embedded.hub.units, KnownTill(MERCHANT, TILL)
    if meanwhile == "shut out":
        shut_out(units, MERCHANT, TILL, NOON)
    else:
        succeed(units, looked_at, _asks("first", "B"), NOON)
    with pytest.raises(NotFound) as refused:
        succeed(units, looked_at, _asks("second", "C"), NOON)
    assert refused.value.code is ErrorCode.TILL_UNKNOWN
    letters = ask(units, "SELECT incarnation FROM devices WHERE code = '01' ORDER BY 1")
    assert letters == ([("A",)] if meanwhile == "shut out" else [("A",), ("B",)])


def _asks(name: str, letter: str) -> SuccessionRequest:
    return SuccessionRequest(protocol=PROTOCOL, device_id=an_id(name), incarnation=letter)
