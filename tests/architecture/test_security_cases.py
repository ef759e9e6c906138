"""The table of security cases names tests that exist, and no case of the design is without one."""

import ast
import re
from functools import cache
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

TABLE: Final = ROOT / "docs" / "security-cases.md"
CASES: Final = frozenset(
    {
        *(f"SEC-A-{number:02}" for number in (1, 2, 3, 4, 6)),
        *(f"SEC-C-{number:02}" for number in (1, 2, 4, 5)),
        *(f"SEC-W-{number:02}" for number in (1, 2, 3, 4, 6)),
        *(f"SEC-X-{number:02}" for number in (1, 2, 4)),
        *("HUB-05", "RST-04", "UI-01", "Revocation", "Tampering", "Swapping", "Replaying", "Scopes", "Back-dating"),
    }
)
"""The cases of the design; the numbers that are missing were given up there."""

_ROW: Final = re.compile(r"\| (?P<case>[\w-]+) \| (?P<holds>[^|]+) \| (?P<tests>[^|]+) \|")
_TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> dict[str, list[tuple[str, str]]]:
    """Return the tests that each case names, as file and name."""
    told = [_ROW.fullmatch(line) for line in TABLE.read_text("utf-8").splitlines()]
    return {row["case"]: _TEST.findall(row["tests"]) for row in told if row and row["case"] not in ("Case", "---")}


@cache
def collected(path: str) -> frozenset[str]:
    """Return the names that pytest collects in a file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    held = ast.parse(file.read_text("utf-8")).body
    return frozenset(node.name for node in held if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def test_every_case_of_the_design_has_its_row_and_no_row_is_without_a_test() -> None:
    told = rows()
    assert set(told) == CASES
    assert [case for case, tests in told.items() if not tests] == []


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_test_that_a_case_names_exists(case: str) -> None:
    missing = [f"{path}::{name}" for path, name in rows().get(case, []) if name not in collected(path)]
    assert missing == []


def test_nothing_but_names_of_tests_stands_where_they_stand() -> None:
    for line in TABLE.read_text("utf-8").splitlines():
        if (row := _ROW.fullmatch(line)) and "`" in row["tests"]:
            assert not _TEST.sub("", row["tests"]).strip(), row["case"]
