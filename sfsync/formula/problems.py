"""What can be wrong with a formula: before it runs, and while it runs."""

from dataclasses import dataclass


class FormulaProblem(Exception):
    """A formula that does not compile: Salesforce's words and the 1-based place in the source."""

    def __init__(self, message: str, column: int) -> None:
        self.message = message
        self.column = column
        super().__init__(f"{message} (column {column})")


@dataclass(frozen=True, slots=True)
class FormulaError:
    """The outcome of a formula that failed on one record, which Salesforce shows as `#Error!`."""

    message: str
    shown: str = "#Error!"

    def __str__(self) -> str:
        return f"{self.shown} {self.message}"


class EvaluationFailed(Exception):
    """Raised inside a running formula; callers of a formula get a FormulaError value instead."""

    def __init__(self, message: str, shown: str = "#Error!") -> None:
        self.message = message
        self.shown = shown
        super().__init__(message)


class LimitReached(EvaluationFailed):
    """A failure that IFERROR does not catch: it would only let the formula spend the same again."""


def too_big(what: str) -> EvaluationFailed:
    """Make the failure of a value that outgrew what the language holds."""
    return EvaluationFailed(f"{what} is too big", "#Too Big!")


def as_value(error: EvaluationFailed | ArithmeticError) -> FormulaError:
    """Give a failure as the value that callers of a formula see."""
    if isinstance(error, EvaluationFailed):
        return FormulaError(error.message, error.shown)
    return FormulaError("A number is too big", "#Too Big!")
