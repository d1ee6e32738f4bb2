"""The page, described once: every panel in its place, empty. No data, no callbacks."""

from __future__ import annotations

from dash import html

from dash_app import ids
from layouts import (
    account,
    activity,
    backtest,
    balance,
    bar,
    chart,
    confirm,
    detail,
    fleet,
    keys,
    line,
    notice,
    position,
    settings,
    stats,
    toasts,
    trades,
)


def layout() -> html.Div:
    """The whole page."""
    return html.Div(
        id=ids.DECK,
        className="deck",
        **{
            "data-bot-status": "offline",
            "data-connection": "connecting",
            "data-price": "",
            "data-position": "flat",
            "data-mode": "",
            "data-seq": "0",
        },
        children=[
            html.A("Skip to the chart and figures", href="#panels", className="skip-link"),
            line.layout(),
            bar.layout(),
            account.strip(),
            html.Main(id="panels", className="panels", tabIndex=-1, children=[*_panels(), backtest.door()]),
            backtest.layout(),
            detail.layout(),
            keys.layout(),
            settings.layout(),
            confirm.layout(),
            account.layout(),
            account.proof(),
            toasts.layout(),
            html.Div(id="edge-flash", className="edge-flash", **{"aria-hidden": "true"}),
        ],
    )


def _panels() -> list[html.Div]:
    return [
        fleet.layout(),
        notice.layout(),
        html.Div(
            className="row row-market",
            children=[
                chart.layout(),
                html.Div(className="side", children=[position.layout(), balance.layout()]),
            ],
        ),
        stats.layout(),
        html.Div(className="row row-tape", children=[trades.layout(), activity.layout()]),
    ]
