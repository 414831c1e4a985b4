"""What parts of the local org say of themselves is on the page."""

import ast
import re
from pathlib import Path

from sfsync.localorg import coverage
from sfsync.localorg.coverage.known import Known, Standing
from sfsync.localorg.coverage.parts import part_of, parts

HOME = Path(str(coverage.__file__)).parent.parent
MODULES = sorted(HOME.rglob("*.py"))


def test_statements_are_read_with_how_they_are_known() -> None:
    """Each begins with its word, perhaps with where it is from, and a colon; what stands before is none."""
    text = '''"""Letters: how they are sent.

    They are sent at once. Documented (help, letters): they have
    a sender; so it is. Seen in public traces: the words. Assumed: the rest.
    """'''
    part = part_of(text)
    assert part.about == "Letters: how they are sent"
    assert part.known == (
        Known("they have a sender; so it is", Standing.DOCUMENTED, "help, letters"),
        Known("the words", Standing.DOCUMENTED, "public traces"),
        Known("the rest", Standing.ASSUMED, ""),
    )
    assert part_of('"""Nothing: known."""').known == ()


def test_every_statement_of_a_module_is_read() -> None:
    """None is lost for want of a colon or a bracket."""
    told = 0
    for module in MODULES:
        source = module.read_text(encoding="utf-8")
        text = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
        words = re.findall(r"\b(?:Documented|Assumed|Recorded|Seen (?:in|of|by))\b", text)
        assert len(part_of(source).known) == len(words) or module.parent.name == "coverage", module
        told += len(words)
    assert told > 50


def test_what_was_added_to_lead_work_is_told() -> None:
    """Whatever a lead meets in a real org."""
    told = [one.about for one in parts()]
    for about in "Campaigns", "Tasks and events", "Several currencies", "Person accounts", "Records that are open to":
        assert any(one.startswith(about) for one in told), about
