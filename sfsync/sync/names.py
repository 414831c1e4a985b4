"""Names of the people and queues whose ids stand in values, as the mirror knows them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from sfsync.errors import Problem
from sfsync.mirror.books import Books
from sfsync.plan.plan import Plan
from sfsync.plan.tally import PEOPLE
from sfsync.records.ids import prefix


def names_of(books: Books, values: Iterable[object]) -> dict[str, str]:
    """Give the names of the users and queues whose ids are among these values."""
    ids = {value for value in values if isinstance(value, str) and len(value) == 18 and prefix(value) in PEOPLE}
    kinds = [kind for kind in PEOPLE.values() if ids and "Name" in books.records.columns(kind)]
    people = (person for kind in kinds for person in books.records.records(kind, ("Name",), ids=ids, deleted_too=True))
    return {person.id: str(person.fields["Name"]) for person in people}


def with_names(books: Books, plan: Plan) -> Plan:
    """Give a plan with the names of the users and queues it speaks of."""
    sides = (value for one in plan.conflicts for value in (one.base, one.org, one.ours, one.by))
    return replace(plan, names=names_of(books, chain(plan.tally.people, sides)))


def spoken(books: Books, problems: Sequence[Problem]) -> list[Problem]:
    """Give problems that name users and queues, beside their ids, as the mirror knows them."""
    names = names_of(books, [one for problem in problems for one in _IDS.findall(problem.message)])
    if not names:
        return list(problems)

    def named(found: re.Match[str]) -> str:
        known = names.get(found.group())
        return f"{known} ({found.group()})" if known else found.group()

    return [replace(one, message=_IDS.sub(named, one.message)) for one in problems]


_IDS = re.compile(r"\b(?:005|00G)[A-Za-z0-9]{15}\b")
