"""What a deployment did: taken, made for it, left out, passed over."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """Grows while files are deployed."""

    taken: list[dict[str, str]] = field(default_factory=list)  # kind, name, file
    made: list[dict[str, str]] = field(default_factory=list)  # what, name: made because something named it
    left_out: list[dict[str, str]] = field(default_factory=list)  # file, what, reason
    ignored: list[str] = field(default_factory=list)  # files that are none of the kinds the org takes

    def take(self, file: str, kind: str, name: str) -> None:
        """Note something the org has taken."""
        self.taken.append({"kind": kind, "name": name, "file": file})

    def leave(self, file: str, what: str, reason: str) -> None:
        """Note something the org cannot take, and why."""
        self.left_out.append({"file": file, "what": what, "reason": reason})

    def make(self, what: str, name: str) -> None:
        """Note something that was made because the files name it, once."""
        entry = {"what": what, "name": name}
        if entry not in self.made:
            self.made.append(entry)

    def shown(self) -> dict[str, object]:
        """Give it as JSON holds it."""
        return {
            "counts": dict(Counter(one["kind"] for one in self.taken)),
            "taken": self.taken,
            "made": self.made,
            "left_out": self.left_out,
            "ignored_files": self.ignored,
        }
