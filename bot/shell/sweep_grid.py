"""`fast=5..20 slow=20..60:5 stop_loss_pct=0.5,1,off`: what a sweep is told to try, and all the combinations of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from bot.shell.refusal import Refusal

MOST_RUNS = 20_000

_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?::({_NUMBER}))?")
_WORDS = {"off": None, "null": None, "true": True, "false": False}

Grid = dict[str, list[Any]]


def parse_sweep(texts: Iterable[str]) -> Grid:
    """The values of each parameter, in the order given. Raises `Refusal` with what it takes.

    `a..b` counts from a to b by ones, `a..b:step` by step, both ends included; a comma separates values and ranges.
    """
    grid: Grid = {}
    for token in " ".join(texts).split():
        name, equals, listed = token.partition("=")
        if not name or not equals or not listed:
            raise Refusal(
                f"--sweep: got '{token[:60]}'; takes parameters such as fast=5..20, slow=20..60:5 or fast=5,8."
            )
        if name in grid:
            raise Refusal(f"--sweep: {name} is given twice; list its values with commas.")
        values = [value for part in listed.split(",") for value in _values(name, part)]
        grid[name] = list(dict.fromkeys(values))
    if not grid:
        raise Refusal("--sweep: is empty; takes parameters such as fast=5..20.")
    if (runs := prod(map(len, grid.values()))) > MOST_RUNS:
        raise Refusal(f"--sweep: has {runs:,} combinations; takes at most {MOST_RUNS:,}, so use larger steps.")
    return grid


def combinations(grid: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Each combination of the values once, the last parameter changing fastest."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _values(name: str, part: str) -> Iterator[Any]:
    if found := _RANGE.fullmatch(part):
        yield from _counted(name, *found.groups())
    elif re.fullmatch(_NUMBER, part):
        yield _number(part)
    elif ".." in part or not part:
        raise Refusal(f"--sweep: got {name}={part[:60]}; takes a number, a..b or a..b:step.")
    else:
        yield _WORDS.get(part, part)


def _counted(name: str, first: str, last: str, step: str | None) -> Iterator[Any]:
    if step is None and "." in first + last:
        raise Refusal(f"--sweep: {name}={first}..{last} needs a step, e.g. {name}={first}..{last}:0.1.")
    start, end, by = _number(first), _number(last), _number(step or "1")
    if end < start or by <= 0:
        raise Refusal(f"--sweep: {name}={first}..{last} counts up, with a step above 0; put the smaller number first.")
    count = int((end - start) // by) + 1
    if count > MOST_RUNS:
        raise Refusal(f"--sweep: {name} has {count:,} values; takes at most {MOST_RUNS:,}, so use a larger step.")
    yield from (start + number * by for number in range(count))


def _number(text: str) -> Any:
    """A whole number as `int`, which a count of candles has to be; any other as `Decimal`."""
    return Decimal(text) if "." in text else int(text)
