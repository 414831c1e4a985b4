"""Auto-response rules: what a new lead is answered, by the first entry that fits it."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.auto_response_rules import make_auto_response_rule
from sfsync.localorg.rules.conditions import applies, fetch_all
from sfsync.localorg.rules.views import Views
from sfsync.localorg.saving import letters
from sfsync.localorg.saving.draft import Draft, Options, living
from sfsync.localorg.sobject import SObject

ON_REST = "rest_sends_auto_response"  # the setting; REST has no header to ask for it, and it is off


_RULES = kept.Compiled(make_auto_response_rule)


def respond(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], options: Options) -> None:
    """Write the answers to new leads that have an address, where the caller wants them."""
    if sobject.name != "Lead" or not (options.auto_response or org.state.setting(ON_REST) is True):
        return
    new = [one for one in living(drafts) if one.before is None and one.row.get("Email")]
    for rule in _RULES.of(org.state, kept.AUTO_RESPONSE, sobject)[:1]:
        views = Views(org)
        fetch_all(views, [one.condition for one in rule.entries], [one.row for one in new])
        for draft in new:
            fits = (one for one in rule.entries if applies(org, views, one.condition, draft.row, None))
            entry = next(fits, None)
            if entry is not None and entry.facts.get("template"):
                draft.letters.append(letters.to_sender(draft, entry.facts))
