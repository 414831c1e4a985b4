"""Faults together, on all APIs: nothing breaks the org, and the same seed and calls give the same answers and rows."""

import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sfsync.clock import SetClock
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.faults.verbs import VERBS
from sfsync.localorg.identity.sessions import issue_token
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.state import State
from sfsync.localorg.wire import Request
from tests.localorg.conftest import BASE, NOW

DATA, ASYNC = "/services/data/v59.0", "/services/async/59.0/job"
CSV = {"content-type": "text/csv"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
SPACES = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
WHENS: tuple[dict[str, object], ...] = (
    {},
    {"op": "write"},
    {"op": "query"},
    {"op": "bulk"},
    {"every": 3},
    {"prob": 0.4},
)


class Player:
    """An org that is asked with bytes, and all that it answered."""

    def __init__(self, folder: Path) -> None:
        self.machine = SetClock(NOW)
        self.state = State.open(folder)
        self.state.run("PRAGMA synchronous=OFF")
        self.clock = OrgClock(self.machine)
        self.org = LocalOrg(self.state, self.clock)
        self.heard: list[object] = []
        self.sign_in()
        self.leads = [str(self.made("sobjects/Lead", {"LastName": f"N{n}", "Company": "C"})) for n in range(9)]

    def sign_in(self) -> None:
        """Take a new token."""
        self.token = issue_token(self.state, self.clock, str(self.state.setting("integration_user_id")))

    def ask(
        self, method: str, path: str, body: object = b"", headers: Mapping[str, str] = {}, **query: str
    ) -> dict[str, object]:
        """Ask, keep the whole answer, and give it where it is an object."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"authorization": f"Bearer {self.token}", "content-type": "application/json", **headers}
        full = path if path.startswith("/") else f"{DATA}/{path}"
        answer = self.org.answer(Request(method, full, query, named, sent, BASE, full))
        told = answer.body if isinstance(answer.body, bytes) else answer.body.read_bytes()
        wire = (answer.status, dict(answer.headers), told, answer.drop, answer.delay_seconds, answer.spoil)
        self.heard.append((method, path, wire))
        try:
            read = json.loads(told)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def made(self, path: str, body: object) -> object:
        """Post, and give the id of what was made."""
        return self.ask("POST", path, body).get("id", "")

    def order(self, **fault: object) -> None:
        """Put a fault on order."""
        assert "faults" in self.ask("POST", "/_org/faults", fault), fault

    def soap(self, body: str) -> None:
        """Call the partner API."""
        head = f"<e:Header><SessionHeader><sessionId>{self.token}</sessionId></SessionHeader></e:Header>"
        text = f"<e:Envelope {SPACES}>{head}<e:Body>{body}</e:Body></e:Envelope>"
        self.ask("POST", "/services/Soap/u/59.0", text.encode(), {"content-type": "text/xml", "soapaction": '""'})

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Give every row of every table."""
        listed = self.state.stream("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return {str(name): list(self.state.stream(f'SELECT * FROM "{name}"')) for (name,) in list(listed)}


@pytest.fixture
def player(tmp_path: Path, fresh: Path) -> Iterator[Callable[[str], Player]]:
    """Give a function that opens a copy of a fresh org."""
    opened: list[Player] = []

    def one(name: str) -> Player:
        (tmp_path / name).mkdir()
        shutil.copy(fresh, tmp_path / name / "org.db")
        opened.append(Player(tmp_path / name))
        return opened[-1]

    yield one
    for each in opened:
        each.state.close()


def _values(leads: list[str]) -> dict[str, list[object]]:
    """Give what each verb may be ordered to do."""
    perms: list[object] = [{"fls": {"field": "Lead.Email", "read": False}}, {"permission": "ConvertLeads"}]
    perms.append({"sharing": {"sobject": "Lead", "default": "private"}})
    changed = {"object": "Lead", "record": {"Id": leads[4], "Title": "Boss"}}
    cuts: list[object] = [{"at": 50, "framing": "none"}, {"at_row": 1}, {"at": 70, "framing": "length"}]
    values: dict[str, list[object]] = {
        **{"delay_ms": [0, 50, 5000], "hang": ["answer", "headers", "body"], "ghost": [{"delay": 0}, {"delay": 600}]},
        **{"status": [{"status": 503, "body": "<html>"}, {"status": 200, "body": {"a": 1}}], "slow": [1000]},
        **{"reset_at": [0, 500], "truncate": [*cuts, {"at": 0}], "gzip": ["cut", "crc", "trailer", {"bomb": 1000}]},
        "wrong_body": ["html", "maintenance", "empty", "bom", "shape", "earlier"],
        **{"move": ["https://na2.my.salesforce.com"], "wrong_count": [-5, 5], "expire_session": ["own", "all"]},
        **{"login_fail": ["password", "frozen"], "limit": ["daily", "concurrent", {"spend": 1000}]},
        **{"clock": [{"skew": -600}, {"step": 60}, {"step": -60}], "perm": perms, "partial": [{"prob": 0.5}]},
        "schema": [{"do": do, "sobject": "Lead", "field": "Rating"} for do in ("hide", "show", "drop")],
        **{"lock_rows": [{"prob": 0.5, "for": 30}, {"for": 30}], "dup_rule": ["alert", "block"]},
        **{"dup_key": ["two", "race"], "late_commit": [{"delay": 5}], "same_stamp": [{"n": 9, "object": "Lead"}]},
        **{"merge": [{"master": leads[0], "losers": [leads[1]]}], "delete": [[leads[2]]], "undelete": [[leads[2]]]},
        **{"convert_in_org": [leads[3]], "save_in_org": [changed]},
        "job": ["stick", "expire_results", {"fail_after_rows": 1}, {"abort_after_rows": 1}],
    }
    return {name: values.get(name, [True]) for name in VERBS}


def _verb(name: str, value: object) -> object:
    return value if name == "status" else {name: value}


def _rest(player: Player, dice: random.Random) -> None:
    lead = dice.choice(player.leads)
    player.made("sobjects/Lead", {"LastName": "A", "Company": "C", "Email": "a@b.example"})
    player.ask("PATCH", f"sobjects/Lead/Ext_Id__c/k{dice.randrange(3)}", {"LastName": "U", "Company": "C"})
    records = [{"attributes": {"type": "Lead"}, "LastName": name, "Company": "C"} for name in "xyz"]
    player.ask("POST", "composite/sobjects", {"allOrNone": dice.random() < 0.5, "records": records})
    player.ask("DELETE", f"sobjects/Lead/{lead}")
    player.ask("GET", "query", q="SELECT Id, Name FROM Lead ORDER BY Id")


def _bulk(player: Player, dice: random.Random) -> None:
    body = {"object": "Lead", "operation": "upsert", "externalIdFieldName": "Ext_Id__c", "lineEnding": "LF"}
    job = player.made("jobs/ingest", body)
    rows = b"LastName,Company,Ext_Id__c\na,c,1\nb,c,2\nb,c,3\n"
    player.ask("PUT", f"jobs/ingest/{job}/batches", rows, CSV)
    player.ask("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})
    for part in ("", "/successfulResults", "/failedResults", "/unprocessedrecords"):
        player.ask("GET", f"jobs/ingest/{job}{part}")
    found = player.made("jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"})
    player.ask("GET", f"jobs/query/{found}/results", maxRecords="10")
    old = player.made(ASYNC, {"object": "Lead", "operation": "insert", "contentType": "CSV"})
    player.ask("POST", f"{ASYNC}/{old}/batch", b"LastName,Company\no,c\n", CSV)
    player.ask("GET", f"{ASYNC}/{old}/batch")


def _soap(player: Player, dice: random.Random) -> None:
    lead, other = dice.sample(player.leads, 2)
    player.soap("<create><sObjects><type>Lead</type><LastName>S</LastName><Company>C</Company></sObjects></create>")
    wish = f"<leadId>{lead}</leadId><convertedStatus>Qualified</convertedStatus>"
    player.soap(f"<convertLead><leadConverts>{wish}</leadConverts></convertLead>")
    master = f"<masterRecord><type>Lead</type><Id>{lead}</Id></masterRecord>"
    player.soap(f"<merge><request>{master}<recordToMergeIds>{other}</recordToMergeIds></request></merge>")


def _forms(player: Player, dice: random.Random) -> None:
    row = player.state.one('SELECT Id FROM "Organization"')
    form = {"oid": row["Id"] if row else "", "last_name": "W", "company": "C", "email": "w@b.example"}
    player.ask("POST", "/servlet/servlet.WebToLead", urlencode(form).encode(), FORM)
    client = {name: player.state.setting(name) for name in ("client_id", "client_secret")}
    grant = urlencode({"grant_type": "client_credentials", **client}).encode()
    token = player.ask("POST", "/services/oauth2/token", grant, FORM).get("access_token")
    player.token = str(token or player.token)


def _play(player: Player, seed: int, rounds: int) -> None:
    """Ask in an order that the seed says, with faults that it says."""
    dice, values = random.Random(seed), _values(player.leads)
    for _ in range(rounds):
        names = dice.sample(sorted(values), dice.choice([1, 1, 2, 3]))
        do = [_verb(name, dice.choice(values[name])) for name in names]
        player.order(do=do, when=dice.choice(WHENS), seed=dice.randrange(9), times=dice.randint(1, 2))
        dice.choice([_rest, _bulk, _soap, _forms])(player, dice)
        player.machine.advance(dice.choice([0, 1, 60, 4000]))
    for name in ("calls", "faults", "mail", "web-leads"):
        player.ask("GET", f"/_org/{name}")


def _promise(player: Callable[[str], Player], seed: int, rounds: int) -> None:
    first, second = player(f"first {seed}"), player(f"second {seed}")
    for one in (first, second):
        _play(one, seed, rounds)
    assert first.heard == second.heard and first.rows() == second.rows()
    first.ask("POST", "/_org/snapshots", {"name": "here"})
    token, moment, heard = first.token, first.machine.now(), []
    for _ in range(2):
        first.heard.clear()
        _play(first, seed + 1, rounds)
        heard.append([*first.heard])
        first.ask("POST", "/_org/restore", {"name": "here"})
        first.token = token
        first.machine.set(moment)
    assert heard[0] == heard[1]


def test_the_same_seed_and_calls_give_the_same_answers_rows_and_trace(player: Callable[[str], Player]) -> None:
    """Whatever faults are on order, over REST, Bulk, SOAP and forms; and again from a snapshot in the middle of it."""
    _promise(player, 7, 8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 108))
def test_any_seed_and_calls_give_the_same(player: Callable[[str], Player], seed: int) -> None:
    """As above, for many seeds."""
    _promise(player, seed, 25)


def test_faults_that_spoil_a_body_in_turn_leave_the_org_alive(player: Callable[[str], Player]) -> None:
    """Two that pack it badly, two that cut it, one that needs what another took away."""
    one = player("one")
    for first, second in itertools.product(({"gzip": "cut"}, {"truncate": {"at": 9}}), repeat=2):
        for last in ({"truncate": {"at_row": 1}}, {"gzip": "crc"}, "reorder"):
            one.order(do=first, times=1)
            one.order(do=second, times=1)
            one.order(do=last, times=1)
            one.ask("GET", "query", q="SELECT Id FROM Lead")
            one.order(do={"move": "https://na2.my.salesforce.com"}, times=1)
    assert "records" in one.ask("GET", "query", q="SELECT Id FROM Lead")


@pytest.mark.long
def test_every_pair_of_faults_is_answered(player: Callable[[str], Player]) -> None:
    """On calls of each API in turn, by one fault or two: some answer each time, and a whole org afterwards."""
    one, dice, kinds = player("one"), random.Random(3), itertools.cycle((_rest, _bulk, _soap, _forms))
    values = _values(one.leads)
    one.ask("POST", "/_org/snapshots", {"name": "whole"})
    for count, pair in enumerate(itertools.combinations_with_replacement(values, 2)):
        do = [_verb(name, dice.choice(values[name])) for name in pair]
        for fault in [{"do": do}] if count % 2 else [{"do": each} for each in do]:
            one.order(**fault, times=2)
        next(kinds)(one, dice)
        one.ask("DELETE", "/_org/faults")
        if count % 25 == 0:
            one.ask("POST", "/_org/restore", {"name": "whole"})
            one.heard.clear()
        one.sign_in()
    one.ask("POST", "/_org/restore", {"name": "whole"})
    assert one.state.one("PRAGMA integrity_check")[0] == "ok"  # type: ignore[index]
