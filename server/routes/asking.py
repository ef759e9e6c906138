"""What routes take from a request: who calls, and a body of JSON with one meaning."""

from functools import cache
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError

from domain.errors import ErrorCode
from server.auth import Caller
from server.problems import Refusal
from server.rails.strict_json import Unreadable, read_object
from sync.wire import BODY_LIMIT_BYTES, PROTOCOL, Problem, Wire

W = TypeVar("W", bound=Wire)

SPOKEN: Final = frozenset(protocol for protocol in (PROTOCOL, PROTOCOL - 1) if protocol >= 1)
"""The protocols this hub speaks: its own and the one before it, once there was one."""

ANYWHERE: Final = (400, 408, 413, 422, 431, 503)
"""Statuses that any route may be answered with: by its intake, for a parameter that does not fit, without storage."""

_BEARER: Final = HTTPBearer(auto_error=False, description="A till's token, as its enrolment told it.")


async def caller(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None
) -> Caller:
    """Return who calls, as the request shows it."""
    return Caller(request.headers.get("authorization", ""), address_of(request))


async def stranger(request: Request) -> str:
    """Return the address of a caller who has no token yet."""
    return address_of(request)


async def json_body(request: Request) -> bytes:
    """Return the body of a request that says it is JSON; it was read within its limits before. Raises Refusal."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(ErrorCode.MESSAGE_MALFORMED, 415)
    return await request.body()


Known = Annotated[Caller, Depends(caller)]
Stranger = Annotated[str, Depends(stranger)]
JsonBody = Annotated[bytes, Depends(json_body)]


def address_of(request: Request) -> str:
    """Return the address a request came from."""
    return request.client.host if request.client else ""


def read_body(body: bytes, model: type[W]) -> W:
    """Return what a body says; refuses repeated keys, NaN, floats and endless numbers. Raises Refusal."""
    try:
        return model.model_validate(read_object(body, BODY_LIMIT_BYTES))
    except (Unreadable, ValidationError) as error:
        raise Refusal(ErrorCode.MESSAGE_MALFORMED) from error


def described(model: type[Wire]) -> dict[str, Any]:
    """Return what OpenAPI says of a body that `read_body` reads."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(model)}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the refusals of a route."""
    body = {"application/problem+json": {"schema": schema_of(Problem)}}
    return {status: {"description": "Refused; the code says why.", "content": body} for status in statuses}


def routes_on(subject: str, **settings: Any) -> APIRouter:
    """Return a router for the hub's routes on a subject, which OpenAPI names; they are complete as they stand.

    A router that an application includes is built twice, the second time at its first request.
    """
    return APIRouter(tags=[subject], responses=problems(*ANYWHERE), **settings)


@cache
def schema_of(model: type[Wire]) -> dict[str, Any]:
    """Return a model's JSON Schema with its parts where they are used: references would point outside of OpenAPI.

    Many routes say the same; the description of each only reads it.
    """
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return whole(parts[node["$ref"].rpartition("/")[2]])
        return {key: whole(value) for key, value in node.items()}

    inlined: dict[str, Any] = whole(schema)
    return inlined
