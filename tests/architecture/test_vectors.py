"""Every file of vectors is read by tests that exist, and the table beside them names these tests."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT
from tests.architecture.test_security_cases import collected

VECTORS: Final = ROOT / "tests" / "vectors"
SAMPLES: Final = ROOT / "tests" / "server" / "rails_samples.py"
"""Reads some of the files for the tests that import it."""

FILES: Final = tuple(sorted(path.name for path in VECTORS.glob("*.json")))
_ROW: Final = re.compile(r"\| `(?P<file>[\w.]+)` \| [^|]+ \| (?P<tests>[^|]+) \|")
_TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def rows() -> dict[str, list[tuple[str, str]]]:
    """Return the tests that the table names for each file, as file and name."""
    told: dict[str, list[tuple[str, str]]] = {}
    for line in (VECTORS / "README.md").read_text("utf-8").splitlines():
        if row := _ROW.fullmatch(line):
            told.setdefault(row["file"], []).extend(_TEST.findall(row["tests"]))
    return told


def reads(test_file: Path, name: str) -> bool:
    """Whether a file of tests reads a file of vectors, itself or through the samples that it imports."""
    text = test_file.read_text("utf-8")
    return name in text or ("rails_samples import" in text and name in SAMPLES.read_text("utf-8"))


def test_the_table_names_the_files_that_there_are() -> None:
    assert tuple(sorted(rows())) == FILES


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_vectors_is_read_by_tests_that_exist(name: str) -> None:
    told = rows()[name]
    assert told
    assert [f"{path}::{test}" for path, test in told if test not in collected(path)] == []
    assert [path for path, _ in told if not reads(ROOT / path, name)] == []
