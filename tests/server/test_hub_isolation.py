"""SEC-A-06: an id of another shop and an id that exists nowhere are answered alike on every route of the hub."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import pytest

from domain.ids import DeviceId, MerchantId
from domain.payments import PaymentIntent
from domain.policy import Role
from domain.posting_rules import SALE
from domain.rails import Method
from server.api_keys import create_api_key
from server.app import OPENAPI_PATH, create_app
from server.credentials import connect_provider
from server.enrolment import create_invitation
from server.hooks import HookWish, set_hook
from server.rails.registry import ADAPTERS
from server.vault import Secret
from storage.hub_api_keys import keys_of
from storage.hub_units import SqliteHub
from storage.setup import create_merchant
from storage.sqlite import open_encrypted
from sync.wire import PROTOCOL, WireMessage
from tests.builders import BANK_ACCOUNT, CASH, KEY, MERCHANT, NOON, SETUP, TILL, an_id
from tests.domain.event_samples import EVERY_EVENT
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, bearer, let_in, routes_of, settings_for
from tests.server.owner_stage import acting, person_id, sign_in
from tests.server.test_hub_checkouts import ORDER

SEPAY = next(adapter for adapter in ADAPTERS.values() if adapter.provider == "sepay")
OTHER = replace(
    SETUP,
    merchant_id=MerchantId(an_id("shop A")),
    device_id=DeviceId(an_id("till of A")),
    hub_device_id=DeviceId(an_id("hub of A")),
)
TOKEN_OF_A: Final = "token-of-the-till-of-shop-a-0123456789"
NOWHERE: Final = an_id("exists nowhere")


@dataclass
class TwoShops:
    """A hub with shop B (`MERCHANT`), which has a payment, a sale, an event and a provider, and with shop A."""

    server: Served
    payment: PaymentIntent
    messages: list[WireMessage]
    key_of_a: str
    key_of_b: str
    owner_of_a: str
    owner_of_b: str

    def as_a(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Ask with the token of shop A's till."""
        return self.server.http.request(method, path, headers=bearer(TOKEN_OF_A), **asked)

    def as_owner_of_a(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Ask as shop A's owner at shop A's till."""
        return self.server.http.request(method, path, headers=acting(self.owner_of_a, TOKEN_OF_A), **asked)

    def event(self, key: str, event: dict[str, Any], path: str = "/api/v1/events") -> httpx.Response:
        """Tell an event as another system."""
        body = {"events": [event]} if path.endswith("batch") else event
        return self.server.http.post(path, headers=bearer(key), json=body)


@pytest.fixture
def shops(server: Served, till: ShopTill) -> TwoShops:
    """Both shops, connected and trading."""
    create_merchant(server.hub.units, OTHER, NOON)
    let_in(server.hub.units, TOKEN_OF_A, OTHER)
    values = {"account_number": BANK_ACCOUNT, "webhook_secret": "secret-of-shop-b", "api_token": "token-of-shop-b"}
    connect_provider(server.hub.units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in values.items()}, NOON)
    payment = till.start(Method.VIETQR)
    till.start(Method.CASH)
    messages = till.waiting()
    till.tell(server)
    made = [create_api_key(server.hub.units, VAULT, shop, "shop", NOON) for shop in SHOPS]
    keys = [secret.reveal() for _, secret in made]
    set_hook(server.hub.units, VAULT, MERCHANT, made[1][0].id, HookWish("https://shop-b.example/news"), NOON)
    owners = [sign_in(server.hub.units, setup=setup) for setup in (OTHER, SETUP)]
    shops = TwoShops(server, payment, messages, *keys, *owners)
    assert shops.event(shops.key_of_b, EVERY_EVENT[SALE]).status_code == 201
    return shops


SHOPS: Final = (OTHER.merchant_id, MERCHANT)
Asked = Callable[[TwoShops, bool], httpx.Response]
"""Asks a route as shop A, for something of shop B (True) or for the same thing that exists nowhere (False)."""


def _check(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_a("POST", f"/api/v1/payments/{shops.payment.id if foreign else NOWHERE}/check")


def _changes(shops: TwoShops, foreign: bool) -> httpx.Response:
    watch = shops.payment.id if foreign else NOWHERE
    return shops.as_a("GET", "/api/v1/changes", params={"after": 0, "limit": 1, "watch": watch})


def _push(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Push shop B's own facts, or facts of the same shape from a device and about things that nobody knows."""
    device = TILL if foreign else DeviceId(NOWHERE)
    told = [message.model_copy(update={"device_id": device}) for message in shops.messages]
    body = {"protocol": PROTOCOL, "hub_epoch": "", "messages": [message.model_dump() for message in told]}
    return shops.as_a("POST", "/api/v1/push", json=body)


def _webhook(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Shop A has no provider, so that its own id is as unknown as none."""
    merchant_id = OTHER.merchant_id if foreign else NOWHERE
    return shops.server.http.post(f"/api/v1/billing/webhook/sepay/{merchant_id}", content=b"{}")


def _enrol(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Enrol a till under shop A's code: with the id of shop B's till, or with one that nobody has."""
    code = create_invitation(shops.server.hub.units, OTHER.merchant_id, NOON)
    body = {"protocol": PROTOCOL, "code": code, "device_id": TILL if foreign else NOWHERE, "name": "new"}
    return shops.server.http.post("/api/v1/enrol", json=body)


def _succeed(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Present shop A's till as shop B's, or as one that nobody has; with a letter that is taken, so nothing changes."""
    body = {"protocol": PROTOCOL, "device_id": TILL if foreign else NOWHERE, "incarnation": "A"}
    return shops.as_a("POST", "/api/v1/succession", json=body)


def _try_provider(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Try a connection: to the provider that shop B has, or to one that nobody has."""
    return shops.as_owner_of_a("POST", f"/api/v1/providers/{'sepay' if foreign else 'vnpay_qr_mms'}/test")


def _disconnect(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("DELETE", f"/api/v1/providers/{'sepay' if foreign else 'vnpay_qr_mms'}")


def _shut_out(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("DELETE", f"/api/v1/tills/{TILL if foreign else NOWHERE}")


def _revoke_key(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("DELETE", f"/api/v1/api-keys/{_key(shops, foreign)}")


def _set_address(shops: TwoShops, foreign: bool) -> httpx.Response:
    path = f"/api/v1/api-keys/{_key(shops, foreign)}/webhook"
    return shops.as_owner_of_a("PUT", path, json={"url": "https://shop-a.example/news"})


def _remove_address(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("DELETE", f"/api/v1/api-keys/{_key(shops, foreign)}/webhook")


def _try_address(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("POST", f"/api/v1/api-keys/{_key(shops, foreign)}/webhook/test")


def _told(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("GET", f"/api/v1/api-keys/{_key(shops, foreign)}/webhook/deliveries")


def _tell_again(shops: TwoShops, foreign: bool) -> httpx.Response:
    return shops.as_owner_of_a("POST", f"/api/v1/api-keys/{_key(shops, foreign)}/webhook/deliveries/msg_1/resend")


def _key(shops: TwoShops, foreign: bool) -> str:
    """Return the id of shop B's key, whose system hears somewhere, or one that nobody has."""
    rows = shops.server.hub.units.read_of(MERCHANT, lambda session: keys_of(session, MERCHANT))
    return rows[0].id if foreign else "00000000"


def _sign_in(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Sign in at shop A's till as shop B's owner, or as one whom nobody knows."""
    shops.as_a("POST", "/api/v1/people/key", json={"own_key": "ab" * 32, "offered": True})
    who = person_id(Role.OWNER) if foreign else NOWHERE
    return shops.as_a("POST", "/api/v1/people/sign-in", json={"person_id": who, "pin": "739164"})


def _sign_out(shops: TwoShops, foreign: bool) -> httpx.Response:
    shown = acting(shops.owner_of_b if foreign else NOWHERE, TOKEN_OF_A)
    return shops.server.http.post("/api/v1/people/sign-out", headers=shown)


def _event(path: str) -> Asked:
    def asked(shops: TwoShops, foreign: bool) -> httpx.Response:
        """Book into shop B's wallet, or into one that nobody has."""
        return shops.event(shops.key_of_a, EVERY_EVENT[SALE] | {"wallet": CASH if foreign else NOWHERE}, path)

    return asked


def _checkout(method: str, act: str = "") -> Asked:
    def asked(shops: TwoShops, foreign: bool) -> httpx.Response:
        """Ask for an order of shop B, or for one that nobody told."""
        head = bearer(shops.key_of_b) | {"idempotency-key": "b"}
        order = shops.server.http.post("/api/v1/checkout-requests", json=ORDER, headers=head).json()["id"]
        path = f"/api/v1/checkout-requests/{order if foreign else NOWHERE}{act}"
        return shops.server.http.request(method, path, json={}, headers=bearer(shops.key_of_a))

    return asked


def _page(method: str) -> Asked:
    def asked(shops: TwoShops, foreign: bool) -> httpx.Response:
        """Open the page of shop B's payment without its own word, or of a payment that nobody has."""
        path = f"/pay/{MERCHANT}/{shops.payment.id if foreign else NOWHERE}/{'x' * 20}"
        return shops.server.http.request(method, path)

    return asked


def _statement(shops: TwoShops, foreign: bool) -> httpx.Response:
    """Look at a statement of shop B's bank account, or of one that nobody has."""
    file = f"Account:,{BANK_ACCOUNT if foreign else '9' * 10}\nDate,Credit,Details\n21/11/2026,1,x\n"
    body = {"name": "a.csv", "content": base64.b64encode(file.encode()).decode()}
    return shops.as_owner_of_a("POST", "/api/v1/statements", json=body)


ROWS: Final[dict[tuple[str, str], tuple[Asked | None, int]]] = {
    ("GET", "/api/v1/checkout-requests/{checkout_id}"): (_checkout("GET"), 404),
    ("POST", "/api/v1/checkout-requests/{checkout_id}/cancel"): (_checkout("POST", "/cancel"), 404),
    ("POST", "/api/v1/checkout-requests/{checkout_id}/capture"): (_checkout("POST", "/capture"), 404),
    ("GET", "/pay/{merchant_id}/{payment_id}/{token}"): (_page("GET"), 404),
    ("POST", "/pay/{merchant_id}/{payment_id}/{token}"): (_page("POST"), 404),
    ("POST", "/api/v1/checkout-requests"): (None, 201),
    ("GET", "/metrics"): (None, 200),
    ("POST", "/api/v1/payments/{payment_id}/check"): (_check, 404),
    ("GET", "/api/v1/changes"): (_changes, 200),
    ("POST", "/api/v1/push"): (_push, 200),
    ("POST", "/api/v1/billing/webhook/{provider}/{merchant_id}"): (_webhook, 404),
    ("POST", "/api/v1/succession"): (_succeed, 200),
    ("POST", "/api/v1/events"): (_event("/api/v1/events"), 422),
    ("POST", "/api/v1/events/batch"): (_event("/api/v1/events/batch"), 200),
    ("POST", "/api/v1/statements"): (_statement, 200),
    ("POST", "/api/v1/providers/{provider}/test"): (_try_provider, 200),
    ("DELETE", "/api/v1/providers/{provider}"): (_disconnect, 404),
    ("DELETE", "/api/v1/tills/{device_id}"): (_shut_out, 404),
    ("PUT", "/api/v1/api-keys/{key_id}/webhook"): (_set_address, 404),
    ("DELETE", "/api/v1/api-keys/{key_id}/webhook"): (_remove_address, 404),
    ("POST", "/api/v1/api-keys/{key_id}/webhook/test"): (_try_address, 404),
    ("GET", "/api/v1/api-keys/{key_id}/webhook/deliveries"): (_told, 200),
    ("POST", "/api/v1/api-keys/{key_id}/webhook/deliveries/{news_id}/resend"): (_tell_again, 409),
    ("DELETE", "/api/v1/api-keys/{key_id}"): (_revoke_key, 404),
    ("POST", "/api/v1/people/key"): (None, 200),
    ("POST", "/api/v1/people/sign-in"): (_sign_in, 403),
    ("POST", "/api/v1/people/sign-out"): (_sign_out, 200),
    ("GET", "/api/v1/providers"): (None, 200),
    ("PUT", "/api/v1/providers/{provider}"): (None, 200),
    ("GET", "/api/v1/tills"): (None, 200),
    ("POST", "/api/v1/tills/invitations"): (None, 200),
    ("GET", "/api/v1/api-keys"): (None, 200),
    ("POST", "/api/v1/api-keys"): (None, 200),
    ("POST", "/api/v1/enrol"): (_enrol, 200),  # seats both, so it comes after those that must find none
    ("WEBSOCKET", "/api/v1/live"): (None, 101),  # takes no id: whom it rings is tried in test_hub_live
    ("GET", OPENAPI_PATH): (None, 200),
    ("GET", "/healthz"): (None, 200),
    ("GET", "/readyz"): (None, 200),
}
"""Each route of the hub: how it is asked for another's thing and what it answers; None for a route without ids."""

_TOLD_ONCE: Final = frozenset({"x-request-id", "date"})


def shape(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """Return what an answer shows, but for what is new in every answer and for ids that were asked for."""
    text = answer.text
    for own in (CASH, TILL, NOWHERE):
        text = text.replace(own, "asked")
    if "token" in answer.text:
        text = ",".join(sorted(answer.json()))
    headers = [(name, value) for name, value in answer.headers.items() if name not in _TOLD_ONCE]
    return answer.status_code, text, headers


def test_every_route_of_the_hub_has_its_row(hub_file: Any, clock: Clock) -> None:
    app = create_app(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock))
    app.state.hub.stop()
    assert routes_of(app) == set(ROWS)


def test_anothers_thing_is_answered_like_none_at_all_on_every_route(shops: TwoShops) -> None:
    assert shops.server.watched(shops.payment.id).status == "pending", "to its own shop the payment is there"
    for place, (asked, status) in ROWS.items():
        if asked is not None:
            foreign = shape(asked(shops, True))
            assert foreign[0] == status, place
            assert foreign == shape(asked(shops, False)), place
    assert shops.server.changes().status_code == 200, "its till is still in"
    assert shops.event(shops.key_of_b, EVERY_EVENT[SALE]).status_code == 200, "its key still opens its books"


def test_an_owner_sees_and_uses_nothing_of_another_shop(shops: TwoShops) -> None:
    listed = shops.as_owner_of_a("GET", "/api/v1/providers").json()["providers"]
    assert not any(view["connected"] for view in listed)
    assert [till["device_id"] for till in shops.as_owner_of_a("GET", "/api/v1/tills").json()["tills"]] == [
        OTHER.device_id
    ]
    [key] = shops.as_owner_of_a("GET", "/api/v1/api-keys").json()["keys"]
    assert key["hook"] is None
    one = {"values": {"api_token": "the rest would have to be shop B's"}}
    refused = shops.as_owner_of_a("PUT", "/api/v1/providers/sepay", json=one)
    assert refused.json() == {"code": "PROVIDER_FIELD_INVALID", "field": "account_number"}
    code = shops.as_owner_of_a("POST", "/api/v1/tills/invitations").json()["code"]
    body = {"protocol": PROTOCOL, "code": code, "device_id": an_id("new"), "name": "new"}
    assert shops.server.http.post("/api/v1/enrol", json=body).json()["merchant_id"] == OTHER.merchant_id


def test_a_sign_in_of_one_shop_is_worth_nothing_at_a_till_of_another(shops: TwoShops) -> None:
    for headers in (acting(shops.owner_of_b, TOKEN_OF_A), acting(shops.owner_of_a)):
        answer = shops.server.http.get("/api/v1/tills", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"code": "PERSON_SESSION_ENDED"})
