"""A till that is started, closed and started again: when its pages are read, and what a start that failed leaves."""

from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.messages import MessageKind
from domain.policy import Role
from domain.services.people import add_user, change_person
from storage import gate, page_checks
from storage.gate import TillFiles
from storage.keys import Keys
from storage.page_checks import TRUSTED_MS
from tests.builders import KEY, NOON, OWNER, WITNESS_KEY, sell
from wiring.folders import Folder
from wiring.till import Till, TillSecrets


def a_till(files: TillFiles, at: Instant = NOON) -> Till:
    """Open the till of a folder as the program does, its hub out of reach."""
    keys = Keys(database=KEY, witness=WITNESS_KEY, pepper=bytes(32), vault=bytes(32))
    return Till(Folder(files.database.parent), TillSecrets(keys, "token"), lambda: None, now=lambda: at)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The readings of all pages by the gate."""
    made: list[Path] = []
    read = page_checks.pages_are_whole

    def noted(connection: object) -> bool:
        made.append(Path())
        return read(connection)  # type: ignore[arg-type]  # the gate's connection

    monkeypatch.setattr(gate, "pages_are_whole", noted)
    return made


def test_the_first_start_reads_every_page_and_the_next_ones_trust_it(
    till_file: TillFiles, readings: list[Path]
) -> None:
    for _ in range(3):
        till = a_till(till_file)
        till.command(sell).result()
        till.close()
        assert not till_file.log.exists(), "the log is taken away"
    assert len(readings) == 1
    a_till(till_file, Instant(NOON + TRUSTED_MS + 1)).close()
    assert len(readings) == 2


def test_a_start_that_failed_leaves_nothing_to_trust(till_file: TillFiles, readings: list[Path]) -> None:
    a_till(till_file).close()
    whole = till_file.database.read_bytes()
    damaged = bytearray(whole)
    for page in range(1, len(whole) // 4096):
        damaged[page * 4096 + 1000] ^= 1
    till_file.database.write_bytes(damaged)
    for _ in range(2):
        with pytest.raises(StorageUnavailable) as refused:
            a_till(till_file)
        assert refused.value.code is ErrorCode.STORAGE_TAMPERED
    till_file.database.write_bytes(whole)
    before = len(readings)
    a_till(till_file).close()
    assert len(readings) == before + 1


def test_a_till_tells_of_people_only_once_its_hub_uses_the_same_key(till_file: TillFiles) -> None:
    def told(till: Till) -> int:
        return sum(queued.message.kind is MessageKind.PERSON for queued in till.replica.claim_due(Instant(2**50), 100))

    till = a_till(till_file)
    hoa = till.command(lambda uow: add_user(uow, OWNER.user_id, "Hoa", Role.OWNER, "hash", NOON)).result()
    till.command(lambda uow: change_person(uow, OWNER, hoa.id, NOON, name="Cô Hoa", role=Role.OWNER)).result()
    assert told(till) == 0, "the hub might use another key, and would never believe it"
    till.replica.introduce_people(NOON)
    till.close()
    till = a_till(till_file)
    till.replica.introduce_people(NOON)
    assert told(till) == 1
    till.close()
