"""The list of columns that statements are made of is the tables' own."""

import subprocess
import sys
from pathlib import Path

from storage import tables
from storage.columns import COLUMNS

ROOT = Path(__file__).resolve().parents[2]


def test_the_list_of_columns_is_the_tables_own() -> None:
    described = {
        table.name: tuple(column.name for column in table.columns)
        for metadata in (tables.ledger, tables.till, tables.hub)
        for table in metadata.sorted_tables
    }
    assert described == COLUMNS


def test_opening_a_till_loads_neither_sqlalchemy_nor_alembic_nor_psycopg_nor_the_network() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'psycopg', 'httpx', 'pydantic', 'websockets', 'fastapi'}"
    script = f"import sys, wiring.shop, ui.window; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
