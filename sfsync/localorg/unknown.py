"""The note of what was asked for and is not here, so that whoever runs the org sees what a client lacks."""

import logging

log = logging.getLogger(__name__)


def note(what: str) -> None:
    """Log something that the org does not have."""
    log.info("not here: %s", what)
