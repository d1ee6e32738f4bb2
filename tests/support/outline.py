"""What a screen reader finds on a page, as a readable outline made of Chromium's accessibility tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.deck_page import DeckPage

PLACES = ("banner", "main", "navigation", "complementary", "contentinfo", "region", "dialog", "form", "search", "group")
WIDGETS = ("application",)
CONTROLS = ("button", "link", "combobox", "checkbox", "radio", "textbox", "searchbox", "slider", "spinbutton", "tab")
OTHERS = ("heading", "image", "table", "list", "status", "alert", "log", "progressbar", "meter", "tooltip")
SHOWN = {*PLACES, *WIDGETS, *CONTROLS, *OTHERS}
WHOLE = ("table", "list", "combobox")
"""What is inside these is counted, not listed."""

NAMELESS = ("group", "image")
"""Without a name these are not read out."""

STATES = {"level": "level {}", "pressed": "pressed", "disabled": "disabled", "expanded": "expanded", "live": "{}"}
Node = dict[str, Any]


def outline(page: DeckPage) -> str:
    """One line a landmark, heading, control, picture and live region, in reading order, indented by what holds it."""
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    return "\n".join(_lines(nodes[0], by_id, 0))


def _lines(node: Node, by_id: dict[str, Node], depth: int) -> Iterator[str]:
    role = _role(node)
    is_named = bool(_name(node)) or role not in NAMELESS
    is_shown = not node["ignored"] and is_named and (role in SHOWN or bool(_live(node)))
    if is_shown:
        yield "  " * depth + _line(node, role, by_id)
    if role in WHOLE and is_shown:
        return
    for child in _children(node, by_id):
        yield from _lines(child, by_id, depth + is_shown)


def _children(node: Node, by_id: dict[str, Node]) -> list[Node]:
    return [by_id[child] for child in node.get("childIds", []) if child in by_id]


def _role(node: Node) -> str:
    return str(node.get("role", {}).get("value", ""))


def _name(node: Node) -> str:
    return str(node.get("name", {}).get("value", ""))


def _properties(node: Node) -> dict[str, Any]:
    return {one["name"]: one["value"].get("value") for one in node.get("properties", [])}


def _live(node: Node) -> str:
    """How news inside is read out, where this element itself says so."""
    properties = _properties(node)
    is_root = "relatedNodes" not in _root_of(node)
    return str(properties.get("live", "")) if is_root and properties.get("live") not in (None, "off") else ""


def _root_of(node: Node) -> dict[str, Any]:
    return next((one["value"] for one in node.get("properties", []) if one["name"] == "root"), {})


def _line(node: Node, role: str, by_id: dict[str, Node]) -> str:
    properties = _properties(node)
    told = [text.format(properties[name]) for name, text in STATES.items() if _is_told(properties.get(name))]
    rows = f" of {sum(_count(node, by_id))}" if role in ("table", "list") else ""
    return f"{role}{rows}" + (f" “{_name(node)}”" if _name(node) else "") + (f" ({', '.join(told)})" if told else "")


def _is_told(value: object) -> bool:
    return value not in (None, False, "false", "off", "")


def _count(node: Node, by_id: dict[str, Node]) -> Iterator[int]:
    """1 for each row or item inside."""
    for child in _children(node, by_id):
        if not child["ignored"] and _role(child) in ("row", "listitem"):
            yield 1
        else:
            yield from _count(child, by_id)
