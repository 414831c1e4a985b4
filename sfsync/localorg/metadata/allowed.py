"""Who may change the org itself: whoever may change all its data.

Seen in public traces: code and words.
"""

from sfsync.localorg.rights.seeing import seen_by
from sfsync.localorg.state import State
from sfsync.localorg.wire import Refusal

_CODE = "INSUFFICIENT_ACCESS"
_TEXT = "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"


def check(state: State, user_id: str) -> None:
    """Refuse a user who may not. Raises Refusal."""
    if seen_by(state, user_id) is not None:
        raise Refusal(403, _CODE, f"{_CODE}: {_TEXT}")
