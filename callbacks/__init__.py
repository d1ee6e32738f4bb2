"""Wires the page's scripts to its components. All of it runs in the browser; no callback asks the server."""

from __future__ import annotations

from dash import Dash

from callbacks import controls, line


def register(app: Dash) -> None:
    """Register every callback of the page."""
    line.register(app)
    controls.register(app)
