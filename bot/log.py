"""How Tapedeck logs: structlog over the standard library, for people or (`json`) for machines, on standard error."""

from __future__ import annotations

import io
import logging
import sys
import textwrap
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from bot.plain_text import plain_line, plain_text
from bot.redaction import redacted

FILES = 4
FILE_SIZE = 5_000_000
NONSENSE = "post request handler error"
QUIET = {
    "werkzeug": "CRITICAL",  # takes the end of a WebSocket for a bad request, and says so each time
    # Each by its own name: one whose level is not set makes itself a handler, which knows nothing of secrets.
    **{f"{name}.server": "WARNING" for name in ("engineio", "socketio")},
    **{f"{name}.client": "ERROR" for name in ("engineio", "socketio")},  # the link says what became of its line
    "aiohttp.access": "WARNING",
    "ccxt.base.exchange": "WARNING",
    "alembic": "WARNING",
}


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def set_up_logging(log_format: str, level: str) -> None:
    """Send every logger of this process through one handler; `log_format` is `console` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(log_format, colors=sys.stderr.isatty()))
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)
    logging.getLogger("engineio.server").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    """Whoever posts nonsense gets his 400; a traceback for each would fill the log with what he likes."""
    return record.msg != NONSENSE


def keep_log(path: Path, log_format: str) -> None:
    """Write the log to this file as well, in at most `FILES` files of `FILE_SIZE` bytes; raises OSError."""
    handler = RotatingFileHandler(path, maxBytes=FILE_SIZE, backupCount=FILES - 1, encoding="utf-8", delay=True)
    handler.setFormatter(_formatter(log_format, colors=False))
    logging.getLogger().addHandler(handler)


class _Redacting(structlog.stdlib.ProcessorFormatter):
    """The last word on every line, ours or a library's: with its values and its traceback, and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _formatter(log_format: str, *, colors: bool) -> logging.Formatter:
    renderer: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(), _without_delete]
        if log_format == "json"
        else [_plain, _console(colors=colors)]
    )
    return _Redacting(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )


def _plain(_logger: object, _name: str, event: EventDict) -> Mapping[str, Any]:
    """Each value as one line of plain text; colours come later and are our own."""
    return {plain_line(key): _plain_value(key, value) for key, value in event.items()}


def _plain_value(key: str, value: object) -> object:
    if key == "exc_info" or value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else repr(value)
    return _indented(text) if key in ("stack", "exception") else plain_line(text)


def _without_delete(_logger: object, _name: str, event: Any) -> Any:
    """JSON writes out every control character but this one."""
    return event.replace("\x7f", "\\u007f")


def _console(*, colors: bool) -> Processor:
    """With plain tracebacks: where rich is installed structlog would show the values of all variables too."""
    return structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, exception_formatter=_traceback)


def _traceback(sio: TextIO, exc_info: ExcInfo) -> None:
    found = io.StringIO()
    structlog.dev.plain_traceback(found, exc_info)
    sio.write("\n" + _indented(found.getvalue().strip("\n")))


def _indented(text: str) -> str:
    """Lines below a line of the log: none of them can be taken for one."""
    return textwrap.indent(plain_text(text), "  ")
