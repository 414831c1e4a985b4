"""Importing into a shop, as the tests of this folder do it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfsync.dataload.importing import ImportOrder, Terms, import_file, resume_import
from sfsync.plan.brakes import Brakes
from sfsync.sync.context import Context
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import Approve
from tests.shop import Shop, yes

Rows = Sequence[Sequence[str]]
LEADS: Rows = (("LastName", "Company"), ("Knit", "Wool"), ("Purl", "Wool"), ("Weave", "Linen"))


@dataclass
class Loader:
    """Writes files and imports them."""

    shop: Shop

    def file(self, content: Rows | str | bytes, name: str = "rows.csv") -> Path:
        """Write a file: rows as CSV, text as UTF-8, bytes as they are."""
        path = self.shop.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(content)
        return path

    def terms(self, approve: Approve = yes, **brakes: int) -> Terms:
        """Give terms under which all is approved and few brakes hold."""
        wide = {"overwrites_percent": 100, "clears_percent": 100} | brakes
        return Terms(Guard(Brakes(**wide), approve), 0.0, self.shop.folder / "runs")

    def run(
        self,
        content: Rows | str | bytes,
        operation: str = "insert",
        *,
        sobject: str = "Lead",
        terms: Terms | None = None,
        context: Context | None = None,
        **order: Any,
    ) -> Outcome:
        """Import a file of this content."""
        wanted = ImportOrder(self.file(content), sobject, operation, **order)
        return import_file(context or self.shop.context, wanted, terms or self.terms())

    def resume(self, run: int, context: Context | None = None) -> Outcome:
        """Go on with an import."""
        return resume_import(context or self.shop.context, run, self.terms())

    def results(self, outcome: Outcome, kind: str) -> list[list[str]]:
        """Read a result file without its header; empty where there is none."""
        path = outcome.data["files"].get(kind)
        if path is None:
            return []
        with Path(path).open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))[1:]

    def accounted(self, outcome: Outcome) -> None:
        """Check that every row of the file has exactly one outcome, in the counts and in the result files."""
        counts = outcome.counts
        parts = [counts[name] for name in ("applied", "unchanged", "rejected", "open")]
        assert counts["rows"] == sum(parts)
        files = {kind: self.results(outcome, kind) for kind in ("done", "refused", "open")}
        assert [len(files["done"]), len(files["refused"]), len(files["open"])] == [parts[0] + parts[1], *parts[2:]]
        numbers = sorted(int(row[0]) for rows in files.values() for row in rows)
        assert numbers == list(range(1, counts["rows"] + 1))


def lasting(shop: Shop, sobject: str = "Lead") -> list[dict[str, Any]]:
    """Give the org's living records of an sObject, oldest first."""
    return shop.rows(f'SELECT * FROM "{sobject}" WHERE IsDeleted = 0 ORDER BY Id')
