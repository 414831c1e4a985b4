"""Stock django-salesforce, unmodified: Django's ORM over the org."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing

pytestmark = needing("django_salesforce")

Do = Callable[[str], Any]


@pytest.fixture(scope="module")
def do(client_of: Callable[..., Foreign]) -> Do:
    """Does one thing with the client and gives its result."""
    client = client_of("django_salesforce")
    return lambda name: json.loads(client.run(client.python, client.script("steps.py"), name).stdout)


def test_it_reads_every_record(do: Do, org: Running) -> None:
    """All pages of a model, in order."""
    rows = org.rows("SELECT Id, LastName, Email, NumberOfEmployees FROM Lead ORDER BY Id")
    assert do("query") == [[one["Id"], one["LastName"], one["Email"], one["NumberOfEmployees"]] for one in rows]


def test_its_queries_mean_what_they_say(do: Do, org: Running) -> None:
    """Conditions, joins and groups bring just the records they should."""
    leads = org.rows("SELECT Id, LastName, Email, Status, NumberOfEmployees FROM Lead")
    contacts = org.rows("SELECT Id, Account.Name, Account.Industry FROM Contact ORDER BY Id")
    told = do("filtered")
    assert told["big"] == sorted(one["Id"] for one in leads if one["Status"] in ("New", "Working") and one["Email"]
                                 and (one["NumberOfEmployees"] or 0) >= 100)  # fmt: skip
    assert told["like"] == sorted(one["Id"] for one in leads if one["LastName"].lower().startswith("ma"))
    assert told["in"] == sorted(one["Id"] for one in leads if one["Status"] in ("New", "Nurturing"))
    assert told["joined"] == [[one["Id"], one["Account"]["Name"]] for one in contacts
                              if one["Account"] and one["Account"]["Industry"] == "Technology"]  # fmt: skip
    counted = {status: sum(one["Status"] == status for one in leads) for status in {one["Status"] for one in leads}}
    assert (dict(told["groups"]), told["count"]) == (counted, len(leads))


def test_records_go_through_their_life(do: Do) -> None:
    """Made, changed, read and deleted, one by one and several at once."""
    assert do("life") == {"read": "Beta", "many": 5, "changed": 5, "made": 5, "left": 0}


def test_it_writes_models_of_the_org(do: Do) -> None:
    """Fields are what describe says they are."""
    written = do("inspect")
    assert "class Lead(models.Model)" in written and "class Account(models.Model)" in written
    assert "ext_id = models.CharField(db_column='Ext_Id__c', unique=True, max_length=64" in written
