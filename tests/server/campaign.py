"""`python -m tests.server.campaign [SECONDS]`: schemathesis against a real hub with a shop; exit 1 on any failure.

Schemathesis is no dependency of the tests: `SCHEMATHESIS` is how it is called.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import structlog

from domain.ids import Instant
from server.api_keys import create_api_key
from server.app import OPENAPI_PATH
from storage.hub_units import HubUnits, SqliteHub
from storage.migrate import migrate_hub_sqlite
from storage.setup import create_hub, create_merchant
from storage.sqlite import open_encrypted
from sync.owner_wire import PERSON_HEADER
from tests.builders import KEY, MERCHANT, NOON, SETUP, an_id, open_wallets
from tests.server.hub_stage import TOKEN, VAULT, let_in, served, settings_for
from tests.server.owner_stage import sign_in

SECONDS: Final = 600
ROUND_S: Final = 60
CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance"
)
TICK_MS: Final = 12_000
"""Each look at the clock brings back a token of the scarcest bucket, so that limits do not answer for the routes."""


class HurriedClock:
    """A clock that goes on with each look."""

    def __init__(self) -> None:
        self._at = NOON

    def __call__(self) -> Instant:
        self._at = Instant(self._at + TICK_MS)
        return self._at


def run_campaign(seconds: int) -> int:
    """Attack the till's, the other systems' and the open routes in turn; return how many rounds found something."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.db"
        migrate_hub_sqlite(path, KEY, Path(folder))
        database = SqliteHub(lambda: open_encrypted(path, KEY))
        units = HubUnits(database, ring=lambda merchant, seq: None)
        create_hub(units, an_id("epoch"), NOON)
        create_merchant(units, SETUP, NOON)
        units.run(MERCHANT, open_wallets)
        let_in(units)
        person = sign_in(units, lifetime_ms=10**12)
        _, key = create_api_key(units, VAULT, MERCHANT, "campaign", NOON)
        with served(settings_for(database, HurriedClock())) as server:
            rounds = [("--include-path-regex", "/events", key.reveal()), ("--exclude-path-regex", "/events", TOKEN)]
            number = broken = 0
            structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # thousands of lines a minute
            while number * ROUND_S < seconds:
                option, pattern, token = rounds[number % len(rounds)]
                budget = min(ROUND_S, seconds - number * ROUND_S)
                broken += _attack(server.url, (option, pattern), (token, person), budget, number)
                number += 1
    return broken


def _attack(url: str, chosen: tuple[str, str], tokens: tuple[str, str], seconds: int, seed: int) -> bool:
    command = [*shlex.split(os.environ.get("SCHEMATHESIS", "schemathesis")), "run", f"{url}{OPENAPI_PATH}", *chosen]
    limits = ["--max-time", str(seconds), "--seed", str(seed), "--phases", "examples,coverage,fuzzing"]
    told = ["--checks", CHECKS, "--continue-on-failure", "--no-color", "--generation-database", "none"]
    shown = ["--header", f"authorization: Bearer {tokens[0]}", "--header", f"{PERSON_HEADER}: {tokens[1]}"]
    header = [*shown, "--suppress-health-check", "all", "--warnings", "off"]
    return subprocess.run([*command, *limits, *told, *header], check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(min(run_campaign(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS), 1))
