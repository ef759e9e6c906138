"""What a bank's statement says, whatever its format, and the ways in which a file is not one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NoReturn

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from server.rails.decimals import minor_of
from server.rails.strict_json import Unreadable
from server.rails.vietnam_time import VIETNAM

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_LINES: Final = 5_000
MAX_TEXT: Final = 1_000
MAX_NAME: Final = 64
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2099
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=VIETNAM) + timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement, minor units above zero; `position` counts the file's lines from one.

    `day` is when the bank booked it (ISO 8601), `at` the moment where the file tells it. `bank_ref` is the bank's own
    number of the movement, empty where there is none. `also` holds further references, looked at only where `text`
    names nothing. A `reversal` takes back an earlier movement and is no payment of anybody.
    """

    position: int
    day: str
    amount_minor: int
    is_credit: bool
    bank_ref: str
    text: str
    at: Instant | None = None
    also: str = ""
    reversal: bool = False

    @property
    def signed_minor(self) -> int:
        """What the movement does to the balance, minor units."""
        return self.amount_minor if self.is_credit else -self.amount_minor


@dataclass(frozen=True, slots=True)
class BankStatement:
    """A statement of one account; balances are signed minor units, None where the file tells none.

    `account` and `currency` are empty where the file names none.
    """

    account: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    lines: tuple[StatementLine, ...]


class ColumnsUnknown(RuleBroken):
    """A table whose columns nobody has named; `rows` are its first ones, for a person to say what stands where."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        super().__init__(ErrorCode.STATEMENT_COLUMNS)
        self.rows = tuple(tuple(cell[:MAX_NAME] for cell in row) for row in rows)


Columns = Mapping[str, int]
"""What a person said of a table: the name of a column's meaning, and its place from zero."""


def unreadable(line: int) -> NoReturn:
    """Refuse a file for what stands in one of its lines, counted from one; 0 for the file as a whole."""
    if line:
        raise RuleBroken(ErrorCode.STATEMENT_UNREADABLE, line=line)
    raise RuleBroken(ErrorCode.STATEMENT_UNREADABLE)


def day_of(year: int, month: int, day: int, line: int) -> str:
    """Return a day as ISO 8601 text; refuses what is none, and a year of which no bank gives out files."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        unreadable(line)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        unreadable(line)


def instant_of(moment: datetime) -> Instant:
    """Return a moment that tells its offset."""
    return Instant((moment - _EPOCH) // timedelta(milliseconds=1))


def amount_of(digits: str, currency: str, line: int) -> int:
    """Return the minor units of a text of digits with at most one point; refuses anything else."""
    try:
        return minor_of(digits.removesuffix("."), currency)
    except Unreadable:
        unreadable(line)


def summed(statement: BankStatement) -> BankStatement:
    """Return a statement whose lines lead from its first balance to its last one; raises STATEMENT_SUMS."""
    opening, closing = statement.opening_minor, statement.closing_minor
    moved = sum(line.signed_minor for line in statement.lines)
    if opening is not None and closing is not None and opening + moved != closing:
        raise RuleBroken(ErrorCode.STATEMENT_SUMS)
    return statement


def joined(parts: Sequence[BankStatement]) -> BankStatement:
    """Return several statements of one account, as a file may hold them, as one; refuses different accounts."""
    if not parts or len({(part.account, part.currency) for part in parts}) != 1:
        unreadable(0)
    lines = tuple(line for part in parts for line in summed(part).lines)
    if len(lines) > MAX_LINES:
        raise RuleBroken(ErrorCode.STATEMENT_TOO_LARGE)
    return BankStatement(parts[0].account, parts[0].currency, parts[0].opening_minor, parts[-1].closing_minor, lines)
