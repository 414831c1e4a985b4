"""A plan as one HTML page for whoever approves it: nothing is fetched from elsewhere, every value is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}p{margin:.3rem 0}
table{border-collapse:collapse;width:100%;margin:.4rem 0}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;
border-bottom:1px solid #dde2ea;overflow-wrap:anywhere}th{font-weight:600;color:#59677a;white-space:nowrap}
del{color:#a3271f;text-decoration:none;background:#fdecea}
ins{color:#14612f;text-decoration:none;background:#e7f6ec}small,.quiet{color:#59677a}
.held{border-left:4px solid #a3271f;padding-left:.8rem}@media print{body{margin:0;max-width:none}}
"""
MOST_SHOWN = 5_000
"""Rows of a kind that a page shows whole: more are too many to read, and slow to open."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def plan_page(plan: Mapping[str, Any], org: str) -> str:
    """Give the page of a plan as JSON holds it; `org` is the name of the org it is for."""
    names: Mapping[str, str] = plan["names"]
    parts = [
        *_head(plan, org),
        *_held(plan),
        *_counts("field", {f"{one['sobject']}.{one['field']}": one["changes"] for one in plan["by_field"]}),
        *_counts("reason", {one["reason"]: one["changes"] for one in plan["by_reason"]}),
        *_sets_off(plan.get("sets_off", ())),
        *_conflicts(plan["conflicts"][:MOST_SHOWN], names),
        *_more(plan["conflicts"]),
        *_refused(plan["refused"][:MOST_SHOWN]),
        *_more(plan["refused"]),
        *_changes(plan["changes"][:MOST_SHOWN], names),
        *_more(plan["changes"]),
    ]  # fmt: skip
    return "\n".join((*_OPENING, *parts, "</body></html>", ""))


_OPENING = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
    '<meta name="viewport" content="width=device-width"><title>sfsync plan</title>',
    f"<style>{_STYLE}</style></head><body>",
)


def _head(plan: Mapping[str, Any], org: str) -> Iterable[str]:
    looked = sum(plan["looked_at"].values())
    yield f"<h1>Plan {escape(plan['id'])}</h1>"
    yield f"<p class=quiet>for {escape(org)} ({escape(plan['org_id'])}), made {escape(plan['made_at'])}</p>"
    changing, refused, waiting = (len(plan[what]) for what in ("changes", "refused", "conflicts"))
    yield (
        f"<p><b>{changing:,}</b> records would change, of {looked:,} looked at, for about {plan['calls']:,} API calls; "
        f"{refused:,} refused, {waiting:,} fields wait for a person.</p>"
    )


def _held(plan: Mapping[str, Any]) -> Iterable[str]:
    for brake in plan["brakes"]:
        words = f"{brake['kind'].capitalize()} of {brake['records']:,} {brake['sobject']} records"
        yield f"<p class=held>{escape(words)}: the brake allows {brake['allowed']:,}, so it is not applied.</p>"


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Give a table of cells that are HTML already; nothing where there are no rows."""
    body = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    if body:
        heads = "".join(f"<th>{escape(column)}</th>" for column in columns)
        yield f"<h2>{escape(title)}</h2><table><thead><tr>{heads}</tr></thead><tbody>"
        yield from body
        yield "</tbody></table>"


def _counts(what: str, counts: Mapping[str, int]) -> Iterable[str]:
    return _table(f"By {what}", (what, "records"), ((escape(name), f"{number:,}") for name, number in counts.items()))


def _sets_off(found: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    rows = ((escape(one["sobject"]), escape(one["kind"]), escape(one["name"]), escape(one["when"])) for one in found)
    return _table(
        "What saving sets off in the org, as far as it can be read", ("sObject", "kind", "name", "when"), rows
    )


def _conflicts(conflicts: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterable[str]:
    rows = (
        (
            escape(f"{one['sobject']}/{one['id']}"),
            escape(one["field"]),
            *(_value(one[side], names) for side in ("base", "org", "ours")),
            _reasons(one["because"]),
        )
        for one in conflicts
    )
    return _table("Waiting for a person", ("record", "field", "agreed", "in the org", "ours", "because"), rows)


def _refused(problems: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    rows = (
        tuple(map(escape, (_place(one["where"]), str(one["where"].get("field", "")), one["message"], one["next"])))
        for one in problems
    )
    return _table("Refused before any call", ("record", "field", "why", "what to do"), rows)


def _changes(changes: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterable[str]:
    rows = (
        (
            escape(f"{change['action']} {change['sobject']}/{change['id'] or _row(change)}") if first else "",
            escape(part["field"]),
            f"<del>{_value(part['before'], names)}</del>",
            f"<ins>{_value(part['after'], names)}</ins>",
            _reasons(part["because"] or change["because"]),
        )
        for change in changes
        for first, part in _firsts(change["fields"])
    )
    return _table("All changes", ("record", "field", "before", "after", "because"), rows)


def _more(rows: Sequence[object]) -> Iterable[str]:
    if (left_out := len(rows) - MOST_SHOWN) > 0:
        yield f"<p class=quiet>and {left_out:,} more; the plan kept by --out holds them all</p>"


def _firsts(parts: Sequence[Mapping[str, Any]]) -> Iterable[tuple[bool, Mapping[str, Any]]]:
    if not parts:
        return [(True, {"field": "", "before": None, "after": None, "because": []})]
    return [(place == 0, part) for place, part in enumerate(parts)]


def _row(change: Mapping[str, Any]) -> str:
    return f"row {change['row']}" if change["row"] else "new"


def _place(where: Mapping[str, Any]) -> str:
    if "sobject" in where:
        return f"{where['sobject']}/{where.get('id', '')}"
    return f"row {where['row']}" if "row" in where else ""


def _reasons(because: Sequence[str]) -> str:
    return "<br>".join(escape(line) for line in because)


def _value(value: object, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "<small>empty</small>"
    if isinstance(value, str) and value in names:
        return f"{escape(names[value])} <small>{escape(value)}</small>"
    return escape(str(value))
