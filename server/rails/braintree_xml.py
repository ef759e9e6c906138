"""Braintree's XML: typed elements read as objects, lists and texts, and written from them.

Source: the official SDK (4.48, `util/parser.py`, `util/generator.py`). Names are read with underscores for hyphens. A
document type, and with it every entity of its own, is refused.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape

from server.rails.strict_json import Unreadable

_MAX_DEPTH: Final = 30

Written = str | bool | Mapping[str, "Written"] | Sequence[str]


def read_xml(body: bytes, limit: int) -> dict[str, object]:
    """Return a document of at most `limit` bytes as an object with its root's name; raises Unreadable.

    Elements become objects, those of type array lists, the others their text, None where they are nil or empty of all.
    An element that stands several times in another becomes a list.
    """
    if len(body) > limit:
        raise Unreadable("too long")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refused
    try:
        parser.Parse(body, True)
    except expat.ExpatError as problem:
        raise Unreadable("not the XML expected") from problem
    return reader.root


def write_xml(name: str, fields: Mapping[str, Written]) -> bytes:
    """Return a document; texts that XML cannot hold raise ValueError."""
    return _written(name, fields).encode("ascii", "xmlcharrefreplace")


class _Reader:
    """Collects the elements of one document."""

    def __init__(self) -> None:
        self.root: dict[str, object] = {}
        self._open: list[tuple[str, str, list[tuple[str, object]], list[str]]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) == _MAX_DEPTH:
            raise Unreadable("too deep")
        kind = "nil" if attributes.get("nil") == "true" else attributes.get("type", "")
        self._open.append((name.replace("-", "_"), kind, [], []))

    def text(self, text: str) -> None:
        self._open[-1][3].append(text)

    def end(self, _: str) -> None:
        name, kind, children, texts = self._open.pop()
        value = _value(kind, children, "".join(texts))
        if self._open:
            self._open[-1][2].append((name, value))
        else:
            self.root = {name: value}


def _value(kind: str, children: list[tuple[str, object]], text: str) -> object:
    if kind == "array":
        return [value for _, value in children]
    if not children:
        return None if kind == "nil" else text.strip()
    found: dict[str, object] = {}
    times = Counter(name for name, _ in children)
    for name, value in children:
        if times[name] > 1:
            listed = found.setdefault(name, [])
            if isinstance(listed, list):
                listed.append(value)
        else:
            found[name] = value
    return found


def _written(name: str, value: Written) -> str:
    if isinstance(value, bool):
        return f'<{name} type="boolean">{str(value).lower()}</{name}>'
    if isinstance(value, str):
        if any(letter < " " and letter not in "\t\n\r" for letter in value):
            raise ValueError(name)
        return f"<{name}>{escape(value)}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_written(key, part) for key, part in value.items())}</{name}>"
    return f'<{name} type="array">{"".join(_written("item", part) for part in value)}</{name}>'


def _refused(*_: object) -> NoReturn:
    raise Unreadable("a document type")
