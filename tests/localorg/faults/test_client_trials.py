"""The trials of values and of what strikes the client itself, each seen by a bare client."""

from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.localorg.faults.conftest import LEAD, URL, Bare

BUSY = 503
FORM = f"{URL}/servlet/servlet.WebToLead?encoding=UTF-8"
MAIL = "actions/standard/emailSimple"
LOST = requests.ConnectionError


def _outage(bare: Bare) -> dict[str, object]:
    """Name the time in which nothing is taken: three days from an hour on."""
    return {"from": bare.later(3_600), "until": bare.later(3_600 + 3 * 86_400)}


def _take(bare: Bare, trial: str, **names: object) -> None:
    """Order a trial, and have what somebody does first be done."""
    bare.order(trial, **names)
    for _ in range(4):
        bare.ask("GET", "limits")


def test_f41_a_form_is_posted_twice(bare: Bare) -> None:
    """Whoever posts again what was lost makes two leads; while the org is away no form is taken."""
    bare.order("F41", **_outage(bare))
    form = {"oid": bare.facts["org_id"], "last_name": "Twice", "company": "Acme"}
    with pytest.raises(LOST):
        bare.session.post(FORM, data=form)
    assert bare.session.post(FORM, data=form).headers["Is-Processed"] == "true"
    assert bare.count("SELECT COUNT() FROM Lead WHERE LastName = 'Twice'") == 2
    bare.machine.advance(7_200)
    assert bare.session.post(FORM, data=form).status_code == BUSY
    told = bare.control("GET", "web-leads").json()["web_leads"]
    assert [one["state"] for one in told] == ["done", "done"]


def test_f42_mail_that_is_sent_and_not_marked(bare: Bare) -> None:
    """The mailbox holds what was sent, whatever the sender was told."""
    bare.order("F42", **_outage(bare))
    sent = []
    for subject in ("told nothing", "never sent", "told so"):
        letter = {"emailAddresses": "ana@acme.example", "emailSubject": subject, "emailBody": "Hello"}
        try:
            sent.append(bare.ask("POST", MAIL, {"inputs": [letter]}).json()[0]["isSuccess"])
        except LOST:
            sent.append(None)
    assert sent == [None, None, True]
    held = [one["subject"] for one in bare.control("GET", "mail").json()["mail"]]
    assert held == ["told nothing", "told so"]


HOSTILE = (
    "a\r\nb\tc",
    "say \"x\", 'y'",
    "=cmd|' /C calc'!A0",
    "#N/A",
    "null",
    "00123",
    "🙂é\u0301\u202eabc",
    "a" * 128,
)


@pytest.mark.parametrize("value", HOSTILE)
def test_f51_hostile_values_come_back(bare: Bare, value: str) -> None:
    """Text comes back byte for byte."""
    assert bare.lead(bare.make(Title=value))["Title"] == value


def test_f51_text_is_trimmed_and_empty_text_is_null(bare: Bare) -> None:
    """What Salesforce changes is changed."""
    made = bare.lead(bare.make(Title="  ", Street=" a "))
    assert (made["Title"], made["Street"]) == (None, "a")


def test_f52_numbers_keep_the_digits_of_their_field(bare: Bare) -> None:
    """Fifteen digits come back as they went; -0 is 0."""
    lead = bare.lead(bare.make(AnnualRevenue=999_999_999_999_999, NumberOfEmployees=-0))
    assert (lead["AnnualRevenue"], lead["NumberOfEmployees"]) == (999_999_999_999_999.0, 0)


def test_f53_a_day_is_no_instant(bare: Bare) -> None:
    """A day stays that day, whatever the zone; 29 February, 1700 and 4000 are days."""
    for day in ("2024-02-29", "1700-01-01", "4000-12-31"):
        body = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": day}
        made = bare.ask("POST", "sobjects/Opportunity", body).json()["id"]
        assert bare.ask("GET", f"sobjects/Opportunity/{made}").json()["CloseDate"] == day


def test_f51_others_save_hostile_values(bare: Bare) -> None:
    """What somebody else saved comes out as it went in, by REST and in the CSV of a Bulk job."""
    _take(bare, "F51")
    rows = bare.query("SELECT LastName, Company, Title, Description FROM Lead WHERE Title IN ('null', 'NaN')").json()
    text = 'a\r\nb\rc\n"d"\\'
    assert [(one["Company"], one["Title"]) for one in rows["records"]] == [("#N/A", "null"), ("00123", "NaN")]
    assert rows["records"][0]["Description"] == text and len(rows["records"][1]["Description"]) == 32_000
    assert rows["records"][0]["LastName"].startswith('=1+1\t"Nowak"\u202e')


def test_f52_others_save_numbers_of_18_digits(bare: Bare) -> None:
    """All digits are in the CSV of a Bulk job."""
    _take(bare, "F52")
    soql = "SELECT Whole__c, Small__c FROM Lead WHERE LastName = 'Digits'"
    path = f"jobs/query/{bare.ask('POST', 'jobs/query', {'operation': 'query', 'query': soql}).json()['id']}"
    assert bare.ask("GET", path).json()["state"] == "JobComplete"
    assert bare.ask("GET", f"{path}/results").text.splitlines()[1] == '"123456789012345678.0","0.00000000000000001"'


def test_f53_others_save_days_at_the_ends_of_time(bare: Bare) -> None:
    """1700, 4000 and 29 February come as days, and compare as days."""
    _take(bare, "F53")
    soql = "SELECT CloseDate FROM Opportunity WHERE Name IN ('Old', 'Leap', 'Far') ORDER BY CloseDate"
    days = [one["CloseDate"] for one in bare.query(soql).json()["records"]]
    assert days == ["1700-01-01", "2024-02-29", "4000-12-31"]


def test_f54_a_client_that_is_killed_leaves_what_the_org_did(bare: Bare) -> None:
    """Killed after the commit its record is there, killed before it comes a minute later; the calls tell it."""
    bare.order("F54")
    for key in ("after", "before"):
        with pytest.raises(requests.RequestException):  # here a client is killed
            bare.ask("POST", "sobjects/Lead", {**LEAD, "Ext_Id__c": key}, timeout=5)
    with pytest.raises(requests.ReadTimeout):
        bare.query("SELECT Id FROM Lead", timeout=5)
    assert [one["applied"] for one in bare.calls()] == [True, False, False]
    assert bare.ask("GET", "sobjects/Lead/Ext_Id__c/after").status_code == 200
    bare.machine.advance(60)
    assert bare.ask("GET", "sobjects/Lead/Ext_Id__c/before").status_code == 200


def test_f55_a_client_that_was_frozen_wakes_without_a_session(bare: Bare) -> None:
    """Three hours are gone for the org between two calls."""
    bare.order("F55")
    assert bare.ask("GET", "limits").status_code == 200
    assert bare.ask("GET", "limits").json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_f56_two_writers_are_told_apart(bare: Bare) -> None:
    """The other's value is there beside one's own, and the calls name each writer."""
    lead = bare.make()
    bare.order("F56", lead=lead)
    for agent in ("daemon one", "daemon two"):
        assert bare.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": agent}, headers={"User-Agent": agent}).ok
    now = bare.lead(lead)
    assert (now["Rating"], now["Title"]) == ("Hot", "daemon two")
    writers = [one["headers"]["user-agent"] for one in bare.calls() if one["method"] == "PATCH"]  # type: ignore[index]
    assert writers == ["daemon one", "daemon two"]


def test_f57_a_small_answer_fills_the_disk(bare: Bare) -> None:
    """A few kilobytes on the wire are fifty megabytes on disk: it is full before the body ends."""
    bare.order("F57")
    room = 1_000_000
    with bare.query("SELECT Id FROM Lead", stream=True) as answer:
        assert int(answer.headers["Content-Length"]) < room
        for piece in answer.iter_content(65_536):
            room -= len(piece)
            if room < 0:
                break
    assert room < 0


def test_f58_every_pull_finds_all_changed(bare: Bare) -> None:
    """Whatever the client keeps of each change grows with each pull, though nothing was changed by anybody."""
    bare.order("F58")
    for number in range(3):
        bare.machine.advance(60)
        since = bare.machine.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        before = bare.machine.monotonic()
        found = bare.query(f"SELECT Id FROM Lead WHERE SystemModstamp >= {since}")
        assert found.json()["totalSize"] == 500
        assert (bare.machine.monotonic() - before > 100) == (number == 1)
    assert bare.control("GET", "contents").json()["counts"]["Lead"] == 500


def test_f59_the_night_passes(bare: Bare) -> None:
    """The Date of answers is a day later, then an hour earlier."""
    bare.order("F59")
    dates = [parsedate_to_datetime(bare.session.get(f"{URL}/services/data").headers["Date"]) for _ in range(3)]
    assert [(one - dates[0]).total_seconds() for one in dates] == [0, 86_400, 82_800]


def test_f60_settings_that_are_wrong(bare: Bare) -> None:
    """The field they name is gone, the login leads elsewhere, and the org is no sandbox."""
    bare.order("F60", other_org="other.my.salesforce.com")
    fields = {one["name"] for one in bare.ask("GET", "sobjects/Lead/describe").json()["fields"]}
    assert "Score__c" in fields and "Grade__c" not in fields
    assert bare.sign_in().json()["instance_url"] == "https://other.my.salesforce.com"
    bare.control("POST", "settings", {"production": True})
    assert bare.query("SELECT IsSandbox FROM Organization").json()["records"][0]["IsSandbox"] is False
    bare.control("POST", "settings", {"production": False})
    assert bare.query("SELECT IsSandbox FROM Organization").json()["records"][0]["IsSandbox"] is True
