"""How Lean writes: errors, amounts, times, pages, and the signature of its events.

Sources: docs.leantech.me (webhooks, payments errors) and its OpenAPI description.
"""

import base64
import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fastapi.responses import JSONResponse

from server.simulator.stall import Asked, Doc, Refused


def signature(secret: str, body: bytes, encoding: str) -> str:
    """Return the lean-signature of a raw body: HMAC-SHA512 in hex or base64."""
    digest = hmac.digest(secret.encode(), body, "sha512")
    return base64.b64encode(digest).decode() if encoding == "base64" else digest.hex()


def no(status: int, code: str) -> Refused:
    """Return Lean's refusal."""
    return Refused(JSONResponse({"code": code, "message": "Simulated.", "status": "FAILED"}, status))


def public(doc: Doc) -> Doc:
    """Return a document without what only the simulator knows."""
    return {name: value for name, value in doc.items() if not name.startswith("_")}


def minor(value: Any) -> int:
    """Return the hundredths of a JSON number; raises Refused for anything else and for finer amounts."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise no(400, "INVALID_AMOUNT")
    hundredths = Decimal(str(value)) * 100
    if hundredths != int(hundredths):
        raise no(400, "INVALID_AMOUNT")
    return int(hundredths)


def major(amount: int) -> float | int:
    """Return hundredths as the number that JSON writes exactly: at most two places and fifteen digits."""
    return amount // 100 if amount % 100 == 0 else float(Decimal(amount) / 100)


def moment(at_ms: int) -> str:
    """Return a time as Lean writes it, to the microsecond."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{at}.{at_ms % 1000:03d}000Z"


def read_moment(value: Any) -> int:
    """Return the UTC milliseconds of an RFC 3339 time; raises Refused for anything else."""
    try:
        return int(datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError as problem:
        raise no(400, "INVALID_REQUEST") from problem


def object_of(asked: Asked) -> Doc:
    """Return the JSON object of a request; raises Refused."""
    try:
        return asked.json()
    except ValueError as problem:
        raise no(400, "INVALID_REQUEST") from problem


def page(asked: Asked, rows: list[Doc]) -> Doc:
    """Return the page of rows that a request asks for, counted from 0; raises Refused."""
    query = dict(asked.query)
    try:
        number, size = int(query.get("page", 0)), int(query.get("size", 50))
    except ValueError as problem:
        raise no(400, "INVALID_REQUEST") from problem
    if number < 0 or not 0 < size <= 100:
        raise no(400, "INVALID_REQUEST")
    pages = -(-len(rows) // size)
    where = {"number": number, "size": size, "total_elements": len(rows), "total_pages": pages}
    return {"content": rows[number * size : (number + 1) * size], "page": where}
