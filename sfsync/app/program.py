"""The program of one working folder: each method is one command."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from sfsync.app.approving import Approver
from sfsync.app.checkup import checks_of
from sfsync.app.folder import WorkingFolder
from sfsync.app.kept_plans import keep_plan
from sfsync.app.named_fields import check_named_fields
from sfsync.app.spending import Spending
from sfsync.app.watching import watch_of
from sfsync.app.wiring import Wishes, brakes_of, policies_of
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
from sfsync.errors import SfsyncError
from sfsync.mirror.entries import EntryState
from sfsync.mirror.open import Mirror
from sfsync.settings.read import read_settings
from sfsync.sync.conflicts import listed_conflicts, take
from sfsync.sync.guard import Guard
from sfsync.sync.outbox import cancel_entries, listed_entries, revive_entry, shown_entry
from sfsync.sync.outcome import Outcome
from sfsync.sync.plan_file import read_plan, write_page, write_plan
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import Order, apply_now, baseline, pull_only, sync
from sfsync.sync.telling import listed_runs


class App(WorkingFolder):
    """A working folder with its commands."""

    def doctor(self) -> Outcome:
        """Look everything over, within the budget; what needs no call is looked at where none is left."""
        if self.settings.budget.calls_per_day is not None:
            with suppress(SfsyncError), self.mirror(writable=False) as mirror:  # told by what is looked at
                Spending(self.org(), self.settings.budget).begin(mirror, self.wishes.clock.now())
        return examine(checks_of(self.settings, self.org, self.mirror, self.wishes.clock.now))

    def pull(self, sobjects: Sequence[str] = (), *, full: bool = False, consent: bool = False) -> Outcome:
        """Org to mirror; with a person's consent records that are no longer to be seen count as deleted."""
        with self.context() as context:
            return self.told(pull_only(context, self._order(sobjects), full=full, consent=consent))

    def plan(self, out: Path | None = None, html: Path | None = None, *, sets_off: bool = False) -> Outcome:
        """Decide from the mirror as it is, and show what would change; nothing but these files is written.

        `sets_off`: ask the org as well what saving those records runs there.
        """
        with self.context(writable=False) as context:
            outcome, plan = show_plan(context, self._order(), sets_off=sets_off)
            outcome = self.told(outcome, plan.calls())
        if out is not None:
            write_plan(out, plan)
        if html is not None:
            write_page(html, plan, self.org().identity().name)
        return outcome

    def apply(self, plan_file: Path | None = None) -> Outcome:
        """Carry out a saved plan, or plan now and carry that out."""
        with self.context() as context:
            if plan_file is None:
                return self.told(apply_now(context, self._order()))
            with context.mirror.reading() as books:
                plan = read_plan(plan_file, books.schemas.get)
            return self.told(plan_saved(context, self._order(), plan))

    def sync(self, sobjects: Sequence[str] = (), *, alone: bool = False) -> Outcome:
        """Pull, plan and apply; a plan that waits for a person, or goes over a brake, is kept in a file instead.

        `alone`: no person asked for it, so that only what the settings allow is done without one.
        """
        approver = self._approver()
        approve = approver.without_a_person if alone else approver.ask
        if self.settings.brakes.approve:
            approve = approver.later
        order = replace(self._order(sobjects), approve=approve, keep=partial(keep_plan, self.runs_folder))
        with self.context() as context:
            return self.told(sync(context, order))

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
            return undo(context, run, self._shielding_guard(), self.wishes.wait_seconds)

    def retry(self, run: int) -> Outcome:
        """Send again what a run left rejected."""
        with self.context() as context:
            return retry(context, run, self._shielding_guard(), self.wishes.wait_seconds)

    def verify(self, level: int, sobjects: Sequence[str] = (), *, heal: bool = False) -> Outcome:
        """Compare the mirror with the org: all sObjects of the settings, or those named."""
        with self.context(writable=heal) as context:
            context.check_org()
            wait = self.wishes.wait_seconds
            return self.told(verify(context, level, heal=heal, wait_seconds=wait, targets=self.targets(sobjects)))

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
        self._approver().check_pinned()
        with self.context() as context:
            return revive_entry(context, entry, self.wishes.wait_seconds, mend, policies_of(self.settings))

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
        self._approver().check_pinned()
        with self.context() as context:
            return resume_import(context, run, self._terms())

    def alarms(self, mirror: Mirror) -> list[str]:
        """Tell what should make somebody look, for the health page; the org is not asked."""
        with mirror.reading() as books:
            found = alarms(books, self.wishes.clock.now(), watch_of(self.settings, books))
        return [str(problem) for problem in found]

    # --- what they are given ---

    def _approver(self) -> Approver:
        return Approver(self.settings, self.wishes, self.org, self.runs_folder)

    def _order(self, sobjects: Sequence[str] = ()) -> Order:
        return Order(
            self.targets(sobjects), self.rules_for, brakes_of(self.settings), self._approver().ask,
            self.wishes.wait_seconds, self.settings.zone, policies_of(self.settings),
        )  # fmt: skip

    def _terms(self) -> Terms:
        return Terms(self._guard(), self.wishes.wait_seconds, self.runs_folder, policies_of(self.settings))

    def _guard(self) -> Guard:
        return Guard(brakes_of(self.settings), self._approver().ask)

    def _shielding_guard(self) -> Guard:
        """Give a guard for what was planned by the policies of an earlier day."""
        return replace(self._guard(), policies=policies_of(self.settings))


def open_app(config: Path, wishes: Wishes) -> App:
    """Open the working folder that a settings file stands for. Raises SettingsError with all that is wrong in it."""
    return App(read_settings(config), wishes)
