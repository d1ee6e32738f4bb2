"""What `python -m bot strategies` shows: the strategies that there are, what each does and what it takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.core.strategies import BUILT_IN, StrategyError, strategy_class
from bot.core.strategies.form import form_of

if TYPE_CHECKING:
    from bot.settings import Settings


def strategy_list(settings: Settings) -> dict[str, Any]:
    """Every built-in and, where the settings name one, a person's own class; JSON-ready.

    `{"strategies": [{"name", "summary", "fields", "error"}], "chosen": {"strategy", "params"}}`. A class that cannot be
    loaded has an `error`, one sentence, and no fields.
    """
    names = [*BUILT_IN, *([] if settings.strategy in BUILT_IN else [settings.strategy])]
    chosen = {"strategy": settings.strategy, "params": settings.strategy_params}
    return {"strategies": [_entry(name) for name in names], "chosen": chosen}


def strategy_lines(listed: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The same for a terminal."""
    for entry in listed:
        yield f"{entry['name']}: {entry['error'] or entry['summary']}"
        for field in entry["fields"]:
            default = "off" if field["default"] is None else field["default"]
            yield f"    {field['name']} ({default})  {field['description']}"


def _entry(name: str) -> dict[str, Any]:
    try:
        found = strategy_class(name)
    except StrategyError as error:
        return {"name": name, "summary": "", "fields": [], "error": error.lines[0]}
    document = sys.modules[found.__module__].__doc__ if name in BUILT_IN else found.__doc__
    return {"name": name, "summary": _first_paragraph(document), "fields": form_of(found.Params), "error": None}


def _first_paragraph(document: str | None) -> str:
    return " ".join((document or "").strip().partition("\n\n")[0].split())
