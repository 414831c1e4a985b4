"""The position scanner agrees with tomllib on every path, and its places hold what it says."""

import string
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfsync.settings.places import KeyPath, dotted, find_places, line_and_column


def paths(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Every key path tomllib yields, with its value."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


def assert_agrees(text: str) -> None:
    """Each path is mapped and no other; keys and values stand where the map says."""
    values = tomllib.loads(text)
    places = find_places(text, "x.toml")
    expected = dict(paths(values))
    assert set(places.spots) == set(expected)
    for path, value in expected.items():
        spot = places.spots[path]
        written = places.text[spot.start : spot.end]
        if written and not (isinstance(path[-1], str) and spot.key == spot.start):
            assert tomllib.loads(f"x = {written}")["x"] == value
        if isinstance(path[-1], str):
            assert_key_at(places.text, spot.key, path[-1])


def assert_key_at(text: str, offset: int, name: str) -> None:
    """The key spelt at an offset is the name."""
    if text[offset] in "'\"":
        quote = text[offset]
        end = offset + 1
        while text[end] != quote:
            end += 2 if text[end] == "\\" and quote == '"' else 1
        assert tomllib.loads(f"x = {text[offset : end + 1]}")["x"] == name
    else:
        assert text.startswith(name, offset)


BARE = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=4)
ODD = st.text("ab .\"'\\#=é\t", max_size=4)
SPACE = st.sampled_from(["", " ", "\t", "  "])
COMMENT = st.sampled_from(["", "", " # a [b] = 'c'", '  #"""'])
NEWLINE = st.sampled_from(["\n", "\r\n", "\n\n", "\n# [x]\n"])


def basic(text: str) -> str:
    """A text as a basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


@st.composite
def names(draw: st.DrawFn) -> str:
    """A key, bare or quoted."""
    bare = draw(st.booleans())
    return draw(BARE) if bare else basic(draw(ODD))


SCALARS = st.sampled_from(
    [
        *("1", "-17", "0x_ff".replace("_", ""), "1_000", "3.14", "-inf", "6e-2", "true", "false"),
        *("1979-05-27", "1979-05-27 07:32:00", "1979-05-27T07:32:00Z", "07:32:00", "1979-05-27 07:32:00.5-07:00"),
        *(
            '""',
            "''",
            '"a#b"',
            "'a]b'",
            '"\\"}\\u00e9"',
            "'''a\n'b''c'''",
            '"""\na "quoted" \\\n   word"""',
            '"""a"""""',
        ),
        *("''''a'''''", '""""""', "''''''", '"""\\""""'),
    ]
)


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    """A value: scalar, array over one or more lines, or inline table."""
    kind = draw(st.sampled_from(["scalar", "array", "table"])) if depth else "scalar"
    if kind == "scalar":
        return draw(SCALARS)
    if kind == "array":
        parts = draw(st.lists(values(depth=depth - 1), max_size=3))
        gap = draw(st.sampled_from(["", " ", "\n", " # [,\n  "]))
        tail = draw(st.sampled_from(["", ","])) if parts else ""
        return "[" + gap + f"{gap},{gap}".join(parts) + gap + tail + gap + "]"
    keys = draw(st.lists(names(), max_size=3, unique=True))
    pairs = [f"{key}{draw(SPACE)}={draw(SPACE)}{draw(values(depth=depth - 1))}" for key in keys]
    return "{ " + " , ".join(pairs) + " }"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A TOML document of headers, arrays of tables and dotted keys; now and then not a valid one."""
    lines = []
    for _ in range(draw(st.integers(0, 7))):
        key = f"{draw(SPACE)}.{draw(SPACE)}".join(draw(st.lists(names(), min_size=1, max_size=3)))
        form = draw(st.sampled_from(["pair", "pair", "pair", "[", "[["]))
        if form == "pair":
            lines.append(f"{draw(SPACE)}{key}{draw(SPACE)}={draw(SPACE)}{draw(values())}{draw(COMMENT)}{draw(NEWLINE)}")
        else:
            inner = f"{draw(SPACE)}{key}{draw(SPACE)}"
            lines.append(f"{form}{inner}{form.replace('[', ']')}{draw(COMMENT)}{draw(NEWLINE)}")
    return "".join(lines)


def is_toml(text: str) -> bool:
    """Whether tomllib takes it."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@given(documents().filter(is_toml))
@example("[[a]]\n[[a]]\n[a.b]\nc=1\n[[a.d]]\n[[a.d]]\nx.y.z = 1\n")
@example("[a.b.c]\n[a]\nx=1\n")
@example('a = { b.c = 1, b.d = [ {e=1}, {e=[2,\n3]} ] }\n"q.r"."s" = 2')
def test_every_path_of_any_toml_text_has_its_place(text: str) -> None:
    """Whatever tomllib accepts, each key path it yields is mapped to where key and value stand, and no other path."""
    assert_agrees(text)


@given(st.text(st.sampled_from(list("ab.=[]{},\"'\\\n #1")), max_size=40))
def test_any_text_at_all_is_survived(text: str) -> None:
    """Text that is not TOML never makes the scanner fail or hang, and where it is TOML the places are right."""
    find_places(text, "x.toml")
    if is_toml(text):
        assert_agrees(text)


@given(st.text(st.sampled_from(list("ab\"'\\\té\n")), max_size=12), st.data())
def test_a_character_inside_a_text_value_has_its_own_place(value: str, data: st.DataObject) -> None:
    """A column inside a formula leads to the very character, past quotes and escapes, on its own line."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    forms = [f'"""\n{escaped}"""', '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"']
    if "'" not in value:
        forms.append(f"'''\n{value}'''")
    if "'" not in value and "\n" not in value:
        forms.append(f"'{value}'")
    text = f"when = {data.draw(st.sampled_from(forms))}\n"
    assert tomllib.loads(text) == {"when": value}
    places = find_places(text, "x.toml")
    for offset, character in enumerate(value):
        line, column = places.inside(("when",), offset)
        found = places.text.split("\n")[line - 1][column - 1 :]
        spelt = {'"': ('"', '\\"'), "\\": ("\\",), "\n": ("", "\\n"), "\t": ("\t", "\\t")}.get(character, (character,))
        assert any(found.startswith(form) if form else found == "" for form in spelt)


def test_a_joined_line_is_stepped_over() -> None:
    """A backslash at the end of a line in a text value is no character of it."""
    places = find_places('a = """x\\\n   y"""', "x.toml")
    assert places.inside(("a",), 1) == (2, 4)


def test_lines_and_columns_count_from_one() -> None:
    """The first character of a file is line 1, column 1; CR LF is one line end."""
    places = find_places("a = 1\r\n  b = 2\r\n", "x.toml")
    assert places.at(("a",)) == (1, 1)
    assert places.at(("b",)) == (2, 3)
    assert line_and_column("é\nab", 3) == (2, 2)


def test_a_key_the_file_lacks_is_placed_at_the_nearest_around_it() -> None:
    """What is missing is told at the table it is missing from, and at the file's start where there is none."""
    places = find_places("[a]\nb = 1\n[[c]]\nd = 2\n", "x.toml")
    assert places.at(("a", "zzz")) == (1, 2)
    assert places.at(("c", 0, "zzz")) == (3, 3)
    assert places.at(("zzz",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "path", "lines"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",), (1, 3)),
        ("[t]\na = 1\n[t]\nb = 1\n", ("t",), (1, 3)),
        ("[[t]]\na = 1\n[[t]]\na = 2\na = 3\n", ("t", 1, "a"), (4, 5)),
        ("x = { a = 1, a = 2 }\n", ("x", "a"), (1, 1)),
    ],
)
def test_a_key_given_twice_is_known_with_both_places(text: str, path: KeyPath, lines: tuple[int, int]) -> None:
    """A duplicate key is found in plain tables, arrays of tables, headers and inline tables."""
    places = find_places(text, "x.toml")
    assert [(path, *lines)] == [
        (twice, line_and_column(text, first)[0], line_and_column(text, second)[0])
        for twice, first, second in places.twice
    ]


def test_a_path_is_written_as_people_do() -> None:
    """Places in arrays stand in brackets, and odd names in quotes."""
    assert dotted(("score", 0, "when")) == "score[0].when"
    assert dotted(("sobjects", "a b", "fields", 2)) == 'sobjects."a b".fields[2]'
