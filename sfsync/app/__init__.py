"""The composition root: the only place that builds real objects and joins them to use cases.

Each name is loaded when it is first asked for, so that a command that opens no mirror and no org starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfsync.app.keeping import backup, restore
    from sfsync.app.pausing import pause, resume
    from sfsync.app.program import App, open_app
    from sfsync.app.service import MirrorSlots, Service
    from sfsync.app.wiring import Connect, LocalAccess, StartLocal, Wishes, check_rules, starter_files
    from sfsync.salesforce.connect import OrgAccess
    from sfsync.settings.shapes import Settings

_PLACES = {
    "sfsync.app.keeping": ("backup", "restore"),
    "sfsync.app.pausing": ("pause", "resume"),
    "sfsync.app.program": ("App", "open_app"),
    "sfsync.app.service": ("MirrorSlots", "Service"),
    "sfsync.app.wiring": ("Connect", "LocalAccess", "StartLocal", "Wishes", "check_rules", "starter_files"),
    "sfsync.salesforce.connect": ("OrgAccess",),
    "sfsync.settings.shapes": ("Settings",),
}

__all__ = [
    "App",
    "Connect",
    "LocalAccess",
    "MirrorSlots",
    "OrgAccess",
    "Service",
    "Settings",
    "StartLocal",
    "Wishes",
    "backup",
    "check_rules",
    "open_app",
    "pause",
    "restore",
    "resume",
    "starter_files",
]


def __getattr__(name: str) -> object:
    """Load a name of this package. Raises AttributeError where there is none such."""
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(place), name)
    raise AttributeError(f"{__name__} has no {name}")
