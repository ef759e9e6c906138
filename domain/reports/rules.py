"""What books what: the posting rules as a table that an owner can read."""

from typing import Final

from domain.accounts import Control
from domain.books import Column, Kind, Report, Row
from domain.categories import SYSTEM_CATEGORIES
from domain.money import Language
from domain.posting_rules import RULES, RuleLine
from domain.reports.reading import ACCOUNT, CODE, Reading
from domain.vouchers import Side

TITLE: Final = "report.rules"

_COLUMNS: Final = (
    Column("report.column.event", Kind.TEXT),
    Column("report.column.document", Kind.TEXT),
    Column("report.column.side", Kind.TEXT),
    CODE,
    ACCOUNT,
    Column("report.column.measure", Kind.TEXT),
)
_CATEGORY_NAMES: Final = {key: (name_vi, name_en) for key, _, name_vi, name_en in SYSTEM_CATEGORIES}


def rules(reading: Reading) -> Report:
    """Return each kind of event with the document it makes, its category, and the accounts it debits and credits.

    Raises NotPermitted without the right to see the books.
    """
    controls = {account.control: account for account in reading.chart().values()}
    rows: list[Row] = []
    for kind, rule in RULES.items():
        category = _CATEGORY_NAMES[rule.category][reading.language is Language.EN] if rule.category else ""
        document = " · ".join(part for part in (reading.say(f"voucher_type.{rule.type.value}"), category) if part)
        rows.append(Row((reading.say(f"event.{kind}"), document, None, None, None, None), strong=True))
        for line in rule.lines:
            code, name = "", ""
            if isinstance(line.account, Control):
                account = controls[line.account]
                code, name = account.code, reading.account_name(account)
            else:
                name = reading.say(f"place.{line.account}")
            rows.append(Row((None, None, _side(reading, line), code, name, reading.say(f"measure.{line.measure}"))))
    return reading.report(TITLE, "", "", _COLUMNS, rows)


def _side(reading: Reading, line: RuleLine) -> str:
    return reading.say("vouchers.debit" if line.side is Side.DEBIT else "vouchers.credit")
