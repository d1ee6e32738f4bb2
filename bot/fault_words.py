"""What a checked value must be, in plain words: `must be a number`. The checker's own words are for programmers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_NUMBER, _WHOLE, _TEXT, _OBJECT = "be a number", "be a whole number", "be a text", "be an object"
_WORDS = {
    **dict.fromkeys(("decimal_type", "decimal_parsing", "float_type", "float_parsing"), _NUMBER),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    **dict.fromkeys(("string_type", "string_sub_type"), _TEXT),
    **dict.fromkeys(("dataclass_type", "dict_type", "mapping_type", "model_type"), _OBJECT),
    **dict.fromkeys(("bool_type", "bool_parsing"), "be true or false"),
    "list_type": "be a list",
    "tuple_type": "be a list",
    "finite_number": "be a finite number",
    "string_unicode": "be text of whole characters",
    "greater_than": "be greater than {gt}",
    "greater_than_equal": "be greater than or equal to {ge}",
    "less_than": "be less than {lt}",
    "less_than_equal": "be less than or equal to {le}",
    "literal_error": "be {expected}",
    "decimal_max_digits": "have at most {max_digits} digits",
    "decimal_max_places": "have at most {decimal_places} digits after the point",
    "decimal_whole_digits": "have at most {whole_digits} digits before the point",
    "string_too_long": "have at most {max_length} characters",
    "too_long": "have at most {max_length} characters",
}
_EMPTY = ("string_too_short", "too_short")


def fault_words(detail: ErrorDetails) -> str:
    """`must be a number`, or `is missing`."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return f"must {detail['msg'].removeprefix('Value error, ').removeprefix('must ')}"
    return f"must {_words(kind, context)}"


def _words(kind: str, context: Mapping[str, Any]) -> str:
    if kind in _EMPTY:
        least = context.get("min_length", 1)
        return "not be empty" if least == 1 else f"have at least {least} characters"
    return _WORDS.get(kind, "be what the field takes").format_map(context)
