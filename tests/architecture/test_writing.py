"""How the code is written: small files, words on everything others use, values that never change, no word missing."""

import ast
import dataclasses
import importlib
import json
import re
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
EXCUSE = re.compile(r"#\s*(?:type: ignore(?:\[[^\]]*\])?|noqa(?::[\w ,]*)?)(?P<reason>.*)$")


@pytest.mark.parametrize("path", files(), ids=name)
def test_a_file_is_short_enough_to_be_read_at_once(path: Path) -> None:
    if name(path) in LONGER:
        assert len(lines(path)) > LONGEST, "it needs no exception any more"
    else:
        assert len(lines(path)) <= LONGEST


@pytest.mark.parametrize("path", files(), ids=name)
def test_every_module_says_in_a_sentence_what_it_is_for(path: Path) -> None:
    text = ast.get_docstring(tree(path))
    assert text is not None
    assert text.partition("\n\n")[0].rstrip()[-1] in ".:"


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


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_everything_public_in_the_domain_says_what_it_does(path: Path) -> None:
    assert [public for public, says in documented(path) if not says] == []


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domains_values_never_change(path: Path) -> None:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    for value in vars(module).values():
        if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__:
            parameters = value.__dataclass_params__  # type: ignore[attr-defined]  # every dataclass has them
            assert parameters.frozen, value.__name__
            assert "__slots__" in vars(value), value.__name__


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_no_fraction_is_written_in_the_domain(path: Path) -> None:
    fractions = [
        node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Constant) and type(node.value) is float
    ]
    assert fractions == []


@pytest.mark.parametrize("path", files(), ids=name)
def test_every_exception_from_a_check_gives_its_reason(path: Path) -> None:
    for number, line in enumerate(lines(path), start=1):
        if excuse := EXCUSE.search(line):
            assert len(re.findall(r"\w+", excuse["reason"])) >= 2, f"line {number}: {line.strip()}"


@pytest.mark.parametrize("path", files(), ids=name)
def test_nothing_is_left_for_later(path: Path) -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [number for number, line in enumerate(lines(path), start=1) if later.search(line)] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", [*ErrorCode, *FailureCode])
def test_every_refusal_and_every_failure_has_its_words(code: str, language: Language) -> None:
    texts = json.loads((ROOT / "resources" / "texts" / f"{language.value}.json").read_text(encoding="utf-8"))
    assert [
        part for part in ("title", "what", "money", "next") if not texts.get(f"error.{code}.{part}", "").strip()
    ] == []
