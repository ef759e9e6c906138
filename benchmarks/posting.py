"""One durable booking: `TillUnits.run` against hand-written statements with the same guarantees on the same schema.

Both write the same rows into the same encrypted, fully synced file behind the same triggers: number, chain hash,
voucher, two lines with running balances and their day's totals, issue, outbox message, and the witness with its own
sync. The floor does it as a programmer would who cares for nothing but speed: literal statements on one cursor, no
values, no checks.
"""

import hashlib
import hmac
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from benchmarks.rounds import Figure, ratio, take_turns
from domain.accounts import AccountType, Control, control_id
from domain.categories import category_id
from domain.ids import AccountId, DeviceId, Instant, MerchantId, UserId
from domain.policy import Actor, Limits, Role
from domain.posting_rules import SALE, Places
from domain.services.accounts import open_wallet
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent
from storage.setup import TillSetup, create_till
from storage.sqlite import open_encrypted
from storage.till import TillUnitOfWork, TillUnits
from storage.witness import SLOT_BYTES, Witness

KEY: Final = b"k" * 32
SETUP: Final = TillSetup(
    merchant_id=MerchantId("m"),
    shop_name="Bench",
    currency="VND",
    zone="Asia/Ho_Chi_Minh",
    limits=Limits(),
    device_id=DeviceId("d"),
    till_code="01",
    incarnation="A",
    hub_device_id=DeviceId("h"),
    hub_url="",
)
AT: Final = Instant(1_795_230_000_000)
WALLET: Final = AccountId("wallet")
ACTOR: Final = Actor(UserId("u"), "Lan", Role.OWNER, DeviceId("d"))


def main(vouchers: int = 1000, rounds: int = 5) -> None:
    """Print bookings a second, CPU per booking and their ratios."""
    wall: dict[str, list[float]] = {}

    def measured(name: str, run: Callable[[int], float]) -> Callable[[], float]:
        def once() -> float:
            rate, cpu_us = _timed(run, vouchers)
            wall.setdefault(name, []).append(cpu_us)
            return rate

        return once

    rates = take_turns({"floor": measured("floor", floor), "product": measured("product", product)}, rounds)
    cpu = {name: Figure(name, tuple(values)) for name, values in wall.items()}
    print(f"One durable booking, {vouchers} a round, {rounds} rounds in turn (median, least–greatest)")
    for name in rates:
        print(f"  {name:8} {rates[name].text()} /s   CPU {cpu[name].text()} µs")
    print(
        f"  L1   product / floor, bookings a second: {ratio(rates['product'], rates['floor']).text(2)}  (must ≥ 0.60)"
    )
    print(f"  L1c  product / floor, CPU per booking:   {ratio(cpu['product'], cpu['floor']).text(2)}  (must ≤ 2.00)")


def product(vouchers: int) -> float:
    """Book through the product's own door; return seconds."""
    with _fresh_till() as folder:
        units = TillUnits(
            lambda: open_encrypted(folder / "till.db", KEY), Witness(folder / "till.head", KEY), lambda changes: None
        )
        started = time.perf_counter()
        for number in range(vouchers):
            units.run(_booking(number))
        seconds = time.perf_counter() - started
        units.close()
    return seconds


def _booking(number: int) -> Callable[[TillUnitOfWork], object]:
    return lambda uow: post_event(
        uow, SourceEvent("cash", f"p{number}"), SALE, Places(WALLET), AT, {"due": 45_000}, memo="BANA01A000001U"
    )


def floor(vouchers: int) -> float:
    """Book with literal statements; return seconds."""
    with _fresh_till() as folder:
        connection = open_encrypted(folder / "till.db", KEY)
        cursor = connection.cursor()
        cursor.execute("SELECT voucher_seq, voucher_hash FROM devices WHERE merchant_id = 'm' AND id = 'd'")
        head = os.open(folder / "till.head", os.O_RDWR)
        sales = (control_id(MerchantId("m"), Control.SALES), category_id(MerchantId("m"), "sales"))
        started = time.perf_counter()
        for number in range(vouchers):
            _book_by_hand(cursor, number, sales, head)
        seconds = time.perf_counter() - started
        os.close(head)
        connection.close()
    return seconds


def _book_by_hand(cursor: Any, number: int, booked_as: tuple[str, str], head: int) -> None:
    sales, category = booked_as
    source = f"p{number}"
    voucher_id = str(uuid5(NAMESPACE_URL, source))
    cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(
        "SELECT id FROM vouchers WHERE merchant_id = 'm' AND source_kind = 'cash' AND source_id = ? AND second = 0",
        (source,),
    ).fetchone()
    seq = cursor.execute(
        "INSERT INTO series VALUES ('m', 'd', 'PT', 'A', '2026', 1) ON CONFLICT (merchant_id, device_id, type, "
        "incarnation, year) DO UPDATE SET last_seq = series.last_seq + 1 RETURNING last_seq"
    ).fetchone()[0]
    chain, previous = cursor.execute(
        "SELECT voucher_seq, voucher_hash FROM devices WHERE merchant_id = 'm' AND id = 'd'"
    ).fetchone()
    printed = f"PT01A-26-{seq:06d}"
    lines = ((WALLET, "D", 45_000), (sales, "C", 45_000))
    told = json.dumps([previous, chain + 1, "m", "d", voucher_id, "PT", printed, "VND", AT, "cash", source, lines])
    digest = hashlib.sha256(told.encode()).hexdigest()
    cursor.execute(
        "INSERT INTO vouchers VALUES ('m', ?, 'd', 'PT', 'DRAFT', ?, 'VND', '2026-11-21', ?, 'cash', ?, 45000, "
        "'BANA01A000001U', ?, NULL, NULL, NULL, ?, ?, ?, '', '', 0, '', 0)",
        (voucher_id, printed, AT, source, category, chain + 1, previous, digest),
    )
    for line_no, (account, side, amount) in enumerate(lines, start=1):
        signed = amount if side == "D" else -amount
        balance, entry = cursor.execute(
            "UPDATE accounts SET balance_minor = balance_minor + ?, entries = entries + 1 WHERE merchant_id = 'm' "
            "AND id = ? RETURNING balance_minor, entries",
            (signed, account),
        ).fetchone()
        cursor.execute(
            "INSERT INTO postings VALUES ('m', ?, ?, ?, ?, ?, ?, ?)",
            (voucher_id, line_no, account, side, amount, entry, balance),
        )
        cursor.execute(
            "INSERT INTO day_totals VALUES ('m', ?, '2026-11-21', ?, ?, ?) ON CONFLICT (merchant_id, account_id, day, "
            "category_id) DO UPDATE SET debit_minor = debit_minor + excluded.debit_minor, "
            "credit_minor = credit_minor + excluded.credit_minor",
            (account, category, max(signed, 0), max(-signed, 0)),
        )
    cursor.execute("UPDATE vouchers SET status = 'ISSUED' WHERE merchant_id = 'm' AND id = ?", (voucher_id,))
    cursor.execute(
        "UPDATE devices SET voucher_seq = ?, voucher_hash = ? WHERE merchant_id = 'm' AND id = 'd'",
        (chain + 1, digest),
    )
    body = json.dumps({"id": voucher_id, "number": printed, "lines": lines, "hash": digest, "prev": previous})
    cursor.execute(
        "INSERT INTO outbox (id, subject_id, kind, body, body_hash, state, queued_at, next_attempt_at) "
        "VALUES (?, ?, 'voucher', ?, ?, 'queued', ?, ?)",
        (voucher_id, voucher_id, body, hashlib.sha256(body.encode()).hexdigest(), AT, AT),
    )
    cursor.execute("COMMIT")
    line = f"[{chain + 1},{digest}]"
    mac = hmac.new(KEY, line.encode(), hashlib.sha256).hexdigest()
    os.lseek(head, (number % 2) * SLOT_BYTES, os.SEEK_SET)
    os.write(head, f"{line}\t{mac}\n".encode().ljust(SLOT_BYTES, b"\0"))
    os.fdatasync(head)


def _timed(run: Callable[[int], float], vouchers: int) -> tuple[float, float]:
    """Return bookings a second and microseconds of CPU per booking (the set-up's CPU is measured and taken off)."""
    before = time.process_time()
    run(0)
    set_up = time.process_time() - before
    before = time.process_time()
    seconds = run(vouchers)
    return vouchers / seconds, (time.process_time() - before - set_up) / vouchers * 1_000_000


@contextmanager
def _fresh_till() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_till(folder / "till.db", KEY, Witness(folder / "till.head", KEY), SETUP, AT)
        units = TillUnits(
            lambda: open_encrypted(folder / "till.db", KEY), Witness(folder / "till.head", KEY), lambda changes: None
        )
        units.run(lambda uow: open_wallet(uow, ACTOR, WALLET, AccountType.CASH, "Két", AT))
        units.close()
        yield folder


if __name__ == "__main__":
    main()
