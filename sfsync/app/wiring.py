"""From settings to values and objects of the lower floors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sfsync.clock import Clock, SystemClock
from sfsync.errors import LoginRefused, Problem, SettingsError, Where
from sfsync.plan.brakes import Brakes
from sfsync.plan.converted import ConvertedLeads
from sfsync.plan.plan import Plan
from sfsync.plan.policy import Policy, Stance
from sfsync.records.manner import Manner, kept_teams
from sfsync.records.schema import SObject
from sfsync.rules.problems import RuleProblem, errors_among
from sfsync.rules.rulebook import Rulebook, read_rulebook
from sfsync.salesforce.budget import Share
from sfsync.salesforce.hosts import trusted
from sfsync.salesforce.port import Org
from sfsync.settings.kinds import PLAIN
from sfsync.settings.places import Places, dotted
from sfsync.settings.secrets import Secret
from sfsync.settings.shapes import Settings
from sfsync.settings.starter import shipped_folder, starter_settings
from sfsync.settings.toml import read_rule_files
from sfsync.sync.context import Progress, Silence, Target
from sfsync.sync.outcome import Outcome

if TYPE_CHECKING:
    from sfsync.salesforce.connect import OrgAccess


@dataclass(frozen=True, slots=True)
class LocalAccess:
    """How to reach the local org of a working folder."""

    url: str
    ca_file: Path
    client_id: str
    client_secret: str = field(repr=False)


StartLocal = Callable[[Path], LocalAccess]  # makes sure that the local org with this state folder runs
RuleFiles = tuple[dict[str, Mapping[str, object]], dict[str, Places]]  # what they hold, and where, by file
Connect = Callable[["OrgAccess", Clock], Org]
Ask = Callable[[Plan, str | None], str | None]  # a plan, a production org's name: None, or what to do before


def connect_for_real(access: "OrgAccess", clock: Clock) -> Org:
    """Connect over real sockets. Loaded late: many commands ask no org."""
    from sfsync.salesforce.connect import connect

    return connect(access, clock)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller of a command wants beside its arguments."""

    approve: Ask
    start_local: StartLocal
    progress: Progress = field(default_factory=Silence)
    clock: Clock = field(default_factory=SystemClock)
    wait_seconds: float = 30.0  # for the writer lease
    connect: Connect = connect_for_real  # the way to the org


def org_access(settings: Settings, start_local: StartLocal, state_folder: Path) -> "OrgAccess":
    """Give the way to the org that settings name; a local one that does not run is started."""
    from sfsync.salesforce.connect import OrgAccess

    named, network = settings.org, settings.network
    if named.local:
        local = start_local(state_folder / "org")
        return OrgAccess(
            url=local.url, grant="client_credentials", client_id=local.client_id, client_secret=local.client_secret,
            local=True, ca_file=str(local.ca_file), share=share_of(settings), manners=manners_of(settings),
        )  # fmt: skip
    _check_address(settings)
    return OrgAccess(
        url=named.url or "", grant="refresh_token" if named.login == "refresh_token" else "client_credentials",
        client_id=_read(named.client_id), client_secret=_read(named.client_secret),
        refresh_token=_read(named.refresh_token), org_id=named.id, proxy=network.proxy,
        ca_file=str(network.ca_file) if network.ca_file else None, share=share_of(settings),
        manners=manners_of(settings),
    )  # fmt: skip


def _check_address(settings: Settings) -> None:
    """Raise SettingsError, with the place in the file, where no secret may be sent to the address."""
    try:
        trusted(settings.org.url or "", local=False)
    except LoginRefused as error:
        where = settings.places.where(("org", "url"))
        raise SettingsError.of([Problem(one.message, one.next, where) for one in error.problems]) from None


def share_of(settings: Settings) -> Share:
    """Give how many API calls may be used."""
    kept = settings.budget
    return Share(kept.calls_per_run, kept.calls_per_day, kept.reserve_percent / 100)


def manners_of(settings: Settings) -> dict[str, Manner]:
    """Give how writes are to be saved, by sObject."""
    return {
        name: Manner(one.assignment, one.duplicates == "save", _owner_options(name, one.owner_change))
        for name, one in settings.sobjects.items()
    }


def _owner_options(sobject: str, told: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if told is None:
        return kept_teams(sobject)
    return None if told == (PLAIN,) else told


def _read(secret: Secret | None) -> str:
    return secret.read() if secret else ""


def targets_of(settings: Settings, files: RuleFiles | None = None) -> tuple[Target, ...]:
    """Give what is to be mirrored: the fields settings name, and those that rules read."""
    documents, _ = files or read_rule_files(settings.rules_folder)
    rulebook, _ = read_rulebook(documents, {})
    return tuple(
        Target(
            name,
            one.fields,
            tuple(sorted(rulebook.fields(name))) if rulebook else (),
            timedelta(seconds=one.refresh_seconds),
        )
        for name, one in settings.sobjects.items()
    )


def brakes_of(settings: Settings) -> Brakes:
    """Give the brakes."""
    kept = settings.brakes
    return Brakes(
        kept.overwrites, kept.overwrites_percent, kept.clears_percent, kept.deletes, kept.canary,
        kept.canary_refused_percent,
    )  # fmt: skip


def policies_of(settings: Settings) -> Mapping[str, Policy]:
    """Give what is wanted of fields, by sObject."""
    return {
        name: Policy(
            Stance(one.conflicts.get("otherwise", Stance.ASK.value)),
            {field: Stance(stance) for field, stance in one.conflicts.items() if field != "otherwise"},
            frozenset(map(str.lower, one.protected)),
            frozenset(map(str.lower, one.never_blank)),
            ConvertedLeads(one.converted),
        )
        for name, one in settings.sobjects.items()
    }


def placed(settings: Settings, problem: Problem) -> Problem:
    """Give a problem that names a key of sfsync.toml its line and column."""
    if problem.where.file or not problem.where.key:
        return problem
    paths = {dotted(path): path for path in settings.places.spots}
    path = paths.get(problem.where.key)
    return Problem(problem.message, problem.next, settings.places.where(path)) if path else problem


def read_rules(
    folder: Path, schemas: Mapping[str, SObject], files: RuleFiles | None = None
) -> tuple[Rulebook, list[Problem]]:
    """Read the rules, held against the org's schemas; give them with their warnings. `files`: those read before.

    Raises SettingsError with every problem, each with its file, line and column.
    """
    documents, places = files or read_rule_files(folder)
    rulebook, problems = read_rulebook(documents, schemas)
    if rulebook is None:
        raise SettingsError.of([_placed_rule(problem, places) for problem in errors_among(problems)])
    return rulebook, [_placed_rule(problem, places) for problem in problems]


def _placed_rule(problem: RuleProblem, places: Mapping[str, Places]) -> Problem:
    known = places[problem.file]
    if problem.column is None:
        return Problem(problem.message, problem.next, known.where(problem.key_path))
    line, column = known.inside(problem.key_path, problem.column - 1)
    return Problem(problem.message, problem.next, Where(known.file, line, column, dotted(problem.key_path)))


def starter_files() -> tuple[str, Path]:
    """Give what a new working folder begins with: the text of its sfsync.toml, and the folder of the shipped rules."""
    return starter_settings(), shipped_folder("rules")


def check_rules(folder: Path) -> Outcome:
    """Check the rule files of a folder without an org. Raises SettingsError with every problem."""
    if folder.is_dir() and not list(folder.glob("*.toml")):
        raise SettingsError(f"there are no rule files in {folder}", todo="name the folder that holds them")
    _, warnings = read_rules(folder, {})
    return Outcome("rules check", counts={"files": len(list(folder.glob("*.toml")))}, problems=tuple(warnings))
