"""Is an answer what the OpenAPI description says? The part of JSON Schema that the description uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
KNOWN = {
    *("$ref", "type", "anyOf", "const", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    *(
        "properties",
        "required",
        "additionalProperties",
        "maxProperties",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
    ),
    *("description", "format", "exclusiveMinimum", "exclusiveMaximum"),
}


class Description:
    """An OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths: dict[str, dict[str, Any]] = document["paths"]
        self._shapes: dict[str, Any] = document["components"]["schemas"]

    def faults(self, operation: dict[str, Any], code: int, content_type: str, body: Any) -> list[str]:
        """What of an answer is not as described; `body` is parsed where it is JSON."""
        answer = operation["responses"].get(str(code))
        if answer is None:
            return [f"{code} is not described"]
        kind = content_type.partition(";")[0]
        if kind not in answer["content"]:
            return [f"{kind} is not described for {code}"]
        return list(self.check(body, answer["content"][kind]["schema"], "body"))

    def check(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        """Every fault of a value, a sentence each."""
        assert set(schema) <= KNOWN, f"this checker does not know {set(schema) - KNOWN}"
        if "$ref" in schema:
            yield from self.check(value, self._shapes[schema["$ref"].rpartition("/")[2]], where)
        elif "anyOf" in schema:
            tried = [list(self.check(value, each, where)) for each in schema["anyOf"]]
            if all(tried):
                yield min(tried, key=len)[0]
        elif "type" in schema and not _is_of(value, schema["type"]):
            yield f"{where} is no {schema['type']}: {value!r:.60}"
        else:
            yield from self._details(value, schema, where)

    def _details(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is none of {schema['enum']}: {value!r:.60}"
        if "const" in schema and value != schema["const"]:
            yield f"{where} is not {schema['const']!r}: {value!r:.60}"
        if "minimum" in schema and value < schema["minimum"]:
            yield f"{where} is below {schema['minimum']}: {value!r:.60}"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{where} does not look like {schema['pattern']}: {value!r:.60}"
        if isinstance(value, dict):
            yield from self._fields(value, schema, where)
        if isinstance(value, list):
            firsts = schema.get("prefixItems", [])
            for place, item in enumerate(value):
                yield from self.check(item, firsts[place] if firsts else schema.get("items", {}), f"{where}[{place}]")

    def _fields(self, value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}.{name} is missing"
        for name, inner in value.items():
            if name in properties:
                yield from self.check(inner, properties[name], f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}.{name} is not described"


def _is_of(value: Any, name: str) -> bool:
    is_switch = isinstance(value, bool)
    return isinstance(value, TYPES[name]) and (not is_switch or name == "boolean")
