"""How far a long command is: a bar on a terminal, lines of JSON for a program, nothing where neither reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import click

STEPS = 200
Form = Literal["bar", "json"]


@contextmanager
def progress(length: int, label: str, form: Form = "bar") -> Iterator[Callable[..., None]]:
    """Told on the standard error while the block runs; what is yielded moves it on, by one of `length` or by more.

    What is piped elsewhere stays clean of a bar. As JSON it is a line `{"label", "done", "of"}` for each step.
    """
    if form == "json":
        yield _Lines(length, label).add
        return
    with click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        update_min_steps=max(1, length // STEPS),
    ) as bar:
        yield lambda count=1: bar.update(count)


class _Lines:
    """At most some `STEPS` lines, the first and the last among them."""

    def __init__(self, length: int, label: str) -> None:
        self._length, self._label = length, label
        self._done, self._next = 0, 0
        self.add(0)

    def add(self, count: int = 1) -> None:
        self._done += count
        if self._done < self._next and self._done != self._length:
            return
        self._next = self._done + max(1, self._length // STEPS)
        click.echo(json.dumps({"label": self._label, "done": self._done, "of": self._length}), err=True)
