"""Plans that wait for a person, each in a file of its own."""

from pathlib import Path

from sfsync.plan.plan import Plan
from sfsync.sync.plan_file import write_plan

MOST = 100  # files that stay: where each cycle plans something else, nobody wants them all


def keep_plan(folder: Path, plan: Plan) -> Path:
    """Keep a plan, the same changes in the same file whenever they were planned; the oldest of very many go.

    Raises FileError where that cannot be.
    """
    path = folder / f"plan-{plan.id}.json"
    write_plan(path, plan)
    kept = sorted(folder.glob(f"plan-{'[0-9a-f]' * len(plan.id)}.json"), key=lambda one: one.stat().st_mtime_ns)
    for old in kept[:-MOST]:
        old.unlink(missing_ok=True)
    return path
