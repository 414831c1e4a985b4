"""A whole shop in one process for tests of the upper floors: a local org, a mirror, and the steps between them."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sfsync.app.wiring import read_rules
from sfsync.clock import SetClock
from sfsync.localorg import bootstrap
from sfsync.localorg.faults import orders
from sfsync.localorg.identity.sessions import issue_token
from sfsync.localorg.mounts.inprocess import InProcessAdapter
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.seed.sowing import sow
from sfsync.localorg.state import State
from sfsync.localorg.trace import calls
from sfsync.localorg.variants import VARIANTS
from sfsync.localorg.wire import Request
from sfsync.mirror.books import Books
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan
from sfsync.salesforce.connect import OrgAccess, connect
from sfsync.salesforce.port import Org
from sfsync.sync.context import Context, Silence, Target
from sfsync.sync.run import Order

NOW = datetime(2026, 11, 24, 12, 30, 45, tzinfo=UTC)
HOST = "https://shop.my.salesforce.com"
RULES = Path(__file__).parents[1] / "rules"
_patterns = TemporaryDirectory(prefix="sfsync-shops-")
OURS = ("Sfsync_Key__c", "Ext_Id__c")
TARGETS = (
    Target("Lead", (
        "LastName", "FirstName", "Name", "Title", "Company", "City", "State", "Country", "Phone", "Email", "LeadSource",
        "Status", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees", "OwnerId", "IsConverted", "Score__c",
        "Grade__c", "Sfsync_Why__c", *OURS,
    )),
    Target("Account", ("Name", "Industry", "OwnerId", *OURS)),
)  # fmt: skip


def yes(plan: Plan) -> str | None:
    """Approve every plan."""
    return None


def no(plan: Plan) -> str | None:
    """Approve no plan."""
    return "ask somebody else"


@dataclass
class Shop:
    """A local org that is asked without sockets, and a mirror of it."""

    folder: Path
    local: LocalOrg
    clock: SetClock
    mirror: Mirror
    org: Org
    user_id: str
    looking: ExitStack
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """What steps of a run are given."""
        return Context(self.org, self.mirror, self.clock, Silence())

    def order(self, **changes: Any) -> Order:
        """Give an order for everything, by the shipped rules, approved."""
        made = Order(TARGETS, lambda schemas: read_rules(RULES, schemas)[0], Brakes(), yes, wait_seconds=0.0)
        return replace(made, **changes)

    def books(self) -> Books:
        """Look into the mirror as it is now; the transaction ends with the test."""
        return self.looking.enter_context(self.mirror.reading())

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}) -> Any:
        """Ask the org as somebody else, with a client that sends no header of ours; give the JSON answer."""
        token = self.tokens.setdefault("stranger", issue_token(self.local.state, self.clock, self.user_id))
        base = f"/services/data/v62.0/{path}"
        plain, _, search = base.partition("?")
        query = dict(part.split("=", 1) for part in search.split("&")) if search else {}
        named = {"authorization": f"Bearer {token}", "content-type": "application/json", **headers}
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.local.answer(Request(method, plain, query, named, sent, HOST, plain))
        while answer.resume is not None:
            self.clock.sleep(answer.delay_seconds)
            answer = answer.resume()
        assert isinstance(answer.body, bytes)
        assert answer.status < 400, answer.body
        return json.loads(answer.body) if answer.body else None

    def change(self, sobject: str, record_id: str, **fields: object) -> None:
        """Change a record as somebody else, no assignment rule run."""
        self.ask("PATCH", f"sobjects/{sobject}/{record_id}", fields, {"sforce-auto-assign": "FALSE"})

    def make(self, sobject: str, **fields: object) -> str:
        """Create a record as somebody else, no assignment rule run."""
        return str(self.ask("POST", f"sobjects/{sobject}", fields, {"sforce-auto-assign": "FALSE"})["id"])

    def rows(self, sql: str, *values: str | int) -> list[dict[str, Any]]:
        """Look at the org's own rows."""
        return [dict(row) for row in self.local.state.rows(sql, values)]

    def fault(self, do: object, path: str, method: str = "POST", **when: object) -> None:
        """Order a fault."""
        entry = {"id": f"fault-{path}", "do": do, "when": {"path": path, "method": method, **when}}
        with self.local.state.transaction():
            orders.order(self.local.state, [entry])

    def calls(self, method: str | None = None, path: str = "") -> list[dict[str, Any]]:
        """Give what the org was asked, oldest first."""
        asked: list[dict[str, Any]] = [dict(call) for call in calls(self.local.state, 0, 100_000)]
        return [call for call in asked if path in call["path"] and method in (None, call["method"])]


@cache
def pattern(amounts: Amounts) -> Path:
    """Make a shop with so many records, once, for every test to have its own copy of."""
    folder = Path(_patterns.name) / "-".join(map(str, astuple(amounts)))
    clock = SetClock(NOW)
    state = State.open(folder / "org")
    bootstrap.prepare(state, clock)
    sow(state, clock.now(), amounts)
    state.close()
    open_mirror(f"sqlite:///{folder}/mirror.db", clock=clock, writable=True).close()
    return folder


def variants_asked() -> tuple[str, ...]:
    """Give the variants of the local org that every shop has on: those `SFSYNC_VARIANTS` names, or `all`."""
    asked = os.environ.get("SFSYNC_VARIANTS", "")
    return tuple(VARIANTS) if asked == "all" else tuple(one for one in asked.split(",") if one)


@contextmanager
def open_shop(folder: Path, amounts: Amounts | None, url: str | None = None) -> Iterator[Shop]:
    """Open a shop whose org holds so many seeded records; None takes the shop that the folder holds.

    Its mirror is a file in the folder, or lives where the URL says.
    """
    clock = SetClock(NOW)
    if amounts is not None:
        shutil.copytree(pattern(amounts), folder, dirs_exist_ok=True)
    state = State.open(folder / "org")
    for name in variants_asked():
        state.set_setting(name, True)
    local = LocalOrg(state, clock)
    access = OrgAccess(
        url=HOST, grant="client_credentials", client_id=str(state.setting("client_id")),
        client_secret=str(state.setting("client_secret")), local=True,
    )  # fmt: skip
    org = connect(access, clock, transport=InProcessAdapter(local.answer, clock), chance=Random(1))
    mirror = open_mirror(url or f"sqlite:///{folder}/mirror.db", clock=clock, writable=True, scratch=folder)
    try:
        with ExitStack() as looking:
            yield Shop(folder, local, clock, mirror, org, str(state.setting("integration_user_id")), looking)
    finally:
        mirror.close()
        state.close()
