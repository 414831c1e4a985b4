"""The composition root: the only place that builds real objects and joins them to use cases."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sfsync.audit.explain import explain
from sfsync.audit.undo import undo
from sfsync.audit.verify import verify
from sfsync.clock import Clock, SystemClock
from sfsync.dataload.importing import ImportOrder, Terms, import_file, resume_import
from sfsync.errors import Problem, SettingsError, UsageError, Where
from sfsync.mirror.open import Books, Mirror, open_mirror
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan
from sfsync.records.schema import SObject
from sfsync.rules.problems import RuleProblem, errors_among
from sfsync.rules.rulebook import Rulebook, read_rulebook
from sfsync.salesforce.connect import OrgAccess, connect
from sfsync.salesforce.port import Org
from sfsync.settings.places import Places, dotted
from sfsync.settings.read import read_settings
from sfsync.settings.secrets import Secret
from sfsync.settings.shapes import Settings
from sfsync.settings.toml import read_rule_files
from sfsync.sync.context import Context, Progress, Silence, Target
from sfsync.sync.outcome import Outcome
from sfsync.sync.planning import plan_saved, read_plan, show_plan, write_plan
from sfsync.sync.run import Approve, Order, apply_now, baseline, pull_only, sync


@dataclass(frozen=True, slots=True)
class LocalAccess:
    """How to reach the local org of a working folder."""

    url: str
    ca_file: Path
    client_id: str
    client_secret: str = field(repr=False)


StartLocal = Callable[[Path], LocalAccess]  # makes sure that the local org with this state folder runs


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller of a command wants beside its arguments."""

    approve: Approve
    start_local: StartLocal
    progress: Progress = field(default_factory=Silence)
    clock: Clock = field(default_factory=SystemClock)
    wait_seconds: float = 30.0  # for the writer lease


class App:
    """One working folder's program: each method is one command."""

    def __init__(self, settings: Settings, wishes: Wishes) -> None:
        self.settings = settings
        self._wishes = wishes
        self._org: Org | None = None

    # --- what the commands are made of ---

    def org(self) -> Org:
        """Give the org, connected at the first call; a local org that does not run is started."""
        if self._org is None:
            self._org = connect(self._access(), self._wishes.clock)
        return self._org

    def _access(self) -> OrgAccess:
        settings = self.settings
        if settings.org.local:
            local = self._wishes.start_local(self.state_folder / "org")
            return OrgAccess(
                url=local.url, grant="client_credentials", client_id=local.client_id,
                client_secret=local.client_secret, local=True, ca_file=local.ca_file,
            )  # fmt: skip
        return OrgAccess(
            url=str(settings.org.url), grant=str(settings.org.login), client_id=_read(settings.org.client_id) or "",
            client_secret=_read(settings.org.client_secret), refresh_token=_read(settings.org.refresh_token),
            expected_org_id=settings.org.id, local=False, ca_file=settings.network.ca_file,
            proxy=settings.network.proxy,
        )  # fmt: skip

    @property
    def state_folder(self) -> Path:
        """The folder beside sfsync.toml that the program keeps its own things in; made 0700."""
        folder = self.settings.folder / ".sfsync"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @property
    def runs_folder(self) -> Path:
        """Where plans and result files go."""
        return self.state_folder / "runs"

    @contextmanager
    def mirror(self, *, writable: bool) -> Iterator[Mirror]:
        """Open the mirror."""
        opened = open_mirror(self.settings.mirror_url, clock=self._wishes.clock, writable=writable)
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def books(self) -> Iterator[Books]:
        """Open the mirror for reading only."""
        with self.mirror(writable=False) as mirror, mirror.reading() as books:
            yield books

    @contextmanager
    def _context(self, *, writable: bool = True) -> Iterator[Context]:
        with self.mirror(writable=writable) as mirror, self._placing_problems():
            yield Context(self.org(), mirror, self._wishes.clock, self._wishes.progress)

    @contextmanager
    def _placing_problems(self) -> Iterator[None]:
        """Give problems that name a key of sfsync.toml their line and column."""
        try:
            yield
        except SettingsError as error:
            raise SettingsError.of([self._placed(problem) for problem in error.problems]) from error

    def _placed(self, problem: Problem) -> Problem:
        if problem.where.file or not problem.where.key:
            return problem
        paths = {dotted(path): path for path in self.settings.places.spots}
        path = paths.get(problem.where.key)
        return Problem(problem.message, problem.next, self.settings.places.where(path)) if path else problem

    def rules_for(self, schemas: Mapping[str, SObject]) -> Rulebook:
        """Read the rules and hold them against the schemas. Raises SettingsError with every problem."""
        documents, places = read_rule_files(self.settings.rules_folder)
        rulebook, problems = read_rulebook(documents, schemas)
        wrong = errors_among(problems)
        if rulebook is None or wrong:
            raise SettingsError.of([_rule_problem(problem, places) for problem in wrong])
        return rulebook

    def rule_warnings(self, schemas: Mapping[str, SObject]) -> list[Problem]:
        """Give what in the rules works but can hardly be meant."""
        documents, places = read_rule_files(self.settings.rules_folder)
        _, problems = read_rulebook(documents, schemas)
        return [_rule_problem(problem, places) for problem in problems if problem.warning]

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is mirrored, as settings say."""
        return tuple(Target(name, one.fields) for name, one in self.settings.sobjects.items())

    @property
    def brakes(self) -> Brakes:
        """The brakes, as settings say."""
        kept = self.settings.brakes
        return Brakes(kept.overwrites, kept.overwrites_percent, kept.clears_percent, kept.deletes)

    def _order(self, targets: tuple[Target, ...] | None = None) -> Order:
        return Order(
            targets if targets is not None else self.targets,
            self.rules_for,
            self.brakes,
            self._wishes.approve,
            self._wishes.wait_seconds,
        )

    def _chosen(self, sobjects: Sequence[str]) -> tuple[Target, ...]:
        """Give the targets of these names, all where none is named. Raises UsageError for one that is not set up."""
        by_name = {target.sobject.lower(): target for target in self.targets}
        unknown = [name for name in sobjects if name.lower() not in by_name]
        if unknown:
            raise UsageError(
                f"{unknown[0]} is not among the sObjects of {self.settings.file.name}",
                todo=f"name one of {', '.join(t.sobject for t in self.targets)}, or add [sobjects.{unknown[0]}]",
            )
        return tuple(by_name[name.lower()] for name in sobjects) or self.targets

    # --- the commands ---

    def pull(self, sobjects: Sequence[str] = (), *, full: bool = False) -> Outcome:
        """Org to mirror."""
        order = self._order(self._chosen(sobjects))
        with self._context() as context:
            return pull_only(context, order, full=full)

    def plan(self, out: Path | None = None) -> Outcome:
        """Decide from the mirror as it is, and show what would change; nothing is written."""
        with self._context(writable=False) as context:
            outcome, plan = show_plan(context, self._order())
        if out is not None:
            write_plan(out, plan)
        return outcome

    def apply(self, plan_file: Path | None = None) -> Outcome:
        """Carry out a saved plan, or plan now and carry that out."""
        with self._context() as context:
            if plan_file is None:
                return apply_now(context, self._order())
            with context.mirror.reading() as books:
                plan = read_plan(plan_file, books.schemas.get)
            return plan_saved(context, self._order(), plan)

    def sync(self, sobjects: Sequence[str] = ()) -> Outcome:
        """Pull, plan and apply; where plans wait for a person, the plan is kept in a file instead."""
        approve = self._keep_for_approval if self.settings.brakes.approve else self._wishes.approve
        order = replace(self._order(self._chosen(sobjects)), approve=approve)
        with self._context() as context:
            return sync(context, order)

    def _keep_for_approval(self, plan: Plan) -> str:
        """Keep a plan in a file for a person to look at; say what to do with it."""
        self.runs_folder.mkdir(mode=0o700, exist_ok=True)
        path = self.runs_folder / f"plan-{plan.id}.json"
        write_plan(path, plan)
        return f"look it over, then run `sfsync apply {path}`"

    def baseline(self) -> Outcome:
        """Take what the org holds as decided."""
        with self._context() as context:
            return baseline(context, self._order())

    def undo(self, run: int) -> Outcome:
        """Take a run back."""
        with self._context() as context:
            return undo(context, run, self._wishes.approve, self._wishes.wait_seconds)

    def verify(self, level: int, *, heal: bool) -> Outcome:
        """Compare the mirror with the org."""
        with self._context(writable=heal) as context:
            return verify(context, level, heal=heal, wait_seconds=self._wishes.wait_seconds)

    def explain(self, sobject: str, record_id: str) -> Outcome:
        """Tell why a record is as it is."""
        with self.books() as books:
            return explain(books, sobject, record_id)

    def import_file(self, order: ImportOrder) -> Outcome:
        """Import a file."""
        with self._context() as context:
            return import_file(context, order, self._terms())

    def resume_import(self, run: int) -> Outcome:
        """Go on with an import that was cut short."""
        with self._context() as context:
            return resume_import(context, run, self._terms())

    def _terms(self) -> Terms:
        return Terms(self.brakes, self._wishes.approve, self._wishes.wait_seconds, self.runs_folder)


def open_app(config: Path, wishes: Wishes) -> App:
    """Open the working folder that a settings file stands for. Raises SettingsError with all that is wrong in it."""
    return App(read_settings(config), wishes)


def _read(secret: Secret | None) -> str | None:
    return secret.read() if secret else None


def _rule_problem(problem: RuleProblem, places: Mapping[str, Places]) -> Problem:
    """Give a rule's problem its line and column; inside a formula, those of the very character."""
    known = places[problem.file]
    if problem.column is None:
        return Problem(problem.message, problem.next, known.where(problem.key_path))
    line, column = known.inside(problem.key_path, problem.column - 1)
    return Problem(problem.message, problem.next, Where(known.file, line, column, dotted(problem.key_path)))
