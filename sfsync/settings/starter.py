"""What a new working folder begins with: the shipped rules, and a settings file with a word on every part."""

from importlib.resources import files
from pathlib import Path

import sfsync
from sfsync.errors import SettingsError

_LEAD = (
    *("Id", "LastName", "FirstName", "Name", "Title", "Company"),
    *("Street", "City", "State", "PostalCode", "Country", "Phone", "Email"),
    *("LeadSource", "Status", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees"),
    *("OwnerId", "IsConverted", "CreatedDate", "LastModifiedDate", "SystemModstamp"),
)
_LEAD_OURS = ("Score__c", "Grade__c", "Sfsync_Why__c", "Sfsync_Key__c")
_STAMPS = ("OwnerId", "CreatedDate", "LastModifiedDate", "SystemModstamp", "Sfsync_Key__c")
_ACCOUNT = (
    *("Id", "Name", "Type", "ParentId", "Industry", "Rating", "Phone", "Website"),
    *("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry"),
    *("AnnualRevenue", "NumberOfEmployees", *_STAMPS),
)
_CONTACT = (
    *("Id", "LastName", "FirstName", "Name", "AccountId", "Title", "Email", "Phone", "MobilePhone"),
    *("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry", "LeadSource", *_STAMPS),
)
_OPPORTUNITY = (
    *("Id", "Name", "AccountId", "StageName", "Amount", "Probability", "CloseDate", "Type", "LeadSource"),
    *("IsClosed", "IsWon", "ForecastCategoryName", *_STAMPS),
)

_TEXT = """\
# Settings of sfsync. Every key is explained in docs/reference/settings.md; `sfsync doctor` looks all of it over.

[org]
local = true
# A real org instead: take out the line above, and say where it is and how to sign in. Secrets are never written here:
# env:NAME is a variable of the environment, file:PATH a file beside this one with mode 0600.
# url = "https://acme.my.salesforce.com"
# id = "00D..."                        # nothing is written to a production org unless its id stands here
# login = "client_credentials"
# client_id = "env:SF_CLIENT_ID"
# client_secret = "file:secrets/sf"

# [network]
# proxy = "http://proxy:3128"          # proxies, netrc and certificates named in the environment are ignored
# ca_file = "corp.pem"

[mirror]
url = "sqlite:///.sfsync/mirror.db"

[rules]
folder = "rules"
zone = "UTC"                           # whose midnight begins a day, for TODAY() in rules

# What is kept in the mirror. Sfsync_Key__c (Text 64, External ID, Unique) lets sfsync create records without ever
# making one twice; Score__c, Grade__c and Sfsync_Why__c are what the shipped rules write. Take out what the org lacks.

[sobjects.Lead]
fields = [
{lead},
    # written by the rules, and the key of what sfsync creates:
{lead_ours},
]
# Who wins where the rules and somebody in the org both changed a field: "ask" lets it wait for `sfsync conflicts`.
conflicts = {{ Score__c = "ours", Grade__c = "ours", Sfsync_Why__c = "ours", otherwise = "ask" }}
# protected = ["Email"]                # never written by sfsync; never_blank = ["Phone"] are never cleared

[sobjects.Account]
fields = [
{account},
]

[sobjects.Contact]
fields = [
{contact},
]

[sobjects.Opportunity]
fields = [
{opportunity},
]

# What `sfsync serve` does by itself: "pull" looks, "sync" pulls, decides and writes, "verify" compares.

[schedule.leads]
run = "sync"
sobjects = ["Lead"]
every = "60s"

# [schedule.everything]
# run = "pull"
# cron = "0 6 * * mon-fri"
# zone = "Europe/Madrid"

# When the daemon writes nothing: every week, or at a date.

# [freeze.quarter_end]
# from = "2026-12-30 18:00"
# to = "2027-01-02 08:00"

# How many records of an sObject one run may change without asking, where somebody else gave the value that goes.

[brakes]
overwrites = 500
overwrites_percent = 20
clears_percent = 1
deletes = 0
approve = false                        # true: plans wait for `sfsync apply PLANFILE`
# canary = 50                          # send so many first, the others only where those went well

# What schedules may do without a person; a plan beyond that is kept in a file and waits for `sfsync apply PLANFILE`.

# [approve]
# auto = {{ Lead = {{ Score__c = true, Grade__c = true, Sfsync_Why__c = true, OwnerId = 50 }} }}

# How many of the org's API calls sfsync may use; the org's other users keep the reserve.

# [budget]
# calls_per_run = 2000
# calls_per_day = 20000
# reserve_percent = 5

[serve]
listen = "127.0.0.1:8765"
"""


def shipped_folder(name: str = "rules") -> Path:
    """Find a folder of the shipped set: inside an installed package, or at the top of a checkout.

    Raises SettingsError where it is in neither.
    """
    installed = Path(str(files(sfsync))) / "starter" / name
    checkout = Path(sfsync.__file__).resolve().parents[1]
    if installed.is_dir():
        return installed
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    raise SettingsError(f"the shipped {name} are missing from this installation", todo="install sfsync anew")


def starter_settings() -> str:
    """Write the settings file of a new working folder, wired to its local org."""
    return _TEXT.format(
        lead=_listed(_LEAD),
        lead_ours=_listed(_LEAD_OURS),
        account=_listed(_ACCOUNT),
        contact=_listed(_CONTACT),
        opportunity=_listed(_OPPORTUNITY),
    )


def _listed(fields: tuple[str, ...]) -> str:
    """Write fields as the inside of a TOML list, several to a line."""
    lines = [""]
    for field in fields:
        text = f'"{field}"'
        if lines[-1] and len(lines[-1]) + len(text) > 100:
            lines.append("")
        lines[-1] += f", {text}" if lines[-1] else text
    return ",\n".join(f"    {line}" for line in lines)
