"""`sfsync import`: rows of a file to records of the org."""

from pathlib import Path

import click
from rich.console import Console

from sfsync.app import App
from sfsync.cli.amounts import NUMBER
from sfsync.cli.calling import Call, command
from sfsync.cli.screen import show_counts
from sfsync.dataload.importing import ImportOrder
from sfsync.errors import UsageError
from sfsync.sync.outcome import Outcome


@command("import", applies=True)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sobject", metavar="NAME", help="Which sObject the rows are, as Lead.")
@click.option("--operation", metavar="HOW", help="insert, update (by Id) or upsert (by --key).")
@click.option("--key", metavar="FIELD", help="The unique external id field an upsert goes by.")
@click.option("--resume", type=NUMBER, metavar="RUN", help="Go on with an import that was cut short.")
@click.option("--remake", is_flag=True, help="Make records anew whose key made one before that is gone now.")
@click.option("--no-key", is_flag=True, help="Create without Sfsync_Key__c; a lost answer may then need your eyes.")
def import_(
    call: Call,
    file: Path | None,
    sobject: str | None,
    operation: str | None,
    key: str | None,
    resume: int | None,
    remake: bool,
    no_key: bool,
) -> None:
    """Import the rows of a CSV file whose header names fields.

    Plans first and applies with --yes, or asked on a terminal; every row gets an outcome, in the result files that are
    named at the end. The header holds API names; an empty cell leaves its field alone, #N/A clears it.
    """
    if resume is not None:
        if file or sobject or operation or key or no_key:
            raise click.UsageError("--resume RUN goes on as that import began: say nothing else but --yes")
        call.run(lambda app: app.resume_import(resume), _show)
        return

    def work(app: App) -> Outcome:
        if file is None or sobject is None or operation is None:
            raise UsageError(
                "FILE, --sobject and --operation are needed",
                todo="sfsync import leads.csv --sobject Lead --operation insert",
            )
        return app.import_file(ImportOrder(file, sobject, operation.lower(), key, no_key, remake))

    call.run(work, _show)


def _show(console: Console, outcome: Outcome) -> None:
    show_counts(console, outcome)
    for kind, path in outcome.data.get("files", {}).items():
        console.print(f"  {kind}: {path}")
