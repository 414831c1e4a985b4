"""A working folder: its settings and rules, its mirror, and the org it is wired to. Commands are made of these."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sfsync.app.named_fields import check_named_fields
from sfsync.app.spending import Spending
from sfsync.app.wiring import RuleFiles, Wishes, org_access, placed, read_rules, targets_of
from sfsync.errors import SettingsError, UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.records.schema import SObject
from sfsync.rules.rulebook import Rulebook
from sfsync.salesforce.port import Org
from sfsync.settings.shapes import Settings
from sfsync.settings.toml import read_rule_files
from sfsync.sync.context import Context, Target
from sfsync.sync.outcome import Outcome


class WorkingFolder:
    """What commands work with, made where it is first asked for."""

    def __init__(self, settings: Settings, wishes: Wishes) -> None:
        self.settings = settings
        self.wishes = wishes
        self._org: Org | None = None
        self._spending: Spending | None = None  # of the command under way
        self._rule_files: RuleFiles | None = None  # as they were read, where they are to stay so

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

    def told(self, outcome: Outcome, estimate: int = 0) -> Outcome:
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

    def targets(self, sobjects: Sequence[str]) -> tuple[Target, ...]:
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
