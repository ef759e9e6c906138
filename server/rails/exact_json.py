"""JSON read so that it can be written again digit for digit, for signatures over the sorted fields of a body."""

import json
from typing import Final

from server.rails.strict_json import Unreadable, read_with

_MAX_DIGITS: Final = 40


class Digits(str):
    """A number as it was written; floats of two languages print the same number differently."""

    __slots__ = ()


def read_exact(body: bytes, limit: int) -> dict[str, object]:
    """Return the JSON object in `body` of at most `limit` bytes, its numbers as Digits; raises Unreadable."""
    return read_with(body, limit, whole=_digits, broken=_digits)


def sorted_json(value: object, escaped: bool = False) -> str:
    """Write a value of `read_exact` with keys sorted at every level and no blanks; raises Unreadable when too deep.

    Letters stand as they are, as JavaScript writes them; `escaped` writes `/` and all that is not ASCII as PHP does.
    """
    try:
        return _written(value, escaped)
    except RecursionError as problem:
        raise Unreadable("too deep") from problem


def _written(value: object, escaped: bool) -> str:
    if isinstance(value, dict):
        pairs = (f"{_quoted(name, escaped)}:{_written(value[name], escaped)}" for name in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(part, escaped) for part in value) + "]"
    if isinstance(value, Digits):
        return str(value)
    if isinstance(value, str):
        return _quoted(value, escaped)
    return json.dumps(value)


def _quoted(text: str, escaped: bool) -> str:
    quoted = json.dumps(text, ensure_ascii=escaped)
    return quoted.replace("/", "\\/") if escaped else quoted


def _digits(text: str) -> Digits:
    if len(text) > _MAX_DIGITS:
        raise Unreadable("too many digits")
    return Digits(text)
