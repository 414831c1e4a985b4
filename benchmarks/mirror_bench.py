"""Measure the bulk path of the mirror against a bare floor, and say both in ratios.

    python benchmarks/mirror_bench.py [--rows 200000] [--rounds 3] [--shuffled]

Floor: the whole CSV in memory, `csv.reader`, one `executemany` of texts into a bare SQLite table with a key. Each
figure is taken in a process of its own, floor and candidate in turn; medians are shown. Downloading and unzipping are
in neither.
"""

import argparse
import csv
import io
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FIELDS = {
    "Id": "id", "IsDeleted": "boolean", "MasterRecordId": "reference", "LastName": "string", "FirstName": "string",
    "Company": "string", "Title": "string", "Email": "email", "Phone": "phone", "Street": "textarea",
    "City": "string", "Country": "string", "LeadSource": "picklist", "Status": "picklist",
    "AnnualRevenue": "currency", "NumberOfEmployees": "int", "Score__c": "double", "IsConverted": "boolean",
    "OwnerId": "reference", "LastActivityDate": "date", "CreatedDate": "datetime", "LastModifiedDate": "datetime",
    "LastModifiedById": "reference", "SystemModstamp": "datetime",
}  # fmt: skip
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHUNK = 1 << 20


def record_id(number: int) -> str:
    """Give an id of a lead: ids of one org lie close together, with gaps."""
    from sfsync.records.ids import to_18

    digits = ""
    number = number * 7 + 62**5
    for _ in range(9):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return to_18("00Q5e0" + digits)


def row(number: int, chance: random.Random) -> list[str]:
    """Make one lead; one in fourteen holds quotes, line breaks or accents."""
    odd = chance.random() < 0.07
    stamp = f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}T0{chance.randint(0, 9)}:15:42.000Z"
    return [
        record_id(number), "false", "", f"Lastname{number}", ["", "Zo\u00eb", *["Maria"] * 8][number % 10],
        f"Company {chance.randint(1, 99999)} & Sons", "Head of \"Sales\"\nand more" if odd else "Head of Sales",
        f"someone{number}@example{number % 977}.com", f"+34 600 {number:07d}", "1 Long Street" if odd else "",
        "M\u00e1laga" if odd else "Madrid", "Spain", "Web", "Open - Not Contacted", f"{chance.randint(0, 9999999)}.0",
        str(chance.randint(1, 5000)), f"{chance.random() * 100:.2f}", "false", "0055e000001abcDAAQ",
        "" if number % 3 else "2026-03-04", stamp, stamp, "0055e000001abcDAAQ", stamp,
    ]  # fmt: skip


def write_files(folder: Path, rows: int, shuffled: bool) -> None:
    """Write the first file, and a second one in which 2 % of the rows have changed."""
    chance = random.Random(1)
    records = [row(number, chance) for number in range(rows)]
    if shuffled:
        chance.shuffle(records)
    _write(folder / "first.csv", records)
    for record in chance.sample(records, rows // 50):
        record[13], record[16], record[23] = "Working", "77.5", "2026-11-01T00:00:00.000Z"
    _write(folder / "second.csv", records)


def _write(path: Path, records: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(records)


def chunks(path: Path) -> Iterator[bytes]:
    """Give a file in pieces of a megabyte."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def floor(folder: Path, file: Path, rows: int) -> None:
    """Load a file the bare way."""
    connection = sqlite3.connect(folder / "floor.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE Lead ({', '.join(FIELDS)}, PRIMARY KEY (Id))")
    reader = csv.reader(io.StringIO(b"".join(chunks(file)).decode(), newline=""))
    next(reader)
    marks = ", ".join("?" * len(FIELDS))
    connection.executemany(f"INSERT INTO Lead VALUES ({marks})", list(reader))  # noqa: S608
    connection.commit()
    connection.close()


def load(folder: Path, file: Path, rows: int) -> None:
    """Load a file as sfsync does."""
    from sfsync.clock import SystemClock
    from sfsync.mirror.open import open_mirror
    from sfsync.records.schema import sobject_from_describe

    mirror = open_mirror(f"sqlite:///{folder}/mirror.db", clock=SystemClock(), writable=True)
    fields = [{"name": name, "type": kind, "nillable": True} for name, kind in FIELDS.items()]
    schema = sobject_from_describe({"name": "Lead", "keyPrefix": "00Q", "fields": fields})
    started, cpu = time.perf_counter(), time.process_time()
    with mirror.loading() as books:
        books.records.shape(schema, list(FIELDS))
        taken = books.records.take_csv("Lead", list(FIELDS), chunks(file), rows, run=1)
    LOADED.append((time.perf_counter() - started, time.process_time() - cpu))
    print(taken.seen, taken.new, taken.changed, file=sys.stderr)
    mirror.close()


LOADED: list[tuple[float, float]] = []  # seconds of wall and CPU, opening and imports not counted
STEPS = {"floor": (floor, "first.csv"), "first": (load, "first.csv"), "second": (load, "second.csv")}


def one_step(step: str, folder: Path, rows: int) -> None:
    """Do one step in this process and print its figures as JSON: seconds of wall and CPU, peak megabytes."""
    action, name = STEPS[step]
    started, cpu = time.perf_counter(), time.process_time()
    action(folder, folder / name, rows)
    wall, used = LOADED[0] if LOADED else (time.perf_counter() - started, time.process_time() - cpu)
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024  # of this program alone
    print(json.dumps({"wall": wall, "cpu": used, "rss": peak}))


def measure(rows: int, rounds: int, shuffled: bool) -> None:
    """Do all steps `rounds` times and print medians."""
    figures: dict[str, list[dict[str, float]]] = {step: [] for step in STEPS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, rows, shuffled)
        for _ in range(rounds):
            for step in STEPS:
                command = [sys.executable, __file__, "--step", step, "--folder", name, "--rows", str(rows)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                figures[step].append(json.loads(done.stdout))
            for old in (*folder.glob("mirror.db*"), *folder.glob("floor.db*")):
                old.unlink()
    median = {
        step: {what: statistics.median(figure[what] for figure in taken) for what in taken[0]}
        for step, taken in figures.items()
    }
    print(f"{rows} rows x {len(FIELDS)} columns, median of {rounds}; x is against the floor")
    for step, at in median.items():
        wall, cpu = (f"{at[what]:6.2f} s {what} {at[what] / median['floor'][what]:5.2f} x" for what in ("wall", "cpu"))
        print(f"{step:8} {wall}   {cpu}   {at['rss']:5.0f} MB peak")


def main() -> None:
    """Read the arguments and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shuffled", action="store_true", help="rows in no order")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        one_step(arguments.step, arguments.folder, arguments.rows)
    else:
        measure(arguments.rows, arguments.rounds, arguments.shuffled)


if __name__ == "__main__":
    main()
