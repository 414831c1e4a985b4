"""The composition root: the only place that builds real objects and joins them to use cases.

Each name is loaded when it is first asked for, so that a command that opens no mirror and no org starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfsync.app.program import App, open_app
    from sfsync.app.service import MirrorSlots, run_schedule
    from sfsync.app.wiring import Connect, LocalAccess, StartLocal, Wishes, check_rules, starter_files
    from sfsync.salesforce.connect import OrgAccess

_PLACES = {
    "program": ("App", "open_app"),
    "service": ("MirrorSlots", "run_schedule"),
    "wiring": ("Connect", "LocalAccess", "StartLocal", "Wishes", "check_rules", "starter_files"),
}

__all__ = [
    "App",
    "Connect",
    "LocalAccess",
    "MirrorSlots",
    "OrgAccess",
    "StartLocal",
    "Wishes",
    "check_rules",
    "open_app",
    "run_schedule",
    "starter_files",
]


def __getattr__(name: str) -> object:
    """Load a name of this package. Raises AttributeError where there is none such."""
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{place}"), name)
    raise AttributeError(f"{__name__} has no {name}")
