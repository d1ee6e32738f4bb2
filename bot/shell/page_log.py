"""What a part of the bot logs as a warning, on the page as well: who looks there must not need the log file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MARKETS = "bot.shell.markets"


class PageLog(logging.Handler):
    """Hands each line to `show(level, message)`, the level in lower case. For loggers that speak in `show`'s thread."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        super().__init__(logging.WARNING)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        self._show(record.levelname.lower(), record.getMessage())


@contextmanager
def shown_on_page(show: Callable[[str, str], None], logger: str = MARKETS) -> Iterator[None]:
    """While it lasts, the warnings of this logger and those below it are shown."""
    handler = PageLog(show)
    logging.getLogger(logger).addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger(logger).removeHandler(handler)
