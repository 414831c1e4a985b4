"""What a filled org looks like."""

import re
import time
import tracemalloc
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.seed.sowing import sow
from sfsync.localorg.state import State
from sfsync.localorg.values import complaint, stamp
from tests.localorg.seed.conftest import NOW, Sown, empty

KINDS = ("Lead", "Account", "Contact", "Opportunity")


def texts(state: State, sql: str) -> list[str]:
    return [row[0] for row in state.rows(sql)]


def test_an_org_holds_as_many_records_as_asked_for(sown: Sown) -> None:
    """Each kind of record is there in the number asked for."""
    state = sown(leads=31, accounts=7, contacts=11, opportunities=5)
    counts = {kind: state.rows(f"SELECT count(*) FROM {kind}")[0][0] for kind in KINDS}
    assert counts == {"Lead": 31, "Account": 7, "Contact": 11, "Opportunity": 5}


@pytest.mark.parametrize("absent", ["leads", "accounts", "contacts", "opportunities"])
def test_any_kind_may_be_left_out(sown: Sown, absent: str) -> None:
    """An org without one of the kinds can be made; what would link to it links to nothing."""
    amounts = {"leads": 40, "accounts": 9, "contacts": 20, "opportunities": 10, absent: 0}
    state = sown(**amounts)
    assert sum(state.rows(f"SELECT count(*) FROM {kind}")[0][0] for kind in KINDS) == sum(amounts.values())


def test_the_same_seed_gives_the_same_records(sown: Sown) -> None:
    """Seed, numbers and time decide every value and every Id; another seed gives other people."""
    amounts = {"leads": 200, "accounts": 30, "contacts": 50, "opportunities": 40}
    first, second, other = (sown(seed, **amounts) for seed in (3, 3, 4))
    for kind in KINDS:
        rows = [[tuple(row) for row in state.rows(f"SELECT * FROM {kind} ORDER BY Id")] for state in (first, second)]
        assert rows[0] == rows[1]
    assert texts(first, "SELECT Name FROM Lead ORDER BY Id") != texts(other, "SELECT Name FROM Lead ORDER BY Id")


def test_on_another_day_the_same_seed_gives_the_same_people(sown: Sown, tmp_path: Path) -> None:
    """Only times move with the day, and what hangs on them: what stage a deal is at."""
    today, later = sown(leads=200, accounts=30, contacts=50, opportunities=40), empty(tmp_path)
    sow(later, NOW + timedelta(days=11, hours=7), Amounts(200, 30, 50, 40))
    for kind, fields in (("Lead", "Name, Company, Email, Status, OwnerId"), ("Account", "Name"), ("Contact", "Email")):
        rows = [[*map(tuple, one.rows(f"SELECT {fields} FROM {kind} ORDER BY Id"))] for one in (today, later)]
        assert rows[0] == rows[1]
    later.close()


def test_every_value_is_one_the_org_would_take(company: State) -> None:
    """No seeded value breaks the length, number or e-mail rules of its field, and none that is required is empty."""
    for kind in KINDS:
        sobject = company.catalog.sobject(kind)
        assert sobject is not None
        for row in company.rows(f"SELECT * FROM {kind}"):
            refused = [str(complaint(one, row[one.name])) for one in sobject.columns if complaint(one, row[one.name])]
            missing = [one.name for one in sobject.columns if one.required and row[one.name] in (None, "")]
            assert (refused, missing) == ([], [])


def test_every_link_leads_somewhere(company: State) -> None:
    """Owners, accounts and what leads were converted to exist."""
    links = {
        "Lead": {"ConvertedAccountId": "Account", "ConvertedContactId": "Contact", "CreatedById": "User"},
        "Contact": {"AccountId": "Account", "OwnerId": "User"},
        "Opportunity": {"AccountId": "Account", "OwnerId": "User"},
        "Account": {"OwnerId": "User"},
    }
    for kind, references in links.items():
        for column, parent in references.items():
            lost = f"{column} IS NOT NULL AND {column} NOT IN (SELECT Id FROM {parent})"
            assert texts(company, f"SELECT {column} FROM {kind} WHERE {lost}") == []
    owners = 'SELECT OwnerId FROM Lead WHERE OwnerId NOT IN (SELECT Id FROM User UNION SELECT Id FROM "Group")'
    assert texts(company, owners) == []


def test_the_recent_leads_wait_in_the_queue_inbound(company: State) -> None:
    """About a quarter of the leads are in Inbound, all new and among the youngest; the others belong to people."""
    inbound = "OwnerId = (SELECT Id FROM \"Group\" WHERE Name = 'Inbound')"
    waiting = texts(company, f"SELECT CreatedDate FROM Lead WHERE {inbound}")
    assert 0.2 <= len(waiting) / 2_000 <= 0.3
    assert set(texts(company, f"SELECT Status FROM Lead WHERE {inbound}")) == {"New"}
    assert min(waiting) > sorted(texts(company, "SELECT CreatedDate FROM Lead"))[1_300]
    assert len(texts(company, "SELECT DISTINCT OwnerId FROM Lead WHERE OwnerId LIKE '005%'")) >= 6
    assert len(texts(company, "SELECT DISTINCT OwnerId FROM Lead WHERE OwnerId LIKE '00G%'")) == 4


def test_records_were_made_in_the_past_on_working_days(company: State) -> None:
    """No record is younger than the org's time, changes follow creations, few things happen on weekends."""
    for kind in KINDS:
        rows = company.rows(f"SELECT CreatedDate, LastModifiedDate, SystemModstamp FROM {kind}")
        assert all(row[0] <= row[1] <= row[2] <= stamp(NOW) for row in rows)
    days = Counter(texts(company, "SELECT strftime('%w', substr(CreatedDate, 1, 10)) FROM Lead"))
    assert (days["0"] + days["6"]) / 2_000 < 0.08
    assert min(texts(company, "SELECT CreatedDate FROM Lead")) < "2025-08"


def test_some_people_are_there_twice_and_some_data_is_untidy(company: State) -> None:
    """Duplicates, missing parts, shouting and stray spaces are there to be found, though they are the smaller part."""
    twice = "SELECT count(*) FROM Lead WHERE Email IN (SELECT Email FROM Lead GROUP BY Email HAVING count(*) > 1)"
    assert 60 <= company.rows(twice)[0][0] <= 400
    names = texts(company, "SELECT LastName FROM Lead")
    assert any(name.isupper() for name in names)
    assert any(name.islower() for name in names)
    assert any("  " in name for name in texts(company, "SELECT Company FROM Lead"))
    for column in ("Email", "FirstName", "Phone", "Title", "Country"):
        assert 0 < company.rows(f"SELECT count(*) FROM Lead WHERE {column} IS NULL")[0][0] < 600


def test_people_work_where_their_address_says(company: State) -> None:
    """E-mail and website of a lead are on the company's domain or free mail, never on a name somebody could own."""
    addresses = texts(company, "SELECT Email FROM Lead WHERE Email IS NOT NULL UNION SELECT Email FROM Contact")
    assert all(address is None or address.endswith(".example") for address in addresses)
    rows = company.rows("SELECT Email, Website FROM Lead WHERE Email IS NOT NULL AND Website IS NOT NULL")
    same = sum(row["Website"].endswith(row["Email"].split("@")[1]) for row in rows)
    assert same / len(rows) > 0.8
    assert len(set(texts(company, "SELECT DISTINCT Country FROM Lead WHERE Country IS NOT NULL"))) > 15


def test_a_few_leads_were_converted(company: State) -> None:
    """Converted leads are qualified and link to a contact of the same name at the account it belongs to."""
    rows = company.rows(
        "SELECT l.Status, l.Name, c.Name AS contact, l.ConvertedAccountId = c.AccountId AS same, l.ConvertedDate "
        "FROM Lead l JOIN Contact c ON c.Id = l.ConvertedContactId WHERE l.IsConverted = 1"
    )
    assert 20 <= len(rows) <= 80
    assert all(row["Status"] == "Qualified" and row["Name"] == row["contact"] and row["same"] for row in rows)
    assert all(row["ConvertedDate"] for row in rows)


def test_closed_opportunities_say_so(company: State) -> None:
    """Stage, closed, won, probability and expected revenue of an opportunity agree."""
    for row in company.rows("SELECT * FROM Opportunity"):
        assert bool(row["IsClosed"]) == row["StageName"].startswith("Closed")
        assert bool(row["IsWon"]) == (row["StageName"] == "Closed Won")
        assert row["ExpectedRevenue"] == row["Amount"] * row["Probability"] // 100
        assert row["Fiscal"] == f"{row['CloseDate'][:4]} {row['FiscalQuarter']}"


def test_an_empty_org_has_its_people(sown: Sown) -> None:
    """With no records at all, salespeople, one of them gone, queues with members and the lead rule are there."""
    state = sown(leads=0, accounts=0, contacts=0, opportunities=0)
    usernames = texts(state, "SELECT Username FROM User WHERE IsActive = 1")
    assert {"ana@example.com", "ben@example.com", "carla@example.com", "dev@example.com", "eve@example.com"} <= set(
        usernames
    )
    assert len(texts(state, "SELECT Id FROM User WHERE IsActive = 0")) == 1
    queues = texts(
        state, "SELECT g.Name FROM \"Group\" g JOIN QueueSobject q ON q.QueueId = g.Id WHERE q.SobjectType = 'Lead'"
    )
    assert sorted(queues) == ["APAC", "Americas", "EMEA", "Inbound"]
    assert len(texts(state, "SELECT DISTINCT GroupId FROM GroupMember")) == 4


def test_progress_is_told_while_records_are_made(sown: Sown) -> None:
    """Whoever waits is told how far it is, up to the whole."""
    state = sown(leads=0, accounts=0, contacts=0, opportunities=0)
    told: list[tuple[str, int, int]] = []
    sow(state, NOW, Amounts(leads=4_500, accounts=0, contacts=0, opportunities=0), 1, lambda *step: told.append(step))
    assert [step for step in told if step[0] == "Lead"] == [("Lead", n, 4_500) for n in (2_000, 4_000, 4_500)]


def test_phones_have_the_country_code_or_the_area(company: State) -> None:
    """Phone numbers are of fictitious ranges: the subscriber's part holds 555 or 7946 0."""
    phones = texts(company, "SELECT Phone FROM Contact WHERE Phone IS NOT NULL")
    assert all(re.search(r"555|55 50|79460", re.sub(r"[ .-]", "", phone)) for phone in phones)


@pytest.mark.long
def test_many_records_take_little_time_and_memory(sown: Sown) -> None:
    """20,000 leads take under ten seconds of computing, and memory does not grow with their number."""
    state = sown(leads=0, accounts=0, contacts=0, opportunities=0)
    began = time.process_time()
    tracemalloc.start()
    peaks = []
    for leads in (4_000, 16_000):
        sow(state, NOW, Amounts(leads=leads, accounts=0, contacts=0, opportunities=0), 1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
    tracemalloc.stop()
    assert time.process_time() - began < 20  # tracing doubles it
    assert peaks[1] < peaks[0] * 1.6 + 8_000_000
