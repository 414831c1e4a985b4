"""Reading sfsync.toml: everything is checked here, and everything wrong is told at once."""

from datetime import datetime
from pathlib import Path

from sfsync.errors import Problem, SettingsError
from sfsync.records.manner import OWNER_OPTIONS
from sfsync.settings import keys
from sfsync.settings.check import Document, Section
from sfsync.settings.freezes import EVERY_DAY, Freeze
from sfsync.settings.keys import Key
from sfsync.settings.kinds import PLAIN, did_you_mean, is_api_name, is_loopback
from sfsync.settings.secrets import Secret
from sfsync.settings.shapes import (
    BrakeSettings,
    BudgetSettings,
    NetworkSettings,
    OrgSettings,
    ScheduleSettings,
    ServeSettings,
    Settings,
    SObjectSettings,
    WatchSettings,
)
from sfsync.settings.toml import read_toml

_SIGN_IN: dict[str, tuple[Key[str | None], ...]] = {
    "client_credentials": (keys.ORG_CLIENT_ID, keys.ORG_CLIENT_SECRET),
    "refresh_token": (keys.ORG_CLIENT_ID, keys.ORG_REFRESH_TOKEN),
}
_SQLITE = "sqlite:///"


def read_settings(path: Path) -> Settings:
    """Read and check a settings file.

    Raises SettingsError with every problem in it, in file order. Secrets are not read here.
    """
    values, places = read_toml(path)
    document = Document(values, places)
    document.refuse_unknown_tables()
    folder = path.resolve().parent
    rules, mirror = document.section(keys.RULES), document.section(keys.MIRROR)
    sobjects = _sobjects(document)
    settings = Settings(
        file=path,
        folder=folder,
        org=_org(document, folder),
        network=_network(document, folder),
        mirror_url=_mirror_url(mirror.get(keys.MIRROR_URL), folder),
        mirror_password=_secret(document, mirror, keys.MIRROR_PASSWORD, folder),
        rules_folder=folder / rules.get(keys.RULES_FOLDER),
        zone=rules.get(keys.RULES_ZONE),
        sobjects=sobjects,
        schedules=_schedules(document, tuple(sobjects)),
        freezes=_freezes(document),
        brakes=_brakes(document.section(keys.BRAKES)),
        auto=document.section(keys.APPROVE).get(keys.APPROVE_AUTO),
        budget=_budget(document.section(keys.BUDGET)),
        watch=_watch(document.section(keys.WATCH)),
        serve=_serve(document),
        places=places,
    )
    if document.problems:
        raise SettingsError.of(sorted(document.problems, key=_place))
    return settings


def _place(problem: Problem) -> tuple[int, int]:
    return problem.where.line or 0, problem.where.column or 0


def _org(document: Document, folder: Path) -> OrgSettings:
    section = document.section(keys.ORG)
    local = section.get(keys.ORG_LOCAL)
    if local:
        _refuse_beside_local(document, section)
    else:
        _require_sign_in(document, section)

    return OrgSettings(
        local=local,
        url=section.get(keys.ORG_URL),
        login=section.get(keys.ORG_LOGIN),
        id=section.get(keys.ORG_ID),
        client_id=_secret(document, section, keys.ORG_CLIENT_ID, folder),
        client_secret=_secret(document, section, keys.ORG_CLIENT_SECRET, folder),
        refresh_token=_secret(document, section, keys.ORG_REFRESH_TOKEN, folder),
    )


def _secret(document: Document, section: Section, key: Key[str | None], folder: Path) -> Secret | None:
    reference = section.get(key)
    return Secret(reference, folder, document.places.where((*section.path, key.name))) if reference else None


def _refuse_beside_local(document: Document, section: Section) -> None:
    for key in keys.ORG.keys:
        if key is not keys.ORG_LOCAL and section.has(key):
            todo = f"take out {key.name}, or local = true"
            document.wrong((*section.path, key.name), "the local org needs no address and no sign-in", todo)


def _require_sign_in(document: Document, section: Section) -> None:
    if document.stands(section, keys.ORG_LOCAL) and not section.has(keys.ORG_LOCAL):
        return  # what was meant is not known, and that has been told
    login = section.get(keys.ORG_LOGIN)
    needed: list[Key[str | None]] = [keys.ORG_URL, keys.ORG_LOGIN]
    missing = [key.name for key in [*needed, *_SIGN_IN.get(login or "", ())] if not document.stands(section, key)]
    if missing == ["url", "login"]:
        todo = "local = true for the local org, or url, login and what that login needs"
        document.wrong(section.path, "no org is named", todo)
    elif missing:
        document.wrong(
            section.path, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing", "add it"
        )


def _network(document: Document, folder: Path) -> NetworkSettings:
    section = document.section(keys.NETWORK)
    named = section.get(keys.NETWORK_CA_FILE)
    ca_file = folder / Path(named).expanduser() if named else None
    if ca_file is not None and not ca_file.is_file():
        document.wrong((*section.path, keys.NETWORK_CA_FILE.name), f"there is no file {ca_file}")
    return NetworkSettings(proxy=section.get(keys.NETWORK_PROXY), ca_file=ca_file)


def _mirror_url(url: str, folder: Path) -> str:
    """Make the path of a SQLite URL absolute."""
    return f"{_SQLITE}{folder / url.removeprefix(_SQLITE)}" if url.startswith(_SQLITE) else url


def _sobjects(document: Document) -> dict[str, SObjectSettings]:
    sobjects: dict[str, SObjectSettings] = {}
    seen: dict[str, str] = {}
    for name, section in document.sections(keys.SOBJECTS).items():
        if not is_api_name(name):
            document.wrong(section.path, f"{name!r} is no API name of an sObject", "as Lead or Invoice__c")
        earlier = seen.setdefault(name.lower(), name)
        if earlier != name:
            document.wrong(section.path, f"it is there already, as {earlier}", "keep one of the two")
        if not document.stands(section, keys.SOBJECT_FIELDS):
            document.wrong(section.path, "fields is missing", 'fields = ["Name", "OwnerId"]')
        sobjects[name] = SObjectSettings(
            _fields(document, section),
            section.get(keys.SOBJECT_REFRESH),
            section.get(keys.SOBJECT_ASSIGNMENT),
            section.get(keys.SOBJECT_DUPLICATES),
            _owner_change(document, section, name),
            _converted(document, section, name),
            section.get(keys.SOBJECT_PROTECTED),
            section.get(keys.SOBJECT_NEVER_BLANK),
            section.get(keys.SOBJECT_CONFLICTS),
        )
    return sobjects


def _owner_change(document: Document, section: Section, sobject: str) -> tuple[str, ...] | None:
    """Give the options of changes of owner, held against what the sObject has."""
    options = section.get(keys.SOBJECT_OWNER_CHANGE)
    known = OWNER_OPTIONS.get(sobject, ())
    odd = [one for one in options or () if one not in known and not (known and one == PLAIN)]
    if options is not None and (odd or not known):
        path = (*section.path, keys.SOBJECT_OWNER_CHANGE.name)
        todo = (
            f"it has {', '.join(known)}" if known else "only Account and Opportunity have these options: leave it out"
        )
        document.wrong(path, f"{sobject} has no option {odd[0]}" if odd else f"{sobject} has no such options", todo)
    return options


def _converted(document: Document, section: Section, sobject: str) -> str:
    if section.has(keys.SOBJECT_CONVERTED) and sobject != "Lead":
        path = (*section.path, keys.SOBJECT_CONVERTED.name)
        document.wrong(path, f"{sobject} records are not converted, only leads are", "leave it out")
    return section.get(keys.SOBJECT_CONVERTED)


def _fields(document: Document, section: Section) -> tuple[str, ...]:
    fields = section.get(keys.SOBJECT_FIELDS) or ()
    seen: set[str] = set()
    for index, field in enumerate(fields):
        path = (*section.path, keys.SOBJECT_FIELDS.name, index)
        if "." in field and all(map(is_api_name, field.split("."))):
            parent = field.partition(".")[0]
            todo = f"list {parent}Id here and put the parent's own fields under its [sobjects.NAME]"
            document.wrong(path, f"{field} is a field of the parent, not of this record", todo)
        elif not is_api_name(field):
            document.wrong(path, f"{field!r} is no API name of a field", "as Status or Score__c")
        elif field.lower() in seen:
            document.wrong(path, f"{field} is listed already", "take one out")
        seen.add(field.lower())
    return fields


def _schedules(document: Document, sobjects: tuple[str, ...]) -> dict[str, ScheduleSettings]:
    schedules: dict[str, ScheduleSettings] = {}
    for name, section in document.sections(keys.SCHEDULE).items():
        if not document.stands(section, keys.SCHEDULE_RUN):
            document.wrong(section.path, "run is missing", 'run = "sync"')
        every, cron = (document.stands(section, key) for key in (keys.SCHEDULE_EVERY, keys.SCHEDULE_CRON))
        if every == cron:
            message = "both every and cron are given" if every else "it never comes due: every or cron is missing"
            document.wrong(section.path, message, 'every = "60s", or cron = "0 6 * * 1-5"')
        if document.stands(section, keys.SCHEDULE_ZONE) and not cron:
            document.wrong((*section.path, "zone"), "zone is for cron; `every` counts seconds", "take it out")
        schedules[name] = ScheduleSettings(
            run=section.get(keys.SCHEDULE_RUN),
            sobjects=_scheduled(document, section, sobjects),
            every_seconds=section.get(keys.SCHEDULE_EVERY),
            cron=section.get(keys.SCHEDULE_CRON),
            zone=section.get(keys.SCHEDULE_ZONE) or keys.UTC_ZONE,
            priority=section.get(keys.SCHEDULE_PRIORITY),
        )
    return schedules


def _scheduled(document: Document, section: Section, sobjects: tuple[str, ...]) -> tuple[str, ...]:
    named = section.get(keys.SCHEDULE_SOBJECTS)
    for index, name in enumerate(named or ()):
        if name not in sobjects:
            path = (*section.path, keys.SCHEDULE_SOBJECTS.name, index)
            document.wrong(path, f"there is no [sobjects.{name}]", did_you_mean(name, list(sobjects)))
    return sobjects if named is None else named


def _freezes(document: Document) -> dict[str, Freeze]:
    freezes: dict[str, Freeze] = {}
    for name, section in document.sections(keys.FREEZE).items():
        starts, ends = section.get(keys.FREEZE_FROM), section.get(keys.FREEZE_TO)
        for key in (keys.FREEZE_FROM, keys.FREEZE_TO):
            if not document.stands(section, key):
                document.wrong(section.path, f"{key.name} is missing", 'from = "18:00", or "2026-12-24 18:00"')
        if starts is None or ends is None:
            continue
        days = section.get(keys.FREEZE_DAYS)
        dated = isinstance(starts, datetime)
        if dated is not isinstance(ends, datetime):
            document.wrong(
                (*section.path, "to"), "one of from and to has a date and the other has none", "give both one"
            )
        elif isinstance(starts, datetime) and isinstance(ends, datetime) and ends <= starts:
            document.wrong((*section.path, "to"), f"it ends at {ends}, before it begins", "exchange from and to")
        elif dated and days != EVERY_DAY:
            document.wrong((*section.path, "days"), "days are for a freeze of every week", "take it out")
        freezes[name] = Freeze(starts, ends, days, section.get(keys.FREEZE_ZONE))
    return freezes


def _brakes(section: Section) -> BrakeSettings:
    return BrakeSettings(
        overwrites=section.get(keys.BRAKES_OVERWRITES),
        overwrites_percent=section.get(keys.BRAKES_OVERWRITES_PERCENT),
        clears_percent=section.get(keys.BRAKES_CLEARS_PERCENT),
        deletes=section.get(keys.BRAKES_DELETES),
        canary=section.get(keys.BRAKES_CANARY),
        canary_refused_percent=section.get(keys.BRAKES_CANARY_REFUSED_PERCENT),
        approve=section.get(keys.BRAKES_APPROVE),
    )


def _budget(section: Section) -> BudgetSettings:
    return BudgetSettings(
        calls_per_run=section.get(keys.BUDGET_CALLS_PER_RUN),
        calls_per_day=section.get(keys.BUDGET_CALLS_PER_DAY),
        reserve_percent=section.get(keys.BUDGET_RESERVE_PERCENT),
    )


def _watch(section: Section) -> WatchSettings:
    return WatchSettings(
        still_seconds=section.get(keys.WATCH_STILL),
        quiet=section.get(keys.WATCH_QUIET),
        approval_seconds=section.get(keys.WATCH_APPROVAL),
    )


def _serve(document: Document) -> ServeSettings:
    section = document.section(keys.SERVE)
    host, port = section.get(keys.SERVE_LISTEN)
    if not is_loopback(host) and not section.get(keys.SERVE_BEYOND_LOOPBACK):
        document.wrong(
            (*section.path, keys.SERVE_LISTEN.name),
            f"{host} can be reached from other machines",
            "listen on 127.0.0.1, or say beyond_loopback = true as well",
        )
    return ServeSettings(
        host=host,
        port=port,
        drain_seconds=section.get(keys.SERVE_DRAIN),
        pause_field=section.get(keys.SERVE_PAUSE_FIELD),
    )
