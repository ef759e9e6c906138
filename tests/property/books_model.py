"""What a shop's books must say, in plain dicts and in words of its own: the model that the real books are held against.

Nothing here knows the program's rules, types or tables: accounts are named by their control's word or their wallet's
id, categories by the system's word or their own id, days are `YYYY-MM-DD`, amounts are minor units, debit positive.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from math import floor
from typing import Any, Final

MOST: Final = 9_000_000_000_000_000
DEEPEST: Final = 6
LONGEST_NAME: Final = 60
HOUR_MS: Final = 3_600_000
_SHOP_TIME: Final = timezone(timedelta(hours=7))

MAY: Final = {
    "owner": {"wallets", "categories", "settings", "close", "draft", "issue", "void", "sell"},
    "manager": {"draft", "issue", "void", "sell"},
    "cashier": {"sell"},
    "accountant": {"draft"},
    "auditor": set[str](),
}

EVENTS: Final = {
    "sale.paid": ("PT", "sales", "wallet+due sales-net vat_payable-tax"),
    "purchase.received": ("PC", "stock_purchase", "inventory+net vat_deductible+tax wallet-due"),
    "purchase.owed": ("PKT", "stock_purchase", "inventory+net vat_deductible+tax payable-due"),
    "stock.issued": ("PKT", "cogs", "cogs+cost inventory-cost"),
    "stock.surplus": ("PKT", "stock_surplus", "inventory+cost other_income-cost"),
    "stock.loss": ("PKT", "stock_loss", "cogs+cost inventory-cost"),
    "refund.paid": ("PC", "refunds", "sales_returns+net vat_payable+tax wallet-due"),
    "deposit.made": ("PCK", "", "target+received fees+fee wallet-amount"),
    "wallet.transfer": ("PCK", "", "target+amount wallet-amount"),
    "account.opening": ("PKT", "", "wallet+amount opening_equity-amount"),
}
"""Of each event: its document, its category, and its lines as account, sign and measure."""

SYSTEM: Final = {
    **dict.fromkeys(("sales", "services", "stock_surplus", "other_income"), "INCOME"),
    **dict.fromkeys(
        (
            *("stock_purchase", "cogs", "stock_loss", "refunds", "payroll", "rent_utilities", "marketing_delivery"),
            *("fees", "taxes", "other_expense"),
        ),
        "EXPENSE",
    ),
}
AGAINST: Final = {
    "sales": "sales",
    "services": "sales",
    "stock_surplus": "other_income",
    "other_income": "other_income",
    "stock_purchase": "inventory",
    "cogs": "cogs",
    "stock_loss": "cogs",
    "refunds": "sales_returns",
    "fees": "fees",
    "other_expense": "other_expense",
}
"""The account that money of a system category is booked against; of the others it is `expenses`."""


class Refusal(Exception):
    """The books must refuse this with the code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Wallet:
    """A wallet; `place` counts the wallets in the order of their opening."""

    kind: str
    name: str
    place: int
    opened_at: int
    archived: bool = False


@dataclass
class Category:
    """A category of the shop's own or of the system."""

    kind: str
    name: str
    parent: str | None = None
    archived: bool = False


@dataclass
class Voucher:
    """A document as it must stand; `id` is told by the program."""

    number: str
    day: str
    lines: list[tuple[str, int]]
    category: str = ""
    happened: str = ""
    source: str = ""
    of_payment: bool = False
    reverses: "Voucher | None" = None
    voided: bool = False
    id: str = ""


@dataclass
class BooksModel:
    """The whole shop: what it holds, and each act as the change it makes or the `Refusal` it must meet."""

    now_ms: int
    controls: dict[str, str]
    wallets: dict[str, Wallet] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=lambda: {k: Category(v, k) for k, v in SYSTEM.items()})
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    vouchers: list[Voucher] = field(default_factory=list)
    of_source: dict[str, Voucher] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    days: dict[tuple[str, str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    series: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    settings: dict[str, str] = field(default_factory=dict)
    default: str = ""
    closed: str = ""
    vat: str = ""

    # -- days and taxes

    @property
    def today(self) -> str:
        return datetime.fromtimestamp(self.now_ms / 1000, UTC).astimezone(_SHOP_TIME).date().isoformat()

    def day(self, offset: int) -> str:
        return (date.fromisoformat(self.today) + timedelta(days=offset)).isoformat()

    def open_day(self, day: str) -> str:
        if day > self.closed:
            return day
        return (date.fromisoformat(self.closed) + timedelta(days=1)).isoformat()

    def tax_in(self, gross: int, day: str) -> int:
        lowered = "2025-07-01" <= day <= "2026-12-31"
        rates = {"": 0, "standard": 10, "essential": 5, "zero": 0, "reduced": 8 if lowered else 10}
        return floor(Fraction(gross * rates[self.vat], 100 + rates[self.vat]) + Fraction(1, 2))

    # -- wallets

    def open_wallet(self, wallet: str, kind: str, name: str, opening: int) -> Voucher | None:
        name = self._name(name)
        self._unless(kind != "CONTROL", "ACCOUNT_IS_CONTROL")
        self._unless(0 <= opening <= MOST, "AMOUNT_INVALID")
        if (held := self.wallets.get(wallet)) is not None:
            self._unless((held.name, held.kind) == (name, kind), "ID_REUSED")
            return None
        self._free_name(name, wallet)
        self.wallets[wallet] = Wallet(kind, name, len(self.wallets), self.now_ms)
        self.default = self.default or wallet
        if not opening:
            return None
        return self.post("account.opening", f"opening/{wallet}", wallet, None, {"amount": opening}, self.today)

    def rename_wallet(self, wallet: str, name: str) -> None:
        held = self._own_wallet(wallet)
        name = self._name(name)
        if name != held.name:
            self._free_name(name, wallet)
            held.name = name

    def archive_wallet(self, wallet: str, archived: bool) -> None:
        held = self._own_wallet(wallet)
        if archived and not held.archived:
            self._unless(self.balances[wallet] == 0, "ACCOUNT_NOT_EMPTY")
            self._unless(wallet != self.default and wallet not in self.settings.values(), "ACCOUNT_IN_USE")
        held.archived = archived

    def choose_wallet(self, key: str, wallet: str) -> None:
        self.usable(wallet)
        self.settings[key] = wallet
        if key == "wallet.default":
            self.default = wallet

    def cash_wallet(self) -> str | None:
        chosen = self.settings.get("wallet.method.cash", "")
        usable = [wallet for wallet, held in self.wallets.items() if not held.archived]
        if chosen in usable:
            return chosen
        drawers = [wallet for wallet in usable if self.wallets[wallet].kind == "CASH"]
        if drawers:
            return min(drawers, key=lambda w: (w != self.default, self.wallets[w].opened_at, w))
        return self.default if self.default in usable else None

    def usable(self, account: str, *, controls: bool = False) -> None:
        if account in self.controls:
            self._unless(controls, "ACCOUNT_IS_CONTROL")
            return
        self._unless(account in self.wallets, "ACCOUNT_UNKNOWN")
        self._unless(not self.wallets[account].archived, "ACCOUNT_ARCHIVED")

    # -- vouchers

    def post(
        self, event: str, source: str, wallet: str | None, target: str | None, measures: dict[str, int], happened: str
    ) -> Voucher:
        if source in self.of_source:
            return self.of_source[source]
        kind, category, rule = EVENTS[event]
        if "net" in rule:
            due = measures.get("due", 0)
            tax = measures["tax"] if "tax" in measures else self.tax_in(due, happened)
            measures = {**measures, "tax": tax, "net": due - tax}
        places = {"wallet": wallet, "target": target}
        lines = []
        for word in rule.split():
            account, sign, measure = word.replace("+", " + ").replace("-", " - ").split()
            if amount := measures.get(measure, 0):
                place = places.get(account, account)
                self._unless(place is not None, "ACCOUNT_MISSING_FOR_METHOD")
                self._unless(0 < amount <= MOST, "AMOUNT_INVALID")
                lines.append((str(place), amount if sign == "+" else -amount))
        booked = self.open_day(happened)
        return self.book(kind, booked, lines, category, source, happened="" if booked == happened else happened)

    def book(
        self, kind: str, day: str, lines: list[tuple[str, int]], category: str, source: str, **more: Any
    ) -> Voucher:
        debit = sum(signed for _, signed in lines if signed > 0)
        self._unless(len(lines) >= 2, "VOUCHER_INVALID")
        self._unless(sum(signed for _, signed in lines) == 0, "VOUCHER_UNBALANCED")
        self._unless(0 < debit <= MOST, "AMOUNT_INVALID")
        for account, _ in lines:
            self._unless(account in self.wallets or account in self.controls, "ACCOUNT_UNKNOWN")
        series = (kind, day[:4])
        self.series[series] += 1
        voucher = Voucher(
            f"{kind}01A-{day[2:4]}-{self.series[series]:06d}", day, lines, category, source=source, **more
        )
        for account, signed in lines:
            self.balances[account] += signed
            self.days[account, day, category][signed < 0] += abs(signed)
        self.vouchers.append(voucher)
        self.of_source[source] = voucher
        return voucher

    def sell(self, source: str, amount: int) -> Voucher:
        self._unless(0 < amount <= MOST, "AMOUNT_INVALID")
        voucher = self.post("sale.paid", source, self.cash_wallet(), None, {"due": amount}, self.today)
        voucher.of_payment = True
        return voucher

    def void(self, voucher: Voucher | None, reason: str) -> Voucher:
        if voucher is None:
            raise Refusal("VOUCHER_UNKNOWN")
        self._unless(voucher.reverses is None, "VOUCHER_IS_REVERSAL")
        self._unless(not voucher.voided, "VOUCHER_VOIDED")
        self._unless(not voucher.of_payment, "VOUCHER_OF_PAYMENT")
        self._unless(bool(reason.strip()), "DRAFT_INCOMPLETE")
        lines = [(account, -signed) for account, signed in voucher.lines]
        kind, day = voucher.number.split("0")[0], self.open_day(self.today)
        reversal = self.book(kind, day, lines, voucher.category, f"reversal/{voucher.number}", reverses=voucher)
        voucher.voided = True
        return reversal

    # -- drafts

    def save_draft(self, draft: str, told: dict[str, Any]) -> None:
        amounts = (told["amount"], told["fee"], *(amount for _, _, amount in told["lines"]))
        self._unless(all(0 <= amount <= MOST for amount in amounts), "AMOUNT_INVALID")
        self._unless(f"manual/{draft}" not in self.of_source, "ID_REUSED")
        self.drafts[draft] = {**told, "memo": told["memo"].strip()}

    def discard_draft(self, draft: str) -> None:
        self._unless(draft in self.drafts, "DRAFT_UNKNOWN")
        del self.drafts[draft]

    def issue_draft(self, draft: str) -> Voucher:
        source = f"manual/{draft}"
        if source in self.of_source:
            return self.of_source[source]
        self._unless(draft in self.drafts, "DRAFT_UNKNOWN")
        told = self.drafts[draft]
        self._unless(bool(told["memo"]) and _is_day(told["day"]) and self._is_whole(told), "DRAFT_INCOMPLETE")
        self._unless(told["day"] > self.closed, "PERIOD_CLOSED")
        self._unless(told["day"] <= self.today, "DATE_AHEAD")
        kind, category = told["type"], ""
        if kind == "PKT":
            for account, _, _ in told["lines"]:
                self.usable(account, controls=True)
            lines = [(account, amount if side == "D" else -amount) for account, side, amount in told["lines"]]
        elif kind == "PCK":
            self.usable(told["wallet"])
            self.usable(told["target"])
            fee = [("fees", told["fee"])] if told["fee"] else []
            lines = [(told["target"], told["amount"] - told["fee"]), *fee, (told["wallet"], -told["amount"])]
        else:
            self.usable(told["wallet"])
            category = told["category"]
            against = self._against(category, "INCOME" if kind == "PT" else "EXPENSE")
            sign = 1 if kind == "PT" else -1
            lines = [(told["wallet"], sign * told["amount"]), (against, -sign * told["amount"])]
            lines.sort(key=lambda line: -line[1])
        voucher = self.book(kind, told["day"], lines, category, source)
        del self.drafts[draft]
        return voucher

    def _is_whole(self, told: dict[str, Any]) -> bool:
        if told["type"] == "PKT":
            sums = {side: sum(amount for _, of, amount in told["lines"] if of == side) for side in "DC"}
            return sums["D"] == sums["C"] > 0 and all(account and amount for account, _, amount in told["lines"])
        if not told["wallet"] or not told["amount"]:
            return False
        if told["type"] == "PCK":
            return told["target"] not in (None, told["wallet"]) and told["fee"] < told["amount"]
        return told["category"] is not None

    # -- categories

    def save_category(self, category: str, kind: str, name: str, parent: str | None) -> None:
        name = self._name(name)
        self._unless(category not in SYSTEM, "CATEGORY_SYSTEM")
        held = self.categories.get(category)
        self._unless(held is None or held.kind == kind, "CATEGORY_KIND")
        above = self._line_above(category, parent)
        self._unless(1 + len(above) + self._levels_below(category) <= DEEPEST, "CATEGORY_CYCLE")
        for other in above:
            self._unless(self.categories[other].kind == kind, "CATEGORY_KIND")
            self._unless(not self.categories[other].archived, "CATEGORY_ARCHIVED")
        self.categories[category] = Category(kind, name, parent, held.archived if held else False)

    def archive_category(self, category: str, archived: bool) -> None:
        self._unless(category in self.categories, "CATEGORY_UNKNOWN")
        self._unless(category not in SYSTEM, "CATEGORY_SYSTEM")
        held = self.categories[category]
        in_use = any(child.parent == category and not child.archived for child in self.categories.values())
        self._unless(not (archived and in_use), "CATEGORY_IN_USE")
        above = self._line_above(category, held.parent)
        self._unless(archived or not any(self.categories[a].archived for a in above), "CATEGORY_ARCHIVED")
        held.archived = archived

    def _against(self, category: str, kind: str) -> str:
        self._unless(category in self.categories, "CATEGORY_UNKNOWN")
        held = self.categories[category]
        self._unless(held.kind == kind, "CATEGORY_KIND")
        self._unless(not held.archived, "CATEGORY_ARCHIVED")
        for name in (category, *self._line_above(category, held.parent)):
            if name in SYSTEM:
                return AGAINST.get(name, "expenses")
        return "other_income" if kind == "INCOME" else "expenses"

    def _line_above(self, category: str, parent: str | None) -> list[str]:
        above: list[str] = []
        while parent is not None:
            self._unless(parent in self.categories, "CATEGORY_UNKNOWN")
            self._unless(len(above) + 1 < DEEPEST and parent not in (category, *above), "CATEGORY_CYCLE")
            above.append(parent)
            parent = self.categories[parent].parent
        return above

    def _levels_below(self, category: str) -> int:
        children = [name for name, held in self.categories.items() if held.parent == category]
        return max((1 + self._levels_below(child) for child in children), default=0)

    # -- periods

    def close_books(self, through: str, reason: str) -> None:
        self._unless(not through or _is_day(through), "DATE_INVALID")
        self._unless(through < self.today, "PERIOD_NOT_OVER")
        self._unless(through >= self.closed or bool(reason.strip()), "DRAFT_INCOMPLETE")
        self.closed = through

    # -- words

    def _name(self, name: str) -> str:
        self._unless(0 < len(name.strip()) <= LONGEST_NAME, "NAME_INVALID")
        return name.strip()

    def _free_name(self, name: str, wallet: str) -> None:
        taken = {held.name for other, held in self.wallets.items() if other != wallet}
        self._unless(name not in taken | set(self.controls.values()), "ACCOUNT_NAME_TAKEN")

    def _own_wallet(self, wallet: str) -> Wallet:
        self._unless(wallet in self.wallets or wallet in self.controls, "ACCOUNT_UNKNOWN")
        self._unless(wallet in self.wallets, "ACCOUNT_IS_CONTROL")
        return self.wallets[wallet]

    @staticmethod
    def _unless(holds: bool, code: str) -> None:
        if not holds:
            raise Refusal(code)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
