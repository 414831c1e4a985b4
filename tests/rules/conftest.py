"""A small org for rules: schemas, people, and records by default values."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from sfsync.records.record import Record
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Value
from sfsync.rules.facts import People, Queue, User
from sfsync.rules.problems import RuleProblem
from sfsync.rules.rulebook import Rulebook, read_rulebook

_REFERENCES = {"OwnerId": ("Owner", ("Group", "User")), "AccountId": ("Account", ("Account",))}


def a_field(name: str, kind: str, length: int = 255, precision: int = 0, updateable: bool = True) -> Field:
    """Make a field that is plain in all but what is given."""
    relationship, reference_to = _REFERENCES.get(name, (None, ()))
    return Field(
        name=name,
        label=name,
        type=kind,
        length=length,
        precision=precision,
        scale=0,
        nillable=True,
        createable=True,
        updateable=updateable,
        defaulted=False,
        unique=False,
        case_sensitive=False,
        external_id=False,
        id_lookup=False,
        filterable=True,
        calculated=False,
        restricted=False,
        picklist=(),
        reference_to=reference_to,
        relationship=relationship,
    )


def an_sobject(name: str, *fields: Field) -> SObject:
    """Make an sObject with these fields."""
    return SObject(name, name, None, True, True, True, True, {field.name: field for field in fields})


@pytest.fixture(scope="session")
def schemas() -> Mapping[str, SObject]:
    """Lead, Contact and Account with the fields that rules here use."""
    texts = ("LastName", "FirstName", "Name", "Title", "Company", "City", "Country", "Phone")
    picks = ("LeadSource", "Status", "Industry", "Rating")
    lead = an_sobject(
        "Lead",
        a_field("Id", "id", 18, updateable=False),
        *(a_field(name, "string") for name in texts),
        *(a_field(name, "picklist") for name in picks),
        a_field("Email", "email", 80),
        a_field("AnnualRevenue", "currency", precision=18),
        a_field("NumberOfEmployees", "int"),
        a_field("OwnerId", "reference", 18),
        a_field("IsConverted", "boolean", updateable=False),
        a_field("CreatedDate", "datetime", updateable=False),
        a_field("Address", "address", updateable=False),
        a_field("Score__c", "double", precision=4),
        a_field("Grade__c", "string", 2),
        a_field("Sfsync_Why__c", "textarea", 60),
    )
    contact = an_sobject("Contact", a_field("Title", "string"), a_field("AccountId", "reference", 18),
                         a_field("OwnerId", "reference", 18), a_field("Score__c", "double", precision=4))  # fmt: skip
    account = an_sobject("Account", a_field("Name", "string"), a_field("Industry", "picklist"))
    return {schema.name: schema for schema in (lead, contact, account)}


def user_id(number: int) -> str:
    """Give the id of a user."""
    return f"005{number:012d}AAA"


@pytest.fixture(scope="session")
def people() -> People:
    """Ana, Ben, Carla, Dev and Eve sell, Gail has left, and the program signs in as number 99."""
    names = ("ana", "ben", "carla", "dev", "eve", "gail")
    users = [
        User(user_id(n), f"{name}@example.com", name.title(), f"{name}@mail.example", active=name != "gail")
        for n, name in enumerate(names)
    ]
    users.append(User(user_id(99), "sync@example.com", "Integration", "sync@example.com", active=True))
    queues = [Queue(f"00G{n:012d}AAA", name, name) for n, name in enumerate(("Inbound", "EMEA", "Americas", "APAC"))]
    return People({user.id: user for user in users}, {queue.id: queue for queue in queues}, user_id(99))


Leads = Callable[..., Record]


@pytest.fixture(scope="session")
def lead(schemas: Mapping[str, SObject], people: People) -> Leads:
    """Make leads that wait in the queue Inbound, all fields blank but those given."""
    inbound = people.queue("Inbound")
    assert inbound is not None

    def make(number: int = 1, **fields: Value) -> Record:
        blank: dict[str, Value] = dict.fromkeys(schemas["Lead"].fields)
        record_id = f"00Q{number:012d}AAA"
        known: dict[str, Value] = {"Id": record_id, "OwnerId": inbound.id, "IsConverted": False}
        known |= {"CreatedDate": datetime(2026, 1, 2, tzinfo=UTC), "Status": "New"}
        return Record("Lead", record_id, blank | known | fields)

    return make


Document = dict[str, object]
Reading = Callable[..., tuple[Rulebook | None, list[RuleProblem]]]


@pytest.fixture(scope="session")
def read(schemas: Mapping[str, SObject]) -> Reading:
    """Read documents against the schemas."""
    return lambda **documents: read_rulebook({f"{name}.toml": each for name, each in documents.items()}, schemas)


@pytest.fixture(scope="session")
def book(read: Reading) -> Callable[..., Rulebook]:
    """Read documents that have to be right."""

    def make(**documents: Document) -> Rulebook:
        rulebook, problems = read(**documents)
        assert rulebook is not None, problems
        return rulebook

    return make


def scoring(*rules: tuple[str, str, int], when: str = "always", **more: object) -> Document:
    """Make a scoring document out of (name, formula, points)."""
    write = {"score": "Score__c", "grade": "Grade__c", "when": when}
    scores = [{"name": name, "when": formula, "points": points} for name, formula, points in rules]
    grades = [{"name": "A", "at_least": 50}, {"name": "B", "at_least": 20}, {"name": "C", "at_least": 0}]
    return {"version": 1, "sobject": "Lead", "write": write, "score": scores, "grade": grades, **more}


def routing(*routes: dict[str, object], **more: object) -> Document:
    """Make a routing document; leads are up for it in the queue Inbound."""
    return {"version": 1, "sobject": "Lead", "on": ["in_queue:Inbound"], "route": list(routes), **more}
