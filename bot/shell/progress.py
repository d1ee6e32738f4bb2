"""How far a long command is, on a terminal only: what is piped elsewhere stays clean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

STEPS = 200


@contextmanager
def progress(length: int, label: str) -> Iterator[Callable[..., None]]:
    """A bar on the standard error while the block runs; what is yielded moves it on, by one of `length` or by more."""
    with click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        update_min_steps=max(1, length // STEPS),
    ) as bar:
        yield lambda count=1: bar.update(count)
