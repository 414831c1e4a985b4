"""Settings as values: what the rest of the program gets to see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sfsync.settings.freezes import Freeze
from sfsync.settings.places import Places
from sfsync.settings.secrets import Secret


@dataclass(frozen=True, slots=True)
class OrgSettings:
    """Which org, and how to sign in."""

    local: bool  # the local org of the working folder; all below is None then
    url: str | None  # https://host, nothing behind it
    login: str | None  # client_credentials or refresh_token
    id: str | None  # 18 characters: the only org that may be written to
    client_id: Secret | None
    client_secret: Secret | None
    refresh_token: Secret | None


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """The way to the org."""

    proxy: str | None  # http://host:port
    ca_file: Path | None  # absolute; certificates trusted instead of the public ones


@dataclass(frozen=True, slots=True)
class SObjectSettings:
    """What is pulled of one sObject."""

    fields: tuple[str, ...]  # API names, in file order
    refresh_seconds: int = 86_400  # how often formulas and roll-ups are read of all records
    assignment: str | None = None  # `active`, or the id of the assignment rule that runs on what is written
    duplicates: str = "refuse"  # or save: what a duplicate rule warns of
    owner_change: tuple[str, ...] | None = None  # options carried out; `plain` alone: none are told; None: the usual
    converted: str = "leave"  # contact, or write: what becomes of changes to leads that were converted
    protected: tuple[str, ...] = ()  # API names of fields that are never written
    never_blank: tuple[str, ...] = ()  # ... that are never cleared
    conflicts: Mapping[str, str] = field(
        default_factory=lambda: {"otherwise": "ask"}
    )  # who wins, by field in lower case and `otherwise`: org, ours, newest or ask


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """One thing the daemon does again and again. Either `every_seconds` or `cron` is set."""

    run: str  # pull, sync or verify
    sobjects: tuple[str, ...]
    every_seconds: int | None
    cron: str | None  # five fields, numbers and lists only, weekdays by name
    zone: ZoneInfo  # the clock on the wall that `cron` is read by
    priority: int = 0  # of those that wait the highest runs next


@dataclass(frozen=True, slots=True)
class BrakeSettings:
    """How much one run may change of one sObject before a person has to say yes."""

    overwrites: int  # records
    overwrites_percent: float  # of the sObject's records in the mirror
    clears_percent: float
    deletes: int
    approve: bool  # every plan waits for a person
    canary: int = 0  # changes that are sent first, and looked at, before the others; 0: none
    canary_refused_percent: float = 10.0  # of them, that may be refused


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """How many of the org's API calls may be used."""

    calls_per_run: int | None  # None: any number
    calls_per_day: int | None
    reserve_percent: float  # of the org's daily calls, left to everybody else


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What is an alarm."""

    still_seconds: int | None  # how long a watermark may stand still; None: by its schedules
    quiet: bool  # a day that brings hardly anything
    approval_seconds: int  # how long a plan may wait for the approval that settings ask for


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """The daemon."""

    host: str
    port: int  # 0 is any free one
    drain_seconds: int  # how long a run under way may take to end after SIGTERM
    pause_field: tuple[str, str] | None = None  # sObject and checkbox: while a record has it ticked nothing begins


@dataclass(frozen=True, slots=True)
class Settings:
    """One sfsync.toml, checked."""

    file: Path
    folder: Path  # of the file, absolute; relative paths in it start here
    org: OrgSettings
    network: NetworkSettings
    mirror_url: str  # a SQLite path in it is absolute
    mirror_password: Secret | None
    rules_folder: Path  # absolute; may not be there
    zone: ZoneInfo  # what TODAY() and the like mean in rules
    sobjects: Mapping[str, SObjectSettings]  # in file order
    schedules: Mapping[str, ScheduleSettings]  # in file order
    freezes: Mapping[str, Freeze]  # in file order
    brakes: BrakeSettings
    auto: Mapping[tuple[str, str], int | None] | None  # what schedules may do alone; None: all
    budget: BudgetSettings
    watch: WatchSettings
    serve: ServeSettings
    places: Places  # to say where a setting stands that proves wrong later, as a field the org does not have
