"""Promises of prints: exactly the records whose last known print differs are unknown, in any order, across any cut."""

from array import array
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from sfsync.mirror import prints as prints_module
from sfsync.mirror.open import Mirror
from sfsync.mirror.prints import Prints, Range, Voided, void
from tests.mirror.leads import lead_id

IDS = st.integers(0, 300).map(lambda number: f"{number % 3:04d}{number:08d}".encode())
BATCHES = st.lists(st.dictionaries(IDS, st.integers(1, 3), max_size=60), max_size=8)
TAILS = st.lists(st.dictionaries(st.integers(0, 300), st.integers(1, 3), max_size=60), max_size=8)


@given(TAILS)
def test_a_range_knows_the_last_print_of_every_record(batches: list[dict[int, int]]) -> None:
    """Held against a plain dict: what is unknown is what was never held, or held with another print."""
    known: dict[int, int] = {}
    held = Range(b"", b"")
    for batch in filter(None, batches):
        tails = sorted(batch)
        changed, fresh = held.hold(array("Q", tails), array("Q", [batch[tail] for tail in tails]))
        assert changed == [at for at, tail in enumerate(tails) if known.get(tail, batch[tail]) != batch[tail]]
        assert fresh == [at for at, tail in enumerate(tails) if tail not in known]
        known.update(batch)
    tails_packed, prints_packed = held.packed()
    assert list(array("Q", tails_packed)) == sorted(known)
    assert list(array("Q", prints_packed)) == [known[tail] for tail in sorted(known)]


@given(st.lists(st.tuples(BATCHES, st.randoms(use_true_random=False)), min_size=1, max_size=3))
def test_prints_know_the_same_over_pages_ranges_and_any_order(
    pages: list[tuple[list[dict[bytes, int]], object]],
) -> None:
    """Written down after each page and cut into small ranges, all prints together still answer as one dict would."""
    with patch.multiple(prints_module, RANGE=8, OPEN_RANGES=2):
        _hold_pages(pages)


def _hold_pages(pages: list[tuple[list[dict[bytes, int]], object]]) -> None:
    known: dict[bytes, int] = {}
    for connection in _connections():
        for batches, chance in pages:
            held = Prints(connection, "Lead")
            held.read()
            for batch in batches:
                ids = list(batch)
                chance.shuffle(ids)  # type: ignore[attr-defined]
                changed, fresh = held.hold(ids, [batch[id12] for id12 in ids], ids == sorted(ids))
                assert changed == [at for at, id12 in enumerate(ids) if known.get(id12, batch[id12]) != batch[id12]]
                assert fresh == [at for at, id12 in enumerate(ids) if id12 not in known]
                known.update(batch)
            held.write()


@given(
    st.dictionaries(IDS, st.integers(1, 3), min_size=12, max_size=60),
    st.lists(st.sets(IDS, max_size=4), max_size=6),
)
def test_prints_that_were_put_off_are_known_once_they_are_settled(
    first: dict[bytes, int], pages: list[set[bytes]]
) -> None:
    """Few changes among many, page after page, some of one record: the last of each is what is known."""
    with patch.multiple(prints_module, RANGE=8, OPEN_RANGES=2, FEW=2):
        _settle_pages(first, [dict.fromkeys(ids, number) for number, ids in enumerate(pages, 10)])


def _settle_pages(first: dict[bytes, int], pages: list[dict[bytes, int]]) -> None:
    for connection in _connections():  # type: ignore[no-untyped-call]
        known = dict(first)
        held = Prints(connection, "Lead")
        held.read()
        held.hold(sorted(known), [known[id12] for id12 in sorted(known)], True)
        held.write()
        for page in pages:
            brought = {**known, **page}
            ids = sorted(brought)
            held = Prints(connection, "Lead")
            held.read()
            changed, fresh = held.look([id12 + brought[id12].to_bytes(8, "big") for id12 in ids])
            assert {ids[at] for at in (*changed, *fresh)} >= {one for one in page if known.get(one) != page[one]}
            held.write()
            known = brought
        held = Prints(connection, "Lead")
        held.read()
        held.settle()
        ids = sorted(known)
        assert held.hold(ids, [known[id12] for id12 in ids], True) == ([], [])


def _connections():  # type: ignore[no-untyped-def]
    import sqlalchemy
    from sqlalchemy.pool import StaticPool

    from sfsync.mirror import tables

    engine = sqlalchemy.create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        yield connection
    engine.dispose()


def test_a_voided_print_is_voided_until_the_record_was_compared_again(mirror: Mirror) -> None:
    """Another writer's mark stays over transactions, and goes when a load has looked at the record."""
    ids = [lead_id(number) for number in range(3)]
    packed = [record_id[3:15].encode() for record_id in ids]
    with mirror.writing() as books:
        connection = books._connection
        void(connection, "Lead", ids)  # without any print there is nothing to void
        assert _voided(connection, packed) == []
        held = Prints(connection, "Lead")
        held.hold(packed, [1, 2, 3], True)
        held.write()
        void(connection, "Lead", [ids[1], ids[1]])
    with mirror.writing() as books:
        assert _voided(books._connection, packed) == [1]
        assert _voided(books._connection, packed, "Account") == []
        marks = Voided(books._connection, "Lead")
        marks.read()
        marks.lift(ids)
        assert _voided(books._connection, packed) == []


def test_very_many_voided_prints_are_dropped_with_all_others(mirror: Mirror) -> None:
    """Where most prints no longer hold, memory is not spent on remembering which."""
    ids = [lead_id(number) for number in range(30)]
    packed = [record_id[3:15].encode() for record_id in ids]
    with mirror.writing() as books, patch.object(prints_module, "MANY_VOIDED", 20):
        held = Prints(books._connection, "Lead")
        held.hold(packed, range(1, 31), True)
        held.write()
        void(books._connection, "Lead", ids[:21])
        assert _voided(books._connection, packed) == []
        again = Prints(books._connection, "Lead")
        again.read()
        assert again.hold(packed, range(1, 31), True) == ([], list(range(30)))


def _voided(connection, packed: list[bytes], sobject: str = "Lead") -> list[int]:  # type: ignore[no-untyped-def]
    marks = Voided(connection, sobject)
    marks.read()
    return marks.added(packed, [], [])
