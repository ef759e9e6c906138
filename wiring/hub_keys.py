"""`hub-key`: the keys under which other systems tell the hub what happened, in the hands of its operator."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from domain.errors import DomainError, ErrorCode, NotFound
from domain.ids import MerchantId
from domain.money import Language
from domain.other_systems import EVERY_SCOPE
from server.api_keys import create_api_key, revoke_api_key
from server.hooks import HookWish, drop_hook, set_hook
from server.key_rotation import keks_in_use, keys_behind
from server.settings import system_now
from server.vault import Vault
from storage.hub_api_keys import KeyRow, keys_of, merchants
from storage.hub_hooks import deliveries_of, hook_of
from storage.hub_units import Database, HubUnits, PostgresHub
from storage.keys import load_keys
from storage.migrate import migrate_hub_postgres
from ui.texts import Texts, problem_text
from wiring.folders import Folder
from wiring.hub import open_hub_file
from wiring.key_places import key_store
from wiring.till import HUB_ROOT
from wiring.vault_keys import vault_of

CREATE: Final = "create"
ROTATION: Final = "rotation"
WEBHOOK: Final = "webhook"
Act = Callable[[HubUnits, Vault, MerchantId, str, Texts], None]


class NoShop(Exception):
    """The hub knows no shop, or several and none was named; says so in the person's language."""


@dataclass(frozen=True, slots=True)
class HookAsked:
    """Where the system of a key is to hear of payments; without a `url`, what it is told is shown or ended."""

    url: str = ""
    events: tuple[str, ...] = ()
    all_payments: bool = False
    renew_secret: bool = False
    end: bool = False
    near: bool = False


def run_hub_key(
    folder: Folder,
    url: str | None,
    action: str,
    name: str,
    merchant: str | None,
    language: Language,
    hook: HookAsked | None = None,
    *,
    scopes: tuple[str, ...] = (),
) -> int:
    """Make, list or revoke keys of a shop's other systems, in the folder's hub or on PostgreSQL; exit 1 if it cannot.

    `name` is the new key's name, or the id of the one to revoke; `scopes` is what a new key opens, all where none is
    named. A hub with one shop needs no `merchant`. The action `webhook` says where the system of a key hears what
    becomes of payments, as `hook` asks. The action `rotation` tells of all shops what still needs an older key of the
    vault, and exits with 1 while anything does.
    """
    texts = Texts(language)
    try:
        with opened_hub(folder, url, texts) as (units, vault):
            if action == ROTATION:
                return _rotation(units, vault, texts)
            chosen = chosen_shop(units, merchant, texts)
            if action == CREATE:
                _create(units, vault, chosen, name, scopes or EVERY_SCOPE, texts)
            elif action == WEBHOOK:
                _webhook(units, vault, chosen, name, hook or HookAsked(), texts)
            else:
                _ACTIONS[action](units, vault, chosen, name, texts)
    except NoShop as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    return 0


@contextmanager
def opened_hub(folder: Folder, url: str | None, texts: Texts) -> Iterator[tuple[HubUnits, Vault]]:
    """Open the folder's hub, or the one on PostgreSQL, beside whoever has it open; raises NoShop."""
    keys = load_keys(key_store(folder), HUB_ROOT)
    vault = vault_of(keys.vault)
    if url is None:
        if not folder.hub.exists():
            raise NoShop(texts.t("hub_key.no_shop"))
        database: Database = open_hub_file(folder, keys.database)
    else:
        address = url.replace("postgresql+psycopg://", "postgresql://", 1)
        migrate_hub_postgres(address)
        database = PostgresHub(address, connections=1)
    units = HubUnits(database, lambda merchant, seq: None)
    try:
        yield units, vault
    finally:
        units.close()


def _rotation(units: HubUnits, vault: Vault, texts: Texts) -> int:
    older, behind = keks_in_use(units) - {vault.current}, keys_behind(units, vault)
    if older:
        versions = ", ".join(map(str, sorted(older)))
        sys.stdout.write(texts.t("hub_key.data_keys_behind", versions=versions) + "\n")
    shops = dict(units.read(merchants))
    for key in behind:
        sys.stdout.write(
            texts.t("hub_key.behind", id=key.key_id, name=key.name, shop=shops[key.merchant_id], version=key.kek) + "\n"
        )
    if not older and not behind:
        sys.stdout.write(texts.t("hub_key.all_moved", version=vault.current) + "\n")
    return 1 if older or behind else 0


def chosen_shop(units: HubUnits, wanted: str | None, texts: Texts) -> MerchantId:
    """Return the wanted shop, or the only one; raises NoShop with those there are."""
    known = units.read(merchants)
    if not known:
        raise NoShop(texts.t("hub_key.no_shop"))
    chosen = [merchant for merchant in known if wanted in (None, merchant[0])]
    if len(chosen) != 1:
        listed = "".join(f"\n{merchant_id}  {name}" for merchant_id, name in known)
        raise NoShop(texts.t("hub_key.which_shop") + listed)
    return chosen[0][0]


def _create(
    units: HubUnits, vault: Vault, merchant_id: MerchantId, name: str, scopes: Sequence[str], texts: Texts
) -> None:
    key, secret = create_api_key(units, vault, merchant_id, name, system_now(), scopes=scopes)
    shop = dict(units.read(merchants))[merchant_id]
    sys.stdout.write(texts.t("hub_key.opens", scopes=", ".join(key.scopes)) + "\n")
    sys.stdout.write(texts.t("hub_key.created", id=key.id, name=key.name, shop=shop) + f"\n{secret.reveal()}\n")


def _list(units: HubUnits, vault: Vault, merchant_id: MerchantId, name: str, texts: Texts) -> None:
    rows = units.read(lambda session: keys_of(session, merchant_id))
    for row in rows:
        sys.stdout.write(f"{row.id}  {row.name:30}  {_state(row, texts)}  {', '.join(row.scopes)}\n")
    if not rows:
        sys.stdout.write(texts.t("hub_key.none") + "\n")


def _state(row: KeyRow, texts: Texts) -> str:
    if row.revoked_at is not None:
        return texts.t("hub_key.revoked_at", at=row.revoked_at)
    return texts.t("hub_key.unused") if row.last_used_at is None else texts.t("hub_key.used", at=row.last_used_at)


def _revoke(units: HubUnits, vault: Vault, merchant_id: MerchantId, name: str, texts: Texts) -> None:
    if not revoke_api_key(units, merchant_id, name, system_now()):
        raise NotFound(ErrorCode.API_KEY_UNKNOWN)
    sys.stdout.write(texts.t("hub_key.revoked", id=name) + "\n")


def _webhook(
    units: HubUnits, vault: Vault, merchant_id: MerchantId, key_id: str, asked: HookAsked, texts: Texts
) -> None:
    """Set, end or tell where the system of a key hears; raises NotFound(API_KEY_UNKNOWN)."""
    if asked.end:
        if not drop_hook(units, merchant_id, key_id, system_now()):
            raise NotFound(ErrorCode.API_KEY_UNKNOWN)
        sys.stdout.write(texts.t("hub_key.hook_ended", id=key_id) + "\n")
    elif asked.url:
        wish = HookWish(asked.url, asked.events, asked.all_payments, asked.renew_secret)
        hook, secret = set_hook(units, vault, merchant_id, key_id, wish, system_now(), near=asked.near)
        sys.stdout.write(texts.t("hub_key.hook_set", id=key_id, events=", ".join(hook.events)) + "\n")
        if secret is not None:
            sys.stdout.write(f"{texts.t('hub_key.hook_secret')}\n{secret.reveal()}\n")
    else:
        _tell_hook(units, merchant_id, key_id, texts)


def _tell_hook(units: HubUnits, merchant_id: MerchantId, key_id: str, texts: Texts) -> None:
    hook, deliveries = units.read_of(
        merchant_id,
        lambda session: (hook_of(session, merchant_id, key_id), deliveries_of(session, merchant_id, [key_id])),
    )
    if hook is None:
        sys.stdout.write(texts.t("hub_key.hook_none", id=key_id) + "\n")
        return
    told = deliveries[key_id]
    sys.stdout.write(f"{hook.url}\n{', '.join(hook.events)}\n")
    sys.stdout.write(texts.t("hub_key.hook_stands", waiting=told.waiting, given_up=told.given_up) + "\n")
    if told.note:
        sys.stdout.write(texts.t("hub_key.hook_note", note=told.note) + "\n")
    if hook.off_at is not None:
        sys.stdout.write(texts.t("hub_key.hook_off", at=hook.off_at) + "\n")


_ACTIONS: dict[str, Act] = {"list": _list, "revoke": _revoke}
