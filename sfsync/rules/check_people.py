"""Checks the people and queues that rules name against those the org has."""

from collections.abc import Iterator

from sfsync.rules.facts import People
from sfsync.rules.problems import KeyPath, RuleProblem, meant
from sfsync.rules.routing import Routing, Target, To
from sfsync.rules.rulebook import Rulebook


def check_people(rulebook: Rulebook, people: People) -> list[RuleProblem]:
    """Give what the rules name and the org lacks, all as warnings: such a target is passed over when its turn comes."""
    problems = []
    for routing in rulebook.routing.values():
        for path, target in _named(routing):
            message = _absence(target, people)
            if message:
                problems.append(RuleProblem(routing.file, path, message, _advice(target, people), warning=True))
    return problems


def _named(routing: Routing) -> Iterator[tuple[KeyPath, Target]]:
    """Give every user and queue a routing names, with the place."""
    for place, occasion in enumerate(routing.occasions):
        if occasion.queue:
            yield ("on", place), Target(To.QUEUE, occasion.queue)
    for place, name in enumerate(routing.from_users):
        yield ("from_users", place), Target(To.USER, name)
    for name, pool in routing.pools.items():
        for place, member in enumerate(pool.members):
            yield ("pool", name, "members", place), Target(To.USER, member.user)
    for place, route in enumerate(routing.routes):
        yield ("route", place, "to"), route.to
    if routing.otherwise:
        yield ("otherwise",), routing.otherwise


def _absence(target: Target, people: People) -> str | None:
    if target.to is To.QUEUE:
        return None if people.queue(target.name) else f"the org has no queue {target.name}, or more than one"
    if target.to is not To.USER:
        return None
    user = people.user(target.name)
    if user is None:
        return f"the org has no user {target.name}, or more than one with that e-mail address"
    return None if user.active else f"{target.name} is not active"


def _advice(target: Target, people: People) -> str:
    if target.to is To.QUEUE:
        known = [queue.developer_name for queue in people.queues.values()]
    else:
        known = [user.username for user in people.users.values() if user.active]
    return meant(target.name, known, f"name one the org has; until then {target} is passed over")
