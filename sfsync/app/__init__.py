"""The composition root: the only place that builds real objects and joins them to use cases."""

from sfsync.app.program import App, open_app
from sfsync.app.service import run_daemon
from sfsync.app.wiring import LocalAccess, Wishes, check_rules, starter_files

__all__ = ["App", "LocalAccess", "Wishes", "check_rules", "open_app", "run_daemon", "starter_files"]
