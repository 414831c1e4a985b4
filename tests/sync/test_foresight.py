"""Promises of pre-flight by what the mirror knows: which rows the org will refuse, and why, before any call."""

from collections.abc import Sequence

from sfsync.audit.undo import undo
from sfsync.dataload.importing import ImportOrder, Terms, import_file
from sfsync.plan.brakes import Brakes
from sfsync.plan.policy import Policy
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.foresight import foresee
from sfsync.sync.guard import Guard
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import pull_only, sync
from tests.shop import Shop, yes


def told(shop: Shop, changes: Sequence[Change]) -> list[list[str]]:
    """Give what is foreseen of changes of leads."""
    books = shop.books()
    schema = books.schemas.get("Lead")
    assert schema is not None
    return [[problem.message for problem in some] for some in foresee(books, schema, changes)]


def update(lead: str, name: str, value: str) -> Change:
    """Give a change of one field."""
    return Change(Action.UPDATE, "Lead", lead, (FieldChange(name, None, value),))


def test_an_owner_who_is_not_active_is_named(shop: Shop) -> None:
    """A lead for a user who has left is refused by name; one for a queue or an active user is not."""
    user = shop.rows("SELECT Id, Name FROM User WHERE IsActive = 1 AND Id <> ?", shop.user_id)[0]
    queue = shop.rows("SELECT Id FROM \"Group\" WHERE Type = 'Queue'")[0]["Id"]
    shop.change("User", user["Id"], IsActive=False)
    pull_only(shop.context, shop.order(), full=False)
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    gone, fine = told(shop, [update(lead, "OwnerId", user["Id"]), update(lead, "OwnerId", queue)])
    assert gone == [f"{user['Name']}, who is to own it, is not active"] and fine == []


def test_a_unique_value_is_given_and_held_once(shop: Shop) -> None:
    """The second of two changes with one key is refused, and so is a value that another record holds, by its id."""
    held, other, third = (row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 3"))
    shop.change("Lead", held, Ext_Id__c="A-1")
    pull_only(shop.context, shop.order(), full=False)
    found = told(shop, [
        update(other, "Ext_Id__c", "A-1"), update(held, "Ext_Id__c", "A-1"),
        update(other, "Ext_Id__c", "B-2"), update(third, "Ext_Id__c", "B-2"), update(third, "Ext_Id__c", "C-3"),
    ])  # fmt: skip
    new = Change(Action.CREATE, "Lead", None, (FieldChange("Ext_Id__c", None, "A-1"),))
    assert f"Ext_Id__c 'A-1' is held by Lead/{held} already" in told(shop, [new])[0]
    assert f"Ext_Id__c 'A-1' is held by Lead/{held} already" in found[0]
    assert found[2] == found[4] == []
    assert found[3] == [f"Ext_Id__c 'B-2' is given to Lead/{other} as well"]


def test_rows_about_converted_leads_are_refused_before_any_call(shop: Shop) -> None:
    """An import that would change a converted lead sets the row aside with the reason, and sends the others."""
    lead, other = (row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 2"))
    with shop.local.state.transaction():
        shop.local.state.run("UPDATE Lead SET IsConverted = 1 WHERE Id = ?", (lead,))
    pull_only(shop.context, shop.order(), full=False)
    path = shop.folder / "rows.csv"
    path.write_text(f"Id,Title\n{lead},Weaver\n{other},Weaver\n", encoding="utf-8")
    terms = Terms(Guard(Brakes(overwrites=5, overwrites_percent=100), yes), 0.0, shop.folder / "runs")
    outcome = import_file(shop.context, ImportOrder(path, "Lead", "update", "Id"), terms)
    assert (outcome.counts["applied"], outcome.counts["rejected"]) == (1, 1)
    assert outcome.problems[0].where.row == 1 and "converted" in outcome.problems[0].message
    assert shop.rows("SELECT Id FROM Lead WHERE Title = 'Weaver'") == [{"Id": other}]


def test_protected_fields_hold_for_files_and_for_saved_plans(shop: Shop) -> None:
    """A row that would write a protected field is refused, and a plan saved before the protection leaves it out."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    shielded = {"Lead": Policy(protected=frozenset({"title", "score__c", "grade__c", "sfsync_why__c"}))}
    path = shop.folder / "rows.csv"
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    path.write_text(f"Id,Title\n{lead},Weaver\n", encoding="utf-8")
    terms = Terms(Guard(Brakes(overwrites=5, overwrites_percent=100), yes), 0.0, shop.folder / "runs", shielded)
    outcome = import_file(shop.context, ImportOrder(path, "Lead", "update", "Id"), terms)
    assert outcome.counts["rejected"] == 1 and "Title is protected" in outcome.problems[0].message
    outcome = plan_saved(shop.context, shop.order(policies=shielded), plan)
    assert outcome.exit == 3 and "is protected" in outcome.problems[0].message
    assert not shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL OR Title = 'Weaver'")


def test_an_undo_keeps_to_what_is_protected_by_now(shop: Shop) -> None:
    """It neither writes a protected field nor clears one that is never cleared; the others of the record go back."""
    run = sync(shop.context, shop.order())
    shielded = {"Lead": Policy(protected=frozenset({"score__c"}), never_blank=frozenset({"grade__c"}))}
    outcome = undo(shop.context, run.run or 0, Guard(Brakes(), yes, policies=shielded), 0.0)
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (
        3, run.counts["applied"], 2 * run.counts["applied"],
    )  # fmt: skip
    told = {problem.where.field: problem.message for problem in outcome.problems}
    assert "Score__c is protected" in told["Score__c"] and "Grade__c is never cleared" in told["Grade__c"]
    assert (
        len(shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL AND Grade__c IS NOT NULL"))
        == (run.counts["applied"])
    )
    assert not shop.rows("SELECT Id FROM Lead WHERE Sfsync_Why__c IS NOT NULL")
