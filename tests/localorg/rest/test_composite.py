"""The composite family: several requests in one call."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.localorg.conftest import Org

V = "/services/data/v59.0"


def _sub(method: str, url: str, reference: str, **more: object) -> dict[str, object]:
    return {"method": method, "url": f"{V}/{url}", "referenceId": reference, **more}


def _composite(org: Org, *subrequests: Mapping[str, object], **more: object) -> list[dict[str, Any]]:
    reply = org.ask("POST", "composite", {"compositeRequest": list(subrequests), **more})
    assert reply.status == 200, reply.body
    answers = reply["compositeResponse"]
    assert isinstance(answers, list)
    return answers


def _statuses(answers: list[dict[str, Any]]) -> list[int]:
    return [one["httpStatusCode"] for one in answers]


ACCOUNT = _sub("POST", "sobjects/Account", "acc", body={"Name": "Acme"})


def test_a_later_subrequest_can_use_what_an_earlier_one_answered(org: Org) -> None:
    """Ids come by `@{ref.id}`, values of query results by `@{ref.records[0].Field}`, in bodies and addresses."""
    answers = _composite(
        org,
        ACCOUNT,
        _sub("POST", "sobjects/Contact", "con", body={"LastName": "Nowak", "AccountId": "@{acc.id}"}),
        _sub("GET", "query?q=SELECT Id, Account.Name FROM Contact WHERE AccountId = '@{acc.id}'", "found"),
        _sub("PATCH", "sobjects/Account/@{acc.id}", "named", body={"Site": "at @{found.records[0].Account.Name}!"}),
        _sub("GET", "sobjects/Account/@{acc.id}?fields=Site", "read"),
    )
    assert _statuses(answers) == [201, 201, 200, 204, 200]
    assert answers[3]["body"] is None
    assert answers[4]["body"]["Site"] == "at Acme!"
    assert answers[0]["httpHeaders"]["Location"].endswith(answers[0]["body"]["id"])


def test_a_subrequest_that_refers_to_a_failed_one_fails_and_the_others_stay(org: Org) -> None:
    """Without allOrNone, what does not depend on a failure is done."""
    answers = _composite(
        org,
        _sub("POST", "sobjects/Account", "acc", body={}),
        _sub("POST", "sobjects/Contact", "con", body={"LastName": "N", "AccountId": "@{acc.id}"}),
        _sub("POST", "sobjects/Lead", "lead", body={"LastName": "N", "Company": "C"}),
    )
    assert _statuses(answers) == [400, 400, 201]
    assert answers[0]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert answers[1]["body"][0] == {
        "message": "Invalid reference specified. No value for acc.id found in acc",
        "errorCode": "PROCESSING_HALTED",
    }
    assert org.ask("GET", "query", q="SELECT count() FROM Lead")["totalSize"] == 1


def test_all_or_none_undoes_everything_and_says_so_of_each(org: Org) -> None:
    """The culprit shows its own error, all others PROCESSING_HALTED, and nothing is kept."""
    answers = _composite(
        org, ACCOUNT, _sub("POST", "sobjects/Lead", "bad", body={}), ACCOUNT | {"referenceId": "c"}, allOrNone=True
    )
    assert _statuses(answers) == [400, 400, 400]
    codes = [one["body"][0]["errorCode"] for one in answers]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert [one["referenceId"] for one in answers] == ["acc", "bad", "c"]
    assert org.ask("GET", "query", q="SELECT count() FROM Account")["totalSize"] == 0


LEADS = [
    {"attributes": {"type": "Lead"}, "LastName": "Nowak", "Company": "Acme"},
    {"attributes": {"type": "Lead"}, "LastName": "Nobody"},
]


@pytest.mark.parametrize("inner", [False, True])
def test_all_or_none_reaches_the_collections_inside(org: Org, inner: bool) -> None:
    """One record that fails undoes all there is, whatever the Collections subrequest says of itself."""
    many = _sub("POST", "composite/sobjects", "many", body={"allOrNone": inner, "records": LEADS})
    answers = _composite(org, ACCOUNT, many, ACCOUNT | {"referenceId": "later"}, allOrNone=True)
    assert _statuses(answers) == [400, 200, 400]
    codes = [one["errors"][0]["statusCode"] for one in answers[1]["body"]]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    for kind in ("Account", "Lead"):
        assert org.ask("GET", "query", q=f"SELECT count() FROM {kind}")["totalSize"] == 0


def test_without_it_each_collection_goes_by_its_own_all_or_none(org: Org) -> None:
    """The outer request keeps the rest either way; a delete by ids in the address is held together too where asked."""
    parts = _sub("POST", "composite/sobjects", "parts", body={"allOrNone": False, "records": LEADS})
    whole = _sub("POST", "composite/sobjects", "whole", body={"allOrNone": True, "records": LEADS})
    answers = _composite(org, ACCOUNT, parts, whole, allOrNone=False)
    assert [one["success"] for one in answers[1]["body"] + answers[2]["body"]] == [True, False, False, False]
    assert org.ask("GET", "query", q="SELECT count() FROM Lead")["totalSize"] == 1
    lead = answers[1]["body"][0]["id"]
    gone = _sub("DELETE", f"composite/sobjects?ids={lead},00QLc00000000zz", "gone")
    assert _statuses(_composite(org, gone, ACCOUNT, allOrNone=True)) == [200, 400]
    assert org.ask("GET", "query", q="SELECT count() FROM Lead")["totalSize"] == 1


@pytest.mark.parametrize(("path", "name"), [("composite", "allOrNone"), ("composite/batch", "haltOnError")])
def test_switches_in_bodies_are_read_alike_everywhere(org: Org, path: str, name: str) -> None:
    """The text "true" counts as it does in Collections, and what is neither true nor false is refused."""
    bad, key = _sub("POST", "sobjects/Lead", "bad", body={}), "compositeRequest"
    if path.endswith("batch"):
        bad, key = {"method": "GET", "url": "v59.0/sobjects/Nothing"}, "batchRequests"
    for said, status in (("true", 200), ("maybe", 400), (1, 400), (None, 200)):
        reply = org.ask("POST", path, {key: [bad, {**bad, "referenceId": "too"}], name: said})
        assert reply.status == status
        stopped = b"HALTED" in json.dumps(reply.body).encode()
        assert stopped is (said == "true")
    assert org.ask("POST", "composite/sobjects", {"allOrNone": "maybe", "records": LEADS}).status == 400


def test_headers_of_a_subrequest_are_its_own(org: Org) -> None:
    """If-Modified-Since gives a 304 with a null body, ETag and Last-Modified; the outer request's reach nobody."""
    queue = org.queue("Lead")
    rule = str(org.state.setting("lead_rule_id"))
    org.state.set_setting("assignment_rules", {rule: [{"criteria": [], "owner": queue}]})
    later = {"If-Modified-Since": "Thu, 03 Sep 2099 21:35:07 GMT"}
    off = {"Sforce-Auto-Assign": "FALSE"}
    body = {
        "compositeRequest": [
            _sub("GET", "sobjects", "a", httpHeaders=later),
            _sub("GET", "sobjects/Lead/describe", "b"),
            _sub("POST", "sobjects/Lead", "on", body={"LastName": "N", "Company": "C"}),
            _sub("POST", "sobjects/Lead", "off", body={"LastName": "N", "Company": "C"}, httpHeaders=off),
        ]
    }
    answers: Any = org.ask("POST", "composite", body, headers=off)["compositeResponse"]
    assert _statuses(answers) == [304, 200, 201, 201]
    assert answers[0]["body"] is None and set(answers[0]["httpHeaders"]) == {"ETag", "Last-Modified"}
    assert set(answers[1]["httpHeaders"]) == {"ETag", "Last-Modified"}
    owners = [org.get("Lead", answers[n]["body"]["id"])["OwnerId"] for n in (2, 3)]
    assert owners == [queue, org.user_id]


@pytest.mark.parametrize(
    ("version", "status"),
    [("51.0", 400), ("59.0", 201)],
)
def test_a_null_can_be_referred_to_from_version_52_on(org: Org, version: str, status: int) -> None:
    """Older versions fail the subrequest that refers to it."""
    contact = org.make("Contact")
    org.version = version
    answers = _composite(
        org,
        {"method": "GET", "url": f"/services/data/v{version}/sobjects/Contact/{contact}", "referenceId": "c"},
        {
            "method": "POST",
            "url": f"/services/data/v{version}/sobjects/Contact",
            "referenceId": "d",
            "body": {"FirstName": "@{c.FirstName}", "LastName": "@{c.LastName}"},
        },
    )
    assert answers[1]["httpStatusCode"] == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"compositeRequest": []},
        {"compositeRequest": [1]},
        {"compositeRequest": [{"method": "GET", "url": f"{V}/limits"}]},
        {"compositeRequest": [ACCOUNT, ACCOUNT]},
        {"compositeRequest": [{**ACCOUNT, "referenceId": "a[1]"}]},
        {"compositeRequest": [{**ACCOUNT, "url": "/elsewhere"}]},
        {"compositeRequest": [{**ACCOUNT, "method": "post"}]},
        {"compositeRequest": [{**ACCOUNT, "httpHeaders": {"authorization": "x"}}]},
        {"compositeRequest": [{**ACCOUNT, "referenceId": f"r{n}"} for n in range(26)]},
        {"compositeRequest": [_sub("GET", "query?q=SELECT Id FROM Lead", f"q{n}") for n in range(6)]},
    ],
)
def test_a_bad_envelope_is_refused_whole(org: Org, body: Mapping[str, object]) -> None:
    """HTTP 400, and not one subrequest is tried."""
    assert org.ask("POST", "composite", body).status == 400
    assert org.ask("GET", "query", q="SELECT count() FROM Account")["totalSize"] == 0


def test_jobs_and_composites_cannot_stand_inside(org: Org) -> None:
    """What a series cannot hold is not found; Collections can."""
    inner = {"compositeRequest": [ACCOUNT]}
    records = {"records": [{"attributes": {"type": "Account"}, "Name": "A"}]}
    answers = _composite(
        org,
        _sub("POST", "composite", "a", body=inner),
        _sub("POST", "composite/graph", "b", body={}),
        _sub("POST", "jobs/query", "c", body={}),
        _sub("POST", "composite/sobjects", "d", body=records),
        _sub("GET", "sobjects/Account/@{d[0].id}", "e"),
    )
    assert _statuses(answers) == [404, 404, 404, 200, 200]


def test_a_composite_counts_as_one_call_and_a_batch_as_many(org: Org) -> None:
    """The allowance falls by one for a composite, by the number of subrequests for a batch."""
    before = _used(org)
    _composite(org, ACCOUNT, ACCOUNT | {"referenceId": "b"}, ACCOUNT | {"referenceId": "c"})
    between = _used(org)
    org.ask("POST", "composite/batch", {"batchRequests": [{"method": "GET", "url": "v59.0/limits"}] * 3})
    assert (between - before, _used(org) - between) == (2, 4)  # each with the call that looks


def _used(org: Org) -> int:
    limit: Any = org.ask("GET", "limits")["DailyApiRequests"]
    return int(limit["Max"] - limit["Remaining"])


def test_a_batch_goes_on_after_a_failure_unless_told_to_halt(org: Org) -> None:
    """What was done stays; with haltOnError the rest shows 412 BATCH_PROCESSING_HALTED."""
    good = {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {"Name": "A"}}
    bad = {"method": "POST", "url": f"{V}/sobjects/Account", "richInput": {}}
    reply = org.ask("POST", "composite/batch", {"batchRequests": [good, bad, good]})
    assert reply["hasErrors"] is True
    results: Any = reply["results"]
    assert [one["statusCode"] for one in results] == [201, 400, 201]
    assert results[0]["result"]["success"] is True
    halted: Any = org.ask("POST", "composite/batch", {"batchRequests": [good, bad, good], "haltOnError": True})[
        "results"
    ]
    assert [one["statusCode"] for one in halted] == [201, 400, 412]
    assert halted[2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert org.ask("GET", "query", q="SELECT count() FROM Account")["totalSize"] == 3


def _node(kind: str, reference: str, **fields: object) -> dict[str, object]:
    return {"attributes": {"type": kind, "referenceId": reference}, **fields}


def test_a_tree_of_records_is_created_with_its_links(org: Org) -> None:
    """Children hang on the parent they stand under; the answer names each by its reference id."""
    contacts = {"records": [_node("Contact", "c1", LastName="A"), _node("Contact", "c2", LastName="B")]}
    records = [_node("Account", "a1", Name="Acme", Contacts=contacts), _node("Account", "a2", Name="Bcme")]
    reply = org.ask("POST", "composite/tree/Account", {"records": records})
    assert (reply.status, reply["hasErrors"]) == (201, False)
    results: Any = reply["results"]
    ids = {one["referenceId"]: one["id"] for one in results}
    assert list(ids) == ["a1", "c1", "c2", "a2"]
    assert {org.get("Contact", ids[one])["AccountId"] for one in ("c1", "c2")} == {ids["a1"]}


def test_one_bad_record_fails_the_whole_tree(org: Org) -> None:
    """HTTP 400 with the culprits only, and nothing is kept."""
    contacts = {"records": [_node("Contact", "c1"), _node("Contact", "c2", LastName="B")]}
    reply = org.ask(
        "POST", "composite/tree/Account", {"records": [_node("Account", "a1", Name="A", Contacts=contacts)]}
    )
    assert (reply.status, reply["hasErrors"]) == (400, True)
    results: Any = reply["results"]
    assert [one["referenceId"] for one in results] == ["c1"]
    assert results[0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.ask("GET", "query", q="SELECT count() FROM Account")["totalSize"] == 0


@pytest.mark.parametrize(
    "records",
    [
        None,
        [],
        [1],
        [{"Name": "A"}],
        [{"attributes": {"type": "Account"}, "Name": "A"}],
        [_node("Lead", "l")],
        [_node("Account", "a", Name="A")] * 2,
        [_node("Account", f"a{n}", Name="A") for n in range(201)],
    ],
)
def test_a_tree_that_is_none_is_refused(org: Org, records: object) -> None:
    """Records without type or reference id, of another sObject, twice of one id, or too many."""
    assert org.ask("POST", "composite/tree/Account", {"records": records}).status == 400


def _graph(name: str, *nodes: Mapping[str, object]) -> dict[str, object]:
    return {"graphId": name, "compositeRequest": list(nodes)}


def test_each_graph_is_all_or_nothing_by_itself(org: Org) -> None:
    """A graph that fails is undone, the next is kept."""
    link = _sub("POST", "sobjects/Contact", "con", body={"LastName": "N", "AccountId": "@{acc.id}"})
    bad = _sub("POST", "sobjects/Contact", "con", body={"AccountId": "@{acc.id}"})
    reply = org.ask("POST", "composite/graph", {"graphs": [_graph("1", ACCOUNT, bad), _graph("2", ACCOUNT, link)]})
    graphs: Any = reply["graphs"]
    assert [(one["graphId"], one["isSuccessful"]) for one in graphs] == [("1", False), ("2", True)]
    assert _statuses(graphs[0]["graphResponse"]["compositeResponse"]) == [400, 400]
    assert _statuses(graphs[1]["graphResponse"]["compositeResponse"]) == [201, 201]
    assert org.ask("GET", "query", q="SELECT count() FROM Account")["totalSize"] == 1


@pytest.mark.parametrize(
    "graphs",
    [
        [],
        [_graph("1", ACCOUNT), _graph("1", ACCOUNT)],
        [_graph("1", _sub("GET", "query?q=SELECT Id FROM Lead", "q"))],
        [_graph(str(n), ACCOUNT) for n in range(76)],
        [_graph(str(n), *({**ACCOUNT, "referenceId": f"r{m}"} for m in range(251))) for n in range(2)],
        [
            _graph(
                "1", *(_sub("POST", "sobjects/Account", f"r{n}", body={"Name": f"@{{r{n - 1}.id}}"}) for n in range(16))
            )
        ],
    ],
)
def test_graphs_beyond_the_limits_are_refused(org: Org, graphs: object) -> None:
    """Too many graphs or nodes, chains too long, other resources than rows."""
    assert org.ask("POST", "composite/graph", {"graphs": graphs}).status == 400


def test_graphs_stop_after_fourteen_failures(org: Org) -> None:
    """Later graphs are not tried."""
    bad = _sub("POST", "sobjects/Account", "acc", body={})
    graphs = [*(_graph(str(n), bad) for n in range(14)), _graph("last", ACCOUNT)]
    answered: Any = org.ask("POST", "composite/graph", {"graphs": graphs})["graphs"]
    assert not any(one["isSuccessful"] for one in answered)
    assert org.ask("GET", "query", q="SELECT count() FROM Account")["totalSize"] == 0


def test_deep_bodies_are_refused_not_followed(org: Org) -> None:
    """A subrequest nested hundreds of levels deep fails by itself."""
    deep: object = "x"
    for _ in range(300):
        deep = [deep]
    answers = _composite(org, _sub("POST", "sobjects/Account", "a", body=deep), ACCOUNT)
    assert _statuses(answers) == [400, 201]
    assert json.dumps(answers[0]["body"])
