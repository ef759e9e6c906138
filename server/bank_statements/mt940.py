"""MT940, SWIFT's customer statement: fields that begin with `:NN:`, amounts with a comma, days as YYMMDD.

Source: SWIFT category 9; field 61 is `6!n[4!n]2a[1!a]15d1!a3!c[16x][//16x]` and a line of up to 34 more. A file is
read strictly: what a lenient reader would put into the text of the line before is refused here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from server.bank_statements.statement import (
    MAX_NAME,
    MAX_TEXT,
    BankStatement,
    StatementLine,
    amount_of,
    day_of,
    joined,
    unreadable,
)

_TAG: Final = re.compile(r":(\d\d[A-Z]?):(.*)")
_KNOWN: Final = frozenset({"13D", "21", "28", "28C", "34F", "64", "65", "90C", "90D"})
_BALANCE: Final = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,15},\d{0,3})")
_MOVEMENT: Final = re.compile(
    r"(?P<day>\d{6})(?:\d{4})?(?P<mark>R?[CD])[A-Z]?(?P<amount>\d{1,15},\d{0,3})[A-Z][A-Z0-9]{3}"
    r"(?P<own>[^\n]{0,34}?)(?://(?P<bank>[^\n]{0,34}))?"
)
_PART: Final = re.compile(r"\?\d\d")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NONE: Final = "NONREF"


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a message, all its lines, and the line of the file where it begins."""

    tag: str
    lines: tuple[str, ...]
    line: int


def looks_like_mt940(text: str) -> bool:
    """Whether a text can only be meant as MT940."""
    return re.search(r"^:(?:20|25P?|60[FM]):", text, re.MULTILINE) is not None


def read_mt940(text: str) -> BankStatement:
    """Return the statement of a file; several messages of one account are one statement. Raises RuleBroken."""
    messages: list[list[_Field]] = []
    for field in _fields(text):
        if field.tag == "20":
            messages.append([])
        elif not messages:
            unreadable(field.line)
        messages[-1].append(field)
    parts: list[BankStatement] = []
    before = 0
    for message in messages:
        parts.append(_statement(message, before))
        before += len(parts[-1].lines)
    return joined(parts)


def _fields(text: str) -> Iterator[_Field]:
    tag, lines, begun = "", list[str](), 0
    for number, raw in enumerate(_LINE_END.split(text), start=1):
        line = raw.rstrip()
        match = _TAG.fullmatch(line)
        if match is None and not line.startswith((":", "{", "-}")) and line != "-":
            if tag:
                lines.append(line)
            elif line:
                unreadable(number)
            continue
        if tag:
            yield _Field(tag, tuple(lines), begun)
            tag = ""
        if match is not None:
            tag, lines, begun = match[1], [match[2]], number
        elif line.startswith(":"):
            unreadable(number)
    if tag:
        yield _Field(tag, tuple(lines), begun)


def _statement(message: Sequence[_Field], before: int) -> BankStatement:
    account, currency = "", ""
    balances: dict[str, int] = {}
    lines: list[StatementLine] = []
    awaits_text = False
    for field in message:
        if field.tag in ("25", "25P"):
            account = field.lines[0].strip()[:MAX_NAME]
        elif field.tag in ("60F", "60M", "62F", "62M"):
            currency, amount = _balance(field, currency)
            balances[field.tag[:2]] = amount
        elif field.tag == "61":
            if not currency:
                unreadable(field.line)
            lines.append(_movement(field, currency, before + len(lines) + 1))
        elif field.tag == "86":
            if awaits_text and lines:
                lines[-1] = _told(lines[-1], field)
        elif field.tag not in _KNOWN and field.tag != "20":
            unreadable(field.line)
        awaits_text = field.tag == "61"
    if not account or not currency:
        unreadable(message[0].line)
    return BankStatement(account, currency, balances.get("60"), balances.get("62"), tuple(lines))


def _balance(field: _Field, currency: str) -> tuple[str, int]:
    match = _BALANCE.fullmatch("".join(field.lines).strip())
    if match is None or (currency and match[3] != currency):
        unreadable(field.line)
    amount = amount_of(match[4].replace(",", "."), match[3], field.line)
    return match[3], amount if match[1] == "C" else -amount


def _movement(field: _Field, currency: str, position: int) -> StatementLine:
    match = _MOVEMENT.fullmatch(field.lines[0])
    if match is None:
        unreadable(field.line)
    amount = amount_of(match["amount"].replace(",", "."), currency, field.line)
    day, mark, bank = match["day"], match["mark"], (match["bank"] or "").strip()
    if amount == 0:
        unreadable(field.line)
    return StatementLine(
        position,
        day_of(2000 + int(day[:2]), int(day[2:4]), int(day[4:]), field.line),
        amount,
        mark in ("C", "RD"),
        "" if bank.upper() == _NONE else bank,
        " ".join(field.lines[1:]).strip()[:MAX_TEXT],
        also="" if match["own"].strip().upper() == _NONE else match["own"].strip(),
        reversal=mark.startswith("R"),
    )


def _told(line: StatementLine, field: _Field) -> StatementLine:
    """Return a line with what the bank says of it; the marks of its parts (`?20`) would break references in two."""
    text = " ".join(part for part in field.lines if part).strip()
    if "?2" in text:
        text = _PART.sub("", text)
    return replace(line, text=text[:MAX_TEXT], also=f"{line.also} {line.text}".strip()[:MAX_TEXT])
