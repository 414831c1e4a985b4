"""Promises of an import: each row is carried out once, and has an outcome of its own."""

import pytest

from sfsync.audit.undo import undo
from sfsync.dataload.importing import resume_import
from sfsync.errors import UsageError
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan
from sfsync.sync.guard import Guard
from sfsync.sync.run import pull_only, sync
from tests.dataload.loader import LEADS, Loader, lasting
from tests.shop import no, yes
from tests.sync.pulling import happen


def test_an_insert_makes_each_row_once_under_a_key_of_ours(loader: Loader) -> None:
    """Every row becomes one record with its values, and carries a key that was stored before it was sent."""
    outcome = loader.run(LEADS)
    assert (outcome.exit, outcome.counts["applied"]) == (0, 3)
    leads = lasting(loader.shop)
    assert [(lead["LastName"], lead["Company"]) for lead in leads] == list(LEADS[1:])
    keys = {entry.change.key: entry.change.id for entry in loader.shop.books().outbox.entries(run=outcome.run)}
    assert keys == {lead["Sfsync_Key__c"]: lead["Id"] for lead in leads}
    assert loader.results(outcome, "done") == [
        [str(row), lead["Id"], "created", lead["LastName"], lead["Company"]] for row, lead in enumerate(leads, 1)
    ]
    loader.accounted(outcome)


def test_the_same_file_imported_twice_is_two_imports(loader: Loader) -> None:
    """An insert does what it says: keys belong to one import, so a second one makes its own records."""
    assert loader.run(LEADS).exit == loader.run(LEADS).exit == 0
    assert len(lasting(loader.shop)) == 6


@pytest.mark.parametrize(
    ("operation", "said", "word"),
    [
        ("insert", {"key": "Ext_Id__c"}, "--key"), ("update", {"key": "Ext_Id__c"}, "--key"),
        ("insert", {"remake": True}, "--remake"), ("update", {"key": "Id", "remake": True}, "--remake"),
    ],
)  # fmt: skip
def test_what_an_operation_does_not_heed_is_refused(
    loader: Loader, operation: str, said: dict[str, object], word: str
) -> None:
    """A key does not keep an insert from making doubles, so it is not passed over in silence."""
    with pytest.raises(UsageError, match=f"{word} is for upserts: an {operation} does not heed it"):
        loader.run(LEADS, operation, **said)
    assert not lasting(loader.shop)


def test_an_update_changes_what_cells_say_and_nothing_else(loader: Loader) -> None:
    """A filled cell is written, an empty or blank one leaves its field alone, and #N/A clears it."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool", Title="Boss", City="Ghent", Phone="1")
    outcome = loader.run((("Id", "Title", "City", "Phone", "Company"), (lead, "Chief", "", "#N/A", "  ")), "update")
    assert (outcome.exit, outcome.counts["applied"]) == (0, 1)
    kept = lasting(loader.shop)[0]
    assert [kept[name] for name in ("Title", "City", "Phone", "Company")] == ["Chief", "Ghent", None, "Wool"]


def test_a_row_that_changes_nothing_is_not_sent(loader: Loader) -> None:
    """What the org holds already counts as unchanged: the record keeps its stamps, no call is made for it."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool", Email="a@b.example")
    loader.shop.clock.advance(60)
    outcome = loader.run((("Id", "Company", "Email"), (lead, " Wool ", "A@B.example")), "update")
    assert (outcome.exit, outcome.counts["unchanged"], outcome.counts["applied"]) == (0, 1, 0)
    assert loader.results(outcome, "done") == [["1", lead, "already so", lead, " Wool ", "A@B.example"]]
    assert not loader.shop.calls("PATCH", "composite/sobjects")


def test_a_row_with_a_nul_is_refused_with_line_and_column(loader: Loader) -> None:
    """A file that was damaged makes no records of its damage; the other rows go their way."""
    outcome = loader.run("LastName,Company\nKnit,Wool\nPurl,Wo\0ol\n\0\0\0,Silk\n")
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, 1, 2)
    one, other = (row[2] for row in loader.results(outcome, "refused"))
    assert one.startswith("line 3, column 2 (Company): character 3 is NUL")
    assert other.startswith("line 4, column 1 (LastName): character 1 is NUL")
    loader.accounted(outcome)


def test_an_update_never_makes_a_record(loader: Loader) -> None:
    """A row of an update whose Id is empty is refused; nothing is made of it."""
    outcome = loader.run((("Id", "LastName", "Company"), ("", "Knit", "Wool")), "update")
    assert (outcome.exit, outcome.counts["rejected"]) == (3, 1)
    assert "Id is empty" in loader.results(outcome, "refused")[0][2]
    assert lasting(loader.shop) == []


def test_an_upsert_by_external_id_updates_what_is_there_and_makes_what_is_not(loader: Loader) -> None:
    """The key decides: its record is changed, or made where no record has the key."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool", Ext_Id__c="A1")
    rows = (("Ext_Id__c", "LastName", "Company"), ("A1", "Purl", ""), ("B2", "Weave", "Linen"))
    outcome = loader.run(rows, "upsert", key="Ext_Id__c")
    assert (outcome.exit, outcome.counts["applied"]) == (0, 2)
    found = {one["Ext_Id__c"]: (one["LastName"], one["Company"]) for one in lasting(loader.shop)}
    assert found == {"A1": ("Purl", "Wool"), "B2": ("Weave", "Linen")}
    assert [row[2] for row in loader.results(outcome, "done")] == ["updated", "created"]
    assert loader.results(outcome, "done")[0][1] == lead
    assert loader.run(rows, "upsert", key="Ext_Id__c").counts["unchanged"] == 2


def test_an_upsert_by_id_makes_the_rows_without_one(loader: Loader) -> None:
    """Rows with an Id are updates, rows without are creates under a key of ours."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool")
    outcome = loader.run((("Id", "LastName", "Company"), (lead[:15], "Purl", "Wool"), ("", "New", "Wool")), "upsert")
    assert (outcome.exit, outcome.counts["applied"]) == (0, 2)
    assert [one["LastName"] for one in lasting(loader.shop)] == ["Purl", "New"]
    assert lasting(loader.shop)[1]["Sfsync_Key__c"]


def test_a_key_whose_record_was_deleted_does_not_make_it_again(loader: Loader) -> None:
    """What an import made and somebody deleted stays deleted when its row comes again; the row says so."""
    rows = (("Ext_Id__c", "LastName", "Company"), ("A1", "Knit", "Wool"))
    loader.run(rows, "upsert", key="Ext_Id__c")
    lead = lasting(loader.shop)[0]["Id"]
    loader.shop.ask("DELETE", f"sobjects/Lead/{lead}")
    outcome = loader.run(rows, "upsert", key="Ext_Id__c")
    assert (outcome.exit, outcome.counts["rejected"]) == (3, 1)
    row = loader.results(outcome, "refused")[0]
    assert row[1] == "SFSYNC_PREFLIGHT" and lead in row[2] and "--remake" in row[2]
    assert lasting(loader.shop) == []


def test_a_key_whose_record_was_deleted_makes_it_again_where_that_is_asked_for(loader: Loader) -> None:
    """With remake the row makes one new record, which the key stands for from then on; one that is there is kept."""
    rows = (("Ext_Id__c", "LastName", "Company"), ("A1", "Knit", "Wool"), ("A2", "Purl", "Wool"))
    loader.run(rows, "upsert", key="Ext_Id__c")
    gone = next(lead["Id"] for lead in lasting(loader.shop) if lead["LastName"] == "Knit")
    loader.shop.ask("DELETE", f"sobjects/Lead/{gone}")
    outcome = loader.run(rows, "upsert", key="Ext_Id__c", remake=True)
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["unchanged"]) == (0, 1, 1)
    [made] = [lead for lead in lasting(loader.shop) if lead["LastName"] == "Knit"]
    assert made["Id"] != gone and len(lasting(loader.shop)) == 2
    assert loader.shop.books().keys.find("Ext_Id__c", ["A1"]) == {"A1": made["Id"]}


@pytest.mark.parametrize("remake", [False, True])
def test_a_key_whose_record_was_merged_goes_on_to_the_one_that_is_left(loader: Loader, remake: bool) -> None:
    """Before any pull has seen the merge too; a second record is not made, and two keys of one record are told."""
    head = ("Ext_Id__c", "LastName", "Company")
    loader.run((head, ("A1", "Knit", "Wool"), ("A2", "Purl", "Wool"), ("A3", "Weave", "Wool")), "upsert", key=head[0])
    last, winner, loser = (
        lead["Id"] for lead in sorted(lasting(loader.shop), key=lambda one: -ord(one["LastName"][0]))
    )
    happen(loader.shop, {"merge": {"master": winner, "losers": [loser]}})
    happen(loader.shop, {"merge": {"master": last, "losers": [winner]}})
    outcome = loader.run((head, ("A1", "Card", "Wool"), ("A3", "Spin", "Wool")), "upsert", key=head[0], remake=remake)
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, 1, 1)
    assert f"row 1 is about the same record, {last}" in outcome.problems[0].message
    assert [(lead["Id"], lead["LastName"]) for lead in lasting(loader.shop)] == [(last, "Card")]


def test_a_large_file_goes_in_calls_of_200(loader: Loader) -> None:
    """450 rows take three writing calls."""
    rows = [("LastName", "Company"), *((f"Lead {number}", "Wool") for number in range(450))]
    assert loader.run(rows).counts["applied"] == 450
    assert len(loader.shop.calls("PATCH", "composite/sobjects")) == 3
    assert len({lead["LastName"] for lead in lasting(loader.shop)}) == len(lasting(loader.shop)) == 450


@pytest.mark.parametrize("operation, order", [("insert", {}), ("insert", {"no_key": True}), ("update", {}),
                                              ("upsert", {}), ("upsert", {"key": "Ext_Id__c"})])  # fmt: skip
def test_no_import_runs_an_assignment_rule(loader: Loader, operation: str, order: dict[str, object]) -> None:
    """Every writing call says that the org's assignment rule is not to run, and records stay with who loads them."""
    lead = loader.shop.make("Lead", LastName="Old", Company="Wool", Country="Spain", Ext_Id__c="A1")
    columns = {"insert": ("LastName",), "update": ("Id", "LastName"), "upsert": (order.get("key", "Id"), "LastName")}
    cells = {"LastName": "Knit", "Id": lead, "Ext_Id__c": "B2"}
    before = len(loader.shop.calls())
    rows = ((*columns[operation], "Company", "Country"), (*(cells[n] for n in columns[operation]), "Wool", "Poland"))
    assert loader.run(rows, operation, **order).exit == 0
    writes = [call for call in loader.shop.calls()[before:] if call["applied"] and "sobjects" in call["path"]]
    writes = [call for call in writes if not (call["method"] == "POST" and call["path"].endswith("/Lead"))]
    assert writes and {call["headers"].get("sforce-auto-assign") for call in writes} == {"FALSE"}
    assert {one["OwnerId"] for one in lasting(loader.shop)} == {loader.shop.user_id}


def test_a_row_somebody_overtakes_is_left_alone_and_listed(loader: Loader) -> None:
    """A record that is changed between plan and sending stays as it is; its row is refused with both values."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool", Title="Boss")

    def overtaken(plan: Plan) -> str | None:
        return loader.shop.change("Lead", lead, Title="Chair")

    outcome = loader.run((("Id", "Title"), (lead, "Chief")), "update", terms=loader.terms(overtaken))
    assert (outcome.exit, outcome.counts["rejected"]) == (3, 1)
    row = loader.results(outcome, "refused")[0]
    assert row[1] == "SFSYNC_DRIFT" and "Title is Chair in the org, the plan found Boss" in row[2]
    assert outcome.problems[0].where.row == 1 and "import the row again" in outcome.problems[0].next
    assert lasting(loader.shop)[0]["Title"] == "Chair"


def test_what_is_not_approved_is_not_imported_and_can_be_resumed(loader: Loader) -> None:
    """Without a yes nothing is written, the exit code says so, and `--resume` takes the import up again."""
    outcome = loader.run(LEADS, terms=loader.terms(no))
    assert (outcome.exit, outcome.state, outcome.counts["planned"]) == (4, "waiting", 3)
    assert outcome.problems[0].next == "ask somebody else"
    assert lasting(loader.shop) == []
    assert loader.resume(outcome.run or 0).counts["applied"] == 3
    assert len(lasting(loader.shop)) == 3


def test_an_import_over_the_brakes_is_held(loader: Loader) -> None:
    """A file that overwrites more of other people's values than allowed is not applied at all."""
    leads = [loader.shop.make("Lead", LastName=f"L{n}", Company="Wool", Title="Boss") for n in range(4)]
    pull_only(loader.shop.context, loader.shop.order(), full=False)
    rows = (("Id", "Title"), *((lead, "Chief") for lead in leads))
    outcome = loader.run(rows, "update", terms=loader.terms(overwrites=3))
    assert outcome.exit == 4 and "brake allows 3" in outcome.problems[0].message
    assert {lead["Title"] for lead in lasting(loader.shop)} == {"Boss"}
    assert loader.run(rows, "update", terms=loader.terms(overwrites=4)).exit == 0


def test_an_import_needs_no_pull_before_it_and_can_be_taken_back(loader: Loader) -> None:
    """Records of an sObject that is not mirrored are written all the same, and undo knows what they held."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool", Description="old")
    outcome = loader.run((("Id", "Description"), (lead, "new")), "update")
    assert (outcome.exit, lasting(loader.shop)[0]["Description"]) == (0, "new")
    assert undo(loader.shop.context, outcome.run or 0, Guard(Brakes(), yes), 0.0).exit == 0
    assert lasting(loader.shop)[0]["Description"] == "old"


def test_the_mirror_knows_what_an_import_wrote(loader: Loader) -> None:
    """Right after an import the mirror holds the records as the org made them, defaults and stamps included."""
    pull_only(loader.shop.context, loader.shop.order(), full=False)
    outcome = loader.run(LEADS)
    books = loader.shop.books()
    for lead in lasting(loader.shop):
        record = books.records.get("Lead", lead["Id"])
        assert record is not None and record.fields["Status"] == lead["Status"] == "New"
    made = [line for line in books.journal.of_run(outcome.run or 0, origin="sfsync") if line.field == "LastName"]
    assert [line.because for line in made] == [("import of rows.csv",)] * 3


def test_routing_what_an_import_made_is_no_overwriting(loader: Loader) -> None:
    """What new records got by being made is nobody's choice; a value that a person gave them since is, and counts."""
    shop = loader.shop
    tight = shop.order(brakes=Brakes(overwrites=0))
    pull_only(shop.context, tight, full=False)
    shop.clock.advance(3600)
    rows = (
        ("LastName", "Company", "Email", "Phone"),
        ("Knit", "Wool", "a@wool.example", "1"),
        ("Purl", "Wool", "", "2"),
    )
    assert loader.run(rows).exit == 0
    ours = {lead["OwnerId"] for lead in lasting(shop)}
    shop.change("Lead", lasting(shop)[0]["Id"], Score__c=1)
    assert sync(shop.context, tight).exit == 4
    shop.change("Lead", lasting(shop)[0]["Id"], Score__c=None)
    assert sync(shop.context, tight).exit == 0
    assert ours == {shop.user_id} and shop.user_id not in {lead["OwnerId"] for lead in lasting(shop)}


def test_a_canary_goes_before_an_import_too(loader: Loader) -> None:
    """Where too many of the first rows are refused the others stay open, and wait for `--resume`."""
    rows = (("LastName", "Company", "Email"), *((f"Row {n}", "Wool", "no address" if n < 2 else "") for n in range(6)))
    outcome = loader.run(rows, terms=loader.terms(canary=2))
    assert (outcome.exit, outcome.counts["rejected"], outcome.counts["open"]) == (4, 2, 4)
    assert "stopped after the first 2 of 6 changes" in outcome.problems[0].message
    assert f"sfsync import --resume {outcome.run}" in outcome.problems[0].next
    assert not lasting(loader.shop)
    later = resume_import(loader.shop.context, outcome.run or 0, loader.terms(canary=2))
    assert (later.exit, later.counts["applied"], later.counts["open"]) == (3, 4, 0)
