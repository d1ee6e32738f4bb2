"""What a strategy's parameters are, flat: enough to draw a form of them. Read from the JSON schema of its `Params`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.core.strategies.base import StrategyParams

Kind = Literal["whole", "decimal", "choice", "switch", "text"]

_KINDS: tuple[tuple[str, Kind], ...] = (("boolean", "switch"), ("integer", "whole"), ("number", "decimal"))
_BOUNDS = {"minimum": "minimum", "maximum": "maximum", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One parameter. `default` is as JSON would have it; null where it is off or has to be given.

    `above` and `below` are bounds that it must not reach, `minimum` and `maximum` ones that it may.
    """

    name: str
    kind: Kind
    description: str
    default: Any
    required: bool
    optional: bool
    """Whether null switches it off."""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None


def form_of(params: type[StrategyParams]) -> list[dict[str, Any]]:
    """The fields in reading order, JSON-ready: a strategy's own first, then those that every strategy has."""
    schema = params.model_json_schema()
    required = schema.get("required", [])
    fields = [
        _field(name, _variants(given, schema), given, name in required) for name, given in schema["properties"].items()
    ]
    shared = StrategyParams.model_fields
    return [asdict(field) for field in sorted(fields, key=lambda field: field.name in shared)]


def _variants(given: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_resolved(each, schema) for each in given.get("anyOf", [given])]


def _resolved(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(given.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = schema.get("$defs", {}).get(name, given)
    return found


def _field(name: str, variants: list[Mapping[str, Any]], given: Mapping[str, Any], required: bool) -> FormField:
    choices = tuple(_choices(variants))
    bounds = {word: each[key] for each in variants for key, word in _BOUNDS.items() if key in each}
    if bounds.get("below") == bounds.get("maximum"):
        bounds.pop("maximum", None)
    return FormField(
        name=name,
        kind="choice" if choices else _kind({each.get("type") for each in variants}),
        description=given.get("description", ""),
        default=given.get("default"),
        required=required,
        optional=any(each.get("type") == "null" for each in variants),
        choices=choices,
        **bounds,
    )


def _choices(variants: list[Mapping[str, Any]]) -> Iterator[str]:
    for each in variants:
        if all(isinstance(value, str) for value in each.get("enum", [])):
            yield from each.get("enum", [])
        if isinstance(each.get("const"), str):
            yield each["const"]


def _kind(types: set[Any]) -> Kind:
    return next((kind for type_name, kind in _KINDS if type_name in types), "text")
