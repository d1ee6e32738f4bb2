"""The shapes of what `/api/v1` takes and gives, made from the messages and commands that the code itself checks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter

from bot.core.strategies.form import FormField
from bot.events import Candle, Stats, Status, Trade
from bot.questions import IndicatorLine, OrderStory
from relay.backtest_asked import BacktestAsked, DownloadAsked
from relay.backtest_store import Run
from relay.commands import ACTS, READS
from relay.history import CandleFile

Schema = dict[str, Any]

_REF = "#/components/schemas/"
_GIVEN: tuple[type, ...] = (Candle, Stats, Status, Trade, IndicatorLine, OrderStory, Run, CandleFile, FormField)
_TAKEN = (BacktestAsked, DownloadAsked)
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_DROPPED = frozenset({"title", "max_digits", "decimal_places", "default"})

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
BOOL: Schema = {"type": "boolean"}
TIME: Schema = {"type": "integer", "minimum": 0, "description": "Milliseconds UTC."}
ANY_OBJECT: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """That one of the components."""
    return {"$ref": _REF + name}


def nullable(schema: Schema) -> Schema:
    """That or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """Any number of them."""
    return {"type": "array", "items": schema}


def tuple_of(*parts: Schema) -> Schema:
    """As many as there are parts, in their order, which is said in words: not every tool knows `prefixItems`."""
    different = [part for place, part in enumerate(parts) if part not in parts[:place]]
    items = different[0] if len(different) == 1 else {"anyOf": different}
    return {"type": "array", "items": items, "minItems": len(parts), "maxItems": len(parts)}


def closed(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """An object that has exactly these fields."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def components() -> dict[str, Schema]:
    """Every named shape."""
    made = {
        **_of_types(_GIVEN, "serialization"),
        **_of_types(_TAKEN, "validation"),
        "Decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "description": "A decimal number as text."},
        "Error": closed({"error": {**TEXT, "minLength": 1, "description": "One sentence."}}),
    }
    around = {"bot_id": TEXT, "seq": COUNT}
    made["Trade"]["properties"] |= around
    made["Trade"]["required"] += list(around)
    for name in ("Status", "Stats"):
        made[name]["properties"] |= {**around, "ts": TIME}
        made[name]["required"] += ["bot_id", "ts"]
    return {**made, **_commands(), **_bots(), **_access(), **_strategies()}


def _commands() -> dict[str, Schema]:
    name = {"type": "string", "enum": sorted(ACTS | READS)}
    taken = {"command": name, "bot_id": TEXT, "id": {**TEXT, "description": "The same again is done once."}}
    refusal = closed({"ok": {"const": False}, "error": TEXT, "needs": {"enum": ["proof"]}}, ("needs",))
    return {
        "Command": {
            "type": "object",
            "properties": {**taken, "args": ANY_OBJECT},
            "required": ["command"],
        },
        "Done": closed({"ok": {"const": True}, "data": ANY_OBJECT}),
        "Refused": {"anyOf": [refusal, ref("Error")]},
    }


def _bots() -> dict[str, Schema]:
    told = ("state", "mode", "exchange", "symbol", "timeframe", "strategy")
    bot = {"bot_id": TEXT, "name": TEXT, "connected": BOOL, **dict.fromkeys(told, nullable(TEXT))}
    return {"Bot": closed({**bot, "equity": nullable(ref("Decimal")), "today_pnl": ref("Decimal")})}


def _access() -> dict[str, Schema]:
    visitor = {"role": {"enum": ["operator", "viewer"]}, "means": {"enum": ["session", "token", "loopback"]}}
    session = {"key": TEXT, "address": TEXT, "agent": TEXT, "opened_ms": TIME, "seen_ms": TIME, "is_current": BOOL}
    entry = dict.fromkeys(("who", "role", "address", "action", "detail", "outcome", "hash"), TEXT)
    return {
        "Visitor": closed({**visitor, "csrf_token": nullable(TEXT), "needs_proof": BOOL}),
        "Session": closed({**session, "role": visitor["role"]}),
        "Entry": closed({**entry, "seq": COUNT, "ts": TIME}),
        "Proof": closed({"password": TEXT, "totp": TEXT}, ("totp",)),
    }


def _strategies() -> dict[str, Schema]:
    strategy = {"name": TEXT, "summary": TEXT, "fields": listed(ref("FormField")), "error": nullable(TEXT)}
    return {"Strategy": closed(strategy)}


def _of_types(types: tuple[type, ...], mode: Literal["serialization", "validation"]) -> dict[str, Schema]:
    """What pydantic says of them, and of what they are made of, as JSON Schema 2020-12."""
    asked: list[tuple[type, Any, TypeAdapter[Any]]] = [(each, mode, TypeAdapter(each)) for each in types]
    _, found = TypeAdapter.json_schemas(asked, ref_template=_REF + "{model}")
    given = {name: _plain(schema) for name, schema in found["$defs"].items()}
    if mode == "serialization":
        for schema in given.values():
            schema["required"] = list(schema["properties"])  # all of them are written, null or not
            schema["additionalProperties"] = False
    return given


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "decimal_places" in schema and schema.get("type") == "string":
        return ref("Decimal")
    if "prefixItems" in schema:
        return tuple_of(*map(_plain, schema["prefixItems"]))
    properties = {name: _plain(inner) for name, inner in schema.get("properties", {}).items()}
    rest = {
        _BOUNDS.get(name, name): _plain(value)
        for name, value in schema.items()
        if name not in _DROPPED and name != "properties"
    }
    return {**rest, "properties": properties} if properties else rest
