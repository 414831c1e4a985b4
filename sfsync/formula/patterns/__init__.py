"""Regular expressions in Java's syntax, matched in a bounded number of steps whatever the pattern and the text."""

from sfsync.formula.patterns.machine import TooManySteps
from sfsync.formula.patterns.pattern import Pattern, compile_like, compile_pattern
from sfsync.formula.patterns.syntax import PatternProblem

__all__ = ["Pattern", "PatternProblem", "TooManySteps", "compile_like", "compile_pattern"]
