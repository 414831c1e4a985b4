"""Fields that are new, gone, hidden, back or of another type: absent is not null, and what is new is read by itself.

| fault | test |
|---|---|
| F29 | formulas change without their records |
| F48 | a field is dropped, also between the look and the query |
| F49 | a field is hidden and shown again; many are hidden at once |
| F50 | a field changes its type |
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sfsync.errors import BrakeHit, SettingsError
from sfsync.localorg.seed.amounts import Amounts
from sfsync.sync.context import Target
from sfsync.sync.run import pull_only
from tests.shop import TARGETS, Shop, open_shop
from tests.sync.pulling import happen, ids, lead_of, order_fault, pull

pytestmark = pytest.mark.long

FEW = (Target("Lead", ("LastName", "Company", "Title", "Status", "Score__c")),)
MORE = (Target("Lead", ("LastName", "Company", "Title", "Status", "Score__c", "City", "AnnualRevenue")),)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of 60 leads whose few fields were pulled ten minutes ago."""
    with open_shop(tmp_path, Amounts(leads=60, accounts=0, contacts=0, opportunities=0)) as made:
        pull(made, targets=FEW)
        made.clock.advance(600)
        yield made


def schema(what: str, field: str, **more: object) -> dict[str, object]:
    """Order a change of the schema."""
    return {"schema": {"do": what, "sobject": "Lead", "field": {"name": field, **more} if more else field}}


def column(shop: Shop, field: str) -> dict[str, object]:
    """Give a field of all leads in the mirror, by id."""
    return {record.id: record.fields[field] for record in shop.books().records.records("Lead", ["Id", field])}


def in_org(shop: Shop, field: str) -> dict[str, object]:
    """Give a field of all leads in the org, by id."""
    return {row["Id"]: row[field] for row in shop.rows(f"SELECT Id, {field} FROM Lead WHERE IsDeleted = 0")}


def test_a_field_asked_for_anew_is_read_of_all_records_alone(shop: Shop) -> None:
    """The new columns are filled by a query of their own, nothing is journaled, nothing else is read again."""
    before = len(shop.calls())
    outcome = pull(shop, targets=MORE)
    assert lead_of(outcome)["filled"] == ["City", "AnnualRevenue"]
    assert (lead_of(outcome)["asked"], lead_of(outcome)["changed"]) == ("nothing", 0)
    assert column(shop, "City") == in_org(shop, "City")
    assert list(shop.books().journal.of_run(outcome.run or 0)) == []
    asked = [call["query"]["q"] for call in shop.calls()[before:] if "FROM Lead" in call["query"].get("q", "")]
    assert len(asked) == 1
    assert "City, AnnualRevenue" in asked[0] and "LastName" not in asked[0]
    assert lead_of(pull(shop, targets=MORE))["filled"] == []


def test_a_change_and_a_new_field_at_once_are_told_apart(shop: Shop) -> None:
    """What somebody changed is journaled, what is seen for the first time is not."""
    lead = ids(shop)[0]
    shop.change("Lead", lead, Title="Chief", City="Paris")
    outcome = pull(shop, targets=MORE)
    lines = list(shop.books().journal.of_run(outcome.run or 0))
    assert [(line.field, line.after) for line in lines] == [("Title", "Chief")]
    assert column(shop, "City") == in_org(shop, "City")


def test_filling_a_field_that_failed_is_done_by_the_next_run(shop: Shop) -> None:
    """Until every record has been asked for it the field does not count as pulled."""
    order_fault(shop, {"status": 403, "body": [{"errorCode": "API_DISABLED_FOR_ORG"}]}, {"op": "query", "times": 1})
    with pytest.raises(Exception, match="API_DISABLED_FOR_ORG"):
        pull(shop, targets=MORE)
    assert "City" not in shop.books().schemas.pulled("Lead")
    outcome = pull(shop, targets=MORE)
    assert lead_of(outcome)["filled"] == ["City", "AnnualRevenue"]
    assert list(shop.books().journal.of_run(outcome.run or 0)) == []
    assert column(shop, "City") == in_org(shop, "City")


@pytest.mark.parametrize("what", ["hide", "drop"])
def test_a_field_no_longer_shown_keeps_what_it_held(shop: Shop, what: str) -> None:
    """It is not null in the mirror, the others are pulled on, and the outcome names it."""
    scores = {lead: place for place, lead in enumerate(ids(shop))}
    for lead, score in scores.items():
        shop.change("Lead", lead, Score__c=score)
    shop.clock.advance(600)
    pull(shop, targets=FEW)
    held = column(shop, "Score__c")
    happen(shop, schema(what, "Score__c"))
    shop.clock.advance(600)
    shop.change("Lead", ids(shop)[0], Title="Chief")
    outcome = pull(shop, targets=FEW)
    assert (outcome.exit, outcome.state, lead_of(outcome)["changed"]) == (3, "partly", 1)
    assert "no longer shows Score__c" in outcome.problems[0].message
    assert column(shop, "Score__c") == held


@pytest.mark.parametrize("told", [True, False])
def test_an_sobject_without_a_log_of_deletes_is_pulled_whole(shop: Shop, told: bool) -> None:
    """Histories and shares are pulled again and again, whether or not their schema says that getDeleted answers."""
    targets = (Target("LeadShare", ("LeadId", "UserOrGroupId")), Target("LeadHistory", ("LeadId", "Field")))
    with shop.local.state.transaction():
        shop.local.state.set_setting("history_tracked", {"Lead": ["Title"]})
    for title in ("Chief", "Shepherd"):
        shop.change("Lead", ids(shop)[0], Title=title)
        context = shop.context
        for target in targets if told else ():
            context.known[target.sobject] = replace(context.schema(target.sobject), replicateable=True)
        outcome = pull_only(context, shop.order(targets=targets), full=False)
        assert outcome.exit == 0
        shop.clock.advance(600)
    assert not shop.org.describe("LeadHistory").replicateable
    there = shop.rows("SELECT count(*) AS n FROM LeadHistory")[0]["n"]
    assert shop.books().records.count("LeadHistory") == there >= 2


def test_a_field_that_is_back_is_read_again(shop: Shop) -> None:
    """What changed while it was hidden is found, and journaled."""
    lead = ids(shop)[0]
    shop.change("Lead", lead, Score__c=5)
    shop.clock.advance(600)
    pull(shop, targets=FEW)
    happen(shop, schema("hide", "Score__c"))
    pull(shop, targets=FEW)
    with shop.local.state.transaction():
        shop.local.state.run("UPDATE Lead SET Score__c = 9 WHERE Id = ?", (lead,))
    happen(shop, schema("show", "Score__c"))
    shop.clock.advance(600)
    outcome = pull(shop, targets=FEW)
    assert (outcome.exit, lead_of(outcome)["filled"]) == (0, ["Score__c"])
    assert (lead_of(outcome)["changed"], outcome.counts["changed"]) == (1, 1)
    assert column(shop, "Score__c")[lead] == 9
    assert [(line.field, line.before, line.after) for line in shop.books().journal.of_run(outcome.run or 0)] == [
        ("Score__c", 5, 9)
    ]


def test_a_value_given_while_its_field_was_hidden_is_a_change(shop: Shop) -> None:
    """Where the mirror had seen that there was none; of a record made while it was hidden nobody can tell."""
    shop.clock.advance(600)
    pull(shop, targets=FEW)
    happen(shop, schema("hide", "Score__c"))
    shop.clock.advance(600)
    made = shop.make("Lead", LastName="New", Company="Wool")
    pull(shop, targets=FEW)
    lead = ids(shop)[0]
    assert column(shop, "Score__c")[lead] is None
    with shop.local.state.transaction():
        shop.local.state.run("UPDATE Lead SET Score__c = 9 WHERE Id IN (?, ?)", (lead, made))
    happen(shop, schema("show", "Score__c"))
    outcome = pull(shop, targets=FEW)
    assert (column(shop, "Score__c")[lead], column(shop, "Score__c")[made]) == (9, 9)
    lines = shop.books().journal.of_run(outcome.run or 0)
    assert [(line.record_id, line.before, line.after) for line in lines] == [(lead, None, 9)]
    assert outcome.counts["changed"] == 1


def test_a_field_that_goes_between_the_look_and_the_query_is_left_out(shop: Shop) -> None:
    """The org refuses the query; its schema is asked for once more, and the rest is pulled."""
    lead = ids(shop)[0]
    shop.change("Lead", lead, Title="Chief")
    shop.clock.advance(600)
    order_fault(shop, schema("drop", "Score__c"), {"op": "query", "times": 1})
    outcome = pull(shop, targets=FEW)
    assert (outcome.exit, column(shop, "Title")[lead]) == (3, "Chief")


def test_many_fields_gone_at_once_stop_the_pull(shop: Shop) -> None:
    """A lost permission is not taken for a change of the schema: exit 4, and the mirror as it was."""
    pull(shop, targets=TARGETS[:1])
    shop.clock.advance(600)
    for field in ("Title", "City", "State", "Country", "Phone", "Email", "Rating"):
        happen(shop, {"perm": {"fls": {"field": f"Lead.{field}", "read": False}}})
    held = column(shop, "City")
    with pytest.raises(BrakeHit, match="no longer shows 7 of the"):
        pull(shop, targets=TARGETS[:1])
    assert column(shop, "City") == held


def test_a_field_of_another_type_is_read_again(shop: Shop) -> None:
    """Its column takes the new type, its values come anew, and nobody is said to have changed them."""
    happen(shop, schema("retype", "Score__c", type="string", length=20))
    with shop.local.state.transaction():
        shop.local.state.run("UPDATE Lead SET Score__c = '007'")
    shop.clock.advance(600)
    outcome = pull(shop, targets=FEW)
    assert lead_of(outcome)["filled"] == ["Score__c"]
    assert set(column(shop, "Score__c").values()) == {"007"}
    assert list(shop.books().journal.of_run(outcome.run or 0)) == []


def test_what_a_formula_gives_is_read_again_once_a_day(shop: Shop) -> None:
    """Its values change while no record does: a day later they are read of all records, and journaled as seen then."""
    age = {
        "name": "Age__c",
        "type": "double",
        "precision": 18,
        "scale": 0,
        "formula": "TODAY() - DATEVALUE(CreatedDate)",
    }
    happen(shop, {"schema": {"do": "add", "sobject": "Lead", "field": age}})
    with_age = (Target("Lead", ("LastName", "Company", "Title", "Status", "Score__c", "Age__c")),)
    assert lead_of(pull(shop, targets=with_age))["filled"] == ["Age__c"]
    first = column(shop, "Age__c")
    shop.clock.advance(3 * 3600)
    assert lead_of(pull(shop, targets=with_age))["changed"] == 0
    shop.clock.advance(48 * 3600)
    outcome = pull(shop, targets=with_age)
    later = column(shop, "Age__c")
    assert lead_of(outcome)["changed"] == 60
    assert {lead: value - first[lead] for lead, value in later.items()} == dict.fromkeys(first, 2)  # type: ignore[operator]
    assert {line.field for line in shop.books().journal.of_run(outcome.run or 0)} == {"Age__c"}


def test_a_field_the_org_never_had_is_a_mistake_in_the_settings(shop: Shop) -> None:
    """It is named with its key, before anything is read."""
    with pytest.raises(SettingsError, match="no field Nope__c"):
        pull(shop, targets=(Target("Lead", ("LastName", "Nope__c")),))
