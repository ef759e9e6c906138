"""The reports of a shop's books by command: printed, as data, and as files that other programs open."""

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtWidgets import QApplication

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
from wiring.clock import wall_clock
from wiring.demo import run_demo
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.report import NAMES, Wanted, run_balances, run_report
from wiring.till import TILL_ROOT, till_files

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a demo shop in which a wallet was opened with money by mistake and its voucher was voided.

    The reason holds what would break a printed line or reach for the terminal.
    """
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
    units.run(lambda uow: void_voucher(uow, owner, opening.id, at, reason="mở\nnhầm\x1b[2J"))
    units.close()
    return folder


def told(shop: Folder, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a report prints."""
    capsys.readouterr()
    assert main(["--data", str(shop.root), "report", *words]) == 0
    return capsys.readouterr().out


def figures(shop: Folder, capsys: pytest.CaptureFixture[str], *words: str) -> list[list[object]]:
    """The rows of a report as data."""
    facts = json.loads(told(shop, capsys, *words, "--format", "json"))
    assert all(len(row["cells"]) == len(facts["columns"]) for row in facts["rows"])
    return [row["cells"] for row in facts["rows"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_printed_under_its_headings(
    shop: Folder, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads(told(shop, capsys, name, "--format", "json", "--language", "en"))
    lines = told(shop, capsys, name, "--language", "en").splitlines()
    assert lines[0] == facts["title"]
    assert lines[1].startswith(f"{facts['shop']} · ")
    assert lines[3].split() == " ".join(column["heading"] for column in facts["columns"]).split()
    assert len(lines) == 4 + len(facts["rows"])
    assert all(line.isprintable() for line in lines)


def test_the_reports_of_one_shop_agree_with_each_other(shop: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    balances = {row[1]: row for row in figures(shop, capsys, "trial-balance")}
    assert balances["Két phụ"][4:] == [250_000, 250_000, None, None]
    for wallet in ("Két tiền mặt", "Vietcombank", "Két phụ"):
        book = figures(shop, capsys, "cash-book", "--wallet", wallet)
        assert book[-1][-1] == (balances[wallet][-2] or 0)
        assert book[-2][3:5] == [balances[wallet][4] or 0, balances[wallet][5] or 0]
    assert figures(shop, capsys, "journal")[-1][-2:] == balances["Cộng"][4:6]
    results = dict(figures(shop, capsys, "income-expense"))
    assert results["Kết quả (lãi +, lỗ −)"] == balances["Doanh thu bán hàng"][-1]


def test_the_cash_book_is_of_the_default_wallet_unless_told_otherwise(
    shop: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(told(shop, capsys, "cash-book", "--format", "json"))["subtitle"] == "Két tiền mặt (1111)"
    assert main(["--data", str(shop.root), "report", "cash-book", "--wallet", "Doanh thu bán hàng"]) == 1
    assert "(ACCOUNT_UNKNOWN)" in capsys.readouterr().err


def test_a_period_opens_with_what_the_days_before_left(shop: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    whole = figures(shop, capsys, "trial-balance")[-1]
    later = figures(shop, capsys, "trial-balance", "--since", "2999-01-01", "--until", "2999-01-31")[-1]
    assert later[2:] == [*whole[-2:], 0, 0, *whole[-2:]]


def test_a_day_that_is_none_is_refused(shop: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(shop.root), "report", "journal", "--since", "31/12/2026", "--language", "en"]) == 1
    assert "31/12/2026" in capsys.readouterr().err


def test_the_balances_for_other_programs_are_in_minor_units_and_sum_to_zero(
    shop: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads(told(shop, capsys, "trial-balance", "--json"))
    assert facts["total_minor"] == 0
    assert all(set(row) == {"code", "name", "currency", "balance_minor"} for row in facts["accounts"])
    closing = {row[1]: (row[-2] or 0) - (row[-1] or 0) for row in figures(shop, capsys, "trial-balance")[:-1]}
    assert {row["name"]: row["balance_minor"] for row in facts["accounts"] if row["balance_minor"]} == {
        name: balance for name, balance in closing.items() if balance
    }


def test_books_that_do_not_sum_to_zero_end_with_one(
    shop: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from storage.book_reads import TillBooks

    accounts, turnovers = TillBooks.accounts, TillBooks.turnovers
    monkeypatch.setattr(TillBooks, "accounts", lambda *asked: accounts(*asked)[1:])
    assert run_balances(shop) == 1
    monkeypatch.setattr(TillBooks, "turnovers", lambda *asked: [row for row in turnovers(*asked) if row.credit_minor])
    monkeypatch.setattr(TillBooks, "accounts", accounts)
    assert run_report(shop, Wanted("trial-balance")) == 1
    assert run_report(shop, Wanted("journal")) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_table_on_standard_output_is_the_table_in_a_file(
    shop: Folder, name: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = tmp_path / "report.csv"
    command = ["--data", str(shop.root), "report", name, "--format", "csv"]
    capsysbinary.readouterr()
    assert main(command) == 0
    printed = capsysbinary.readouterr().out
    assert main([*command, "--to", str(target)]) == 0
    assert target.read_bytes() == printed
    rows = list(csv.reader(io.StringIO(printed.decode("utf-8-sig"))))
    assert rows[-2][:2] == ["Số dòng", str(len(rows) - 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]


def test_a_workbook_opens_with_numbers_in_it(shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("trial-balance", "--until", "2026-12-31", "--language", "en")
    rows = figures(shop, capsys, *words)
    told(shop, capsys, *words, "--format", "xlsx", "--to", str(tmp_path))
    (target,) = tmp_path.iterdir()
    assert target.name == "bana_trial_balance_20261231.xlsx"
    sheet = load_workbook(target).active
    assert sheet is not None
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[0][0] == "Trial balance"
    assert [row for row in values if row[1] == "Total"] == [rows[-1]]


def test_a_report_on_paper_keeps_its_figures(shop: Folder, tmp_path: Path, qapp: QApplication) -> None:
    target = tmp_path / "book.pdf"
    assert run_report(shop, Wanted("cash-book", form="pdf", to=target, language=Language.EN)) == 0
    assert target.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext"):
        command = ["pdftotext", "-raw", str(target), "-"]
        words = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
        assert "Closing balance" in words
        assert "3,048,000" in words


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_place_that_cannot_be_written_is_said_plainly(
    shop: Folder, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], qapp: QApplication
) -> None:
    target = tmp_path / "missing" / "report"
    assert run_report(shop, Wanted("journal", form=form, to=target, language=Language.EN)) == 1
    assert f"The file {target} cannot be written." in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "journal --json",
        "trial-balance --json --format csv",
        "trial-balance --json --since 2026-01-01",
        "journal --wallet Vietcombank",
        "journal --format pdf",
        "journal --format xlsx",
        "journal --to report.txt",
        "balance-sheet",
    ],
)
def test_options_that_do_not_go_together_are_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", *words.split()])
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err
