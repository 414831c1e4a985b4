"""How writes of one sObject are to be saved: what the org does beside saving them."""

from collections.abc import Mapping
from dataclasses import dataclass

ACTIVE = "active"
"""The assignment rule that is active in the org."""

_OF_BOTH = ("EnforceNewOwnerHasReadAccess", "SendEmail", "TransferNotesAndAttachments", "TransferOpenActivities")

OWNER_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Account": (
        "KeepAccountTeam",
        *_OF_BOTH,
        "TransferContacts",
        "TransferOwnedOpenOpportunities",
        "TransferOthersOpenOpportunities",
        "TransferOwnedClosedOpportunities",
        "TransferOwnedOpenCases",
        "TransferAllOwnedCases",
        "TransferContracts",
        "TransferOrders",
    ),
    "Opportunity": ("KeepSalesTeam", "KeepSalesTeamGrantCurrentOwnerReadWriteAccess", *_OF_BOTH),
}
"""What may be done when a record comes to another owner, by sObject; only SOAP can be told (SOAP API guide,
OwnerChangeOptions). Records of other sObjects have nothing that goes with their owner but manual shares."""

OWNER_OPTION_NEEDS: Mapping[str, str] = {
    "KeepSalesTeamGrantCurrentOwnerReadWriteAccess": "KeepSalesTeam",
    "TransferOthersOpenOpportunities": "TransferOwnedOpenOpportunities",
    "TransferAllOwnedCases": "TransferOwnedOpenCases",
}
"""Options that are refused without another one (SOAP API guide, OwnerChangeOptions)."""

_KEPT: Mapping[str, tuple[str, ...]] = {"Account": ("KeepAccountTeam",), "Opportunity": ("KeepSalesTeam",)}


@dataclass(frozen=True, slots=True)
class Manner:
    """What may happen when records are saved. By itself nothing does, and no double is let pass."""

    assignment: str | None = None  # ACTIVE, or the id of an assignment rule; None: no rule runs
    doubles: bool = False  # whether what a duplicate rule only warns of is saved all the same
    owner_options: tuple[str, ...] | None = None  # carried out with a change of owner, all others not; None: none told

    @property
    def rule_id(self) -> str | None:
        """The assignment rule by its id, where it is named by that."""
        return None if self.assignment in (None, ACTIVE) else self.assignment


def kept_teams(sobject: str) -> tuple[str, ...] | None:
    """Give the options of an sObject with which a record that comes to another owner loses least; None: it has none."""
    return _KEPT.get(sobject)


def usual_manner(sobject: str) -> Manner:
    """Give how records of an sObject are saved where nobody has said anything."""
    return Manner(owner_options=kept_teams(sobject))
