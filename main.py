"""BANA Till: the table of commands; each one is put together in `wiring`."""

import argparse
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; without one, open the till."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    if wanted.command == "report" and (refusal := _report_refusal(wanted)):
        parser.error(refusal)
    return int(_COMMANDS[wanted.command or "till"](wanted))


def _till(wanted: argparse.Namespace) -> int:
    if not _has_display():
        return _scene(argparse.Namespace(data=None, shots="shots", language="vi"))
    folder = _folder(wanted)
    from wiring.logs import keep_log

    keep_log(folder.logs / "till.log")
    from wiring.window import run_window

    return run_window(folder)


def _scene(wanted: argparse.Namespace) -> int:
    from wiring.scene import run_scene

    return run_scene(_folder(wanted) if wanted.data else None, Path(wanted.shots), wanted.language)


def _hub(wanted: argparse.Namespace) -> int:
    from wiring.hub import run_embedded, run_shared

    if wanted.embedded:
        return run_embedded(_folder(wanted), wanted.port)
    return run_shared(
        _folder(wanted),
        wanted.database,
        wanted.host,
        wanted.port,
        public_url=wanted.public_url or "",
        development=wanted.development,
    )


def _simulator(wanted: argparse.Namespace) -> int:
    from wiring.simulator import run_simulator

    return run_simulator(_folder(wanted), wanted.port, embedded=wanted.embedded)


def _demo(wanted: argparse.Namespace) -> int:
    from wiring.demo import run_demo

    return run_demo(_folder(wanted), wipe=wanted.wipe, vouchers=wanted.vouchers)


def _verify(wanted: argparse.Namespace) -> int:
    if wanted.chain:
        return _chains(wanted)
    from wiring.verify import run_verify

    return run_verify(_folder(wanted), wanted.database, as_json=wanted.json, fast=wanted.fast)


def _chains(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.chains import run_chains

    return run_chains(_folder(wanted), wanted.database, Language(wanted.language), as_json=wanted.json)


def _audit(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.audit import run_audit

    days, language = (wanted.since, wanted.until), Language(wanted.language)
    of_hub, database, merchant = wanted.hub, wanted.database, wanted.merchant
    return run_audit(
        _folder(wanted), Path(wanted.to), days, language, of_hub=of_hub, database=database, merchant=merchant
    )


def _report_refusal(wanted: argparse.Namespace) -> str:
    """Return why the options of a report do not go together, or nothing."""
    if wanted.json and (wanted.what != "trial-balance" or wanted.since or wanted.to or wanted.format != "text"):
        return "--json is for trial-balance alone, with --until at most; otherwise --format json"
    if wanted.wallet and wanted.what != "cash-book":
        return "--wallet is for cash-book"
    if wanted.format in ("xlsx", "pdf") and not wanted.to:
        return f"--format {wanted.format} needs --to FILE"
    if wanted.to and wanted.format in ("text", "json"):
        return "--to is for --format csv, xlsx or pdf"
    return ""


def _report(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.report import Wanted, run_balances, run_report

    if wanted.json:
        return run_balances(_folder(wanted), wanted.until)
    to = Path(wanted.to) if wanted.to else None
    order = Wanted(wanted.what, wanted.since, wanted.until, wanted.wallet, wanted.format, to, Language(wanted.language))
    return run_report(_folder(wanted), order)


def _export(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.export import run_export

    return run_export(_folder(wanted), wanted.format, Path(wanted.to), Language(wanted.language))


def _book(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.book import run_book

    return run_book(_folder(wanted), Path(wanted.file), Language(wanted.language))


def _statement(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.logs import join_structlog, keep_log
    from wiring.statement import StatementAsked, run_statement

    keep_log(_folder(wanted).logs / "statement.log")
    join_structlog()
    columns = dict(wanted.column) or None
    asked = StatementAsked(wanted.database, wanted.merchant, wanted.account, columns, wanted.look)
    return run_statement(_folder(wanted), Path(wanted.file), asked, Language(wanted.language))


def _hub_key(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.hub_keys import HookAsked, run_hub_key

    language = Language(wanted.language)
    hook = HookAsked(
        url=wanted.url,
        events=tuple(wanted.event),
        all_payments=wanted.all_payments,
        renew_secret=wanted.new_secret,
        end=wanted.end,
        near=wanted.development,
    )
    return run_hub_key(
        _folder(wanted),
        wanted.database,
        wanted.action,
        wanted.name,
        wanted.merchant,
        language,
        hook,
        scopes=tuple(wanted.scope),
    )


def _backup(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.backup import run_backup

    to = Path(wanted.to) if wanted.to else None
    return run_backup(_folder(wanted), to, Language(wanted.language), second=wanted.second)


def _restore(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.restore import run_restore

    return run_restore(_folder(wanted), Path(wanted.file), Language(wanted.language), agreed=wanted.yes)


def _passphrase(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.key_commands import run_passphrase

    return run_passphrase(_folder(wanted), Language(wanted.language))


def _recovery_code(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.key_commands import run_recovery_code

    return run_recovery_code(_folder(wanted), Language(wanted.language))


def _recover(wanted: argparse.Namespace) -> int:
    from domain.money import Language
    from wiring.key_commands import run_recover

    source = Path(wanted.file) if wanted.file else None
    return run_recover(_folder(wanted), source, Language(wanted.language), passphrase=wanted.passphrase)


def _qr(wanted: argparse.Namespace) -> int:
    from wiring.codes import decode_code, make_code

    if wanted.action == "decode":
        return decode_code(wanted.text)
    return make_code(wanted.bank, wanted.account, wanted.amount, wanted.purpose, wanted.card)


def _has_display() -> bool:
    """Whether a window can be shown; only an X11 or Wayland system can be without."""
    if sys.platform in ("win32", "darwin") or "QT_QPA_PLATFORM" in os.environ:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _address(text: str) -> str:
    """Return an address that begins with https://; raises ValueError for any other."""
    if not text.startswith("https://") or not text.removeprefix("https://").strip("/"):
        raise ValueError(text)
    return text


def _column(text: str) -> tuple[str, int]:
    name, _, place = text.partition("=")
    return name, _count(place)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text}: less than zero")
    return number


_COMMANDS = {
    "till": _till,
    "scene": _scene,
    "hub": _hub,
    "simulator": _simulator,
    "demo": _demo,
    "verify": _verify,
    "audit": _audit,
    "report": _report,
    "export": _export,
    "book": _book,
    "statement": _statement,
    "hub-key": _hub_key,
    "backup": _backup,
    "restore": _restore,
    "passphrase": _passphrase,
    "recovery-code": _recovery_code,
    "recover": _recover,
    "qr": _qr,
}


def _folder(wanted: argparse.Namespace):  # type: ignore[no-untyped-def]  # imported late: the type is wiring's
    from wiring.folders import Folder, default_folder

    return (Folder(Path(wanted.data)) if wanted.data else default_folder()).make()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="An offline-first till that books its money itself.")
    parser.add_argument("--data", metavar="DIR", help="the folder of one till and its hub (default: the platform's)")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data folder")
        return made

    command("till", "open the till's window (the default)")
    scene = command("scene", "play the counter scene without a display and save screenshots")
    scene.add_argument("--shots", metavar="DIR", default="shots", help="where the screenshots go")
    scene.add_argument("--language", choices=("vi", "en"), default="vi")
    hub = command("hub", "run the hub: the server between tills and payment providers")
    hub.add_argument("--database", metavar="URL", help="PostgreSQL; without it, an encrypted file in the data folder")
    hub.add_argument("--host", default="127.0.0.1")
    hub.add_argument("--port", type=int, default=8700, help="8700 unless told otherwise")
    hub.add_argument(
        "--public-url",
        metavar="URL",
        type=_address,
        help="https://… under which customers reach the pages they pay on",
    )
    hub.add_argument("--development", action="store_true", help="show /docs and /redoc, take any database role")
    hub.add_argument("--embedded", action="store_true", help="as the child of a till: secrets come on standard input")
    simulator = command("simulator", "run the payment providers' simulator on this computer")
    simulator.add_argument("--port", type=int, help="default: the one the demo shop remembers")
    simulator.add_argument("--embedded", action="store_true", help="as the child of a till")
    demo = command("demo", "create a demo shop in the data folder")
    demo.add_argument("--wipe", action="store_true", help="remove the demo shop that lies there first")
    demo.add_argument("--vouchers", type=_count, default=0, metavar="N", help="and make up N vouchers of past months")
    _add_verify(command("verify", "check every book, chain and number; exit 1 on any breach"))
    _add_report(command("report", "print a report of the books, or write it to a file"))
    export = command("export", "write the whole books for other programs")
    export.add_argument("--format", choices=("beancount", "ledger", "jsonl", "csv", "xlsx"), required=True)
    export.add_argument("--to", "--out", dest="to", metavar="FILE", required=True)
    export.add_argument("--language", choices=("vi", "en"), default="vi")
    _add_audit(command("audit", "write the audit trail to a file that can be checked without this program"))
    _add_book(command("book", "book events of another system from a file; the till's window must be closed"))
    _add_statement(command("statement", "confirm payments by a bank's statement: MT940, camt.053 or CSV"))
    _add_hub_key(command("hub-key", "the keys under which other systems tell the hub what happened"))
    _add_backup(command("backup", "copy the books of the till and its hub now, and check the copies"))
    _add_restore(command("restore", "put a backup in the till's place; the till's window must be closed"))
    _add_language(command("passphrase", "keep the keys under a passphrase, or change it; the window must be closed"))
    _add_language(command("recovery-code", "show a new recovery code, this once; the one before it ends"))
    _add_recover(command("recover", "open the keys with the recovery code and keep them on this computer again"))
    actions = command("qr", "read or make a payment code").add_subparsers(dest="action", required=True)
    decode = actions.add_parser("decode", help="print a code's fields, or why a strict reader refuses it")
    decode.add_argument("text")
    make = actions.add_parser("make", help="print the text of a VietQR code")
    make.add_argument("--bank", required=True, metavar="BIN", help="six digits")
    make.add_argument("--account", required=True)
    make.add_argument("--amount", type=int, help="whole VND; without it the payer types the amount")
    make.add_argument("--purpose", default="")
    make.add_argument("--card", action="store_true", help="the account is a card number")
    return parser


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", metavar="URL", help="check this PostgreSQL hub as well")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fast", action="store_true", help="the checks that a start makes")
    parser.add_argument("--chain", action="store_true", help="only the chains: where is the first break of each")
    parser.add_argument("--language", choices=("vi", "en"), default="en", help="of --chain")


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("trial-balance", "cash-book", "journal", "income-expense"))
    parser.add_argument(
        "--since", metavar="DAY", default="", help="YYYY-MM-DD; unless told otherwise, the month's first"
    )
    parser.add_argument("--until", metavar="DAY", default="", help="YYYY-MM-DD; today unless told otherwise")
    parser.add_argument("--wallet", metavar="NAME", default="", help="of the cash book; the default wallet")
    parser.add_argument("--format", choices=("text", "json", "csv", "xlsx", "pdf"), default="text")
    parser.add_argument("--to", metavar="FILE", help="for csv, xlsx and pdf; a folder gets a file of the usual name")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--json", action="store_true", help="trial-balance: each balance, minor units, debit positive")


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="FILE", required=True)
    parser.add_argument("--since", metavar="DAY", default="", help="YYYY-MM-DD; from the beginning")
    parser.add_argument("--until", metavar="DAY", default="", help="YYYY-MM-DD; to the end")
    parser.add_argument("--hub", action="store_true", help="the trail of the folder's hub, not of its till")
    parser.add_argument("--database", metavar="URL", help="the trail of a hub on PostgreSQL")
    parser.add_argument("--merchant", metavar="ID", help="the shop, where the hub has several")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")


def _add_book(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSON lines or one JSON list, as docs/events.md says")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")


def _add_statement(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="as the bank gave it out; nothing in it is booked twice")
    parser.add_argument("--look", action="store_true", help="only say what would become of its lines")
    parser.add_argument("--account", metavar="NUMBER", default="", help="whose it is, where the file does not say")
    parser.add_argument(
        "--column",
        metavar="NAME=PLACE",
        action="append",
        default=[],
        type=_column,
        help="of a table with unknown heads, from 0: date, text, credit, debit, amount, reference, balance",
    )
    parser.add_argument("--database", metavar="URL", help="the hub's PostgreSQL; without it, the file in the folder")
    parser.add_argument("--merchant", metavar="ID", help="the shop, where the hub has several")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")


def _add_hub_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", metavar="URL", help="the hub's PostgreSQL; without it, the file in the folder")
    parser.add_argument("--merchant", metavar="ID", help="the shop, where the hub has several")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument(
        "action",
        choices=("create", "list", "revoke", "rotation", "webhook"),
        help="a new key is shown this once; rotation tells what still needs an older key of the vault; webhook says "
        "where the system of a key hears what becomes of payments",
    )
    parser.add_argument("name", nargs="?", default="", help="for whom a new key is, or the id of another act's one")
    parser.add_argument("url", nargs="?", default="", help="of webhook: https://…; without it, how telling goes")
    parser.add_argument(
        "--scope",
        action="append",
        default=[],
        help="of create: checkouts:write, checkouts:read or events:write, once for each; without it, all three",
    )
    parser.add_argument("--event", action="append", default=[], help="of webhook: payment.paid …; without it, all")
    parser.add_argument("--all-payments", action="store_true", help="of webhook: those of the tills, too")
    parser.add_argument("--new-secret", action="store_true", help="of webhook: sign with a new secret from now on")
    parser.add_argument("--end", action="store_true", help="of webhook: tell the system nothing any more")
    parser.add_argument("--development", action="store_true", help="of webhook: take this machine's own addresses")


def _add_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="DIR", help="into this folder, instead of the data folder's own")
    parser.add_argument(
        "--second", metavar="DIR", help="from now on put a second copy of each backup there; '' ends it"
    )
    parser.add_argument("--language", choices=("vi", "en"), default="vi")


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a backup of this till")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")


def _add_recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help="a copy of till.recovery, if the folder has none")
    parser.add_argument("--passphrase", action="store_true", help="keep them under a passphrase, not in the key store")
    _add_language(parser)


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--language", choices=("vi", "en"), default="vi")


if __name__ == "__main__":
    from wiring.logs import tell_crashes

    tell_crashes()
    sys.exit(main())
