"""The whole books leave by command, and an independent program finds them balanced."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from domain.accounts import AccountType
from domain.ids import AccountId, UserId, new_id
from domain.money import Language
from domain.policy import Actor, Role
from domain.services.accounts import open_wallet
from domain.services.vouchers import void_voucher
from domain.vouchers import SourceEvent
from main import main
from storage.gate import open_till
from storage.keys import load_keys
from tests.storage.tampering import tamper_with_file
from wiring.clock import wall_clock
from wiring.demo import run_demo
from wiring.export import FORMS, run_export
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT, till_files


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a demo shop in which a wallet was opened with money by mistake and its voucher was voided."""
    folder = Folder(tmp_path_factory.mktemp("shop")).make()
    assert run_demo(folder, wipe=False) == 0
    units = open_till(
        till_files(folder, load_keys(key_store(folder), TILL_ROOT)), lambda changes: None, free_bytes=2**40
    )
    owner = Actor(UserId(new_id()), "Cô Mai", Role.OWNER, units.device.id)
    wallet = AccountId(new_id())
    at = wall_clock()
    units.run(lambda uow: open_wallet(uow, owner, wallet, AccountType.CASH, "Két phụ", at, opening_minor=250_000))
    opening = units.run(lambda uow: uow.vouchers.of_source(SourceEvent("opening", wallet)))
    assert opening is not None
    units.run(lambda uow: void_voucher(uow, owner, opening.id, at, reason="mở nhầm"))
    units.close()
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_the_books_are_written_whole_or_not_at_all(
    shop: Folder, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "books"
    assert run_export(shop, form, target, Language.EN) == 0
    assert "vouchers" in capsys.readouterr().out
    assert target.stat().st_size > 1000
    assert [path.name for path in tmp_path.iterdir()] == ["books"]


def test_the_whole_journal_is_one_table(shop: Folder, tmp_path: Path) -> None:
    target = tmp_path / "books.csv"
    assert main(["export", "--data", str(shop.root), "--format", "csv", "--out", str(target), "--language", "en"]) == 0
    rows = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
    lines, total = rows[1:-3], rows[-3]
    assert rows[0][:3] == ["Day", "Number", "Description"]
    assert sum(int(row[5] or 0) for row in lines) == int(total[5])
    assert sum(int(row[6] or 0) for row in lines) == int(total[6]) == int(total[5]) > 0


def test_a_place_that_cannot_be_written_is_said_plainly(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_export(shop, "jsonl", tmp_path / "missing" / "books", Language.EN) == 1
    assert "missing" in capsys.readouterr().err


def test_bean_check_accepts_the_books(shop: Folder, tmp_path: Path) -> None:
    target = tmp_path / "books.beancount"
    run_export(shop, "beancount", target, Language.VI)
    checker = Path(sys.executable).with_name("bean-check")
    judged = subprocess.run([checker, target], capture_output=True, text=True, check=False, timeout=50)
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, "", "")


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_hledger_accepts_the_books(shop: Folder, tmp_path: Path) -> None:
    target = tmp_path / "books.ledger"
    run_export(shop, "ledger", target, Language.VI)
    judged = subprocess.run(["hledger", "-f", target, "check"], capture_output=True, text=True, check=False, timeout=50)
    assert (judged.returncode, judged.stderr) == (0, "")


def test_a_void_and_its_original_name_each_other_in_the_lines_of_everything(shop: Folder, tmp_path: Path) -> None:
    target = tmp_path / "books.jsonl"
    run_export(shop, "jsonl", target, Language.VI)
    facts = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    reversals = [fact for fact in facts if fact.get("reverses")]
    assert len(reversals) == 1
    original = next(fact for fact in facts if fact.get("id") == reversals[0]["reverses"])
    assert original["reversed_by"] == reversals[0]["id"]


def test_the_trail_leaves_by_command_and_is_checked_without_the_program(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "audit.jsonl"
    assert main(["audit", "--data", str(shop.root), "--to", str(target), "--language", "en"]) == 0
    assert "entries of the audit trail" in capsys.readouterr().out
    checker = Path(__file__).resolve().parents[2] / "scripts" / "check_audit.py"
    run = subprocess.run([sys.executable, "-I", checker, target], capture_output=True, text=True, check=True)
    head = run.stdout.split()[-1]
    assert main(["verify", "--chain", "--data", str(shop.root)]) == 0
    told = capsys.readouterr().out
    assert head in told
    assert "Till 01A, vouchers: whole" in told
    assert main(["verify", "--chain", "--json", "--data", str(shop.root)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]


def test_a_break_of_a_chain_is_told_in_words_with_its_number_and_time(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Folder(tmp_path / "broken")
    shutil.copytree(shop.root, broken.root)
    key = load_keys(key_store(broken), TILL_ROOT).database
    tamper_with_file(broken.till, "UPDATE audit SET facts = '{}' WHERE seq = 2", key=key)
    assert main(["verify", "--chain", "--data", str(broken.root), "--language", "vi"]) == 1
    told = capsys.readouterr().out
    assert "Quầy 01A, nhật ký: ĐỨT. Chỗ đứt đầu tiên: mắt xích 2 (mục nhật ký 2, ghi lúc " in told
    assert main(["verify", "--chain", "--json", "--data", str(broken.root)]) == 1
    [chain] = [chain for chain in json.loads(capsys.readouterr().out)["chains"] if not chain["ok"]]
    assert (chain["kind"], chain["first"]["kind"], chain["first"]["seq"]) == ("audit", "changed", 2)


def test_verify_chain_says_when_there_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--chain", "--data", str(tmp_path)]) == 1
    assert "no till and no hub here" in capsys.readouterr().out
