"""How the code is written: small files, words on everything others use, values that never change, no word missing."""

import ast
import dataclasses
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import ErrorCode, FailureCode
from domain.money import Language
from tests.architecture.source_tree import ROOT, files, lines, name, tree

LONGEST = 450
LONGER = {
    "scripts/gallery.py": "a sheet of every widget, no part of the product",
}
DOMAIN = files("domain")
WORDS = ("title", "what", "money", "next")
EXCUSE = re.compile(r"#\s*(?:type: ignore(?:\[[^\]]*\])?|noqa(?::[\w ,]*)?)(?P<reason>.*)$")


def test_a_file_is_short_enough_to_be_read_at_once() -> None:
    assert {name(path) for path in files() if len(lines(path)) > LONGEST} == set(LONGER)


def test_every_module_says_in_a_sentence_what_it_is_for() -> None:
    said = {name(path): ast.get_docstring(tree(path)) or "" for path in files()}
    assert [path for path, text in said.items() if not text.partition("\n\n")[0].rstrip().endswith((".", ":"))] == []


def every_line() -> Iterator[tuple[str, str]]:
    """Yield every line of the product with the place where it stands."""
    for path in files():
        for number, line in enumerate(lines(path), start=1):
            yield f"{name(path)}:{number}", line


def documented(path: Path) -> list[tuple[str, bool]]:
    """Return the public functions, classes and methods of a file, and whether each says what it does.

    A method of a protocol that is only named (`...`) is described by its type.
    """
    found = []
    holders: list[tuple[str, ast.Module | ast.ClassDef]] = [("", tree(path))]
    while holders:
        prefix, holder = holders.pop()
        for node in holder.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            only_named = isinstance(node.body[0], ast.Expr) and getattr(node.body[0].value, "value", "") is Ellipsis
            found.append((f"{prefix}{node.name}", only_named or ast.get_docstring(node) is not None))
            if isinstance(node, ast.ClassDef):
                holders.append((f"{node.name}.", node))
    return found


def test_everything_public_in_the_domain_says_what_it_does() -> None:
    assert [(name(path), public) for path in DOMAIN for public, says in documented(path) if not says] == []


def test_the_domains_values_never_change() -> None:
    seen = 0
    for path in DOMAIN:
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
        for value in vars(module).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__:
                parameters = value.__dataclass_params__  # type: ignore[attr-defined]  # every dataclass has them
                assert parameters.frozen, value
                assert "__slots__" in vars(value), value
                seen += 1
    assert seen > 100


def test_no_fraction_is_written_in_the_domain() -> None:
    fractions = [
        f"{name(path)}:{node.lineno}"
        for path in DOMAIN
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and type(node.value) is float
    ]
    assert fractions == []


def test_every_exception_from_a_check_gives_its_reason() -> None:
    excuses = [(where, excuse["reason"]) for where, line in every_line() if (excuse := EXCUSE.search(line))]
    assert [where for where, reason in excuses if len(re.findall(r"\w+", reason)) < 2] == []
    assert excuses, "none is found any more"


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [where for where, line in every_line() if later.search(line)] == []


@pytest.mark.parametrize("language", Language)
def test_every_refusal_and_every_failure_has_its_words(language: Language) -> None:
    texts = json.loads((ROOT / "resources" / "texts" / f"{language.value}.json").read_text(encoding="utf-8"))
    parts = [f"error.{code}.{part}" for code in (*ErrorCode, *FailureCode) for part in WORDS]
    assert [part for part in parts if not texts.get(part, "").strip()] == []
