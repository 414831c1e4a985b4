"""Hostile values, made from code: what goes in, and what an org keeps of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from zoneinfo import ZoneInfo

from sfsync.records.values import Value

LONG = tuple(f"Long_{letter}__c" for letter in "abcde")
SHORT = tuple(f"Short_{letter}__c" for letter in "abcde")
SCALES = {"Whole__c": 0, "Money__c": 2, "Nine__c": 9, "Fine__c": 17}  # digits after the point, of 18
DAY, MOMENT, MAIL = "Day__c", "Moment__c", "Email"
FIELDS = (*LONG, *SHORT, MAIL, *SCALES, DAY, MOMENT)

ZONES = ("America/St_Johns", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Europe/Madrid", "Pacific/Honolulu")
WALLS = ("2026-03-29T02:30", "2026-10-25T02:30", "2026-04-05T01:45", "2024-02-29T00:00")  # some there twice, or never


@dataclass(frozen=True, slots=True)
class Case:
    """One value: as it is sent, in JSON and in a file, and what is kept of it."""

    sent: str | int | float
    kept: Value

    @property
    def cell(self) -> str:
        """The value as a cell of a file has it."""
        return self.sent if isinstance(self.sent, str) else format(Decimal(str(self.sent)), "f")

    @property
    def kept_of_cell(self) -> Value:
        """What is kept of it out of a file, where `#N/A` says that the field is to be empty."""
        return None if self.sent == "#N/A" else self.kept


def _controls() -> Iterator[str]:
    """Give characters that break lines, cells, bytes or drawings: within a text and at its ends."""
    odd = [*range(32), 127, 0x80, 0x85, 0x9F, 0xA0, 0xAD, 0x61C, 0x180E, 0x200B, 0x200D, 0x200E, 0x200F]
    odd += [0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x3000, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE]
    odd += [0xFFFF, 0x1F600, 0x1FFFF, 0xE0001, 0x10FFFF]
    for code in odd:
        yield f"a{chr(code)}z"
        yield f"{chr(code)}middle{chr(code)}"
        yield chr(code)


_QUOTING = (
    '"', '""', '"""', '","', ',', '",', ',"', '"\n"', '"\r\n"', '"\n"00Q', 'x"\n"00Q5e0000001abcAAA"\n"', "'", "''",
    "\\", "\\\\", "\\n", "\\'", '\\"', "a\rb", "a\nb", "a\r\nb", "a\n\rb", "a\r\rb", "a\n\nb", "a,b", "a;b", "a\tb",
    "a\n\\.\nb", "\\.", "a|b", "^", "`", 'say "hi"', '"all of it"', 'ends with "', '" begins', 'a""b',
    "line one\nline two\n\nline four",
)  # fmt: skip
_MEANT_BY_OTHERS = (
    "null", "NULL", "None", "nil", "NaN", "nan", "inf", "-Infinity", "undefined", "true", "FALSE", "yes", "NO", "N/A",
    "#N/A", "#n/a", "#N/A N/A", "#REF!", "#NULL!", "0", "-0", "00123", "007", "1e5", "1E7", "0x1F", "1_000", "+1", "1.",
    ".5", "1,5", "1.50", "12345678901234567890", "0.1000", "2026-02-30", "2026-01-02", "24:00", "=1+1",
    "=cmd|' /C calc'!A0", "+cmd", "-2+3",
    "@SUM(A1)", "\t=1", "{!Lead.Name}", "${x}", "{{x}}", "%s", "%00", "%0A", "&amp;", "&#0;", "<b>bold</b>",
    "<![CDATA[x]]>", "]]>", "<script>alert(1)</script>", "' OR Name != '", "%' OR 1=1 --",
    "Robert'); DROP TABLE Lead;--",
    "a_b%c", "{}", "[]", '{"a": "b"}', "//", "/*", "--", ";", "sf__Id", "sf__Error", "attributes", "005000000000000AAA",
)  # fmt: skip
_LETTERS = (
    "é", "e\u0301", "Å", "A\u030a", "ﬁ", "ß", "ẞ", "İ", "ı", "ǅ", "Ω", "\u2126", "K", "\u212a", "½", "①", "㎏", "…",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031eA\u0334\u0335\u031c\u0330\u0354",
    "日本語", "한국어", "中文 名字", "العربية", "עברית", "ไทย", "हिन्दी", "ᚠᛇᚻ",
    "Zoë Müller-Łukasz", "O’Neil", "naïve café",
    "\U0001d518\U0001d52b", "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1ea\U0001f1f8", "\U0001f44d\U0001f3fd",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\u263a\ufe0f", "1\ufe0f\u20e3", "\u202eevil\u202c", "a\u200bb",
    "\u201cquoted\u201d", "\U0001f9d1\u200d\U0001f4bb", "x\u0338", "\ufe0f",
)  # fmt: skip


def _long() -> Iterator[str]:
    """Give texts at the lengths where something gives way; those over 255 characters are for the long fields alone."""
    for length in (2, 80, 127, 128, 254, 255):
        yield "x" * length
        yield "é" * length
        yield '"' * length
        yield "\U0001f600" * (length // 2)
        yield ("ab \n" * 64)[: length - 1] + "."
    for length in (256, 4_095, 31_999, 32_000, 32_001, 65_536, 131_071, 131_072):
        yield "0123456789abcdef"[:7] + "é" * (length - 8) + "."


def _texts() -> Iterator[str]:
    yield from _controls()
    for text in (*_QUOTING, *_MEANT_BY_OTHERS, *_LETTERS):
        yield text
        yield f"  {text}\t"
    yield from _long()


def texts() -> list[Case]:
    """Give texts; what is kept has no blanks at its ends, and nothing is kept of blanks alone."""
    return [Case(text, text.strip() or None) for text in dict.fromkeys(_texts())]


def mails() -> list[Case]:
    """Give addresses, which are kept in lower case."""
    names = ("a", "A.B", "o'neil", "x+y", "x_y-z", "DOTS.in.IT", "1", "!#$%&*/=?^`{|}~", "ÉTÉ", "İ", "ẞ", "u" * 60)
    return [Case(f"{name}@Example.COM", f"{name}@Example.COM".lower()) for name in names]


def numbers(scale: int) -> list[Case]:
    """Give numbers of 18 digits at most, so many of them after the point: exact, whatever they are sent as."""
    step = Decimal(1).scaleb(-scale)
    most = Decimal(10) ** (18 - scale) - step
    exact = [Decimal(0), step, most, most - step, most / 2, Decimal(1), step * 3, step * 99, most - step * 7]
    exact += [Decimal(10) ** power for power in range(18 - scale)]
    exact += [Decimal(10) ** power - step for power in range(18 - scale)]
    exact += [Decimal(2**53 + more) * step for more in (-1, 0, 1, 2)]
    exact += [Decimal(digits) * step for digits in (123456789012345678, 999999999999999999, 100000000000000001)]
    exact = [number.quantize(step) for number in exact if number <= most]
    spelt = [format(number * sign, "f") for number in dict.fromkeys(exact) for sign in (1, -1)]
    cases = [Case(text, Decimal(text)) for text in dict.fromkeys(spelt)]
    others = (("1E0", 1), ("1.0E+0", 1), ("-0", 0), ("0.000", 0), ("+7", 7), ("007", 7), (" 5 ", 5), ("1e-0", 1))
    return cases + [Case(text, Decimal(kept)) for text, kept in others] + [Case(3, Decimal(3)), Case(1.0, Decimal(1))]


def days() -> list[Case]:
    """Give days that others move, lose or count wrongly."""
    spelt = ["1700-01-01", "4000-12-31", "1970-01-01", "1969-12-31", "1899-12-30", "1900-01-01", "1900-02-28"]
    spelt += [
        "2000-02-29",
        "2024-02-29",
        "2400-02-29",
        "2100-02-28",
        "2038-01-19",
        "2038-01-20",
        "2011-12-30",
        "1752-09-03",
    ]
    spelt += [f"{year}-{day}" for year in (1999, 2025, 2026) for day in ("01-01", "12-31")]
    spelt += [(date(2026, 3, 7) + timedelta(days=more)).isoformat() for more in range(0, 28, 3)]
    return [Case(one, date.fromisoformat(one)) for one in spelt]


def moments() -> list[Case]:
    """Give instants in the forms they are written in: offsets, days when clocks change, the first and last year."""
    cases = []
    for zone in map(ZoneInfo, ZONES):
        for wall in map(datetime.fromisoformat, WALLS):
            for fold in (0, 1):
                local = wall.replace(tzinfo=zone, fold=fold)
                cases.append(Case(local.isoformat(), local.astimezone(UTC)))
    plain = (
        ("1700-01-01T00:00:00Z", (1700, 1, 1)), ("4000-12-31T23:59:59.000Z", (4000, 12, 31, 23, 59, 59)),
        ("1970-01-01T00:00:00.000+0000", (1970, 1, 1)), ("1969-12-31T23:59:59Z", (1969, 12, 31, 23, 59, 59)),
        ("2026-01-01T00:00:00+05:30", (2025, 12, 31, 18, 30)), ("2026-01-01T00:00:00+0545", (2025, 12, 31, 18, 15)),
        ("2026-01-01T00:00:00-1200", (2026, 1, 1, 12)), ("2026-01-01T00:00:00+14:00", (2025, 12, 31, 10)),
        ("2026-06-30T23:59:59.000-0000", (2026, 6, 30, 23, 59, 59)), ("2000-02-29T12:00:00Z", (2000, 2, 29, 12)),
    )  # fmt: skip
    return cases + [Case(text, datetime(*parts, tzinfo=UTC)) for text, parts in plain]  # type: ignore[misc]


NO_ANSWERS: dict[str, tuple[str, ...]] = {  # what no org writes of a field, though some program may read it
    "IsDeleted": ("yes", "t", "on", "no", "maybe", "2"),
    "Money__c": ("NaN", "nan", "Infinity", "-inf", "0x1F", "--1", "ten", "1,5", "1e999999999"),
    "NumberOfEmployees": ("NaN", "ten", "5.5", "0x1F", "9223372036854775808"),
    DAY: ("2026-02-30", "31.12.2026", "02/01/2026", "infinity", "today", "epoch", "0000-00-00", "Jan 5 2026"),
    MOMENT: (
        "infinity", "now", "epoch", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T25:00:00.000Z",
        "2026-01-01T00:00:60.000Z", "nonsensenonsensenonsensZ",
    ),
}  # fmt: skip


def by_field() -> dict[str, list[Case]]:
    """Give the values of each field; texts are dealt out to the fields that can hold them."""
    every = texts()
    short = [case for case in every if len(str(case.kept or "")) <= 255]
    dealt = {name: every[place :: len(LONG)] for place, name in enumerate(LONG)}
    dealt |= {name: short[place :: len(SHORT)] for place, name in enumerate(SHORT)}
    dealt |= {name: numbers(scale) for name, scale in SCALES.items()}
    return {**dealt, MAIL: mails(), DAY: days(), MOMENT: moments()}


def rows() -> list[dict[str, Case]]:
    """Give the values as few records: one value of each field in each, until a field has no more."""
    fields = by_field()
    return [
        {name: case for name, case in zip(fields, cases, strict=True) if case is not None}
        for cases in zip_longest(*fields.values())
    ]


def kept(row: Mapping[str, Case], *, in_file: bool = False) -> dict[str, Value]:
    """Give what is kept of a row, null where it has nothing for a field."""
    cases = {name: row.get(name) for name in FIELDS}
    return {name: case and (case.kept_of_cell if in_file else case.kept) for name, case in cases.items()}
