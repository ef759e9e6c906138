"""Statements as files: the samples of all formats, what banks write differently, and what is refused."""

import json
import unicodedata
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, RuleBroken
from server.bank_statements.reading import read_statement
from server.bank_statements.statement import MAX_BYTES, BankStatement, ColumnsUnknown

SAMPLES: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "bank_statement_samples.json").read_text("utf-8")
)


def read(data: str | bytes, **asked: Any) -> BankStatement:
    """Return the statement of a file."""
    return read_statement(data if isinstance(data, bytes) else data.encode(), "VND", **asked)[1]


def refusal(data: str | bytes, **asked: Any) -> tuple[ErrorCode, Any]:
    """Return why a file is refused, and the line it is about."""
    with pytest.raises(RuleBroken) as refused:
        read(data, **asked)
    return refused.value.code, refused.value.facts.get("line")


@pytest.mark.parametrize("name", ["mt940", "camt053", "csv"])
def test_a_sample_is_read_as_it_is_meant_in_every_format(name: str) -> None:
    expected = SAMPLES["expected"]
    kind, statement = read_statement(SAMPLES[name].encode(), "VND")
    assert kind == name
    told = (statement.opening_minor, statement.closing_minor, statement.account, statement.currency)
    named = ("", "") if name == "csv" else (expected["account"], expected["currency"])
    assert told == (expected["opening"], expected["closing"], *named), "a table names neither account nor currency"
    assert [
        {
            "date": line.day,
            "amount": line.amount_minor,
            "direction": "credit" if line.is_credit else "debit",
            "bank_ref": line.bank_ref,
            "text": line.text,
        }
        for line in statement.lines
    ] == expected["lines"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1258"])
def test_a_table_is_read_in_the_letters_and_signs_that_banks_use(encoding: str) -> None:
    table = (
        "SAO KÊ TÀI KHOẢN\nSố tài khoản:;0123 499 999\n\n"
        "STT;Ngày GD / Date;Nội dung;Số tiền;Số dư\n2;22/11/2026;Phí;-5.000;45.000 VND\n"
        "1;21-11-2026 09:30;BANA;+50.000,00;50.000\nCộng;;;45.000;\n"
    )
    decomposed = "".join(_old(each) for each in table) if encoding == "cp1258" else table
    statement = read(decomposed.encode(encoding))
    assert (statement.account, statement.opening_minor, statement.closing_minor) == ("0123499999", 0, 45_000)
    assert [(line.day, line.signed_minor, line.at is None) for line in statement.lines] == [
        ("2026-11-22", -5_000, True),
        ("2026-11-21", 50_000, False),
    ]


def _old(letter: str) -> str:
    """Return a letter as Windows' Vietnamese writes it: its tone as a sign of its own."""
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", letter)
        tone = next(each for each in parts if each in "\u0300\u0301\u0303\u0309\u0323")
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone
    return letter


@pytest.mark.parametrize(
    ("cells", "signed"),
    [
        ("Amount\n21/11/2026,B,55.000-", -55_000),
        ("Amount\n21/11/2026,B,(55.000)", -55_000),
        ("Amount\n21/11/2026,B,+55.000", 55_000),
        ("Credit\n21/11/2026,B,-55.000", -55_000),
        ("Debit,Credit\n21/11/2026,B,-55.000,", -55_000),
        ("Debit,Credit\n21/11/2026,B,0,55.000.00", 55_000),
        ("Credit\n21/11/2026,B,55.000\n1. printed,,\n", 55_000),
    ],
)
def test_an_amount_is_money_that_came_only_where_the_table_says_so(cells: str, signed: int) -> None:
    [line] = read(f"Date,Details,{cells}\n").lines
    assert line.signed_minor == signed


def test_a_delimiter_is_the_one_under_which_the_heads_are_known() -> None:
    [line] = read("Ngày;Ghi có;Nội dung\n21/11/2026;1,150,000;A, B, C\n").lines
    assert (line.signed_minor, line.text) == (1_150_000, "A, B, C")


def test_amounts_that_nobody_gives_a_direction_are_explained_by_a_person() -> None:
    table = "Date,Details,Dr/Cr,Amount\n21/11/2026,BANA,D,150000\n"
    assert refusal(table) == (ErrorCode.STATEMENT_COLUMNS, None)
    assert read(table, columns={"date": 0, "text": 1, "amount": 3}).lines[0].signed_minor == 150_000


@pytest.mark.parametrize(
    ("head", "part", "tail"),
    [
        ("", ":20:A\n:25:1\n:60F:C260101VND0,\n", ""),
        (
            "<Document><BkToCstmrStmt>",
            "<Stmt><Acct><Id><IBAN>1</IBAN></Id><Ccy>VND</Ccy></Acct></Stmt>",
            "</BkToCstmrStmt></Document>",
        ),
    ],
)
def test_a_file_of_ten_thousand_empty_statements_is_read_and_has_no_lines(head: str, part: str, tail: str) -> None:
    assert read(head + part * 10_000 + tail).lines == ()


def test_a_table_that_nobody_knows_is_read_as_a_person_explains_it() -> None:
    table = "When,What,In\n2026-11-21,BANA,150000\n"
    with pytest.raises(ColumnsUnknown) as unknown:
        read(table)
    assert unknown.value.rows[0] == ("When", "What", "In")
    above = "SAO KÊ\nSố tài khoản:,999 999 999\nTừ 01/11/2026\n\n1\n2\n3\n" + table
    assert read(above, columns={"date": 0, "text": 1, "credit": 2}).account == "999999999"
    with pytest.raises(ColumnsUnknown) as unknown:
        read(above)
    assert unknown.value.rows[0] == ("When", "What", "In"), "the table is shown, not what stands above it"
    [line] = read(table, columns={"date": 0, "text": 1, "credit": 2}).lines
    assert (line.day, line.text, line.signed_minor, line.position) == ("2026-11-21", "BANA", 150_000, 1)


_MT: Final = SAMPLES["mt940"]
_XML: Final = SAMPLES["camt053"]
_CSV: Final = SAMPLES["csv"]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (_MT.replace(":62F:C261121VND19172000", ":62F:C261121VND19172001"), ErrorCode.STATEMENT_SUMS, None),
        (_XML.replace(">19172000<", ">19172001<"), ErrorCode.STATEMENT_SUMS, None),
        (_CSV.replace('"55,000"', '"55,001"'), ErrorCode.STATEMENT_SUMS, None),
        (_MT.replace("C150000,", "C150000"), ErrorCode.STATEMENT_UNREADABLE, 6),
        (_MT.replace(":61:261121", ":61:261131", 1), ErrorCode.STATEMENT_UNREADABLE, 6),
        (_MT.replace(":60F:C261120VND19077000,\n", ""), ErrorCode.STATEMENT_UNREADABLE, 5),
        (_MT.replace(":86:PHI", ":XX:PHI"), ErrorCode.STATEMENT_UNREADABLE, 10),
        (_MT.replace(":25:0123499999\n", ""), ErrorCode.STATEMENT_UNREADABLE, 2),
        (_CSV.replace("21/11/2026 23", "31/11/2026 23"), ErrorCode.STATEMENT_UNREADABLE, 3),
        (_CSV.replace("21/11/2026 10", "21/11/1926 10"), ErrorCode.STATEMENT_UNREADABLE, 2),
        (_CSV.replace(",BT0001", ',"BT0001').replace("THANG 11", '"'), ErrorCode.STATEMENT_UNREADABLE, 3),
        (_CSV.replace('"150,000"', '"1,50,000"'), ErrorCode.STATEMENT_UNREADABLE, 2),
        (_CSV.replace(',,"150,000"', ',"1","150,000"'), ErrorCode.STATEMENT_UNREADABLE, 2),
        (_XML.replace("<Document", '<!DOCTYPE d [<!ENTITY a "b">]><Document'), ErrorCode.STATEMENT_UNREADABLE, 2),
        (_XML.replace("CRDT", "OTHER"), ErrorCode.STATEMENT_UNREADABLE, 2),
        (_XML[:-40], ErrorCode.STATEMENT_UNREADABLE, 2),
        ("<a>" * 40, ErrorCode.STATEMENT_UNREADABLE, 1),
        ("", ErrorCode.STATEMENT_UNREADABLE, None),
        (b"PK\x03\x04\x00\x00", ErrorCode.STATEMENT_UNREADABLE, None),
        (b"x" * (MAX_BYTES + 1), ErrorCode.STATEMENT_TOO_LARGE, None),
    ],
)
def test_a_file_that_is_not_whole_is_refused_with_its_line(
    data: str | bytes, code: ErrorCode, line: int | None
) -> None:
    assert refusal(data) == (code, line)


def test_a_reference_survives_the_marks_and_line_ends_of_a_banks_text() -> None:
    marked = _MT.replace(":86:BT0001", ":86:?20BANA01A00?210124\n7?22x BT0001")
    assert read(marked).lines[0].text.replace(" ", "").startswith("BANA01A0001247xBT0001")
    forged = _MT.replace("chuyen tien", "x\u2028:61:261121C9,NTRFNONREF\x0b:61:261121D9,NTRFNONREF")
    assert len(read(forged).lines) == 2, "only a line's end ends a field: what a payer writes does not"


def test_movements_that_an_entry_adds_up_are_told_apart() -> None:
    parts = (
        "<NtryDtls><TxDtls><Amt Ccy='VND'>100000</Amt><RmtInf><Ustrd>A</Ustrd></RmtInf></TxDtls>"
        "<TxDtls><Amt Ccy='VND'>50000</Amt><RmtInf><Ustrd>B</Ustrd></RmtInf></TxDtls></NtryDtls>"
    )
    begin, end = _XML.index("<NtryDtls>"), _XML.index("</NtryDtls>") + len("</NtryDtls>")
    lines = read(_XML[:begin] + parts + _XML[end:]).lines
    assert [(line.position, line.text, line.signed_minor, line.bank_ref) for line in lines] == [
        (1, "A", 100_000, ""),
        (2, "B", 50_000, ""),
        (3, "PHI SMS THANG 11", -55_000, "FT26325000002"),
    ], "the entry's number is the number of none of its movements"


@given(
    st.sampled_from(["mt940", "camt053", "csv"]), st.lists(st.tuples(st.integers(0), st.binary(max_size=3)), max_size=6)
)
def test_no_damage_to_a_file_does_more_than_have_it_refused(name: str, damage: list[tuple[int, bytes]]) -> None:
    data = SAMPLES[name].encode()
    for place, put in damage:
        at = place % len(data)
        data = data[:at] + put + data[at + 1 + place % 7 :]
        if not data:
            break
    try:
        statement = read(data)
    except RuleBroken:
        return
    assert all(line.amount_minor > 0 for line in statement.lines)
