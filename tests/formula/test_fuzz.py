"""No formula and no record, however odd, brings the language down or keeps it busy."""

import time
from collections import Counter
from datetime import tzinfo
from zoneinfo import ZoneInfo

import pytest

from sfsync.formula import Blanks, EvalContext, FormulaError, FormulaProblem, compile_formula, parse, unparse
from tests.formula.asking import FIELDS, NOW
from tests.formula.making import Maker

SLOWEST_SECONDS = 0.05
ZONES: list[tzinfo] = [ZoneInfo("UTC"), ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/St_Johns")]


def trial(source: str, record: dict[str, object], prior: dict[str, object], number: int) -> str:
    """Read, print, compile and evaluate one formula; gives what came of it. Whatever it raises is a fault."""
    context = EvalContext(now=NOW, zone=ZONES[number % 3], is_new=number % 5 == 0, prior=prior)
    try:
        tree = parse(source)
        formula = compile_formula(source, FIELDS, blanks=list(Blanks)[number % 2], rule=True)
    except FormulaProblem as problem:
        assert problem.message and 1 <= problem.column <= len(source) + 1, source
        return "refused"
    assert parse(unparse(tree)) == tree, source
    value = formula(record, context)
    assert (formula.select([record], context) == [record]) is (value is True), source
    return "failed" if isinstance(value, FormulaError) else "blank" if value is None else "evaluated"


def trials(count: int, seed: int) -> tuple[Counter[str], float]:
    """Run trials; gives what came of them and the processor's seconds for the slowest.

    One that seems slow is tried twice more, and its best counts: Python may have cleared its memory just then.
    """
    maker, outcomes, slowest = Maker(seed), Counter[str](), 0.0
    for number in range(count):
        made = maker.formula(), maker.record(), maker.record()
        spent = SLOWEST_SECONDS
        for _ in range(3):
            start = time.process_time()
            outcome = trial(*made, number)
            spent = min(spent, time.process_time() - start)
            if spent < SLOWEST_SECONDS:
                break
        outcomes[outcome] += 1
        slowest = max(slowest, spent)
    return outcomes, slowest


def test_two_thousand_formulas_by_chance_come_to_something() -> None:
    """Each is refused, fails, or has a value; a fair share of them has a value."""
    outcomes, _ = trials(2_000, seed=7)
    assert sum(outcomes.values()) == 2_000
    assert outcomes["evaluated"] > 300
    assert min(outcomes.values()) > 50


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_hundred_thousand_formulas_by_chance_are_each_done_in_fifty_milliseconds() -> None:
    """No crash, and nothing that a formula can say keeps the processor busy."""
    outcomes, slowest = trials(200_000, seed=2026)
    assert outcomes["evaluated"] > 30_000
    assert slowest < SLOWEST_SECONDS
