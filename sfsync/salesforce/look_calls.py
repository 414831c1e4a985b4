"""How looks share composite calls: apart from the asking, so that whoever counts calls need not load what asks."""

from collections.abc import Sequence

from sfsync.salesforce.port import Look

QUERIES_AT_ONCE = 5
LOOKS_AT_ONCE = 8  # each is three requests


def calls_for(looks: Sequence[Look]) -> list[list[int]]:
    """Share looks out to calls, by their places: five exact ones in each, the others where there is room."""
    exact = [place for place, look in enumerate(looks) if look.exact]
    calls = [exact[start : start + QUERIES_AT_ONCE] for start in range(0, len(exact), QUERIES_AT_ONCE)]
    for place in sorted(set(range(len(looks))).difference(exact)):
        emptiest = min(calls, key=len, default=[0] * LOOKS_AT_ONCE)
        if len(emptiest) < LOOKS_AT_ONCE:
            emptiest.append(place)
        else:
            calls.append([place])
    return calls
