"""Every key of sfsync.toml, declared once: its name, kind, default and one sentence for the docs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from sfsync.settings import kinds
from sfsync.settings.freezes import EVERY_DAY, Moment
from sfsync.settings.kinds import Kind

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[T_co]):
    """One key of a table."""

    name: str
    kind: Kind[T_co]
    default: T_co | None
    sentence: str
    shown: str = ""  # how the docs write the default, where its TOML form is not plain from the value


@dataclass(frozen=True, slots=True)
class Table:
    """One table. A `many` table is one of a family: the admin names each, as in `[sobjects.Lead]`."""

    name: str
    sentence: str
    keys: tuple[Key[object], ...]
    many: bool = False


UTC_ZONE = ZoneInfo("UTC")

ORG_LOCAL = Key("local", kinds.FLAG, False, "Work with the local org of this folder, started when it is needed.")
ORG_URL: Key[str | None] = Key("url", kinds.ORG_URL, None, "The org's own address, as https://acme.my.salesforce.com.")
ORG_LOGIN: Key[str | None] = Key("login", kinds.LOGIN, None, "How to sign in.")
ORG_ID: Key[str | None] = Key(
    "id", kinds.ORG_ID, None, "The org's id; another org is refused, and a production org is written to only with it."
)
ORG_CLIENT_ID: Key[str | None] = Key("client_id", kinds.SECRET, None, "The consumer key of the app to sign in as.")
ORG_CLIENT_SECRET: Key[str | None] = Key("client_secret", kinds.SECRET, None, "The consumer secret of that app.")
ORG_REFRESH_TOKEN: Key[str | None] = Key(
    "refresh_token", kinds.SECRET, None, "The token a person's sign-in gave, for login = refresh_token."
)
NETWORK_PROXY: Key[str | None] = Key(
    "proxy", kinds.PROXY, None, "The proxy to go through; proxies named in the environment are ignored."
)
NETWORK_CA_FILE: Key[str | None] = Key(
    "ca_file", kinds.TEXT, None, "A PEM file of the certificates to trust instead of the public ones."
)
MIRROR_URL = Key(
    "url",
    kinds.MIRROR_URL,
    "sqlite:///.sfsync/mirror.db",
    "Where the mirror is kept: a SQLite file, or a PostgreSQL database as `postgresql://user@host/database`.",
)
MIRROR_PASSWORD: Key[str | None] = Key("password", kinds.SECRET, None, "The password of a PostgreSQL user.")
RULES_FOLDER = Key("folder", kinds.TEXT, "rules", "The folder the rules are in.")
RULES_ZONE = Key(
    "zone", kinds.ZONE, UTC_ZONE, "The time zone that days are counted in, for TODAY() and the like.", "UTC"
)
SOBJECT_FIELDS: Key[tuple[str, ...]] = Key(
    "fields", kinds.NAMES, None, "The fields to pull, by API name; Id and the stamps come by themselves. Needed."
)
SOBJECT_REFRESH = Key(
    "refresh",
    kinds.SPAN,
    86_400,
    "How often formulas and roll-ups are read of all records: what they give changes without a trace.",
    "24h",
)
SOBJECT_ASSIGNMENT: Key[str | None] = Key(
    "assignment",
    kinds.ASSIGNMENT,
    None,
    "Let the org's assignment rule run on what is written: the active one, or the one of this id (on Account `active` "
    "runs its territory rules). None runs if left out. A Bulk job can only be given an id.",
)
SOBJECT_DUPLICATES = Key(
    "duplicates",
    kinds.DUPLICATES,
    "refuse",
    "Whether to save what a duplicate rule warns of; what a rule blocks is refused in any case. No Bulk job can.",
    "refuse",
)
SOBJECT_OWNER_CHANGE: Key[tuple[str, ...] | None] = Key(
    "owner_change",
    kinds.OWNER_CHANGE,
    None,
    "Account and Opportunity only: what is done when a record comes to another owner, by the names of SOAP's "
    "OwnerChangeOptions; no other is. `plain` changes owners as any other field, by REST or Bulk, and leaves it to "
    "Salesforce, which takes the team away. The team is kept if left out.",
)
SOBJECT_PROTECTED: Key[tuple[str, ...]] = Key(
    "protected", kinds.FIELD_NAMES, (), "Fields that sfsync never writes, whatever rules or files ask for.", "none"
)
SOBJECT_NEVER_BLANK: Key[tuple[str, ...]] = Key(
    "never_blank", kinds.FIELD_NAMES, (), "Fields that sfsync never clears.", "none"
)
SOBJECT_CONVERTED = Key(
    "converted",
    kinds.CONVERTED,
    "leave",
    "Lead only: what becomes of a change to a lead that was converted. `leave` refuses it; `contact` writes rows of a "
    "file to the contact it became, as far as that has the fields; `write` sends it, which needs the permission View "
    "and Edit Converted Leads.",
    "leave",
)
SOBJECT_CONFLICTS: Key[Mapping[str, str]] = Key(
    "conflicts",
    kinds.STANCE,
    {"otherwise": "ask"},
    "Who wins a field that rules and somebody in the org both moved away from what was last agreed: `ask` waits for "
    "`sfsync conflicts`; `newest` is the later of the change in the org and of what the rules read of the record "
    "(those seen in one pull: the org), else of what they concluded. "
    'By field as `{ Score__c = "ours", otherwise = "ask" }`.',
    "ask",
)
SCHEDULE_RUN: Key[str] = Key("run", kinds.RUN, None, "What to do. Needed.")
SCHEDULE_SOBJECTS: Key[tuple[str, ...] | None] = Key(
    "sobjects", kinds.NAMES, None, "The sObjects to do it for; all that are under [sobjects] if left out."
)
SCHEDULE_EVERY: Key[int | None] = Key("every", kinds.SPAN, None, "The time from one start to the next.")
SCHEDULE_CRON: Key[str | None] = Key(
    "cron", kinds.CRON, None, "Times by the clock on the wall, instead of `every`: minute, hour, day, month, weekday."
)
SCHEDULE_ZONE: Key[ZoneInfo | None] = Key("zone", kinds.ZONE, None, "The time zone of `cron`; UTC if left out.")
SCHEDULE_PRIORITY = Key(
    "priority", kinds.COUNT, 0, "Of the schedules that wait, the one with the highest number runs next."
)
FREEZE_FROM: Key[Moment | None] = Key("from", kinds.MOMENT, None, "When it begins. Needed.")
FREEZE_TO: Key[Moment | None] = Key(
    "to", kinds.MOMENT, None, "When it is over; of two times of day one not after `from` is of the next day. Needed."
)
FREEZE_DAYS: Key[frozenset[int]] = Key(
    "days", kinds.DAYS, EVERY_DAY, "The days a freeze of every week begins on.", "every day"
)
FREEZE_ZONE = Key("zone", kinds.ZONE, UTC_ZONE, "The time zone of `from` and `to`.", "UTC")
BRAKES_OVERWRITES = Key(
    "overwrites",
    kinds.COUNT,
    500,
    "Records in which a value somebody else gave may be overwritten, per sObject and run.",
)
BRAKES_OVERWRITES_PERCENT = Key(
    "overwrites_percent",
    kinds.PERCENT,
    20.0,
    "The same as a share of the sObject's records; the lower of the two holds.",
)
BRAKES_CLEARS_PERCENT = Key(
    "clears_percent",
    kinds.PERCENT,
    1.0,
    "The share of records in which a value somebody else gave may be cleared.",
    "1",
)
BRAKES_DELETES = Key("deletes", kinds.COUNT, 0, "Records that may be deleted, per sObject and run.")
BRAKES_CANARY = Key(
    "canary",
    kinds.COUNT,
    0,
    "Send so many changes first, the others only where those went well, whatever writes them; 0: all at once.",
)
BRAKES_CANARY_REFUSED_PERCENT = Key(
    "canary_refused_percent",
    kinds.PERCENT,
    10.0,
    "The share of those first changes that may be refused before the run stops.",
    "10",
)
BRAKES_APPROVE = Key("approve", kinds.FLAG, False, "Let every plan wait for `sfsync apply PLANFILE`.")
APPROVE_AUTO: Key[Mapping[tuple[str, str], int | None] | None] = Key(
    "auto",
    kinds.ALLOWANCES,
    None,
    "What schedules may do alone: by sObject and field (or `create`, `delete`, `*` for every field) how many records a "
    "run may change, `true` for any number, `false` for none. A plan beyond that waits, whole. If left out, all within "
    "the brakes.",
)
WATCH_STILL: Key[int | None] = Key(
    "still",
    kinds.SPAN,
    None,
    "How long a watermark may stand still before it is an alarm; if left out three times `every`, at least 15 minutes, "
    "or three days with `cron`.",
)
WATCH_QUIET = Key(
    "quiet",
    kinds.FLAG,
    True,
    "Whether it is an alarm when 24 hours bring less than a hundredth of what the same hours brought one week and two "
    "weeks before, all sObjects together; where one of those brought fewer than 100 records nothing is said.",
)
WATCH_APPROVAL = Key(
    "approval",
    kinds.SPAN,
    259_200,
    "How long plans may wait for a person where `[brakes] approve = true` has them wait, before that is an alarm.",
    "3d",
)
BUDGET_CALLS_PER_RUN: Key[int | None] = Key(
    "calls_per_run", kinds.COUNT, None, "API calls that one run may make; any number if left out."
)
BUDGET_CALLS_PER_DAY: Key[int | None] = Key(
    "calls_per_day", kinds.COUNT, None, "API calls that all runs may make in 24 hours; any number if left out."
)
BUDGET_RESERVE_PERCENT = Key(
    "reserve_percent", kinds.PERCENT, 5.0, "The share of the org's daily API calls that is left to everybody else.", "5"
)
SERVE_LISTEN = Key("listen", kinds.LISTEN, ("127.0.0.1", 8765), "Where /healthz answers.", "127.0.0.1:8765")
SERVE_BEYOND_LOOPBACK = Key(
    "beyond_loopback", kinds.FLAG, False, "Allow `listen` to name an address that other machines can reach."
)
SERVE_DRAIN = Key(
    "drain", kinds.SPAN, 30, "How long a run under way may take to end when the daemon is told to.", "30s"
)
SERVE_PAUSE_FIELD: Key[tuple[str, str] | None] = Key(
    "pause_field",
    kinds.FIELD_PATH,
    None,
    "A checkbox in the org, as User.Sfsync_Paused__c: while any record has it ticked, the daemon begins nothing.",
)

ORG = Table(
    "org",
    "Which org, and how to sign in: `local = true`, or `url`, `login` and what that login needs.",
    (ORG_LOCAL, ORG_URL, ORG_LOGIN, ORG_ID, ORG_CLIENT_ID, ORG_CLIENT_SECRET, ORG_REFRESH_TOKEN),
)
NETWORK = Table("network", "The way to the org.", (NETWORK_PROXY, NETWORK_CA_FILE))
MIRROR = Table("mirror", "The local copy.", (MIRROR_URL, MIRROR_PASSWORD))
RULES = Table("rules", "What decides.", (RULES_FOLDER, RULES_ZONE))
SOBJECTS = Table(
    "sobjects",
    "One table for each sObject that is kept in the mirror.",
    (
        SOBJECT_FIELDS,
        SOBJECT_REFRESH,
        SOBJECT_ASSIGNMENT,
        SOBJECT_DUPLICATES,
        SOBJECT_OWNER_CHANGE,
        SOBJECT_CONVERTED,
        SOBJECT_PROTECTED,
        SOBJECT_NEVER_BLANK,
        SOBJECT_CONFLICTS,
    ),  # fmt: skip
    many=True,
)
SCHEDULE = Table(
    "schedule",
    "One table for each thing `sfsync serve` does by itself; it holds either `every` or `cron`.",
    (SCHEDULE_RUN, SCHEDULE_SOBJECTS, SCHEDULE_EVERY, SCHEDULE_CRON, SCHEDULE_ZONE, SCHEDULE_PRIORITY),
    many=True,
)
FREEZE = Table(
    "freeze",
    "One table for each time in which `sfsync serve` writes nothing: runs of `sync` wait until it is over, and one "
    "then stands for all. `from` and `to` are two times of day, for every week, or two dates with times.",
    (FREEZE_FROM, FREEZE_TO, FREEZE_DAYS, FREEZE_ZONE),
    many=True,
)
BRAKES = Table(
    "brakes",
    "How much one run may change before a person has to say yes; a plan beyond that is shown and not applied.",
    (
        BRAKES_OVERWRITES,
        BRAKES_OVERWRITES_PERCENT,
        BRAKES_CLEARS_PERCENT,
        BRAKES_DELETES,
        BRAKES_CANARY,
        BRAKES_CANARY_REFUSED_PERCENT,
        BRAKES_APPROVE,
    ),
)
APPROVE = Table("approve", "What the daemon may do without a person.", (APPROVE_AUTO,))
BUDGET = Table(
    "budget",
    "How many of the org's API calls sfsync may use; a run that would use more ends with exit code 5.",
    (BUDGET_CALLS_PER_RUN, BUDGET_CALLS_PER_DAY, BUDGET_RESERVE_PERCENT),
)
WATCH = Table(
    "watch", "What is an alarm, in `sfsync doctor` and on /healthz.", (WATCH_STILL, WATCH_QUIET, WATCH_APPROVAL)
)
SERVE = Table("serve", "The daemon.", (SERVE_LISTEN, SERVE_BEYOND_LOOPBACK, SERVE_DRAIN, SERVE_PAUSE_FIELD))

TABLES = (ORG, NETWORK, MIRROR, RULES, SOBJECTS, SCHEDULE, FREEZE, BRAKES, APPROVE, BUDGET, WATCH, SERVE)
