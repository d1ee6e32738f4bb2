"""The JSON that bots send. Python's own writer makes NaN, Infinity and halves of characters, which no other reads: each
such event is refused in a sentence, and an answer is taken without them.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from bot.events import BOT_EVENTS
from relay import exact_json

MOST_DIGITS = len(str(-(2**63)))
NOT_JSON = "must be JSON of whole characters"


class Unreadable(Exception):
    """Nothing of an event can be taken; the text is one sentence."""


def event(text: str) -> tuple[str, Any]:
    """The name and the data of `["trade_executed", {...}]`; numbers may be NaN or beyond 64 bits, which
    `bot.events.parse` takes as they are or refuses by the field's name.

    Raises `Unreadable`, and `ValueError` or `IndexError` for what is no event at all.
    """
    try:
        content = exact_json.loads(text)
    except orjson.JSONDecodeError:
        content = json.loads(text, parse_int=exact_json.whole)
        _check(content)
    return str(content[0]), content[1] if len(content) > 1 else None


def answer(text: str) -> Any:
    """What a bot answered to a command, as any reader of JSON can have it: NaN is null, half a character `?`, and a
    whole number beyond 64 bits a text.

    `{}` where it says nothing or cannot be read, which is no answer: whoever waits for one must not wait on.
    """
    try:
        content = _mended(text)
    except (ValueError, RecursionError):
        return {}
    given = content[0] if isinstance(content, list) and content else None
    return {} if given is None else given


def _mended(text: str) -> Any:
    try:
        return exact_json.loads(text, _number_or_text)
    except orjson.JSONDecodeError:
        read = json.loads(text, parse_constant=lambda _name: None, parse_int=_number_or_text)
        return orjson.loads(json.dumps(read, ensure_ascii=False).encode("utf-8", "replace"))


def _number_or_text(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS and -(2**63) <= int(digits) < 2**64 else digits


def _check(content: Any) -> None:
    try:
        json.dumps(content, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        name = content[0] if isinstance(content, list) and content and content[0] in BOT_EVENTS else "event"
        raise Unreadable(f"{name}: {NOT_JSON}") from None
