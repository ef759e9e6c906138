"""The switches that make the simulated providers behave as badly as real ones."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

IN_DOUBT_CODES: Final = ("05", "08")
BANK_TEXT_STYLES: Final = ("exact", "prefixed", "spaced", "squeezed", "tailed", "relayed")


class ChaosSwitches(BaseModel):
    """All switches of `POST /control/chaos`; every one is off (or quiet) at the start.

    Notifications: `drop` never sends them, `delay_s` waits before the first attempt, `duplicate` adds copies sent
    at the same moment, `reorder` holds every other one until the next has gone out, `bad_signature` spoils the
    signature. VNPAY: `notify_before_create` pays a bill at once and notifies before the create call is answered;
    `doubt_first` answers that many CheckTrans calls per bill with `doubt_code`; `create_fails` answers that many
    create calls with `create_fail_code`; `lose_create_answers` makes that many QRs but answers 504;
    `create_delay_s` answers late. Bank: `text_style` picks one way of mangling (None takes them in turn),
    `cut_text_at` cuts the text, `list_limit_per_s` is the list API's rate limit (0: none).
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


@dataclass(slots=True)
class Chaos:
    """The switches as they stand now, and what the counted ones have left.

    They belong to this run: a restart finds a well-behaved provider, while money and notifications stay.
    """

    switches: ChaosSwitches

    def set(self, **changes: object) -> ChaosSwitches:
        """Change the named switches; raises pydantic's ValidationError for an unknown or impossible one."""
        self.switches = ChaosSwitches.model_validate(self.switches.model_dump() | changes)
        return self.switches

    def take_create_failure(self) -> str | None:
        """Return the code the next create call must fail with, and count it down."""
        if self.switches.create_fails == 0:
            return None
        self.set(create_fails=self.switches.create_fails - 1)
        return self.switches.create_fail_code

    def take_lost_answer(self) -> bool:
        """Tell whether the next create call's answer gets lost, and count it down."""
        if self.switches.lose_create_answers == 0:
            return False
        self.set(lose_create_answers=self.switches.lose_create_answers - 1)
        return True
