"""Vouchers one by one, along the chain of each device: balance, source, message, number and link."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from domain.bodies import read_voucher as voucher_of_body
from domain.bodies import voucher_body
from domain.errors import DomainError
from domain.ids import DeviceId
from domain.services.bills import APPLIED_SOURCE
from domain.services.receipts import PROVIDER_SOURCE
from domain.services.refunds import HUB_BOOKS
from domain.services.resolutions import RESOLVED
from domain.vouchers import RECLASS, Side, Voucher, VoucherStatus, chain_hash, genesis_hash
from storage.scope import HUB_CODE
from storage.session import Row, Sql
from storage.verification.books import Books
from storage.vouchers import read_voucher

TAIL: Final = 200
"""So many links from the end of each own chain are walked at a start."""

VOUCHER_COLUMNS: Final = (
    "v.id, v.device_id, v.type, v.currency, v.business_date, v.created_at, v.source_kind, v.source_id, v.memo, "
    "v.category_id, v.payment_id, v.actor_id, v.reverses, v.number, v.chain_seq, v.prev_hash, v.hash, "
    "v.party_name, v.party_address, v.attachments, v.occurred_on, v.holder_id"
)
VOUCHER_WIDTH: Final = 22
_MESSAGES: Final = {
    "till": "LEFT JOIN outbox m ON m.id = v.id",
    "hub": "LEFT JOIN feed m ON m.merchant_id = v.merchant_id AND m.message_id = v.id",
}
_WALKS: Final = {
    side: Sql(
        f"SELECT {VOUCHER_COLUMNS}, v.status, v.total_minor, m.body, p.line_no, p.account_id, p.side, p.amount_minor "
        "FROM vouchers v LEFT JOIN postings p ON p.merchant_id = v.merchant_id AND p.voucher_id = v.id "
        f"{join} WHERE v.merchant_id = :merchant_id AND v.device_id = :device_id "
        "AND (v.chain_seq > :after OR v.chain_seq IS NULL) ORDER BY v.chain_seq, v.id, p.line_no"
    )
    for side, join in _MESSAGES.items()
}
_LINK: Final = Sql(
    "SELECT hash FROM vouchers WHERE merchant_id = :merchant_id AND device_id = :device_id AND chain_seq = :seq"
)
_DEVICES_OF_VOUCHERS: Final = Sql("SELECT DISTINCT device_id FROM vouchers WHERE merchant_id = :merchant_id")
_SERIES: Final = Sql("SELECT device_id, type, incarnation, year, last_seq FROM series WHERE merchant_id = :merchant_id")
_NUMBER: Final = re.compile(r"([A-Z]+)(\d\d)([A-Z])-(\d\d)-(\d{6,})", re.ASCII)

SeriesKey = tuple[str, str, str, str]


@dataclass(slots=True)
class Walk:
    """Where a walk along one device's chain stands: the last link, and the last number of each series."""

    books: Books
    device_id: DeviceId
    seq: int
    hash: str
    series: dict[SeriesKey, int] = field(default_factory=dict)


def check_vouchers(books: Books) -> None:
    """Walk the chain of every device (fast: the tail of the own ones) and compare the counters with its end."""
    known = [DeviceId(row[0]) for row in books.reader.session.all(_DEVICES_OF_VOUCHERS, books.key)]
    for device_id in sorted(books.own if books.fast else {*known, *books.devices}):
        walk = _start(books, device_id)
        for row, lines in with_lines(books, walk.device_id, walk.seq):
            _check_voucher(walk, row, lines)
        _check_head(walk)
        if device_id in books.own:
            _check_series(walk)


def _start(books: Books, device_id: DeviceId) -> Walk:
    genesis = genesis_hash(books.merchant_id, device_id)
    heads = books.devices.get(device_id)
    after = max(heads.voucher_seq - TAIL, 0) if books.fast and heads else 0
    link = books.reader.session.one(_LINK, {**books.key, "device_id": device_id, "seq": after})
    return Walk(books, device_id, after, link[0] if link else genesis)


def with_lines(books: Books, device_id: DeviceId, after: int) -> Iterator[tuple[Row, list[Row]]]:
    """Yield the vouchers of a device behind a link of its chain: columns, status, total and message; and the lines."""
    values = {**books.key, "device_id": device_id, "after": after}
    for _, rows in groupby(books.reader.stream(_WALKS[books.side], values), key=itemgetter(0)):
        joined = list(rows)
        yield joined[0], [row[-4:] for row in joined if row[-4] is not None]


def _check_voucher(walk: Walk, row: Row, lines: list[Row]) -> None:
    books, header = walk.books, row[:VOUCHER_WIDTH]
    status, total, body = row[VOUCHER_WIDTH:-4]
    subject = str(header[13] or header[0])
    if status != VoucherStatus.ISSUED.value:
        books.found.add("I1", "VOUCHER_DRAFT", subject)
        return
    _check_lines(books, subject, header[3], total, lines)
    _check_number(walk, subject, header)
    try:
        voucher = read_voucher(header, [line[1:] for line in lines], books.merchant_id)
        whole = chain_hash(voucher) == voucher.hash
    except (DomainError, ValueError, TypeError) as error:
        books.found.add("I1", "VOUCHER_WRONG", subject, error=str(error))
        whole = False
    else:
        _check_source(books, subject, voucher)
        if books.side == "hub" or voucher.device_id in books.own:
            _check_message(books, subject, voucher, body)
    _check_link(walk, subject, header, whole)


def _check_lines(books: Books, subject: str, currency: str, total: int, lines: list[Row]) -> None:
    add = books.found.add
    debit = sum(amount for _, _, side, amount in lines if side == Side.DEBIT.value)
    credit = sum(amount for _, _, side, amount in lines if side == Side.CREDIT.value)
    if not debit == credit == total:
        add("I1", "VOUCHER_UNBALANCED", subject, debit=debit, credit=credit, total=total)
    if len(lines) < 2:
        add("I1", "VOUCHER_LINES", subject, lines=len(lines))
    for wanted, (line_no, account_id, _, amount) in enumerate(lines, start=1):
        if line_no != wanted:
            add("I1", "LINE_NUMBER", subject, line=line_no, wanted=wanted)
        if amount <= 0:
            add("I1", "LINE_AMOUNT", subject, line=line_no, amount=amount)
        held = books.accounts.get(account_id)
        if held != currency:
            add("I1", "LINE_CURRENCY", subject, line=line_no, account=held or "?", voucher=currency)


def _check_source(books: Books, subject: str, voucher: Voucher) -> None:
    source = f"{voucher.source.kind}/{voucher.source.id}"
    own = voucher.source.voucher_id(books.merchant_id, voucher.device_id)
    if voucher.id not in (own, voucher.source.first_voucher_id(books.merchant_id)):
        books.found.add("I3", "SOURCE_ID", subject, source=source)
    heads = books.devices.get(voucher.device_id)
    if heads is None:
        books.found.add("I14", "DEVICE_UNKNOWN", subject, device=voucher.device_id)
        return
    by_hub = voucher.source.kind.startswith(PROVIDER_SOURCE) or voucher.source.kind in {
        APPLIED_SOURCE,
        RECLASS,
        RESOLVED,
        *HUB_BOOKS,
    }
    if by_hub and heads.code != HUB_CODE:
        books.found.add("I3", "SOURCE_OWNER", subject, source=source, device=heads.code)


def _check_message(books: Books, subject: str, voucher: Voucher, body: str | None) -> None:
    if body is None:
        books.found.add("I7", "MESSAGE_MISSING", subject, message=voucher.id)
    elif body != voucher_body(voucher) and not _tells(body, voucher):
        books.found.add("I7", "MESSAGE_OTHER", subject)


def _tells(body: str, voucher: Voucher) -> bool:
    """Whether a body written by another version of the program tells the same voucher."""
    try:
        return voucher_of_body(body, voucher.merchant_id) == voucher
    except DomainError:
        return False


def _check_number(walk: Walk, subject: str, header: Row) -> None:
    kind, business_date = str(header[2]), str(header[4])
    heads = walk.books.devices.get(walk.device_id)
    form = _NUMBER.fullmatch(subject)
    if form is None or (form[1], form[4]) != (kind, business_date[2:4]) or (heads and form[2] != heads.code):
        walk.books.found.add("I8", "NUMBER_FORM", subject)
        return
    key = (kind, form[3], business_date[:4], form[2])
    seq = int(form[5])
    wanted = walk.series.get(key, seq - 1 if walk.books.fast else 0) + 1
    if seq != wanted:
        walk.books.found.add("I8", "NUMBER_GAP", subject, seq=seq, wanted=wanted)
    walk.series[key] = seq


def _check_link(walk: Walk, subject: str, header: Row, whole: bool) -> None:
    seq, prev_hash, own_hash = header[14:17]
    if seq != walk.seq + 1:
        walk.books.found.add("I14", "CHAIN_GAP", subject, seq=seq, wanted=walk.seq + 1)
    elif prev_hash != walk.hash:
        walk.books.found.add("I14", "CHAIN_BROKEN", subject)
    if not whole:
        walk.books.found.add("I14", "CHAIN_CHANGED", subject)
    walk.seq, walk.hash = seq or 0, own_hash or ""


def _check_head(walk: Walk) -> None:
    heads = walk.books.devices.get(walk.device_id)
    if heads is None:
        return
    held = (heads.voucher_seq, heads.voucher_hash or genesis_hash(walk.books.merchant_id, walk.device_id))
    if held != (walk.seq, walk.hash):
        facts: dict[str, Any] = {"chain": "voucher", "held": heads.voucher_seq, "wanted": walk.seq}
        walk.books.found.add("I14", "HEAD_OTHER", walk.device_id, **facts)


def _check_series(walk: Walk) -> None:
    """Compare the counters of an own device's series with the last number of each."""
    books = walk.books
    code = books.devices[walk.device_id].code if walk.device_id in books.devices else ""
    counters = {
        (kind, incarnation, year, code): last_seq
        for device_id, kind, incarnation, year, last_seq in books.reader.session.all(_SERIES, books.key)
        if device_id == walk.device_id
    }
    for key in sorted(walk.series if books.fast else {*counters, *walk.series}):
        held, wanted = counters.get(key, 0), walk.series.get(key, 0)
        if held != wanted:
            subject = f"{key[0]}{key[3]}{key[1]}-{key[2]}"
            books.found.add("I8", "SERIES_COUNTER", subject, held=held, wanted=wanted)
