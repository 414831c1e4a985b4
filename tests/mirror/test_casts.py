"""Promises of casting texts to what columns hold: short cuts for common texts change nothing."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfsync.errors import IncompleteAnswer
from sfsync.mirror.casts import text_caster
from sfsync.mirror.layout import Layout
from sfsync.records.values import Kind, from_text, to_stored

NUMBERS = st.from_regex(r"[-+]?[0-9]{0,18}(\.[0-9]{0,3})?(e[0-9])?", fullmatch=True) | st.text("0.5-٣ ", max_size=4)


@given(NUMBERS, st.sampled_from([Kind.NUMBER, Kind.INTEGER]))
@example("11030000.0", Kind.NUMBER)
@example("1234567890123456.0", Kind.NUMBER)
@example(".0", Kind.INTEGER)
@example("-7.0", Kind.INTEGER)
def test_a_number_is_held_as_it_reads_however_it_is_written(text: str, kind: Kind) -> None:
    """Zeros behind the point, long amounts, signs: the column holds what the text means, or the text is refused."""
    cast = text_caster(Layout("Lead", ("Id", "Amount"), (Kind.ID, kind)))
    try:
        meant = to_stored(kind, from_text(kind, text))
    except ValueError:
        with pytest.raises(IncompleteAnswer, match="Amount"):
            cast(["00Q", text])
        return
    held = cast(["00Q", text])[1]
    assert (held, type(held)) == (meant, type(meant))
