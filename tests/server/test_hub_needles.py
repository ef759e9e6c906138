"""SEC-C-01: secrets that pass through the hub are nowhere on its disk, in its log or in what it says when it breaks."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from domain.people import User
from domain.policy import Role
from domain.posting_rules import SALE
from domain.rails import Provider
from server.api_keys import create_api_key
from server.credentials import connect_provider, show_credentials
from server.enrolment import create_invitation
from server.rails.registry import ADAPTERS
from server.settings import system_now
from server.vault import Secret, Vault
from storage import tables
from storage.hub_people import HubPeople
from storage.hub_units import HubUnits, SqliteHub
from storage.pins import Argon2Pins
from storage.scope import Scope
from storage.sqlite import open_encrypted
from sync.wire import PROTOCOL
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON, SETUP, an_id
from tests.domain.event_samples import EVERY_EVENT
from tests.server import fake_vnpay
from tests.server.hub_stage import bearer, let_in
from tests.server.owner_stage import acting, person_id, sign_in

KEY: Final = bytes(range(32))
PIN: Final = "739164"
CARD: Final = "4539 1488 0343 6467"
PROVIDER: Final = "needle-provider-secret-7391"
WEBHOOK: Final = "needle-webhook-secret-7392"
TOKEN: Final = "needle-token-of-a-till-7393"
WRONG: Final = "needle-token-of-nobody-7394"
PUT_IN: Final = "needle-secret-that-an-owner-puts-in-7396"
PERSON: Final = "needle-token-of-a-person-7397"
PEOPLE_KEY: Final = "7398" * 16
PLANTED: Final = "control-memo-that-may-be-found-7395"
"""What the books do hold: a search that does not find it in them finds nothing at all."""

_JSON: Final = {"content-type": "application/json"}
VNPAY: Final = {
    **{name: secret.reveal() for name, secret in fake_vnpay.credentials("http://127.0.0.1:1").items()},
    "create_secret": PUT_IN,
    "check_secret": PUT_IN,
}

PROGRAM: Final = """
import sys
from pathlib import Path
from server.rails.registry import ADAPTERS
from server.run import run_hub
from server.settings import HubSettings
from server.vault import Vault
from storage.hub_units import SqliteHub
from storage.sqlite import open_encrypted
import server.routes.payments as payments

def broken(hub, till, payment_id):
    secret = f"a local that a traceback would show: {payment_id}"
    raise RuntimeError(secret)

payments._known = broken
key = bytes(range(32))
database = SqliteHub(lambda: open_encrypted(Path(sys.argv[1]), key))
run_hub(HubSettings(database, Vault({1: key}, 1)), lambda port: print(port, flush=True))
"""


@pytest.fixture
def file_of_hub(hub_file: Path) -> tuple[Path, dict[str, str]]:
    """A hub's file with its secrets, which are returned by name."""
    units = HubUnits(SqliteHub(lambda: open_encrypted(hub_file, KEY)), ring=lambda merchant, seq: None)
    vault = Vault({1: KEY}, 1)
    let_in(units, TOKEN)
    for provider, values in {
        Provider.SEPAY: {"account_number": BANK_ACCOUNT, "webhook_secret": WEBHOOK, "api_token": PROVIDER},
    }.items():
        secrets = {name: Secret(value) for name, value in values.items()}
        connect_provider(units, vault, MERCHANT, ADAPTERS[provider], secrets, NOON)
    _, key = create_api_key(units, vault, MERCHANT, "other system", NOON)
    code = create_invitation(units, MERCHANT, system_now())
    person = sign_in(units, at=system_now())
    pin_hash = Argon2Pins(bytes.fromhex(PEOPLE_KEY)).hash(PIN)
    lan = User(person_id(Role.CASHIER), MERCHANT, "Lan", Role.CASHIER, pin_hash)
    units.read_of(MERCHANT, lambda session: HubPeople(Scope(session, MERCHANT)).add(lan))
    units.close()
    return hub_file, {"key": key.reveal(), "code": code, "person": person}


@pytest.fixture
def program(file_of_hub: tuple[Path, dict[str, str]]) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", PROGRAM, str(file_of_hub[0])]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen(command, text=True, cwd=Path(__file__).parents[2], **pipes)  # type: ignore[call-overload]
    yield child
    if child.poll() is None:
        child.kill()
    child.communicate()


def use_every_door(http: httpx.Client, secrets: dict[str, str]) -> list[httpx.Response]:
    """Send secrets through every route: where they belong, where they do not, and into what breaks."""
    till, system = bearer(TOKEN), bearer(secrets["key"])
    stray = {"pin": PIN, "card": CARD, "secret": PROVIDER, "token": TOKEN}
    sale = EVERY_EVENT[SALE] | {"memo": PLANTED}
    notice = {"id": 1, "gateway": "x", "content": f"by {CARD}", "webhook_secret": WEBHOOK, "accountNumber": "1"}
    hook = f"/api/v1/billing/webhook/sepay/{MERCHANT}"
    code = {"protocol": PROTOCOL, "code": secrets["code"], "device_id": an_id("new"), "name": "new"}
    people, shared = "/api/v1/people", {"own_key": PEOPLE_KEY, "offered": True}
    return [
        http.post(f"{people}/key", json=shared, headers=till),
        http.post(f"{people}/key", json={**shared, "own_key": f"{PEOPLE_KEY}x"}, headers=till),
        http.post(f"{people}/sign-in", json={"person_id": person_id(Role.CASHIER), "pin": PIN}, headers=till),
        http.post(f"{people}/sign-in", json={"person_id": an_id("nobody"), "pin": PIN}, headers=till),
        http.post(f"{people}/sign-in", json={"person_id": PIN, "pin": [PIN]}, headers=till),
        http.post(f"{people}/sign-out", headers=acting(PERSON, TOKEN)),
        http.post("/api/v1/events", json=sale, headers=system),
        http.post("/api/v1/events", json=sale | stray, headers=system),
        http.post("/api/v1/events/batch", json={"events": [sale | stray], **stray}, headers=system),
        http.get("/api/v1/changes", params={"after": 0, **stray}, headers=till),
        http.get("/api/v1/changes", params={"after": PIN, **stray}, headers=bearer(WRONG)),
        http.post("/api/v1/push", json={"protocol": PROTOCOL, "messages": [], **stray}, headers=till),
        http.post("/api/v1/push", content=json.dumps(stray)[:-1], headers={**till, "content-type": "application/json"}),
        http.post("/api/v1/succession", json=stray, headers=till),
        http.post("/api/v1/enrol", json=code | {"name": "x", **stray}),
        http.post("/api/v1/enrol", json=code),
        http.post(hook, json=notice, headers={"authorization": f"Apikey {WEBHOOK}", "x-secret": PROVIDER}),
        http.post(hook, content=WEBHOOK, headers={"authorization": f"Apikey {WRONG}"}),
        http.post(f"/api/v1/payments/{PROVIDER}/check", headers=till),
        http.post(f"/api/v1/payments/{an_id('p')}/check", headers=till, params=stray),
    ]


def act_as_owner(http: httpx.Client, person: str) -> list[httpx.Response]:
    """Do all that an owner does, with secrets where they belong and where they do not; the last two tell one once."""
    owner, providers = acting(person, TOKEN), "/api/v1/providers"
    stray = {"values": {PUT_IN: PIN, "secret": CARD}, "pin": PIN}
    return [
        http.put(f"{providers}/sepay", json={"values": {"webhook_secret": PUT_IN}}, headers=owner),
        http.put(f"{providers}/sepay", json=stray, headers=owner),
        http.put(f"{providers}/sepay", json={"values": {"webhook_secret": f"{PUT_IN}\x00"}}, headers=owner),
        http.put(f"{providers}/sepay", content=f'{{"values": "{PUT_IN}', headers={**owner, **_JSON}),
        http.put(f"{providers}/{PUT_IN}", json=stray, headers=owner),
        http.put(f"{providers}/sepay", json=stray, headers=acting(PERSON, TOKEN)),
        http.put(f"{providers}/vnpay_qr_mms", json={"values": VNPAY}, headers=owner),
        http.post(f"{providers}/vnpay_qr_mms/test", headers=owner),
        http.get(providers, headers=owner),
        http.delete(f"{providers}/vnpay_qr_mms", params={"even_if_open": PUT_IN}, headers=owner),
        http.delete(f"{providers}/vnpay_qr_mms", headers=owner),
        http.get("/api/v1/tills", headers=owner),
        http.delete(f"/api/v1/tills/{PUT_IN}", headers=owner),
        http.get("/api/v1/api-keys", headers=owner),
        http.delete(f"/api/v1/api-keys/{PUT_IN}", headers=owner),
        http.post("/api/v1/api-keys", json={"name": "web shop"}, headers=owner),
        http.post("/api/v1/tills/invitations", headers=owner),
    ]


def test_no_secret_that_passes_through_the_hub_is_left_anywhere(
    file_of_hub: tuple[Path, dict[str, str]], program: "subprocess.Popen[str]"
) -> None:
    path, secrets = file_of_hub
    assert program.stdout is not None
    with httpx.Client(base_url=f"http://127.0.0.1:{int(program.stdout.readline())}") as http:
        answers = use_every_door(http, secrets)
        *acts, made, invited = act_as_owner(http, secrets["person"])
    assert {200, 401, 404, 422} == {answer.status_code for answer in acts}
    answers += acts
    statuses = {answer.status_code for answer in answers}
    assert {200, 201, 401, 422, 500} <= statuses, "doors were open, shut and broken"
    token = next(answer.json()["token"] for answer in answers if "hub_epoch" in answer.text and "token" in answer.text)
    signed_in = next(answer.json()["token"] for answer in answers if "until" in answer.text)
    raw = {file.name: file.read_bytes() for file in path.parent.glob("hub.db*")}
    assert "hub.db-wal" in raw, "the hub still runs, so its log of changes is there"
    program.terminate()
    out, errors = program.communicate(timeout=30)

    needles = (
        PIN,
        CARD,
        CARD.replace(" ", ""),
        PROVIDER,
        WEBHOOK,
        TOKEN,
        WRONG,
        token,
        secrets["key"],
        secrets["code"],
        secrets["person"],
        PERSON,
        PEOPLE_KEY,
        signed_in,
        PUT_IN,
        made.json()["key"],
        invited.json()["code"],
    )
    books = "\n".join(rows_of(path))
    files = b"\n".join(raw.values()) + path.read_bytes()
    said = "\n".join(answer.text for answer in answers if "token" not in answer.text)
    for needle in needles:
        assert needle not in out + errors, "the log"
        assert needle not in books, "the opened database"
        assert needle.encode() not in files, "the files"
        assert needle not in said, "the answers"
    assert "needle" not in said, "whole or in part"
    assert "••••7396" in said, "what an owner put in is shown by its mask"
    assert PLANTED in books, "the positive control"
    assert PLANTED.encode() not in files, "the files are encrypted"
    assert PLANTED not in errors
    assert '"error": "RuntimeError"' in errors, "it broke, and the log says where"


def rows_of(path: Path) -> Iterator[str]:
    """Yield every row of every table of the hub, opened with its key."""
    connection = open_encrypted(path, KEY, read_only=True)
    for part in (tables.ledger, tables.hub):
        for table in part.sorted_tables:
            yield from map(str, connection.cursor().execute(f"SELECT * FROM {table.name}").fetchall())
    connection.close()


def test_no_answer_of_the_hub_and_no_form_shows_more_of_a_secret_than_its_mask(
    file_of_hub: tuple[Path, dict[str, str]],
) -> None:
    units = HubUnits(SqliteHub(lambda: open_encrypted(file_of_hub[0], KEY)), ring=lambda merchant, seq: None)
    for provider, adapter in ADAPTERS.items():
        for view in show_credentials(units, Vault({1: KEY}, 1), SETUP.merchant_id, adapter, NOON):
            if view.field.secret and provider is Provider.SEPAY and view.shown:
                assert len(view.shown) == 8
                assert view.shown.startswith("••••")
                assert view.shown[4:] in {PROVIDER[-4:], WEBHOOK[-4:]}
    units.close()
