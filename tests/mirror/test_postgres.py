"""Promises of a mirror in PostgreSQL beyond those of any mirror: errors in words, leases over machines, no secrets."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sfsync.clock import SetClock
from sfsync.errors import IncompleteAnswer, LeaseHeld, LeaseLost, MirrorError, SettingsError
from sfsync.mirror.driver import NO_NUL
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.mirror.taken import Taken
from tests.mirror.leads import ANA, FIELDS, LEAD, content, csv_bytes, lead_id, rest_row, two_mirrors
from tests.postgres import NAMED, PASSWORD, USER, schema

pytestmark = [pytest.mark.long, pytest.mark.postgres]


@pytest.fixture(params=["postgres"])
def url(postgres_url: str) -> str:
    """Where the mirror lives."""
    return postgres_url


@contextmanager
def server_side(url: str) -> Iterator[Any]:
    """Give a session of somebody else with the server."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as session:
        yield session


def refused(url: str, clock: SetClock, password: str | None = None) -> str:
    """Give the words in which a mirror is refused."""
    with pytest.raises((MirrorError, SettingsError)) as error:
        open_mirror(url, clock=clock, writable=True, password=password)
    assert error.value.problems[0].next
    return str(error.value)


def test_a_server_that_is_away_is_told(clock: SetClock) -> None:
    """Where nothing listens, or the host has no address, the words name the place and what to do."""
    for place in ("127.0.0.1:1/mirror", "no-such-host.invalid/mirror"):
        words = refused(f"postgresql://{USER}:{PASSWORD}@{place}", clock)
        assert f"postgresql://{place}" in words and "no PostgreSQL server answers" in words


def test_a_database_that_is_not_there_is_told(postgres_server: str, clock: SetClock) -> None:
    """The words name the database, and how to create it."""
    server, _, _ = postgres_server.partition("?")
    words = refused(f"{server.rpartition('/')[0]}/nowhere", clock)
    assert "there is no database" in words and "nowhere" in words and "createdb" in words


@pytest.mark.skipif("os.environ.get('SFSYNC_TEST_PG_URL')", reason="the named server may trust everybody")
def test_a_wrong_password_is_told_and_no_password_is_ever_shown(postgres_url: str, clock: SetClock) -> None:
    """The words name the settings to look at, and neither they nor an open mirror's form show a password."""
    words = refused(postgres_url, clock, password="swordfish")
    assert "did not take the user or password" in words and "[mirror] url" in words
    opened = open_mirror(postgres_url.replace(f":{PASSWORD}@", "@"), clock=clock, writable=True, password=PASSWORD)
    shown = f"{opened!r} {opened.writer!r} {opened.home.place} {words}"
    opened.close()
    assert PASSWORD not in shown and "swordfish" not in shown


def test_a_user_who_may_not_create_tables_is_told(postgres_url: str, clock: SetClock) -> None:
    """Missing rights are told with what the server said and what to grant."""
    with server_side(postgres_url) as session:
        name = f"reader_{session.info.backend_pid}"
        session.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
        try:
            session.execute(f"GRANT USAGE ON SCHEMA {schema_in(postgres_url)} TO {name}")
            words = refused(postgres_url.replace(f"{USER}:{PASSWORD}@", f"{name}:x@"), clock)
        finally:
            session.execute(f"DROP OWNED BY {name}")
            session.execute(f"DROP ROLE {name}")
    assert "may not do that" in words and "GRANT" in words


def schema_in(url: str) -> str:
    """Give the schema a URL leads to."""
    return url.rpartition("%3D")[2]


def test_a_schema_with_tables_of_others_is_left_alone(postgres_url: str, clock: SetClock) -> None:
    """It is no mirror, whatever is in it, and stays as it was."""
    with server_side(postgres_url) as session:
        session.execute("CREATE TABLE songs (name text)")
    assert "other tables and no mirror" in refused(postgres_url, clock)


def test_a_schema_that_is_not_there_is_told(postgres_url: str, clock: SetClock) -> None:
    """The words say to create it."""
    assert "CREATE SCHEMA" in refused(f"{postgres_url}_not", clock)


def test_a_database_that_cannot_hold_every_text_is_told(postgres_server: str, clock: SetClock) -> None:
    """Only UTF-8 will do."""
    with server_side(postgres_server) as session:
        name = f"ascii_{session.info.backend_pid}"
        session.execute(f"CREATE DATABASE {name} ENCODING SQL_ASCII TEMPLATE template0 LOCALE 'C'")
        try:
            words = refused(f"{postgres_server.partition('?')[0].rpartition('/')[0]}/{name}", clock)
        finally:
            session.execute(f"DROP DATABASE {name}")
    assert "SQL_ASCII" in words and "UTF8" in words


@pytest.mark.parametrize("wrong", ["postgresql://host:port/db", "postgresql://host/db?colour=red"])
def test_a_url_that_makes_no_sense_is_told_without_what_is_in_it(clock: SetClock, wrong: str) -> None:
    """It may hold a password in a wrong place, so it is not repeated."""
    assert wrong not in refused(wrong, clock) and "makes no sense" in refused(wrong, clock)


def test_without_the_package_the_way_to_it_is_told(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is an extra; who has not installed it learns its name."""
    monkeypatch.setitem(sys.modules, "sfsync.mirror.postgres_home", None)
    assert "sfsync[postgres]" in refused("postgresql://host/db", clock)


def test_a_connection_that_is_lost_undoes_its_transaction_and_hinders_no_other(
    mirror: Mirror, postgres_url: str
) -> None:
    """The words say that nothing is half written; and so it is, and the next transaction goes through."""
    with pytest.raises(MirrorError, match="lost"), mirror.writing() as books:
        books.turns.put("emea", {"next": 1})
        end_sessions(postgres_url, "application_name = 'sfsync'")
        books.turns.put("emea", {"next": 2})
    with mirror.writing() as books:
        assert books.turns.get("emea") == {}


def end_sessions(url: str, which: str) -> None:
    """Have the server end sessions in the database of a URL."""
    with server_side(url) as session:
        ended = session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE pid <> pg_backend_pid() AND datname = current_database() AND {which}"
        )
        assert ended.fetchall()


def test_nothing_is_written_once_a_lost_lease_is_held_by_another(
    mirror: Mirror, postgres_url: str, clock: SetClock
) -> None:
    """Where the connection that holds a lease is lost, and another process has it by then, the first run ends."""
    other = open_mirror(postgres_url, clock=clock, writable=True)
    with mirror.lease("writer", "sfsync pull", 0):
        end_sessions(postgres_url, "application_name LIKE 'sfsync pull|%'")
        with mirror.writing() as books:
            books.turns.put("emea", {"next": 1})
        with other.lease("writer", "the next", 0), other.writing() as books:
            books.turns.put("emea", {"next": 2})
        with pytest.raises(LeaseLost, match="taken the writer lease"), mirror.writing():
            raise AssertionError("it went through")
    other.close()


def test_mirrors_in_other_schemas_are_apart(mirror: Mirror, postgres_server: str, clock: SetClock) -> None:
    """Leases and transactions of one mirror keep nobody from another one in the same database."""
    with schema(postgres_server) as elsewhere:
        other = open_mirror(elsewhere, clock=clock, writable=True)
        again = open_mirror(elsewhere, clock=clock, writable=True)
        with mirror.lease("writer", "one", 0), mirror.writing(), other.lease("writer", "two", 0), other.writing():
            assert mirror.uid() != other.uid()
            with pytest.raises(LeaseHeld, match=r"held by two \(process"), again.lease("writer", "three", 0):
                pass
        for opened in (other, again):
            opened.close()


def test_a_mirror_of_an_older_sfsync_is_brought_up(mirror: Mirror, postgres_url: str, clock: SetClock) -> None:
    """Opening one of an earlier revision to write makes its tables what those of a fresh one are."""
    storage = "SELECT attname::text, attstorage::text FROM pg_attribute WHERE attrelid = '_prints'::regclass"
    mirror.close()
    with server_side(postgres_url) as session:
        fresh = session.execute(storage).fetchall()
        session.execute("ALTER TABLE _prints ALTER ids SET STORAGE EXTENDED, ALTER prints SET STORAGE EXTENDED")
        session.execute("DROP INDEX _outbox_keyed")
        session.execute("UPDATE alembic_version SET version_num = '0007'")
        assert session.execute(storage).fetchall() != fresh
        open_mirror(postgres_url, clock=clock, writable=True).close()
        assert session.execute(storage).fetchall() == fresh
        assert session.execute("SELECT to_regclass('_outbox_keyed')").fetchone() != (None,)


def test_a_first_load_comes_in_raw_and_typed(mirror: Mirror, clock: SetClock) -> None:
    """Texts that COPY itself would stumble over, and pages it cannot read, arrive as rows that were cast do."""
    fields = ("Id", "IsDeleted", *(name for name in FIELDS if name not in ("Id", "IsDeleted")))
    texts = ["plain", 'a "b"', "a\n\\.\nb", "\\.", "", "x,y", "a\0b", "é", "\\N", "a\r\nb"]
    rows = [rest_row(number, clock.now(), LastName=text, AnnualRevenue="12.50") for number, text in enumerate(texts)]
    places = [FIELDS.index(name) for name in fields]
    body = csv_bytes([[row[place] for place in places] for row in rows], fields)
    with mirror.loading() as books:
        books.schemas.put(LEAD, FIELDS)
        books.records.shape(LEAD, FIELDS)
        assert books.records.take_csv("Lead", fields, [body], len(rows), run=1).new == len(rows)
    with mirror.writing() as books:
        books.records.loaded("Lead")
    with mirror.reading() as books:
        held = [record.fields["LastName"] for record in books.records.records("Lead")]
        assert held == [text.replace("\0", "\ufffd") or None for text in texts]
        assert {str(record.fields["AnnualRevenue"]) for record in books.records.records("Lead")} == {"12.5"}


def test_where_the_server_is_named_it_is_used() -> None:
    """The name of the variable is what the guide for those who work on this says."""
    assert NAMED in (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_tombstones_among_new_records_are_known_as_such(mirror: Mirror, clock: SetClock) -> None:
    """A record that is deleted already when it is first seen is a tombstone, in a page that is poured in too."""
    fields = ("Id", "IsDeleted", "LastName")
    with mirror.loading() as books:
        books.records.shape(LEAD, fields)
        for start, dead in ((0, ()), (10, (12,)), (20, ())):
            rows = [[lead_id(n), n in dead, "true"] for n in range(start, start + 10)]
            body = csv_bytes([[r[0], r[1], r[2]] for r in rows], fields)
            books.records.take_csv("Lead", fields, [body], 10, run=1)
        books.records.loaded("Lead")
        assert (books.records.count("Lead"), books.records.count("Lead", deleted_too=True)) == (29, 30)


def test_many_changes_of_a_page_arrive_and_are_journaled_as_in_sqlite(
    mirror: Mirror, clock: SetClock, tmp_path: Path
) -> None:
    """Whatever the values are; NUL alone, which PostgreSQL cannot hold, is put down as another character."""
    sqlite = open_mirror(f"sqlite:///{tmp_path}/mirror.db", clock=clock, writable=True)
    texts = ['a "b"', "a\n\\.\nb", "\\N", "x\ty", "", "a\0b", "é🙂", "a\r\nb", "\\", " x "]
    first = [rest_row(number, clock.now(), AnnualRevenue="12.50", NumberOfEmployees=3) for number in range(200)]
    second = [
        rest_row(n, clock.now(), LastName=text, Email=text, Birthday__c="2000-02-29", AnnualRevenue=f"{n}.25")
        for n, text in enumerate(texts * 20)
    ]
    for opened in (mirror, sqlite):
        with opened.writing() as books:
            books.records.shape(LEAD, FIELDS)
        for run, rows in ((1, first), (2, second)):
            with opened.loading() as books:
                taken = books.records.take_csv("Lead", FIELDS, [csv_bytes(rows)], len(rows), run=run)
                assert (taken.new, taken.changed) == ((200, 0) if run == 1 else (0, 200))
                books.records.loaded("Lead")
    records, lines = content(sqlite)
    held = [tuple(value.replace("\0", NO_NUL) if isinstance(value, str) else value for value in row) for row in records]
    told = [tuple(value.replace("\0", NO_NUL) if isinstance(value, str) else value for value in row) for row in lines]
    assert content(mirror) == (held, told)
    sqlite.close()


_VALUES: dict[str, list[object]] = {
    "LastName": ["Ada", 'a "b"', "a\nb", "\\N", " x ", "é🙂", ""],
    "Email": ["a@x.example", None],
    "AnnualRevenue": ["12.50", "12.5", "-0.001", "1000000", "12345678901234567890.123456789", "0", None],
    "NumberOfEmployees": [0, -7, 999_999_999, None],
    "Birthday__c": ["2000-02-29", "1700-01-01", "0999-12-31", "4000-12-31", None],
    "Calls_At__c": ["00:00:00.000Z", "23:59:59.999Z", "07:05:00.100Z", None],
    "LastActivityDate": ["2026-02-01", "2026-02-02", None],
    "LastModifiedDate": ["2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00.123Z", None],
    "LastModifiedById": [ANA, None],
    "IsDeleted": [False] * 500 + [True],
    "MasterRecordId": [None] * 500 + [lead_id(1)],
}


@pytest.mark.parametrize("odd", [False, True], ids=["living", "some deleted, merged or back"])
def test_whatever_changes_leaves_the_same_in_both_databases(
    postgres_url: str, clock: SetClock, tmp_path: Path, odd: bool
) -> None:
    """Values, journal, counts and what is told of them: of any kind of field, in pages of no plan, run after run."""
    chance = Random(odd)
    with two_mirrors(postgres_url, f"sqlite:///{tmp_path}/mirror.db", clock) as both:
        any_four = [chance.sample(list(_VALUES)[: None if odd else -2], 4) for _ in range(4)]
        for run, names in enumerate([*any_four, [], ["LastModifiedDate"]], 1):
            rows = [
                rest_row(number, clock.now(), **{name: chance.choice(_VALUES[name]) for name in names})
                for number in sorted(chance.sample(range(400), 300))
            ]
            taken = []
            for mirror in both:
                with mirror.loading() as books:
                    taken.append(books.records.take_csv("Lead", FIELDS, [csv_bytes(rows)], len(rows), run=run))
                    books.records.loaded("Lead")
            assert taken[0] == taken[1]
            assert content(both[0]) == content(both[1])


@pytest.mark.parametrize("size", [100, 10_000_000])
def test_a_page_that_cannot_be_read_at_one_go_is_read_record_by_record(
    leads: Mirror, clock: SetClock, size: int
) -> None:
    """A record that is there already, and a value COPY does not take, change nothing about what arrives."""

    def page(numbers: range, **values: object) -> bytes:
        return csv_bytes([rest_row(number, clock.now(), **values) for number in numbers])

    def take(body: bytes, records: int, run: int) -> Taken:
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        with leads.loading() as books:
            return books.records.take_csv("Lead", FIELDS, pieces, records, run=run)

    assert take(page(range(100, 150)), 50, 1).new == 50
    again = take(page(range(90, 120), LastName="Ada"), 30, 2)
    assert (again.new, again.changed) == (10, 20)
    wrong = csv_bytes([rest_row(209, clock.now(), AnnualRevenue="a lot")])[len(csv_bytes([])) :]
    with pytest.raises(IncompleteAnswer, match=r"AnnualRevenue"):
        take(page(range(200, 209)) + wrong, 10, 3)
    with leads.reading() as books:
        assert books.records.count("Lead") == 60


def test_copy_waits_for_a_server_that_reads_slowly(postgres_url: str) -> None:
    """More bytes than the network holds go through all the same, and an error in the midst of them is told."""
    import psycopg

    from sfsync.mirror.postgres import Session, prepared  # psycopg need not be there

    session = prepared(Session.connect(postgres_url))
    session.execute("CREATE TABLE slow (n integer)")
    session.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN IF new.n % 50000 = 0 THEN PERFORM pg_sleep(0.05); END IF; RETURN new; END'"
    )
    session.execute("CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait()")
    piece = b"".join(b"%08d\n" % number for number in range(100_000))
    assert session.poured("COPY slow FROM STDIN", [piece] * 10) == 1_000_000
    with pytest.raises(psycopg.DataError, match="invalid input"), session.transaction():
        session.poured("COPY slow FROM STDIN", [piece, b"x\n", piece * 5])
    with pytest.raises(KeyError), session.transaction():
        session.poured("COPY slow FROM STDIN", (({}["gone"] if number else piece) for number in range(2)))
    assert session.execute("SELECT count(*) FROM slow").fetchall() == [(1_000_000,)]
    session.close()
