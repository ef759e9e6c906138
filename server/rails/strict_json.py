"""A reader of providers' JSON that accepts one meaning only: no repeated keys, no NaN, no floats, no endless digits."""

import json
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

_MAX_DIGITS: Final = 18


class Unreadable(ValueError):
    """The text is not JSON of the one shape that is accepted; carries no part of the text."""


def read_object(body: bytes, limit: int, decimals_as_text: bool = False) -> dict[str, object]:
    """Return the JSON object in `body` of at most `limit` bytes; raises Unreadable for anything else.

    A number with a fraction or an exponent is refused, or kept as the text it was written as.
    """
    return read_with(body, limit, whole=_whole, broken=str if decimals_as_text else _refused)


def read_with(
    body: bytes, limit: int, *, whole: Callable[[str], object], broken: Callable[[str], object]
) -> dict[str, object]:
    """Return the JSON object in `body` of at most `limit` bytes, numbers as `whole` and `broken` read their text.

    Raises Unreadable for anything else, and for what is no JSON of one meaning.
    """
    if len(body) > limit:
        raise Unreadable("too long")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_float=broken,
            parse_int=whole,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError) as problem:
        raise Unreadable("not the JSON expected") from problem
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def text_of(fields: Mapping[str, object], name: str, absent: str = "") -> str:
    """Return a field as text (whole numbers as their digits), `absent` where it is missing or null.

    Raises Unreadable for other kinds of value and for text that a database cannot hold.
    """
    value = fields.get(name)
    if value is None:
        return absent
    if type(value) is int:
        return str(value)
    if not isinstance(value, str) or "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Unreadable(name)
    return value


def part_of(fields: Mapping[str, object], name: str) -> dict[str, object]:
    """Return the object in a field, an empty one where it is missing or null; raises Unreadable for anything else."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(name)
    return value


def parts_of(fields: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """Return the objects of a list in a field, none where it is missing or null; raises Unreadable otherwise."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise Unreadable(name)
    return value


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Unreadable("a key stands twice")
    return read


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        raise Unreadable("too many digits")
    return int(digits)


def _refused(_: str) -> NoReturn:
    raise Unreadable("not a whole number")
