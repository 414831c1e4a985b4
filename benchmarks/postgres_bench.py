"""Measure pull into PostgreSQL against a bare floor, both from a local org over HTTPS, and say all in ratios.

    python benchmarks/postgres_bench.py [--rows 200000] [--rounds 3]

Floor: the same gzipped pages of a bulk query, fetched with requests, each given to COPY as it is, into a bare table of
texts without a key. Floor, first pull and a full pull after 2 % of the records have changed alternate, each in a
process of its own, into a database of its own; medians are shown. The server is one of ours with its own settings, or
the one that SFSYNC_TEST_PG_URL names. What is left out is what `pull_bench.py` leaves out.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pull_bench
from pull_bench import LEAD_FIELDS, OURS, PAGE, Asked, Bench

sys.path.append(str(Path(__file__).parents[1]))


def floor(facts: Mapping[str, Any]) -> dict[str, float]:
    """Fetch the pages and hand them to COPY."""
    import psycopg

    org = Asked(facts)
    fields = (*LEAD_FIELDS, *OURS)
    job, job_seconds = org.finished_job(f"SELECT {', '.join(fields)} FROM Lead")  # noqa: S608
    began, cpu, records, locator = time.perf_counter(), time.process_time(), 0, ""
    with psycopg.connect(facts["mirror_url"]) as session:
        session.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in fields)})")  # type: ignore[call-overload]
        session.commit()
        while locator != "null":
            place = {"locator": locator} if locator else {}
            page = org.ask("GET", f"jobs/query/{job}/results", params={"maxRecords": str(PAGE), **place})
            cursor = session.cursor()
            with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(page.content)
            records += cursor.rowcount
            session.commit()
            locator = page.headers["Sforce-Locator"]
    figures = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "job": job_seconds}
    org.ask("DELETE", f"jobs/query/{job}")
    return {**figures, "records": records}


class PostgresBench(Bench):
    """One org and one server, measured round by round."""

    def __init__(self, folder: Path, facts: Mapping[str, Any], rows: int, server: str) -> None:
        super().__init__(folder, facts, rows)
        self.server = server
        self.rounds = 0

    def round(self, order: str) -> None:
        """Floor, first pull; then 2 % change, and a full pull finds them."""
        with self.database() as url:
            self.facts = {**self.facts, "mirror_url": url}
            assert self.step("floor", self.folder, order)["records"] == self.rows
        with self.database() as url:
            self.facts = {**self.facts, "mirror_url": url}
            assert self.step("first", self.folder, order)["new"] == self.rows
            self.change()
            found = self.step("full", self.folder, order)["changed"]
            assert found == int(self.rows * pull_bench.CHANGED), f"{found} changes were found"

    def step(self, step: str, folder: Path, order: str) -> dict[str, float]:
        """Do one step in a process of its own."""
        return self.took(step, Path(__file__ if step == "floor" else pull_bench.__file__), folder, order)

    def database(self) -> Any:
        """Give a database of its own."""
        from tests.postgres import schema

        return schema(self.server)


def measure(rows: int, rounds: int) -> None:
    """Fill an org, start a server, measure, and stop both."""
    from sfsync.clock import SystemClock
    from sfsync.localorg.process.foreground import Options
    from sfsync.localorg.process.lifecycle import start, stop
    from tests.postgres import server

    with tempfile.TemporaryDirectory() as name, server(safe=True) as url:
        place = Path(name) / "org"
        clock = SystemClock()
        facts = start(Options(place, leads=rows, accounts=100, contacts=0, opportunities=0), clock)
        try:
            bench = PostgresBench(Path(name), facts.shown(), rows, url)
            for _ in range(rounds):
                bench.round("id")
            bench.show()
        finally:
            stop(place, clock)


def main() -> None:
    """Read the arguments and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    for name in ("--step", "--folder", "--order"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        pull_bench.tell(floor(json.load(sys.stdin)))
        return
    from tests.postgres import lacking

    if (reason := lacking()) is not None:
        print(f"not measured: {reason}")
    else:
        measure(arguments.rows, arguments.rounds)


if __name__ == "__main__":
    main()
