"""The switches that make the simulated providers behave as badly as real ones."""

import random
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from server.simulator.facts import Notice

IN_DOUBT_CODES: Final = ("05", "08")
BANK_TEXT_STYLES: Final = ("exact", "prefixed", "spaced", "squeezed", "tailed", "relayed")


class ChaosSwitches(BaseModel):
    """All switches of `POST /control/chaos`; every one is off (or quiet) at the start.

    Notifications: `drop` never sends them, `delay_s` waits before the first attempt, `duplicate` adds copies sent
    at the same moment, `reorder` holds every other one until the next has gone out, `bad_signature` spoils the
    signature. Customers: `amount_off` is added to every amount paid. VNPAY and every stall: `notify_before_create` pays
    what was just made at once and notifies before the create call is answered; `lose_create_answers` makes that many
    offers but answers 504; `create_delay_s` answers late. VNPAY: `doubt_first` answers that many CheckTrans calls per
    bill with `doubt_code`; `create_fails` answers that many create calls with `create_fail_code`. Stalls: `call_fails`
    answers that many writing calls with the HTTP status `call_fail_status` and does nothing; `lose_answers` carries
    that many writing calls out but answers 504. Bank: `text_style` picks one way of mangling (None takes them in turn),
    `cut_text_at` cuts the text, `list_limit_per_s` is the list API's rate limit (0: none).

    `only` names the provider that misbehaves, as offers do; without a name all of them do. With a `seed`, what is
    switched on happens by chance, in about `odds` of the cases, and the same seed brings each provider the same chances
    again, whatever the others do; without one it happens always.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    drop: bool = False
    delay_s: float = Field(default=0.0, ge=0, le=3600)
    duplicate: int = Field(default=0, ge=0, le=20)
    reorder: bool = False
    bad_signature: bool = False
    notify_before_create: bool = False
    doubt_first: int = Field(default=0, ge=0, le=100)
    doubt_code: str = Field(default="08", pattern=r"^(05|08)$")
    create_fails: int = Field(default=0, ge=0, le=1000)
    create_fail_code: str = Field(default="96", pattern=r"^\d\d$")
    lose_create_answers: int = Field(default=0, ge=0, le=1000)
    create_delay_s: float = Field(default=0.0, ge=0, le=120)
    text_style: str | None = Field(default=None, pattern="^(" + "|".join(BANK_TEXT_STYLES) + ")$")
    cut_text_at: int | None = Field(default=None, ge=1, le=140)
    list_limit_per_s: int = Field(default=3, ge=0, le=1000)
    amount_off: int = Field(default=0, ge=-(10**9), le=10**9)
    call_fails: int = Field(default=0, ge=0, le=1000)
    call_fail_status: int = Field(default=503, ge=400, le=599)
    lose_answers: int = Field(default=0, ge=0, le=1000)
    only: str = Field(default="", max_length=40)
    seed: int | None = None
    odds: float = Field(default=0.5, ge=0, le=1)


@dataclass(slots=True)
class Chaos:
    """The switches as they stand now, and what the counted ones have left.

    They belong to this run: a restart finds a well-behaved provider, while money and notifications stay.
    """

    switches: ChaosSwitches
    _draws: dict[tuple[str, str], int] = field(default_factory=dict)

    def set(self, **changes: object) -> ChaosSwitches:
        """Change the named switches; raises pydantic's ValidationError for an unknown or impossible one."""
        before = self.switches.seed
        self.switches = ChaosSwitches.model_validate(self.switches.model_dump() | changes)
        if self.switches.seed != before:
            self._draws.clear()
        return self.switches

    def means(self, provider: str) -> bool:
        """Tell whether the switches are for this provider."""
        return self.switches.only in ("", provider)

    def strikes(self, name: str, provider: str) -> bool:
        """Tell whether the named switch is on for a provider and, with a seed, whether chance has it happen now."""
        if not getattr(self.switches, name) or not self.means(provider):
            return False
        if self.switches.seed is None:
            return True
        drawn = self._draws[provider, name] = self._draws.get((provider, name), 0) + 1
        dice = random.Random(f"{self.switches.seed}:{provider}:{name}:{drawn}")  # noqa: S311 - to be repeated, no secret
        return dice.random() < self.switches.odds

    def amount(self, amount: int, provider: str) -> int:
        """Return what the customer really pays of an amount: at least one minor unit."""
        return max(1, amount + self.switches.amount_off) if self.strikes("amount_off", provider) else amount

    def create_delay_s(self, provider: str) -> float:
        """Return how long the answer to a create call is kept back."""
        return self.switches.create_delay_s if self.strikes("create_delay_s", provider) else 0.0

    def notice(
        self, event_id: int, provider: str, offer: str, amount: int, body: str, now_ms: int, currency: str = "VND"
    ) -> Notice:
        """Return a notification as it will travel while the switches stand as they do."""
        delay_s = self.switches.delay_s if self.strikes("delay_s", provider) else 0.0
        return Notice(
            event_id=event_id,
            provider=provider,
            offer=offer,
            amount=amount,
            body=body,
            at_ms=now_ms,
            not_before_ms=now_ms + int(delay_s * 1000),
            copies=1 + (self.switches.duplicate if self.strikes("duplicate", provider) else 0),
            forged=self.strikes("bad_signature", provider),
            held=self.strikes("reorder", provider),
            lost=self.strikes("drop", provider),
            currency=currency,
        )

    def take_create_failure(self, provider: str) -> str | None:
        """Return the code the next create call must fail with, and count it down."""
        return self.switches.create_fail_code if self._taken("create_fails", provider) else None

    def take_lost_answer(self, provider: str) -> bool:
        """Tell whether the answer of the create call just carried out gets lost, and count it down."""
        return self._taken("lose_create_answers", provider)

    def take_call_failure(self, provider: str) -> int | None:
        """Return the HTTP status the next writing call of a stall must fail with, and count it down."""
        return self.switches.call_fail_status if self._taken("call_fails", provider) else None

    def take_lost_call(self, provider: str) -> bool:
        """Tell whether the answer of the writing call just carried out at a stall gets lost, and count it down."""
        return self._taken("lose_answers", provider)

    def _taken(self, name: str, provider: str) -> bool:
        if not self.strikes(name, provider):
            return False
        self.set(**{name: getattr(self.switches, name) - 1})
        return True
