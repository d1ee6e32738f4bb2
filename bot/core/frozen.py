"""A changed copy of a frozen dataclass with slots: `dataclasses.replace` in a quarter of its time.

The engine makes a new state with every price, so a backtest of a year makes millions. The standard function looks at
each field's definition anew and then calls `__init__`, which writes field by field through `object.__setattr__`. Here a
class is looked at once, and the copy's slots are written directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
Write = Callable[[Any, Any], None]


def replace(value: T, /, **changes: Any) -> T:
    """`value` with the named fields changed. Raises `TypeError` for a name that is not a field."""
    kind: Any = type(value)
    read, writers, writer_of = _slots(kind)
    copy: T = object.__new__(kind)
    for write, item in zip(writers, read(value), strict=True):
        write(copy, item)
    try:
        for name, item in changes.items():
            writer_of[name](copy, item)
    except KeyError:
        raise TypeError(f"{kind.__name__} has no field {name}") from None
    return copy


@cache
def _slots(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[Write, ...], dict[str, Write]]:
    """What reads all fields of the class at once, and what writes each; it has two or more and no `__post_init__`."""
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} checks itself when it is made: use dataclasses.replace")
    names = [field.name for field in fields(kind)]
    writer_of = {name: getattr(kind, name).__set__ for name in names}
    return attrgetter(*names), tuple(writer_of.values()), writer_of
