"""Reads a PDF back as a person's viewer does: its pages, and every text by the letters that its fonts name."""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

POINTS_PER_MM = 72 / 25.4
MM_PER_PIXEL = 25.4 / 1200


@dataclass(frozen=True)
class Run:
    """Letters written in one go: the text, where each letter's pen begins along the line, and how far down it stands.

    Both are millimetres; on a turned or shifted part of the page they are counted from its own corner.
    """

    text: str
    starts: tuple[float, ...]
    down: float
    font: str


@dataclass(frozen=True)
class Page:
    """A page: its size in millimetres and its runs in the order in which they were painted."""

    width: float
    height: float
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """Everything on the page, words divided by single spaces."""
        return plain(" ".join(run.text for run in self.runs))


def plain(text: str) -> str:
    """Return a text with every stretch of blanks as one space."""
    return " ".join(text.split())


def read_pages(path: Path) -> list[Page]:
    """Return the pages of a PDF that Qt wrote."""
    objects = _objects(path.read_bytes())
    order = re.findall(rb"(\d+) 0 R", _pages_object(objects).split(b"/Kids", 1)[1].partition(b"]")[0])
    return [_page(objects, objects[int(number)]) for number in order]


def _objects(data: bytes) -> dict[int, bytes]:
    """Find the objects by the table of their places at the end of the file."""
    table = int(data[data.rindex(b"startxref") :].split()[1])
    places = [int(line[:10]) for line in re.findall(rb"\d{10} \d{5} [nf]", data[table:])]
    ends = sorted([*places, table])
    found = {}
    for number, start in enumerate(places):
        if number:
            end = min(end for end in ends if end > start)
            found[number] = data[start:end]
    return found


def _pages_object(objects: dict[int, bytes]) -> bytes:
    return next(body for body in objects.values() if b"/Type /Pages" in body)


def _number(body: bytes, key: bytes) -> int:
    return int(body.split(key, 1)[1].split()[0])


def _stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream\n")
    return zlib.decompressobj().decompress(rest) if b"/FlateDecode" in head else rest


def _page(objects: dict[int, bytes], body: bytes) -> Page:
    box = body.split(b"/MediaBox [", 1)[1].split(b"]")[0].split()
    resources = objects[_number(body, b"/Resources")]
    fonts = {name: int(number) for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", resources)}
    letters = {name: _letters(_stream(objects[_number(objects[at], b"/ToUnicode")])) for name, at in fonts.items()}
    names = {name: objects[at].split(b"/BaseFont /")[1].split()[0].decode() for name, at in fonts.items()}
    content = _stream(objects[_number(body, b"/Contents")])
    runs = [_run(block, letters, names) for block in re.findall(rb"BT\n(.*?)ET\n", content, re.DOTALL)]
    return Page(float(box[2]) / POINTS_PER_MM, float(box[3]) / POINTS_PER_MM, tuple(runs))


def _run(block: bytes, letters: dict[bytes, dict[int, str]], names: dict[bytes, str]) -> Run:
    font = block.split()[0].removeprefix(b"/")
    text, starts, x, y = "", [], 0.0, 0.0
    for across, down, glyph in re.findall(rb"(-?[\d.]+) (-?[\d.]+) Td <([0-9A-F]+)> Tj", block):
        x, y = x + float(across), y - float(down)
        text += letters[font].get(int(glyph, 16), "\ufffd")
        starts.append(x * MM_PER_PIXEL)
    text = text.replace("\t", " ")  # one glyph draws both, and Qt names the first
    return Run(text, tuple(starts), y * MM_PER_PIXEL, names[font])


def _letters(table: bytes) -> dict[int, str]:
    """Return which letters a font's glyphs are, from its ToUnicode table."""
    found: dict[int, str] = {}
    for part in re.findall(rb"beginbfrange\n(.*?)endbfrange", table, re.DOTALL):
        for line in part.splitlines():
            first, last, *texts = (int(text, 16) for text in re.findall(rb"<([0-9A-Fa-f]+)>", line))
            for offset in range(last - first + 1):
                found[first + offset] = chr(texts[offset] if b"[" in line else texts[0] + offset)
    for part in re.findall(rb"beginbfchar\n(.*?)endbfchar", table, re.DOTALL):
        for line in part.splitlines():
            glyph, text = (int(text, 16) for text in re.findall(rb"<([0-9A-Fa-f]+)>", line))
            found[glyph] = chr(text)
    return {glyph: letter for glyph, letter in found.items() if letter != "\0"}
