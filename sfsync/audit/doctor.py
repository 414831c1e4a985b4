"""What is wrong or missing, each with the next step: a list of checks, all of them made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sfsync.errors import BudgetSpent, Problem, SfsyncError, exit_code_of
from sfsync.sync.outcome import DONE, FAILED, PARTLY, Outcome

_STATES = ("fine", "warning", "alarm", "broken", "skipped")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `look` says what it found, gives Problems that do not stop work, or raises SfsyncError."""

    name: str
    look: Callable[[], "str | Sequence[Problem]"]
    needs: tuple[str, ...] = ()  # the checks without which this one says nothing
    alarms: bool = False  # whether the problems it gives are alarms


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to."""

    name: str
    state: str  # "fine", "warning", "alarm", "broken" or "skipped"
    message: str
    next: str = ""


def examine(checks: Sequence[Check]) -> Outcome:
    """Make every check; the exit code is that of the first that is broken, else 3 for alarms, 0 for warnings."""
    findings: list[Finding] = []
    problems: list[Problem] = []
    broken: dict[str, str] = {}  # check -> why those that need it are not made
    exit_code = 0
    for check in checks:
        in_the_way = [name for name in check.needs if name in broken]
        if in_the_way:
            why = broken[check.name] = broken[in_the_way[0]]
            findings.append(Finding(check.name, "skipped", f"not looked at: {why}"))
            continue
        try:
            found = check.look()
        except SfsyncError as error:
            spent = isinstance(error, BudgetSpent)
            broken[check.name] = "no API call is left for it" if spent else f"first mend {check.name}"
            problems += error.problems
            exit_code = exit_code or exit_code_of(error)
            asked = "the org was not asked: " if spent else ""
            findings += [Finding(check.name, "broken", f"{asked}{_placed(one)}", one.next) for one in error.problems]
            continue
        if isinstance(found, str):
            findings.append(Finding(check.name, "fine", found))
        else:
            problems += found
            kind = "alarm" if check.alarms else "warning"
            findings += [Finding(check.name, kind, _placed(problem), problem.next) for problem in found]
    counts = {state: sum(one.state == state for one in findings) for state in _STATES}
    checks_made = [{"name": f.name, "state": f.state, "message": f.message, "next": f.next} for f in findings]
    if counts["alarm"]:
        exit_code = exit_code or 3
    state = FAILED if broken else PARTLY if counts["alarm"] else DONE
    return Outcome("doctor", state, exit_code, None, counts, tuple(problems), {"checks": checks_made})


def _placed(problem: Problem) -> str:
    place = str(problem.where)
    return f"{place}: {problem.message}" if place else problem.message
