"""What the cashier has typed before a payment starts: the amount due, then, if wished, the cash handed over."""

import re
from dataclasses import dataclass, replace
from typing import Final

from domain.rails import Method
from ui.amount_entry import AmountEntry, Key
from ui.formatting import normal_phone
from ui.quick_cash import quick_cash

_PHONE: Final = re.compile(r"\+?\d[\d .]{7,}\d")


@dataclass(frozen=True, slots=True)
class ChargeEntry:
    """An entry for one payment. `kept` marks an amount left from a payment that did not pass: a digit starts anew."""

    amount: AmountEntry
    tender: AmountEntry | None = None
    kept: bool = False
    customer: str = ""

    @classmethod
    def empty(cls, currency: str) -> "ChargeEntry":
        """Return the entry of the next customer."""
        return cls(AmountEntry(currency))

    @classmethod
    def keeping(cls, amount_minor: int, currency: str) -> "ChargeEntry":
        """Return an entry with the amount (minor units) of a payment that did not pass."""
        return cls(AmountEntry(currency, digits=str(amount_minor)), kept=True)

    @property
    def due_minor(self) -> int:
        """The amount to charge, in minor units."""
        return self.amount.total_minor

    @property
    def tender_minor(self) -> int | None:
        """The cash being typed, in minor units; None while the amount due is typed."""
        return None if self.tender is None else self.tender.total_minor

    def press(self, key: Key) -> "ChargeEntry":
        """Return the entry after a key of the number pad."""
        if self.tender is not None:
            return replace(self, tender=self.tender.press(key))
        fresh = self.kept and key is not Key.PLUS
        amount = AmountEntry(self.amount.currency) if fresh else self.amount
        return replace(self, amount=amount.press(key), kept=False)

    def paste(self, text: str) -> "ChargeEntry":
        """Return the entry with a pasted amount; raises RuleBroken(AMOUNT_INVALID)."""
        if self.tender is not None:
            return replace(self, tender=self.tender.paste(text))
        amount = AmountEntry(self.amount.currency) if self.kept else self.amount
        return replace(self, amount=amount.paste(text), kept=False)

    def offers(self, method: Method) -> tuple[int, ...]:
        """Return the cash amounts to offer (minor units), the exact one first; none for other methods."""
        if method is not Method.CASH or self.due_minor <= 0:
            return ()
        return (self.due_minor, *quick_cash(self.due_minor, self.amount.currency))

    def customer_facts(self) -> dict[str, str]:
        """Return who the customer is as far as was typed: a phone number in it is told apart from the name."""
        found = _PHONE.search(self.customer)
        if found is None:
            return {"customer_name": self.customer, "customer_phone": ""}
        name = (self.customer[: found.start()] + " " + self.customer[found.end() :]).strip(" ,;-")
        return {"customer_name": " ".join(name.split()), "customer_phone": normal_phone(found[0])}
