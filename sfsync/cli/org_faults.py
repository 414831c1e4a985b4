"""`sfsync org faults`: what shall go wrong in the local org."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from sfsync.cli.screen import fail, finish
from sfsync.counting import counted
from sfsync.errors import SfsyncError, UsageError
from sfsync.localorg.facts import Facts
from sfsync.localorg.faults import plans
from sfsync.localorg.process import asking, lifecycle
from sfsync.sync.outcome import DONE, Outcome


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    if any("=" not in one for one in values):
        raise click.BadParameter("must be NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in values)}


@click.command("faults")
@click.argument("plans_named", nargs=-1, metavar="[PLAN|TRIAL]...")
@click.option(
    "--with", "names", multiple=True, callback=_names, metavar="NAME=VALUE",
    help="What a <name> in a trial stands for; may be given more than once.",
)  # fmt: skip
@click.option("--clear", is_flag=True, help="Take back, first, all that is on order.")
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="The state folder. Default: .sfsync/org beside sfsync.toml, else the user's state folder.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def faults(plans_named: tuple[str, ...], names: dict[str, str], clear: bool, state: Path | None, as_json: bool) -> None:
    """Order what shall go wrong in the org.

    A PLAN is a TOML or JSON file of faults; a TRIAL is one of F01 to F60. Prints what is on order, and how often each
    struck; with nothing else it only does that. The org must run.
    """
    folder = (state or lifecycle.default_folder(Path.cwd(), os.environ)).absolute()
    try:
        outcome = _ordered(folder, [plans.read(one, names) for one in plans_named], clear)
    except SfsyncError as error:
        fail("org faults", error, as_json=as_json)
        return
    finish(outcome, _show, as_json=as_json)


def _ordered(folder: Path, wanted: list[plans.Plan], clear: bool) -> Outcome:
    facts = lifecycle.running(folder)
    if facts is None:
        raise UsageError(f"the local org in {folder} does not run", todo="use `sfsync org start` first")
    if clear:
        asking.demand(facts, "DELETE", "faults")
    for plan in wanted:
        _order(facts, plan)
    listed: list[dict[str, Any]] = asking.demand(facts, "GET", "faults")["faults"]
    counts = {"ordered": sum(len(plan.faults) for plan in wanted), "on_order": len(listed)}
    return Outcome("org faults", DONE, counts=counts, data={"faults": listed})


def _order(facts: Facts, plan: plans.Plan) -> None:
    if plan.settings:
        asking.demand(facts, "POST", "settings", dict(plan.settings))
    if plan.faults:
        asking.demand(facts, "POST", "faults", plan.faults)


def _show(console: Console, outcome: Outcome) -> None:
    listed: list[Mapping[str, Any]] = outcome.data["faults"]
    console.print(f"{counted(len(listed), 'fault')} on order.")
    for one in listed:
        told = f"{one['id']}: {one['do']} when {one['when']}"
        console.print(f"  {escape(told)} [dim]struck {counted(one['hits'], 'time')}[/]")
