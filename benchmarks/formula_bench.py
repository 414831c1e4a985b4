"""Measure the formula language against a hand-written Python function and other rule languages, in one run.

    python benchmarks/formula_bench.py [--leads 100000] [--rounds 7]

One thread, one criterion on made-up leads of which three in five fail at its first condition. Everything is compiled
once; rounds take turns, the best of each is shown, and all must select the same leads. Rule languages from PyPI take
part where they are installed (rule-engine, zen-engine, common-expression-language); each gets its records in the form
it likes best, made before the clock starts.
"""

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sfsync.formula import EvalContext, FieldType, compile_formula

CRITERION = (
    'AND(ISPICKVAL(Status, "Open"), AnnualRevenue > 1000000, CONTAINS(LOWER(Company), "inc"),'
    " TODAY() - DATEVALUE(CreatedDate) <= 30)"
)
FIELDS = {
    "Status": FieldType.of("picklist"),
    "AnnualRevenue": FieldType.of("currency"),
    "Company": FieldType.of("string"),
    "CreatedDate": FieldType.of("datetime"),
}
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SINCE = datetime(2026, 10, 3, tzinfo=UTC)  # the first instant that is 30 days before today

Lead = dict[str, Any]
Contender = Callable[[], int]  # runs over all leads, gives how many it selected


def made_up(count: int) -> list[Lead]:
    """Make leads: 40 % are Open, a third of the companies are an Inc., half are older than 30 days."""
    chance = random.Random(1)
    statuses = ["Open", "Open", "Working", "Nurturing", "Qualified"]
    companies = ["Acme Inc.", "Umbrella INC", "Muster GmbH", "Ejemplo S.A.", "Exemple SARL", "Sample Ltd"]
    return [
        {
            "Id": f"00Q{number:015d}",
            "Status": chance.choice(statuses),
            "AnnualRevenue": Decimal(chance.randrange(3_000_000)),
            "Company": chance.choice(companies),
            "CreatedDate": NOW - timedelta(minutes=chance.randrange(60 * 24 * 60)),
        }
        for number in range(count)
    ]


def by_hand(lead: Lead, today: date, limit: Decimal) -> bool:
    """Decide as the criterion does, blanks included, as one would write it in Python."""
    if lead.get("Status") != "Open":
        return False
    revenue = lead.get("AnnualRevenue")
    if revenue is None or not revenue > limit:
        return False
    company = lead.get("Company")
    if not company or "inc" not in company.lower():
        return False
    created = lead.get("CreatedDate")
    return created is not None and (today - created.date()).days <= 30


def ours(leads: list[Lead]) -> dict[str, Contender]:
    """Give the hand-written function and the formula language."""
    formula = compile_formula(CRITERION, FIELDS)
    context = EvalContext(now=NOW)
    evaluate = formula.evaluate
    today, limit = NOW.date(), Decimal(1_000_000)
    return {
        "hand-written Python function": lambda: len([lead for lead in leads if by_hand(lead, today, limit)]),
        "formula, over all leads (select)": lambda: len(formula.select(leads, context)),
        "formula, lead by lead (evaluate)": lambda: len([lead for lead in leads if evaluate(lead, context)]),
        "formula, lead by lead (called)": lambda: len([lead for lead in leads if formula(lead, context)]),
    }


def rule_engine(leads: list[Lead]) -> Contender:
    """Give rule-engine, with the day worked out beforehand."""
    text = 'Status == "Open" and AnnualRevenue > 1000000 and "inc" in Company.as_lower and CreatedDate >= Since'
    rule = importlib.import_module("rule_engine").Rule(text)
    records = [{**lead, "Since": SINCE} for lead in leads]
    return lambda: len([record for record in records if rule.matches(record)])


def zen_engine(leads: list[Lead]) -> Contender:
    """Give zen-engine, with numbers for times."""
    since = int(SINCE.timestamp())
    text = f'Status == "Open" and AnnualRevenue > 1000000 and contains(lower(Company), "inc") and Created >= {since}'
    rule = importlib.import_module("zen").compile_expression(text)
    records = [
        {
            "Status": lead["Status"],
            "AnnualRevenue": int(lead["AnnualRevenue"]),
            "Company": lead["Company"],
            "Created": int(lead["CreatedDate"].timestamp()),
        }
        for lead in leads
    ]
    return lambda: len([record for record in records if rule.evaluate(record)])


def common_expression_language(leads: list[Lead]) -> Contender:
    """Give CEL, which has no lower() and is given a pattern instead."""
    text = 'Status == "Open" && AnnualRevenue > 1000000 && Company.matches("(?i)inc") && CreatedDate >= Since'
    rule = importlib.import_module("cel").compile(text)
    records = [
        {
            "Status": lead["Status"],
            "AnnualRevenue": int(lead["AnnualRevenue"]),
            "Company": lead["Company"],
            "CreatedDate": lead["CreatedDate"],
            "Since": SINCE,
        }
        for lead in leads
    ]
    return lambda: len([record for record in records if rule.execute(record)])


PEERS: dict[str, Callable[[list[Lead]], Contender]] = {
    "rule-engine": rule_engine,
    "zen-engine": zen_engine,
    "common-expression-language": common_expression_language,
}


def gathered(leads: list[Lead]) -> dict[str, Contender]:
    """Give everybody who takes part; says who is not installed."""
    contenders = ours(leads)
    for name, make in PEERS.items():
        try:
            contenders[name] = make(leads)
        except ImportError:
            print(f"{name}: not installed (pip install {name})", file=sys.stderr)
    return contenders


def measure(contenders: dict[str, Contender], rounds: int) -> tuple[dict[str, float], set[int]]:
    """Give the best time of each in seconds, and the numbers of leads that were selected."""
    best = dict.fromkeys(contenders, float("inf"))
    selected = set()
    for round_ in range(rounds):
        for name, contender in contenders.items():
            if round_ >= 2 and name in PEERS:
                continue  # they take their time, and two rounds tell
            start = time.perf_counter()
            selected.add(contender())
            best[name] = min(best[name], time.perf_counter() - start)
    return best, selected


def main() -> int:
    """Run, print the table, and fail where the selections differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    leads = made_up(options.leads)
    best, selected = measure(gathered(leads), options.rounds)
    hand = best["hand-written Python function"]
    print(f"{'':36} {'evaluations/s':>14}  of hand-written")
    for name, seconds in best.items():
        print(f"{name:36} {options.leads / seconds:14,.0f}  {hand / seconds:8.2f}")
    if len(selected) != 1:
        print(f"they selected different numbers of leads: {sorted(selected)}", file=sys.stderr)
        return 1
    print(f"all selected the same {selected.pop():,} of {options.leads:,} leads")
    return 0


if __name__ == "__main__":
    sys.exit(main())
