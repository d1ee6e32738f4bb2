"""Files that are whole or not there: written beside their place, then moved to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.shell.refusal import Refusal


def check_place(option: str, path: Path) -> None:
    """Before long work: whether a file can come to be at `path`. Raises `Refusal`, with the option's name."""
    if path.is_dir():
        raise Refusal(f"{option}: {path} is a folder; give the path of a file.")
    if not path.parent.is_dir():
        raise Refusal(f"{option}: there is no folder {path.parent}; make it or give another path.")
    if not os.access(path.parent, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise Refusal(f"{option}: {path} cannot be written; give another path or change its permissions.")


@contextmanager
def whole_file(option: str, path: Path) -> Iterator[IO[str]]:
    """A text file to write, at `path` once the block has ended well; until then what was there stays.

    Raises `Refusal` where it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise Refusal(
            f"{option}: {path} cannot be written ({error.strerror}); free some space or give another path."
        ) from None
    finally:
        beside.unlink(missing_ok=True)
