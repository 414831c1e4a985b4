"""Scoring: rules that give points, the grade the sum falls into, and what of it is written to the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sfsync.formula import EvalContext
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.values import Plain, Value, as_kept, same
from sfsync.rules.criterion import DOES_NOT_HOLD, Criterion
from sfsync.rules.facts import Facts
from sfsync.rules.rewriting import Held, Rewriting


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """One rule that gives points, or takes them, where its formula holds."""

    label: str  # "lead_scoring/decision maker"
    when: Criterion
    points: int
    held: str  # the line that says it held; one text for all records, as there are many of them
    missed: str  # the line that says it did not

    @classmethod
    def of(cls, label: str, when: Criterion, points: int) -> "ScoreRule":
        """Make a rule with its lines."""
        return cls(label, when, points, f"{label}: {points:+d}", f"{label}: {DOES_NOT_HOLD}")


@dataclass(frozen=True, slots=True)
class Band:
    """A grade and the least score it takes."""

    name: str
    at_least: int


@dataclass(frozen=True, slots=True)
class ScoreFields:
    """Where score, grade and reasons are written."""

    score: str
    grade: str | None = None
    why: str | None = None
    why_length: int = 255  # characters the field holds

    def names(self) -> frozenset[str]:
        """Give the fields written."""
        return frozenset(name for name in (self.score, self.grade, self.why) if name)


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules make of one record."""

    score: int
    grade: str | None
    held: tuple[ScoreRule, ...]
    tried: tuple[str, ...]  # rules that did not hold, each with why

    def why(self, length: int) -> str:
        """Tell it in one line of at most `length` characters."""
        start = f"{self.score} ({self.grade})" if self.grade else str(self.score)
        parts = (f"{rule.label.partition('/')[2]} {rule.points:+d}" for rule in self.held)
        line = f"{start}: {'; '.join(parts) or 'no rule holds'}"
        return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"[:length]


@dataclass(frozen=True, slots=True)
class Scoring:
    """The scoring of one sObject."""

    name: str  # of the file, without its ending
    sobject: str
    write: ScoreFields
    rewriting: Rewriting
    rules: tuple[ScoreRule, ...]
    bands: tuple[Band, ...]  # highest first; the last takes whatever is below it too

    def reads(self) -> frozenset[str]:
        """Give the names its formulas use, parent paths among them."""
        return frozenset[str]().union(*(rule.when.reads for rule in self.rules))

    def grade(self, score: int | Decimal) -> str | None:
        """Give the grade a score falls into, None where there are no grades."""
        if not self.bands:
            return None
        return next((band.name for band in self.bands if score >= band.at_least), self.bands[-1].name)

    def find(self, values: Mapping[str, object], context: EvalContext) -> Found:
        """Work out the score: the sum of the points of the rules that hold."""
        held, tried, score = [], [], 0
        for rule in self.rules:
            failure = rule.when.failure(values, context)
            if failure is None:
                held.append(rule)
                score += rule.points
            else:
                tried.append(rule.missed if failure == DOES_NOT_HOLD else f"{rule.label}: {failure}")
        return Found(score, self.grade(score), tuple(held), tuple(tried))

    def decide(self, record: Record, found: Found, facts: Facts) -> Decision:
        """Say what should be written to a record, if anything."""
        because = tuple(rule.held for rule in found.held) or (f"{self.name}: no rule holds, so 0",)
        detail: dict[str, Plain | list[Plain]] = {"score": found.score, "grade": found.grade}
        wanted = self._wanted(found)
        if all(same(record.fields.get(name), value) for name, value in wanted.items()):
            wanted = {}
        elif refusal := self._refusal(record, found, facts):
            wanted, detail["kept"] = {}, refusal
        return Decision(self.sobject, record.id, "score", wanted, because, detail, found.tried)

    def _wanted(self, found: Found) -> dict[str, Value]:
        wanted: dict[str, Value] = {self.write.score: Decimal(found.score)}
        if self.write.grade:
            wanted[self.write.grade] = found.grade
        if self.write.why:
            wanted[self.write.why] = as_kept("textarea", found.why(self.write.why_length))
        return wanted

    def _refusal(self, record: Record, found: Found, facts: Facts) -> str | None:
        """Say why a score that differs from the held one is not written yet; None where nothing speaks against it."""
        score = record.fields.get(self.write.score)
        if isinstance(score, bool) or not isinstance(score, (int, Decimal)):
            return None
        grade = record.fields.get(self.write.grade) if self.write.grade else self.grade(score)
        held = Held(Decimal(score), str(grade) if grade is not None else None)
        wanted = Held(Decimal(found.score), found.grade)
        written_at = facts.last_written.get((record.id, self.write.score))
        return self.rewriting.refusal(held, wanted, written_at, facts)
