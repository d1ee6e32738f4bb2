"""The backtest view, at `/backtest`: an empty place that its script fills when it is first opened."""

from __future__ import annotations

from dash import html

PATH = "/backtest"


def layout() -> html.Main:
    """Stands below the bar, in place of the panels, and is the page's main part while they are hidden."""
    return html.Main(id="backtest-view", className="backtest", hidden=True)


def switch() -> html.A:
    """The way in from the bar."""
    return html.A(id="backtest-link", href=PATH, className="switch", title="Backtest", **{"aria-label": "Backtest"})


def door() -> html.A:
    """The way in on a phone, whose bar has no room for it."""
    return html.A("Backtest a strategy on past prices", href=PATH, className="backtest-door")
