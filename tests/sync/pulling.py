"""What tests of pulls share: ordering faults, pulling leads, and holding mirror and org against each other."""

from collections.abc import Mapping

from sfsync.localorg.faults import orders
from sfsync.sync.context import Target
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import pull_only
from tests.mirror.leads import sound
from tests.shop import TARGETS, Shop

LEAD = TARGETS[:1]
FIELDS = ("Id", "LastName", "Title", "Company", "Status")


def order_fault(shop: Shop, do: object, when: Mapping[str, object] = {}) -> None:
    """Order a fault."""
    with shop.local.state.transaction():
        orders.order(shop.local.state, [{"id": "trouble", "do": do, "when": dict(when)}])


def happen(shop: Shop, do: object) -> None:
    """Have something happen in the org at once, by a request of somebody else."""
    order_fault(shop, do, {"times": 1, "op": "limits"})
    shop.ask("GET", "limits")
    end_faults(shop)


def end_faults(shop: Shop) -> None:
    """Take all faults back."""
    with shop.local.state.transaction():
        orders.clear(shop.local.state)


def hits(shop: Shop) -> int:
    """Count how often faults struck."""
    return sum(fault.hits for fault in orders.listed(shop.local.state))


def pull(shop: Shop, *, full: bool = False, targets: tuple[Target, ...] = LEAD) -> Outcome:
    """Pull leads."""
    return pull_only(shop.context, shop.order(targets=targets), full=full)


def lead_of(outcome: Outcome) -> Mapping[str, object]:
    """Give what a pull told of leads."""
    found: Mapping[str, object] = next(one for one in outcome.data["pulled"] if one["sobject"] == "Lead")
    return found


def ids(shop: Shop) -> list[str]:
    """Give the ids of the living leads that can be changed."""
    return [
        str(row["Id"]) for row in shop.rows("SELECT Id FROM Lead WHERE IsDeleted = 0 AND IsConverted = 0 ORDER BY Id")
    ]


def agree(shop: Shop) -> None:
    """Check that the mirror holds what the org does, and that it is sound."""
    select = f"SELECT {', '.join(FIELDS)}, substr(SystemModstamp, 1, 23) || 'Z' FROM Lead"
    theirs = [tuple(row.values()) for row in shop.rows(f"{select} WHERE IsDeleted = 0 ORDER BY Id")]
    with shop.mirror.reading() as books:
        assert list(books.stored.rows("Lead", [*FIELDS, "SystemModstamp"])) == theirs
    assert sound(shop.mirror)
