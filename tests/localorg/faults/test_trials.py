"""The table of trials is whole, its page is current, and what is ordered happens the same way each time."""

import re
from pathlib import Path

import pytest

from sfsync.localorg.faults import verbs
from sfsync.localorg.faults.known import TRIALS
from sfsync.localorg.faults.reference import NAME, page
from sfsync.localorg.faults.trial import ORDERED
from tests.localorg.faults.conftest import LEAD, Bare, opened

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs/reference" / NAME


def test_there_are_sixty_trials() -> None:
    """F01 to F60, each with its orders, or with the reason for which it has none."""
    assert list(TRIALS) == [f"F{number:02}" for number in range(1, 61)]
    assert [one.id for one in TRIALS.values() if (one.reach == ORDERED) != bool(one.orders)] == []
    assert [one.id for one in TRIALS.values() if one.reach != ORDERED and not one.told] == []


def test_every_trial_is_tried() -> None:
    """For each there is a test that sees it with a bare client."""
    source = "".join(path.read_text("utf-8") for path in HERE.glob("test_*_trials.py"))
    tried = {
        f"F{number}" for name in re.findall(r"def test_((?:f\d\d_)+)", source) for number in re.findall(r"\d\d", name)
    }
    assert tried == set(TRIALS)


def test_every_verb_is_part_of_a_trial() -> None:
    """No verb is there that no trial needs."""
    used = {name for one in TRIALS.values() for order in one.orders for name, _ in verbs.read(order["do"])}
    assert set(verbs.VERBS) - used == {"reorder"}  # results of jobs are put into another order by shuffle_results


def test_the_page_is_current() -> None:
    """`python -m sfsync.localorg.faults.reference docs/reference` writes what the page says."""
    assert PAGE.read_text("utf-8") == page()


def _story(bare: Bare) -> list[object]:
    """Tell what a client sees and the org notes under several faults of chance."""
    orders = [
        {"do": {"partial": {"prob": 0.3}}, "when": {"op": "write"}},
        {"do": {"status": 503, "body": "busy"}, "when": {"prob": 0.2}},
        {"do": "reorder", "when": {"op": "query", "prob": 0.5}},
        {"do": {"clock": {"skew": 7}}, "when": {"op": "create", "prob": 0.5}},
    ]
    bare.control("POST", "faults", orders)
    told: list[object] = []
    for number in range(30):
        records = [{"attributes": {"type": "Lead"}, **LEAD, "Ext_Id__c": f"{number} {place}"} for place in range(5)]
        told.append(bare.ask("POST", "composite/sobjects", {"records": records}).text)
        told.append(bare.query("SELECT Id, CreatedDate FROM Lead ORDER BY Id DESC LIMIT 7").text)
        bare.machine.advance(1)
    return [told, bare.calls(), bare.control("GET", "faults").json()]


def test_the_same_seed_and_calls_give_the_same(tmp_path: Path, filled: Path) -> None:
    """Ids, times, answers and the record of calls are the same in two orgs that are asked the same."""
    stories = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        bare = opened(tmp_path / name, filled)
        stories.append(_story(bare))
        bare.session.close()
        bare.org.state.close()
    assert stories[0] == stories[1]


def test_the_org_tells_its_own_time(bare: Bare) -> None:
    """The Date of an answer is that of the org's clock, and of a server whose clock is off."""
    assert bare.ask("GET", "limits").headers["Date"] == "Tue, 24 Nov 2026 12:30:00 GMT"
    bare.control("POST", "faults", {"do": {"clock": {"skew": -3600}}, "times": 1})
    assert bare.ask("GET", "limits").headers["Date"] == "Tue, 24 Nov 2026 11:30:00 GMT"


def test_another_seed_gives_something_else(bare: Bare) -> None:
    """Which requests a fault of chance strikes depends on its seed."""
    busy = {"do": {"status": 503}, "when": {"prob": 0.5}}
    struck = []
    for seed in (1, 2):
        bare.control("DELETE", "faults")
        bare.control("POST", "faults", {**busy, "seed": seed})
        struck.append([bare.ask("GET", "limits").status_code for _ in range(40)])
    assert struck[0] != struck[1]
    assert all(10 < one.count(503) < 30 for one in struck)


def test_several_faults_strike_together(bare: Bare) -> None:
    """A late commit, half of its records refused, a merge and a shrinking allowance: all of it happens."""
    winner, loser = bare.make(), bare.make()
    orders = [
        {"do": {"limit": {"spend": 1000}}},
        {"do": [{"late_commit": {"delay": 60}}, {"partial": {"prob": 0.5}}], "when": {"op": "create"}},
        {"do": {"merge": {"master": winner, "losers": [loser]}}, "times": 1},
    ]
    bare.control("POST", "faults", orders)
    records = [{"attributes": {"type": "Lead"}, **LEAD} for _ in range(40)]
    answer = bare.ask("POST", "composite/sobjects", {"records": records})
    made = sum(one["success"] for one in answer.json())
    assert 8 < made < 32 and answer.headers["Sforce-Limit-Info"].startswith("api-usage=1003/")
    bare.control("DELETE", "faults")
    assert bare.count() == 501
    bare.machine.advance(60)
    assert bare.count() == 501 + made


@pytest.mark.parametrize("key", ["host", "op", "object", "record", "job_state"])
def test_what_is_not_meant_is_not_struck(bare: Bare, key: str) -> None:
    """A fault for another host, deed, sObject, record or job leaves a request alone."""
    other = {
        "host": "na1.example.com",
        "op": "delete",
        "object": "Task",
        "record": "00Q000000000001",
        "job_state": "Open",
    }
    bare.control("POST", "faults", {"do": {"status": 500}, "when": {key: other[key]}})
    assert bare.query("SELECT Id FROM Lead LIMIT 1").status_code == 200


def test_deeds_are_done_whatever_the_client_is_told(bare: Bare) -> None:
    """A fault that answers instead does not keep another one from its deed."""
    lead = bare.make()
    bare.control("POST", "faults", [{"do": {"status": 503}, "times": 1}, {"do": {"delete": lead}, "times": 1}])
    assert bare.ask("GET", "limits").status_code == 503
    assert bare.ask("GET", f"sobjects/Lead/{lead}").status_code == 404


def test_the_record_of_calls_tells_what_was_done(bare: Bare) -> None:
    """A write that a proxy answered with 502 is noted as done, one that was refused as not done."""
    bare.control("POST", "faults", {"do": {"status": 502, "done": True}, "when": {"op": "create", "nth": 1}})
    assert bare.ask("POST", "sobjects/Lead", LEAD).status_code == 502
    assert bare.ask("POST", "sobjects/Lead", {"Company": "Acme"}).status_code == 400
    assert [(one["status"], one["applied"]) for one in bare.calls()] == [(502, True), (400, False)]


def test_a_late_commit_gives_way_to_who_took_its_key(bare: Bare) -> None:
    """Where somebody else takes the unique key meanwhile, the late record never comes, and the org goes on."""
    bare.control("POST", "faults", {"do": {"late_commit": {"delay": 60}}, "times": 1})
    late, taken = bare.make(Ext_Id__c="k"), bare.make(Ext_Id__c="k")
    bare.machine.advance(60)
    assert bare.ask("GET", f"sobjects/Lead/{late}").status_code == 404
    assert bare.ask("GET", "sobjects/Lead/Ext_Id__c/k").json()["Id"] == taken


def test_a_deed_that_cannot_be_done_is_told(bare: Bare) -> None:
    """Deleting what is deleted already is an INVALID_FAULT that says so."""
    lead = bare.make()
    bare.control("POST", "faults", {"do": {"delete": lead}})
    assert bare.ask("GET", "limits").status_code == 200
    refused = bare.ask("GET", "limits").json()[0]
    assert refused["errorCode"] == "INVALID_FAULT" and "deleted" in refused["message"]
