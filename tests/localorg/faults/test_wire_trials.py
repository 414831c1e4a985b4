"""The trials of sessions, limits, lost answers and spoilt bodies, each seen by a bare client."""

import gzip

import pytest
import requests

from tests.localorg.faults.conftest import DATA, LEAD, SMALL, URL, Bare

ALL = "SELECT Id FROM Lead ORDER BY Id"
LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
EXPIRED = "INVALID_SESSION_ID"


def error(answer: requests.Response) -> tuple[int, str]:
    """Give status and code of an error."""
    return answer.status_code, answer.json()[0]["errorCode"]


def test_f01_the_session_expires_between_pages(bare: Bare) -> None:
    """The second page is refused with 401; after a new login the same page is there."""
    bare.order("F01")
    first = bare.query(ALL)
    assert error(bare.page(first)) == (401, EXPIRED)
    bare.session.headers["Authorization"] = f"Bearer {bare.sign_in().json()['access_token']}"
    assert len(bare.ids(bare.page(first))) == 200


def test_f02_the_session_expires_on_a_write_with_headers(bare: Bare) -> None:
    """The create is refused with 401 and nothing is made; the calls show its headers."""
    bare.order("F02")
    before, headers = bare.count(), {"Sforce-Auto-Assign": "FALSE"}
    assert error(bare.ask("POST", "sobjects/Lead", LEAD, headers=headers)) == (401, EXPIRED)
    assert bare.calls()[-1]["headers"]["sforce-auto-assign"] == "FALSE"  # type: ignore[index]
    bare.session.headers["Authorization"] = f"Bearer {bare.sign_in().json()['access_token']}"
    assert bare.count() == before


def test_f03_login_and_permission_are_dead_for_good(bare: Bare) -> None:
    """Every call is refused with 401, every login with 400."""
    bare.order("F03")
    for _ in range(3):
        assert error(bare.ask("GET", "limits")) == (401, EXPIRED)
        refused = bare.sign_in()
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_f04_several_workers_see_401_at_once(bare: Bare) -> None:
    """Once the session has ended all who share it are refused."""
    bare.order("F04")
    assert [bare.query(ALL).status_code for _ in range(3)] == [401, 401, 401]


def test_f05_the_session_expires_while_a_job_runs(bare: Bare) -> None:
    """The look at a running job is refused; after a new login the job is still there and ends."""
    bare.control("POST", "settings", {"bulk_jobs": "polls:2"})
    bare.order("F05")
    path = bare.job("insert", "Lead", "LastName,Company\nNowak,Acme\n")
    assert bare.ask("GET", path).json()["state"] == "InProgress"
    assert error(bare.ask("GET", path)) == (401, EXPIRED)
    bare.session.headers["Authorization"] = f"Bearer {bare.sign_in().json()['access_token']}"
    states = [bare.ask("GET", path).json()["state"] for _ in range(3)]
    assert states[-1] == "JobComplete"


def test_f06_the_daily_limit_is_reached(bare: Bare) -> None:
    """Every call is refused, with a header that says all is spent, until the window has passed."""
    bare.order("F06", **{"from": bare.later(60), "until": bare.later(3600)})
    assert bare.ask("GET", "limits").status_code == 200
    bare.machine.advance(60)
    refused = bare.ask("GET", "limits")
    assert error(refused) == (403, "REQUEST_LIMIT_EXCEEDED")
    used, most = refused.headers["Sforce-Limit-Info"].removeprefix("api-usage=").split("/")
    assert used == most
    bare.machine.advance(3540)
    assert bare.ask("GET", "limits").status_code == 200


def test_f07_too_many_calls_at_the_same_time(bare: Bare) -> None:
    """The code is that of the daily limit, the words are others, and after 40 seconds it is over."""
    bare.order("F07", **{"from": bare.later(0), "until": bare.later(40)})
    refused = bare.ask("GET", "limits")
    assert error(refused) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "Concurrent" in refused.json()[0]["message"]
    bare.machine.advance(40)
    assert bare.ask("GET", "limits").status_code == 200


def test_f08_a_storm_of_503(bare: Bare) -> None:
    """First every answer is HTML with 503, then about three in ten, then none; the same ones each time."""
    bare.order("F08", **{"from": bare.later(0), "middle": bare.later(600), "until": bare.later(1200)})
    answers = [bare.ask("GET", "limits") for _ in range(5)]
    assert {one.status_code for one in answers} == {503} and "Retry-After" not in answers[0].headers
    assert answers[0].headers["Content-Type"] == "text/html"
    bare.machine.advance(600)
    statuses = [bare.ask("GET", "limits").status_code for _ in range(100)]
    assert 15 <= statuses.count(503) <= 45
    bare.machine.advance(600)
    assert {bare.ask("GET", "limits").status_code for _ in range(20)} == {200}


def test_f09_another_integration_eats_the_allowance(bare: Bare) -> None:
    """The header climbs by far more than one's own calls."""
    bare.order("F09")
    told = [bare.ask("GET", "limits").headers["Sforce-Limit-Info"] for _ in range(2)]
    used = [int(one.removeprefix("api-usage=").split("/")[0]) for one in told]
    assert used == [500_001, 1_000_002]


def test_f10_a_request_is_lost_before_it_is_done(bare: Bare) -> None:
    """The line is cut, and nothing was made."""
    before = bare.count()
    bare.order("F10")
    with pytest.raises(LOST):
        bare.make()
    assert bare.count() == before


def test_f11_an_answer_is_lost_after_all_is_done(bare: Bare) -> None:
    """Cut line, client out of patience, proxy out of patience: each time the record is there."""
    before = bare.count()
    bare.order("F11")
    with pytest.raises(LOST):
        bare.make(Ext_Id__c="a")
    with pytest.raises(requests.ReadTimeout):
        bare.ask("POST", "sobjects/Lead", {**LEAD, "Ext_Id__c": "b"}, timeout=30)
    refused = bare.ask("POST", "sobjects/Lead", {**LEAD, "Ext_Id__c": "c"})
    assert (refused.status_code, refused.text) == (502, "<html>Bad Gateway</html>")
    assert bare.count() == before + 3
    assert bare.ask("GET", "sobjects/Lead/Ext_Id__c/c").status_code == 200


def test_f12_an_answer_is_lost_after_mixed_results(bare: Bare) -> None:
    """Of 200 records some are made and some refused, and the client is told nothing."""
    before = bare.count()
    bare.order("F12")
    records = [{"attributes": {"type": "Lead"}, **LEAD, "Ext_Id__c": f"k{n}"} for n in range(200)]
    with pytest.raises(LOST):
        bare.ask("POST", "composite/sobjects", {"records": records})
    made = bare.count() - before
    assert 110 <= made <= 170


def test_f13_a_ghost_write(bare: Bare) -> None:
    """The line is cut and nothing is there; five minutes later it is, over what was written meanwhile."""
    lead = bare.make(Title="old")
    bare.order("F13")
    with pytest.raises(LOST):
        bare.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "ghost"})
    bare.machine.advance(60)
    assert bare.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "newer"}).status_code == 204
    assert bare.lead(lead)["Title"] == "newer"
    bare.machine.advance(300)
    after = bare.lead(lead)
    assert (after["Title"], after["LastModifiedDate"]) == ("ghost", "2026-11-24T12:35:00.000+0000")
    ghost = next(one for one in bare.calls() if one["faults"] and one["applied"])
    assert (ghost["path"], ghost["dropped"]) == (f"/services/data/v59.0/sobjects/Lead/{lead}", True)


def test_f14_trickle_and_silence(bare: Bare) -> None:
    """A body of one byte a second takes its time; silence at any place ends in a timeout."""
    bare.order("F14")
    before = bare.machine.monotonic()
    slow = bare.query("SELECT Id FROM Lead LIMIT 1", timeout=5)
    assert bare.machine.monotonic() - before == pytest.approx(len(slow.content), abs=1)
    for _ in range(2):
        with pytest.raises(requests.ReadTimeout):
            bare.query(ALL, timeout=5)
    with pytest.raises(requests.ConnectionError, match="timed out"):
        bare.query(ALL, timeout=5)


def test_f15_a_body_without_a_length_ends_early(bare: Bare) -> None:
    """The client sees status 200 and no error of the line; the JSON is not whole."""
    bare.order("F15")
    for _ in range(2):
        answer = bare.query(ALL)
        assert answer.status_code == 200 and "Content-Length" not in answer.headers
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
    assert answer.text.count('"Id"') == 2 and answer.text.endswith("}")
    assert len(bare.ids(bare.query(ALL))) == 200


def test_f16_gzip_that_is_broken(bare: Bare) -> None:
    """Cut short, with a wrong checksum, without its end: a client that unpacks strictly finds each out."""
    bare.order("F16")
    for _ in range(3):
        with bare.query(ALL, stream=True) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            packed = answer.raw.read(decode_content=False)
            assert len(packed) == int(answer.headers["Content-Length"])
        with pytest.raises((EOFError, gzip.BadGzipFile)):
            gzip.decompress(packed)
    assert len(bare.ids(bare.query(ALL))) == 200


def test_f17_a_page_that_is_short_or_counts_wrongly(bare: Bare) -> None:
    """Both pages are whole JSON; the one lacks records, the other tells more than there are."""
    bare.order("F17")
    short, wrong = bare.query(ALL).json(), bare.query(ALL).json()
    assert (len(short["records"]), short["totalSize"], short["done"]) == (2, 500, False)
    assert (len(wrong["records"]), wrong["totalSize"]) == (200, 507)


def test_f17_results_of_jobs_count_wrongly_too(bare: Bare) -> None:
    """Rows of CSV are left out at their ends, and Sforce-NumberOfRecords says otherwise."""
    made = bare.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
    assert bare.ask("GET", f"jobs/query/{made}").json()["state"] == "JobComplete"
    bare.order("F17")
    short, wrong = (bare.ask("GET", f"jobs/query/{made}/results") for _ in range(2))
    assert (len(short.text.splitlines()), short.headers["Sforce-NumberOfRecords"]) == (3, "500")
    assert (len(wrong.text.splitlines()), wrong.headers["Sforce-NumberOfRecords"]) == (501, "507")


def test_f18_status_200_with_something_else(bare: Bare) -> None:
    """A login page, a maintenance page, nothing, a byte order mark, JSON of another shape."""
    bare.order("F18")
    html, maintenance, empty, bom, shape = (bare.query(ALL) for _ in range(5))
    assert {one.status_code for one in (html, maintenance, empty, bom, shape)} == {200}
    assert "<form" in html.text and "maintenance" in maintenance.text and empty.content == b""
    assert bom.content.startswith(b"\xef\xbb\xbf{") and "records" not in shape.json()


def test_f19_the_answer_of_another_request(bare: Bare) -> None:
    """Each query but the first is answered with what the one before had asked for."""
    bare.order("F19")
    asked = [bare.query(f"SELECT Id FROM {name} LIMIT 1").json() for name in ("Lead", "Account", "Contact")]
    assert [one["records"][0]["attributes"]["type"] for one in asked] == ["Lead", "Lead", "Account"]


def test_f20_the_org_moves(bare: Bare) -> None:
    """The old host is gone; a login tells the new one, which answers."""
    bare.order("F20", new_host="na2.my.salesforce.com", old_host="acme.my.salesforce.com")
    assert bare.ask("GET", "limits").status_code == 410
    assert bare.sign_in().json()["instance_url"] == "https://na2.my.salesforce.com"
    assert bare.session.get("https://na2.my.salesforce.com/services/data/v59.0/limits").status_code == 200


def _pages(bare: Bare, most: int = 10) -> tuple[list[list[str]], list[str]]:
    """Follow a query to its end, or so many pages; give the ids of each and the addresses."""
    answer = bare.query(ALL)
    pages, addresses = [bare.ids(answer)], []
    while "nextRecordsUrl" in answer.json() and len(pages) < most:
        addresses.append(str(answer.json()["nextRecordsUrl"]))
        answer = bare.page(answer)
        pages.append(bare.ids(answer))
    return pages, addresses


def test_f21_a_page_comes_twice(bare: Bare) -> None:
    """The same records come again under an address not seen before; in the end none is missing."""
    bare.order("F21")
    pages, addresses = _pages(bare)
    assert pages[1] == pages[2] and len(set(addresses)) == len(addresses)
    assert len({one for page in pages for one in page}) == 500


def test_f22_a_page_is_skipped(bare: Bare) -> None:
    """The pages end well, and 200 records were never shown."""
    bare.order("F22")
    pages, _ = _pages(bare)
    assert len({one for page in pages for one in page}) == 300


def test_f22_a_page_of_a_job_is_skipped(bare: Bare) -> None:
    """The locator leads past rows."""
    made = bare.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
    bare.ask("GET", f"jobs/query/{made}")
    bare.control("POST", "faults", {"do": "skip_page", "times": 1})
    results = f"{DATA}/jobs/query/{made}/results"
    first = bare.session.get(results, params={"maxRecords": 100})
    second = bare.session.get(results, params={"maxRecords": "100", "locator": first.headers["Sforce-Locator"]})
    rest = bare.session.get(results, params={"maxRecords": "900", "locator": second.headers["Sforce-Locator"]})
    assert sum(len(one.text.splitlines()) - 1 for one in (first, second, rest)) == 400


def test_f23_the_address_never_ends(bare: Bare) -> None:
    """The next address is the present one, for ever."""
    bare.order("F23")
    pages, addresses = _pages(bare)
    assert len(pages) == 10 and len(set(addresses)) == 1


def test_f24_a_locator_or_a_result_is_no_longer_there(bare: Bare) -> None:
    """The later page is INVALID_QUERY_LOCATOR, the results of the job are 404."""
    made = bare.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
    bare.order("F24")
    assert error(bare.page(bare.query(ALL))) == (400, "INVALID_QUERY_LOCATOR")
    assert error(bare.ask("GET", f"jobs/query/{made}/results")) == (404, "NOT_FOUND")


def test_every_answer_of_a_trial_can_be_told_from_the_orgs_own(bare: Bare) -> None:
    """The record of calls names the faults that struck, whatever the client was told."""
    bare.control("POST", "faults", {"id": "mine", "do": {"wrong_body": "html"}, "times": 1})
    bare.session.get(f"{URL}/services/data/v59.0/limits", headers=SMALL)
    assert [one["faults"] for one in bare.calls()] == [["mine"]]
