"""Who may import whom, who commits, who may look at the clock: the walls of the house."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, dotted, files, lines, name, tree

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"

COMMITS = {
    "storage/till.py": "the till's one place",
    "storage/hub_units.py": "the hub's one place; on PostgreSQL its pool commits",
    "storage/setup.py": "a till's file before there is a till",
}
CLOCKS = {
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "localtime",
    "gmtime",
}
CHANCE = {"new_id", "uuid1", "uuid4", "uuid7", "random", "randint", "choice", "urandom", "token_bytes", "token_hex"}
CLOCKLESS = files("domain", "ui/presenters")
SERVICES = files("domain/services")


def calls(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Return the place and the dotted name of every call in some files."""
    return [
        (f"{name(path)}:{node.lineno}", dotted(node.func))
        for path in paths
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
    ]


def looks_at_a_clock(call: str) -> bool:
    """Whether a call asks Python for the time; a clock that was handed in has another owner."""
    owner, _, function = call.rpartition(".")
    return function in CLOCKS and owner.partition(".")[0] in {"datetime", "date", "time"}


def test_every_import_contract_holds() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False
    )
    assert outcome.returncode == 0, outcome.stdout
    assert "0 broken" in outcome.stdout


def test_there_are_files_to_look_at() -> None:
    assert len(files()) > 100
    assert len(CLOCKLESS) > 40
    assert len(SERVICES) > 4


def test_the_domain_imports_the_standard_library_itself_and_uuid_utils() -> None:
    allowed = sys.stdlib_module_names | {"domain", "uuid_utils"}
    for path in files("domain"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{name(path)}:{node.lineno}: imports are written in full"
                imported = [node.module or ""]
            else:
                continue
            assert {module.partition(".")[0] for module in imported} <= allowed, f"{name(path)}:{node.lineno}"


def test_each_program_commits_in_one_place() -> None:
    places: Counter[str] = Counter()
    for path in files():
        if "migrations" in path.parts or not any("commit" in line.lower() for line in lines(path)):
            continue
        for node in ast.walk(tree(path)):
            by_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
            in_sql = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip() == "COMMIT"
            places[name(path)] += by_call or in_sql
    assert +places == Counter(dict.fromkeys(COMMITS, 1))


def test_rules_and_presenters_are_told_the_time() -> None:
    assert [(where, call) for where, call in calls(CLOCKLESS) if looks_at_a_clock(call)] == []
    imported = [
        (name(path), alias.name)
        for path in CLOCKLESS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
    ]
    assert imported == []


def test_use_cases_are_told_ids_and_leave_nothing_to_chance() -> None:
    assert [found for found in calls(SERVICES) if found[1].rpartition(".")[2] in CHANCE] == []


def test_use_cases_ask_nothing_but_their_unit_of_work() -> None:
    outside = {"open", "print", "input", "exec", "eval", "Path", "connect", "socket", "run", "sleep", "getenv"}
    assert [found for found in calls(SERVICES) if found[1].rpartition(".")[2] in outside] == []


@pytest.mark.parametrize(
    ("call", "looks"),
    [
        ("datetime.datetime.now", True),
        ("datetime.now", True),
        ("date.today", True),
        ("time.time", True),
        ("time.monotonic", True),
        ("self.now", False),
        ("desk.now", False),
        ("datetime.fromtimestamp", False),
    ],
)
def test_a_clock_is_noticed_and_one_that_was_handed_in_is_not(call: str, looks: bool) -> None:
    assert looks_at_a_clock(call) is looks
