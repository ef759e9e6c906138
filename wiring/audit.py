"""`audit`: the trail of a till or of its hub as a file that can be checked without this program."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.calendar import day_after, day_start, is_date
from domain.errors import DomainError, ErrorCode, RuleBroken, StorageUnavailable
from domain.ids import MerchantId
from domain.money import Language
from domain.services.exports import note_audit_export
from exports.audit_jsonl import Chain, Known, Trail, write_audit
from storage.audit_export import BEGINNING, END, entries, heads, spans
from storage.hub_walls import enter_merchant, look_across
from storage.keys import load_keys
from storage.session import Row, Sql
from storage.verification.database import require_current
from storage.verification.reader import Reader, reading_file, reading_postgres
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.command_trail import note
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import HUB_ROOT, TILL_ROOT
from wiring.whole_file import write_whole

_SHOPS: Final = Sql("SELECT id, name, zone FROM merchants ORDER BY id")


class WhichShop(Exception):
    """The database holds no shop of that id, or several and none was named."""

    def __init__(self, shops: list[Row]) -> None:
        super().__init__(len(shops))
        self._shops = shops

    def words(self, texts: Texts) -> str:
        """Say so in the person's language, with the shops there are."""
        listed = "".join(f"\n{row[0]}  {row[1]}" for row in self._shops)
        return texts.t("hub_key.which_shop" if listed else "hub_key.no_shop") + listed


def run_audit(
    folder: Folder,
    target: Path,
    days: tuple[str, str],
    language: Language,
    *,
    of_hub: bool = False,
    database: str | None = None,
    merchant: str | None = None,
) -> int:
    """Write the trail of the folder's till, of its hub or of a hub on PostgreSQL; exit 1 if it cannot.

    `days` are the first and last day (`YYYY-MM-DD`), empty without a bound; `merchant` is the shop of a hub that has
    several.
    """
    texts, at = Texts(language), wall_clock()
    try:
        if not of_hub and database is None:
            note(folder, texts, lambda uow: note_audit_export(uow, None, *days, at))
        with _reading(folder, of_hub, database) as reader:
            count = write_trail(reader, target, days, merchant)
    except WhichShop as question:
        sys.stderr.write(question.words(texts) + "\n")
        return 1
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{target}: {error.strerror}\n")
        return 1
    sys.stdout.write(texts.t("audit.written", path=str(target), count=count) + "\n")
    return 0


def write_till_trail(folder: Folder, target: Path, since: str, until: str) -> int:
    """Write the trail of the folder's till and return the number of entries, while it goes on working or not.

    Raises StorageUnavailable(FILE_NOT_WRITTEN) if the file cannot be written there, and what opening raises.
    """
    with _reading(folder, of_hub=False, database=None) as reader:
        try:
            return write_trail(reader, target, (since, until))
        except OSError as error:
            raise StorageUnavailable(ErrorCode.FILE_NOT_WRITTEN, path=str(target)) from error


@contextmanager
def _reading(folder: Folder, of_hub: bool, database: str | None) -> Iterator[Reader]:
    if database is not None:
        with reading_postgres(database.replace("postgresql+psycopg://", "postgresql://", 1)) as reader:
            require_current(reader, "hub")
            yield reader
        return
    path, root = (folder.hub, HUB_ROOT) if of_hub else (folder.till, TILL_ROOT)
    with reading_file(path, load_keys(key_store(folder), root).database) as reader:
        require_current(reader, "hub" if of_hub else "till")
        yield reader


def write_trail(reader: Reader, target: Path, days: tuple[str, str], merchant: str | None = None) -> int:
    """Write the trail that a database holds and return the number of entries, the file whole or not at all.

    Raises RuleBroken(DATE_INVALID) and OSError, and WhichShop for a hub of several shops if none was named.
    """
    for day in filter(None, days):
        if not is_date(day):
            raise RuleBroken(ErrorCode.DATE_INVALID, date=day)
    since, until = days
    look_across(reader.session)
    shops = [shop for shop in reader.session.all(_SHOPS, {}) if merchant in (None, shop[0])]
    if len(shops) != 1:
        raise WhichShop(shops)
    merchant_id, name, zone = MerchantId(shops[0][0]), *shops[0][1:]
    enter_merchant(reader.session, merchant_id)
    first = day_start(since, zone) if since else BEGINNING
    last = day_start(day_after(until), zone) if until else END
    parts = spans(reader, merchant_id, first, last)
    trail = Trail(
        merchant_id=merchant_id,
        shop=name,
        zone=zone,
        made_at=wall_clock(),
        since=since,
        until=until,
        devices=tuple(Known(head.device_id, head.name, head.seq, head.hash) for head in heads(reader, merchant_id)),
        chains=tuple(Chain(part.device_id, part.first - 1, part.before) for part in parts),
        entries=lambda: entries(reader, merchant_id, parts),
    )
    return write_whole(target, lambda stream: write_audit(trail, stream))
