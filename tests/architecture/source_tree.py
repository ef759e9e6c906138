"""The product's own source files, parsed."""

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("domain", "storage", "sync", "ui", "exports", "server", "wiring", "scripts")


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Return the Python files below some folders of the product, or of all its packages and `main.py`."""
    found = [path for folder in folders or PACKAGES for path in (ROOT / folder).rglob("*.py")]
    return tuple(sorted(found if folders else [*found, ROOT / "main.py"]))


def name(path: Path) -> str:
    """Return a file's path inside the project."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def lines(path: Path) -> tuple[str, ...]:
    """Return a file's lines."""
    return tuple(path.read_text(encoding="utf-8").splitlines())


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for a chain of names, and what can be said of anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"
