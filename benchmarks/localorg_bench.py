"""Measure the local org against the same bytes from a static HTTPS server, and say all in ratios.

    python benchmarks/localorg_bench.py [--rows 100000] [--rounds 3] [--million]

Bulk pages: the result pages of a finished query job, against the same gzipped bytes from the static server. REST
pages: all pages of a query, uncompressed, against the sum of a plain select with `json.dumps` of the same pages and
their download from the static server. Ingest: an upload carried out, no rule on, against one `executemany` of the same
rows into an empty table with nothing but their columns, as texts; beside that of as many of the org's rows into a table
with its own columns and indexes, columns that hold nothing not named (to hand SQLite a null costs more than a text).
Org and floor alternate; medians are shown, of seconds on the clock and of CPU seconds of client and server together,
which say more where a machine has other work too. `--million` seeds a million leads and starts the org again.
"""

import argparse
import csv
import functools
import http.server
import io
import json
import os
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from sfsync.clock import SystemClock
from sfsync.localorg.process.foreground import Options
from sfsync.localorg.process.lifecycle import start, stop

FIELDS = (
    "Id", "LastName", "FirstName", "Name", "Title", "Company", "Street", "City", "State", "PostalCode", "Country",
    "Phone", "Email", "LeadSource", "Status", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees", "OwnerId",
    "IsConverted", "CreatedDate", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip
GIVEN = ("LastName", "FirstName", "Title", "Company", "Street", "City", "State", "PostalCode", "Country", "Phone",
         "Email", "LeadSource", "Status", "Industry", "Rating", "NumberOfEmployees")  # fmt: skip
QUERY = f"SELECT {', '.join(FIELDS)} FROM Lead"  # noqa: S608
VERSION = "/services/data/v62.0"
BULK_PAGE, REST_PAGE = 50_000, 2_000


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def end_headers(self) -> None:
        if self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


def serve(folder: str, certificate: str, key: str) -> None:
    """Serve a folder over TLS until killed; print the port first."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def cpu_of(process: int) -> float:
    """Give the CPU seconds a process has used."""
    told = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    """One org and one static server."""

    def __init__(self, facts: Mapping[str, Any], org_process: int, static: subprocess.Popen[str], folder: Path) -> None:
        assert static.stdout is not None
        self.facts = facts
        self.processes = {"org": org_process, "floor": static.pid}
        self.static_url = f"https://127.0.0.1:{int(static.stdout.readline())}"
        self.folder = folder
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = facts["ca_file"]
        self.figures: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def ask(self, method: str, path: str, **sent: Any) -> requests.Response:
        """Ask the org."""
        headers = {"Authorization": f"Bearer {self.facts['access_token']}", **sent.pop("headers", {})}
        url = f"{self.facts['instance_url']}{path}"
        answer = self.session.request(method, url, headers=headers, timeout=3600, **sent)
        answer.raise_for_status()
        return answer

    def take(self, what: str, who: str, do: Callable[[], object]) -> None:
        """Do something, and note its seconds: on the clock, and of CPU here and in the server."""
        wall, cpu, there = time.perf_counter(), time.process_time(), cpu_of(self.processes[who])
        do()
        used = time.process_time() - cpu + cpu_of(self.processes[who]) - there
        self.figures.setdefault((what, who), []).append((time.perf_counter() - wall, used))

    def fetch_static(self, names: list[str], encoding: str) -> None:
        """Fetch files from the static server, as the client fetches pages."""
        for name in names:
            answer = self.session.get(f"{self.static_url}/{name}", headers={"Accept-Encoding": encoding}, timeout=600)
            answer.raise_for_status()
            assert answer.content

    def bulk(self, rounds: int) -> None:
        """Measure result pages of a bulk query."""
        job = self.ask("POST", f"{VERSION}/jobs/query", json={"operation": "query", "query": QUERY}).json()["id"]
        while self.ask("GET", f"{VERSION}/jobs/query/{job}").json()["state"] != "JobComplete":
            SystemClock().sleep(0.1)
        names = []
        for number, page in enumerate(self._bulk_pages(job, raw=True)):
            names.append(f"page-{number}.csv.gz")
            (self.folder / names[-1]).write_bytes(page)
        for _ in range(rounds):
            self.take("bulk pages", "floor", lambda: self.fetch_static(names, "gzip"))
            self.take("bulk pages", "org", lambda: self._bulk_pages(job))

    def _bulk_pages(self, job: str, raw: bool = False) -> list[bytes]:
        pages, locator = [], ""
        while locator != "null":
            place = {"maxRecords": str(BULK_PAGE)} | ({"locator": locator} if locator else {})
            path = f"{VERSION}/jobs/query/{job}/results"
            answer = self.ask("GET", path, params=place, headers={"Accept-Encoding": "gzip"}, stream=raw)
            pages.append(answer.raw.read(decode_content=False) if raw else answer.content)
            locator = answer.headers["Sforce-Locator"]
        return pages

    def rest(self, rounds: int) -> None:
        """Measure pages of a query."""
        names = []
        for number, page in enumerate(self._rest_pages()):
            names.append(f"page-{number}.json")
            (self.folder / names[-1]).write_bytes(page)

        def floor() -> None:
            self._select_and_dump()
            self.fetch_static(names, "identity")

        for _ in range(rounds):
            self.take("REST pages", "floor", floor)
            self.take("REST pages", "org", self._rest_pages)

    def _rest_pages(self) -> list[bytes]:
        pages, path, headers = [], f"{VERSION}/query", {"Accept-Encoding": "identity"}
        sent: dict[str, Any] = {"params": {"q": QUERY}}
        while path:
            pages.append(self.ask("GET", path, headers=headers, **sent).content)
            told = json.loads(pages[-1]) if len(pages) == 1 else None  # the first page tells the name of all
            if told is not None:
                self.name, total = told.get("nextRecordsUrl", "").rpartition("-")[0], told["totalSize"]
            start, sent = len(pages) * REST_PAGE, {}
            path = f"{self.name}-{start}" if start < total else ""
        return pages

    def _select_and_dump(self) -> None:
        """Write the same pages the plain way: a select, a dict a record, json.dumps a page."""
        connection = sqlite3.connect(f"file:{self.facts['state_folder']}/org.db?mode=ro", uri=True)
        columns = ", ".join(FIELDS)
        rows = connection.execute(f"SELECT {columns} FROM Lead WHERE IsDeleted = 0")  # noqa: S608
        while part := rows.fetchmany(REST_PAGE):
            records = []
            for row in part:
                url = f"{VERSION}/sobjects/Lead/{row[0]}"
                records.append({"attributes": {"type": "Lead", "url": url}, **dict(zip(FIELDS, row, strict=True))})
            json.dumps({"totalSize": 0, "done": False, "nextRecordsUrl": "", "records": records}).encode()
        connection.close()

    def ingest(self, rounds: int, rows: int) -> None:
        """Measure an upload that is carried out."""
        page = self.ask("GET", f"{VERSION}/query", params={"q": f"SELECT {', '.join(GIVEN)} FROM Lead"}).json()  # noqa: S608
        few = [[one[name] for name in GIVEN] for one in page["records"]]
        given = [[*few[number % len(few)][:10], f"a{number}@example.com", *few[number % len(few)][11:]]
                 for number in range(rows)]  # fmt: skip
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([GIVEN, *given])
        upload = text.getvalue().encode()
        alike, names, held = self._alike(rows)
        bare = [f"CREATE TABLE Lead (number INTEGER PRIMARY KEY, {' TEXT, '.join(GIVEN)} TEXT)"]
        numbered = [(number, *row) for number, row in enumerate(given)]
        place = self.folder / "floor.db"
        for _ in range(rounds):
            self.take("ingest", "floor", functools.partial(_insert, place, bare, ("number", *GIVEN), numbered))
            self.take("ingest, own", "floor", functools.partial(_insert, place, alike, names, held))
            self.take("ingest", "org", functools.partial(self._ingest, upload, rows))
        self.figures["ingest, own", "org"] = self.figures["ingest", "org"]

    def _alike(self, rows: int) -> tuple[list[str], list[str], list[tuple[object, ...]]]:
        """Give the statements that make the org's own table, the columns that hold anything, and some of its rows."""
        connection = sqlite3.connect(f"file:{self.facts['state_folder']}/org.db?mode=ro", uri=True)
        made = "SELECT sql FROM sqlite_master WHERE tbl_name = 'Lead' AND sql IS NOT NULL ORDER BY type DESC"
        statements = [str(row[0]) for row in connection.execute(made)]
        known = [str(row[1]) for row in connection.execute("PRAGMA table_info(Lead)")]
        counts = connection.execute(f"SELECT {', '.join(f'count({name})' for name in known)} FROM Lead").fetchone()  # noqa: S608
        names = [name for name, count in zip(known, counts, strict=True) if count]
        held = connection.execute(f"SELECT {', '.join(names)} FROM Lead LIMIT ?", (rows,)).fetchall()  # noqa: S608
        connection.close()
        return statements, names, held

    def _ingest(self, upload: bytes, rows: int) -> None:
        wanted = {"operation": "insert", "object": "Lead", "contentType": "CSV", "lineEnding": "LF"}
        job = self.ask("POST", f"{VERSION}/jobs/ingest", json=wanted).json()["id"]
        path = f"{VERSION}/jobs/ingest/{job}"
        self.ask("PUT", f"{path}/batches", data=upload, headers={"Content-Type": "text/csv"})
        self.ask("PATCH", path, json={"state": "UploadComplete"})
        while (now := self.ask("GET", path).json())["state"] not in ("JobComplete", "Failed"):
            SystemClock().sleep(0.05)
        assert (now["numberRecordsProcessed"], now["numberRecordsFailed"]) == (rows, 0), now

    def show(self, limits: Mapping[str, float | None]) -> None:
        """Print medians and their ratios, each beside the most it may be."""
        print(f"{'':12} {'org s':>8} {'floor s':>8} {'x':>6} {'org cpu':>8} {'floor cpu':>9} {'x':>6} {'at most':>8}")
        for what, most in limits.items():
            org, floor = (
                [statistics.median(taken[kind] for taken in self.figures[what, who]) for kind in (0, 1)]
                for who in ("org", "floor")
            )
            print(
                f"{what:12} {org[0]:8.2f} {floor[0]:8.2f} {org[0] / floor[0]:6.2f} {org[1]:8.2f} {floor[1]:9.2f}"
                f" {org[1] / floor[1]:6.2f} {most or '-':>8}"
            )


def _insert(place: Path, statements: list[str], names: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    connection = sqlite3.connect(place)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    for statement in statements:
        connection.execute(statement)
    sql = f"INSERT INTO Lead ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    connection.executemany(sql, rows)
    connection.commit()
    connection.close()
    place.unlink()


def measure(rows: int, rounds: int) -> None:
    """Fill an org, measure, and stop it again."""
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), SystemClock()
        pages, place = folder / "static", folder / "org"
        pages.mkdir()
        facts = start(Options(place, leads=rows, accounts=100, contacts=0, opportunities=0), clock).shown()
        certificate, key = place / "server.pem", place / "server.key"
        static = subprocess.Popen([sys.executable, __file__, "--serve", str(pages), str(certificate), str(key)],
                                  stdout=subprocess.PIPE, text=True)  # fmt: skip
        try:
            bench = Bench(facts, int(facts["pid"]), static, pages)
            print(f"{rows:,} leads; x is the org against the floor")
            bench.bulk(rounds)
            bench.rest(rounds)
            bench.ingest(rounds, rows)
            bench.show({"bulk pages": 1.5, "REST pages": 1.5, "ingest": 4.0, "ingest, own": None})
        finally:
            static.kill()
            static.wait()
            stop(place, clock)


def million(leads: int = 1_000_000) -> None:
    """Seed a million leads by one command, then start the org again; memory is the most its process ever held."""
    program = [sys.executable, "-m", "sfsync", "org"]
    with tempfile.TemporaryDirectory() as name:
        state = ["--state", str(Path(name) / "org")]
        for what, more in ((f"{leads:,} leads seeded", ["--leads", str(leads)]), ("started again", [])):
            began = time.perf_counter()
            command = [*program, "start", *state, *more]
            subprocess.run(command, capture_output=True, check=True)
            seconds = time.perf_counter() - began
            facts = json.loads((Path(name) / "org" / "facts.json").read_text())
            status = Path(f"/proc/{facts['pid']}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
            print(f"{what}: {seconds:.1f} s, at most {peak:.0f} MB")
            subprocess.run([*program, "stop", *state], capture_output=True, check=True)


def main() -> None:
    """Read the arguments and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="seed a million leads instead, which takes minutes")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(*arguments.serve)
    elif arguments.million:
        million()
    else:
        measure(arguments.rows, arguments.rounds)


if __name__ == "__main__":
    main()
