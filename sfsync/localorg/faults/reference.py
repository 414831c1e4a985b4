"""The reference page of faults, written from the tables of verbs and trials.

`python -m sfsync.localorg.faults.reference docs/reference` writes it; a test holds the page against this.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from sfsync.localorg.faults import asked
from sfsync.localorg.faults.known import TRIALS
from sfsync.localorg.faults.trial import ORDERED, Trial
from sfsync.localorg.faults.verbs import GROUPS

NAME = "faults.md"
_LONGEST = 400  # characters of an order that are shown
_HEAD = """<!-- Written by `python -m sfsync.localorg.faults.reference docs/reference`: do not edit. -->

# Faults

The local org does on order what goes wrong with a real one: `POST /_org/faults` with a fault, or a list of them. Try it
with the guide [Break it yourself](../guides/break-it-yourself.md).

```json
{"id": "lost", "when": {"op": "create", "object": "Lead", "every": 5, "prob": 0.5}, "do": "drop_after_commit",
 "times": 3, "seed": 7}
```

Of the requests that fit `when`, `nth` strikes that one, `every` each so-many-th, `prob` each with that probability;
with none of them all are struck. `times` bounds how often. `do` is a verb or a list of verbs, and any number of faults
may be on order together. The same seed and the same calls give the same ids, times and trace. `GET /_org/faults` tells
how often each struck, `DELETE /_org/faults` takes all back, `GET /_org/calls` tells what was asked and really done.
`/_org` itself is never struck. `sfsync org faults` does the same from the command line, with plans kept in files.
"""
_WHEN = (
    ("`method`", "the HTTP method"),
    ("`path`", "the path begins so, or fits the regular expression if it starts with `^`"),
    ("`host`", "the host the request came to, with its port"),
    ("`op`", ""),
    ("`object`", "the sObject that path, query, body or job name"),
    ("`record`", "the id, of 15 or 18 characters, that path, query or body name"),
    ("`job_state`", "the state of the Bulk job that the path names"),
    ("`between`", 'two times of the org\'s clock, the second excluded: `["2026-01-05T09:00:00Z", ...]`'),
    ("`nth`, `every`, `prob`, `times`", "which of those that fit"),
)


def page() -> str:
    """Give the page."""
    return "\n".join([_HEAD, *_when(), *_verbs(), *_trials()])


def _when() -> Iterator[str]:
    yield "## Which requests: `when`\n"
    yield "| Key | Fits a request by |\n|---|---|"
    ops = ", ".join(f"`{one}`" for one in (*asked.OPS, *asked.GROUPS))
    for key, says in _WHEN:
        yield f"| {key} | {says or f'what it does: {ops}'} |"
    yield ""


def _verbs() -> Iterator[str]:
    yield "## What happens: `do`\n"
    for title, group in GROUPS:
        yield f"### {title}\n"
        yield "| Verb | Written | What happens |\n|---|---|---|"
        for name, verb in group.items():
            yield f"| `{name}` | `{_cell(verb.form)}` | {_cell(verb.says)} |"
        yield ""


def _trials() -> Iterator[str]:
    yield "## Sixty ways to go wrong\n"
    yield "What stands in `<...>` is filled in by whoever orders it.\n"
    yield "| | What goes wrong | How the local org does it |\n|---|---|---|"
    for trial in TRIALS.values():
        yield f"| {trial.id} | {_cell(trial.title)} | {_cell(_how(trial))} |"
    yield ""


def _how(trial: Trial) -> str:
    told = trial.told[:1].upper() + trial.told[1:]
    if trial.reach == ORDERED:
        orders = "<br>".join(f"`{_short(json.dumps(one))}`" for one in trial.orders)
        return f"{orders}<br>{told}" if told else orders
    return f"By itself: {trial.told}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (Path(sys.argv[1]) / NAME).write_text(page(), encoding="utf-8")
