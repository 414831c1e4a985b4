"""The composition root: the only place that builds real objects and joins them to use cases."""

from sfsync.app.program import App, open_app
from sfsync.app.service import MirrorSlots, run_schedule
from sfsync.app.wiring import LocalAccess, StartLocal, Wishes, check_rules, starter_files

__all__ = [
    "App",
    "LocalAccess",
    "StartLocal",
    "MirrorSlots",
    "StartLocal",
    "Wishes",
    "check_rules",
    "open_app",
    "run_schedule",
    "starter_files",
]
