"""The database of the local org."""

import stat
from pathlib import Path

import pytest

from sfsync.localorg.state import State
from sfsync.records.ids import is_id, to_18


def test_the_folder_and_the_file_are_the_owners_alone(tmp_path: Path) -> None:
    """The folder is 0700 and the database 0600: it holds credentials."""
    State.open(tmp_path / "deep" / "org").close()
    folder = tmp_path / "deep" / "org"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "org.db").stat().st_mode) == 0o600


def test_ids_are_real_ascending_and_the_same_every_time(tmp_path: Path) -> None:
    """Ids carry a right suffix, grow as bytes, and the same calls on a new org give the same."""
    first, second = State.open(tmp_path / "a"), State.open(tmp_path / "b")
    ids = [first.next_id("00Q"), *first.next_ids("00Q", 200)]
    assert ids == second.next_ids("00Q", 201)
    assert all(is_id(one) and to_18(one[:15]) == one for one in ids)
    assert sorted(ids) == ids and len(set(ids)) == 201
    first.close(), second.close()


def test_a_failed_transaction_leaves_nothing_and_an_inner_one_only_its_own(tmp_path: Path) -> None:
    """Everything of a failed transaction is undone; of a failed inner one, what the outer did stays."""
    state = State.open(tmp_path)
    with state.transaction():
        state.set_setting("kept", 1)
        with pytest.raises(RuntimeError), state.transaction():
            state.set_setting("lost", 1)
            raise RuntimeError
    with pytest.raises(RuntimeError), state.transaction():
        state.set_setting("kept", 2)
        raise RuntimeError
    assert (state.setting("kept"), state.setting("lost")) == (1, None)
    state.close()


def test_what_is_added_at_run_time_outlives_a_restart_but_not_a_reset(tmp_path: Path) -> None:
    """Custom fields and picklist values are kept in the database; reset gives a fresh org."""
    state = State.open(tmp_path)
    state.add_field("lead", {"name": "Tier__c", "label": "Tier", "type": "string", "length": 10})
    state.add_picklist_value("Lead", "Status", "Parked")
    state.close()
    again = State.open(tmp_path)
    field, status = again.catalog.field("Lead", "tier__C"), again.catalog.field("Lead", "Status")
    assert field is not None and (field.length, field.custom, field.label) == (10, True, "Tier")
    assert status is not None and [one.value for one in status.picklist][-1] == "Parked"
    again.run('INSERT INTO "Lead" (Id, Tier__c) VALUES (?, ?)', ("00Q000000000001EAA", "gold"))
    again.reset()
    assert again.catalog.field("Lead", "Tier__c") is None
    assert again.rows('SELECT * FROM "Lead"') == []
    again.close()


def test_streaming_gives_all_rows_one_by_one(tmp_path: Path) -> None:
    """A stream holds no list of rows and gives plain tuples."""
    state = State.open(tmp_path)
    state.many("INSERT INTO _counter VALUES (?, ?)", [(str(number), 0) for number in range(500)])
    rows = state.stream("SELECT name FROM _counter ORDER BY length(name), name")
    assert next(rows) == ("0",)
    assert sum(1 for _ in rows) == 499
    state.close()


def test_an_org_that_another_program_kept_is_brought_up_when_it_is_opened(tmp_path: Path) -> None:
    """Columns and tables that this program ships and that one did not are there again."""
    state = State.open(tmp_path)
    state.run('ALTER TABLE "Lead" DROP COLUMN "Title"')
    state.run('DROP TABLE "Task"')
    state.set_setting("shape", "of another program")
    state.close()
    again = State.open(tmp_path)
    assert again.rows('SELECT "Title" FROM "Lead"') == again.rows('SELECT Id FROM "Task"') == []
    again.close()
