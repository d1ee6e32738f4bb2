"""The chart's figure as it is before the first price; `assets/chart.js` owns it from then on."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "displayModeBar": False,
    "responsive": True,
    "doubleClick": False,
}

TIME_FORMATS = [
    {"dtickrange": [None, 59_999], "value": "%H:%M:%S"},
    {"dtickrange": [60_000, 86_399_999], "value": "%H:%M"},
    {"dtickrange": [86_400_000, None], "value": "%b %d"},
]

HOVER_TIME = "%{x|%b %d, %Y, %H:%M:%S}"


def price_figure() -> go.Figure:
    """An empty dark price chart: grid, price axis on the right, no range slider."""
    figure = go.Figure()
    figure.update_layout(
        template=None,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 0, "r": 76, "t": 8, "b": 24},
        showlegend=False,
        hovermode="x unified",
        hoversubplots="axis",
        xaxis={
            "type": "date",
            "showgrid": True,
            "zeroline": False,
            "rangeslider": {"visible": False},
            "tickangle": 0,
            "ticklabelposition": "outside right",
            "ticklabeloverflow": "allow",
            "tickformatstops": TIME_FORMATS,
            "unifiedhovertitle": {"text": HOVER_TIME},
            "spikethickness": 1,
            "spikedash": "dot",
        },
        yaxis={
            "side": "right",
            "showgrid": True,
            "zeroline": False,
            "exponentformat": "none",
            "ticklabeloverflow": "allow",
            "separatethousands": True,
        },
    )
    return figure
