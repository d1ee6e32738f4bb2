"""The JSON that bots send. Python's own writer makes NaN, Infinity and halves of characters, which no other reads: each
such event is refused in a sentence, and an answer is taken without them.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from bot.events import BOT_EVENTS

NOT_JSON = "must be JSON of whole characters, with whole numbers of at most 64 bits"


class Unreadable(Exception):
    """Nothing of an event can be taken; the text is one sentence."""


def event(text: str) -> tuple[str, Any]:
    """The name and the data of `["trade_executed", {...}]`; numbers may be NaN, which `bot.events.parse` refuses by the
    field's name. Raises `Unreadable`, and `ValueError` or `IndexError` for what is no event at all.
    """
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        content = json.loads(text)
        _check(content)
    return str(content[0]), content[1] if len(content) > 1 else None


def answer(text: str) -> Any:
    """What a bot answered to a command, as any reader of JSON can have it: NaN is null, half a character `?`.

    `{}` where nothing can be read, which is no answer: whoever waits for one must not wait on.
    """
    try:
        content = _mended(text)
    except (ValueError, RecursionError):
        return {}
    return content[0] if isinstance(content, list) and content else None


def _mended(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        read = json.loads(text, parse_constant=lambda _name: None)
        return orjson.loads(json.dumps(read, ensure_ascii=False).encode("utf-8", "replace"))


def _check(content: Any) -> None:
    try:
        orjson.dumps(content)
    except TypeError:
        name = content[0] if isinstance(content, list) and content and content[0] in BOT_EVENTS else "event"
        raise Unreadable(f"{name}: {NOT_JSON}") from None
