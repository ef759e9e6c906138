"""The trail in words: what was done, of what, and how it stood before and after."""

from typing import Final

from domain.calendar import is_date
from domain.ids import Instant
from domain.shop_settings import METHOD_WALLETS, PROVIDER_WALLETS
from domain.trail import AuditRow, Fact, Value
from ui.formatting import date_time_text, local_time
from ui.texts import Texts

_MONEY: Final = frozenset(
    {
        *("amount", "opening", "received", "limit"),
        *("limit.refund", "limit.void", "limit.hand_confirm", "limit.discount"),
        *("limit.exposure_bill_minor", "limit.exposure_till_minor", "limit.exposure_day_minor"),
    }
)
_MS: Final = "_ms"
_MINUTE_MS: Final = 60_000
_MOMENTS: Final = frozenset({"until", "backup_made_at", "disabled_at", "acted_at"})
_NAMED: Final = {
    "method": ("method",),
    "role": ("role",),
    "status": ("status",),
    "exception": ("exception",),
    "value": ("book_settings.regime", "book_settings.vat"),
}
"""Where the words for the values of a fact stand."""

_METHOD: Final = "wallet.method."
_PROVIDER: Final = "wallet.provider."
_SETTINGS: Final = ("setting.", "books.closed", "books.reopened")


def act_words(row: AuditRow, texts: Texts) -> str:
    """Return what was done."""
    key = f"audit.act.{row.action}"
    return texts.t(key) if texts.has(key) else row.action


def actor_words(row: AuditRow, texts: Texts) -> str:
    """Return who did it: a person, or what else an act answers."""
    return row.actor or texts.t(f"audit.cause.{row.cause.value}")


def record_words(row: AuditRow, texts: Texts) -> str:
    """Return what people call the thing an entry is about."""
    if row.hidden:
        return texts.t("audit.hidden")
    if row.record:
        return row.record
    if row.action.startswith(_SETTINGS):
        return _setting(row.subject_id, texts)
    return texts.t(row.subject_id) if texts.has(row.subject_id) else ""


def fact_words(row: AuditRow, texts: Texts) -> str:
    """Return all that an entry tells beside its record, in one line: what changed, why, and the rest."""
    amount = next((fact.value for fact in row.facts if fact.name == "amount"), None)
    told = [
        fact
        for fact in row.facts
        if fact.is_change or not (fact.value == row.record or (fact.name == "measure" and fact.value == amount))
    ]
    told.sort(key=lambda fact: (not fact.is_change, fact.name != "reason"))
    return " · ".join(words for fact in told if (words := _fact(fact, texts)))


def moment_words(row: AuditRow, texts: Texts) -> str:
    """Return when it was, to the second."""
    at = local_time(row.at, texts.zone)
    return at.strftime("%d/%m/%Y %H:%M:%S")


def _setting(key: str, texts: Texts) -> str:
    if key in METHOD_WALLETS:
        return texts.t("audit.setting.wallet_method", method=key.removeprefix(_METHOD))
    if key in PROVIDER_WALLETS:
        return texts.t("audit.setting.wallet_provider", provider=key.removeprefix(_PROVIDER))
    return texts.t(f"audit.setting.{key}") if texts.has(f"audit.setting.{key}") else key


def _fact(fact: Fact, texts: Texts) -> str:
    value, before = _value(fact, fact.value, texts), _value(fact, fact.before, texts)
    if fact.is_change:
        none = texts.t("audit.nothing")
        told = f"{before or none} → {value or none}"
    elif value:
        told = value
    else:
        return ""
    key = f"audit.fact.{fact.name.rstrip('.0123456789')}"  # one of several bears its number
    return told if fact.name == "value" else f"{texts.t(key) if texts.has(key) else fact.name}: {told}"


def _value(fact: Fact, value: Value, texts: Texts) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return _number(fact, value, texts)
    for named in (f"{stem}.{value}" for stem in _NAMED.get(fact.name, ("audit.value",))):
        if texts.has(named):
            return texts.t(named)
    if is_date(value):
        year, month, day = value.split("-")
        return f"{day}/{month}/{year}"
    return value


def _number(fact: Fact, value: int, texts: Texts) -> str:
    if fact.name in _MONEY:
        return texts.money(value)
    if fact.name.endswith(_MS):
        return texts.t("settings.minutes", count=value // _MINUTE_MS)
    return date_time_text(Instant(value), texts.zone) if fact.name in _MOMENTS else str(value)
