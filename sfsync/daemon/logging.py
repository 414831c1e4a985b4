"""Log lines: one JSON object each, ASCII only, secrets hidden, whoever writes them."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from sfsync.clock import Clock
from sfsync.daemon.redaction import Redactor


def configure_logging(stream: TextIO, clock: Clock, redactor: Redactor, level: int = logging.INFO) -> None:
    """Send structlog's events and the standard library's records of the whole process to a stream as JSON lines.

    `level` is for the program's own loggers, those under "sfsync"; of libraries only warnings and worse are written.
    Non-ASCII characters and control characters are escaped, so that no value can look like a line of its own or turn
    text around. Tracebacks hold no values of variables.
    """

    def stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        at = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"at": at, "level": event.pop("level"), "event": event.pop("event"), **event}

    def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        hidden = redactor.value(event)
        assert isinstance(hidden, dict)
        return hidden

    def render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
        return json.dumps(event, ensure_ascii=True, default=str)

    first: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        structlog.processors.format_exc_info,
    ]
    last: list[structlog.types.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, render]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("sfsync").setLevel(level)
    logging.raiseExceptions = False  # a broken pipe on stderr is no reason to write more there
    structlog.configure(
        processors=[*first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def log_to_stderr(clock: Clock, redactor: Redactor, level: int = logging.INFO) -> None:
    """Send the process's log to stderr."""
    configure_logging(sys.stderr, clock, redactor, level)
