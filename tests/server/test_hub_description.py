"""The description of the hub's interface: whole in itself, and of events what their reader really takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.checkouts import MAY, MUST, read_checkout
from domain.errors import RuleBroken
from domain.events import EVENT_KINDS, form_of, read_event
from server.app import create_app
from server.checkout_form import CHECKOUT_SCHEMA
from server.event_form import event_schema
from server.intake import BATCH_PATH, CHECKOUTS_PATH, EVENTS_PATH
from server.routes.events import BATCH_LIMIT
from storage.hub_units import SqliteHub
from storage.sqlite import open_encrypted
from tests.builders import KEY
from tests.domain.event_samples import EVERY_EVENT
from tests.server.hub_stage import Clock, settings_for


@pytest.fixture
def described(hub_file: Path, clock: Clock) -> Iterator[dict[str, Any]]:
    """What the hub serves as its description."""
    app = create_app(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock))
    yield app.openapi()
    app.state.hub.stop()


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from nodes(item)


def body_of(described: dict[str, Any], path: str) -> dict[str, Any]:
    body: dict[str, Any] = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return body


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether a value is one of a schema, as far as the schemas of events go."""
    checks = {
        "type": lambda name: type(value) is {"integer": int, "string": str, "object": dict}[name],
        "const": lambda wanted: value == wanted,
        "minimum": lambda least: value >= least,
        "maximum": lambda most: value <= most,
        "minLength": lambda least: len(value) >= least,
        "maxLength": lambda most: len(value) <= most,
    }
    return all(check(schema[word]) for word, check in checks.items() if word in schema)


def is_read(told: dict[str, Any]) -> bool:
    try:
        read_event(told)
    except RuleBroken:
        return False
    return True


def test_every_reference_in_the_description_leads_somewhere(described: dict[str, Any]) -> None:
    references = [node["$ref"] for node in nodes(described) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_the_public_interface_is_described(described: dict[str, Any]) -> None:
    public = {
        EVENTS_PATH,
        BATCH_PATH,
        CHECKOUTS_PATH,
        "/api/v1/billing/webhook/{provider}/{merchant_id}",
        "/healthz",
        "/readyz",
    }
    assert public <= set(described["paths"])
    for path in (EVENTS_PATH, BATCH_PATH, CHECKOUTS_PATH):
        route = described["paths"][path]["post"]
        assert route["security"] == [{"ApiKey": []}]
        assert [given["name"] for given in route["parameters"]] == ["idempotency-key"]
        assert {"401", "409", "422", "429"} <= set(route["responses"])
    assert described["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"


def test_an_event_is_described_by_the_forms_of_all_its_kinds(described: dict[str, Any]) -> None:
    forms = [event_schema(kind) for kind in EVENT_KINDS]
    assert body_of(described, EVENTS_PATH) == {"oneOf": forms}
    listed = body_of(described, BATCH_PATH)["properties"]["events"]
    assert (listed["items"], listed["maxItems"]) == ({"oneOf": forms}, BATCH_LIMIT)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_the_described_fields_are_those_that_the_reader_takes(kind: str) -> None:
    schema, form = event_schema(kind), form_of(kind)
    assert (set(schema["properties"]), schema["required"]) == ({*form.must, *form.may}, list(form.must))
    assert schema["additionalProperties"] is False
    whole = EVERY_EVENT[kind] | {name: _GIVEN[name] for name in form.may}
    assert is_read(whole)
    assert all(accepts(schema["properties"][name], value) for name, value in whole.items())


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_what_the_description_excludes_the_reader_refuses(kind: str) -> None:
    whole = EVERY_EVENT[kind] | {name: _GIVEN[name] for name in form_of(kind).may}
    for name, schema in event_schema(kind)["properties"].items():
        for value in _outside(schema):
            assert not accepts(schema, value)
            assert not is_read(whole | {name: value}), (name, value)


def test_a_checkout_request_is_described_by_the_fields_that_its_reader_takes() -> None:
    properties: dict[str, Any] = CHECKOUT_SCHEMA["properties"]
    assert (set(properties), CHECKOUT_SCHEMA["required"]) == ({*MUST, *MAY}, list(MUST))
    for told in (A_CHECKOUT, A_RENEWAL):
        assert all(accepts(properties[name], value) for name, value in told.items())
        assert read_checkout(told).order_ref == "WEB-1"
    for name, value in A_CHECKOUT.items():
        outside = [*_outside(properties[name]), *(["none"] if "enum" in properties[name] else [])]
        for wrong in outside:
            with pytest.raises(RuleBroken):
                read_checkout(A_CHECKOUT | {name: wrong})
        if name in MUST:
            with pytest.raises(RuleBroken):
                read_checkout({field: told for field, told in A_CHECKOUT.items() if field != name})
        assert outside, value


def _outside(schema: dict[str, Any]) -> Iterator[Any]:
    if "const" in schema:
        yield "another"
    elif schema["type"] == "integer":
        yield from (schema["minimum"] - 1, schema["maximum"] + 1, "1", True)
    elif schema["type"] == "string":
        yield 5
        if "maxLength" in schema:
            yield "x" * (schema["maxLength"] + 1)
        if schema.get("minLength"):
            yield ""
    else:
        yield from ("Lan", [])


_GIVEN = {
    "tax_minor": 0,
    "fee_minor": 0,
    "wallet": "cash",
    "category": "sales",
    "system": "web-shop.2",
    "memo": "",
    "counterparty": {"name": "Lan", "address": "12 Lê Lợi"},
}

A_CHECKOUT: dict[str, Any] = {
    "order_ref": "WEB-1",
    "order_type": "web",
    "subtotal_minor": 100_000,
    "tax_percent": 8,
    "tax_minor": 8_000,
    "total_minor": 108_000,
    "currency": "VND",
    "capture_mode": "automatic",
    "origin": "api",
    "due_on": "2026-11-30",
    "method": "vietqr",
    "option": "visa",
    "customer": {"name": "Lan", "phone": "0901234567"},
}
A_RENEWAL = A_CHECKOUT | {"origin": "subscription", "subscription_id": "S-7", "period": "2026-11"}
