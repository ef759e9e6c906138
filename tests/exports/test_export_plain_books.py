"""The books as Beancount and Ledger read them: the three programs accept every text and find the same balances."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.accounts import Control
from domain.books import Entry
from domain.ids import AccountId
from exports.account_names import account_names
from exports.beancount_text import write_beancount
from exports.books import Books, BooksInconsistent
from exports.ledger_text import write_ledger
from exports.plain_text import one_line, plain_amount
from tests.exports.sample_books import CASH, HOSTILE, an_entry, books_of, chart, control, in_dollars, rich_entries

BEAN_CHECK = Path(sys.executable).with_name("bean-check")
READ_BEANCOUNT = """
import json, sys
from beancount import loader
from beancount.core import data
entries, errors, options = loader.load_file(sys.argv[1])
sums, told = {}, {}
for entry in entries:
    if isinstance(entry, data.Transaction):
        told[entry.meta["id"]] = [str(entry.date), entry.payee or "", entry.narration, entry.meta.get("category", "")]
        for posting in entry.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.units.number
opened = {entry.account: str(entry.date) for entry in entries if isinstance(entry, data.Open)}
print(json.dumps({"errors": [error.message for error in errors], "told": told, "opened": opened,
    "sums": {account: str(number) for account, number in sums.items()}}))
"""

needs_ledger = pytest.mark.skipif(shutil.which("ledger") is None, reason="the program ledger is not installed")
needs_hledger = pytest.mark.skipif(shutil.which("hledger") is None, reason="the program hledger is not installed")

WORDS = st.text(max_size=60) | st.text(alphabet=' \t\n"\\;|[]():=*!@#{}%&-,.1:a', max_size=40)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of the judges in a locale that reads UTF-8."""
    return subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


def written(write: Callable[[Books, BinaryIO], int], books: Books, path: Path) -> Path:
    """Write books to a file and return it."""
    with path.open("wb") as stream:
        write(books, stream)
    return path


def read_beancount(path: Path) -> dict[str, Any]:
    """Return what Beancount, in a process of its own, finds in a file."""
    outcome = run(sys.executable, "-c", READ_BEANCOUNT, path)
    assert outcome.returncode == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def expected(books: Books) -> dict[str, str]:
    """Return the balances that are not zero by the accounts' names."""
    names = account_names(books.chart)
    return {
        names[account.id]: plain_amount(account.balance_minor, account.currency)
        for account in books.chart
        if account.balance_minor
    }


def told(books: Books) -> dict[str, list[str]]:
    """Return what Beancount is to know of each entry."""
    paths = books.category_paths()
    return {
        entry.id: [
            entry.booked_on,
            one_line(entry.counterparty),
            one_line(entry.memo),
            paths[entry.category_id] if entry.category_id else "",
        ]
        for entry in books.entries()
    }


@pytest.fixture(params=[books_of, lambda entries: in_dollars(books_of(entries))], ids=["dong", "cents"])
def books(request: pytest.FixtureRequest) -> Books:
    """The rich books, in đồng and in a currency with cents."""
    made: Books = request.param(rich_entries())
    return made


def test_bean_check_accepts_the_books(books: Books, tmp_path: Path) -> None:
    outcome = run(BEAN_CHECK, "--no-cache", written(write_beancount, books, tmp_path / "books.beancount"))
    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_beancount_reads_every_balance_and_every_word_back(books: Books, tmp_path: Path) -> None:
    found = read_beancount(written(write_beancount, books, tmp_path / "books.beancount"))
    assert found["errors"] == []
    assert {account: total for account, total in found["sums"].items() if float(total)} == expected(books)
    assert found["told"] == told(books)


def test_an_account_opens_with_an_entry_from_before_its_own_day(tmp_path: Path) -> None:
    books = books_of(rich_entries())
    opened = read_beancount(written(write_beancount, books, tmp_path / "books.beancount"))["opened"]
    names = account_names(books.chart)
    assert opened[names[control(Control.SALES)]] == "2026-02-27"
    assert opened[names[CASH]] == "2026-03-01"


def one_off(books: Books) -> Books:
    """Return books whose first account is said to hold one minor unit more than its entries make."""
    first, *others = books.chart
    return replace(books, chart=[replace(first, balance_minor=first.balance_minor + 1), *others])


def test_bean_check_notices_a_balance_that_is_one_off(books: Books, tmp_path: Path) -> None:
    outcome = run(BEAN_CHECK, "--no-cache", written(write_beancount, one_off(books), tmp_path / "books.beancount"))
    assert outcome.returncode == 1
    assert outcome.stderr.count("Balance failed") == 1


@needs_ledger
def test_ledger_finds_every_balance(books: Books, tmp_path: Path) -> None:
    path = written(write_ledger, books, tmp_path / "books.ledger")
    outcome = run("ledger", "--pedantic", "-f", path, "balance", "--flat", "--no-total", "--format", "%(account)|%T\n")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    rows = [line.split("|") for line in outcome.stdout.splitlines()]
    assert {account: total.strip().split()[0] for account, total in rows} == expected(books)


@needs_hledger
def test_hledger_finds_every_balance(books: Books, tmp_path: Path) -> None:
    path = written(write_ledger, books, tmp_path / "books.journal")
    assert run("hledger", "-f", path, "check", "--strict").returncode == 0
    outcome = run("hledger", "-f", path, "balance", "--flat", "--no-total", "-O", "csv")
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    assert {row["account"]: row["balance"].split()[0] for row in rows} == expected(books)


@needs_ledger
@needs_hledger
def test_ledger_and_hledger_notice_a_balance_that_is_one_off(books: Books, tmp_path: Path) -> None:
    path = written(write_ledger, one_off(books), tmp_path / "books.journal")
    for program in ("ledger", "hledger"):
        outcome = run(program, "-f", path, "balance")
        assert outcome.returncode != 0
        assert "balance assertion" in outcome.stderr.lower()


@needs_ledger
def test_ledger_keeps_the_number_the_words_and_the_facts(tmp_path: Path) -> None:
    path = written(write_ledger, books_of(rich_entries()), tmp_path / "books.ledger")
    shown = "%(code)~%(payee)~%(tag('category'))~%(tag('address'))~%(tag('book_no'))\n"
    outcome = run("ledger", "-f", path, "register", "^Assets:Bank", "--limit", "code =~ /000006/", "--format", shown)
    assert outcome.stdout.strip().split("~") == [
        "PT01A-26-000006",
        "Cô Tư, chủ nhà | Bán hàng",
        "Chi phí › Mặt bằng, điện nước",
        "12 Lê Lợi, Đà Nẵng (tầng 2)",
        "6",
    ]


@needs_hledger
def test_hledger_tells_the_payee_from_the_words(tmp_path: Path) -> None:
    entry = replace(an_entry(1, CASH, control(Control.SALES), 5, memo="a | b"), counterparty="Cô|Tư")
    path = written(write_ledger, books_of([entry]), tmp_path / "books.journal")
    assert "Cô/Tư" in run("hledger", "-f", path, "payees").stdout.splitlines()
    assert "a / b" in run("hledger", "-f", path, "notes").stdout.splitlines()


def accepted(entries: Sequence[Entry], folder: Path) -> None:
    """Let every judge that is installed read the entries, and hold what Beancount read against them."""
    books = books_of(entries)
    found = read_beancount(written(write_beancount, books, folder / "books.beancount"))
    assert found["errors"] == []
    assert found["told"] == told(books)
    path = written(write_ledger, books, folder / "books.journal")
    for program in filter(shutil.which, ("ledger", "hledger")):
        outcome = run(program, "-f", path, "balance")
        assert (outcome.returncode, outcome.stderr) == (0, "")


@settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=40, max_size=60))
def test_no_words_can_break_the_plain_books(tmp_path: Path, words: list[tuple[str, str, str]]) -> None:
    sales = control(Control.SALES)
    entries = [
        replace(an_entry(at, CASH, sales, at, memo), counterparty=payee, counterparty_address=other, source_id=other)
        for at, (memo, payee, other) in enumerate(words, start=1)
    ]
    accepted(entries, tmp_path)


@pytest.mark.parametrize("entries", [(), (an_entry(1, CASH, control(Control.SALES), 5),)], ids=["none", "one"])
def test_new_books_are_books_too(entries: tuple[Entry, ...], tmp_path: Path) -> None:
    accepted(entries, tmp_path)


def test_names_of_shop_and_accounts_cannot_break_the_plain_books(tmp_path: Path) -> None:
    books = books_of(rich_entries())
    for at, words in enumerate(HOSTILE):
        renamed = replace(books, shop=words, chart=[replace(account, name=words) for account in books.chart])
        text = written(write_ledger, renamed, tmp_path / "books.journal")
        if at % 4 == 0:
            assert read_beancount(written(write_beancount, renamed, tmp_path / "books.beancount"))["errors"] == []
        for program in filter(shutil.which, ("ledger", "hledger")):
            assert run(program, "-f", text, "balance").stderr == ""


def test_a_line_holds_no_line_end_and_no_control_sign() -> None:
    assert one_line("  a\r\n\tb\x00c\x7fd\x85e\x9bf\u2028g\u00a0h ") == "a b c d e f g h"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [(-1, "VND", "-1"), (0, "AUD", "0.00"), (-5, "AUD", "-0.05"), (9_000_000_000_000_000, "USD", "90000000000000.00")],
)
def test_amounts_are_plain(amount_minor: int, currency: str, text: str) -> None:
    assert plain_amount(amount_minor, currency) == text


@pytest.mark.parametrize("write", [write_beancount, write_ledger])
def test_the_number_of_entries_is_returned(write: Callable[[Books, BinaryIO], int]) -> None:
    assert write(books_of(rich_entries()), io.BytesIO()) == len(rich_entries())


@pytest.mark.parametrize("write", [write_beancount, write_ledger])
def test_an_entry_on_an_account_that_the_chart_lacks_is_refused(write: Callable[[Books, BinaryIO], int]) -> None:
    stray = an_entry(1, AccountId("nowhere"), CASH, 5)
    with pytest.raises(BooksInconsistent, match="PT01A-26-000001"):
        write(books_of([stray], chart()), io.BytesIO())


def test_books_that_grow_while_they_are_read_are_refused() -> None:
    entries = list(rich_entries())
    growing = replace(books_of(entries), entries=lambda: iter([entries.append(entries[0]), *entries][1:]))
    with pytest.raises(BooksInconsistent, match="while they were read"):
        write_beancount(growing, io.BytesIO())
