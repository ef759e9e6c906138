"""What a check of the books says: one line for each invariant, with the precise places that break it."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from domain.money import Language
from storage.verification.texts import FINDINGS, INVARIANTS, in_language

MOST_FINDINGS: Final = 50
"""So many places are told for one invariant; the rest are counted."""

Side = Literal["till", "hub"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks an invariant: what is wrong (`code`), where (`subject`), and the facts that show it."""

    code: str
    subject: str
    facts: tuple[tuple[str, str | int | None], ...] = ()

    def text(self, language: Language) -> str:
        """Return the finding as a sentence."""
        return in_language(FINDINGS[self.code], language).format(subject=self.subject, **dict(self.facts))


@dataclass(frozen=True, slots=True)
class Line:
    """One invariant: whether it holds, and where it does not; `more` findings were counted but not kept."""

    id: str
    findings: tuple[Finding, ...]
    more: int = 0

    @property
    def ok(self) -> bool:
        """Whether the invariant holds."""
        return not self.findings

    def text(self, language: Language) -> str:
        """Return what must hold, as a sentence."""
        return in_language(INVARIANTS[self.id], language)


@dataclass(frozen=True, slots=True)
class Report:
    """The lines of one database; a fast report looked at the ends of the chains only."""

    side: Side
    fast: bool
    lines: tuple[Line, ...]

    @property
    def ok(self) -> bool:
        """Whether every invariant holds."""
        return all(line.ok for line in self.lines)

    def line(self, invariant: str) -> Line:
        """Return the line of an invariant."""
        return next(line for line in self.lines if line.id == invariant)

    def to_json(self, language: Language = Language.EN) -> str:
        """Write the report for other programs: codes, subjects and facts are stable, texts are in `language`."""
        return json.dumps(
            {
                "side": self.side,
                "fast": self.fast,
                "ok": self.ok,
                "invariants": [
                    {
                        "id": line.id,
                        "text": line.text(language),
                        "ok": line.ok,
                        "more": line.more,
                        "findings": [
                            {
                                "code": finding.code,
                                "subject": finding.subject,
                                "facts": dict(finding.facts),
                                "text": finding.text(language),
                            }
                            for finding in line.findings
                        ],
                    }
                    for line in self.lines
                ],
            },
            ensure_ascii=False,
            indent=2,
        )


@dataclass(slots=True)
class Findings:
    """Collects what checks find; keeps the first places of each invariant and counts the others."""

    kept: defaultdict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    counted: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, invariant: str, code: str, subject: str, **facts: str | int | None) -> None:
        """Note a place that breaks an invariant."""
        self.counted[invariant] += 1
        if len(self.kept[invariant]) < MOST_FINDINGS:
            self.kept[invariant].append(Finding(code, subject, tuple(facts.items())))

    def lines(self, invariants: Iterable[str]) -> tuple[Line, ...]:
        """Return a line for each of the invariants that were looked at."""
        return tuple(
            Line(name, tuple(self.kept[name]), self.counted[name] - len(self.kept[name])) for name in invariants
        )
