"""Makes formulas and records by chance: most of them well typed, some of them broken, many of them extreme."""

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sfsync.formula import FUNCTIONS, Type
from sfsync.formula.functions.table import ANY, Function, Kinds
from tests.formula.asking import FIELDS

_BY_RESULT: dict[str, list[Function]] = {}
for _function in FUNCTIONS.values():
    _BY_RESULT.setdefault(_function.returns, []).append(_function)
_GENERAL = [function for label, found in _BY_RESULT.items() if label.startswith("as ") for function in found]

_NAMES = {kind: [name for name, field in FIELDS.items() if field.type is kind] for kind in Type}
_NUMBERS = ["0", "1", "2", "0.5", "007", "1.005", "12345678901234567890.123", "9" * 60, "0." + "0" * 50 + "1"]
_TEXTS = [
    '""', '"a"', "'b c'", '"2024-02-29"', '"2024-02-29 10:20:30"', '"10:20:30.400"', '"1e9"', '"1e-9999"', '"-5"',
    '"Open"', '"a.*b|c"', '"(a+)+$"', '"[a-z&&[^b]]{2,}"', '"%_"', '"tr"', '"😀x"', r'"\\d\\w*"', '"00Q000000000001"',
]  # fmt: skip
_TIMES = {
    Type.DATE: ["TODAY()", "DATE(1, 1, 1)", "DATE(9999, 12, 31)", "DATE(2024, 2, 29)"],
    Type.DATETIME: ["NOW()", "DATETIMEVALUE('0001-01-01 00:00:00')", "DATETIMEVALUE('9999-12-31 23:59:59')"],
    Type.TIME: ["TIMENOW()", "TIMEVALUE('23:59:59.999')"],
}
_SUMS = {
    Type.DATE: ["{date} + {number}", "{date} - {number}", "{number} + {date}"],
    Type.DATETIME: ["{datetime} + {number}", "{datetime} - {number}"],
    Type.TIME: ["{time} + {number}", "{time} - {number}"],
    Type.TEXT: ["{text} & {text}", "{text} + {text}"],
    Type.BOOLEAN: [
        "{number} < {number}", "{text} = {text}", "{date} <> {date}", "{datetime} >= {datetime}", "{text} > {text}",
        "{boolean} && {boolean}", "{boolean} || {boolean}", "!{boolean}", "NOT {boolean}", "{boolean} = {boolean}",
    ],
    Type.NUMBER: [
        "{number} + {number}", "{number} - {number}", "{number} * {number}", "{number} / {number}",
        "{number} ^ {number}", "-{number}", "{date} - {date}", "{datetime} - {datetime}", "{time} - {time}",
    ],
}  # fmt: skip
_MADE = (Type.NUMBER, Type.TEXT, Type.BOOLEAN, Type.DATE, Type.DATETIME, Type.TIME)


class Maker:
    """Makes one formula after the other, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def formula(self) -> str:
        """Make a formula, now and then a broken one."""
        chance = self._chance
        source = self._of(chance.choice(_MADE), chance.randrange(6))
        if chance.random() < 0.1:
            place = chance.randrange(len(source))
            source = source[:place] + chance.choice(["", "(", ")", ",", '"', "'", "\\", "/*", "[", "NULL", "é", "\n"])
            source += self._of(Type.NUMBER, 1) if chance.random() < 0.5 else ""
        return source

    def _of(self, kind: Type, depth: int) -> str:
        """Make an expression of a type; one time in twenty of another."""
        chance = self._chance
        if chance.random() < 0.05:
            kind = chance.choice(_MADE)
        if depth <= 0 or kind not in _SUMS or chance.random() < 0.15:
            return self._leaf(kind)
        if chance.random() < 0.4:
            return re.sub(
                r"\{(\w+)\}",
                lambda match: f"({self._of(Type[match[1].upper()], depth - 1)})",
                chance.choice(_SUMS[kind]),
            )
        function = chance.choice([*_BY_RESULT.get(kind.value, []), *_GENERAL])
        return self._call(function, kind, depth - 1)

    def _call(self, function: Function, kind: Type, depth: int) -> str:
        arguments = []
        for parameter in function.parameters:
            times = self._chance.choice([1, 1, 2, 3]) if parameter.repeated else 1
            if parameter.optional and self._chance.random() < 0.5:
                continue
            arguments += [self._argument(parameter.kinds, kind, depth) for _ in range(times)]
        return f"{function.name}({', '.join(arguments)})"

    def _argument(self, kinds: Kinds, kind: Type, depth: int) -> str:
        """Make an argument: of the wanted result's type where any would do."""
        if kinds >= ANY:
            return self._of(kind, depth)
        return self._of(self._chance.choice(sorted(kinds, key=lambda one: one.value)), depth)

    def _leaf(self, kind: Type) -> str:
        chance = self._chance
        names = [name for name in _NAMES[kind] if name]
        if names and chance.random() < 0.5:
            return chance.choice(names)
        match kind:
            case Type.NUMBER:
                return chance.choice(_NUMBERS)
            case Type.TEXT:
                return chance.choice(_TEXTS)
            case Type.BOOLEAN:
                return chance.choice(["TRUE", "false", "NULL"])
            case _:
                return chance.choice(_TIMES.get(kind, ["NULL"]))

    def record(self) -> dict[str, object]:
        """Make a record, with blanks and extremes."""
        chance = self._chance
        values: dict[Type, list[object]] = {
            Type.NUMBER: [0, 1, -1, Decimal("1e30"), Decimal("-0.000000000000000001"), Decimal("5.50"), 2**70, 0.1],
            Type.TEXT: ["", "a", "Ünïcode 😀", "x" * 3_000, "2024-02-29", "12", "a\r\nb", " spaced ", "\x00"],
            Type.BOOLEAN: [True, False],
            Type.DATE: [date.min, date.max, date(2024, 2, 29)],
            Type.DATETIME: [
                datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC),
                datetime(2024, 2, 29, tzinfo=UTC) + timedelta(minutes=chance.randrange(10**6)),
            ],
            Type.TIME: [time.min, time.max],
            Type.PICKLIST: ["Open", "New"],
            Type.MULTIPICKLIST: ["a;b", "c"],
        }  # fmt: skip
        return {
            name: chance.choice([None, *values[field.type]]) for name, field in FIELDS.items() if chance.random() < 0.8
        }
