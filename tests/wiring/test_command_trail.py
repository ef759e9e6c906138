"""What the command line takes out of the books leaves a trail, as the window's exports do."""

from pathlib import Path

import pytest

from domain.ids import UserId, new_id
from domain.money import Language
from domain.payments import Cause
from domain.policy import Actor, Role
from domain.trail import AuditFilter, AuditRow
from main import main
from storage.gate import OneProgram
from storage.keys import load_keys
from storage.queries import TillQueries
from storage.verification.reader import reading_file
from ui.texts import Texts
from ui.views.audit_words import act_words, fact_words, record_words
from wiring.demo import run_demo
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT

TAKEN = ("books.exported", "audit.exported")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(tmp_path_factory.mktemp("shop")).make()
    assert run_demo(folder, wipe=False) == 0
    return folder


def taken(folder: Folder) -> list[AuditRow]:
    """Return what the trail says was taken out, newest first."""
    with reading_file(folder.till, load_keys(key_store(folder), TILL_ROOT).database) as reader:
        queries = TillQueries(reader.session)
        owner = Actor(UserId(new_id()), "", Role.OWNER, queries.shop().device_id)
        rows = queries.audit(owner, AuditFilter(), 500, None).rows
    return [row for row in rows if row.action in TAKEN]


@pytest.mark.parametrize(
    ("words", "act", "record", "facts"),
    [
        (("export", "--format", "jsonl"), "Report exported", "The whole books", {"form": "jsonl"}),
        (("export", "--format", "csv"), "Report exported", "The whole books", {"form": "csv"}),
        (("audit", "--since", "2026-01-01"), "Audit trail exported", "", {"since": "2026-01-01", "until": ""}),
        (("report", "trial-balance", "--format", "xlsx"), "Report exported", "Trial balance", {"form": "xlsx"}),
    ],
)
def test_an_export_by_command_is_in_the_trail(
    shop: Folder, tmp_path: Path, words: tuple[str, ...], act: str, record: str, facts: dict[str, str]
) -> None:
    before, texts = len(taken(shop)), Texts(Language.EN)
    assert main([*words, "--to", str(tmp_path / "file"), "--data", str(shop.root)]) == 0
    newest, *others = taken(shop)
    assert len(others) == before
    assert (act_words(newest, texts), newest.actor_id, newest.cause) == (act, None, Cause.MACHINE)
    assert record_words(newest, texts).startswith(record)
    assert {fact.name: fact.value for fact in newest.facts}.items() >= {**facts, "via": "command_line"}.items()
    assert "via: command line" in fact_words(newest, texts)
    assert main(["verify", "--chain", "--data", str(shop.root)]) == 0


def test_a_report_that_is_only_printed_leaves_no_entry(shop: Folder) -> None:
    before = len(taken(shop))
    assert main(["report", "trial-balance", "--data", str(shop.root)]) == 0
    assert len(taken(shop)) == before


@pytest.mark.parametrize("words", [("export", "--format", "ledger"), ("audit",)])
def test_beside_an_open_till_the_file_is_written_and_the_missing_entry_said(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    before, target = len(taken(shop)), tmp_path / "file"
    lock = OneProgram(shop.root / "till.lock")
    try:
        assert main([*words, "--to", str(target), "--language", "en", "--data", str(shop.root)]) == 0
    finally:
        lock.release()
    assert target.stat().st_size > 0
    said = capsys.readouterr().err
    assert "leaves no entry in the audit trail" in said
    assert len(taken(shop)) == before


def test_a_folder_without_a_till_is_refused_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Folder(tmp_path / "empty").make()
    assert main(["export", "--format", "jsonl", "--to", str(tmp_path / "file"), "--data", str(empty.root)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
