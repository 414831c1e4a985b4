"""`/composite/graph`: several series of subrequests, each all-or-nothing by itself.

Documented (REST API guide, Composite Graph): since version 50; at most 75 graphs and 500 nodes, chains of references at
most 15 long, 15 kinds of nodes (method, version and sObject) a graph; only rows of sObjects; processing stops after 14
graphs have failed. Assumed: codes and words of refused envelopes, and what graphs show that were not tried.
"""

import re
from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import headers
from sfsync.localorg.rest.subrequests import Json, Subrequest, bad_input, in_series, read_all, shown
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, refusal_answer

MOST_GRAPHS, MOST_NODES, MOST_DEPTH, MOST_KINDS, MOST_FAILED = 75, 500, 15, 15, 14
_ROWS = re.compile(r"/services/data/(v[\d.]+)/sobjects/(\w+)(/[^?]*)?(\?.*)?")


def graph(org: OrgContext, request: Request, version: str) -> Answer:
    """POST: ask each graph's subrequests, and undo those of a graph in which one fails."""
    graphs = _read(headers.json_record(request).get("graphs"), org.version)
    failures = 0
    answers: list[Json] = []
    for name, nodes in graphs:
        stopped = failures >= MOST_FAILED
        responses, successful = _skipped(nodes) if stopped else in_series(org, request, nodes, all_or_none=True)
        failures += not successful
        response = {"compositeResponse": responses}
        answers.append({"graphId": name, "graphResponse": response, "isSuccessful": successful})
    return json_answer(200, {"graphs": answers})


def _read(listed: object, version: str) -> list[tuple[str, list[Subrequest]]]:
    """Read graphs with their names and nodes. Raises Refusal for what is none, or too many."""
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise bad_input("graphs must be a list of graphs")
    if len(listed) > MOST_GRAPHS:
        raise bad_input(f"A request can hold at most {MOST_GRAPHS} graphs", "LIMIT_EXCEEDED")
    graphs: list[tuple[str, list[Subrequest]]] = []
    for one in listed:
        name = one.get("graphId")
        if not isinstance(name, str) or not name or name in dict(graphs):
            raise bad_input("Each graph must have a graphId of its own")
        graphs.append((name, read_all(one.get("compositeRequest"), "compositeRequest", version)))
    if sum(len(nodes) for _, nodes in graphs) > MOST_NODES:
        raise bad_input(f"A request can hold at most {MOST_NODES} nodes", "LIMIT_EXCEEDED")
    for name, nodes in graphs:
        _check(name, nodes)
    return graphs


def _check(name: str, nodes: Sequence[Subrequest]) -> None:
    """Refuse a graph with other resources than rows, with too many kinds of nodes, or too deep."""
    found = [_ROWS.fullmatch(one.url) for one in nodes]
    kinds = {(one.method, match[1], match[2].lower()) for one, match in zip(nodes, found, strict=True) if match}
    if not all(found):
        raise bad_input(f"Graph {name}: only rows of sObjects can be nodes")
    if len(kinds) > MOST_KINDS:
        raise bad_input(f"Graph {name}: at most {MOST_KINDS} kinds of nodes are allowed", "LIMIT_EXCEEDED")
    depths: dict[str, int] = {}
    for one in nodes:
        depths[one.reference] = 1 + max((depths.get(parent, 0) for parent in one.mentions), default=0)
    if max(depths.values()) > MOST_DEPTH:
        raise bad_input(f"Graph {name}: at most {MOST_DEPTH} levels are allowed", "LIMIT_EXCEEDED")


def _skipped(nodes: Sequence[Subrequest]) -> tuple[list[Json], bool]:
    text = f"The graph was not processed: {MOST_FAILED} graphs before it failed"
    answer = refusal_answer(Refusal(400, "PROCESSING_HALTED", text))
    return [shown(one, answer) for one in nodes], False
