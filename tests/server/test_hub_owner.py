"""The owner's acts at the hub: providers, tills and keys, for an owner who signed in there and for nobody else."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest

from domain.errors import ErrorCode
from domain.ids import Instant
from domain.policy import Role
from domain.rails import Method, Provider
from server.credentials import OVERLAP_MS, open_credentials
from server.limits import CHECK, OWNER
from server.person_sessions import SESSION_MS
from server.rails.registry import ADAPTERS
from server.rails.sepay import SepayAdapter
from server.workers.provider_checks import ProviderChecks
from storage.hub_tills import add_device
from storage.hub_units import Database
from storage.session import Session, Sql
from sync.owner_wire import (
    ApiKeyMade,
    ApiKeysAnswer,
    Disconnection,
    Invitation,
    ProviderField,
    ProvidersAnswer,
    ProviderTest,
    ProviderView,
    TillsAnswer,
)
from sync.wire import PROTOCOL
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON, SETUP, TILL, an_id
from tests.domain.event_samples import EVERY_EVENT
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import (
    TOKEN,
    VAULT,
    Clock,
    Served,
    ShopTill,
    ask,
    bearer,
    climb,
    let_in,
    served,
    settings_for,
)
from tests.server.owner_stage import acting, person_id, sign_in

NEEDLE: Final = "needle-webhook-secret-8811"
SEPAY: Final = {"account_number": BANK_ACCOUNT, "webhook_secret": NEEDLE, "api_token": "token-of-the-bank-8812"}


class OwnerDesk:
    """An owner at the shop's till."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.headers = acting(sign_in(server.hub.units, at=server.hub.now()))

    def ask(self, method: str, path: str, **asked: Any) -> httpx.Response:
        return self.server.http.request(method, f"/api/v1/{path}", headers=self.headers, **asked)

    def connect(self, provider: str = "sepay", **values: str) -> httpx.Response:
        return self.ask("PUT", f"providers/{provider}", json={"values": values or SEPAY})

    def provider(self, provider: str = "sepay") -> ProviderView:
        answer = ProvidersAnswer.model_validate(self.ask("GET", "providers").json())
        return next(view for view in answer.providers if view.provider == provider)

    def field(self, name: str, provider: str = "sepay") -> ProviderField:
        return next(field for field in self.provider(provider).fields if field.name == name)


@pytest.fixture
def owner(server: Served) -> OwnerDesk:
    """An owner, signed in at the hub."""
    return OwnerDesk(server)


def trail(server: Served, about: str) -> list[tuple[str, str | None, str]]:
    """Return what the hub's trail tells about a thing: the act, who did it, and the facts."""
    rows = ask(
        server.hub.units, "SELECT action, actor_id, facts FROM audit WHERE subject_id = :id ORDER BY seq", id=about
    )
    return [(row[0], row[1], row[2]) for row in rows]


def test_every_provider_is_listed_with_its_form_before_anything_is_connected(owner: OwnerDesk) -> None:
    listed = ProvidersAnswer.model_validate(owner.ask("GET", "providers").json()).providers
    assert [view.provider for view in listed] == [provider.value for provider in ADAPTERS]
    sepay = owner.provider()
    assert (sepay.connected, sepay.usable, sepay.last_test, sepay.overlap_until) == (False, True, None, None)
    named = {field.name: field for field in sepay.fields}
    assert (named["webhook_secret"].secret, named["webhook_secret"].shown) == (True, "")
    assert all(field.label_vi and field.label_en for field in sepay.fields)


def test_a_connected_provider_shows_masks_and_never_a_secret(owner: OwnerDesk) -> None:
    answer = owner.connect()
    assert answer.status_code == 200
    assert ProviderView.model_validate(answer.json()) == owner.provider()
    secret = owner.field("webhook_secret")
    assert (secret.shown, len(secret.fingerprint), secret.changed_at) == ("••••8811", 8, NOON)
    assert owner.field("account_number").shown == BANK_ACCOUNT
    for told in (answer.text, owner.ask("GET", "providers").text):
        assert NEEDLE not in told
        assert SEPAY["api_token"] not in told
    [(act, who, facts)] = trail(owner.server, "sepay")
    assert (act, who) == ("provider.connected", person_id(Role.OWNER))
    assert "webhook_secret" in facts
    assert NEEDLE not in facts


def test_one_secret_is_renewed_alone_and_the_overlap_is_told(owner: OwnerDesk, clock: Clock) -> None:
    owner.connect()
    later = clock.forward(1_000)
    assert owner.connect(webhook_secret="the-newer-secret-9922").status_code == 200
    assert owner.provider().overlap_until == later + OVERLAP_MS
    assert owner.field("webhook_secret").shown == "••••9922"
    assert owner.field("api_token").changed_at == NOON
    opened = open_credentials(owner.server.hub.units, VAULT, MERCHANT, Provider.SEPAY, later)
    assert opened is not None
    assert opened.before is not None
    assert opened.before["webhook_secret"].reveal() == NEEDLE


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"webhook_secret": ""}, {"code": "PROVIDER_FIELD_INVALID", "field": "webhook_secret"}),
        ({"auth": "trust me"}, {"code": "PROVIDER_FIELD_INVALID", "field": "auth"}),
        ({"needle-in-a-name": "x"}, {"code": "PROVIDER_FIELD_INVALID"}),
        ({"api_token": "a\x00b"}, {"code": "MESSAGE_MALFORMED"}),
        ({"api_token": "x" * 2_001}, {"code": "MESSAGE_MALFORMED"}),
        ({"x" * 65: "x"}, {"code": "MESSAGE_MALFORMED"}),
        ({f"f{number}": "x" for number in range(21)}, {"code": "MESSAGE_MALFORMED"}),
        ({"api_token": 5}, {"code": "MESSAGE_MALFORMED"}),
    ],
)
def test_a_form_that_does_not_fit_changes_nothing(owner: OwnerDesk, values: Any, told: dict[str, str]) -> None:
    before = owner.connect().json()
    refused = owner.ask("PUT", "providers/sepay", json={"values": {**values}})
    assert (refused.status_code, refused.json()) == (422, told)
    assert owner.provider().model_dump() == before


def test_a_provider_that_is_none_is_answered_alike_on_every_route(owner: OwnerDesk) -> None:
    for provider in ("none", "x" * 64, "%F0%9F%94%91"):
        answers = [
            owner.connect(provider),
            owner.ask("POST", f"providers/{provider}/test"),
            owner.ask("DELETE", f"providers/{provider}"),
        ]
        assert [(answer.status_code, answer.json()) for answer in answers] == [(404, {"code": "PROVIDER_UNKNOWN"})] * 3


def test_a_provider_that_does_not_take_the_shops_currency_cannot_be_connected(
    open_database: Callable[[], Database], clock: Clock
) -> None:
    class Abroad(SepayAdapter):
        currencies = frozenset({"SAR"})

    with served(settings_for(open_database(), clock, adapters={Provider.SEPAY: Abroad()})) as server:
        let_in(server.hub.units)
        owner = OwnerDesk(server)
        assert not owner.provider().usable
        refused = owner.connect()
        assert (refused.status_code, refused.json()) == (422, {"code": "PROVIDER_CURRENCY"})
        assert not owner.provider().connected


def test_a_connection_is_tried_and_the_outcome_kept_until_it_is_changed(
    owner: OwnerDesk, provider: FakeVnpay, clock: Clock
) -> None:
    untried = ProviderTest.model_validate(owner.ask("POST", "providers/vnpay_qr_mms/test").json())
    assert (untried.ok, untried.code) == (False, "credentials_missing")
    values = {name: secret.reveal() for name, secret in fake_vnpay.credentials(provider.url).items()}
    owner.connect("vnpay_qr_mms", **values)
    booked = ask(owner.server.hub.units, "SELECT COUNT(*) FROM vouchers")
    tried = ProviderTest.model_validate(owner.ask("POST", "providers/vnpay_qr_mms/test").json())
    assert tried == ProviderTest(at=NOON, ok=True, code=None)
    provider.check_code = "14"
    clock.forward(5_000)
    assert owner.ask("POST", "providers/vnpay_qr_mms/test").json()["code"] == "credentials_rejected"
    kept = owner.provider("vnpay_qr_mms").last_test
    assert kept == ProviderTest(at=NOON + 5_000, ok=False, code="credentials_rejected")
    assert ask(owner.server.hub.units, "SELECT COUNT(*) FROM vouchers") == booked
    acts = [(act, who) for act, who, _ in trail(owner.server, "vnpay_qr_mms")]
    assert acts.count(("provider.tested", person_id(Role.OWNER))) == 3
    clock.forward(5_000)
    owner.connect("vnpay_qr_mms", check_secret="a newer secret")
    assert owner.provider("vnpay_qr_mms").last_test is None, "it was of other credentials"


def test_a_provider_that_hangs_keeps_an_owner_waiting_only_so_long() -> None:
    checks, go_on = ProviderChecks(), threading.Event()

    def hang() -> None:
        go_on.wait(20)

    assert checks.ask(MERCHANT, hang, 0.01) == "timeout"
    assert checks.ask(MERCHANT, hang, 0.01) == "timeout"
    assert checks.ask(MERCHANT, hang, 0.01) == "rate_limited"
    go_on.set()
    checks.stop()
    assert checks.ask(MERCHANT, lambda: None, 5) is None


def test_connections_are_not_tried_without_end(owner: OwnerDesk) -> None:
    answers = [owner.ask("POST", "providers/sepay/test").status_code for _ in range(CHECK.burst + 1)]
    assert answers == [200] * CHECK.burst + [429]


def test_what_an_owner_does_has_its_pace(owner: OwnerDesk) -> None:
    answers = [owner.ask("GET", "api-keys").status_code for _ in range(OWNER.burst + 1)]
    assert answers == [200] * OWNER.burst + [429]


def test_a_provider_with_open_payments_is_disconnected_only_on_purpose(
    owner: OwnerDesk, till: ShopTill, clock: Clock
) -> None:
    owner.connect()
    till.start(Method.VIETQR)
    till.tell(owner.server)
    asked = Disconnection.model_validate(owner.ask("DELETE", "providers/sepay").json())
    assert asked == Disconnection(disconnected=False, open_payments=1)
    assert owner.provider().connected
    done = owner.ask("DELETE", "providers/sepay", params={"even_if_open": "true"})
    assert done.json() == {"disconnected": True, "open_payments": 1}
    assert not owner.provider().connected
    assert owner.field("webhook_secret").fingerprint == ""
    again = owner.ask("DELETE", "providers/sepay")
    assert (again.status_code, again.json()) == (404, {"code": "PROVIDER_UNKNOWN"})
    assert trail(owner.server, "sepay")[-1][:2] == ("provider.disconnected", person_id(Role.OWNER))


def test_credentials_that_do_not_open_are_told_and_can_be_replaced(
    owner: OwnerDesk, open_database: Callable[[], Database], clock: Clock
) -> None:
    owner.connect()
    spoil = Sql("UPDATE credentials SET key_version = 9 WHERE field = 'api_token'")

    def op(session: Session) -> None:
        climb(session)
        session.run(spoil, {})

    owner.server.hub.units.read(op)
    view = owner.provider()
    assert (view.connected, view.problem) == (True, "KEY_MISSING")
    assert all(not field.fingerprint for field in view.fields)
    for answer in (owner.connect(), owner.ask("POST", "providers/sepay/test")):
        assert (answer.status_code, answer.json()) == (409, {"code": "KEY_MISSING"})
    assert owner.ask("DELETE", "providers/sepay").json()["disconnected"]
    assert owner.connect().status_code == 200


def test_the_tills_of_the_shop_are_listed_and_one_is_shut_out(owner: OwnerDesk, clock: Clock) -> None:
    invitation = Invitation.model_validate(owner.ask("POST", "tills/invitations").json())
    assert invitation.until == NOON + 30 * 60_000
    clock.forward(60_000)
    body = {"protocol": PROTOCOL, "code": invitation.code, "device_id": an_id("new"), "name": " Quầy 2 "}
    token = owner.server.http.post("/api/v1/enrol", json=body).json()["token"]
    listed = TillsAnswer.model_validate(owner.ask("GET", "tills").json()).tills
    assert [(view.code, view.incarnation, view.name, view.this_till) for view in listed] == [
        ("01", "A", listed[0].name, True),
        ("02", "A", "Quầy 2", False),
    ]
    assert (listed[0].last_heard_at, listed[1].since, listed[1].last_heard_at) == (NOON + 60_000, NOON + 60_000, None)
    assert owner.server.changes(token=token).status_code == 200
    gone = owner.ask("DELETE", f"tills/{an_id('new')}")
    assert gone.json() == {"device_id": an_id("new"), "revoked_at": NOON + 60_000, "this_till": False}
    assert owner.server.changes(token=token).status_code == 401
    again = owner.ask("DELETE", f"tills/{an_id('new')}")
    assert (again.status_code, again.json()) == (404, {"code": "DEVICE_UNKNOWN"})
    assert [view.revoked_at for view in TillsAnswer.model_validate(owner.ask("GET", "tills").json()).tills] == [
        None,
        NOON + 60_000,
    ]
    assert [act[:2] for act in trail(owner.server, an_id("new"))][-1] == ("till.shut_out", person_id(Role.OWNER))
    assert trail(owner.server, MERCHANT)[-1][:2] == ("till.invited", person_id(Role.OWNER))


def test_a_till_may_shut_itself_out_and_its_people_with_it(owner: OwnerDesk) -> None:
    assert owner.ask("DELETE", f"tills/{TILL}").json()["this_till"]
    assert owner.ask("GET", "tills").json() == {"code": "TILL_UNKNOWN"}
    assert ask(owner.server.hub.units, "SELECT COUNT(*) FROM person_sessions") == [(0,)]


def test_a_till_that_speaks_often_is_noted_once_a_minute(owner: OwnerDesk, clock: Clock) -> None:
    heard = "SELECT heard_at FROM tills"
    owner.ask("GET", "tills")
    clock.forward(30_000)
    owner.ask("GET", "tills")
    assert ask(owner.server.hub.units, heard) == [(NOON,)]
    clock.forward(30_000)
    owner.server.changes()
    assert ask(owner.server.hub.units, heard) == [(NOON + 60_000,)]


def test_a_key_is_told_once_and_books_until_it_is_revoked(owner: OwnerDesk) -> None:
    made = ApiKeyMade.model_validate(owner.ask("POST", "api-keys", json={"name": " Web shop "}).json())
    assert made.name == "Web shop"
    assert made.key not in repr(made)
    sale = next(iter(EVERY_EVENT.values()))
    assert owner.server.http.post("/api/v1/events", json=sale, headers=bearer(made.key)).status_code in {201, 422}
    answer = owner.ask("GET", "api-keys")
    [key] = ApiKeysAnswer.model_validate(answer.json()).keys
    assert (key.id, key.name, key.created_at, key.revoked_at) == (made.id, "Web shop", NOON, None)
    assert made.key not in answer.text
    assert owner.ask("DELETE", f"api-keys/{made.id}").json() == {"id": made.id, "revoked_at": NOON}
    assert owner.server.http.post("/api/v1/events", json=sale, headers=bearer(made.key)).status_code == 401
    again = owner.ask("DELETE", f"api-keys/{made.id}")
    assert (again.status_code, again.json()) == (404, {"code": "API_KEY_UNKNOWN"})
    acts = [("api_key.created", person_id(Role.OWNER)), ("api_key.revoked", person_id(Role.OWNER))]
    assert [act[:2] for act in trail(owner.server, made.id)] == acts


def test_an_owner_says_where_a_keys_system_hears_and_sees_how_it_goes(owner: OwnerDesk) -> None:
    key_id = owner.ask("POST", "api-keys", json={"name": "Web shop"}).json()["id"]
    place = f"api-keys/{key_id}/webhook"
    wish = {"url": "https://shop.example/news?x=1", "events": ["payment.refunded", "payment.paid"]}
    made = owner.ask("PUT", place, json=wish).json()
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made == {"key_id": key_id, "events": ["payment.paid", "payment.refunded"], "all_payments": False}
    listed = owner.ask("GET", "api-keys")
    assert secret not in listed.text
    assert listed.json()["keys"][0]["hook"] == {
        "url": wish["url"],
        "events": made["events"],
        "all_payments": False,
        "off_at": None,
        "waiting": 0,
        "given_up": 0,
        "delivered_at": None,
        "note": "",
        "tried_at": None,
        "answer": "",
        "old_until": None,
    }
    assert owner.ask("PUT", place, json=wish | {"all_payments": True}).json()["secret"] is None
    renewed = owner.ask("PUT", place, json=wish | {"renew_secret": True}).json()["secret"]
    assert renewed not in (None, secret)
    for wrong in ({"url": "http://127.0.0.1/x"}, {"url": "https://10.0.0.1"}, wish | {"events": ["x"]}):
        answer = owner.ask("PUT", place, json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "HOOK_INVALID")
    assert owner.ask("DELETE", place).json() == {"key_id": key_id, "removed_at": NOON}
    for method, body in (("DELETE", None), ("PUT", wish)):
        owner.ask("DELETE", f"api-keys/{key_id}")
        assert owner.ask(method, place, json=body).status_code == 404
    acts = [act[0] for act in trail(owner.server, key_id)]
    assert acts == ["api_key.created", *["hook.set"] * 3, "hook.removed", "api_key.revoked"]
    assert "x=1" not in str(trail(owner.server, key_id)), "an address may carry a secret"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, 5])
def test_a_key_without_a_readable_name_is_not_made(owner: OwnerDesk, name: object) -> None:
    assert owner.ask("POST", "api-keys", json={"name": name}).status_code == 422
    assert owner.ask("GET", "api-keys").json() == {"keys": []}


_FORGET: Final = Sql("DELETE FROM tills WHERE device_id = :id")
OWNERS_ROUTES: Final = (
    ("GET", "/api/v1/providers"),
    ("PUT", "/api/v1/providers/sepay"),
    ("POST", "/api/v1/providers/sepay/test"),
    ("DELETE", "/api/v1/providers/sepay"),
    ("GET", "/api/v1/tills"),
    ("POST", "/api/v1/tills/invitations"),
    ("DELETE", f"/api/v1/tills/{TILL}"),
    ("GET", "/api/v1/api-keys"),
    ("POST", "/api/v1/api-keys"),
    ("DELETE", "/api/v1/api-keys/00000000"),
    ("PUT", "/api/v1/api-keys/00000000/webhook"),
    ("DELETE", "/api/v1/api-keys/00000000/webhook"),
)


@pytest.fixture
def every_route(owner: OwnerDesk) -> Iterator[Callable[[dict[str, str]], set[tuple[int, str]]]]:
    """Asks every owner's route with some headers and returns what they say; nothing may have changed after that."""
    owner.connect()
    tables = ("credentials", "enrolment_codes", "api_keys", "audit")
    before = [ask(owner.server.hub.units, f"SELECT COUNT(*) FROM {table}") for table in tables]

    def asked(headers: dict[str, str]) -> set[tuple[int, str]]:
        answers = [
            owner.server.http.request(method, path, headers=headers, json={"values": {"api_token": "x"}, "name": "x"})
            for method, path in OWNERS_ROUTES
        ]
        return {(answer.status_code, answer.json()["code"]) for answer in answers}

    yield asked
    assert [ask(owner.server.hub.units, f"SELECT COUNT(*) FROM {table}") for table in tables] == before
    assert ask(owner.server.hub.units, "SELECT revoked_at FROM tills") == [(None,)]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_no_other_role_gets_anywhere(
    server: Served, every_route: Callable[[dict[str, str]], set[tuple[int, str]]], role: Role
) -> None:
    assert every_route(acting(sign_in(server.hub.units, role))) == {(403, "NOT_PERMITTED")}


def test_nobody_who_is_not_signed_in_gets_anywhere(
    owner: OwnerDesk, clock: Clock, every_route: Callable[[dict[str, str]], set[tuple[int, str]]]
) -> None:
    ended = {(401, ErrorCode.PERSON_SESSION_ENDED.value)}
    assert every_route(bearer(TOKEN)) == ended
    assert every_route(acting("nobodys-token")) == ended
    unknown = {(401, ErrorCode.TILL_UNKNOWN.value)}
    assert every_route({name: text for name, text in owner.headers.items() if name != "authorization"}) == unknown
    assert every_route({**owner.headers, **bearer("nobodys-token")}) == unknown
    clock.forward(SESSION_MS)
    assert every_route(owner.headers) == ended


def test_a_token_of_a_person_is_worth_nothing_at_another_till(
    server: Served, every_route: Callable[[dict[str, str]], set[tuple[int, str]]]
) -> None:
    other = replace(SETUP, device_id=type(TILL)(an_id("till 2")), till_code="02")
    units = server.hub.units
    person = sign_in(units)
    units.read_of(MERCHANT, lambda session: add_device(session, MERCHANT, other.device_id, "02", "A"))
    let_in(units, "token-of-till-two-0123456789-0123", other)
    said = every_route(acting(person, "token-of-till-two-0123456789-0123"))
    units.read_of(MERCHANT, lambda session: session.run(_FORGET, {"id": other.device_id}))
    assert said == {(401, ErrorCode.PERSON_SESSION_ENDED.value)}


def test_the_time_of_the_hub_ends_a_session_not_the_tills(owner: OwnerDesk, clock: Clock) -> None:
    clock.at = Instant(NOON + SESSION_MS - 1)
    assert owner.ask("GET", "tills").status_code == 200
