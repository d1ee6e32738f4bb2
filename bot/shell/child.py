"""A bot's process that another one started: it ends with its parent, and a long piece of work gives way to trading."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

PARENT_HAS_GONE = 130
GIVES_WAY_BY = 10
"""What `nice` adds: an eighth of the time of a process beside it that wants all."""


def when_stdin_ends(act: Callable[[], object]) -> None:
    """`act`, in a thread of its own, when the parent that started this process has gone, however it went."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin: its lock would hold up the interpreter's end
            pass
        act()

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def work_as_child() -> None:
    """Give way to other processes, and end at once with the parent: what is half done is of no use to anyone."""
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY_BY)
    when_stdin_ends(lambda: os._exit(PARENT_HAS_GONE))
