"""The simulator knows nothing of the programs it checks."""

import ast
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "server" / "simulator"
ALLOWED = frozenset(sys.stdlib_module_names) | {"fastapi", "uvicorn", "httpx", "pydantic", "cryptography"}
MODULES = sorted(FOLDER.glob("*.py"))


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module))
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.stem))
def test_a_module_imports_only_the_simulator_and_its_tools(module: Path) -> None:
    foreign = {name for name in imported(module) if name.split(".")[0] not in ALLOWED}
    assert {name for name in foreign if not name.startswith("server.simulator")} == set()


def test_the_check_has_modules_to_look_at() -> None:
    assert len(MODULES) > 10
