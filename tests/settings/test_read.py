"""sfsync.toml becomes settings, or all its problems at once."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.errors import SettingsError
from sfsync.settings.read import read_settings
from sfsync.settings.shapes import BrakeSettings, BudgetSettings, ScheduleSettings, Settings, WatchSettings
from sfsync.settings.starter import starter_settings

LOCAL = "[org]\nlocal = true\n"
LEAD = LOCAL + '[sobjects.Lead]\nfields = ["Name"]\n'
ACCOUNT = LOCAL + '[sobjects.Account]\nfields = ["Name"]\n'


def read(folder: Path, text: str) -> Settings:
    """Read settings written into a folder."""
    file = folder / "sfsync.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file)


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong, as `line:column key: message | next`."""
    with pytest.raises(SettingsError) as caught:
        read(folder, text)
    return [f"{p.where.line}:{p.where.column} {p.where.key}: {p.message} | {p.next}" for p in caught.value.problems]


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    """Two lines are a whole settings file: safe brakes, a mirror beside it, loopback only."""
    found = read(tmp_path, LOCAL)
    assert found.org.local
    assert found.mirror_url == f"sqlite:///{tmp_path}/.sfsync/mirror.db"
    assert found.rules_folder == tmp_path / "rules"
    assert found.zone == ZoneInfo("UTC")
    assert found.brakes == BrakeSettings(500, 20, 1, 0, False)
    assert (found.budget, found.watch) == (BudgetSettings(None, None, 5), WatchSettings(None, True, 259_200))
    assert (found.serve.host, found.serve.port) == ("127.0.0.1", 8765)
    assert (found.sobjects, found.schedules) == ({}, {})


def test_a_budget_and_a_watch_can_be_set(tmp_path: Path) -> None:
    """Calls of a run and of a day, what stays for others, and how long nothing may move, and plans may wait."""
    text = "[budget]\ncalls_per_run = 100\ncalls_per_day = 0\nreserve_percent = 12.5\n"
    text += "[watch]\nstill = '2h'\nquiet = false\napproval = '1d'\n"
    found = read(tmp_path, LOCAL + text)
    assert (found.budget, found.watch) == (BudgetSettings(100, 0, 12.5), WatchSettings(7200, False, 86_400))


def test_a_mirror_can_live_in_postgresql(tmp_path: Path) -> None:
    """The URL names user, host and database, or a socket; the password is named, and read when it is needed."""
    for url in ("postgresql://ana@db.acme.example:5433/sfsync?sslmode=require", "postgresql:///sfsync?host=/run/pg"):
        (tmp_path / "pw").write_text("hunter2")
        (tmp_path / "pw").chmod(0o600)
        found = read(tmp_path, LOCAL + f'[mirror]\nurl = "{url}"\npassword = "file:pw"\n')
        assert found.mirror_url == url and "hunter2" not in repr(found)
        assert found.mirror_password is not None and found.mirror_password.read() == "hunter2"


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program is started from does not matter, and an absolute path stays as it is."""
    (tmp_path / "corp.pem").touch()
    monkeypatch.chdir("/")
    found = read(tmp_path, LOCAL + '[mirror]\nurl = "sqlite:////var/m.db"\n[network]\nca_file = "corp.pem"\n')
    assert found.mirror_url == "sqlite:////var/m.db"
    assert found.network.ca_file == tmp_path / "corp.pem"


def test_a_real_org_is_named_by_address_and_sign_in(tmp_path: Path) -> None:
    """The org's id comes in its long form, secrets stay references until they are read."""
    found = read(
        tmp_path,
        '[org]\nurl = "https://Acme.my.salesforce.com/"\nid = "00D000000000001"\nlogin = "client_credentials"\n'
        'client_id = "env:SF_ID"\nclient_secret = "file:secrets/sf"\n',
    )
    assert not found.org.local
    assert found.org.url == "https://acme.my.salesforce.com"
    assert found.org.id == "00D000000000001EAA"
    assert found.org.client_secret is not None
    assert found.org.client_secret.reference == "file:secrets/sf"
    assert found.org.refresh_token is None


def test_sobjects_and_schedules_keep_the_order_of_the_file(tmp_path: Path) -> None:
    """What is written first is pulled first; a schedule without sObjects is for all of them."""
    found = read(
        tmp_path,
        LOCAL
        + '[sobjects.Zebra__c]\nfields = ["Name", "A__c"]\n[sobjects.Lead]\nfields = ["Status"]\n'
        + '[schedule.often]\nrun = "sync"\nevery = "90s"\nsobjects = ["Lead"]\n'
        + '[schedule.nightly]\nrun = "pull"\ncron = "0 2 * * 1-5"\nzone = "Europe/Madrid"\n',
    )
    assert list(found.sobjects) == ["Zebra__c", "Lead"]
    assert found.sobjects["Zebra__c"].fields == ("Name", "A__c")
    assert list(found.schedules.values()) == [
        ScheduleSettings("sync", ("Lead",), 90, None, ZoneInfo("UTC")),
        ScheduleSettings("pull", ("Zebra__c", "Lead"), None, "0 2 * * mon,tue,wed,thu,fri", ZoneInfo("Europe/Madrid")),
    ]


def test_what_else_the_org_does_with_a_write_is_set_for_each_sobject(tmp_path: Path) -> None:
    """Nothing by itself; the active assignment rule, or one by id; and doubles where told."""
    found = read(
        tmp_path,
        LOCAL + '[sobjects.Lead]\nfields = ["Status"]\nassignment = "01Q000000000001"\nduplicates = "save"\n'
        '[sobjects.Account]\nfields = ["Name"]\nassignment = "active"\n[sobjects.Contact]\nfields = ["Name"]\n',
    ).sobjects
    assert [(one.assignment, one.duplicates) for one in found.values()] == [
        ("01Q000000000001EAA", "save"), ("active", "refuse"), (None, "refuse"),
    ]  # fmt: skip


def test_every_problem_is_told_at_once_and_in_file_order(tmp_path: Path) -> None:
    """One reading tells all that is wrong, each with line, column and key, and what was meant."""
    told = problems(
        tmp_path,
        '[org]\nlocal = "yes"\n[sobject.Lead]\nx = 1\n[sobjects.Lead]\nfeilds = ["Name"]\n[brakes]\ndeletes = -1\n',
    )
    assert told == [
        "2:1 org.local: true or false is needed (without quotes), found text | ",
        "3:2 sobject: there is no setting 'sobject' here | did you mean sobjects?",
        '5:11 sobjects.Lead: fields is missing | fields = ["Name", "OwnerId"]',
        "6:1 sobjects.Lead.feilds: there is no setting 'feilds' here | did you mean fields?",
        "8:1 brakes.deletes: it cannot be less than 0 | ",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1 org: no org is named | local = true"),
        ("[org]\nlocal = false\n", "1:2 org: no org is named"),
        ("[org]\nurl = 'https://a.my.salesforce.com'\n", "1:2 org: login is missing"),
        (
            "[org]\nurl = 'https://a.my.salesforce.com'\nlogin = 'refresh_token'\n",
            "1:2 org: client_id and refresh_token are missing",
        ),
        (LOCAL + "url = 'https://a.my.salesforce.com'\n", "3:1 org.url: the local org needs no address"),
        ("[org]\nurl = 'http://a.com'\nlogin = 'client_credentials'\n", "2:1 org.url: 'http://a.com' is no URL"),
        (LOCAL + "login = 'client_credential'\n", "did you mean client_credentials?"),
        (LOCAL + "id = '00Q000000000001'\n", "3:1 org.id: '00Q000000000001' is no org id"),
        ("local = true\n", "1:1 local: there is no setting 'local' here | it belongs under [org]"),
        ("org = 5\n", "1:1 org: a table is needed here, found a number | write [org]"),
        (LOCAL + "[network]\nproxy = 'proxy:3128'\n", "4:1 network.proxy"),
        (LOCAL + "[network]\nproxy = 'http://proxy:99999'\n", "4:1 network.proxy"),
        (LOCAL + "[network]\nca_file = 'none.pem'\n", "4:1 network.ca_file: there is no file"),
        (LOCAL + "[mirror]\nurl = 'mirror.db'\n", "4:1 mirror.url: a mirror is a file"),
        (LOCAL + "[mirror]\nurl = 'sqlite://mirror.db'\n", "three strokes"),
        (LOCAL + "[mirror]\nurl = 'sqlite:///'\n", "needs a file"),
        (LOCAL + "[rules]\nzone = 'Europe/Madird'\n", "did you mean Europe/Madrid?"),
        (LOCAL + "[rules]\nzone = '../etc/passwd'\n", "no time zone"),
        (LOCAL + "[rules]\nfolder = ''\n", "it is empty"),
        (LOCAL + "[sobjects]\nLead = 1\n", "4:1 sobjects.Lead: a table is needed here"),
        (LOCAL + "sobjects = 1\n[x]\n", "no setting 'sobjects'"),
        (LOCAL + "[sobjects.Lead]\nfields = []\n", "4:1 sobjects.Lead.fields: the list is empty"),
        (LOCAL + "[sobjects.Lead]\nfields = 'Name'\n", "a list of texts is needed"),
        (LOCAL + "[sobjects.Lead]\nfields = ['Name', 1]\n", "and a number is among them"),
        (
            LOCAL + "[sobjects.Lead]\nfields = ['Name',\n 'name']\n",
            "5:2 sobjects.Lead.fields[1]: name is listed already",
        ),
        (LOCAL + "[sobjects.Lead]\nfields = ['Owner.Name']\n", "list OwnerId here"),
        (
            LOCAL + "[sobjects.Lead]\nfields = ['Id FROM User--']\n",
            "4:11 sobjects.Lead.fields[0]: 'Id FROM User--' is no API",
        ),
        (LOCAL + "[sobjects.'Lead, User']\nfields = ['Id']\n", "no API name of an sObject"),
        (LEAD + "assignment = 'on'\n", "'on' will not do: \"active\", or the id of an assignment rule"),
        (LEAD + "duplicates = 'sabe'\n", "did you mean save?"),
        (LEAD + "converted = 'contacts'\n", "did you mean contact?"),
        (ACCOUNT + "converted = 'write'\n", "Account records are not converted, only leads are"),
        (LEAD + "owner_change = 'plain'\n", "Lead has no option plain"),
        (ACCOUNT + "owner_change = 'soap'\n", '"plain", or a list of options'),
        (ACCOUNT + "owner_change = ['KeepAcountTeam']\n", "did you mean KeepAccountTeam?"),
        (ACCOUNT + "owner_change = ['KeepSalesTeam']\n", "Account has no option KeepSalesTeam"),
        (ACCOUNT + "owner_change = ['TransferAllOwnedCases']\n", "is refused without TransferOwnedOpenCases"),
        (LEAD + "[sobjects.LEAD]\nfields = ['Id']\n", "5:11 sobjects.LEAD: it is there already, as Lead"),
        (LEAD + "[schedule.x]\nevery = '60s'\n", "run is missing"),
        (LEAD + "[schedule.x]\nrun = 'synk'\nevery = '60s'\n", "did you mean sync?"),
        (LEAD + "[schedule.x]\nrun = 'sync'\n", "it never comes due"),
        (LEAD + "[schedule.x]\nrun = 'sync'\nevery = '60s'\ncron = '* * * * *'\n", "both every and cron"),
        (LEAD + "[schedule.x]\nrun = 'sync'\nevery = 60\n", "text in quotes is needed, found a number"),
        (LEAD + "[schedule.x]\nrun = 'sync'\nevery = '0s'\n", "out of range"),
        (LEAD + "[schedule.x]\nrun = 'sync'\nevery = 'soon'\n", "'soon' is no span of time"),
        (LEAD + "[schedule.x]\nrun = 'sync'\nevery = '60s'\nzone = 'UTC'\n", "8:1 schedule.x.zone: zone is for cron"),
        (LEAD + "[schedule.x]\nrun = 'sync'\ncron = '0 0 30 2 *'\n", "7:1 schedule.x.cron: '0 0 30 2 *' is never due"),
        (
            LEAD + "[schedule.x]\nrun = 'sync'\nevery = '1d'\nsobjects = ['Leed']\n",
            "no [sobjects.Leed] | did you mean Lead?",
        ),
        (LOCAL + "[brakes]\noverwrites = '5'\n", "a whole number is needed (without quotes), found text"),
        (LOCAL + "[brakes]\noverwrites = true\n", "a whole number is needed"),
        (LOCAL + "[brakes]\nclears_percent = 101\n", "from 0 to 100 is needed, found 101"),
        (LOCAL + "[brakes]\nclears_percent = nan\n", "from 0 to 100 is needed, found nan"),
        (LOCAL + "[brakes]\napprove = 1979-05-27\n", "found a date or time"),
        (LOCAL + "[budget]\ncalls_per_day = -1\n", "it cannot be less than 0"),
        (LOCAL + "[watch]\nstill = 'long'\n", "4:1 watch.still: 'long' is no span of time"),
        (LOCAL + "[serve]\nlisten = '8765'\n", "no host and port"),
        (LOCAL + "[serve]\nlisten = '0.0.0.0:80'\n", "reached from other machines | listen on 127.0.0.1"),
        (LOCAL + "[serve]\nport = 80\n", "there is listen, beyond_loopback, drain"),
    ],
)
def test_each_kind_of_slip_is_refused_at_its_place(tmp_path: Path, text: str, told: str) -> None:
    """A wrong key, kind, name, number, URL, zone or combination is told where it stands, with what was meant."""
    assert told in "\n".join(problems(tmp_path, text))


@pytest.mark.parametrize(
    "line",
    [
        "client_secret = 'hunter2'",
        "client_secert = 'hunter2'",
        "url = 'https://u:hunter2@a.com'",
        "[network]\nproxy = 'http://u:hunter2@proxy:1'",
        "[mirror]\nurl = 'postgresql://u:hunter2@host/db'",
        "client_secret = 'hunter2'\nclient_secret = 'hunter2'",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path, line: str) -> None:
    """A literal secret is an error, and the error does not repeat it."""
    assert "hunter2" not in "\n".join(problems(tmp_path, f"[org]\n{line}\n"))


@pytest.mark.parametrize("listen", ["localhost:0", "[::1]:80", "127.9.9.9:65535"])
def test_loopback_has_several_names(tmp_path: Path, listen: str) -> None:
    """Any address only this machine reaches may be listened on without more words."""
    assert read(tmp_path, LOCAL + f"[serve]\nlisten = '{listen}'\n").serve.host in ("localhost", "::1", "127.9.9.9")


def test_other_machines_are_let_in_only_when_told(tmp_path: Path) -> None:
    """Listening beyond the machine takes a second key."""
    found = read(tmp_path, LOCAL + "[serve]\nlisten = '0.0.0.0:80'\nbeyond_loopback = true\n")
    assert found.serve.host == "0.0.0.0"


def test_a_setting_that_proves_wrong_later_can_be_placed(tmp_path: Path) -> None:
    """A field the org does not have is told with its line, by the places that come with the settings."""
    found = read(tmp_path, LEAD)
    assert str(found.places.where(("sobjects", "Lead", "fields", 0))).endswith(
        "sfsync.toml:4:11: sobjects.Lead.fields[0]"
    )


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good settings file with one to three lines dropped, doubled, cut, shouted or put elsewhere."""
    lines = starter_settings().splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        lines[at : at + 1] = draw(
            st.sampled_from([[], [line, line], [line[: len(line) // 2]], [line.upper()], [lines[-at]], [line[1:]]])
        )
    return "\n".join(lines)


def assert_read_or_refused(folder: Path, text: str) -> None:
    """The text gives settings, or problems that each have a line."""
    try:
        read(folder, text)
    except SettingsError as error:
        assert all(problem.where.line for problem in error.problems)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, text: str) -> None:
    """Whatever happens to a file's lines, it gives settings or problems with a line, never another failure."""
    assert_read_or_refused(tmp_path, text)


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=3_000, deadline=None)
@given(damaged())
def test_thousands_of_damaged_files_are_read_or_refused(tmp_path: Path, text: str) -> None:
    """The same for three thousand of them."""
    assert_read_or_refused(tmp_path, text)


def test_who_wins_and_what_is_never_written_is_said_by_field(tmp_path: Path) -> None:
    """One word for all fields or a table by field; what is no stance, field or number is told in its line."""
    text = 'protected = ["Email"]\nconflicts = { Score__c = "ours", otherwise = "org" }\n'
    lead = read(tmp_path, LEAD + text).sobjects["Lead"]
    assert (lead.protected, lead.never_blank) == (("Email",), ())
    assert lead.conflicts == {"score__c": "ours", "otherwise": "org"}
    assert read(tmp_path, LEAD).sobjects["Lead"].conflicts == {"otherwise": "ask"}
    wrong = 'protected = ["A-B"]\nconflicts = { A = "mine" }\n[approve]\nauto = { Lead = 5 }\n'
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, LEAD + wrong)
    assert [problem.where.line for problem in caught.value.problems] == [5, 6, 8]


def test_what_schedules_may_do_alone_is_counted_by_field(tmp_path: Path) -> None:
    """Numbers and true stand for records of a run; without the table nothing is held back."""
    auto = "[approve]\nauto = { Lead = { Score__c = 500, '*' = true }, Account = { create = 0 } }\n"
    assert read(tmp_path, LOCAL + auto).auto == {
        ("lead", "score__c"): 500, ("lead", "*"): None, ("account", "create"): 0,
    }  # fmt: skip
    assert read(tmp_path, LOCAL).auto is None
