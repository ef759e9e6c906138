"""SEC-W-01 in small: whatever is sent, no answer is a fault, and each is one that the description tells of.

`make schemathesis` does the same for ten minutes with better inputs.
"""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

from domain.posting_rules import SALE
from server.api_keys import create_api_key
from server.limits import ENROL
from sync.owner_wire import PERSON_HEADER
from sync.wire import PROTOCOL
from tests.builders import MERCHANT, NOON, an_id
from tests.domain.event_samples import EVERY_EVENT
from tests.server.hub_stage import TOKEN, VAULT, Clock, Served, bearer
from tests.server.owner_stage import sign_in

ROUNDS: Final = 25
LETTERS: Final = "aZ0 \x00\x7f\u202e\ufeff\ud800é字🔑'\"\\%/;,{}[]"
MODELS: Final[tuple[dict[str, Any], ...]] = (
    {
        "protocol": PROTOCOL,
        "hub_epoch": "",
        "messages": [{"id": "a", "subject_id": "b", "kind": "payment", "body": "{}"}],
    },
    {"protocol": PROTOCOL, "code": "AAAAA-AAAAA", "device_id": an_id("x"), "name": "x"},
    {"protocol": PROTOCOL, "device_id": an_id("x"), "incarnation": "A"},
    EVERY_EVENT[SALE],
    {"events": [EVERY_EVENT[SALE]]},
    {
        "order_ref": "WEB-1",
        "order_type": "web",
        "subtotal_minor": 100_000,
        "tax_percent": 0,
        "tax_minor": 0,
        "total_minor": 100_000,
        "currency": "VND",
        "capture_mode": "automatic",
        "origin": "api",
        "customer": {"name": "Lan", "phone": "0901234567"},
    },
    {"amount_minor": 1},
    {"values": {"api_token": "x"}, "name": "web shop"},  # never all that a provider needs: none is really called
)


def junk(dice: random.Random, depth: int = 0) -> Any:
    """Return some JSON value."""
    plain = [None, True, 0, -1, 2**53 + 1, 2**63, -(2**63) - 1, 1.5, float("nan"), "", word(dice), "2026-02-30"]
    if depth > 3 or dice.random() < 0.7:
        return dice.choice(plain)
    parts = [junk(dice, depth + 1) for _ in range(dice.randrange(3))]
    return parts if dice.random() < 0.5 else {word(dice): part for part in parts}


def word(dice: random.Random) -> str:
    return "".join(dice.choices(LETTERS, k=dice.choice((0, 1, 5, 70, 300))))


def spoiled(dice: random.Random, model: Any) -> Any:
    """Return a model with one part left out, added or replaced, somewhere in it."""
    if isinstance(model, dict) and model:
        name = dice.choice(sorted(model))
        changes = [{name: spoiled(dice, model[name])}, {name: junk(dice)}, {word(dice): junk(dice)}]
        if dice.random() < 0.2:
            return {key: value for key, value in model.items() if key != name}
        return model | dice.choice(changes)
    if isinstance(model, list) and model and dice.random() < 0.8:
        return [spoiled(dice, model[0]), *model[1:]] * dice.choice((1, 1, 2))
    return junk(dice)


def bodies(dice: random.Random) -> Iterator[bytes]:
    for _ in range(ROUNDS):
        told = json.dumps(spoiled(dice, dice.choice(MODELS))).encode()
        cut = dice.randrange(len(told) + 1)
        yield told if dice.random() < 0.9 else told[:cut] + bytes([dice.randrange(256)]) + told[cut:]


def asked(dice: random.Random, path: str) -> tuple[str, dict[str, str]]:
    """Return a path with its names filled in, and a query."""
    for name in ("{provider}", "{merchant_id}", "{payment_id}", "{device_id}", "{key_id}", "{checkout_id}"):
        path = path.replace(name, dice.choice(("sepay", MERCHANT, an_id("p"), "%00", "%F0%9F%94%91", "x" * 65)))
    text = word(dice).encode("utf-8", "replace").decode()
    return path, {
        dice.choice(("after", "limit", "watch", "even_if_open", "x")): dice.choice(("0", "-1", "1e9", "9" * 30, text))
    }


def test_every_answer_to_whatever_is_sent_is_one_that_is_described(server: Served, clock: Clock) -> None:
    key = create_api_key(server.hub.units, VAULT, MERCHANT, "other system", NOON)[1].reveal()
    person = sign_in(server.hub.units, lifetime_ms=10**12)
    described = server.http.get("/api/v1/openapi.json").json()["paths"]
    dice, wrong, seen = random.Random(ROUNDS), [], set()
    for path, methods in described.items():
        for method, route in methods.items():
            for body in bodies(dice):
                clock.forward(ENROL.refill_ms)
                filled, query = asked(dice, path)
                shown = dice.choice((TOKEN, key, "none", "x" * 300))
                headers = {**bearer(shown), "content-type": dice.choice(("application/json", "application/json", "x"))}
                if dice.random() < 0.8:
                    headers["idempotency-key"] = dice.choice(("k1", "k2", "x" * 201))
                headers[PERSON_HEADER] = dice.choice((person, person, "none", "x" * 300))
                content = body if method in {"post", "put"} else b""
                answer = server.http.request(method, filled, params=query, content=content, headers=headers)
                kind = answer.headers.get("content-type", "")
                known = route["responses"].get(str(answer.status_code))
                seen.add(answer.status_code)
                if known is None or answer.status_code >= 500 or (known.get("content") or {kind: 1}).get(kind) is None:
                    wrong.append((method, filled, query, body, answer.status_code, kind))
    assert wrong == []
    assert {200, 401, 404, 415, 422} <= seen
