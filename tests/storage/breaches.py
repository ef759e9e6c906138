"""Ways to break the books with the key in hand, and the findings that must name each of them."""

from typing import Final

from domain.money import Language
from storage.verify import Report
from tests.builders import BANK, CASH, HUB, MERCHANT, SALES, TILL

Breaches = dict[str, tuple[list[str], set[tuple[str, str]]]]

SALE_2 = "(SELECT id FROM vouchers WHERE number = 'PT01A-26-000002')"
CODE = "(SELECT id FROM payments WHERE method = 'vietqr')"
A_SALE = "(SELECT payment_id FROM vouchers WHERE number = 'PT01A-26-000002')"
LAN = "(SELECT id FROM holders WHERE phone = '0912345678')"
REVERSAL = "(SELECT id FROM vouchers WHERE reverses IS NOT NULL)"
TILL_BREACHES: Final[Breaches] = {
    "unbalanced": (
        [f"UPDATE postings SET amount_minor = amount_minor + 1 WHERE voucher_id = {SALE_2} AND side = 'D'"],
        {("I1", "VOUCHER_UNBALANCED"), ("I1", "VOUCHER_WRONG"), ("I2", "ENTRY_BALANCE"), ("I2", "BALANCE_FOLDED")},
    ),
    "a line lost": (
        [f"DELETE FROM postings WHERE voucher_id = {SALE_2} AND side = 'C'"],
        {("I1", "VOUCHER_LINES"), ("I2", "ENTRY_GAP"), ("I2", "BALANCE_SUMMED")},
    ),
    "a line of nothing": (
        [f"UPDATE postings SET amount_minor = 0 WHERE voucher_id = {SALE_2}"],
        {("I1", "LINE_AMOUNT"), ("I1", "VOUCHER_UNBALANCED")},
    ),
    "another currency": (
        [f"UPDATE accounts SET currency = 'USD' WHERE id = '{CASH}'"],
        {("I1", "LINE_CURRENCY"), ("I11", "CURRENCY_OTHER")},
    ),
    "lines out of place": (
        [f"UPDATE postings SET line_no = 5 WHERE voucher_id = {SALE_2} AND line_no = 2"],
        {("I1", "LINE_NUMBER")},
    ),
    "a draft left": (
        [f"UPDATE vouchers SET status = 'DRAFT' WHERE id = {SALE_2}"],
        {("I1", "VOUCHER_DRAFT"), ("I14", "CHAIN_GAP"), ("I2", "BALANCE_SUMMED")},
    ),
    "a balance polished": (
        [f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = '{CASH}'"],
        {("I2", "BOOKS_OPEN"), ("I2", "BALANCE_FOLDED"), ("I2", "BALANCE_SUMMED")},
    ),
    "a day polished": (
        [f"UPDATE day_totals SET debit_minor = debit_minor + 1 WHERE account_id = '{CASH}'"],
        {("I2", "BALANCE_DAYS"), ("I2", "DAY_TOTAL")},
    ),
    "a day lost": (["DELETE FROM day_totals"], {("I2", "BALANCE_DAYS"), ("I2", "DAY_TOTAL")}),
    "two balances polished": (
        [
            f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = '{CASH}'",
            f"UPDATE accounts SET balance_minor = balance_minor - 1 WHERE id = '{SALES}'",
        ],
        {("I2", "BALANCE_FOLDED"), ("I2", "BALANCE_SUMMED")},
    ),
    "another event": (
        [f"UPDATE vouchers SET source_id = 'x' WHERE id = {SALE_2}"],
        {("I3", "SOURCE_ID"), ("I14", "CHAIN_CHANGED"), ("I7", "MESSAGE_OTHER")},
    ),
    "another's event": (
        [f"UPDATE vouchers SET source_kind = 'prov:sepay' WHERE id = {SALE_2}"],
        {("I3", "SOURCE_OWNER"), ("I3", "SOURCE_ID")},
    ),
    "a step invented": (
        [f"UPDATE payment_events SET to_status = 'paid' WHERE payment_id = {CODE} AND revision = 1"],
        {("I4", "PAYMENT_STEP")},
    ),
    "a cause without the right": (
        [
            f"UPDATE payment_events SET from_status = 'failed', cause = 'clock' WHERE payment_id = {CODE} "
            "AND revision = 2"
        ],
        {("I4", "PAYMENT_STEP")},
    ),
    "a step lost": (
        [f"DELETE FROM payment_events WHERE payment_id = {CODE} AND revision = 2"],
        {("I4", "PAYMENT_STANDS")},
    ),
    "no step at all": ([f"DELETE FROM payment_events WHERE payment_id = {CODE}"], {("I4", "PAYMENT_SILENT")}),
    "a revision skipped": (
        [f"UPDATE payment_events SET revision = 9 WHERE payment_id = {CODE} AND revision = 2"],
        {("I4", "PAYMENT_REVISION"), ("I4", "PAYMENT_STANDS"), ("I7", "MESSAGE_MISSING")},
    ),
    "money taken back": (
        [f"UPDATE payment_events SET received_minor = 5 WHERE payment_id = {CODE} AND revision = 1"],
        {("I4", "PAYMENT_RECEIVED_LESS")},
    ),
    "a payment revived": (
        [f"UPDATE payments SET status = 'pending' WHERE id = {CODE}"],
        {("I4", "PAYMENT_STANDS")},
    ),
    "a message lost": ([f"DELETE FROM outbox WHERE id = {SALE_2}"], {("I7", "MESSAGE_MISSING")}),
    "a payment's message lost": (
        [f"DELETE FROM outbox WHERE subject_id = {CODE}"],
        {("I7", "MESSAGE_MISSING")},
    ),
    "a message changed": (
        ["UPDATE outbox SET body = replace(body, '45000', '45001') WHERE kind = 'voucher'"],
        {("I7", "MESSAGE_HASH"), ("I7", "MESSAGE_OTHER")},
    ),
    "a number skipped": (
        ["UPDATE vouchers SET number = 'PT01A-26-000099' WHERE number = 'PT01A-26-000005'"],
        {("I8", "NUMBER_GAP"), ("I8", "SERIES_COUNTER")},
    ),
    "a number of another till": (
        [f"UPDATE vouchers SET number = 'PT02A-26-000002' WHERE id = {SALE_2}"],
        {("I8", "NUMBER_FORM"), ("I8", "NUMBER_GAP")},
    ),
    "a counter ahead": (["UPDATE series SET last_seq = last_seq + 1"], {("I8", "SERIES_COUNTER")}),
    "a counter lost": (["DELETE FROM series"], {("I8", "SERIES_COUNTER")}),
    "a voucher gone": (
        [f"DELETE FROM postings WHERE voucher_id = {SALE_2}", f"DELETE FROM vouchers WHERE id = {SALE_2}"],
        {("I14", "CHAIN_GAP"), ("I8", "NUMBER_GAP"), ("I2", "BALANCE_FOLDED"), ("I11", "SALE_OTHER")},
    ),
    "a head moved": (
        [f"UPDATE devices SET voucher_seq = voucher_seq + 1 WHERE id = '{TILL}'"],
        {("I14", "HEAD_OTHER")},
    ),
    "a link cut": (
        [f"UPDATE vouchers SET prev_hash = 'x' WHERE id = {SALE_2}"],
        {("I14", "CHAIN_BROKEN"), ("I14", "CHAIN_CHANGED")},
    ),
    "an audit entry gone": (["DELETE FROM audit WHERE seq = 3"], {("I14", "CHAIN_GAP")}),
    "an audit entry changed": (["UPDATE audit SET facts = '{}' WHERE seq = 3"], {("I14", "CHAIN_CHANGED")}),
    "another sale's amount": (
        [f"UPDATE payments SET amount_minor = 44000, received_minor = 44000 WHERE id = {A_SALE}"],
        {("I11", "SALE_OTHER"), ("I11", "ATTEMPT_OTHER"), ("I4", "PAYMENT_STANDS")},
    ),
    "another bill's sum": (
        [f"UPDATE payments SET bill_minor = bill_minor + 1 WHERE id = {A_SALE}"],
        {("I11", "SALE_OTHER")},
    ),
    "more given back than came": (
        ["UPDATE refunds SET amount_minor = 100000"],
        {("I6", "REFUND_BEYOND"), ("I6", "REFUND_UNBOOKED")},
    ),
    "a refund without its steps": (["DELETE FROM refund_events"], {("I6", "REFUND_SILENT")}),
    "a refund's step out of place": (["UPDATE refund_events SET revision = 3"], {("I6", "REFUND_STEP")}),
    "a refund undone in silence": (["UPDATE refunds SET status = 'failed'"], {("I6", "REFUND_STANDS")}),
    "a refund's voucher lost": (
        ["UPDATE vouchers SET source_id = 'x' WHERE source_kind = 'refund' AND type = 'PC'"],
        {("I6", "REFUND_UNBOOKED"), ("I3", "SOURCE_ID")},
    ),
    "credit of another customer": (
        [f"UPDATE refunds SET holder_id = {LAN} WHERE way = 'credit'"],
        {("I6", "REFUND_UNBOOKED")},
    ),
    "a customer's balance polished": (
        [f"UPDATE holders SET balance_minor = balance_minor + 1 WHERE id = {LAN}"],
        {("I2", "HOLDERS_OPEN"), ("I2", "HOLDER_BALANCE")},
    ),
    "one customer's money moved to another": (
        [f"UPDATE holders SET balance_minor = CASE id WHEN {LAN} THEN 7000 ELSE 0 END"],
        {("I2", "HOLDER_BALANCE")},
    ),
    "a silent over-payment": (
        [f"UPDATE payments SET received_minor = 46000 WHERE id = {A_SALE}"],
        {("I11", "DIFFERENCE_SILENT"), ("I4", "PAYMENT_STANDS")},
    ),
    "a reversal of nothing": (
        [f"UPDATE vouchers SET reverses = 'x' WHERE id = {REVERSAL}"],
        {("I13", "REVERSAL_OF_NOTHING")},
    ),
    "a reversal of a reversal": (
        [f"UPDATE vouchers SET reverses = {REVERSAL} WHERE id = {SALE_2}"],
        {("I13", "REVERSAL_OF_REVERSAL")},
    ),
    "a reversal twice": (
        [
            "DROP INDEX one_reversal",
            f"UPDATE vouchers SET reverses = (SELECT reverses FROM vouchers WHERE id = {REVERSAL}) WHERE id = {SALE_2}",
        ],
        {("I13", "REVERSAL_TWICE"), ("I13", "REVERSAL_UNLIKE")},
    ),
    "a reversal to another wallet": (
        [f"UPDATE postings SET account_id = '{BANK}', entry_no = 1 WHERE voucher_id = {REVERSAL} AND side = 'C'"],
        {("I13", "REVERSAL_UNLIKE")},
    ),
    "a row without its parent": (
        ["UPDATE payment_transactions SET payment_id = 'x'"],
        {("PAGES", "ROW_ORPHANED")},
    ),
    "a category retyped": (
        ["UPDATE categories SET kind = 'EXPENSE' WHERE system_key = 'sales'"],
        {("I22", "CATEGORY_OTHER")},
    ),
    "no default account": (["UPDATE accounts SET is_default = 0"], {("I22", "DEFAULT_ACCOUNT")}),
    "a control account gone": (
        ["DELETE FROM accounts WHERE control = 'fees'"],
        {("I22", "CONTROL_MISSING")},
    ),
    "another schema": (["PRAGMA user_version = 99"], {("I5", "SCHEMA_OTHER")}),
    "a book number for nothing": (
        [f"INSERT INTO book_numbers VALUES ('{MERCHANT}', 'x', 'PT', '2026', 1, NULL)"],
        {("I8", "BOOK_ORPHAN")},
    ),
}


FIRST = "(SELECT id FROM vouchers WHERE number = 'PT00A-26-000001')"
HUB_BREACHES: Final[Breaches] = {
    "a fact of the feed lost": (
        [f"DELETE FROM feed WHERE message_id = {FIRST}"],
        {("I7", "FEED_GAP"), ("I7", "MESSAGE_MISSING"), ("I8", "BOOK_OTHER")},
    ),
    "the feed's end lost": (
        ["DELETE FROM feed WHERE seq = (SELECT MAX(seq) FROM feed)"],
        {("I7", "FEED_GAP"), ("I7", "MESSAGE_MISSING")},
    ),
    "a fact of the feed changed": (
        ["UPDATE feed SET body = replace(body, '45000', '45001') WHERE kind = 'voucher'"],
        {("I7", "MESSAGE_HASH"), ("I7", "MESSAGE_OTHER")},
    ),
    "a book number lost": (
        [f"DELETE FROM book_numbers WHERE voucher_id = {FIRST}"],
        {("I8", "BOOK_GAP"), ("I8", "BOOK_MISSING")},
    ),
    "a book number changed": (
        [f"UPDATE book_numbers SET book_no = 99 WHERE voucher_id = {FIRST}"],
        {("I8", "BOOK_GAP"), ("I8", "BOOK_OTHER")},
    ),
    "the register's counter ahead": (["UPDATE book_series SET last_no = 99"], {("I8", "BOOK_GAP")}),
    "a receipt of more than was booked": (
        ["UPDATE receipts SET amount_minor = amount_minor + 1 WHERE dedupe_key = 'sepay-0'"],
        {("I12", "RECEIPT_UNBOOKED")},
    ),
    "a receipt lost": (["DELETE FROM receipts WHERE dedupe_key = 'sepay-1'"], {("I12", "RECEIPT_MISSING")}),
    "a receipt's voucher lost": (
        ["UPDATE receipts SET voucher_id = 'x' WHERE dedupe_key = 'sepay-1'"],
        {("I12", "RECEIPT_UNBOOKED"), ("I12", "RECEIPT_MISSING")},
    ),
    "a refund that is not done": (
        ["UPDATE refunds SET status = 'sent'"],
        {("I6", "REFUND_MISSING"), ("I6", "REFUND_STANDS")},
    ),
    "a refund that the provider did not make": (
        [f"UPDATE vouchers SET source_id = 'x', device_id = '{TILL}' WHERE source_kind = 'refund_done'"],
        {("I6", "REFUND_MISSING"), ("I6", "REFUND_UNBOOKED"), ("I3", "SOURCE_OWNER")},
    ),
    "money that went without a decision": (
        ["UPDATE resolutions SET id = 'x' WHERE act = 'refunded'"],
        {("I12", "RESOLUTION_MISSING"), ("I12", "RESOLUTION_UNBOOKED")},
    ),
    "a decision about money of another amount than was booked": (
        ["UPDATE resolutions SET amount_minor = 9999 WHERE act = 'refunded'"],
        {("I12", "RESOLUTION_UNBOOKED")},
    ),
    "a decision without its voucher": (
        ["UPDATE vouchers SET source_kind = 'else' WHERE source_kind = 'resolved'"],
        {("I12", "RESOLUTION_UNBOOKED")},
    ),
    "money moved to a payment that nobody matched": (
        ["UPDATE vouchers SET source_kind = 'applied', source_id = 'match:x' WHERE source_kind = 'refund_done'"],
        {("I12", "RESOLUTION_MISSING")},
    ),
    "a customer who spent more than they had": (
        ["UPDATE holders SET balance_minor = -1"],
        {("I2", "HOLDER_BELOW_ZERO"), ("I2", "HOLDER_BALANCE"), ("I2", "HOLDERS_OPEN")},
    ),
    "a paid sale without its voucher": (
        ["UPDATE vouchers SET payment_id = NULL WHERE source_id = 'sepay-0'"],
        {("I11", "SALE_OTHER"), ("I14", "CHAIN_CHANGED")},
    ),
    "an over-payment silenced": (
        ["UPDATE payments SET exception = 'none' WHERE received_minor = 50000"],
        {("I11", "DIFFERENCE_SILENT"), ("I4", "PAYMENT_STANDS")},
    ),
    "an under-payment silenced": (
        ["UPDATE payments SET exception = 'none' WHERE received_minor = 40000"],
        {("I11", "DIFFERENCE_SILENT")},
    ),
    "a balance polished": (
        [f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = '{CASH}'"],
        {("I2", "BOOKS_OPEN"), ("I2", "BALANCE_FOLDED"), ("I2", "BALANCE_SUMMED")},
    ),
    "an audit entry changed": (["UPDATE audit SET facts = '{}' WHERE seq = 2"], {("I14", "CHAIN_CHANGED")}),
    "a head moved": (
        [f"UPDATE devices SET audit_seq = audit_seq + 1 WHERE id = '{HUB}'"],
        {("I14", "HEAD_OTHER")},
    ),
}


def found(report: Report) -> set[tuple[str, str]]:
    """Return the invariants and codes of a report's findings, each of which has its words in both languages."""
    for line in report.lines:
        for finding in line.findings:
            for language in Language:
                assert finding.text(language)
    return {(line.id, finding.code) for line in report.lines for finding in line.findings}
