"""What every panel shares: a titled card with room for controls beside its title."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html


def card(title: str, children: list[Any], *, id: str, tools: list[Any] | None = None, class_name: str = "") -> dbc.Card:
    """A card whose heading names it for everyone, screen readers too."""
    heading = html.Div(className="panel-head", children=[html.H2(title), *(tools or [])])
    return dbc.Card([heading, *children], id=id, class_name=f"panel {class_name}".strip())


def row(name: str, value_id: str, *, needs: str) -> html.Div:
    """One line of a list of figures; `needs` is the hop its figure depends on."""
    return html.Div(
        className="pair",
        children=[html.Span(name, className="pair-name"), html.Span("–", id=value_id, className=f"needs-{needs}")],
    )


def chip(text: str, **attributes: Any) -> html.Button:
    """A small button out of a group of which one is pressed."""
    return html.Button(text, type="button", className="chip", **attributes)
