"""camt.053, the ISO 20022 statement in XML; a document type, and with it every entity of its own, is refused.

Source: ISO 20022 `BkToCstmrStmt`; the versions differ in names that are not read here, so any of them is taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from xml.parsers import expat

from domain.ids import Instant
from server.bank_statements.statement import (
    MAX_NAME,
    MAX_TEXT,
    BankStatement,
    StatementLine,
    amount_of,
    day_of,
    instant_of,
    joined,
    unreadable,
)
from server.rails.vietnam_time import VIETNAM

_DEEPEST: Final = 30
_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:Z|[+-]\d\d:\d\d)?")
_NONE: Final = frozenset({"", "NOTPROVIDED", "NONREF"})


@dataclass(slots=True)
class _Element:
    """An element without its namespace, and the line of the file where it begins."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list["_Element"] = field(default_factory=list)
    text: str = ""

    def all(self, path: str) -> list["_Element"]:
        """Return the elements at a path below this one."""
        found = [self]
        for name in path.split("/"):
            found = [part for each in found for part in each.parts if part.name == name]
        return found

    def told(self, *paths: str) -> str:
        """Return the text at the first of several paths that has any."""
        texts = (each.text.strip() for path in paths for each in self.all(path))
        return next((text for text in texts if text), "")


class _Reader:
    """Collects the elements of one document."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self.open: list[_Element] = [_Element("", 0)]

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            unreadable(self._parser.CurrentLineNumber)
        element = _Element(name.rpartition(" ")[2], self._parser.CurrentLineNumber, attributes)
        self.open[-1].parts.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def say(self, text: str) -> None:
        if not self.open[-1].parts:  # what stands between elements says nothing
            self.open[-1].text += text

    def refuse(self, *_doctype: object) -> None:
        unreadable(self._parser.CurrentLineNumber)


def looks_like_xml(data: bytes) -> bool:
    """Whether a file can only be meant as XML."""
    return data[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<")


def read_camt053(data: bytes) -> BankStatement:
    """Return the statement of a file; several of one account are one. Raises RuleBroken."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    reader = _Reader(parser)
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.say
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):  # what is no XML, or in letters that nobody knows
        unreadable(parser.ErrorLineNumber)
    parts: list[BankStatement] = []
    before = 0
    for statement in reader.open[0].all("Document/BkToCstmrStmt/Stmt"):
        parts.append(_statement(statement, before))
        before += len(parts[-1].lines)
    return joined(parts)


def _statement(statement: _Element, before: int) -> BankStatement:
    account = statement.told("Acct/Id/Othr/Id", "Acct/Id/IBAN")[:MAX_NAME]
    balances: dict[str, int] = {}
    currencies = {each.attributes.get("Ccy", "") for each in statement.all("Bal/Amt")}
    currencies |= {each.attributes.get("Ccy", "") for each in statement.all("Ntry/Amt")}
    currencies |= {each for each in [statement.told("Acct/Ccy")] if each}
    if not account or len(currencies) != 1 or "" in currencies:
        unreadable(statement.line)
    currency = currencies.pop()
    for balance in statement.all("Bal"):
        kind = {"PRCD": "OPBD"}.get(code := balance.told("Tp/CdOrPrtry/Cd"), code)
        balances.setdefault(kind, _signed(balance, currency))
    lines: list[StatementLine] = []
    for entry in statement.all("Ntry"):
        if entry.told("Sts/Cd", "Sts") == "BOOK":  # what is only announced moves no balance
            lines.extend(_lines(entry, currency, before + len(lines) + 1))
    return BankStatement(account, currency, balances.get("OPBD"), balances.get("CLBD"), tuple(lines))


def _signed(told: _Element, currency: str) -> int:
    amount = amount_of(told.told("Amt"), currency, told.line)
    side = told.told("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        unreadable(told.line)
    return amount if side == "CRDT" else -amount


def _lines(entry: _Element, currency: str, position: int) -> Iterator[StatementLine]:
    """The movements of an entry: those that it adds up, where it tells each one's amount, else itself."""
    signed = _signed(entry, currency)
    if signed == 0:
        unreadable(entry.line)
    day, at = _when(entry)
    details = entry.all("NtryDtls/TxDtls")
    amounts = [_part_minor(each, currency) for each in details]
    several = len(details) > 1 and sum(amounts) == abs(signed) and min(amounts) > 0
    for offset, (told, amount) in enumerate(zip(details, amounts, strict=True) if several else [(entry, abs(signed))]):
        ref = told.told("Refs/AcctSvcrRef" if several else "AcctSvcrRef", "NtryDtls/TxDtls/Refs/AcctSvcrRef")
        said = told if several else next(iter(details), entry)
        text = " ".join(
            each.text.strip() for part in ([said] if several else details) for each in part.all("RmtInf/Ustrd")
        )
        yield StatementLine(
            position + offset,
            day,
            amount,
            signed > 0,
            "" if ref.upper() in _NONE else ref[:MAX_NAME],
            (text.strip() or said.told("AddtlTxInf") or entry.told("AddtlNtryInf"))[:MAX_TEXT],
            at=at,
            also=said.told("Refs/EndToEndId")[:MAX_TEXT],
            reversal=entry.told("RvslInd") in ("true", "1"),
        )


def _part_minor(told: _Element, currency: str) -> int:
    """Return the amount of one of several movements of an entry, 0 where it tells none in the account's currency."""
    amounts = told.all("Amt") or told.all("AmtDtls/TxAmt/Amt")
    if len(amounts) != 1 or amounts[0].attributes.get("Ccy") != currency:
        return 0
    return amount_of(amounts[0].text.strip(), currency, told.line)


def _when(entry: _Element) -> tuple[str, Instant | None]:
    day = _DAY.fullmatch(entry.told("BookgDt/Dt", "ValDt/Dt"))
    moment = entry.told("BookgDt/DtTm", "ValDt/DtTm")
    if moment:
        try:
            told = datetime.fromisoformat(moment)
            told = told if told.tzinfo is not None else told.replace(tzinfo=VIETNAM)
            booked = told.astimezone(VIETNAM)
            return day_of(booked.year, booked.month, booked.day, entry.line), instant_of(told)
        except (ValueError, OverflowError):
            unreadable(entry.line)
    if day is None:
        unreadable(entry.line)
    return day_of(int(day[1]), int(day[2]), int(day[3]), entry.line), None
