"""The program of one working folder: each method is one command."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from sfsync.app.checkup import checks_of
from sfsync.app.kept_plans import keep_plan
from sfsync.app.named_fields import check_named_fields
from sfsync.app.spending import Spending
from sfsync.app.watching import watch_of
from sfsync.app.wiring import RuleFiles, Wishes, brakes_of, org_access, placed, policies_of, read_rules, targets_of
from sfsync.audit.diff import diff
from sfsync.audit.doctor import examine
from sfsync.audit.explain import explain
from sfsync.audit.history import blame, history
from sfsync.audit.naming import moment
from sfsync.audit.retry import retry
from sfsync.audit.undo import undo
from sfsync.audit.verify import verify
from sfsync.audit.watchdog import alarms
from sfsync.dataload.importing import ImportOrder, Terms, import_file, resume_import
from sfsync.errors import ApprovalNeeded, SettingsError, SfsyncError, UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.entries import EntryState
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.plan.approval import beyond_allowance
from sfsync.plan.plan import Plan
from sfsync.records.schema import SObject
from sfsync.rules.rulebook import Rulebook
from sfsync.salesforce.port import Org
from sfsync.settings.read import read_settings
from sfsync.settings.shapes import Settings
from sfsync.settings.toml import read_rule_files
from sfsync.sync.conflicts import listed_conflicts, take
from sfsync.sync.context import Context, Target
from sfsync.sync.guard import Guard
from sfsync.sync.outbox import cancel_entries, listed_entries, revive_entry, shown_entry
from sfsync.sync.outcome import Outcome
from sfsync.sync.plan_file import read_plan, write_page, write_plan
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import Order, apply_now, baseline, pull_only, sync
from sfsync.sync.telling import listed_runs


class App:
    """One working folder's program."""

    def __init__(self, settings: Settings, wishes: Wishes) -> None:
        self.settings = settings
        self.wishes = wishes
        self._org: Org | None = None
        self._spending: Spending | None = None  # of the command under way
        self._rule_files: RuleFiles | None = None  # as they were read, where they are to stay so

    # --- what the commands are made of ---

    def org(self) -> Org:
        """Give the org, connected at the first call; a local org that does not run is started."""
        if self._org is None:
            access = org_access(self.settings, self.wishes.start_local, self.state_folder)
            self._org = self.wishes.connect(access, self.wishes.clock)
        return self._org

    def secrets(self) -> list[str]:
        """Give the secrets the settings name, so that they can be kept out of logs."""
        known = self.settings
        named = (known.org.client_secret, known.org.refresh_token, known.mirror_password)
        return [secret.read() for secret in named if secret is not None]

    @property
    def state_folder(self) -> Path:
        """The folder beside sfsync.toml that the program keeps its own things in; made 0700."""
        folder = self.settings.folder / ".sfsync"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @property
    def runs_folder(self) -> Path:
        """The folder that plans and result files go to; made 0700."""
        folder = self.state_folder / "runs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @contextmanager
    def mirror(self, *, writable: bool) -> Iterator[Mirror]:
        """Open the mirror."""
        password = self.settings.mirror_password
        opened = open_mirror(
            self.settings.mirror_url,
            clock=self.wishes.clock,
            writable=writable,
            password=password.read() if password else None,
            scratch=self.state_folder,
        )
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
    def context(self, *, writable: bool = True) -> Iterator[Context]:
        """Open what the steps of a run need. Problems with a key of sfsync.toml are given their line."""
        with self.mirror(writable=writable) as mirror:
            try:
                self._spending = Spending(self.org(), self.settings.budget)
                self._spending.begin(mirror, self.wishes.clock.now())
                yield Context(self.org(), mirror, self.wishes.clock, self.wishes.progress)
            except SettingsError as error:
                raise SettingsError.of([placed(self.settings, problem) for problem in error.problems]) from error

    def _told(self, outcome: Outcome, estimate: int = 0) -> Outcome:
        """Give an outcome that tells the API calls that were made and are left."""
        return self._spending.told(outcome, estimate) if self._spending else outcome

    def rules_for(self, schemas: Mapping[str, SObject]) -> Rulebook:
        """Read the rules and hold them, and the fields that settings name, against the schemas.

        Raises SettingsError with every problem.
        """
        check_named_fields(self.settings, schemas)
        return read_rules(self.settings.rules_folder, schemas, self._rule_files)[0]

    def hold_rules(self, mirror: Mirror) -> None:
        """Read the rules and go by them from now on, whatever becomes of their files.

        Raises SettingsError where they do not hold, against the schemas of the mirror too.
        """
        with mirror.reading() as books:
            schemas = books.schemas.every()
        files = read_rule_files(self.settings.rules_folder)
        read_rules(self.settings.rules_folder, schemas, files)
        self._rule_files = files

    def _order(self, sobjects: Sequence[str] = ()) -> Order:
        return Order(
            self._chosen(sobjects), self.rules_for, brakes_of(self.settings), self._approve,
            self.wishes.wait_seconds, self.settings.zone, policies_of(self.settings),
        )  # fmt: skip

    def _approve(self, plan: Plan) -> str | None:
        """Ask the caller about a plan, unless the org is one that must not be written to; say what is to be done."""
        known = self.org().identity()
        return self._unpinned() or self.wishes.approve(plan, known.name if self._in_production() else None)

    def _in_production(self) -> bool:
        return not (self.settings.org.local or self.org().identity().is_sandbox)

    def _unpinned(self) -> str | None:
        """Say what to do where this is a production org that the settings do not name by its id."""
        if self.settings.org.id is not None or not self._in_production():
            return None
        known = self.org().identity()
        where = f"under [org] of {self.settings.file.name}"
        return f'{known.name} is a production org: put id = "{known.org_id}" {where} first'

    def _check_pinned(self) -> None:
        """Raise ApprovalNeeded where nothing may be written to this org."""
        if (todo := self._unpinned()) is not None:
            raise ApprovalNeeded("nothing was sent", todo=todo)

    def _chosen(self, sobjects: Sequence[str]) -> tuple[Target, ...]:
        """Give the targets of these names, all where none is named. Raises UsageError for one that is not set up."""
        targets = targets_of(self.settings, self._rule_files)
        by_name = {target.sobject.lower(): target for target in targets}
        unknown = next((name for name in sobjects if name.lower() not in by_name), None)
        if unknown is not None:
            raise UsageError(
                f"{unknown} is not among the sObjects of {self.settings.file.name}",
                todo=f"name one of {', '.join(one.sobject for one in targets)}, or add [sobjects.{unknown}]",
            )
        return tuple(by_name[name.lower()] for name in sobjects) or targets

    def alarms(self, mirror: Mirror) -> list[str]:
        """Tell what should make somebody look, for the health page; the org is not asked."""
        with mirror.reading() as books:
            found = alarms(books, self.wishes.clock.now(), watch_of(self.settings, books))
        return [str(problem) for problem in found]

    # --- the commands ---

    def doctor(self) -> Outcome:
        """Look everything over, within the budget; what needs no call is looked at where none is left."""
        if self.settings.budget.calls_per_day is not None:
            with suppress(SfsyncError), self.mirror(writable=False) as mirror:  # told by what is looked at
                Spending(self.org(), self.settings.budget).begin(mirror, self.wishes.clock.now())
        return examine(checks_of(self.settings, self.org, self.mirror, self.wishes.clock.now))

    def pull(self, sobjects: Sequence[str] = (), *, full: bool = False, consent: bool = False) -> Outcome:
        """Org to mirror; with a person's consent records that are no longer to be seen count as deleted."""
        with self.context() as context:
            return self._told(pull_only(context, self._order(sobjects), full=full, consent=consent))

    def plan(self, out: Path | None = None, html: Path | None = None, *, sets_off: bool = False) -> Outcome:
        """Decide from the mirror as it is, and show what would change; nothing but these files is written.

        `sets_off`: ask the org as well what saving those records runs there.
        """
        with self.context(writable=False) as context:
            outcome, plan = show_plan(context, self._order(), sets_off=sets_off)
            outcome = self._told(outcome, plan.calls())
        if out is not None:
            write_plan(out, plan)
        if html is not None:
            write_page(html, plan, self.org().identity().name)
        return outcome

    def apply(self, plan_file: Path | None = None) -> Outcome:
        """Carry out a saved plan, or plan now and carry that out."""
        with self.context() as context:
            if plan_file is None:
                return self._told(apply_now(context, self._order()))
            with context.mirror.reading() as books:
                plan = read_plan(plan_file, books.schemas.get)
            return self._told(plan_saved(context, self._order(), plan))

    def sync(self, sobjects: Sequence[str] = (), *, alone: bool = False) -> Outcome:
        """Pull, plan and apply; a plan that waits for a person, or goes over a brake, is kept in a file instead.

        `alone`: no person asked for it, so that only what the settings allow is done without one.
        """
        order = replace(self._order(sobjects), keep=partial(keep_plan, self.runs_folder))
        if alone:
            order = replace(order, approve=self._approve_alone)
        if self.settings.brakes.approve:
            order = replace(order, approve=self._keep_every)
        with self.context() as context:
            return self._told(sync(context, order))

    def _approve_alone(self, plan: Plan) -> str | None:
        """Let a plan pass that is within what may be done without a person; keep another in a file and say so."""
        beyond = beyond_allowance(plan.changes, self.settings.auto) if self.settings.auto is not None else []
        if not beyond:
            return self._approve(plan)
        return f"it is beyond [approve] auto ({'; '.join(beyond)}): {self._keep_for_approval(plan)}"

    def _keep_every(self, plan: Plan) -> str:
        """Keep a plan in a file because settings want all kept; say so."""
        return f"[brakes] approve = true has every plan wait: {self._keep_for_approval(plan)}"

    def _keep_for_approval(self, plan: Plan) -> str:
        """Keep a plan in a file for a person to look at; say what to do with it."""
        return f"look it over, then run `sfsync apply {keep_plan(self.runs_folder, plan)}`"

    def conflicts(self) -> Outcome:
        """List the fields that wait for a person."""
        with self.context(writable=False) as context:
            return listed_conflicts(context, self._order())

    def take(self, side: str, records: Sequence[tuple[str, str]]) -> Outcome:
        """Decide conflicts for the org's side or ours; of all records where none is named."""
        with self.context() as context:
            return take(context, self._order(), side, records)

    def baseline(self) -> Outcome:
        """Take what the org holds as decided."""
        with self.context() as context:
            return baseline(context, self._order())

    def undo(self, run: int) -> Outcome:
        """Take a run back."""
        with self.context() as context:
            return undo(context, run, self._guard(), self.wishes.wait_seconds)

    def retry(self, run: int) -> Outcome:
        """Send again what a run left rejected."""
        with self.context() as context:
            return retry(context, run, self._guard(), self.wishes.wait_seconds)

    def verify(self, level: int, *, heal: bool) -> Outcome:
        """Compare the mirror with the org."""
        with self.context(writable=heal) as context:
            context.check_org()
            wait = self.wishes.wait_seconds
            return self._told(verify(context, level, heal=heal, wait_seconds=wait, targets=targets_of(self.settings)))

    def explain(self, sobject: str, record_id: str) -> Outcome:
        """Tell why a record is as it is."""
        with self.books() as books:
            return explain(books, sobject, record_id)

    def history(self, sobject: str, record_id: str, at: str | None, *, ask_org: bool = True) -> Outcome:
        """Tell what became of a record, or what it held at a time."""
        then = moment(at, latest=self.wishes.clock.now()) if at is not None else None
        with self.books() as books:
            return history(books, self.org if ask_org else None, sobject, record_id, then)

    def blame(self, sobject: str, record_id: str, *, ask_org: bool = True) -> Outcome:
        """Tell whose hand is in each field of a record."""
        with self.books() as books:
            return blame(books, self.org if ask_org else None, sobject, record_id)

    def diff(self, a: str, b: str, what: Sequence[str]) -> Outcome:
        """Compare mirror, org, an earlier time or a saved plan."""
        now = self.wishes.clock.now()
        if "org" not in (a, b):
            with self.books() as books:
                return diff(books, a, b, what, now)
        with self.context(writable=False) as context, context.mirror.reading() as books:
            context.check_org()
            return diff(books, a, b, what, now, context)

    def runs(self, limit: int) -> Outcome:
        """List what ran, newest first."""
        with self.mirror(writable=False) as mirror:
            return listed_runs(mirror, limit)

    def outbox(self, run: int | None, states: Iterable[str], limit: int) -> Outcome:
        """List entries; without states those that are open, and the dead letters."""
        with self.books() as books:
            return listed_entries(books, run, [EntryState(state.upper()) for state in states], limit)

    def outbox_entry(self, entry: int) -> Outcome:
        """Show one entry."""
        with self.books() as books:
            return shown_entry(books, entry)

    def revive(self, entry: int, mend: Mapping[str, str]) -> Outcome:
        """Send a dead letter again, as a new entry, with other values for some fields."""
        self._check_pinned()
        with self.context() as context:
            return revive_entry(context, entry, self.wishes.wait_seconds, mend)

    def cancel(self, entries: Sequence[int]) -> Outcome:
        """Cancel entries that were not sent."""
        with self.context() as context:
            return cancel_entries(context, entries, self.wishes.wait_seconds)

    def import_file(self, order: ImportOrder) -> Outcome:
        """Import a file."""
        with self.context() as context:
            with context.mirror.reading() as books:
                check_named_fields(self.settings, books.schemas.every())
            return import_file(context, order, self._terms())

    def resume_import(self, run: int) -> Outcome:
        """Go on with an import that was cut short."""
        self._check_pinned()
        with self.context() as context:
            return resume_import(context, run, self._terms())

    def _terms(self) -> Terms:
        return Terms(self._guard(), self.wishes.wait_seconds, self.runs_folder, policies_of(self.settings))

    def _guard(self) -> Guard:
        return Guard(brakes_of(self.settings), self._approve)


def open_app(config: Path, wishes: Wishes) -> App:
    """Open the working folder that a settings file stands for. Raises SettingsError with all that is wrong in it."""
    return App(read_settings(config), wishes)
