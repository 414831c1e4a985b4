"""Reads a routing file into a Routing: when, pools, routes, and who may lose a record."""

from collections.abc import Mapping

from sfsync.rules.criterion import Names, read_criterion
from sfsync.rules.hours import read_hours
from sfsync.rules.problems import meant
from sfsync.rules.read_scoring import read_name, writable
from sfsync.rules.routing import Occasion, Pool, Route, Routing, Target, To
from sfsync.rules.table import Table
from sfsync.rules.turns import Member

OWNER = "OwnerId"
_TARGETS = 'write "queue:NAME", "user:USERNAME", "pool:NAME" or "keep"'
_OCCASIONS = 'write "created" or "in_queue:NAME"'


def read_routing(document: Table, sobject: str, fields: Names | None) -> Routing:
    """Read a routing document; what is wrong with it goes to its problems."""
    if fields is not None:
        writable(document, "sobject", OWNER, fields.sobject)
    pools = _pools(document)
    routes = _routes(document, fields, pools)
    otherwise = _target(document, "otherwise", pools)
    _warn_of_dead_routes(routes)
    _warn_of_idle_pools(document, pools, [*(route.to for _, route in routes), otherwise])
    return Routing(
        document.file,
        document.name,
        sobject,
        _occasions(document),
        tuple(route for _, route in routes),
        pools,
        otherwise,
        document.flag("take_from_people"),
        tuple(user for _, user in document.texts("from_users")),
    )


def _occasions(document: Table) -> tuple[Occasion, ...]:
    found = []
    for place, text in document.texts("on"):
        kind, _, queue = text.partition(":")
        if text == "created":
            found.append(Occasion())
        elif kind == "in_queue" and queue.strip():
            found.append(Occasion(queue.strip()))
        else:
            document.blame(("on", place), f"{text!r} says nothing about when a record is up for routing", _OCCASIONS)
    if not document.has("on") or document.values["on"] == []:
        document.blame("on", "on is missing, so nothing would ever be routed", f"{_OCCASIONS}, in a list")
    return tuple(found)


def _pools(document: Table) -> Mapping[str, Pool]:
    pools: dict[str, Pool] = {}
    for name, table in document.named("pool"):
        members: list[Member] = []
        for place, entry in table.members("members"):
            member = _member(entry)
            if member is None:
                continue
            if ":" in member.user:
                table.blame(("members", place), f"{member.user!r} is not a user", "write a username or e-mail address")
            elif member.user.lower() in {other.user.lower() for other in members}:
                table.blame(("members", place), f"{member.user} is in the pool twice", "give a weight instead")
            else:
                members.append(member)
        if not table.values.get("members"):
            table.blame("members", f"pool {name} has no members", 'write members = ["ana@example.com"]')
        hours = read_hours(table.table("hours")) if table.has("hours") else None
        table.asked.add("hours")
        table.finish()
        pools[name] = Pool(tuple(members), hours)
    return pools


def _member(entry: str | Table) -> Member | None:
    if isinstance(entry, str):
        return Member(entry.strip())
    user = entry.text("user", needed=True)
    weight, cap = entry.whole("weight", 1, least=1), entry.whole("cap_per_day", least=0)
    entry.finish()
    return Member(user.strip(), weight or 1, cap) if user else None


def _routes(document: Table, fields: Names | None, pools: Mapping[str, Pool]) -> list[tuple[Table, Route]]:
    routes: list[tuple[Table, Route]] = []
    taken: set[str] = set()
    for table in document.tables("route"):
        called = read_name(table, taken)
        when = read_criterion(table, "when", fields) if table.has("when") else None
        table.asked.add("when")
        to = _target(table, "to", pools, needed=True)
        first_touch = table.whole("first_touch_minutes", least=1)
        table.finish()
        if called and to and (when or not table.has("when")):
            routes.append((table, Route(f"{document.name}/{called}", when, to, first_touch)))
    return routes


def _target(table: Table, key: str, pools: Mapping[str, object], *, needed: bool = False) -> Target | None:
    text = table.text(key, needed=needed)
    if text is None:
        return None
    kind, _, name = (part.strip() for part in text.partition(":"))
    if text.strip() == To.KEEP.value:
        return Target(To.KEEP)
    if kind not in (To.QUEUE.value, To.USER.value, To.POOL.value) or not name:
        table.blame(key, f"{text!r} is no owner", _TARGETS)
        return None
    if kind == To.POOL.value and name not in pools:
        table.blame(key, f"there is no pool {name!r}", meant(name, pools) or f"add [pool.{name}] with members = [...]")
        return None
    return Target(To(kind), name)


def _warn_of_dead_routes(routes: list[tuple[Table, Route]]) -> None:
    """Warn of routes after one that takes every record; one to a person or a pool may have nobody there."""
    end: Route | None = None
    for table, route in routes:
        if end is not None:
            message = f"this route is never reached: {end.label!r} before it takes every record"
            table.blame((), message, "move it up, or take it out", warning=True)
        elif route.catches_all and route.to.to in (To.QUEUE, To.KEEP):
            end = route


def _warn_of_idle_pools(document: Table, pools: Mapping[str, object], targets: list[Target | None]) -> None:
    led_to = {target.name for target in targets if target and target.to is To.POOL}
    for name in pools:
        if name not in led_to:
            document.blame(("pool", name), f"no route leads to pool {name}", "add one, or take it out", warning=True)
