"""What every panel shares: a titled card with room for controls beside its title."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html


def card(title: str, children: list[Any], *, name: str, tools: list[Any] | None = None) -> dbc.Card:
    """A card with the id `name` whose heading names it for everyone, screen readers too."""
    heading = html.Div(className="panel-head", children=[html.H2(title), *(tools or [])])
    return dbc.Card([heading, *children], id=name, class_name="panel")


def chips(name: str, label: str) -> html.Div:
    """The place of a group of small buttons, which the panel's script makes."""
    return html.Div(id=name, className="chips", role="group", **{"aria-label": label})
