"""`statement`: a bank's statement read in by whoever has the hub's keys."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.errors import DomainError
from domain.money import Language
from server.bank_statements.statement import MAX_BYTES, ColumnsUnknown
from server.inbox import InboxWork
from server.settings import system_now
from server.statement_import import AccountNeeded, Asked, Fate, Seen, look_at, read_in
from ui.texts import Texts, problem_text
from wiring.folders import Folder
from wiring.hub_keys import NoShop, chosen_shop, opened_hub


@dataclass(frozen=True, slots=True)
class StatementAsked:
    """Which hub and shop, and what the file leaves open; `look` keeps nothing."""

    database: str | None = None
    merchant: str | None = None
    account: str = ""
    columns: Mapping[str, int] | None = None
    look: bool = False


def run_statement(folder: Folder, source: Path, asked: StatementAsked, language: Language) -> int:
    """Say what becomes of a statement's lines and read it in; exit 1 if it, or the hub, cannot be read."""
    texts = Texts(language)
    try:
        with source.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        file = Asked(source.name, data, asked.account, asked.columns)
        with opened_hub(folder, asked.database, texts) as (units, _):
            merchant_id = chosen_shop(units, asked.merchant, texts)
            if asked.look:
                seen = look_at(units, merchant_id, file, system_now())
            else:
                seen = read_in(units, InboxWork(units), merchant_id, file, system_now, by=None)
    except (NoShop, OSError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        _tell_open(error)
        return 1
    _tell(seen, texts, looked=asked.look)
    return 0


def _tell(seen: Seen, texts: Texts, *, looked: bool) -> None:
    for each in seen.lines:
        if each.fate not in (Fate.OUT, Fate.NOT_OURS):
            fate = texts.t(f"statement.fate.{each.fate.value}")
            amount = texts.money(each.line.amount_minor)
            sys.stdout.write(f"{each.line.day}  {each.reference}  {amount:>16}  {fate}\n")
    counted = [f"{seen.counts[fate]} {texts.t(f'statement.fate.{fate.value}')}" for fate in Fate if seen.counts[fate]]
    said = texts.t("statement.will" if looked else "statement.booked")
    sys.stdout.write(f"{texts.t('statement.of', account=seen.account)}: {' · '.join(counted)}\n{said}\n")


def _tell_open(error: DomainError) -> None:
    """Show what has to be said beside the file: the shop's accounts, or the first rows of a table."""
    if isinstance(error, AccountNeeded):
        sys.stderr.write("".join(f"--account {account}\n" for account in error.accounts))
    if isinstance(error, ColumnsUnknown):
        sys.stderr.write("".join(" | ".join(f"{n}: {cell}" for n, cell in enumerate(row)) + "\n" for row in error.rows))
