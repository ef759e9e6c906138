"""Independent programs that read the exported books, say whether they accept them, and tell every balance they find."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exports.account_names import account_names
from storage.book_queries import BookQueries
from storage.keys import load_keys
from storage.till import read_self
from storage.verification.reader import reading_file
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT

PATIENCE_S: Final = 1200
BEAN_CHECK: Final = Path(sys.executable).with_name("bean-check")
SUM_BY_BEANCOUNT: Final = """
import json, sys
from beancount import loader
from beancount.core import data
entries, errors, _ = loader.load_file(sys.argv[1])
sums = {}
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.units.number
print(json.dumps({account: str(number) for account, number in sums.items()}))
sys.exit(len(errors))
"""

Balances = dict[str, int]


class Refused(AssertionError):
    """A program that judges the books does not accept them."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A program, the form of the export that it reads, whether it is installed, and how it finds the balances."""

    name: str
    form: str
    installed: bool
    balances: Callable[[Path], Balances]


def balances_of_app(folder: Folder) -> Balances:
    """Return what the shop itself says of each account, in minor units, by the account's name in the exports."""
    with reading_file(folder.till, load_keys(key_store(folder), TILL_ROOT).database) as reader:
        chart = BookQueries(reader, read_self(reader.session)[0]).chart()
    names = account_names(chart)
    return {names[account.id]: account.balance_minor for account in chart}


def differences(app: Balances, judged: Balances) -> dict[str, tuple[int, int]]:
    """Return the accounts on which the shop and a judge differ, with both amounts; an account unmentioned has none."""
    names = sorted({*app, *judged})
    both = {name: (app.get(name, 0), judged.get(name, 0)) for name in names}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1] or name not in app}


def _beancount(path: Path) -> Balances:
    _said(BEAN_CHECK, "--no-cache", path)
    sums: dict[str, str] = json.loads(_said(sys.executable, "-c", SUM_BY_BEANCOUNT, path))
    return {account: int(number) for account, number in sums.items()}


def _ledger(path: Path) -> Balances:
    shown = "%(account)|%(quantity(scrub(total)))\n"
    told = _said("ledger", "--pedantic", "-f", path, "balance", "--flat", "--no-total", "--format", shown)
    rows = [line.split("|") for line in told.splitlines()]
    return {account: int(number) for account, number in rows}


def _hledger(path: Path) -> Balances:
    _said("hledger", "-f", path, "check", "--strict")
    told = _said("hledger", "-f", path, "balance", "--flat", "--no-total", "-O", "csv")
    return {row["account"]: int(row["balance"].split()[0]) for row in csv.DictReader(io.StringIO(told))}


JUDGES: Final = (
    Judge("beancount", "beancount", BEAN_CHECK.exists(), _beancount),
    Judge("ledger", "ledger", shutil.which("ledger") is not None, _ledger),
    Judge("hledger", "ledger", shutil.which("hledger") is not None, _hledger),
)


def _said(*command: str | Path) -> str:
    """Return what a judge writes, in a locale that reads UTF-8; raises Refused if it complains."""
    outcome = subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    if outcome.returncode or outcome.stderr:
        raise Refused(f"{Path(command[0]).name}: exit {outcome.returncode}: {outcome.stderr[:2000]}")
    return outcome.stdout
