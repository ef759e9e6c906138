"""What a start looks at: the ends of the books always, every page after a crash or when nobody has read them lately."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from storage import gate, page_checks
from storage.gate import TillFiles, open_till
from storage.page_checks import DAY_MS, TRUSTED_MS, PageChecks
from storage.till import TillUnits
from storage.witness import Witness
from tests.builders import KEY, NOON, WITNESS_KEY, sell
from tests.storage.breaches import TILL_BREACHES
from tests.storage.tampering import tamper_with_file


@pytest.fixture
def sold(till_file: TillFiles) -> TillFiles:
    """A till that has sold and was closed."""
    units = TillUnits(till_file.connect, Witness(till_file.witness, WITNESS_KEY), lambda changes: None)
    for number in range(6):
        units.run(lambda uow, name=f"sale {number}": sell(uow, name))  # type: ignore[misc]  # a name of its own each
    units.close()
    return till_file


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each reading of all pages by the gate has found."""
    found: list[bool] = []
    read: Callable[..., bool] = page_checks.pages_are_whole

    def counted(connection: object) -> bool:
        found.append(read(connection))
        return found[-1]

    monkeypatch.setattr(gate, "pages_are_whole", counted)
    return found


def start(files: TillFiles, *, pages_checked: bool = True) -> None:
    open_till(files, lambda changes: None, free_bytes=2**40, pages_checked=pages_checked).close()


def checks_of(files: TillFiles) -> PageChecks:
    return PageChecks(files.database, KEY, files.database.with_suffix(".pages"))


def refusal(files: TillFiles) -> object:
    with pytest.raises(StorageUnavailable) as refused:
        start(files)
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED
    return refused.value.facts["part"]


def test_a_till_that_was_closed_well_reads_no_page_twice(sold: TillFiles, readings: list[bool]) -> None:
    start(sold)
    assert readings == []


def test_a_till_whose_pages_nobody_read_lately_reads_them(sold: TillFiles, readings: list[bool]) -> None:
    start(sold, pages_checked=False)
    assert readings == [True]


def test_a_till_that_was_killed_reads_its_pages(sold: TillFiles, tmp_path: Path, readings: list[bool]) -> None:
    units = TillUnits(sold.connect, Witness(sold.witness, WITNESS_KEY), lambda changes: None)
    units.run(lambda uow: sell(uow, "the last one"))
    killed = TillFiles(tmp_path / "k.db", sold.witness, tmp_path / "backups", KEY, WITNESS_KEY)
    shutil.copy(sold.database, killed.database)
    shutil.copy(sold.log, killed.log)
    start(killed)
    assert readings == [True]
    units.close()
    assert not sold.log.exists()


@pytest.mark.parametrize(
    ("breach", "part"),
    [
        ("a balance polished", "I2"),
        ("a day polished", "I2"),
        ("a day lost", "I2"),
        ("a counter ahead", "I8"),
        ("a head moved", "I14"),
        ("a link cut", "I14"),
        ("an audit entry changed", "I14"),
    ],
)
def test_broken_ends_of_the_books_stop_a_start(breach: str, part: str, sold: TillFiles) -> None:
    tamper_with_file(sold.database, *TILL_BREACHES[breach][0])
    assert refusal(sold) == part


def test_a_damaged_page_under_the_ends_stops_a_start(sold: TillFiles) -> None:
    whole = sold.database.read_bytes()
    parts = set()
    for page in range(1, len(whole) // 4096):
        held = bytearray(whole)
        held[page * 4096 + 1000] ^= 1
        sold.database.write_bytes(held)
        try:
            start(sold)
        except StorageUnavailable as error:
            parts.add((error.code, error.facts.get("part")))
    assert parts == {(ErrorCode.STORAGE_TAMPERED, "pages")}


def test_pages_are_read_once_a_day_and_trusted_for_a_week(sold: TillFiles) -> None:
    checks = checks_of(sold)
    assert not checks.trusted(NOON)
    assert checks.look(NOON)
    assert checks.trusted(NOON)
    assert checks.trusted(Instant(NOON + TRUSTED_MS))
    assert not checks.trusted(Instant(NOON + TRUSTED_MS + 1))
    assert not checks.trusted(Instant(NOON - 1)), "a clock was put back"


def test_pages_found_damaged_are_said_by_the_next_start(sold: TillFiles) -> None:
    checks = checks_of(sold)
    assert checks.look(NOON)
    held = bytearray(sold.database.read_bytes())
    held[-3000] ^= 1
    sold.database.write_bytes(held)
    assert checks.look(Instant(NOON + DAY_MS)), "it was read today"
    assert not checks.look(Instant(NOON + DAY_MS + 1))
    assert not checks.trusted(Instant(NOON + DAY_MS + 1))


def test_what_is_doubted_is_read_by_the_next_start(sold: TillFiles) -> None:
    checks = checks_of(sold)
    checks.passed(NOON)
    assert checks.trusted(NOON)
    checks.doubt()
    assert not checks.trusted(NOON)


def test_a_till_that_closes_waits_for_no_reading(sold: TillFiles) -> None:
    checks = checks_of(sold)
    checks.end()
    assert checks.look(NOON)
    assert not checks.trusted(NOON), "nothing was read"
