"""`verify --chain`: whether the chains of vouchers and of the audit trail are whole, and where each is broken first."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

from domain.errors import DomainError
from domain.money import Language
from storage.keys import load_keys
from storage.verification.chains import Break, ChainKind, ChainReport, hub_chains, till_chains
from storage.verification.reader import reading_file, reading_postgres
from ui.texts import Texts, problem_text
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import HUB_ROOT, TILL_ROOT

Check = Callable[[], list[ChainReport]]


def run_chains(folder: Folder, database: str | None, language: Language, *, as_json: bool) -> int:
    """Check the chains of what lies in the folder, and of a hub on PostgreSQL if one is named; exit 1 on any break."""
    texts = Texts(language)
    chains: list[tuple[str, ChainReport]] = []
    problems: list[tuple[str, DomainError]] = []
    for side, check in _checks(folder, database):
        try:
            chains += [(side, chain) for chain in check()]
        except DomainError as error:
            problems.append((side, error))
    whole = bool(chains) and not problems and all(chain.ok for _, chain in chains)
    if as_json:
        told = {
            "ok": whole,
            "chains": [{"side": side, "ok": chain.ok, **asdict(chain)} for side, chain in chains],
            "unreadable": [{"side": side, "code": error.code.value} for side, error in problems],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return 0 if whole else 1
    for side, chain in chains:
        sys.stdout.write(f"{side:4}  {_sentence(chain, Texts(language, zone=chain.zone))}\n")
    for side, problem in problems:
        sys.stdout.write(f"{side:4}  {problem_text(problem, texts).sentence}\n")
    if not chains and not problems:
        sys.stdout.write(texts.t("chain.nothing", path=str(folder.root)) + "\n")
    return 0 if whole else 1


def _checks(folder: Folder, database: str | None) -> Iterator[tuple[str, Check]]:
    store = key_store(folder)
    if folder.till.exists():
        till = load_keys(store, TILL_ROOT)
        yield "till", lambda: till_chains(folder.till, till.database, folder.witness, till.witness)
    if folder.hub.exists():
        hub = load_keys(store, HUB_ROOT)

        def check_file() -> list[ChainReport]:
            with reading_file(folder.hub, hub.database) as reader:
                return hub_chains(reader)

        yield "hub", check_file
    if database is not None:
        address = database.replace("postgresql+psycopg://", "postgresql://", 1)

        def check_database() -> list[ChainReport]:
            with reading_postgres(address) as reader:
                return hub_chains(reader)

        yield "hub", check_database


def _sentence(chain: ChainReport, texts: Texts) -> str:
    what = texts.t(f"chain.{chain.kind.value}", till=chain.till)
    if chain.first is None:
        return texts.t("chain.whole", what=what, count=chain.links, head=chain.head)
    where = _break(chain.kind, chain.first, texts)
    told = texts.t("chain.broken", what=what, where=where)
    return f"{told} {texts.t('chain.more', count=chain.more)}" if chain.more else told


def _break(kind: ChainKind, found: Break, texts: Texts) -> str:
    name = found.name if kind is ChainKind.VOUCHERS else texts.t("chain.entry", seq=found.seq)
    if found.at is None:
        return texts.t(f"chain.break.{found.kind.value}", seq=found.seq)
    return texts.t(f"chain.break.{found.kind.value}", seq=found.seq, name=name, at=found.at)
