"""The envelope around every message, as the JSON text that goes on the wire and on the tape."""

from __future__ import annotations

from collections.abc import Mapping

import orjson


def encode(data: object) -> str:
    """Compact JSON text of JSON-ready data."""
    return orjson.dumps(data).decode()


def envelope(
    type_name: str, bot_id: str | None, ts: int, data: str | Mapping[str, object], seq: int | None = None
) -> str:
    """`{"type", "bot_id"?, "seq"?, "ts", "data"}` as JSON text; `data` may be text that is encoded already."""
    body = data if isinstance(data, str) else encode(data)
    bot = "" if bot_id is None else f'"bot_id":{encode(bot_id)},'
    number = "" if seq is None else f'"seq":{seq},'
    return f'{{"type":"{type_name}",{bot}{number}"ts":{ts},"data":{body}}}'
