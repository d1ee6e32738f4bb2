"""Wires the page's scripts to its stores. All of it runs in the browser; no callback asks the server."""

from __future__ import annotations

from dash import Dash

from callbacks import line, panels


def register(app: Dash) -> None:
    """Register every callback of the page."""
    line.register(app)
    panels.register(app)
